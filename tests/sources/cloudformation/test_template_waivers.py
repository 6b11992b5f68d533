"""What a waiver in a template stands at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.sources.cloudformation.nodes import Template
from guardrails.sources.cloudformation.reading import read
from guardrails.sources.cloudformation.waivers import written_in
from guardrails.waiver_text import read as asked

if TYPE_CHECKING:
    from guardrails.kernel.block import WrittenWaiver

PLACES = """\
# guardrails: allow top
Parameters:
  Key: # guardrails: allow parameter
    Type: String
Resources:
  # guardrails: allow above
  # and why
  Trail: # guardrails: allow head
    # guardrails: allow first
    Type: AWS::CloudTrail::Trail # guardrails: allow type
    DeletionPolicy: Retain # guardrails: allow deletion
    Properties: # guardrails: allow properties
      # guardrails: allow above-name
      TrailName: "# guardrails: allow no" # guardrails: allow name

      # guardrails: allow before-blank

      EventSelectors: # guardrails: allow selectors
        # guardrails: allow above-item
        - ReadWriteType: All # guardrails: allow item-head
          IncludeManagementEvents: true # guardrails: allow in-item
          # guardrails: allow end-of-item
        - ReadWriteType: !If # guardrails: allow if
            - Both
            - All
            - ReadOnly # guardrails: allow branch
          # guardrails: allow end-of-last-item
        # guardrails: allow end-of-list
      Tags: [
        # guardrails: allow above-flow
        {Key: a, Value: b}, # guardrails: allow flow-item
        # guardrails: allow end-of-flow
      ]
      Description: | # guardrails: allow block
        # guardrails: allow no
        text
      Policy: >-
        words # guardrails: allow no

        # guardrails: allow no
      # guardrails: allow end-of-properties
    # guardrails: allow end-of-resource
  # guardrails: allow end-of-section

  Bucket:
    DeletionPolicy: Delete
    # guardrails: these keep us honest
    Type: AWS::S3::Bucket
    Properties:
      # guardrails: allow late

      BucketName: plain
        text # guardrails: allow many-lines
  Fn::ForEach::Topics:
    - Name
    - [a, b]
    - Topic${Name}:
        # guardrails: allow in-loop
        Type: AWS::SNS::Topic
Outputs:
  # guardrails: allow output
  Arn: {Value: !GetAtt Trail.Arn}
# guardrails: allow end
"""

EXPECTED = {
    "top": ("", 0),
    "parameter": ("Parameters.Key", 3),
    "above": ("Trail", 8),
    "head": ("Trail", 8),
    "first": ("Trail", 8),
    "type": ("Trail", 8),
    "deletion": ("Trail.DeletionPolicy", 11),
    "properties": ("Trail", 8),
    "above-name": ("Trail.TrailName", 14),
    "name": ("Trail.TrailName", 14),
    "before-blank": ("Trail", 8),
    "selectors": ("Trail.EventSelectors", 18),
    "above-item": ("Trail.EventSelectors[0]", 20),
    "item-head": ("Trail.EventSelectors[0]", 20),
    "in-item": ("Trail.EventSelectors[0].IncludeManagementEvents", 21),
    "end-of-item": ("Trail.EventSelectors[0]", 20),
    "if": ("Trail.EventSelectors[1]", 23),
    "branch": ("Trail.EventSelectors[1].ReadWriteType[2]", 26),
    "end-of-last-item": ("Trail.EventSelectors[1]", 23),
    "end-of-list": ("Trail.EventSelectors", 18),
    "above-flow": ("Trail.Tags[0]", 31),
    "flow-item": ("Trail.Tags[0]", 31),
    "end-of-flow": ("Trail.Tags", 29),
    "block": ("Trail.Description", 34),
    "end-of-properties": ("Trail", 8),
    "end-of-resource": ("Trail", 8),
    "end-of-section": ("", 0),
    "late": ("Bucket", 45),
    "many-lines": ("Bucket.BucketName", 52),
    "in-loop": ("Topic${Name}", 57),
    "output": ("Outputs.Arn", 62),
    "end": ("", 0),
}


def template(text: str) -> Template:
    found = read("template.yaml", text)
    assert isinstance(found, Template), found
    return found


def told(waivers: tuple[WrittenWaiver, ...]) -> dict[str, tuple[str, int]]:
    """What each stands at, and on which line that begins."""
    return {
        waiver.text.removeprefix("allow "): (waiver.subject, waiver.covers[0].line if waiver.covers else 0)
        for waiver in waivers
    }


FORMS = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "a byte order mark": lambda text: "\ufeff" + text,
    "no line end": lambda text: text.rstrip("\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_places(form: str) -> None:
    assert told(written_in(template(FORMS[form](PLACES)), everywhere=True)) == EXPECTED


METADATA = """\
Metadata:
  guardrails: {allow: of-template}
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Metadata:
      guardrails:
        allow:
          - KMS-001 -- the key moves here in May, until 2027-05-31
          - policy: trail-without-log-validation
            reason: checked by another program
            until: 2027-06-30
          - policies: [TRAIL-001, TRAIL-002]
            reason: >-
              two at once
            until: "2027-07-31"
          - {policy: TRAIL-003, reson: mistyped}
          - [not, readable]
        skip: KMS-002
  Bucket: {Type: "AWS::S3::Bucket", Metadata: {guardrails: yes}}
  Topic: {Type: "AWS::SNS::Topic", Metadata: {guardrails: {allow: TOPIC-001}}}
"""


def test_metadata() -> None:
    waivers = written_in(template(METADATA), everywhere=False)

    assert [(waiver.text, waiver.subject, waiver.origin.line) for waiver in waivers] == [
        ("allow of-template", "", 2),
        ("allow KMS-001 -- the key moves here in May, until 2027-05-31", "Trail", 9),
        ("allow trail-without-log-validation -- checked by another program, until 2027-06-30", "Trail", 10),
        ("allow TRAIL-001, TRAIL-002 -- two at once, until 2027-07-31", "Trail", 13),
        ("reson: …", "Trail", 17),
        ("allow", "Trail", 18),
        ("skip KMS-002", "Trail", 19),
        ("guardrails", "Bucket", 20),
        ("allow TOPIC-001", "Topic", 21),
    ]
    assert waivers[1].covers[0].text.startswith("Trail:")
    assert waivers[1].covers[0].text.endswith("KMS-002")
    assert [bool(asked(waiver.text).faults) for waiver in waivers] == [
        False, False, False, False, True, True, True, True, False,
    ]  # fmt: skip
    assert not waivers[0].covers
    assert not waivers[1].everywhere


def test_metadata_in_json() -> None:
    text = (
        '{"Resources": {"Trail": {"Type": "AWS::CloudTrail::Trail",\n'
        '  "Metadata": {"guardrails": {"allow": ["KMS-001 -- \\"why\\", until 2027-05-31"]}}}}}'
    )

    (waiver,) = written_in(template(text), everywhere=True)

    assert waiver.text == 'allow KMS-001 -- "why", until 2027-05-31'
    assert (waiver.subject, waiver.origin.line, waiver.origin.column) == ("Trail", 2, 41)


def test_no_comments_in_json() -> None:
    text = '{"Description": "\\t# guardrails: allow no", "Resources": {"T": {"Type":\t"AWS::SNS::Topic"}}}'

    assert written_in(template(text), everywhere=True) == ()


def test_a_part_names_the_resource_around_it() -> None:
    waivers = {waiver.text: waiver for waiver in written_in(template(PLACES), everywhere=True)}

    part, whole = waivers["allow item-head"], waivers["allow head"]
    assert part.covers[0].text.startswith("ReadWriteType: All")
    assert part.covers[0].text.endswith("IncludeManagementEvents: true")
    assert part.within == whole.covers
    assert whole.within == ()
    assert waivers["allow parameter"].within == ()


ALIASED = """\
Base: &base
  TopicName: x # guardrails: allow at-anchor
Resources:
  A:
    Type: AWS::SNS::Topic
    Properties: *base # guardrails: allow at-alias
  B:
    Type: AWS::SNS::Topic
    Properties:
      <<: *base
      # guardrails: allow below-merge
      DisplayName: y
"""


def test_what_is_repeated_is_part_of_where_it_is_written() -> None:
    assert told(written_in(template(ALIASED), everywhere=True)) == {
        "at-anchor": ("Base.TopicName", 2),
        "at-alias": ("A", 4),
        "below-merge": ("B.DisplayName", 12),
    }

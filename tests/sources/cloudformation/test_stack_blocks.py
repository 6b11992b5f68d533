"""Resources of templates as the blocks that lowerings read: values, places, and what may be missing."""

from __future__ import annotations

import pytest
from stacks import HEAD, deployment, resource

from guardrails.kernel.origin import How
from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Reference
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.reading import read

TEXT = """\
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Password: {Type: String, NoEcho: true, Default: hunter22}
  Rules: {Type: CommaDelimitedList, Default: "a,b"}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  R:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: logs
      Secret: !Ref Password
      One:
        Inner: {Value: 1}
      Several:
        - Value: 1
        - !If [Prod, {Value: 2}, !Ref "AWS::NoValue"]
        - Fn::If:
            - Prod
            - Value: 3
            - Value: 4
      Either: !If [Prod, {Value: 5}, {Value: 6}]
      Texts: [a, !If [Prod, b, !Ref "AWS::NoValue"], !Ref Other]
      Listed: !Ref Rules
      Text: single
      Policy:
        Statement:
          - Effect: Allow
            Resource: !GetAtt Other.Arn
      AsText: '{"Statement": {"Effect": "Deny"}}'
      AsSub: !Sub '{"Statement": {"Resource": "${Other.Arn}/*"}}'
      NoDocument: [1]
  Other: {Type: "AWS::SNS::Topic"}
"""


def line(text: str) -> int:
    """The line of the template that holds a text."""
    lines = (HEAD + TEXT).splitlines()
    return next(number for number, one in enumerate(lines, 1) if text in one)


def test_an_attribute_stands_from_its_key_to_the_end_of_its_value() -> None:
    found = resource(TEXT).block.attribute("BucketName")

    assert found.or_none() == "logs"
    assert (found.origin.line, found.origin.attribute) == (line("BucketName"), "BucketName")
    assert found.origin.text == "BucketName: logs"


def test_what_is_not_written_stands_at_the_head_of_the_resource() -> None:
    found = resource(TEXT).block.attribute("Nothing")

    assert found.settled
    assert found.or_none() is None
    assert (found.origin.line, found.origin.attribute) == (line("  R:"), "Nothing")


def test_what_is_said_of_the_resource_itself_is_at_hand() -> None:
    found = resource(TEXT).block.attribute("@DeletionPolicy")

    assert found.or_none() == "Retain"
    assert (found.origin.line, found.origin.attribute) == (line("DeletionPolicy"), "DeletionPolicy")
    assert "@DeletionPolicy" not in resource(TEXT).block.names()
    assert resource(TEXT).block.attribute("@UpdateReplacePolicy").or_none() is None


def test_a_secret_is_marked() -> None:
    made = deployment(TEXT)
    (raw,) = made.resources("AWS::S3::Bucket")

    assert raw.block.attribute("Secret").origin.how is How.SENSITIVE
    assert made.secrets() == {"hunter22"}


def test_one_mapping_and_a_list_of_them_are_blocks() -> None:
    block = resource(TEXT).block
    ((one, exists),) = block.blocks("One").members()
    assert exists.verdict is Verdict.TRUE
    ((inner, _),) = one.blocks("Inner").members()
    assert inner.attribute("Value").or_none() == 1
    assert inner.attribute("Value").origin.line == line("Inner")

    members = block.blocks("Several").members()
    assert [(item.attribute("Value").or_none(), there.verdict) for item, there in members] == [
        (1, Verdict.TRUE),
        (2, Verdict.UNKNOWN),
        (3, Verdict.UNKNOWN),
        (4, Verdict.UNKNOWN),
    ]
    assert members[2][0].origin.line == line("Value: 3")
    either = block.blocks("Either").members()
    assert [item.attribute("Value").or_none() for item, _ in either] == [5, 6]


def test_elements_have_places_of_their_own() -> None:
    block = resource(TEXT).block
    members = block.elements("Texts").members()

    assert [(item.or_none(), there.verdict) for item, there in members] == [
        ("a", Verdict.TRUE),
        ("b", Verdict.UNKNOWN),
        (None, Verdict.TRUE),
    ]
    assert members[2][0].reference == Reference("Other", ("Ref",), "AWS::SNS::Topic")
    assert members[0][0].origin.text == "a"
    assert [item.or_none() for item, _ in block.elements("Listed").members()] == ["a", "b"]
    assert [item.or_none() for item, _ in block.elements("Text").members()] == ["single"]
    assert block.elements("Nothing").members() == ()


def test_a_document_may_be_a_mapping_or_a_text() -> None:
    block = resource(TEXT).block
    ((written, _),) = block.document("Policy").members()
    ((statement, _),) = written.blocks("Statement").members()
    assert statement.attribute("Resource").reference == Reference("Other", ("Arn",), "AWS::SNS::Topic")
    assert statement.attribute("Resource").origin.line == line("Resource: !GetAtt")

    ((as_text, _),) = block.document("AsText").members()
    ((inner, _),) = as_text.blocks("Statement").members()
    assert inner.attribute("Effect").or_none() == "Deny"

    ((as_sub, _),) = block.document("AsSub").members()
    ((inner, _),) = as_sub.blocks("Statement").members()
    assert inner.attribute("Resource").parts == (Reference("Other", ("Arn",), "AWS::SNS::Topic"), "/*")

    assert [gap.why for gap in block.document("NoDocument").gaps] == [Why.INVALID]


def test_what_a_transform_puts_in_leaves_all_else_open() -> None:
    block = resource(
        """\
        Resources:
          R:
            Type: AWS::S3::Bucket
            Properties:
              BucketName: logs
              Fn::Transform: {Name: "AWS::Include", Parameters: {Location: s3://bucket/more.yaml}}
        """
    ).block

    assert block.attribute("BucketName").or_none() == "logs"
    assert not block.attribute("VersioningConfiguration").settled
    assert [gap.why for gap in block.blocks("VersioningConfiguration").gaps] == [Why.UNSUPPORTED]


def test_loops_make_properties_and_resources() -> None:
    made = deployment(
        """\
        Transform: AWS::LanguageExtensions
        Resources:
          Fn::ForEach::Buckets:
            - Name
            - [logs, my-data]
            - Bucket&{Name}:
                Type: AWS::S3::Bucket
                Properties:
                  BucketName: !Sub "acme-${Name}"
                  Tag: !Ref Name
                  Other: !GetAtt Bucket&{Name}.Arn
        """
    )
    found = made.resources("AWS::S3::Bucket")

    assert [raw.address for raw in found] == ["Bucketlogs", "Bucketmydata"]
    assert [raw.block.attribute("BucketName").or_none() for raw in found] == ["acme-logs", "acme-my-data"]
    assert [raw.block.attribute("Tag").or_none() for raw in found] == ["logs", "my-data"]
    assert found[1].block.attribute("Other").reference == Reference("Bucketmydata", ("Arn",), "AWS::S3::Bucket")


def test_a_loop_over_something_open_hides_resources() -> None:
    made = deployment(
        """\
        Transform: AWS::LanguageExtensions
        Parameters:
          Names: {Type: CommaDelimitedList}
        Resources:
          Fn::ForEach::Buckets:
            - Name
            - !Ref Names
            - Bucket${Name}: {Type: "AWS::S3::Bucket"}
        """
    )

    assert made.resources("AWS::S3::Bucket") == ()
    assert [(place.reason.why, place.may_concern("X", ())) for place in made.hiding_places()] == [(Why.INPUT, True)]


@pytest.mark.parametrize("properties", ["text", "[a, b]", "!Ref Other", "&a {b: *a}"])
def test_properties_that_are_no_mapping_are_not_known(properties: str) -> None:
    text = f"Resources:\n  R:\n    Type: AWS::S3::Bucket\n    Properties: {properties}\n"
    made = read("template.yaml", HEAD + text)
    if isinstance(made, Reason):
        assert made.why is Why.INVALID
        return
    found = resource(text).block.attribute("BucketName")

    assert not found.settled
    assert found.reasons[0].why is Why.INVALID


def test_no_properties_are_none() -> None:
    for text in ("", "    Properties:\n"):
        found = resource(f"Resources:\n  R:\n    Type: AWS::S3::Bucket\n{text}").block.attribute("BucketName")
        assert found.settled
        assert found.or_none() is None


@pytest.mark.parametrize(
    ("declared", "verdicts"),
    [
        ("{Type: String}", [Verdict.UNKNOWN]),
        ("{Type: String, MinLength: 1}", [Verdict.TRUE]),
        ("{Type: CommaDelimitedList}", []),
    ],
)
def test_an_open_text_in_the_place_of_a_list_may_be_none(declared: str, verdicts: list[Verdict]) -> None:
    found = resource(
        f"Parameters: {{P: {declared}}}\n"
        "Resources: {R: {Type: 'AWS::CloudTrail::Trail', Properties: {Sources: !Ref P}}}\n"
    ).block.elements("Sources")

    assert [there.verdict for _, there in found.members()] == verdicts
    assert bool(found.gaps) is not bool(verdicts)


@pytest.mark.parametrize(
    ("attribute", "known"),
    [("OrganizationBinding: !Ref Other", False), ("DependsOn: Other", True), ("CreationPolicy: {}", True)],
)
def test_what_only_another_program_reads_leaves_open_where_a_resource_will_be(attribute: str, known: bool) -> None:
    text = TEXT.replace("    DeletionPolicy: Retain\n", f"    {attribute}\n")
    here, other = resource(text).location, resource(text, name="Other").location

    assert (here.credentials == other.credentials) is known
    assert [reason.why for reason in here.account.reasons if reason.why is Why.UNSUPPORTED] == (
        [] if known else [Why.UNSUPPORTED]
    )

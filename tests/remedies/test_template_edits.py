"""Edits of templates: the least that does it, in YAML and JSON, comments, order and formatting kept."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.remedies.edits import RefusedError
from guardrails.remedies.template_edits import fresh_name, with_element, with_resource, with_value
from guardrails.remedies.template_values import Function, plain, same
from guardrails.sources.cloudformation.nodes import Template
from guardrails.sources.cloudformation.reading import read

if TYPE_CHECKING:
    from guardrails.remedies.template_values import Value

YAML = """\
# The audit trail.
Resources:
  Trail: # of the organization
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: !Ref Bucket # kept for ever

      # Nobody reads these.
      EnableLogFileValidation: false # why?
      Tags:
        - Key: team
          Value: audit # ours
        # the last one
      EventSelectors: [{ReadWriteType: All}]

  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Delete
  Topic: {Type: "AWS::SNS::Topic"}
  Empty:
    Type: AWS::SNS::Topic
    Properties: # none
Outputs:
  Name: {Value: !Ref Trail}
"""
KEY = Function("Fn::GetAtt", "Key.Arn")
TRAIL = ("Resources", "Trail", "Properties")


def changes(before: str, after: str) -> list[str]:
    """The lines that went and came."""
    return [
        line
        for line in difflib.ndiff(before.splitlines(), after.splitlines())
        if line.startswith(("+ ", "- "))
    ]  # fmt: skip


def value(text: str, place: tuple[str | int, ...]) -> Value:
    found = read("template.yaml", text)
    assert isinstance(found, Template)
    tree = plain(found.root)
    for key in place:
        tree = tree[key]  # type: ignore[index]  # the test knows what it asks for
    return tree


@pytest.mark.parametrize(
    ("place", "wanted", "expected"),
    [
        (
            (*TRAIL, "EnableLogFileValidation"),
            True,
            ["-       EnableLogFileValidation: false # why?", "+       EnableLogFileValidation: true # why?"],
        ),
        ((*TRAIL, "IsMultiRegionTrail"), True, ["+       IsMultiRegionTrail: true"]),
        ((*TRAIL, "KMSKeyId"), KEY, ["+       KMSKeyId: !GetAtt Key.Arn"]),
        ((*TRAIL, "TrailName"), "a: b", ["+       TrailName: 'a: b'"]),
        ((*TRAIL, "Account"), "012345678901", ["+       Account: 012345678901"]),
        ((*TRAIL, "Octal"), "0755", ["+       Octal: '0755'"]),
        (
            (*TRAIL, "Tags", 0, "Value"),
            "it's",
            ["-           Value: audit # ours", "+           Value: 'it''s' # ours"],
        ),
        ((*TRAIL, "Tags", 0, "More"), "x", ["+           More: x"]),
        (
            ("Resources", "Bucket", "Properties", "VersioningConfiguration", "Status"),
            "Enabled",
            ["+     Properties:", "+       VersioningConfiguration:", "+         Status: Enabled"],
        ),
        (
            ("Resources", "Bucket", "DeletionPolicy"),
            "Retain",
            ["-     DeletionPolicy: Delete", "+     DeletionPolicy: Retain"],
        ),
        (
            ("Resources", "Topic", "Properties", "KmsMasterKeyId"),
            "alias/audit",
            [
                '-   Topic: {Type: "AWS::SNS::Topic"}',
                '+   Topic: {Type: "AWS::SNS::Topic", Properties: {KmsMasterKeyId: alias/audit}}',
            ],
        ),
        (("Resources", "Empty", "Properties", "TopicName"), "x", ["+       TopicName: x"]),
        (
            (*TRAIL, "EventSelectors", 0, "DataResources"),
            [{"Type": "AWS::S3::Object", "Values": [Function("Fn::Sub", "${Bucket.Arn}/")]}],
            [
                "-       EventSelectors: [{ReadWriteType: All}]",
                "+       EventSelectors: [{ReadWriteType: All, DataResources: [{Type: AWS::S3::Object,"
                " Values: [!Sub '${Bucket.Arn}/']}]}]",
            ],
        ),
        (
            (*TRAIL, "Policy"),
            {"Statement": [{"Effect": "Deny", "Principal": "*"}]},
            [
                "+       Policy:",
                "+         Statement:",
                "+           - Effect: Deny",
                "+             Principal: '*'",
            ],
        ),
        (
            (*TRAIL, "Both"),
            Function("Fn::Base64", Function("Ref", "A")),
            ["+       Both:", "+         Fn::Base64: !Ref A"],
        ),
    ],
)  # fmt: skip
def test_values_in_yaml(place: tuple[str | int, ...], wanted: Value, expected: list[str]) -> None:
    changed = with_value("template.yaml", YAML, place, wanted)

    assert changes(YAML, changed) == expected
    assert same(value(changed, place), wanted)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("last", ["", "end"], ids=["no line end", "line end"])
def test_lines_end_as_they_did(end: str, last: str) -> None:
    text = YAML.replace("\n", end) if last else YAML.rstrip("\n").replace("\n", end)
    changed = with_value("template.yaml", text, ("Outputs", "Other", "Value"), "x")

    assert changed.replace(end, "\n").rstrip("\n") == YAML + "  Other:\n    Value: x"
    assert changed.count("\r") == (changed.count("\n") if end == "\r\n" else 0)


def test_resources_in_yaml() -> None:
    body: dict[str, Value] = {
        "Type": "AWS::KMS::Key",
        "Properties": {"EnableKeyRotation": True, "KeyPolicy": {"Statement": [{"Action": ["kms:*"], "Resource": "*"}]}},
    }
    changed = with_resource("template.yaml", YAML, "Key", body)

    assert changes(YAML, changed) == [
        "+   Key:",
        "+     Type: AWS::KMS::Key",
        "+     Properties:",
        "+       EnableKeyRotation: true",
        "+       KeyPolicy:",
        "+         Statement:",
        "+           - Action:",
        "+               - kms:*",
        "+             Resource: '*'",
    ]
    assert changed.index("Key:") < changed.index("Outputs:")


def test_resources_stand_apart_as_the_others_do() -> None:
    text = "Resources:\n    A:\n        Type: AWS::SNS::Topic\n\n    B:\n        Type: AWS::SNS::Topic\n\nOutputs: {}\n"

    assert with_resource("template.yaml", text, "C", {"Type": "AWS::SNS::Topic"}) == text.replace(
        "\n\nOutputs", "\n\n    C:\n        Type: AWS::SNS::Topic\n\nOutputs"
    )


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("a: [1, 2]\n", ("a",), "a: [1, 2, x]\n"),
        ("a: []\n", ("a",), "a: [x]\n"),
        ("a:\n- 1 # one\n- 2 # two\nb: 3\n", ("a",), "a:\n- 1 # one\n- 2 # two\n- x\nb: 3\n"),
        ("a:\n  -   1\n", ("a",), "a:\n  -   1\n  - x\n"),
        ("a:\n  -\n    b: 1\n", ("a",), "a:\n  -\n    b: 1\n  - x\n"),
        ("a:\n  - - 1\n", ("a", 0), "a:\n  - - 1\n    - x\n"),
        ("a: [\n  1,\n  2, # two\n]\n", ("a",), "a: [\n  1,\n  2,\n  x # two\n]\n"),
        ("a: 1\n", ("b", "c"), "a: 1\nb:\n  c:\n    - x\n"),
        ("a:\n  b:\nc: 1\n", ("a", "b"), "a:\n  b:\n    - x\nc: 1\n"),
        ('{"a": [1]}', ("a",), '{"a": [1, "x"]}'),
        ('{\n  "a": [\n    1\n  ]\n}', ("a",), '{\n  "a": [\n    1,\n    "x"\n  ]\n}'),
        ('{\n  "a": []\n}', ("a",), '{\n  "a": [\n    "x"\n  ]\n}'),
        ("a: [x]\n", ("a",), "a: [x]\n"),
    ],
)  # fmt: skip
def test_elements(text: str, place: tuple[str | int, ...], expected: str) -> None:
    assert with_element("template.yaml", text, place, "x") == expected


JSON = """\
{
    "Resources": {
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {
                "IsLogging" : true,
                "Tags": [{"Key": "a", "Value": "b"}]
            }
        },
        "Topic": {}
    }
}
"""


@pytest.mark.parametrize(
    ("place", "wanted", "expected"),
    [
        (
            (*TRAIL, "IsLogging"),
            False,
            ['-                 "IsLogging" : true,', '+                 "IsLogging" : false,'],
        ),
        (
            (*TRAIL, "KMSKeyId"),
            KEY,
            [
                '-                 "Tags": [{"Key": "a", "Value": "b"}]',
                '+                 "Tags": [{"Key": "a", "Value": "b"}],',
                '+                 "KMSKeyId": {',
                '+                     "Fn::GetAtt": [',
                '+                         "Key",',
                '+                         "Arn"',
                "+                     ]",
                "+                 }",
            ],
        ),
        (
            (*TRAIL, "Tags", 0, "Other"),
            1,
            [
                '-                 "Tags": [{"Key": "a", "Value": "b"}]',
                '+                 "Tags": [{"Key": "a", "Value": "b", "Other": 1}]',
            ],
        ),
        (
            ("Resources", "Topic", "Type"),
            "AWS::SNS::Topic",
            ['-         "Topic": {}', '+         "Topic": {', '+             "Type": "AWS::SNS::Topic"', "+         }"],
        ),
    ],
)  # fmt: skip
def test_values_in_json(place: tuple[str | int, ...], wanted: Value, expected: list[str]) -> None:
    changed = with_value("template.json", JSON, place, wanted)

    assert changes(JSON, changed) == expected
    assert same(value(changed, place), wanted)
    json.loads(changed)


def test_long_forms_stay_long() -> None:
    text = "Resources:\n  A: {Type: X, Properties: {N: {Ref: B}}}\n"

    assert with_value("t.yaml", text, ("Resources", "A", "Properties", "M"), Function("Ref", "C")) == text.replace(
        "}}}", "}, M: {Ref: C}}}"
    )


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (YAML, (*TRAIL, "S3BucketName"), ":7 sets `Resources.Trail.Properties.S3BucketName` to `!Ref Bucket`"),
        (YAML, (*TRAIL, "S3BucketName", "x"), ":7 sets `Resources.Trail.Properties.S3BucketName` to `!Ref Bucket`"),
        (YAML, (*TRAIL, "Tags"), ":12 sets `Resources.Trail.Properties.Tags` to"),
        (YAML, (*TRAIL, "IsLogging", "x"), ":6 sets `Resources.Trail.Properties.IsLogging` to `true`"),
        (YAML, (*TRAIL, "Tags", 3), "has no `Resources.Trail.Properties.Tags[3]`"),
        ("a: &x {b: 1}\nc: *x\n", ("c", "b"), ":2 repeats what is written elsewhere: change it there"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", ("c", "b"), "takes `b` from elsewhere: change it there"),
        ("a: 1\na: 2\n", ("a",), "is no sound template"),
        ("a: [\n", ("a",), "is no sound template"),
    ],
)
def test_what_is_refused(text: str, place: tuple[str | int, ...], said: str) -> None:
    with pytest.raises(RefusedError, match=r"^template\.yaml") as refused:
        with_value("template.yaml", text, place, "new")

    assert said in str(refused.value)


def test_what_a_function_works_out_may_be_replaced() -> None:
    changed = with_value("template.yaml", YAML, (*TRAIL, "S3BucketName"), "logs", replaces=True)

    assert changes(YAML, changed) == [
        "-       S3BucketName: !Ref Bucket # kept for ever",
        "+       S3BucketName: logs # kept for ever",
    ]
    tags = with_value("template.yaml", YAML, (*TRAIL, "Tags"), [], replaces=True)
    assert value(tags, (*TRAIL, "Tags")) == []


def test_nothing_changes_where_it_is_so_already() -> None:
    assert with_value("template.yaml", YAML, (*TRAIL, "IsLogging"), True) == YAML
    assert with_value("template.yaml", YAML, (*TRAIL, "S3BucketName"), Function("Ref", "Bucket")) == YAML


def test_names_that_are_free() -> None:
    assert fresh_name("template.yaml", YAML, "Key") == "Key"
    assert fresh_name("template.yaml", YAML, "Trail") == "Trail2"
    assert fresh_name("template.yaml", YAML, "Name") == "Name2"
    with pytest.raises(RefusedError, match="has a resource `Trail`"):
        with_resource("template.yaml", YAML, "Trail", {})


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["yes", "1", "a: b", "# c", "- d", "x ", " y", "é", "\t", "null", "{", "2012-10-17", "!Ref a"]
)
FUNCTIONS = st.builds(Function, st.sampled_from(["Ref", "Fn::Sub", "Fn::GetAtt"]), st.just("A.B"))
KEYS = st.text("abc:é ", min_size=1, max_size=4)
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | TEXTS | FUNCTIONS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    (*TRAIL, "EnableLogFileValidation"),
    (*TRAIL, "New"),
    (*TRAIL, "Deep", "Deeper"),
    (*TRAIL, "Tags", 0, "Value"),
    (*TRAIL, "EventSelectors", 0, "New"),
    ("Resources", "Empty", "Properties", "New"),
    ("Resources", "Topic", "New"),
    ("Outputs", "Name", "New"),
    ("New",),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), VALUES, st.sampled_from(["yaml", "json", "json on one line"]))
def test_any_value_at_any_place(place: tuple[str | int, ...], wanted: Value, form: str) -> None:
    """What an edit gives reads back as what was wanted (else it is refused), and comments are kept."""
    if form != "yaml":
        document = json.loads(json.dumps(_long(value(YAML, ()))))
        text = json.dumps(document, indent=None if form == "json on one line" else 2)
    else:
        text = YAML
    changed = with_value("template", text, place, wanted, replaces=True)

    assert same(value(changed, place), wanted)
    for comment in ("# The audit trail.", "# kept for ever", "# Nobody reads these.", "# ours", "# none"):
        assert (comment in changed) == (comment in text)


def _long(tree: Value) -> object:
    if isinstance(tree, Function):
        return {tree.name: tree.argument}
    if isinstance(tree, dict):
        return {key: _long(one) for key, one in tree.items()}
    return [_long(one) for one in tree] if isinstance(tree, list) else tree

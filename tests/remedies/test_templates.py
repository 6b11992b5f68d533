"""Remedies for CloudFormation templates: comments, order and layout stay, whatever the form is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from deployed import added, sought
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.remedies.edits import RefusedError
from guardrails.remedies.templates.edits import resources_of, template_of, with_entry, with_item, with_value
from guardrails.remedies.templates.values import Function, Known, as_json, below, content_of, in_line
from guardrails.sources.cloudformation.nodes import Mapping, Sequence

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.remedies.search import Remedy

YAML = """\
# What is recorded.
Resources:
  Trail: # the trail
    Type: AWS::CloudTrail::Trail
    Properties:
      TrailName: main # its name
      S3BucketName: example-audit-logs
      IsLogging: yes
      # nothing else

  Other:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: "x"}
"""
JSON = """\
{
    "Resources": {
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {
                "TrailName": "main",
                "S3BucketName": "example-audit-logs",
                "IsLogging": true
            }
        }
    }
}
"""
LOGS = """\
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: example-audit-logs
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: { S3BucketName: !Ref Logs, IsLogging: true }
"""


def _sought(folder: Path, policy: str, text: str) -> Remedy:
    return sought(folder, policy, ("template.json" if text[0] == "{" else "template.yaml", text))


def test_a_property_goes_behind_the_others(tmp_path: Path) -> None:
    found = _sought(tmp_path, "TRAIL-005", YAML)
    (change,) = found.changes
    line = "      IsLogging: yes\n"
    assert change.after == YAML.replace(line, f"{line}      EnableLogFileValidation: true\n")


def test_a_property_of_json_gets_its_comma(tmp_path: Path) -> None:
    (change,) = _sought(tmp_path, "TRAIL-005", JSON).changes
    line = '"IsLogging": true'
    assert change.after == JSON.replace(line, f'{line},\n                "EnableLogFileValidation": true')


def test_a_value_that_is_written_out_is_replaced(tmp_path: Path) -> None:
    text = YAML.replace("IsLogging: yes", "IsLogging: 'false' # off")
    (change,) = _sought(tmp_path, "TRAIL-002", text).changes
    assert change.after == YAML.replace("IsLogging: yes", "IsLogging: true # off")


def test_what_a_parameter_says_is_named_and_left_alone(tmp_path: Path) -> None:
    parameters = "Parameters:\n  On:\n    Type: String\n    Default: 'false'\n"
    found = _sought(tmp_path, "TRAIL-002", parameters + YAML.replace("IsLogging: yes", "IsLogging: !Ref On"))
    assert not found.changes
    assert ["sets `IsLogging` to `!Ref On`" in still.reasons[0] for still in found.open] == [True]


def test_what_stands_behind_an_anchor_is_left_alone(tmp_path: Path) -> None:
    text = YAML.replace("IsLogging: yes", "IsLogging: *off").replace(
        "Resources:", "Metadata:\n  Off: &off false\nResources:", 1
    )
    found = _sought(tmp_path, "TRAIL-002", text)
    assert not found.changes
    assert ["behind an anchor" in still.reasons[0] for still in found.open] == [True]


def test_line_endings_stay(tmp_path: Path) -> None:
    (change,) = _sought(tmp_path, "TRAIL-010", YAML.replace("\n", "\r\n")).changes
    assert change.after.count("\r\n") == change.after.count("\n")
    assert "InsightSelectors:\r\n        - InsightType: ApiCallRateInsight\r\n" in change.after


def test_what_is_a_resource_elsewhere_is_a_property_of_the_bucket(tmp_path: Path) -> None:
    (change,) = _sought(tmp_path, "BUCKET-002", LOGS).changes
    name = "      BucketName: example-audit-logs\n"
    four = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    blocks = "".join(f"        {one}: true\n" for one in four)
    assert change.after == LOGS.replace(name, f"{name}      PublicAccessBlockConfiguration:\n{blocks}")


def test_a_lock_is_not_switched_on_where_that_replaces_the_bucket(tmp_path: Path) -> None:
    found = _sought(tmp_path, "BUCKET-005", LOGS)
    assert not found.changes
    assert any("replaces the bucket" in reason for still in found.open for reason in still.reasons)


def test_a_destroy_leaves_what_is_kept(tmp_path: Path) -> None:
    found = _sought(tmp_path, "TRAIL-013", LOGS)
    assert added(found).count("DeletionPolicy: Retain") == 2
    assert added(found).count("UpdateReplacePolicy: Retain") == 2


@pytest.mark.parametrize("text", [YAML, JSON])
def test_a_key_of_ones_own(text: str, tmp_path: Path) -> None:
    found = _sought(tmp_path, "KMS-001", text)
    assert found.closed
    assert not found.newly
    (change,) = found.changes
    root = template_of("", change.after).root
    assert [entry.key for entry in resources_of(template_of("", change.after)).entries][-1] == "TrailKey"
    assert ("!GetAtt TrailKey.Arn" if text is YAML else '"Fn::GetAtt": [') in change.after
    if text is JSON:
        json.loads(change.after)
    assert root.get("Resources")


def test_a_key_that_lets_the_service_in_is_used(tmp_path: Path) -> None:
    first = _sought(tmp_path, "KMS-001", YAML)
    text = first.changes[0].after.replace("      KMSKeyId: !GetAtt TrailKey.Arn\n", "")
    assert added(_sought(tmp_path, "KMS-001", text)) == "      KMSKeyId: !GetAtt TrailKey.Arn"


def test_a_log_group_with_its_role(tmp_path: Path) -> None:
    found = _sought(tmp_path, "TRAIL-007", YAML)
    new = added(found)
    assert found.closed
    assert "log-group:${TrailLogGroup}:log-stream:*'" in new, "its own ARN ends in `:*` already"
    assert "      RoleName: !Ref TrailRole" in new


POLICY = """\
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Logs
      PolicyDocument:
        Version: 2012-10-17
        Statement:
        - Effect: Allow # to look
          Principal: {Service: cloudtrail.amazonaws.com}
          Action: s3:GetBucketAcl
          Resource: !GetAtt Logs.Arn
        - Effect: Allow # to write
          Principal: {Service: cloudtrail.amazonaws.com}
          Action: s3:PutObject
          Resource: !Sub "${Logs.Arn}/*"
          Condition:
            StringEquals: {s3:x-amz-acl: bucket-owner-full-control}
"""


def test_a_statement_joins_the_others(tmp_path: Path) -> None:
    (change,) = _sought(tmp_path, "BUCKET-007", LOGS + POLICY).changes
    assert change.after.startswith(LOGS + POLICY)
    assert change.after.removeprefix(LOGS + POLICY).startswith(
        "        - Sid: DenyRequestsWithoutTls\n          Effect: D"
    )


def test_each_statement_gets_its_condition(tmp_path: Path) -> None:
    found = _sought(tmp_path, "BUCKET-010", LOGS + POLICY)
    assert found.closed
    new = added(found)
    assert "            StringEquals: {s3:x-amz-acl: bucket-owner-full-control, aws:SourceAccount: " in new
    assert new.count("aws:SourceAccount") == 2


ALERTS = """\
  Group:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: cloudtrail
  Delivery:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: write
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [logs:CreateLogStream, logs:PutLogEvents]
                Resource: !GetAtt Group.Arn
  Watched:
    Type: AWS::CloudTrail::Trail
    Properties:
      S3BucketName: example-audit-logs
      IsLogging: true
      IsMultiRegionTrail: true
      CloudWatchLogsLogGroupArn: !GetAtt Group.Arn
      CloudWatchLogsRoleArn: !GetAtt Delivery.Arn
  Alerts:
    Type: AWS::SNS::Topic
"""
WATCHED = """\
  OtherFilter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: '{ $.eventName = CreateTrail }' # the first
      MetricTransformations:
        - {MetricName: other, MetricNamespace: Ours, MetricValue: '1'}
  OtherAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      MetricName: other
      Namespace: Ours
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      AlarmActions: [!Ref Alerts]
"""


def test_a_filter_and_an_alarm_for_the_topic_that_is_there(tmp_path: Path) -> None:
    found = _sought(tmp_path, "MONITOR-001", "Resources:\n" + ALERTS)
    assert found.closed
    new = added(found)
    assert "  RootUseFilter:\n    Type: AWS::Logs::MetricFilter\n" in new
    assert "      AlarmActions: [!Ref Alerts]" in new


def test_a_pair_like_the_one_that_works(tmp_path: Path) -> None:
    found = _sought(tmp_path, "MONITOR-001", "Resources:\n" + ALERTS + WATCHED)
    assert found.closed
    assert "      Period: 60" in added(found)
    assert "      Namespace: Ours" in added(found)


def test_what_belongs_to_a_conditional_resource_has_its_condition(tmp_path: Path) -> None:
    text = "Conditions:\n  Here: !Equals [1, 1]\n" + YAML.replace(
        "Type: AWS::CloudTrail", "Condition: Here\n    Type: AWS::CloudTrail"
    )
    found = _sought(tmp_path, "KMS-001", text)
    assert found.closed
    assert "  TrailKey:\n    Type: AWS::KMS::Key\n    Condition: Here\n" in added(found)


def test_names_that_are_taken_get_a_number(tmp_path: Path) -> None:
    taken = "  RootUseAlarm:\n    Type: AWS::SSM::Parameter\n    Properties: {Type: String, Value: x}\n"
    new = added(_sought(tmp_path, "MONITOR-001", "Resources:\n" + ALERTS + WATCHED + taken))
    assert "  RootUse2Filter:" in new
    assert "  RootUse2Alarm:" in new


def test_the_nearest_filter_gets_the_missing_clauses(tmp_path: Path) -> None:
    (change,) = _sought(tmp_path, "MONITOR-005", "Resources:\n" + ALERTS + WATCHED).changes
    before, after = change.before.splitlines(), change.after.splitlines()
    assert [new.endswith("' # the first") for old, new in zip(before, after, strict=True) if old != new] == [True]


def test_what_the_cdk_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    found = _sought(tmp_path, "TRAIL-005", JSON)
    assert not found.changes
    assert any("change the app" in reason for still in found.open for reason in still.reasons)


# --- edits ------------------------------------------------------------------------------------------------------------

ENTRIES = [
    pytest.param("A: {}\n", "A: { K: v }\n", id="empty braces"),
    pytest.param("A: {B: 1}\n", "A: {B: 1, K: v}\n", id="braces"),
    pytest.param("A: {\n  B: 1,\n}\n", "A: {\n  B: 1,\n  K: v\n}\n", id="braces over lines"),
    pytest.param(
        "A:\n  B: |\n    text\n\n    more\nC: 1\n", "A:\n  B: |\n    text\n\n    more\n  K: v\nC: 1\n", id="a text"
    ),
    pytest.param(
        "A:\n  B: >-\n    text # no\nC: 1\n", "A:\n  B: >-\n    text # no\n  K: v\nC: 1\n", id="a folded text"
    ),
    pytest.param("A:\n  B:\n  - 1 # one\n# end\nC: 1\n", "A:\n  B:\n  - 1 # one\n  K: v\n# end\nC: 1\n", id="a list"),
    pytest.param("A:\n  B: 1", "A:\n  B: 1\n  K: v\n", id="no line ending at the end"),
    pytest.param("A:\n  B:\nC: 1\n", "A:\n  B:\n  K: v\nC: 1\n", id="behind nothing"),
    pytest.param('{"A": {"B": [1]}}', '{"A": {"B": [1], "K": "v"}}', id="json on one line"),
]


@pytest.mark.parametrize(("before", "after"), ENTRIES)
def test_a_key_is_added(before: str, after: str) -> None:
    mapping = template_of("", before).root.get("A")
    assert isinstance(mapping, Mapping)
    found = with_entry(before, mapping, "K", "v")
    assert found == after
    read = template_of("", found).root.get("A")
    assert isinstance(read, Mapping)
    assert [entry.key for entry in read.entries] == [*(entry.key for entry in mapping.entries), "K"]


ITEMS = [
    pytest.param("A: [1]\n", "A: [1, 2]\n", id="brackets"),
    pytest.param("A: []\n", "A: [2]\n", id="empty brackets"),
    pytest.param("A:\n- 1 # one\nB: 1\n", "A:\n- 1 # one\n- 2\nB: 1\n", id="dashes"),
    pytest.param("A:\n  - X: 1\n    Y: 2\n", "A:\n  - X: 1\n    Y: 2\n  - 2\n", id="mappings"),
    pytest.param('{"A": [\n  1\n]}', '{"A": [\n  1,\n  2\n]}', id="json"),
]


@pytest.mark.parametrize(("before", "after"), ITEMS)
def test_an_item_is_added(before: str, after: str) -> None:
    sequence = template_of("", before).root.get("A")
    assert isinstance(sequence, Sequence)
    assert with_item(before, sequence, 2) == after


def test_a_value_is_given_where_there_is_none() -> None:
    text = "A:\n  B: # nothing\n  C:\n"
    mapping = template_of("", text).root.get("A")
    assert isinstance(mapping, Mapping)
    assert with_value("", text, mapping.entries[0], "x", replaces=False) == "A:\n  B: x # nothing\n  C:\n"
    assert with_value("", text, mapping.entries[1], "x", replaces=False) == "A:\n  B: # nothing\n  C: x\n"


def test_a_list_is_emptied_and_a_mapping_is_not() -> None:
    text = "A:\n  B:\n    - 1\n    - 2 # two\n  C:\n    D: 1\n"
    mapping = template_of("", text).root.get("A")
    assert isinstance(mapping, Mapping)
    assert with_value("", text, mapping.entries[0], [], replaces=False) == "A:\n  B: [] # two\n  C:\n    D: 1\n"
    with pytest.raises(RefusedError, match="in a form that is not edited"):
        with_value("", text, mapping.entries[1], [], replaces=False)


KNOWN = {"key": Known("Key", "AWS::KMS::Key"), "topic": Known("Topic", "AWS::SNS::Topic")}
EXPRESSIONS = [
    ("true", True),
    ("365", 365),
    ('"Enabled"', "Enabled"),
    ("{key}.arn", Function("Fn::GetAtt", "Key.Arn")),
    ("{topic}.arn", Function("Ref", "Topic")),
    ("{account}", Function("Ref", "AWS::AccountId")),
    ('"${{key}.arn}/*"', Function("Fn::Sub", "${Key.Arn}/*")),
    (
        '"arn:${{partition}}:iam::${{account}}:root"',
        Function("Fn::Sub", "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"),
    ),
    ('["a", {key}.id]', ["a", Function("Ref", "Key")]),
    ('jsonencode({ Version = "1", "a:b" = [1] })', {"Version": "1", "a:b": [1]}),
]


@pytest.mark.parametrize(("expression", "content"), EXPRESSIONS)
def test_an_expression_in_the_words_of_templates(expression: str, content: object) -> None:
    assert content_of(expression, KNOWN) == content


@pytest.mark.parametrize("expression", ["var.x", "{other}.arn", "aws_kms_key.x.arn", "{key}.policy"])
def test_what_cannot_be_said_in_a_template(expression: str) -> None:
    with pytest.raises(RefusedError):
        content_of(expression, KNOWN)


_TEXTS = st.text(st.characters(codec="ascii", min_codepoint=32, exclude_characters="\x7f") | st.just("é"), max_size=20)
_CONTENTS = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS.filter(bool), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(_CONTENTS)
def test_what_is_written_reads_back(content: object) -> None:
    for text in (
        f"A:{below(content, '  ')}\nB: 1\n",  # type: ignore[arg-type] # any JSON
        f"A: {in_line(content)}\nB: 1\n",  # type: ignore[arg-type] # as above
        f'{{"A": {as_json(content, "  ")}, "B": 1}}',  # type: ignore[arg-type] # as above
    ):
        root = template_of("", text).root
        assert [entry.key for entry in root.entries] == ["A", "B"]
        assert _plain(root.entries[0].value) == content


def _plain(node: object) -> object:
    if isinstance(node, Mapping):
        return {entry.key: _plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return node.content  # type: ignore[attr-defined] # a scalar

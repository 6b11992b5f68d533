"""Files with the values of parameters."""

from __future__ import annotations

import pytest

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.parameter_files import ParameterFile, read_parameters

SAME = {"Retention": "90", "Key": "arn:aws:kms:eu-west-1:111122223333:key/1", "Enabled": "true"}
FORMS = {
    "command line": """[
      {"ParameterKey": "Retention", "ParameterValue": "90"},
      {"ParameterValue": "arn:aws:kms:eu-west-1:111122223333:key/1", "ParameterKey": "Key"},
      {"ParameterKey": "Enabled", "ParameterValue": true}
    ]""",
    "command line, whole input": """{"StackName": "audit", "Capabilities": ["CAPABILITY_IAM"], "Parameters": [
      {"ParameterKey": "Retention", "ParameterValue": 90},
      {"ParameterKey": "Key", "ParameterValue": "arn:aws:kms:eu-west-1:111122223333:key/1"},
      {"ParameterKey": "Enabled", "ParameterValue": "true", "UsePreviousValue": false}
    ]}""",
    "overrides": '["Retention=90", "Key=arn:aws:kms:eu-west-1:111122223333:key/1", "Enabled=true"]',
    "pipeline": """{"Tags": {"team": "audit"}, "Parameters": {"Retention": "90", "Enabled": "true",
        "Key": "arn:aws:kms:eu-west-1:111122223333:key/1"}, "StackPolicy": {"Statement": []}}""",
    "plain": '{"Retention": 90, "Key": "arn:aws:kms:eu-west-1:111122223333:key/1", "Enabled": true}',
    "plain YAML": "Retention: 90 # days\nKey: arn:aws:kms:eu-west-1:111122223333:key/1\nEnabled: true\n",
    "pipeline in YAML": """
Parameters:
  Retention: '90'
  Enabled: true
  Key: arn:aws:kms:eu-west-1:111122223333:key/1
""",
    "command line in YAML": """
- ParameterKey: Retention
  ParameterValue: 90
- {ParameterKey: Key, ParameterValue: "arn:aws:kms:eu-west-1:111122223333:key/1"}
- ParameterKey: Enabled
  ParameterValue: true
""",
    "lines": "# of production\n\nRetention=90\nKey=arn:aws:kms:eu-west-1:111122223333:key/1\r\nEnabled='true' # on\n",
    "one line": "Retention=90 Key=arn:aws:kms:eu-west-1:111122223333:key/1 Enabled=true",
}


def values(text: str) -> dict[str, str]:
    found = read_parameters("parameters.json", text)
    assert isinstance(found, ParameterFile), found
    assert not found.open
    return found.values


def refused(text: str) -> Reason:
    found = read_parameters("parameters.json", text)
    assert isinstance(found, Reason)
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_forms(form: str, mark: str) -> None:
    assert values(mark + FORMS[form]) == SAME


def test_numbers_and_words_are_taken_as_written() -> None:
    assert values("Account: 012345678901\nVersion: 1.10\nDay: 2027-01-31\nAnswer: yes\nEmpty: ''") == {
        "Account": "012345678901",
        "Version": "1.10",
        "Day": "2027-01-31",
        "Answer": "yes",
        "Empty": "",
    }


def test_lists_are_joined() -> None:
    assert values("Subnets: [a, b]\nNone: []\n") == {"Subnets": "a,b", "None": ""}


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "[]", '{"Tags": {"a": "b"}}', '{"Parameters": {}}'])
def test_files_without_values(text: str) -> None:
    assert values(text) == {}


def test_a_value_with_an_equals_sign() -> None:
    assert values('["Query=a=b", "Empty="]') == {"Query": "a=b", "Empty": ""}
    assert values("Query='a=b c' Empty=") == {"Query": "a=b c", "Empty": ""}


def test_the_last_value_counts() -> None:
    assert values('["A=1", "A=2"]') == {"A": "2"}


def test_what_is_given_but_not_known() -> None:
    found = read_parameters(
        "p.json",
        '[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "A", "UsePreviousValue": true},\n'
        ' {"ParameterKey": "B", "ParameterValue": {"Fn::GetArtifactAtt": ["build", "ObjectKey"]}}]',
    )

    assert isinstance(found, ParameterFile)
    assert found.values == {}
    assert [(name, reason.why, reason.origin.line) for name, reason in found.open.items()] == [
        ("A", Why.ELSEWHERE, 1),
        ("B", Why.AFTER_APPLY, 2),
    ]
    assert found.open["A"].settle == "pass `--parameters A=…`"


@pytest.mark.parametrize(
    ("text", "detail", "line", "column"),
    [
        ('{"A":\n {"nested": "swordfish"}}', "the value of `A` is no text", 2, 2),
        ('{"A": null}', "the value of `A` is no text", 1, 7),
        ('["A=1",\n "swordfish"]', "an item is neither a mapping with `ParameterKey` nor a text `Key=Value`", 2, 2),
        ('[{"ParameterKey": "A"}]', "`A` has no `ParameterValue`", 1, 2),
        ('{"Password": "swordfish",\n"A" 1}', "syntax error: neither JSON nor YAML", 2, 5),
        ("Password: 'swordfish\n", "syntax error: neither JSON nor YAML", 2, 1),
        ("A=1\nB='swordfish\n", "a line is no `Key=Value`", 2, 1),
        ("A=1\nswordfish\n", "a line is no `Key=Value`", 2, 1),
        ("swordfish", "it must hold", 1, 1),
        ('{"A": "swordfish", "A": "2"}', "a key is written twice, or is no text", 1, 20),
        ("A: 1\n---\nA: 2\n", "syntax error: neither JSON nor YAML", 2, 1),
    ],
)
def test_what_is_wrong_is_named_without_values(text: str, detail: str, line: int, column: int) -> None:
    reason = refused(text)

    assert reason.why is Why.INVALID
    assert reason.detail.startswith(detail)
    assert "swordfish" not in reason.detail
    assert (reason.origin.line, reason.origin.column) == (line, column)


def test_bounds() -> None:
    assert refused("[" * 200).why is Why.LIMIT

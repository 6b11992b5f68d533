"""Every property that a lowering reads of an account exists in the answers of the API, as botocore describes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from live_calls import CALLS, element, mistakes, shapes

from guardrails.lower.aws import LOWERINGS
from guardrails.lower.columns import Column, columns

COLUMNS = columns("live")
SPELLINGS = (
    ("AlarmName", "Rule", "trail.Name"),
    ("Name", "Key"),
    ("policyName", "destinationName", "name"),
    ("filterName", "policyName"),
    ("selectionCriteria", "fieldSelectionCriteria"),
    ("policyDocument", "accessPolicy", "deliveryDestinationPolicy"),
)
"""One thing that several types call differently, and that is read under each name: one of them must exist."""
WHOLE = {
    ("s3.bucket", "notification.EventBridgeConfiguration"): "it is empty; that it is there is what it says",
    ("s3.bucket", "replication.Rules.Filter.And.Tags"): "whether there are any",
    ("s3.bucket", "lifecycle.Rules.Filter.And.Tags"): "whether there are any",
}
"""What is read of an answer as a whole although it has members of its own, and why."""
RECORDED = sorted(Path(__file__).parent.glob("agreement/*/live.json"))


def _spelled_otherwise(column: Column) -> bool:
    for names in SPELLINGS:
        for name in names:
            above = column.path.removesuffix(name)
            if above != column.path or name.startswith(f"{column.path}."):
                above = above if above != column.path else ""
                if any(shapes(column.type, f"{above}{other}") for other in names):
                    return True
    return False


def test_nothing_is_read_as_a_value_that_has_members() -> None:
    above = {(column.type, column.path.rpartition(".")[0]) for column in COLUMNS}
    leaves = {(column.type, column.path) for column in COLUMNS} - above
    whole = {
        (kind, path)
        for kind, path in leaves
        if any(element(shape).type_name == "structure" for shape in shapes(kind, path))
    }

    assert whole == WHOLE.keys()


def test_every_type_has_its_calls() -> None:
    declared = {name for lowering in LOWERINGS for name in lowering.types.get("live", ())}

    assert {column.type for column in COLUMNS} | declared == CALLS.keys()


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.noun}: {column.type} {column.path}")
def test_every_property_is_answered(column: Column) -> None:
    assert shapes(column.type, column.path) or _spelled_otherwise(column)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.parent.name)
def test_recorded_answers_have_the_shape_of_answers(path: Path) -> None:
    answers = json.loads(path.read_bytes())

    assert [one for kind, found in answers.items() for each in found.values() for one in mistakes(kind, each)] == []


def test_a_property_that_no_answer_has_is_seen() -> None:
    assert shapes("cloudtrail.trail", "trail.KmsKeyId")
    assert not shapes("cloudtrail.trail", "trail.KMSKeyId")
    assert shapes("s3.bucket", "lifecycle.Rules.Transitions.StorageClass")
    assert not shapes("s3.bucket", "lifecycle.Rules.Tags")
    assert shapes("sns.topic", "topic.KmsMasterKeyId")
    assert not shapes("sns.topic", "topic.TopicName")
    assert list(mistakes("kms.key", {"key": {"KeyManager": "MINE", "Enabled": "yes"}, "grant": []})) != []

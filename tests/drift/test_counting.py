"""Which attributes count for which policies."""

from __future__ import annotations

from guardrails.drift.counting import fields_read, written
from guardrails.drift.fields import COMPARED
from guardrails.model import (
    AuditTrail,
    Bucket,
    EncryptionKey,
    Guarded,
    LogGroup,
    MetricAlarm,
    MuteRule,
    Topic,
)
from guardrails.plugins import load

POLICIES = {policy.id: policy for policy in load().policies}


class Unlisted:
    """A policy that is in no table."""

    id = "OWN-001"
    module = "nowhere.own"


def test_what_a_policy_reads_counts() -> None:
    assert fields_read([POLICIES["TRAIL-001"]]) == {AuditTrail: frozenset({"logging"})}


def test_of_several_policies_all_count() -> None:
    found = fields_read([POLICIES["TRAIL-001"], POLICIES["TRAIL-003"]])

    assert {"logging", "multi_region"} <= found[AuditTrail]


def test_for_a_policy_that_nobody_looked_at_everything_counts() -> None:
    assert fields_read([POLICIES["TRAIL-001"], Unlisted()]) == {
        kind: frozenset(fields) for kind, fields in COMPARED.items()
    }


def test_nothing_counts_for_no_policy() -> None:
    assert fields_read([]) == {}


def test_attributes_of_views_are_those_of_what_they_are_views_of() -> None:
    assert written([(Guarded, "policy"), (MetricAlarm, "mutes")]) == (
        "Bucket/policy EncryptionKey/policy MuteRule/alarm_names Topic/policy"
    )
    assert all(field in COMPARED[kind] for kind, field in ((Bucket, "policy"), (EncryptionKey, "policy")))
    assert "policy" in COMPARED[Topic]
    assert "alarm_names" in COMPARED[MuteRule]


def test_what_is_not_compared_is_not_in_the_table() -> None:
    assert written([(LogGroup, "metric_filters"), (LogGroup, "retention_days")]) == "LogGroup/retention_days"

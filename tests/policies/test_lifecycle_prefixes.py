"""Which lifecycle prefixes can match a trail's files: compared with the keys that CloudTrail and others write."""

from __future__ import annotations

from importlib import import_module

from hypothesis import given
from hypothesis import strategies as st

rules = import_module("guardrails_policies.aws.retain._rules")

ACCOUNT = "111122223333"
OURS = ("CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight")
OTHERS = ("Config", "vpcflowlogs", "elasticloadbalancing", "WAFLogs", "Cloud", "CloudFront")
BASES = ("AWSLogs/", "trail/AWSLogs/", "audit/logs/AWSLogs/")


def keys(base: str, services: tuple[str, ...]) -> list[str]:
    return [
        f"{base}{organization}{ACCOUNT}/{service}/eu-central-1/2026/01/31/file.json.gz"
        for organization in ("", "o-exampleorgid/")
        for service in services
    ]


@given(base=st.sampled_from(BASES), data=st.data())
def test_a_prefix_matches_exactly_if_some_key_of_a_trail_begins_with_it(base: str, data: st.DataObject) -> None:
    ours = keys(base, OURS)
    key = data.draw(st.sampled_from([*ours, *keys(base, OTHERS), "athena/results.csv", "trail.txt"]))
    # Behind the service everything is the same for all, so a prefix that goes further says nothing new.
    told = key.removesuffix("eu-central-1/2026/01/31/file.json.gz")
    prefix = told[: data.draw(st.integers(1, len(told)))]

    assert rules.may_hold(prefix, base) is any(key.startswith(prefix) for key in ours)


@given(base=st.sampled_from(BASES), other=st.sampled_from(BASES))
def test_the_prefix_of_one_trail_never_matches_the_files_of_another(base: str, other: str) -> None:
    assert rules.may_hold(base, other) is (base == other)


@given(base=st.sampled_from(BASES), data=st.data())
def test_without_knowing_the_trail_the_part_from_awslogs_on_decides(base: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([*keys(base, OURS), *keys(base, OTHERS)]))
    prefix = key[: data.draw(st.integers(len(base), len(key)))]

    assert rules.names_logs(prefix)
    assert rules.may_hold_any(prefix) is rules.may_hold(prefix, base)

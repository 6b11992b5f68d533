"""What is seen of an event pattern at a glance agrees with the pattern itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.kernel.truth import Verdict
from guardrails.semantics.event_patterns import EventPattern, parse
from guardrails.semantics.events.calls import DETAIL_TYPES, asks_for_others, names_region
from guardrails.semantics.partial import PartialRecord

if TYPE_CHECKING:
    from typing import Any

ANY_RECORD = PartialRecord.of({})
TYPES = st.sampled_from([*DETAIL_TYPES.values(), "GuardDuty Finding", "AWS Health Event"])
MATCHERS = st.lists(st.one_of(TYPES, st.builds(lambda start: {"prefix": start}, TYPES)), max_size=3)
REST = st.fixed_dictionaries(
    {}, optional={"source": st.just(["aws.iam"]), "region": st.just(["eu-west-1"]), "detail": st.just({"a": [1]})}
)


@given(MATCHERS, REST)
def test_a_pattern_that_is_seen_to_be_for_other_events_matches_no_call(types: list[Any], rest: dict[str, Any]) -> None:
    text = json.dumps({**rest, "detail-type": types})
    pattern = parse(text)

    if asks_for_others(text):
        assert not isinstance(pattern, EventPattern) or pattern.ask(ANY_RECORD).verdict is Verdict.FALSE
    if isinstance(pattern, EventPattern) and ("awsRegion",) in pattern.mentions:
        assert names_region(text)


@pytest.mark.parametrize(
    ("text", "is_for_others"),
    [
        ('{"detail-type": ["GuardDuty Finding"]}', True),
        ('{"detail": {"severity": [{"numeric": ["\\u003e=", 4]}]}, "detail-type": ["GuardDuty Finding"]}', True),
        ('{"detail-type": ["GuardDuty Finding", "AWS API Call via CloudTrail"]}', False),
        ('{"detail-type": ["GuardDuty Finding"], "detail-type": ["AWS API Call via CloudTrail"]}', False),
        ('{"$or": [{"detail-type": ["GuardDuty Finding"]}, {"source": ["aws.iam"]}]}', False),
        ('{"detail-type": [{"prefix": "GuardDuty"}]}', False),
        ('{"detail-type": []}', False),
        ('{"source": ["aws.guardduty"]}', False),
        ("[1]", False),
        ("{", False),
    ],
)
def test_what_is_seen_at_a_glance(text: str, is_for_others: bool) -> None:
    assert asks_for_others(text) is is_for_others


def test_letters_may_be_written_so_that_nobody_sees_them() -> None:
    assert names_region('{"detail": {"aws\\u0052egi\\u006fn": ["eu-west-1"]}}')

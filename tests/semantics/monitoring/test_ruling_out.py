"""What is left out at once, without being asked, does not come through when it is asked."""

from __future__ import annotations

import pytest

from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.truth import Verdict
from guardrails.semantics import event_patterns, filter_patterns
from guardrails.semantics.cloudtrail_fields import cloudtrail
from guardrails.semantics.event_rules import STATE_MENTIONS
from guardrails.semantics.links import MATCHED, Link
from guardrails.semantics.partial import joined

FILTERS = (
    "{ $.eventName = DeleteTrail }",
    "{ ($.eventName = DeleteTrail) || ($.eventName = Stop*) }",
    "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = Delete*Policy) || ($.eventName != CreateUser)) }",
    '{ ($.eventName = "CreateUser") || ($.errorCode = "*Denied") }',
    "{ ($.eventSource = iam.amazonaws.com) || ($.eventSource = cloudtrail.amazonaws.com) }",
    "{ ($.eventName = 7) || ($.eventName < 3) }",
    "{ $.eventName NOT EXISTS }",
    "{ $.eventName = %Delete|Create% }",
    "DeleteTrail",
)
RULES = (
    '{"source": ["aws.iam"], "detail": {"eventName": ["CreateUser", {"prefix": "Delete"}]}}',
    '{"source": ["aws.guardduty"]}',
    '{"detail": {"eventName": [{"anything-but": ["DeleteTrail"]}]}}',
    '{"detail": {"eventName": [{"exists": false}]}}',
    '{"$or": [{"source": ["aws.iam"]}, {"detail": {"eventName": ["StopLogging"]}}]}',
    '{"detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventSource": [{"wildcard": "*.amazonaws.com"}]}}',
)
NAMES = ("DeleteTrail", "StopLogging", "CreateUser", "DeleteGroupPolicy", "DescribeTrails", "7", "2", "")
SOURCES = ("iam.amazonaws.com", "cloudtrail.amazonaws.com", "guardduty.amazonaws.com", "iam")


def links() -> list[tuple[str, Link]]:
    found: list[tuple[str, Link]] = []
    for text in FILTERS:
        pattern = filter_patterns.parse(text)
        assert isinstance(pattern, filter_patterns.FilterPattern)
        link = Link(step=MATCHED, what="", origin=NOWHERE, ask=pattern.ask, mentions=pattern.mentions)
        found.append((text, link))
    for text in RULES:
        rule = event_patterns.parse(text)
        assert isinstance(rule, event_patterns.EventPattern)
        mentions = joined(rule.mentions, STATE_MENTIONS)
        found.append((text, Link(step=MATCHED, what="", origin=NOWHERE, ask=rule.ask, mentions=mentions)))
    return found


LINKS = links()


@pytest.mark.parametrize(("text", "link"), LINKS, ids=[text for text, _ in LINKS])
def test_what_is_ruled_out_does_not_match(text: str, link: Link) -> None:
    for name in NAMES:
        for source in SOURCES:
            record = cloudtrail({"eventName": name, "eventSource": source})
            if link.rules_out(record):
                assert link.of(record).verdict is Verdict.FALSE, (text, name, source)


def test_what_names_other_calls_is_ruled_out() -> None:
    by_text = dict(LINKS)
    record = cloudtrail({"eventName": "CreateUser", "eventSource": "iam.amazonaws.com"})
    ruled_out = {text for text, link in by_text.items() if link.rules_out(record)}
    assert ruled_out == {FILTERS[0], FILTERS[1], RULES[1], RULES[3]}

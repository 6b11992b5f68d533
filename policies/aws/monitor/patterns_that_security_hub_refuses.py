"""MONITOR-033."""

from __future__ import annotations

from guardrails.api import (
    Account,
    Check,
    Fact,
    LogGroup,
    MetricFilter,
    Severity,
    Truth,
    all_of,
    policy,
    require,
    watched_here,
)

from ...frameworks import controls
from ._prescribed import PATTERNS


def _is_of_trail(group: LogGroup) -> Truth:
    """Whether a log group holds audit logs, or may: a trail may deliver to it of which the log group is not known."""
    return group.declared_audit | ~group.trails.is_empty()


def _is_there(account: Account, pattern: str) -> Truth:
    """Whether a metric filter on logs of a trail has exactly this pattern."""

    def has_it(metric_filter: MetricFilter) -> Truth:
        return metric_filter.log_group.some(_is_of_trail) & metric_filter.pattern.equals(pattern)

    return account.metric_filters.some(has_it)


def _as_prescribed(account: Account) -> Truth:
    answers = {control: _is_there(account, pattern) for control, pattern in PATTERNS.items()}
    found = all_of(answers.values())
    missing = [control for control, answer in answers.items() if answer.verdict is found.verdict]
    return found.because(Fact(f"not letter by letter there: {', '.join(missing)}")) if missing else found


@policy(
    "MONITOR-033",
    on=Account,
    severity=Severity.INFO,
    since="0.1",
    enabled=False,
    when="watches_calls",
    controls=controls(mlps=["8.1.5.4f"]),
)
def patterns_that_security_hub_refuses(account: Account) -> Check:
    """An account whose filter patterns are not spelled letter by letter as Security Hub prescribes."""
    return require(
        lambda: _as_prescribed(account),
        "Security Hub compares patterns letter by letter, and would not find all of its own",
        when=watched_here(account),
    )

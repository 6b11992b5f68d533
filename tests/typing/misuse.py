"""Misuses that must be rejected by the type checker: every line marked `# E:` has that error code, and no other line.

This module is never imported. `test_misuse.py` runs mypy over it.
"""

from __future__ import annotations

from guardrails.api import AuditTrail, Check, LogGroup, Many, Severity, Truth, Value, policy, require


@policy("MISUSE-1", on=AuditTrail, severity=Severity.LOW, since="0.1")
def truth_as_condition(trail: AuditTrail) -> Check:
    """An `if` on something that may be unknown."""
    if trail.logging.is_true():
        return require(trail.multi_region.is_true(), "a")  # E: unreachable
    return require(trail.multi_region.is_true(), "b")  # E: unreachable


@policy("MISUSE-2", on=AuditTrail, severity=Severity.LOW, since="0.1")
def value_as_condition(trail: AuditTrail) -> Check:
    """An `if` on a value."""
    return require(trail.logging.is_true() if trail.logging else trail.logging.is_false(), "a")  # E: redundant-expr


def value_compared(trail: AuditTrail) -> bool:
    return trail.logging == True  # noqa: E712  # E: comparison-overlap


def value_ordered(group: LogGroup) -> bool:
    return group.retention_days < 365  # E: operator


def text_value_compared(trail: AuditTrail) -> bool:
    return trail.prefix == "logs"  # E: comparison-overlap


def many_iterated(trail: AuditTrail) -> list[object]:
    return [selector for selector in trail.selectors]  # noqa: C416  # E: attr-defined


def many_counted(trail: AuditTrail) -> int:
    return len(trail.selectors)  # E: arg-type


def truths_with_and(trail: AuditTrail) -> Truth:
    return trail.logging.is_true() and trail.multi_region.is_true()  # E: redundant-expr unreachable


def negated(trail: AuditTrail) -> Check:
    return require(not trail.logging.is_true(), "a")  # E: arg-type


def wrong_question(trail: AuditTrail) -> Truth:
    return trail.prefix.is_true()  # E: misc


def value_required(trail: AuditTrail) -> Check:
    return require(trail.logging, "a")  # E: arg-type


def frozen(trail: AuditTrail, logging: Value[bool]) -> None:
    trail.logging = logging  # E: misc


def unknown_attribute(trail: AuditTrail) -> object:
    return trail.log_validaton  # E: attr-defined


def many_as_condition(many: Many[AuditTrail]) -> int:
    return 1 if many else 2  # E: redundant-expr

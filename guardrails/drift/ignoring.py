"""Drift that does not count, because `[[drift.ignore]]` says so: it is told with the reason."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from guardrails.drift.records import Kind
from guardrails.kernel.record import changed
from guardrails.waiver_text import today as present_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guardrails.config import IgnoredDrift
    from guardrails.drift.records import Comparison, Difference, Drift


def ignored(comparison: Comparison, rules: Sequence[IgnoredDrift], today: str = "") -> Comparison:
    """The same, with the reason in all that a rule is about. Rules that have ended, or are about nothing, are told."""
    if not rules:
        return comparison
    day = today or present_day()
    used = dict.fromkeys(rules, 0)
    drifts: list[Drift] = []
    for drift in comparison.drifts:
        drifts += [drift] if drift.ignored else _parts(drift, rules, day, used)
    notices = (*comparison.notices, *_told_of(used, day))
    return changed(comparison, drifts=tuple(drifts), notices=notices)


def _parts(drift: Drift, rules: Sequence[IgnoredDrift], day: str, used: dict[IgnoredDrift, int]) -> Iterator[Drift]:
    """A drift, or of one resource what counts and what does not."""
    about = [rule for rule in rules if _is_about(rule, drift)]
    if not drift.differences:
        for rule in about:
            used[rule] += 1
        held = next((rule for rule in about if _holds(rule, day)), None)
        yield changed(drift, ignored=_reason(held)) if held is not None else drift
        return
    left: list[Difference] = []
    by_rule: dict[IgnoredDrift, list[Difference]] = {}
    for one in drift.differences:
        speaking = [rule for rule in about if _names(rule, one)]
        for rule in speaking:
            used[rule] += 1
        held = next((rule for rule in speaking if _holds(rule, day)), None)
        (left if held is None else by_rule.setdefault(held, [])).append(one)
    if left:
        yield drift if not by_rule else _with(drift, left)
    for rule, differences in by_rule.items():
        yield changed(_with(drift, differences), ignored=_reason(rule))


def _with(drift: Drift, differences: Sequence[Difference]) -> Drift:
    return changed(drift, differences=tuple(differences), origin=differences[0].origin)


def _is_about(rule: IgnoredDrift, drift: Drift) -> bool:
    if drift.kind is Kind.VERDICT:
        # Who ignores a change has not said that the verdict it turns does not count.
        told = drift.after or drift.before
        names = (told.policy, told.name) if told is not None else (drift.noun,)
        if not any(_like(name.lower(), pattern.lower()) for name in names for pattern in rule.policies):
            return False
    else:
        of_kind = not rule.kinds or drift.kind.value in rule.kinds
        if rule.policies or not of_kind or (rule.attributes and drift.kind is not Kind.CHANGED):
            return False
    if not rule.resources:
        return True
    addresses = [address for address in (drift.declared, drift.live) if address]
    return any(_like(address, pattern) for address in addresses for pattern in rule.resources)


def _names(rule: IgnoredDrift, one: Difference) -> bool:
    return not rule.attributes or any(
        _like(name, pattern) for name in (one.attribute, one.field) for pattern in rule.attributes
    )


def _like(text: str, pattern: str) -> bool:
    """Brackets stand for themselves, as addresses have them."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _holds(rule: IgnoredDrift, day: str) -> bool:
    return not rule.until or rule.until >= day


def _reason(rule: IgnoredDrift) -> str:
    end = f", until {rule.until}" if rule.until else ""
    return f"{rule.reason}{end} ({rule.place})"


def _told_of(used: dict[IgnoredDrift, int], day: str) -> Iterable[str]:
    for rule, count in used.items():
        if not _holds(rule, day):
            what = f"what it was about counts again ({count})" if count else "it is about nothing any more"
            yield f"{rule.place}: the rule ended on {rule.until}: {what}"
        elif not count:
            yield f"{rule.place}: the rule ignores nothing: nothing of the kind has drifted"

"""All that a report of drift is made of."""

from __future__ import annotations

from guardrails.drift.records import Comparison, Kind
from guardrails.formats.discretion import masked, without_secrets
from guardrails.kernel.record import Record, changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from guardrails.drift.records import Difference, Drift, Open
    from guardrails.findings import Finding
    from guardrails.policy import Policy, Severity

HEADINGS = {
    Kind.VERDICT: "Verdicts",
    Kind.CHANGED: "Changed",
    Kind.MISSING: "Missing",
    Kind.UNMANAGED: "Not declared",
}


class Told(Record):
    """A comparison, and what there is to know beside it."""

    comparison: Comparison
    policies: Mapping[str, Policy[Any]] = {}
    """By id, for what a report tells of them beyond their verdicts."""
    severities: Mapping[str, Severity] = {}
    """Policy id → the severity that configuration insists on."""
    sides: tuple[str, str] = ("the code", "the account")
    """What is compared with what, in words."""

    def of(self, kind: Kind) -> list[Drift]:
        """What counts, of one kind."""
        return [one for one in self.comparison.drifts if one.kind is kind and not one.ignored]

    @property
    def ignored(self) -> list[Drift]:
        return [one for one in self.comparison.drifts if one.ignored]

    @property
    def is_incomplete(self) -> bool:
        """Whether something that was asked for could not be read or judged."""
        gaps = (*self.comparison.gaps, *(gap for target in self.comparison.targets for gap in target.gaps))
        return any(gap.incomplete for gap in gaps)

    def counts(self) -> dict[str, int]:
        """How many of what, for programs."""
        return {
            **{kind.value: len(self.of(kind)) for kind in Kind},
            "ignored": len(self.ignored),
            "open": len(self.comparison.opens),
            "matched": self.comparison.matched,
            "alike": self.comparison.alike,
        }


def hidden(comparison: Comparison, secrets: Collection[str]) -> Comparison:
    """A comparison that shows none of these secrets in anything that it says."""
    if not secrets:
        return comparison

    def difference(one: Difference) -> Difference:
        return changed(one, declared=masked(one.declared, secrets), live=masked(one.live, secrets))

    def unclear(one: Open) -> Open:
        return changed(one, why=masked(one.why, secrets), live=masked(one.live, secrets))

    def finding(one: Finding | None) -> Finding | None:
        return None if one is None else without_secrets(one, secrets)

    return changed(
        comparison,
        drifts=tuple(
            changed(
                one,
                declared=masked(one.declared, secrets),
                live=masked(one.live, secrets),
                differences=tuple(map(difference, one.differences)),
                before=finding(one.before),
                after=finding(one.after),
            )
            for one in comparison.drifts
        ),
        opens=tuple((masked(address, secrets), unclear(one)) for address, one in comparison.opens),
        notices=tuple(masked(notice, secrets) for notice in comparison.notices),
    )

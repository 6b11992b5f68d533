"""All that a report of drift is made of."""

from __future__ import annotations

from guardrails.drift.comparing import ABSENT
from guardrails.drift.records import Comparison, Kind
from guardrails.formats.discretion import masked, without_secrets
from guardrails.kernel.record import Record, changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from guardrails.drift.records import Difference, Drift, Open
    from guardrails.findings import Finding, GapNote
    from guardrails.policy import Policy, Severity


class Sides(Record):
    """What the two sides of a comparison are called."""

    declared: str = "declared"
    """Before what one side says of an attribute: `declared true`."""
    live: str = "there is"
    undeclared: str = "not declared"
    """In place of what that side says, where it says nothing."""
    turned: str = "passes in code, fails in the account"
    missing: str = "Missing"
    unmanaged: str = "Not declared"
    decided: str = "Open in code, and failing there"

    def heading(self, kind: Kind) -> str:
        return {
            Kind.VERDICT: "Verdicts",
            Kind.CHANGED: "Changed",
            Kind.MISSING: self.missing,
            Kind.UNMANAGED: self.unmanaged,
        }[kind]

    def of(self, one: Difference) -> tuple[str, str]:
        """What the two sides say: `declared true`, `there is false`."""
        declared = self.undeclared if one.declared == ABSENT else f"{self.declared} {one.declared}"
        live = ABSENT if one.live == ABSENT else f"{self.live} {one.live}"
        return declared, live


CODE_AND_ACCOUNT = Sides()
BEFORE_AND_NOW = Sides(
    "before:", "now:", ABSENT, "passed before, fails now", "Gone", "New", "Not known at one of the two times"
)


class Told(Record):
    """A comparison, and what there is to know beside it."""

    comparison: Comparison
    policies: Mapping[str, Policy[Any]] = {}
    """By id, for what a report tells of them beyond their verdicts."""
    severities: Mapping[str, Severity] = {}
    """Policy id → the severity that configuration insists on."""
    sides: Sides = CODE_AND_ACCOUNT
    searched: bool = False
    """Whether it was looked for who did it."""
    search_incomplete: bool = False
    """Whether that could not be looked for in all that was given."""

    def of(self, kind: Kind) -> list[Drift]:
        """What counts, of one kind, the most severe first."""
        found = [one for one in self.comparison.drifts if one.kind is kind and not one.ignored]
        return sorted(found, key=lambda one: -one.after.severity.rank if one.after is not None else 0)

    @property
    def ignored(self) -> list[Drift]:
        return [one for one in self.comparison.drifts if one.ignored]

    @property
    def gaps(self) -> list[GapNote]:
        """All of them, those of targets included, each once."""
        comparison = self.comparison
        found = (*comparison.gaps, *(gap for target in comparison.targets for gap in target.gaps))
        return list(dict.fromkeys(found))

    @property
    def is_incomplete(self) -> bool:
        """Whether something that was asked for could not be read or judged."""
        return self.search_incomplete or any(gap.incomplete for gap in self.gaps)

    def counts(self) -> dict[str, int]:
        """How many of what, for programs."""
        return {
            **{kind.value: len(self.of(kind)) for kind in Kind},
            "ignored": len(self.ignored),
            "open": len(self.comparison.opens),
            "matched": self.comparison.matched,
            "alike": self.comparison.alike,
        }


def fingerprint(drift: Drift, difference: Difference | None = None) -> str:
    """16 hex digits: the same as long as the same thing drifts, however far. Never depends on a line or a value."""
    import hashlib

    policy = drift.after.policy if drift.after is not None else ""
    attribute = ""
    if difference is not None:
        same = [one for one in drift.differences if one.field == difference.field]
        attribute = f"{difference.field} {same.index(difference)}" if difference in same[1:] else difference.field
    identity = "\0".join((drift.kind.value, drift.target, drift.declared, drift.live, policy, attribute))
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


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

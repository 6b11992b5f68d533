"""The report for code scanning: SARIF 2.1.0, each result at the line that declares what is no longer so."""

from __future__ import annotations

from guardrails.drift.records import Kind
from guardrails.drift.told import fingerprint
from guardrails.formats.sarif import FINGERPRINT, document, plain
from guardrails.formats.sarif_places import Places
from guardrails.formats.sarif_rules import level_of, rule_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from guardrails.drift.records import Difference, Drift, Open
    from guardrails.drift.told import Told
    from guardrails.findings import Finding
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin

_OPEN = "drift/open"
_RULES = {
    "drift/changed": ("changed-by-hand", "It is there, and is not as it was declared.", "warning"),
    "drift/missing": ("declared-but-missing", "It was declared, and is not there.", "error"),
    "drift/unmanaged": ("not-declared", "It serves the audit trail, and nobody declared it.", "note"),
    _OPEN: ("not-compared", "It is not known whether it is as it was declared.", "none"),
}
"""Id → name, what it says, level. Verdicts that turned have the rules of their policies."""


def render(told: Told, view: View) -> str:
    rules = _Rules(told)
    places = Places(view)
    report = _Report(told, rules, places)
    results = [result for drift in told.comparison.drifts for result in report.results(drift)]
    results += [report.unclear(address, one) for address, one in told.comparison.opens]
    return document(rules.listed, results, places, told.gaps, (), told.comparison.notices, told.counts())


class _Rules:
    """The rules that a report mentions, numbered in the order in which it does."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._numbers: dict[str, int] = {}
        self.listed: list[dict[str, Any]] = []

    def of_policy(self, finding: Finding) -> int:
        if finding.policy not in self._numbers:
            policy = self._told.policies.get(finding.policy)
            severity = self._told.severities.get(finding.policy) or (policy or finding).severity
            self._add(finding.policy, rule_of(finding, policy, severity))
        return self._numbers[finding.policy]

    def of(self, id: str) -> int:
        if id not in self._numbers:
            name, summary, level = _RULES[id]
            rule = {
                "id": id,
                "name": name,
                "shortDescription": {"text": summary},
                "defaultConfiguration": {"level": level},
                "properties": {"tags": ["security", "audit-trail", "drift"]},
            }
            self._add(id, rule)
        return self._numbers[id]

    def _add(self, id: str, rule: dict[str, Any]) -> None:
        self._numbers[id] = len(self.listed)
        self.listed.append(rule)


class _Report:
    def __init__(self, told: Told, rules: _Rules, places: Places) -> None:
        self._told = told
        self._rules = rules
        self._places = places

    def results(self, drift: Drift) -> Iterator[dict[str, Any]]:
        """One result for a verdict or a resource; one for each attribute that changed, at its line."""
        if drift.kind is Kind.CHANGED:
            for one in drift.differences:
                yield self._result(drift, one.origin, self._of_difference(drift, one), one)
        else:
            yield self._result(drift, drift.origin, self._of_resource(drift))

    def _of_difference(self, drift: Drift, one: Difference) -> str:
        return f"{drift.declared or drift.live}: {one.attribute}: {', '.join(self._told.sides.of(one))}."

    def _of_resource(self, drift: Drift) -> str:
        name = drift.declared or drift.live
        if drift.after is not None:
            facts = "; ".join(because.detail for because in drift.after.because[:3])
            because = f", because {facts}" if facts else ""
            changes = f" Changed: {', '.join(drift.because)}." if drift.because else ""
            return f"{name}: {drift.after.message}{because} ({self._told.sides.turned}).{changes}"
        return f"{name} ({drift.noun}): {self._told.sides.heading(drift.kind).lower()}."

    def _result(self, drift: Drift, origin: Origin, text: str, one: Difference | None = None) -> dict[str, Any]:
        after = drift.after
        rule = after.policy if after is not None else f"drift/{drift.kind.value}"
        for blame in drift.by[:1]:
            by = f" by {blame.principal}" if blame.principal else ""
            text += f" Done by {blame.event} at {blame.time}{by}{f' from {blame.source}' if blame.source else ''}."
        told: dict[str, Any] = {
            "ruleId": rule,
            "ruleIndex": self._rules.of_policy(after) if after is not None else self._rules.of(rule),
            "kind": "fail",
            "level": level_of(after.severity) if after is not None else _RULES[rule][2],
            "message": {"text": plain(text)},
            "locations": [self._location(drift.declared or drift.live, origin, whole=drift.declared == drift.target)],
            "partialFingerprints": {FINGERPRINT: fingerprint(drift, one)},
        }
        if drift.ignored:
            told["suppressions"] = [
                {"kind": "external", "status": "accepted", "justification": plain(drift.ignored)},
            ]
        told["properties"] = {
            "drift": drift.kind.value,
            "live": drift.live,
            "target": drift.target,
            "account": drift.account,
            "type": drift.type,
        }
        return told

    def unclear(self, address: str, one: Open) -> dict[str, Any]:
        whose = f"{address}: it is not known whether {one.attribute} is as declared, because {one.why}."
        says = f" The account says {one.live}." if one.live else ""
        return {
            "ruleId": _OPEN,
            "ruleIndex": self._rules.of(_OPEN),
            "kind": "open",
            "level": "none",
            "message": {"text": plain(whose + says)},
            "locations": [self._location(address, one.origin)],
        }

    def _location(self, name: str, origin: Origin, *, whole: bool = False) -> dict[str, Any]:
        anchor = self._places.anchor(origin)
        location = self._places.location(anchor, whole=whole and origin.start == 0)
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": name, "kind": "resource"}]
        return location

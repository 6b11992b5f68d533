"""The report for code scanning: SARIF 2.1.0, as docs/sarif.md describes it."""

from __future__ import annotations

from guardrails import __version__
from guardrails.findings import Outcome
from guardrails.formats.sarif_places import Places
from guardrails.formats.sarif_rules import level_of, rule_of
from guardrails.formats.terminal import sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from guardrails.findings import Because, Finding, GapNote, Result
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "guardrails/v1"
_SHOWN = frozenset((Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED))
_KINDS = {Outcome.FAIL: "fail", Outcome.UNKNOWN: "open", Outcome.PASS: "pass"}
_MOST_RELATED = 50
"""Places beside the main one. GitHub refuses a file with a result of more than a thousand, and shows a hundred."""

WHYS = {
    "INPUT": "A variable or parameter has no value.",
    "AFTER_APPLY": "Known only once it is deployed.",
    "DENIED": "Reading was refused.",
    "ELSEWHERE": "Defined outside of what was read.",
    "CANNOT_SAY": "This kind of source cannot state it.",
    "UNSUPPORTED": "Not evaluated by this program.",
    "INVALID": "The source is wrong there.",
    "LIMIT": "A limit of this program was reached.",
    "SENSITIVE": "Withheld on purpose.",
    "NOTHING": "There is nothing to scan.",
    "PLUGIN": "A plugin or policy cannot be loaded.",
    "INTERNAL": "A fault of this program or of a plugin.",
    "ERROR": "A policy failed instead of giving a verdict.",
}
"""What a notification is about, by the kind of its reason."""


def render(result: Result, view: View) -> str:
    """One run with its rules, results and notifications; a rule, result or notification a line.

    Passes are left out unless they are asked for. A policy that raised an error says nothing about its resource: that
    is a notification, and the run counts as not successful.
    """
    shown = _SHOWN if view.outcomes is None else view.outcomes
    if view.outcomes is None and view.verbose:
        shown = frozenset(Outcome)
    findings = [finding for finding in result.findings if finding.outcome in shown]
    rules = _Rules(result)
    places = Places(view)
    report = _Report(rules, places)
    results = [report.result(finding) for finding in findings if finding.outcome is not Outcome.ERROR]
    crashes = [report.crash(finding) for finding in result.findings if finding.outcome is Outcome.ERROR]
    summary = {outcome.value: result.count(outcome) for outcome in Outcome}
    return document(rules.listed, results, places, result.all_gaps(), crashes, result.notices, summary)


def document(
    rules: Iterable[object],
    results: Iterable[object],
    places: Places,
    gaps: Iterable[GapNote],
    crashes: Sequence[object],
    notices: Iterable[str],
    summary: Mapping[str, int],
) -> str:
    """The whole file: one run."""
    import json

    encode = json.JSONEncoder(ensure_ascii=True).encode

    def listed(items: Iterable[object], indent: str) -> str:
        lines = ",\n".join(f"{indent} {encode(item)}" for item in items)
        return f"[\n{lines}\n{indent}]" if lines else "[]"

    notes = {_identity(note): note for note in gaps}
    notifications = [*(_of_gap(note, places) for note in notes.values()), *crashes]
    told = [{"level": "note", "message": {"text": plain(notice)}} for notice in notices]
    whys = dict.fromkeys([note.why for note in notes.values()] + ["ERROR"] * bool(crashes))
    descriptors = [{"id": why, "shortDescription": {"text": WHYS.get(why, why)}} for why in whys]
    successful = not crashes and not any(note.incomplete for note in notes.values())
    base = {"%SRCROOT%": {"description": {"text": "the repository, or the working directory where there is none"}}}
    return (
        f'{{\n "$schema": {encode(SCHEMA)},\n "version": "2.1.0",\n "runs": [{{\n'
        f'  "tool": {{"driver": {{"name": "guardrails", "version": {encode(__version__)},\n'
        f'   "rules": {listed(rules, "   ")},\n'
        f'   "notifications": {listed(descriptors, "   ")}}}}},\n'
        f'  "columnKind": "utf16CodeUnits",\n'
        f'  "originalUriBaseIds": {encode(base)},\n'
        f'  "invocations": [{{"executionSuccessful": {encode(successful)},\n'
        f'   "toolExecutionNotifications": {listed(notifications, "   ")},\n'
        f'   "toolConfigurationNotifications": {listed(told, "   ")}}}],\n'
        f'  "results": {listed(results, "  ")},\n'
        f'  "properties": {encode({"summary": dict(summary)})}\n }}]\n}}\n'
    )


def _identity(note: GapNote) -> tuple[str, str, str, int]:
    """Several root modules that call one broken module have one gap."""
    return note.why, note.detail, note.origin.file, note.origin.start


class _Rules:
    """The policies that a report mentions, numbered in the order in which it does."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._numbers: dict[str, int] = {}
        self.listed: list[dict[str, Any]] = []

    def number(self, finding: Finding) -> int:
        found = self._numbers.get(finding.policy)
        if found is None:
            found = self._numbers[finding.policy] = len(self.listed)
            policy = self._result.policies.get(finding.policy)
            severity = self._result.severities.get(finding.policy) or (policy or finding).severity
            self.listed.append(rule_of(finding, policy, severity))
        return found


class _Report:
    def __init__(self, rules: _Rules, places: Places) -> None:
        self._rules = rules
        self._places = places

    def result(self, finding: Finding) -> dict[str, Any]:
        waiver = finding.waiver
        verdict = finding.outcome if finding.outcome in _KINDS else waiver.verdict if waiver else Outcome.FAIL
        kind = _KINDS.get(verdict, "fail")
        anchor = self._places.anchor(finding.origin)
        about_all = finding.resource in ("", finding.target)
        location = self._places.location(anchor, whole=about_all and finding.origin.start == 0)
        name = finding.resource or finding.target
        kind_of = "module" if about_all else "resource"
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": name, "kind": kind_of}]
        told: dict[str, Any] = {
            "ruleId": finding.policy,
            "ruleIndex": self._rules.number(finding),
            "kind": kind,
            # The standard has no level for what is no failure.
            "level": level_of(finding.severity) if kind == "fail" else "none",
            "message": {"text": _message(finding, verdict)},
            "locations": [location],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        }
        related = self._related(finding, anchor)
        if related:
            told["relatedLocations"] = related
        if finding.outcome is Outcome.WAIVED:
            told["suppressions"] = [self._suppression(finding)]
        told["properties"] = {
            "outcome": finding.outcome.value,
            "severity": finding.severity.value,
            "target": finding.target,
            "type": finding.type,
        }
        return told

    def _related(self, finding: Finding, anchor: Origin) -> list[dict[str, Any]]:
        """The line in the downloaded module, the calls above it, and the facts that decided."""
        origin = finding.origin
        places = [(origin, "the line in the downloaded module")] if anchor is not origin else []
        places += [(because.origin, _with_remedy(because)) for because in finding.because]
        places += [(self._places.call(call, origin), f"called from here: {call.name}") for call in reversed(origin.via)]
        told: list[dict[str, Any]] = []
        for place, text in places:
            if place.source is None or (place is anchor or place == anchor):
                continue
            location = self._places.location(place)
            location = {"id": len(told) + 1, **location, "message": {"text": plain(text)}}
            if len(told) < _MOST_RELATED:
                told.append(location)
        return told

    def _suppression(self, finding: Finding) -> dict[str, Any]:
        waiver = finding.waiver
        if waiver is None:
            return {"kind": "external", "status": "accepted"}
        told: dict[str, Any] = {"kind": "inSource" if waiver.origin.source else "external", "status": "accepted"}
        if waiver.origin.source is not None:
            told["location"] = self._places.location(waiver.origin)
        told["justification"] = plain(waiver.reason)
        if waiver.until:
            told["properties"] = {"until": waiver.until}
        return told

    def crash(self, finding: Finding) -> dict[str, Any]:
        facts = "; ".join(because.detail for because in finding.because)
        text = f"{finding.policy} gave no verdict on {finding.resource}: {finding.message}" + (facts and f" ({facts})")
        told = _notification("ERROR", "error", text, self._places.anchor(finding.origin), self._places)
        return told | {"associatedRule": {"id": finding.policy, "index": self._rules.number(finding)}}


def _of_gap(note: GapNote, places: Places) -> dict[str, Any]:
    level = "error" if note.incomplete else "note"
    text = f"{note.detail}; to settle it: {note.settle}" if note.settle else note.detail
    return _notification(note.why, level, text, note.origin, places)


def _notification(why: str, level: str, text: str, origin: Origin, places: Places) -> dict[str, Any]:
    told: dict[str, Any] = {"descriptor": {"id": why}, "level": level, "message": {"text": plain(text)}}
    if origin.source is not None:
        told["locations"] = [places.location(origin)]
    return told


def _message(finding: Finding, verdict: Outcome) -> str:
    """Complete sentences: many viewers show nothing else of a result."""
    whose = finding.resource or finding.target
    facts: Sequence[Because] = finding.because
    if verdict is Outcome.FAIL:
        said = f"{whose}: {finding.message}"
        because = [because.detail for because in facts]
    elif verdict is Outcome.UNKNOWN:
        said = f"{whose}: it is not known whether {finding.message}"
        because = [_with_remedy(because) for because in facts if because.why] or [one.detail for one in facts]
    else:
        return plain(f"{whose} passes {finding.policy} ({finding.name}).")
    said += f", because {'; '.join(because[:3])}." if because else "."
    return plain(f"{said} Fix: {finding.remedy}" if finding.remedy else said)


def _with_remedy(because: Because) -> str:
    return f"{because.detail} (to settle it: {because.settle})" if because.settle else because.detail


def plain(text: str) -> str:
    """Text on one line that no viewer takes for a link: it may quote what somebody wrote into the scanned code."""
    return sentence(text).replace("](", "] (")

"""The report for the test view of a CI server: JUnit's XML."""

from __future__ import annotations

from guardrails.findings import Outcome
from guardrails.formats.terminal import sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guardrails.findings import Finding, GapNote, Result
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin


def render(result: Result, view: View) -> str:
    """A suite for each target, a case for each verdict, and one for each thing that could not be read.

    An unknown is an error, for servers show what is skipped like what passed; what is waived is skipped.
    """
    shown = frozenset(Outcome) if view.outcomes is None else view.outcomes
    by_target: dict[str, list[Finding]] = {target.target: [] for target in result.targets}
    for finding in result.findings:
        if finding.outcome in shown:
            by_target.setdefault(finding.target, []).append(finding)
    suites = [_Suite(name, findings) for name, findings in by_target.items()]
    broken = [note for note in dict.fromkeys(result.all_gaps()) if note.incomplete]
    suites += [_Suite("what could not be read", (), broken)] if broken else []
    totals = [sum(suite.counts[number] for suite in suites) for number in range(4)]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="guardrails" {_counted(totals)}>']
    for suite in suites:
        lines += suite.lines()
    return "\n".join([*lines, "</testsuites>", ""])


def _counted(counts: Sequence[int]) -> str:
    return " ".join(f'{name}="{n}"' for name, n in zip(("tests", "failures", "errors", "skipped"), counts, strict=True))


class _Suite:
    def __init__(self, name: str, findings: Sequence[Finding], gaps: Sequence[GapNote] = ()) -> None:
        self._name = name
        self._findings = findings
        self._gaps = gaps
        outcomes = [finding.outcome for finding in findings]
        errors = outcomes.count(Outcome.UNKNOWN) + outcomes.count(Outcome.ERROR) + len(gaps)
        skipped = outcomes.count(Outcome.WAIVED)
        self.counts = (len(outcomes) + len(gaps), outcomes.count(Outcome.FAIL), errors, skipped)

    def lines(self) -> Iterable[str]:
        yield f' <testsuite name="{_quoted(self._name)}" {_counted(self.counts)}>'
        for finding in self._findings:
            yield from self._case(finding)
        for note in self._gaps:
            name = note.origin.place or note.why
            yield f'  <testcase classname="{_quoted(self._name)}" name="{_quoted(name)}"{_file(note.origin)}>'
            yield f'   <error type="{_quoted(note.why)}" message="{_quoted(note.detail)}"/>'
            yield "  </testcase>"
        yield " </testsuite>"

    def _case(self, finding: Finding) -> Iterable[str]:
        name = f"{finding.policy} {finding.name}: {finding.resource or finding.target}"
        case = f'  <testcase classname="{_quoted(self._name)}" name="{_quoted(name)}"{_file(finding.origin)}'
        if finding.outcome is Outcome.PASS:
            yield f"{case}/>"
            return
        yield f"{case}>"
        if finding.outcome is Outcome.WAIVED:
            reason = finding.waiver.reason if finding.waiver else ""
            yield f'   <skipped message="{_quoted(f"waived: {reason}" if reason else "waived")}"/>'
        else:
            element = "failure" if finding.outcome is Outcome.FAIL else "error"
            kind = finding.severity.value if finding.outcome is Outcome.FAIL else finding.outcome.value
            said = f"not known whether {finding.message}" if finding.outcome is Outcome.UNKNOWN else finding.message
            told = _quoted(_told(finding), lines=True)
            yield f'   <{element} type="{kind}" message="{_quoted(said)}">{told}</{element}>'
        yield "  </testcase>"


def _told(finding: Finding) -> str:
    origin = finding.origin
    lines = [origin.place] if origin.file else []
    lines += [f"called from {call.source.path}:{call.line} ({call.name})" for call in reversed(origin.via)]
    for because in finding.because:
        place = f" ({because.origin.place})" if because.origin.file else ""
        lines.append(f"because {because.detail}{place}" + (f": {because.settle}" if because.settle else ""))
    lines += [f"fix: {finding.remedy}"] if finding.remedy else []
    return "\n".join(lines)


def _file(origin: Origin) -> str:
    return f' file="{_quoted(origin.file)}" line="{origin.line}"' if origin.file else ""


def _quoted(text: str, *, lines: bool = False) -> str:
    """Text for an attribute or an element; XML has no way to write control characters at all."""
    text = "\n".join(map(sentence, text.split("\n"))) if lines else sentence(text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")

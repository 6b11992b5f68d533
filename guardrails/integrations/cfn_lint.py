"""guardrails inside cfn-lint: `cfn-lint --append-rules guardrails.integrations.cfn_lint template.yaml`.

So its findings appear wherever cfn-lint is used, in editors for example. Each is said by one of three rules, by its
weight: `E9801`, `W9801` and `I9801`, of which cfn-lint shows the last only when it is asked for informational ones
(`--include-checks I`). The configuration is that of a scan of the template, waivers hold, and what cfn-lint is told to
ignore is ignored.
"""

from __future__ import annotations

import json
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types, and need not be there

from guardrails import config as configuration
from guardrails import plugins as plugged
from guardrails import selection as selecting
from guardrails.config import Config
from guardrails.errors import GuardrailsError
from guardrails.findings import Outcome
from guardrails.policy import Severity
from guardrails.run import Progress, Request, run
from guardrails.sources.cloudformation.nodes import Call, Entry, Mapping, Node, Sequence, Template
from guardrails.sources.cloudformation.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.findings import Finding, Result
    from guardrails.kernel.origin import Origin

_PAGE = "https://github.com/aws-cloudformation/cfn-lint/blob/main/README.md"
_FIRST_LINES = (0, 0, 0, 1)


class _Said:
    """One thing to say of a template."""

    def __init__(
        self, rule: str, message: str, path: tuple[str | int, ...], place: tuple[int, int, int, int] | None
    ) -> None:
        self.rule = rule
        self.message = message
        self.path = path
        self.place = place
        """Lines and columns from 0; None where it is cfn-lint that knows where the path leads."""


_said_of: weakref.WeakKeyDictionary[Any, list[_Said]] = weakref.WeakKeyDictionary()
"""By cfn-lint's template: all rules ask for the same."""


class _Guardrails(CloudFormationLintRule):  # type: ignore[misc]  # as above
    """What the rules have in common. Without an id it is none itself."""

    source_url = _PAGE
    tags: ClassVar[list[str]] = ["guardrails", "audit"]

    def match(self, cfn: Any) -> list[Any]:  # noqa: ANN401 - cfn-lint's template
        if cfn not in _said_of:
            _said_of[cfn] = list(_judged(cfn))
        return [
            RuleMatch(list(said.path), said.message, **({} if said.place is None else {"location": said.place}))
            for said in _said_of[cfn]
            if said.rule == self.id
        ]


class HighFailures(_Guardrails):
    id = "E9801"
    shortdesc = "Somebody could act unseen, or remove the evidence (guardrails)"
    description = "Failures of guardrails' policies whose severity is critical or high"


class Failures(_Guardrails):
    id = "W9801"
    shortdesc = "The audit trail is weaker than it should be (guardrails)"
    description = "Failures of guardrails' policies whose severity is medium or low, and what could not be judged"


class Remarks(_Guardrails):
    id = "I9801"
    shortdesc = "What guardrails could not know, and what is worth a look"
    description = "Failures of guardrails' policies that are for information, and open verdicts"


def _judged(cfn: Any) -> Iterator[_Said]:  # noqa: ANN401 - as above
    """What guardrails says of a template, whether it is a file or came through a pipe."""
    try:
        if cfn.filename is not None and Path(cfn.filename).is_file():
            yield from _of_file(cfn.filename, piped=False)
            return
        with tempfile.TemporaryDirectory(prefix="guardrails-") as folder:
            path = Path(folder) / "template.json"
            path.write_text(json.dumps(cfn.template, default=str), encoding="utf-8")
            yield from _of_file(str(path), piped=True)
    except GuardrailsError as error:
        yield _Said(Failures.id, f"guardrails: {error}", (), _FIRST_LINES)


def _of_file(path: str, *, piped: bool) -> Iterator[_Said]:
    found = configuration.find((".",) if piped else (path,))
    config = configuration.read(found.file, trusted=False) if found.file is not None else Config()
    plugins = plugged.load((), by_index=True)
    selection = selecting.choose(plugins.policies, config, complete=not config.policies)
    result = run(Request((path,), config, config.inputs), plugins, selection, Progress())
    places = _Places(path, piped=piped)
    for finding in result.findings:
        rule = _rule_for(finding)
        if rule:
            message = f"{finding.policy} {finding.name}: {finding.message}"
            yield places.said(rule, message, finding.origin, finding.subject)
    yield from _of_gaps(result, places)


def _of_gaps(result: Result, places: _Places) -> Iterator[_Said]:
    for gap in result.all_gaps():
        if gap.incomplete:
            settle = f" ({gap.settle})" if gap.settle else ""
            yield places.said(Failures.id, f"guardrails could not judge all: {gap.detail}{settle}", gap.origin)


def _rule_for(finding: Finding) -> str:
    """By which rule something is said; empty for what is as it should be, or waived."""
    if finding.outcome is Outcome.FAIL:
        if finding.severity in (Severity.CRITICAL, Severity.HIGH):
            return HighFailures.id
        return Remarks.id if finding.severity is Severity.INFO else Failures.id
    return {Outcome.UNKNOWN: Remarks.id, Outcome.ERROR: Failures.id}.get(finding.outcome, "")


class _Places:
    """From places of guardrails to those of cfn-lint, in one file."""

    def __init__(self, path: str, *, piped: bool) -> None:
        self._path = Path(path).resolve()
        self._piped = piped
        found = read(path, Path(path).read_text(encoding="utf-8-sig", errors="replace"))
        self._root: Node | None = found.root if isinstance(found, Template) else None

    def said(self, rule: str, message: str, *origins: Origin) -> _Said:
        """At the first of these places that is in the file: what is found in a nested stack is said where that is
        called."""
        for origin in origins:
            if self._is_here(origin.file):
                return self._at(rule, message, origin.start, origin)
        for call in (call for origin in origins for call in origin.via):
            if self._is_here(call.source.path):
                where = f"{message} (in {origins[0].file}:{origins[0].line})"
                return self._at(rule, where, call.offset, None, call.source.position(call.offset))
        return _Said(rule, message, (), None if self._piped else _FIRST_LINES)

    def _is_here(self, file: str) -> bool:
        return bool(file) and Path(file).resolve() == self._path

    def _at(
        self, rule: str, message: str, offset: int, origin: Origin | None, start: tuple[int, int] | None = None
    ) -> _Said:
        path = tuple(_path_to(self._root, offset))
        if self._piped:
            return _Said(rule, message, path, None)
        line, column = start or (1, 1)
        end_line, end_column = line, column
        if origin is not None and origin.source is not None:
            line, column = origin.line, origin.column
            end_line, end_column = origin.source.position(max(origin.start, origin.stop))
        return _Said(rule, message, path, (line - 1, column - 1, end_line - 1, end_column - 1))


def _path_to(node: Node | None, offset: int) -> Iterator[str | int]:
    """The keys and numbers that lead to what is written at an offset."""
    while node is not None:
        if isinstance(node, Call):
            if offset < node.key_stop:
                return
            yield node.name
            node = node.argument
            continue
        parts: list[tuple[str | int, Entry | Node]]
        if isinstance(node, Mapping):
            parts = [(entry.key, entry) for entry in node.entries]
        elif isinstance(node, Sequence):
            parts = list(enumerate(node.items))
        else:
            return
        inside = next(
            ((name, part) for name, part in parts if part.start <= offset < max(part.stop, part.start + 1)), None
        )
        if inside is None:
            return
        yield inside[0]
        if isinstance(inside[1], Entry):
            if offset < inside[1].key_stop:
                return
            node = inside[1].value
        else:
            node = inside[1]

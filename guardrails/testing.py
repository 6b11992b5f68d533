"""The page of a policy is its test: every example on it is run, and must say exactly what its markers say.

A page is Markdown beside the policy's module, with the same stem. Below `## Examples`, each `### heading` names a case
and each fence below it says the same in a language of its own: `hcl` is a root module of Terraform, `yaml` a template
of CloudFormation. It is read by the real source and judged by the one policy. A comment on a line says what is found
there:

    # pass                  a resource that begins here passes
    # fail                  a failure is reported here; `# fail: TEXT` if the message is to be TEXT
    # unknown               an open verdict is reported here; `# unknown: TEXT` if TEXT occurs in what is said about it

A fence of `json` is a template, or what `terraform show -json` prints of a plan or state: there a finding stands where
its resource begins. A plan and a file of code in the same fence are judged together. A fence of `json` may also hold
what the API answers about an account: by type of resource (`"cloudtrail.trail"`) and a label, the answers by part
(`trail`, `status`), and in `denied` what was refused; `guardrails.sources.aws.examples` says all of it. There a finding
stands on the line of the label, one about the account on the first. Markers in JSON and YAML are taken out before it is
read.

What is found and has no marker is as wrong as a marker without a finding. A line `# file: NAME` begins another file of
the example; the first is `main.tf`, `template.yaml`, `template.json`, `plan.json` or `live.json`. A fence of `toml` is
the `guardrails.toml` of all that follows it below the same heading.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from guardrails.kernel.record import Record, changed
from guardrails.kernel.why import Why
from guardrails.pages import path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from guardrails.findings import Finding, Result
    from guardrails.plugins import Plugins
    from guardrails.policy import Policy

SECTIONS = ("Remedy", "Examples", "See also")
"""The headings that every page has, in this order."""

LIVE = "live"
"""The language of answers of the API, which stand in fences of `json`."""

_FIRST_FILE = {"hcl": "main.tf", "yaml": "template.yaml", "json": "plan.json", LIVE: "live.json"}
"""By the language of an example, how its first file is called."""
_OF_TEMPLATE = re.compile(r'"Type"\s*:\s*"\w+::\w+')
"""What JSON has in it that is a template."""
_ABOUT_ACCOUNT = frozenset(("account", "denied", "management_account", "missing", "organization", "read_at", "region"))
"""What an example of an account says beside the types of its resources."""
_LIVE_TYPE = re.compile(r"[a-z0-9-]+\.[a-z0-9_]+")
_CONFIG = "guardrails.toml"
_FENCE = re.compile(r"(`{3,}|~{3,})\s*(\w*)\s*$")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*$")
_NEXT_FILE = re.compile(r"#\s*file:\s*(\S+)\s*$")
_MARKER = re.compile(r"#\s*(pass|fail|unknown)\b(?::\s*(.*?))?\s*(?=#\s*(?:pass|fail|unknown)\b|$)")


class Fault(Record):
    """Something on a page that is not as it should be. `line` is the line of the page."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Marker(Record):
    """What an example expects on one line."""

    outcome: str
    text: str
    """The message of a failure, a part of what is said about an unknown; empty where anything will do."""
    file: str
    line: int
    """The line in `file`."""


class ExampleFile(Record):
    """One file of an example; `offset` is the line of the page before its first line."""

    name: str
    text: str
    offset: int


class Example(Record):
    """One root module, template or plan on a page, and what it must lead to."""

    title: str
    line: int
    files: tuple[ExampleFile, ...]
    config: str
    markers: tuple[Marker, ...]
    scanned: str = ""
    """The one file that is to be scanned; empty for the folder with all of them."""
    language: str = "hcl"
    """What it is written in: `hcl`, `yaml` or `json`, and LIVE for answers of the API."""

    def page_line(self, file: str, line: int) -> int:
        """Where a line of one of its files stands on the page; the example's own line for any other file."""
        return next((part.offset + line for part in self.files if part.name == file), self.line)


class Page(Record):
    """A policy's page as read."""

    file: str
    title: str
    sections: tuple[str, ...]
    examples: tuple[Example, ...]
    faults: tuple[Fault, ...]
    """What cannot be read as it stands."""

    def expects(self, outcome: str) -> bool:
        return any(marker.outcome == outcome for example in self.examples for marker in example.markers)


class Report(Record):
    """What became of a policy's page."""

    policy: str
    page: str
    examples: int
    faults: tuple[Fault, ...]


def page_of(policy: Policy[Any]) -> Path:
    """The path of a policy's page, whether it exists or not."""
    return Path(path_of(policy))


def examine(policy: Policy[Any], plugins: Plugins) -> Report:
    """Read a policy's page and run every example on it."""
    from guardrails.plugins import shown

    path = page_of(policy)
    place = shown(str(path))
    try:
        page = read_page(place, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Report(policy.id, place, 0, (Fault(place, 0, f"{policy.id} has no page: write one, it is its test"),))
    except (OSError, UnicodeDecodeError) as error:
        return Report(policy.id, place, 0, (Fault(place, 0, f"the page cannot be read: {error}"),))
    faults = [*page.faults, *missing_parts(page, policy)]
    for example in page.examples:
        faults += run_example(example, page.file, policy, plugins)
    return Report(policy.id, page.file, len(page.examples), tuple(faults))


def missing_parts(page: Page, policy: Policy[Any]) -> Iterator[Fault]:
    """What a page must have whatever the policy: its name, its sections, an example that passes and one that fails."""
    if page.title != policy.name:
        yield Fault(page.file, 1, f"the page is headed `{page.title}`, the policy is called `{policy.name}`")
    if page.sections != SECTIONS:
        wanted = ", ".join(f"`## {section}`" for section in SECTIONS)
        yield Fault(page.file, 1, f"the sections must be {wanted}, in this order")
    for outcome in ("pass", "fail"):
        if not page.expects(outcome):
            yield Fault(page.file, 1, f"no example on the page shows a `{outcome}`")


# Reading


def read_page(file: str, text: str) -> Page:
    """What stands on a page. `file` is its path as messages show it."""
    title, section, heading = "", "", ""
    sections: list[str] = []
    examples: list[Example] = []
    faults: list[Fault] = []
    config: tuple[str, int] | None = None
    unused = False
    for language, body, line in _parts(text):
        if language is None:
            level, words = body[0], body[1]
            if level == 1:
                title = words
            elif level == 2:
                section, heading = words, ""
                sections.append(words)
            else:
                heading = words
            if config is not None and unused:
                faults.append(Fault(file, config[1], "a configuration stands before no example"))
            config, unused = None, False
            continue
        if section != "Examples":
            continue
        if language == "toml":
            config, unused = ("\n".join(body), line), True
            continue
        unused = False
        if language not in _FIRST_FILE:
            said = f"an example is written in `{language or 'no language'}`, not in `hcl`, `yaml` or `json`"
            faults.append(Fault(file, line, said))
        elif not heading:
            faults.append(Fault(file, line, "the example has no heading that names the case"))
        else:
            try:
                examples.append(_example(heading, line, body, config[0] if config else "", language))
            except ValueError as error:
                faults.append(Fault(file, line, str(error)))
    if config is not None and unused:
        faults.append(Fault(file, config[1], "a configuration stands before no example"))
    return Page(file, title, tuple(sections), tuple(examples), tuple(faults))


def _parts(text: str) -> Iterator[tuple[str | None, Any, int]]:
    """Headings as (None, (level, words), line) and fences as (language, lines, line)."""
    closing, language, begun = "", "", 0
    body: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if closing:
            if fence is not None and fence[1] == closing and not fence[2]:
                yield language, tuple(body), begun
                closing = ""
            else:
                body.append(line)
        elif fence is not None:
            closing, language, begun, body = fence[1], fence[2], number, []
        else:
            heading = _HEADING.match(line)
            if heading is not None:
                yield None, (len(heading[1]), heading[2]), number


def _example(title: str, line: int, body: tuple[str, ...], config: str, language: str) -> Example:
    if language == "json" and _is_answers(_joined(body, "live.json")):
        language = LIVE
    first = _FIRST_FILE[language]
    if language == "json" and any(map(_OF_TEMPLATE.search, body)):
        first = "template.json"
    files: list[ExampleFile] = []
    markers: list[Marker] = []
    name, start = first, 0
    for number, text in enumerate(body):
        following = _NEXT_FILE.match(text)
        if following is not None:
            files.append(ExampleFile(name, _joined(body[start:number], name), line + start))
            name, start = _inside(following[1]), number + 1
            continue
        markers += [
            Marker(found[1], found[2] or "", name, number - start + 1) for found in _MARKER.finditer(text.rstrip())
        ]
    files.append(ExampleFile(name, _joined(body[start:], name), line + start))
    scanned = first if first in ("plan.json", "live.json") else ""
    return Example(title, line, tuple(files), config, tuple(markers), scanned, language)


def _is_answers(text: str) -> bool:
    """Whether a JSON text holds answers of the API about an account, or about several, in the form of examples."""
    import json

    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return False
    accounts = content if isinstance(content, list) else [content]
    return bool(accounts) and all(
        isinstance(account, dict)
        and bool(account)
        and all(key in _ABOUT_ACCOUNT or _LIVE_TYPE.fullmatch(key) for key in account)
        for account in accounts
    )


def _joined(lines: tuple[str, ...], name: str) -> str:
    if name.endswith((".json", ".yaml", ".yml")):
        # JSON has no comments, and those of YAML end with the line: a marker would be part of what stands before it.
        lines = tuple(_MARKER.sub("", line) for line in lines)
    return "".join(f"{line}\n" for line in lines)


def _inside(name: str) -> str:
    if name.startswith("/") or ".." in name.split("/") or "\\" in name or ":" in name:
        raise ValueError(f"the file `{name}` does not lie inside the example")
    return name


# Running


def run_example(example: Example, page: str, policy: Policy[Any], plugins: Plugins) -> list[Fault]:
    """In what the outcome of an example differs from its markers; nothing if it is as expected."""
    from tempfile import TemporaryDirectory

    from guardrails.errors import GuardrailsError

    with TemporaryDirectory(prefix="guardrails-") as made:
        folder = Path(made).resolve()
        for file in example.files:
            _write(folder / file.name, file.text)
        try:
            result = _scanned(folder / example.scanned, example, policy, plugins)
        except (GuardrailsError, ValueError) as error:
            return [Fault(page, example.line, str(error).replace(f"{folder}/", ""))]
        return [*_unreadable(result, example, page, folder), *_differences(result.findings, example, page, folder)]


def _scanned(path: Path, example: Example, policy: Policy[Any], plugins: Plugins) -> Result:
    """Raises ValueError where answers of the API do not have the form of examples."""
    from guardrails import config, run, selection
    from guardrails.model.waiver import InlineWaiver
    from guardrails.plugins import Plugins

    said = config.Config()
    if example.config:
        file = (path.parent if path.is_file() else path) / _CONFIG
        _write(file, example.config)
        said = config.read(file, trusted=False)
    about_waivers = policy.on is InlineWaiver
    # What a waiver waives, other policies must have found.
    judging = plugins.policies if about_waivers else (policy,)
    alone = Plugins(policies=judging, sources=plugins.sources, lowerings=plugins.lowerings)
    chosen = selection.choose(alone.policies, said, select=() if about_waivers else (policy.id,))
    request = run.Request(paths=(str(path),), config=said, inputs=said.inputs)
    if example.language == LIVE:
        from guardrails.sources.aws.examples import accounts_in

        request = changed(request, paths=(), deployments=accounts_in(example.files[0].text, str(path)))
    result = run.run(request, alone, chosen, run.Progress())
    result.findings = [finding for finding in result.findings if finding.policy == policy.id]
    return result


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _unreadable(result: Result, example: Example, page: str, folder: Path) -> Iterator[Fault]:
    for gap in result.all_gaps():
        # That a call was refused is what an example of an account may show.
        if gap.incomplete and not (example.language == LIVE and gap.why == Why.DENIED.name):
            line = example.page_line(_name(gap.origin.file, folder), gap.origin.line)
            yield Fault(page, line, f"the example cannot be read: {gap.detail}")


def _name(file: str, folder: Path) -> str:
    """A path that a finding names, as the example calls it."""
    return Path(os.path.relpath(Path(file).resolve(), folder)).as_posix() if file else ""


def _differences(findings: Iterable[Finding], example: Example, page: str, folder: Path) -> Iterator[Fault]:
    met: set[Marker] = set()
    for finding in findings:
        file, line = _name(finding.origin.file, folder), finding.origin.line
        here = [marker for marker in example.markers if (marker.file, marker.line) == (file, line)]
        agreeing = [marker for marker in here if _agrees(marker, finding)]
        met.update(agreeing)
        if not agreeing:
            where = example.page_line(file, line)
            yield Fault(page, where, f"not expected here: {_told(finding)}")
    for marker in example.markers:
        if marker not in met:
            said = f"{marker.outcome}: {marker.text}" if marker.text else marker.outcome
            where = example.page_line(marker.file, marker.line)
            yield Fault(page, where, f"expected here and not found: {said}")


def _agrees(marker: Marker, finding: Finding) -> bool:
    if marker.outcome != finding.outcome.value:
        return False
    if marker.outcome == "fail":
        return marker.text in ("", finding.message)
    said = [finding.message, *(text for because in finding.because for text in (because.detail, because.settle))]
    return any(marker.text in text for text in said)


def _told(finding: Finding) -> str:
    reasons = "; ".join(because.detail for because in finding.because)
    return f"{finding.outcome.value}: {finding.message} ({finding.resource}{f'; {reasons}' if reasons else ''})"

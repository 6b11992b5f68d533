"""Code that remedies are sought for, as tests write it, and what is proved."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails import config, plugins, selection
from guardrails.findings import Finding, Outcome
from guardrails.remedies.search import Remedy, search
from guardrails.run import Progress, Request, run
from guardrails.sources.cloudformation.nodes import Template
from guardrails.sources.cloudformation.reading import read
from guardrails.sources.terraform.hcl import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.plugins import Plugins


@cache
def known() -> Plugins:
    return plugins.load([])


def sought(
    folder: Path,
    policy: str,
    *files: str | tuple[str, str],
    settings: Mapping[str, object] | None = None,
) -> Remedy:
    """A remedy for files, `main.tf` where none is named, written to a folder. What is proved is written there as well,
    and holds: it parses, stays formatted, and the policy fails nowhere that was closed."""
    for file in files:
        name, text = file if isinstance(file, tuple) else ("main.tf", file)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    (wanted,) = (one for one in known().policies if one.id == policy)
    on = tuple(one.id for one in known().policies if one.enabled or one is wanted)
    said = config.Config(settings=settings or {})
    chosen = selection.choose(known().policies, said, select=on)
    request = Request(paths=(str(folder),))
    found = search(request, known(), chosen, wanted)
    for change in found.changes:
        if change.path.endswith(".tf"):
            assert parse(change.file, change.after).faults == ()
            assert formatted(change.before) != change.before or formatted(change.after) == change.after
        else:
            assert isinstance(read(change.file, change.after), Template)
        Path(change.path).write_text(change.after, encoding="utf-8", newline="")
    if found.changes:
        closed = {(one.target, one.resource, one.message) for one in found.closed}
        assert not closed & {(one.target, one.resource, one.message) for one in failures(request, policy, chosen)}
    return found


def failures(request: Request, policy: str, chosen: selection.Selection) -> list[Finding]:
    after = run(request, known(), chosen, Progress())
    return [one for one in after.findings if one.policy == policy and one.outcome is not Outcome.PASS]


def added(found: Remedy) -> str:
    """The lines that are new, of all files."""
    lines: list[str] = []
    for change in found.changes:
        before = change.before.splitlines()
        for line in change.after.splitlines():
            if line in before:
                before.remove(line)
            else:
                lines.append(line)
    return "\n".join(lines)


def formatted(text: str) -> str:
    """As `terraform fmt` writes it; as it is where there is no terraform."""
    if not shutil.which("terraform"):
        return text
    done = subprocess.run(["terraform", "fmt", "-"], input=text, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout

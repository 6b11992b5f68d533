"""`guardrails policies list` and `guardrails policies show`."""

from __future__ import annotations

import sys
from pathlib import Path

from guardrails.cli import codes
from guardrails.cli.output import view_for, write
from guardrails.cli.program import complain
from guardrails.cli.project import Project, open_project
from guardrails.cli.scan_arguments import paths_of
from guardrails.formats.terminal import SEVERITY_STYLES, Page
from guardrails.plugins import place_of
from guardrails.policy import settings_fields
from guardrails.selection import find, in_toml, type_in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from guardrails.policy import Policy


def list_policies(arguments: argparse.Namespace) -> int:
    project = open_project(arguments, paths_of(arguments))
    on = {policy.id for policy in project.selection.policies}
    asked = bool(arguments.select or arguments.ignore)
    policies = [policy for policy in project.plugins.policies if not asked or policy.id in on]
    write(
        _as_json(policies, project, on) if arguments.format == "json" else _as_table(arguments, policies, project, on)
    )
    return _told(project)


def _as_table(arguments: argparse.Namespace, policies: list[Policy[Any]], project: Project, on: set[str]) -> str:
    page = _page(arguments)
    longest = max((len(policy.id) for policy in policies), default=0)
    for policy in policies:
        severity = project.selection.severity_of(policy)
        said = page.paint(SEVERITY_STYLES[severity], f"{severity.value:<8}")
        page.prose(
            policy.summary if policy.id in on else f"{policy.summary} (off)",
            indent=0,
            label=f"{page.paint('bold', policy.id.ljust(longest))}  {said} ",
            label_width=longest + 11,
        )
    page.gap()
    off = sum(1 for policy in policies if policy.id not in on)
    page.line(f"{len(policies)} policies{f', {off} of them off' if off else ''}.")
    return page.text()


def _as_json(policies: list[Policy[Any]], project: Project, on: set[str]) -> str:
    import json

    listed = [
        {
            "policy": policy.id,
            "name": policy.name,
            "severity": project.selection.severity_of(policy).value,
            "enabled": policy.id in on,
            "on": policy.on.__name__,
            "summary": policy.summary,
            "controls": {framework: list(clauses) for framework, clauses in policy.controls.items()},
            "settings": {
                name: _jsonable(getattr(project.selection.settings_for(policy), name))
                for name in settings_fields(policy)
            },
            "aliases": list(policy.aliases),
            "since": policy.since,
            "plugin": project.plugins.provider[policy.id],
        }
        for policy in policies
    ]
    return json.dumps({"version": 1, "policies": listed}, indent=2, ensure_ascii=True) + "\n"


def _jsonable(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def show_policy(arguments: argparse.Namespace) -> int:
    project = open_project(arguments, ["."])
    wanted = find(project.plugins.policies, arguments.policy)
    on = any(policy.id == wanted.id for policy in project.selection.policies)
    write(_explained(arguments, wanted, project, on=on))
    return _told(project)


def _explained(arguments: argparse.Namespace, policy: Policy[Any], project: Project, *, on: bool) -> str:
    page = _page(arguments)
    severity = project.selection.severity_of(policy)
    said = page.paint(SEVERITY_STYLES[severity], severity.value)
    page.line(f"{page.paint('bold', policy.id)} {policy.name}")
    page.line()
    page.prose(policy.summary, indent=0)
    page.line()
    page.line(f"severity    {said}{'' if on else '  (off)'}")
    page.line(f"judges      {policy.on.__name__}")
    for number, (framework, clauses) in enumerate(policy.controls.items()):
        label = "" if number else "serves"
        page.prose(f"{framework}: {', '.join(clauses)}", indent=0, label=f"{label:<11}", label_style="")
    if policy.aliases:
        page.line(f"also called {', '.join(policy.aliases)}")
    page.line(f"since       {policy.since}")
    provider = project.plugins.provider[policy.id]
    page.line(f"declared in {place_of(policy)}" + ("" if provider == "guardrails_policies" else f" ({provider})"))
    _settings(page, policy, project)
    _prose_of_page(page, policy, examples=arguments.examples)
    return page.text()


def _settings(page: Page, policy: Policy[Any], project: Project) -> None:
    fields = settings_fields(policy)
    if not fields:
        return
    page.gap()
    page.line(page.paint("bold", "Settings") + page.paint("dim", f"  in [policy.{policy.id}], or [settings] for all"))
    in_force = project.selection.settings_for(policy)
    for name, (annotation, default) in fields.items():
        value = getattr(in_force, name)
        changed = "" if value == default else f"; default {in_toml(default)}"
        page.prose(f"{name} = {in_toml(value)}  ({type_in_words(annotation)}{changed})", indent=2)


def _prose_of_page(page: Page, policy: Policy[Any], *, examples: bool) -> None:
    """The policy's own page, as written: Markdown is made to be read."""
    try:
        text = Path(policy.file).with_suffix(".md").read_text(encoding="utf-8")
    except OSError:
        return
    fence = ""
    for line in text.splitlines()[1:] if text.startswith("# ") else text.splitlines():
        if line.startswith(("```", "~~~")):
            fence = "" if line.rstrip() == fence else fence or line[:3]
            page.line(line)
        elif fence or line.startswith("|"):
            page.line(line)
        elif line.startswith("## Examples") and not examples:
            break
        elif line.startswith("#"):
            page.line(page.paint("bold", line.lstrip("# ")))
        elif line.strip():
            page.prose(line, indent=0)
        else:
            page.gap()
    if not examples and "\n## Examples" in text:
        page.gap()
        page.line(page.paint("dim", f"`guardrails policies show {policy.id} --examples` shows what passes and fails."))


def _page(arguments: argparse.Namespace) -> Page:
    view = view_for(sys.stdout, colour=arguments.color)
    return Page(width=view.width, colour=view.colour, ascii_only=view.ascii)


def _told(project: Project) -> int:
    """Say what could not be loaded; a list without it would look complete."""
    for notice in (*project.notices, *project.selection.notices):
        complain(f"note: {notice}")
    for error in project.plugins.errors:
        complain(f"error: {error}")
    return codes.INCOMPLETE if project.plugins.errors else codes.OK

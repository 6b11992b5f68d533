"""A policy as a SARIF rule: its page is the help."""

from __future__ import annotations

import re

from guardrails.formats.terminal import sentence
from guardrails.pages import path_of
from guardrails.policy import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.findings import Finding
    from guardrails.policy import Policy

_LEVELS = {Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "note"}
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""The middle of what GitHub calls critical, high, medium and low."""
_LONGEST_TAG = 200


def level_of(severity: Severity) -> str:
    return _LEVELS.get(severity, "error")


def rule_of(finding: Finding, policy: Policy[Any] | None, severity: Severity) -> dict[str, Any]:
    """The rule of a finding's policy. Where that is not at hand, what the finding tells of it."""
    properties: dict[str, Any] = {"tags": ["security", "audit-trail"], "severity": severity.value}
    if severity in _SCORES:
        properties["security-severity"] = _SCORES[severity]
    rule: dict[str, Any] = {
        "id": finding.policy,
        "name": finding.name,
        "shortDescription": {"text": finding.name.replace("-", " ")},
        "defaultConfiguration": {"level": level_of(severity)},
        "properties": properties,
    }
    if policy is None:
        return rule
    page = _page(policy)
    summary = sentence(policy.summary)
    rule["shortDescription"] = {"text": summary}
    rule["fullDescription"] = {"text": _opening(page) or summary}
    markdown = page or summary
    rule["help"] = {"text": _as_text(markdown), "markdown": markdown}
    links = re.findall(r"\]\((https://[^)\s]+)\)", page)
    if links:
        rule["helpUri"] = links[0]
    if policy.aliases:
        rule["deprecatedIds"] = list(policy.aliases)
    # One tag a framework and not one a clause: GitHub refuses a file with a rule of more than twenty.
    for framework, clauses in policy.controls.items():
        tag = f"{framework}: {', '.join(clauses)}"
        properties["tags"].append(tag if len(tag) <= _LONGEST_TAG else f"{tag[: _LONGEST_TAG - 1].rstrip(', ')}…")
    properties["controls"] = {framework: list(clauses) for framework, clauses in policy.controls.items()}
    return rule


def _page(policy: Policy[Any]) -> str:
    """The policy's page without its title and its examples; empty where there is none."""
    try:
        with open(path_of(policy), encoding="utf-8") as file:  # noqa: PTH123 - paths are plain text where scans read them
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    kept: list[str] = []
    skipping = fenced = False
    for line in lines[1:] if lines and lines[0].startswith("# ") else lines:
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            skipping = line.startswith("## Examples")
        if not skipping:
            kept.append(line)
    return "\n".join(kept).strip()


def _opening(page: str) -> str:
    """The page's first paragraph, where it begins with one."""
    first = page.split("\n\n", 1)[0]
    return "" if first.startswith(("#", "-", "|", "```")) else _as_text(" ".join(first.split()))


def _as_text(markdown: str) -> str:
    """What is left when the marks of links, headings and fences are gone: for viewers that show plain text."""
    text = re.sub(r"\[([^\]]*)\]\(([^)\s]+)\)", r"\1 (\2)", markdown)
    return re.sub(r"^(?:#+ +|```.*\n?)", "", text, flags=re.MULTILINE).strip()

"""What this package itself offers through the hooks. Nothing behind it is imported before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardrails.hookspecs import Format, Inputs, Loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.findings import Result
    from guardrails.formats.view import View
    from guardrails.hookspecs import Source


@dataclass(frozen=True, slots=True)
class Terraform:
    """Terraform and OpenTofu configuration."""

    name: str = "terraform"
    looks_for: str = "Terraform (*.tf, *.tf.json, *.tofu)"

    def load(self, paths: Sequence[str], inputs: Inputs) -> Loaded:
        raise NotImplementedError


def _text(result: Result, view: View) -> str:
    from guardrails.formats.text import render

    return render(result, view)


def _json(result: Result, view: View) -> str:
    from guardrails.formats.json_report import render

    return render(result, view)


SOURCES: tuple[Source, ...] = (Terraform(),)
FORMATS = (
    Format("text", "for people", _text),
    Format("json", "for programs; version 1, described in docs/json.md", _json),
)

"""Conditions: the reference vectors, and what a caller who may choose makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from policy_documents import VECTORS, statement_of

from guardrails.kernel.truth import Verdict, true
from guardrails.semantics.access.conditions import Context, met

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.many import Many
    from guardrails.model import Condition


def conditions(folder: Path, written: dict[str, Any]) -> Many[Condition]:
    return statement_of(folder, {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": written}).conditions


@pytest.mark.parametrize("vector", VECTORS["conditions"], ids=lambda vector: vector["id"])
def test_vector(tmp_path: Path, vector: dict[str, Any]) -> None:
    found = met(conditions(tmp_path, vector["condition"]), Context(vector["context"]), variables=true())

    assert found.verdict is (Verdict.TRUE if vector["expected"] else Verdict.FALSE)
    assert found.facts or not vector["condition"]

"""What policy authors may import: one list for type checkers and people, one for the interpreter, and both the same."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from guardrails import api


def imported_for_checkers() -> dict[str, set[str]]:
    tree = ast.parse(Path(api.__file__).read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("guardrails"):
            found.setdefault(node.module, set()).update(alias.name for alias in node.names)
    return found


def test_the_interpreter_finds_what_checkers_see() -> None:
    homes = {module: set(names.split()) for module, names in api._HOMES.items()}  # noqa: SLF001 - compared with the imports

    assert homes == imported_for_checkers()
    assert sorted(api.__all__) == sorted(name for names in homes.values() for name in names)


def test_every_name_is_there() -> None:
    assert [name for name in api.__all__ if getattr(api, name, None) is None] == []


def test_another_name_is_not() -> None:
    assert not hasattr(api, "Deployment")


def test_a_policy_loads_only_what_it_names() -> None:
    code = (
        "import sys; from guardrails.api import Bucket, Check, Severity, policy, require;"
        "sys.exit(' '.join(name for name in sys.modules if name.startswith('guardrails.semantics')) or 0)"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")

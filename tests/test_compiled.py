"""Our modules are found by their compiled files, and are the same modules then."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

import pytest

from guardrails.cli import compiled

if TYPE_CHECKING:
    from pathlib import Path

FRESH = "guardrails.cli.compiled"
"""Whose loader a module has that was found by its compiled file."""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that goes by a name of ours, with a module and a package in it, compiled."""
    folder = tmp_path / "guardrails_policies"
    (folder / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/__init__.py", "rule.py", "inner/rule.py"):
        (folder / name).write_text(f"ANSWER = {name!r}\n")
        py_compile.compile(str(folder / name))
    return folder


def told(package: Path, module: str, *options: str, environment: dict[str, str] | None = None) -> list[str]:
    """What an interpreter that takes the shorter way says of a module: its answer, whose loader it has, its file."""
    code = (
        "import sys; from guardrails.cli.compiled import shorten; shorten(); sys.path.insert(0, sys.argv[1]);"
        "__import__(sys.argv[2]); found = sys.modules[sys.argv[2]];"
        "print(found.ANSWER, type(found.__loader__).__module__, found.__file__, sep='\\n')"
    )
    command = [sys.executable, *options, "-c", code, str(package.parent), module]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env={**kept, **(environment or {})})
    return ran.stdout.splitlines()


def test_a_module_is_found_by_its_compiled_file(package: Path) -> None:
    assert told(package, "guardrails_policies.rule") == ["rule.py", FRESH, str(package / "rule.py")]


def test_a_package_is_found_by_its_compiled_file(package: Path) -> None:
    assert told(package, "guardrails_policies.inner") == [
        "inner/__init__.py",
        FRESH,
        str(package / "inner/__init__.py"),
    ]
    assert told(package, "guardrails_policies.inner.rule")[:2] == ["inner/rule.py", FRESH]


def test_a_changed_source_counts(package: Path) -> None:
    (package / "rule.py").write_text("ANSWER = 'changed since'\n")

    assert told(package, "guardrails_policies.rule")[0] == "changed since"
    assert told(package, "guardrails_policies.rule")[:2] == ["changed since", FRESH]  # It was compiled anew.


def test_a_source_of_another_time_counts(package: Path) -> None:
    """As a file from an archive: of the same size, and older."""
    source = package / "rule.py"
    source.write_text("ANSWER = 'rule.old'\n".replace(".", "", 1))
    os.utime(source, (1_000_000_000, 1_000_000_000))

    assert told(package, "guardrails_policies.rule")[0] == "ruleold"


def test_without_compiled_file_the_source_is_read(package: Path) -> None:
    for name in (package / "__pycache__").iterdir():
        name.unlink()

    assert told(package, "guardrails_policies.rule")[0] == "rule.py"


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, None])
def test_a_damaged_compiled_file_is_replaced(package: Path, damage: bytes | None) -> None:
    (file,) = (package / "__pycache__").glob("rule.*")
    whole = file.read_bytes()
    file.write_bytes(damage if damage is not None else b"\0\0\0\0" + whole[4:])

    assert told(package, "guardrails_policies.rule")[0] == "rule.py"
    assert file.read_bytes() == whole


def test_a_file_checked_by_its_content_is_left_to_the_interpreter(package: Path) -> None:
    py_compile.compile(str(package / "rule.py"), invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)

    assert told(package, "guardrails_policies.rule")[0] == "rule.py"
    assert told(package, "guardrails_policies.rule")[1] != FRESH


def test_compiled_files_in_another_place_are_left_to_the_interpreter(package: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPYCACHEPREFIX": str(tmp_path / "elsewhere")}

    assert told(package, "guardrails_policies.rule", environment=environment)[1] != FRESH
    assert told(package, "guardrails_policies.rule", "-O")[1] != FRESH


def test_an_unknown_module_is_unknown(package: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        told(package, "guardrails_policies.nothing")

    assert "No module named 'guardrails_policies.nothing'" in caught.value.stderr


@pytest.mark.parametrize("name", ["guardrails.policy", "guardrails.kernel", "guardrails.semantics.access.grant"])
def test_a_module_is_described_as_the_interpreter_does(name: str) -> None:
    parent = sys.modules[__import__(name.rpartition(".")[0], fromlist=["*"]).__name__]
    usual = PathFinder.find_spec(name, parent.__path__)
    found = compiled.Finder.find_spec(name, parent.__path__)

    assert usual is not None
    if found is None:
        pytest.skip("nothing may be written beside the sources here")
    assert (found.name, found.origin, found.cached, found.has_location, found.parent) == (
        usual.name,
        usual.origin,
        usual.cached,
        usual.has_location,
        usual.parent,
    )
    assert found.submodule_search_locations == usual.submodule_search_locations

"""What is shipped is what is here: every module, every page, and a command that starts."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = {"guardrails": PROJECT / "guardrails", "guardrails_policies": PROJECT / "policies"}


def test_every_folder_with_modules_is_a_listed_package() -> None:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        listed = tomllib.load(file)["tool"]["setuptools"]["packages"]

    assert sorted(listed) == sorted({_package(file) for file in _shipped() if file.endswith(".py")})


def test_every_folder_with_modules_has_an_init_file() -> None:
    assert [
        folder
        for folder in sorted({Path(file).parent for file in _shipped()})
        if f"{folder.as_posix()}/__init__.py" not in _shipped()
    ] == []


def test_the_wheel_holds_every_module_page_and_type_marker(built: Built) -> None:
    names = zipfile.ZipFile(built.wheel).namelist()

    assert sorted(name for name in names if not name.startswith("guardrails_audit-")) == sorted(_shipped())


def test_the_sdist_holds_what_the_wheel_is_made_of(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {
        f"policies/{file.partition('/')[2]}" if file.startswith("guardrails_policies/") else file for file in _shipped()
    }

    assert sources | {"pyproject.toml", "README.md", "LICENSE"} <= names


def test_the_metadata_names_licence_and_entry_points(built: Built) -> None:
    archive = zipfile.ZipFile(built.wheel)
    folder = next(name.split("/")[0] for name in archive.namelist() if name.startswith("guardrails_audit-"))
    metadata = archive.read(f"{folder}/METADATA").decode()

    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line] == [
        "Requires-Dist: pluggy>=1.5",
        "Requires-Dist: PyYAML>=6.0",
    ]
    assert archive.read(f"{folder}/licenses/LICENSE") == (PROJECT / "LICENSE").read_bytes()
    assert archive.read(f"{folder}/entry_points.txt").decode().split() == [
        *("[console_scripts]", "guardrails", "=", "guardrails.cli:main"),
        *("[guardrails]", "builtin", "=", "guardrails_policies"),
    ]


def test_an_installed_wheel_answers_and_knows_its_policies(built: Built) -> None:
    _run(built.python, "-m", "pip", "install", "--quiet", str(built.wheel))

    version = _run(built.python.parent / "guardrails", "--version")
    listed = _run(built.python.parent / "guardrails", "policies", "list")

    with (PROJECT / "pyproject.toml").open("rb") as file:
        assert version.split() == ["guardrails", tomllib.load(file)["project"]["version"]]
    assert "TRAIL-005" in listed


class Built:
    """Both distributions, built from a copy of the tree, and an environment to install them in."""

    def __init__(self, folder: Path) -> None:
        source = folder / "source"
        for part in ("guardrails", "policies"):
            copytree(PROJECT / part, source / part, ignore=ignore_patterns("__pycache__"))
        for part in ("pyproject.toml", "README.md", "LICENSE"):
            copy(PROJECT / part, source)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "environment")], check=True)
        self.python = folder / "environment/bin/python"
        with (PROJECT / "pyproject.toml").open("rb") as file:
            _run(self.python, "-m", "pip", "install", "--quiet", *tomllib.load(file)["build-system"]["requires"])
        build = (
            "import setuptools.build_meta as backend; backend.build_sdist('../dist'); backend.build_wheel('../dist')"
        )
        _run(self.python, "-c", build, folder=source)
        self.sdist = next((folder / "dist").glob("*.tar.gz"))
        self.wheel = next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(tmp_path_factory.mktemp("distributions"))


def _run(program: Path, *arguments: str, folder: Path | None = None) -> str:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _shipped() -> list[str]:
    """Every file that belongs in an installation, by its path there."""
    return [
        f"{package}/{file.relative_to(folder).as_posix()}"
        for package, folder in PACKAGES.items()
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".py", ".md", ".typed", ".json")
    ]


def _package(file: str) -> str:
    return file.rpartition("/")[0].replace("/", ".")

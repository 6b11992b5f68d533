"""The index of the built-in policies: true, enough to choose by, and what it leaves unloaded stays unloaded."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from guardrails import index, plugins, run
from guardrails.config import Config
from guardrails.errors import PluginError
from guardrails.selection import choose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from guardrails.run import Scan

TRAIL = 'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "logs"\n}\n'
GROUP = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "g"\n}\n'

POLICY = '''
from guardrails.api import AuditTrail, Check, Severity, policy, require

@policy("{id}", on=AuditTrail, severity=Severity.{severity}, since="1.0")
def {name}(trail: AuditTrail) -> Check:
    """A trail that is not ours."""
    return require(trail.multi_region.is_true(), "is not ours")
'''


def test_the_index_says_what_the_policies_say() -> None:
    policies = [policy for policy in plugins.load().policies if policy.module.startswith(plugins.BUILT_IN)]

    rows = import_module(f"{plugins.BUILT_IN}.{index.MODULE}").POLICIES

    assert [index.row_of(policy, plugins.BUILT_IN) for policy in policies] == list(rows), "run `make docs`"


def test_a_policy_of_the_index_becomes_the_policy_itself() -> None:
    by_index = plugins.load(by_index=True).policies
    loaded = plugins.load().policies

    assert [policy.id for policy in by_index] == [policy.id for policy in loaded]
    for lazy, whole in zip(by_index, loaded, strict=True):
        assert (lazy.on, lazy.options) == (whole.on, whole.options)
        assert {name: getattr(lazy, name) for name in whole._fields} == whole.__dict__


def scanned(folder: Path, body: str) -> list[str]:
    """The modules of policies that a scan of this configuration imports."""
    (folder / "main.tf").write_text(body, encoding="utf-8")
    code = (
        "import sys; from guardrails.cli import main; main(sys.argv[1:]);"
        "sys.stderr.write(' '.join(name for name in sys.modules if name.count('.') == 3 and 'guardrails_pol' in name))"
    )
    arguments = [sys.executable, "-c", code, "scan", str(folder), "--no-config"]
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stderr.split()


def test_only_what_judges_something_is_imported(tmp_path: Path) -> None:
    modules = scanned(tmp_path, GROUP)

    assert "guardrails_policies.aws.retain.log_group_without_retention" in modules
    assert not any("trail" in module for module in modules)
    assert "guardrails_policies.aws.retain.audit_log_group_deletable" not in modules, "the group has no audit role"


def test_what_the_policy_applies_by_is_asked_first(tmp_path: Path) -> None:
    modules = scanned(tmp_path, TRAIL)

    assert "guardrails_policies.aws.trail.trail_of_one_region" in modules
    assert "guardrails_policies.aws.org.organization_with_open_regions" not in modules


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with an index of two policies."""
    folder = tmp_path / "site" / "indexed_policies"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    for number, name in enumerate(("foreign_trail", "strange_trail"), 1):
        (folder / f"{name}.py").write_text(POLICY.format(id=f"X-{number}", name=name, severity="LOW"))
    monkeypatch.syspath_prepend(str(folder.parent))
    found = [policy for policy in plugins.policies_in("indexed_policies") if not isinstance(policy, PluginError)]
    (folder / "_index.py").write_text(index.written(found, "indexed_policies"))
    _forget()
    monkeypatch.setattr(plugins, "BUILT_IN", "indexed_policies")
    yield folder
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.startswith("indexed_policies")]:
        del sys.modules[name]


def scan(folder: Path, body: str) -> Scan:
    (folder / "main.tf").write_text(body, encoding="utf-8")
    loaded = plugins.load(by_index=True)
    assert loaded.errors == ()
    return run.run(run.Request(paths=(str(folder),)), loaded, choose(loaded.policies, Config()), run.Progress())


def test_a_policy_that_cannot_be_imported_is_named_where_it_had_something_to_judge(
    package: Path, tmp_path: Path
) -> None:
    (package / "foreign_trail.py").write_text("import nowhere\n")

    result = scan(tmp_path, TRAIL)

    assert [finding.policy for finding in result.findings] == ["X-2"]
    (gap,) = result.gaps
    assert gap.incomplete
    assert gap.detail.startswith("indexed_policies: `foreign_trail` cannot be imported: ")
    assert "foreign_trail.py:1: ModuleNotFoundError: No module named 'nowhere'" in gap.detail
    assert scan(tmp_path, GROUP).gaps == []


def test_a_policy_that_is_not_as_the_index_says_is_an_error(package: Path, tmp_path: Path) -> None:
    (package / "foreign_trail.py").write_text(POLICY.format(id="X-1", name="foreign_trail", severity="HIGH"))

    (gap,) = scan(tmp_path, TRAIL).gaps

    assert "`foreign_trail` does not declare X-1 as the index says" in gap.detail


def test_an_index_that_does_not_list_all_modules_is_not_used(package: Path, tmp_path: Path) -> None:
    (package / "third_trail.py").write_text(POLICY.format(id="X-3", name="third_trail", severity="HIGH"))

    assert [finding.policy for finding in scan(tmp_path, TRAIL).findings] == ["X-1", "X-2", "X-3"]


def test_a_broken_index_is_an_error_and_no_silence(package: Path) -> None:
    (package / "_index.py").write_text("POLICIES = 1 +\n")

    (error,) = plugins.load(by_index=True).errors

    assert "cannot be loaded" in str(error)

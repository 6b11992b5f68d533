"""Loading plugins and folders of policies: what fails is named, and the rest is loaded all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guardrails import api, plugins
from guardrails.errors import PluginError, UsageError
from guardrails.plugins import Plugins, load, policies_in
from guardrails.policy import Policy

POLICY = """
from guardrails.api import AuditTrail, Check, Severity, policy, require

@policy("{id}", on=AuditTrail, severity=Severity.LOW, since="1.0")
def {name}(trail: AuditTrail) -> Check:
    '''A trail that is not ours.'''
    return require(trail.multi_region.is_true(), "is not ours")
"""


def write_policy(folder: Path, file: str, id: str, name: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(POLICY.format(id=id, name=name or Path(file).stem))


def ids(found: list[Policy[Any] | PluginError]) -> list[str]:
    return [item.id for item in found if isinstance(item, Policy)]


def messages(found: list[Policy[Any] | PluginError]) -> list[str]:
    return [str(item) for item in found if isinstance(item, PluginError)]


def test_the_built_in_policies_are_a_plugin_without_errors() -> None:
    loaded = load()

    assert loaded.errors == ()
    assert "TRAIL-005" in [policy.id for policy in loaded.policies]
    assert loaded.provider["TRAIL-005"] == "guardrails_policies"
    assert {"text", "json"} <= set(loaded.formats)
    assert [source.name for source in loaded.sources] == ["terraform", "terraform-plan", "cloudformation"]


def test_policies_are_sorted_by_id() -> None:
    found = [policy.id for policy in load().policies]

    assert sorted(found) == found


def test_a_folder_is_loaded_with_its_subfolders(tmp_path: Path) -> None:
    write_policy(tmp_path, "foreign_trail.py", "ACME-2")
    write_policy(tmp_path / "deeper", "stranger_trail.py", "ACME-1")

    assert ids(policies_in(str(tmp_path))) == ["ACME-1", "ACME-2"]


def test_a_folder_may_share_code_between_its_modules(tmp_path: Path) -> None:
    (tmp_path / "_shared.py").write_text("MESSAGE = 'is not ours'\n")
    write_policy(tmp_path, "foreign_trail.py", "ACME-1")
    source = tmp_path / "foreign_trail.py"
    source.write_text("from ._shared import MESSAGE\n" + source.read_text())

    found = policies_in(str(tmp_path))

    assert ids(found) == ["ACME-1"]
    assert messages(found) == []


def test_tests_beside_the_policies_are_not_imported(tmp_path: Path) -> None:
    write_policy(tmp_path, "foreign_trail.py", "ACME-1")
    for name in ("test_foreign_trail.py", "conftest.py", "foreign_test.py", "_draft.py"):
        (tmp_path / name).write_text("raise RuntimeError('must not be imported')\n")

    found = policies_in(str(tmp_path))

    assert ids(found) == ["ACME-1"]
    assert messages(found) == []


def test_a_policy_imported_by_a_second_module_counts_once(tmp_path: Path) -> None:
    write_policy(tmp_path, "foreign_trail.py", "ACME-1")
    (tmp_path / "group.py").write_text("from .foreign_trail import foreign_trail\n")

    loaded = load([str(tmp_path)])

    assert loaded.errors == ()
    assert [policy.id for policy in loaded.policies].count("ACME-1") == 1


def test_a_changed_folder_is_read_again(tmp_path: Path) -> None:
    write_policy(tmp_path, "foreign_trail.py", "ACME-1")
    policies_in(str(tmp_path))
    (tmp_path / "foreign_trail.py").unlink()
    write_policy(tmp_path, "stranger_trail.py", "ACME-2")

    assert ids(policies_in(str(tmp_path))) == ["ACME-2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_module\n", "broken.py:1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = 1\n\n\ndef f(:\n", "broken.py:4: SyntaxError: "),
        ("def f() -> int:\n    return 1 // 0\n\nf()\n", "broken.py:2: ZeroDivisionError: "),
        ("import sys\nsys.exit(0)\n", "broken.py:2: SystemExit: 0"),
        (
            POLICY.format(id="ACME-9", name="foreign").replace("(trail: AuditTrail)", "(trail: AuditTrail, days: int)"),
            "the second parameter of foreign() must be annotated with a subclass of `Settings`",
        ),
    ],
)
def test_a_module_that_cannot_be_imported_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "broken.py").write_text(text)
    write_policy(tmp_path, "foreign_trail.py", "ACME-1")

    found = policies_in(str(tmp_path))

    assert ids(found) == ["ACME-1"]
    (message,) = messages(found)
    assert message.startswith(f"{tmp_path}: `broken` cannot be imported: ")
    assert said in message


def test_the_line_at_fault_is_the_policy_own_one_even_if_a_library_raised(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import json\n\njson.loads('{')\n")

    (message,) = messages(policies_in(str(tmp_path)))

    assert f"{tmp_path}/broken.py:3: JSONDecodeError" in message


def test_a_module_without_policies_is_an_error_and_not_silence(tmp_path: Path) -> None:
    write_policy(tmp_path, "foreign_trail.py", "ACME-1")
    (tmp_path / "forgotten.py").write_text("def forgotten(trail): return None\n")

    found = policies_in(str(tmp_path))

    assert ids(found) == ["ACME-1"]
    (message,) = messages(found)
    assert "forgotten.py declares no policy" in message


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    assert [f"{tmp_path}: there is no policy in this folder"] == messages(policies_in(str(tmp_path)))


def test_a_folder_that_is_not_there_is_a_wrong_argument(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        load([str(tmp_path / "nowhere")])
    (tmp_path / "file.py").write_text("")
    with pytest.raises(UsageError, match="is a file: name the folder"):
        load([str(tmp_path / "file.py")])


def test_of_two_policies_with_one_id_the_first_is_used_and_both_places_are_named(tmp_path: Path) -> None:
    write_policy(tmp_path, "a_trail.py", "ACME-1")
    write_policy(tmp_path, "b_trail.py", "ACME-1")

    loaded = load([str(tmp_path)])

    used = next(policy for policy in loaded.policies if policy.id == "ACME-1")
    assert used.name == "a-trail"
    (error,) = loaded.errors
    assert error.plugin == str(tmp_path)
    assert f"`ACME-1` is declared twice: {tmp_path}/a_trail.py:4 is used, {tmp_path}/b_trail.py:4 is not" in str(error)


def test_a_user_policy_cannot_take_the_place_of_a_built_in_one(tmp_path: Path) -> None:
    write_policy(tmp_path, "mine.py", "TRAIL-005")

    loaded = load([str(tmp_path)])

    assert loaded.provider["TRAIL-005"] == "guardrails_policies"
    assert "`TRAIL-005` is declared twice" in str(loaded.errors[0])


def test_names_and_aliases_may_not_clash_either(tmp_path: Path) -> None:
    write_policy(tmp_path / "one", "same_name.py", "ACME-1")
    write_policy(tmp_path / "two", "same_name.py", "ACME-2")

    loaded = load([str(tmp_path)])

    assert "ACME-2" not in loaded.provider
    assert "`same-name` is declared twice" in str(loaded.errors[0])


@pytest.mark.parametrize("id", ["", "TRAIL 1", "ACME-*", "A,B"])
def test_an_id_that_could_not_be_selected_is_refused(tmp_path: Path, id: str) -> None:
    write_policy(tmp_path, "foreign_trail.py", id)

    loaded = load([str(tmp_path)])

    assert id not in loaded.provider
    assert f"`{id}` is no policy id" in str(loaded.errors[0])


def test_settings_without_defaults_are_refused(tmp_path: Path) -> None:
    write_policy(tmp_path, "foreign_trail.py", "ACME-1")
    source = tmp_path / "foreign_trail.py"
    source.write_text(
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True)\nclass Limits:\n    days: int\n\n"
        + source.read_text().replace("(trail: AuditTrail)", "(trail: AuditTrail, limits: Limits)")
    )

    loaded = load([str(tmp_path)])

    assert "ACME-1" not in loaded.provider
    assert "the settings of ACME-1 need a default each" in str(loaded.errors[0])


# Installed plugins


def install(site: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, value: str = "") -> None:
    """Put a module and the metadata of a distribution on the module path."""
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[guardrails]\n{name} = {value or name}\n")
    (site / f"{name}.py").write_text(module)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def with_plugin(site: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, value: str = "") -> Plugins:
    install(site, monkeypatch, name, module, value)
    try:
        return load()
    finally:
        sys.modules.pop(name, None)


HOOKED = "from guardrails.api import hookimpl\n"


def test_an_installed_plugin_adds_policies_formats_and_sources(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = with_plugin(
        site,
        monkeypatch,
        "acme_rules",
        HOOKED
        + "from guardrails.hookspecs import Format\n"
        + POLICY.format(id="ACME-1", name="foreign_trail")
        + """
class Tape:
    name = "tape"
    looks_for = "*.tape"

@hookimpl
def guardrails_policies(): return [foreign_trail]
@hookimpl
def guardrails_sources(): return [Tape()]
@hookimpl
def guardrails_formats(): return [Format("morse", "for ships", lambda result, view: "...")]
""",
    )

    assert loaded.errors == ()
    assert loaded.provider["ACME-1"] == "acme_rules"
    assert [source.name for source in loaded.sources] == ["terraform", "terraform-plan", "cloudformation", "tape"]
    assert "morse" in loaded.formats


def test_a_plugin_may_be_a_plain_package_of_policies(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(site, monkeypatch, "acme_package", "")
    (site / "acme_package.py").unlink()
    write_policy(site / "acme_package", "foreign_trail.py", "ACME-1")
    (site / "acme_package" / "__init__.py").write_text("")

    loaded = load()

    assert loaded.errors == ()
    assert loaded.provider["ACME-1"] == "acme_package"


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("raise OSError('no disk')\n", "acme_rules: cannot be loaded: {site}/acme_rules.py:1: OSError: no disk"),
        (
            HOOKED + "@hookimpl\ndef guardrails_policies():\n    raise OSError('no disk')\n",
            "acme_rules: `guardrails_policies` failed: {site}/acme_rules.py:4: OSError: no disk",
        ),
        (
            HOOKED + "@hookimpl\ndef guardrails_policies(): return 3\n",
            "acme_rules: `guardrails_policies` failed: TypeError: it must return a list, not int",
        ),
        (
            HOOKED + "@hookimpl\ndef guardrails_policies(): return [max]\n",
            "acme_rules: offers <built-in function max> as a policy",
        ),
        (
            HOOKED + "@hookimpl\ndef guardrails_polices(): return []\n",
            "acme_rules: implements `guardrails_polices`, which is no hook; did you mean `guardrails_policies`?",
        ),
        ("x = 1\n", "acme_rules: implements no hook and is no package of policies"),
        (
            HOOKED + "@hookimpl\ndef guardrails_policies(pytestconfig): return []\n",
            "acme_rules: cannot be loaded: PluginValidationError: ",
        ),
    ],
)
def test_a_plugin_that_misbehaves_is_named_and_the_built_in_policies_stay(
    site: Path, monkeypatch: pytest.MonkeyPatch, module: str, said: str
) -> None:
    loaded = with_plugin(site, monkeypatch, "acme_rules", module)

    assert any(str(error).startswith(said.format(site=site)) for error in loaded.errors), loaded.errors
    assert "TRAIL-005" in loaded.provider


def test_a_plugin_that_is_not_there_is_named(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = with_plugin(site, monkeypatch, "acme_rules", "", "no_such_package")

    (error,) = loaded.errors
    assert "acme_rules: cannot be loaded: ModuleNotFoundError: No module named 'no_such_package'" in str(error)


def test_metadata_is_searched_only_where_another_plugin_is_installed(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    (site / "other-1.0.dist-info").mkdir(parents=True)
    (site / "other-1.0.dist-info" / "entry_points.txt").write_text("[console_scripts]\nother = other:main\n")
    assert not plugins._others_installed()  # noqa: SLF001 - a cost that nothing public shows

    (site / "other-1.0.dist-info" / "entry_points.txt").write_text("[guardrails]\nother = other\n")
    assert plugins._others_installed()  # noqa: SLF001 - as above


def test_nothing_is_searched_at_start_where_there_is_nothing_to_find(tmp_path: Path) -> None:
    code = (
        "import sys; from guardrails.plugins import load; load();"
        "sys.exit(','.join({'importlib.metadata', 'difflib', 'json', 'tomllib', 'traceback'} & set(sys.modules)) or 0)"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")


def test_what_plugins_need_is_part_of_the_api_and_costs_policies_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, guardrails.api as api; before = {'pluggy', 'guardrails.plugins'} & set(sys.modules);"
        "from guardrails.hookspecs import hookimpl; from guardrails.plugins import policies_in;"
        "sys.exit(bool(before) or api.hookimpl is not hookimpl or api.policies_in is not policies_in)"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")


def test_the_api_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        api.no_such_name  # type: ignore[attr-defined] # noqa: B018 - that is what is asked


def test_a_folder_that_is_called_like_the_built_in_policies_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_policy(tmp_path / plugins.BUILT_IN, "foreign_trail.py", "ACME-1")
    monkeypatch.chdir(tmp_path)

    loaded = load()

    assert loaded.errors == ()
    assert "ACME-1" not in [policy.id for policy in loaded.policies]
    assert "TRAIL-005" in [policy.id for policy in loaded.policies]

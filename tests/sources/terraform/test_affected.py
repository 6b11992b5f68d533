"""Which root modules changed files matter to."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.sources.terraform.project import Options, load

QUEUE = 'resource "aws_sqs_queue" "q" {}\n'


def call(*sources: str) -> str:
    return QUEUE + "".join(f'module "m{n}" {{\n  source = "{source}"\n}}\n' for n, source in enumerate(sources))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two roots that call `bucket`, one of them through `logs`, and one that calls nothing."""
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        {
            "prod/main.tf": call("../modules/logs"),
            "test/main.tf": call("../modules/bucket"),
            "other/main.tf": QUEUE,
            "modules/logs/main.tf": call("../bucket"),
            "modules/bucket/main.tf": QUEUE,
        },
    )
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def judged(*changed: str) -> list[str]:
    """The roots that a scan of the working directory loads for these changed files."""
    loaded = load(["."], Options(changed=changed))
    assert loaded.found_in == {"."}
    return [deployment.target for deployment in loaded.deployments]


@pytest.mark.usefixtures("tree")
def test_a_root_and_the_roots_that_call_a_module_over_however_many_steps() -> None:
    assert judged("other/main.tf") == ["other"]
    assert judged("modules/logs/main.tf") == ["prod"]
    assert judged("modules/bucket/main.tf") == ["prod", "test"]
    assert judged("modules/bucket/main.tf", "other/main.tf") == ["other", "prod", "test"]
    assert judged(f"{Path.cwd()}/test/../test/main.tf") == ["test"]


@pytest.mark.usefixtures("tree")
def test_a_file_that_is_new_or_gone_counts_for_its_folder() -> None:
    assert judged("prod/gone.tf") == ["prod"]
    assert judged("modules/logs/gone.tf.json") == ["prod"]


def test_the_callers_of_a_module_that_is_gone_are_judged(tree: Path) -> None:
    (tree / "modules/bucket/main.tf").unlink()
    assert judged("modules/bucket/main.tf") == ["prod", "test"]
    (tree / "modules/bucket").rmdir()
    assert judged("modules/bucket/main.tf") == ["prod", "test"]


@pytest.mark.usefixtures("tree")
def test_values_of_a_root_count_for_it_and_locks_for_none() -> None:
    assert judged("prod/terraform.tfvars") == ["prod"]
    assert judged("test/x.auto.tfvars.json") == ["test"]
    assert judged("prod/.terraform.lock.hcl") == []


def test_what_a_module_reads_counts_for_it(tree: Path) -> None:
    assert judged("modules/bucket/policy.json") == ["prod", "test"]
    assert judged("modules/logs/templates/deep/policy.tftpl") == ["prod"]
    assert judged("shared/policy.json") == []

    (tree / "other/main.tf").write_text('locals {\n  text = file("${path.module}/../shared/policy.json")\n}\n')
    assert judged("shared/policy.json") == ["other"]
    (tree / "other/main.tf").write_text('locals {\n  all = fileset("${path.module}/../shared", "*.json")\n}\n')
    assert judged("shared/new.json") == ["other"]
    (tree / "other/main.tf").write_text('locals {\n  no = "../shared/policy.json"\n}\n')
    assert judged("shared/policy.json") == []


def test_with_very_many_other_files_whoever_reads_any_is_judged(tree: Path) -> None:
    (tree / "other/main.tf").write_text('locals {\n  text = file("${path.module}/${var.name}")\n}\n')

    assert judged("shared/1.json") == []
    assert judged(*(f"shared/{number}.json" for number in range(100))) == ["other"]


@pytest.mark.usefixtures("tree")
def test_what_nothing_depends_on_counts_for_nothing() -> None:
    assert judged() == []
    assert judged("README.md", "src/app.py", "../elsewhere/main.tf") == []


@pytest.mark.usefixtures("tree")
def test_a_folder_stands_for_all_in_it() -> None:
    assert judged("modules") == ["prod", "test"]
    assert judged(".") == ["other", "prod", "test"]


def test_a_link_to_configuration_counts_where_it_is(tree: Path) -> None:
    write(tree, {"shared/common.tf": QUEUE})
    (tree / "other" / "common.tf").symlink_to("../shared/common.tf")

    assert judged("shared/common.tf") == ["other", "shared"]


def test_calls_through_links_are_followed(tree: Path) -> None:
    (tree / "links").mkdir()
    (tree / "links" / "store").symlink_to("../modules/bucket")
    write(tree, {"other/main.tf": call("../links/store"), "third/main.tf": QUEUE})
    (tree / "third" / "linked.tf").symlink_to("../calls.txt")
    (tree / "calls.txt").write_text(call("../links/store").removeprefix(QUEUE))

    assert judged("modules/bucket/main.tf") == ["other", "prod", "test", "third"]


def test_calls_in_json_and_of_oneself_and_of_the_folder_above(tree: Path) -> None:
    write(
        tree,
        {
            "json/main.tf.json": '{"module": {"m": {"source": "..\\/modules\\/bucket\\/"}}}',
            "modules/bucket/examples/simple/main.tf": call("../.."),
            "modules/logs/main.tf": call("../bucket", "."),
        },
    )

    assert judged("modules/bucket/main.tf") == ["json", "modules/bucket/examples/simple", "prod", "test"]


def test_modules_that_call_each_other_in_a_circle_end(tree: Path) -> None:
    write(tree, {"a/main.tf": call("../b"), "b/main.tf": call("../a")})

    assert judged("b/main.tf") == ["a"]


def test_what_init_downloaded_counts_for_the_root_that_it_is_in(tree: Path) -> None:
    write(tree, {"prod/.terraform/modules/x/main.tf": QUEUE})

    assert judged("prod/.terraform/modules/x/main.tf") == ["prod"]


def test_a_variable_that_only_another_root_declares_is_no_mistake(tree: Path) -> None:
    from guardrails.sources.terraform.variables import Assignment, VariableError

    (tree / "other" / "variables.tf").write_text('variable "name" {}\n')
    given = [Assignment("name", "x", "x")]

    assert [d.target for d in load(["."], Options(changed=["prod/main.tf"], variables=given)).deployments] == ["prod"]
    with pytest.raises(VariableError):
        load(["prod"], Options(variables=given))


FOLDERS = [f"{above}{name}" for above in ("", "x/", "x/y/", "examples/") for name in "abc"]
CALLS = st.lists(st.tuples(st.sampled_from(FOLDERS), st.sampled_from(FOLDERS)), max_size=14)


@settings(max_examples=40, deadline=None)
@given(calls=CALLS, values=st.sets(st.sampled_from(FOLDERS), max_size=3), changed=st.sampled_from(FOLDERS))
def test_a_full_scan_names_the_same_roots(calls: list[tuple[str, str]], values: set[str], changed: str) -> None:
    """Whatever calls whatever: the roots that reach the changed folder, and no other."""
    called = {folder: sorted({c for f, c in calls if f == folder}) for folder in FOLDERS}
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        for folder, below in called.items():
            sources = [os.path.relpath(other, folder) for other in below if other != folder]
            sources = [source if source.startswith(".") else f"./{source}" for source in sources]
            write(top, {f"{folder}/main.tf": call(*sources)})
        write(top, {f"{folder}/terraform.tfvars": "" for folder in values})
        reaching = {changed}
        while more := {f for f in FOLDERS if set(called[f]) & reaching} - reaching:
            reaching |= more
        everything = [deployment.target for deployment in load(["."], working_directory=made).deployments]
        options = Options(changed=[f"{changed}/main.tf"])
        some = [deployment.target for deployment in load(["."], options, working_directory=made).deployments]

    assert some == [target for target in everything if target in reaching]

"""Finding and opening files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.files import LARGEST_FILE, Files

if TYPE_CHECKING:
    from pathlib import Path


def files(folder: Path) -> Files:
    return Files([(str(folder), folder.name)], str(folder.parent))


def test_candidates(tmp_path: Path) -> None:
    root = tmp_path / "infra"
    for name in (
        "b.yaml", "a.yml", "c.json", "d.template", "e.cfn", "f.cform", "g.txt", "h.YAML", ".hidden.yaml", "i.yaml.bak",
        "nested/a.yaml", "nested/below/a.yaml", "an.yaml/inside.json", "node_modules/x/a.json", ".git/a.yaml",
        "cdk.out/Stack.template.json", "venv/a.json",
    ):  # fmt: skip
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    found = [os.path.relpath(path, root) for path in files(root).candidates(str(root))]

    assert found == [
        "a.yml", "b.yaml", "c.json", "d.template", "e.cfn", "f.cform", "an.yaml/inside.json",
        "cdk.out/Stack.template.json", "nested/a.yaml", "nested/below/a.yaml",
    ]  # fmt: skip


def test_links(tmp_path: Path) -> None:
    root, outside = tmp_path / "infra", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.yaml").write_text("secret")
    (root / "real.yaml").write_text("real")
    (root / "alias.yaml").symlink_to("real.yaml")
    (root / "out.yaml").symlink_to(outside / "secret.yaml")
    (root / "folder").symlink_to(outside)
    (root / "folder.yaml").symlink_to(outside)
    (root / "circle.yaml").symlink_to("circle.yaml")
    (root / "nowhere.yaml").symlink_to("missing.yaml")
    reader = files(root)

    found = {os.path.basename(path): reader.content(path) for path in reader.candidates(str(root))}  # noqa: PTH119

    assert found.keys() == {"alias.yaml", "out.yaml", "real.yaml"}
    assert found["real.yaml"] == found["alias.yaml"] == b"real"
    for name in ("circle.yaml", "nowhere.yaml"):
        found[name] = reader.content(str(root / name))
    for name, why, detail in (
        ("out.yaml", Why.ELSEWHERE, "`infra/out.yaml` is a link to a file outside of the scanned folder"),
        (
            "nowhere.yaml",
            Why.INVALID,
            "`infra/nowhere.yaml` cannot be read: there is no such file, or a link leads nowhere",
        ),
    ):
        reason = found[name]
        assert isinstance(reason, Reason)
        assert (reason.why, reason.detail) == (why, detail)
    circle = found["circle.yaml"]
    assert isinstance(circle, Reason)
    assert circle.detail.startswith("`infra/circle.yaml` cannot be read: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")

    assert list(files(tmp_path).candidates(str(tmp_path))) == []
    reason = files(tmp_path).content(str(tmp_path / "pipe.yaml"))

    assert isinstance(reason, Reason)
    assert reason.detail.endswith("cannot be read: not a regular file")


def test_devices_and_folders(tmp_path: Path) -> None:
    reader = files(tmp_path)

    for path in ("/dev/zero", str(tmp_path), str(tmp_path / "null\0byte.yaml"), str(tmp_path / "missing.yaml")):
        assert isinstance(reader.content(path), Reason)


def test_no_more_is_read_than_is_used(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)  # a hole, which takes no room

    content = files(tmp_path).content(str(large))

    assert isinstance(content, bytes)
    assert len(content) == LARGEST_FILE + 1


def test_a_file_without_a_size() -> None:
    reader = Files([("/proc/self", "/proc/self")], "/")
    if not os.path.exists("/proc/self/cmdline"):  # noqa: PTH110 - no file that a test could make
        pytest.skip("there is no such file here")

    content = reader.content("/proc/self/cmdline")

    assert isinstance(content, bytes)
    assert b"python" in content


def test_a_file_may_be_taken_to_hold_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    reader = Files([(str(tmp_path), ".")], str(tmp_path), {os.path.realpath(path): b"new"})

    assert reader.content(str(path)) == b"new"


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: str) -> object:
        raise PermissionError(13, "Permission denied")

    reader = files(tmp_path)
    monkeypatch.setattr(os, "scandir", refused)

    assert list(reader.candidates(str(tmp_path))) == []
    assert [reason.detail for reason in reader.problems] == [f"`{tmp_path.name}` cannot be read: permission denied"]


def test_names_in_reports(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    reader = Files([(str(here / "infra"), "infra"), (str(there), "../there")], str(here))

    assert reader.shown(str(here / "infra" / "a.yaml")) == "infra/a.yaml"
    assert reader.shown(str(there / "b.yaml")) == "../there/b.yaml"
    assert reader.shown(str(here)) == "."
    assert reader.within(str(there / "b.yaml"))
    assert not reader.within(str(tmp_path / "thereafter"))

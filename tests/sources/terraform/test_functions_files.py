"""Functions that read files: only inside the scanned tree, and never to be quoted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.why import Why
from guardrails.sources.terraform.functions import call
from guardrails.sources.terraform.functions.files import LARGEST_FILE
from guardrails.sources.terraform.values import EvalError, HclSet, Ref, Text, Unknown

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "do not tell"


class Place:
    """A module in the directory `root` of the scanned tree."""

    template_depth = 0
    module_directory = "."

    def __init__(self, scan_root: Path) -> None:
        self.scan_root = scan_root
        self.base_directory = scan_root / "root"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    tree = tmp_path / "tree"
    (tree / "root").mkdir(parents=True)
    (tree / "shared").mkdir()
    (tree / "root" / "a.txt").write_text("inside")
    (tree / "shared" / "b.txt").write_text("shared")
    (tmp_path / "outside.txt").write_text(SECRET)
    return Place(tree)


def why(result: object) -> Why:
    assert isinstance(result, Unknown), result
    assert SECRET not in repr(result)
    return result.reasons[0].why


READERS = (
    "file",
    "filebase64",
    "filemd5",
    "filesha1",
    "filesha256",
    "filesha512",
    "filebase64sha256",
    "filebase64sha512",
    "fileexists",
)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "path", ["../../outside.txt", "{tmp}/outside.txt", "/etc/passwd", "~/x", "link", "up/outside.txt"]
)
def test_outside_is_unknown(place: Place, tmp_path: Path, name: str, path: str) -> None:
    (place.base_directory / "link").symlink_to(tmp_path / "outside.txt")
    (place.base_directory / "up").symlink_to(tmp_path)
    assert why(call(name, [path.replace("{tmp}", str(tmp_path))], place)) is Why.ELSEWHERE


def test_a_sibling_whose_name_begins_alike_is_outside(place: Place, tmp_path: Path) -> None:
    (tmp_path / "tree-2").mkdir()
    (tmp_path / "tree-2" / "x").write_text(SECRET)
    assert why(call("file", [str(tmp_path / "tree-2" / "x")], place)) is Why.ELSEWHERE


def test_inside_is_read(place: Place) -> None:
    (place.base_directory / "link").symlink_to(place.scan_root / "shared" / "b.txt")
    assert call("file", ["a.txt"], place) == "inside"
    assert call("file", ["../shared/b.txt"], place) == "shared"
    assert call("file", ["link"], place) == "shared"
    assert call("file", [str(place.scan_root / "shared" / "b.txt")], place) == "shared"
    assert call("fileexists", ["nope/a.txt"], place) is False


def test_the_scanned_tree_may_itself_be_a_link(place: Place, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(place.scan_root)
    assert call("file", ["a.txt"], Place(tmp_path / "alias")) == "inside"


def test_without_a_place_files_are_unknown() -> None:
    for name in READERS:
        assert why(call(name, ["a.txt"], None)) is Why.UNSUPPORTED
    assert why(call("fileset", [".", "*"], None)) is Why.UNSUPPORTED
    assert why(call("abspath", ["a"], None)) is Why.UNSUPPORTED
    assert why(call("templatefile", ["a", {}], None)) is Why.UNSUPPORTED


def test_missing_is_an_error(place: Place) -> None:
    with pytest.raises(EvalError, match="no file exists at `nope`"):
        call("file", ["nope"], place)


def test_loops_are_unknown(place: Place) -> None:
    (place.base_directory / "loop").symlink_to("loop")
    assert why(call("file", ["loop"], place)) is Why.INVALID


def test_big_files_are_unknown(place: Place) -> None:
    (place.base_directory / "big").write_bytes(b"x" * (LARGEST_FILE + 1))
    assert why(call("filemd5", ["big"], place)) is Why.LIMIT
    (place.base_directory / "big").write_bytes(b"x" * LARGEST_FILE)
    assert isinstance(call("filemd5", ["big"], place), str)


def test_what_is_no_file_is_refused_unopened(place: Place) -> None:
    os.mkfifo(place.base_directory / "pipe")
    for name in ("file", "fileexists"):
        with pytest.raises(EvalError, match="not a regular file"):
            call(name, ["pipe"], place)


def test_content_is_not_quoted(place: Place) -> None:
    (place.base_directory / "bad").write_bytes(SECRET.encode() + b"\xff")
    with pytest.raises(EvalError) as caught:
        call("file", ["bad"], place)
    assert SECRET not in caught.value.message
    (place.base_directory / "bad.tpl").write_text(SECRET + "${")
    with pytest.raises(EvalError) as caught:
        call("templatefile", ["bad.tpl", {}], place)
    assert SECRET not in caught.value.message
    for name in ("jsondecode", "csvdecode", "base64decode", "tonumber", "tobool", "cidrhost", "timeadd", "uuidv5"):
        with pytest.raises(EvalError) as caught:
            call(name, [SECRET + '"', 1] if name in {"cidrhost", "timeadd", "uuidv5"} else [SECRET + '"'], place)
        assert SECRET not in caught.value.message


def test_sets_of_files_do_not_leave_the_tree(place: Place, tmp_path: Path) -> None:
    assert call("fileset", [".", "*.txt"], place) == HclSet(["a.txt"])
    assert call("fileset", ["..", "*/*.txt"], place) == HclSet(["root/a.txt", "shared/b.txt"])
    assert why(call("fileset", ["../..", "*"], place)) is Why.ELSEWHERE
    assert why(call("fileset", [".", "../../*"], place)) is Why.ELSEWHERE
    (place.base_directory / "up").symlink_to(tmp_path)
    assert why(call("fileset", [".", "up/*"], place)) is Why.ELSEWHERE
    assert why(call("fileset", [".", "**"], place)) is Why.ELSEWHERE


def test_links_that_lead_back_end(place: Place) -> None:
    (place.base_directory / "self").symlink_to(".")
    assert why(call("fileset", [".", "**"], place)) is Why.LIMIT


def test_a_set_of_too_many_files_is_unknown(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardrails.sources.terraform.functions.files._MOST_ENTRIES", 3)
    for number in range(4):
        (place.base_directory / str(number)).write_text("")
    assert why(call("fileset", [".", "*"], place)) is Why.LIMIT


def test_templates_render_in_their_variables_only(place: Place) -> None:
    arn = Ref("aws_s3_bucket.logs", ("arn",))
    (place.base_directory / "policy.tpl").write_text('{"Resource": "${bucket}/*", "n": ${jsonencode(n)}}')
    result = call("templatefile", ["policy.tpl", {"bucket": arn, "n": [1]}], place)
    assert result == Text(('{"Resource": "', arn, '/*", "n": [1]}'))
    with pytest.raises(EvalError, match="`bucket`"):
        call("templatefile", ["policy.tpl", {"n": 1}], place)
    assert isinstance(call("templatefile", ["policy.tpl", arn], place), Unknown)


def test_templates_read_only_inside_too(place: Place) -> None:
    (place.base_directory / "reads.tpl").write_text('${file("../../outside.txt")}')
    assert why(call("templatefile", ["reads.tpl", {}], place)) is Why.ELSEWHERE
    with pytest.raises(EvalError, match="cannot use functions that read files"):
        call("templatestring", ['${file("a.txt")}', {}], place)


def test_templates_inside_templates_are_refused(place: Place) -> None:
    (place.base_directory / "self.tpl").write_text('x${templatefile("self.tpl", {})}')
    with pytest.raises(EvalError, match="inside another"):
        call("templatefile", ["self.tpl", {}], place)


def test_template_variables_inside_loops_need_no_value(place: Place) -> None:
    (place.base_directory / "for.tpl").write_text("%{ for k, v in m }${k}=${v} %{ endfor }${[for x in l : x][0]}")
    assert call("templatefile", ["for.tpl", {"m": {"a": 1}, "l": ["z"]}], place) == "a=1 z"


@pytest.mark.parametrize("pattern", ["*a*a*a*a*a*a*a*a*b", "{" + "a,*" * 20 + "}", "[a-z]" * 50])
def test_hostile_patterns_end(place: Place, pattern: str) -> None:
    (place.base_directory / ("a" * 200)).write_text("")
    assert isinstance(call("fileset", [".", pattern], place), (HclSet, Unknown))

"""Edits change the lines that must change, and leave them as `terraform fmt` would."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from guardrails.remedies.blocks import Whole, written
from guardrails.remedies.edits import ComputedError, RefusedError, blocks_of, with_argument, with_block, without_blocks
from guardrails.remedies.steps import Nested

SET = [
    pytest.param(
        'resource "a" "b" {\n  x = 1\n}\n', (), 'resource "a" "b" {\n  x    = 1\n  long = true\n}\n', id="a run widens"
    ),
    pytest.param(
        'resource "a" "b" {\n  longest = 1\n}\n',
        (),
        'resource "a" "b" {\n  longest = 1\n  long    = true\n}\n',
        id="a run that is wider",
    ),
    pytest.param('resource "a" "b" {}\n', (), 'resource "a" "b" {\n  long = true\n}\n', id="an empty block"),
    pytest.param(
        'resource "a" "b" { x = 1 }', (), 'resource "a" "b" {\n  x    = 1\n  long = true\n}', id="a block on one line"
    ),
    pytest.param(
        'resource "a" "b" {\n  x = [\n    1\n  ] # why\n\n  c {\n  }\n}\n',
        (),
        'resource "a" "b" {\n  x = [\n    1\n  ] # why\n  long = true\n\n  c {\n  }\n}\n',
        id="behind a value of several lines",
    ),
    pytest.param(
        'resource "a" "b" {\n  c {\n  }\n}\n',
        (),
        'resource "a" "b" {\n  long = true\n\n  c {\n  }\n}\n',
        id="before the first block",
    ),
    pytest.param(
        'resource "a" "b" {\n  x = <<E\n}\nE\n}\n',
        (),
        'resource "a" "b" {\n  x    = <<E\n}\nE\n  long = true\n}\n',
        id="behind a heredoc",
    ),
    pytest.param(
        'resource "a" "b" {\n  x = 1 # one\n\n  depends_on = [c.d]\n}\n',
        (),
        'resource "a" "b" {\n  x    = 1 # one\n  long = true\n\n  depends_on = [c.d]\n}\n',
        id="before what is Terraform's own",
    ),
    pytest.param(
        'resource "a" "b" {\n  long = false # no\n  y    = 100000 # yes\n}\n',
        (),
        'resource "a" "b" {\n  long = true # no\n  y    = 100000 # yes\n}\n',
        id="comments that were not aligned stay",
    ),
    pytest.param(
        'resource "a" "b" {\n  long = false # no\n  y    = 1     # yes\n}\n',
        (),
        'resource "a" "b" {\n  long = true # no\n  y    = 1    # yes\n}\n',
        id="comments that were aligned are again",
    ),
    pytest.param(
        'resource "a" "b" {\n  x=1\n}\n', (), 'resource "a" "b" {\n  x=1\n  long = true\n}\n', id="what has no layout"
    ),
    pytest.param(
        'resource "a" "b" {\n  x = 1\n}\n',
        ("c", "d"),
        'resource "a" "b" {\n  x = 1\n\n  c {\n    d {\n      long = true\n    }\n  }\n}\n',
        id="in blocks that are not there",
    ),
    pytest.param(
        'resource "a" "b" {\n  c {\n    x = 1\n  }\n}\n',
        ("c",),
        'resource "a" "b" {\n  c {\n    x    = 1\n    long = true\n  }\n}\n',
        id="in a block that is there",
    ),
    pytest.param(
        'resource "a" "b" {\r\n  x = 1\r\n}\r\n',
        (),
        'resource "a" "b" {\r\n  x    = 1\r\n  long = true\r\n}\r\n',
        id="line endings stay",
    ),
]


@pytest.mark.parametrize(("before", "within", "after"), SET)
def test_an_argument_is_set(before: str, within: tuple[str, ...], after: str) -> None:
    found = with_argument("main.tf", before, 0, within, "long", "true")
    assert found == after
    if shutil.which("terraform") and "\r" not in before and _formatted(before) == before:
        assert _formatted(found) == found


def test_a_value_that_is_worked_out_is_not_replaced() -> None:
    with pytest.raises(ComputedError, match=r"main.tf:2 sets `long` to `var.x`"):
        with_argument("main.tf", 'resource "a" "b" {\n  long = var.x\n}\n', 0, (), "long", "true")


def test_which_of_several_blocks_is_not_guessed() -> None:
    with pytest.raises(RefusedError, match="several blocks"):
        with_argument("main.tf", 'resource "a" "b" {\n  c {}\n  c {}\n}\n', 0, ("c",), "long", "true")


def test_what_does_not_parse_is_not_edited() -> None:
    with pytest.raises(RefusedError, match="does not parse"):
        with_argument("main.tf", 'resource "a" "b" {\n', 0, (), "long", "true")


def test_blocks_go_with_the_empty_line_before_them() -> None:
    text = 'resource "a" "b" {\n  x = 1\n\n  c {\n    y = 1\n  }\n\n  d {\n  }\n}\n'
    assert without_blocks("main.tf", text, 0, ["c"]) == 'resource "a" "b" {\n  x = 1\n\n  d {\n  }\n}\n'


def test_a_block_is_added_at_the_end() -> None:
    text = 'resource "a" "b" {\n  x = 1\n}\n'
    added = with_block("main.tf", text, 0, (), Nested("c", {"y": '"z"'}))
    assert added == 'resource "a" "b" {\n  x = 1\n\n  c {\n    y = "z"\n  }\n}\n'


@pytest.mark.terraform
@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not on the path")
def test_new_blocks_are_written_as_terraform_formats_them() -> None:
    text = written(
        Whole(
            "resource",
            ("aws_s3_bucket_policy", "b"),
            {
                "bucket": "aws_s3_bucket.b.id",
                "policy": 'jsonencode({\n    Version = "2012-10-17"\n  })',
                "pattern": '"{ ($.a = \\"b\\") || ($.c NOT EXISTS) }"',
                "longer_list": '["a", "${b.c}/*"]',
            },
            (Nested("rule", {"a": "1", "bcd": "true"}, (Nested("inner", {"x": "null"}),)), Nested("rule", {"a": "2"})),
        )
    )
    assert _formatted(text) == text
    (block,) = blocks_of("main.tf", text)
    assert [one.type for one in block.body.blocks] == ["rule", "rule"]
    assert block.body.arguments.keys() == {"bucket", "policy", "pattern", "longer_list"}


def _formatted(text: str) -> str:
    done = subprocess.run(["terraform", "fmt", "-"], input=text, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout

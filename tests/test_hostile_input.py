"""What is scanned may be made to hurt: each case ends soon, says what was too much and where, and loses nothing else.

Every tree holds a sound root beside the hostile one, whose verdicts must be there. The real program, with its memory
bounded.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SOUND = (
    'resource "aws_cloudtrail" "sound" {\n  name = "sound"\n  s3_bucket_name = "logs"\n'
    "  enable_log_file_validation = false\n}\n"
)
SECONDS = 240
"""After which a scan is ended: far more than any case takes, also where the processors are shared."""
MEMORY = 3 << 30

Report = dict[str, Any]


def scan(tree: Path, *files: str) -> tuple[int, Report]:
    """The exit code and the report; what holds of every case is asserted here. `files` are named beside the tree."""
    (tree / "sound").mkdir()
    (tree / "sound" / "main.tf").write_text(SOUND)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "guardrails",
            "scan",
            ".",
            *files,
            "-o",
            "json=../report.json",
            "-o",
            "text=../report.txt",
        ],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode in (1, 3), done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads((tree.parent / "report.json").read_text())
    assert [gap for gap in gaps(report) if gap["why"] == "INTERNAL"] == []
    assert [found for found in report["findings"] if found["outcome"] == "error"] == []
    assert ("TRAIL-005", "aws_cloudtrail.sound", "fail") in {
        (found["policy"], found["resource"], found["outcome"]) for found in report["findings"]
    }
    return done.returncode, report


def gaps(report: Report) -> list[Report]:
    return [*report.get("gaps", ()), *(gap for target in report["targets"] for gap in target["gaps"])]


def limits(report: Report) -> list[str]:
    """What was too much, with its place: among what was not read, and under the verdicts that are open for it."""
    told = [f"{gap['file']}:{gap['line']}: {gap['detail']}" for gap in gaps(report) if gap["why"] == "LIMIT"]
    for found in report["findings"]:
        if found["outcome"] == "unknown":
            told += [
                f"{one['file']}:{one['line']}: {one['detail']}"
                for one in found["because"]
                if " more than " in one["detail"]
            ]
    return list(dict.fromkeys(told))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree" / "hostile").mkdir(parents=True)
    return tmp_path / "tree"


def trail(expression: str, before: str = "") -> str:
    return f'{before}resource "aws_cloudtrail" "t" {{\n  name = "t"\n  s3_bucket_name = {expression}\n}}\n'


def doubled(first: str, step: str) -> str:
    lines = [f"  x{at + 1} = {step.replace('@', f'local.x{at}')}\n" for at in range(40)]
    return f"locals {{\n  x0 = {first}\n{''.join(lines)}}}\n"


LOOPS = 'locals {\n  t = "%{for i in range(1000)}%{for j in range(1000)}xxxx%{endfor}%{endfor}"\n}\n'
MANY = "locals {\n  n = flatten([for i in range(100) : [for j in range(900) : i * 900 + j]])\n}\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{','.join([f'*{chr(97 + at)}'] * 9)}]\\n" for at in range(20)
)


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        ("local.x40", doubled('"ab"', '"${@}${@}"')),
        ("jsonencode(local.x40)", doubled('["ab"]', "concat(@, @)")),
        ("jsonencode(local.x40)", doubled('{ a = "b" }', "{ a = @, b = @ }")),
        ("length(setproduct(range(1000), range(1000), range(1000), range(1000)))", ""),
        ('"${1e999999999 + 1}"', ""),
        ('format("%999999999d", 1)', ""),
        (f'jsonencode(yamldecode("{BOMB}"))', ""),
        (f'jsondecode("{"[" * 100_000}{"]" * 100_000}")', ""),
        (f'regex("^(a|a)*$", "{"a" * 50_000}!")', ""),
        ('join("", [for a in local.n : regex("(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxx${a}")])', MANY),
        ("[for a in local.n : [for b in local.n : b]]", MANY),
        ('"%{for a in local.n}%{for b in local.n}x%{endfor}%{endfor}"', MANY),
        ("[for a in local.n : sum(local.n)]", MANY),
        ("templatestring(local.t, {})", LOOPS),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_expressions_that_would_take_for_ever(tree: Path, expression: str, before: str) -> None:
    (tree / "hostile" / "main.tf").write_text(trail(expression, before))
    code, report = scan(tree)

    told = [gap for gap in gaps(report) if gap["why"] in ("LIMIT", "INVALID")]
    assert code == 3
    assert told
    assert all(gap["file"] == "hostile/main.tf" and gap["line"] > 0 for gap in told)


@pytest.mark.parametrize(
    "expression", ["pow(10, 1000000000)", f'cidrsubnets("10.0.0.0/8", {", ".join(["24"] * 60_000)})', "1" * 100_000]
)
def test_expressions_that_only_look_hostile(tree: Path, expression: str) -> None:
    (tree / "hostile" / "main.tf").write_text(trail(expression))
    code, report = scan(tree)

    assert (code, gaps(report)) == (1, [])


@pytest.mark.parametrize(
    "text",
    [
        trail("(" * 100_000 + "1" + ")" * 100_000),
        trail("[" * 1_000_000),
        trail('"${' * 100_000),
        trail("true ? " * 100_000),
        trail("-" * 100_000 + "1"),
        trail("local" + "[*].a" * 50_000),
        "a {\n" * 300_000,
        "<<A\n" * 100_000,
        'x = "' + "a" * 5_000_000,
        "/*" * 1_000_000,
        '"' * 1_000_000,
    ],
    ids=lambda value: str(value)[:12],
)
def test_nesting_and_open_ends(tree: Path, text: str) -> None:
    (tree / "hostile" / "main.tf").write_text(text)
    code, report = scan(tree)

    assert code == 3
    assert any(gap["file"] == "hostile/main.tf" for gap in gaps(report))


def test_a_file_that_is_too_large(tree: Path) -> None:
    (tree / "hostile" / "main.tf").write_text(f"# {'x' * 11_000_000}\n")
    code, report = scan(tree)

    assert (code, limits(report)) == (3, ["hostile/main.tf:1: `hostile/main.tf` is larger than 10 MB"])


@pytest.mark.parametrize("repeated", ["count = 1000000000", 'for_each = { for i in local.n : "k${i}" => i }'])
def test_a_resource_that_is_repeated_without_end(tree: Path, repeated: str) -> None:
    text = f'{MANY}resource "aws_cloudtrail" "t" {{\n  {repeated}\n  name = "a"\n  s3_bucket_name = "b"\n}}\n'
    (tree / "hostile" / "main.tf").write_text(text)
    code, report = scan(tree)

    assert code == 3
    assert any("more than the 1000 that are followed" in told for told in limits(report))


def test_modules_that_multiply(tree: Path) -> None:
    for level in range(5):
        folder = tree / "hostile" / (f"m{level}" if level else "")
        folder.mkdir(exist_ok=True)
        source = "./m1" if not level else f"../m{level + 1}"
        calls = [f'module "m{at}" {{\n  source = "{source}"\n  count = 900\n}}\n' for at in range(10)]
        (folder / "main.tf").write_text("".join(calls))
    (tree / "hostile" / "m5").mkdir()
    (tree / "hostile" / "m5" / "main.tf").write_text(trail('"b"'))
    code, report = scan(tree)

    assert code == 3
    assert any("module instances that are followed" in told for told in limits(report))


def test_modules_that_call_themselves(tree: Path) -> None:
    (tree / "hostile" / "main.tf").write_text(trail('"b"', 'module "a" {\n  source = "./loop"\n}\n'))
    (tree / "hostile" / "loop").symlink_to(".")
    code, report = scan(tree)

    assert code == 3
    assert [gap["detail"] for gap in gaps(report)] == ["module `a` calls itself"]


def test_locals_that_go_round_in_circles(tree: Path) -> None:
    links = "".join(f"  a{at} = local.a{(at + 1) % 3000}\n" for at in range(3000))
    (tree / "hostile" / "main.tf").write_text(trail("local.a0", f"locals {{\n{links}}}\n"))
    assert scan(tree)[0] == 3


def test_everything_that_is_no_file(tree: Path) -> None:
    hostile = tree / "hostile"
    (hostile / "main.tf").write_text(trail('"b"'))
    os.mkfifo(hostile / "pipe.tf")
    os.mkfifo(hostile / "terraform.tfvars")
    os.mkfifo(hostile / "plan.json")
    (hostile / "a.tf").symlink_to("b.tf")
    (hostile / "b.tf").symlink_to("a.tf")
    (hostile / "nowhere.tf").symlink_to("nothing")
    (hostile / "outside.tf").symlink_to("/etc/passwd")
    (hostile / "zero.tf").symlink_to("/dev/zero")
    (hostile / "root").symlink_to("/")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(hostile)  # The name of a socket may not be long.
        try:
            listening.bind("socket.tf")
        finally:
            os.chdir(here)
        code, report = scan(tree)

    told = {gap["file"] for gap in gaps(report)}
    assert code == 3
    assert {f"hostile/{name}.tf" for name in ("pipe", "a", "b", "nowhere", "outside", "zero", "socket")} <= told
    assert "root:" not in (tree.parent / "report.txt").read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tree: Path) -> None:
    (tree / "hostile" / "main.tf").write_text(SOUND)
    (tree / "hostile" / "main.tf").chmod(0)
    assert scan(tree)[0] == 3


def test_names_that_nobody_should_give(tree: Path) -> None:
    (tree / "hostile" / "a\nb.tf").write_text(trail('"b"'))
    (tree / "hostile" / "\x1b[31mred.tf").write_text("x = {\n")
    bad = os.fsencode(tree / "hostile") + b"/\xff\xfe"
    os.mkdir(bad)  # noqa: PTH102 - a name in bytes
    with open(bad + b"/\xff.tf", "w") as file:  # noqa: PTH123 - as above
        file.write(trail("local.none"))
    (tree / "hostile" / "main.tf").write_text(
        'module "a" {\n  source = "./\\u0000x"\n}\n' + f'module "b" {{\n  source = "./{"a/" * 5000}"\n}}\n'
    )
    code, _ = scan(tree)

    assert code == 3
    text = (tree.parent / "report.txt").read_text()
    assert "\x1b" not in text


def policy(*statements: Report) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def bucket(document: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "policy.json").write_text(document)
        (folder / "main.tf").write_text(
            'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = aws_s3_bucket.b.id\n}\n'
            'resource "aws_s3_bucket" "b" {\n  bucket = "logs"\n}\n'
            'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = file("policy.json")\n}\n'
        )

    return write


EVERYONE = {"Effect": "Allow", "Principal": "*"}


@pytest.mark.parametrize(
    "document",
    [
        policy(*({**EVERYONE, "Action": f"s3:Get{at}", "Resource": "*"} for at in range(7000))),
        policy({**EVERYONE, "Action": [f"s3:*{at}*" for at in range(10_000)], "Resource": "*"}),
        policy(
            *(
                {**EVERYONE, "Effect": effect, "Action": "s3:*", "Resource": [f"arn:aws:s3:::{'*a' * 200}b{at}"] * 50}
                for effect in ("Allow", "Deny")
                for at in range(5)
            )
        ),
        policy({**EVERYONE, "Principal": {"AWS": [f"{at:012}" for at in range(5000)]}, "Action": "*", "Resource": "*"}),
    ],
    ids=["statements", "actions", "asterisks", "principals"],
)
def test_policies_that_no_service_would_take(tree: Path, document: str) -> None:
    bucket(document)(tree / "hostile")
    code, report = scan(tree)

    assert code == 3
    assert any("more than" in told for told in limits(report))


def test_more_trails_than_can_be_compared(tree: Path) -> None:
    blocks = [
        f'resource "aws_cloudtrail" "t{at}" {{\n  name = "t{at}"\n  s3_bucket_name = "b"\n}}\n' for at in range(300)
    ]
    (tree / "hostile" / "main.tf").write_text("".join(blocks))
    code, report = scan(tree)

    assert code == 3
    assert any("more than the 100 trails" in told for told in limits(report))


def test_selectors_without_end(tree: Path) -> None:
    (tree / "hostile" / "main.tf").write_text(
        'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n'
        + "  event_selector {}\n" * 20_000
        + "}\n"
    )
    code, report = scan(tree)

    assert code == 3
    assert any("more than" in told for told in limits(report))


def test_documents_that_are_merged_with_themselves(tree: Path) -> None:
    merged = "".join(
        f'data "aws_iam_policy_document" "d{at}" {{\n  source_policy_documents = '
        f"[data.aws_iam_policy_document.d{at - 1}.json, data.aws_iam_policy_document.d{at - 1}.json]\n}}\n"
        for at in range(1, 31)
    )
    bucket("{}")(tree / "hostile")
    text = (
        (tree / "hostile" / "main.tf")
        .read_text()
        .replace('file("policy.json")', "data.aws_iam_policy_document.d30.json")
    )
    first = (
        'data "aws_iam_policy_document" "d0" {\n  statement {\n    actions = ["s3:*"]\n    resources = ["*"]\n  }\n}\n'
    )
    (tree / "hostile" / "main.tf").write_text(text + first + merged)
    code, report = scan(tree)

    assert code == 3
    assert any("more than the 1000 statements" in told for told in limits(report))


@pytest.mark.parametrize(
    "text",
    [
        '{"format_version":"1.2","planned_values":' + '{"root_module":' * 100_000,
        '{"format_version":"1.2","planned_values":{"root_module":{"resources":[',
        '{"version":4,"resources":[{"mode":"managed","type":[],"instances":[{"attributes":[]},5]},7]}',
    ],
)
def test_plans_that_are_none(tree: Path, text: str) -> None:
    (tree / "hostile" / "plan.json").write_text(text)
    assert scan(tree, "hostile/plan.json")[0] == 3


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, f"[{'a.' * 100_000}a]\n", f"a = {'9' * 900_000}\n", f"# {'x' * 50_000_000}", "a\0"]
)
def test_configurations_of_this_program_are_refused_in_a_line(tree: Path, text: str) -> None:
    (tree / "main.tf").write_text(SOUND)
    (tree / "guardrails.toml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "guardrails", "scan", "."],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )

    assert done.returncode == 2
    assert "guardrails.toml" in done.stderr
    assert len(done.stderr) < 1000

"""What is fuzzed: each target takes any bytes, and raises if the program does anything but answer.

A scan must not raise, must not call anything an internal error, and must give a report in every format. How long it may
take is up to who calls.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import shutil
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from guardrails import config, plugins, run, selection
from guardrails.errors import GuardrailsError
from guardrails.findings import Outcome
from guardrails.formats.view import View
from guardrails.kernel.origin import SourceFile
from guardrails.kernel.truth import Verdict
from guardrails.semantics import filter_patterns
from guardrails.semantics.filters.syntax import LONGEST
from guardrails.semantics.partial import PartialRecord
from guardrails.sources.cloudformation import nodes
from guardrails.sources.cloudformation.detection import template_in
from guardrails.sources.cloudformation.parameter_files import read_parameters
from guardrails.sources.cloudformation.reading import read as read_template
from guardrails.sources.cloudformation.waivers import written_in
from guardrails.sources.terraform.hcl import (
    SyntaxFault,
    parse,
    parse_expression,
    parse_json,
    parse_json_values,
    parse_template,
)
from guardrails.sources.terraform.values import EvalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from guardrails.plugins import Plugins
    from guardrails.sources.cloudformation.nodes import Node

NEXT_FILE = b"\n#### "
"""Divides one input into several files: the name follows, to the end of the line."""

KEPT = """\
resource "aws_cloudtrail" "kept" {
  name                       = "kept"
  s3_bucket_name             = "elsewhere"
  enable_log_file_validation = false
}
"""

AUDITED = """\
resource "aws_cloudtrail" "t" {
  name           = "t"
  s3_bucket_name = aws_s3_bucket.b.id
  sns_topic_name = aws_sns_topic.t.name
  kms_key_id     = aws_kms_key.k.arn
}

resource "aws_s3_bucket" "b" {
  bucket = "logs"
}

resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = file("${path.module}/policy.json")
}

resource "aws_sns_topic" "t" {
  name   = "t"
  policy = file("${path.module}/policy.json")
}

resource "aws_kms_key" "k" {
  policy = file("${path.module}/policy.json")
}

resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = file("${path.module}/policy.json")
}

resource "aws_iam_role_policy" "r" {
  role   = aws_iam_role.r.id
  policy = file("${path.module}/policy.json")
}

resource "aws_organizations_policy" "o" {
  name    = "o"
  content = file("${path.module}/policy.json")
}
"""

THOROUGH = True
"""Whether every input is scanned beside a sound root, and reported in every format."""

BASE = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112 - memory is faster than a disk


class Wrong(AssertionError):  # noqa: N818 - it is a finding
    """The program did what it must never do."""


@cache
def loaded() -> Plugins:
    return plugins.load()


def judge(files: Mapping[str, bytes], settings: str = "", named: Sequence[str] = ()) -> run.Scan:
    """Scan files with all policies, beside a root that must be judged whatever they hold.

    That and the reports take as long as the files themselves, so while fuzzing one input in sixteen gets them.
    """
    thorough = THOROUGH or sum(map(len, files.values())) % 16 == 0
    folder = mkdtemp(prefix="guardrails-fuzz-", dir=BASE)
    try:
        for name, content in files.items():
            _write(f"{folder}/tree/{name}", content)
        if thorough:
            _write(f"{folder}/kept/main.tf", KEPT.encode())
        said = config.Config()
        if settings:
            _write(f"{folder}/guardrails.toml", settings.encode("utf-8", "surrogateescape"))
            said = config.read(f"{folder}/guardrails.toml", trusted=False)
        chosen = selection.choose(loaded().policies, said)
        paths = (folder, *(f"{folder}/tree/{name}" for name in named))
        request = run.Request(paths=paths, config=said, inputs=said.inputs)
        result = run.run(request, loaded(), chosen, run.Progress())
        result.policies = {policy.id: policy for policy in chosen.policies}
        _examine(result)
        if thorough:
            _report(result, kept=not settings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _examine(result: run.Scan) -> None:
    for gap in result.all_gaps():
        if gap.why == "INTERNAL":
            raise Wrong(gap.detail)
    for finding in result.findings:
        if finding.outcome is Outcome.ERROR:
            raise Wrong(f"{finding.policy} on {finding.resource}: {finding.message} {finding.because}")


def _report(result: run.Scan, *, kept: bool) -> None:
    told = {(found.policy, found.outcome) for found in result.findings if found.resource == "aws_cloudtrail.kept"}
    if kept and ("TRAIL-005", Outcome.FAIL) not in told:
        raise Wrong("a root beside what is wrong was not judged")
    for form in loaded().formats.values():
        text = form.render(result, View(verbose=True, outcomes=frozenset(Outcome)))
        text.encode("utf-8", "strict" if form.name == "text" else "backslashreplace")
        if form.name in ("json", "sarif"):
            json.loads(text)


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - plain text as in the program
    with open(path, "wb") as file:  # noqa: PTH123 - as above
        file.write(content)


# The targets


def syntax(data: bytes) -> None:
    """Reads bytes as files and as expressions."""
    parse("main.tf", data)
    parse_json("main.tf.json", data)
    parse_json_values("a.tfvars.json", data)
    source = SourceFile("main.tf", data.decode("utf-8", "replace"))
    for read in (parse_expression, parse_template):
        with suppress(SyntaxFault):
            read(source)


def configuration(data: bytes) -> None:
    """Scans files of configuration."""
    first, *others = data.split(NEXT_FILE)
    files = {"main.tf": first}
    for other in others[:6]:
        name, _, content = other.partition(b"\n")
        files[_file_name(name)] = content
    judge(files)


def _file_name(said: bytes) -> str:
    allowed = b"abcdefghijklmnopqrstuvwxyz0123456789_./"
    name = bytes(letter for letter in said[:60] if letter in allowed).decode()
    plain = "/".join(part for part in name.split("/") if part.strip("."))
    # A folder must not be where a file is wanted.
    return plain if plain.count("/") < 2 and "." in plain.rpartition("/")[2] else "more.tf"


def json_configuration(data: bytes) -> None:
    """Scans a file of configuration in JSON, and one of values."""
    judge({"main.tf.json": data, "terraform.tfvars.json": data[:2000]})


def plan(data: bytes) -> None:
    """Scans a plan or a state, whichever it looks like."""
    judge({"plan.json": data, "terraform.tfstate": data}, named=("plan.json", "terraform.tfstate"))


def template(data: bytes) -> None:
    """Reads bytes as a template, as whatever else they may be, and as values of parameters."""
    template_in(data, "template.yaml")
    text = data.decode("utf-8", "replace")
    read_parameters("parameters.json", text)
    found = read_template("template.yaml", text)
    if isinstance(found, nodes.Template):
        _in_bounds(found.root, len(found.source.text))
        for waiver in written_in(found, everywhere=True):
            for place in (waiver.origin, *waiver.covers, *waiver.within):
                if not 0 <= place.start <= place.stop <= len(found.source.text):
                    raise Wrong(f"{waiver} lies outside of the text")
    elif not 0 <= found.origin.start <= len(text):
        raise Wrong(f"{found} lies outside of the text")


def _in_bounds(root: Node, length: int) -> None:
    """Every node lies in the text; what holds another begins before it, unless that is written elsewhere."""
    waiting = [root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if not 0 <= node.start <= node.stop <= length:
            raise Wrong(f"{node} lies at {node.start}–{node.stop} of {length}")
        if isinstance(node, nodes.Call):
            waiting.append(node.argument)
        elif isinstance(node, nodes.Sequence):
            waiting += node.items
        elif isinstance(node, nodes.Mapping):
            for entry in node.entries:
                if not 0 <= entry.key_start <= entry.key_stop <= entry.stop <= length:
                    raise Wrong(f"`{entry.key}` lies at {entry.key_start}–{entry.key_stop}–{entry.stop} of {length}")
                waiting.append(entry.value)


def stack(data: bytes) -> None:
    """Scans templates: one that is named, and others that it may nest."""
    first, *others = data.split(NEXT_FILE)
    files = {"template.yaml": first}
    for other in others[:6]:
        name, _, content = other.partition(b"\n")
        files[_file_name(name)] = content
    judge(files, named=("template.yaml",))


def access(data: bytes) -> None:
    """Scans a policy document on everything that has one."""
    judge({"main.tf": AUDITED.encode(), "policy.json": data})


def selectors(data: bytes) -> None:
    """Scans a trail with event selectors; the bytes are JSON: a list of blocks of either kind."""
    try:
        said: Any = json.loads(data)
    except (ValueError, RecursionError):
        return
    trail: dict[str, object] = {"name": "t", "s3_bucket_name": "b"}
    if isinstance(said, dict):
        trail |= {str(name): value for name, value in said.items()}
    else:
        trail["advanced_event_selector"] = said
    text = json.dumps({"resource": {"aws_cloudtrail": {"t": trail, "u": {**trail, "name": "u"}}}})
    judge({"main.tf.json": text.encode("utf-8", "surrogatepass")})


def waivers(data: bytes) -> None:
    """Scans what is written in comments."""
    lines = (b"# guardrails: allow " + line for line in data.split(b"\n"))
    judge({"main.tf": b"\n".join(lines) + b"\n" + AUDITED.encode() + data, "policy.json": b"{}"})


def settings(data: bytes) -> None:
    """Reads a configuration of this program. It may be refused, with a message."""
    with suppress(GuardrailsError):
        judge({}, settings=data.decode("utf-8", "surrogateescape") or " ")


def patterns(data: bytes) -> None:
    """Runs a regular expression on a text; a line end divides the two."""
    written, _, text = data.decode("utf-8", "replace").partition("\n")
    with suppress(EvalError):
        _search(written, text)


def _search(written: str, text: str) -> None:
    from guardrails.sources.terraform.functions import call

    call("regexall", [written, text], None)
    call("replace", [text, f"/{written}/", "$0"], None)


def filters(data: bytes) -> None:
    """Asks a filter pattern about a record, which the last line is if it is JSON."""
    written, _, text = data.decode("utf-8", "replace").rpartition("\n")
    found = filter_patterns.parse(written)
    if isinstance(found, filter_patterns.PatternFault):
        if not 0 <= found.position <= max(len(written), LONGEST):
            raise Wrong(f"a fault at {found.position} of {len(written)}")
        return
    found.matches_message(text)
    try:
        record: Any = json.loads(text)
    except (ValueError, RecursionError):
        record = {}
    if not isinstance(record, dict):
        return
    answer = found.matches(record)
    whole = {True: Verdict.TRUE, False: Verdict.FALSE, None: Verdict.UNKNOWN}[answer]
    if found.is_json and found.answers(PartialRecord.from_json(record)).verdict is not whole:
        raise Wrong("a complete record is not answered as a partial one")
    if not found.is_json or len(str(found)) > LONGEST:
        return
    again = filter_patterns.parse(str(found))
    if not isinstance(again, filter_patterns.FilterPattern) or again.matches(record) is not answer:
        raise Wrong("what is written out is not the same pattern")


def filter_laws(data: bytes) -> None:
    """Holds the laws of filter patterns against patterns and records that are made of the bytes."""
    _law("monitoring", "test_filter_laws", data)


def selector_laws(data: bytes) -> None:
    """Holds the laws of event selectors against selectors and records that are made of the bytes."""
    _law("", "test_selector_laws", data)


def access_laws(data: bytes) -> None:
    """Holds the laws of access decisions against policies and requests that are made of the bytes."""
    _law("access", "test_decision_laws", data)


def _law(folder: str, module: str, data: bytes) -> None:
    """The first byte says which law; Hypothesis makes what it is about of the others."""
    laws = _laws(folder, module)
    if data:
        laws[data[0] % len(laws)](data[1:])


@cache
def _laws(folder: str, module: str) -> list[Callable[[bytes], object]]:
    """The property tests of a module, as functions of bytes."""
    semantics = Path(__file__).resolve().parents[1] / "semantics"
    sys.path[:0] = [str(semantics / folder), str(semantics)]
    tests = vars(importlib.import_module(module)).items()
    properties = [test for name, test in tests if name.startswith("test_") and hasattr(test, "hypothesis")]
    return [test.hypothesis.fuzz_one_input for test in properties if not inspect.signature(test).parameters]


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        syntax,
        configuration,
        json_configuration,
        plan,
        template,
        stack,
        access,
        selectors,
        waivers,
        settings,
        patterns,
        filters,
        filter_laws,
        selector_laws,
        access_laws,
    )
}

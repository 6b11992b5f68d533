"""docs/limits.md gives the figures that hold."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "limits.md"
FIGURES = {
    "a file of configuration": "sources.terraform.module_source.LARGEST_FILE",
    "a template": "sources.cloudformation.files.LARGEST_FILE",
    "levels of mappings and lists in a template": "sources.cloudformation.unreadable.DEEPEST",
    "keys and values of a template": "sources.cloudformation.unreadable.MOST_NODES",
    "steps of all expressions of one stack with those that it nests": "sources.cloudformation.stack.MOST_WORK",
    "copies that one `Fn::ForEach` makes": "sources.cloudformation.spreading.MOST_COPIES",
    "stacks within stacks, one in the other": "sources.cloudformation.nested.DEEPEST",
    "stacks that one root template nests": "sources.cloudformation.nested.MOST_STACKS",
    "combinations of possible values of one expression": "sources.cloudformation.evaluation.MOST_WAYS",
    "things wrong with one stack that are told": "sources.cloudformation.stack.MOST_PROBLEMS",
    "a plan or state": "sources.terraform_plan.json_text.LARGEST_FILE",
    "`guardrails.toml`": "config._MOST_BYTES",
    "parts of a key in `guardrails.toml`": "config._MOST_PARTS",
    "levels of an expression, of blocks, of JSON": "sources.terraform.hcl.expressions.MAX_DEPTH",
    "module calls above a module": "sources.terraform.module_calls.DEEPEST",
    "different modules of one root": "sources.terraform.module_calls.MOST_CALLS",
    "module instances of one root": "sources.terraform.module_scope.MOST_MODULES",
    "instances of one block (`count`, `for_each`, `dynamic`)": "sources.terraform.expansion.MOST_INSTANCES",
    "instances of one root that `count` and `for_each` make": "sources.terraform.module_scope.MOST_OBJECTS",
    "resources of one type in one root": "sources.terraform.deployment.MOST_RESOURCES",
    "steps of all expressions of one root": "sources.terraform.loops.MOST_WORK",
    "a string, and a file that a function reads": "sources.terraform.operators.LONGEST_STRING",
    "elements of a collection": "sources.terraform.operators.LONGEST_LIST",
    "digits of an exponent": "sources.terraform.arithmetic.WIDEST_EXPONENT",
    "steps of one regular expression": "sources.terraform.functions.regular._MOST_STEPS",
    "files that one `fileset()` looks at": "sources.terraform.functions.files._MOST_ENTRIES",
    "statements that `aws_iam_policy_document` merges": "sources.terraform.policy_document.MOST_STATEMENTS",
    "statements of one policy document": "lower.aws.documents.MOST_STATEMENTS",
    "values of one policy document": "lower.aws.documents.MOST_VALUES",
    "asterisks in one text of a policy document": "lower.aws.documents.MOST_WILDCARDS",
    "policies of one role, user or group": "lower.aws.identity.MOST_POLICIES",
    "comparisons of identities with the audit resources of one root": "semantics.access.powers.MOST_COMPARISONS",
    "blocks of one kind in one resource": "lower.reader.MOST_BLOCKS",
    "event selectors of one trail with their values": "semantics.selectors.MOST_COMPARED",
    "trails and event data stores that are compared with each other": "semantics.scope.MOST_COMPARED",
    "combinations of event fields": "semantics.coverage.MOST_COMBINATIONS",
    "verdicts of one policy on one root": "judge.MOST_VERDICTS",
}
ROWS = dict(
    re.findall(r"^\| (.+?) \| ([\d,]+(?: MB| MiB)?)(?: characters)? \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
)


def test_every_row_is_checked() -> None:
    assert ROWS.keys() == FIGURES.keys()


@pytest.mark.parametrize("what", FIGURES)
def test_a_figure_is_that_of_the_program(what: str) -> None:
    module, _, name = FIGURES[what].rpartition(".")
    figure = getattr(importlib.import_module(f"guardrails.{module}"), name)
    written = ROWS[what]
    for unit in (" MB", " MiB"):
        if written.endswith(unit):
            figure //= 1024 * 1024
            written = written.removesuffix(unit)

    assert int(written.replace(",", "")) == figure

"""Random expressions, evaluated here and by terraform itself."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from console import TERRAFORM, Answer, Console
from evaluation import Names, agrees, gaps, names_of, outcome
from generation import ASSIGNMENTS, MAIN, Generator

from guardrails.sources.terraform.conversion import reconciled, unifiable_type_of
from guardrails.sources.terraform.functions import call
from guardrails.sources.terraform.hcl import failures, nodes
from guardrails.sources.terraform.hcl.failures import failed_type
from guardrails.sources.terraform.operators import BINARY
from guardrails.sources.terraform.typesystem import ObjectType, TupleType, vague
from guardrails.sources.terraform.values import EvalError, HclSet, Unknown, reasons_in, wholly_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from guardrails.sources.terraform.typesystem import Type

pytestmark = [
    pytest.mark.terraform,
    pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path"),
]


EXPRESSIONS = 4000


class Judges:
    """Terraform with the variables unknown, and with each assignment of values to them."""

    def __init__(self, directory: Path) -> None:
        self._consoles: list[Console] = []
        for number, assignment in enumerate(("", *ASSIGNMENTS)):
            root = directory / str(number)
            root.mkdir()
            (root / "main.tf").write_text(MAIN)
            (root / "terraform.tfvars").write_text(assignment)
            self._consoles.append(Console(root))
        self.scope = names_of(directory / "0")

    def ask(self, expressions: list[str]) -> list[tuple[Answer, ...]]:
        """For each expression the answer with all unknown, and that for each assignment."""
        return list(zip(*(console.ask(expressions) for console in self._consoles), strict=True))

    def close(self) -> None:
        for console in self._consoles:
            console.close()


@pytest.fixture(scope="module")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judges]:
    judges = Judges(tmp_path_factory.mktemp("root"))
    yield judges
    judges.close()


@dataclass
class Tally:
    """How often what was the case."""

    wrong: list[str] = field(default_factory=list)
    explained: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gaps: list[str] = field(default_factory=list)
    refused: int = 0
    known: int = 0
    more_precise: int = 0

    def report(self, purpose: str, description: str) -> None:
        (self.explained[purpose] if purpose else self.wrong).append(description)


def contradicts(ours: object, answer: Answer, assigned: Sequence[Answer]) -> bool:
    """Whether terraform says otherwise: with all unknown, where it knows less, or with values for the variables."""
    if isinstance(ours, EvalError):
        return not answer.error and not all(other.error for other in assigned)
    if answer.error:
        return wholly_known(ours)
    theirs = answer.value()
    final = [other.value() for other in assigned if not other.error]
    if not agrees(ours, theirs):
        # Sometimes terraform itself makes a list of what it first called a tuple.
        return not agrees(ours, theirs, shapes=False) or all(agrees(theirs, other) for other in final)
    # With null for a variable, an error in a branch not taken may change the type of the other.
    return any(not agrees(ours, other, shapes=False) and agrees(theirs, other, shapes=False) for other in final)


@contextmanager
def both_sides() -> Iterator[None]:
    """As terraform 1.11 evaluates `&&` and `||`: unknown if either side is, and an error if either side is one."""

    def apply(self: nodes.Binary, left: object, scope: nodes.Scope) -> object:
        right = self.right.evaluate(scope)
        result = BINARY[self.operator](left, right)
        for side in (left, right):
            if isinstance(side, Unknown) and self.operator in ("&&", "||"):
                return Unknown(side.reasons)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes.Binary, "apply", apply)
        yield


@contextmanager
def both_branches() -> Iterator[None]:
    """A string is refused too beside a branch that cannot stand beside it."""

    def taken(branch: nodes.Expression, other: nodes.Expression, scope: nodes.Scope) -> object:
        value = branch.evaluate(scope)
        try:
            rival = unifiable_type_of(other.evaluate(scope))
        except EvalError:
            rival = failures.failed_type(other, scope)
        return reconciled(value, rival)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "_taken", taken)
        yield


@contextmanager
def failing_branches() -> Iterator[None]:
    """A branch that fails is known to be a tuple or an object if it is a `for` or a splat."""

    def failed(node: nodes.Expression, scope: nodes.Scope) -> Type:
        if isinstance(node, nodes.ForTuple | nodes.Splat):
            return TupleType(())
        return ObjectType({}) if isinstance(node, nodes.ForObject) else failed_type(node, scope)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failures, "failed_type", failed)
        yield


@contextmanager
def cautious() -> Iterator[None]:
    """`try` is unknown if any leaf of its first argument is, and of any type."""
    lenient = nodes.FunctionCall._try  # noqa: SLF001 - what is replaced for a moment

    def attempt(self: nodes.FunctionCall, scope: nodes.Scope) -> object:
        value = lenient(self, scope)
        return value if wholly_known(value) else Unknown(tuple(reasons_in(value)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes.FunctionCall, "_try", attempt)
        yield


@contextmanager
def unpresuming() -> Iterator[None]:
    """A branch beside one of unknown type, null among them, may be converted."""

    def converted(value: object, rival: Type) -> object:
        return Unknown(()) if vague(rival) and not isinstance(value, str) else reconciled(value, rival)

    def both(yes: object, no: object) -> tuple[object, object]:
        return converted(yes, unifiable_type_of(no)), converted(no, unifiable_type_of(yes))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "reconciled", converted)
        patch.setattr(nodes, "reconciled_both", both)
        yield


@contextmanager
def null_conditions() -> Iterator[None]:
    """A condition that is not known may turn out to be null, which is an error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "choose", lambda _, reasons: Unknown(reasons))
        yield


@contextmanager
def vague_calls() -> Iterator[None]:
    """Nothing is known about the result of a call with an unknown argument: terraform may refuse it all the same."""

    def vague_call(name: str, arguments: list[object], scope: nodes.Scope) -> object:
        if all(map(wholly_known, arguments)):
            return call(name, arguments, scope)
        return Unknown(tuple(reasons_in(arguments)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "call", vague_call)
        yield


@contextmanager
def typed_nulls() -> Iterator[None]:
    """Every null is of a type that is not known here, and so is what holds it."""

    def evaluate(self: nodes.Expression, scope: nodes.Scope) -> object:
        value = usual[type(self)](self, scope)
        return Unknown(()) if _holds_null(value) else value

    kinds: tuple[type[nodes.Expression], ...] = (
        nodes.GetAttribute,
        nodes.Index,
        nodes.Conditional,
        nodes.FunctionCall,
        nodes.TupleExpression,
        nodes.ObjectExpression,
    )
    usual: dict[type[nodes.Expression], Callable[[nodes.Expression, nodes.Scope], object]] = {
        kind: kind.evaluate for kind in kinds
    }
    with pytest.MonkeyPatch.context() as patch:
        for kind in kinds:
            patch.setattr(kind, "evaluate", evaluate)
        yield


def _holds_null(value: object) -> bool:
    if isinstance(value, HclSet):
        return any(map(_holds_null, value.items))
    if isinstance(value, dict):
        return any(map(_holds_null, value.values()))
    return any(map(_holds_null, value)) if isinstance(value, list) else value is None


PURPOSES = {
    "the right side of && and || counts only where it decides": both_sides,
    "a branch not taken does not count beside a string": both_branches,
    "a branch that fails is of any type": failing_branches,
    "try gives its first argument though leaves are unknown": cautious,
    "a branch beside one of unknown type stays as it is": unpresuming,
    "a condition that is not known is presumed not to be null": null_conditions,
    "a null has no type": typed_nulls,
    "a call with an unknown argument is unknown before it is wrong": vague_calls,
}
"""The differences on purpose. One explains a contradiction if there is none without it."""


def judge(scope: Names, expression: str, answer: Answer, assigned: Sequence[Answer], tally: Tally) -> None:
    if "panic in function" in answer.text:
        return
    ours = outcome(scope, expression)
    if isinstance(ours, EvalError):
        tally.refused += 1
    if contradicts(ours, answer, assigned):
        tally.report(explained(scope, expression, answer, assigned), describe(expression, ours, answer, *assigned))
    elif not answer.error and not isinstance(ours, EvalError):
        theirs = answer.value()
        tally.known += wholly_known(theirs)
        tally.more_precise += isinstance(theirs, Unknown) and not isinstance(ours, Unknown)
        if gaps(ours, theirs):
            tally.gaps.append(describe(expression, ours, answer))


def explained(scope: Names, expression: str, answer: Answer, assigned: Sequence[Answer]) -> str:
    """The purpose behind a contradiction, or empty."""
    for purpose, without in PURPOSES.items():
        with without():
            if not contradicts(outcome(scope, expression), answer, assigned):
                return purpose
    with ExitStack() as stack:
        for without in PURPOSES.values():
            stack.enter_context(without())
        return "" if contradicts(outcome(scope, expression), answer, assigned) else "several of these"


def describe(expression: str, ours: object, *answers: Answer) -> str:
    return "\n".join([expression, f"    here: {ours!r}", *(f"    terraform: {answer.text}" for answer in answers)])


def run(judges: Judges, seed: int, count: int) -> Tally:
    generator = Generator(random.Random(seed))
    expressions = [generator.expression(1 + number % 4) for number in range(count)]
    tally = Tally()
    for expression, (answer, *assigned) in zip(expressions, judges.ask(expressions), strict=True):
        judge(judges.scope, expression, answer, assigned, tally)
    return tally


def test_random_expressions_do_not_contradict_terraform(judges: Judges, capsys: pytest.CaptureFixture[str]) -> None:
    tally = run(judges, seed=1, count=EXPRESSIONS)
    with capsys.disabled():
        sys.stdout.write(f"\n{summary(tally, EXPRESSIONS)}\n")
    assert not tally.wrong, "\n".join(tally.wrong[:20])
    assert sum(map(len, tally.explained.values())) < EXPRESSIONS / 100
    assert len(tally.gaps) < EXPRESSIONS / 100


def summary(tally: Tally, count: int) -> str:
    lines = [
        f"{count} expressions: terraform knows {tally.known}, of which {len(tally.gaps)} are less known here; "
        f"{tally.more_precise} known here only, {tally.refused} refused",
        *(f"different on purpose, {purpose}: {len(found)}" for purpose, found in tally.explained.items()),
    ]
    return "\n".join(lines)

"""One more condition for a statement of a policy, whichever way the document is written."""

from __future__ import annotations

from guardrails.remedies import heredocs
from guardrails.remedies.edits import RefusedError, line_ending, with_block, with_last
from guardrails.remedies.layout import STEP, Line, Pair, aligned, is_aligned, runs_of
from guardrails.remedies.steps import Nested
from guardrails.sources.terraform.hcl.nodes import (
    Conditional,
    FunctionCall,
    Literal,
    ObjectExpression,
    TupleExpression,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guardrails.remedies.steps import AddCondition, NewStatement
    from guardrails.sources.terraform.hcl.nodes import Block, Expression


def with_condition(
    path: str, text: str, block: Block, which: Sequence[tuple[str, int]], offset: int, step: AddCondition
) -> str:
    """The text in which the statement around a place of a block holds under one more condition.

    `which` is the nested block of that place, `offset` how far it is behind the beginning of the block.
    """
    if which[:1] and which[0][0] == "statement":
        spec = Nested(
            "condition",
            {"test": f'"{step.operator}"', "variable": f'"{step.key}"', "values": f"[{', '.join(step.values)}]"},
        )
        return with_block(path, text, block.start, ("statement",), spec, which[:1])
    at = block.start + offset
    for one in block.body.arguments.values():
        if one.value.start <= at < one.value.stop and heredocs.is_heredoc(text, one.value):
            return heredocs.with_condition(path, text, one.value, at, step)
    roots = (one.value for one in block.body.arguments.values())
    around = [one for one in _objects(*roots) if one.start <= at < one.stop and _pair(text, one, "Effect")]
    if not around:
        raise RefusedError(f"{path} does not write the statement in a form that can be edited here")
    statement = min(around, key=lambda one: one.stop - one.start)
    values = step.values[0] if len(step.values) == 1 else f"[{', '.join(step.values)}]"
    test = f'"{step.key}" = {values}'
    there = _pair(text, statement, "Condition")
    if there is None:
        return _with_pair(text, statement, "Condition", f"{{ {step.operator} = {{ {test} }} }}")
    if not isinstance(there.value, ObjectExpression):
        raise RefusedError(f"{path} works out the conditions of the statement: what they are must change")
    operator = _pair(text, there.value, step.operator)
    if operator is None:
        return _with_pair(text, there.value, step.operator, f"{{ {test} }}")
    if not isinstance(operator.value, ObjectExpression) or _pair(text, operator.value, step.key) is not None:
        raise RefusedError(f"{path} has such a condition already, and it differs")
    return _with_pair(text, operator.value, f'"{step.key}"', values)


def with_statement(path: str, text: str, block: Block, argument: str, statement: NewStatement) -> str:
    """The text in which the policy of a block has one more statement, at its end."""
    if block.type == "data":
        return with_block(path, text, block.start, (), statement.as_block())
    there = block.body.arguments.get(argument)
    if there is None:
        raise RefusedError(f"{path} sets no `{argument}` there")
    if heredocs.is_heredoc(text, there.value):
        return heredocs.with_statement(path, text, there.value, statement)
    outer = [one for one in _objects(there.value) if _pair(text, one, "Statement")]
    found = _pair(text, outer[0], "Statement") if len(outer) == 1 else None
    if found is None or not isinstance(found.value, TupleExpression) or not found.value.items:
        raise RefusedError(f"{path} does not write `{argument}` in a form to which a statement can be added")
    last, closing = found.value.items[-1], found.value.stop - 1
    begin = text.rfind("\n", 0, last.stop) + 1
    indent = text[begin : last.stop - 1]
    if indent.strip() or not isinstance(last, ObjectExpression):
        raise RefusedError(f"{path} writes the statements of `{argument}` on one line")
    ending = line_ending(text)
    rest = text[last.stop : closing]
    if not rest.strip(", \t") and "\n" not in rest:  # `}]`
        new = statement.as_object(indent).replace("\n", ending)
        return f"{text[:begin]}{indent}{STEP}}}, {new}{text[last.stop + len(rest) :]}"
    return with_last(text, last.stop, closing, statement.as_object(indent).replace("\n", ending))


def _objects(*roots: Expression) -> Iterator[ObjectExpression]:
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if isinstance(one, ObjectExpression):
            yield one
            waiting += [value for _, value in one.pairs]
        elif isinstance(one, TupleExpression):
            waiting += one.items
        elif isinstance(one, FunctionCall):
            waiting += one.arguments
        elif isinstance(one, Conditional):
            waiting += (one.yes, one.no)


def _pair(text: str, there: ObjectExpression, name: str) -> Pair | None:
    for key, value in there.pairs:
        if isinstance(key, Literal) and isinstance(key.value, str) and key.value.lower() == name.lower():
            return Pair(key.start, text[key.start : key.stop], value)
    return None


def _with_pair(text: str, there: ObjectExpression, name: str, value: str) -> str:
    """The text in which an object has one more pair, at its end."""
    pairs = [Pair(key.start, text[key.start : key.stop], one) for key, one in there.pairs]
    if not pairs:
        return f"{text[: there.start]}{{ {name} = {value} }}{text[there.stop :]}"
    last = pairs[-1]
    begin = text.rfind("\n", 0, last.start) + 1
    indent = text[begin : last.start]
    if indent.strip():  # The object is written on one line.
        return f"{text[: last.value.stop]}, {name} = {value}{text[last.value.stop :]}"
    end = text.find("\n", last.value.stop)
    ending = line_ending(text)
    between = text[last.start + len(last.name) : last.value.start]
    colon = between.strip() == ":"
    comma = "," if text[last.value.stop : end].lstrip().startswith(",") else ""
    if last.name.startswith('"') and not name.startswith('"'):
        name = f'"{name}"'
    added = f"{indent}{name}{between if colon else ' = '}{value}{comma}{ending}"
    run = next((run for run in runs_of(text, pairs) if run[-1].name == last.name), None)
    changed = f"{text[: end + 1]}{added}{text[end + 1 :]}"
    if run is None or colon or not is_aligned(text, run):
        return changed
    lines = [*run, Line(end + 1, end + 1 + len(added) - len(ending), indent, name, value, "")]
    return changed[: run[0].start] + ending.join(aligned(lines)) + changed[lines[-1].stop :]

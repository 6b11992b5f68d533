"""Conditions, in three values, and what follows from one of them for the others."""

from __future__ import annotations

from guardrails.sources.cloudformation.nodes import Call, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.spreading import named
from guardrails.sources.cloudformation.stack import LimitError
from guardrails.sources.terraform.values import Choice, EvalError, Input, Ref, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as Dictionary

    from guardrails.sources.cloudformation.stack import Scope

    Answer = bool | Unknown
    Followed = tuple[Dictionary[str, bool], Dictionary[str, str], Dictionary[str, frozenset[str]]]

_DEEPEST = 50
"""Conditions within conditions that are looked into for what follows from one."""
_MOST_OPERANDS = 10
"""What `Fn::And` and `Fn::Or` take."""


class _Busy(Unknown):
    """Stands for a condition while it is worked out."""


_BUSY = _Busy(())


def holds(name: str, scope: Scope) -> Answer:
    """Whether a condition holds. Raises EvalError where there is none by that name."""
    assumed = scope.assumed.get(name)
    if assumed is not None:
        return assumed
    answers = scope.answers
    known = answers.get(name)
    if known is not None:
        if known is _BUSY:
            raise EvalError(f"condition `{name}` depends on itself")
        return known
    field = scope.stack.written("Conditions", name)
    if field is None:
        gaps = scope.stack.section("Conditions").gaps
        if gaps:
            return Unknown(gaps)
        known_names = tuple(scope.stack.section("Conditions").fields)
        raise EvalError(f"there is no condition `{name}`{scope.run.hint(name, known_names)}")
    answers[name] = _BUSY
    inner = field.scope
    if scope.assumed or scope.settled or scope.excluded:
        inner = scope.elsewhere(inner.bound)
    try:
        answer = truth(field.entry.value, inner)
    except EvalError as error:
        answer = Unknown((scope.run.refused(error, scope.stack.head(field.entry)),))
    except RecursionError:
        refusal = LimitError("the condition follows from too long a chain of conditions")
        answer = Unknown((scope.run.refused(refusal, scope.stack.head(field.entry)),))
    finally:
        answers.pop(name, None)
    answers[name] = answer
    return answer


def truth(node: Node, scope: Scope) -> Answer:
    """Whether an expression of conditions holds."""
    scope.run.charge(1)
    name, argument = _operator(node)
    if name == "Condition":
        if not isinstance(argument, Scalar):
            raise EvalError("`Condition` takes the name of a condition")
        return holds(named(argument.text, scope), scope)
    if name == "Fn::Not":
        answer = truth(_operands(argument, name, 1, 1)[0], scope)
        return answer if isinstance(answer, Unknown) else not answer
    if name in ("Fn::And", "Fn::Or"):
        return _together(_operands(argument, name, 1, _MOST_OPERANDS), scope, deciding=name == "Fn::Or")
    if name == "Fn::Equals":
        left, right = _operands(argument, name, 2, 2)
        return _equal(left, right, scope)
    if isinstance(node, Scalar) and isinstance(node.content, bool):
        return node.content
    shown = f"`{name}`" if name else "this"
    raise EvalError(f"{shown} is no condition: it takes `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` or `Condition`")


def _operator(node: Node) -> tuple[str, Node]:
    """The name of a condition function, and its argument: the long form of `Condition` is a mapping."""
    if isinstance(node, Call):
        return node.name, node.argument
    if isinstance(node, Mapping) and len(node.entries) == 1:
        return node.entries[0].key, node.entries[0].value
    return "", node


def _operands(argument: Node, name: str, least: int, most: int) -> tuple[Node, ...]:
    if isinstance(argument, Sequence) and least <= len(argument.items) <= most:
        return argument.items
    count = str(least) if least == most else f"{least} to {most}"
    raise EvalError(f"`{name}` takes a list of {count} {'condition' if least == most == 1 else 'values'}")


def _together(operands: tuple[Node, ...], scope: Scope, *, deciding: bool) -> Answer:
    """Whether all hold, or any: the operand that decides, decides whatever the others are."""
    open_ones: list[Unknown] = []
    for operand in operands:
        answer = truth(operand, scope)
        if isinstance(answer, Unknown):
            open_ones.append(answer)
        elif answer is deciding:
            return deciding
    if open_ones:
        return Unknown(tuple(dict.fromkeys(reason for one in open_ones for reason in one.reasons)))
    return not deciding


def _equal(left: Node, right: Node, scope: Scope) -> Answer:
    from guardrails.sources.cloudformation.evaluation import each_way

    found = each_way([_operand(left, scope), _operand(right, scope)], lambda way: same(way[0], way[1]))
    assert isinstance(found, (bool, Unknown))
    return Unknown(found.reasons) if isinstance(found, Choice) else found


def _operand(node: Node, scope: Scope) -> object:
    from guardrails.sources.cloudformation.evaluation import evaluate

    if isinstance(node, Scalar) and node.content is not None:
        return node.text
    return evaluate(node, scope)


def same(left: object, right: object) -> Answer:
    """Whether two values are equal as `Fn::Equals` sees it: as texts, or as lists of texts."""
    from guardrails.sources.cloudformation.evaluation import as_text

    if isinstance(left, list) or isinstance(right, list):
        return _same_lists(left, right)
    left, right = as_text(left) if left is not None else "", as_text(right) if right is not None else ""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, (Ref, Input, Text)) and left == right:
        return True
    if isinstance(left, str):
        left, right = right, left
    assert isinstance(left, Unknown)
    if isinstance(left, Text) and isinstance(right, str) and not _fits(left, right):
        return False
    reasons = (*left.reasons, *(right.reasons if isinstance(right, Unknown) else ()))
    return Unknown(tuple(dict.fromkeys(reasons)))


def _fits(shape: Text, text: str) -> bool:
    """Whether a text may be what a text with holes comes to. One that is but a hole is not empty."""
    if not shape.prefix and not shape.suffix and not text:
        return False
    long_enough = len(text) >= sum(len(part) for part in shape.parts if isinstance(part, str))
    return long_enough and text.startswith(shape.prefix) and text.endswith(shape.suffix)


def _same_lists(left: object, right: object) -> Answer:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        unknown = left if isinstance(left, Unknown) else right
        assert isinstance(unknown, Unknown)
        return Unknown(unknown.reasons)
    if not isinstance(left, list) or not isinstance(right, list) or len(left) != len(right):
        return False
    open_ones: list[Unknown] = []
    for one, other in zip(left, right, strict=True):
        answer = same(one, other)
        if answer is False:
            return False
        if isinstance(answer, Unknown):
            open_ones.append(answer)
    return Unknown(open_ones[0].reasons) if open_ones else True


# --- what follows


def following(name: str, answer: bool, scope: Scope) -> Followed:
    """What is known where a condition is known to hold, or not: other conditions by name, values of parameters, and
    values that parameters do not have."""
    assumed = dict(scope.assumed)
    settled = dict(scope.settled)
    excluded = dict(scope.excluded)
    pending: list[tuple[Node | str, bool, int]] = [(name, answer, 0)]
    while pending:
        what, holding, depth = pending.pop()
        scope.run.charge(1)
        if isinstance(what, str):
            if what in assumed:
                continue
            assumed[what] = holding
            field = scope.stack.written("Conditions", what)
            if field is None or field.scope.bound or depth > _DEEPEST:
                continue
            what = field.entry.value
        operator, argument = _operator(what)
        operands = argument.items if isinstance(argument, Sequence) else ()
        if operator == "Condition" and isinstance(argument, Scalar):
            pending.append((argument.text, holding, depth + 1))
        elif operator == "Fn::Not" and len(operands) == 1:
            pending.append((operands[0], not holding, depth + 1))
        elif (
            (operator == "Fn::And" and holding)
            or (operator == "Fn::Or" and not holding)
            or (operator in ("Fn::And", "Fn::Or") and len(operands) == 1)
        ):
            pending += [(operand, holding, depth + 1) for operand in operands]
        elif operator == "Fn::Equals" and len(operands) == 2:
            _compare(operands[0], operands[1], holding, settled, excluded)
            _compare(operands[1], operands[0], holding, settled, excluded)
    return assumed, settled, excluded


def _compare(
    mentioned: Node,
    literal: Node,
    equal: bool,
    settled: dict[str, str],
    excluded: dict[str, frozenset[str]],
) -> None:
    """Note what it means for a parameter that it is equal to something written, or is not."""
    if not isinstance(mentioned, Call) or mentioned.name != "Ref" or not isinstance(mentioned.argument, Scalar):
        return
    if not isinstance(literal, Scalar) or literal.content is None or "{{resolve:" in literal.text:
        return
    name = mentioned.argument.text
    if name.startswith("AWS::"):
        return
    if equal:
        settled.setdefault(name, literal.text)
    else:
        excluded[name] = excluded.get(name, frozenset()) | {literal.text}

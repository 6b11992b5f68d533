"""Policies that are written as JSON in a heredoc: one more statement, or one more condition for one.

What is interpolated is hidden from the JSON reader by something of the same length, so that places stay what they are.
"""

from __future__ import annotations

import json
import re

from guardrails.remedies.edits import RefusedError
from guardrails.remedies.templates.edits import statement_around, template_of, with_entry, with_item
from guardrails.sources.cloudformation.nodes import Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.remedies.steps import AddCondition, NewStatement
    from guardrails.remedies.templates.values import Content
    from guardrails.sources.cloudformation.nodes import Node
    from guardrails.sources.terraform.hcl.nodes import Expression

_OPENING = re.compile(r"<<-?\w+\r?\n")
_INTERPOLATION = re.compile(r"\$\{[^{}]*\}")
_HIDDEN = str.maketrans('"\\\n\r\t', "_____")


def is_heredoc(text: str, value: Expression) -> bool:
    return text.startswith("<<", value.start)


def with_statement(path: str, text: str, value: Expression, statement: NewStatement) -> str:
    """The text in which the document has one more statement, at its end."""

    def changed(body: str, root: Mapping) -> str:
        there = root.get("Statement")
        if not isinstance(there, Sequence):
            raise RefusedError(f"{path} does not write the policy in a form to which a statement can be added")
        return with_item(body, there, _statement(statement))

    return _changed(path, text, value, changed)


def with_condition(path: str, text: str, value: Expression, at: int, step: AddCondition) -> str:
    """The text in which the statement around a place holds under one more condition."""
    start, _ = _span(path, text, value)

    def changed(body: str, root: Mapping) -> str:
        found = statement_around(root, at - start)
        said: Content = _one_or_more(step.values)
        if found is None:
            raise RefusedError(f"{path} does not write the statement in a form that can be edited here")
        node: Node = found
        names = ("Condition", step.operator, step.key)
        for number, name in enumerate(names):
            entry = node.entry(name) if isinstance(node, Mapping) else None
            if isinstance(node, Mapping) and entry is None:
                for inner in reversed(names[number + 1 :]):
                    said = {inner: said}
                return with_entry(body, node, name, said)
            if entry is None:
                break
            node = entry.value
        raise RefusedError(f"{path} has such a condition already, and it differs")

    return _changed(path, text, value, changed)


def _changed(path: str, text: str, value: Expression, change: Callable[[str, Mapping], str]) -> str:
    start, stop = _span(path, text, value)
    body = _INTERPOLATION.sub(lambda found: found[0].translate(_HIDDEN), text[start:stop])
    made = change(body, template_of(path, body).root)
    same = next((at for at, (old, new) in enumerate(zip(body, made, strict=False)) if old != new), len(body))
    more = len(made) - len(body)
    if made[same + more :] != body[same:]:
        raise RefusedError(f"{path} does not write the policy in a form that can be edited here")
    return f"{text[: start + same]}{made[same : same + more]}{text[start + same :]}"


def _span(path: str, text: str, value: Expression) -> tuple[int, int]:
    """Where the JSON stands."""
    opening = _OPENING.match(text, value.start)
    start = text.find("{", opening.end()) if opening else -1
    stop = text.rfind("}", value.start, value.stop) + 1
    if opening is None or not opening.end() <= start < stop or text[opening.end() : start].strip():
        raise RefusedError(f"{path} does not write the policy in a form that can be edited here")
    return start, stop


def _statement(said: NewStatement) -> Content:
    kind, who = said.principal
    found: dict[str, Content] = {"Sid": said.sid, "Effect": said.effect}
    if kind:
        found["Principal"] = "*" if kind == "*" else {kind: _one_or_more(who)}
    found["NotAction" if said.all_but_actions else "Action"] = _one_or_more(said.actions)
    if said.resources:
        found["Resource"] = _one_or_more(said.resources)
    conditions: dict[str, Content] = {}
    for one in said.conditions:
        tests = conditions.setdefault(one.operator, {})
        assert isinstance(tests, dict)
        tests[one.key] = _one_or_more(one.values)
    return {**found, "Condition": conditions} if conditions else found


def _one_or_more(values: tuple[str, ...]) -> Content:
    said: list[Content] = [_content(value) for value in values]
    return said[0] if len(said) == 1 else said


def _content(expression: str) -> str:
    """An expression as a text in which it is interpolated."""
    return str(json.loads(expression)) if expression.startswith('"') else f"${{{expression}}}"

"""Values as templates write them: the expressions of steps in CloudFormation's words, and these as YAML or JSON."""

from __future__ import annotations

import json
import re

from guardrails.kernel.record import Record
from guardrails.remedies.edits import RefusedError
from guardrails.sources.terraform.hcl import parse
from guardrails.sources.terraform.hcl.nodes import (
    FunctionCall,
    GetAttribute,
    Literal,
    Name,
    ObjectExpression,
    Template,
    TupleExpression,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from guardrails.sources.terraform.hcl.nodes import Expression

    Content: TypeAlias = "bool | int | str | list[Content] | dict[str, Content] | Function"


class Function(Record):
    """A function of CloudFormation: `Ref` or `Fn::…`, and what it is asked with."""

    name: str
    argument: str


class Known(Record):
    """What a name in an expression stands for: a resource of the template."""

    logical_id: str
    type: str


PSEUDO = {"account": "AWS::AccountId", "partition": "AWS::Partition", "region": "AWS::Region"}
_BY_REF = frozenset(("AWS::SNS::Topic",))
"""Whose `Ref` is the ARN."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PLAIN = re.compile(r"[A-Za-z][\w./-]*(?::{1,2}[\w./*-]+)*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


def content_of(expression: str, known: Mapping[str, Known]) -> Content:
    """What an expression of a step comes to in a template. `known` are the names in braces."""
    text = _PLACEHOLDER.sub(lambda found: f"__{found[1]}" if found[1] in {*known, *PSEUDO} else found[0], expression)
    parsed = parse("", f"x = {text}\n")
    if parsed.faults or "x" not in parsed.body.arguments:
        raise RefusedError(f"`{expression}` cannot be said in a template")
    return _content(parsed.body.arguments["x"].value, known)


def _content(value: Expression, known: Mapping[str, Known]) -> Content:
    if isinstance(value, Literal) and isinstance(value.value, bool | int | str):
        return value.value
    if isinstance(value, TupleExpression):
        return [_content(item, known) for item in value.items]
    if isinstance(value, ObjectExpression):
        return {str(_content(key, known)): _content(one, known) for key, one in value.pairs}
    if isinstance(value, FunctionCall) and value.name == "jsonencode" and len(value.arguments) == 1:
        return _content(value.arguments[0], known)
    if isinstance(value, Template):
        said = "".join(_part(part, known) for part in value.parts)
        return Function("Fn::Sub", said)
    if isinstance(value, Name) and value.name.removeprefix("__") in PSEUDO:
        return Function("Ref", PSEUDO[value.name.removeprefix("__")])
    target, attribute = _attribute(value, known)
    if attribute == "id" or (attribute == "arn" and target.type in _BY_REF):
        return Function("Ref", target.logical_id)
    return Function("Fn::GetAtt", f"{target.logical_id}.{attribute.title()}")


def _part(part: Expression, known: Mapping[str, Known]) -> str:
    if isinstance(part, Literal):
        return str(part.value).replace("${", "${!")
    if isinstance(part, Name) and part.name.removeprefix("__") in PSEUDO:
        return f"${{{PSEUDO[part.name.removeprefix('__')]}}}"
    target, attribute = _attribute(part, known)
    if attribute == "arn" and target.type == "AWS::Logs::LogGroup":
        # Its attribute ends in `:*`, behind which nothing can stand.
        return f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{target.logical_id}}}"
    if attribute == "id" or target.type in _BY_REF:
        return f"${{{target.logical_id}}}"
    return f"${{{target.logical_id}.{attribute.title()}}}"


def _attribute(value: Expression, known: Mapping[str, Known]) -> tuple[Known, str]:
    if isinstance(value, GetAttribute) and isinstance(value.target, Name) and value.name in ("arn", "id", "name"):
        target = known.get(value.target.name.removeprefix("__"))
        if target is not None:
            return target, "id" if value.name == "name" else value.name
    raise RefusedError("what the change refers to cannot be said in a template")


# --- as text ----------------------------------------------------------------------------------------------------------


def as_json(value: Content, indent: str) -> str:
    """As JSON; lists and mappings with something in them take several lines, the first not indented."""
    return json.dumps(_long(value), indent=2, ensure_ascii=False).replace("\n", f"\n{indent}")


def in_line(value: Content) -> str:
    """As YAML on one line."""
    if isinstance(value, Function):
        return f"!{value.name.removeprefix('Fn::')} {_text(value.argument)}"
    if isinstance(value, list):
        return f"[{', '.join(map(in_line, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_text(key)}: {in_line(one)}' for key, one in value.items())} }}" if value else "{}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def below(value: Content, indent: str) -> str:
    """As YAML behind a key or a dash of a block: on the same line, or on lines of its own, which begin with a line
    ending and end without one."""
    if isinstance(value, dict) and value:
        return "".join(f"\n{indent}{_text(key)}:{_behind(one, indent + '  ')}" for key, one in value.items())
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        return "".join(f"\n{indent}- {_behind(one, indent + '  ').lstrip()}" for one in value)
    return f" {in_line(value)}"


def _behind(value: Content, indent: str) -> str:
    return below(value, indent)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f"'{text}'" if "'" not in text and "\\" not in text else json.dumps(text)


def _long(value: Content) -> object:
    if isinstance(value, Function):
        said = value.argument.split(".", 1) if value.name == "Fn::GetAtt" else value.argument
        return {value.name: said}
    if isinstance(value, list):
        return [_long(one) for one in value]
    return {key: _long(one) for key, one in value.items()} if isinstance(value, dict) else value

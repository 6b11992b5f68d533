"""Values of templates as text, in YAML or JSON."""

from __future__ import annotations

import json

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.sources.cloudformation.nodes import Broken, Call, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.scalars import content_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import TypeAlias

    Value: TypeAlias = "str | bool | int | Decimal | list[Value] | dict[str, Value] | Function | None"

_PLAIN = compile_later(r"[A-Za-z0-9_/.](?:[A-Za-z0-9_/.@+=$*()-]|:(?=[A-Za-z0-9_/.@$*:])| (?=[A-Za-z0-9_/.@+=$*()]))*")
"""Texts that need no quotes, unless they mean something else than themselves."""


class Function(Record):
    """A function of CloudFormation by its long name; `Fn::GetAtt` with its argument in one text, `Bucket.Arn`."""

    name: str
    argument: Value


class Style(Record):
    """How a text is written."""

    is_json: bool
    short: bool
    """Functions are tags: `!Ref`."""
    step: str
    """One level of indentation."""
    end: str
    """Of lines."""


def plain(node: Node) -> Value:
    """What a node holds."""
    if isinstance(node, Scalar):
        return node.content
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {entry.key: plain(entry.value) for entry in node.entries}
    if isinstance(node, Call):
        argument = plain(node.argument)
        if node.name == "Fn::GetAtt" and isinstance(argument, list) and all(isinstance(part, str) for part in argument):
            argument = ".".join(map(str, argument))
        return Function(node.name, argument)
    assert isinstance(node, Broken)
    return Function("", node.message)


def same(one: Value, other: Value) -> bool:
    """Whether two values are alike, their types and the order of keys included: `true` is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Function) and isinstance(other, Function):
        return one.name == other.name and same(one.argument, other.argument)
    return type(one) is type(other) and one == other


def inline(value: Value, style: Style) -> str:
    """A value on one line."""
    if isinstance(value, Function):
        if style.short and not style.is_json and _has_short_form(value):
            argument = value.argument
            said = _text(argument, style) if isinstance(argument, str) else inline(argument, style)
            return f"!{value.name.removeprefix('Fn::')} {said}"
        return inline(_long(value), style)
    if isinstance(value, dict):
        inside = ", ".join(f"{_text(key, style)}: {inline(one, style)}" for key, one in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(inline(one, style) for one in value)}]"
    if isinstance(value, str):
        return _text(value, style, flow=True)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def lines(value: Value, style: Style, indent: str) -> list[str]:
    """A value over several lines: the first goes on where it stands, the others have their indentation. In YAML the
    first line is empty where all goes below."""
    if isinstance(value, Function) and (style.is_json or not style.short or not _has_short_form(value)):
        value = _long(value)
    if isinstance(value, Function) or not isinstance(value, (dict, list)) or not value:
        return [inline(value, style) if not isinstance(value, str) else _text(value, style)]
    if style.is_json:
        return _json_lines(value, style, indent)
    said = [""]
    if isinstance(value, dict):
        for key, one in value.items():
            first, *rest = lines(one, style, indent + style.step)
            said += [f"{indent}{_text(key, style)}:{' ' if first else ''}{first}", *rest]
        return said
    for one in value:
        first, *rest = lines(one, style, f"{indent}  ")
        if first or not rest:
            said += [f"{indent}- {first}", *rest]
        else:
            said += [f"{indent}- {rest[0].lstrip()}", *rest[1:]]
    return said


def _json_lines(value: dict[str, Value] | list[Value], style: Style, indent: str) -> list[str]:
    inner = indent + style.step
    pairs = (
        [(f"{json.dumps(key, ensure_ascii=False)}: ", one) for key, one in value.items()]
        if isinstance(value, dict)
        else [("", one) for one in value]
    )
    said = ["{" if isinstance(value, dict) else "["]
    for at, (key, one) in enumerate(pairs):
        first, *rest = lines(one, style, inner)
        said += [f"{inner}{key}{first}", *rest]
        if at < len(pairs) - 1:
            said[-1] += ","
    return [*said, f"{indent}{'}' if isinstance(value, dict) else ']'}"]


def _has_short_form(function: Function) -> bool:
    """Whether a tag may say it: not where its argument is another tag."""
    return not isinstance(function.argument, Function)


def _long(function: Function) -> dict[str, Value]:
    argument = function.argument
    if function.name == "Fn::GetAtt" and isinstance(argument, str):
        argument = list(argument.split(".", 1))
    return {function.name: argument}


def _text(text: str, style: Style, *, flow: bool = False) -> str:
    if style.is_json:
        return json.dumps(text, ensure_ascii=False)
    if _PLAIN.fullmatch(text) and content_of(text) == text and not (flow and "," in text):
        return text
    if text.isprintable():
        quoted = text.replace("'", "''")
        return f"'{quoted}'"
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    """A letter as YAML has it between double quotes."""
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(letter, f"\\U{ord(letter):08x}")

"""The syntax tree of the Terraform language: slotted classes, made once a file and shared by all module instances.

Every node keeps the offsets of its text. `evaluate` is implemented here, beside the data, and takes a `Scope`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from decimal import Decimal

    from guardrails.kernel.origin import SourceFile


class Scope(Protocol):
    """What an expression may look at."""

    def lookup(self, name: str, node: Expression) -> object:
        """The value or `Namespace` that a root identifier names; raises EvalError where there is none."""
        ...


class Expression:
    """Base of all expressions. `start` and `stop` are offsets into the file's text."""

    __slots__ = ("start", "stop")

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop

    def evaluate(self, scope: Scope) -> object:
        raise NotImplementedError


class Literal(Expression):
    """A number, bool, null, or a string without interpolation (escapes decoded)."""

    __slots__ = ("value",)

    def __init__(self, start: int, stop: int, value: str | bool | int | Decimal | None) -> None:
        self.start = start
        self.stop = stop
        self.value = value


class Template(Expression):
    """A string with interpolations or directives; always evaluates to a string.

    A quoted template that is nothing but one interpolation is lowered by the parser to its inner expression; a heredoc
    never is.
    """

    __slots__ = ("parts",)

    def __init__(self, start: int, stop: int, parts: tuple[Expression, ...]) -> None:
        self.start = start
        self.stop = stop
        self.parts = parts


class TemplateFor(Expression):
    """`%{ for k, v in collection }body%{ endfor }`: the concatenated bodies."""

    __slots__ = ("body", "collection", "key_name", "value_name")

    def __init__(
        self, start: int, stop: int, key_name: str | None, value_name: str, collection: Expression, body: Expression
    ) -> None:
        self.start = start
        self.stop = stop
        self.key_name = key_name
        self.value_name = value_name
        self.collection = collection
        self.body = body


class Name(Expression):
    """The root identifier of a traversal: `var`, `local`, `aws_s3_bucket`, an iterator."""

    __slots__ = ("name",)

    def __init__(self, start: int, stop: int, name: str) -> None:
        self.start = start
        self.stop = stop
        self.name = name


class GetAttribute(Expression):
    """`target.name`"""

    __slots__ = ("name", "target")

    def __init__(self, start: int, stop: int, target: Expression, name: str) -> None:
        self.start = start
        self.stop = stop
        self.target = target
        self.name = name


class Index(Expression):
    """`target[key]`, and the legacy `target.0` (key a Literal int)."""

    __slots__ = ("key", "target")

    def __init__(self, start: int, stop: int, target: Expression, key: Expression) -> None:
        self.start = start
        self.stop = stop
        self.target = target
        self.key = key


class Splat(Expression):
    """`target[*].each` and `target.*.each`: `each` is evaluated with the element in place of the `SplatItem`.

    Both spellings lower to this node. They differ in what the parser puts inside `each`: attributes and, for `[*]`
    only, indexes. `a.*.b[0]` is Index(Splat(a, .b), 0).
    """

    __slots__ = ("each", "item", "target")

    def __init__(self, start: int, stop: int, target: Expression, each: Expression, item: SplatItem) -> None:
        self.start = start
        self.stop = stop
        self.target = target
        self.each = each
        self.item = item


class SplatItem(Expression):
    """The element that a splat is at: a leaf inside `Splat.each`."""

    __slots__ = ()


class TupleExpression(Expression):
    """`[a, b]`"""

    __slots__ = ("items",)

    def __init__(self, start: int, stop: int, items: tuple[Expression, ...]) -> None:
        self.start = start
        self.stop = stop
        self.items = items


class ObjectExpression(Expression):
    """`{ a = 1, (b) = 2 }`: a bare identifier as key is lowered to a Literal string."""

    __slots__ = ("pairs",)

    def __init__(self, start: int, stop: int, pairs: tuple[tuple[Expression, Expression], ...]) -> None:
        self.start = start
        self.stop = stop
        self.pairs = pairs


class ForTuple(Expression):
    """`[for k, v in collection : value if condition]`"""

    __slots__ = ("collection", "condition", "key_name", "value", "value_name")

    def __init__(
        self,
        start: int,
        stop: int,
        key_name: str | None,
        value_name: str,
        collection: Expression,
        value: Expression,
        condition: Expression | None,
    ) -> None:
        self.start = start
        self.stop = stop
        self.key_name = key_name
        self.value_name = value_name
        self.collection = collection
        self.value = value
        self.condition = condition


class ForObject(Expression):
    """`{for k, v in collection : key => value... if condition}`; `grouped` stands for the `...`."""

    __slots__ = ("collection", "condition", "grouped", "key", "key_name", "value", "value_name")

    def __init__(
        self,
        start: int,
        stop: int,
        key_name: str | None,
        value_name: str,
        collection: Expression,
        key: Expression,
        value: Expression,
        condition: Expression | None,
        grouped: bool,
    ) -> None:
        self.start = start
        self.stop = stop
        self.key_name = key_name
        self.value_name = value_name
        self.collection = collection
        self.key = key
        self.value = value
        self.condition = condition
        self.grouped = grouped


class FunctionCall(Expression):
    """`name(a, b...)`; `name` keeps its namespace (`provider::aws::arn_parse`); `spread` stands for the `...`."""

    __slots__ = ("arguments", "name", "spread")

    def __init__(self, start: int, stop: int, name: str, arguments: tuple[Expression, ...], spread: bool) -> None:
        self.start = start
        self.stop = stop
        self.name = name
        self.arguments = arguments
        self.spread = spread


class Unary(Expression):
    """`-a`, `!a`"""

    __slots__ = ("operand", "operator")

    def __init__(self, start: int, stop: int, operator: str, operand: Expression) -> None:
        self.start = start
        self.stop = stop
        self.operator = operator
        self.operand = operand


class Binary(Expression):
    """`a + b` and the other left-associative operators."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, start: int, stop: int, operator: str, left: Expression, right: Expression) -> None:
        self.start = start
        self.stop = stop
        self.operator = operator
        self.left = left
        self.right = right


class Conditional(Expression):
    """`condition ? yes : no`, and the template directive `%{ if }` (whose branches are Templates or Literals)."""

    __slots__ = ("condition", "no", "yes")

    def __init__(self, start: int, stop: int, condition: Expression, yes: Expression, no: Expression) -> None:
        self.start = start
        self.stop = stop
        self.condition = condition
        self.yes = yes
        self.no = no


class Argument:
    """`name = value` in a body. `start`..`stop` spans the whole line; `file` is where it stands (override files)."""

    __slots__ = ("file", "name", "start", "stop", "value")

    def __init__(self, file: SourceFile, start: int, stop: int, name: str, value: Expression) -> None:
        self.file = file
        self.start = start
        self.stop = stop
        self.name = name
        self.value = value


class Block:
    """`type "label" … { body }`. `start`..`header_stop` spans the header, `stop` is behind the closing brace."""

    __slots__ = ("body", "file", "header_stop", "labels", "start", "stop", "type")

    def __init__(
        self, file: SourceFile, start: int, header_stop: int, stop: int, type: str, labels: tuple[str, ...], body: Body
    ) -> None:
        self.file = file
        self.start = start
        self.header_stop = header_stop
        self.stop = stop
        self.type = type
        self.labels = labels
        self.body = body


class Body:
    """Arguments by name, and nested blocks in source order."""

    __slots__ = ("arguments", "blocks")

    def __init__(self, arguments: dict[str, Argument], blocks: list[Block]) -> None:
        self.arguments = arguments
        self.blocks = blocks

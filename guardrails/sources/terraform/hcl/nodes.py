"""The syntax tree of the Terraform language: slotted classes, made once a file and shared by all module instances.

Every node keeps the offsets of its text. `evaluate` is implemented here, beside the data, and takes a `Scope`. It
returns a value and raises `EvalError`, nothing else; what the operations mean on values stands in `operators`,
`traversal` and `conversion`.
"""

from __future__ import annotations

from operator import itemgetter

from guardrails.kernel.typed import Protocol, cast
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.conversion import reconciled, reconciled_both, typed, unifiable_type_of
from guardrails.sources.terraform.functions import call
from guardrails.sources.terraform.loops import EXHAUSTED, Loop, afford, charge, is_wanted, looped, try_out, weight
from guardrails.sources.terraform.operators import (
    BINARY,
    TOO_DEEP,
    UNARY,
    as_condition,
    choose,
    over,
    unknown_from,
)
from guardrails.sources.terraform.templates import as_piece, concatenated, joined
from guardrails.sources.terraform.traversal import attribute, expanded, index, key_text, splatted, spread_of
from guardrails.sources.terraform.typesystem import BOOL
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclList,
    Input,
    Namespace,
    Ref,
    Text,
    Typed,
    UndeclaredError,
    Unknown,
    reasons_in,
    wholly_known,
)

TYPE_CHECKING = False
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

    structure = False
    """Whether the value can only be a list or an object."""

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop

    def evaluate(self, scope: Scope) -> object:
        """The value here; raises EvalError where terraform refuses."""
        raise NotImplementedError

    def traverse(self, scope: Scope) -> object:
        """The value, or the `Namespace` if it is one: for what only takes a step from there."""
        return self.evaluate(scope)

    def whole(self, namespace: Namespace) -> object:
        """A namespace as an ordinary value."""
        try:
            return namespace.value()
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP

    def located(self, error: EvalError) -> EvalError:
        """The error, placed here unless it has a place already."""
        if error.start < 0:
            error.start, error.stop = self.start, self.stop
        return error


class Literal(Expression):
    """A number, bool, null, or a string without interpolation (escapes decoded)."""

    __slots__ = ("value",)

    def __init__(self, start: int, stop: int, value: str | bool | int | Decimal | None) -> None:
        self.start = start
        self.stop = stop
        self.value = value

    def evaluate(self, scope: Scope) -> object:  # noqa: ARG002 - a literal needs none
        return self.value


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

    def evaluate(self, scope: Scope) -> object:
        pieces: list[str | Unknown] = []
        known = True
        for part in self.parts:
            try:
                piece = part.evaluate(scope)
                if type(piece) is not str:
                    piece = as_piece(piece)
                    known = known and type(piece) is str
            except EvalError as error:
                raise part.located(error) from None
            except RecursionError:
                return TOO_DEEP
            pieces.append(piece)
        whole = concatenated(cast("list[str]", pieces)) if known else joined(pieces)
        return afford(scope, whole)


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

    def evaluate(self, scope: Scope) -> object:
        try:
            collection = self.collection.evaluate(scope)
            length = self.stop - self.start
            return afford(scope, looped(scope, collection, self.key_name, self.value_name, self._bodies, length))
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP

    def _bodies(self, loop: Loop, items: list[tuple[object, object]]) -> object:
        body = self.body
        pieces: list[str | Unknown] = []
        for loop.key, loop.value in items:
            pieces.append(as_piece(body.evaluate(loop)))
        return joined(pieces)


class Name(Expression):
    """The root identifier of a traversal: `var`, `local`, `aws_s3_bucket`, an iterator."""

    __slots__ = ("name",)

    def __init__(self, start: int, stop: int, name: str) -> None:
        self.start = start
        self.stop = stop
        self.name = name

    def evaluate(self, scope: Scope) -> object:
        value = self.traverse(scope)
        return self.whole(value) if isinstance(value, Namespace) else value

    def traverse(self, scope: Scope) -> object:
        try:
            return scope.lookup(self.name, self)
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP


class GetAttribute(Expression):
    """`target.name`"""

    __slots__ = ("name", "target")

    def __init__(self, start: int, stop: int, target: Expression, name: str) -> None:
        self.start = start
        self.stop = stop
        self.target = target
        self.name = name

    def evaluate(self, scope: Scope) -> object:
        value = self.traverse(scope)
        return self.whole(value) if isinstance(value, Namespace) else value

    def traverse(self, scope: Scope) -> object:
        try:
            node = self.target
            # The first step from a root is by far the most frequent one.
            target = scope.lookup(node.name, node) if type(node) is Name else node.traverse(scope)
            if isinstance(target, Namespace):
                return target.attribute(self.name)
            return attribute(target, self.name)
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP


class Index(Expression):
    """`target[key]`, and the legacy `target.0` (key a Literal int)."""

    __slots__ = ("key", "target")

    def __init__(self, start: int, stop: int, target: Expression, key: Expression) -> None:
        self.start = start
        self.stop = stop
        self.target = target
        self.key = key

    def evaluate(self, scope: Scope) -> object:
        value = self.traverse(scope)
        return self.whole(value) if isinstance(value, Namespace) else value

    def traverse(self, scope: Scope) -> object:
        try:
            target = self.target.traverse(scope)
            key = self.key.evaluate(scope)
            if isinstance(target, Namespace):
                return target.index(key)
            return index(target, key)
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP


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

    def evaluate(self, scope: Scope) -> object:
        try:
            return self._spread(self.target.evaluate(scope), scope)
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP

    def _spread(self, target: object, scope: Scope) -> object:
        if isinstance(target, Choice):
            return over(target, lambda one: self._spread(one, scope))
        items = splatted(target)
        each = self.each
        loop = Loop(scope, None, splat=self.item)
        if isinstance(items, Unknown):
            loop.value = items
            made = each.evaluate(loop)
            return made if isinstance(made, Ref) else spread_of(target, made)
        if each is self.item:
            return items
        if not loop.charge(len(items)):
            return EXHAUSTED
        values = [each.evaluate(loop) for loop.value in items]
        return HclList(values) if isinstance(items, HclList) else values


class SplatItem(Expression):
    """The element that a splat is at: a leaf inside `Splat.each`."""

    __slots__ = ()

    def evaluate(self, scope: Scope) -> object:
        return scope.lookup("", self)


class TupleExpression(Expression):
    """`[a, b]`"""

    __slots__ = ("items",)

    structure = True

    def __init__(self, start: int, stop: int, items: tuple[Expression, ...]) -> None:
        self.start = start
        self.stop = stop
        self.items = items

    def evaluate(self, scope: Scope) -> object:
        try:
            return [item.evaluate(scope) for item in self.items]
        except RecursionError:
            return TOO_DEEP


class ObjectExpression(Expression):
    """`{ a = 1, (b) = 2 }`: a bare identifier as key is lowered to a Literal string."""

    __slots__ = ("_fixed", "pairs")

    structure = True

    def __init__(self, start: int, stop: int, pairs: tuple[tuple[Expression, Expression], ...]) -> None:
        self.start = start
        self.stop = stop
        self.pairs = pairs
        self._fixed: tuple[tuple[str, Expression], ...] | None = None

    def evaluate(self, scope: Scope) -> object:
        fixed = self._fixed
        if fixed is None:
            fixed = self._fixed = self._sorted()
        try:
            if len(fixed) == len(self.pairs):
                return {name: item.evaluate(scope) for name, item in fixed}
            return self._with_computed_keys(scope)
        except RecursionError:
            return TOO_DEEP

    def _sorted(self) -> tuple[tuple[str, Expression], ...]:
        """The pairs in the order of their keys, if these are all plain and different; else nothing."""
        named = {key.value: item for key, item in self.pairs if type(key) is Literal and type(key.value) is str}
        return tuple(sorted(named.items(), key=itemgetter(0))) if len(named) == len(self.pairs) else ()

    def _with_computed_keys(self, scope: Scope) -> object:
        made: dict[str, object] = {}
        hole: Unknown | None = None
        for key, item in self.pairs:
            try:
                name = key_text(key.evaluate(scope))
            except EvalError as error:
                raise key.located(error) from None
            value = item.evaluate(scope)
            if isinstance(name, Unknown):
                hole = hole or unknown_from(name)
            else:
                made[name] = value
        return hole or dict(sorted(made.items()))


class ForTuple(Expression):
    """`[for k, v in collection : value if condition]`"""

    __slots__ = ("collection", "condition", "key_name", "value", "value_name")

    structure = True

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

    def evaluate(self, scope: Scope) -> object:
        try:
            collection = self.collection.evaluate(scope)
            return looped(scope, collection, self.key_name, self.value_name, self._values, self.stop - self.start)
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP

    def _values(self, loop: Loop, items: list[tuple[object, object]]) -> object:
        value, condition = self.value, self.condition
        if condition is None:
            return [value.evaluate(loop) for loop.key, loop.value in items]
        if not items:
            try_out(condition, loop)
        made: list[object] = []
        for loop.key, loop.value in items:
            wanted = is_wanted(condition, loop)
            if wanted is True:
                made.append(value.evaluate(loop))
            elif isinstance(wanted, Unknown):
                return wanted
        return made


class ForObject(Expression):
    """`{for k, v in collection : key => value... if condition}`; `grouped` stands for the `...`."""

    __slots__ = ("collection", "condition", "grouped", "key", "key_name", "value", "value_name")

    structure = True

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

    def evaluate(self, scope: Scope) -> object:
        try:
            collection = self.collection.evaluate(scope)
            return looped(scope, collection, self.key_name, self.value_name, self._pairs, self.stop - self.start)
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP

    def _pairs(self, loop: Loop, items: list[tuple[object, object]]) -> object:
        made: dict[str, object] = {}
        groups: dict[str, list[object]] = {}
        if self.condition is not None and not items:
            try_out(self.condition, loop)
        for loop.key, loop.value in items:
            if self.condition is not None:
                wanted = is_wanted(self.condition, loop)
                if wanted is False:
                    continue
                if isinstance(wanted, Unknown):
                    return wanted
            name = key_text(self.key.evaluate(loop))
            if isinstance(name, Unknown):
                return unknown_from(name)
            value = self.value.evaluate(loop)
            if self.grouped:
                groups.setdefault(name, []).append(value)
            elif name in made:
                raise EvalError(f"two different items produced the key \"{name}\" in this 'for' expression")
            else:
                made[name] = value
        return dict(sorted((groups if self.grouped else made).items()))


class FunctionCall(Expression):
    """`name(a, b...)`; `name` keeps its namespace (`provider::aws::arn_parse`); `spread` stands for the `...`."""

    __slots__ = ("arguments", "name", "spread")

    def __init__(self, start: int, stop: int, name: str, arguments: tuple[Expression, ...], spread: bool) -> None:
        self.start = start
        self.stop = stop
        self.name = name
        self.arguments = arguments
        self.spread = spread

    def evaluate(self, scope: Scope) -> object:
        name = self.name
        try:
            if name == "try" or name == "core::try":
                return self._try(scope)
            if name == "can" or name == "core::can":
                return self._can(scope)
            arguments = [argument.evaluate(scope) for argument in self.arguments]
            if self.spread:
                last = expanded(arguments.pop())
                if isinstance(last, Unknown):
                    return last
                arguments += last
            if not charge(scope, 1 + sum(map(weight, arguments))):
                return EXHAUSTED
            return afford(scope, call(name, arguments, scope.base if type(scope) is Loop else scope))
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP

    def _try(self, scope: Scope) -> object:
        failure = "it has no arguments"
        for argument in self.arguments:
            try:
                value = argument.evaluate(scope)
            except UndeclaredError:
                raise
            except EvalError as error:
                failure = error.message
                continue
            # Terraform calls the result unknown if any leaf of it is. That would blank whole blocks of well-meant
            # defaults, so the first expression that does not fail counts, though it may fail once all is known: then it
            # is of no certain type.
            if isinstance(value, Text) and any(isinstance(part, Input) for part in value.parts):
                # An input may be null, so that terraform goes on to the next.
                return Text(tuple(Unknown(one.reasons) if isinstance(one, Input) else one for one in value.parts))
            return Unknown(value.reasons) if isinstance(value, Typed) else value
        raise EvalError(f"call of `try` failed, no expression succeeded: {failure}")

    def _can(self, scope: Scope) -> object:
        if len(self.arguments) != 1:
            raise EvalError(f"`can` takes 1 argument, got {len(self.arguments)}")
        try:
            value = self.arguments[0].evaluate(scope)
        except UndeclaredError:
            raise
        except EvalError:
            return False
        return True if wholly_known(value) else Typed(BOOL, tuple(dict.fromkeys(reasons_in(value))))


class Unary(Expression):
    """`-a`, `!a`"""

    __slots__ = ("operand", "operator")

    def __init__(self, start: int, stop: int, operator: str, operand: Expression) -> None:
        self.start = start
        self.stop = stop
        self.operator = operator
        self.operand = operand

    def evaluate(self, scope: Scope) -> object:
        try:
            return UNARY[self.operator](self.operand.evaluate(scope))
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP


class Binary(Expression):
    """`a + b` and the other left-associative operators."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, start: int, stop: int, operator: str, left: Expression, right: Expression) -> None:
        self.start = start
        self.stop = stop
        self.operator = operator
        self.left = left
        self.right = right

    def evaluate(self, scope: Scope) -> object:
        left = self.left
        if type(left) is not Binary:
            try:
                return self.apply(left.evaluate(scope), scope)
            except RecursionError:
                return TOO_DEEP
        # A long chain leans to the left: `((a + b) + c) + …`. It is as deep as it is long.
        chain = [self]
        while type(left) is Binary:
            chain.append(left)
            left = left.left
        try:
            value = left.evaluate(scope)
            while chain:
                value = chain.pop().apply(value, scope)
        except RecursionError:
            return TOO_DEEP
        return value

    def apply(self, left: object, scope: Scope) -> object:
        operator = self.operator
        if (left is False and operator == "&&") or (left is True and operator == "||"):
            return left  # whatever stands on the right, an error too
        try:
            return BINARY[operator](left, self.right.evaluate(scope))
        except EvalError as error:
            raise self.located(error) from None


class Conditional(Expression):
    """`condition ? yes : no`, and the template directive `%{ if }` (whose branches are Templates or Literals)."""

    __slots__ = ("condition", "no", "yes")

    def __init__(self, start: int, stop: int, condition: Expression, yes: Expression, no: Expression) -> None:
        self.start = start
        self.stop = stop
        self.condition = condition
        self.yes = yes
        self.no = no

    def evaluate(self, scope: Scope) -> object:
        try:
            condition = self.condition.evaluate(scope)
            if type(condition) is not bool:
                condition = as_condition(condition)
            if condition is True:
                return _taken(self.yes, self.no, scope)
            if condition is False:
                return _taken(self.no, self.yes, scope)
            yes, no = _attempted(self.yes, scope), _attempted(self.no, scope)
            return choose(reconciled_both(yes, no), condition.reasons)
        except EvalError as error:
            raise self.located(error) from None
        except RecursionError:
            return TOO_DEEP


def _taken(branch: Expression, other: Expression, scope: Scope) -> object:
    """The value of the branch taken. The other one has a say in its type: `true ? 1 : "a"` is "1"."""
    value = branch.evaluate(scope)
    kind = type(value)
    if value is None or (type(other) is Literal and (type(other.value) is kind or other.value is None)):
        return value
    if kind is str and not other.structure:
        return value  # strings stay what they are beside anything they can stand beside
    try:
        rival = unifiable_type_of(other.evaluate(scope))
    except UndeclaredError:
        raise
    except EvalError:
        from guardrails.sources.terraform.hcl.failures import failed_type  # it knows the nodes

        rival = failed_type(other, scope)
    return reconciled(value, rival)


def _attempted(branch: Expression, scope: Scope) -> object:
    """The value of a branch that may not be taken: an error in it is only one more thing not known."""
    try:
        return branch.evaluate(scope)
    except UndeclaredError:
        raise
    except EvalError as error:
        from guardrails.sources.terraform.hcl.failures import failed_type  # it knows the nodes

        return typed(failed_type(branch, scope), (Reason(Why.INVALID, error.message),))


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

    __slots__ = ("_body", "file", "header_stop", "labels", "start", "stop", "type")

    def __init__(
        self,
        file: SourceFile,
        start: int,
        header_stop: int,
        stop: int,
        type: str,
        labels: tuple[str, ...],
        body: Body | int,
    ) -> None:
        """`body` may be the offset of its first line: it is then read when it is asked for."""
        self.file = file
        self.start = start
        self.header_stop = header_stop
        self.stop = stop
        self.type = type
        self.labels = labels
        self._body = body

    @property
    def body(self) -> Body:
        body = self._body
        if isinstance(body, int):
            from guardrails.sources.terraform.hcl.parser import body_at  # it knows the nodes

            body = self._body = body_at(self.file, body)
        return body


class Body:
    """Arguments by name, and nested blocks in source order."""

    __slots__ = ("arguments", "blocks")

    def __init__(self, arguments: dict[str, Argument], blocks: list[Block]) -> None:
        self.arguments = arguments
        self.blocks = blocks

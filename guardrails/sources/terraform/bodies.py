"""The nested blocks of a body, repeated ones expanded, whichever syntax they are written in."""

from __future__ import annotations

from guardrails.kernel.origin import Origin
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Truth, unknown
from guardrails.sources.terraform.errors import LocatedError, located
from guardrails.sources.terraform.expansion import EXISTS, Expansion, by_dynamic, placed, refused
from guardrails.sources.terraform.hcl import nodes
from guardrails.sources.terraform.instances import BlockScope
from guardrails.sources.terraform.loops import EXHAUSTED, charge
from guardrails.sources.terraform.values import Choice, EvalError, HclSet, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.why import Reason
    from guardrails.sources.terraform.module_scope import ModuleInstance

REFERENCES = frozenset(("ignore_changes", "replace_triggered_by"))
"""Arguments that name things, and do not mean what these are."""


class Nested(Record):
    """One nested block: what is written in it, where, and what its expressions see."""

    body: nodes.Body
    scope: ModuleInstance | BlockScope
    head: Origin
    exists: Truth = EXISTS


class Constant(nodes.Expression):
    """A value that stands for itself: what an expression was found to yield, read as a body."""

    __slots__ = ("value",)

    def __init__(self, start: int, stop: int, value: object) -> None:
        super().__init__(start, stop)
        self.value = value

    def evaluate(self, scope: nodes.Scope) -> object:  # noqa: ARG002 - the base's signature
        return self.value


def made_by(block: nodes.Block) -> str:
    """The type of block that a block makes: a `dynamic` one makes those that it is labelled with."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def nested(body: nodes.Body, scope: ModuleInstance | BlockScope, name: str) -> tuple[list[Nested], tuple[Reason, ...]]:
    """The nested blocks called `name` in source order, and why there may be more."""
    found: list[Nested] = []
    gaps: list[Reason] = []
    for block in body.blocks:
        if block.type == name:
            head = Origin(block.file, block.start, block.header_stop, via=scope.module.via)
            found.append(Nested(block.body, scope, head))
        elif block.type == "dynamic" and block.labels == (name,):
            gaps += _dynamic(block, scope, found)
    argument = body.arguments.get(name)
    if argument is not None and name not in REFERENCES:
        gaps += _written_as_argument(argument, scope, found)
    repeated = body.arguments.get("dynamic")
    if repeated is not None:
        for block in _dynamic_in_json(repeated, name):
            gaps += _dynamic(block, scope, found)
    return found, tuple(dict.fromkeys(gaps))


_BLOCK = 20
"""What a repeated block counts for among the steps of the expressions: it is made, linked and read by itself."""


def _dynamic(block: nodes.Block, scope: ModuleInstance | BlockScope, found: list[Nested]) -> tuple[Reason, ...]:
    head = Origin(block.file, block.start, block.header_stop, via=scope.module.via)
    content = next((inner.body for inner in block.body.blocks if inner.type == "content"), None)
    if content is None:
        written = block.body.arguments.get("content")
        bodies = list(_syntactic(written)) if written is not None else []
        content = bodies[0] if bodies else nodes.Body({}, [])
    iterator = _iterator(block)
    expansion = _repeated(block, scope)
    if not charge(scope, len(expansion.slots) * _BLOCK):
        return placed(EXHAUSTED.reasons, head)
    for slot in expansion.slots:
        inner = BlockScope(scope, iterator, {"key": slot.each_key, "value": slot.each_value})
        found.append(Nested(content, inner, head, slot.exists))
    return expansion.reasons if not expansion.ways else ()


def _iterator(block: nodes.Block) -> str:
    written = block.body.arguments.get("iterator")
    if written is not None:
        if isinstance(written.value, nodes.Name):
            return written.value.name
        if isinstance(written.value, nodes.Literal) and isinstance(written.value.value, str):
            return written.value.value
    return block.labels[0]


def _repeated(block: nodes.Block, scope: ModuleInstance | BlockScope) -> Expansion:
    module = scope.module
    argument = block.body.arguments.get("for_each")
    if argument is None:
        error = LocatedError(f"the dynamic block `{block.labels[0]}` has no `for_each`", module.place(block))
        return refused("for_each", module.reason_of(error))
    try:
        where = Origin(argument.file, argument.start, argument.stop, via=module.via)
        return by_dynamic(module.evaluate(argument, scope)).placed(where)
    except EvalError as error:
        wrong = located(error, argument.file, argument.start, argument.stop, module.via)
        return refused("for_each", module.reason_of(wrong))


def _written_as_argument(
    argument: nodes.Argument, scope: ModuleInstance | BlockScope, found: list[Nested]
) -> tuple[Reason, ...]:
    """Blocks written as an object or a list of objects: in JSON, or as the value of an attribute."""
    module = scope.module
    head = Origin(argument.file, argument.start, argument.stop, via=module.via)
    bodies = list(_syntactic(argument))
    if bodies:
        found += [Nested(body, scope, _head(body, head)) for body in bodies]
        return ()
    try:
        value = module.evaluate(argument, scope)
    except EvalError as error:
        reason = module.reason_of(located(error, argument.file, argument.start, argument.stop, module.via))
        return (reason,)
    return _from_value(value, argument, scope, head, EXISTS, found)


def _from_value(
    value: object,
    argument: nodes.Argument,
    scope: ModuleInstance | BlockScope,
    head: Origin,
    exists: Truth,
    found: list[Nested],
) -> tuple[Reason, ...]:
    if isinstance(value, Choice):
        perhaps = exists & unknown(*placed(value.reasons, head))
        gaps: list[Reason] = []
        for one in value.alternatives:
            gaps += _from_value(one, argument, scope, head, perhaps, found)
        return tuple(gaps)
    if isinstance(value, Unknown):
        return placed(value.reasons, head)
    if isinstance(value, dict):
        found.append(Nested(_constant_body(value, argument), scope, head, exists))
        return ()
    items = value.items if isinstance(value, HclSet) else value
    gaps = []
    if isinstance(items, list):
        for item in items:
            if isinstance(item, (dict, Unknown)):
                gaps += _from_value(item, argument, scope, head, exists, found)
    return tuple(gaps)


def _constant_body(value: dict[str, object], argument: nodes.Argument) -> nodes.Body:
    start, stop = argument.start, argument.stop
    arguments = {
        name: nodes.Argument(argument.file, start, stop, name, Constant(start, stop, item))
        for name, item in value.items()
    }
    return nodes.Body(arguments, [])


def _syntactic(argument: nodes.Argument) -> Iterator[nodes.Body]:
    """An object, or a list of nothing but objects, read as bodies; nothing for any other expression."""
    written = argument.value
    items = written.items if isinstance(written, nodes.TupleExpression) else (written,)
    bodies = [body_of(item, argument) for item in items]
    for body in bodies:
        if body is None:
            return
    yield from (body for body in bodies if body is not None)


def body_of(expression: nodes.Expression, argument: nodes.Argument) -> nodes.Body | None:
    """An object written out with plain keys, read as a body."""
    if not isinstance(expression, nodes.ObjectExpression):
        return None
    arguments: dict[str, nodes.Argument] = {}
    for key, value in expression.pairs:
        if not isinstance(key, nodes.Literal) or not isinstance(key.value, str):
            return None
        arguments[key.value] = nodes.Argument(argument.file, key.start, value.stop, key.value, value)
    return nodes.Body(arguments, [])


def _head(body: nodes.Body, head: Origin) -> Origin:
    """Where a block written as an object begins: at its first argument, if it has one."""
    for argument in body.arguments.values():
        return Origin(argument.file, argument.start, argument.start, via=head.via)
    return head


def _dynamic_in_json(argument: nodes.Argument, name: str) -> Iterator[nodes.Block]:
    """The `dynamic` blocks for `name` in JSON syntax: objects by label, each holding one body or a list of them."""
    for by_label in _syntactic(argument):
        labelled = by_label.arguments.get(name)
        if labelled is not None:
            for body in _syntactic(labelled):
                yield nodes.Block(
                    labelled.file, labelled.start, labelled.start, labelled.stop, "dynamic", (name,), body
                )

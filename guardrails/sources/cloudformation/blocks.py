"""Nodes and their values as the blocks that lowerings read."""

from __future__ import annotations

from guardrails.kernel.block import Block
from guardrails.kernel.many import Many
from guardrails.kernel.origin import How, Origin
from guardrails.kernel.truth import unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.evaluation import branches, evaluate
from guardrails.sources.cloudformation.nodes import Call, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.spreading import LOOP, Field, spread
from guardrails.sources.terraform.evaluated import DataBlock
from guardrails.sources.terraform.evaluated import document as document_in
from guardrails.sources.terraform.evaluated import elements as elements_in
from guardrails.sources.terraform.expansion import EXISTS, placed
from guardrails.sources.terraform.kernel_values import value_of
from guardrails.sources.terraform.values import Choice, EvalError, Input, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.sources.cloudformation.spreading import Spread
    from guardrails.sources.cloudformation.stack import Declared, Scope

_NOTHING = Mapping(0, 0, ())
_SPREAD = ("Fn::",)


class NodeBlock(Block):
    """A mapping as it is written."""

    __slots__ = ("_nested", "_node", "_origin", "_scope", "_spread", "_values")

    def __init__(self, node: Mapping, scope: Scope, origin: Origin) -> None:
        self._node = node
        self._scope = scope
        self._origin = origin
        self._spread: Spread | None = None
        if scope.bound or any(entry.key.startswith(_SPREAD) for entry in node.entries):
            self._spread = spread(node, scope, origin.attribute or "mapping")
            scope.run.note(self._spread.gaps)
        self._values: dict[str, Value[object]] = {}
        self._nested: dict[str, Many[Block]] = {}

    @property
    def origin(self) -> Origin:
        return self._origin

    def names(self) -> tuple[str, ...]:
        if self._spread is not None:
            return tuple(sorted(self._spread.fields))
        return tuple(sorted(entry.key for entry in self._node.entries))

    def _field(self, name: str) -> Field | None:
        if self._spread is not None:
            return self._spread.fields.get(name)
        entry = self._node.entry(name)
        return Field(entry, self._scope) if entry is not None else None

    def _gaps(self) -> tuple[Reason, ...]:
        """Why something may stand here that is not seen."""
        return self._spread.gaps if self._spread is not None else ()

    def _place(self, field: Field, name: str) -> Origin:
        entry, scope = field.entry, field.scope
        how = How.SENSITIVE if _is_secret(entry.value, scope) else How.WRITTEN
        return Origin(scope.stack.template.source, entry.start, entry.stop, how, self._origin.via, self._shown(name))

    def _shown(self, name: str) -> str:
        return name

    def attribute(self, name: str) -> Value[object]:
        found = self._values.get(name)
        if found is None:
            found = self._values[name] = self._attribute(name)
        return found

    def _attribute(self, name: str) -> Value[object]:
        field = self._field(name)
        if field is None:
            return self._absent(name)
        value = evaluate(field.entry.value, field.scope)
        if value is None:
            return Value.unset(self._place(field, name))
        return value_of(value, self._place(field, name))

    def _absent(self, name: str) -> Value[object]:
        gaps = self._gaps()
        head = self._origin.named(self._shown(name))
        return Value.unknown(gaps, head) if gaps else Value.unset(head)

    def blocks(self, name: str) -> Many[Block]:
        found = self._nested.get(name)
        if found is None:
            found = self._nested[name] = self._blocks(name)
        return found

    def _blocks(self, name: str) -> Many[Block]:
        noun = f"`{name}`"
        field = self._field(name)
        if field is None:
            return Many((), self._gaps(), owner=self._origin, noun=noun)
        met = _Members()
        met.gather(field.entry.value, field.scope, self._place(field, name), EXISTS)
        return Many(tuple(met.members), tuple(dict.fromkeys(met.gaps)), owner=self._origin, noun=noun)

    def elements(self, name: str) -> Many[Value[object]]:
        noun = f"`{name}`"
        field = self._field(name)
        if field is None:
            return Many((), self._gaps(), owner=self._origin.named(self._shown(name)), noun=noun)
        place = self._place(field, name)
        met = _Elements(self._shown(name))
        met.gather(field.entry.value, field.scope, place, EXISTS)
        return Many(tuple(met.members), tuple(dict.fromkeys(met.gaps)), owner=place, noun=noun)

    def document(self, name: str) -> Many[Block]:
        noun = f"`{name}` document"
        field = self._field(name)
        if field is None:
            return Many((), self._gaps(), owner=self._origin.named(self._shown(name)), noun=noun)
        met = _Documents(noun)
        place = self._place(field, name)
        met.gather(field.entry.value, field.scope, place, EXISTS)
        self._scope.run.note(tuple(met.gaps))
        return Many(tuple(met.members), tuple(dict.fromkeys(met.gaps)), owner=place, noun=noun)


class ResourceBlock(NodeBlock):
    """The properties of a resource, and what is said of the resource itself as attributes that begin with `@`."""

    __slots__ = ("_declared",)

    def __init__(self, declared: Declared, scope: Scope, origin: Origin) -> None:
        self._declared = declared
        properties = declared.node.get("Properties")
        super().__init__(properties if isinstance(properties, Mapping) else _NOTHING, scope, origin)
        if properties is not None and not isinstance(properties, Mapping):
            self._spread = spread(properties, scope, "Properties")
            scope.run.note(self._spread.gaps)

    def _field(self, name: str) -> Field | None:
        if name.startswith("@"):
            entry = self._declared.node.entry(name[1:])
            return Field(entry, self._scope) if entry is not None else None
        return super()._field(name)

    def _shown(self, name: str) -> str:
        return name.removeprefix("@")


def _is_secret(node: Node, scope: Scope) -> bool:
    if not isinstance(node, Call) or node.name != "Ref" or not isinstance(node.argument, Scalar):
        return False
    from guardrails.sources.cloudformation.parameters import is_secret

    return is_secret(node.argument.text, scope.stack)


class _Walk:
    """What a walk through a node met: conditionals are followed both ways, everything else by its kind."""

    __slots__ = ("gaps",)

    def __init__(self) -> None:
        self.gaps: list[Reason] = []

    def gather(self, node: Node, scope: Scope, place: Origin, exists: Truth) -> None:
        if isinstance(node, Call):
            if node.name == "Fn::If":
                self._either(node, scope, place, exists)
            elif node.name.startswith(LOOP) or node.name == "Fn::Transform":
                self.mapping(node.as_mapping(), scope, place, exists)
            else:
                self.value(evaluate(node, scope), place, exists)
        elif isinstance(node, Mapping):
            self.mapping(node, scope, place, exists)
        elif isinstance(node, Sequence):
            self.sequence(node, scope, place, exists)
        else:
            self.value(evaluate(node, scope), place, exists)

    def _either(self, node: Call, scope: Scope, place: Origin, exists: Truth) -> None:
        try:
            found = branches(node.argument, scope)
        except EvalError as error:
            self.gaps.append(scope.run.refused(error, scope.place(node)))
            return
        if len(found.ways) > 1:
            exists = exists & unknown(*placed(found.reasons, place))
        for way, inner in found.ways:
            self.gather(way, inner, _within(way, inner, place), exists)

    def mapping(self, node: Mapping, scope: Scope, place: Origin, exists: Truth) -> None:
        raise NotImplementedError

    def sequence(self, node: Sequence, scope: Scope, place: Origin, exists: Truth) -> None:
        raise NotImplementedError

    def value(self, value: object, place: Origin, exists: Truth) -> None:
        raise NotImplementedError


def _within(node: Node, scope: Scope, place: Origin) -> Origin:
    """The place of a part of something, speaking of the same attribute."""
    return Origin(scope.stack.template.source, node.start, node.stop, place.how, place.via, place.attribute)


class _Members(_Walk):
    """The mappings in a node: itself, or the members of a list."""

    __slots__ = ("members",)

    def __init__(self) -> None:
        super().__init__()
        self.members: list[tuple[Block, Truth]] = []

    def mapping(self, node: Mapping, scope: Scope, place: Origin, exists: Truth) -> None:
        self.members.append((NodeBlock(node, scope, place), exists))

    def sequence(self, node: Sequence, scope: Scope, place: Origin, exists: Truth) -> None:
        for item in node.items:
            self.gather(item, scope, _within(item, scope, place), exists)

    def value(self, value: object, place: Origin, exists: Truth) -> None:
        if isinstance(value, dict):
            self.members.append((DataBlock(value, place, None), exists))
        elif isinstance(value, list):
            for item in value:
                self.value(item, place, exists)
        elif isinstance(value, Choice):
            perhaps = exists & unknown(*placed(value.reasons, place))
            for alternative in value.alternatives:
                self.value(alternative, place, perhaps)
        elif isinstance(value, Unknown):
            self.gaps.extend(placed(value.reasons, place))


class _Elements(_Walk):
    """The elements of a list; a scalar is a list of itself."""

    __slots__ = ("_name", "members")

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.members: list[tuple[Value[object], Truth]] = []

    def mapping(self, node: Mapping, scope: Scope, place: Origin, exists: Truth) -> None:
        self.members.append((value_of(evaluate(node, scope), place), exists))

    def sequence(self, node: Sequence, scope: Scope, place: Origin, exists: Truth) -> None:
        for item in node.items:
            where = _within(item, scope, place)
            if isinstance(item, Call) and item.name == "Fn::If":
                one = _Single(self._name)
                one.gather(item, scope, where, exists)
                self.members += one.members
                self.gaps += one.gaps
                continue
            value = evaluate(item, scope)
            if value is not None:
                self.members.append((value_of(value, where), exists))

    def value(self, value: object, place: Origin, exists: Truth) -> None:
        if value is None:
            return
        found, gaps = elements_in(value, place, None, scalar=True).loaded()
        if isinstance(value, Input):  # A text in the place of a list is one element, unless it is empty.
            found = tuple((item, item.is_set()) for item, _ in found)
        self.members += [(item, exists & there) for item, there in found]
        self.gaps += gaps


class _Single(_Elements):
    """One element of a list, which may be left out or be one of several."""

    __slots__ = ()

    def sequence(self, node: Sequence, scope: Scope, place: Origin, exists: Truth) -> None:
        self.members.append((value_of(evaluate(node, scope), place), exists))

    def value(self, value: object, place: Origin, exists: Truth) -> None:
        if value is not None:
            self.members.append((value_of(value, place), exists))


class _Documents(_Walk):
    """The document that a node is, or the JSON in it."""

    __slots__ = ("_noun", "members")

    def __init__(self, noun: str) -> None:
        super().__init__()
        self._noun = noun
        self.members: list[tuple[Block, Truth]] = []

    def mapping(self, node: Mapping, scope: Scope, place: Origin, exists: Truth) -> None:
        self.members.append((NodeBlock(node, scope, place), exists))

    def sequence(self, node: Sequence, scope: Scope, place: Origin, exists: Truth) -> None:  # noqa: ARG002 - the base's
        self.gaps.append(Reason(Why.INVALID, f"`{place.attribute}` is a list, where a document is wanted", "", place))

    def value(self, value: object, place: Origin, exists: Truth) -> None:
        found, gaps = document_in(value, place, None, self._noun).loaded()
        self.members += [(item, exists & there) for item, there in found]
        self.gaps += gaps

"""Bodies and values as the blocks that lowerings read."""

from __future__ import annotations

from guardrails.kernel.block import Block
from guardrails.kernel.many import Many
from guardrails.kernel.origin import How, Origin
from guardrails.kernel.truth import unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.bodies import REFERENCES, made_by, nested
from guardrails.sources.terraform.documents import read_json
from guardrails.sources.terraform.errors import Memory
from guardrails.sources.terraform.expansion import EXISTS, placed
from guardrails.sources.terraform.hcl import nodes
from guardrails.sources.terraform.instances import withheld
from guardrails.sources.terraform.kernel_values import value_of
from guardrails.sources.terraform.places import Places, rendered_by, written_in
from guardrails.sources.terraform.typesystem import STRING
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclSet,
    Input,
    JsonText,
    Ref,
    Text,
    Unknown,
    reasons_in,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.sources.terraform.instances import BlockScope, Resource
    from guardrails.sources.terraform.module_scope import Evaluation, ModuleInstance
    from guardrails.sources.terraform.outcome import Part

META = frozenset(("count", "for_each", "provider", "depends_on", "dynamic", "connection", "provisioner"))
"""What says how a resource is made, not what it is."""

_NOTED = frozenset((Why.INVALID, Why.LIMIT, Why.UNSUPPORTED))


class BodyBlock(Block):
    """A block as written: a resource, or a block nested in one."""

    __slots__ = ("_arguments", "_body", "_nested", "_origin", "_part", "_resource", "_scope", "_values")

    def __init__(
        self,
        body: nodes.Body,
        scope: ModuleInstance | BlockScope,
        origin: Origin,
        resource: Resource | None = None,
        part: Part | None = None,
    ) -> None:
        self._body = body
        self._scope = scope
        self._origin = origin
        self._resource = resource
        """The resource whose own body this is: then its values are shared with those who refer to it."""
        self._part = part
        """What was planned for it, where there is a plan."""
        self._arguments = Memory("") if resource is None else None
        self._values: dict[str, Value[object]] = {}
        self._nested: dict[str, Many[Block]] = {}

    @property
    def origin(self) -> Origin:
        return self._origin

    def names(self) -> tuple[str, ...]:
        written = {*self._body.arguments, *(made_by(block) for block in self._body.blocks)}
        return tuple(sorted(written - META if self._resource is not None else written))

    def attribute(self, name: str) -> Value[object]:
        found = self._values.get(name)
        if found is None:
            found = self._values[name] = self._attribute(name)
        return found

    def _attribute(self, name: str) -> Value[object]:
        value = self._evaluated(name)
        if value is None:
            return Value.unset(self._origin.named(name))
        seen = value_of(value, self._place(name))
        self._note(seen.reasons)
        return seen

    def blocks(self, name: str) -> Many[Block]:
        found = self._nested.get(name)
        if found is None:
            found = self._nested[name] = self._blocks(name)
        return found

    def _blocks(self, name: str) -> Many[Block]:
        noun = f"`{name}` block"
        if name == "tags_all" and self._resource is not None:
            return mappings(self._evaluated(name), self._place(name), None, self._origin, noun)
        inner, gaps = nested(self._body, self._scope, name)
        if self._part is not None:
            settled, gaps = self._part.inner(name, inner, gaps)
            self._note(gaps)
            parts = tuple((BodyBlock(one.body, one.scope, one.head, None, part), one.exists) for one, part in settled)
            return Many(parts, gaps, owner=self._origin, noun=noun)
        self._note(gaps)
        members = tuple((BodyBlock(one.body, one.scope, one.head), one.exists) for one in inner)
        return Many(members, gaps, owner=self._origin, noun=noun)

    def elements(self, name: str) -> Many[Value[object]]:
        value = self._evaluated(name)
        if value is None:
            return Many((), owner=self._origin.named(name), noun=f"`{name}`")
        return elements(value, self._place(name), self._places(name, value), scalar=False)

    def document(self, name: str) -> Many[Block]:
        value = self._evaluated(name)
        noun = f"`{name}` document"
        if value is None:
            return Many((), owner=self._origin.named(name), noun=noun)
        evaluation = self._scope.module.evaluation
        found = document(value, self._place(name), self._places(name, value), noun, evaluation)
        self._note(found.gaps)
        return found

    def _places(self, name: str, value: object) -> Places | None:
        written = self._body.arguments.get(name)
        return written_in(written, self._scope, value) if written is not None else None

    def place(self, name: str) -> Origin:
        """Where an argument is written; the head of the block for one that is not."""
        return self._place(name)

    def _place(self, name: str) -> Origin:
        argument = self._body.arguments.get(name)
        if argument is None and name == "tags_all":
            argument = self._body.arguments.get("tags")
        if argument is None:
            return self._origin.named(name)
        how = How.SENSITIVE if self._part is not None and self._part.withheld(name) else How.WRITTEN
        return Origin(argument.file, argument.start, argument.stop, how, self._origin.via, name)

    def _evaluated(self, name: str) -> object:
        """The value of an argument; an error makes it unknown."""
        resource = self._resource
        try:
            if resource is not None:
                if name == "tags_all":
                    tags = resource.all_tags()
                    return tags if self._part is None else self._part.settled(name, tags)
                value = resource.argument(name)
            else:
                written = self._body.arguments.get(name)
                if written is None:
                    return None
                if name in REFERENCES:
                    return _named_in(written)
                assert self._arguments is not None
                argument = written
                value = self._arguments.get(name, lambda: self._scope.module.evaluate(argument, self._scope))
                if self._part is not None:
                    value = self._part.settled(name, value)
        except EvalError as error:
            if self._part is not None:
                value = self._part.settled(name, Unknown((Reason(Why.INVALID, error.message),)))
                if not isinstance(value, Unknown):
                    return value
            return Unknown((self._scope.module.reason_of(error),))
        except RecursionError:
            return Unknown((Reason(Why.LIMIT, f"`{name}` follows from too long a chain of values"),))
        if name.endswith("_wo") and value is not None:
            return Unknown((withheld(name),))
        return value

    def _note(self, reasons: tuple[Reason, ...]) -> None:
        for reason in reasons:
            if reason.why in _NOTED:
                self._scope.module.evaluation.problems.setdefault(reason)


def _named_in(written: nodes.Argument) -> object:
    """References that are meant as such, not as the values they lead to: the texts of a list."""
    listed = written.value.items if isinstance(written.value, nodes.TupleExpression) else (written.value,)
    return [written.file.text[item.start : item.stop] for item in listed]


class DataBlock(Block):
    """A mapping inside a value: a JSON document, or an object that is written as one."""

    __slots__ = ("_origin", "_places", "_value")

    def __init__(self, value: dict[str, object], origin: Origin, places: Places | None) -> None:
        self._value = value
        self._origin = origin
        self._places = places

    @property
    def origin(self) -> Origin:
        return self._origin

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._value))

    def attribute(self, name: str) -> Value[object]:
        value = self._value.get(name)
        if value is None:
            return Value.unset(self._origin.named(name))
        return value_of(value, self._place(name))

    def blocks(self, name: str) -> Many[Block]:
        return mappings(self._value.get(name), self._place(name), self._child(name), self._origin, f"`{name}`")

    def elements(self, name: str) -> Many[Value[object]]:
        value = self._value.get(name)
        if value is None:
            return Many((), owner=self._origin.named(name), noun=f"`{name}`")
        return elements(value, self._place(name), self._child(name), scalar=True)

    def document(self, name: str) -> Many[Block]:
        value = self._value.get(name)
        noun = f"`{name}` document"
        if value is None:
            return Many((), owner=self._origin.named(name), noun=noun)
        return document(value, self._place(name), self._child(name), noun)

    def _child(self, name: str) -> Places | None:
        return self._places.child(name) if self._places is not None else None

    def _place(self, name: str) -> Origin:
        child = self._child(name)
        if child is None:
            return self._origin.named(name)
        return child.origin if child.origin.attribute else child.origin.named(name)


def mappings(value: object, place: Origin, places: Places | None, owner: Origin, noun: str) -> Many[Block]:
    """The mappings in a value: itself, or the members of a list."""
    found = _Mappings()
    found.gather(value, place, places, EXISTS)
    return Many(tuple(found.members), tuple(dict.fromkeys(found.gaps)), owner=owner, noun=noun)


class _Mappings:
    """What a walk through a value met. A function within a function that called itself would refer to itself, and with
    it everything met would wait for the collector of garbage."""

    __slots__ = ("gaps", "members")

    def __init__(self) -> None:
        self.members: list[tuple[Block, Truth]] = []
        self.gaps: list[Reason] = []

    def gather(self, one: object, where: Origin, inner: Places | None, exists: Truth) -> None:
        if isinstance(one, dict):
            self.members.append((DataBlock(one, inner.origin if inner is not None else where, inner), exists))
        elif isinstance(one, (list, HclSet)):
            for at, item in enumerate(one if isinstance(one, list) else one.items):
                self.gather(item, where, inner.child(at) if inner is not None else None, exists)
        elif isinstance(one, Choice):
            perhaps = exists & unknown(*placed(one.reasons, where))
            for alternative in one.alternatives:
                self.gather(alternative, where, None, perhaps)
        elif isinstance(one, Unknown):
            self.gaps.extend(placed(one.reasons, where))


def elements(value: object, place: Origin, places: Places | None, *, scalar: bool) -> Many[Value[object]]:
    """The elements of a list. `scalar`: whether something unknown is taken for one element rather than for a list."""
    noun = f"`{place.attribute}`"
    if isinstance(value, (list, HclSet)):
        members = []
        for at, item in enumerate(value if isinstance(value, list) else value.items):
            child = places.child(at) if places is not None else None
            where = child.origin.named(place.attribute) if child is not None else place
            members.append((value_of(item, where), EXISTS))
        return Many(tuple(members), owner=place, noun=noun)
    if isinstance(value, Choice):
        perhaps = unknown(*placed(value.reasons, place))
        either: list[tuple[Value[object], Truth]] = []
        gaps: list[Reason] = []
        for one in value.alternatives:
            if one is not None:
                found, missing = elements(one, place, None, scalar=scalar).loaded()
                either += [(item, exists & perhaps) for item, exists in found]
                gaps += missing
        return Many(tuple(either), tuple(dict.fromkeys(gaps)), owner=place, noun=noun)
    if isinstance(value, Unknown):
        single = isinstance(value, (Text, JsonText)) or (scalar and (isinstance(value, Ref) or _is_text(value)))
        if not single or (isinstance(value, Ref) and "*" in value.path):
            return Many((), placed(value.reasons, place), owner=place, noun=noun)
    return Many(((value_of(value, place), EXISTS),), owner=place, noun=noun)


def _is_text(value: Unknown) -> bool:
    """Whether it is one input of a type that makes it one text."""
    return isinstance(value, Input) and value.type is STRING


def document(
    value: object, place: Origin, places: Places | None, noun: str, evaluation: Evaluation | None = None
) -> Many[Block]:
    """The JSON document that a value is, or that is written in it."""
    if evaluation is not None:
        places = rendered_by(value, evaluation) or places
    if isinstance(value, Choice):
        perhaps = unknown(*placed(value.reasons, place))
        members: list[tuple[Block, Truth]] = []
        gaps: list[Reason] = []
        for one in value.alternatives:
            found, missing = document(one, place, None, noun, evaluation).loaded()
            members += [(item, exists & perhaps) for item, exists in found]
            gaps += missing
        return Many(tuple(members), tuple(dict.fromkeys(gaps)), owner=place, noun=noun)
    if isinstance(value, (str, Text)):
        if value == "":
            return Many((), owner=place, noun=noun)
        value = read_json(value)
    if isinstance(value, JsonText):
        value = value.document
    if isinstance(value, Unknown):
        return Many((), placed(value.reasons, place), owner=place, noun=noun)
    if isinstance(value, dict):
        return Many.of(DataBlock(value, place, places), owner=place, noun=noun)
    if value is None:
        return Many((), owner=place, noun=noun)
    reason = Reason(Why.INVALID, f"`{place.attribute}` holds no JSON object", "", place)
    return Many((), (reason, *reasons_in(value)), owner=place, noun=noun)

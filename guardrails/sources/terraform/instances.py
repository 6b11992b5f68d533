"""Resource and data instances as expressions see them, and the collections that `count` and `for_each` make."""

from __future__ import annotations

from collections.abc import Callable

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.errors import Memory, located
from guardrails.sources.terraform.operators import choose
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    JsonText,
    Namespace,
    Ref,
    Text,
    Unknown,
    reasons_in,
    wholly_known,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from guardrails.sources.terraform.expansion import Expansion, Slot
    from guardrails.sources.terraform.hcl import nodes
    from guardrails.sources.terraform.module_scope import Evaluation, ModuleInstance

ALWAYS_SET = frozenset(("arn", "id", "name", "bucket"))
"""Attributes that every resource has a value for, once it is there."""

NOT_COMPUTED: Mapping[str, frozenset[str]] = {
    "terraform_data": frozenset(("input", "triggers_replace")),
    "null_resource": frozenset(("triggers",)),
    "aws_cloudtrail": frozenset(
        ("cloud_watch_logs_group_arn", "cloud_watch_logs_role_arn", "kms_key_id", "s3_key_prefix", "sns_topic_name")
    ),
    "aws_cloudwatch_log_group": frozenset(("kms_key_id",)),
    "aws_sns_topic": frozenset(("kms_master_key_id",)),
}
"""Attributes that stay null where they are not written: no provider makes up a value."""


class Table(Namespace):
    """Something whose members are named: `var`, `local`, `module`, `aws_s3_bucket`."""

    __slots__ = ("_read", "_what")

    def __init__(self, what: str, read: Callable[[str], object]) -> None:
        self._what = what
        self._read = read

    def attribute(self, name: str) -> object:
        return self._read(name)

    def index(self, key: object) -> object:  # noqa: ARG002 - the base's signature
        raise EvalError(f"a {self._what} is named with a dot, not with brackets")

    def value(self) -> object:
        raise EvalError(f"a {self._what} must be named")


class BlockScope:
    """The scope of a repeated block: the outer one, with `each`, `count` or an iterator."""

    __slots__ = ("_name", "_names", "_outer", "module")

    def __init__(self, outer: ModuleInstance | BlockScope, name: str, names: Mapping[str, object]) -> None:
        self.module: ModuleInstance = outer.module
        self._outer = outer
        self._name = name
        self._names = names

    def lookup(self, name: str, node: nodes.Expression) -> object:
        return self._names if name == self._name else self._outer.lookup(name, node)

    @property
    def module_directory(self) -> str:
        return self.module.module_directory

    @property
    def base_directory(self) -> Path:
        return self.module.base_directory

    @property
    def scan_root(self) -> Path:
        return self.module.scan_root

    @property
    def template_depth(self) -> int:
        return self.module.template_depth

    @property
    def work(self) -> list[int]:
        return self.module.evaluation.work

    @property
    def secrets(self) -> set[str]:
        return self.module.evaluation.secrets


def scope_of(outer: ModuleInstance, expansion: Expansion, slot: Slot) -> ModuleInstance | BlockScope:
    """The scope of one instance of a block of the module."""
    if expansion.repeated == "count":
        return BlockScope(outer, "count", {"index": slot.each_key})
    if expansion.repeated == "for_each":
        return BlockScope(outer, "each", {"key": slot.each_key, "value": slot.each_value})
    return outer


class Resource:
    """One instance of a resource or data source. An argument is evaluated when it is first asked for."""

    __slots__ = ("_arguments", "address", "block", "exists", "mode", "module", "name", "scope", "slot", "type")

    def __init__(self, mode: str, block: nodes.Block, module: ModuleInstance, expansion: Expansion, slot: Slot) -> None:
        self.mode = mode
        self.type, self.name = block.labels
        self.block = block
        self.module = module
        self.slot = slot
        self.scope = scope_of(module, expansion, slot)
        kind = "data." if mode == "data" else ""
        self.address = f"{module.address}{kind}{self.type}.{self.name}{slot.suffix}"
        self.exists = module.exists if slot.certain else module.exists & slot.exists
        self._arguments = Memory(f"{self.address}.")

    def forget(self) -> None:
        """Let go of all that was worked out."""
        self._arguments.forget()

    def argument(self, name: str) -> object:
        """The value of an argument as written; None for one that is not. Raises EvalError."""
        written = self.block.body.arguments.get(name)
        if written is None:
            return None
        if self.module.evaluation.outcome is not None:
            return self._arguments.get(name, lambda: self._settled(name, written))
        return self._arguments.get(name, lambda: self.module.evaluate(written, self.scope))

    def _settled(self, name: str, written: nodes.Argument) -> object:
        """The value of an argument, together with what terraform found out."""
        evaluation = self.module.evaluation
        assert evaluation.outcome is not None
        part = evaluation.outcome.part(self.address)
        try:
            value = self.module.evaluate(written, self.scope)
        except EvalError as error:
            if part is None:
                raise
            value = part.settled(name, Unknown((Reason(Why.INVALID, error.message),)))
            if isinstance(value, Unknown):
                raise
            return value
        if part is None:
            return value
        settled = part.settled(name, value)
        rendered = evaluation.rendered.get(id(value))
        if settled is not value and rendered is not None:
            evaluation.rendered[id(settled)] = (settled, rendered[1])
        return settled

    def remembered(self, name: str, compute: Callable[[], object]) -> object:
        """Something that follows from the arguments, computed once."""

        def placed() -> object:
            try:
                return compute()
            except EvalError as error:
                file, start, stop = self.block.file, self.block.start, self.block.header_stop
                raise located(error, file, start, stop, self.module.via) from None

        return self._arguments.get((name,), placed)

    def read(self, name: str) -> object:
        """What an expression elsewhere sees of an attribute.

        What is written and known is plain, a reference or a text with holes stays what it is; anything else is this
        resource's own attribute, so that all who read it mean the same.
        """
        if self.mode == "data":
            from guardrails.sources.terraform.data_sources import read

            found = read(self, name)
            outcome = self.module.evaluation.outcome
            if outcome is not None and not isinstance(found, (str, JsonText)):
                looked_up = outcome.looked_up(self.address, name)
                if looked_up is not None:
                    return looked_up
            if found is not None:
                return found
        if name.endswith("_wo"):
            return Unknown((withheld(f"{self.address}.{name}"),))
        value = self.argument(name)
        if value is None:
            return None if name in NOT_COMPUTED.get(self.type, ()) else self.reference(name)
        if isinstance(value, (Ref, Text, JsonText)) or wholly_known(value):
            return value
        own = Ref(self.address, (name,), tuple(dict.fromkeys(reasons_in(value))))
        if not isinstance(value, Unknown) or name in ALWAYS_SET:
            return own
        return choose((own, Unknown(value.reasons)), value.reasons)

    def all_tags(self) -> object:
        """The tags that the resource will carry: its own over those that its provider puts on everything."""
        from guardrails.sources.terraform.providers import provider_of

        own = self.argument("tags")
        default = provider_of(self).default_tags
        if default is None or own is None:
            return own if default is None else default
        if isinstance(own, dict) and isinstance(default, dict):
            return dict(sorted({**default, **own}.items()))
        return Unknown(tuple(dict.fromkeys((*reasons_in(own), *reasons_in(default)))))

    def reference(self, name: str) -> Ref:
        """An attribute that nobody wrote."""
        if self.mode == "data":
            from guardrails.sources.terraform.data_sources import settled

            detail = f"`{self.address}.{name}` is looked up when terraform runs"
            return Ref(self.address, (name,), (Reason(Why.ELSEWHERE, detail, settled(self.type, name)),))
        return Ref(self.address, (name,))


def withheld(what: str) -> Reason:
    return Reason(Why.SENSITIVE, f"`{what}` is not kept by terraform")


class Whole(Ref):
    """A whole resource instance as a value: reading on reads its arguments."""

    __slots__ = ("_resource",)

    def __init__(self, resource: Resource) -> None:
        detail = f"`{resource.address}` is known only after apply"
        super().__init__(resource.address, (), (Reason(Why.AFTER_APPLY, detail),))
        self._resource = resource

    def step(self, key: str | int) -> Ref:
        if not isinstance(key, str):
            raise EvalError(f"`{self.address}` is one instance: it has no element {key}")
        return self._resource.read(key)  # type: ignore[return-value]  # a step leads to what is written there, if it is


At = Callable[[int], object]
"""The instance at a position of an expansion."""


def items_of(expansion: Expansion, at: At, evaluation: Evaluation) -> object:
    """What the name of a resource means: one instance, or a list or map of them, or something uncertain."""
    if not expansion.repeated:
        return at(0)
    if not expansion.certain:
        return Uncertain(expansion, at, evaluation)
    return collected(expansion, range(len(expansion.slots)), at)


def collected(expansion: Expansion, positions: Iterable[int], at: At) -> object:
    """Instances as the list or map that terraform makes of them."""
    if expansion.repeated == "count":
        return [at(position) for position in positions]
    return {str(expansion.slots[position].key): at(position) for position in positions}


def each_way(expansion: Expansion, at: At) -> object:
    """All instances together where it is not known how many there are, but which sets of them are possible."""
    ways = [
        collected(expansion, [i for i, slot in enumerate(expansion.slots) if slot.key in way], at)
        for way in expansion.ways
    ]
    return Choice(tuple(ways), expansion.reasons)


class Uncertain(Namespace):
    """The instances of a resource of which it is not known how many there are."""

    __slots__ = ("_at", "_evaluation", "_expansion")

    def __init__(self, expansion: Expansion, at: At, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._expansion = expansion
        self._at = at

    def attribute(self, name: str) -> object:
        if self._expansion.repeated == "count":
            raise EvalError(f"`{name}` is an attribute of the instances, not of all of them together")
        return self.index(name)

    def index(self, key: object) -> object:
        if isinstance(key, Unknown):
            return Unknown(key.reasons)
        position, certain = position_of(self._expansion, key)
        found = self._at(position)
        # Terraform refuses an instance that is not there, so that whoever goes on has it, unless `try` stands around.
        if certain or not self._evaluation.forgiving:
            return found
        return doubtful(found, self._expansion.reasons)

    def value(self) -> object:
        expansion = self._expansion
        if expansion.ways:
            return each_way(expansion, self._at)
        found = self._at(next(i for i, slot in enumerate(expansion.slots) if slot.symbolic))
        assert isinstance(found, Ref)
        # Its steps do not read the arguments: it stands for all instances, not for one.
        return Ref(found.address, (), expansion.reasons)


def position_of(expansion: Expansion, key: object) -> tuple[int, bool]:
    """The position with this key, or the one that stands for unknown keys, and whether it is certain to be there."""
    wanted = key
    if expansion.repeated == "for_each" and isinstance(key, int):
        wanted = str(key)
    elif expansion.repeated == "count" and isinstance(key, str) and key.isdigit():
        wanted = int(key)
    for position, slot in enumerate(expansion.slots):
        if not slot.symbolic and slot.key == wanted:
            return position, slot.certain
    for position, slot in enumerate(expansion.slots):
        if slot.symbolic:
            return position, False
    raise EvalError(f"there is no instance with the key {key!r}")


def doubtful(value: object, reasons: tuple[Reason, ...]) -> object:
    """A value, or something else where a condition that is not known turns out the other way."""
    return choose((value, Unknown(reasons)), reasons)


class ModuleItems(Namespace):
    """A module call: the outputs of its one instance, or its instances by key."""

    __slots__ = ("_evaluation", "_expansion", "_outputs")

    def __init__(
        self, expansion: Expansion, outputs: Callable[[int], Outputs | Unknown], evaluation: Evaluation
    ) -> None:
        self._evaluation = evaluation
        self._expansion = expansion
        self._outputs = outputs

    def attribute(self, name: str) -> object:
        if not self._expansion.repeated:
            found = self._outputs(0)
            return found.attribute(name) if isinstance(found, Outputs) else found
        if self._expansion.repeated == "count":
            raise EvalError(f"`{name}` is an output of the instances, not of all of them together")
        return self.index(name)

    def index(self, key: object) -> object:
        if not self._expansion.repeated:
            raise EvalError("the module has one instance: it has no keys")
        if isinstance(key, Unknown):
            return Unknown(key.reasons)
        position, certain = position_of(self._expansion, key)
        found = self._outputs(position)
        if certain or isinstance(found, Unknown) or not self._evaluation.forgiving:
            return found
        return DoubtfulOutputs(found, self._expansion.reasons)

    def value(self) -> object:
        expansion = self._expansion
        if not expansion.repeated:
            return self._all(0)
        if expansion.certain:
            return collected(expansion, range(len(expansion.slots)), self._all)
        return each_way(expansion, self._all) if expansion.ways else Unknown(expansion.reasons)

    def _all(self, position: int) -> object:
        found = self._outputs(position)
        return found.value() if isinstance(found, Outputs) else found


class Outputs(Namespace):
    """The outputs of one module instance."""

    __slots__ = ("module",)

    def __init__(self, module: ModuleInstance) -> None:
        self.module = module

    def attribute(self, name: str) -> object:
        return self.module.output(name)

    def index(self, key: object) -> object:
        if not isinstance(key, str):
            raise EvalError("the outputs of a module have names")
        return self.module.output(key)

    def value(self) -> object:
        found: dict[str, object] = {}
        for name in sorted(self.module.source.outputs):
            try:
                found[name] = self.module.output(name)
            except EvalError as error:
                # An output that is wrong must not take the others with it.
                found[name] = Unknown((self.module.reason_of(error),))
        return found


class DoubtfulOutputs(Namespace):
    """The outputs of a module instance that may not exist."""

    __slots__ = ("_outputs", "_reasons")

    def __init__(self, outputs: Outputs, reasons: tuple[Reason, ...]) -> None:
        self._outputs = outputs
        self._reasons = reasons

    def attribute(self, name: str) -> object:
        return doubtful(self._outputs.attribute(name), self._reasons)

    def index(self, key: object) -> object:
        return doubtful(self._outputs.index(key), self._reasons)

    def value(self) -> object:
        return doubtful(self._outputs.value(), self._reasons)

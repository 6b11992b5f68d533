"""One instance of a module, and what its expressions may look at."""

from __future__ import annotations

from guardrails.kernel.origin import Call, Origin
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.errors import LocatedError, Memory, located
from guardrails.sources.terraform.expansion import EXISTS, SINGLE, Expansion, Slot, by_count, by_for_each, refused
from guardrails.sources.terraform.instances import (
    BlockScope,
    ModuleItems,
    Outputs,
    Resource,
    Table,
    Whole,
    items_of,
    scope_of,
    withheld,
)
from guardrails.sources.terraform.module_calls import DEEPEST
from guardrails.sources.terraform.secrets import note_secrets
from guardrails.sources.terraform.values import EvalError, Input, UndeclaredError, Unknown
from guardrails.sources.terraform.variables import declaration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from guardrails.kernel.truth import Truth
    from guardrails.sources.terraform.hcl import nodes
    from guardrails.sources.terraform.module_calls import ModuleCalls
    from guardrails.sources.terraform.module_source import ModuleSource
    from guardrails.sources.terraform.outcome import Outcome
    from guardrails.sources.terraform.providers import Provider
    from guardrails.sources.terraform.variables import Declaration, Given

_FORGIVING = compile_later(r"\b(?:try|can)\s*\(")

_MARKS = ("sensitive", "ephemeral")

MOST_OBJECTS = 10_000
"""How many resource instances of one root are followed."""

MOST_MODULES = 5_000
"""How many module instances of one root are followed."""


class Evaluation:
    """What all module instances of one root share."""

    def __init__(
        self,
        calls: ModuleCalls,
        scan_root: str,
        *,
        supply: Callable[[], Given],
        workspace: str | None = None,
        facts: Mapping[str, str] | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        self.calls = calls
        self.outcome = outcome
        """What terraform found out, where the root is judged together with a plan of it."""
        self._scan_root = scan_root
        self._supply = supply
        self._given: Given | None = None
        self.workspace = workspace
        self.facts = facts or {}
        self.problems: dict[Reason, None] = {}
        """What went wrong in evaluation so far, each once, in order."""
        self.rendered: dict[int, tuple[object, Resource]] = {}
        """The policies that data sources rendered, by identity, and the data source of each."""
        self.current: nodes.Argument | None = None
        """The argument that is being evaluated."""
        self.secrets: set[str] = set()
        """The texts in sensitive values that were met: no report may show them."""
        self.exhausted: Reason | None = None
        """Set when there are more module instances than are followed."""
        self.work = [0]
        """How much the expressions have done (see `loops.MOST_WORK`)."""
        self._objects = 0
        self._modules = 0

    def fresh(self) -> Evaluation:
        """One that has not begun."""
        return Evaluation(
            self.calls.fresh(),
            self._scan_root,
            supply=self._supply,
            workspace=self.workspace,
            facts=self.facts,
            outcome=self.outcome,
        )

    @property
    def given(self) -> Given:
        """The values of the root's variables, and what is wrong with the files that hold them."""
        if self._given is None:
            self._given = self._supply()
        return self._given

    @property
    def base_directory(self) -> Path:
        """The folder of the root, where relative paths start."""
        return _path(self.calls.directory)

    @property
    def scan_root(self) -> Path:
        return _path(self._scan_root)

    @property
    def forgiving(self) -> bool:
        """Whether the argument that is being evaluated may go on when terraform refuses a part of it."""
        argument = self.current
        return argument is None or _FORGIVING.search(argument.file.text, argument.start, argument.stop) is not None

    def room_for(self, count: int) -> bool:
        """Whether so many more resource instances may be made; counts them if so."""
        if self._objects + count > MOST_OBJECTS:
            return False
        self._objects += count
        return True

    def room_for_modules(self, count: int, where: Origin) -> Reason | None:
        """None if so many more module instances may be made, and counts them; else why not."""
        if self.exhausted is None and self._modules + count > MOST_MODULES:
            detail = f"the root has more than the {MOST_MODULES} module instances that are followed"
            self.exhausted = Reason(Why.LIMIT, detail, "", where)
        if self.exhausted is None:
            self._modules += count
        return self.exhausted


def _path(text: str) -> Path:
    # Only functions that read files ask; importing this takes as long as parsing thirty files.
    from pathlib import Path

    return Path(text)


class ModuleInstance:
    """A module as called once: its values are computed when they are first asked for.

    It is the scope of everything in the module that is not in a repeated block.
    """

    __slots__ = (
        "_children",
        "_expanding",
        "_locals",
        "_names",
        "_outputs",
        "_resources",
        "_variables",
        "address",
        "call",
        "call_scope",
        "evaluation",
        "exists",
        "parent",
        "path",
        "providers",
        "source",
        "via",
    )

    template_depth = 0

    def __init__(
        self,
        evaluation: Evaluation,
        source: ModuleSource,
        parent: ModuleInstance | None = None,
        call: nodes.Block | None = None,
        expansion: Expansion = SINGLE,
        slot: Slot = SINGLE.slots[0],
    ) -> None:
        self.evaluation = evaluation
        self.source = source
        self.parent = parent
        self.call = call
        self._variables = Memory("variable ")
        self._locals = Memory("local value ")
        self._outputs = Memory("output ")
        self._resources: dict[tuple[str, str, str], Resources] = {}
        self._children: dict[str, Children] = {}
        self._expanding: set[str] = set()
        self._names: dict[str, object] = {}
        self.providers: dict[str, Provider] = {}
        """The provider configurations that were asked for, by the name the module has for them."""
        self.address = ""
        """The beginning of all addresses in it: empty, or `module.a["x"].`"""
        self.path = ""
        """The names of the calls from the root, dotted."""
        self.via: tuple[Call, ...] = ()
        self.exists: Truth = EXISTS
        self.call_scope: ModuleInstance | BlockScope | None = None
        """The scope of the arguments of the call."""
        if parent is not None:
            assert call is not None
            name = f"module.{call.labels[0]}{slot.suffix}"
            self.address = f"{parent.address}{name}."
            self.path = f"{parent.path}.{call.labels[0]}" if parent.path else call.labels[0]
            self.via = (*parent.via, Call(name, call.file, call.start))
            self.exists = parent.exists if slot.certain else parent.exists & slot.exists
            self.call_scope = scope_of(parent, expansion, slot)

    def forget(self) -> None:
        """Let go of all that was worked out, here and in the modules below: values, resources and modules refer to each
        other all over, and only the collector of garbage would find them."""
        for children in self._children.values():
            for child in children.instances:
                child.forget()
        for resources in self._resources.values():
            for resource in resources.instances:
                resource.forget()
        for memory in (self._variables, self._locals, self._outputs):
            memory.forget()
        self._children.clear()
        self._resources.clear()
        self._names.clear()
        self.providers.clear()

    @property
    def module(self) -> ModuleInstance:
        """Itself: scopes of repeated blocks lead to the module they are in."""
        return self

    # --- what file functions ask

    @property
    def module_directory(self) -> str:
        """`path.module`: the module's folder, seen from the root's."""
        import os.path

        return os.path.relpath(self.source.directory, self.evaluation.calls.directory).replace("\\", "/")

    @property
    def base_directory(self) -> Path:
        return self.evaluation.base_directory

    @property
    def scan_root(self) -> Path:
        return self.evaluation.scan_root

    # --- names

    def lookup(self, name: str, node: nodes.Expression) -> object:  # noqa: ARG002 - the protocol's signature
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = self._root(name)
        return found

    def _root(self, name: str) -> object:
        match name:
            case "var":
                return Table("variable", self.variable)
            case "local":
                return Table("local value", self.local)
            case "module":
                return Table("module", self.called)
            case "data":
                return Table("data source type", lambda kind: Table("data source", self._reader("data", kind)))
            case "ephemeral":
                return Table("ephemeral type", lambda kind: Table("ephemeral", self._reader("ephemeral", kind)))
            case "resource":
                return Table("resource type", lambda kind: Table("resource", self._reader("managed", kind)))
            case "path":
                root = self.evaluation.calls.directory
                return {"cwd": root, "module": self.module_directory, "root": "."}
            case "terraform" | "tofu":
                return {"applying": False, "workspace": self._workspace()}
            case "self":
                return Unknown((Reason(Why.AFTER_APPLY, "`self` is known only after apply"),))
            case "each" | "count":
                raise EvalError(f"`{name}` has no meaning here")
        return Table("resource", self._reader("managed", name))

    def _reader(self, mode: str, type: str) -> Callable[[str], object]:
        return lambda name: self.resource(mode, type, name)

    def _workspace(self) -> object:
        name = self.evaluation.workspace
        if name is not None:
            return name
        return Unknown((Reason(Why.INPUT, "the workspace is not given", "pass --workspace NAME"),))

    def missing(self, what: str) -> object:
        """What a name means that is not declared: an error, or unknown where a file could not be read or is yet to be
        made."""
        if self.source.broken:
            return Unknown(tuple(self.source.broken))
        if self.source.generated:
            why = f"{what} is not declared here: Terragrunt may write its declaration"
            return Unknown((Reason(Why.INPUT, why, "scan the plan, or the folder that Terragrunt makes"),))
        raise UndeclaredError(f"{what} is not declared")

    def reason_of(self, error: EvalError) -> Reason:
        """An evaluation error as the reason why something is not known; it is noted for the report."""
        origin = error.origin if isinstance(error, LocatedError) else self.source.origin
        reason = Reason(Why.INVALID, error.message, "", origin)
        self.evaluation.problems.setdefault(reason)
        return reason

    def place(self, block: nodes.Block) -> Origin:
        """The head of a block of this module."""
        return Origin(block.file, block.start, block.header_stop, via=self.via)

    def evaluate(self, argument: nodes.Argument, scope: nodes.Scope) -> object:
        """The value of an argument; an error knows its place."""
        evaluation = self.evaluation
        outer, evaluation.current = evaluation.current, argument
        try:
            return argument.value.evaluate(scope)
        except EvalError as error:
            raise located(error, argument.file, argument.value.start, argument.value.stop, self.via) from None
        finally:
            evaluation.current = outer

    @property
    def work(self) -> list[int]:
        return self.evaluation.work

    @property
    def secrets(self) -> set[str]:
        return self.evaluation.secrets

    # --- variables, local values, outputs

    def variable(self, name: str) -> object:
        return self._variables.get(name, lambda: self._guarded(self.source.variables.get(name), self._variable(name)))

    def _guarded(self, block: nodes.Block | None, value: object) -> object:
        """The value of a variable or an output; what it holds is noted where the block says that it is sensitive."""
        if block is not None and any(map(block.body.arguments.__contains__, _MARKS)):
            for mark in _MARKS:
                written = block.body.arguments.get(mark)
                if written is not None and getattr(written.value, "value", True) is not False:
                    note_secrets(value, self.secrets)
        return value

    def _variable(self, name: str) -> object:
        declared = declaration(self.source, name)
        if declared is None:
            return self.missing(f"variable `{name}`")
        if self.call is None:
            supplied = self.evaluation.given.values.get(name)
            if supplied is None:
                return declared.default() if declared.has_default else self._unset(name, declared)
            return declared.accept(name, supplied.read(declared), supplied.origin)
        assert self.parent is not None
        assert self.call_scope is not None
        argument = self.call.body.arguments.get(name)
        if argument is None:
            if declared.has_default:
                return declared.default()
            detail = f"module `{self.call.labels[0]}` does not set its required variable `{name}`"
            raise LocatedError(detail, self.parent.place(self.call))
        value = self.parent.evaluate(argument, self.call_scope)
        return declared.accept(name, value, Origin(argument.file, argument.start, argument.stop, via=self.parent.via))

    def _unset(self, name: str, declared: Declaration) -> object:
        settle = f"pass --var {name}=... or --var-file"
        reason = Reason(Why.INPUT, f"variable `{name}` has no value", settle, self.place(declared.block))
        return Input(declared.type, f"var.{name}", (reason,))

    def local(self, name: str) -> object:
        return self._locals.get(name, lambda: self._local(name))

    def _local(self, name: str) -> object:
        argument = self.source.locals.get(name)
        return self.missing(f"local value `{name}`") if argument is None else self.evaluate(argument, self)

    def output(self, name: str) -> object:
        return self._outputs.get(name, lambda: self._guarded(self.source.outputs.get(name), self._output(name)))

    def _output(self, name: str) -> object:
        block = self.source.outputs.get(name)
        if block is None:
            if self.source.broken:
                return Unknown(tuple(self.source.broken))
            raise LocatedError(f"the module has no output `{name}`", self.place(self.call) if self.call else Origin())
        argument = block.body.arguments.get("value")
        if argument is None:
            raise LocatedError(f"output `{name}` has no value", self.place(block))
        return self.evaluate(argument, self)

    # --- resources

    def resource(self, mode: str, type: str, name: str) -> object:
        """What `TYPE.NAME` (or `data.TYPE.NAME`) means in an expression of the module."""
        if mode == "ephemeral":
            if (type, name) not in self.source.ephemerals:
                return self.missing(f"ephemeral resource `{type}.{name}`")
            return Unknown((withheld(f"ephemeral.{type}.{name}"),))
        table = self.source.data if mode == "data" else self.source.resources
        if (type, name) not in table:
            kind = "data source" if mode == "data" else "resource"
            return self.missing(f"{kind} `{type}.{name}`")
        return self.resources(mode, type, name).value()

    def resources(self, mode: str, type: str, name: str) -> Resources:
        """The instances of a resource that is declared."""
        key = (mode, type, name)
        found = self._resources.get(key)
        if found is None:
            block = (self.source.data if mode == "data" else self.source.resources)[type, name]
            expansion = self._expanded(block, f"{'data.' if mode == 'data' else ''}{type}.{name}")
            instances = tuple(Resource(mode, block, self, expansion, slot) for slot in expansion.slots)
            found = self._resources[key] = Resources(self.evaluation, expansion, instances)
        return found

    # --- module calls

    def called(self, name: str) -> object:
        """What `module.NAME` means in an expression of the module."""
        if name not in self.source.modules:
            return self.missing(f"module `{name}`")
        found = self.children(name)
        return ModuleItems(found.expansion, found.outputs, self.evaluation)

    def children(self, name: str) -> Children:
        """The instances of a module call that is declared."""
        found = self._children.get(name)
        if found is None:
            call = self.source.modules[name]
            expansion = self._expanded(call, f"module.{name}")
            source = self._called(name, call)
            if not isinstance(source, Reason):
                source = self.evaluation.room_for_modules(len(expansion.slots), self.place(call)) or source
            if isinstance(source, Reason):
                found = Children(call, expansion, (), source)
            else:
                instances = [ModuleInstance(self.evaluation, source, self, call, expansion, s) for s in expansion.slots]
                found = Children(call, expansion, tuple(instances))
            self._children[name] = found
        return found

    def enters(self, name: str) -> bool:
        """Whether a module call was followed already."""
        return name in self._children

    def _called(self, name: str, call: nodes.Block) -> ModuleSource | Reason:
        path = f"{self.path}.{name}" if self.path else name
        source = self.evaluation.calls.resolve(self.source, path, call)
        if isinstance(source, Reason):
            where = Origin(source.origin.source, source.origin.start, source.origin.stop, via=self.via)
            return Reason(source.why, source.detail, source.settle, where)
        above: ModuleInstance | None = self
        while above is not None:
            if above.source.directory == source.directory:
                return Reason(Why.INVALID, f"module `{name}` calls itself", "", self.place(call))
            above = above.parent
        if len(self.via) >= DEEPEST:
            return Reason(Why.LIMIT, f"module `{name}` is called by {DEEPEST} modules above it", "", self.place(call))
        return source

    def _expanded(self, block: nodes.Block, address: str) -> Expansion:
        count = block.body.arguments.get("count")
        for_each = block.body.arguments.get("for_each")
        argument, repeated = (for_each, "for_each") if for_each is not None else (count, "count")
        if argument is None:
            return SINGLE
        if address in self._expanding:
            raise EvalError(f"the number of instances of `{self.address}{address}` depends on itself")
        self._expanding.add(address)
        where = Origin(argument.file, argument.start, argument.stop, via=self.via)
        try:
            value = self.evaluate(argument, self)
            expansion = (by_for_each if repeated == "for_each" else by_count)(value).placed(where)
        except EvalError as error:
            wrong = located(error, argument.file, argument.value.start, argument.value.stop, self.via)
            expansion = refused(repeated, self.reason_of(wrong))
        finally:
            self._expanding.discard(address)
        if self.evaluation.outcome is not None:
            expansion = self.evaluation.outcome.expansion(self.address, address, repeated, expansion)
        if block.type != "module" and not self.evaluation.room_for(len(expansion.slots)):
            detail = f"the root has more than the {MOST_OBJECTS} instances that are followed"
            return refused(repeated, Reason(Why.LIMIT, detail, "", self.place(block)))
        return expansion


class Resources:
    """All instances of one resource block, in the order of the expansion's slots."""

    __slots__ = ("_evaluation", "_value", "expansion", "instances")

    def __init__(self, evaluation: Evaluation, expansion: Expansion, instances: tuple[Resource, ...]) -> None:
        self._evaluation = evaluation
        self.expansion = expansion
        self.instances = instances
        self._value: object = None

    def value(self) -> object:
        """What the name of the resource means in an expression."""
        if self._value is None:
            self._value = items_of(self.expansion, lambda at: Whole(self.instances[at]), self._evaluation)
        return self._value


class Children:
    """All instances of one module call; none where the module cannot be read, for the reason `opaque`."""

    __slots__ = ("call", "expansion", "instances", "opaque")

    def __init__(
        self,
        call: nodes.Block,
        expansion: Expansion,
        instances: tuple[ModuleInstance, ...],
        opaque: Reason | None = None,
    ) -> None:
        self.call = call
        self.expansion = expansion
        self.instances = instances
        self.opaque = opaque

    def outputs(self, at: int) -> Outputs | Unknown:
        return Unknown((self.opaque,)) if self.opaque is not None else Outputs(self.instances[at])

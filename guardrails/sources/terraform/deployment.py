"""One root module as the deployment that is judged."""

from __future__ import annotations

from guardrails.kernel.block import AnythingHidden, Deployment, HidingPlace, RawResource
from guardrails.kernel.origin import Origin
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.evaluated import BodyBlock
from guardrails.sources.terraform.instances import scope_of
from guardrails.sources.terraform.module_calls import DEEPEST
from guardrails.sources.terraform.module_scope import ModuleInstance
from guardrails.sources.terraform.providers import location_of
from guardrails.sources.terraform.values import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from guardrails.kernel.block import WrittenWaiver
    from guardrails.sources.terraform.heard import Heard
    from guardrails.sources.terraform.instances import Resource
    from guardrails.sources.terraform.module_scope import Children, Evaluation
    from guardrails.sources.terraform.module_source import ModuleSource

_KEY = compile_later(r'\[(?:\d+|\?|"(?:[^"\\]|\\.)*")\]')
_OF_THE_CALL = frozenset(("source", "version", "providers", "count", "for_each", "depends_on"))
"""Arguments of a module call that are not handed into the module."""

MOST_RESOURCES = 20_000
"""Resources of one type that are judged in one root. Each takes some 30 kB."""


class TerraformDeployment(Deployment):
    """A root module with all modules below it."""

    dialect = "tf"
    source = "terraform"

    def __init__(
        self, evaluation: Evaluation, target: str, seen_everywhere: Callable[[str], bool] = lambda _: True
    ) -> None:
        self.target = target
        self._seen_everywhere = seen_everywhere
        """Whether all roots that use the module in a directory are judged in this run."""
        self._evaluation = evaluation
        self._root: ModuleInstance | None = None
        self._sources: tuple[ModuleSource, ...] | None = None
        self._found: dict[str, tuple[RawResource, ...]] = {}
        self._hidden: tuple[HidingPlace, ...] | None = None

    @property
    def root(self) -> ModuleInstance:
        """The root module, read when it is first asked for."""
        if self._root is None:
            self._root = ModuleInstance(self._evaluation, self._evaluation.calls.root)
        return self._root

    def release(self) -> None:
        """Lets go of all that was read. Asking on reads again.

        What is evaluated refers to itself all over. A deployment is made long before it is judged, so that it counts as
        old to the collector of garbage, and would keep all that from being found among what is young.
        """
        if self._root is not None:
            self._root.forget()
        self._root = None
        self._sources = None
        self._found = {}
        self._hidden = None
        self._evaluation.rendered.clear()
        self._evaluation = self._evaluation.fresh()

    def sources(self) -> tuple[ModuleSource, ...]:
        """The root and every module that can be read below it."""
        if self._sources is None:
            self._sources = tuple(self._evaluation.calls.everything())
        return self._sources

    def types(self) -> frozenset[str]:
        return self._evaluation.calls.summary(self.root.source, "").types

    def resources(self, type: str) -> tuple[RawResource, ...]:
        found = self._found.get(type)
        if found is None:
            mode, name = ("data", type.removeprefix("data.")) if type.startswith("data.") else ("managed", type)
            instances = self._instances(self.root, mode, name, type) if type in self.types() else ()
            found = self._found[type] = tuple(_raw(instance, type) for instance in self._limited(instances))
        return found

    def _limited(self, instances: Iterable[Resource]) -> Iterator[Resource]:
        """As many as are judged. That there are more is a place where anything may hide."""
        for count, instance in enumerate(instances):
            if count == MOST_RESOURCES:
                if self._evaluation.exhausted is None:
                    detail = f"the root has more than the {MOST_RESOURCES} resources of one type that are judged"
                    place = instance.module.place(instance.block)
                    self._evaluation.exhausted = Reason(Why.LIMIT, detail, "divide the root module", place)
                return
            yield instance

    def _instances(self, module: ModuleInstance, mode: str, name: str, wanted: str) -> Iterator[Resource]:
        table = module.source.data if mode == "data" else module.source.resources
        if wanted in module.source.types:
            for kind, label in table:
                if kind == name:
                    yield from module.resources(mode, kind, label).instances
        below = self._evaluation.calls.summary(module.source, module.path)
        for call in below.toward(wanted):
            if self._evaluation.exhausted is None or module.enters(call):
                for child in module.children(call).instances:
                    yield from self._instances(child, mode, name, wanted)

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        if self._hidden is None:
            found: dict[int, HidingPlace] = {}
            opaque: dict[Reason, OpaqueCall] = {}
            for place in self._hiding_places(self.root, opaque):
                # A file that could not be read hides the same however often its module is called.
                found.setdefault(id(place.reason) if isinstance(place, AnythingHidden) else id(place), place)
            self._hidden = tuple(found.values())
        if self._evaluation.exhausted is not None:
            return (*self._hidden, AnythingHidden(self._evaluation.exhausted))
        return self._hidden

    def _hiding_places(self, module: ModuleInstance, opaque: dict[Reason, OpaqueCall]) -> Iterator[HidingPlace]:
        if module.source.broken:
            yield AnythingHidden(module.source.broken[0])
        below = self._evaluation.calls.summary(module.source, module.path)
        too_high = len(module.via) + below.height > DEEPEST
        for name in module.source.modules if too_high else below.hiding:
            exhausted = self._evaluation.exhausted
            if exhausted is not None and not module.enters(name):
                continue
            children = module.children(name)
            if children.opaque not in (None, exhausted) and children.expansion.slots:
                assert children.opaque is not None
                place = opaque[children.opaque] = OpaqueCall(module, children, children.opaque, opaque)
                yield place
            for child in children.instances:
                yield from self._hiding_places(child, opaque)

    def gaps(self) -> tuple[Reason, ...]:
        hidden = self.hiding_places()  # first: looking for them notes problems
        found = [*self._evaluation.given.problems, *self._evaluation.calls.problems]
        found += [problem for source in self.sources() for problem in source.problems]
        found += [place.reason for place in hidden]
        found += self._evaluation.problems
        return tuple(dict.fromkeys(found))

    def secrets(self) -> frozenset[str]:
        return frozenset(self._evaluation.secrets)

    def waivers(self) -> tuple[WrittenWaiver, ...]:
        waiving = [source for source in self.sources() if source.waiving]
        if not waiving:
            return ()
        from guardrails.sources.terraform.waivers import written_in

        return tuple(
            waiver
            for source in waiving
            for waiver in written_in(source, everywhere=self._seen_everywhere(source.directory))
        )

    @property
    def origin(self) -> Origin:
        return self.root.source.origin

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(file.path for source in self.sources() for file in source.files)

    @property
    def size(self) -> int:
        return sum(len(resources) for resources in self._found.values())


def _raw(resource: Resource, type: str) -> RawResource:
    block = resource.block
    head = Origin(block.file, block.start, block.header_stop, via=resource.module.via)
    outcome = resource.module.evaluation.outcome
    part = outcome.part(resource.address) if outcome is not None else None
    return RawResource(
        "tf",
        type,
        resource.address,
        BodyBlock(block.body, resource.scope, head, resource, part),
        resource.exists,
        location_of(resource),
        resource.mode == "managed",
    )


class OpaqueCall(HidingPlace):
    """A call of a module that is not here: it can only concern what it is told of."""

    __slots__ = ("_children", "_heard", "_module", "_opaque", "_reason")

    def __init__(
        self, module: ModuleInstance, children: Children, reason: Reason, opaque: dict[Reason, OpaqueCall]
    ) -> None:
        self._module = module
        self._children = children
        self._reason = reason
        self._opaque = opaque
        """All calls of the deployment of this kind, by reason."""
        self._heard: Heard | None = None

    @property
    def reason(self) -> Reason:
        return self._reason

    @property
    def address(self) -> str:
        """The address of what is called, without keys of its own."""
        return f"{self._module.address}module.{self._children.call.labels[0]}"

    def may_concern(self, address: str, names: Sequence[str]) -> bool:
        return self.hears_of(address, [name for name in names if name], set())

    def hears_of(self, address: str, names: Sequence[str], asked: set[int]) -> bool:
        """As `may_concern`, for one of several calls that are asked in turn."""
        asked.add(id(self))
        heard = self._listen()
        if any(_same_resource(address, told) for told in heard.addresses):
            return True
        if any(name in told for name in names for told in heard.texts):
            return True
        if heard.vague and not names:
            return True
        for reason in heard.vague:
            # What another such module puts out can only speak of what that one was told.
            other = self._opaque.get(reason)
            if other is None or (id(other) not in asked and other.hears_of(address, names, asked)):
                return True
        return False

    def _listen(self) -> Heard:
        if self._heard is None:
            from guardrails.sources.terraform.heard import Heard  # only where a module was not read

            self._heard = heard = Heard()
            for slot in self._children.expansion.slots:
                scope = scope_of(self._module, self._children.expansion, slot)
                for name, argument in self._children.call.body.arguments.items():
                    if name in _OF_THE_CALL:
                        continue
                    try:
                        heard.listen(self._module.evaluate(argument, scope))
                    except EvalError as error:
                        heard.vague.add(self._module.reason_of(error))
        return self._heard


def _same_resource(address: str, told: str) -> bool:
    """Whether two addresses may be one resource: a key that is not known may be any."""
    if address == told:
        return True
    return ("[?]" in address or "[?]" in told) and _KEY.sub("", address) == _KEY.sub("", told)

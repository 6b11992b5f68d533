"""One root template with the stacks that it nests, as the deployment that is judged."""

from __future__ import annotations

from guardrails.kernel.block import AnythingHidden, Deployment, HidingPlace, Location, RawResource
from guardrails.kernel.origin import Origin
from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.blocks import ResourceBlock
from guardrails.sources.cloudformation.existence import exists, is_absent, scope_of
from guardrails.sources.cloudformation.nodes import Mapping
from guardrails.sources.cloudformation.pseudo_parameters import pseudo
from guardrails.sources.cloudformation.stack import Stack
from guardrails.sources.terraform.kernel_values import value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guardrails.kernel.block import WrittenWaiver
    from guardrails.kernel.truth import Truth
    from guardrails.sources.cloudformation.stack import Declared

MOST_RESOURCES = 20_000
"""Resources of one type that are judged in one deployment."""
_OF_RESOURCES = frozenset(
    (
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    )
)
"""What a resource may have (AWS CloudFormation User Guide, Resource attribute reference)."""
_OF_TRANSFORMS = frozenset(("Connectors", "Fn::Transform", "IgnoreGlobals"))
"""What transforms of AWS's own take out again."""


class StackDeployment(Deployment):
    """A root stack with all stacks below it."""

    dialect = "cfn"
    source = "cloudformation"

    def __init__(
        self, path: str, target: str, open_root: Callable[[], Stack], let_go: Callable[[], None] = lambda: None
    ) -> None:
        """`target` tells apart the environments that the template at `path` is deployed to."""
        self._path = path
        self.target = target
        self._open = open_root
        self._let_go = let_go
        self._root: Stack | None = None
        self._stacks: tuple[Stack, ...] | None = None
        self._hidden: tuple[HidingPlace, ...] | None = None
        self._by_type: dict[str, list[tuple[Stack, Declared]]] | None = None
        self._found: dict[str, tuple[RawResource, ...]] = {}
        self._beyond: dict[Reason, None] = {}
        """Why not all resources are judged."""
        self._locations: dict[str, Location] = {}

    @property
    def root(self) -> Stack:
        if self._root is None:
            self._root = self._open()
        return self._root

    def release(self) -> None:
        """Lets go of all that was worked out. Asking on works it out again."""
        if self._root is not None:
            self._root.forget()
        self._root = None
        self._stacks = None
        self._hidden = None
        self._by_type = None
        self._found = {}
        self._locations = {}
        self._let_go()

    # --- resources

    def stacks(self) -> tuple[Stack, ...]:
        """The root and every stack below it."""
        if self._stacks is None:
            self._look()
        assert self._stacks is not None
        return self._stacks

    def _look(self) -> None:
        """Opens all nested stacks, and notes what cannot be seen."""
        from guardrails.sources.cloudformation.hiding import hidden_in
        from guardrails.sources.cloudformation.nested import NESTS

        found: list[Stack] = []
        hidden: list[HidingPlace] = []
        pending = [self.root]
        while pending:
            stack = pending.pop()
            found.append(stack)
            nesting = [declared for declared in stack.resources().values() if declared.type in NESTS]
            opened: list[Stack] = []
            for declared in nesting:
                if is_absent(declared, stack):
                    continue
                child = stack.child(declared.name)
                if isinstance(child, Stack):
                    opened.append(child)
            pending += reversed(opened)
            hidden += hidden_in(stack)
        self._stacks = tuple(found)
        self._hidden = tuple(hidden)

    def _declared(self) -> dict[str, list[tuple[Stack, Declared]]]:
        if self._by_type is None:
            self._by_type = {}
            for stack in self.stacks():
                for declared in stack.resources().values():
                    self._by_type.setdefault(declared.type, []).append((stack, declared))
        return self._by_type

    def types(self) -> frozenset[str]:
        return frozenset(self._declared())

    def resources(self, type: str) -> tuple[RawResource, ...]:
        found = self._found.get(type)
        if found is None:
            found = self._found[type] = tuple(self._raws(type))
        return found

    def _raws(self, type: str) -> Iterator[RawResource]:
        for count, (stack, declared) in enumerate(self._declared().get(type, ())):
            if count == MOST_RESOURCES:
                detail = f"the stack has more than the {MOST_RESOURCES} resources of one type that are judged"
                reason = Reason(Why.LIMIT, detail, "divide the template", stack.head(declared.entry))
                self._beyond.setdefault(reason)
                return
            there = exists(declared, stack)
            if there.verdict is not Verdict.FALSE:
                yield self._raw(stack, declared, there)

    def _raw(self, stack: Stack, declared: Declared, there: Truth) -> RawResource:
        block = ResourceBlock(declared, scope_of(declared), stack.head(declared.entry))
        location = _elsewhere(stack, declared) or self._location(stack)
        return RawResource("cfn", declared.type, stack.address_of(declared.name), block, there, location)

    def _location(self, stack: Stack) -> Location:
        key = stack.place_of_account
        found = self._locations.get(key)
        if found is None:
            head = Origin(stack.template.source, 0, 0, via=stack.via)
            account, region = (
                value_of(pseudo(name, stack.base), head.named(said))
                for name, said in (("AWS::AccountId", "account"), ("AWS::Region", "region"))
            )
            found = self._locations[key] = Location(f"stack {key}", _as_text(account), _as_text(region))
        return found

    # --- what is not seen

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        self.stacks()
        assert self._hidden is not None
        if self._beyond:
            return (*self._hidden, *map(AnythingHidden, self._beyond))
        return self._hidden

    def gaps(self) -> tuple[Reason, ...]:
        from guardrails.sources.cloudformation.hiding import Told

        found: list[Reason] = []
        for stack in self.stacks():
            template = stack.template
            found += [fault.reason(template.source) for fault in template.faults]
        found += [place.reason for place in self.hiding_places() if not (isinstance(place, Told) and place.quiet)]
        found += self.root.run.problems
        return tuple(dict.fromkeys(found))

    def secrets(self) -> frozenset[str]:
        return frozenset(self.root.run.secrets)

    def exports(self) -> Iterator[tuple[str, object]]:
        """What the stacks export, by name, as far as the names are known."""
        from guardrails.sources.cloudformation.evaluation import evaluate

        for stack in self.stacks():
            for field in stack.section("Outputs").fields.values():
                node = field.entry.value
                export = node.get("Export") if isinstance(node, Mapping) else None
                named = export.get("Name") if isinstance(export, Mapping) else None
                value = node.get("Value") if isinstance(node, Mapping) else None
                if named is None or value is None:
                    continue
                said = evaluate(named, field.scope)
                if isinstance(said, str):
                    yield said, evaluate(value, field.scope)

    def waivers(self) -> tuple[WrittenWaiver, ...]:
        from guardrails.sources.cloudformation.waivers import written_in

        # A template that is nested several times is one text.
        templates = {id(stack.template.source): stack.template for stack in self.stacks()}
        return tuple(waiver for template in templates.values() for waiver in written_in(template, everywhere=True))

    @property
    def path(self) -> str:
        return self._path

    @property
    def origin(self) -> Origin:
        source = self.root.template.source
        return Origin(source, 0, 0)

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stack.template.source.path for stack in self.stacks()))

    @property
    def size(self) -> int:
        return sum(len(resources) for resources in self._found.values())


def _elsewhere(stack: Stack, declared: Declared) -> Location | None:
    """Where a resource will be that says more than CloudFormation takes: who reads that may put it anywhere."""
    for entry in declared.node.entries:
        if entry.key not in _OF_RESOURCES and entry.key not in _OF_TRANSFORMS:
            detail = (
                f"`{entry.key}` is for another program than CloudFormation, which may put `{declared.name}` elsewhere"
            )
            origin = Origin(stack.template.source, entry.start, entry.stop, via=stack.via, attribute=entry.key)
            reason = Reason(Why.UNSUPPORTED, detail, "scan what that program makes of the template", origin)
            unknown: Value[str] = Value.unknown((reason,), origin)
            return Location(f"{entry.key} of {stack.address_of(declared.name)}", unknown, unknown)
    return None


def _as_text(value: Value[object]) -> Value[str]:
    return value  # type: ignore[return-value] # a pseudo-parameter is a text

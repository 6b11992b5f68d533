"""A plan or state as the deployment that is judged, by itself: without the code that it was made of."""

from __future__ import annotations

from functools import cached_property

from guardrails.kernel.block import AnythingHidden, Deployment, RawResource
from guardrails.kernel.origin import Origin
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.deployment import MOST_RESOURCES
from guardrails.sources.terraform.expansion import EXISTS
from guardrails.sources.terraform.values import EvalError, Ref, Unknown
from guardrails.sources.terraform_plan import provider_facts
from guardrails.sources.terraform_plan.blocks import PlanBlock
from guardrails.sources.terraform_plan.configuration import Configuration
from guardrails.sources.terraform_plan.influence import Influence
from guardrails.sources.terraform_plan.locations import Locations
from guardrails.sources.terraform_plan.shapes import listed, mapping, marked_values, part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from guardrails.kernel.block import HidingPlace
    from guardrails.sources.terraform_plan.configuration import Lead
    from guardrails.sources.terraform_plan.contents import Contents
    from guardrails.sources.terraform_plan.instances import Instance


class Known:
    """What blocks ask about the rest of the file."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self.advise: Callable[[], str] = _name_the_code
        """What a person can do about what the file does not hold."""
        self.is_state = not contents.is_plan
        self.configuration = Configuration(contents.configuration, contents.resources)
        self._by_address = {instance.address: instance for instance in contents.resources}
        self._by_type: dict[str, list[Instance]] = {}
        for instance in contents.resources:
            self._by_type.setdefault(instance.kind, []).append(instance)
        self._owners: dict[tuple[str, str], frozenset[str]] = {}
        self._rendered: dict[str, object] = {}
        self._looked_up: dict[str, Ref] | None = None

        self.lost: dict[str, None] = {}
        """The arguments that were asked for and follow from local values: what they lead to is not seen."""

    def forget(self) -> None:
        """Let go of all that was read."""
        for kept in (self._by_address, self._by_type, self._owners, self._rendered, self.contents.resources):
            kept.clear()
        self.contents.variables = {}
        self.contents.configuration = {}
        self.configuration = Configuration({}, ())

    @property
    def advice(self) -> str:
        return self.advise()

    def types(self) -> frozenset[str]:
        return frozenset(self._by_type)

    def of_type(self, kind: str) -> Sequence[Instance]:
        return self._by_type.get(kind, ())

    def at(self, address: str) -> Instance | None:
        return self._by_address.get(address)

    def expressions(self, instance: Instance) -> dict[str, Any] | None:
        """What is written in the block of an instance; None where the file does not hold it."""
        block = self.configuration.block(instance) if self.configuration else None
        return mapping(block.get("expressions")) if block is not None else None

    def leads(self, expression: object, instance: Instance) -> list[Lead]:
        return self.configuration.leads(expression, instance)

    def looked_up(self, value: str) -> Ref | None:
        """The data source that says more of a value than the value does, as a reference to it."""
        if self._looked_up is None:
            self._looked_up = {}
            for kind, names in provider_facts.TELLING.items():
                for instance in self.of_type(kind):
                    for name in names:
                        given = instance.values.get(name)
                        if isinstance(given, str) and given:
                            detail = f"`{instance.address}.{name}` was looked up when terraform ran"
                            reference = Ref(instance.address, (name,), (Reason(Why.ELSEWHERE, detail),))
                            self._looked_up.setdefault(given, reference)
        return self._looked_up.get(value)

    # --- copies

    def copies(self, instance: Instance, name: str, *, unknown: bool, block: bool = False) -> bool:
        """Whether an attribute is a copy of what a resource of its own says or, not known yet, of nothing."""
        copied = provider_facts.COPIES.get(instance.type, {})
        if name not in copied or name in (self.expressions(instance) or ()):
            return False
        if self.is_state and instance.type in provider_facts.LISTED:
            return False
        if self._is_owned(instance, *copied[name]):
            return True
        # A dynamic block over something unknown looks the same. With providers that copy nothing the others are known
        # to be empty; with those that do there must be something for it to be made of.
        alike = sum(part(instance.unknown, other) is True for other in copied)
        if not (unknown and alike > 1 and alike >= min(len(copied), _ALIKE)):
            return False
        return not block or not self.configuration or not self._influence.may_reach(instance)

    @cached_property
    def _influence(self) -> Influence:
        return Influence(self.contents.resources, self.configuration)

    def _is_owned(self, instance: Instance, type: str, target: str) -> bool:
        owners = self._owners.get((type, target))
        if owners is None:
            found: set[str] = set()
            for satellite in self.of_type(type):
                named = satellite.values.get(target)
                if isinstance(named, str):
                    found.add(named)
                else:
                    expression = (self.expressions(satellite) or {}).get(target)
                    found.update(lead.address for lead in self.leads(expression, satellite) if not lead.lost)
            owners = self._owners[type, target] = frozenset(found)
        names = (instance.values.get(name) for name in provider_facts.OWN_NAMES)
        return instance.address in owners or any(isinstance(name, str) and name in owners for name in names)

    # --- policies that are rendered while terraform applies

    def rendered(self, value: Unknown, leads: Sequence[Lead]) -> object:
        """The document that a data source will render, where it is all that a value is made of; else the value."""
        if len(leads) != 1 or leads[0].path not in (("json",), ("minified_json",)):
            return value
        instance = self.at(leads[0].address)
        if instance is None or instance.kind != "data.aws_iam_policy_document":
            return value
        if instance.address not in self._rendered:
            self._rendered[instance.address] = _document(instance, value)
        return self._rendered[instance.address]


_ALIKE = 4
_SHOWN = 3


def _name_the_code() -> str:
    return "pass `--source DIR`, the folder of the code that the plan was made of"


class PlanDeployment(Deployment):
    """All that a file says will be, or is."""

    dialect = "tf"

    def __init__(self, contents: Contents, target: str, facts: Mapping[str, str] | None = None) -> None:
        self.source = "terraform-plan" if contents.is_plan else "terraform-state"
        self.target = target
        self._known = Known(contents)
        self._locations = Locations(self._known.configuration, contents, facts)
        self._found: dict[str, tuple[RawResource, ...]] = {}
        self._exhausted: tuple[Reason, ...] = ()

    @property
    def known(self) -> Known:
        return self._known

    @property
    def contents(self) -> Contents:
        return self._known.contents

    def types(self) -> frozenset[str]:
        return self._known.types()

    def secrets(self) -> frozenset[str]:
        """What the file marks as sensitive in the resources that were asked for, and in the root's variables."""
        from guardrails.sources.terraform.secrets import note_secrets

        found: set[str] = set()
        for kind in self._found:
            for instance in self._known.of_type(kind):
                for value in marked_values(instance.values, instance.sensitive):
                    note_secrets(value, found)
        for value in self._known.configuration.sensitive_variables(self.contents.variables):
            note_secrets(value, found)
        return frozenset(found)

    def resources(self, type: str) -> tuple[RawResource, ...]:
        found = self._found.get(type)
        if found is None:
            found = self._found[type] = tuple(self.limited(map(self.raw, self._known.of_type(type))))
        return found

    def limited(self, found: Iterable[RawResource]) -> Iterator[RawResource]:
        """As many of one type as are judged. That there are more is a place where anything may hide."""
        for count, raw in enumerate(found):
            if count == MOST_RESOURCES:
                detail = f"`{self.files[0]}` has more than the {MOST_RESOURCES} resources of one type that are judged"
                self._exhausted = (Reason(Why.LIMIT, detail, "divide the root module", self.origin),)
                return
            yield raw

    def raw(self, instance: Instance) -> RawResource:
        origin = Origin(self.contents.file, instance.offset, instance.offset)
        block = PlanBlock(
            self._known,
            instance,
            instance.values,
            instance.unknown,
            instance.sensitive,
            self._known.expressions(instance),
            origin,
        )
        location = self._locations.of(instance, origin)
        return RawResource("tf", instance.kind, instance.address, block, EXISTS, location, instance.mode == "managed")

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        return tuple(AnythingHidden(reason) for reason in (*self.contents.hidden, *self._exhausted))

    def gaps(self) -> tuple[Reason, ...]:
        gaps = [*self.contents.gaps, *self.contents.hidden, *self._exhausted]
        if self._known.lost:
            named = list(self._known.lost)
            shown = ", ".join(named[:_SHOWN]) + (f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else "")
            follows = "follows from a local value" if len(named) == 1 else "follow from local values"
            detail = f"{shown} {follows}, which a plan does not hold: what is used for what is not seen there"
            gaps.append(Reason(Why.CANNOT_SAY, detail, self._known.advice, self.contents.head))
        return tuple(dict.fromkeys(gaps))

    @property
    def origin(self) -> Origin:
        return self.contents.head

    @property
    def files(self) -> tuple[str, ...]:
        return (self.contents.file.path,)

    @property
    def size(self) -> int:
        return sum(len(resources) for resources in self._found.values())

    def release(self) -> None:
        """Lets go of what was read: it was read whole, and is not read again."""
        self._found = {}
        self._known.forget()


# --- documents

_STATEMENT = ("sid", "effect", "actions", "not_actions", "resources", "not_resources")


def _document(instance: Instance, otherwise: Unknown) -> object:
    """The policy that a data source will render, as far as its arguments are known. What an argument refers to is not
    put in: it may be a part of the text only."""
    from guardrails.sources.terraform.policy_document import render

    values, mask = instance.values, instance.unknown
    hole = Unknown(otherwise.reasons)

    def given(values: object, mask: object, name: str) -> object:
        return _filled(mapping(values).get(name), part(mask, name), hole)

    plain = {name: given(values, mask, name) for name in ("version", "policy_id")}
    plain |= {name: given(values, mask, name) for name in ("source_policy_documents", "override_policy_documents")}
    statements: list[object] = []
    mask_of_all = part(mask, "statement")
    for at, statement in enumerate(listed(values.get("statement"))):
        own = part(mask_of_all, at)
        if own is True:
            statements.append(hole)
            continue
        said: dict[str, object] = {name: given(statement, own, name) for name in _STATEMENT}
        for name in ("principals", "not_principals"):
            said[name] = given(statement, own, name) or []
        said["conditions"] = given(statement, own, "condition") or []
        statements.append(said)
    if mask_of_all is True:
        statements.append(hole)
    plain["statements"] = statements
    try:
        return render(plain, minified=True)
    except EvalError:
        return otherwise


def _filled(value: object, mask: object, hole: Unknown) -> object:
    from guardrails.sources.terraform_plan.blocks import filled

    return filled(value, mask, lambda: hole)

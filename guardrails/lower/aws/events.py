"""EventBridge: rules with their targets, and event buses."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import Truth, Verdict, decide
from guardrails.kernel.value import Value
from guardrails.lower.aws.destinations import destination_fields
from guardrails.lower.aws.documents import access_policy
from guardrails.lower.aws.names import bus_name
from guardrails.lower.reader import Cannot, Reader, Satellite
from guardrails.lower.world import identity, protected
from guardrails.model import Role
from guardrails.model.monitoring import EventBus, EventRule, EventTarget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.block import RawResource
    from guardrails.lower.world import World
    from guardrails.model import AccessPolicy

DEFAULT_BUS = "default"
_TARGETS = {"tf": ("aws_cloudwatch_event_target", "rule"), "live": ("events.target", "Rule")}


def event_rule(r: Reader) -> EventRule:
    bus = _bus(r)
    pattern = {"tf": "event_pattern", "cfn": "EventPattern", "live": "EventPattern"}[r.dialect]
    return EventRule(
        **identity(r, r.text(tf="name", cfn="Name", live="Name"), protected(r)),
        bus=bus,
        state=later(lambda: _state(r)),
        pattern=later(lambda: r.json(tf="event_pattern", cfn="EventPattern", live="EventPattern")),
        document=Many(lambda: r.block.document(pattern), owner=r.origin, noun="event pattern"),
        accepted=decide(r.dialect == "live"),
        schedule=r.text(tf="schedule_expression", cfn="ScheduleExpression", live="ScheduleExpression"),
        targets=Many(lambda: _targets(r, bus), owner=r.origin, noun="target"),
        managed_by=_manager(r),
        account=r.world.account,
    )


def _manager(r: Reader) -> Value[str]:
    """Who deploys a rule manages it; only services of AWS make rules that nobody else may change."""
    if r.dialect != "live":
        return Value.unset(r.origin)
    return r.text(tf=Cannot("code makes none"), cfn=Cannot("a template makes none"), live="ManagedBy")


def _bus(r: Reader) -> Value[str]:
    named = r.text(tf="event_bus_name", cfn="EventBusName", live="EventBusName", default=DEFAULT_BUS)
    if named.reference is not None and named.reference.type == _BUS:
        return _written_name(r, named)
    return named.map(bus_name) if named.settled else named


_BUS = "AWS::Events::EventBus"


def _written_name(r: Reader, named: Value[str]) -> Value[str]:
    """The name that the bus of the same template is given; it must have one."""
    for raw in r.world.raws((_BUS,)):
        if named.reference is not None and raw.address == named.reference.address:
            return Reader(raw.block, raw.dialect, raw, r.world).text(tf="", cfn="Name", live="").at(named.origin)
    return named


def _state(r: Reader) -> Value[str]:
    """Older versions of the provider know a switch only."""
    state = r.text(tf="state", cfn="State", live="State")
    if r.dialect == "tf" and state.settled and state.or_none() is None:
        switch = r.flag(tf="is_enabled", cfn=Cannot("not a property"), live=Cannot("not in answers"))
        if switch.present is not False:
            return switch.map(lambda on: "ENABLED" if on else "DISABLED")
    return state.or_default("ENABLED")


def _targets(r: Reader, bus: Value[str]) -> Many[EventTarget]:
    if r.dialect == "cfn":
        inline = r.blocks(tf="", cfn="Targets", live="", noun="target")
        return inline.through(lambda block: Many.of(_target(Reader(block, r.dialect, r.raw, r.world))))
    kind, named = _TARGETS[r.dialect]
    members, gaps = r.world.attached(kind, named, r.raw).loaded()
    if r.dialect == "live":
        # By its name a rule is not known: each bus may have one by the same.
        own = _targets_by_rule(r.world).get(_place(r, bus.or_none(), "Name"), ())
        return Many(tuple((_target(Reader(raw.block, raw.dialect, raw, r.world)), raw.exists) for raw in own), gaps)
    found: list[tuple[EventTarget, Truth]] = []
    for raw, exists in members:
        beside = Reader(raw.block, raw.dialect, raw, r.world)
        here = exists & _same_bus(_bus(beside), bus)
        if here.verdict is not Verdict.FALSE:
            found.append((_target(beside), here))
    return Many(tuple(found), gaps)


def _targets_by_rule(world: World) -> dict[tuple[object, ...], list[RawResource]]:
    """The targets that were listed in an account, by the rule that they are of."""

    def made() -> dict[tuple[object, ...], list[RawResource]]:
        found: dict[tuple[object, ...], list[RawResource]] = {}
        kind, named = _TARGETS["live"]
        for raw in world.raws((kind,)):
            r = Reader(raw.block, raw.dialect, raw, world)
            found.setdefault(_place(r, _bus(r).or_none(), named), []).append(raw)
        return found

    return world.account.remembered("targets by rule", made)


def _place(r: Reader, bus: str | None, named: str) -> tuple[object, ...]:
    """What tells a rule from all others: its account and Region, its bus, and its name, which stands in `named`."""
    location = r.raw.location
    return location.account.or_none(), location.region.or_none(), bus, r.block.attribute(named).or_none()


def _same_bus(one: Value[str], other: Value[str]) -> Truth:
    """A target that points at a rule by its name and at a bus that is not known as well is taken for the rule's."""
    if one.or_none() is None or other.or_none() is None:
        return decide(True)
    return decide(one.or_none() == other.or_none())


def _target(r: Reader) -> EventTarget:
    return EventTarget(
        **destination_fields(r, r.text(tf="arn", cfn="Arn", live="Arn")),
        address=r.raw.address,
        role=r.link(Role, tf="role_arn", cfn="RoleArn", live="RoleArn", noun="role"),
        input=r.text(tf="input", cfn="Input", live="Input"),
        input_template=r.text(
            tf="input_transformer.input_template",
            cfn="InputTransformer.InputTemplate",
            live="InputTransformer.InputTemplate",
        ),
    )


def event_bus(r: Reader) -> EventBus:
    name = r.text(tf="name", cfn="Name", live="Name")

    def of_this_bus(rule: EventRule) -> Truth:
        from guardrails.semantics.metrics import same_name

        return same_name(rule.bus, name, r.raw.address)

    return EventBus(
        **identity(r, name, protected(r)),
        policy=_bus_policies(r),
        rules=r.world.watching(EventRule, r.raw, (name.or_none() or "",), of_this_bus),
        account=r.world.account,
    )


def _bus_policies(r: Reader) -> Many[AccessPolicy]:
    """The policy of a bus; single permissions (`aws_cloudwatch_event_permission`) are not read."""
    if r.dialect == "cfn":
        return _own_policy(r).and_also(_statements_beside(r))
    return _own_policy(r)


def _statements_beside(r: Reader) -> Many[AccessPolicy]:
    """In templates a resource of its own adds one statement to a bus."""
    beside = r.world.attached("AWS::Events::EventBusPolicy", "EventBusName", r.raw)
    return beside.through(
        lambda raw: (
            Reader(raw.block, raw.dialect, raw, r.world)
            .blocks(tf="", cfn="Statement", live="")
            .through(lambda _: Many.of(access_policy(Reader(raw.block, raw.dialect, raw, r.world))))
        )
    )


def _own_policy(r: Reader) -> Many[AccessPolicy]:
    return r.policies(
        access_policy,
        tf=Satellite("aws_cloudwatch_event_bus_policy", "event_bus_name", "policy"),
        cfn="Policy",
        live="Policy",
        noun="event bus policy",
    )

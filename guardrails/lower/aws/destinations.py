"""What alarms, event rules and log groups send to: an ARN, and what stands behind it."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import Truth, Verdict, decide, unknown
from guardrails.kernel.typed import cast
from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import MadeOf
from guardrails.lower.reader import declared, into
from guardrails.model import Topic
from guardrails.model.monitoring import Destination, Dimension

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.kernel.block import Block, RawResource
    from guardrails.lower.reader import Reader
    from guardrails.lower.world import World

_KINDS: dict[str, tuple[str, ...]] = {
    "sns": ("aws_sns_topic", "AWS::SNS::Topic"),
    "lambda": (
        "aws_lambda_function",
        "aws_lambda_alias",
        "AWS::Lambda::Function",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Version",
    ),
    "sqs": ("aws_sqs_queue", "AWS::SQS::Queue"),
    "firehose": ("aws_kinesis_firehose_delivery_stream", "AWS::KinesisFirehose::DeliveryStream"),
    "kinesis": ("aws_kinesis_stream", "AWS::Kinesis::Stream"),
    "logs": (
        "aws_cloudwatch_log_group",
        "AWS::Logs::LogGroup",
        "aws_cloudwatch_log_destination",
        "AWS::Logs::Destination",
    ),
    "states": ("aws_sfn_state_machine", "AWS::StepFunctions::StateMachine"),
    "ssm-incidents": ("aws_ssmincidents_response_plan", "AWS::SSMIncidents::ResponsePlan"),
    "event-bus": ("aws_cloudwatch_event_bus", "AWS::Events::EventBus"),
    "api-destination": ("aws_cloudwatch_event_api_destination", "AWS::Events::ApiDestination"),
    "autoscaling": (
        "aws_autoscaling_policy",
        "aws_appautoscaling_policy",
        "AWS::AutoScaling::ScalingPolicy",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
    ),
    "codebuild": ("aws_codebuild_project", "AWS::CodeBuild::Project"),
    "ssm": ("aws_ssm_document", "AWS::SSM::Document"),
    "ecs": ("aws_ecs_cluster", "AWS::ECS::Cluster"),
    "batch": ("aws_batch_job_queue", "AWS::Batch::JobQueue"),
}
"""What sends or receives, by the service that its ARN names."""
_OF_EVENTS = ("event-bus", "api-destination")


def destination(r: Reader, arn: Value[str], noun: str = "topic") -> Destination:
    return Destination(**destination_fields(r, arn, noun))


def destination_fields(r: Reader, arn: Value[str], noun: str = "topic") -> dict[str, Any]:
    world = r.world
    kind = _kind(arn, world)
    return {
        "origin": arn.origin,
        "arn": arn,
        "kind": kind,
        "topic": Many(lambda: _topics(arn, kind, r, noun), owner=arn.origin, noun=noun),
        "declared_watched": later(lambda: _declared_watched(arn, world)),
    }


def _declared_watched(arn: Value[str], world: World) -> Truth:
    """Whether the configuration names what an ARN leads to: by the ARN, or by its own name."""
    names = world.context.watched_destinations
    if not names or "*" in names:
        return decide(bool(names))
    if arn.alternatives:
        return _alike([_declared_watched(one, world) for one in arn.alternatives], arn)
    literal = arn.or_none()
    if literal is not None:
        short = literal.removesuffix(":*").rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        return declared(names, arn, "destination") | declared(names, Value.of(short, arn.origin), "destination")
    found = next(filter(None, map(_receivers(world).get, _addresses(arn))), None)
    return declared(names, _name_of(found[1]) if found is not None else arn, "destination")


def _alike(answers: list[Truth], arn: Value[str]) -> Truth:
    if len({answer.verdict for answer in answers}) == 1:
        return answers[0]
    return unknown(*arn.reasons, facts=(arn.fact(),))


_NAMED = ("name", "function_name", "Name", "FunctionName", "DeliveryStreamName", "DestinationName")


def _name_of(receiver: RawResource) -> Value[str]:
    given = (cast("Value[str]", receiver.block.attribute(name)) for name in _NAMED if name in receiver.block.names())
    return next(given, Value.unset(receiver.block.origin))


def destinations(r: Reader, arns: Many[Value[str]]) -> Many[Destination]:
    def found() -> Many[Destination]:
        members, gaps = arns.loaded()
        made = tuple((destination(r, arn), exists) for arn, exists in members if arn.present is not False)
        return Many(made, gaps, owner=arns.owner)

    return Many(found, owner=arns.owner, noun="action")


def _topics(arn: Value[str], kind: Value[str], r: Reader, noun: str) -> Many[Topic]:
    """The topic that an ARN leads to; what may be a topic may lead to one."""
    is_topic = kind.equals("sns")
    if is_topic.verdict is Verdict.FALSE:
        return Many((), owner=arn.origin)
    found = r.world.linked(Topic, arn, noun, near=r.raw.location)
    if is_topic.verdict is Verdict.TRUE:
        return found
    return found.where(lambda _: Truth(Verdict.UNKNOWN, is_topic.facts, is_topic.reasons))


def _kind(arn: Value[str], world: World) -> Value[str]:
    """The service that an ARN names, by its text or by what the reference leads to."""
    if arn.alternatives:
        return Value.one_of(tuple(_kind(one, world) for one in arn.alternatives), arn.reasons, arn.origin)
    literal = arn.or_none()
    if literal is not None:
        return Value.of(kind_of(literal) or literal, arn.origin)
    if arn.settled:
        return Value.unset(arn.origin)
    for address in _addresses(arn):
        found = _receivers(world).get(address)
        if found is not None:
            return Value.of(found[0], arn.origin)
    leading = arn.parts[0] if arn.parts else None
    if isinstance(leading, str) and leading.count(":") >= 3:
        kind = kind_of(leading + "::?")
        if kind and kind != "events":
            return Value.of(kind, arn.origin)
    return Value.unknown(arn.reasons, arn.origin, present=arn.present)


def kind_of(arn: str) -> str:
    """The service that an ARN names; empty for a text that is none."""
    fields = arn.split(":", 5)
    if len(fields) < 6 or fields[0] != "arn":
        return ""
    if fields[2] == "events":
        return next((kind for kind in _OF_EVENTS if fields[5].startswith(kind + "/")), "events")
    return fields[2]


def _addresses(arn: Value[str]) -> list[str]:
    """The resources that an ARN is an attribute of, or begins with one of."""
    found = [arn.reference.address] if arn.reference is not None else []
    if arn.parts and isinstance(arn.parts[0], Reference):
        found.append(arn.parts[0].address)
    found += [reason.address for reason in arn.reasons if isinstance(reason, MadeOf) and len(arn.reasons) == 1]
    return found


def _receivers(world: World) -> dict[str, tuple[str, RawResource]]:
    """Every resource that can be sent to, by address, with its service."""

    def made() -> dict[str, tuple[str, RawResource]]:
        found: dict[str, tuple[str, RawResource]] = {}
        for kind, types in _KINDS.items():
            for raw in world.raws((*types, *(f"data.{name}" for name in types))):
                found[raw.address] = (kind, raw)
        return found

    return world.account.remembered("destinations", made)


def dimensions(r: Reader, path: str) -> Many[Dimension]:
    """Dimensions of a metric: a mapping from name to value, or a list of names and values."""

    def found() -> Many[Dimension]:
        *above, last = path.split(".")
        holders: Many[Block] = Many.of(r.block)
        for step in above:
            holders = holders.through(into(step))
        return holders.through(lambda holder: _of_holder(holder, last))

    return Many(found, owner=r.origin, noun="dimension")


def _of_holder(holder: Block, name: str) -> Many[Dimension]:
    whole = holder.attribute(name)
    content = whole.or_none()
    if isinstance(content, dict):
        return Many.of(*(_dimension(str(key), said, whole) for key, said in sorted(content.items())))
    if whole.settled and content is None:
        return Many(lambda: _listed(holder.blocks(name)), owner=whole.origin)
    return Many(lambda: _listed(holder.blocks(name)), owner=whole.origin)


def _listed(blocks: Many[Block]) -> Many[Dimension]:
    members, gaps = blocks.loaded()
    found: list[tuple[Dimension, Truth]] = []
    for block, exists in members:
        named = next((key for key in ("Name", "Key") if block.attribute(key).present is not False), "")
        if named and "Value" in block.names():
            name = _text(block.attribute(named))
            found.append((Dimension(origin=block.origin, name=name, value=_text(block.attribute("Value"))), exists))
            continue
        for key in block.names():
            value = block.attribute(key)
            dimension = Dimension(origin=value.origin, name=Value.of(key, value.origin), value=_text(value))
            found.append((dimension, exists))
    return Many(tuple(found), gaps)


def _dimension(name: str, said: object, whole: Value[object]) -> Dimension:
    origin = whole.origin.named(name)
    return Dimension(origin=origin, name=Value.of(name, origin), value=Value.of(str(said), origin))


def _text(value: Value[object]) -> Value[str]:
    return value.map(str)

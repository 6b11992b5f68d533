"""What alarms, event rules and log groups send to: an ARN, and what stands behind it."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import MadeOf
from guardrails.lower.reader import into
from guardrails.model import Topic
from guardrails.model.monitoring import Destination, Dimension

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.kernel.block import Block
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
    }


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
        kind = _kinds(world).get(address)
        if kind is not None:
            return Value.of(kind, arn.origin)
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


def _kinds(world: World) -> dict[str, str]:
    """The service of every resource that can be sent to, by address."""

    def made() -> dict[str, str]:
        found: dict[str, str] = {}
        for kind, types in _KINDS.items():
            for raw in world.raws((*types, *(f"data.{name}" for name in types))):
                found[raw.address] = kind
        return found

    return world.account.remembered("kinds of destinations", made)


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

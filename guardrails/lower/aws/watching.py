"""Evidence that an alarm or an event rule watches the audit trail, and so what it sends to is part of the trail."""

from __future__ import annotations

from guardrails.kernel.truth import Verdict, decide, false, true
from guardrails.kernel.typed import cast
from guardrails.lower.reader import leaf
from guardrails.model import LogGroup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.block import RawResource
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.lower.world import World

_TRAILS = ("aws_cloudtrail", "AWS::CloudTrail::Trail", "cloudtrail.trail")
_FILTERS = {
    "tf": ("aws_cloudwatch_log_metric_filter", "metric_transformation", "name", "log_group_name"),
    "cfn": ("AWS::Logs::MetricFilter", "MetricTransformations", "MetricName", "LogGroupName"),
    "live": ("logs.filter", "metricTransformations", "metricName", "logGroupName"),
}
"""By dialect the type of metric filters, where the name of the metric is written, and that of the log group."""
_METRIC = {
    "aws_cloudwatch_metric_alarm": "metric_name",
    "AWS::CloudWatch::Alarm": "MetricName",
    "cloudwatch.alarm": "MetricName",
}
_RULES = {
    "aws_cloudwatch_event_target": ("rule", "aws_cloudwatch_event_rule", "name", "event_pattern"),
    "events.target": ("Rule", "events.rule", "Name", "EventPattern"),
}
"""By the type of targets: where one names its rule, the type of rules, and where those have their name and pattern."""
_RECORDED = "via CloudTrail"
"""How the `detail-type` of an event ends that CloudTrail recorded."""


def watches_trail(raw: RawResource, world: World) -> Truth:
    """Whether what this resource tells is about the audit trail. Without evidence it is not."""
    if raw.type in _TRAILS:
        return true()
    if raw.type in _METRIC:
        return decide(_on_audit_logs(raw, world))
    if raw.type in _RULES:
        return decide(_on_recorded_events(raw, world))
    if raw.type == "AWS::Events::Rule":
        return decide(_is_for_recorded_events(raw, "EventPattern"))
    return false()


def _on_audit_logs(alarm: RawResource, world: World) -> bool:
    """Whether the alarm's metric is made by a filter on a log group with audit logs."""
    metric = alarm.block.attribute(_METRIC[alarm.type])
    kind, within, name, of_group = _FILTERS[alarm.dialect]
    for found in world.raws((kind,)):
        written = leaf(found.block.blocks(within), name, found.block.origin)
        by_name = metric.or_none() is not None and metric.or_none() == written.or_none()
        by_reference = metric.reference is not None and metric.reference.address == found.address
        if by_name or by_reference:
            group = cast("Value[str]", found.block.attribute(of_group))
            held = world.linked(LogGroup, group, "log group", near=found.location).some(lambda group: group.audit)
            if held.verdict is Verdict.TRUE:
                return True
    return False


def _on_recorded_events(target: RawResource, world: World) -> bool:
    """Whether the target's rule is for events that CloudTrail records."""
    of_rule, kind, name, pattern = _RULES[target.type]
    named = target.block.attribute(of_rule)
    for rule in world.raws((kind,)):
        by_name = named.or_none() is not None and named.or_none() == rule.block.attribute(name).or_none()
        by_reference = named.reference is not None and named.reference.address == rule.address
        here = target.dialect != "live" or _of_one_bus(target, rule)
        if (by_name or by_reference) and here:
            return _is_for_recorded_events(rule, pattern)
    return False


def _of_one_bus(target: RawResource, rule: RawResource) -> bool:
    """Whether a target that names a rule is on its bus, in its Region: another may be called alike."""
    names = [raw.block.attribute("EventBusName").or_none() or "default" for raw in (target, rule)]
    places = [(raw.location.account.or_none(), raw.location.region.or_none()) for raw in (target, rule)]
    return names[0] == names[1] and places[0] == places[1]


def _is_for_recorded_events(rule: RawResource, pattern: str) -> bool:
    kinds = rule.block.document(pattern).through(lambda pattern: pattern.elements("detail-type"))
    return any(str(kind.or_none()).endswith(_RECORDED) for kind, _ in kinds.members())

"""CloudWatch: alarms, alarms made of alarms, and what mutes them."""

from __future__ import annotations

from guardrails.sources.aws.calling import NOT_YET_EVERYWHERE, Call
from guardrails.sources.aws.kind import Kind, Listing, Pointer, Step, arn_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.kind import Context

_ALARMS = Call("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms", items="MetricAlarms CompositeAlarms")
_BOTH = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
_STATES = frozenset(
    (
        "StateReason",
        "StateReasonData",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "EvaluationState",
        "ActionsSuppressedReason",
    )
)
"""What an alarm does at the moment. It may quote data."""
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def _may_be_of_a_filter(alarm: Context) -> bool:
    """Whether a metric filter may make its metric: no filter can write among the metrics of AWS's own services."""
    namespaces = [alarm.get("Namespace")]
    queries = alarm.get("Metrics")
    for query in queries if isinstance(queries, list) else []:
        metric = (query.get("MetricStat") or {}).get("Metric") or {}
        namespaces.append(metric.get("Namespace"))
    named = [name for name in namespaces if isinstance(name, str)]
    return not named or any(not name.startswith("AWS/") for name in named)


def _rule_name(summary: Context) -> str:
    return arn_fields(str(summary["AlarmMuteRuleArn"]))[4].removeprefix("alarm-mute-rule:")


ALARM = Kind(
    "cloudwatch.alarm",
    address="{AlarmArn}",
    listings=(Listing((Step(_ALARMS, "MetricAlarms", _BOTH),)),),
    sparing=True,
    evidence=_may_be_of_a_filter,
    points=tuple(Pointer(action, "sns.topic") for action in _ACTIONS),
    leaves_out=_STATES,
)
COMPOSITE_ALARM = Kind(
    "cloudwatch.composite_alarm",
    address="{AlarmArn}",
    listings=(Listing((Step(_ALARMS, "CompositeAlarms", _BOTH),)),),
    points=tuple(Pointer(action, "sns.topic") for action in _ACTIONS),
    leaves_out=_STATES,
)
MUTE_RULE = Kind(
    "cloudwatch.mute_rule",
    address="{AlarmMuteRuleArn}",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "cloudwatch",
                        "ListAlarmMuteRules",
                        "cloudwatch:ListAlarmMuteRules",
                        items="AlarmMuteRuleSummaries",
                        unsupported=NOT_YET_EVERYWHERE,
                    ),
                    "AlarmMuteRuleSummaries",
                    {"Statuses": ["SCHEDULED", "ACTIVE"]},
                    names={"of": _rule_name},
                ),
                Step(
                    Call(
                        "cloudwatch",
                        "GetAlarmMuteRule",
                        "cloudwatch:GetAlarmMuteRule",
                        absent=("ResourceNotFoundException",),
                    ),
                    "",
                    {"AlarmMuteRuleName": "{of}"},
                    about="{AlarmMuteRuleArn}",
                ),
            ),
            after="cloudwatch.alarm",
        ),
    ),
)
KINDS = (ALARM, COMPOSITE_ALARM, MUTE_RULE)

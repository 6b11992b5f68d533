"""What closes the gaps that the policies on being told find: a clause more, or a filter and an alarm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails.api import (
    AddCondition,
    AddResource,
    AddStatement,
    LeftToYou,
    NarrowFilter,
    NewStatement,
    NoticeCalls,
    Scenario,
    SetArgument,
    UseResource,
    own_scenario,
    policy_document,
)

from ...scenarios import named
from ...scenarios.account import unusual_region
from ._prescribed import PATTERNS
from ._scenarios import further, narrowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.api import Alternatives, Remedies


def _told_of(name: str, pattern: str = "") -> Callable[[Any], Alternatives]:
    def made(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
        return ((NoticeCalls(narrowed(named(name), settings), pattern),),)

    return made


def _elsewhere(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    """Of what happens in Regions that are not in use."""
    regions = settings.allowed_regions
    if not regions:
        return ((LeftToYou("which Regions are in use, only you know: name them in `allowed_regions`"),),)
    scenario = unusual_region(regions, named=()).with_calls(*further(settings.more_events))
    conditions = [f'($.awsRegion != "{region}")' for region in regions]
    return ((NoticeCalls(scenario, f"{{ {' && '.join(conditions)} && ($.readOnly IS FALSE) }}"),),)


def _of_your_own(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    return (tuple(NoticeCalls(own_scenario(text), _pattern(json.loads(text))) for text in settings.own_scenarios),)


def _pattern(said: Mapping[str, Any]) -> str:
    """A filter pattern for a scenario of one's own; empty where records are given instead."""
    if said.get("records") or not said.get("match"):
        return ""
    conditions = [_condition(path, value) for path, value in said["match"].items()]
    conditions += [f"($.{path} NOT EXISTS)" for path in said.get("absent") or ()]
    return f"{{ {' && '.join(conditions)} }}"


def _condition(path: str, value: object) -> str:
    if isinstance(value, list):
        return f"({' || '.join(_condition(path, one) for one in value)})"
    if isinstance(value, bool):
        return f"($.{path} IS {str(value).upper()})"
    if value is None:
        return f"($.{path} IS NULL)"
    return f'($.{path} = "{value}")' if isinstance(value, str) else f"($.{path} = {value})"


def _letter_by_letter(_: object) -> Alternatives:
    return (
        tuple(
            NoticeCalls(Scenario(control.replace(".", "-"), "", ()), pattern, even_if_noticed=True)
            for control, pattern in PATTERNS.items()
        ),
    )


_TRAIL = ("aws_cloudtrail",)
_STATUS = "aws_config_configuration_recorder_status"
_USE_TOPIC = UseResource("aws_sns_topic", "topic", may_stay_open=True)
_ON_TOPIC = SetArgument("alarm_actions", "[{topic}.arn]", replaces=True)
_ONE_CALL = (
    SetArgument("statistic", '"Sum"'),
    SetArgument("comparison_operator", '"GreaterThanOrEqualToThreshold"'),
    SetArgument("threshold", "1"),
    SetArgument("evaluation_periods", "1"),
)
_EVERYTHING = SetArgument("all_supported", "true", ("recording_group",))
_NO_CHOSEN_ONES = SetArgument("resource_types", "[]", ("recording_group",))


_OF_ACCOUNT = AddCondition("StringEquals", "aws:SourceAccount", ("{account}",))


def _publishing(service: str, topic: str) -> NewStatement:
    return NewStatement(
        "Publish" if service == "cloudwatch" else "PublishEvents",
        ('"sns:Publish"',),
        (f"{{{topic}}}.arn",),
        principal=("Service", (f'"{service}.amazonaws.com"',)),
        # What EventBridge sends to a topic may come without a source.
        conditions=(_OF_ACCOUNT,) if service == "cloudwatch" else (),
    )


_POLICIES_OF_TOPICS = ("aws_sns_topic_policy", "aws_sns_topic", "aws_iam_policy_document")
_TARGET = AddResource("aws_cloudwatch_event_target", {"rule": "{subject}.name", "arn": "{topic}.arn"})
_LETTING_EVENTS_IN = AddResource(
    "aws_sns_topic_policy",
    # The policy that a topic has by itself lets alarms of the account in; this one takes its place.
    {
        "arn": "{topic}.arn",
        "policy": policy_document(_publishing("events", "topic"), _publishing("cloudwatch", "topic")),
    },
    only_for="{topic}",
)

REMEDIES: Remedies = {
    "MONITOR-001": _told_of(
        "root-use",
        '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) '
        '&& ($.eventType != "AwsServiceEvent") }',
    ),
    "MONITOR-002": _told_of(
        "unauthorized-call",
        '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
        '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }',
    ),
    "MONITOR-003": _told_of(
        "sign-in-without-mfa",
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
        '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    ),
    "MONITOR-004": _told_of("iam-policy-change"),
    "MONITOR-005": _told_of("trail-change"),
    "MONITOR-006": _told_of(
        "sign-in-failure", '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }'
    ),
    "MONITOR-007": _told_of("key-removal"),
    "MONITOR-008": _told_of("bucket-policy-change"),
    "MONITOR-009": _told_of("config-change"),
    "MONITOR-010": _told_of("security-group-change"),
    "MONITOR-011": _told_of("network-acl-change"),
    "MONITOR-012": _told_of("gateway-change"),
    "MONITOR-013": _told_of("route-change"),
    "MONITOR-014": _told_of("vpc-change"),
    "MONITOR-015": _told_of("organization-change"),
    "MONITOR-016": _told_of("iam-identity-change"),
    "MONITOR-017": _told_of("destructive-deletion"),
    "MONITOR-018": _elsewhere,
    "MONITOR-019": _told_of("pipeline-tampering"),
    "MONITOR-020": lambda _: (
        (SetArgument("is_multi_region_trail", "true", (), _TRAIL, anywhere=True),),
        (SetArgument("enable_logging", "true", (), _TRAIL, anywhere=True),),
        (
            UseResource("aws_cloudwatch_log_group", "group"),
            SetArgument("log_group_name", "{group}.name", replaces=True),
        ),
        (LeftToYou("which log group a trail delivers to cannot be told from here"),),
    ),
    "MONITOR-021": lambda settings: (
        *((step,) for step in reversed(_ONE_CALL)),
        (SetArgument("period", str(settings.max_alarm_period)),),
        (SetArgument("datapoints_to_alarm", "1"),),
        _ONE_CALL,
        (*_ONE_CALL, SetArgument("datapoints_to_alarm", "1")),
    ),
    "MONITOR-022": lambda _: (
        (SetArgument("actions_enabled", "true"),),
        (_USE_TOPIC, _ON_TOPIC),
        (_USE_TOPIC, _ON_TOPIC, SetArgument("actions_enabled", "true")),
        (LeftToYou("no topic is written beside the alarm through which anybody could be told"),),
    ),
    "MONITOR-023": lambda _: ((LeftToYou("who is to be told, and where, only you know"),),),
    "MONITOR-024": lambda _: (
        (AddStatement(_publishing("cloudwatch", "subject"), _POLICIES_OF_TOPICS),),
        (AddStatement(_publishing("events", "subject"), _POLICIES_OF_TOPICS),),
        (LeftToYou("who is meant to publish and to subscribe, only you know: name them in the statement"),),
    ),
    "MONITOR-025": lambda _: (
        (SetArgument("state", '"ENABLED"'),),
        (SetArgument("is_enabled", "true"),),
        (_USE_TOPIC, _LETTING_EVENTS_IN),
        (_USE_TOPIC, AddStatement(_publishing("events", "topic"), _POLICIES_OF_TOPICS, anywhere=True)),
        (_USE_TOPIC, _TARGET),
        (_USE_TOPIC, _LETTING_EVENTS_IN, _TARGET),
        (
            LeftToYou(
                "a rule hears what is recorded in its own Region: make it there, with a target that may be reached"
            ),
        ),
    ),
    "MONITOR-026": lambda _: ((SetArgument("enable", "true"),),),
    "MONITOR-027": lambda _: ((LeftToYou("where the logs are to be analysed, only you know"),),),
    "MONITOR-028": lambda _: (
        (SetArgument("is_enabled", "true", (), (_STATUS,)),),
        (AddResource(_STATUS, {"name": "{subject}.name", "is_enabled": "true"}),),
        (_EVERYTHING,),
        (_EVERYTHING, _NO_CHOSEN_ONES),
    ),
    "MONITOR-029": lambda _: ((SetArgument("enable_default_standards", "true"),),),
    "MONITOR-030": lambda _: ((LeftToYou("whether it was an attack, and what to undo, only you can find out"),),),
    "MONITOR-031": lambda _: ((NarrowFilter("$.readOnly IS FALSE"),),),
    "MONITOR-032": _of_your_own,
    "MONITOR-033": _letter_by_letter,
    "MONITOR-034": lambda _: ((LeftToYou("what the pattern was meant to match, only you know"),),),
}

"""The kinds of resource that watch, and how their documents become them.

What lowers them is imported with the first resource of a kind: most deployments have none.
"""

from __future__ import annotations

import sys

from guardrails.lower.aws.names import alarm_name, bus_name, rule_name, same
from guardrails.lower.world import Lowering
from guardrails.model import (
    CallLookup,
    CompositeAlarm,
    ConfigRecorder,
    DeliveryChannel,
    Detector,
    DetectorOrganization,
    EventBus,
    EventRule,
    LogSubscription,
    MetricAlarm,
    MetricFilter,
    MuteRule,
    SecurityHub,
    SecurityHubOrganization,
    SecurityStandard,
    Subscription,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from guardrails.lower.reader import Reader


def _from(module: str, name: str) -> Callable[[Reader], Any]:
    """The function of this name in a module beside this one."""

    def lower(r: Reader) -> Any:  # noqa: ANN401 - a resource of the kind that the table names
        place = f"guardrails.lower.aws.{module}"
        __import__(place)
        return getattr(sys.modules[place], name)(r)

    return lower


METRIC_FILTER = Lowering(
    model=MetricFilter,
    noun="metric filter",
    types={"tf": ("aws_cloudwatch_log_metric_filter",), "cfn": ("AWS::Logs::MetricFilter",), "live": ("logs.filter",)},
    lower=_from("monitoring", "metric_filter"),
    identity={"tf": ("name",), "cfn": ("FilterName",), "live": ("filterName",)},
    short_name=same,
)
METRIC_ALARM = Lowering(
    model=MetricAlarm,
    noun="alarm",
    types={"tf": ("aws_cloudwatch_metric_alarm",), "cfn": ("AWS::CloudWatch::Alarm",), "live": ("cloudwatch.alarm",)},
    lower=_from("monitoring", "metric_alarm"),
    identity={"tf": ("alarm_name",), "cfn": ("AlarmName",), "live": ("AlarmName",)},
    short_name=alarm_name,
)
COMPOSITE_ALARM = Lowering(
    model=CompositeAlarm,
    noun="composite alarm",
    types={
        "tf": ("aws_cloudwatch_composite_alarm",),
        "cfn": ("AWS::CloudWatch::CompositeAlarm",),
        "live": ("cloudwatch.composite_alarm",),
    },
    lower=_from("monitoring", "composite_alarm"),
    identity={"tf": ("alarm_name",), "cfn": ("AlarmName",), "live": ("AlarmName",)},
    short_name=alarm_name,
)
MUTE_RULE = Lowering(
    model=MuteRule,
    noun="mute rule",
    types={
        "tf": ("aws_cloudwatch_alarm_mute_rule",),
        "cfn": ("AWS::CloudWatch::AlarmMuteRule",),
        "live": ("cloudwatch.mute_rule",),
    },
    lower=_from("monitoring", "mute_rule"),
    identity={},
    short_name=same,
)
EVENT_RULE = Lowering(
    model=EventRule,
    noun="event rule",
    types={"tf": ("aws_cloudwatch_event_rule",), "cfn": ("AWS::Events::Rule",), "live": ("events.rule",)},
    lower=_from("events", "event_rule"),
    identity={"tf": ("name",), "cfn": ("Name",), "live": ("Arn", "Name")},
    short_name=rule_name,
)
EVENT_BUS = Lowering(
    model=EventBus,
    noun="event bus",
    types={"tf": ("aws_cloudwatch_event_bus",), "cfn": ("AWS::Events::EventBus",), "live": ("events.bus",)},
    lower=_from("events", "event_bus"),
    identity={"tf": ("name",), "cfn": ("Name",), "live": ("Name",)},
    short_name=bus_name,
)
SUBSCRIPTION = Lowering(
    model=Subscription,
    noun="subscription",
    types={
        "tf": ("aws_sns_topic_subscription",),
        "cfn": ("AWS::SNS::Subscription",),
        "live": ("sns.subscription",),
    },
    lower=_from("receivers", "subscription"),
    identity={"tf": ("arn",), "live": ("SubscriptionArn",)},
    short_name=same,
)
LOG_SUBSCRIPTION = Lowering(
    model=LogSubscription,
    noun="subscription filter",
    types={
        "tf": ("aws_cloudwatch_log_subscription_filter", "aws_cloudwatch_log_account_policy"),
        "cfn": ("AWS::Logs::SubscriptionFilter", "AWS::Logs::AccountPolicy"),
        "live": ("logs.subscription_filter", "logs.account_policy"),
    },
    lower=_from("receivers", "log_subscription"),
    identity={},
    short_name=same,
)
DETECTOR = Lowering(
    model=Detector,
    noun="GuardDuty detector",
    types={"tf": ("aws_guardduty_detector",), "cfn": ("AWS::GuardDuty::Detector",), "live": ("guardduty.detector",)},
    lower=_from("detection", "detector"),
    identity={"live": ("DetectorId",)},
    short_name=same,
)
DETECTOR_ORGANIZATION = Lowering(
    model=DetectorOrganization,
    noun="organization configuration of GuardDuty",
    types={"tf": ("aws_guardduty_organization_configuration",), "live": ("guardduty.organization_configuration",)},
    lower=_from("detection", "detector_organization"),
    identity={},
    short_name=same,
)
CONFIG_RECORDER = Lowering(
    model=ConfigRecorder,
    noun="configuration recorder",
    types={
        "tf": ("aws_config_configuration_recorder",),
        "cfn": ("AWS::Config::ConfigurationRecorder",),
        "live": ("config.recorder",),
    },
    lower=_from("detection", "config_recorder"),
    identity={"tf": ("name",), "cfn": ("Name",), "live": ("name",)},
    short_name=same,
)
DELIVERY_CHANNEL = Lowering(
    model=DeliveryChannel,
    noun="delivery channel",
    types={
        "tf": ("aws_config_delivery_channel",),
        "cfn": ("AWS::Config::DeliveryChannel",),
        "live": ("config.delivery_channel",),
    },
    lower=_from("detection", "delivery_channel"),
    identity={},
    short_name=same,
)
SECURITY_HUB = Lowering(
    model=SecurityHub,
    noun="Security Hub",
    types={"tf": ("aws_securityhub_account",), "cfn": ("AWS::SecurityHub::Hub",), "live": ("securityhub.hub",)},
    lower=_from("detection", "security_hub"),
    identity={},
    short_name=same,
)
SECURITY_STANDARD = Lowering(
    model=SecurityStandard,
    noun="Security Hub standard",
    types={
        "tf": ("aws_securityhub_standards_subscription",),
        "cfn": ("AWS::SecurityHub::Standard",),
        "live": ("securityhub.standard",),
    },
    lower=_from("detection", "security_standard"),
    identity={},
    short_name=same,
)
SECURITY_HUB_ORGANIZATION = Lowering(
    model=SecurityHubOrganization,
    noun="organization configuration of Security Hub",
    types={
        "tf": ("aws_securityhub_organization_configuration",),
        "cfn": ("AWS::SecurityHub::OrganizationConfiguration",),
        "live": ("securityhub.organization_configuration",),
    },
    lower=_from("detection", "security_hub_organization"),
    identity={},
    short_name=same,
)
CALL_LOOKUP = Lowering(
    model=CallLookup,
    noun="look-up of recent calls",
    types={"tf": (), "cfn": (), "live": ("cloudtrail.lookup",)},
    lower=_from("lookups", "call_lookup"),
    identity={},
    short_name=same,
)

WATCHING: tuple[Lowering[Any], ...] = (
    METRIC_FILTER,
    METRIC_ALARM,
    COMPOSITE_ALARM,
    MUTE_RULE,
    EVENT_RULE,
    EVENT_BUS,
    SUBSCRIPTION,
    LOG_SUBSCRIPTION,
    DETECTOR,
    DETECTOR_ORGANIZATION,
    CONFIG_RECORDER,
    DELIVERY_CHANNEL,
    SECURITY_HUB,
    SECURITY_STANDARD,
    SECURITY_HUB_ORGANIZATION,
    CALL_LOOKUP,
)

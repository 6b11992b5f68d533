"""What watches the logs and tells somebody: filters, alarms, event rules and what they send to."""

from __future__ import annotations

from functools import cached_property

from guardrails.kernel.record import Noun
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.block import Block
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy
    from guardrails.model.account import Account
    from guardrails.model.identity import Role
    from guardrails.model.logs import LogGroup
    from guardrails.model.security import Topic


class Dimension(Noun):
    """One dimension of a metric: in a filter the value is a field of the event (`$.userIdentity.userName`)."""

    origin: Origin
    name: Value[str]
    value: Value[str]


class Destination(Noun):
    """Where an alarm, an event rule, a log group or a bucket sends to."""

    origin: Origin
    arn: Value[str]
    kind: Value[str]
    """The service as an ARN names it (`sns`, `lambda`, `sqs`, `states`, `ssm`, `ssm-incidents`, `firehose`, …);
    `event-bus` and `api-destination` for those two of EventBridge."""
    topic: Many[Topic]
    """The SNS topic, where it is one or may be one."""
    declared_watched: Truth
    """Whether the configuration says that somebody watches what arrives there."""


class MetricFilter(Resource):
    """A metric filter: each event of a log group that matches its pattern is a data point of a metric."""

    log_group: Many[LogGroup]
    pattern: Value[str]
    """Never unset: the empty pattern matches every event."""
    accepted: Truth
    """Whether the service has accepted the pattern: it stands in an account."""
    on_transformed: Value[bool]
    """Whether it sees what a log transformer made of the events rather than the events themselves."""
    selection: Value[str]
    """A criterion on system fields (`@aws.account = …`) that an event must meet besides; not set for none."""
    namespace: Value[str]
    metric_name: Value[str]
    value: Value[str]
    """What one event counts: a number, or a field of the event (`$.bytes`)."""
    default: Value[float]
    """What is reported for a minute with events of which none matched; not set for nothing."""
    unit: Value[str]
    dimensions: Many[Dimension]
    alarms: Many[MetricAlarm]
    """The alarms that watch its metric: same account, Region, namespace, name and dimensions."""
    account: Account


class MetricQuery(Noun):
    """One entry of an alarm on metric math: a metric, or an expression over other entries."""

    origin: Origin
    id: Value[str]
    expression: Value[str]
    """Not set for a metric."""
    returned: Value[bool]
    """Whether it is the one that the threshold is compared with."""
    account_id: Value[str]
    """The account that the metric is in; not set for the alarm's own."""
    namespace: Value[str]
    metric_name: Value[str]
    dimensions: Many[Dimension]
    statistic: Value[str]
    period: Value[int]
    unit: Value[str]


class MuteRule(Resource):
    """A schedule in which the actions of some alarms are held back."""

    alarm_names: Many[Value[str]]
    active: Value[bool]
    """Whether its window is open; only a live account can tell."""


class Alarm(Resource):
    """What metric alarms and composite alarms have in common."""

    actions_enabled: Value[bool]
    actions: Many[Destination]
    """What runs when it goes to ALARM. Actions for other states are not among them."""
    composites: Many[CompositeAlarm]
    """The composite alarms whose rule speaks of it."""
    mutes: Many[MuteRule]
    account: Account


class MetricAlarm(Alarm):
    """An alarm on a metric, or on an expression over metrics."""

    @cached_property
    def beside_filters(self) -> Truth:
        """Whether there is a metric filter at all whose metric it may watch: most alarms are about something else."""
        return ~self.account.evident(self.account.metric_filters).is_empty()

    namespace: Value[str]
    metric_name: Value[str]
    dimensions: Many[Dimension]
    statistic: Value[str]
    """`Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, or an extended one such as `p90`."""
    period: Value[int]
    """In seconds."""
    evaluation_periods: Value[int]
    datapoints_to_alarm: Value[int]
    """Not set for all of the evaluation periods."""
    threshold: Value[float]
    threshold_band: Value[str]
    """The id of the entry that an anomaly is measured by, in place of a threshold."""
    comparison: Value[str]
    missing_data: Value[str]
    """`missing` by default, `notBreaching`, `breaching` or `ignore`."""
    unit: Value[str]
    queries: Many[MetricQuery]


class CompositeAlarm(Alarm):
    """An alarm on the states of other alarms."""

    rule: Value[str]
    suppressor: Value[str]
    """Name or ARN of the alarm that holds its actions back; not set for none."""


class EventTarget(Destination):
    """What an event rule hands its events to."""

    address: str
    """The resource in which it is written: the rule itself, or one beside it."""
    role: Many[Role]
    input: Value[str]
    """A constant that is sent in place of the event; not set for none."""
    input_template: Value[str]
    """A text made of parts of the event; not set for none."""


class EventRule(Resource):
    """An EventBridge rule."""

    bus: Value[str]
    """The name of its event bus; never unset, `default` for the account's own, to which CloudTrail's events go."""
    state: Value[str]
    """`ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`; never unset."""
    pattern: Value[str]
    """The event pattern as JSON; not set for a rule with a schedule only."""
    document: Many[Block]
    """The pattern as a document: known in part where the text is not known as a whole."""
    accepted: Truth
    """Whether the service has accepted the pattern: it stands in an account."""
    schedule: Value[str]
    targets: Many[EventTarget]
    managed_by: Value[str]
    """The service of AWS that made it and keeps it as it is; not set for a rule of one's own."""
    account: Account


class RecordedCall(Noun):
    """A call that was recorded lately."""

    origin: Origin
    source: Value[str]
    """The service that was called, as `iam.amazonaws.com`."""
    moment: Value[str]
    """When, as 2027-01-31T12:00:00Z."""
    caller: Value[str]
    """The ARN of the user, or of the role that a session is of; not set for what has none."""
    service: Value[str]
    """The service of AWS that made the call on somebody's behalf; not set for calls that people and programs make."""


class CallLookup(Resource):
    """The calls of one name that were recorded lately in one Region. Its name is that of the calls."""

    calls: Many[RecordedCall]
    """The latest; gaps where there are more."""
    account: Account


class EventBus(Resource):
    """An event bus that the deployment creates, or what it says of the default one."""

    policy: Many[AccessPolicy]
    rules: Many[EventRule]
    account: Account


class Subscription(Resource):
    """A subscription to a topic."""

    topic: Many[Topic]
    protocol: Value[str]
    """`email`, `email-json`, `sms`, `https`, `http`, `lambda`, `sqs`, `firehose` or `application`."""
    endpoint: Value[str]
    filter_policy: Value[str]
    """Not set for one that gets every message."""
    filter_scope: Value[str]
    """`MessageAttributes` by default, or `MessageBody`."""
    confirmed: Value[bool]
    """Whether the receiver said yes; code cannot tell where somebody has to."""


class LogSubscription(Resource):
    """A subscription filter: hands events of a log group on as they arrive."""

    log_group: Many[LogGroup]
    """None for one of the whole account."""
    account_wide: Truth
    """Whether it is of all log groups of the account and Region but those of `selection`."""
    selection: Value[str]
    """Which log groups an account-wide one leaves out (`LogGroupName NOT IN ["…"]`), or a criterion on system fields;
    not set for none."""
    pattern: Value[str]
    """Never unset: the empty pattern matches every event."""
    accepted: Truth
    """Whether the service has accepted the pattern: it stands in an account."""
    on_transformed: Value[bool]
    destination: Destination
    account: Account


class BucketNotification(Noun):
    """What a bucket tells of when objects are made in it or deleted."""

    origin: Origin
    destination: Destination
    """For EventBridge the default event bus of the account."""
    events: Many[Value[str]]
    """`s3:ObjectCreated:*`, …; every kind of event for EventBridge."""
    prefix: Value[str]
    suffix: Value[str]

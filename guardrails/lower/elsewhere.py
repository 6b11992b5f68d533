"""What the configuration asserts to exist outside of what is scanned.

Each assertion is a resource that the deployment refers to and does not make, as a data source is: found by its name or
ARN, attached to what it says it is attached to. What it does not say is not known, unless it says that all the rest is
as AWS makes it.
"""

from __future__ import annotations

from guardrails.kernel.block import Block, Location, RawResource
from guardrails.kernel.many import Many
from guardrails.kernel.origin import How, Origin, WholeFile
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, true
from guardrails.kernel.typed import Protocol
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.lower.reader import OutsideBlock
from guardrails.lower.world import place_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guardrails.model.context import Context

_FLAG, _COUNT, _TEXT, _TEXTS = "flag", "count", "text", "texts"


class Attribute(Record):
    """Something that can be asserted, and where the dialects have it."""

    content: str
    """`flag`, `count`, `text` or `texts`."""
    tf: str
    cfn: str


class AssertedKind(Record):
    """A kind of resource that can be asserted."""

    noun: str
    tf: str
    cfn: str
    name: tuple[str, str]
    """The attribute that names it, by dialect; empty where it has no name."""
    attributes: Mapping[str, Attribute]
    nameless: bool = False
    """Whether one may be asserted without saying what it is called."""


def _flag(tf: str, cfn: str) -> Attribute:
    return Attribute(_FLAG, tf, cfn)


def _count(tf: str, cfn: str) -> Attribute:
    return Attribute(_COUNT, tf, cfn)


def _text(tf: str, cfn: str) -> Attribute:
    return Attribute(_TEXT, tf, cfn)


_METRIC = ("metric_transformation", "MetricTransformations")

KINDS: Mapping[str, AssertedKind] = {
    "trail": AssertedKind(
        "trail",
        "aws_cloudtrail",
        "AWS::CloudTrail::Trail",
        ("name", "TrailName"),
        {
            "logging": _flag("enable_logging", "IsLogging"),
            "multi_region": _flag("is_multi_region_trail", "IsMultiRegionTrail"),
            "global_events": _flag("include_global_service_events", "IncludeGlobalServiceEvents"),
            "log_validation": _flag("enable_log_file_validation", "EnableLogFileValidation"),
            "organization": _flag("is_organization_trail", "IsOrganizationTrail"),
            "bucket": _text("s3_bucket_name", "S3BucketName"),
            "prefix": _text("s3_key_prefix", "S3KeyPrefix"),
            "log_group": _text("cloud_watch_logs_group_arn", "CloudWatchLogsLogGroupArn"),
            "role": _text("cloud_watch_logs_role_arn", "CloudWatchLogsRoleArn"),
            "key": _text("kms_key_id", "KMSKeyId"),
            "topic": _text("sns_topic_name", "SnsTopicName"),
        },
        nameless=True,
    ),
    "event_data_store": AssertedKind(
        "event data store",
        "aws_cloudtrail_event_data_store",
        "AWS::CloudTrail::EventDataStore",
        ("name", "Name"),
        {
            "multi_region": _flag("multi_region_enabled", "MultiRegionEnabled"),
            "organization": _flag("organization_enabled", "OrganizationEnabled"),
            "termination_protected": _flag("termination_protection_enabled", "TerminationProtectionEnabled"),
            "retention_days": _count("retention_period", "RetentionPeriod"),
            "key": _text("kms_key_id", "KmsKeyId"),
        },
        nameless=True,
    ),
    "bucket": AssertedKind("bucket", "aws_s3_bucket", "AWS::S3::Bucket", ("bucket", "BucketName"), {}),
    "log_group": AssertedKind(
        "log group",
        "aws_cloudwatch_log_group",
        "AWS::Logs::LogGroup",
        ("name", "LogGroupName"),
        {
            "retention_days": _count("retention_in_days", "RetentionInDays"),
            "deletion_protected": _flag("deletion_protection_enabled", "DeletionProtectionEnabled"),
            "log_class": _text("log_group_class", "LogGroupClass"),
            "key": _text("kms_key_id", "KmsKeyId"),
        },
    ),
    "metric_filter": AssertedKind(
        "metric filter",
        "aws_cloudwatch_log_metric_filter",
        "AWS::Logs::MetricFilter",
        ("name", "FilterName"),
        {
            "log_group": _text("log_group_name", "LogGroupName"),
            "pattern": _text("pattern", "FilterPattern"),
            "namespace": _text(f"{_METRIC[0]}.namespace", f"{_METRIC[1]}.MetricNamespace"),
            "metric_name": _text(f"{_METRIC[0]}.name", f"{_METRIC[1]}.MetricName"),
            "value": _text(f"{_METRIC[0]}.value", f"{_METRIC[1]}.MetricValue"),
        },
        nameless=True,
    ),
    "alarm": AssertedKind(
        "alarm",
        "aws_cloudwatch_metric_alarm",
        "AWS::CloudWatch::Alarm",
        ("alarm_name", "AlarmName"),
        {
            "namespace": _text("namespace", "Namespace"),
            "metric_name": _text("metric_name", "MetricName"),
            "statistic": _text("statistic", "Statistic"),
            "period": _count("period", "Period"),
            "evaluation_periods": _count("evaluation_periods", "EvaluationPeriods"),
            "threshold": _count("threshold", "Threshold"),
            "comparison": _text("comparison_operator", "ComparisonOperator"),
            "missing_data": _text("treat_missing_data", "TreatMissingData"),
            "actions_enabled": _flag("actions_enabled", "ActionsEnabled"),
            "actions": Attribute(_TEXTS, "alarm_actions", "AlarmActions"),
        },
        nameless=True,
    ),
    "topic": AssertedKind(
        "topic",
        "aws_sns_topic",
        "AWS::SNS::Topic",
        ("name", "TopicName"),
        {"key": _text("kms_master_key_id", "KmsMasterKeyId")},
    ),
    "subscription": AssertedKind(
        "subscription",
        "aws_sns_topic_subscription",
        "AWS::SNS::Subscription",
        ("", ""),
        {
            "topic": _text("topic_arn", "TopicArn"),
            "protocol": _text("protocol", "Protocol"),
            "endpoint": _text("endpoint", "Endpoint"),
        },
        nameless=True,
    ),
    "key": AssertedKind(
        "KMS key",
        "aws_kms_key",
        "AWS::KMS::Key",
        ("key_id", "KeyId"),
        {
            "enabled": _flag("is_enabled", "Enabled"),
            "rotation": _flag("enable_key_rotation", "EnableKeyRotation"),
        },
    ),
}


class Assertion(Protocol):
    """What the configuration says of one resource."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str:
        """A name or an ARN; empty where it is not said."""

    @property
    def account(self) -> str: ...

    @property
    def region(self) -> str: ...

    @property
    def place(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def date(self) -> str: ...

    @property
    def said(self) -> Mapping[str, object]:
        """What it says of `attributes` of its kind."""

    @property
    def rest_is_default(self) -> bool: ...


class AssertedIn(WholeFile):
    """Where an assertion stands. It is nothing that could be changed for a verdict on code, so it shows no line."""

    __slots__ = ("place",)

    def __init__(self, place: str) -> None:
        super().__init__(place.rpartition(":")[0] or place)
        self.place = place
        """`FILE:LINE`."""


class AssertedBlock(OutsideBlock):
    """What an assertion says; of the rest nothing is known, or it is as AWS makes it."""

    __slots__ = ("_rest", "_said", "named_by")

    def __init__(
        self,
        literal: str,
        said: Mapping[str, object],
        reasons: tuple[Reason, ...],
        origin: Origin,
        *,
        rest: bool,
        named_by: str = "",
    ) -> None:
        super().__init__(literal, reasons, origin)
        self.named_by = named_by
        """The attribute that has its name; empty where it has none."""
        self._said = said
        self._rest = rest

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({path.partition(".")[0] for path in self._said}))

    def attribute(self, name: str) -> Value[object]:
        if name in self._said:
            return Value.of(self._said[name], Origin(self._origin.source, how=How.API, attribute=name))
        return Value.unset(self._origin.named(name)) if self._rest else super().attribute(name)

    def blocks(self, name: str) -> Many[Block]:
        within = {
            path.removeprefix(f"{name}."): said for path, said in self._said.items() if path.startswith(f"{name}.")
        }
        if within:
            block = AssertedBlock(self.literal, within, self._reasons, self._origin, rest=self._rest)
            return Many[Block](((block, true()),), owner=self._origin, noun=f"`{name}` block")
        return self._none(name) if self._rest else super().blocks(name)

    def elements(self, name: str) -> Many[Value[object]]:
        said = self._said.get(name)
        if said is not None:
            origin = Origin(self._origin.source, how=How.API, attribute=name)
            each = said if isinstance(said, (list, tuple)) else (said,)
            return Many.of(*(Value.of(one, origin) for one in each), owner=origin, noun=f"`{name}`")
        return Many((), owner=self._origin.named(name)) if self._rest else super().elements(name)

    def document(self, name: str) -> Many[Block]:
        return self._none(name) if self._rest else super().document(name)

    def _none(self, name: str) -> Many[Block]:
        return Many((), owner=self._origin.named(name), noun=f"`{name}` block")


class Elsewhere:
    """All assertions that count."""

    def __init__(self, assertions: Sequence[Assertion]) -> None:
        self.assertions = tuple(assertions)

    def without(self, others: Sequence[Assertion]) -> Elsewhere:
        return Elsewhere([one for one in self.assertions if one not in others])

    def resources(self, dialect: str, context: Context) -> dict[str, tuple[RawResource, ...]]:
        """What is asserted, by the types that a dialect of code has for it."""
        found: dict[str, tuple[RawResource, ...]] = {}
        if dialect not in ("tf", "cfn"):
            return found
        for number, one in enumerate(self.assertions):
            if _counts(one, context):
                raw = _resource(one, dialect, number)
                found[raw.type] = (*found.get(raw.type, ()), raw)
        return found


def _counts(one: Assertion, context: Context) -> bool:
    """Whether it is about the account that a deployment goes to: the trail of another is none of its own."""
    if one.kind not in ("trail", "event_data_store") or one.said.get("organization"):
        return True
    account = one.account or place_of(one.name)[1]
    return not account or not context.account_id or account == context.account_id


def _resource(one: Assertion, dialect: str, number: int) -> RawResource:
    kind = KINDS[one.kind]
    origin = Origin(AssertedIn(one.place))
    name = kind.name[0] if dialect == "tf" else kind.name[1]
    said = {attribute.tf if dialect == "tf" else attribute.cfn: one.said[key] for key, attribute in _written(one, kind)}
    if one.name and name:
        said[name] = one.name
    detail = f"{one.place} does not say it of the {kind.noun}{f' `{one.name}`' if one.name else ''} that it asserts"
    # As a variable without value: whatever hangs on it may be meant.
    reasons = (Reason(Why.INPUT, detail, "say it there, or scan with a snapshot of the account", origin),)
    region, account = place_of(one.name)
    region, account = one.region or region, one.account or account
    location = Location(
        f"elsewhere {number}",
        Value.of(account, origin.named("account")) if account else Value.unknown(reasons, origin, present=True),
        Value.of(region, origin.named("region")) if region else Value.unknown(reasons, origin, present=True),
    )
    told = f"the {kind.noun}{f' `{one.name}`' if one.name else ''} exists"
    return RawResource(
        dialect,
        kind.tf if dialect == "tf" else kind.cfn,
        one.name or f"elsewhere.{number}",
        AssertedBlock(one.name, said, reasons, origin, rest=one.rest_is_default, named_by=name if one.name else ""),
        true(Fact(told, origin)),
        location,
        managed=False,
    )


def _written(one: Assertion, kind: AssertedKind) -> list[tuple[str, Attribute]]:
    return [(key, attribute) for key, attribute in kind.attributes.items() if key in one.said]

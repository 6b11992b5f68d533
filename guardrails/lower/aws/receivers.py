"""Who gets what is sent on: subscriptions to topics and log groups, and notifications of buckets."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import Truth, Verdict, decide, true
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.lower.aws.destinations import destination
from guardrails.lower.aws.monitoring import given
from guardrails.lower.reader import FirstOf, Reader, leaf
from guardrails.lower.world import identity, protected
from guardrails.model import LogGroup, Topic
from guardrails.model.monitoring import BucketNotification, LogSubscription, Subscription

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.block import Block, RawResource

BY_HAND = Reason(
    Why.ELSEWHERE,
    "subscriptions are commonly made by hand, and code does not show those",
    "look at the topic in the account, or add the subscription to the code",
)
_AT_ONCE = ("sms", "application", "lambda", "sqs", "firehose")
"""Protocols whose subscriptions, in the topic's own account, wait for nobody's confirmation."""
_EVERY_EVENT = "s3:*"


# --- topics -----------------------------------------------------------------------------------------------------------


def subscription(r: Reader) -> Subscription:
    protocol = r.text(tf="protocol", cfn="Protocol", live="Protocol")
    return Subscription(
        **identity(r, Value.unset(r.origin), protected(r)),
        topic=r.link(Topic, tf="topic_arn", cfn="TopicArn", live="TopicArn", noun="topic"),
        protocol=protocol,
        endpoint=r.text(tf="endpoint", cfn="Endpoint", live="Endpoint"),
        filter_policy=later(lambda: r.json(tf="filter_policy", cfn="FilterPolicy", live="FilterPolicy")),
        filter_scope=r.text(
            tf="filter_policy_scope", cfn="FilterPolicyScope", live="FilterPolicyScope", default="MessageAttributes"
        ),
        confirmed=later(lambda: _confirmed(r, protocol)),
    )


def _confirmed(r: Reader, protocol: Value[str]) -> Value[bool]:
    if r.dialect == "live":
        pending = r.flag(tf="", cfn="", live="PendingConfirmation")
        if pending.present is not False:
            return pending.map(lambda waiting: not waiting)
        return r.text(tf="", cfn="", live="SubscriptionArn").map(
            lambda arn: arn not in ("PendingConfirmation", "Deleted")
        )
    if protocol.or_none() in _AT_ONCE:
        return Value.of(True, protocol.origin)
    waiting = Reason(
        Why.CANNOT_SAY,
        "code cannot say whether the receiver confirmed the subscription",
        "look at the subscription in the account",
        protocol.origin,
    )
    return Value.unknown((waiting,), r.origin, present=True)


def subscriptions_made(r: Reader) -> Many[Subscription]:
    """The subscriptions of a topic that the deployment makes; perhaps those as well of which the topic is not known."""
    beside = r.world.attached_as(
        Subscription,
        {
            "tf": {"aws_sns_topic_subscription": "topic_arn"},
            "cfn": {"AWS::SNS::Subscription": "TopicArn"},
            "live": {"sns.subscription": "TopicArn"},
        },
        r.raw,
        perhaps=True,
    )
    if r.dialect != "cfn" or r.outside is not None:
        return beside
    inline = r.blocks(tf="", cfn="Subscription", live="")
    made = inline.through(lambda block: Many.of(subscription(Reader(block, r.dialect, r.raw, r.world))))
    return beside.and_also(made)


def with_those_by_hand(r: Reader, made: Many[Subscription]) -> Many[Subscription]:
    """All subscriptions of a topic: in code there may always be one that somebody made by hand."""
    if r.dialect == "live":
        return made
    members, gaps = made.loaded()
    return Many(members, (*gaps, BY_HAND))


# --- log groups -------------------------------------------------------------------------------------------------------


def log_subscription(r: Reader) -> LogSubscription:
    account_wide = r.raw.type in _OF_ACCOUNT
    inner = _policy_document(r) if account_wide else r
    return LogSubscription(
        **identity(
            r,
            r.text(
                tf=FirstOf(("name", "policy_name")),
                cfn=FirstOf(("FilterName", "PolicyName")),
                live=FirstOf(("filterName", "policyName")),
            ),
            protected(r),
        ),
        log_group=Many(())
        if account_wide
        else r.link(LogGroup, tf="log_group_name", cfn="LogGroupName", live="logGroupName", noun="log group"),
        account_wide=_is_account_wide(r),
        selection=later(lambda: _selection(r)),
        accepted=decide(r.dialect == "live"),
        pattern=later(
            lambda: given(
                inner.text(tf="FilterPattern", cfn="FilterPattern", live="FilterPattern")
                if account_wide
                else inner.text(tf="filter_pattern", cfn="FilterPattern", live="filterPattern")
            )
        ),
        on_transformed=Value.of(False, r.origin)
        if account_wide
        else r.flag(
            tf="apply_on_transformed_logs",
            cfn="ApplyOnTransformedLogs",
            live="applyOnTransformedLogs",
            default=False,
        ),
        destination=later(
            lambda: destination(
                r,
                inner.text(tf="DestinationArn", cfn="DestinationArn", live="DestinationArn")
                if account_wide
                else inner.text(tf="destination_arn", cfn="DestinationArn", live="destinationArn"),
            )
        ),
        account=r.world.account,
    )


def _is_account_wide(r: Reader) -> Truth:
    """Account policies are about other things as well: data protection, field indexes, transformers."""
    if r.raw.type not in _OF_ACCOUNT:
        return decide(False)
    return r.text(tf="policy_type", cfn="PolicyType", live="policyType").equals("SUBSCRIPTION_FILTER_POLICY")


_OF_ACCOUNT = ("aws_cloudwatch_log_account_policy", "AWS::Logs::AccountPolicy", "logs.account_policy")


def _selection(r: Reader) -> Value[str]:
    if r.dialect == "tf" and r.raw.type not in _OF_ACCOUNT:
        return Value.unset(r.origin)
    return r.text(
        tf="selection_criteria",
        cfn=FirstOf(("SelectionCriteria", "FieldSelectionCriteria")),
        live=FirstOf(("selectionCriteria", "fieldSelectionCriteria")),
    )


def _policy_document(r: Reader) -> Reader:
    """The document of an account policy, or a block of which nothing is known."""
    from guardrails.lower.reader import OutsideBlock

    name = {"tf": "policy_document", "cfn": "PolicyDocument", "live": "policyDocument"}[r.dialect]
    members, gaps = r.block.document(name).loaded()
    block: Block
    if len(members) == 1 and not gaps:
        block = members[0][0]
    else:
        unread = Reason(Why.INVALID, f"`{name}` holds no JSON object", origin=r.origin)
        block = OutsideBlock("", gaps or (unread,), r.block.attribute(name).origin)
    return Reader(block, r.dialect, r.raw, r.world)


def subscription_filters_of(r: Reader) -> Many[LogSubscription]:
    """What a log group is handed on to: its own subscription filters, and those of the whole account."""
    own = r.world.attached_as(
        LogSubscription,
        {
            "tf": {"aws_cloudwatch_log_subscription_filter": "log_group_name"},
            "cfn": {"AWS::Logs::SubscriptionFilter": "LogGroupName"},
            "live": {"logs.subscription_filter": "logGroupName"},
        },
        r.raw,
        perhaps=True,
    )

    def found() -> Many[LogSubscription]:
        members, gaps = own.loaded()
        if r.world.has(LogSubscription):
            wide = r.world.all(LogSubscription).where(lambda one: one.account_wide & _takes(one, r.raw))
            members = (*members, *wide.members())
        if r.dialect == "live":
            gaps = tuple(dict.fromkeys((*gaps, *r.world.unread((_OF_ACCOUNT[-1],)))))
        return Many(members, gaps)

    return Many(found, owner=r.origin, noun="subscription filter")


def _takes(wide: LogSubscription, group: RawResource) -> Truth:
    """Whether an account-wide policy is of the account and Region of a log group, and does not leave the group out."""
    from guardrails.semantics.metrics import same_place

    here = same_place(wide.location, group.location)
    chosen = wide.selection
    if chosen.settled and chosen.or_none() is None:
        return here
    name = _log_group_name(group)
    written = name.or_none()
    if chosen.or_none() is None or not isinstance(written, str):
        reasons = chosen.reasons or name.reasons
        return here & Truth(Verdict.UNKNOWN, (chosen.fact(),), reasons) if reasons else here
    return here & chosen.where(lambda text: f'"{written}"' not in text)


def _log_group_name(group: RawResource) -> Value[object]:
    if group.dialect == "live":
        return leaf(Many.of(group.block), "group.logGroupName", group.block.origin)
    return group.block.attribute({"tf": "name", "cfn": "LogGroupName"}[group.dialect])


# --- buckets ----------------------------------------------------------------------------------------------------------

_NOTIFICATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "tf": (("topic", "topic_arn"), ("queue", "queue_arn"), ("lambda_function", "lambda_function_arn")),
    "cfn": (
        ("TopicConfigurations", "Topic"),
        ("QueueConfigurations", "Queue"),
        ("LambdaConfigurations", "Function"),
    ),
    "live": (
        ("TopicConfigurations", "TopicArn"),
        ("QueueConfigurations", "QueueArn"),
        ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ),
}


def notifications(r: Reader) -> Many[BucketNotification]:
    """What a bucket tells of; without any it tells nobody."""

    def found() -> Many[BucketNotification]:
        holders = _holders(r)
        gathered: Many[BucketNotification] = Many((), owner=r.origin)
        for kind, arn in _NOTIFICATIONS[r.dialect]:
            gathered = gathered.and_also(
                holders.through(lambda holder, kind=kind: holder.blocks(kind)).through(  # type: ignore[misc]
                    lambda block, arn=arn: Many.of(_notification(Reader(block, r.dialect, r.raw, r.world), arn))  # type: ignore[misc]
                )
            )
        return gathered.and_also(holders.through(lambda holder: _to_event_bridge(holder, r)))

    return Many(found, owner=r.origin, noun="notification")


def _holders(r: Reader) -> Many[Block]:
    if r.dialect == "tf":
        return r.world.attached("aws_s3_bucket_notification", "bucket", r.raw).through(lambda raw: Many.of(raw.block))
    return r.block.blocks({"cfn": "NotificationConfiguration", "live": "notification"}[r.dialect])


def _notification(r: Reader, arn: str) -> BucketNotification:
    events = "Events" if r.dialect == "live" else "events"
    return BucketNotification(
        origin=r.origin,
        destination=destination(r, r.text(tf=arn, cfn=arn, live=arn)),
        events=r.texts(tf=events, cfn="Event", live=events),
        prefix=_of_key(r, "filter_prefix", "prefix"),
        suffix=_of_key(r, "filter_suffix", "suffix"),
    )


def _of_key(r: Reader, tf: str, name: str) -> Value[str]:
    if r.dialect == "tf":
        return r.text(tf=tf, cfn="", live="")
    rules = r.blocks(tf="", cfn="Filter.S3Key.Rules", live="Filter.Key.FilterRules")
    for rule, _ in rules.members():
        if str(rule.attribute("Name").or_none()).lower() == name:
            return Reader(rule, r.dialect, r.raw, r.world).text(tf="", cfn="Value", live="Value")
    return Value.unset(r.origin)


def _to_event_bridge(holder: Block, r: Reader) -> Many[BucketNotification]:
    inner = Reader(holder, r.dialect, r.raw, r.world)
    if r.dialect == "tf":
        sends = inner.flag(tf="eventbridge", cfn="", live="", default=False).is_true()
    else:
        sends = ~holder.blocks(
            {"cfn": "EventBridgeConfiguration"}.get(r.dialect, "EventBridgeConfiguration")
        ).is_empty()
    here = BucketNotification(
        origin=holder.origin,
        destination=destination(inner, Value.of("arn:aws:events:::event-bus/default", holder.origin)),
        events=Many.of(Value.of(_EVERY_EVENT, holder.origin)),
        prefix=Value.unset(holder.origin),
        suffix=Value.unset(holder.origin),
    )
    return Many(((here, true()),)).where(lambda _: sends)

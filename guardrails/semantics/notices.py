"""From an alarm or an event rule to somebody: may it send, does the receiver take it, and does a person hear of it."""

from __future__ import annotations

from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.model.monitoring import EventRule
from guardrails.semantics.alarms import acts
from guardrails.semantics.metrics import same_text
from guardrails.semantics.scope import same_account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.kernel.many import Many
    from guardrails.model.access import AccessPolicy
    from guardrails.model.monitoring import Alarm, Destination, Subscription
    from guardrails.model.security import EncryptionKey, Topic
    from guardrails.semantics.access.conditions import Context
    from guardrails.semantics.access.principals import Caller
    from guardrails.semantics.access.targets import Target

CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTBRIDGE = "events.amazonaws.com"
_SPOKEN = {CLOUDWATCH: "CloudWatch", EVENTBRIDGE: "EventBridge"}

PERSONS = ("email", "email-json", "sms")
"""Protocols whose messages a person reads."""
_NOBODY = ("sqs",)
"""Protocols of which nobody hears anything by themselves."""
_CODE = Reason(
    Why.ELSEWHERE, "whether anybody hears of it depends on what receives it", "look at what the receiver does with it"
)
_PAGING = Reason(
    Why.ELSEWHERE,
    "whether the address belongs to a tool that pages somebody is not known",
    "look at what answers there",
)
_FILTERED = Reason(
    Why.UNSUPPORTED,
    "whether the subscription's filter policy lets the message through is not evaluated",
    "subscribe without a filter policy",
)
_RIGHTS = Reason(
    Why.UNSUPPORTED,
    "whether this kind of target may be called, and what it does then, is not evaluated",
    "send to an SNS topic as well",
)
_TELLS = ("ssm-incidents",)
"""Targets that engage somebody by themselves."""
_ACTS_ONLY = ("ec2", "automate", "autoscaling", "swf", "elasticloadbalancing")
"""Targets that change something and tell nobody."""
SOURCE_ARN_WORKS_FOR_RULES: bool | None = None
"""Whether a topic policy may limit EventBridge by `aws:SourceArn`: the user guide says that conditions do not work."""


# --- may it publish ---------------------------------------------------------------------------------------------------


def accepts(topic: Topic, sender: Alarm | EventRule) -> Truth:
    """Whether messages of an alarm or a rule get into a topic: by its policy, and by the key that encrypts it."""
    apart = same_text(topic.location.region, sender.location.region, "Region")
    if apart.verdict is Verdict.FALSE:
        return false(Fact("the topic is in another Region", topic.origin))
    return _admitted(topic, sender) & _encrypts(topic, sender)


def _admitted(topic: Topic, sender: Alarm | EventRule) -> Truth:
    service = service_of(sender)
    default = topic.policy.is_empty()
    if default.verdict is Verdict.TRUE:
        return _by_default(topic, sender, service)
    allowed = _lets(topic.policy, "sns:Publish", _topic_target(topic), sender)
    if default.verdict is Verdict.UNKNOWN and not topic.policy.members():
        return allowed
    if allowed.verdict is Verdict.FALSE:
        return allowed.because(
            Fact(f"the topic's policy does not let {_SPOKEN[service]} publish", _place(topic.policy))
        )
    return allowed


def _by_default(topic: Topic, sender: Alarm | EventRule, service: str) -> Truth:
    """A new topic lets its own account publish: so CloudWatch calls for an alarm, but not EventBridge for a rule."""
    if service != CLOUDWATCH:
        detail = f"the topic has no policy, and without one {_SPOKEN[service]} may not publish to it"
        return false(Fact(detail, topic.origin))
    own = same_account(sender, topic)
    if own.verdict is Verdict.FALSE:
        return false(Fact("the topic has no policy that lets another account's alarms publish", topic.origin))
    return own.because(Fact("without a policy a topic takes messages of its own account's alarms", topic.origin))


def _encrypts(topic: Topic, sender: Alarm | EventRule) -> Truth:
    """Whether the service may use the key of an encrypted topic; of several that it may have, all must let it."""
    service = service_of(sender)
    return topic.key.every(lambda key: _lets_use(key, sender, service))


def _lets_use(key: EncryptionKey, sender: Alarm | EventRule, service: str) -> Truth:
    own = key.customer_managed.is_true()
    if own.verdict is Verdict.FALSE:
        detail = f"the key that AWS manages lets {_SPOKEN[service]} use it for nobody: its policy cannot be changed"
        return false(Fact(detail, key.origin))
    target = _key_target(key)
    used = all_of(_lets(key.policy, action, target, sender) for action in ("kms:GenerateDataKey", "kms:Decrypt"))
    if used.verdict is Verdict.FALSE:
        used = used.because(
            Fact(f"the key's policy does not let {_SPOKEN[service]} use it to encrypt messages", _place(key.policy))
        )
    return all_of((own, key.enabled.is_true(), used))


def _lets(policies: Many[AccessPolicy], action: str, target: Target, sender: Alarm | EventRule) -> Truth:
    """Whether a resource policy allows an action to the service that calls for an alarm or a rule."""
    from guardrails.semantics.access.decision import Policies, Request, decide_access

    caller, context = _caller(sender)
    request = Request(caller, action, target, "", context)
    return decide_access(request, Policies(resource=policies)).allowed


def _caller(sender: Alarm | EventRule) -> tuple[Caller, Context]:
    """The service, and what its call says: for which resource and account it calls."""
    from guardrails.semantics.access.conditions import Context, Rest
    from guardrails.semantics.access.patterns import Pattern, spelled
    from guardrails.semantics.access.principals import Caller
    from guardrails.semantics.access.targets import Target

    service = service_of(sender)
    caller = Caller("service", service)
    source = sender_target(sender)
    account = Target(source.surroundings, "", forms=(Pattern(spelled(source.surroundings.account)),))
    known: dict[str, str | Target] = {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}
    absent: tuple[str, ...] = ()
    if service == CLOUDWATCH:
        known |= {"aws:SourceArn": source, "aws:SourceAccount": account, "aws:SourceOwner": account}
    elif SOURCE_ARN_WORKS_FOR_RULES:
        known |= {"aws:SourceArn": source, "aws:SourceAccount": account}
        absent = ("aws:SourceOwner",)
    else:
        absent = ("aws:SourceOwner",)
    return caller, Context(known, absent=absent, rest=Rest.UNKNOWN).over(caller.context(Rest.UNKNOWN))


def sender_target(sender: Alarm | EventRule) -> Target:
    """An alarm or a rule as a condition on `aws:SourceArn` names it."""
    from guardrails.semantics.access.references import KINDS, surroundings_of
    from guardrails.semantics.access.targets import Target

    if not isinstance(sender, EventRule):
        around = surroundings_of(sender, KINDS["aws_cloudwatch_metric_alarm"], sender.name)
        return Target(around, "cloudwatch", ("alarm:", *around.name))
    around = surroundings_of(sender, KINDS["aws_cloudwatch_event_rule"], sender.name)
    bus = sender.bus.or_none()
    folder = () if bus == "default" or bus is None else (bus, "/")
    return Target(around, "events", ("rule/", *folder, *around.name))


def service_of(sender: Alarm | EventRule) -> str:
    return EVENTBRIDGE if isinstance(sender, EventRule) else CLOUDWATCH


def _topic_target(topic: Topic) -> Target:
    from guardrails.semantics.access.targets import topic_of

    return topic_of(topic)


def _key_target(key: EncryptionKey) -> Target:
    from guardrails.semantics.access.targets import key_of

    return key_of(key)


def _place(policies: Many[AccessPolicy]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - an Origin, of the first policy
    return next((policy.origin for policy, _ in policies.members()), policies.owner)


# --- does a target take it --------------------------------------------------------------------------------------------


def takes(destination: Destination, sender: Alarm | EventRule) -> Truth:
    """Whether a target receives what an alarm or a rule sends to it, and is one that may tell somebody."""
    kind = destination.kind
    is_topic = kind.equals("sns")
    if is_topic.verdict is Verdict.TRUE:
        return _of_topic(destination, lambda topic: accepts(topic, sender) & _listened_to(topic))
    if is_topic.verdict is Verdict.UNKNOWN:
        return is_topic
    literal = kind.or_none()
    if literal in _TELLS:
        return true(Fact("a response plan engages somebody", destination.origin))
    if literal in _ACTS_ONLY:
        return false(Fact(f"an action of `{literal}` changes something and tells nobody", destination.origin))
    return unknown(_RIGHTS, facts=(Fact(f"the target is one of `{literal}`", destination.origin),))


def _of_topic(destination: Destination, test: Callable[[Topic], Truth]) -> Truth:
    """Whether the topic is there, and passes; of several that it may be, all of them."""
    gone = destination.topic.is_empty()
    held = destination.topic.every(test)
    return held if gone.verdict is Verdict.FALSE else ~gone & held


def _listened_to(topic: Topic) -> Truth:
    """Whether anything at all receives what is in a topic. Code does not show who subscribed, an account does."""
    if topic.observed.verdict is not Verdict.TRUE:
        return true()
    found = topic.subscriptions.some(lambda one: one.confirmed.is_true())
    if found.verdict is Verdict.FALSE:
        waiting = "nobody has confirmed a subscription" if topic.subscriptions.members() else "nobody has subscribed"
        return false(Fact(f"{waiting} to `{topic.address}`", topic.origin))
    return found


def alarm_is_sent(alarm: Alarm) -> Truth:
    """Whether an alarm that goes to ALARM has an enabled action on a target that receives it."""
    acting = acts(alarm)
    if acting.verdict is Verdict.FALSE:
        return acting
    return acting & alarm.actions.some(lambda action: takes(action, alarm))


def event_is_sent(rule: EventRule) -> Truth:
    """Whether a rule that is triggered has a target that receives its events."""
    return rule.targets.some(lambda target: takes(target, rule))


# --- does somebody hear of it -----------------------------------------------------------------------------------------


def reaches_person(destination: Destination) -> Truth:
    """Whether a person hears of what arrives at a target."""
    kind = destination.kind
    is_topic = kind.equals("sns")
    if is_topic.verdict is Verdict.TRUE:
        return _of_topic(destination, someone_is_told)
    if is_topic.verdict is Verdict.UNKNOWN:
        return is_topic
    if kind.or_none() in _TELLS:
        return true(Fact("a response plan engages somebody", destination.origin))
    if kind.or_none() in _ACTS_ONLY:
        return false(Fact("the action tells nobody", destination.origin))
    return unknown(_CODE, facts=(kind.fact(),))


def someone_is_told(topic: Topic) -> Truth:
    """Whether a message in the topic reaches a person: by a subscription that is confirmed and takes it."""
    return topic.subscriptions.some(reads)


def reads(subscription: Subscription) -> Truth:
    """Whether a person gets every message through a subscription."""
    protocol = subscription.protocol
    known = protocol.or_none()
    if known is None:
        person = unknown(*(protocol.reasons or (_CODE,)), facts=(protocol.fact(),))
    elif known in PERSONS:
        person = true(protocol.fact())
    elif known in _NOBODY:
        person = false(Fact(f"a subscription by `{known}` reaches a queue, not a person", protocol.origin))
    else:
        person = unknown(_PAGING if known.startswith("http") else _CODE, facts=(protocol.fact(),))
    chosen = subscription.filter_policy
    every = true() if chosen.settled and chosen.or_none() is None else unknown(_FILTERED, facts=(chosen.fact(),))
    return all_of((person, subscription.confirmed.is_true(), every))


def alarm_reaches_person(alarm: Alarm) -> Truth:
    """Whether a person hears of an alarm that goes to ALARM."""
    sent = acts(alarm)
    if sent.verdict is Verdict.FALSE:
        return sent
    return sent & alarm.actions.some(lambda action: takes(action, alarm) & reaches_person(action))


def event_reaches_person(rule: EventRule) -> Truth:
    """Whether a person hears of an event that triggers a rule."""
    return rule.targets.some(lambda target: takes(target, rule) & reaches_person(target))


def admits(topic: Topic, sender: Alarm | EventRule) -> Truth:
    """Whether the policy of a topic lets an alarm or a rule publish, be it encrypted or not."""
    return _admitted(topic, sender)

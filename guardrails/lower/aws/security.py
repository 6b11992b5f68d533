"""Keys with their grants, and topics with who sends to them."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import decide
from guardrails.kernel.value import Value
from guardrails.lower.aws.documents import evidence
from guardrails.lower.aws.names import key_name, topic_name
from guardrails.lower.aws.one_policy import one_policy
from guardrails.lower.reader import Cannot, FirstOf, Reader, Satellite, declared
from guardrails.lower.world import Lowering, identity, place_of, protected
from guardrails.model import (
    AuditTrail,
    Bucket,
    EncryptionKey,
    EventDataStore,
    KeyGrant,
    LogGroup,
    Publisher,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.model import AccessPolicy, Subscription

_REPLICAS = ("aws_kms_replica_key", "aws_kms_replica_external_key", "AWS::KMS::ReplicaKey")
_ALARM_ACTIONS = ("alarm_actions", "ok_actions", "insufficient_data_actions")
_API_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_PUBLISHERS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "tf": (
        *(("aws_cloudwatch_metric_alarm", actions, "cloudwatch.amazonaws.com") for actions in _ALARM_ACTIONS),
        *(("aws_cloudwatch_composite_alarm", actions, "cloudwatch.amazonaws.com") for actions in _ALARM_ACTIONS),
        ("aws_cloudwatch_event_target", "arn", "events.amazonaws.com"),
        ("aws_cloudtrail", "sns_topic_name", "cloudtrail.amazonaws.com"),
    ),
    "cfn": (
        *(("AWS::CloudWatch::Alarm", actions, "cloudwatch.amazonaws.com") for actions in _API_ACTIONS),
        *(("AWS::CloudWatch::CompositeAlarm", actions, "cloudwatch.amazonaws.com") for actions in _API_ACTIONS),
        ("AWS::Events::Rule", "Targets.Arn", "events.amazonaws.com"),
        ("AWS::CloudTrail::Trail", "SnsTopicName", "cloudtrail.amazonaws.com"),
    ),
    "live": (
        *(("cloudwatch.alarm", actions, "cloudwatch.amazonaws.com") for actions in _API_ACTIONS),
        *(("cloudwatch.composite_alarm", actions, "cloudwatch.amazonaws.com") for actions in _API_ACTIONS),
        ("events.target", "Arn", "events.amazonaws.com"),
        ("cloudtrail.trail", "trail.SnsTopicARN", "cloudtrail.amazonaws.com"),
    ),
}
"""What sends to a topic, by the attribute that names it, and the service that sends."""


def encryption_key(r: Reader) -> EncryptionKey:
    policy = one_policy(
        r,
        tf=Satellite("aws_kms_key_policy", "key_id", "policy", inline="policy"),
        cfn="KeyPolicy",
        live="policy",
        noun="key policy",
    )

    return EncryptionKey(
        **identity(
            r,
            Value.of(r.outside, r.origin) if r.outside else Value.unset(r.origin),
            protected(r),
        ),
        alias=later(lambda: _alias(r)),
        customer_managed=_customer_managed(r),
        enabled=r.flag(tf=FirstOf(("is_enabled", "enabled")), cfn="Enabled", live="key.Enabled", default=True),
        rotation=later(lambda: _rotation(r)),
        rotatable=later(lambda: _rotatable(r)),
        deletion_window_days=r.number(
            tf="deletion_window_in_days",
            cfn="PendingWindowInDays",
            live=Cannot("a key has none until it is deleted"),
            default=30,
        ),
        policy=policy,
        lockout_check=later(lambda: _lockout_check(r)),
        grants=Many(lambda: _grants(r), owner=r.origin, noun="grant"),
        trails=r.world.users(AuditTrail, r.raw, _key_of),
        stores=r.world.users(EventDataStore, r.raw, _key_of),
        log_groups=r.world.users(LogGroup, r.raw, _key_of),
        topics=r.world.users(Topic, r.raw, _key_of),
        buckets=r.world.users(
            Bucket,
            r.raw,
            lambda bucket: bucket.encryption.seen().through(lambda default: default.key.seen()),
        ),
        declared_audit=later(lambda: _declared_audit(r)),
        accepts_trails=later(lambda: evidence(policy, "kms:GenerateDataKey")),
        account=r.world.account,
    )


def _key_of(user: AuditTrail | EventDataStore | LogGroup | Topic) -> Many[EncryptionKey]:
    return user.key


def _alias(r: Reader) -> Value[str]:
    """People know a key by its alias; it has no name but its id."""
    if r.outside:
        return Value.of(r.outside, r.origin)
    if r.dialect == "live":
        aliases, gaps = _aliases(r).loaded()
        if gaps and not aliases:
            return Value.unknown(gaps, r.origin.named("alias"))
        return aliases[0][0] if aliases else Value.unset(r.origin.named("alias"))
    return r.text(
        tf=Satellite("aws_kms_alias", "target_key_id", "name"),
        cfn=Satellite("AWS::KMS::Alias", "TargetKeyId", "AliasName"),
        live=Cannot("an account tells all aliases of a key"),
    )


def _aliases(r: Reader) -> Many[Value[str]]:
    """All aliases of a key in an account."""
    return r.texts(tf="", cfn="", live="alias")


def _declared_audit(r: Reader) -> Truth:
    names = r.world.context.audit_keys
    if r.dialect != "live" or r.outside or not names or "*" in names:
        return declared(names, _alias(r), "key")
    return _aliases(r).some(lambda alias: declared(names, alias, "key"))


def _primary(r: Reader) -> EncryptionKey | None:
    """The key that a replica of another Region shares its material with, where it is of this deployment."""
    primary = r.link(
        EncryptionKey,
        tf="primary_key_arn",
        cfn="PrimaryKeyArn",
        live=Cannot("a replica answers for itself"),
        noun="primary key",
    )
    members = [key for key, _ in primary.members()]
    return members[0] if len(members) == 1 else None


def _rotation(r: Reader) -> Value[bool]:
    """Material is rotated in the primary key and copied to its replicas."""
    if r.raw.type in _REPLICAS and r.outside is None:
        primary = _primary(r)
        return primary.rotation if primary is not None else Value.unset(r.origin)
    return r.flag(tf="enable_key_rotation", cfn="EnableKeyRotation", live="rotation.KeyRotationEnabled", default=False)


def _lockout_check(r: Reader) -> Value[bool]:
    return r.flag(
        tf=Satellite(
            "aws_kms_key_policy",
            "key_id",
            "bypass_policy_lockout_safety_check",
            inline="bypass_policy_lockout_safety_check",
        ),
        cfn="BypassPolicyLockoutSafetyCheck",
        live=Cannot("an account does not keep how a policy was written"),
        default=False,
    ).map(lambda bypassed: not bypassed)


def _grants(r: Reader) -> Many[KeyGrant]:
    if r.dialect == "tf":
        beside = r.world.attached("aws_kms_grant", "key_id", r.raw)
        return beside.through(lambda raw: Many.of(_grant(Reader(raw.block, raw.dialect, raw, r.world))))
    if r.dialect == "cfn":  # a template cannot make any
        return Many.of(owner=r.origin)
    return r.each(_grant, tf="", cfn="", live="grants", noun="grant")


def _grant(r: Reader) -> KeyGrant:
    return KeyGrant(
        origin=r.origin,
        principal=r.text(tf="grantee_principal", cfn=Cannot("not in templates"), live="GranteePrincipal"),
        retiring=r.text(tf="retiring_principal", cfn=Cannot("not in templates"), live="RetiringPrincipal"),
        operations=r.texts(tf="operations", cfn=Cannot("not in templates"), live="Operations"),
    )


def _customer_managed(r: Reader) -> Value[bool]:
    """A key that is created here is; one that is referred to by name is unless the alias is one of AWS's own."""
    if r.dialect == "live" and "alias/aws/" not in (r.outside or ""):  # a key that is named by its id may be AWS's own
        stated = r.world.deployment.stated()
        own = stated.account_id.or_none() if stated is not None else None
        if own is not None and place_of(r.outside or "")[1] not in ("", own):
            return Value.of(r.outside, r.origin).map(lambda _: True)  # AWS shares none of its own between accounts
        return r.text(tf="", cfn="", live="key.KeyManager").map(lambda manager: manager == "CUSTOMER")
    if r.outside is None:
        return Value.of(True, r.origin)
    if r.outside:
        return Value.of(r.outside, r.origin).map(lambda name: "alias/aws/" not in name)
    return Value.unknown(r.block.attribute("kms_key_id").reasons, r.origin)


def _rotatable(r: Reader) -> Value[bool]:
    if r.raw.type in ("aws_kms_external_key", "aws_kms_replica_external_key"):
        return Value.of(False, r.origin)
    if r.outside is not None:
        return Value.unknown(r.block.attribute("kms_key_id").reasons, r.origin)
    if r.raw.type in _REPLICAS:
        primary = _primary(r)
        return primary.rotatable if primary is not None else Value.unset(r.origin)
    store = r.text(tf="custom_key_store_id", cfn=Cannot("not a property"), live="key.CustomKeyStoreId")
    if r.dialect != "cfn" and store.or_none() is not None:
        return Value.of(False, store.origin)
    if r.dialect != "tf":
        material = r.text(tf="", cfn="Origin", live="key.Origin", default="AWS_KMS")
        if material.or_none() != "AWS_KMS":  # nobody but its owner can change material that was imported
            return material.map(lambda origin: origin == "AWS_KMS")
    return r.text(tf="customer_master_key_spec", cfn="KeySpec", live="key.KeySpec", default="SYMMETRIC_DEFAULT").map(
        lambda spec: spec == "SYMMETRIC_DEFAULT"
    )


def topic(r: Reader) -> Topic:
    name = r.text(tf="name", cfn="TopicName", live="topic.TopicArn")
    if r.dialect == "live":  # no answer has the name by itself
        name = name.map(topic_name)
    made = Many(lambda: _subscriptions_made(r), owner=r.origin, noun="subscription")
    return Topic(
        **identity(
            r,
            name,
            protected(r),
        ),
        policy=_topic_policy(r),
        key=r.link(
            EncryptionKey, tf="kms_master_key_id", cfn="KmsMasterKeyId", live="topic.KmsMasterKeyId", noun="KMS key"
        ),
        publishers=Many(lambda: _publishers(r), owner=r.origin, noun="publisher"),
        subscriptions=Many(lambda: _subscriptions(r, made), owner=r.origin, noun="subscription"),
        made_subscriptions=made,
        declared_audit=declared(r.world.context.audit_topics, name, "topic"),
        account=r.world.account,
    )


def _topic_policy(r: Reader) -> Many[AccessPolicy]:
    """In templates two types of resource set the one policy of a topic. An account writes out the one that a topic has
    where nobody wrote any."""
    found = one_policy(
        r,
        tf=Satellite("aws_sns_topic_policy", "arn", "policy", inline="policy"),
        cfn=Satellite("AWS::SNS::TopicPolicy", "Topics", "PolicyDocument"),
        live="policy",
        noun="topic policy",
    )
    if r.dialect == "live":
        return found.where(lambda policy: ~decide(_is_default(policy, r.raw.location.account.or_none())))
    if r.dialect != "cfn":
        return found
    inline = Satellite("AWS::SNS::TopicInlinePolicy", "TopicArn", "PolicyDocument")
    return found.and_also(one_policy(r, tf=inline, cfn=inline, live="", noun="topic policy"))


def _is_default(policy: AccessPolicy, account: str | None) -> bool:
    """Whether a policy is the one that SNS itself gives a topic: everybody of the owner's account, and nobody else."""
    statements, gaps = policy.statements.loaded()
    if gaps or len(statements) != 1:
        return False
    ((only, _),) = statements
    named = [(one.kind, one.identifier.or_none()) for one, _ in only.principals.members()]
    asked = [
        (one.operator, one.key.lower(), [value.or_none() for value, _ in one.values.members()])
        for one, _ in only.conditions.members()
    ]
    return (
        only.sid.or_none() == "__default_statement_ID"
        and only.effect.or_none() == "Allow"
        and named == [("AWS", "*")]
        and asked == [("StringEquals", "aws:sourceowner", [account])]
    )


def _subscriptions_made(r: Reader) -> Many[Subscription]:
    from guardrails.lower.aws.receivers import subscriptions_made

    return subscriptions_made(r)


def _subscriptions(r: Reader, made: Many[Subscription]) -> Many[Subscription]:
    from guardrails.lower.aws.receivers import with_those_by_hand

    return with_those_by_hand(r, made)


def _publishers(r: Reader) -> Many[Publisher]:
    """What was seen to send to the topic. A sender that was not read is no evidence."""
    from guardrails.lower.aws.watching import watches_trail

    found: dict[tuple[str, str], tuple[Publisher, Truth]] = {}
    for sender, target, service in _PUBLISHERS[r.dialect]:
        for raw, exists in r.world.attached(sender, target, r.raw).members():
            sends = Reader(raw.block, raw.dialect, raw, r.world)
            publisher = Publisher(
                origin=raw.block.origin,
                address=raw.address,
                name=sends.text(
                    tf=FirstOf(("alarm_name", "rule", "name")),
                    cfn=FirstOf(("AlarmName", "Name", "TrailName")),
                    live=FirstOf(("AlarmName", "Rule", "trail.Name")),
                ),
                service=service,
                audit=watches_trail(raw, r.world),
            )
            found.setdefault((raw.address, service), (publisher, exists))
    return Many(tuple(found.values()))


KEY = Lowering(
    model=EncryptionKey,
    noun="KMS key",
    types={
        "tf": ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key"),
        "cfn": ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"),
        "live": ("kms.key",),
    },
    lower=encryption_key,
    identity={"tf": ("key_id", "arn"), "cfn": (), "live": ("arn", "alias")},
    short_name=key_name,
    stands_for={"aws_kms_alias": "target_key_id", "data.aws_kms_alias": "name", "AWS::KMS::Alias": "TargetKeyId"},
)
TOPIC = Lowering(
    model=Topic,
    noun="topic",
    types={"tf": ("aws_sns_topic",), "cfn": ("AWS::SNS::Topic",), "live": ("sns.topic",)},
    lower=topic,
    identity={"tf": ("name",), "cfn": ("TopicName",), "live": ("arn",)},
    short_name=topic_name,
)

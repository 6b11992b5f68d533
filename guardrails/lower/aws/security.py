"""Keys, roles, policies and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import decide
from guardrails.kernel.value import Value
from guardrails.lower.aws.documents import access_policy, evidence
from guardrails.lower.aws.names import key_name, policy_name, role_name, topic_name
from guardrails.lower.reader import Cannot, Satellite, declared
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import AuditTrail, EncryptionKey, ManagedPolicy, Role, Topic

if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.why import Reason
    from guardrails.lower.reader import Reader
    from guardrails.model import AccessPolicy


def encryption_key(r: Reader) -> EncryptionKey:
    address = r.raw.address
    name: Value[str] = Value.of(r.outside, r.origin) if r.outside else Value.unset(r.origin)
    policy = r.policies(
        access_policy,
        tf=Satellite("aws_kms_key_policy", "key_id", "policy", inline="policy"),
        cfn="KeyPolicy",
        live="policy",
        noun="key policy",
    )

    def uses_this(trail: AuditTrail) -> Truth:
        return trail.key.some(lambda key: decide(key.address == address))

    return EncryptionKey(
        **identity(
            r,
            name,
            protected(r),
        ),
        customer_managed=_customer_managed(r),
        enabled=r.flag(tf="is_enabled", cfn="Enabled", live="key.Enabled", default=True),
        rotation=r.flag(
            tf="enable_key_rotation", cfn="EnableKeyRotation", live="rotation.KeyRotationEnabled", default=False
        ),
        rotatable=_rotatable(r),
        deletion_window_days=r.number(
            tf="deletion_window_in_days",
            cfn="PendingWindowInDays",
            live=Cannot("a key has none until it is deleted"),
            default=30,
        ),
        policy=policy,
        trails=r.world.users(AuditTrail, r.raw, uses_this),
        declared_audit=declared(r.world.context.audit_keys, name, "key"),
        accepts_trails=later(lambda: evidence(policy, "kms:GenerateDataKey")),
    )


def _customer_managed(r: Reader) -> Value[bool]:
    """A key that is created here is; one that is referred to by name is unless the alias is one of AWS's own."""
    if r.dialect == "live":
        return r.text(tf="", cfn="", live="key.KeyManager").map(lambda manager: manager == "CUSTOMER")
    if r.outside is None:
        return Value.of(True, r.origin)
    if r.outside:
        return Value.of("alias/aws/" not in r.outside, r.origin)
    return Value.unknown(r.block.attribute("kms_key_id").reasons, r.origin)


def _rotatable(r: Reader) -> Value[bool]:
    if r.raw.type in ("aws_kms_external_key", "aws_kms_replica_external_key"):
        return Value.of(False, r.origin)
    if r.outside is not None:
        return Value.unknown(r.block.attribute("kms_key_id").reasons, r.origin)
    store = r.text(tf="custom_key_store_id", cfn=Cannot("not a property"), live="key.CustomKeyStoreId")
    if r.dialect != "cfn" and store.or_none() is not None:
        return Value.of(False, store.origin)
    return r.text(tf="customer_master_key_spec", cfn="KeySpec", live="key.KeySpec", default="SYMMETRIC_DEFAULT").map(
        lambda spec: spec == "SYMMETRIC_DEFAULT"
    )


def role(r: Reader) -> Role:
    return Role(
        **identity(
            r,
            r.text(tf="name", cfn="RoleName", live="role.RoleName"),
            protected(r),
        ),
        trust=r.policies(
            access_policy,
            tf="assume_role_policy",
            cfn="AssumeRolePolicyDocument",
            live="role.AssumeRolePolicyDocument",
            noun="trust policy",
        ),
        policies=Many(lambda: _role_policies(r), owner=r.origin, noun="policy of the role"),
    )


def _role_policies(r: Reader) -> Many[AccessPolicy]:
    """Inline policies, written in the role or beside it, and the managed ones attached in either direction."""
    if r.dialect != "tf":
        return r.policies(access_policy, tf="", cfn="Policies", live="policies", noun="policy of the role")
    found: list[tuple[AccessPolicy, Truth]] = []
    missing: list[Reason] = []

    def add(policies: Many[AccessPolicy]) -> None:
        members, gaps = policies.loaded()
        found.extend(members)
        missing.extend(gaps)

    add(
        r.policies(
            access_policy,
            tf=Satellite("aws_iam_role_policy", "role", "policy"),
            cfn=Cannot("not written so"),
            live=Cannot("not written so"),
        )
    )
    add(
        r.policies(
            access_policy, tf="inline_policy.policy", cfn=Cannot("not written so"), live=Cannot("not written so")
        )
    )
    attachments = (("aws_iam_role_policy_attachment", "role"), ("aws_iam_policy_attachment", "roles"))
    for attachment, target in attachments:
        attached = r.world.attached(attachment, target, r.raw)
        missing.extend(attached.gaps)
        for raw, exists in attached.members():
            managed, gaps = _managed(r, raw.block.attribute("policy_arn")).loaded()
            missing.extend(gaps)
            found.extend((policy, exists & also) for policy, also in managed)
    arns = r.texts(tf="managed_policy_arns", cfn=Cannot("not written so"), live=Cannot("not written so"))
    for arn, exists in arns.members():
        managed, gaps = _managed(r, arn).loaded()
        missing.extend(gaps)
        found.extend((policy, exists & also) for policy, also in managed)
    missing.extend(arns.gaps)
    return Many(tuple(found), tuple(dict.fromkeys(missing)))


def _managed(r: Reader, arn: Value[object] | Value[str]) -> Many[AccessPolicy]:
    linked = r.world.linked(ManagedPolicy, arn, "policy")  # type: ignore[arg-type]  # an ARN is a text wherever it is known
    return linked.through(lambda policy: policy.document)


def managed_policy(r: Reader) -> ManagedPolicy:
    return ManagedPolicy(
        **identity(
            r,
            r.text(tf="name", cfn="ManagedPolicyName", live="policy.PolicyName"),
            protected(r),
        ),
        document=r.policies(access_policy, tf="policy", cfn="PolicyDocument", live="document", noun="policy document"),
    )


def topic(r: Reader) -> Topic:
    return Topic(
        **identity(
            r,
            r.text(tf="name", cfn="TopicName", live="topic.TopicName"),
            protected(r),
        ),
        policy=r.policies(
            access_policy,
            tf=Satellite("aws_sns_topic_policy", "arn", "policy", inline="policy"),
            cfn=Cannot("topic policies are not read yet"),
            live="policy",
            noun="topic policy",
        ),
        key=r.link(
            EncryptionKey, tf="kms_master_key_id", cfn="KmsMasterKeyId", live="topic.KmsMasterKeyId", noun="KMS key"
        ),
    )


KEY = Lowering(
    model=EncryptionKey,
    noun="KMS key",
    types={
        "tf": ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key"),
        "cfn": ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"),
        "live": ("kms.key",),
    },
    lower=encryption_key,
    identity={"tf": ("key_id", "arn"), "cfn": (), "live": ("arn",)},
    short_name=key_name,
    stands_for={"aws_kms_alias": "target_key_id", "data.aws_kms_alias": "name"},
)
ROLE = Lowering(
    model=Role,
    noun="role",
    types={"tf": ("aws_iam_role",), "cfn": ("AWS::IAM::Role",), "live": ("iam.role",)},
    lower=role,
    identity={"tf": ("name",), "cfn": ("RoleName",), "live": ("arn",)},
    short_name=role_name,
)
MANAGED_POLICY = Lowering(
    model=ManagedPolicy,
    noun="managed policy",
    types={"tf": ("aws_iam_policy",), "cfn": ("AWS::IAM::ManagedPolicy",), "live": ("iam.policy",)},
    lower=managed_policy,
    identity={"tf": ("name", "arn"), "cfn": ("ManagedPolicyName",), "live": ("arn",)},
    short_name=policy_name,
)
TOPIC = Lowering(
    model=Topic,
    noun="topic",
    types={"tf": ("aws_sns_topic",), "cfn": ("AWS::SNS::Topic",), "live": ("sns.topic",)},
    lower=topic,
    identity={"tf": ("name",), "cfn": ("TopicName",), "live": ("arn",)},
    short_name=topic_name,
)

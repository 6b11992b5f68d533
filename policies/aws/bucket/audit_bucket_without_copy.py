"""BUCKET-012."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Bucket,
    Check,
    Reason,
    ReplicationRule,
    Settings,
    Severity,
    Truth,
    Why,
    decide,
    policy,
    require,
    unknown,
)

from ...frameworks import controls

_ELSEWHERE = Reason(
    Why.ELSEWHERE,
    "the trails that deliver here are not part of this deployment, so the prefix of their files is not known",
    "scan it together with the deployment that creates the trails",
)


class Options(Settings):
    copy_in_other_account: bool = False
    """Whether the copy must be in an account other than the bucket's."""


def _acts_on(rule: ReplicationRule, trail: AuditTrail) -> Truth:
    base = trail.prefix.or_default("")
    text = base.or_none()
    if text is None:
        return unknown(*base.reasons, facts=(base.fact(),))
    logs = f"{text.rstrip('/')}/AWSLogs/".lstrip("/")
    return rule.prefix.where(logs.startswith)


@policy(
    "BUCKET-012",
    on=Bucket,
    severity=Severity.LOW,
    since="0.1",
    when="audit",
    enabled=False,
    controls=controls(fsbp=["S3.7"], iso=["A.8.14"], mlps=["8.1.4.9b", "8.1.4.3c"]),
)
def audit_bucket_without_copy(bucket: Bucket, settings: Options) -> Check:
    """A bucket of audit logs whose files exist nowhere else."""

    def apart(target: Bucket) -> Truth:
        return decide(target.address != bucket.address)

    def in_other_account(rule: ReplicationRule) -> Truth:
        return rule.destination_account.is_set() | rule.destination.some(
            lambda target: ~target.location.account.agrees(bucket.location.account)
        )

    def copies(rule: ReplicationRule) -> Truth:
        far = in_other_account(rule) if settings.copy_in_other_account else rule.destination.some(apart)
        return rule.enabled.is_true() & far & ~rule.delete_markers.is_true() & ~rule.narrowed

    def everything(rule: ReplicationRule) -> Truth:
        return ~rule.prefix.is_set() | rule.prefix.equals("")

    def copied() -> Truth:
        rules = bucket.replication
        trails = bucket.trails.every(lambda trail: rules.some(lambda rule: copies(rule) & _acts_on(rule, trail)))
        in_part = bucket.trails.is_empty() & rules.some(copies) & unknown(_ELSEWHERE)
        whole = rules.some(lambda rule: copies(rule) & everything(rule))
        return whole | (~bucket.trails.is_empty() & trails) | in_part

    return require(copied, "log files are not replicated to another bucket", when=bucket.audit)

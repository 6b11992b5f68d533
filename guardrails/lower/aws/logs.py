"""CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.record import later
from guardrails.kernel.truth import decide
from guardrails.lower.aws.names import log_group_name
from guardrails.lower.reader import FirstOf, declared
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import AuditTrail, EncryptionKey, LogGroup

if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.lower.reader import Reader


def log_group(r: Reader) -> LogGroup:
    name = r.text(tf="name", cfn="LogGroupName", live="group.logGroupName")
    address = r.raw.address

    def delivers_here(trail: AuditTrail) -> Truth:
        return trail.log_group.some(lambda group: decide(group.address == address))

    return LogGroup(
        **identity(
            r,
            name,
            protected(r),
        ),
        retention_days=r.number(tf="retention_in_days", cfn="RetentionInDays", live="group.retentionInDays"),
        key=r.link(EncryptionKey, tf="kms_key_id", cfn="KmsKeyId", live="group.kmsKeyId", noun="KMS key"),
        deletion_protected=later(
            lambda: r.flag(
                tf=FirstOf(("deletion_protection_enabled", "skip_destroy")),
                cfn="DeletionProtectionEnabled",
                live="group.deletionProtectionEnabled",
                default=False,
            )
        ),
        trails=r.world.users(AuditTrail, r.raw, delivers_here),
        declared_audit=declared(r.world.context.audit_log_groups, name, "log group"),
        account=r.world.account,
    )


LOG_GROUP = Lowering(
    model=LogGroup,
    noun="log group",
    types={"tf": ("aws_cloudwatch_log_group",), "cfn": ("AWS::Logs::LogGroup",), "live": ("logs.group",)},
    lower=log_group,
    identity={"tf": ("name",), "cfn": ("LogGroupName",), "live": ("arn",)},
    short_name=log_group_name,
)

"""MONITOR-008."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-008",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.8", "4.8", "5.8"),
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_bucket_policy_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a bucket's policy, ACL, CORS rules, lifecycle or replication change."""
    return noticed(account, "bucket-policy-change", settings, "some changes of bucket policies would reach nobody")

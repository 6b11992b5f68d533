"""BUCKET-007."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Severity, policy, refuses_plain_http, require

from ...frameworks import NIST_TRANSIT, controls


@policy(
    "BUCKET-007",
    on=Bucket,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(
        cis=("2.1.2", "2.1.1", "3.1.1"),
        fsbp=["S3.5"],
        nist=NIST_TRANSIT,
        pci=["1.2.5", "2.2.5", "2.2.7", "4.2.1.1", "4.2.1", "8.3.2"],
        mlps=["8.1.4.7a", "8.1.4.8a"],
    ),
)
def audit_bucket_open_to_plain_http(bucket: Bucket) -> Check:
    """A bucket of audit logs whose policy does not refuse requests without TLS."""
    return require(
        lambda: refuses_plain_http(bucket), "requests without TLS are not refused for everybody", when=bucket.audit
    )

"""TRAIL-007."""

from __future__ import annotations

from guardrails.api import AuditTrail, Check, Fact, LogGroup, Severity, Truth, false, policy, require

from ...frameworks import NIST_FORWARDING, NIST_LOGGING, PCI_FORWARDING, PCI_LOGGING, controls


def _explained(truth: Truth, otherwise: Fact) -> Truth:
    """The same verdict, with `otherwise` alone to say why it does not hold."""
    return false(otherwise) | Truth(truth.verdict, (), truth.reasons)


@policy(
    "TRAIL-007",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.4", "", ""),
        fsbp=["CloudTrail.5"],
        nist=[*NIST_LOGGING, *NIST_FORWARDING],
        pci=[*PCI_LOGGING, *PCI_FORWARDING],
        iso=["A.8.15", "A.8.16"],
        soc2=["CC7.2", "CC7.3", "A1.2", "PI1.3"],
        mlps=["8.1.5.4d", "8.1.5.4f"],
    ),
)
def trail_without_log_group(trail: AuditTrail) -> Check:
    """A trail that does not deliver to CloudWatch Logs, or in a way that CloudTrail refuses."""
    given = trail.log_group_arn
    incomplete = Fact("the ARN of the log group does not end in `:*`, as CloudTrail requires", given.origin)
    distant = Fact("the log group is in another Region or account than the trail", given.origin)

    def surely_elsewhere(group: LogGroup) -> Truth:
        place = group.location
        near = place.region.agrees(trail.location.region) & place.account.agrees(trail.location.account)
        return near.known & ~near

    return require(
        given.is_set()
        & trail.role_arn.is_set()
        & _explained(~given.is_set() | trail.log_group_wildcard.is_true(), incomplete)
        # What a trail of an account names was accepted: a delegated administrator's log group is in its own account.
        & _explained(trail.observed | ~trail.log_group.some(surely_elsewhere), distant)
        # A trail keeps the name of a log group that was deleted.
        & (~given.is_set() | ~trail.observed | ~trail.log_group.is_empty()),
        "events do not reach CloudWatch Logs, where filters and alarms could see them",
    )

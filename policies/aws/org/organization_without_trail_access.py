"""ORG-006."""

from __future__ import annotations

from guardrails.api import Check, Organization, Severity, policy, require

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


@policy(
    "ORG-006",
    on=Organization,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.5.4d"],
    ),
)
def organization_without_trail_access(organization: Organization) -> Check:
    """An organization in which CloudTrail has no trusted access, so that no organization trail can be made."""
    return require(
        organization.all_features.is_true()
        & organization.trusted_services.some(lambda service: service.equals("cloudtrail.amazonaws.com")),
        "CloudTrail has no trusted access to the organization, so no organization trail can be made",
    )

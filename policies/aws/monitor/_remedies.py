"""What closes the gaps that the policies on being told find: a clause more, or a filter and an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails.api import NoticeCalls

from ...scenarios import named
from ._scenarios import narrowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.api import Alternatives, Remedies


def _told_of(name: str, pattern: str = "") -> Callable[[Any], Alternatives]:
    def made(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
        return ((NoticeCalls(narrowed(named(name), settings), pattern),),)

    return made


REMEDIES: Remedies = {
    "MONITOR-001": _told_of(
        "root-use",
        '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) '
        '&& ($.eventType != "AwsServiceEvent") }',
    ),
    "MONITOR-002": _told_of(
        "unauthorized-call",
        '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
        '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }',
    ),
    "MONITOR-003": _told_of(
        "sign-in-without-mfa",
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
        '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    ),
    "MONITOR-004": _told_of("iam-policy-change"),
    "MONITOR-005": _told_of("trail-change"),
    "MONITOR-006": _told_of(
        "sign-in-failure", '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }'
    ),
    "MONITOR-007": _told_of("key-removal"),
    "MONITOR-008": _told_of("bucket-policy-change"),
    "MONITOR-009": _told_of("config-change"),
    "MONITOR-010": _told_of("security-group-change"),
    "MONITOR-011": _told_of("network-acl-change"),
    "MONITOR-012": _told_of("gateway-change"),
    "MONITOR-013": _told_of("route-change"),
    "MONITOR-014": _told_of("vpc-change"),
    "MONITOR-015": _told_of("organization-change"),
    "MONITOR-016": _told_of("iam-identity-change"),
    "MONITOR-017": _told_of("destructive-deletion"),
    "MONITOR-019": _told_of("pipeline-tampering"),
}

"""TRAIL-009."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.api import (
    AuditTrail,
    Check,
    LogGroup,
    Role,
    Severity,
    Truth,
    Value,
    decide,
    grants,
    policy,
    require,
    streams_of,
)

from ...frameworks import NIST_FORWARDING, NIST_LOGGING, PCI_FORWARDING, PCI_LOGGING, controls

_WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")
_ANY_GROUP = r"\*|arn:[^:]*:logs:[^:]*:[^:]*:(\*|log-group:\*.*)"


def _trusts_trails(role: Role) -> Truth:
    return grants(
        role.trust, actions=("sts:AssumeRole",), principal_kind="Service", principal="cloudtrail.amazonaws.com"
    )


def _reaches_any_group(resource: Value[str]) -> Truth:
    """Whether a resource element covers log groups of whatever name; a group's ARN and what is built on one do not."""
    if resource.reference is not None:
        return decide(False, resource.fact())
    if resource.parts:
        text = "".join(part if isinstance(part, str) else "?" for part in resource.parts)
        return decide(re.fullmatch(_ANY_GROUP, text) is not None, resource.fact())
    return resource.where(lambda text: re.fullmatch(_ANY_GROUP, text) is not None)


@policy(
    "TRAIL-009",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.4", "", ""),
        nist=[*NIST_LOGGING, *NIST_FORWARDING],
        pci=[*PCI_LOGGING, *PCI_FORWARDING],
        iso=["A.8.15", "A.8.16"],
        soc2=["CC7.2", "CC7.3", "A1.2", "PI1.3"],
        mlps=["8.1.4.2d", "8.1.4.3d"],
    ),
)
def trail_with_unfit_log_role(trail: AuditTrail) -> Iterator[Check]:
    """A trail whose role cannot deliver to its log group, or may write to others as well."""

    def writes(role: Role) -> Truth:
        def reaches(group: LogGroup) -> Truth:
            own = grants(role.policies, actions=_WRITE, resource=streams_of(group))
            members = grants(role.policies, actions=_WRITE, resource=streams_of(group, of_members=True))
            return own & (members | ~trail.organization.is_true())

        return trail.log_group.every(reaches)

    delivers = trail.role.every(lambda role: _trusts_trails(role) & writes(role))
    asked = trail.log_group_arn.is_set() & trail.role_arn.is_set()
    yield require(delivers, "with this role CloudTrail cannot deliver to the log group", when=asked)
    yield require(
        ~trail.role.some(lambda role: grants(role.policies, actions=_WRITE, resource=_reaches_any_group)),
        "the role may write to other log groups than the trail's",
        when=asked & delivers.known & delivers,
        severity=Severity.LOW,
    )

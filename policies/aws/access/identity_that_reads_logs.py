"""ACCESS-004."""

from __future__ import annotations

from guardrails.api import (
    Check,
    Identity,
    Settings,
    Severity,
    decide,
    false,
    is_administrator,
    may,
    policy,
    reading_logs,
    require,
)

from ...frameworks import NIST_PUBLIC, PCI_PUBLIC, controls
from ._identities import is_named


class Options(Settings):
    audit_roles: tuple[str, ...] = ()
    """Glob patterns for the names or ARNs of the identities that are meant to read the logs."""


@policy(
    "ACCESS-004",
    on=Identity,
    severity=Severity.MEDIUM,
    since="0.1",
    when="judged",
    controls=controls(nist=NIST_PUBLIC, pci=PCI_PUBLIC, iso=["A.8.1"], soc2=["CC6.1"], mlps=["8.1.5.2a", "8.1.4.2d"]),
)
def identity_that_reads_logs(identity: Identity, settings: Options) -> Check:
    """A role, user, group or permission set that may read audit logs and is not meant to."""
    here = reading_logs(identity)
    administrator = is_administrator(identity) if here else false()
    return require(
        lambda: ~may(identity, here) | is_named(identity, settings.audit_roles),
        "it may read audit logs, and is not among the audit roles",
        when=decide(bool(here)) & ~(administrator.known & administrator),
    )

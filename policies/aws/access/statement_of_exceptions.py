"""ACCESS-008."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, Guarded, Severity, Statement, Truth, policy, require

from ...frameworks import NIST_PUBLIC, PCI_PUBLIC, controls


def _allows_all_principals_but(statement: Statement) -> Truth:
    listed = statement.not_principals.some(lambda principal: principal.identifier.is_set())
    return listed & statement.effect.equals("Allow")


def _allows_all_actions_but(statement: Statement) -> Truth:
    return statement.not_actions.some(lambda action: action.is_set()) & statement.effect.equals("Allow")


@policy(
    "ACCESS-008",
    on=Guarded,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(nist=NIST_PUBLIC, pci=PCI_PUBLIC, iso=["A.8.1"], soc2=["CC6.1"], mlps=["8.1.4.2d"]),
)
def statement_of_exceptions(guarded: Guarded) -> Iterator[Check]:
    """A policy of a log bucket, an alert topic or a key that allows everything, or everyone, but what it lists."""
    statements = guarded.policy.through(lambda document: document.statements, "statement")
    names_all = ~statements.some(_allows_all_principals_but)
    yield require(names_all, "a statement lets in everyone but those that it lists", severity=Severity.CRITICAL)
    yield require(
        ~statements.some(_allows_all_actions_but),
        "a statement allows every action but those that it lists",
        when=names_all.known,
    )

"""Whom the principals of a statement speak of."""

from __future__ import annotations

from typing import Any

import pytest
from policy_objects import UNKNOWN, statement

from guardrails.kernel.truth import Verdict, any_of
from guardrails.semantics.access.conditions import Rest
from guardrails.semantics.access.principals import Caller, Named
from guardrails.semantics.access.references import OWN_ACCOUNT
from guardrails.semantics.access.targets import text

YES, NO, PERHAPS = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
ALICE = Caller("user", "arn:aws:iam::111122223333:user/alice", "111122223333")
BOB = Caller(
    "role-session",
    "arn:aws:sts::111122223333:assumed-role/Auditor/bob",
    "111122223333",
    role="arn:aws:iam::111122223333:role/Auditor",
)
SOMEBODY = Caller("role-session", None, text(OWN_ACCOUNT))
NOBODY = Caller("anonymous")
TRAIL = Caller("service", "cloudtrail.amazonaws.com")


@pytest.mark.parametrize(
    ("caller", "principal", "how"),
    [
        (ALICE, "*", Named.EVERYBODY),
        (NOBODY, {"AWS": "*"}, Named.EVERYBODY),
        (TRAIL, "*", Named.EVERYBODY),
        (ALICE, {"AWS": "arn:aws:iam::111122223333:user/alice"}, Named.ITSELF),
        (BOB, {"AWS": "arn:aws:sts::111122223333:assumed-role/Auditor/bob"}, Named.ITSELF),
        (TRAIL, {"Service": "CloudTrail.amazonaws.com"}, Named.ITSELF),
        (BOB, {"AWS": ["444455556666", "arn:aws:iam::111122223333:role/Auditor"]}, Named.ROLE),
        (ALICE, {"AWS": "111122223333"}, Named.ACCOUNT),
        (BOB, {"AWS": "arn:aws:iam::111122223333:root"}, Named.ACCOUNT),
        (ALICE, {"AWS": "arn:aws:iam::111122223333:user/Alice"}, None),
        (ALICE, {"AWS": "arn:aws:iam::111122223333:user/*"}, None),
        (ALICE, {"AWS": "AIDAEXAMPLEEXAMPLEXX"}, None),
        (ALICE, {"Service": "*"}, None),
        (NOBODY, {"AWS": "111122223333"}, None),
        (TRAIL, {"Service": "config.amazonaws.com"}, None),
        (TRAIL, {"AWS": "cloudtrail.amazonaws.com"}, None),
    ],
)
def test_how_a_statement_speaks_of_a_caller(caller: Caller, principal: Any, how: Named | None) -> None:  # noqa: ANN401 - as in JSON
    found = statement({"Effect": "Allow", "Principal": principal, "Action": "*"})

    ways = {way for way in Named if caller.spoken_of(found, way, denial=False).verdict is YES}

    assert ways == ({how} if how is not None else set())


@pytest.mark.parametrize(
    ("caller", "principal"),
    [
        (ALICE, {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
        (ALICE, {"AWS": UNKNOWN}),
        (ALICE, UNKNOWN),
        (SOMEBODY, {"AWS": "111122223333"}),
        (SOMEBODY, {"AWS": "arn:aws:iam::111122223333:root"}),
    ],
)
def test_whom_it_speaks_of_may_be_open(caller: Caller, principal: Any) -> None:  # noqa: ANN401 - as in JSON
    found = statement({"Effect": "Allow", "Principal": principal, "Action": "*"})

    assert any_of(caller.spoken_of(found, way, denial=False) for way in Named).verdict is PERHAPS


@pytest.mark.parametrize(
    ("caller", "excepted", "allowed", "denied"),
    [
        (ALICE, {"AWS": "arn:aws:iam::444455556666:user/eve"}, YES, YES),
        (ALICE, {"AWS": "arn:aws:iam::111122223333:user/alice"}, NO, PERHAPS),
        (ALICE, {"AWS": "arn:aws:iam::111122223333:user/bob"}, YES, PERHAPS),
        (ALICE, {"AWS": "111122223333"}, NO, PERHAPS),
        (ALICE, {"Service": "cloudtrail.amazonaws.com"}, YES, YES),
        (ALICE, "*", NO, NO),
        (NOBODY, {"AWS": "111122223333"}, YES, YES),
        (TRAIL, {"Service": "cloudtrail.amazonaws.com"}, NO, NO),
        (TRAIL, {"AWS": "111122223333"}, YES, YES),
        (ALICE, {"AWS": UNKNOWN}, PERHAPS, PERHAPS),
    ],
)
def test_everybody_but(caller: Caller, excepted: Any, allowed: Verdict, denied: Verdict) -> None:  # noqa: ANN401 - as in JSON
    found = statement({"Effect": "Allow", "NotPrincipal": excepted, "Action": "*"})

    assert caller.spoken_of(found, Named.EVERYBODY, denial=False).verdict is allowed
    assert caller.spoken_of(found, Named.EVERYBODY, denial=True).verdict is denied


def test_what_requests_of_a_caller_carry() -> None:
    bobs, trails, nobodys = BOB.context(), TRAIL.context(), NOBODY.context(Rest.ABSENT)

    assert bobs.of("aws:username") is Rest.ABSENT
    assert bobs.of("aws:sourcevpce") is Rest.FREE
    assert bobs.of("aws:sourcearn") is Rest.ABSENT
    assert trails.of("aws:sourcevpce") is Rest.ABSENT
    assert trails.of("aws:sourcearn") is Rest.FREE
    assert nobodys.of("aws:principalarn") is Rest.ABSENT
    assert BOB.role is not None
    assert bobs.of("aws:principalarn") == (BOB.role,)

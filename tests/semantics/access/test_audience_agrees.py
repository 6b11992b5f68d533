"""Who may do something, compared with the decisions on single requests: two ways to the same answer."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_audience_laws import ACTIONS, CONDITIONS, FOREIGN, OWN, TARGET
from written_policies import policies

from guardrails.kernel.truth import Verdict
from guardrails.semantics.access.audience import who_may
from guardrails.semantics.access.conditions import Context
from guardrails.semantics.access.decision import Policies, Request, decide_access
from guardrails.semantics.access.principals import Caller

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardrails.kernel.many import Many
    from guardrails.model.access import AccessPolicy

PRINCIPALS = (
    "*",
    {"AWS": FOREIGN},
    {"AWS": "444455556666"},
    {"AWS": ["111122223333", FOREIGN]},
    {"AWS": "arn:aws:iam::111122223333:role/r"},
    {"Service": "cloudtrail.amazonaws.com"},
)
EVERYTHING = policies({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
STRANGER = Caller(
    "role-session",
    "arn:aws:sts::999988887777:assumed-role/siem/s",
    "999988887777",
    role="arn:aws:iam::999988887777:role/siem",
)
NEIGHBOUR = Caller("role-session", "arn:aws:sts::444455556666:assumed-role/siem/s", "444455556666", role=FOREIGN)
OTHER_NEIGHBOUR = Caller(
    "role-session",
    "arn:aws:sts::444455556666:assumed-role/other/s",
    "444455556666",
    role="arn:aws:iam::444455556666:role/other",
)
NOBODY = Caller("anonymous")
SOME_SERVICE = Caller("service", "somebody.amazonaws.com")

NETWORKS: tuple[dict[str, str], ...] = (
    {"aws:SourceIp": "198.51.100.7"},
    {"aws:SourceIp": "203.0.113.9"},
    {"aws:SourceVpce": "vpce-1"},
    {},
)
ELSEWHERE = ({"aws:SourceIp": "203.0.113.9"}, {"aws:SourceVpce": "vpce-9"})
ORGANIZATIONS: tuple[dict[str, str], ...] = (
    {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-b/ou-c/"},
    {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-x/"},
    {"aws:PrincipalOrgID": "o-zzzzzzzzzz", "aws:PrincipalOrgPaths": "o-zzzzzzzzzz/r-b/"},
    {"aws:PrincipalOrgID": "o-strangers", "aws:PrincipalOrgPaths": "o-strangers/r-s/"},
    {},
)
NO_MEMBER = ORGANIZATIONS[3:]


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Documents without anything that is not known, and without what single requests and audiences see apart:
    NotPrincipal in denials."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        effect = draw(st.sampled_from(("Allow", "Deny")))
        conditions: dict[str, dict[str, list[str]]] = {}
        for operator, key, values in draw(st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True)):
            conditions.setdefault(operator, {})[key] = draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
        names = ("Principal",) * 4 + (("NotPrincipal",) if effect == "Allow" else ())
        found.append(
            {
                "Effect": effect,
                draw(st.sampled_from(names)): draw(st.sampled_from(PRINCIPALS)),
                "Action": draw(st.sampled_from(("s3:*", "s3:GetObject", "s3:Put*"))),
                "Resource": draw(st.sampled_from(("*", "arn:aws:s3:::logs/*", "arn:aws:s3:::other/*"))),
                "Condition": conditions,
            }
        )
    return found


def contexts(
    caller: Caller, networks: Iterable[dict[str, str]], organizations: Iterable[dict[str, str]]
) -> Iterator[Context]:
    known = {"aws:PrincipalIsAWSService": "true" if caller.kind == "service" else "false"}
    said = caller.context().known
    for network, organization, secure, factor in product(
        networks, organizations if caller.signed else ({},), ("true", "false"), ("true", "") if caller.signed else ("",)
    ):
        carried: dict[str, Any] = {**said, **known, **network, **organization, "aws:SecureTransport": secure}
        if factor:
            carried["aws:MultiFactorAuthPresent"] = factor
        yield Context(carried)


def some_allowed(document: Many[AccessPolicy], caller: Caller, carried: Iterable[Context]) -> bool:
    return any(
        decide_access(
            Request(caller, action, TARGET, "111122223333", context),
            Policies(identity=EVERYTHING, resource=document),
        ).allowed.verdict
        is Verdict.TRUE
        for context in carried
        for action in ACTIONS
    )


def services(document: Many[AccessPolicy]) -> bool:
    """Whether a service is let in that acts for a stranger."""
    context = Context(
        {
            "aws:PrincipalIsAWSService": "true",
            "aws:SecureTransport": "true",
            "aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:999988887777:trail/x",
        }
    )
    return some_allowed(document, SOME_SERVICE, [context])


@given(documents())
@settings(max_examples=25, deadline=None)
def test_public_is_what_strangers_may(written: list[dict[str, Any]]) -> None:
    document = policies({"Version": "2012-10-17", "Statement": written})
    found = who_may(document, ACTIONS, TARGET, account=OWN).some(lambda grant: grant.is_public()).verdict

    strangers = any(
        some_allowed(document, caller, contexts(caller, ELSEWHERE, NO_MEMBER)) for caller in (STRANGER, NOBODY)
    )
    if strangers:
        assert found is not Verdict.FALSE
    elif not services(document):
        assert found is not Verdict.TRUE


@given(documents())
@settings(max_examples=25, deadline=None)
def test_cross_account_is_what_outsiders_may(written: list[dict[str, Any]]) -> None:
    document = policies({"Version": "2012-10-17", "Statement": written})
    found = who_may(document, ACTIONS, TARGET, account=OWN).some(lambda grant: grant.is_cross_account()).verdict

    outsiders = any(
        some_allowed(document, caller, contexts(caller, NETWORKS, ORGANIZATIONS))
        for caller in (NEIGHBOUR, OTHER_NEIGHBOUR, STRANGER, NOBODY)
    )
    if outsiders:
        assert found is not Verdict.FALSE
    elif not services(document):
        assert found is not Verdict.TRUE

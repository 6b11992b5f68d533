"""Conditions: the reference vectors, and what a caller who may choose makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from policy_documents import VECTORS, statement_of

from guardrails.kernel.truth import Verdict, false, true
from guardrails.semantics.access.conditions import Context, Rest, met, outcome

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.many import Many
    from guardrails.model import Condition


def conditions(folder: Path, written: dict[str, Any]) -> Many[Condition]:
    return statement_of(folder, {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": written}).conditions


@pytest.mark.parametrize("vector", VECTORS["conditions"], ids=lambda vector: vector["id"])
def test_vector(tmp_path: Path, vector: dict[str, Any]) -> None:
    found = met(conditions(tmp_path, vector["condition"]), Context(vector["context"]), variables=true())

    assert found.verdict is (Verdict.TRUE if vector["expected"] else Verdict.FALSE)
    assert found.facts or not vector["condition"]


FREE = Context(rest=Rest.FREE)
YES, NO, PERHAPS = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("written", "can_hold", "can_fail"),
    [
        ({}, YES, NO),
        ({"StringEquals": {"aws:SourceVpce": "x"}}, YES, YES),
        ({"StringNotEquals": {"aws:SourceVpce": "x"}}, YES, YES),
        ({"StringLike": {"aws:SourceVpce": "*"}}, YES, YES),
        ({"StringLikeIfExists": {"aws:SourceVpce": "*"}}, YES, NO),
        ({"ForAllValues:StringLike": {"aws:TagKeys": "*"}}, YES, NO),
        ({"Null": {"aws:SourceVpce": "true"}}, YES, YES),
        ({"Null": {"aws:SourceVpce": "true"}, "StringEquals": {"aws:SourceVpce": "x"}}, NO, YES),
        ({"StringEquals": {"aws:SourceVpce": "x"}, "StringNotEquals": {"aws:SourceVpce": "x"}}, NO, YES),
        ({"StringEquals": {"aws:SourceVpce": "xy"}, "StringLike": {"AWS:SourceVPCE": "x*"}}, YES, YES),
        ({"StringLike": {"s3:prefix": "a*"}, "StringNotLike": {"s3:prefix": "ab*"}}, YES, YES),
        ({"StringLike": {"s3:prefix": "a*"}, "StringNotLike": {"s3:prefix": "a*"}}, PERHAPS, YES),
        ({"Bool": {"aws:SecureTransport": "false"}}, YES, YES),
        ({"Bool": {"aws:SecureTransport": "false"}, "BoolIfExists": {"aws:SecureTransport": "true"}}, NO, YES),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, YES, YES),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, YES, YES),
        (
            {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/16"}},
            YES,
            YES,
        ),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, YES, YES),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, YES, YES),
        ({"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}, YES, YES),
        ({"StringEquals": {"aws:SourceVpce": []}}, NO, YES),
        ({"StringResembles": {"aws:SourceVpce": "x"}}, PERHAPS, PERHAPS),
        ({"ForSomeValues:StringEquals": {"aws:SourceVpce": "x"}}, PERHAPS, PERHAPS),
    ],
)
def test_what_a_caller_who_may_choose_makes_of_it(
    tmp_path: Path, written: dict[str, Any], can_hold: Verdict, can_fail: Verdict
) -> None:
    found = outcome(conditions(tmp_path, written), FREE, variables=true())

    assert (found.can_hold.verdict, found.can_fail.verdict) == (can_hold, can_fail)


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ({"StringEquals": {"aws:SourceVpce": "x"}}, PERHAPS),
        ({"StringLikeIfExists": {"aws:SourceVpce": "*"}}, YES),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, YES),
        ({"StringEquals": {"aws:username": "alice"}}, NO),
        ({"StringNotEquals": {"aws:username": "alice"}}, YES),
    ],
)
def test_a_request_of_which_not_all_is_known(tmp_path: Path, written: dict[str, Any], verdict: Verdict) -> None:
    context = Context({"aws:PrincipalAccount": "111122223333"}, absent=("aws:UserName",), rest=Rest.UNKNOWN)

    assert met(conditions(tmp_path, written), context, variables=true()).verdict is verdict


def test_what_a_context_does_not_mention_another_may_say(tmp_path: Path) -> None:
    written = {"StringEquals": {"aws:PrincipalAccount": "111122223333", "s3:prefix": "x"}}
    who = Context({"aws:PrincipalAccount": "111122223333"}, absent=("aws:username",), rest=Rest.FREE)

    joined = Context({"s3:prefix": "x"}).over(who)

    assert met(conditions(tmp_path, written), joined, variables=true()).verdict is YES
    assert joined.of("aws:username") is Rest.ABSENT
    assert joined.of("aws:sourcevpce") is Rest.FREE


def test_variables_are_plain_text_in_older_policies(tmp_path: Path) -> None:
    written = {"StringEquals": {"s3:prefix": "${aws:username}"}}
    context = Context({"s3:prefix": "alice", "aws:username": "alice"})

    assert met(conditions(tmp_path, written), context, variables=true()).verdict is YES
    assert met(conditions(tmp_path, written), context, variables=false()).verdict is NO

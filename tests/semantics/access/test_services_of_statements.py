"""Statements about other services are answered for by their names; the answer is the one that a comparison gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.value import Value
from guardrails.model.access import Statement
from guardrails.semantics.access import statements

if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth

ACTIONS = (
    "s3:GetObject",
    "S3:getobject",
    "s3:*",
    "*",
    "*:GetObject",
    "s?:GetObject",
    "s3:Get?bject",
    "logs:PutLogEvents",
    "s3",
    "",
)
ASKED = ("s3:GetObject", "S3:PutObject", "logs:PutLogEvents", "cloudtrail:StopLogging")


def statement(*actions: str) -> Statement:
    nothing: Many[Value[str]] = Many.of()
    return Statement(
        origin=NOWHERE,
        sid=Value.unset(NOWHERE),
        effect=Value.of("Allow"),
        principals=Many.of(),
        not_principals=Many.of(),
        actions=Many.of(*(Value.of(action) for action in actions)),
        not_actions=nothing,
        resources=nothing,
        not_resources=nothing,
        conditions=Many.of(),
    )


@given(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4), st.sampled_from(ASKED))
def test_the_answer_is_that_of_a_comparison(actions: list[str], asked: str) -> None:
    def compared(element: Value[str]) -> Truth:
        return statements._is_action(element, asked.lower())  # noqa: SLF001 - what the shortcut stands in for

    given_actions = statement(*actions)

    assert statements.acts(given_actions, asked) == given_actions.actions.some(compared)

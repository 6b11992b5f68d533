"""Laws of who may do something: knowing less never changes an answer, denying more never lets in more, and spelling
and order mean nothing."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from written_policies import attribute, joined, policies, unread, variable

from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Value
from guardrails.semantics.access.audience import who_may
from guardrails.semantics.access.targets import arn

if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.model.access import AccessPolicy

Statement = dict[str, Any]

OWN = Value.of("111122223333")
TARGET = arn("arn:aws:s3:::logs/a")
ACTIONS = ("s3:GetObject", "s3:PutObject")
FOREIGN = "arn:aws:iam::444455556666:role/siem"
PRINCIPALS = (
    "*",
    {"AWS": "*"},
    {"AWS": FOREIGN},
    {"AWS": "444455556666"},
    {"AWS": ["111122223333", FOREIGN]},
    {"AWS": attribute("aws_iam_role.r", "arn")},
    {"AWS": joined("arn:aws:iam::", None, ":root")},
    {"Service": "cloudtrail.amazonaws.com"},
)
CONDITIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("StringEquals", "aws:PrincipalOrgID", ("o-a1b2c3d4e5", "o-zzzzzzzzzz")),
    ("StringNotEquals", "aws:PrincipalOrgID", ("o-a1b2c3d4e5",)),
    ("StringLike", "aws:PrincipalOrgID", ("*", "o-a1b2c3d4e5")),
    ("ArnLike", "aws:PrincipalArn", (FOREIGN, "arn:aws:iam::444455556666:role/*", "arn:aws:iam::*:role/siem")),
    ("ArnNotLike", "aws:PrincipalArn", (FOREIGN, "arn:aws:iam::111122223333:role/*")),
    ("StringEquals", "aws:PrincipalAccount", ("444455556666", "111122223333")),
    ("StringNotEquals", "aws:PrincipalAccount", ("444455556666", "111122223333")),
    ("ArnLike", "aws:SourceArn", ("arn:aws:cloudtrail:*:111122223333:trail/*", "*")),
    ("StringNotEquals", "aws:SourceVpce", ("vpce-1", "vpce-2")),
    ("IpAddress", "aws:SourceIp", ("198.51.100.0/24", "0.0.0.0/0")),
    ("NotIpAddress", "aws:SourceIp", ("198.51.100.0/24",)),
    ("StringEqualsIfExists", "aws:PrincipalOrgID", ("o-a1b2c3d4e5",)),
    ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", ("o-a1b2c3d4e5/r-b/*",)),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", ("o-a1b2c3d4e5/r-b/*", "*")),
    ("Bool", "aws:SecureTransport", ("false",)),
    ("Bool", "aws:PrincipalIsAWSService", ("true", "false")),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", ("false",)),
    ("Null", "aws:PrincipalOrgID", ("true", "false")),
)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for operator, key, values in draw(st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True)):
        found.setdefault(operator, {})[key] = draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
    return found


@st.composite
def statements(draw: st.DrawFn, effect: str = "") -> Statement:
    found: Statement = {
        "Effect": effect or draw(st.sampled_from(("Allow", "Allow", "Deny"))),
        draw(st.sampled_from(("Principal",) * 5 + ("NotPrincipal",))): draw(st.sampled_from(PRINCIPALS)),
        draw(st.sampled_from(("Action",) * 5 + ("NotAction",))): draw(
            st.sampled_from((["s3:*"], ["s3:GetObject"], ["s3:Put*", "s3:GetObject"], ["logs:*"]))
        ),
        draw(st.sampled_from(("Resource",) * 5 + ("NotResource",))): draw(
            st.sampled_from((["*"], ["arn:aws:s3:::logs/*"], ["arn:aws:s3:::logs/a", "arn:aws:s3:::logs"]))
        ),
        "Condition": draw(conditions()),
    }
    return found


documents = st.lists(statements(), min_size=1, max_size=4)


def answers(written: list[Statement]) -> dict[str, Verdict]:
    document: Many[AccessPolicy] = policies({"Version": "2012-10-17", "Statement": written})
    found = who_may(document, ACTIONS, TARGET, account=OWN)
    return {
        "public": found.some(lambda grant: grant.is_public()).verdict,
        "anonymous": found.some(lambda grant: grant.is_anonymous()).verdict,
        "foreign": found.some(lambda grant: grant.is_cross_account()).verdict,
        "untrusted": found.some(lambda grant: ~grant.stays_within(["444455556666"], ["o-a1b2c3d4e5"])).verdict,
        "anybody": (~found.is_empty()).verdict,
    }


@st.composite
def with_less_known(draw: st.DrawFn) -> tuple[list[Statement], list[Statement]]:
    """A document, and the same with one element not known."""
    written = draw(documents)
    known = deepcopy(written)
    place = draw(st.integers(0, len(written) - 1))
    statement = written[place]
    element = draw(st.sampled_from(sorted(statement)))
    if element == "Effect":
        statement[element] = variable()
    elif element in ("Principal", "NotPrincipal"):
        hidden = draw(st.sampled_from((unread(), {"AWS": variable()})))
        statement[element] = hidden if statement[element] != {"Service": "cloudtrail.amazonaws.com"} else unread()
    elif element == "Condition":
        if draw(st.booleans()) and statement["Condition"]:
            operator = draw(st.sampled_from(sorted(statement["Condition"])))
            key = draw(st.sampled_from(sorted(statement["Condition"][operator])))
            values = statement["Condition"][operator][key]
            at = draw(st.integers(0, len(values) - 1))
            statement["Condition"][operator][key] = [*values[:at], variable(), *values[at + 1 :]]
        else:
            statement["Condition"] = unread()
    else:
        values = statement[element]
        at = draw(st.integers(0, len(values) - 1))
        statement[element] = [*values[:at], variable(), *values[at + 1 :]]
    return known, written


@given(with_less_known())
@settings(max_examples=400, deadline=None)
def test_knowing_less_changes_no_answer(documents: tuple[list[Statement], list[Statement]]) -> None:
    before, after = answers(documents[0]), answers(documents[1])

    changed = {name for name in before if after[name] not in (before[name], Verdict.UNKNOWN)}
    assert not changed, (changed, before, after)


@given(documents, statements(effect="Deny"))
@settings(max_examples=300, deadline=None)
def test_denying_more_lets_nobody_in(written: list[Statement], denial: Statement) -> None:
    before, after = answers(written), answers([*written, denial])
    order = (Verdict.FALSE, Verdict.UNKNOWN, Verdict.TRUE)

    wider = {name for name in before if order.index(after[name]) > order.index(before[name])}
    # What is not known may become known to be so: a denial can leave a part of whom it was doubtful.
    assert not {name for name in wider if before[name] is Verdict.FALSE}, (wider, before, after)
    assert not wider, (wider, before, after)


@given(documents, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_order_and_spelling_mean_nothing(written: list[Statement], random: Any) -> None:  # noqa: ANN401 - Random
    other = deepcopy(written)
    random.shuffle(other)
    for statement in other:
        for name in ("Action", "NotAction"):
            if name in statement:
                statement[name] = [action.swapcase() if action != "*" else action for action in statement[name][::-1]]
        for name in ("Resource", "NotResource"):
            if name in statement:
                statement[name] = statement[name][::-1]
        if statement.get("Principal") == "*":
            statement["Principal"] = {"AWS": ["*"]}
        statement["Condition"] = {
            operator.lower(): {key.upper(): values[::-1] for key, values in keys.items()}
            for operator, keys in reversed(statement["Condition"].items())
        }

    assert answers(other) == answers(written)


@given(statements(effect="Allow"), documents)
@settings(max_examples=150, deadline=None)
def test_a_statement_for_two_is_two_statements(statement: Statement, others: list[Statement]) -> None:
    both = {**statement, "Principal": {"AWS": ["111122223333", FOREIGN]}}
    both.pop("NotPrincipal", None)
    single = [{**both, "Principal": {"AWS": one}} for one in ("111122223333", FOREIGN)]

    assert answers([both, *others]) == answers([*single, *others])

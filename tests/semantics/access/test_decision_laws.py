"""What holds of decisions whatever the policies say."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from policy_objects import UNKNOWN, Open, policy

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict
from guardrails.semantics.access.conditions import Context, Rest
from guardrails.semantics.access.decision import Policies, Request, decide_access, holds
from guardrails.semantics.access.principals import Caller
from guardrails.semantics.access.targets import Target, anything, arn, text

ORDER = [Verdict.FALSE, Verdict.UNKNOWN, Verdict.TRUE]
USER = "arn:aws:iam::111122223333:user/alice"
OBJECT = "arn:aws:s3:::logs/AWSLogs/a"
KEYS = st.sampled_from(["aws:PrincipalArn", "aws:SourceVpce", "s3:prefix"])
VALUES = st.sampled_from(["x", "*", "x*", USER, "arn:aws:iam::111122223333:user/*", "${s3:prefix}"])
OPERATORS = st.sampled_from(
    ["StringEquals", "StringNotEquals", "StringLikeIfExists", "ArnNotLike", "Null", "ForAllValues:StringLike"]
)
ACTIONS = st.sampled_from(["s3:GetObject", "s3:Get*", "*", "s3:Put*", "S3:getobject"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::logs/*", "arn:aws:s3:::logs", "arn:aws:s3:::*/a", "arn:aws:s3:::l*"])
PRINCIPALS: st.SearchStrategy[Any] = st.sampled_from(
    ["*", {"AWS": "*"}, {"AWS": USER}, {"AWS": "111122223333"}, {"AWS": ["444455556666", USER]}, {"Service": "x.y"}]
)
CONTEXTS = st.sampled_from(
    [
        Context(),
        Context({"aws:PrincipalArn": USER, "s3:prefix": "x"}),
        Context({"aws:SourceVpce": "x"}, rest=Rest.FREE),
        Context(rest=Rest.UNKNOWN),
    ]
)
CALLERS = st.sampled_from(
    [
        Caller("user", USER, "111122223333"),
        Caller("anonymous"),
        Caller("user", "arn:aws:iam::444455556666:user/eve", "444455556666"),
    ]
)


def lists(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(of, min_size=1, max_size=2)


@st.composite
def statements(draw: st.DrawFn, effect: str = "", *, with_principal: bool = True) -> dict[str, Any]:
    said: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    said[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(lists(ACTIONS))
    said[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(lists(RESOURCES))
    if with_principal:
        said[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = draw(PRINCIPALS)
    if draw(st.booleans()):
        said["Condition"] = draw(
            st.dictionaries(OPERATORS, st.dictionaries(KEYS, lists(VALUES), min_size=1, max_size=2), max_size=2)
        )
    return said


SOME = st.lists(statements(), max_size=3)


def allowed(caller: Caller, context: Context, said: list[dict[str, Any]]) -> Verdict:
    """Whether a bucket's policy and an identity policy alike let the caller read an object."""
    request = Request(caller, "s3:GetObject", arn(OBJECT), "111122223333", context)
    found = Many.of(policy(*said))
    own = Many.of(policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    return decide_access(request, Policies(identity=own, resource=found), "kms").allowed.verdict


def held(said: list[dict[str, Any]], target: Target, caller: Caller | None = None) -> Verdict:
    return holds(Many.of(policy(*said)), Many(()), ("s3:GetObject", "s3:PutObject"), target, caller=caller).verdict


def compatible(open_answer: Verdict, answer: Verdict) -> bool:
    return open_answer in (Verdict.UNKNOWN, answer)


@settings(max_examples=150)
@given(caller=CALLERS, context=CONTEXTS, said=SOME, more=statements("Allow"))
def test_one_more_allow_takes_nothing_away(
    caller: Caller, context: Context, said: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    assert ORDER.index(allowed(caller, context, [*said, more])) >= ORDER.index(allowed(caller, context, said))
    assert ORDER.index(held([*said, more], arn(OBJECT))) >= ORDER.index(held(said, arn(OBJECT)))


@settings(max_examples=150)
@given(caller=CALLERS, context=CONTEXTS, said=SOME, more=statements("Deny"))
def test_one_more_denial_grants_nothing(
    caller: Caller, context: Context, said: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    assert ORDER.index(allowed(caller, context, [*said, more])) <= ORDER.index(allowed(caller, context, said))
    assert ORDER.index(held([*said, more], arn(OBJECT))) <= ORDER.index(held(said, arn(OBJECT)))


@settings(max_examples=150)
@given(caller=CALLERS, context=CONTEXTS, said=SOME, data=st.data())
def test_order_and_spelling_do_not_matter(
    caller: Caller, context: Context, said: list[dict[str, Any]], data: st.DataObject
) -> None:
    other = [_respelled(one) for one in data.draw(st.permutations(said))]

    assert allowed(caller, context, other) is allowed(caller, context, said)
    assert held(other, anything()) is held(said, anything())


def _respelled(said: dict[str, Any]) -> dict[str, Any]:
    """Lists turned round, those of one member as that member, keys of conditions in capitals."""
    found = dict(said)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if name in found:
            found[name] = found[name][0] if len(found[name]) == 1 else found[name][::-1]
    if "Condition" in found:
        found["Condition"] = {
            operator.upper(): {key.upper(): values[::-1] for key, values in keys.items()}
            for operator, keys in found["Condition"].items()
        }
    return found


def _places(said: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where an element of a statement may be replaced by one that is not known."""
    found = []
    if isinstance(said, dict):
        for key, value in said.items():
            found += _places(value, (*path, key))
        if path and path[-1] == "Condition":
            found.append(path)
    elif isinstance(said, list):
        for at, value in enumerate(said):
            found += _places(value, (*path, at))
    elif path and path[-1] not in ("Principal", "NotPrincipal"):
        found.append(path)
    return found


def _replaced(said: list[dict[str, Any]], path: tuple[Any, ...], by: object) -> list[dict[str, Any]]:
    found: Any = copy.deepcopy(said)
    holder = found
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = by
    return list(found)


@settings(max_examples=300)
@given(caller=CALLERS, context=CONTEXTS, said=st.lists(statements(), min_size=1, max_size=3), data=st.data())
def test_what_is_not_known_leaves_open_what_it_could_change(
    caller: Caller, context: Context, said: list[dict[str, Any]], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(_places(said)))
    opened = _replaced(said, path, UNKNOWN)

    assert isinstance(_at(opened, path), Open)
    assert compatible(allowed(caller, context, opened), allowed(caller, context, said))
    for target in (arn(OBJECT), anything(), text("arn:aws:s3:::logs/", "x")):
        assert compatible(held(opened, target), held(said, target))
        assert compatible(held(opened, target, caller), held(said, target, caller))


def _at(said: Any, path: tuple[Any, ...]) -> object:  # noqa: ANN401 - whatever stands in a policy
    for step in path:
        said = said[step]
    return said


@settings(max_examples=150)
@given(caller=CALLERS, said=SOME)
def test_a_request_of_which_less_is_known_leaves_open_what_that_could_change(
    caller: Caller, said: list[dict[str, Any]]
) -> None:
    less = allowed(caller, Context(rest=Rest.UNKNOWN), said)

    for context in (Context(), Context({"aws:SourceVpce": "x", "s3:prefix": "*"}), Context({"aws:PrincipalArn": USER})):
        assert compatible(less, allowed(caller, context, said))


@settings(max_examples=100)
@given(said=SOME)
def test_partitions_do_not_matter(said: list[dict[str, Any]]) -> None:
    def moved(part: Any) -> Any:  # noqa: ANN401 - whatever stands in a policy
        if isinstance(part, dict):
            return {key: moved(value) for key, value in part.items()}
        if isinstance(part, list):
            return [moved(value) for value in part]
        return part.replace("arn:aws:", "arn:aws-cn:") if isinstance(part, str) else part

    here = Request(Caller("user", USER, "111122223333"), "s3:GetObject", arn(OBJECT), "111122223333")
    there = Request(Caller("user", moved(USER), "111122223333"), "s3:GetObject", arn(moved(OBJECT)), "111122223333")
    mine = decide_access(here, Policies(resource=Many.of(policy(*said))), "kms")
    theirs = decide_access(there, Policies(resource=Many.of(policy(*moved(said)))), "kms")

    assert mine.allowed.verdict is theirs.allowed.verdict
    assert mine.explicitly_denied.verdict is theirs.explicitly_denied.verdict

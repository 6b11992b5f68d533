"""AWS-managed policies, as documents to be evaluated.

AWS changes them now and then, so what is here has a date. Kept is what they say of the actions that matter to an audit
trail; of any other action a managed policy is an unknown, not a no. docs/decisions/aws-managed-policies.md says how the
data was made.
"""

from __future__ import annotations

from functools import lru_cache

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Fact, unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.model.access import AccessPolicy, Condition, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth

_EFFECTS = {"A": "Allow", "D": "Deny"}
_DATA = "aws_managed_policies.json"


class OfAws(Reason):
    """Not known because it is not recorded here what a policy of AWS says, of anything or of other actions. Which
    policy that is is known: `policy` is its name."""

    __slots__ = ("policy",)

    def __init__(self, why: Why, detail: str, origin: Origin, policy: str) -> None:
        super().__init__(why, detail, origin=origin)
        self.policy = policy


def is_aws_managed(arn: str) -> bool:
    """Whether an ARN is that of a policy which AWS itself manages: `arn:aws:iam::aws:policy/…`."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[4] == "aws" and parts[5].startswith("policy/")


def aws_managed_policy(arn: Value[str]) -> Many[AccessPolicy]:
    """The document of an AWS-managed policy by its ARN or name, its places those of `arn`; a gap where the ARN is not
    known or AWS has made the policy since."""
    return Many(lambda: _document(arn), owner=arn.origin, noun="policy")


def _document(arn: Value[str]) -> Many[AccessPolicy]:
    written = arn.or_none()
    if written is None:
        return Many((), arn.reasons or (Reason(Why.INVALID, "the ARN of the policy is not set", origin=arn.origin),))
    name = written.rsplit("/", 1)[-1]
    statements = _policies().get(name)
    if statements is None:
        detail = f"AWS's policy `{name}` is not among those known, of {managed_as_of()}"
        return Many((), (OfAws(Why.ELSEWHERE, detail, arn.origin, name),))
    # Of an account many hold the same policy, and none of them stands in a file.
    read = _shared if arn.origin.source is None else _policy
    return Many.of(read(name, statements, arn.origin))


def _policy(name: str, statements: str, origin: Origin) -> AccessPolicy:
    return AccessPolicy(
        origin=origin,
        version=Value.of("2012-10-17", origin),
        statements=Many(lambda: _statements(name, statements, origin), owner=origin, noun="statement"),
    )


_shared = lru_cache(maxsize=512)(_policy)


def managed_as_of() -> str:
    """The date of the newest document that is known, `YYYY-MM-DD`."""
    return str(_data()["as_of"])


def _statements(name: str, statements: str, origin: Origin) -> Many[Statement]:
    found = [(_statement(one, origin), _EXISTS) for one in statements.split()]
    return Many((*found, _of_other_actions(name, origin)))


def _statement(encoded: str, origin: Origin) -> Statement:
    """`A1.2.3`: the effect's letter, and the numbers of actions, resources and conditions."""
    data = _data()
    actions, resources, conditions = map(int, encoded[1:].split("."))
    named = data["action_lists"][actions]
    reach = data["resource_lists"][resources]
    excepted = isinstance(reach, dict)
    return Statement(
        origin=origin,
        sid=Value.unset(origin),
        effect=Value.of(_EFFECTS[encoded[0]], origin),
        principals=Many(()),
        not_principals=Many(()),
        actions=_texts([] if named.startswith("!") else _spread(named), origin),
        not_actions=_texts(_spread(named[1:]) if named.startswith("!") else [], origin),
        resources=_texts([] if excepted else reach, origin),
        not_resources=_texts(reach["not"] if excepted else [], origin),
        conditions=Many.of(
            *(
                Condition(operator=operator, key=key, values=_texts(values, origin))
                for operator, keys in data["conditions"][conditions].items()
                for key, values in keys.items()
            ),
            owner=origin,
            noun="condition",
        ),
    )


def _of_other_actions(name: str, origin: Origin) -> tuple[Statement, Truth]:
    """What the policy says of actions that are not recorded here: perhaps something."""
    detail = f"what AWS's policy `{name}` says of other actions is not recorded"
    reason = OfAws(Why.UNSUPPORTED, detail, origin, name)
    nothing: Many[Value[str]] = Many(())
    statement = Statement(
        origin=origin,
        sid=Value.unset(origin),
        effect=Value.unknown((reason,), origin, present=True),
        principals=Many(()),
        not_principals=Many(()),
        actions=nothing,
        not_actions=_all_recorded(origin) if origin.source is None else _texts(list(_recorded()), origin),
        resources=Many.of(Value.of("*", origin)),
        not_resources=nothing,
        conditions=Many(()),
    )
    return statement, unknown(reason, facts=(Fact(f"AWS's policy `{name}` is attached", origin),))


def _texts(written: str | list[str], origin: Origin) -> Many[Value[str]]:
    listed = written if isinstance(written, list) else [written]
    return Many(tuple((Value.of(str(one), origin), _EXISTS) for one in listed), owner=origin)


def _spread(services: str) -> list[str]:
    """`s3:A,B sns:C` as single actions."""
    found: list[str] = []
    for group in services.split():
        service, colon, names = group.partition(":")
        found += [f"{service}{colon}{name}" for name in names.split(",")]
    return found


def _policies() -> dict[str, str]:
    policies: dict[str, str] = _data()["policies"]
    return policies


@lru_cache(maxsize=1)
def _recorded() -> tuple[str, ...]:
    return tuple(_spread(" ".join(_data()["actions"])))


@lru_cache(maxsize=4)
def _all_recorded(origin: Origin) -> Many[Value[str]]:
    return _texts(list(_recorded()), origin)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    """The file, read when the first managed policy is asked for."""
    import json
    from pathlib import Path

    data: dict[str, Any] = json.loads(Path(__file__).with_name(_DATA).read_text("utf-8"))
    return data


_EXISTS = Many.of(None).members()[0][1]

"""What S3 itself calls public, and what its public access block does about it.

A policy that is not public by S3's rules may still open a bucket: to another account, to everybody in a network. And
S3 calls some policies public that are not: any wildcard in a condition is enough.
"""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import changed
from guardrails.kernel.truth import Truth, Verdict, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.addresses import is_narrow
from guardrails.semantics.access.caller_keys import Audience
from guardrails.semantics.access.grant import agree
from guardrails.semantics.access.letting_in import everyone
from guardrails.semantics.access.narrowing import Limit
from guardrails.semantics.access.patterns import Spelling
from guardrails.semantics.access.written import admits_any_account, decided, each_way, is_fixed, pieces_of
from guardrails.semantics.scope import same_account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy, Condition, Principal, Statement
    from guardrails.model.storage import Bucket, PublicAccessBlock
    from guardrails.semantics.access.grant import Grant

_FIXING = frozenset(
    (
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
    )
)
"""Keys whose fixed values make a policy not public. That `aws:PrincipalArn`, `aws:PrincipalAccount` and
`aws:PrincipalOrgPaths` are among them is inferred: the page speaks of AWS principals and names `aws:PrincipalOrgID`."""
_POSITIVE = frozenset(
    ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "bool")
)
_RESTRICTED = "RestrictPublicBuckets"


def s3_calls_public(policies: Many[AccessPolicy]) -> Truth:
    """Whether S3 calls a bucket with these policies public: one statement that is public is enough."""
    return policies.some(lambda policy: policy.statements.some(_is_public))


def restricts_public_policy(bucket: Bucket) -> Truth:
    """Whether, by the bucket's or the account's settings, a public policy serves nobody but AWS services and the
    account. FALSE where nothing is said: a bucket that was made before April 2023 has no such setting."""
    return _is_set(bucket, lambda block: block.restrict_public_buckets)


def ignores_public_lists(bucket: Bucket) -> Truth:
    """Whether, by the bucket's or the account's settings, public grants of access control lists have no effect."""
    return _is_set(bucket, lambda block: block.ignore_public_acls)


def restricted(grants: Many[Grant], policies: Many[AccessPolicy], restricts: Truth) -> Many[Grant]:
    """What is left of the grants of a bucket's `policies` where `restricts` says that public policies are restricted.

    A policy that is public loses all of its grants to other accounts, those that are not public as well.
    """

    def left() -> Many[Grant]:
        members, gaps = grants.loaded()
        cut = restricts & s3_calls_public(policies) if restricts.verdict is not Verdict.FALSE else false()
        if cut.verdict is Verdict.FALSE:
            return grants
        found: list[tuple[Grant, Truth]] = []
        for grant, exists in members:
            found.append(_left(grant, exists, Audience.OWN_ACCOUNT, cut & ~grant.is_service()))
            if all(limit.key for limit in grant.limits):
                found.append(_left(grant, exists & cut, Audience.SERVICES, true()))
        return Many(tuple(pair for pair in found if pair[1].verdict is not Verdict.FALSE), gaps, owner=grants.owner)

    return Many(left, owner=grants.owner, noun="grant")


def _left(grant: Grant, exists: Truth, audience: Audience, holds: Truth) -> tuple[Grant, Truth]:
    limits = (*grant.limits, Limit(audience, _RESTRICTED, Many(()), holds))
    return changed(grant, limits=limits), exists & agree(limits, grant.own)


def _is_set(bucket: Bucket, setting: Callable[[PublicAccessBlock], Value[bool]]) -> Truth:
    own = bucket.public_access_block.some(lambda block: setting(block).is_true())
    blocks = bucket.account.public_access_blocks
    return own | blocks.some(lambda block: same_account(block, bucket) & setting(block.settings).is_true())


# --- statements ------------------------------------------------------------------------------------------------------


def _is_public(statement: Statement) -> Truth:
    others = ~statement.not_principals.is_empty() & ~statement.not_principals.some(everyone)
    open_to_all = others | statement.principals.some(_is_everyone)
    return open_to_all & statement.effect.equals("Allow") & ~statement.conditions.some(_fixes)


def _is_everyone(principal: Principal) -> Truth:
    said = everyone(principal)
    return said.because(principal.identifier.fact())


def _fixes(condition: Condition) -> Truth:
    """Whether a condition limits a statement to fixed values of a key that counts."""
    operator = condition.operator.lower().removeprefix("foranyvalue:")
    key = condition.key.lower()
    fact = condition.values.owner
    if operator not in _POSITIVE:
        return false()
    if key == "aws:sourceip":
        return condition.values.every(is_narrow)
    if key == "s3:dataaccesspointarn":
        spelling = Spelling.ARN if operator.startswith("arn") else Spelling.LIKE
        return condition.values.every(lambda value: _fixes_account(value, spelling))
    if key in _FIXING:
        return condition.values.every(_is_fixed)
    if key in _UNSETTLED:
        return unknown(Reason(Why.UNSUPPORTED, f"whether S3 counts `{condition.key}` is not documented", origin=fact))
    return false()


_UNSETTLED = frozenset(
    ("aws:principalisawsservice", "aws:principalservicename", "aws:sourceorgid", "aws:sourceorgpaths")
)


def _is_fixed(value: Value[str]) -> Truth:
    """Whether a value has no wildcard and no policy variable, whatever the operator makes of them."""
    return is_fixed(value, wildcards=True)


def _fixes_account(value: Value[str], spelling: Spelling) -> Truth:
    def one(value: Value[str]) -> Truth:
        if any(isinstance(piece, str) and "${" in piece for piece in pieces_of(value)):
            return false(value.fact())
        open_to_any = admits_any_account(value, spelling, colons=True)
        return decided(None if open_to_any is None else not open_to_any, value, value.fact())

    return each_way(value, one)


if TYPE_CHECKING:
    from collections.abc import Callable

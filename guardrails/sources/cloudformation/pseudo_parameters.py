"""`AWS::…` parameters: what is known of the account, or what is the same wherever it is mentioned."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.values import EvalError, Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.cloudformation.stack import Scope, Stack

_FACTS = {"AWS::AccountId": ("account_id", "id"), "AWS::Region": ("region", "region")}
"""The name of the fact, and the key of `[account]` that gives it."""
_PARTITION, _SUFFIX = "AWS::Partition", "AWS::URLSuffix"
_OF_STACK = frozenset(("AWS::StackName", "AWS::StackId", "AWS::NotificationARNs"))


def pseudo(name: str, scope: Scope) -> object:
    """What a pseudo-parameter is; None for `AWS::NoValue`."""
    if name == "AWS::NoValue":
        return None
    stack = scope.stack
    if name in _OF_STACK:
        detail = f"`{name}` is not known before the stack is made"
        return Ref(f"{stack.address}{name}", ("Ref",), (Reason(Why.AFTER_APPLY, detail),))
    if name in _FACTS:
        fact, key = _FACTS[name]
        return _fact(stack, fact) or _unknown(stack, name, key)
    if name in (_PARTITION, _SUFFIX):
        partition = _partition(stack)
        if name == _PARTITION:
            return partition or _unknown(stack, name, "partition")
        from guardrails.sources.terraform.known_data import DNS_SUFFIXES

        suffix = DNS_SUFFIXES.get(partition) if partition else None
        return suffix or _unknown(stack, name, "partition")

    known = (*_FACTS, *_OF_STACK, _PARTITION, _SUFFIX, "AWS::NoValue")
    raise EvalError(f"`{name}` is no pseudo-parameter{stack.run.hint(name, known)}")


def _fact(stack: Stack, name: str) -> str:
    """What is known of the account; nothing of one that is not the root's."""
    return stack.run.facts.get(name, "") if not stack.place_of_account else ""


def _partition(stack: Stack) -> str:
    said = _fact(stack, "partition")
    region = _fact(stack, "region")
    if said or not region:
        return said
    from guardrails.sources.terraform.known_data import partition_of

    return partition_of(region)


def _unknown(stack: Stack, name: str, key: str) -> Ref:
    if stack.place_of_account:
        detail = f"`{name}` differs between the accounts and Regions that the stack set is deployed to"
        reason = Reason(Why.ELSEWHERE, detail)
    else:
        reason = Reason(Why.INPUT, f"`{name}` is not known", f"set `{key}` under `[account]` in guardrails.toml")
    return Ref(f"{stack.place_of_account}{name}", ("Ref",), (reason,))

"""A policy alone, for which little is read, says of whole accounts what it says where everything was read."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from accounts import ACCOUNT, Server, good, misconfigured
from demo import moto_server as simulated
from moto_server import MotoServer

from guardrails import plugins
from guardrails.judge import Judge
from guardrails.lower.world import open_world
from guardrails.model import InlineWaiver
from guardrails.model.context import Context
from guardrails.sources.aws.caller import Patience
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.collect import Scope, Wishes, collect
from guardrails.sources.aws.deployment import LiveAccount
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.needs import needs, needs_parts
from guardrails.sources.aws.session import Access, Sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from guardrails.policy import Policy
    from guardrails.sources.aws.calling import Call
    from guardrails.sources.aws.snapshot import AccountSnapshot

LOADED = plugins.load()
POLICIES = [
    policy
    for policy in LOADED.policies
    if LOADED.provider[policy.id] == plugins.BUILT_IN and policy.on is not InlineWaiver
]
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")
HISTORY = "cloudtrail.lookup"
"""What happened lately, which the server does not know."""
ACCOUNTS: dict[str, Callable[[Server], object]] = {"good": good, "misconfigured": misconfigured}


@pytest.fixture(scope="module")
def moto_server() -> Iterator[MotoServer]:
    """In the place of the plain one: with calls that moto lacks."""
    with simulated() as url:
        yield MotoServer(int(url.rpartition(":")[2]))


class Replayed:
    """What an account answered once."""

    def __init__(self, endpoint: str) -> None:
        access = Access(endpoint_url=endpoint, region="eu-central-1", patience=Patience(1, 1, 0))
        self._caller = Sessions(access).caller()
        self._answers: dict[tuple[str, str, str], dict[str, Any] | CallError | None] = {}

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        key = (region, call.name, repr(sorted(parameters.items())))
        if key not in self._answers:
            try:
                self._answers[key] = self._caller(region, call, parameters)
            except CallError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, CallError):
            raise answer
        return answer


@pytest.fixture(scope="module")
def read(moto_server: MotoServer) -> Callable[[str, frozenset[str], Wishes], AccountSnapshot]:
    """Reads an account by its name, and asks nothing twice."""

    @cache
    def answers(name: str) -> Replayed:
        moto_server.reset()
        ACCOUNTS[name](Server(moto_server.endpoint))
        replayed = Replayed(moto_server.endpoint)
        collect(Scope(ACCOUNT, REGIONS), frozenset(KINDS) - {HISTORY}, replayed)
        return replayed

    def reading(name: str, types: frozenset[str], wishes: Wishes) -> AccountSnapshot:
        with pytest.MonkeyPatch.context() as patched:
            for variable, value in moto_server.environment.items():
                patched.setenv(variable, value)
            return collect(Scope(ACCOUNT, REGIONS), types - {HISTORY}, answers(name), wishes)

    return reading


def verdicts(policy: Policy[Any], snapshot: AccountSnapshot) -> list[tuple[str, str, str]]:
    """Outcome, resource and what is wrong."""
    world = open_world(LiveAccount(snapshot.id, lambda: snapshot), Context(expects_trail=True))
    settings = policy.settings() if policy.settings is not None else None
    found = Judge([policy], lambda _: settings).findings(world)
    return sorted((one.outcome.value, one.resource, one.message) for one in found)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_policy_alone_says_what_it_says_among_all(
    account: str, read: Callable[[str, frozenset[str], Wishes], AccountSnapshot]
) -> None:
    everything = read(account, frozenset(KINDS), Wishes())

    judged: Counter[str] = Counter()
    for policy in POLICIES:
        little = read(account, needs([policy]), Wishes(parts=needs_parts([policy])))
        said = verdicts(policy, little)
        assert said == verdicts(policy, everything), policy.id
        judged.update(outcome for outcome, _, _ in said)

    assert judged["fail" if account == "misconfigured" else "pass"] > 40

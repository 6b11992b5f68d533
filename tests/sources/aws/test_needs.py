"""What is read of an account for some policies is enough for them, and what was not read decides nothing."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins
from guardrails.kernel.record import Record, changed
from guardrails.lower.asked import asked_for
from guardrails.model import Account, AuditTrail, Bucket, EncryptionKey, Identity, Topic
from guardrails.sources.aws import examples
from guardrails.sources.aws.deployment import Fleet
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.needs import MODULE, needs, needs_parts
from guardrails.testing import page_of, read_page, run_example

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.model.resource import Resource
    from guardrails.policy import Policy
    from guardrails.sources.aws.snapshot import AccountSnapshot
    from guardrails.testing import Example

LOADED = plugins.load()
POLICIES = [policy for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]
BY_ID = {policy.id: policy for policy in POLICIES}
TABLE: Mapping[str, str] = import_module(f"{plugins.BUILT_IN}.{MODULE}").NEEDS


def examples_of(policy: Policy[Any]) -> tuple[Example, ...]:
    page = page_of(policy)
    found = read_page(page.name, page.read_text(encoding="utf-8")).examples if page.is_file() else ()
    return tuple(example for example in found if example.language == "live")


HOLDS_ANYWAY = {"MONITOR-021": "after the first call it is silent for longer than it should be"}
"""Requirements that hold of a resource whether they apply to it or not, and so pass where that is not known."""
LIVE = [(policy, example) for policy in POLICIES for example in examples_of(policy)]


class Somebodys(Record):
    """A policy that comes from elsewhere."""

    id: str
    module: str


def restricted(load: Callable[[str], AccountSnapshot], parts: Mapping[str, frozenset[str]], id: str) -> AccountSnapshot:
    """The account as if nothing but these parts had been asked for."""
    whole = load(id)
    resources = []
    for one in whole.resources:
        if one.type not in parts:
            continue
        unasked = {part.name for part in KINDS[one.type].details if part.name} - parts[one.type]
        answers = {name: said for name, said in one.answers.items() if name not in unasked}
        refused = {name: refusal for name, refusal in one.refused.items() if name not in unasked}
        resources.append(changed(one, answers=answers, refused=refused))
    unlisted = tuple(one for one in whole.unlisted if not parts.keys().isdisjoint(one.types))
    return changed(whole, types=frozenset(parts), resources=tuple(resources), unlisted=unlisted)


def with_only(monkeypatch: pytest.MonkeyPatch, parts: Mapping[str, frozenset[str]]) -> None:
    """Let examples be read as if nothing else had been asked for."""

    def fleet(ids: Any, load: Callable[[str], AccountSnapshot], *more: Any) -> Fleet:  # noqa: ANN401 - handed on
        return Fleet(ids, partial(restricted, load, parts), *more)

    monkeypatch.setattr(examples, "Fleet", fleet)


@pytest.mark.parametrize(("policy", "example"), LIVE, ids=[f"{policy.id}:{example.line}" for policy, example in LIVE])
def test_what_a_policy_needs_is_enough_for_its_examples(
    policy: Policy[Any], example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_only(monkeypatch, needs_parts([policy]))

    assert [str(fault) for fault in run_example(example, page_of(policy).name, policy, LOADED)] == []


@pytest.mark.parametrize(("policy", "example"), LIVE, ids=[f"{policy.id}:{example.line}" for policy, example in LIVE])
def test_what_was_not_asked_for_decides_nothing(
    policy: Policy[Any], example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever type is missing: a verdict stays, perhaps at another place, becomes unknown, or falls away with its
    resource."""
    outcomes = {"pass", "fail"} - {marker.outcome for marker in example.markers}
    for type_ in sorted(needs([policy])):
        parts = {name: some for name, some in needs_parts([policy]).items() if name != type_}
        with monkeypatch.context() as patch:
            with_only(patch, parts)
            faults = run_example(example, page_of(policy).name, policy, LOADED)
        guessed = [
            str(fault)
            for fault in faults
            if any(fault.message.startswith(f"not expected here: {outcome}") for outcome in outcomes)
            and not fault.message.startswith(f"not expected here: pass: {HOLDS_ANYWAY.get(policy.id, '-')} ")
        ]
        assert guessed == [], f"without {type_}"


def test_every_policy_has_a_row_and_every_row_names_what_can_be_read() -> None:
    assert sorted(TABLE) == sorted(policy.id for policy in POLICIES)
    for policy in POLICIES:
        for type_, parts in needs_parts([policy]).items():
            assert parts <= set(KINDS[type_].parts), (policy.id, type_)


def test_a_policy_of_somebody_else_needs_everything() -> None:
    for somebodys in (Somebodys("OURS-001", "our_policies.trails"), Somebodys("OURS-001", "guardrails_policies.ours")):
        assert needs([BY_ID["TRAIL-005"], somebodys]) == frozenset(KINDS)
        assert needs_parts([somebodys])["s3.bucket"] == frozenset(KINDS["s3.bucket"].parts)


def test_several_policies_need_what_each_of_them_needs() -> None:
    one, other = BY_ID["TRAIL-001"], BY_ID["KMS-003"]

    both = needs_parts([one, other])

    assert both == {
        type_: needs_parts([one]).get(type_, frozenset()) | needs_parts([other]).get(type_, frozenset())
        for type_ in needs([one]) | needs([other])
    }
    assert needs([]) == frozenset()


def test_few_policies_need_little() -> None:
    assert needs_parts([BY_ID["TRAIL-002"]]) == {"cloudtrail.trail": frozenset(("status", "trail"))}
    assert "iam.role" not in needs([BY_ID["BUCKET-001"]])


def test_a_key_is_always_described_so_that_its_alias_can_be_told_from_its_arn() -> None:
    assert "key" in needs_parts([BY_ID["KMS-009"]])["kms.key"]


@pytest.mark.parametrize(
    ("kind", "name", "type_", "steps"),
    [
        (AuditTrail, "logging", "cloudtrail.trail", {"status"}),
        (Bucket, "versioned", "s3.bucket", {"versioning"}),
        (Bucket, "other_sources", "ec2.flow_log", {"LogDestination"}),
        (EncryptionKey, "grants", "kms.key", {"grants"}),
        (Topic, "policy", "sns.topic", {"policy"}),
        (Account, "trails", "cloudtrail.trail", set()),
        (Identity, "boundary", "sso-admin.permission_set", {"boundary"}),
    ],
    ids=lambda case: getattr(case, "__name__", str(case)),
)
def test_an_attribute_is_made_of_these_answers(kind: type[Resource], name: str, type_: str, steps: set[str]) -> None:
    assert asked_for(kind, name).answers[type_] == steps

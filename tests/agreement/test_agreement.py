"""The same thing written for Terraform, planned by it, written for CloudFormation and found in an account is the same.

Each folder beside this file has `main.tf`, the `plan.json` of that (recorded with the provider of
`tests/sources/terraform_plan/fake_provider.py`), `template.yaml`, and `live.json`: what the API would answer about it
(`recorded_answers.py`). What they lower to is compared field by field. A resource of the template has the logical id
that begins with the name of the one in Terraform, and one of the account a label of that name.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cloudformation_schemas import has_property
from live_calls import shapes
from recorded_answers import RecordedAnswers

from guardrails.kernel.block import Block
from guardrails.kernel.many import Many
from guardrails.kernel.record import Noun, Record
from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Value
from guardrails.lower.aws import LOWERINGS
from guardrails.lower.columns import columns
from guardrails.lower.world import World, open_world
from guardrails.model import AccessPolicy, Context, Guarded, Identity, LogAccessPolicy, PolicyAttachment
from guardrails.model.resource import Resource
from guardrails.sources.cloudformation.load import load as load_template
from guardrails.sources.cloudformation.nodes import Mapping, Node, Scalar, Sequence, Template
from guardrails.sources.cloudformation.reading import read
from guardrails.sources.terraform.project import load as load_code
from guardrails.sources.terraform_plan.load import load as load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/main.tf"))
SOURCES = ("template.yaml", "plan.json", "live.json")
NOT_THERE = {
    "beyond_templates/template.yaml": "it has what no template can make",
    "audited/plan.json": "it is there for the verdicts on accounts",
    "audited/template.yaml": "as above",
}
"""Files that a folder lacks, and why."""
CASES = [(folder, source) for folder in FOLDERS for source in SOURCES if f"{folder.name}/{source}" not in NOT_THERE]
PLACE = frozenset(("address", "type", "origin", "location", "account"))
"""Fields that say where something is written or deployed, and under what name there."""
DIFFERENT: dict[str, dict[str, str]] = {
    "template.yaml": {
        "Bucket.mfa_delete": "templates cannot ask for a second factor",
        "Organization.trusted_services": "templates cannot enable trusted access",
    },
    "plan.json": {},
    "live.json": {
        "*.protected": "an account has no code that could delete anything",
        "*.accepted": "the service has accepted the patterns that stand in an account",
        **dict.fromkeys(
            (
                "AuditTrail.started_at",
                "AuditTrail.delivered_at",
                "AuditTrail.delivery_error",
                "AuditTrail.digest_delivered_at",
                "AuditTrail.digest_error",
                "AuditTrail.log_group_delivered_at",
                "AuditTrail.log_group_error",
                "AuditTrail.notification_error",
            ),
            "code does not say how deliveries go",
        ),
        "Bucket.force_destroy": "an account has no code that could delete it",
        "Bucket.public_access_block": "an account says whether a bucket of which nothing is written blocks it",
        "aws_s3_bucket.full: Bucket.acl": "every bucket in an account has a list: its owner's where nobody wrote one",
        "aws_s3_bucket.plain: Bucket.encryption": "AWS encrypts a bucket of which nothing is said",
        "aws_s3_bucket.logs: Bucket.acl": "as above",
        "aws_s3_bucket.loose: Bucket.acl": "an account has the grants that a canned list stands for",
        "aws_s3_bucket.listed: Bucket.acl": "an account has the grants that a canned list stands for",
        "EncryptionKey.deletion_window_days": "a key has none until it is deleted",
        "EncryptionKey.lockout_check": "an account does not keep how a policy was written",
        "Topic.subscriptions": "an account shows those that were made by hand; what is made is compared beside it",
        "Subscription.confirmed": "code does not know who confirmed",
        "MuteRule.active": "code says when alarms are muted, not whether they are now",
        "ConfigRecorder.last_status": "code does not say how deliveries go",
        "aws_config_configuration_recorder.plain: ConfigRecorder.strategy": "AWS writes down what was not said",
    },
}
"""What the sources cannot say alike, and why; by source, as KIND.FIELD or ADDRESS: KIND.FIELD (`*`: of every kind)."""


@cache
def world(path: Path) -> World:
    if path.name == "live.json":
        return open_world(RecordedAnswers(path), Context())
    load: Any = {".tf": load_code, ".yaml": load_template, ".json": load_plan}[path.suffix]
    loaded = load([str(path if path.suffix != ".tf" else path.parent)])
    assert loaded.gaps == ()
    (deployment,) = loaded.deployments
    return open_world(deployment, Context())


def _key(resource: Resource) -> str:
    """The part of an address that the sources share."""
    return resource.address.split(".")[-1].replace("_", "").lower()


def _of_kind(path: Path, model: type[Resource]) -> list[Resource]:
    found = world(path)
    members = found.all(model).members() if found.has(model) else ()
    # A log group of a template could have a policy: it counts where it has.
    return [
        one for one, _ in members if not (isinstance(one, LogAccessPolicy) and one.written.verdict is Verdict.FALSE)
    ]


def differences(code: object, other: object, path: str) -> Iterator[str]:
    if isinstance(code, Value):
        assert isinstance(other, Value)
        # What one refers to the other may write: a name of which both know the text, or both that it is set.
        referred = (code.reference is not None or other.reference is not None) and code.present and other.present
        if not referred and not code.same_as(other) and not _filled_in(code, other):
            yield f"{path}: {code!r} is {other!r}"
    elif isinstance(code, Truth):
        assert isinstance(other, Truth)
        if code.verdict is not other.verdict:
            yield f"{path}: {code.verdict} is {other.verdict}"
    elif isinstance(code, Many):
        assert isinstance(other, Many)
        yield from _members(code, other, path)
    elif isinstance(code, Block):
        assert isinstance(other, Block)
        yield from _blocks(code, other, path)
    elif isinstance(code, Resource) and not isinstance(code, PolicyAttachment):
        assert isinstance(other, Resource)
        if not _key(other).startswith(_key(code)):
            yield f"{path}: {code.address} is {other.address}"
    elif isinstance(code, Noun | Record):
        assert type(code) is type(other)
        place = PLACE if isinstance(code, Resource) else PLACE - {"type"}  # of data, of insights
        for field in code._fields:
            if field not in place:
                yield from differences(getattr(code, field), getattr(other, field), f"{path}.{field}")
    elif code != other:
        yield f"{path}: {code!r} is {other!r}"


def _filled_in(code: Value[Any], other: Value[Any]) -> bool:
    """Whether a text is what the other is made of, with something in each hole (`${aws_s3_bucket.logs.arn}/*`), or the
    ARN of what the other names."""
    text, name = other.or_none(), code.or_none()
    if isinstance(text, str) and isinstance(name, str):
        return text.startswith("arn:") and text.endswith((f":{name}", f"/{name}"))
    if not code.parts or not isinstance(text, str):
        return False
    pattern = "".join(re.escape(part) if isinstance(part, str) else ".+" for part in code.parts)
    return re.fullmatch(pattern, text) is not None


def _members(code: Many[Any], other: Many[Any], path: str) -> Iterator[str]:
    (mine, gaps), (theirs, other_gaps) = code.loaded(), other.loaded()
    if len(mine) != len(theirs) or bool(gaps) != bool(other_gaps):
        yield f"{path}: {len(mine)} with {gaps} is {len(theirs)} with {other_gaps}"
        return
    if mine and isinstance(mine[0][0], Resource) and not isinstance(mine[0][0], PolicyAttachment):
        mine, theirs = (tuple(sorted(members, key=lambda pair: _key(pair[0]))) for members in (mine, theirs))
    elif mine and isinstance(mine[0][0], AccessPolicy):  # all of them hold, in any order
        mine, theirs = (tuple(sorted(members, key=lambda pair: _text(pair[0]))) for members in (mine, theirs))
    for at, ((one, exists), (another, also)) in enumerate(zip(mine, theirs, strict=True)):
        yield from differences(one, another, f"{path}[{at}]")
        yield from differences(exists, also, f"{path}[{at}] exists")


def _text(policy: AccessPolicy) -> str:
    return repr(
        [
            [element.or_none() for element, _ in (*statement.actions.members(), *statement.not_actions.members())]
            for statement, _ in policy.statements.members()
        ]
    )


def _blocks(code: Block, other: Block, path: str) -> Iterator[str]:
    yield from differences(code.names(), other.names(), f"{path} names")
    for name in code.names():
        yield from _members(code.blocks(name), other.blocks(name), f"{path}.{name}")
        yield from _members(code.elements(name), other.elements(name), f"{path}.{name}")


def _told(fields: dict[str, str], kind: str, code: Resource, other: Resource) -> list[str]:
    found: list[str] = []
    for field in code._fields:
        if field not in PLACE:
            told = differences(getattr(code, field), getattr(other, field), f"{code.address}: {kind}.{field}")
            found += (one for one in told if not any(_excuses(known, one) for known in fields))
    return found


def _excuses(known: str, told: str) -> bool:
    """Whether an entry of `DIFFERENT` is about a difference."""
    address, path, _ = told.split(": ", 2)
    plain = re.sub(r"\[\d+\]( exists)?", "", path)
    subject, _, wanted = known.rpartition(": ")
    if subject not in ("", address):
        return False
    if wanted.startswith("*."):
        return plain.split(".")[1:] == [wanted[2:]]
    return plain == wanted or plain.startswith(f"{wanted}.")


def _all_told(folder: Path, source: str, excused: dict[str, str]) -> list[str]:
    """The differences between the code and another source, but for those that are excused."""
    told: list[str] = []
    for lowering in LOWERINGS:
        if lowering.model in (Guarded, Identity):
            continue  # the same resources under another name
        code, other = (_of_kind(folder / name, lowering.model) for name in ("main.tf", source))
        assert len(code) == len(other), lowering.noun
        for one in code:
            twins = [another for another in other if _key(another).startswith(_key(one))]
            assert len(twins) == 1, (one.address, [twin.address for twin in twins])
            told += _told(excused, lowering.model.__name__, one, twins[0])
    return told


@pytest.mark.parametrize(("folder", "source"), CASES, ids=lambda one: one if isinstance(one, str) else one.name)
def test_what_is_written_alike_is_alike(folder: Path, source: str) -> None:
    assert _all_told(folder, source, DIFFERENT[source]) == []


@pytest.mark.parametrize("source", SOURCES)
def test_no_exception_is_needless(source: str) -> None:
    told = [one for folder, here in CASES if here == source for one in _all_told(folder, here, {})]

    assert [known for known in DIFFERENT[source] if not any(_excuses(known, one) for one in told)] == []


# --- how much of the lowerings that is --------------------------------------------------------------------------------

NOT_WRITTEN = {
    ("AWS::Logs::MetricFilter", "FieldSelectionCriteria"): "Terraform's provider has no such argument",
    ("AWS::Logs::SubscriptionFilter", "FieldSelectionCriteria"): "Terraform's provider has no such argument",
    ("AWS::Logs::LogGroup", "ResourcePolicyDocument"): "in Terraform a resource of its own",
    ("AWS::SNS::Topic", "Subscription"): "in Terraform every subscription is a resource of its own",
    ("AWS::SNS::Topic", "Subscription.Endpoint"): "as above",
    ("AWS::SNS::Topic", "Subscription.Protocol"): "as above",
}
"""Properties that are read and in no template here, and why."""


def _written() -> set[tuple[str, str]]:
    """Types and dotted paths of all properties in the templates here."""
    found: set[tuple[str, str]] = set()
    for folder in (folder for folder, source in CASES if source == "template.yaml"):
        path = folder / "template.yaml"
        template = read(path.name, path.read_text(encoding="utf-8"))
        assert isinstance(template, Template)
        resources = template.root.get("Resources")
        assert isinstance(resources, Mapping)
        for entry in resources.entries:
            assert isinstance(entry.value, Mapping)
            kind = entry.value.get("Type")
            assert isinstance(kind, Scalar)
            for word in entry.value.entries:
                found |= {(kind.text, f"@{word.key}")}
                if word.key == "Properties":
                    found |= {(kind.text, below) for below in _paths(word.value, "")}
    return found


def _paths(node: Node, above: str) -> Iterator[str]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _paths(item, above)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            path = f"{above}.{entry.key}" if above else entry.key
            yield path
            yield from _paths(entry.value, path)


def test_every_property_that_is_read_is_compared() -> None:
    written = _written()
    read_here = {(column.type, column.path) for column in columns("cfn")}
    # What is below a statement is no property, and what stands beside the properties is tested by itself.
    exists = {one for one in read_here if not one[1].startswith(("@", "Statement.")) and has_property(*one)}

    assert exists - written == set(NOT_WRITTEN)


NOT_ANSWERED = {
    ("logs.filter", "fieldSelectionCriteria"): "Terraform's provider has no such argument",
    ("logs.subscription_filter", "fieldSelectionCriteria"): "Terraform's provider has no such argument",
    ("logs.filter", "metricTransformations.dimensions.Name"): "as templates have them; answers have a mapping",
    ("logs.filter", "metricTransformations.dimensions.Key"): "as above",
    ("events.rule", "ManagedBy"): "only services of AWS make such rules",
    **{
        ("cloudtrail.lookup", path): "code has no past"
        for path in (
            *("EventName", "Events", "Events.CloudTrailEvent", "Events.EventSource", "Events.EventTime", "NextToken"),
        )
    },
}
"""Properties that are read and in no answer here, and why."""
NOT_RECORDED = frozenset(("look-up of recent calls",))
"""Kinds of resource that no answers here are about: code has no past."""


def _answered() -> Iterator[tuple[str, str]]:
    """Types and dotted paths of all properties in the answers here."""
    for folder in FOLDERS:
        answers = json.loads((folder / "live.json").read_bytes())
        for kind, found in answers.items():
            for document in found.values():
                yield from ((kind, path) for path in _steps(document, ""))


def _steps(content: object, above: str) -> Iterator[str]:
    if isinstance(content, list):
        for one in content:
            yield from _steps(one, above)
    elif isinstance(content, dict):
        for name, below in content.items():
            path = f"{above}.{name}" if above else name
            yield path
            yield from _steps(below, path)


def test_every_property_that_is_read_of_an_account_is_compared() -> None:
    read_here = {(column.type, column.path) for column in columns("live") if shapes(column.type, column.path)}

    assert read_here - set(_answered()) == set(NOT_ANSWERED)


def test_every_kind_of_resource_is_in_some_account() -> None:
    recorded = {kind for kind, _ in _answered()}
    lacking = {one.noun for one in LOWERINGS if one.types.get("live") and not recorded & {*one.types["live"]}}

    assert lacking == NOT_RECORDED

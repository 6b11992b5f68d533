"""Answers of an account that somebody wrote down: examples on pages, and what tests record.

One JSON object. A key with a dot is a type, with an object of resources by label; the address of a resource is
TYPE.LABEL unless it begins with `arn:`, and its answers stand in it by part, as in a snapshot. Beside the types there
may be `account`, `region`, `organization` (its id), `management_account`, `read_at`, and `missing`, the addresses of
what is not there. What was refused stands under `denied`: in the object itself by type, in a resource by part, each
time with the action that was not allowed. Parts of which nothing is said were answered with "not set".

A resource is in the account and Region that it says beside its parts, or else its ARN; without either in those of the
whole. Its `arn` or `name` may be left out where a part has it.
"""

from __future__ import annotations

import json
import re
from typing import cast

from guardrails.kernel.origin import How, Origin, SourceFile
from guardrails.sources.aws.deployment import Fleet, LiveAccount, bucket_in
from guardrails.sources.aws.kinds import kinds
from guardrails.sources.aws.snapshot import DENIED, AccountSnapshot, Collected, Refusal, Unlisted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "111122223333"
REGION = "eu-central-1"
READ_AT = "2027-01-31T12:00:00Z"
"""When an account was read that does not say."""
_BESIDE = ("account", "denied", "management_account", "missing", "organization", "read_at", "region")
_NAMES = {
    "cloudtrail.trail": ("arn", ("trail", "TrailARN")),
    "cloudtrail.store": ("arn", ("store", "EventDataStoreArn")),
    "iam.group": ("name", ("group", "GroupName")),
    "iam.policy": ("arn", ("policy", "Arn")),
    "iam.role": ("arn", ("role", "Arn")),
    "iam.user": ("name", ("user", "UserName")),
    "kms.key": ("arn", ("key", "Arn")),
    "logs.group": ("arn", ("group", "logGroupArn")),
    "s3.bucket": ("name", ("bucket", "Name")),
    "sns.topic": ("arn", ("topic", "TopicArn")),
    "sso-admin.permission_set": ("arn", ("permission_set", "PermissionSetArn")),
}
"""By type, the member by which it is known, and the part that has it as well."""
_ARNS = ("arn", "AlarmArn", "Arn", "SinkArn", "SubscriptionArn", "TopicArn")


def accounts_in(text: str, path: str) -> tuple[LiveAccount, ...]:
    """The account that a text describes, or the accounts, joined, if it is a list. Raises ValueError, with a message
    for the author, where it describes none. Resources stand where their labels do."""
    content = json.loads(text)
    described = content if isinstance(content, list) else [content]
    file = SourceFile(path, text)
    snapshots: dict[str, AccountSnapshot] = {}
    places: dict[tuple[str, str], Origin] = {}
    written = _places_of_labels(text)
    for one in described:
        if not isinstance(one, dict):
            raise ValueError("an account is written as an object")  # noqa: TRY004 - it is the text that is wrong
        snapshot = _account(one)
        if snapshot.id in snapshots:
            raise ValueError(f"the account {snapshot.id} is described twice")
        snapshots[snapshot.id] = snapshot
        for collected in snapshot.resources:
            place = next(written)
            places[snapshot.id, collected.address] = Origin(file, place, place, how=How.API)
    buckets = {
        bucket_in(one.address) or str(one.answers.get("name", "")): account
        for account, snapshot in snapshots.items()
        for one in snapshot.resources
        if one.type == "s3.bucket"
    }

    def place_of(account: str, one: Collected | None) -> Origin:
        return places[account, one.address] if one is not None else Origin(file, how=How.API)

    return Fleet(tuple(snapshots), snapshots.__getitem__, buckets, place_of).accounts


def describes_account(content: object) -> bool:
    """Whether this is what `accounts_in` reads, and no template or plan."""
    first = content[0] if isinstance(content, list) and content else content
    return isinstance(first, dict) and all(key in kinds() or key in _BESIDE for key in first)


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*:)?|[\[\]{}]')
"""A text, with a colon behind it if it is a key; or where an object or a list begins or ends."""


def _places_of_labels(text: str) -> Iterator[int]:
    """Where the labels stand, in their order: the keys below a type. Others may be called alike."""
    keys: list[str] = []
    """The keys above, one for each object; empty for a list."""
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            keys.append("")
        elif token[0] in "]}":
            keys.pop()
        elif token[0].endswith(":"):
            keys[-1] = json.loads(token[0].removesuffix(":"))
            above = keys[1:] if text.lstrip().startswith("[") else keys
            if len(above) == 2 and above[0] not in _BESIDE:
                yield token.start()


def _account(described: dict[str, object]) -> AccountSnapshot:
    account = str(described.get("account", ACCOUNT))
    region = str(described.get("region", REGION))
    resources: list[Collected] = []
    for name, found in described.items():
        if name in _BESIDE:
            continue
        if name not in kinds():
            raise ValueError(f"`{name}` is no type of an account")
        if not isinstance(found, dict):
            raise ValueError(f"`{name}` holds no object of resources by label")  # noqa: TRY004 - as above
        resources += (_resource(name, label, answers, account, region) for label, answers in found.items())
    denied = cast("dict[str, str]", described.get("denied", {}))
    of_organization = denied.get("organizations.organization", "") if "organization" not in described else ""
    read_at = str(described.get("read_at", READ_AT))
    return AccountSnapshot(
        id=account,
        regions=(region,),
        types=frozenset(kinds()),
        resources=tuple(resources),
        unlisted=tuple(Unlisted((name,), region, _refused(action, region)) for name, action in denied.items()),
        missing=tuple(cast("list[str]", described.get("missing", []))),
        organization_id=str(described.get("organization", "")),
        management_account=str(described.get("management_account", "")),
        organization_unknown=_refused(of_organization, "") if of_organization else None,
        began=read_at,
        ended=read_at,
    )


def _resource(type: str, label: str, described: object, account: str, region: str) -> Collected:
    if not isinstance(described, dict):
        raise ValueError(f"`{label}` is no object")  # noqa: TRY004 - as above
    kind = kinds()[type]
    denied = cast("dict[str, str]", described.get("denied", {}))
    answers = {name: value for name, value in described.items() if name not in ("account", "denied", "region")}
    name, (part, member) = _NAMES.get(type, ("", ("", "")))
    within = answers.get(part)
    if name and name not in answers and isinstance(within, dict) and member in within:
        answers[name] = within[member]
    if type == "s3.bucket":
        answers.setdefault("name", label)
    arns = (label, *(answers.get(name) for name in _ARNS))
    arn = next((text for text in arns if isinstance(text, str) and text.startswith("arn:")), "")
    _, _, _, in_region, in_account, *_ = (*arn.split(":", 5), "", "", "", "", "")
    home = within.get("HomeRegion") if isinstance(within, dict) else None
    region = str(described.get("region") or home or in_region or region)
    owner = str(described.get("account") or in_account or account)
    return Collected(
        type=type,
        address=label if label.startswith("arn:") else f"{type}.{label}",
        region=region if kind.regional or type == "s3.bucket" else "",
        account=owner if owner != account and owner.isdigit() else "",
        answers={**{part: None for part in kind.parts if part and part not in denied}, **answers},
        refused={part: _refused(action, region) for part, action in denied.items()},
    )


def _refused(action: str, region: str) -> Refusal:
    service, _, operation = action.partition(":")
    return Refusal(f"{service}.{operation}", action, DENIED, "AccessDenied", f"not allowed: {action}", region)

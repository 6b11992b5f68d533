"""What a CloudTrail record names: the resource, what that belongs to, and what it says of it."""

from __future__ import annotations

from guardrails.drift.changing_calls import OF_RESPONSE
from guardrails.drift.names import short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from guardrails.drift.changing_calls import ChangingCall
    from guardrails.drift.records import Called, Drift

    CloudTrailRecord = Mapping[str, Any]

_OF_ALL_REGIONS = frozenset(("Group", "ManagedPolicy", "Organization", "OrganizationPolicy", "Role", "User"))
"""Kinds whose calls are recorded in one Region of the partition."""
_IN_ANY_REGION = frozenset(("AccountPublicAccessBlock", "DelegatedAdministrator", "PermissionSet"))
"""Kinds whose calls are recorded in the Region that was asked, whichever it was."""
WITHOUT_NAMES = frozenset(("Subscription",))
"""Kinds that only an ARN tells apart, which the code does not know, nor the record while nobody has confirmed it."""
_OF_EVERYBODY = frozenset(("Bucket",))
"""Kinds whose names are unique among all accounts."""


def regions_of(called: Called, regions: Sequence[str], leading: str) -> tuple[str, ...]:
    """Where the calls that change a resource are recorded: of these Regions any if that is not known. `leading` is the
    one that records calls of services without Regions."""
    if called.model in _OF_ALL_REGIONS:
        return (leading,)
    if called.region:
        return (called.region,)
    return tuple(dict.fromkeys((*regions, leading) if called.model in _IN_ANY_REGION else regions))


def concerns(call: ChangingCall, record: CloudTrailRecord, called: Called) -> bool:
    """Whether a record names the resource."""
    named, owners = names_in(call, record), _texts_at(record, call.within)
    if owners and called.within and not _same(owners, called.within):
        return False
    of_owner = bool(owners and called.within)
    if call.model in WITHOUT_NAMES:
        arns = [text for text in named if text.startswith("arn:")]
        if not arns or not called.names:
            return _below(arns, called.within) if arns else of_owner
    if named and called.names:
        return _same(named, called.names)
    return call.one_a_place or (of_owner and not call.names)


def _below(arns: Sequence[str], owners: Sequence[str]) -> bool:
    """Whether an ARN is below that of an owner: those of subscriptions begin with that of the topic."""
    return any(arn.startswith(f"{owner}:") for arn in arns for owner in owners if owner.startswith("arn:"))


def keys_of(text: str) -> Iterator[str]:
    """What a text, an ARN perhaps, may stand for."""
    plain = text.removesuffix(":*")
    yield plain
    if plain.startswith("arn:"):
        yield short(plain)
        if ":iam:" in plain:
            yield plain.rpartition("/")[2]  # the name without its path


def names_in(call: ChangingCall, record: CloudTrailRecord) -> tuple[str, ...]:
    """What a record calls the resource that a call is about."""
    found = _texts_at(record, call.names)
    if call.source in ("s3", "kms") and call.names and call.model in ("Bucket", "EncryptionKey"):
        listed = record.get("resources")
        arns = [one.get("ARN") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        found = (*found, *(arn for arn in arns if isinstance(arn, str) and arn))
    return found


def _same(named: Iterable[str], names: Iterable[str]) -> bool:
    """Whether one of the texts of a record is what a resource is called by. Two ARNs are compared as a whole."""
    arns = {name.removesuffix(":*") for name in names if name.startswith("arn:")}
    known = {key for name in names for key in keys_of(name)}
    for text in named:
        if text.startswith("arn:") and arns:
            if text.removesuffix(":*") in arns:
                return True
        elif not known.isdisjoint(keys_of(text)):
            return True
    return False


def in_place(call: ChangingCall, record: CloudTrailRecord, drift: Drift) -> bool:
    """Whether a call was made in the account and the Region of the resource, as far as they are known."""
    called = drift.called
    assert called is not None
    arns = {name.removesuffix(":*") for name in called.names if name.startswith("arn:")}
    if arns and any(text.removesuffix(":*") in arns for text in names_in(call, record)):
        return True  # wherever it was recorded
    if call.model in _OF_EVERYBODY:
        return True
    account = record.get("recipientAccountId") or at(record, ("userIdentity", "accountId"))
    if len(drift.account) == 12 and isinstance(account, str) and account and account != drift.account:
        return False
    region = record.get("awsRegion")
    if call.model in _OF_ALL_REGIONS or call.model in _IN_ANY_REGION or not called.region:
        return True
    return not isinstance(region, str) or region == called.region


def given(record: CloudTrailRecord, said: str) -> bool:
    """Whether a parameter is there, or says something. True for parameters that the record leaves out as too long."""
    parameters = record.get("requestParameters")
    if not isinstance(parameters, dict) or parameters.get("omitted") is True:
        return True
    path, _, text = said.partition("=")
    values = list(found_at(parameters, path.split(".")))
    if not text:
        return any(value is not None for value in values)
    return any(text_of(value) == text for value in values)


def _texts_at(record: CloudTrailRecord, paths: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for written in paths:
        path, _, default = written.partition("=")
        above = "responseElements" if path.startswith(OF_RESPONSE) else "requestParameters"
        values = list(found_at(record.get(above), path.removeprefix(OF_RESPONSE).split(".")))
        found += [value for value in values if isinstance(value, str) and value]
        if default and not values:
            found.append(default)
    return tuple(found)


def found_at(content: object, path: Sequence[str]) -> Iterator[object]:
    """What stands at a path, lists looked through. Services differ in how they write capitals: none count."""
    if isinstance(content, list):
        for one in content:
            yield from found_at(one, path)
    elif not path:
        yield content
    elif isinstance(content, dict):
        wanted = path[0].lower()
        for name, below in content.items():
            if name.lower() == wanted:
                yield from found_at(below, path[1:])


def at(record: CloudTrailRecord, path: Sequence[str]) -> object:
    found: object = record
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

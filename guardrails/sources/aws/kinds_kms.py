"""KMS: the keys that something of the audit trail is encrypted with."""

from __future__ import annotations

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Step, arn_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.sources.aws.kind import Context

_ALIASES = Call("kms", "ListAliases", "kms:ListAliases", items="Aliases")


def _to_address(text: str, of: Context) -> str:
    """A key is named by its ARN, its id, its alias or the ARN of that. Of an alias that is AWS's own no more is asked:
    its name says whose the key is."""
    partition, service, _, _, rest = arn_fields(text)
    if (rest or text).startswith("alias/aws/"):
        return ""
    if partition:
        return text if service == "kms" else ""
    tail = text if text.startswith(("alias/", "key/")) else f"key/{text}"
    return f"arn:{of['partition']}:kms:{of['region']}:{of['account']}:{tail}"


def _aliases(answer: Mapping[str, object], key: Context) -> list[str] | None:
    """All aliases of the key: one thing may name it by one, another by another."""
    described = key.get("key")
    id_ = described.get("KeyId") if isinstance(described, dict) else arn_fields(str(key["arn"]))[4].removeprefix("key/")
    found = answer.get("Aliases")
    names = [
        str(alias["AliasName"])
        for alias in (found if isinstance(found, list) else [])
        if isinstance(alias, dict) and id_ in (alias.get("TargetKeyId"), alias.get("AliasName"))
    ]
    return sorted(names) or None


def _may_rotate(key: Context) -> bool:
    """Only material that KMS made, of a symmetric key for encryption, is ever rotated."""
    described = key.get("key")
    if not isinstance(described, dict):
        return True
    kind = (described.get("KeySpec", "SYMMETRIC_DEFAULT"), described.get("Origin", "AWS_KMS"))
    return kind == ("SYMMETRIC_DEFAULT", "AWS_KMS")


def _asked(key: Context) -> str:
    """By what a key is asked about: by its ARN once that is known. Only its description can be had by an alias."""
    described = key.get("key")
    return str((described if isinstance(described, dict) else {}).get("Arn") or key["arn"])


def _of_alias(alias: Context) -> str:
    """The ARN of the key that an alias is for; aliases that AWS reserves have none until they are first used."""
    target = alias.get("TargetKeyId")
    return f"arn:{alias['partition']}:kms:{alias['region']}:{alias['account']}:key/{target}" if target else ""


def _part(name: str, operation: str, path: str, only: Callable[[Context], bool] | None = None, **more: object) -> Part:
    absent = ("UnsupportedOperationException",) if name == "rotation" else ()
    call = Call("kms", operation, f"kms:{operation}", items="Grants" if name == "grants" else "", absent=absent)
    return Part(name, call, {"KeyId": _asked, **more}, path, only=only)


KEY = Kind(
    "kms.key",
    address=_of_alias,
    listings=(Listing((Step(_ALIASES, "Aliases"),), wished=True),),
    listed=None,
    own={"arn": _of_alias},
    details=(
        _part("key", "DescribeKey", "KeyMetadata"),
        Part("alias", _ALIASES, {}, pick=_aliases, always=True),
        _part("rotation", "GetKeyRotationStatus", "", only=_may_rotate),
        _part("policy", "GetKeyPolicy", "Policy", PolicyName="default"),
        _part("grants", "ListGrants", "Grants"),
    ),
    name="alias",
    sparing=True,
    to_address=_to_address,
    seed=lambda address: {"arn": address},
    settled="{key.Arn}",
    gone=("NotFoundException",),
)
KINDS = (KEY,)

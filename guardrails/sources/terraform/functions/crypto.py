"""Hashes and identifiers. What differs at every run is unknown."""

from __future__ import annotations

from guardrails.kernel.why import Why
from guardrails.sources.terraform.typesystem import STRING
from guardrails.sources.terraform.values import EvalError, unknown

from .signature import Number, Room, unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from uuid import UUID

room = Room()


def digest(content: bytes, algorithm: str, encoding: str) -> str:
    """The hash of these bytes as `hex` or `base64` text."""
    import base64
    import hashlib

    hashed = hashlib.new(algorithm, content, usedforsecurity=False)
    return base64.b64encode(hashed.digest()).decode() if encoding == "base64" else hashed.hexdigest()


@room.function("md5", "string", gives=STRING)
def md5(value: str) -> str:
    return digest(value.encode(), "md5", "hex")


@room.function("sha1", "string", gives=STRING)
def sha1(value: str) -> str:
    return digest(value.encode(), "sha1", "hex")


@room.function("sha256", "string", gives=STRING)
def sha256(value: str) -> str:
    return digest(value.encode(), "sha256", "hex")


@room.function("sha512", "string", gives=STRING)
def sha512(value: str) -> str:
    return digest(value.encode(), "sha512", "hex")


@room.function("base64sha256", "string", gives=STRING)
def base64sha256(value: str) -> str:
    return digest(value.encode(), "sha256", "base64")


@room.function("base64sha512", "string", gives=STRING)
def base64sha512(value: str) -> str:
    return digest(value.encode(), "sha512", "base64")


_NAMESPACES = {"dns": "NAMESPACE_DNS", "url": "NAMESPACE_URL", "oid": "NAMESPACE_OID", "x500": "NAMESPACE_X500"}


@room.function("uuidv5", "string", "string", gives=STRING)
def uuidv5(namespace: str, name: str) -> str:
    import uuid

    if namespace in _NAMESPACES:
        space: UUID = getattr(uuid, _NAMESPACES[namespace])
    else:
        space = _uuid(namespace)
    return str(uuid.uuid5(space, name))


def _uuid(written: str) -> UUID:
    """A UUID in one of the spellings that terraform reads: plain, `urn:uuid:`, in braces, without hyphens."""
    import re
    import uuid

    hyphened = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    if not re.fullmatch(rf"(?:[uU][rR][nN]:[uU][uU][iI][dD]:)?{hyphened}|\{{{hyphened}\}}|[0-9a-fA-F]{{32}}", written):
        raise EvalError("the namespace is neither dns, url, oid, x500 nor a UUID")
    return uuid.UUID(re.sub("[^0-9a-fA-F]", "", written.lower().removeprefix("urn:uuid:")))


@room.function("uuid", gives=STRING)
def uuid_() -> object:
    return unknown(Why.AFTER_APPLY, "`uuid` differs at every run")


@room.function("bcrypt", "string", "number...", gives=STRING)
def bcrypt(_: str, *cost: Number) -> object:
    if len(cost) > 1:
        raise EvalError("no more than two arguments are taken")
    return unknown(Why.AFTER_APPLY, "`bcrypt` differs at every run")


@room.function("rsadecrypt", "string", "string", gives=STRING)
def rsadecrypt(*_: str) -> object:
    return unsupported("`rsadecrypt` is not computed: what it yields is a secret")

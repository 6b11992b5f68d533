"""Buckets, topics and keys at once, for policies about what their access policies say."""

from __future__ import annotations

from guardrails.kernel.record import later
from guardrails.lower.aws.names import same
from guardrails.lower.aws.security import KEY, TOPIC
from guardrails.lower.aws.storage import BUCKET
from guardrails.lower.world import Lowering, identity, types_of
from guardrails.model import Bucket, EncryptionKey, Guarded, Topic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.kernel.truth import Truth
    from guardrails.lower.reader import Reader

_KINDS: tuple[Lowering[Any], ...] = (BUCKET, TOPIC, KEY)


def guarded(r: Reader) -> Guarded:
    lowering = next(lowering for lowering in _KINDS if r.raw.type in lowering.types[r.dialect])
    found: Bucket | Topic | EncryptionKey = lowering.lower(r)
    return Guarded(
        **identity(r, found.name, found.protected),
        kind=_kind(found),
        policy=found.policy,
        audit=later(lambda: _serves_audit(found)),
    )


def _kind(found: Bucket | Topic | EncryptionKey) -> str:
    if isinstance(found, EncryptionKey):
        return "key"
    return "bucket" if isinstance(found, Bucket) else "topic"


def _serves_audit(found: Bucket | Topic | EncryptionKey) -> Truth:
    return found.guards if isinstance(found, EncryptionKey) else found.audit


GUARDED = Lowering(
    model=Guarded,
    noun="resource with a policy",
    types=types_of(_KINDS),
    lower=guarded,
    identity={},
    short_name=same,
)

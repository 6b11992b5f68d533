"""Texts that may have holes, and three-valued questions about them.

A selector's value is often only partly known: `"${aws_s3_bucket.logs.arn}/"` has a name in it that nobody chose yet,
but it surely ends in a slash and surely names one bucket. The questions here answer True or False where that holds for
whatever the holes turn out to be, and None otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.kernel.value import Input, Reference
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.referring import is_arn, pseudo_parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model.storage import Bucket

FRESH = "\uf8ff"
"""Stands for text that no selector mentions, known or not: what is true of it is true of everything unmentioned."""

ANYTHING = f"[^{FRESH}]*"
COMPUTED = f"[^{FRESH}*]*"
SOMETHING = f"[^{FRESH}*]+"
NAME = f"[^{FRESH}/:*]+"
"""What may stand in a hole. Each is one class of characters repeated, so that it reads the same backwards.
What a provider computes has no asterisk in it."""


class Hole(Record):
    """A stretch of text that is not known. Equal holes hold the same text; two different `unique` ones never do."""

    identity: Hashable
    shape: str = ANYTHING
    unique: bool = False
    reasons: tuple[Reason, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hole) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)


Text = tuple[str | Hole, ...]
"""Pieces in order: never an empty one, never two literal ones side by side."""


def text(*parts: str | Hole) -> Text:
    """The pieces joined into normal form."""
    joined: list[str | Hole] = []
    for part in parts:
        if part == "":
            continue
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        else:
            joined.append(part)
    return tuple(joined)


def literal(of: Text) -> str | None:
    """The text itself if it has no holes."""
    if not of:
        return ""
    return of[0] if len(of) == 1 and isinstance(of[0], str) else None


def reasons_of(*texts: Text) -> tuple[Reason, ...]:
    """Why they have holes."""
    found = (reason for of in texts for part in of if isinstance(part, Hole) for reason in part.reasons)
    return tuple(dict.fromkeys(found))


# --- questions -------------------------------------------------------------------------------------------------------


def starts(subject: Text, prefix: Text) -> bool | None:
    """Whether `subject` begins with `prefix`."""
    whole, head = literal(subject), literal(prefix)
    if whole is not None and head is not None:
        return whole.startswith(head)
    subject, prefix = _without_common_head(subject, prefix)
    if not prefix:
        return True
    whole = literal(subject)
    if whole is not None:
        return None if literal(prefix) is None and re.match(_pattern(prefix), whole) else False
    if isinstance(subject[0], str) and isinstance(prefix[0], str):
        return False  # they differ in the first character, or the common head would be longer
    if _different_names(subject, prefix) and _is_closed(prefix):
        return False
    return None


def ends(subject: Text, suffix: Text) -> bool | None:
    """Whether `subject` ends with `suffix`."""
    whole, tail = literal(subject), literal(suffix)
    if whole is not None and tail is not None:
        return whole.endswith(tail)
    return starts(_reversed(subject), _reversed(suffix))


def same(one: Text, other: Text) -> bool | None:
    """Whether the two are the same text."""
    if None not in (literal(one), literal(other)):
        return one == other
    one, other = _without_common_head(one, other)
    backwards, other_backwards = _without_common_head(_reversed(one), _reversed(other))
    one, other = _reversed(backwards), _reversed(other_backwards)
    if not one and not other:
        return True
    for mine, theirs in ((one, other), (other, one)):
        whole = literal(mine)
        if whole is not None:
            return None if literal(theirs) is None and re.fullmatch(_pattern(theirs), whole) else False
    if isinstance(one[0], str) and isinstance(other[0], str):
        return False
    if isinstance(one[-1], str) and isinstance(other[-1], str):
        return False
    if _different_names(one, other) and (len(one) == len(other) == 1 or (_is_closed(one) and _is_closed(other))):
        return False
    return None


def contains(subject: Text, part: str) -> bool | None:
    """Whether the one character `part` stands somewhere in `subject`."""
    if any(isinstance(piece, str) and part in piece for piece in subject):
        return True
    if all(isinstance(piece, str) or not re.fullmatch(piece.shape[:-1], part) for piece in subject):
        return False
    return None


def _without_common_head(one: Text, other: Text) -> tuple[Text, Text]:
    while one and other:
        mine, theirs = one[0], other[0]
        if mine == theirs:
            one, other = one[1:], other[1:]
            continue
        if not (isinstance(mine, str) and isinstance(theirs, str)):
            break
        shared = _shared(mine, theirs)
        if not shared:
            break
        one, other = text(mine[shared:], *one[1:]), text(theirs[shared:], *other[1:])
    return one, other


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at the head."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    return next(at for at in range(most) if one[at] != other[at])


def _reversed(of: Text) -> Text:
    return tuple(part[::-1] if isinstance(part, str) else part for part in reversed(of))


@lru_cache(maxsize=512)
def _pattern(of: Text) -> str:
    return "(?s:" + "".join(re.escape(part) if isinstance(part, str) else part.shape for part in of) + ")"


def _different_names(one: Text, other: Text) -> bool:
    """Whether both begin with names, of two different things."""
    mine, theirs = one[0], other[0]
    return isinstance(mine, Hole) and isinstance(theirs, Hole) and mine.unique and theirs.unique and mine != theirs


def _is_closed(of: Text) -> bool:
    """Whether the name at the head surely ends where its hole does: a slash or colon follows."""
    follower = of[1] if len(of) > 1 else ""
    return isinstance(follower, str) and follower[:1] in ("/", ":")


# --- from values -----------------------------------------------------------------------------------------------------

_PARTITION = compile_later(r"arn:(aws[a-z0-9-]*):")
_ARN_BEGUN = compile_later(r"a|ar|arn|arn:[a-z0-9-]*")
"""The beginning of an ARN that is broken off within the name of its partition, or before it."""
_PARTITION_ENDED = compile_later(r"(?:arn|rn|n)?:aws[a-z0-9-]*:|[a-z0-9-]*:?")
"""What may follow there up to the end of that name."""
_TYPE = compile_later(r"(?:^|\.)(data\.)?(aws_[a-z0-9_]+)\.[^.]+$")

OURS = "arn:aws:"
"""How every ARN of the partition at hand begins, whatever it is called."""


@lru_cache(maxsize=64)
def partition_of(region: str) -> str:
    """The partition that a Region belongs to."""
    for prefix, partition in (
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ):
        if region.startswith(prefix):
            return partition
    return "aws"


def _one_hole(joined: Text) -> Hole:
    return Hole(
        ("arn", *joined), reasons=tuple(one for piece in joined if isinstance(piece, Hole) for one in piece.reasons)
    )


def in_our_partition(content: str, partition: str) -> str:
    """An ARN rewritten so that those of one partition can be compared; any other text as it is.

    `partition` is empty where it is not known: then every ARN is taken to be of the partition at hand, because nobody
    writes another one.
    """
    found = _PARTITION.match(content)
    if found is None:
        return content
    ours = not partition or found[1] == partition
    return (OURS if ours else f"arn:elsewhere-{found[1]}:") + content[found.end() :]


class Surroundings:
    """What is needed to read a value of one deployment: its partition, and its buckets."""

    __slots__ = ("_buckets", "_names", "partition")

    def __init__(self, partition: str = "", buckets: Many[Bucket] | None = None) -> None:
        self.partition = partition
        self._buckets = buckets
        self._names: dict[str, Value[str]] | None = None

    def text(self, value: Value[str]) -> Text:
        """The text that a value is; of one of several, ask each of its `alternatives`."""
        content = value.or_none()
        if content is not None:
            return text(in_our_partition(content, self.partition))
        if value.reference is not None:
            return text(*self._referred(value.reference, value))
        if value.parts:
            pieces: list[str | Hole] = []
            for at, part in enumerate(value.parts):
                if isinstance(part, str):
                    pieces.append(part)
                elif isinstance(part, Input):
                    pieces.append(Hole(part, reasons=value.reasons))
                elif part is None:
                    pieces.append(Hole((value, at), reasons=value.reasons))
                else:
                    pieces += self._referred(part, value)
            return self._in_our_partition(text(*pieces))
        # Nothing is written where there must be something: Terraform and the API refuse it.
        absent = Reason(Why.INVALID, "a value is not set that must be", "", value.origin)
        return text(Hole(value.input or value, reasons=value.reasons or (absent,)))

    def _in_our_partition(self, joined: Text) -> Text:
        """As `in_our_partition`. Where the name of the partition is not known, nor is what it is rewritten to: one hole
        holds it with all before it."""
        first = joined[0] if joined else ""
        if isinstance(first, str) and (len(joined) < 2 or self.partition == "aws" or not _ARN_BEGUN.fullmatch(first)):
            return text(in_our_partition(first, self.partition), *joined[1:])
        if self.partition == "aws":
            return joined
        for at, piece in enumerate(joined[1:], 1):
            named = _PARTITION_ENDED.match(piece) if isinstance(piece, str) else None
            if isinstance(piece, str) and named is not None and (named.end() < len(piece) or named[0].endswith(":")):
                if isinstance(first, Hole) and at == 1 and not named[0]:
                    return joined  # if there is a partition, all of it is in the hole
                return text(_one_hole((*joined[:at], named[0])), piece[named.end() :], *joined[at + 1 :])
        return joined if len(joined) == 1 else text(_one_hole(joined))

    def bucket(self, address: str, managed: bool, reasons: tuple[Reason, ...]) -> str | Hole:
        """The name of the bucket at an address."""
        if self._names is None:
            members = self._buckets.members() if self._buckets is not None else ()
            self._names = {bucket.address: bucket.name for bucket, _ in members}
        name = self._names.get(address)
        known = name.or_none() if name is not None else None
        return known or Hole(("bucket", address), NAME, unique=managed, reasons=reasons)

    def _referred(self, reference: Reference, value: Value[str]) -> list[str | Hole]:
        if "[?]" in reference.address:  # any of several instances, so that no two mentions need be the same
            return [Hole((value, reference), COMPUTED, reasons=value.reasons)]
        if reference.type or reference.path == ("Ref",):
            return self._of_template(reference, value)
        found = _TYPE.search(reference.address)
        kind = found[2] if found else ""
        managed = found is not None and not found[1]
        attribute = reference.path[0] if len(reference.path) == 1 else ""
        if kind == "aws_partition" and attribute == "partition":
            return [self.partition or "aws"]
        if kind == "aws_s3_bucket" and attribute in ("arn", "id", "bucket"):
            name = self.bucket(reference.address, managed, value.reasons)
            return [OURS, "s3:::", name] if attribute == "arn" else [name]
        if attribute == "arn":  # names one resource: never a whole service
            return [OURS, *_holes(reference, value.reasons)]
        return [Hole(reference, COMPUTED, reasons=value.reasons)]

    def _of_template(self, reference: Reference, value: Value[str]) -> list[str | Hole]:
        """What `Ref` and `Fn::GetAtt` give, and pseudo-parameters."""
        if pseudo_parameter(reference) == "partition":
            return [self.partition or "aws"]
        if reference.type == "AWS::S3::Bucket" and reference.path in (("Ref",), ("Arn",)):
            name = self.bucket(reference.address, True, value.reasons)
            return [OURS, "s3:::", name] if reference.path == ("Arn",) else [name]
        if is_arn(reference):
            return [OURS, *_holes(reference, value.reasons)]
        return [Hole(reference, COMPUTED, reasons=value.reasons)]


def _holes(reference: Reference, reasons: tuple[Reason, ...]) -> list[str | Hole]:
    """The rest of an ARN after its partition: service, Region, account, and a resource that is never empty."""
    pieces: list[str | Hole] = []
    for at in range(3):
        pieces += [Hole((reference, at), f"[^{FRESH}:/*]*", reasons=reasons), ":"]
    return [*pieces, Hole((reference, 3), SOMETHING, reasons=reasons)]

"""What an action is on, and whether a resource element of a policy reaches it.

A resource is recognised by reference first, `"${aws_s3_bucket.logs.arn}/*"`, by its literal name or ARN second. A
reference to another resource of the same kind is not it. What is not known makes the answer unknown only where it could
change it.
"""

from __future__ import annotations

import re

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, decide, unknown
from guardrails.kernel.value import Input, Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.automaton import Hole, Wild
from guardrails.semantics.access.patterns import Pattern, Spelling, literal, pattern_of, spelled
from guardrails.semantics.access.references import (
    KEY,
    KINDS,
    OWN_ACCOUNT,
    OWN_REGION,
    Other,
    Pieces,
    Surroundings,
    Variables,
    surroundings_of,
    with_variables,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from guardrails.kernel.many import Many
    from guardrails.model import AuditTrail, Bucket, EncryptionKey, EventDataStore, LogGroup, Topic
    from guardrails.model.identity import Identity

_MANY = Wild.MANY
_MANY_IN_PART = Wild.MANY_IN_PART


class Target:
    """What an action is on: one text or a set of them, such as all objects of a bucket.

    `tails` are the last parts of its ARNs; with several a resource goes by several ARNs, and reaching one is enough.
    """

    __slots__ = ("_forms", "_service", "_tails", "surroundings")

    def __init__(
        self,
        surroundings: Surroundings,
        service: str,
        *tails: tuple[str | Hole | Wild, ...],
        forms: tuple[Pattern, ...] = (),
    ) -> None:
        self.surroundings = surroundings
        self._service = service
        self._tails = tails
        self._forms: dict[str, tuple[Pattern, ...]] = {"": forms} if forms else {}

    def covered_by(self, element: Value[str], *, variables: Variables = True) -> Truth:
        """Whether a resource element matches all of the target. `variables` says what `${…}` in it stands for: False
        for the text itself (in policies older than 2012-10-17), True for whatever the request says."""
        return self.asked(element, Pattern.covers, Spelling.RESOURCE, variables)

    def touched_by(self, element: Value[str], *, variables: Variables = True) -> Truth:
        """Whether a resource element matches some of the target."""
        return self.asked(element, Pattern.touches, Spelling.RESOURCE, variables)

    def pieces(self, element: Value[str]) -> Pieces:
        """An element as it is seen from here."""
        return self.surroundings.pieces(element)

    def _fact(self, element: Value[str], said: bool | None) -> Fact:
        """What is seen of an element: that it names the target, where no text can be shown."""
        if said is None or element.settled or not element.origin.attribute:
            return element.fact()
        return Fact(f"`{element.origin.attribute}` {'names it' if said else 'names something else'}", element.origin)

    def within(self, element: Value[str]) -> Target:
        """What a resource element names, seen from the same place: part of this target where it touches that."""
        pieces = with_variables(self.pieces(element), True) or ()
        named = tuple(piece.text if isinstance(piece, Other) and piece.text else piece for piece in pieces)
        return Target(self.surroundings, self._service, forms=(pattern_of(named, Spelling.RESOURCE),))

    def asked(
        self,
        element: Value[str],
        question: Callable[[Pattern, Pattern], bool | None],
        spelling: Spelling,
        variables: Variables,
        *,
        any_case: bool = False,
    ) -> Truth:
        """What a question to the element's pattern, in this spelling, says of the target."""
        if element.alternatives:
            return _agreed(
                element,
                [self.asked(one, question, spelling, variables, any_case=any_case) for one in element.alternatives],
            )
        if element.settled and element.or_none() is None:
            return decide(False, element.fact())
        found = with_variables(self.pieces(element), variables)
        if found is None or self._is_another(found):
            return decide(False, self._fact(element, False))
        pieces = tuple(piece.text if isinstance(piece, Other) and piece.text else piece for piece in found)
        pattern = pattern_of(pieces, spelling)
        forms = self.forms(_partition_in(pattern))
        if any_case:
            pattern, forms = _lower(pattern), tuple(map(_lower, forms))
        answers = [(question(pattern, form), form) for form in forms]
        return any_of(
            answer(said, self._fact(element, said), _apart(pattern, form) or element.reasons, element)
            for said, form in answers
        )

    def forms(self, partition: str = "aws") -> tuple[Pattern, ...]:
        """The ARNs that it goes by, in the partition of the resource if that is known, else in `partition`."""
        fixed = self._forms.get("")
        if fixed is not None:
            return fixed
        around = self.surroundings
        partition = around.partition or partition
        found = self._forms.get(partition)
        if found is None:
            kind = around.kind
            region: Pieces = () if kind is not None and kind.global_ else around.region
            account: Pieces = () if kind is not None and kind.of_nobody else around.account
            head = (f"arn:{partition}:{self._service}:", *region, ":", *account, ":")
            found = self._forms[partition] = tuple(Pattern(spelled((*head, *tail))) for tail in self._tails)
        return found

    def _is_another(self, pieces: Pieces) -> bool:
        """Whether the element names another resource of the kind, and nothing that could begin alike."""
        around = self.surroundings
        if around.kind is None:
            return False
        written = "".join(text for text in pieces if isinstance(text, str)).split(":", 5)
        if around.kind.service == "s3" and len(pieces) == 1 and len(written) == 6:
            name = written[5].partition("/")[0]  # the names of buckets are unique
            return "*" not in name and "?" not in name and around.name != (name,) and around.is_anothers(name)
        for at, piece in enumerate(pieces):
            if isinstance(piece, Other):
                behind = pieces[at + 1] if at + 1 < len(pieces) else None
                head = "".join(text for text in pieces[:at] if isinstance(text, str)).split(":", 5)
                closed = behind is None or (isinstance(behind, str) and behind[:1] in tuple(around.kind.ends))
                return closed and len(head) == 6 and head[5].startswith(around.kind.head) and "*" not in head[5]
        return False


def _lower(pattern: Pattern) -> Pattern:
    return Pattern(token.lower() if isinstance(token, str) else token for token in pattern.tokens)


def _apart(one: Pattern, other: Pattern) -> tuple[Reason, ...]:
    """Why two patterns have holes that they do not share."""
    mine, theirs = set(one.holes), set(other.holes)
    lone = (hole for hole in (*one.holes, *other.holes) if (hole in mine) != (hole in theirs))
    return tuple(dict.fromkeys(reason for hole in lone for reason in hole.reasons))


def answer(said: bool | None, fact: Fact, reasons: Iterable[Reason], about: Value[str] | None = None) -> Truth:
    """A Truth from the answer of a pattern."""
    if said is not None:
        return decide(said, fact)
    why = tuple(dict.fromkeys(reasons)) or (
        Reason(
            Why.UNSUPPORTED,
            "AWS's documents leave open what this pattern matches",
            "write all six parts of the ARN",
            origin=fact.origin if about is None else about.origin,
        ),
    )
    return unknown(*why, facts=(fact,))


def _agreed(element: Value[str], answers: Sequence[Truth]) -> Truth:
    """What all alternatives of an element agree on."""
    if len({found.verdict for found in answers}) == 1 and answers[0].verdict is not Verdict.UNKNOWN:
        return answers[0]
    return unknown(*element.reasons, facts=(element.fact(),))


def _partition_in(pattern: Pattern) -> str:
    """The partition that an ARN names, if it names one."""
    head = "".join(token if isinstance(token, str) else "*" for token in pattern.tokens[:24]).split(":", 2)
    if len(head) < 3 or head[1] == "aws":
        return "aws"
    return head[1] if re.fullmatch(r"aws[a-z-]*", head[1]) else "aws"


# --- the targets -----------------------------------------------------------------------------------------------------


def text(*texts: str | Hole) -> Target:
    """This very text, whatever it is: what a request says of a condition key."""
    return Target(Surroundings(), "", forms=(Pattern(spelled(texts)),))


def arn(text: str) -> Target:
    """The one resource with this ARN."""
    parts = text.split(":", 5)
    around = Surroundings(
        partition=parts[1] if len(parts) == 6 else "",
        region=(parts[3],) if len(parts) == 6 and parts[3] else (OWN_REGION,),
        account=(parts[4],) if len(parts) == 6 and parts[4] else (OWN_ACCOUNT,),
    )
    return Target(around, "", forms=(Pattern(text),))


def anything() -> Target:
    """All resources: what an action that knows no single resource is on."""
    return Target(Surroundings(), "", forms=(Pattern((_MANY,)),))


class _InBucket(Target):
    """A bucket or what is in it. S3 takes no bucket policy with resources that are not of the bucket: a name in there
    that is not known, for the reasons for which the bucket's is not, is its own."""

    __slots__ = ("_bucket", "_written")

    def __init__(self, bucket: Bucket, around: Surroundings, *tail: str | Hole | Wild) -> None:
        super().__init__(around, "s3", (*around.name, *tail))
        self._bucket = bucket
        self._written: dict[int, Value[str]] | None = None

    def pieces(self, element: Value[str]) -> Pieces:
        pieces = super().pieces(element)
        holes = [piece for piece in pieces if isinstance(piece, Hole)]
        if not any(hole.wild for hole in holes) and None not in map(_known, self.surroundings.name):
            return pieces
        found = _BUCKET_ARN.fullmatch("".join(piece if isinstance(piece, str) else "\0" for piece in pieces))
        if found is None or not self._is_in_its_policy(element):
            return pieces
        partition, name, behind = found.groups("")
        first, last = partition.count("\0"), len(holes) - behind.count("\0")
        called = _filled(name, holes[first:last])
        own = self.surroundings.name
        # An input that the name is not made of may go on behind the name, with a slash.
        made_of = {reason.detail for piece in own if isinstance(piece, Hole) for reason in piece.reasons}
        foreign = any(
            isinstance(hole, Other) or (hole.wild and made_of.isdisjoint(reason.detail for reason in hole.reasons))
            for hole in holes[first:last]
        )
        if foreign or literal(called).covers(literal(own)) is False:
            return pieces
        partition = self.surroundings.partition or ("aws" if first else partition)
        return (f"arn:{partition}:s3:::", *own, *_filled(behind, holes[last:]))

    def _is_in_its_policy(self, element: Value[str]) -> bool:
        if self._written is None:
            self._written = {}
            for policy, _ in self._bucket.policy.members():
                for statement, _ in policy.statements.members():
                    for written, _ in (*statement.resources.members(), *statement.not_resources.members()):
                        self._written.update({id(one): one for one in (written, *written.alternatives)})
        return id(element) in self._written


_BUCKET_ARN = compile_later(r"arn:([^:*?]+):s3:::([^/*?]+)(/.*)?", re.DOTALL)


def _known(piece: str | Hole) -> str | None:
    return piece if isinstance(piece, str) else None


def _filled(text: str, holes: Sequence[Hole]) -> Pieces:
    """A text with its marks replaced by these holes."""
    first, *others = text.split("\0")
    return (first, *(piece for hole, part in zip(holes, others, strict=True) for piece in (hole, part)))


def bucket_itself(bucket: Bucket) -> Target:
    return _InBucket(bucket, _around_bucket(bucket))


def objects_of(bucket: Bucket, prefix: str | Value[str] = "") -> Target:
    """The objects of a bucket whose keys begin with `prefix`."""
    around = _around_bucket(bucket)
    if isinstance(prefix, Value):
        below = () if prefix.settled and not prefix.or_none() else around.pieces(prefix)
    else:
        below = (prefix,)
    return _InBucket(bucket, around, "/", *below, _MANY)


def group_itself(group: LogGroup) -> Target:
    """A log group, by both of its ARNs: the one that ends in `:*` and the one that does not."""
    around = _around_group(group)
    return Target(around, "logs", ("log-group:", *around.name), ("log-group:", *around.name, ":*"))


def streams_of(group: LogGroup) -> Target:
    """All log streams of a group."""
    around = _around_group(group)
    return Target(around, "logs", ("log-group:", *around.name, ":log-stream:", _MANY_IN_PART))


def names_service(name: Value[str], service: str, group: LogGroup) -> Truth:
    """Whether a name is that of a service in the Region of a log group, `logs.eu-central-1.amazonaws.com`."""
    around = _around_group(group)
    ends = (".amazonaws.com", ".amazonaws.com.cn")
    names = tuple(Pattern(spelled((f"{service}.", *around.region, end))) for end in ends)
    return Target(around, "", forms=names).asked(name, Pattern.touches, Spelling.PLAIN, variables=False, any_case=True)


def key_of(key: EncryptionKey) -> Target:
    around = surroundings_of(key, KEY, key.name)
    return Target(around, "kms", ("key/", *around.name))


def topic_of(topic: Topic) -> Target:
    around = surroundings_of(topic, KINDS["aws_sns_topic"], topic.name)
    return Target(around, "sns", around.name)


def trail_of(trail: AuditTrail) -> Target:
    around = surroundings_of(trail, KINDS["aws_cloudtrail"], trail.name)
    return Target(around, "cloudtrail", ("trail/", *around.name))


def store_of(store: EventDataStore) -> Target:
    """An event data store: its ARN has an id in it that only AWS knows, never its name."""
    kind = KINDS["aws_cloudtrail_event_data_store"]
    around = surroundings_of(store, kind, store.name if ":eventdatastore/" in (store.name.or_none() or "") else None)
    return Target(around, "cloudtrail", ("eventdatastore/", *around.name))


def role_of(role: Identity) -> Target:
    """A role, user or other identity, by its ARN."""
    around = _around_identity(role)
    kind = around.kind
    assert kind is not None, "an identity is of a kind"
    return Target(around, "iam", (kind.head, *around.folder, *around.name))


def _around_bucket(bucket: Bucket) -> Surroundings:
    return surroundings_of(bucket, KINDS["aws_s3_bucket"], bucket.name, _names_in(lambda: bucket.account.buckets))


def _around_group(group: LogGroup) -> Surroundings:
    names = _names_in(lambda: group.account.log_groups)
    return surroundings_of(group, KINDS["aws_cloudwatch_log_group"], group.name, names)


def _names_in(listed: Callable[[], Many[Any]]) -> Callable[[], dict[str, Value[str]]]:
    """The names of resources by address, looked up when first asked for."""
    found: dict[str, Value[str]] = {}

    def names() -> dict[str, Value[str]]:
        if not found:
            found.update({resource.address: resource.name for resource, _ in listed().members()})
        return found

    return names


def _around_identity(identity: Identity) -> Surroundings:
    """What stands behind `role` or `user` in the ARN is a path, with slashes on both ends, and the name."""
    kind = KINDS.get(f"aws_iam_{identity.kind}", KINDS["aws_iam_role"])
    around = surroundings_of(identity, kind, identity.name)
    written = identity.arn.or_none()
    parts = (written,) if written is not None else identity.arn.parts
    at = next((at for at, part in enumerate(parts) if isinstance(part, str) and f":{kind.head}" in part), None)
    if at is None:
        around.folder = (Hole(("path", identity.address), ":*?", reasons=identity.arn.reasons),)
        return around
    head = str(parts[at]).rpartition(f":{kind.head}")[2]
    behind = [head, *Surroundings().pieces(_made_of(parts[at + 1 :], identity.arn))]
    last = behind.pop()
    folder, slash, name = last.rpartition("/") if isinstance(last, str) else ("", "", last)
    around.folder = tuple(piece for piece in (*behind, f"{folder}{slash}") if piece != "")
    around.name = (name,)
    return around


def _made_of(parts: tuple[str | Reference | Input | None, ...], value: Value[str]) -> Value[str]:
    if not parts:
        return Value.unset(value.origin)
    if all(isinstance(part, str) for part in parts):
        return Value.of("".join(part for part in parts if isinstance(part, str)), value.origin)
    return Value.unknown(value.reasons, value.origin, parts=parts)

"""What references in a policy stand for, seen from the resource that is asked about.

Code shows a policy before its names exist: `"${aws_s3_bucket.logs.arn}/*"`, `!Sub "${Logs.Arn}/*"`. Seen from that very
bucket the reference is the bucket's own name, known or not; a reference to another bucket is surely something else; and
what data sources and pseudo-parameters say of the account, the Region and the partition are the resource's own.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.kernel.value import Input, Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.automaton import Hole, Literal
from guardrails.semantics.referring import is_arn, pseudo_parameter
from guardrails.semantics.texts import partition_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import TypeAlias

    from guardrails.model import Resource

Pieces: TypeAlias = tuple[str | Hole, ...]
"""Literal text and holes in order."""


Variables: TypeAlias = "bool | Callable[[str, str | None], Pieces | None]"
"""What the variables of a policy stand for, by key and default."""


class Kind(Record):
    """A resource type of Terraform or CloudFormation as ARNs show it."""

    service: str
    head: str = ""
    """What stands before the name in the last part of the ARN."""
    names: tuple[str, ...] = ()
    """The attributes that are the name."""
    arns: tuple[str, ...] = ("arn",)
    lacks: str = ":*?"
    """The characters that no name has."""
    ends: str = ""
    """The characters that end the name where more follows it."""
    global_: bool = False
    """Whether the ARN names no Region."""
    of_nobody: bool = False
    """Whether the ARN names no account."""
    named: bool = False
    """Whether an empty name is refused. For others the provider makes up a name where it is given none."""
    streamed: str = ""
    """The attribute that is the ARN with `:*` behind it."""


_EITHER = ("arn", "Arn")
KEY = Kind("kms", "key/", ("key_id", "id", "Ref", "KeyId"), ("arn", "Arn"), lacks=":*?/")
KINDS = {
    "aws_s3_bucket": Kind(
        "s3", "", ("bucket", "id", "Ref"), _EITHER, lacks=":*?/", ends="/", global_=True, of_nobody=True
    ),
    "aws_cloudwatch_log_group": Kind("logs", "log-group:", ("name", "id", "Ref"), ends=":", named=True, streamed="Arn"),
    "aws_kms_key": KEY,
    "aws_kms_replica_key": KEY,
    "aws_kms_external_key": KEY,
    "aws_kms_replica_external_key": KEY,
    "aws_sns_topic": Kind("sns", "", ("name", "TopicName"), ("arn", "id", "Ref", "TopicArn"), lacks=":*?/", ends=":"),
    # Since version 6 of the provider the id of a trail is its ARN, before that its name: it is neither here.
    "aws_cloudtrail": Kind("cloudtrail", "trail/", ("name", "Ref"), _EITHER, lacks=":*?/", named=True),
    "aws_cloudtrail_event_data_store": Kind(
        "cloudtrail", "eventdatastore/", (), ("arn", "id", "Ref", "EventDataStoreArn"), lacks=":*?/"
    ),
    "aws_cloudwatch_metric_alarm": Kind("cloudwatch", "alarm:", ("alarm_name", "id", "Ref"), _EITHER, named=True),
    "aws_cloudwatch_composite_alarm": Kind("cloudwatch", "alarm:", ("alarm_name", "id", "Ref"), _EITHER, named=True),
    "aws_cloudwatch_event_rule": Kind("events", "rule/", ("name", "Ref", "RuleName"), _EITHER, lacks=":*?/"),
    "aws_iam_role": Kind("iam", "role", ("name", "id", "Ref"), _EITHER, global_=True),
    "aws_iam_user": Kind("iam", "user", ("name", "id", "Ref"), _EITHER, global_=True),
    "aws_iam_group": Kind("iam", "group", ("name", "id", "Ref"), _EITHER, global_=True),
    "aws_iam_policy": Kind("iam", "policy", ("name",), ("arn", "id", "Ref", "PolicyArn"), global_=True),
}
OF_TEMPLATES = {
    "AWS::S3::Bucket": "aws_s3_bucket",
    "AWS::Logs::LogGroup": "aws_cloudwatch_log_group",
    "AWS::KMS::Key": "aws_kms_key",
    "AWS::KMS::ReplicaKey": "aws_kms_replica_key",
    "AWS::SNS::Topic": "aws_sns_topic",
    "AWS::CloudTrail::Trail": "aws_cloudtrail",
    "AWS::CloudTrail::EventDataStore": "aws_cloudtrail_event_data_store",
    "AWS::CloudWatch::Alarm": "aws_cloudwatch_metric_alarm",
    "AWS::CloudWatch::CompositeAlarm": "aws_cloudwatch_composite_alarm",
    "AWS::Events::Rule": "aws_cloudwatch_event_rule",
    "AWS::IAM::Role": "aws_iam_role",
    "AWS::IAM::User": "aws_iam_user",
    "AWS::IAM::Group": "aws_iam_group",
    "AWS::IAM::ManagedPolicy": "aws_iam_policy",
}
"""The types of CloudFormation, and what they are in Terraform. Its attributes begin with a capital, so that one table
has both."""
_FAMILIES = {
    "s3": ("aws_s3_", "AWS::S3::"),
    "logs": ("aws_cloudwatch_log_", "AWS::Logs::"),
    "kms": ("aws_kms_", "AWS::KMS::"),
    "sns": ("aws_sns_", "AWS::SNS::"),
    "cloudtrail": ("aws_cloudtrail", "AWS::CloudTrail::"),
    "iam": ("aws_iam_", "AWS::IAM::"),
    "cloudwatch": ("aws_cloudwatch_", "AWS::CloudWatch::"),
    "events": ("aws_cloudwatch_event_", "AWS::Events::"),
}
"""How the types begin whose ARNs are of a service."""
_ELSEWHERE = "\uf8ff"
"""Stands for a service that is not the target's."""
_TYPE = compile_later(r"(?:^|\.)(data\.)?([a-z][a-z0-9]*_[a-z0-9_]+)\.[A-Za-z_][\w-]*(\[.*\])?$")
OWN_ACCOUNT = Hole("account", ":/*?")
OWN_REGION = Hole("region", ":/*?")


class Other(Hole):
    """The name of another resource of the target's kind, and its text where that is known."""

    __slots__ = ("text",)

    def __init__(self, identity: Hashable, lacks: str, reasons: tuple[Reason, ...], text: str = "") -> None:
        super().__init__(identity, lacks, reasons=reasons)
        self.text = text


class Surroundings:
    """What references in a policy stand for, seen from one resource: its own name, account, Region and partition."""

    __slots__ = ("_names", "account", "address", "folder", "is_any", "kind", "name", "partition", "region")

    def __init__(
        self,
        address: str = "",
        kind: Kind | None = None,
        name: Pieces = (),
        *,
        region: Pieces = (OWN_REGION,),
        account: Pieces = (OWN_ACCOUNT,),
        partition: str = "",
        folder: Pieces = (),
        names: Callable[[], dict[str, Value[str]]] | None = None,
        is_any: bool = False,
    ) -> None:
        self.address = address
        self.is_any = is_any
        """Whether it may be any resource of the deployment: one that is mentioned, by a name that is not known."""
        self.kind = kind
        self.name = name
        self.region = region
        self.account = account
        self.partition = partition
        """Empty where it is not known: then an ARN is taken to be of the partition at hand, because nobody writes
        another one."""
        self.folder = folder
        """The path of a role or user, with slashes on both ends."""
        self._names = names

    def is_anothers(self, name: str) -> bool:
        """Whether another resource of the deployment has this name: for names that nobody else can have."""
        if self._names is None:
            return False
        return any(known.or_none() == name for address, known in self._names().items() if address != self.address)

    def pieces(self, value: Value[str]) -> Pieces:
        """The text of a value; of one of several, ask each of its `alternatives`."""
        content = value.or_none()
        if content is not None:
            return (content,)
        if value.reference is not None:
            return self._referred(value.reference, value.reasons)
        if value.input is not None:
            return (Hole(value.input, wild=True, reasons=value.reasons),)
        if not value.parts:
            return (Hole(("value", value), wild=True, reasons=value.reasons),) if value.reasons else ()
        found: list[str | Hole] = []
        inputs = reasons_of_inputs(value)
        for at, part in enumerate(value.parts):
            if isinstance(part, str):
                found.append(part)
            elif isinstance(part, Input):
                found.append(Hole(part, wild=True, reasons=inputs))
            elif part is None:
                found.append(Hole(("value", value, at), wild=True, reasons=inputs))
            else:
                found.extend(self._referred(part, value.reasons))
        return tuple(found)

    def _referred(self, reference: Reference, reasons: tuple[Reason, ...]) -> Pieces:
        """What an attribute of another resource is."""
        attribute = reference.path[0] if len(reference.path) == 1 else ""
        plain = Hole(("reference", reference.address, reference.path), reasons=reasons)
        if reference.type or reference.path == ("Ref",):
            return self._of_template(reference, str(attribute), plain)
        found = _TYPE.search(reference.address)
        if found is None:
            return (plain,)
        looked_up, kind = found[1] is not None, found[2]
        if looked_up and kind in ("aws_caller_identity", "aws_region", "aws_partition"):
            return self._own(kind, str(attribute), plain)
        known = KINDS.get(kind)
        if known is not None and attribute in known.names:
            return self._named(reference.address, known, looked_up, reasons)
        if known is not None and attribute in known.arns:
            return self._arn(reference.address, known, looked_up, reasons)
        if attribute == "arn":
            return self._foreign(reference.address, kind, reasons)
        return (plain,)

    def _of_template(self, reference: Reference, attribute: str, plain: Hole) -> Pieces:
        """What `Ref` and `Fn::GetAtt` give, and pseudo-parameters."""
        place = pseudo_parameter(reference)
        if place:
            return {"account": self.account, "region": self.region, "partition": (self.partition or "aws",)}[place]
        known = KINDS.get(OF_TEMPLATES.get(reference.type, ""))
        if known is not None and attribute == known.streamed:
            return (*self._arn(reference.address, known, False, plain.reasons), ":*")
        if known is not None and attribute in known.names:
            return self._named(reference.address, known, False, plain.reasons)
        if known is not None and attribute in known.arns:
            return self._arn(reference.address, known, False, plain.reasons)
        return self._foreign(reference.address, reference.type, plain.reasons) if is_arn(reference) else (plain,)

    def _own(self, kind: str, attribute: str, plain: Hole) -> Pieces:
        if kind == "aws_caller_identity" and attribute in ("account_id", "id"):
            return self.account
        if kind == "aws_region" and attribute in ("name", "id", "region"):
            return self.region
        if kind == "aws_partition" and attribute in ("partition", "id"):
            return (self.partition or "aws",)
        return (plain,)

    def _named(self, address: str, kind: Kind, looked_up: bool, reasons: tuple[Reason, ...]) -> Pieces:
        if address == self.address:
            return self.name
        perhaps = looked_up or self.is_any or "[?]" in address or "[*]" in address
        identity = ("name", kind.service, kind.head, address)
        if perhaps or kind is not self.kind:
            return (Hole(identity, kind.lacks, reasons=reasons),)
        known = self._names().get(address) if self._names is not None else None
        literal = known.or_none() if known is not None else None
        # Of two by one name, one is in another Region or account.
        return (Other(identity, kind.lacks, reasons, "" if self.name == (literal,) else literal or ""),)

    def _arn(self, address: str, kind: Kind, looked_up: bool, reasons: tuple[Reason, ...]) -> Pieces:
        name = self._named(address, kind, looked_up, reasons)
        if kind.service == "iam":
            mine = address == self.address
            folder: Pieces = self.folder if mine else (Hole(("path", address), ":*?", reasons=reasons),)
            if not mine and isinstance(name[0], Other):
                folder = ("/",)  # so that the name stands where it can be told from this one's
            name = (*folder, *name)
        # A resource of its own Region and account, which may be others: a reference names it whatever they are.
        return (
            f"arn:{self.partition or 'aws'}:{kind.service}:",
            *(() if kind.global_ else self.region),
            ":",
            *(() if kind.of_nobody else self.account),
            f":{kind.head}",
            *name,
        )

    def _foreign(self, address: str, type: str, reasons: tuple[Reason, ...]) -> Pieces:
        """The ARN of a resource of a type that is not listed: never that of the target unless of the same family."""
        family = _FAMILIES.get(self.kind.service) if self.kind is not None else None
        if self.kind is None:
            service: str | Hole = Hole(("service", address), ":*?", reasons=reasons)
        else:
            service = self.kind.service if family is not None and type.startswith(family) else _ELSEWHERE
        rest: list[str | Hole] = []
        for place in ("region", "account"):
            rest += [":", Hole((place, address), ":*?", reasons=reasons)]
        last = Hole(("resource", address), "*?", reasons=reasons)
        return (f"arn:{self.partition or 'aws'}:", service, *rest, ":", last)


def reasons_of_inputs(value: Value[str]) -> tuple[Reason, ...]:
    """Why a text is not known, without what its references are not known for: what the provider computes is one text,
    whichever. All reasons where there is nothing else."""
    named = [part.address for part in value.parts if isinstance(part, Reference)]
    referred = (*(f"`{address}." for address in named), *(f"`{address}` is known only" for address in named))
    return tuple(reason for reason in value.reasons if not reason.detail.startswith(referred)) or value.reasons


def surroundings_of(
    resource: Resource,
    kind: Kind,
    name: Value[str] | None,
    names: Callable[[], dict[str, Value[str]]] | None = None,
    folder: Pieces = (),
) -> Surroundings:
    """How the policies around a resource see it."""
    region, account = resource.location.region, resource.location.account
    partition = partition_of(region.or_none() or "") if region.or_none() else ""
    literal = (name.or_none() if name is not None else None) or ""
    if literal.startswith("arn:") and literal.count(":") >= 5:  # of something that only an ARN speaks of
        _, partition, _, its_region, its_account, last = literal.split(":", 5)
        region = Value.of(its_region, region.origin) if its_region else region
        account = Value.of(its_account, account.origin) if its_account else account
        named: Pieces = (last.removeprefix(kind.head),)
    elif literal:
        named = (literal,)
    else:
        hole = Hole(("name", kind.service, kind.head, resource.address), kind.lacks, reasons=_unnamed(resource, name))
        plain = Surroundings(account=_own(account, OWN_ACCOUNT), region=_own(region, OWN_REGION))
        shown = name is not None and (name.parts or name.input is not None)
        pieces = plain.pieces(name) if name is not None and shown and (kind.named or not may_be_empty(name)) else ()
        named = tuple(
            Hole(piece.identity, kind.lacks, reasons=piece.reasons) if isinstance(piece, Hole) else piece
            for piece in pieces
        ) or (hole,)
    return Surroundings(
        resource.address,
        kind,
        named,
        region=_own(region, OWN_REGION),
        account=_own(account, OWN_ACCOUNT),
        partition=partition,
        folder=folder,
        names=names,
        is_any=not resource.owned and not literal,
    )


def may_be_empty(value: Value[str]) -> bool:
    """Whether a text may turn out to be empty, or not set: of its pieces nothing but inputs is known."""
    if value.settled:
        return not value.or_none()
    return value.reference is None and all(part is None or isinstance(part, Input) for part in value.parts)


def _own(place: Value[str], mark: Hole) -> Pieces:
    literal = place.or_none()
    if literal:
        return (literal,)
    noun = "Region" if mark is OWN_REGION else "account"
    reason = Reason(Why.INPUT, f"the {noun} is not known, so the ARN cannot be compared", origin=place.origin)
    return (Hole(mark.identity, mark.lacks, reasons=place.reasons or (reason,)),)


def _unnamed(resource: Resource, name: Value[str] | None) -> tuple[Reason, ...]:
    if name is not None and name.reasons:
        return name.reasons
    detail = f"the name of `{resource.address}` is known only after it is created"
    return (Reason(Why.AFTER_APPLY, detail, origin=resource.origin),)


def with_variables(pieces: Pieces, variables: Variables) -> Pieces | None:
    """The pieces with policy variables replaced: `${aws:username}` by what `variables` says of the key, given in lower
    case, and its default. True makes each a hole, and False leaves all as they are written. None where the request does
    not say what one of them stands for. `${*}`, `${?}` and `${$}` become characters that are no wildcards."""
    if variables is False or not any(isinstance(piece, str) and "${" in piece for piece in pieces):
        return pieces
    found: list[str | Hole] = []
    waiting = list(pieces)
    while waiting:
        piece = waiting.pop(0)
        if isinstance(piece, Hole):
            found.append(piece)
            continue
        before, opened, behind = piece.partition("${")
        if before:
            found.append(before)
        if not opened:
            continue
        inside, closed, rest = behind.partition("}")
        holes: list[Hole] = []
        while not closed and waiting:  # a name with a hole in it, `${aws:PrincipalTag/${var.tag}}`
            following = waiting.pop(0)
            if isinstance(following, Hole):
                holes.append(following)
            else:
                inside, closed, rest = following.partition("}")
        if rest:
            waiting.insert(0, rest)
        if not closed and not holes:
            found.append(Literal("${" + inside))
        elif holes:
            reasons = tuple(reason for hole in holes for reason in hole.reasons)
            found.append(Hole(("variable", object()), wild=True, reasons=reasons))
        elif inside in ("*", "?", "$"):
            found.append(Literal(inside))
        else:
            name, _, default = (text.strip() for text in inside.partition(","))
            plain = default[1:-1] if len(default) > 1 and default[0] == default[-1] == "'" else None
            if variables is True:
                found.append(Hole(("variable", name.lower()), "*?"))
                continue
            said = variables(name.lower(), plain)
            if said is None:
                return None
            found.extend(said)
    return tuple(found)

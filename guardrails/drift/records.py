"""What there is to say of the difference between what was declared and what is there."""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.findings import Finding, GapNote, TargetNote
    from guardrails.kernel.origin import Origin


class Kind(Enum):
    """The four answers, the most urgent first."""

    VERDICT = "verdict"
    """A policy that passes for what is declared fails for what is there."""
    CHANGED = "changed"
    """It is there, and differs."""
    MISSING = "missing"
    """It is declared, and not there."""
    UNMANAGED = "unmanaged"
    """It is there, serves the audit trail, and nobody declared it."""


class Difference(Record):
    """One attribute that differs."""

    attribute: str
    """As the declaration spells it: `enable_log_file_validation`; the model's word where nothing is written."""
    field: str
    """The model's word for it, with the path below: `log_validation`, `policy.statements`."""
    declared: str
    """In words for people: `true`, `not set`, `Allow s3:GetObject to 444455556666`."""
    live: str
    origin: Origin
    """Where it is declared; the head of the resource where nothing is written."""


class Open(Record):
    """An attribute of which it cannot be said whether it differs."""

    attribute: str
    field: str
    why: str
    """`variable "days" has no value`, or which call was refused."""
    live: str
    """What the account says about it, where it says anything."""
    origin: Origin
    refused: bool = False
    """Whether it is the account that does not say."""


class Blame(Record):
    """A call that made a change, as CloudTrail recorded it."""

    event: str
    """`StopLogging`."""
    time: str
    principal: str
    source: str
    """The address, or the service, that it came from."""
    id: str = ""
    """`eventID` of the record."""
    fields: tuple[str, ...] = ()
    """The differences that it can have made, as `Difference.field`; empty where it is about the resource as a whole."""


class Called(Record):
    """What calls name a resource by, as far as it is known."""

    model: str
    """`AuditTrail`."""
    names: tuple[str, ...] = ()
    """Its name, its ARN and its id."""
    within: tuple[str, ...] = ()
    """The same of what it belongs to: the log group of a filter, the topic of a subscription, the bus of a rule."""
    region: str = ""
    """Empty for what has none, and where it is not known."""


class Drift(Record):
    """One resource that is not as declared, or one verdict."""

    kind: Kind
    noun: str
    """What it is: `trail`, `log bucket`."""
    type: str
    """The type in the source that has it: `aws_cloudtrail`, or `cloudtrail.trail` for what is only there."""
    declared: str
    """The address in the code; empty for what nobody declared."""
    live: str
    """The ARN or address in the account; empty for what is not there."""
    target: str
    """The root module, stack or plan; empty for what nobody declared."""
    account: str
    origin: Origin
    """Where it is declared; nowhere for what nobody declared."""
    differences: tuple[Difference, ...] = ()
    before: Finding | None = None
    after: Finding | None = None
    """For a verdict: what the policy says of the code, and of the account."""
    because: tuple[str, ...] = ()
    """For a verdict, the changes that explain it, as attributes; else what else there is to say."""
    called: Called | None = None
    """What calls name it by; none for a verdict."""
    by: tuple[Blame, ...] = ()
    """The calls that can have made it, the newest first."""
    ignored: str = ""
    """The reason of the rule that says to ignore it; it is told, and counts as none."""


class Comparison(Record):
    """All that a comparison has to say."""

    drifts: tuple[Drift, ...]
    opens: tuple[tuple[str, Open], ...] = ()
    """Address in the code → what could not be compared."""
    matched: int = 0
    """Resources that were found in both."""
    alike: int = 0
    """Of these, those that are as declared."""
    targets: tuple[TargetNote, ...] = ()
    gaps: tuple[GapNote, ...] = ()
    notices: tuple[str, ...] = ()

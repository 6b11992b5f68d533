"""What was read of AWS accounts: every answer, every refusal, and what was not asked for.

A snapshot is all that verdicts on an account are made of. It can be saved and judged again without the account. The
saved form is JSON, described in docs/snapshot.md; its version is `VERSION`.
"""

from __future__ import annotations

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1

DENIED = "denied"
"""The caller may not make the call."""
THROTTLED = "throttled"
"""AWS answered too often that there are too many calls."""
FAILED = "failed"
"""No answer for any other reason: a time-out, a fault of the service, an answer that cannot be read."""
EXPIRED = "expired"
"""The credentials ran out before the call."""


class Refusal(Record):
    """A call that was made and not answered."""

    operation: str
    """`cloudtrail.GetTrailStatus`, as botocore names service and operation."""
    action: str
    """The action that a policy has to allow for it: `cloudtrail:GetTrailStatus`."""
    kind: str
    """DENIED, THROTTLED, FAILED or EXPIRED."""
    code: str
    """The error code of AWS, or the name of the exception."""
    message: str
    """What was said, in one line."""
    region: str
    """The Region that was asked; empty for a service that has none."""


class Collected(Record):
    """One resource of an account, as its answers have it."""

    type: str
    """`cloudtrail.trail`: a type of the `live` columns of the lowerings."""
    address: str
    """Its ARN, or what stands for it where AWS gives it none; unique in the organization."""
    region: str
    """Where it lives; empty for one of a service without Regions."""
    account: str = ""
    """Whose it is, where that is not the account that was read: an organization trail as a member sees it."""
    answers: Mapping[str, object] = {}
    """By part (`trail`, `status`; see `kinds.KINDS`) what was answered, and beside the parts what the listing said of
    it. A part that was asked for and is not set is here with None; one that is missing was not asked for. Values are
    those of JSON, points in time as texts of ISO 8601."""
    refused: Mapping[str, Refusal] = {}
    """Part → why there is no answer."""


class Unlisted(Record):
    """A listing that was refused: resources of these types may exist that were not read."""

    types: tuple[str, ...]
    region: str
    refusal: Refusal
    about: str = ""
    """The address of the one resource that the listing is about (the targets of a rule); empty for all there are."""


class AccountSnapshot(Record):
    """What was read of one account."""

    id: str
    """Twelve digits."""
    name: str = ""
    """As the organization calls it."""
    partition: str = "aws"
    regions: tuple[str, ...] = ()
    """The Regions that were asked."""
    left_out: Mapping[str, str] = {}
    """Region → why it is out of scope: it is not enabled, or a policy of the organization denies it."""
    unasked: tuple[str, ...] = ()
    """Regions that are enabled and were not asked for, because the user named others."""
    types: frozenset[str] = frozenset()
    """The types that were asked for. Of others nothing is known."""
    resources: tuple[Collected, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    missing: tuple[str, ...] = ()
    """Addresses of this account that something points at, or that were listed, and that AWS says are not there."""
    organization_id: str = ""
    """Empty where the account is in none."""
    management_account: str = ""
    organization_unknown: Refusal | None = None
    """Why nothing is known of the organization. Without this, an empty `organization_id` says that it is in none."""
    began: str = ""
    ended: str = ""
    """When it was read, as 2027-01-31T12:00:00Z."""
    calls: Mapping[str, int] = {}
    """`cloudtrail.DescribeTrails` → requests that were sent, pages and repetitions counted."""
    failed: Refusal | None = None
    """Why nothing could be read of the account at all: the role could not be assumed."""


class Snapshot(Record):
    """What was read in one run."""

    accounts: tuple[AccountSnapshot, ...]
    taken: str = ""
    program: str = ""
    """The version that read it."""
    policies: tuple[str, ...] = ()
    """The ids of the policies it was read for; empty for all."""

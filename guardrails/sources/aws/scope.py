"""Which account is read, and what for."""

from __future__ import annotations

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.snapshot import Refusal


class Scope(Record):
    """The account that is read, and where in it."""

    account: str
    """Twelve digits."""
    regions: tuple[str, ...]
    name: str = ""
    partition: str = "aws"
    left_out: Mapping[str, str] = {}
    unasked: tuple[str, ...] = ()
    organization_id: str = ""
    management_account: str = ""
    organization_unknown: Refusal | None = None


class Wishes(Record):
    """What is asked for beyond what the account itself shows to matter."""

    names: Mapping[str, tuple[str, ...]] = {}
    """Type → glob patterns over names: what the configuration says to hold or serve audit data."""
    wanted: frozenset[str] = frozenset()
    """Addresses that other accounts point at. With any, nothing else is read: the rest was read before."""
    parts: Mapping[str, frozenset[str]] = {}
    """Type → the parts that are asked for; all of a type that is not named."""
    accounts: frozenset[str] = frozenset()
    """The accounts that are read in the same run: what belongs to one of them and is seen in another is asked about
    where it belongs, and only there."""

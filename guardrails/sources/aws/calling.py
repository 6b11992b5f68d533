"""The one seam to AWS: a call at a place, answered or refused."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.kernel.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from guardrails.sources.aws.snapshot import Refusal


NOT_YET_EVERYWHERE = ("UnknownOperationException", "InvalidAction")
"""What a Region or partition says of an operation that has not come there yet, in the two protocols. For newer
operations only: of one that is everywhere it would be something else that answers."""


class Call(Record):
    """One read-only operation. All of them stand in `kinds`."""

    service: str
    """As botocore names it: `cloudtrail`, `s3control`."""
    operation: str
    """`DescribeTrails`."""
    action: str
    """The IAM action that allows it, at times one of another name: `s3:GetEncryptionConfiguration`."""
    items: str = ""
    """For an answer in pages, the member that holds the items: all pages are put together into the first."""
    first_page: bool = False
    """Of an answer in pages the first is read and no other; the token that stays in it says that there are more."""
    absent: tuple[str, ...] = ()
    """Error codes that say that there is nothing, which is an answer: `NoSuchBucketPolicy`."""
    unsupported: tuple[str, ...] = ()
    """Error codes by which a Region or partition says that it has no such operation: nothing can be there."""

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"


class CallError(Exception):
    """A call that was not answered. Retries are behind it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.operation}: {refusal.code}: {refusal.message}")
        self.refusal = refusal


class Caller(Protocol):
    """How calls of one account are made. Safe to be used by several threads at once.

    Tests hand in recorded answers through this.
    """

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        """The answer, all pages together, with values of JSON only and without the metadata of the response; None where
        it says that there is nothing (`Call.absent`, `Call.unsupported`). An empty `region` is the one from which the
        partition's services without Regions are asked. Raises CallError."""

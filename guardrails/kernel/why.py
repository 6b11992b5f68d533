"""Why something is not known, and what would settle it."""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.origin import NOWHERE, Origin


class Why(Enum):
    """The closed list of causes of not knowing; reports switch on it."""

    INPUT = "input"
    """A variable or parameter without value."""
    AFTER_APPLY = "after-apply"
    """Computed by the provider; known only once it is deployed."""
    DENIED = "denied"
    """An API call was refused."""
    ELSEWHERE = "elsewhere"
    """Defined outside what was read: another deployment, a module that is not here."""
    CANNOT_SAY = "cannot-say"
    """This kind of source has no such attribute."""
    UNSUPPORTED = "unsupported"
    """Something this program does not evaluate."""
    INVALID = "invalid"
    """The source is wrong there: it does not parse or evaluate."""
    LIMIT = "limit"
    """A limit of this program was reached."""
    SENSITIVE = "sensitive"
    """Withheld on purpose."""


class Reason:
    """One cause of not knowing.

    `detail` is a sentence part without full stop (`variable "bucket" has no value`), `settle` what a person can do
    about it (`pass --var bucket=...`), empty where nothing can be done.
    """

    __slots__ = ("detail", "origin", "settle", "why")

    def __init__(self, why: Why, detail: str, settle: str = "", origin: Origin = NOWHERE) -> None:
        self.why = why
        self.detail = detail
        self.settle = settle
        self.origin = origin

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Reason)
            and self.why is other.why
            and self.detail == other.detail
            and self.settle == other.settle
            and self.origin == other.origin
        )

    def __hash__(self) -> int:
        return hash((self.detail, self.origin.start))

    def __repr__(self) -> str:
        return f"Reason({self.why.name}, {self.detail!r})"


class MadeOf(Reason):
    """Not known because it is made of an attribute of another resource, and of nothing else that is not known.

    Whether it is that attribute, or a text around it, is not seen: enough to tell which resource is meant, not what is
    written. `address` is that of the other resource.
    """

    __slots__ = ("address",)

    def __init__(self, why: Why, detail: str, settle: str, origin: Origin, address: str) -> None:
        super().__init__(why, detail, settle, origin)
        self.address = address

"""The narrow waist: what a source hands on. Nested mappings whose leaves are Values, and the deployment they form."""

from __future__ import annotations

from abc import ABC, abstractmethod

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.kernel.why import Reason


class Block(ABC):
    """A mapping as evaluated. Nothing is evaluated before it is asked for; asking twice costs once."""

    __slots__ = ()

    @property
    @abstractmethod
    def origin(self) -> Origin:
        """The head of the block."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The attributes and nested blocks that are written, sorted."""

    @abstractmethod
    def attribute(self, name: str) -> Value[object]:
        """The value of one attribute: `str`, `bool`, `int`, `Decimal`, or `list`/`dict` of these where all is known.

        Not written, or null: an unset Value whose origin is the head of the block, named after the attribute.
        """

    @abstractmethod
    def blocks(self, name: str) -> Many[Block]:
        """The nested mappings called `name`: repeated blocks, a list of mappings, or one mapping.

        Gaps say where a repetition over something unknown may add more.
        """

    @abstractmethod
    def elements(self, name: str) -> Many[Value[object]]:
        """The elements of a list- or set-valued attribute, each a Value of its own; none where it is not set.

        A scalar counts as a list of itself.
        """

    @abstractmethod
    def document(self, name: str) -> Many[Block]:
        """The JSON document in a text attribute (or an attribute that is the document itself), as one Block.

        None where it is not set; a gap where it is not known or does not parse.
        """


class Location(Record):
    """Where a resource will live, as far as the source says.

    `credentials` identifies how the account is reached (provider configuration without its region): two resources with
    equal credentials are in one account; with different ones they may or may not be.
    """

    credentials: str
    account: Value[str]
    region: Value[str]


class RawResource(Record):
    """One resource instance as a source sees it.

    `address` is the full address with instance keys and is what references point at; `managed` is False for something
    that is only looked up (a data source).
    """

    dialect: str
    type: str
    address: str
    block: Block
    exists: Truth
    location: Location
    managed: bool = True


class HidingPlace(ABC):
    """Something that could not be read and may hold resources: a module that is not here, a file that does not
    parse."""

    __slots__ = ()

    @property
    @abstractmethod
    def reason(self) -> Reason: ...

    @property
    def may_add(self) -> bool:
        """Whether it may well hold resources that have nothing to do with those that are seen: another trail."""
        return True

    def may_hold(self, types: Sequence[str]) -> bool:  # noqa: ARG002 - most places may hold anything
        """Whether it may hold resources of any of these types."""
        return True

    @abstractmethod
    def may_concern(self, address: str, names: Sequence[str]) -> bool:
        """Whether it may hold something attached to the resource with this address and these names.

        True unless everything that is handed into it is known and mentions neither.
        """


class AnythingHidden(HidingPlace):
    """Something that may hold whatever there is, and need not be told of a resource to attach to it."""

    __slots__ = ("_reason",)

    def __init__(self, reason: Reason) -> None:
        self._reason = reason

    @property
    def reason(self) -> Reason:
        return self._reason

    def may_concern(self, address: str, names: Sequence[str]) -> bool:  # noqa: ARG002 - the base's signature
        return True


class WrittenWaiver(Record):
    """A waiver as somebody wrote it into a source: `guardrails: …` in a comment, or whatever a source has for that.

    What it asks for is not read here. It covers what is written at `covers`, resources and calls as well as values, and
    all that a call written there leads to.
    """

    text: str
    """What stands behind `guardrails:`, in one line."""
    origin: Origin
    """The text itself."""
    subject: str
    """What it stands at, as people would name it: `aws_s3_bucket.logs`, `aws_s3_bucket.logs.versioning`."""
    covers: tuple[Origin, ...]
    """Ranges of text; none where it stands at nothing."""
    within: tuple[Origin, ...] = ()
    """The whole resource of which it covers a part; none where it covers the whole."""
    everywhere: bool = True
    """Whether all deployments that contain it are looked at in this run, as far as the source can tell."""


class Stated(Record):
    """What a source knows of the account as a whole; of code, the configuration has to say it."""

    account_id: Value[str]
    organization_id: Value[str]
    """Not set where the account is in no organization."""
    manages_organization: Truth
    expects_trail: Truth
    """Whether the account's trail must be here."""
    read_at: Value[str]
    """When all this was so, as 2027-01-31T12:00:00Z."""


class Joined(ABC):
    """Deployments that were read together, so that what one of them only refers to is found in another."""

    __slots__ = ()

    @abstractmethod
    def holder(self, literal: str, near: str = "") -> Deployment | None:
        """The deployment in which the resource with this ARN or name is to be looked for; None where that is not known,
        or it was not read. `near` is the account in which a name without one is meant."""

    @property
    def seen(self) -> tuple[str, Origin] | None:
        """What verdicts that hang on it are told to hang on, and where that is; None where nobody need be told."""
        return None


class Deployment(ABC):
    """What is deployed as one: a root module, a stack with its nested stacks, an account."""

    dialect: str
    source: str
    """The kind of source, as reports name it: `terraform`."""
    target: str
    """What the user would call it: the path of the root module."""

    @property
    def path(self) -> str:
        """The file or folder that it is deployed from, by which the configuration names it. Several deployments may
        have one, with different values."""
        return self.target

    @property
    def title(self) -> str:
        """What people call it, where `target` is a number; else empty."""
        return ""

    @property
    def parts(self) -> tuple[Deployment, ...]:
        """What it was put together from; nothing where it was not."""
        return ()

    def home(self, address: str) -> tuple[Deployment, str]:
        """The part that a resource is in, and its address there; the first part for what is of the whole."""
        return self, address

    def plain(self, text: str) -> str:
        """A text with all addresses as they are in their parts."""
        return text

    @abstractmethod
    def types(self) -> frozenset[str]:
        """The resource types that are declared anywhere in it (data sources as `data.TYPE`)."""

    @abstractmethod
    def resources(self, type: str) -> tuple[RawResource, ...]:
        """All instances of a type in a stable order; `data.TYPE` for data sources."""

    @abstractmethod
    def hiding_places(self) -> tuple[HidingPlace, ...]: ...

    @abstractmethod
    def gaps(self) -> tuple[Reason, ...]:
        """All that could not be read or evaluated so far, for the report."""

    @property
    @abstractmethod
    def origin(self) -> Origin:
        """A place that stands for the whole: the head of its first file."""

    def stated(self) -> Stated | None:
        """What is known of the account that it is deployed to; None where the configuration has to say it."""
        return None

    @property
    def joined(self) -> Joined | None:
        """What it was read together with, itself included."""
        return None

    def is_gone(self, types: tuple[str, ...], literal: str) -> bool:  # noqa: ARG002 - code cannot know
        """Whether the resource of one of these types that has this ARN or name is known not to exist, though something
        points at it."""
        return False

    def secrets(self) -> frozenset[str]:
        """Texts that the configuration marks as sensitive, as far as they were met: no report shows them."""
        return frozenset()

    def waivers(self) -> tuple[WrittenWaiver, ...]:
        """The waivers that are written in it. Two deployments that share a text share its waivers: equal origins."""
        return ()

    @property
    @abstractmethod
    def files(self) -> tuple[str, ...]:
        """The files that were read for it."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many resource instances were looked at."""

    def release(self) -> None:  # noqa: B027 - most deployments hold nothing that is worth letting go
        """Let go of what was read: nothing is asked any more."""

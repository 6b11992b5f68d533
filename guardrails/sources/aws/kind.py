"""How the resources of one type are found in an account and read, as a record that says it all.

Texts with braces are filled in. At a step `{Name}` is the member of the item that the chain has come to, or of one
before it; at a part it is what the resource's answers hold, by a dotted path: `{arn}`, `{group.logGroupName}`. Both
know `{account}`, `{region}` and `{partition}`. An item that is a text instead of an object is `{item}`. What a text
cannot say, a function says.
"""

from __future__ import annotations

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.sources.aws.calling import Call

    Context = Mapping[str, object]
    Filled = str | Callable[[Context], str]


class Step(Record):
    """One call of a listing, made for each item of the step before it."""

    call: Call
    items: str = ""
    """The dotted path of the items in the answer, through lists without a word; one object is one item. Empty: the
    answer itself is the item."""
    parameters: Mapping[str, object] = {}
    names: Mapping[str, Filled] = {}
    """What an item is called from here on beside its members, where a later step has members of the same name."""
    only: Callable[[Context], bool] | None = None
    """Whether the call is worth making, by what is known before it. None: always."""
    adds: bool = False
    """It adds `names` to the item of the step before it, which goes on without them where the call is not made or is
    refused; else its items take that one's place."""
    pick: Callable[[Mapping[str, object]], object] | None = None
    """Instead of `items`: the items, out of the answer."""
    about: Filled = ""
    """The address of the resource whose belongings are listed, at a step that is not the first."""


class Listing(Record):
    """How all resources of a kind are found in one place."""

    steps: tuple[Step, ...]
    of: str = ""
    """Made for each resource of this type that matters, with its answers at hand, instead of for each Region."""
    after: str = ""
    """Made only in Regions that have resources of this type: without one there can be none, or none that counts."""
    wished: bool = False
    """Made only if the configuration names some by a pattern; else those are read that something points at."""


class Part(Record):
    """What one call says of one resource."""

    name: str
    """Empty: the members of the answer are members of the resource itself."""
    call: Call
    parameters: Mapping[str, object]
    """A value may be a function of what is known."""
    path: str = ""
    """The dotted path of the part in the answer, through lists without a word; empty for all of it."""
    pick: Callable[[Mapping[str, object], Context], object] | None = None
    """Instead of a path: the part, out of the answer and what is known of the resource."""
    only: Callable[[Context], bool] | None = None
    """Whether the call is worth making, by what was said before it. None: always. Where it is not, there can be
    nothing, and so the part is None."""
    always: bool = False
    """Asked of every resource of a kind that is read sparingly, to find out whether it matters."""
    foreign: bool = False
    """Asked as well of a resource of another account that is seen in this one."""


class Pointer(Record):
    """Where a resource names another one, which matters if this one does."""

    path: str
    type: str


class Kind(Record):
    """How the resources of one type are found and read."""

    type: str
    address: Filled
    """The ARN of a resource, or what stands for it; empty for an item that is no resource of this type."""
    listings: tuple[Listing, ...] = ()
    regional: bool = True
    """Asked in each Region; False for a service that has none."""
    region: Filled = "{region}"
    """Where a resource lives, if it is not where it was listed."""
    listed: str | None = ""
    """The part that an item of a listing is. Empty: its members are those of the resource itself. None: it says no more
    than what the resource is called."""
    merged: bool = False
    """The items of all steps of a listing make up one resource, not the last one alone."""
    own: Mapping[str, Filled] = {}
    """Members beside the parts, which name the resource."""
    details: tuple[Part, ...] = ()
    """In the order in which they are asked."""
    name: str = ""
    """The dotted path of what the patterns of the configuration are compared with, of an ARN with its last field."""
    sparing: bool = False
    """Details are asked only of resources that matter, and only what those point at matters: something points at them,
    the configuration names them, or there is evidence. Else every resource matters."""
    evidence: Callable[[Context], bool] | None = None
    """Whether a resource matters by what it says itself."""
    points: tuple[Pointer, ...] = ()
    to_address: Callable[[str, Context], str] | None = None
    """The address of the resource of this type that a text names, from the view of the resource that the text stands
    in; empty if it names none of this type. None: nothing points at this type."""
    seed: Callable[[str], Mapping[str, object]] | None = None
    """What is known by the address alone of a resource that no listing has. None: what is not listed is not in the
    account."""
    alone: Listing | None = None
    """Where the listings were refused: how one that something points at is found by its `{address}`, if it is of the
    account that is read."""
    probe: Part | None = None
    """What is asked about a resource that something of the account points at and that is not the account's: only the
    answer that there is no such resource counts."""
    settled: Filled = ""
    """The address once the parts are read, for a kind that can be asked for by another name."""
    leaves_out: frozenset[str] = frozenset()
    """Members of a listed item, and of what the part "" says, that are not kept: tags, mail addresses."""
    gone: tuple[str, ...] = ()
    """Error codes that say that the resource itself is not there."""

    @property
    def parts(self) -> tuple[str, ...]:
        names = (self.listed, *(part.name for part in self.details))
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def flat(self) -> bool:
        """Its answers hold the members themselves: one that is missing is not set, unless the part "" was refused."""
        return self.listed == "" or any(not part.name for part in self.details)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call that is ever made for it, each once."""
        listings = (*self.listings, *((self.alone,) if self.alone else ()))
        listing = (step.call for each in listings for step in each.steps)
        made = (*listing, *(part.call for part in self.details), *((self.probe.call,) if self.probe else ()))
        return tuple({call.name: call for call in made}.values())


def arn_fields(text: str) -> tuple[str, str, str, str, str]:
    """Partition, service, Region, account and the rest of an ARN; five empty texts of what is none."""
    fields = text.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn":
        return ("", "", "", "", "")
    return (fields[1], fields[2], fields[3], fields[4], fields[5])

"""How often a block exists: `count`, `for_each` and `dynamic` over known, partly known and unknown values."""

from __future__ import annotations

from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Verdict, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.operators import choose, to_number
from guardrails.sources.terraform.values import Choice, EvalError, HclSet, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth

MOST_INSTANCES = 1_000

EXISTS = true()


class Slot(Record):
    """One place in an expansion: a key, what `each` or the iterator shows there, and whether it exists.

    `key` is an int under `count`, a string under `for_each`, None for a block that is not repeated. A `symbolic` slot
    stands for any number of instances whose keys are not known.
    """

    key: int | str | None
    each_key: object = None
    each_value: object = None
    exists: Truth = EXISTS
    symbolic: bool = False

    @property
    def suffix(self) -> str:
        """The key as it stands in an address."""
        if self.symbolic:
            return "[?]"
        if self.key is None:
            return ""
        return f"[{self.key}]" if isinstance(self.key, int) else f"[{quoted(self.key)}]"

    @property
    def certain(self) -> bool:
        return self.exists.verdict is Verdict.TRUE


class Expansion(Record):
    """All instances of a block.

    `repeated` says by what: "", "count" or "for_each". `ways` are the sets of keys that are possible where a condition
    is not known; empty where there is one way or no telling. `reasons` say why more, or others, may exist than the
    slots without symbol show.
    """

    repeated: str
    slots: tuple[Slot, ...]
    ways: tuple[frozenset[int | str | None], ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether exactly the instances that the slots show exist."""
        return not self.reasons

    def placed(self, origin: Origin) -> Expansion:
        """The same, reasons without a place standing at `origin`."""
        if not self.reasons and all(slot.certain for slot in self.slots):
            return self
        slots = tuple(
            slot if slot.certain else changed(slot, exists=unknown(*placed(slot.exists.reasons, origin)))
            for slot in self.slots
        )
        return Expansion(self.repeated, slots, self.ways, placed(self.reasons, origin))


def placed(reasons: tuple[Reason, ...], origin: Origin) -> tuple[Reason, ...]:
    """The reasons, those without a place standing at `origin`."""
    return tuple(r if r.origin is not NOWHERE else Reason(r.why, r.detail, r.settle, origin) for r in reasons)


SINGLE = Expansion("", (Slot(None),))


def by_count(value: object) -> Expansion:
    """The instances under `count = value`."""
    if isinstance(value, Choice):
        return _united("count", [_attempt(by_count, way) for way in value.alternatives], value.reasons)
    if value is None:
        raise EvalError("`count` is null")
    number = to_number(value)
    if isinstance(number, Unknown):
        return _symbolic("count", number.reasons)
    if not isinstance(number, int) or number < 0:
        raise EvalError("`count` must be a whole number of 0 or more")
    if number > MOST_INSTANCES:
        return _symbolic("count", (_too_many(number),))
    return Expansion("count", tuple(Slot(i, i, i) for i in range(number)))


def by_for_each(value: object) -> Expansion:
    """The instances under `for_each = value`: one for each key of a map or element of a set of strings."""
    if isinstance(value, Choice):
        return _united("for_each", [_attempt(by_for_each, way) for way in value.alternatives], value.reasons)
    if isinstance(value, Unknown):
        return _symbolic("for_each", value.reasons)
    if isinstance(value, HclSet):
        return _by_set(value)
    if value == []:
        # A conditional whose other branch is a set, of a type that is not known here, makes it one.
        return Expansion("for_each", ())
    if not isinstance(value, dict):
        raise EvalError("`for_each` must be a map or a set of strings")
    if len(value) > MOST_INSTANCES:
        return _symbolic("for_each", (_too_many(len(value)),))
    return Expansion("for_each", tuple(Slot(key, key, item) for key, item in value.items()))


def _by_set(value: HclSet) -> Expansion:
    if len(value.items) > MOST_INSTANCES:
        return _symbolic("for_each", (_too_many(len(value.items)),))
    slots: list[Slot] = []
    hidden: list[Unknown] = []
    for item in value.items:
        if isinstance(item, Unknown):
            hidden.append(item)
        elif isinstance(item, str):
            slots.append(Slot(item, item, item))
        else:
            raise EvalError("`for_each` over a set needs a set of strings")
    if not hidden:
        return Expansion("for_each", tuple(slots))
    reasons = tuple(dict.fromkeys(reason for item in hidden for reason in item.reasons))
    # One element alone is there, whatever it is; among others it may turn out to be one of them.
    exists = EXISTS if len(value.items) == 1 else unknown(*reasons)
    shown = hidden[0] if len(hidden) == 1 else Unknown(reasons)
    slots.append(Slot(None, shown, shown, exists, symbolic=True))
    return Expansion("for_each", tuple(slots), reasons=reasons)


def by_dynamic(value: object) -> Expansion:
    """The blocks of a `dynamic` block over `value`: any collection."""
    if isinstance(value, Choice):
        return _united("for_each", [_attempt(by_dynamic, way) for way in value.alternatives], value.reasons)
    if isinstance(value, Unknown):
        return _symbolic("for_each", value.reasons)
    if isinstance(value, dict):
        pairs: list[tuple[object, object]] = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    elif isinstance(value, HclSet):
        pairs = [(item, item) for item in value.items]
    else:
        raise EvalError("`for_each` of a dynamic block must be a collection")
    if len(pairs) > MOST_INSTANCES:
        return _symbolic("for_each", (_too_many(len(pairs)),))
    slots = []
    for i, (key, item) in enumerate(pairs):
        # Elements of a set may turn out to be equal: then there are fewer.
        doubtful = isinstance(value, HclSet) and isinstance(item, Unknown) and len(pairs) > 1
        exists = unknown(*item.reasons) if doubtful and isinstance(item, Unknown) else EXISTS
        slots.append(Slot(key if isinstance(key, str) else i, key, item, exists))
    return Expansion("for_each", tuple(slots))


def refused(repeated: str, reason: Reason) -> Expansion:
    """The expansion of a block whose `count` or `for_each` is wrong: anything may exist."""
    return _symbolic(repeated, (reason,))


def _symbolic(repeated: str, reasons: tuple[Reason, ...]) -> Expansion:
    key: object = Unknown(reasons)
    return Expansion(repeated, (Slot(None, key, key, unknown(*reasons), symbolic=True),), reasons=reasons)


def _attempt(expand: Callable[[object], Expansion], way: object) -> Expansion | None:
    try:
        return expand(way)
    except EvalError:
        return None  # terraform would refuse this way, so it is not the one that will be deployed


def _united(repeated: str, ways: Iterable[Expansion | None], reasons: tuple[Reason, ...]) -> Expansion:
    possible = [way for way in ways if way is not None]
    if not possible:
        raise EvalError(f"`{repeated}` is wrong whatever the condition")
    if any(slot.symbolic for way in possible for slot in way.slots):
        inner = tuple(dict.fromkeys(reason for way in possible for reason in way.reasons))
        return _symbolic(repeated, inner or reasons)
    shown: dict[int | str | None, list[Slot]] = {}
    for way in possible:
        for slot in way.slots:
            shown.setdefault(slot.key, []).append(slot)
    slots = []
    for key in sorted(shown, key=lambda key: (isinstance(key, str), key)):
        found = shown[key]
        exists = EXISTS if len(found) == len(possible) and all(s.certain for s in found) else unknown(*reasons)
        each_key = choose([slot.each_key for slot in found], reasons)
        each_value = choose([slot.each_value for slot in found], reasons)
        slots.append(Slot(key, each_key, each_value, exists))
    keys = tuple(dict.fromkeys(frozenset(slot.key for slot in way.slots) for way in possible))
    if len(keys) == 1 and all(slot.certain for slot in slots):
        return Expansion(repeated, tuple(slots))
    return Expansion(repeated, tuple(slots), keys, reasons)


def _too_many(number: int) -> Reason:
    return Reason(Why.LIMIT, f"{number} instances of one block are more than the {MOST_INSTANCES} that are followed")


def quoted(key: str) -> str:
    """A key between quotation marks, as terraform prints it in an address."""
    plain = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return '"' + plain.replace("${", "$${").replace("%{", "%%{") + '"'

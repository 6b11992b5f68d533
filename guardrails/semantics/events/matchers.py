"""What one value in the list of an event pattern says of a value, known or not.

The rules are those of the Amazon EventBridge User Guide ("Comparison operators for use in event patterns") and, where
it is silent, of AWS's open-source matcher, event-ruler. What neither settles is in `unsettled`.
"""

from __future__ import annotations

from functools import cached_property

from guardrails.kernel.record import Record
from guardrails.semantics.events import unsettled
from guardrails.semantics.fields import Test
from guardrails.semantics.shapes import EITHER, FAILS, HOLDS, NEVER, UNSETTLED, Glob, OneOf, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.kernel.why import Reason
    from guardrails.semantics.fields import Array, Field, Other
    from guardrails.semantics.shapes import Outcomes, Texts

Number = int | float


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Matcher(Record):
    """One element of a list. It says whether a scalar that is there matches."""

    def of_text(self, content: str) -> bool:
        raise NotImplementedError

    def of_texts(self, texts: Texts) -> Outcomes:
        raise NotImplementedError

    def of_other(self, value: Other) -> bool | None:
        """Of null, a boolean or a number."""
        raise NotImplementedError

    def of_numbers(self) -> Outcomes:
        """Of any number whatever."""
        return FAILS

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return ()

    @property
    def numbers(self) -> tuple[float, ...]:
        return ()


class TextLike(Matcher):
    """A text of some shape."""

    shape: Shape

    def of_text(self, content: str) -> bool:
        return self.shape.matches(content)

    def of_texts(self, texts: Texts) -> Outcomes:
        return texts.outcomes(self.shape)

    def of_other(self, value: Other) -> bool | None:  # noqa: ARG002 - none of them is a text
        return False

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return (self.shape,)


class Same(Matcher):
    """Null, a boolean or a number, as it is."""

    value: Other

    def of_text(self, content: str) -> bool:  # noqa: ARG002 - a text equals none of them
        return False

    def of_texts(self, texts: Texts) -> Outcomes:  # noqa: ARG002
        return FAILS

    def of_other(self, value: Other) -> bool | None:
        mine = self.value
        if not is_number(mine) or not is_number(value):
            return mine is value
        if mine != value:
            return False
        return True if type(mine) is type(value) else unsettled.NUMBERS_ARE_COMPARED_BY_VALUE

    def of_numbers(self) -> Outcomes:
        return EITHER if is_number(self.value) else FAILS

    @property
    def numbers(self) -> tuple[float, ...]:
        return (float(self.value),) if isinstance(self.value, int | float) and is_number(self.value) else ()


class Numeric(Matcher):
    """A number within bounds."""

    bounds: tuple[tuple[str, Number], ...]

    def of_text(self, content: str) -> bool:  # noqa: ARG002 - JSON numbers only
        return False

    def of_texts(self, texts: Texts) -> Outcomes:  # noqa: ARG002
        return FAILS

    def of_other(self, value: Other) -> bool | None:
        return (
            isinstance(value, int | float)
            and is_number(value)
            and all(_compare(operator, value, bound) for operator, bound in self.bounds)
        )

    def of_numbers(self) -> Outcomes:
        return EITHER

    @property
    def numbers(self) -> tuple[float, ...]:
        return tuple(float(bound) for _, bound in self.bounds)


def _compare(operator: str, value: Number, bound: Number) -> bool:
    if operator == "=":
        return value == bound
    if operator[0] == "<":
        return value < bound or (operator == "<=" and value == bound)
    return value > bound or (operator == ">=" and value == bound)


class AnythingBut(Matcher):
    """Any scalar that is there but those of some shape, or those numbers."""

    excluded: Shape
    values: tuple[Number, ...]

    def of_text(self, content: str) -> bool:
        return not self.excluded.matches(content)

    def of_texts(self, texts: Texts) -> Outcomes:
        return frozenset(not holds for holds in texts.outcomes(self.excluded))

    def of_other(self, value: Other) -> bool | None:
        return not (is_number(value) and value in self.values)

    def of_numbers(self) -> Outcomes:
        return EITHER if self.values else HOLDS

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return (self.excluded,)

    @property
    def numbers(self) -> tuple[float, ...]:
        return tuple(float(value) for value in self.values)


class Present(Matcher):
    """`exists: true`: any scalar."""

    def of_text(self, content: str) -> bool:  # noqa: ARG002
        return True

    def of_texts(self, texts: Texts) -> Outcomes:  # noqa: ARG002
        return HOLDS

    def of_other(self, value: Other) -> bool | None:  # noqa: ARG002
        return True

    def of_numbers(self) -> Outcomes:
        return HOLDS


class Leaf(Test):
    """The whole list of one field: one element that matches is enough.

    `absent` is whether `exists: false` is among them; `open_for` are the reasons why an element is not known.
    """

    __slots__ = ("__dict__", "absent", "matchers", "open_for")

    def __init__(
        self, matchers: tuple[Matcher, ...], *, absent: bool = False, open_for: tuple[Reason, ...] = ()
    ) -> None:
        self.matchers = matchers
        self.absent = absent
        self.open_for = open_for
        self.shapes = tuple(dict.fromkeys(shape for one in matchers for shape in one.shapes))
        self.numbers = tuple(dict.fromkeys(number for one in matchers for number in one.numbers))

    @cached_property
    def _rest(self) -> tuple[Matcher, ...]:
        return tuple(one for one in self.matchers if not isinstance(one, TextLike))

    @cached_property
    def _like(self) -> Shape | None:
        """All texts that one of the elements asks for."""
        shapes = tuple(one.shape for one in self.matchers if isinstance(one, TextLike))
        return OneOf(shapes) if len(shapes) > 1 else shapes[0] if shapes else None

    def of_value(self, value: object) -> bool | None:
        """Of a value that is there. An object is no leaf; of an array one element is enough."""
        if isinstance(value, str):
            return any(one.of_text(value) for one in self.matchers)
        if isinstance(value, dict):
            return self.absent
        if isinstance(value, list):
            return self._of_list(value)
        return _some(one.of_other(value) for one in self.matchers)  # type: ignore[arg-type]  # JSON has no others

    def _of_list(self, values: list[object]) -> bool | None:
        if not values:
            return unsettled.EMPTY_ARRAYS_EXIST if self.absent else False
        found = _some(False if isinstance(one, dict) else self.of_value(one) for one in values)
        if found is False and self.absent and all(isinstance(one, dict) for one in values):
            return True
        return found

    def of_texts(self, texts: Texts) -> Outcomes:
        answers = [one.of_texts(texts) for one in self._rest]
        if self._like is not None:
            answers.append(texts.outcomes(self._like))
        return _either(answers)

    def of_other(self, value: Other) -> bool | None:
        return _some(one.of_other(value) for one in self.matchers)

    def of_numbers(self) -> Outcomes:
        return _either([one.of_numbers() for one in self.matchers])

    def of_absent(self) -> bool | None:
        return self.absent

    def of_object(self) -> bool | None:
        return self.absent

    def of_array(self, array: Array) -> Outcomes:
        """Of one element at least; nothing is known of those that are not listed."""
        found = FAILS
        for item in array.items:
            found = _either([found, self._of_item(item)])
        if not array.closed:
            return HOLDS if found == HOLDS else EITHER | found
        if not array.items:
            return frozenset((unsettled.EMPTY_ARRAYS_EXIST if self.absent else False,))
        return found | EITHER if self.absent and found != HOLDS else found

    def _of_item(self, item: Field) -> Outcomes:
        found = item.outcomes(self)
        return found | EITHER if self.absent and (item.absent or item.members is not None) else found


def _some(answers: Iterable[bool | None]) -> bool | None:
    open_ended = False
    for answer in answers:
        if answer:
            return True
        open_ended = open_ended or answer is None
    return None if open_ended else False


def _either(answers: list[Outcomes]) -> Outcomes:
    """What one of several tests says that are asked of the same values: certain where one of them is."""
    if not answers:
        return FAILS
    if HOLDS in answers:
        return HOLDS
    if all(answer in (FAILS, NEVER) for answer in answers):
        return FAILS
    joined = frozenset().union(*answers)
    return joined if len(joined) > 1 or joined == UNSETTLED else joined | EITHER


# --- shapes -----------------------------------------------------------------------------------------------------------


class Network(Shape):
    """An address within a range of addresses (`10.0.0.0/8`)."""

    cidr: str

    def matches(self, content: str) -> bool:
        from ipaddress import ip_address

        if "%" in content:
            return False
        try:
            address = ip_address(content)
        except ValueError:
            return False
        network = network_of(self.cidr)
        return network is not None and address.version == network.version and address in network

    def samples(self) -> Iterable[str]:
        network = network_of(self.cidr)
        return () if network is None else (str(network.network_address), str(network.broadcast_address))

    def _excludes(self, other: Shape) -> bool:
        return isinstance(other, Glob) and not all(_OF_ADDRESSES.issuperset(piece) for piece in other.pieces)

    def _implies(self, other: Shape) -> bool:
        from guardrails.semantics.shapes import Address

        return isinstance(other, Address) or self == other


_OF_ADDRESSES = frozenset("0123456789abcdefABCDEF.:")


def network_of(cidr: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - naming the type would import a heavy module
    """The range of addresses, None for a text that is none."""
    from ipaddress import ip_network

    try:
        return ip_network(cidr, strict=False) if "/" in cidr else None
    except ValueError:
        return None

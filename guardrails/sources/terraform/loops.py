"""What the expressions inside a `for` or a splat see, and how much work all expressions of a root may do."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.operators import LONGEST_LIST, over, to_bool, unknown_from
from guardrails.sources.terraform.traversal import elements
from guardrails.sources.terraform.values import Choice, EvalError, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.sources.terraform.hcl.nodes import Expression, Scope

MOST_WORK = 1_000_000
"""How much the expressions of one root may do together: nested loops multiply, and so do modules and instances.

An element of a loop counts for 1 and for every 64 characters of the loop's text, an element of a collection that a
function takes or makes for 1, and 64 characters of a string for 1.
"""

EXHAUSTED = Unknown((Reason(Why.LIMIT, f"the expressions of the root take more than {MOST_WORK} steps"),))


class Loop:
    """The scope of one loop; `key` and `value` change from one element to the next."""

    __slots__ = ("base", "key", "key_name", "outer", "splat", "value", "value_name", "work")

    def __init__(
        self, outer: Scope, value_name: str | None, key_name: str | None = None, splat: Expression | None = None
    ) -> None:
        self.outer = outer
        self.value_name = value_name
        self.key_name = key_name
        self.splat = splat
        self.key: object = None
        self.value: object = None
        if isinstance(outer, Loop):
            self.base: Scope = outer.base
            self.work: list[int] = outer.work
        else:
            self.base = outer
            self.work = getattr(outer, "work", None) or [0]

    def lookup(self, name: str, node: Expression) -> object:
        if name == self.value_name or node is self.splat:
            return self.value
        if name == self.key_name:
            return self.key
        return self.outer.lookup(name, node)

    def charge(self, amount: int) -> bool:
        """Whether that much more may be done; counts it."""
        self.work[0] += amount
        return self.work[0] <= MOST_WORK


def afford(scope: Scope, value: object) -> object:
    """A value that was just made, or the limit if too much was made."""
    return value if charge(scope, weight(value)) else EXHAUSTED


def weight(value: object) -> int:
    """What a value counts for that is taken or made."""
    # A character weighs less than an element.
    return len(value) >> 6 if isinstance(value, str) else len(value) if isinstance(value, (list, dict)) else 0


def charge(scope: object, amount: int) -> bool:
    """Whether that much more may be done in a scope; counts it."""
    work: list[int] | None = getattr(scope, "work", None)
    if work is None:
        return amount <= MOST_WORK
    work[0] += amount
    return work[0] <= MOST_WORK


def looped(
    scope: Scope,
    collection: object,
    key_name: str | None,
    value_name: str,
    body: Callable[[Loop, list[tuple[object, object]]], object],
    length: int = 0,
) -> object:
    """What a `for` makes of the elements of a collection; unknown if these are. `length` is that of its text."""
    if isinstance(collection, Choice):
        return over(collection, lambda one: looped(scope, one, key_name, value_name, body, length))
    loop = Loop(scope, value_name, key_name)
    if not loop.charge(0):  # To take a collection apart is work already.
        return EXHAUSTED
    items = elements(collection)
    if isinstance(items, Unknown):
        return items
    if len(items) > LONGEST_LIST or not loop.charge(len(items) * (1 + (length >> 6))):
        return EXHAUSTED
    return body(loop, items)


_ELEMENT = Unknown((Reason(Why.INPUT, "an element of an empty collection"),))


def is_wanted(condition: Expression, loop: Loop) -> bool | Unknown:
    """Whether the `if` of a `for` keeps the element that the loop is at."""
    try:
        answer = to_bool(condition.evaluate(loop))
    except EvalError as error:
        raise condition.located(error) from None
    return unknown_from(answer) if isinstance(answer, Unknown) else answer


def try_out(condition: Expression, loop: Loop) -> None:
    """Evaluate the `if` on an unknown element. Terraform does so first, which shows only if there is no other one."""
    loop.key = loop.value = _ELEMENT
    is_wanted(condition, loop)

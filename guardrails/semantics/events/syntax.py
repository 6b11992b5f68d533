"""From a document to an event pattern, or to what is wrong with it."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.semantics.events.document import ArrayNode, Hole, Malformed, ObjectNode, Scalar, read
from guardrails.semantics.events.matchers import (
    AnythingBut,
    Leaf,
    Matcher,
    Network,
    Numeric,
    Present,
    Same,
    TextLike,
    is_number,
    network_of,
)
from guardrails.semantics.shapes import AnyCase, Glob, OneOf, exact, lower, prefix, suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from guardrails.kernel.why import Reason
    from guardrails.semantics.events.document import Node
    from guardrails.semantics.shapes import Shape

LONGEST = 4096
"""Characters that a pattern may have, unless AWS raised the quota."""
MOST_BRANCHES = 1000
_OPERATORS = frozenset(
    ("anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard")
)
_NO_TEXT = OneOf(())
"""What no text matches."""


class PatternFault(Record):
    """Why EventBridge refuses a pattern, and the offset in its text."""

    position: int
    message: str


class Note(Record):
    """Something in a pattern that is allowed and hardly meant."""

    position: int
    message: str


class Condition(Record):
    """A field that must match: `steps` lead to it from the object around it, `path` from the event."""

    steps: tuple[str, ...]
    path: tuple[str, ...]
    leaf: Leaf


class Part(Record):
    """An object of a pattern: all of its fields, all nested objects, and one branch of each `$or` must match.

    What stands in one object must be met within one element of an array.
    """

    conditions: tuple[Condition, ...]
    nested: tuple[tuple[tuple[str, ...], Part], ...]
    choices: tuple[tuple[Part, ...], ...]

    @property
    def branches(self) -> int:
        """Combinations of branches."""
        count = 1
        for _, inner in self.nested:
            count *= inner.branches
        for choice in self.choices:
            count *= sum(branch.branches for branch in choice)
        return count


class _RefusedError(Exception):
    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.fault = PatternFault(position, message)


def parse_text(text: str) -> tuple[Part, tuple[Note, ...]] | PatternFault:
    if len(text) > LONGEST:
        return PatternFault(LONGEST, f"the pattern has {len(text)} characters, and {LONGEST} are allowed")
    try:
        document = read(text)
    except Malformed as error:
        return PatternFault(error.position, error.message)
    return parse_document(document)


def parse_document(document: Node) -> tuple[Part, tuple[Note, ...]] | PatternFault:
    compiler = _Compiler()
    try:
        if not isinstance(document, ObjectNode):
            _refuse(document, "a pattern is an object")
        part = compiler.part(document, ())
        if part.branches > MOST_BRANCHES:
            _refuse(document, f"`$or` makes {part.branches} combinations, and {MOST_BRANCHES} are allowed")
    except _RefusedError as refused:
        return refused.fault
    return part, tuple(compiler.notes)


def _refuse(at: Node, message: str) -> NoReturn:
    raise _RefusedError(at.position, message)


class _Compiler:
    def __init__(self) -> None:
        self.notes: list[Note] = []

    def part(self, document: ObjectNode, above: tuple[str, ...]) -> Part:
        if not document.members:
            _refuse(document, "an empty object is not allowed")
        members = {}
        for member in document.members:
            if member.name in members:
                self.notes.append(Note(member.position, f"`{member.name}` is repeated: only the last one counts"))
            members[member.name] = member
        conditions: list[Condition] = []
        nested: list[tuple[tuple[str, ...], Part]] = []
        choices: list[tuple[Part, ...]] = []
        for name, member in members.items():
            value = member.value
            if name == "$or" and isinstance(value, ArrayNode) and _are_branches(value):
                choices.append(tuple(self.part(one, above) for one in value.items if isinstance(one, ObjectNode)))
                continue
            if "." in name:
                self.notes.append(
                    Note(member.position, f"`{name}` happens to mean nested fields; AWS advises against relying on it")
                )
            steps = tuple(name.split("."))
            if isinstance(value, ObjectNode):
                nested.append((steps, self.part(value, (*above, *steps))))
            elif isinstance(value, ArrayNode):
                conditions.append(Condition(steps, (*above, *steps), _leaf(value)))
            elif isinstance(value.content, Hole):
                conditions.append(Condition(steps, (*above, *steps), Leaf((), open_for=value.content.reasons)))
            else:
                _refuse(value, f"the value of `{name}` must be a list or an object")
        return Part(tuple(conditions), tuple(nested), tuple(choices))


def _are_branches(value: ArrayNode) -> bool:
    """Whether the list behind `$or` is one of patterns. With less than two it is taken for a field of that name."""
    return len(value.items) > 1 and all(
        isinstance(one, ObjectNode) and not all(member.name in _OPERATORS for member in one.members)
        for one in value.items
    )


# --- the list of a field ----------------------------------------------------------------------------------------------


def _leaf(listed: ArrayNode) -> Leaf:
    if not listed.items:
        _refuse(listed, "an empty list is not allowed")
    matchers: list[Matcher] = []
    reasons: list[Reason] = []
    absent = False
    for item in listed.items:
        if isinstance(item, ArrayNode):
            _refuse(item, "a list within the list of a field is not allowed")
        if isinstance(item, Scalar):
            if isinstance(item.content, Hole):
                reasons += item.content.reasons
            else:
                matchers.append(TextLike(exact(item.content)) if isinstance(item.content, str) else Same(item.content))
            continue
        operator, value = _operator(item)
        holes = _holes(value)
        if holes:
            reasons += holes
        elif operator == "exists":
            if not isinstance(value, Scalar) or not isinstance(value.content, bool):
                _refuse(value, "`exists` is true or false")
            absent = absent or not value.content
            matchers += [Present()] if value.content else []
        else:
            matchers.append(_MATCHERS[operator](value))
    return Leaf(tuple(matchers), absent=absent, open_for=tuple(dict.fromkeys(reasons)))


def _operator(item: ObjectNode) -> tuple[str, Node]:
    if len(item.members) != 1:
        _refuse(item, "one operator is expected, with its value")
    member = item.members[0]
    if member.name not in _OPERATORS:
        raise _RefusedError(member.position, f"`{member.name}` is no operator of event patterns")
    return member.name, member.value


def _holes(node: Node) -> tuple[Reason, ...]:
    if isinstance(node, Scalar):
        return node.content.reasons if isinstance(node.content, Hole) else ()
    if isinstance(node, ArrayNode):
        return tuple(reason for item in node.items for reason in _holes(item))
    return tuple(reason for member in node.members for reason in _holes(member.value))


def _text(node: Node, what: str) -> str:
    if not isinstance(node, Scalar) or not isinstance(node.content, str):
        _refuse(node, f"{what} is a text")
    return node.content


def _affix(make: Callable[[str], Glob], name: str) -> Callable[[Node], Matcher]:
    def matcher(node: Node) -> Matcher:
        if isinstance(node, ObjectNode):
            operator, value = _operator(node)
            if operator != "equals-ignore-case":
                _refuse(node, f"`{name}` takes a text, or `equals-ignore-case` with one")
            return TextLike(AnyCase(make(lower(_text(value, f"`{operator}`")))))
        return TextLike(make(_text(node, f"`{name}`")))

    return matcher


def _any_case(node: Node) -> Matcher:
    return TextLike(AnyCase(exact(lower(_text(node, "`equals-ignore-case`")))))


def _wildcard(node: Node) -> Matcher:
    return TextLike(_wild(node))


def _wild(node: Node) -> Glob:
    """A text in which `*` stands for any text; a backslash makes it, and itself, a plain character."""
    written = _text(node, "`wildcard`")
    pieces = [""]
    at, stars = 0, 0
    while at < len(written):
        letter = written[at]
        if letter == "\\":
            if written[at + 1 : at + 2] not in ("*", "\\"):
                _refuse(node, "in `wildcard` a backslash stands before `*` or another backslash only")
            pieces[-1] += written[at + 1]
            at += 2
            stars = 0
            continue
        stars = stars + 1 if letter == "*" else 0
        if stars > 1:
            _refuse(node, "`**` is not allowed in `wildcard`")
        if letter == "*":
            pieces.append("")
        else:
            pieces[-1] += letter
        at += 1
    return Glob(tuple(pieces))


def _cidr(node: Node) -> Matcher:
    written = _text(node, "`cidr`")
    if network_of(written) is None:
        _refuse(node, f"`{written}` is no range of addresses")
    return TextLike(Network(written))


def _numeric(node: Node) -> Matcher:
    if not isinstance(node, ArrayNode) or not node.items or len(node.items) % 2 or len(node.items) > 4:
        _refuse(node, "`numeric` takes one or two comparisons, each an operator and a number")
    bounds: list[tuple[str, int | float]] = []
    for said, value in zip(node.items[::2], node.items[1::2], strict=True):
        operator = _text(said, "the operator of `numeric`")
        if operator not in ("=", "<", "<=", ">", ">="):
            _refuse(said, f"`{operator}` is no comparison of `numeric`")
        if not isinstance(value, Scalar) or not isinstance(value.content, int | float) or not is_number(value.content):
            _refuse(value, "`numeric` compares with a number")
        bounds.append((operator, value.content))
    if len(bounds) == 2:
        (lower_operator, low), (upper_operator, high) = bounds
        if lower_operator[0] != ">" or upper_operator[0] != "<":
            _refuse(node, "two comparisons of `numeric` are a lower bound and then an upper one")
        if low >= high:
            _refuse(node, "the lower bound of `numeric` is not below the upper one")
    return Numeric(tuple(bounds))


def _anything_but(node: Node) -> Matcher:
    if isinstance(node, ObjectNode):
        operator, value = _operator(node)
        if operator not in _NEGATED:
            _refuse(node, f"`anything-but` does not take `{operator}`")
        items = value.items if isinstance(value, ArrayNode) else (value,)
        if not items:
            _refuse(value, "`anything-but` takes at least one value")
        return AnythingBut(OneOf(tuple(_NEGATED[operator](item) for item in items)), ())
    items = node.items if isinstance(node, ArrayNode) else (node,)
    contents = [item.content for item in items if isinstance(item, Scalar)]
    if contents and len(contents) == len(items):
        if all(isinstance(content, str) for content in contents):
            shapes = tuple(exact(content) for content in contents if isinstance(content, str))
            return AnythingBut(shapes[0] if len(shapes) == 1 else OneOf(shapes), ())
        if all(is_number(content) for content in contents):
            numbers = tuple(content for content in contents if isinstance(content, int | float))
            return AnythingBut(_NO_TEXT, numbers)
    _refuse(node, "`anything-but` takes texts or numbers, not both, and at least one")


def _negated_affix(make: Callable[[str], Glob], name: str) -> Callable[[Node], Shape]:
    def shape(node: Node) -> Shape:
        if isinstance(node, ObjectNode):
            operator, value = _operator(node)
            if operator != "equals-ignore-case":
                _refuse(node, f"`{name}` takes a text, or `equals-ignore-case` with one")
            return AnyCase(make(lower(_text(value, f"`{operator}`"))))
        written = _text(node, f"`{name}`")
        if not written:
            _refuse(node, f"an empty `{name}` is not allowed in `anything-but`")
        return make(written)

    return shape


_NEGATED: dict[str, Callable[[Node], Shape]] = {
    "prefix": _negated_affix(prefix, "prefix"),
    "suffix": _negated_affix(suffix, "suffix"),
    "equals-ignore-case": lambda node: AnyCase(exact(lower(_text(node, "`equals-ignore-case`")))),
    "wildcard": _wild,
}
_MATCHERS: dict[str, Callable[[Node], Matcher]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _any_case,
    "numeric": _numeric,
    "prefix": _affix(prefix, "prefix"),
    "suffix": _affix(suffix, "suffix"),
    "wildcard": _wildcard,
}

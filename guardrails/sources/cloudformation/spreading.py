"""The entries of a mapping once its loops are followed: `Fn::ForEach::…`."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Broken, Call, Entry, Mapping, Node, Scalar, Sequence
from guardrails.sources.terraform.values import Choice, EvalError, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.cloudformation.stack import Scope

LOOP = "Fn::ForEach::"
DEPLOYED = "scan the template as deployed: `aws cloudformation get-template --template-stage Processed`"
_COPY = 10
"""Steps that one copy of an entry counts for: it stays."""
MOST_COPIES = 1_000
"""Copies that one loop makes."""

_IDENTIFIER = compile_later(r"([$&])\{\s*([A-Za-z0-9]+)\s*\}")
_NO_NAME = compile_later(r"[^0-9A-Za-z]+")


class Field(Record):
    """One entry, and the scope of its value."""

    entry: Entry
    scope: Scope


class Spread(Record):
    """All entries by key, and why there may be others."""

    fields: dict[str, Field]
    gaps: tuple[Reason, ...] = ()


NOTHING = Spread({})


def spread(node: Node, scope: Scope, what: str) -> Spread:
    """The entries of a node that is to be a mapping; `what` names it for messages."""
    if isinstance(node, Call) and node.name.startswith("Fn::"):
        node = node.as_mapping()
    if isinstance(node, Scalar) and node.content is None:
        return NOTHING
    if not isinstance(node, Mapping):
        detail = node.message if isinstance(node, Broken) else f"`{what}` is no mapping"
        return Spread({}, (Reason(Why.INVALID, detail, "", scope.place(node)),))
    found: dict[str, Field] = {}
    gaps: list[Reason] = []
    _gather(node, scope, found, gaps)
    return Spread(found, tuple(dict.fromkeys(gaps)))


def _gather(node: Mapping, scope: Scope, found: dict[str, Field], gaps: list[Reason]) -> None:
    for entry in node.entries:
        key = entry.key
        if key.startswith("Fn::"):
            if key.startswith(LOOP):
                try:
                    _repeat(entry, scope, found, gaps)
                except EvalError as error:
                    gaps.append(scope.run.refused(error, scope.place(entry.value)))
            elif key == "Fn::Transform":
                gaps.append(included(entry.value, scope))
            else:
                detail = f"`{key}` stands beside other keys, where a function must stand alone"
                gaps.append(Reason(Why.INVALID, detail, "", scope.stack.head(entry)))
        else:
            found[named(key, scope) if scope.bound else key] = Field(entry, scope)


def _repeat(entry: Entry, scope: Scope, found: dict[str, Field], gaps: list[Reason]) -> None:
    """The copies that one loop makes."""
    parts = entry.value.items if isinstance(entry.value, Sequence) else ()
    if len(parts) != 3 or not isinstance(parts[0], Scalar) or not isinstance(parts[2], (Mapping, Call)):
        raise EvalError(f"`{entry.key}` takes an identifier, a list, and a mapping to be repeated")
    body = parts[2].as_mapping() if isinstance(parts[2], Call) else parts[2]
    from guardrails.sources.cloudformation.transforms import EXTENSIONS, extends_the_language

    if not extends_the_language(scope.stack):
        raise EvalError(f"`{entry.key}` needs `Transform: {EXTENSIONS}`")
    identifier = parts[0].text
    values, reasons = _values(parts[1], scope, entry.key)
    gaps += reasons
    for value in values:
        scope.run.charge(_COPY * (1 + len(body.entries)))
        _gather(body, scope.binding(identifier, value), found, gaps)


def _values(node: Node, scope: Scope, what: str) -> tuple[list[str], tuple[Reason, ...]]:
    """What a loop goes over: the values that are sure, and why there may be others."""
    from guardrails.sources.cloudformation.evaluation import as_text, evaluate

    found = evaluate(node, scope)
    if isinstance(found, Choice):
        # Copies that may or may not be made: none of them is sure.
        return [], found.reasons
    if isinstance(found, Unknown):
        return [], found.reasons
    if not isinstance(found, list):
        raise EvalError(f"`{what}` goes over something that is no list")
    if len(found) > MOST_COPIES:
        detail = f"`{what}` makes more than the {MOST_COPIES} copies that are followed"
        return [], (Reason(Why.LIMIT, detail, "", scope.place(node)),)
    values: list[str] = []
    reasons: list[Reason] = []
    for one in found:
        text = as_text(one)
        if isinstance(text, str):
            values.append(text)
        else:
            reasons += text.reasons
    return values, tuple(reasons)


def named(text: str, scope: Scope) -> str:
    """A key or name with the identifiers of loops replaced: `${X}` by the value, `&{X}` by its letters and digits."""
    if "{" not in text:
        return text
    bound = scope.bound

    def value(found: object) -> str:
        mark, name = found[1], found[2]  # type: ignore[index] # a match; `re` is not imported to say so
        if name not in bound:
            return str(found[0])  # type: ignore[index] # as above
        return bound[name] if mark == "$" else _NO_NAME.sub("", bound[name])

    return _IDENTIFIER.sub(value, text)


def included(argument: Node, scope: Scope) -> Reason:
    """Why it is not known what a transform puts here."""
    name = argument.get("Name") if isinstance(argument, Mapping) else None
    called = name.text if isinstance(name, Scalar) else "Fn::Transform"
    detail = f"what `{called}` puts here is not known: macros and includes are not run"
    return Reason(
        Why.UNSUPPORTED,
        detail,
        "scan the template as deployed: `aws cloudformation get-template`",
        scope.place(argument),
    )

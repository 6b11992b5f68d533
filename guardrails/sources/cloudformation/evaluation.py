"""What a node of a template stands for.

Known values are plain Python: `str`, `bool`, `int`, `Decimal`, `list`, `dict`, and `None` for `AWS::NoValue` and null,
which no list or mapping keeps. What is not known is one of `guardrails.sources.terraform.values`. Nothing here raises:
a function that is used wrongly is unknown, and its place is noted.
"""

from __future__ import annotations

from itertools import chain

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.attributes import Attribute
from guardrails.sources.cloudformation.nodes import Broken, Call, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.spreading import LOOP, included, named, spread
from guardrails.sources.cloudformation.stack import LimitError
from guardrails.sources.terraform.equality import choose
from guardrails.sources.terraform.typesystem import STRING
from guardrails.sources.terraform.values import Choice, EvalError, Input, JsonText, Ref, Text, Unknown, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Sequence as List

    from guardrails.sources.cloudformation.stack import Scope

MOST_WAYS = 16
"""Combinations of alternatives that one expression is worked out for."""


def evaluate(node: Node, scope: Scope) -> object:
    """The value of a node."""
    if type(node) is Scalar:
        content = node.content
        if type(content) is str and "{{resolve:" in content:
            from guardrails.sources.cloudformation.dynamic_references import resolved

            return resolved(content, scope.place(node))
        return content
    try:
        scope.run.charge(1)
        if type(node) is Call:
            return _called(node, scope)
        if type(node) is Sequence:
            items = (evaluate(item, scope) for item in node.items)
            return [item for item in items if item is not None]
        if type(node) is Mapping:
            return _mapping(node, scope)
    except LimitError as error:
        return Unknown((scope.run.refused(error, scope.place(node)),))
    except RecursionError:
        refusal = LimitError("the value is nested too deeply, or follows from too long a chain of values")
        return Unknown((scope.run.refused(refusal, scope.place(node)),))
    assert isinstance(node, Broken)
    return Unknown((scope.run.refused(EvalError(node.message), scope.place(node)),))


def _mapping(node: Mapping, scope: Scope) -> object:
    if not scope.bound and not any(entry.key.startswith("Fn::") for entry in node.entries):
        pairs = ((entry.key, evaluate(entry.value, scope)) for entry in node.entries)
        return {key: value for key, value in pairs if value is not None}
    found = spread(node, scope, "mapping")
    if found.gaps:
        scope.run.note(found.gaps)
        return Unknown(found.gaps)
    pairs = ((key, evaluate(field.entry.value, field.scope)) for key, field in found.fields.items())
    return {key: value for key, value in pairs if value is not None}


def _called(call: Call, scope: Scope) -> object:
    function = _FUNCTIONS.get(call.name)
    try:
        if function is not None:
            return function(call.argument, scope)
        return _other(call, scope)
    except EvalError as error:
        place = scope.place(call) if error.start < 0 else scope.place(Node(error.start, error.stop))
        return Unknown((scope.run.refused(error, place),))


def _other(call: Call, scope: Scope) -> object:
    """What is no function of the language itself, or a rare one."""
    if call.name.startswith(LOOP):
        return _mapping(call.as_mapping(), scope)
    if call.name == "Fn::Transform":
        reason = included(call.argument, scope)
        scope.run.note((reason,))
        return Unknown((reason,))
    if call.name in CONDITIONAL:
        from guardrails.sources.cloudformation.conditions import truth

        return truth(call, scope)
    from guardrails.sources.cloudformation import functions

    function = functions.FUNCTIONS.get(call.name)
    if function is None:
        known = (*_FUNCTIONS, *functions.FUNCTIONS, *CONDITIONAL)
        raise EvalError(f"`{call.name}` is no function of CloudFormation{scope.run.hint(call.name, known)}")
    if call.name in _EXTENSIONS:
        _needs_extensions(call.name, scope)
    return function(call.argument, scope)


_EXTENSIONS = frozenset(("Fn::Length", "Fn::ToJsonString"))


def _needs_extensions(name: str, scope: Scope) -> None:
    from guardrails.sources.cloudformation.transforms import EXTENSIONS, extends_the_language

    if not extends_the_language(scope.stack):
        raise EvalError(f"`{name}` needs `Transform: {EXTENSIONS}`")


CONDITIONAL = frozenset(("Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"))


# --- several possible values


def each_way(values: List[object], compute: Callable[[List[object]], object]) -> object:
    """`compute` of the values; where some are one of several, of each combination. A way that is refused is not the one
    that will be deployed, as long as another is not."""
    choices: dict[int, Choice] = {id(value): value for value in values if isinstance(value, Choice)}
    if not choices:
        return compute(values)
    ways: list[dict[int, object]] = [{}]
    reasons: dict[Reason, None] = {}
    for key, choice in choices.items():
        reasons.update(dict.fromkeys(choice.reasons))
        ways = [{**way, key: alternative} for way in ways for alternative in choice.alternatives]
        if len(ways) > MOST_WAYS:
            return Unknown(tuple(reasons))
    results: list[object] = []
    refused: EvalError | None = None
    for way in ways:
        try:
            results.append(compute([way.get(id(value), value) for value in values]))
        except LimitError:
            raise
        except EvalError as error:
            refused = refused or error
    if not results:
        assert refused is not None
        raise refused
    return choose(results, tuple(reasons))


# --- texts


def as_text(value: object) -> str | Unknown:
    """A value where a text is wanted; raises EvalError for one that is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Input):
        return value if value.type is STRING else value.retyped(STRING)
    if isinstance(value, Unknown):
        return value
    if value is None or isinstance(value, (list, dict)):
        kind = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "nothing"
        raise EvalError(f"a text is wanted, and {kind} is given")
    return str(value)


def text_of(node: Node, scope: Scope) -> str | Unknown:
    """The text that a node is: numbers and bools as they are written."""
    if type(node) is Scalar and node.content is not None and not isinstance(node.content, str):
        return node.text
    return as_text(evaluate(node, scope))


def joined(parts: Iterable[str | Unknown]) -> str | Unknown:
    """Texts put together; each way where some are one of several."""
    listed = list(parts)
    if any(isinstance(part, Choice) for part in listed):
        found = each_way(listed, lambda chosen: text(map(as_text, chosen)))
        if type(found) is not Unknown:
            return found  # type: ignore[return-value] # texts and choices of them
        listed = [Unknown(part.reasons) if isinstance(part, Choice) else part for part in listed]
    return text([_whole(part) if isinstance(part, JsonText) else part for part in listed])


def weight(found: object) -> int:
    """The steps that it takes to put a text together."""
    if isinstance(found, str):
        return len(found) >> 6
    if isinstance(found, Text):
        return len(found.parts) + (sum(len(part) for part in found.parts if isinstance(part, str)) >> 6)
    return sum(map(weight, found.alternatives)) if isinstance(found, Choice) else 1


def _whole(document: JsonText) -> Unknown:
    return Unknown(document.reasons)


def symbol(name: str, arguments: object, *unknowns: object) -> Unknown:
    """What a function makes of values that are not known: the same for the same values."""
    reasons: dict[Reason, None] = {}
    for value in unknowns:
        if isinstance(value, Unknown):
            reasons.update(dict.fromkeys(value.reasons))
    if any(weight(value) > _HEAVIEST for value in unknowns):
        return Unknown(tuple(reasons))
    shown = repr(arguments)
    return Input(STRING, f"{name}{shown}", tuple(reasons)) if len(shown) <= _LONGEST else Unknown(tuple(reasons))


_HEAVIEST = 100
_LONGEST = 1_000


# --- references


def _ref(argument: Node, scope: Scope) -> object:
    if isinstance(argument, Scalar) and isinstance(argument.content, str):
        return referred(argument.content, scope)
    name = evaluate(argument, scope)
    if isinstance(name, Unknown):
        return Unknown(name.reasons)
    if not isinstance(name, str):
        raise EvalError("`Ref` takes the name of a parameter or resource")
    return referred(name, scope)


def referred(name: str, scope: Scope) -> object:
    """What `Ref` of a name is."""
    if scope.bound:
        if name in scope.bound:
            return scope.bound[name]
        name = named(name, scope)
    if name.startswith("AWS::"):
        from guardrails.sources.cloudformation.pseudo_parameters import pseudo

        return pseudo(name, scope)
    stack = scope.stack
    if stack.template.root.get("Parameters") is not None:
        from guardrails.sources.cloudformation.parameters import UNDECLARED, parameter

        value = parameter(name, scope)
        if value is not UNDECLARED:
            return value
    if stack.declares(name):
        return Attribute(stack.address_of(name), ("Ref",), stack.type_of(name))
    unseen = _unseen(name, ("Ref",), scope)
    if unseen is not None:
        return unseen
    known = chain(stack.section("Parameters").fields, stack.section("Resources").fields)
    raise EvalError(f"`{name}` is neither a parameter nor a resource of the template{scope.run.hint(name, known)}")


def _unseen(name: str, path: tuple[str, ...], scope: Scope) -> Ref | None:
    """What a name stands for that is declared nowhere but may be made by a transform or a loop that is not followed."""
    from guardrails.sources.cloudformation.transforms import unfollowed

    reasons = (*unfollowed(scope.stack), *scope.stack.section("Resources").gaps)
    return Ref(scope.stack.address_of(name), path, reasons) if reasons else None


def _get_att(argument: Node, scope: Scope) -> object:
    if isinstance(argument, Scalar) and isinstance(argument.content, str):
        return attribute_of(named(argument.content, scope), scope)
    if isinstance(argument, Sequence) and len(argument.items) >= 2:
        steps = [text_of(item, scope) for item in argument.items]
        return each_way(steps, lambda chosen: _attribute_named(chosen, scope))
    raise EvalError("`Fn::GetAtt` takes the name of a resource and that of an attribute")


def _attribute_named(steps: List[object], scope: Scope) -> object:
    unknown = [step for step in steps if isinstance(step, Unknown)]
    if unknown:
        return Unknown(unknown[0].reasons)
    return attribute_of(named(".".join(map(str, steps)), scope), scope)


def attribute_of(dotted: str, scope: Scope) -> object:
    """What `Fn::GetAtt` of `Resource.Attribute` is."""
    name, dot, path = dotted.partition(".")
    stack = scope.stack
    if not dot or not path:
        raise EvalError(f"`{dotted}` names no attribute of a resource")
    if not stack.declares(name):
        unseen = _unseen(name, tuple(path.split(".")), scope)
        if unseen is not None:
            return unseen
        hint = scope.run.hint(name, stack.section("Resources").fields)
        raise EvalError(f"`{name}` is no resource of the template{hint}")
    if path.startswith("Outputs."):
        declared = stack.resources().get(name)
        if declared is not None:
            from guardrails.sources.cloudformation.nested import NESTS, output_of

            if declared.type in NESTS:
                return output_of(stack, declared, path.removeprefix("Outputs."))
    return Attribute(stack.address_of(name), tuple(path.split(".")), stack.type_of(name))


# --- conditions


def _if(argument: Node, scope: Scope) -> object:
    found = branches(argument, scope)
    if len(found.ways) == 1:
        node, inner = found.ways[0]
        return evaluate(node, inner)
    return choose([evaluate(node, inner) for node, inner in found.ways], found.reasons)


class Branches:
    """What a conditional may come to: nodes with their scopes, and why it is not known which."""

    __slots__ = ("reasons", "ways")

    def __init__(self, ways: tuple[tuple[Node, Scope], ...], reasons: tuple[Reason, ...] = ()) -> None:
        self.ways = ways
        self.reasons = reasons


def branches(argument: Node, scope: Scope) -> Branches:
    """The branches of an `Fn::If` that may be taken."""
    from guardrails.sources.cloudformation.conditions import holds

    items = argument.items if isinstance(argument, Sequence) else ()
    if len(items) != 3 or not isinstance(items[0], Scalar):
        raise EvalError("`Fn::If` takes the name of a condition and two values")
    name = named(items[0].text, scope)
    answer = holds(name, scope)
    if answer is True:
        return Branches(((items[1], scope),))
    if answer is False:
        return Branches(((items[2], scope),))
    ways = (items[1], scope.assuming(name, True)), (items[2], scope.assuming(name, False))
    return Branches(ways, answer.reasons)


# --- texts with names in them

_NO_VARIABLES: dict[str, object] = {}


def _sub(argument: Node, scope: Scope) -> object:
    variables: dict[str, Node] = {}
    if isinstance(argument, Sequence):
        if len(argument.items) != 2 or not isinstance(argument.items[1], Mapping):
            raise EvalError("`Fn::Sub` takes a text, or a text and a mapping of names to values")
        variables = {entry.key: entry.value for entry in argument.items[1].entries}
        argument = argument.items[0]
    if not isinstance(argument, Scalar) or argument.content is None:
        raise EvalError("the text of `Fn::Sub` must be written there: no function may give it")
    written = argument.text
    scope.run.charge(len(written) >> 6)
    if "${" not in written:
        return evaluate(argument, scope) if isinstance(argument.content, str) else written
    parts: list[str | Unknown] = []
    given: dict[str, str | Unknown] = {}
    at = 0
    while True:
        start = written.find("${", at)
        stop = written.find("}", start)
        if start < 0 or stop < 0:
            parts.append(written[at:])
            break
        parts.append(written[at:start])
        name = written[start + 2 : stop].strip()
        if name.startswith("!"):
            parts.append(f"${{{name[1:]}}}")
        elif name in variables:
            if name not in given:
                given[name] = text_of(variables[name], scope)
            parts.append(given[name])
        else:
            parts.append(_substituted(name, scope))
        at = stop + 1
    found = joined(parts)
    scope.run.charge(weight(found))
    if "{{resolve:" in written or (isinstance(found, str) and "{{resolve:" in found):
        from guardrails.sources.cloudformation.dynamic_references import resolved

        return resolved(found, scope.place(argument))
    return found


def _substituted(name: str, scope: Scope) -> str | Unknown:
    value = attribute_of(named(name, scope), scope) if "." in name else referred(name, scope)
    try:
        return as_text(value)
    except EvalError:
        raise EvalError(f"`${{{name}}}` is no text") from None


def _join(argument: Node, scope: Scope) -> object:
    if not isinstance(argument, Sequence) or len(argument.items) != 2:
        raise EvalError("`Fn::Join` takes a separator and a list")
    separator = text_of(argument.items[0], scope)
    listed = argument.items[1]
    if isinstance(listed, Sequence):
        items: List[object] = [_item(item, scope) for item in listed.items]
    else:
        found = evaluate(listed, scope)
        if isinstance(found, Choice):
            return each_way([separator, found], lambda way: _joined_list(way[0], way[1], scope))
        return _joined_list(separator, found, scope)
    return _joined_list(separator, items, scope)


def _item(node: Node, scope: Scope) -> object:
    """An element of a list to be joined; None for one that is left out."""
    if type(node) is Scalar:
        return text_of(node, scope) if node.content is not None else None
    return evaluate(node, scope)


def _joined_list(separator: object, items: object, scope: Scope) -> object:
    if isinstance(items, Unknown):
        return symbol("Fn::Join", (separator, items), items)
    if not isinstance(items, list):
        raise EvalError("`Fn::Join` takes a separator and a list")
    if any(isinstance(item, Choice) and None in item.alternatives for item in items) and len(items) <= _FEW:
        # What may be left out takes its separator with it.
        return each_way([separator, *items], lambda way: _joined_list(way[0], list(way[1:]), scope))
    parts: list[str | Unknown] = []
    between = as_text(separator)
    for item in items:
        if item is None:
            continue
        if parts:
            parts.append(between)
        parts.append(as_text(item))
    found = joined(parts)
    scope.run.charge(weight(found))
    if isinstance(found, str):
        if "{{resolve:" in found:
            from guardrails.sources.cloudformation.dynamic_references import resolved

            return resolved(found, None)
    elif isinstance(found, Text) and any("{{resolve:" in part for part in found.parts if isinstance(part, str)):
        from guardrails.sources.cloudformation.dynamic_references import resolved

        return resolved(found, None)
    return found


_FEW = 50


_FUNCTIONS: dict[str, Callable[[Node, Scope], object]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::If": _if,
    "Fn::Join": _join,
}


def unsupported(what: str, scope: Scope, node: Node, settle: str = "") -> Unknown:
    """Something that is not evaluated, and is noted."""
    reason = Reason(Why.UNSUPPORTED, what, settle, scope.place(node))
    scope.run.note((reason,))
    return Unknown((reason,))

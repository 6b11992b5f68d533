"""Parameters of templates: given, by default, one of several, or not known."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Mapping, Node, Scalar, Sequence
from guardrails.sources.terraform.equality import MOST_ALTERNATIVES, choose
from guardrails.sources.terraform.typesystem import NUMBER, STRING, Collection
from guardrails.sources.terraform.values import Choice, EvalError, Input, Ref, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import Origin
    from guardrails.sources.cloudformation.spreading import Field
    from guardrails.sources.cloudformation.stack import Scope, Stack
    from guardrails.sources.terraform.values import Unknown as Open

UNDECLARED = object()
"""No parameter."""

_LISTS = ("List<", "CommaDelimitedList")
_SSM = "AWS::SSM::Parameter::Value<"
_MOST_ITEMS = 10_000


class Handed:
    """What is handed to a nested stack: worked out when it is asked for."""

    __slots__ = ("_node", "_scope")

    def __init__(self, node: Node, scope: Scope) -> None:
        self._node = node
        self._scope = scope

    def value(self) -> object:
        from guardrails.sources.cloudformation.evaluation import evaluate

        if isinstance(self._node, Scalar) and self._node.content is not None and "{{" not in self._node.text:
            return self._node.text
        return evaluate(self._node, self._scope)


def parameter(name: str, scope: Scope) -> object:
    """The value of a parameter where it is mentioned; `UNDECLARED` if there is none by that name."""
    stack = scope.stack
    field = stack.written("Parameters", name)
    if field is None:
        return UNDECLARED
    if name in scope.settled:
        return typed(scope.settled[name], _kind(field), name)
    value = stack.once("parameter", name, lambda: _value(name, field, stack))
    excluded = scope.excluded.get(name)
    return _without(value, excluded) if excluded else value


def _without(value: object, excluded: frozenset[str]) -> object:
    """What is left of a value that is none of these texts."""
    if isinstance(value, Choice):
        left = [one for one in value.alternatives if not isinstance(one, str) or one not in excluded]
        return choose(left, value.reasons) if left else value
    if "" in excluded and isinstance(value, Input) and value.type is STRING:
        return Text((value,))
    return value


def is_secret(name: str, stack: Stack) -> bool:
    """Whether the template says that a parameter is not to be shown."""
    field = stack.written("Parameters", name)
    said = _said(field, "NoEcho") if field is not None else None
    return isinstance(said, Scalar) and said.text.lower() == "true"


def _said(field: Field, name: str) -> Node | None:
    declaration = field.entry.value
    return declaration.get(name) if isinstance(declaration, Mapping) else None


def _value(name: str, field: Field, stack: Stack) -> object:
    place = stack.head(field.entry)
    try:
        value = _worked_out(name, field, stack, place)
    except EvalError as error:
        return Unknown((stack.run.refused(error, place),))
    if is_secret(name, stack):
        from guardrails.sources.terraform.secrets import note_secrets

        note_secrets(value, stack.run.secrets)
    return value


def _worked_out(name: str, field: Field, stack: Stack, place: Origin) -> object:
    kind = _kind(field)
    allowed = _allowed(field)
    if name in stack.given:
        given = stack.given[name]
        if isinstance(given, Handed):
            given = given.value()
        if isinstance(given, Reason):  # given to whoever deploys, and not to us
            return _open(name, kind, field, allowed, given)
        if isinstance(given, str) and allowed and given not in allowed:
            raise EvalError(f"what parameter `{name}` is given is not among its allowed values")
        return _read_from_ssm(name, kind, given, stack, place) if kind.startswith(_SSM) else typed(given, kind, name)
    default = _said(field, "Default")
    if isinstance(default, Scalar) and default.content is not None:
        said = default.text
        return _read_from_ssm(name, kind, said, stack, place) if kind.startswith(_SSM) else typed(said, kind, name)
    if default is not None and not isinstance(default, Scalar):
        raise EvalError(f"the default of parameter `{name}` is no text")
    if stack.parent is not None:
        raise EvalError(f"parameter `{name}` is not given to the nested stack, and has no default")
    if kind.startswith(_SSM):
        return _read_from_ssm(name, kind, None, stack, place)
    reason = Reason(Why.INPUT, f"parameter `{name}` has no value", f"pass `--parameters {name}=...`", place)
    return _open(name, kind, field, allowed, reason)


def _open(name: str, kind: str, field: Field, allowed: tuple[str, ...], reason: Reason) -> object:
    """What is known of a parameter that has no value."""
    if kind.startswith(_SSM):
        return Ref(f"AWS::SSM::Parameter of {name}", ("Value",), (reason,))
    if allowed and len(allowed) <= MOST_ALTERNATIVES:
        return choose([typed(one, kind, name) for one in allowed], (reason,))
    if kind.startswith(_LISTS):
        return Input(Collection("list", STRING), name, (reason,))
    if kind == "Number":
        return Input(NUMBER, name, (reason,))
    unknown = Input(STRING, name, (reason,))
    return Text((unknown,)) if _is_never_empty(field, kind, allowed) else unknown


def _kind(field: Field) -> str:
    said = _said(field, "Type")
    return said.text.strip() if isinstance(said, Scalar) else "String"


def _allowed(field: Field) -> tuple[str, ...]:
    said = _said(field, "AllowedValues")
    if not isinstance(said, Sequence) or not all(isinstance(item, Scalar) for item in said.items):
        return ()
    return tuple(item.text for item in said.items if isinstance(item, Scalar))


def _is_never_empty(field: Field, kind: str, allowed: tuple[str, ...]) -> bool:
    """Whether CloudFormation would refuse an empty text."""
    if kind.startswith("AWS::") or (allowed and "" not in allowed):
        return True
    least = _said(field, "MinLength")
    if isinstance(least, Scalar) and least.text.isdecimal() and int(least.text) > 0:
        return True
    pattern = _said(field, "AllowedPattern")
    return isinstance(pattern, Scalar) and _refuses_nothing(pattern.text)


def _refuses_nothing(pattern: str) -> bool:
    """Whether a pattern surely does not match an empty text: told where it begins with something that must be there."""
    body = pattern.removeprefix("^")
    if not body or any(mark in body for mark in "|()\\") or body[0] in "*?+{":
        return False
    if body[0] == "[":
        close = body.find("]", 2)
        if close < 0:
            return False
        rest = body[close + 1 :]
    else:
        rest = body[1:]
    return (body[0] not in "$." and not rest.startswith(("*", "?", "{0", "{,"))) or (
        body[0] == "." and rest.startswith("+")
    )


def typed(given: object, kind: str, name: str) -> object:
    """A value as a parameter of this type has it."""
    if isinstance(given, Choice):
        return choose([typed(one, kind, name) for one in given.alternatives], given.reasons)
    if kind.startswith(_LISTS):
        if isinstance(given, str):
            if given.count(",") > _MOST_ITEMS:
                raise EvalError(f"parameter `{name}` has more than {_MOST_ITEMS} elements")
            return [item.strip() for item in given.split(",")]
        return _items(given)
    if isinstance(given, list):
        raise EvalError(f"parameter `{name}` is a text, and is given a list")
    if isinstance(given, str) and kind == "Number":
        return _number(given, name)
    return given


def _items(given: object) -> object:
    """The elements of a text that is not known: one that is handed through keeps its name."""
    if isinstance(given, Input) and given.type is STRING and not given.path:
        return Input(Collection("list", STRING), f"{given.name},", given.reasons)
    if isinstance(given, Unknown):
        return Unknown(given.reasons)
    return given


def _number(text: str, name: str) -> object:
    try:
        return int(text)
    except ValueError:
        pass
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise EvalError(f"parameter `{name}` is a number, and is given something else") from None


def _read_from_ssm(name: str, kind: str, key: object, stack: Stack, place: Origin) -> Open:
    """What a parameter is that CloudFormation looks up in Systems Manager: never read, the same for the same key."""
    if isinstance(key, str):
        detail = f"parameter `{name}` takes its value from the Systems Manager parameter `{key}`"
        address = f"AWS::SSM::Parameter {key}"
    else:
        detail = f"parameter `{name}` takes its value from a Systems Manager parameter"
        address = f"AWS::SSM::Parameter of {stack.address}{name}"
    if not kind.startswith((f"{_SSM}List<", f"{_SSM}CommaDelimitedList")):
        address = f"{address} "
    return Ref(address.strip(), ("Value",), (Reason(Why.ELSEWHERE, detail, "", place),))

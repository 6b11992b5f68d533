"""A small scope, and the comparison of its values with what terraform says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.why import Why
from guardrails.sources.terraform.conversion import convert, type_constraint
from guardrails.sources.terraform.hcl import nodes, parse, parse_expression
from guardrails.sources.terraform.operators import may_be, may_have_type, to_string
from guardrails.sources.terraform.typesystem import ANY
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclList,
    HclMap,
    HclSet,
    JsonText,
    Ref,
    Text,
    Typed,
    UndeclaredError,
    Unknown,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Names:
    """Root names with their values, in a directory with files."""

    def __init__(self, directory: Path, names: dict[str, object]) -> None:
        self.names = names
        self.module_directory = "."
        self.base_directory = directory
        self.scan_root = directory
        self.template_depth = 0

    def lookup(self, name: str, node: nodes.Expression) -> object:  # noqa: ARG002 - the protocol's signature
        if name not in self.names:
            raise UndeclaredError(f'reference to undeclared "{name}"')
        return self.names[name]

    def evaluate(self, expression: str) -> object:
        return parse_expression(SourceFile("expression", expression)).evaluate(self)


def names_of(directory: Path) -> Names:
    """The variables and locals of a `main.tf`; its resources are references."""
    file = parse("main.tf", (directory / "main.tf").read_bytes())
    assert not file.faults
    variables: dict[str, object] = {}
    local: dict[str, object] = {}
    resources: dict[str, dict[str, object]] = {}
    scope = Names(directory, {"var": variables, "local": local, **resources})
    for block in file.body.blocks:
        arguments = block.body.arguments
        match block.type:
            case "variable":
                name = block.labels[0]
                kind = type_constraint(arguments["type"].value) if "type" in arguments else ANY
                missing = unknown(Why.INPUT, f'variable "{name}" has no value')
                value = arguments["default"].value.evaluate(scope) if "default" in arguments else missing
                variables[name] = convert(value, kind)
            case "locals":
                local.update((name, argument.value.evaluate(scope)) for name, argument in arguments.items())
            case "resource":
                kind_name, name = block.labels
                scope.names.setdefault(kind_name, resources.setdefault(kind_name, {}))
                resources[kind_name][name] = _instances(f"{kind_name}.{name}", arguments, scope)
    return scope


def _instances(address: str, arguments: dict[str, nodes.Argument], scope: Names) -> object:
    if "count" in arguments:
        count = arguments["count"].value.evaluate(scope)
        assert isinstance(count, int)
        return [Ref(f"{address}[{i}]", ()) for i in range(count)]
    if "for_each" in arguments:
        keys = arguments["for_each"].value.evaluate(scope)
        assert isinstance(keys, dict)
        return {key: Ref(f'{address}["{key}"]', ()) for key in keys}
    return Ref(address, ())


def outcome(scope: Names, expression: str) -> object:
    """The value, or the error that terraform would report."""
    try:
        return scope.evaluate(expression)
    except EvalError as error:
        return error


def agrees(ours: object, theirs: object, *, shapes: bool = True) -> bool:
    """Whether nothing that we say contradicts terraform. Either may know less than the other.

    `shapes`: a list is not a tuple, a map not an object.
    """
    if isinstance(theirs, Unknown):
        return True
    if isinstance(ours, Unknown):
        return _possible(ours, theirs, shapes)
    if isinstance(ours, HclSet) and isinstance(theirs, HclSet):
        if any(isinstance(item, Unknown) for item in (*ours.items, *theirs.items)):
            return _sets_agree(ours, theirs, shapes)
        return _all_agree(ours.items, theirs.items, shapes)
    if isinstance(ours, list) and isinstance(theirs, list):
        alike = not shapes or isinstance(ours, HclList) == isinstance(theirs, HclList)
        return alike and _all_agree(ours, theirs, shapes)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        alike = not shapes or isinstance(ours, HclMap) == isinstance(theirs, HclMap)
        return alike and list(ours) == list(theirs) and _all_agree([*ours.values()], [*theirs.values()], shapes)
    if isinstance(ours, (int, Decimal)) and isinstance(theirs, (int, Decimal)):
        return isinstance(ours, bool) == isinstance(theirs, bool) and (ours == theirs or _written_alike(ours, theirs))
    return type(ours) is type(theirs) and ours == theirs


def _written_alike(ours: int | Decimal, theirs: int | Decimal) -> bool:
    """Whether both are written alike: what terraform prints is not always what it holds."""
    return to_string(ours) == format(theirs, "f" if isinstance(theirs, Decimal) else "d")


def _all_agree(ours: Sequence[object], theirs: Sequence[object], shapes: bool) -> bool:
    return len(ours) == len(theirs) and all(
        agrees(one, other, shapes=shapes) for one, other in zip(ours, theirs, strict=True)
    )


def _sets_agree(ours: HclSet, theirs: HclSet, shapes: bool) -> bool:
    """Unknown elements may turn out equal to others, so that only a known element that is nowhere contradicts."""
    return all(any(agrees(item, other, shapes=shapes) for other in theirs.items) for item in ours.items) and all(
        any(agrees(item, other, shapes=shapes) for item in ours.items) for other in theirs.items
    )


def _possible(ours: Unknown, theirs: object, shapes: bool) -> bool:
    """Whether what is not known may turn out to be this."""
    if isinstance(ours, Choice):
        return any(agrees(one, theirs, shapes=shapes) for one in ours.alternatives)
    if isinstance(ours, Text):
        return isinstance(theirs, str) and may_be(ours, theirs)
    if isinstance(ours, Typed):
        return theirs is None or may_have_type(theirs, ours.type) or not shapes
    if isinstance(ours, JsonText):
        return isinstance(theirs, str)
    return theirs is not None or not isinstance(ours, Ref)


def gaps(ours: object, theirs: object) -> int:
    """How many leaves terraform knows that we do not."""
    if isinstance(theirs, Unknown):
        return 0
    if isinstance(ours, Unknown):
        return 1
    if isinstance(ours, HclSet) and isinstance(theirs, HclSet):
        return sum(map(gaps, ours.items, theirs.items))
    if isinstance(ours, list) and isinstance(theirs, list):
        return sum(map(gaps, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return sum(gaps(ours[key], theirs[key]) for key in ours)
    return 0

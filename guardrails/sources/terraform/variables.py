"""Input variables: their declarations, and the values that files, options and the environment give to a root."""

from __future__ import annotations

import os

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.conversion import convert, type_constraint
from guardrails.sources.terraform.errors import LocatedError, located
from guardrails.sources.terraform.hcl import nodes, parse, parse_expression, parse_json_values
from guardrails.sources.terraform.hcl.errors import SyntaxFault
from guardrails.sources.terraform.module_source import faults_of
from guardrails.sources.terraform.typesystem import ANY, Primitive, Type
from guardrails.sources.terraform.values import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from guardrails.sources.terraform.module_source import ModuleSource, Reader


class VariableError(Exception):
    """A `--var` or `--var-file` that cannot be used: wrong usage, not a property of the scanned files."""


class Declaration:
    """A `variable` block: its type and default, worked out once for all instances of the module."""

    __slots__ = ("_default", "block", "has_default", "nullable", "type")

    def __init__(self, block: nodes.Block) -> None:
        self.block = block
        arguments = block.body.arguments
        nullable = arguments.get("nullable")
        self.nullable = nullable is None or not _is_false(nullable.value)
        self.has_default = "default" in arguments
        self._default: object = _UNREAD
        constraint = arguments.get("type")
        self.type: Type = ANY
        if constraint is not None:
            try:
                self.type = type_constraint(constraint.value)
            except EvalError as error:
                # Terraform refuses the module; the values are judged as they are.
                self._default = located(error, constraint.file, constraint.start, constraint.stop, ())

    @property
    def origin(self) -> Origin:
        return Origin(self.block.file, self.block.start, self.block.header_stop)

    def default(self) -> object:
        """The default, converted to the declared type; raises EvalError where it does not fit."""
        if self._default is _UNREAD:
            argument = self.block.body.arguments["default"]
            try:
                value = argument.value.evaluate(CONSTANT)
                self._default = None if value is None else convert(value, self.type)
            except EvalError as error:
                self._default = located(error, argument.file, argument.start, argument.stop, ())
        if isinstance(self._default, LocatedError):
            raise self._default.with_traceback(None)
        return self._default

    @property
    def takes_text(self) -> bool:
        """Whether a value on the command line is the text itself, not an expression."""
        return isinstance(self.type, Primitive) and (self.type is not ANY or "type" not in self.block.body.arguments)

    def accept(self, name: str, value: object, origin: Origin) -> object:
        """A value that is given, converted to the declared type; the default for null where that is not allowed."""
        if value is None:
            if self.nullable:
                return None
            if self.has_default:
                return self.default()
            raise LocatedError(f"variable `{name}` must not be null", origin)
        try:
            return convert(value, self.type)
        except EvalError as error:
            raise LocatedError(f"the value of variable `{name}` does not fit: {error.message}", origin) from None


_UNREAD = object()


def declaration(source: ModuleSource, name: str) -> Declaration | None:
    """What the module says about one of its variables; None for one that it does not declare."""
    found = source.declarations.get(name)
    if found is None:
        block = source.variables.get(name)
        if block is None:
            return None
        found = source.declarations[name] = Declaration(block)
    return found


class _ConstantScope:
    """The scope of variable files and defaults, where nothing may be referred to."""

    def lookup(self, name: str, node: nodes.Expression) -> object:  # noqa: ARG002 - the protocol's signature
        raise EvalError(f"variables are not allowed here (`{name}`)")


CONSTANT = _ConstantScope()


class Supplied(Record):
    """A value for a root variable, not yet converted.

    `text` is what stands on the command line or in the environment: an expression where the declared type is no
    primitive, else the string itself. Otherwise `value` is the value, or `argument` the expression that holds it.
    """

    origin: Origin
    text: str | None = None
    argument: nodes.Argument | None = None
    value: object = None
    from_file: bool = False

    def read(self, declared: Declaration) -> object:
        """The value; raises EvalError where the text does not parse or refers to something."""
        try:
            if self.argument is not None:
                return self.argument.value.evaluate(CONSTANT)
            if self.text is None:
                return self.value
            if declared.takes_text:
                return self.text
            return parse_expression(self.origin.source or SourceFile("", self.text)).evaluate(CONSTANT)
        except SyntaxFault as fault:
            raise LocatedError(f"the value does not parse: {fault.summary}", self.origin) from None
        except EvalError as error:
            raise LocatedError(error.message, self.origin) from None


class Assignment(Record):
    """`--var name=text`, or a value that a configuration gives."""

    name: str
    text: str | None = None
    value: object = None


class ValuesFile(Record):
    """`--var-file path`."""

    path: str


class Given(Record):
    """Values by name as files give them, and what is wrong with the files."""

    values: Mapping[str, Supplied]
    problems: tuple[Reason, ...] = ()


def from_command_line(settings: Iterable[Assignment | ValuesFile], reader: Reader) -> dict[str, Supplied]:
    """What the user gives, the last one of a name winning. A file that cannot be used is wrong usage."""
    values: dict[str, Supplied] = {}
    for setting in settings:
        if isinstance(setting, Assignment):
            origin = Origin(SourceFile("--var", setting.text or ""))
            values[setting.name] = Supplied(origin, setting.text, value=_sorted(setting.value))
            continue
        read = from_file(setting.path, reader)
        if read.problems:
            raise VariableError(f"--var-file {setting.path}: {read.problems[0].detail}")
        values.update(read.values)
    return values


def from_environment(environment: Mapping[str, str]) -> dict[str, Supplied]:
    """What `TF_VAR_name` variables give."""
    prefix = "TF_VAR_"
    return {
        key.removeprefix(prefix): Supplied(Origin(SourceFile(key, text)), text)
        for key, text in environment.items()
        if key.startswith(prefix)
    }


def from_directory(directory: str, names: Sequence[str], reader: Reader) -> Given:
    """What the variable files of a root give that terraform reads by itself, in its order."""
    chosen = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    chosen += sorted(name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json")))
    values: dict[str, Supplied] = {}
    problems: list[Reason] = []
    for name in chosen:
        read = from_file(f"{directory}{os.sep}{name}", reader)
        values.update(read.values)
        problems += read.problems
    return Given(values, tuple(problems))


def from_file(path: str, reader: Reader) -> Given:
    """The values in one variable file. The sound part of a broken one is used."""
    content = reader.content(path)
    if isinstance(content, Reason):
        return Given({}, (content,))
    parsed = (parse_json_values if path.endswith(".json") else parse)(reader.shown(path), content)
    file = parsed.file
    problems = faults_of(parsed)
    problems += [
        Reason(Why.INVALID, "a variable file holds no blocks", "", Origin(file, block.start, block.header_stop))
        for block in parsed.body.blocks
    ]
    values = {
        name: Supplied(Origin(file, argument.start, argument.stop), argument=argument, from_file=True)
        for name, argument in parsed.body.arguments.items()
    }
    return Given(values, tuple(problems))


def _sorted(value: object) -> object:
    """A JSON value as the evaluator holds it: objects in the order of their keys."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _is_false(expression: nodes.Expression) -> bool:
    return isinstance(expression, nodes.Literal) and expression.value in (False, "false")

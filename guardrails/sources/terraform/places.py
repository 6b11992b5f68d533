"""Where the parts of a document are written: in the argument itself, or in the data source that renders it."""

from __future__ import annotations

from guardrails.kernel.origin import Origin
from guardrails.kernel.truth import Verdict
from guardrails.kernel.typed import Protocol
from guardrails.sources.terraform.bodies import Nested, nested
from guardrails.sources.terraform.documents import with_marks
from guardrails.sources.terraform.hcl import nodes, parse_json_values
from guardrails.sources.terraform.values import EvalError, JsonText, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.sources.terraform.instances import BlockScope, Resource
    from guardrails.sources.terraform.module_scope import Evaluation, ModuleInstance


class Places(Protocol):
    """Where a value and its parts are written."""

    @property
    def origin(self) -> Origin:
        """Of the value itself; it names the attribute where the source has another word for it."""

    def child(self, key: str | int) -> Places | None:
        """Of an attribute or element; None where it cannot be told."""


class SyntaxPlaces:
    """A value that is written out as an object or a list."""

    __slots__ = ("_expression", "origin")

    def __init__(self, expression: nodes.Expression, origin: Origin) -> None:
        self._expression = expression
        self.origin = origin

    def child(self, key: str | int) -> Places | None:
        found = _part_of(self._expression, key)
        if found is None:
            return None
        start, part = found
        return SyntaxPlaces(part, Origin(self.origin.source, start, part.stop, via=self.origin.via))


class LinePlaces:
    """A value in the JSON of a heredoc: told apart by line."""

    __slots__ = ("_expression", "_lines", "origin")

    def __init__(self, expression: nodes.Expression, origin: Origin, lines: _Lines) -> None:
        self._expression = expression
        self._lines = lines
        self.origin = origin

    def child(self, key: str | int) -> Places | None:
        found = _part_of(self._expression, key)
        if found is None:
            return None
        start, part = found
        return LinePlaces(part, self._lines.place(start, part.stop), self._lines)


def _part_of(expression: nodes.Expression, key: str | int) -> tuple[int, nodes.Expression] | None:
    """What is written at a key or an index, and where that begins: at its name, if it has one."""
    if isinstance(expression, nodes.ObjectExpression):
        for name, value in expression.pairs:
            if isinstance(name, nodes.Literal) and name.value == key:
                return name.start, value
    elif isinstance(expression, nodes.TupleExpression) and isinstance(key, int) and key < len(expression.items):
        item = expression.items[key]
        return item.start, item
    return None


class _Lines:
    """The lines of a text, and where they stand in a file."""

    def __init__(self, text: str, origin: Origin, first: int) -> None:
        self._text = text
        self._origin = origin
        self._first = first
        """The offset in the file at which the first line begins."""

    def place(self, start: int, stop: int) -> Origin:
        """The lines in the file that hold a part of the text."""
        assert self._origin.source is not None
        text = self._origin.source.text
        begin = self._first
        for _ in range(self._text.count("\n", 0, start)):
            begin = text.index("\n", begin) + 1
        end = begin
        for _ in range(self._text.count("\n", start, stop)):
            end = text.index("\n", end) + 1
        end = text.find("\n", end)
        line = text[begin:end]
        return Origin(self._origin.source, begin + len(line) - len(line.lstrip()), end, via=self._origin.via)


def _in_heredoc(argument: nodes.Argument, value: str | Text, origin: Origin) -> Places | None:
    """Where the parts of a JSON document are that is written in a heredoc: the lines of the value are its lines."""
    text, start = argument.file.text, argument.value.start
    filled = with_marks(value)
    first = text.index("\n", start) + 1
    if filled is None or filled.count("\n") != text[first : argument.value.stop].rstrip("\r\n").count("\n"):
        return None  # a piece that is put in has lines of its own
    parsed = parse_json_values("", filled)
    if parsed.faults:
        return None
    pairs = [(nodes.Literal(one.start, one.start, one.name), one.value) for one in parsed.body.arguments.values()]
    return LinePlaces(nodes.ObjectExpression(0, len(filled), tuple(pairs)), origin, _Lines(filled, origin, first))


def written_in(argument: nodes.Argument, scope: ModuleInstance | BlockScope, value: object) -> Places | None:
    """Where the parts of an argument's value are written, as far as they stand in the argument itself."""
    expression = argument.value
    if isinstance(value, (str, Text)) and argument.file.text.startswith("<<", expression.start):
        origin = Origin(argument.file, argument.start, argument.stop, via=scope.module.via)
        return _in_heredoc(argument, value, origin)
    if isinstance(expression, nodes.FunctionCall) and expression.name == "jsonencode" and expression.arguments:
        expression = expression.arguments[0]
    if not isinstance(expression, (nodes.ObjectExpression, nodes.TupleExpression)):
        return None
    return SyntaxPlaces(expression, Origin(argument.file, argument.start, argument.stop, via=scope.module.via))


def rendered_by(value: object, evaluation: Evaluation) -> Places | None:
    """Where the parts of a policy are written that a data source rendered, whatever way it took to be here."""
    if not isinstance(value, (str, JsonText)):
        return None
    found = evaluation.rendered.get(id(value))
    return _DocumentPlaces(found[1]) if found is not None else None


class _At:
    """A place of which no parts are told apart."""

    __slots__ = ("origin",)

    def __init__(self, origin: Origin) -> None:
        self.origin = origin

    def child(self, key: str | int) -> Places | None:  # noqa: ARG002 - the protocol's signature
        return None


class _TextsPlaces:
    """A list of texts, which the provider writes once each and in falling order."""

    __slots__ = ("_argument", "origin")

    def __init__(self, argument: nodes.Argument, above: Origin) -> None:
        self._argument = argument
        self.origin = _of(argument, above)

    def child(self, key: str | int) -> Places | None:
        listed = self._argument.value
        if not isinstance(listed, nodes.TupleExpression):
            return None
        literals = [item for item in listed.items if isinstance(item, nodes.Literal)]
        items = {item.value: item for item in reversed(literals) if isinstance(item.value, str)}
        if len(literals) < len(listed.items) or not isinstance(key, int) or key >= len(items):
            return None  # others may be among them
        place, item = self.origin, items[sorted(items, reverse=True)[key]]
        return _At(Origin(place.source, item.start, item.stop, via=place.via, attribute=place.attribute))


class _DocumentPlaces:
    """An `aws_iam_policy_document`."""

    __slots__ = ("_resource", "origin")

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        block = resource.block
        self.origin = Origin(block.file, block.start, block.header_stop, via=resource.module.via)

    def child(self, key: str | int) -> Places | None:
        body = self._resource.block.body
        if key == "Statement" and not _MERGED & body.arguments.keys():
            blocks, _ = nested(body, self._resource.scope, "statement")
            return _StatementsPlaces(self.origin, blocks)
        written = body.arguments.get({"Version": "version", "Id": "policy_id"}.get(str(key), ""))
        return _At(_of(written, self.origin)) if written is not None else None


_MERGED = frozenset(("source_policy_documents", "override_policy_documents", "source_json", "override_json"))


class _StatementsPlaces:
    """Statements in the order of their blocks, which is that of the document where none is merged in."""

    __slots__ = ("_blocks", "origin")

    def __init__(self, origin: Origin, blocks: Sequence[Nested]) -> None:
        self.origin = origin
        self._blocks = blocks

    def child(self, key: str | int) -> Places | None:
        return _StatementPlaces(self._blocks[key]) if isinstance(key, int) and key < len(self._blocks) else None


_ARGUMENTS = {
    "Sid": "sid",
    "Effect": "effect",
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}
_BLOCKS = {"Principal": "principals", "NotPrincipal": "not_principals", "Condition": "condition"}


class _StatementPlaces:
    """A `statement` block, or one of the blocks in it by which a principal or condition is written."""

    __slots__ = ("_block", "origin")

    def __init__(self, block: Nested) -> None:
        self._block = block
        self.origin = block.head

    def child(self, key: str | int) -> Places | None:
        written = self._block.body.arguments.get(_ARGUMENTS.get(str(key), ""))
        if written is not None:
            return _TextsPlaces(written, self.origin)
        inner = _BLOCKS.get(str(key))
        if inner is None:
            return None
        blocks, _ = nested(self._block.body, self._block.scope, inner)
        if not blocks or any(block.exists.verdict is not Verdict.TRUE for block in blocks):
            return None
        return _MembersPlaces(blocks)


class _MembersPlaces:
    """The `principals` or `condition` blocks of a statement: by type, or by test and then by variable."""

    __slots__ = ("_blocks", "origin")

    def __init__(self, blocks: Sequence[Nested]) -> None:
        self._blocks = blocks
        self.origin = blocks[0].head

    def child(self, key: str | int) -> Places | None:
        for name in ("type", "test", "variable"):
            fitting = [block for block in self._blocks if _says(block, name, key)]
            if fitting and name == "test":
                return _MembersPlaces(fitting)
            if fitting:
                written = fitting[0].body.arguments.get("identifiers" if name == "type" else "values")
                return _TextsPlaces(written, self.origin) if written is not None else _At(fitting[0].head)
        return None


def _says(block: Nested, name: str, wanted: str | int) -> bool:
    written = block.body.arguments.get(name)
    if written is None:
        return False
    try:
        return block.scope.module.evaluate(written, block.scope) == wanted
    except EvalError:
        return False


def _of(argument: nodes.Argument, above: Origin) -> Origin:
    return Origin(argument.file, argument.start, argument.stop, via=above.via, attribute=argument.name)

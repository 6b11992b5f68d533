"""Files with the values of parameters, in any of the forms that tools take.

- what `aws cloudformation create-stack --parameters file://…` and its `--cli-input-json` take: a list of mappings with
  `ParameterKey` and `ParameterValue`, or a mapping with such a list under `Parameters`;
- what `aws cloudformation deploy --parameter-overrides file://…` takes: the same, or a list of texts `Key=Value`;
- the template configuration of CodePipeline: a mapping with a mapping under `Parameters`;
- a plain mapping, and lines of `Key=Value`.

JSON and YAML alike. Values may be secrets, so nothing that is said about a file repeats any of it but names.
"""

from __future__ import annotations

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Call, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.reading import document
from guardrails.sources.cloudformation.unreadable import Counter, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_FORMS: Final = "a list of `ParameterKey` and `ParameterValue`, a list of `Key=Value`, or a mapping"


_LINES = compile_later(r"(?:\s*+#[^\n]*+\n)*+\s*+[A-Za-z0-9]++=")
"""The first line that is no comment gives a parameter its value."""


class ParameterFile(Record):
    """The values that a file gives. What is not in it is left to the template's defaults."""

    values: dict[str, str]
    """As texts: lists joined by commas, as CloudFormation takes them."""
    open: dict[str, Reason]
    """Parameters that are given, but to what is not known: a previous value, the output of a pipeline."""


class _WrongError(Exception):
    """Something in a file is not as it must be."""

    def __init__(self, detail: str, node: Node) -> None:
        super().__init__(detail)
        self.detail = detail
        self.node = node


def read_parameters(path: str, text: str) -> ParameterFile | Reason:
    """The values in a text, `path` being what messages call the file; or why they cannot be read."""
    source = SourceFile(path, text.removeprefix("\ufeff"))
    if _LINES.match(source.text):
        return _of_lines(source)
    counter = Counter()
    try:
        root, _ = document(source.text, counter)
        if counter.faults:
            fault = counter.faults[0]
            return Reason(Why.INVALID, "a key is written twice, or is no text", "", fault.reason(source).origin)
        found = ParameterFile({}, {})
        _Reader(source, found).all(root)
    except Unreadable as unreadable:
        reason = unreadable.reason(source)
        if unreadable.why is Why.LIMIT:
            return reason
        return Reason(Why.INVALID, "syntax error: neither JSON nor YAML", "", reason.origin)
    except _WrongError as wrong:
        return Reason(Why.INVALID, wrong.detail, "", Origin(source, wrong.node.start, wrong.node.stop))
    return found


def _of_lines(source: SourceFile) -> ParameterFile | Reason:
    """`Key=Value`, one a line or several, as a shell would have them."""
    import shlex

    found = ParameterFile({}, {})
    at = 0
    for line in source.text.splitlines(keepends=True):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = [""]
        for word in words:
            key, is_one, value = word.partition("=")
            if not is_one or not key:
                return Reason(Why.INVALID, "a line is no `Key=Value`", "", Origin(source, at, at + len(line)))
            found.values[key] = value
        at += len(line)
    return found


class _Reader:
    def __init__(self, source: SourceFile, found: ParameterFile) -> None:
        self.source = source
        self.found = found

    def all(self, root: Node | None) -> None:
        if root is None:
            return
        if isinstance(root, Mapping):
            inner = root.get("Parameters")
            if isinstance(inner, Sequence):
                self._list(inner)
            elif isinstance(inner, Mapping):
                self._mapping(inner)
            elif inner is None and root.get("Tags") is not None and isinstance(root.get("Tags"), (Mapping, Sequence)):
                return  # a configuration of CodePipeline that has nothing but tags
            else:
                self._mapping(root)
        elif isinstance(root, Sequence):
            self._list(root)
        else:
            raise _WrongError(f"it must hold {_FORMS}", root)

    def _mapping(self, mapping: Mapping) -> None:
        for entry in mapping.entries:
            self._set(entry.key, entry.value)

    def _list(self, sequence: Sequence) -> None:
        for item in sequence.items:
            if isinstance(item, Mapping) and isinstance(key := item.get("ParameterKey"), Scalar):
                value = item.get("ParameterValue")
                if value is not None:
                    self._set(key.text, value)
                elif isinstance(previous := item.get("UsePreviousValue"), Scalar) and previous.text.lower() == "true":
                    detail = f"parameter `{key.text}` keeps the value that it has in the deployed stack"
                    self._open(key.text, Reason(Why.ELSEWHERE, detail, self._settle(key.text), self._place(item)))
                else:
                    raise _WrongError(f"`{key.text}` has no `ParameterValue`", item)
            elif isinstance(item, Scalar) and "=" in item.text:
                key_text, _, value_text = item.text.partition("=")
                self.found.values[key_text.strip()] = value_text
                self.found.open.pop(key_text.strip(), None)
            else:
                raise _WrongError("an item is neither a mapping with `ParameterKey` nor a text `Key=Value`", item)

    def _set(self, name: str, value: Node) -> None:
        if isinstance(value, Scalar) and (value.content is not None or value.quoted):
            self.found.values[name] = value.text
            self.found.open.pop(name, None)
        elif isinstance(value, Sequence) and all(isinstance(item, Scalar) for item in value.items):
            self.found.values[name] = ",".join(item.text for item in value.items if isinstance(item, Scalar))
            self.found.open.pop(name, None)
        elif isinstance(value, Call):
            detail = f"the value of parameter `{name}` is worked out by `{value.name}`"
            self._open(name, Reason(Why.AFTER_APPLY, detail, self._settle(name), self._place(value)))
        else:
            raise _WrongError(f"the value of `{name}` is no text", value)

    def _open(self, name: str, reason: Reason) -> None:
        self.found.open[name] = reason
        self.found.values.pop(name, None)

    def _settle(self, name: str) -> str:
        return f"pass `--parameters {name}=…`"

    def _place(self, node: Node) -> Origin:
        return Origin(self.source, node.start, node.stop)

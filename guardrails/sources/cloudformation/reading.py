"""From the text of a template to its tree."""

from __future__ import annotations

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Call, Mapping, Template
from guardrails.sources.cloudformation.unreadable import Counter, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.cloudformation.nodes import Node


def read(path: str, text: str) -> Template | Reason:
    """The template in a text, `path` being what reports call the file; or why there is none, with the place."""
    source = SourceFile(path, text.removeprefix("\ufeff"))
    counter = Counter()
    try:
        root = _parsed(source.text, counter)
    except Unreadable as unreadable:
        return unreadable.reason(source)
    if isinstance(root, Call) and not root.short:
        root = root.as_mapping()
    if not isinstance(root, Mapping):
        return Reason(Why.INVALID, "a template is a mapping, and this is none", "", Origin(source))
    return Template(source, root, tuple(counter.faults), ())


def _parsed(text: str, counter: Counter) -> Node | None:
    """What a text holds. What begins like JSON is JSON, or else YAML that begins with a brace."""
    refused: Unreadable | None = None
    if text.lstrip(" \t\r\n")[:1] == "{":
        from guardrails.sources.cloudformation.json_text import read_json

        try:
            return read_json(text, counter)
        except Unreadable as unreadable:
            if unreadable.why is Why.LIMIT:
                raise
            refused = unreadable
            counter.faults.clear()
    from guardrails.sources.cloudformation.yaml_text import read_yaml

    try:
        return read_yaml(text, counter)
    except Unreadable as unreadable:
        raise unreadable if refused is None or unreadable.why is Why.LIMIT else refused from None

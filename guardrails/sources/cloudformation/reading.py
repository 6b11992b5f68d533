"""From the text of a template to its tree."""

from __future__ import annotations

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Call, Mapping, Template
from guardrails.sources.cloudformation.unreadable import Counter, Unreadable
from guardrails.sources.waiver_mark import MARK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from guardrails.sources.cloudformation.nodes import Comment, Node

NO_MAPPING: Final = "a template is a mapping, and this is none"


def read(path: str, text: str) -> Template | Reason:
    """The template in a text, `path` being what reports call the file; or why there is none, with the place."""
    source = SourceFile(path, text.removeprefix("\ufeff"))
    counter = Counter()
    try:
        root, is_json = document(source.text, counter)
    except Unreadable as unreadable:
        return unreadable.reason(source)
    if isinstance(root, Call) and not root.short:
        root = root.as_mapping()
    if not isinstance(root, Mapping):
        return Reason(Why.INVALID, NO_MAPPING, "", Origin(source))
    found: tuple[Comment, ...] = ()
    if MARK in source.text and not is_json:
        from guardrails.sources.cloudformation.comments import comments

        found = comments(source.text)
    return Template(source, root, tuple(counter.faults), found)


def document(text: str, counter: Counter) -> tuple[Node | None, bool]:
    """What a text holds, and whether it is JSON. What begins like JSON is JSON, or else YAML that begins with a brace,
    which CloudFormation takes as well: most templates with a comma too many are deployed all the same."""
    refused: Unreadable | None = None
    if text.lstrip(" \t\r\n")[:1] == "{":
        from guardrails.sources.cloudformation.json_text import read_json

        try:
            return read_json(text, counter), True
        except Unreadable as unreadable:
            if unreadable.why is Why.LIMIT:
                raise
            refused = unreadable
            counter.faults.clear()
    from guardrails.sources.cloudformation.yaml_text import read_yaml

    try:
        return read_yaml(text, counter), False
    except Unreadable as unreadable:
        raise unreadable if refused is None or unreadable.why is Why.LIMIT else refused from None

"""Which files are templates, found by what they hold.

Most files are none, and a search for two words rules them out before anything is parsed. What is parsed is a template
if it says so (`AWSTemplateFormatVersion`) or holds what makes one (`Resources` with types). What cannot be parsed is a
broken template if its text looks like one; else it is none.
"""

from __future__ import annotations

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.files import LARGEST_FILE
from guardrails.sources.cloudformation.nodes import Call, Mapping, Scalar, Template
from guardrails.sources.cloudformation.reading import NO_MAPPING, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_VERSION: Final = "AWSTemplateFormatVersion"
_WORDS: Final = (b"AWSTemplateFormatVersion", b"Resources")
"""One of these stands in every template."""
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_TEXT_AT_MOST: Final = 8192

_SAYS_SO = compile_later(rb"""(?m)(?:^|["'])AWSTemplateFormatVersion["']?\s*+:""")
_RESOURCES = compile_later(rb"""(?m)(?:^Resources|["']Resources["'])\s*+:""")
_TYPE = compile_later(rb"""\bType["']?\s*+:\s*+["']?(?:AWS|Custom|Alexa)::""")
_RENDERED = compile_later(r"\{%|\{\{(?!resolve:)|<%|%[A-Z][A-Z0-9_]+%")


def template_in(content: bytes, shown: str) -> Template | Reason | None:
    """The template that a file holds, why it cannot be read though it seems to be one, or None if it is none.

    Of a file larger than any that is read, the beginning is enough.
    """
    wide = content[:2] in _WIDE
    if not wide and not any(word in content for word in _WORDS):
        return None
    if wide:
        content = content.decode("utf-16", "replace").encode("utf-8", "replace")
    if len(content) > LARGEST_FILE:
        if not _looks_like_one(content):
            return None
        detail = f"`{shown}` is larger than {LARGEST_FILE // 1024 // 1024} MB"
        return Reason(Why.LIMIT, detail, "", Origin(SourceFile(shown, "")))
    if b"\0" in content[:_TEXT_AT_MOST]:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not _looks_like_one(content):
            return None
        return _not_utf8(content, shown, error.start)
    found = read(shown, text)
    if isinstance(found, Template):
        return found if is_template(found.root) else None
    if found.detail == NO_MAPPING or not _looks_like_one(content):
        return None
    if found.why is Why.INVALID and _RENDERED.search(text):
        settle = "it seems to be written for a program that fills it in: scan what that writes"
        return Reason(found.why, found.detail, settle, found.origin)
    return found


def is_template(root: Mapping) -> bool:
    """Whether a document is a template: it says so, or holds resources that have types."""
    if root.get(_VERSION) is not None:
        return True
    resources = root.get("Resources")
    if isinstance(resources, Call):
        return resources.name.startswith(("Fn::ForEach", "Fn::Transform"))
    if not isinstance(resources, Mapping):
        return False
    for entry in resources.entries:
        if entry.key.startswith("Fn::ForEach::"):
            return True
        kind = entry.value.get("Type") if isinstance(entry.value, Mapping) else None
        # What is there instead of a type is for a program that writes templates.
        if isinstance(kind, Call) or (isinstance(kind, Scalar) and "::" in kind.text):
            return True
    return False


def _looks_like_one(content: bytes) -> bool:
    return bool(_SAYS_SO.search(content) or (_RESOURCES.search(content) and _TYPE.search(content)))


def _not_utf8(content: bytes, shown: str, at: int) -> Reason:
    text = content.decode("utf-8", "replace")
    offset = len(content[:at].decode("utf-8", "replace"))
    return Reason(Why.INVALID, f"`{shown}` is not a text in UTF-8", "", Origin(SourceFile(shown, text), offset, offset))

"""Which templates some changed files may matter to, told from the texts alone.

A template that changed, those that nest it, and those that import what any of these exports. This finds too much at
times, since a name in a comment counts, and never too little.
"""

from __future__ import annotations

import os

from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason
from guardrails.sources.cloudformation.files import ENDINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from guardrails.sources.cloudformation.files import Files

_NESTS = (b"TemplateURL", b"AWS::Serverless::Application")
_IMPORTS = b"ImportValue"
_EXPORTS = b"Export"


class Affected(Record):
    """The files whose templates are to be judged, and those that must be read for it, by real path."""

    judged: frozenset[str]
    read: frozenset[str]


def affected(changed: Iterable[str], candidates: Callable[[], Iterable[str]], files: Files) -> Affected:
    """What matters of the files that are called like templates. Changed files are absolute paths, and need not exist
    any more. No file is looked at where none that changed is called like a template."""
    judged = {path for path in changed if path.endswith(ENDINGS)}
    if not judged:
        return Affected(frozenset(), frozenset())
    all_of_them = list(candidates())
    # What changed in an assembly is named by its contents, and not by its name.
    folders = {os.path.dirname(path) for path in judged}  # noqa: PTH120 - paths are plain text throughout: speed
    assemblies = {folder for folder in folders if os.path.exists(f"{folder}{os.sep}manifest.json")}  # noqa: PTH110
    judged |= {path for path in all_of_them if os.path.dirname(path) in assemblies}  # noqa: PTH120 - as above
    texts = _Texts(all_of_them, files)
    pending = list(judged)
    while pending:
        more = texts.nesting(pending.pop()) - judged
        judged |= more
        pending += more
    if not judged.isdisjoint(texts.exporting):
        judged |= texts.importing
    read = judged | texts.exporting if not judged.isdisjoint(texts.importing) else judged
    return Affected(frozenset(judged), frozenset(read))


class _Texts:
    """What the files say of others."""

    def __init__(self, paths: Iterable[str], files: Files) -> None:
        self.importing: set[str] = set()
        self.exporting: set[str] = set()
        self._nesting: list[tuple[str, bytes]] = []
        for path in paths:
            content = files.content(path)
            if isinstance(content, Reason):
                continue
            if _IMPORTS in content:
                self.importing.add(path)
            if _EXPORTS in content:
                self.exporting.add(path)
            if any(word in content for word in _NESTS):
                self._nesting.append((path, content))

    def nesting(self, path: str) -> set[str]:
        """The files that may nest the template at a path: they hold its name."""
        name = os.fsencode(os.path.basename(path))  # noqa: PTH119 - as above
        return {other for other, content in self._nesting if name in content}

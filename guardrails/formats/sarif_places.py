"""Places as SARIF has them: URIs relative to the repository, columns in UTF-16 units, anchored in one's own code."""

from __future__ import annotations

import os

from guardrails.kernel.origin import Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.formats.view import View
    from guardrails.kernel.origin import Call, SourceFile

ROOT = "%SRCROOT%"
_DOWNLOADED = "/.terraform/modules/"


def is_downloaded(path: str) -> bool:
    """Whether a file is in a module that `terraform init` put there: nobody's to change here, and not in git."""
    return _DOWNLOADED in f"/{path}"


class Places:
    def __init__(self, view: View) -> None:
        self._folder = view.folder.replace(os.sep, "/")
        self._top = (view.repository or view.folder).replace(os.sep, "/").rstrip("/")
        self._artifacts: dict[str, dict[str, str]] = {}

    def anchor(self, origin: Origin) -> Origin:
        """Where in one's own code a place is to be shown: the place itself, or the call that leads into downloaded
        modules: the outermost of those that do, for it alone can be changed."""
        if is_downloaded(origin.file):
            for call in reversed(origin.via):
                if not is_downloaded(call.source.path):
                    return self.call(call, origin)
        return origin

    def call(self, call: Call, below: Origin) -> Origin:
        """The line on which a module call begins."""
        text, start = call.source.text, call.offset
        stop = text.find("\n", start)
        above = below.via[: below.via.index(call)] if call in below.via else ()
        return Origin(call.source, start, len(text) if stop < 0 else stop, via=above)

    def location(self, origin: Origin, *, whole: bool = False) -> dict[str, Any]:
        """`whole`: it is about the whole file, or what is missing from a whole module, so no line is meant."""
        if origin.source is None:
            return {}
        region = {"startLine": 1} if whole else _region(origin.source, origin.start, origin.stop)
        return {"physicalLocation": {"artifactLocation": self._artifact(origin.file), "region": region}}

    def _artifact(self, file: str) -> dict[str, str]:
        found = self._artifacts.get(file)
        if found is None:
            found = self._artifacts[file] = self._located(file)
        return found

    def _located(self, file: str) -> dict[str, str]:
        from posixpath import join, normpath

        path = normpath(join(self._folder, file))
        if path.startswith(self._top + "/"):
            return {"uri": _quoted(path[len(self._top) + 1 :]), "uriBaseId": ROOT}
        if path.startswith("/"):
            return {"uri": f"file://{_quoted(path)}"}
        return {"uri": _quoted(path), "uriBaseId": ROOT}


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.fsencode(path), safe="/")


def _region(source: SourceFile, start: int, stop: int) -> dict[str, int]:
    line, column = _position(source, start)
    region = {"startLine": line, "startColumn": column}
    stop = start + len(source.text[start:stop].rstrip())
    if stop > start:
        region["endLine"], region["endColumn"] = _position(source, stop)
    return region


def _position(source: SourceFile, offset: int) -> tuple[int, int]:
    """Line and column from 1, the column in units of UTF-16."""
    line, column = source.position(offset)
    before = source.text[offset - column + 1 : offset]
    return line, column if before.isascii() else len(before.encode("utf-16-le", "surrogatepass")) // 2 + 1

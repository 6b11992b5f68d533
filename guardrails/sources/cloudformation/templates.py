"""The templates that were read, each once."""

from __future__ import annotations

import os

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.detection import template_in
from guardrails.sources.cloudformation.nodes import Mapping, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import Origin
    from guardrails.sources.cloudformation.files import Files


class Templates:
    """The templates among the files below some folders, by real path."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._read: dict[str, Template | Reason | None] = {}

    def at(self, path: str) -> Template | Reason | None:
        """What a file holds: a template, one that cannot be read, or none."""
        if path not in self._read:
            content = self.files.content(path)
            self._read[path] = content if isinstance(content, Reason) else template_in(content, self.files.shown(path))
        return self._read[path]

    def again(self, path: str) -> Template:
        """A template that was read before."""
        found = self.at(path)
        if isinstance(found, Template):
            return found
        # The file changed while it was scanned.
        shown = self.files.shown(path)
        return Template(SourceFile(shown, ""), Mapping(0, 0, ()), (), ())

    def forget(self, path: str) -> None:
        """Let go of a template; it is read again when it is asked for."""
        self._read.pop(path, None)

    def beside(self, path: str, written: str, place: Origin) -> tuple[str, Template | Reason]:
        """The template at a path that is written in the one at `path`, with its real path."""
        relative = written.removeprefix("file://")
        try:
            real = os.path.realpath(f"{os.path.dirname(path)}{os.sep}{relative}")  # noqa: PTH120 - plain text: speed
        except ValueError:  # a null byte
            real = ""
        if not real or not self.files.within(real):
            detail = f"`{written}` lies outside of the scanned folder"
            return real, Reason(Why.ELSEWHERE, detail, "scan a folder that holds both", place)
        found = self.at(real)
        if found is None:
            return real, Reason(Why.INVALID, f"`{written}` is no template", "", place)
        if isinstance(found, Reason) and not os.path.exists(real):  # noqa: PTH110 - plain text: speed
            return real, Reason(Why.ELSEWHERE, f"the template `{written}` is not here", "", place)
        return real, found

"""The templates that were read, each once."""

from __future__ import annotations

import os

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.detection import template_in
from guardrails.sources.cloudformation.nodes import Mapping, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.kernel.origin import Origin
    from guardrails.sources.cloudformation.files import Files


_MOST_FOLDERS = 10_000
_MOST_STEPS = 20


class Templates:
    """The templates among the files below some folders, by real path."""

    def __init__(self, files: Files, nested_in: Sequence[str] = ()) -> None:
        """`nested_in`: patterns of the folders in which templates lie that are nested by an address."""
        self.files = files
        self._nested_in = nested_in
        self._folders: list[str] | None = None
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

    def behind(self, address: str) -> tuple[str, Template] | None:
        """The template that an address ends in the path of, with its real path: the one that agrees in most steps;
        None where there is none, or several do."""
        if not self._nested_in:
            return None
        if self._folders is None:
            from glob import iglob
            from itertools import islice

            found = (folder for pattern in self._nested_in for folder in islice(iglob(pattern), _MOST_FOLDERS))  # noqa: PTH207 - plain text: speed
            self._folders = [os.path.realpath(folder) for folder in dict.fromkeys(found)]
        steps = [step for step in address.partition("?")[0].split("/") if step not in ("", ".", "..")]
        for length in range(min(len(steps), _MOST_STEPS), 0, -1):
            tail = "/".join(steps[-length:])
            paths = {f"{folder}{os.sep}{tail}" for folder in self._folders}
            read = {path: self.at(path) for path in sorted(paths) if self.files.within(path) and os.path.isfile(path)}  # noqa: PTH113 - as above
            templates = [(path, template) for path, template in read.items() if isinstance(template, Template)]
            if templates:
                return templates[0] if len(templates) == 1 else None
        return None

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

"""Finding the files that may be templates."""

from __future__ import annotations

import os

from guardrails.sources.scanned_trees import ScannedTrees, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

    from guardrails.kernel.why import Reason

LARGEST_FILE: Final = 10 * 1024 * 1024
ENDINGS: Final = (".yaml", ".yml", ".json", ".template", ".cfn", ".cform")
"""What the name of a template ends in. One that is named on the command line may be called anything."""
SKIPPED: Final = frozenset(("node_modules", "venv", "__pycache__", "site-packages"))
"""Folders of what others wrote, which hold thousands of files; so do those whose names begin with a dot."""


class Files(ScannedTrees):
    """The files below some folders."""

    def __init__(
        self, trees: Iterable[tuple[str, str]], working_directory: str, overlay: Mapping[str, bytes] | None = None
    ) -> None:
        super().__init__(trees, working_directory, overlay)
        self.problems: list[Reason] = []
        """The folders that could not be looked into."""

    def candidates(self, folder: str) -> Iterator[str]:
        """The paths of the files in and below a folder that are called like templates, in the order of their names.

        Links to folders are not followed: what they lead to is found where it is, and they may lead in circles.
        """
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                self.problems.append(unreadable(self.shown(folder), error))
                continue
            below: list[str] = []
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue
                if name.endswith(ENDINGS) and _is_file(entry):
                    yield entry.path
                    continue
                if name not in SKIPPED and entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
            waiting += reversed(below)

    def content(self, path: str, most: int = LARGEST_FILE) -> bytes | Reason:
        """The bytes of a file, at most one more than `most`; or why it is not read."""
        return self.read(path, most)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or leads to one: a pipe, or a link to nowhere or in a circle, holds no template."""
    try:
        return entry.is_file()
    except OSError:
        return False

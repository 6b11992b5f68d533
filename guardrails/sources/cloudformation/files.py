"""Finding and opening files: never waiting, never out of the scanned trees, never more than is bearable."""

from __future__ import annotations

import errno
import os
import stat

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

LARGEST_FILE: Final = 10 * 1024 * 1024
ENDINGS: Final = (".yaml", ".yml", ".json", ".template", ".cfn", ".cform")
"""What the name of a template ends in. One that is named on the command line may be called anything."""
SKIPPED: Final = frozenset(("node_modules", "venv", "__pycache__", "site-packages"))
"""Folders of what others wrote, which hold thousands of files; so do those whose names begin with a dot."""

# Without blocking: a pipe that nobody writes to must not stop the scan. Without following: links are looked at first.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_PIECE = 1024 * 1024


class Files:
    """The files below some folders."""

    def __init__(
        self, trees: Iterable[tuple[str, str]], working_directory: str, overlay: Mapping[str, bytes] | None = None
    ) -> None:
        self._trees = sorted(set(trees))
        """Real paths, and how reports call them; an outer tree before those in it."""
        self._working_directory = working_directory
        self._overlay = overlay or {}
        """Real paths, and what these files are taken to hold."""
        self.problems: list[Reason] = []
        """The folders that could not be looked into."""

    def shown(self, path: str) -> str:
        """A path as reports print it: relative to the working directory where it lies below it."""
        if path == self._working_directory:
            return "."
        inside = path.removeprefix(self._working_directory.rstrip(os.sep) + os.sep)
        if inside == path:
            tree, shown = next(((tree, shown) for tree, shown in self._trees if _in(path, tree)), ("", ""))
            inside = shown + path[len(tree) :]
        return inside.replace(os.sep, "/")

    def within(self, real_path: str) -> bool:
        """Whether a path, links resolved, lies in a scanned tree."""
        return any(_in(real_path, tree) for tree, _ in self._trees)

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
                shown = self.shown(folder)
                detail = f"`{shown}` cannot be read: {_because(error)}"
                self.problems.append(Reason(Why.INVALID, detail, "", _head_of(shown)))
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
        """The bytes of a file, or why it is not read."""
        shown = self.shown(path)
        try:
            content = self._content(path, most)
        except _OutsideError:
            detail = f"`{shown}` is a link to a file outside of the scanned folder"
            return Reason(Why.ELSEWHERE, detail, "scan a folder that holds both", _head_of(shown))
        except OSError as error:
            return Reason(Why.INVALID, f"`{shown}` cannot be read: {_because(error)}", "", _head_of(shown))
        return content

    def _content(self, path: str, most: int) -> bytes:
        """At most one byte more than `most`: by that it shows that there are more."""
        if self._overlay and (taken := self._overlay.get(os.path.realpath(path))) is not None:
            return taken
        try:
            handle = os.open(path, _OPEN)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            real = os.path.realpath(path, strict=True)
            if not self.within(real):
                raise _OutsideError from None
            handle = os.open(real, _OPEN)
        except ValueError:  # a null byte, which no path can hold
            raise OSError(errno.ENOENT, "") from None
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            content = os.read(handle, min(status.st_size, most) + 1)
            while len(content) != status.st_size and len(content) <= most:
                more = os.read(handle, _PIECE)
                if not more:
                    break
                content += more
            return content
        finally:
            os.close(handle)


class _OutsideError(Exception):
    """A link leads out of the scanned trees."""


def _in(path: str, tree: str) -> bool:
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or leads to one: a pipe, or a link to nowhere or in a circle, holds no template."""
    try:
        return entry.is_file()
    except OSError:
        return False


def _head_of(shown: str) -> Origin:
    return Origin(SourceFile(shown, ""))


def _because(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "there is no such file, or a link leads nowhere"
    return (error.strerror or type(error).__name__).lower()

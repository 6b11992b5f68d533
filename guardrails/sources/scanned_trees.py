"""Opening files: never waiting, never out of the scanned trees, never more than is bearable."""

from __future__ import annotations

import errno
import os
import stat

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PIECE = 1024 * 1024
# Without blocking: a pipe that nobody writes to must not stop the scan. Without following: links are looked at first.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class ScannedTrees:
    """The folders that are scanned, and what the files in them hold."""

    def __init__(
        self, trees: Iterable[tuple[str, str]], working_directory: str, overlay: Mapping[str, bytes] | None = None
    ) -> None:
        self._trees = sorted(set(trees))
        """Real paths, and how reports call them; an outer tree before those in it."""
        self._working_directory = working_directory
        self._overlay = overlay or {}
        """Real paths, and what these files are taken to hold."""

    def shown(self, path: str) -> str:
        """A path as reports print it: relative to the working directory where it lies below it."""
        if path == self._working_directory:
            return "."
        inside = path.removeprefix(self._working_directory.rstrip(os.sep) + os.sep)
        if inside == path:
            tree, shown = next(((tree, shown) for tree, shown in self._trees if is_in(path, tree)), ("", ""))
            inside = shown + path[len(tree) :]
        return inside.replace(os.sep, "/")

    def within(self, real_path: str) -> bool:
        """Whether a path, links resolved, lies in a scanned tree."""
        return any(is_in(real_path, tree) for tree, _ in self._trees)

    def read(self, path: str, most: int) -> bytes | Reason:
        """The bytes of a file, or why it is not read. At most one byte more than `most`: by that it shows that there
        are more. Never waits, never follows a link out of the scanned trees."""
        try:
            return self._read(path, most)
        except _OutsideError:
            shown = self.shown(path)
            detail = f"`{shown}` is a link to a file outside of the scanned folder"
            return Reason(Why.ELSEWHERE, detail, "scan a folder that holds both", head_of(shown))
        except OSError as error:
            return unreadable(self.shown(path), error)

    def _read(self, path: str, most: int) -> bytes:
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
            # As much as it should hold and one byte more: by that it shows where it has grown, or has no size to tell.
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


def is_in(path: str, tree: str) -> bool:
    """Whether a path is a tree or lies in it."""
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


def head_of(shown: str) -> Origin:
    """The place that stands for a whole file or folder."""
    return Origin(SourceFile(shown, ""))


def unreadable(shown: str, error: OSError) -> Reason:
    """What to say of a file or folder that the system does not give."""
    if error.errno == errno.ENOENT:
        because = "there is no such file, or a link leads nowhere"
    else:
        because = (error.strerror or type(error).__name__).lower()
    return Reason(Why.INVALID, f"`{shown}` cannot be read: {because}", "", head_of(shown))

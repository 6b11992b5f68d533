"""Which folders of configuration some changed files may matter to, told from the texts alone.

Nothing is parsed: whoever commits one file of a repository of a thousand roots wants an answer at once. So every text
is only looked at for what may be a path to another folder, or the name of a file that is read. This finds too much at
times, in a comment for instance, and never too little, save where the path of a file that is read is put together from
parts of which none is the name of the file or of its folder.
"""

from __future__ import annotations

import os
import re

from guardrails.sources.terraform.module_source import LARGEST_FILE, is_configuration, is_terraform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_PATH = re.compile(rb'"(\.\.?(?:\\?[/\\][^"\r\n]*)?)"')
"""A text that is a path to elsewhere, as the source of a local module is."""
_READS = b"file"
"""In the name of every function by which configuration reads a file: `file`, `templatefile`, `fileset`, …"""
_MOST_NAMES = 50
"""Changed files whose names are looked for; with more, whoever reads any file is affected."""
_CHUNK = 1 << 16
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_LOCK = ".terraform.lock.hcl"
_DOWNLOADS = f"{os.sep}.terraform{os.sep}"


def affected(top: str, changed: Sequence[str], skipped: Collection[str]) -> list[str]:
    """The folders below `top` with configuration that any of the changed files is part of, or that reads one, and
    those that call such a folder as a module, over however many steps; in the order in which a scan meets them.

    All paths are absolute and real; a changed file need not exist any more. Folders called as in `skipped` and hidden
    ones are not looked into.
    """
    tree = _Tree(top, skipped)
    found: set[str] = set()
    """Also folders that hold no configuration any more: their callers miss them."""
    read: list[str] = []
    for path in changed:
        found |= tree.touched_by(path, read)
    if found or read:
        texts = _Texts(tree, read)
        found |= texts.reading
        pending = list(found)
        while pending:
            callers = texts.callers(pending.pop()) - found
            found |= callers
            pending += callers
    return sorted(found & tree.folders.keys(), key=lambda folder: folder.split(os.sep))  # noqa: PTH206 - paths are plain text throughout: speed


class _Tree:
    """The folders below a path."""

    def __init__(self, top: str, skipped: Collection[str]) -> None:
        self.top = top
        self.folders: dict[str, list[str]] = {}
        """Folders with configuration, and the names of its files."""
        self.has_links = False
        """Whether some folder is a link to another one."""
        self._all: set[str] = set()
        self._linked: dict[str, set[str]] = {}
        """Real path of a file → the folders that have it as configuration through a link."""
        pending = [top]
        while pending:
            folder = pending.pop()
            self._all.add(folder)
            pending += self._list(folder, skipped)

    def _list(self, folder: str, skipped: Collection[str]) -> list[str]:
        below: list[str] = []
        configuration: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] == ".":
                        continue
                    if is_configuration(name):
                        configuration.append(name)
                        if entry.is_symlink():
                            self._linked.setdefault(os.path.realpath(entry.path), set()).add(folder)
                    elif entry.is_dir(follow_symlinks=False):
                        if name not in skipped:
                            below.append(entry.path)
                    elif entry.is_symlink():
                        self.has_links = True
        except OSError:  # What is judged is read once more, and then it is told.
            return below
        if configuration:
            self.folders[folder] = configuration
        return below

    def touched_by(self, path: str, read: list[str]) -> set[str]:
        """The folders that a changed file is part of; where it is no configuration, adds it to what may be `read`."""
        folder, name = os.path.split(path)
        downloads = path.find(_DOWNLOADS)
        if downloads >= 0:
            return {path[:downloads]}
        if name == _LOCK:
            return set()
        if path in self._all:
            below = path.rstrip(os.sep) + os.sep
            return {each for each in self.folders if each == path or each.startswith(below)}
        if is_configuration(name) or (is_terraform(name) and folder in self.folders):
            return {folder} | self._linked.get(path, set())
        read.append(path)
        # A template, a document or the like belongs to the module whose folder it is in, or below.
        while folder not in self.folders:
            above = os.path.dirname(folder)  # noqa: PTH120 - paths are plain text throughout: speed
            if above == folder or folder == self.top:
                return set()
            folder = above
        return {folder}


class _Texts:
    """What the configuration of a tree says of other folders and files."""

    def __init__(self, tree: _Tree, read: Sequence[str]) -> None:
        self.reading: set[str] = set()
        """The folders that may read one of the files `read` by its name."""
        self._tree = tree
        self._resolved = os.path.realpath if tree.has_links else os.path.normpath
        self._words = _words_for(read)
        self._by_last_step: dict[str, list[tuple[str, str]]] = {}
        """The last step of a path → the folders that have such a path in a text, with the path."""
        for folder, names in tree.folders.items():
            for name in names:
                self._look_at(folder, _content(f"{folder}{os.sep}{name}", tree.top))
        # A last step that is not the name of the folder which it leads to.
        for step in list(self._by_last_step) if tree.has_links else ("", ".", ".."):
            for folder, path in tuple(self._by_last_step.get(step, ())):
                name = os.path.basename(self._resolved(f"{folder}{os.sep}{path}"))  # noqa: PTH119 - as above
                if name != step:
                    self._by_last_step.setdefault(name, []).append((folder, path))

    def _look_at(self, folder: str, content: bytes) -> None:
        words = self._words
        if words is not None and _READS in content and (not words or any(word in content for word in words)):
            self.reading.add(folder)
        if b'".' not in content:
            return
        for found in set(_PATH.findall(content)):
            path = found.decode("utf-8", "replace").replace("\\/", "/").replace("\\", "/").rstrip("/")
            self._by_last_step.setdefault(path.rpartition("/")[2], []).append((folder, path))

    def callers(self, called: str) -> set[str]:
        """The folders with a path to this one in some text."""
        likely = self._by_last_step.get(os.path.basename(called), ())  # noqa: PTH119 - as above
        return {folder for folder, path in likely if self._resolved(f"{folder}{os.sep}{path}") == called} - {called}


def _words_for(read: Sequence[str]) -> set[bytes] | None:
    """What a text holds that reads one of these files; empty where it may be anything, None where there are none."""
    if not read:
        return None
    if len(read) > _MOST_NAMES:
        return set()
    words = {os.fsencode(os.path.basename(file)) for file in read}  # noqa: PTH119 - as above
    folders = {os.path.basename(os.path.dirname(file)) for file in read}  # noqa: PTH119, PTH120 - as above
    return words | {b"/" + os.fsencode(folder) for folder in folders if folder}


def _content(path: str, top: str) -> bytes:
    """The bytes of a regular file, as far as a scan would read it; nothing where it would not."""
    try:
        try:
            handle = os.open(path, _OPEN)
        except OSError:
            real = os.path.realpath(path)
            if real == path or not real.startswith(top.rstrip(os.sep) + os.sep):
                return b""
            handle = os.open(real, _OPEN)
        try:
            content = part = os.read(handle, _CHUNK)
            while len(part) == _CHUNK and len(content) <= LARGEST_FILE:
                part = os.read(handle, _CHUNK)
                content += part
        finally:
            os.close(handle)
    except OSError:
        return b""
    return content

"""A shorter way to our own modules: to the compiled file that lies beside the source.

A small scan imports some two hundred modules, and a third of what that takes is looking for them: the interpreter asks
each finder in turn, lists each folder, and tries each ending that a module's file may have. We know how our own are
called. What is not as expected, a compiled file that is missing, older than its source or of another interpreter, is
left to the interpreter's own way, which writes the compiled file as well.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

OURS = ("guardrails.", "guardrails_policies.")

_MOST = 1 << 20
"""Bytes of a compiled file that are read at once. None of ours is near to that."""
_CHECKED_BY_TIME = b"\0\0\0\0"
_HEAD = 16
"""Bytes in front of the code: the interpreter's number, how the file is checked, time and size of the source."""


def shorten() -> None:
    """Find our modules this way from now on, where the interpreter keeps compiled files in the usual place."""
    if sys.implementation.cache_tag and sys.pycache_prefix is None and not sys.flags.optimize:
        sys.meta_path.insert(0, Finder)


class _Loader(SourceFileLoader):
    """The interpreter's own loader, with the code at hand."""

    code: CodeType | None = None

    def exec_module(self, module: ModuleType) -> None:
        code, self.code = self.code, None
        if code is None:
            super().exec_module(module)
        else:
            exec(code, module.__dict__)


class Finder:
    """What `sys.meta_path` asks."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if path is None or len(path) != 1 or not name.startswith(OURS):
            return None
        last = name.rpartition(".")[2]
        (folder,) = path
        inside = f"{folder}{os.sep}{last}"
        try:
            return _spec(name, folder, last, is_package=False) or _spec(name, inside, "__init__", is_package=True)
        except (OSError, ValueError, EOFError, TypeError):
            return None


def _spec(name: str, folder: str, stem: str, *, is_package: bool) -> ModuleSpec | None:
    source = f"{folder}{os.sep}{stem}.py"
    try:
        written = os.stat(source)
    except FileNotFoundError:
        return None
    compiled = f"{folder}{os.sep}__pycache__{os.sep}{stem}.{sys.implementation.cache_tag}.pyc"
    file = os.open(compiled, _READ)
    try:
        content = os.read(file, _MOST)
    finally:
        os.close(file)
    stamp = (int(written.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little")
    size = (written.st_size & 0xFFFFFFFF).to_bytes(4, "little")
    if content[:_HEAD] != MAGIC_NUMBER + _CHECKED_BY_TIME + stamp + size:
        return None
    loader = _Loader(name, source)
    loader.code = loads(memoryview(content)[_HEAD:])
    spec = ModuleSpec(name, loader, origin=source, is_package=is_package)
    spec.has_location = True
    spec.cached = compiled
    if is_package:
        spec.submodule_search_locations = [folder]
    return spec


_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

"""Which module directories call which, and which of them are roots.

Most files need not be parsed for that: a text in which nothing looks like a local module source calls no local module.
What looks like one is only believed, where it would make a directory a mere part of another, after it was parsed.
"""

from __future__ import annotations

import os

from guardrails.kernel.pattern import compile_later
from guardrails.sources.terraform.module_calls import is_local, source_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardrails.sources.terraform.module_source import Reader

SHOWCASES = frozenset(("example", "examples", "test", "tests"))
"""Folders whose roots show or try a module: their calling it does not make it a mere part of them."""

_LOCAL_SOURCE = compile_later(rb'source"?[ \t\r\n]*[=:][ \t\r\n]*"(\.\.?(?:\\?[/\\][^"\r\n]*)?)"')


class ModuleGraph:
    """The directories with configuration, and the local calls between them."""

    def __init__(self, folders: Iterable[str], reader: Reader) -> None:
        self._reader = reader
        self._calls: dict[str, set[str]] = {folder: set() for folder in folders}
        for folder, called in self._calls.items():
            called.update(self._seemingly_called(folder))
        callers: dict[str, list[str]] = {}
        for folder, called in self._calls.items():
            for other in called:
                callers.setdefault(other, []).append(folder)
        self.called = frozenset(callers)
        """The directories that others call, as far as the texts tell."""
        claimed = {folder: self._is_claimed(folder, callers.get(folder, [])) for folder in self._calls}
        covered = self._below({folder for folder, is_root in claimed.items() if is_root})
        for folder in self._calls:
            # Modules that call each other in a circle have no root above them; the first of them is one then.
            if folder not in covered:
                claimed[folder] = True
                covered |= self._below({folder})
        self.roots = {folder: None for folder, is_root in claimed.items() if is_root}
        """In the order of the paths."""

    def __contains__(self, folder: str) -> bool:
        return folder in self._calls

    def __iter__(self) -> Iterator[str]:
        return iter(self._calls)

    def roots_reaching(self, wanted: set[str]) -> set[str]:
        """The roots among some modules, and those that call them, over however many steps."""
        return {root for root in self.roots if root in wanted or self._below({root}) & wanted}

    def _seemingly_called(self, folder: str) -> Iterator[str]:
        for name in self._reader.listing(folder).configuration:
            content = self._reader.peek(f"{folder}{os.sep}{name}")
            for found in _LOCAL_SOURCE.findall(content) if isinstance(content, bytes) and b'".' in content else ():
                target = self._reader.target(folder, found.decode("utf-8", "replace").replace("\\/", "/"))
                if target != folder and target in self._calls:
                    yield target

    def _is_claimed(self, folder: str, callers: list[str]) -> bool:
        """Whether a directory is a root by what it holds, or because nothing but its showcases calls it."""
        if not callers or self._reader.listing(folder).variable_files:
            return True
        if self._reader.source(folder).has_backend:
            return True
        return not any(
            not _shows(caller, folder, self._reader) and self._does_call(caller, folder) for caller in callers
        )

    def _does_call(self, caller: str, folder: str) -> bool:
        sources = map(source_of, self._reader.source(caller).modules.values())
        return any(where and is_local(where) and self._reader.target(caller, where) == folder for where in sources)

    def _below(self, folders: set[str]) -> set[str]:
        found, pending = set(folders), list(folders)
        while pending:
            for called in self._calls[pending.pop()]:
                if called not in found:
                    found.add(called)
                    pending.append(called)
        return found


def _shows(caller: str, called: str, reader: Reader) -> bool:
    """Whether the caller is a showcase of the module that it calls, and not in the same showcase as it."""
    above = reader.tree_of(caller)
    for step in caller.removeprefix(above).split(os.sep)[1:]:  # noqa: PTH206 - plain text paths: speed
        above = f"{above}{os.sep}{step}"
        if step in SHOWCASES:
            return not (called + os.sep).startswith(above + os.sep)
    return False

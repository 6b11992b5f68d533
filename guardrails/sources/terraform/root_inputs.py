"""The values of the variables of each root, and the names among them that nothing declares.

Roots are parsed when they are judged, not before. So names are looked up in their texts first, and only what is not
found there is looked for with care.
"""

from __future__ import annotations

import os

from guardrails.kernel.pattern import compile_later
from guardrails.sources.terraform.variables import Given, VariableError, from_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guardrails.sources.terraform.module_source import Reader
    from guardrails.sources.terraform.variables import Supplied

_DECLARED = compile_later(rb'\bvariable[ \t]+"?([A-Za-z_][A-Za-z0-9_-]*)')
_ASSIGNED = compile_later(rb"(?m)^([A-Za-z_][A-Za-z0-9_-]*)[ \t]*=")
_SHOWN = 3


class RootInputs:
    """What the user gives to all roots, and what their own files give to each."""

    def __init__(self, given: Mapping[str, Supplied], environment: Mapping[str, Supplied], reader: Reader) -> None:
        self._given = given
        self._environment = environment
        self._reader = reader
        self._declared: dict[str, set[str]] = {}

    def of(self, root: str) -> Given:
        """All values for one root: those of the environment weigh least, those of the command line most."""
        files = self._files(root)
        return Given({**self._environment, **files.values, **self._given}, files.problems)

    def _files(self, root: str) -> Given:
        return from_directory(root, self._reader.listing(root).variable_files, self._reader)

    def check(self, roots: Sequence[str], *, complete: bool = True) -> list[str]:
        """Notes on names that nothing declares; raises VariableError where one was given by itself.

        Not `complete`: there are further roots, which may declare what none of these does.
        """
        notes: list[str] = []
        for name, supplied in self._given.items() if complete else ():
            if self._is_declared(name, roots):
                continue
            if not supplied.from_file:
                raise VariableError(f"--var {name}: no scanned root declares this variable{self._hint(name, roots)}")
            notes.append(f"{supplied.origin.file}: no scanned root declares the variable `{name}`")
        for root in roots:
            if self._may_assign_more(root):
                notes += self._surplus(root)
        return notes

    def _is_declared(self, name: str, roots: Sequence[str]) -> bool:
        likely = [root for root in roots if name in self._seemingly_declared(root)]
        for root in [*likely, *(root for root in roots if root not in likely)]:
            source = self._reader.source(root)
            if name in source.variables or source.broken:
                return True
        return False

    def _hint(self, name: str, roots: Sequence[str]) -> str:
        from difflib import get_close_matches

        near = get_close_matches(name, sorted({known for root in roots for known in self._seemingly_declared(root)}), 1)
        return f" (did you mean `{near[0]}`?)" if near else ""

    def _seemingly_declared(self, root: str) -> set[str]:
        found = self._declared.get(root)
        if found is None:
            found = self._declared[root] = set()
            for name in self._reader.listing(root).configuration:
                content = self._reader.peek(f"{root}{os.sep}{name}")
                if isinstance(content, bytes):
                    found.update(match.decode() for match in _DECLARED.findall(content))
        return found

    def _may_assign_more(self, root: str) -> bool:
        """Whether the variable files of a root seem to hold a name that it does not declare."""
        assigned: set[str] = set()
        for name in self._reader.listing(root).variable_files:
            if name.endswith(".json"):
                return True
            content = self._reader.peek(f"{root}{os.sep}{name}")
            if isinstance(content, bytes):
                assigned.update(match.decode() for match in _ASSIGNED.findall(content))
        return bool(assigned) and not assigned <= self._seemingly_declared(root)

    def _surplus(self, root: str) -> list[str]:
        source = self._reader.source(root)
        if source.broken:
            return []
        by_file: dict[str, list[str]] = {}
        for name, supplied in self._files(root).values.items():
            if name not in source.variables:
                by_file.setdefault(supplied.origin.file, []).append(name)
        notes = []
        for file, names in by_file.items():
            shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            verb = "is no variable" if len(names) == 1 else "are no variables"
            notes.append(f"{file}: {shown}{more} {verb} of this root")
        return notes

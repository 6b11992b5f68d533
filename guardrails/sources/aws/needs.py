"""What has to be read of an account for some policies.

What the built-in policies need was worked out beforehand (docs/generate.py, guardrails/lower/asked.py) and stands in a
table beside them. A policy that is in no table needs everything. Should the table ever lack something, it is not asked
for, and what hangs on it is not known: no verdict comes out of what nobody asked.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    class Declared(Protocol):
        """A policy, by what is looked at here."""

        @property
        def id(self) -> str: ...

        @property
        def module(self) -> str: ...


_GONE_BY = {"kms.key": ("alias", "key")}
"""By type the part that the reading itself goes by: a key may be named by its alias, and only its description says
which key that is."""
MODULE = "_needs"
"""The module of a package of policies that holds the table: by id `TYPE/PART,PART TYPE`."""


def needs(policies: Iterable[Declared]) -> frozenset[str]:
    """The types of resource that these policies ask about."""
    return frozenset(needs_parts(policies))


def needs_parts(policies: Iterable[Declared]) -> dict[str, frozenset[str]]:
    """By type of resource the parts that these policies ask about; what the listing says comes with each."""
    found: dict[str, set[str]] = {}
    for policy in policies:
        row = _table(policy.module.partition(".")[0]).get(policy.id)
        for type_, parts in (everything() if row is None else _read(row)).items():
            found.setdefault(type_, set(_GONE_BY.get(type_, ()))).update(parts)
    return {type_: frozenset(parts) for type_, parts in sorted(found.items())}


def written(needed: Mapping[str, Iterable[str]]) -> str:
    """One row of the table."""
    rows = (f"{type_}/{','.join(sorted(parts))}".rstrip("/") for type_, parts in sorted(needed.items()))
    return " ".join(rows)


def _read(row: str) -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for one in row.split():
        type_, _, parts = one.partition("/")
        found[type_] = parts.split(",") if parts else []
    return found


def everything() -> dict[str, Sequence[str]]:
    """By type of resource all its parts."""
    from guardrails.sources.aws.kinds import kinds

    return {type_: kind.parts for type_, kind in kinds().items()}


def _table(package: str) -> Mapping[str, str]:
    try:
        __import__(f"{package}.{MODULE}")
    except ImportError:
        return {}
    table: Mapping[str, str] = sys.modules[f"{package}.{MODULE}"].NEEDS
    return table

"""The index of a package of policies: enough of each to choose it and to see that it has nothing to judge.

Importing a policy costs a fifth of a millisecond, and most deployments have something to judge for a few of them only.
So the built-in package lists its policies in a module `_index`, which docs/generate.py writes, and the module of a
policy is imported when a resource of its kind is there.
"""

from __future__ import annotations

import os
import sys

from guardrails.errors import PluginError
from guardrails.policy import Policy, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType
    from typing import Any

    Failure = Callable[[str, str, BaseException], PluginError]
    Row = tuple[str, str, str, str, str, bool, str, tuple[str, ...], tuple[str, ...]]

MODULE = "_index"
_SEVERITIES = {severity.value: severity for severity in Severity}
"""To make one of its value takes five times as long."""


def import_module(name: str) -> ModuleType:
    """As the function of `importlib`, which with its `warnings` takes as long as two policies to import."""
    __import__(name)
    return sys.modules[name]


class Indexed(Policy):  # type: ignore[type-arg] # of any kind of resource
    """A policy as the index has it. What the index does not say is read from its module when it is asked for."""

    if TYPE_CHECKING:
        package: str = ""
        kind: str = ""

    def __init__(self, package: str, row: Row, failure: Failure) -> None:
        identity, name, kind, severity, module, enabled, when, options, aliases = row
        self.__dict__.update(
            id=identity,
            name=name,
            kind=kind,
            severity=_SEVERITIES[severity],
            module=f"{package}.{module}",
            enabled=enabled,
            when=when,
            options=options,
            aliases=aliases,
            package=package,
            failure=failure,
        )

    def load(self) -> None:
        if "judge" in self.__dict__:
            return
        if "error" in self.__dict__:
            raise self.__dict__["error"]
        try:
            declared = self._declared()
        except PluginError as error:
            self.__dict__["error"] = error
            raise
        self.__dict__.update(declared.__dict__)

    def _declared(self) -> Policy[Any]:
        """The policy as its module declares it."""
        inside = self.module.removeprefix(f"{self.package}.")
        try:
            module = import_module(self.module)
        except (Exception, SystemExit) as error:
            raise self.__dict__["failure"](self.package, f"`{inside}` cannot be imported", error) from error
        for policy in declared_in(module):
            if policy.id == self.id:
                if row_of(policy, self.package) != row_of(self, self.package):
                    break
                return policy
        raise PluginError(
            self.package, f"`{inside}` does not declare {self.id} as the index says: run docs/generate.py"
        )

    if not TYPE_CHECKING:  # A checker that saw it would believe that every attribute exists.
        options = ()

        @property
        def settings(self) -> type[Any] | None:
            self.load()
            return self.__dict__["settings"]

        @property
        def file(self) -> str:
            self.load()
            return self.__dict__["file"]

        def __getattr__(self, name: str) -> object:
            if name == "on":
                from guardrails import model

                return self.__dict__.setdefault("on", getattr(model, self.kind))
            if name not in Policy._fields:
                raise AttributeError(f"{type(self).__name__} has no `{name}`")
            self.load()
            return self.__dict__[name]


def read(package: str, failure: Failure) -> list[Policy[Any]] | None:
    """The policies of a package by its index; None where it has none, or lists other modules than there are.

    `failure` makes the error for a module that cannot be imported: plugin, what failed, why.
    """
    try:
        index = import_module(f"{package}.{MODULE}")
    except ModuleNotFoundError:
        return None
    rows: tuple[Row, ...] = index.POLICIES
    there = set(_modules_of(package))
    if there and there != {f"{package}.{name}" for name in (*(row[4] for row in rows), *index.OTHERS)}:
        return None
    return [Indexed(package, row, failure) for row in rows]


def row_of(policy: Policy[Any], package: str) -> Row:
    """What the index says of a policy."""
    return (
        policy.id,
        policy.name,
        policy.on.__name__,
        policy.severity.value,
        policy.module.removeprefix(f"{package}."),
        policy.enabled,
        policy.when,
        policy.options,
        policy.aliases,
    )


def written(policies: Iterable[Policy[Any]], package: str) -> str:
    """The text of the index of these policies."""
    all_rows = [row_of(policy, package) for policy in policies]
    rows = "".join(f"    {_in_double_quotes(row)},\n" for row in all_rows)
    declaring = {row[4] for row in all_rows}
    others = [name.removeprefix(f"{package}.") for name in _modules_of(package)]
    listed = "".join(f'    "{name}",\n' for name in others if name not in declaring)
    return f"{_HEAD}\nPOLICIES = (\n{rows})\n{_OTHERS}\nOTHERS: tuple[str, ...] = (\n{listed})\n"


def _modules_of(package: str) -> list[str]:
    roots = [path for path in import_module(package).__path__ if os.path.isdir(path)]
    return [name for root in roots for name in modules(root, package)]


def _in_double_quotes(row: object) -> str:
    """A row as it is written in Python: its texts hold no quotes."""
    return repr(row).replace("'", '"')


_HEAD = '''"""The policies of this package: id, name, kind of resource, severity, module, whether it is on, when it
applies, settings, other names. Written by docs/generate.py from the policies.
"""

from __future__ import annotations

# fmt: off
# ruff: noqa: E501 - one line a policy
'''
_OTHERS = "\n# Modules beside them that declare none."


def declared_in(module: ModuleType) -> list[Policy[Any]]:
    return [value for value in vars(module).values() if isinstance(value, Policy)]


_NO_POLICIES = ("_", ".", "test_", "conftest.")
"""Modules beside the policies that are never imported: parts of others, and the tests that people keep there."""


def modules(folder: str, package: str) -> Iterator[str]:
    """The names of the modules of policies below a folder, sorted."""
    with os.scandir(folder) as entries:
        found = sorted([(entry.name, entry.is_dir()) for entry in entries if not entry.name.endswith(".md")])
    for name, is_folder in found:
        if name.startswith(_NO_POLICIES) or name.endswith("_test.py"):
            continue
        stem = name.removesuffix(".py")
        if is_folder and name.isidentifier():
            yield from modules(f"{folder}{os.sep}{name}", f"{package}.{name}")
        elif stem != name and not is_folder:
            yield f"{package}.{stem}"

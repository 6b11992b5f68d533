"""`guardrails scan --changed FILE...`: what to scan when some files changed, and whether everything is affected."""

from __future__ import annotations

import os

from guardrails.cli.output import repository_of
from guardrails.config import FILE, absolute, is_below
from guardrails.hookspecs import ValuesFile
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from guardrails.config import Config


class Affected(Record):
    """What changed files ask for."""

    trees: tuple[str, ...]
    """The folders in which affected root modules are looked for, as messages show them."""
    files: tuple[str, ...] | None
    """The files whose effect counts; None where one of them affects everything."""
    notices: tuple[str, ...] = ()


def trees_of(files: Sequence[str]) -> tuple[str, ...]:
    """The repositories that hold the files, outermost folders first; the working directory where there is none."""
    here = os.path.realpath(os.curdir)
    found: dict[str, None] = {}
    for file in files:
        folder = _existing(absolute(file))
        top = repository_of(folder) or (here if is_below(folder, here) else folder)
        found[top] = None
    outermost = [top for top in found if not any(top != other and is_below(top, other) for other in found)]
    return tuple(_shown(top, here) for top in outermost) or (os.curdir,)


def configured_at(trees: Sequence[str]) -> tuple[str, ...]:
    """Where the configuration is looked for: as for a scan of the working directory where that is in a tree, so that it
    does not depend on which files changed."""
    here = os.path.realpath(os.curdir)
    return (os.curdir,) if any(is_below(here, os.path.realpath(tree)) for tree in trees) else tuple(trees)


def affected_by(files: Sequence[str], trees: Sequence[str], arguments: argparse.Namespace, config: Config) -> Affected:
    """Whether the files affect all root modules or some: a configuration, a policy of one's own, or a file of values
    for all of them was changed."""
    if not files:
        return Affected(tuple(trees), (), ("--changed names no file, so nothing is judged",))
    of_all = {absolute(config.file)} if config.file else set()
    given = [*config.inputs.values, *config.inputs.parameters, *(arguments.values or ()), *(arguments.parameters or ())]
    given += [value for environment in config.inputs.environments for value in environment.values]
    of_all.update(absolute(value.path) for value in given if isinstance(value, ValuesFile))
    folders = [absolute(folder) for folder in arguments.folders or ()]
    folders += [absolute(folder) for folder in config.policies] if config.trusted else []
    for file in files:
        path = absolute(file)
        found = path in of_all or any(is_below(path, folder) for folder in folders)
        # One that is gone was in force, or a better one is now.
        gone = os.path.basename(path) == FILE and arguments.config is None and not os.path.lexists(path)
        gone = gone and is_below(os.getcwd(), os.path.dirname(path))
        if found or gone:
            return Affected(tuple(trees), None, (f"`{file}` changed, which can affect every verdict: all are judged",))
    return Affected(tuple(trees), tuple(files))


def _existing(path: str) -> str:
    """The nearest folder at or above a path that exists, links resolved."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return os.path.realpath(path)


def _shown(folder: str, here: str) -> str:
    """Relative where the working directory is in it, as people would type it."""
    return os.path.relpath(folder, here) if is_below(here, folder) else folder

"""From paths to deployments: which files there are, and which directories are root modules."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.sources.terraform.deployment import TerraformDeployment
from guardrails.sources.terraform.module_calls import ModuleCalls, is_local, source_of
from guardrails.sources.terraform.module_scope import Evaluation
from guardrails.sources.terraform.module_source import Reader
from guardrails.sources.terraform.variables import (
    Assignment,
    Supplied,
    ValuesFile,
    VariableError,
    from_command_line,
    from_directory,
    from_environment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guardrails.kernel.why import Reason
    from guardrails.sources.terraform.module_source import ModuleSource

SKIPPED = frozenset(("node_modules", "__pycache__", "venv"))
"""Folders that are not looked into. Hidden ones are not either."""

SHOWCASES = frozenset(("example", "examples", "test", "tests"))
"""Folders whose roots show or try a module: their calling it does not make it a mere part of them."""

_FRAMES = 8_000
"""Frames of the interpreter that a chain of values may take: each step from one to the next costs about ten."""

_OTHERS = {
    "terragrunt.hcl": "Terragrunt is not evaluated, and what it passes to modules is not known",
    "terragrunt.stack.hcl": "Terragrunt is not evaluated, and what it passes to modules is not known",
    "cdktf.json": "run `cdktf synth` and scan `cdktf.out`",
    "": "Terraform Stacks are not evaluated",
}


class Options(Record):
    """What the user says about the things that files leave open."""

    variables: Sequence[Assignment | ValuesFile] = ()
    """`--var` and `--var-file`, in the order in which they were given."""
    environment: Mapping[str, str] | None = None
    """The environment, where `TF_VAR_*` are to be taken from it."""
    workspace: str | None = None
    facts: Mapping[str, str] = {}
    """What is known of the account: `account_id`, `region`, `partition`, `organization_id`, `management_account_id`."""


class Loaded(Record):
    """The deployments in the order of their paths, and what else there is to say."""

    deployments: tuple[TerraformDeployment, ...]
    gaps: tuple[Reason, ...] = ()
    """What could not be read and belongs to no deployment."""
    notices: tuple[str, ...] = ()
    found_in: frozenset[str] = frozenset()
    """The paths, as given, that hold configuration, readable or not."""


def load(paths: Sequence[str], options: Options | None = None, working_directory: str = "") -> Loaded:
    """The root modules at these paths. What cannot be read is a gap; only a `--var` that no root declares and a
    `--var-file` that cannot be read raise (VariableError)."""
    # Only ever raised: an interpreter that was given more keeps it.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES))
    return _Project(paths, options or Options(), os.path.realpath(working_directory)).load()


class _Start:
    """A path to scan, and the tree around it that may be read."""

    def __init__(self, given: str, working_directory: str) -> None:
        self.given = given
        path = os.path.realpath(f"{working_directory}{os.sep}{given}" if not given.startswith(os.sep) else given)
        self.is_file = not os.path.isdir(path)  # noqa: PTH112 - paths are plain text throughout: speed
        self.folder = os.path.dirname(path) if self.is_file else path  # noqa: PTH120 - as above
        # One file is judged with the roots that use it, and these are in its repository.
        self.tree = _repository(self.folder) if self.is_file else path
        if self.is_file or given.startswith(os.sep):
            self.shown = self.tree
        else:
            self.shown = os.path.normpath(given)

    def covers(self, folder: str) -> bool:
        return folder == self.folder or (not self.is_file and folder.startswith(self.folder.rstrip(os.sep) + os.sep))


def _repository(folder: str) -> str:
    """The repository that a folder is in; itself if it is in none."""
    above = folder
    while not os.path.lexists(f"{above}{os.sep}.git"):
        parent = os.path.dirname(above)  # noqa: PTH120 - plain text, as above
        if parent == above:
            return folder
        above = parent
    return above


class _Project:
    def __init__(self, paths: Sequence[str], options: Options, working_directory: str) -> None:
        self._options = options
        self._starts = [_Start(path, working_directory) for path in paths]
        self._reader = Reader([(start.tree, start.shown) for start in self._starts], working_directory)
        self._gaps: list[Reason] = []
        self._notices: list[str] = []
        self._others: dict[str, list[str]] = {}

    def load(self) -> Loaded:
        folders = dict.fromkeys(folder for start in self._starts for folder in self._walk(start.tree))
        folders.update(dict.fromkeys(start.folder for start in self._starts))
        modules = {
            folder: self._reader.source(folder) for folder in folders if self._reader.listing(folder).configuration
        }
        self._name_others()
        graph = _Graph(modules, self._reader)
        wanted: set[str] = set()
        found_in: set[str] = set()
        for start in self._starts:
            covered = {folder for folder in modules if start.covers(folder)}
            wanted |= graph.roots_reaching(covered) if start.is_file else covered & graph.roots.keys()
            if covered:
                found_in.add(start.given)
        roots = [modules[root] for root in graph.roots if root in wanted]
        given = self._given(roots)
        deployments = tuple(self._deployment(root, given) for root in roots)
        return Loaded(deployments, tuple(self._gaps), tuple(self._notices), frozenset(found_in))

    def _walk(self, folder: str) -> Iterator[str]:
        """The folder and all below it, in the order of their names."""
        listing = self._reader.listing(folder)
        yield folder
        for name in listing.others:
            self._others.setdefault(_OTHERS.get(name, _OTHERS[""]), []).append(f"{folder}{os.sep}{name}")
        for name in listing.replaced:
            shown = self._reader.shown(f"{folder}{os.sep}{name}")
            self._notices.append(f"`{shown}` is not read: its `.tofu` twin stands in for it, as for OpenTofu")
        if not listing.configuration:
            self._gaps += listing.problems
        for name in listing.folders:
            if name not in SKIPPED:
                yield from self._walk(f"{folder}{os.sep}{name}")

    def _name_others(self) -> None:
        for remark, paths in self._others.items():
            more = f" and {len(paths) - 1} more like it are" if len(paths) > 1 else " is"
            self._notices.append(f"`{self._reader.shown(paths[0])}`{more} not read: {remark}")

    def _given(self, roots: Sequence[ModuleSource]) -> Mapping[str, Supplied]:
        """What the command line says, checked against the variables that there are."""
        given = from_command_line(self._options.variables, self._reader)
        for name, supplied in given.items():
            if not any(name in root.variables or root.broken for root in roots):
                if not supplied.from_file:
                    raise VariableError(f"--var {name}: no scanned root declares this variable{_hint(name, roots)}")
                self._notices.append(f"{supplied.origin.file}: no scanned root declares the variable `{name}`")
        return given

    def _deployment(self, root: ModuleSource, given: Mapping[str, Supplied]) -> TerraformDeployment:
        files = from_directory(root.directory, self._reader.listing(root.directory).variable_files, self._reader)
        for name, supplied in files.values.items():
            if name not in root.variables and not root.broken:
                where = f"{supplied.origin.file}:{supplied.origin.line}"
                self._notices.append(f"{where}: `{name}` is not a variable of `{root.shown}`")
        environment = from_environment(self._options.environment or {})
        evaluation = Evaluation(
            ModuleCalls(root, self._reader),
            self._reader.tree_of(root.directory),
            supplied={**environment, **files.values, **given},
            workspace=self._options.workspace,
            facts=self._options.facts,
        )
        return TerraformDeployment(evaluation, files.problems)


def _hint(name: str, roots: Sequence[ModuleSource]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted({known for root in roots for known in root.variables}), 1)
    return f" (did you mean `{near[0]}`?)" if near else ""


class _Graph:
    """Which module directories call which, and which of them are roots."""

    def __init__(self, modules: Mapping[str, ModuleSource], reader: Reader) -> None:
        self._calls = {folder: _called(source, modules, reader) for folder, source in modules.items()}
        parts: set[str] = set()
        for folder, called in self._calls.items():
            parts |= {other for other in called if not _shows(folder, other, reader)}
        claimed = {
            folder: folder not in parts or source.has_backend or bool(reader.listing(folder).variable_files)
            for folder, source in modules.items()
        }
        covered = self._below({folder for folder, is_root in claimed.items() if is_root})
        for folder in modules:
            # Modules that call each other in a circle have no root above them; the first of them is one then.
            if folder not in covered:
                claimed[folder] = True
                covered |= self._below({folder})
        self.roots = {folder: None for folder, is_root in claimed.items() if is_root}
        """In the order of the paths."""

    def roots_reaching(self, wanted: set[str]) -> set[str]:
        """The roots among some modules, and those that call them, over however many steps."""
        return {root for root in self.roots if root in wanted or self._below({root}) & wanted}

    def _below(self, folders: set[str]) -> set[str]:
        found, pending = set(folders), list(folders)
        while pending:
            for called in self._calls[pending.pop()]:
                if called not in found:
                    found.add(called)
                    pending.append(called)
        return found


def _called(source: ModuleSource, modules: Mapping[str, ModuleSource], reader: Reader) -> set[str]:
    """The directories among `modules` that a module calls by a local path."""
    found: set[str] = set()
    for call in source.modules.values():
        where = source_of(call)
        if where is not None and is_local(where):
            found.add(reader.target(source.directory, where))
    return (found & modules.keys()) - {source.directory}


def _shows(caller: str, called: str, reader: Reader) -> bool:
    """Whether the caller is a showcase of the module that it calls, and not in the same showcase as it."""
    above = reader.tree_of(caller)
    for step in caller.removeprefix(above).split(os.sep)[1:]:  # noqa: PTH206 - plain text paths: speed
        above = f"{above}{os.sep}{step}"
        if step in SHOWCASES:
            return not (called + os.sep).startswith(above + os.sep)
    return False

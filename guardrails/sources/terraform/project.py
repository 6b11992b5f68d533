"""From paths to deployments: which files there are, and which directories are root modules."""

from __future__ import annotations

import os
import sys

from guardrails.kernel.record import Record
from guardrails.sources.terraform.deployment import TerraformDeployment
from guardrails.sources.terraform.module_calls import ModuleCalls
from guardrails.sources.terraform.module_graph import ModuleGraph
from guardrails.sources.terraform.module_scope import Evaluation
from guardrails.sources.terraform.module_source import Reader, is_terraform
from guardrails.sources.terraform.root_inputs import RootInputs
from guardrails.sources.terraform.variables import Assignment, ValuesFile, from_command_line, from_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guardrails.kernel.why import Reason

SKIPPED = frozenset(("node_modules", "__pycache__", "venv"))
"""Folders that are not looked into. Hidden ones are not either."""

_FRAMES = 8_000
"""Frames of the interpreter that a chain of values may take: each step from one to the next costs about ten."""

_OTHERS = {
    "terragrunt.hcl": "Terragrunt is not evaluated, and what it passes to modules is not known",
    "terragrunt.stack.hcl": "Terragrunt is not evaluated, and what it passes to modules is not known",
    "cdktf.json": "run `cdktf synth` and scan `cdktf.out`",
    "": "Terraform Stacks are not evaluated",
}


_LINK = "it leads to a folder outside of the scanned one"


class Options(Record):
    """What the user says about the things that files leave open."""

    variables: Sequence[Assignment | ValuesFile] = ()
    """`--var` and `--var-file`, in the order in which they were given."""
    environment: Mapping[str, str] | None = None
    """The environment, where `TF_VAR_*` are to be taken from it."""
    workspace: str | None = None
    facts: Mapping[str, str] = {}
    """What is known of the account: `account_id`, `region`, `partition`, `organization_id`, `management_account_id`."""
    changed: Sequence[str] | None = None
    """Files, relative to the working directory, some of which need not exist any more: only the root modules that they
    affect are loaded. None where all are."""
    overlay: Mapping[str, bytes] = {}
    """Real path of a file → what it is taken to hold."""


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
        self.tree = repository(self.folder) if self.is_file else path
        if self.is_file or given.startswith(os.sep):
            self.shown = self.tree
        else:
            self.shown = os.path.normpath(given)

    def covers(self, folder: str) -> bool:
        return folder == self.folder or (not self.is_file and folder.startswith(self.folder.rstrip(os.sep) + os.sep))


def _real(path: str, working_directory: str) -> str:
    """The absolute path of a file that need not exist, with links in the folders above it resolved but not its own."""
    whole = path if path.startswith(os.sep) else f"{working_directory}{os.sep}{path}"
    folder, name = os.path.split(os.path.normpath(whole))
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118 - as above


def repository(folder: str) -> str:
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
        self._working_directory = working_directory
        starts = [_Start(path, working_directory) for path in paths]
        # A file of another kind is some other source's business.
        self._starts = [start for start in starts if not start.is_file or is_terraform(start.given)]
        trees = [(start.tree, start.shown) for start in self._starts]
        self._reader = Reader(trees, working_directory, self._options.overlay)
        self._gaps: list[Reason] = []
        self._notices: list[str] = []
        self._others: dict[str, list[str]] = {}

    def load(self) -> Loaded:
        if self._options.changed is None:
            folders = dict.fromkeys(folder for start in self._starts for folder in self._walk(start.tree))
            folders.update(dict.fromkeys(start.folder for start in self._starts))
        else:
            folders = dict.fromkeys(folder for start in self._starts for folder in self._affected(start.tree))
        self._name_others()
        graph = ModuleGraph([folder for folder in folders if self._reader.listing(folder).configuration], self._reader)
        roots = self._chosen(graph)
        self._reader.lend({root for root in roots if root not in graph.called})
        inputs = RootInputs(
            from_command_line(self._options.variables, self._reader),
            from_environment(self._options.environment or {}),
            self._reader,
        )
        self._notices += inputs.check(roots, complete=self._options.changed is None)
        seen_everywhere = _Seen(graph, roots, partial=self._options.changed is not None)
        deployments = tuple(self._deployment(root, inputs, seen_everywhere) for root in roots)
        return Loaded(deployments, tuple(self._gaps), tuple(self._notices), self._found_in(graph))

    def _affected(self, tree: str) -> Iterator[str]:
        """The folders below a tree that the changed files matter to."""
        from guardrails.sources.terraform.affected import affected

        files = [_real(path, self._working_directory) for path in self._options.changed or ()]
        for folder in affected(tree, files, SKIPPED):
            self._note(folder)
            yield folder

    def _walk(self, folder: str) -> Iterator[str]:
        """The folder and all below it, in the order of their names."""
        yield folder
        self._note(folder)
        for name in self._reader.listing(folder).folders:
            if name not in SKIPPED:
                yield from self._walk(f"{folder}{os.sep}{name}")

    def _note(self, folder: str) -> None:
        """Remember what of a folder is not read."""
        listing = self._reader.listing(folder)
        for name in listing.others:
            self._others.setdefault(_OTHERS.get(name, _OTHERS[""]), []).append(f"{folder}{os.sep}{name}")
        for name in listing.links:
            self._others.setdefault(_LINK, []).append(f"{folder}{os.sep}{name}")
        for name in listing.replaced:
            shown = self._reader.shown(f"{folder}{os.sep}{name}")
            self._notices.append(f"`{shown}` is not read: its `.tofu` twin stands in for it, as for OpenTofu")
        if not listing.configuration:
            self._gaps += listing.problems

    def _name_others(self) -> None:
        for remark, paths in self._others.items():
            more = f" and {len(paths) - 1} more like it are" if len(paths) > 1 else " is"
            self._notices.append(f"`{self._reader.shown(paths[0])}`{more} not read: {remark}")

    def _chosen(self, graph: ModuleGraph) -> list[str]:
        """The roots to judge: those in the folders that were named, and those that use the files that were."""
        files = {start.folder for start in self._starts if start.is_file and start.folder in graph}
        users = graph.roots_reaching(files) if files else set()
        named = [start for start in self._starts if not start.is_file]
        return [root for root in graph.roots if root in users or any(start.covers(root) for start in named)]

    def _found_in(self, graph: ModuleGraph) -> frozenset[str]:
        if self._options.changed is not None:
            return frozenset(start.given for start in self._starts)
        return frozenset(
            start.given
            for start in self._starts
            if start.folder in graph or (not start.is_file and any(start.covers(folder) for folder in graph))
        )

    def _deployment(self, root: str, inputs: RootInputs, seen_everywhere: _Seen) -> TerraformDeployment:
        evaluation = Evaluation(
            ModuleCalls(root, self._reader),
            self._reader.tree_of(root),
            supply=lambda: inputs.of(root),
            workspace=self._options.workspace,
            facts=self._options.facts,
        )
        return TerraformDeployment(evaluation, self._reader.shown(root), seen_everywhere)


class _Seen:
    """Whether all roots that use a module are judged."""

    def __init__(self, graph: ModuleGraph, judged: Sequence[str], *, partial: bool) -> None:
        self._graph = graph
        self._partial = partial
        """Whether there are modules that the graph leaves out."""
        self._others = graph.roots.keys() - set(judged)
        self._found: dict[str, bool] = {}

    def __call__(self, directory: str) -> bool:
        if directory not in self._graph:
            return not self._partial
        if not self._others:
            return True
        found = self._found.get(directory)
        if found is None:
            found = self._found[directory] = self._graph.roots_reaching({directory}).isdisjoint(self._others)
        return found

"""From paths to the deployments of the templates among them."""

from __future__ import annotations

import os
import sys

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.files import Files
from guardrails.sources.terraform.project import repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guardrails.sources.cloudformation.cdk import Artifact
    from guardrails.sources.cloudformation.deployment import StackDeployment
    from guardrails.sources.cloudformation.given import Assigned, Environment, ValuesFile
    from guardrails.sources.cloudformation.nodes import Template

_MANIFEST = f"{os.sep}manifest.json"
_FRAMES = 8_000
"""As for configuration: what is nested needs frames of the interpreter."""


class ParameterError(Exception):
    """A value for a parameter, or a file of them, that cannot be used: wrong usage, not a property of the files."""


class Options(Record):
    """What the user says about the things that templates leave open."""

    values: Sequence[Assigned | ValuesFile] = ()
    """Of two values for one parameter the later counts."""
    environments: Sequence[Environment] = ()
    facts: Mapping[str, str] = {}
    """What is known of the account: `account_id`, `region`, `partition`."""
    changed: Sequence[str] | None = None
    """Files, relative to the working directory, some of which need not exist any more: only the templates that they
    affect are loaded. None where all are."""
    nested_in: Sequence[str] = ()
    """Patterns of the folders in which templates lie that are nested by an address."""
    overlay: Mapping[str, bytes] = {}
    """Real path of a file → what it is taken to hold."""


class Loaded(Record):
    """The deployments in the order of their paths, and what else there is to say."""

    deployments: tuple[StackDeployment, ...] = ()
    gaps: tuple[Reason, ...] = ()
    notices: tuple[str, ...] = ()
    found_in: frozenset[str] = frozenset()
    """The paths, as given, that are a template or hold one, readable or not."""


def load(paths: Sequence[str], options: Options | None = None, working_directory: str = "") -> Loaded:
    """The templates at these paths. What cannot be read is a gap; only values that no template takes, and files of
    values that cannot be read, raise (ParameterError)."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES))
    return _Project(paths, options or Options(), os.path.realpath(working_directory)).load()


def real(path: str, working_directory: str) -> str:
    """The real path of a file that need not exist."""
    return os.path.realpath(path if path.startswith(os.sep) else f"{working_directory}{os.sep}{path}")


class _Start:
    """A path to scan, and the tree around it that may be read."""

    def __init__(self, given: str, working_directory: str) -> None:
        self.given = given
        path = os.path.realpath(f"{working_directory}{os.sep}{given}" if not given.startswith(os.sep) else given)
        self.path = path
        self.is_file = not os.path.isdir(path)  # noqa: PTH112 - paths are plain text throughout: speed
        folder = os.path.dirname(path) if self.is_file else path  # noqa: PTH120 - as above
        self.tree = repository(folder) if self.is_file else path
        self.shown = self.tree if self.is_file or given.startswith(os.sep) else os.path.normpath(given)


class _Project:
    def __init__(self, paths: Sequence[str], options: Options, working_directory: str) -> None:
        self._options = options
        self._working_directory = working_directory
        self._starts = [_Start(path, working_directory) for path in paths]
        self._files = Files([(start.tree, start.shown) for start in self._starts], working_directory, options.overlay)
        self._gaps: list[Reason] = []
        self._found_in: set[str] = set()
        self._artifacts: dict[str, Artifact] = {}
        """What assemblies say of templates, by real path."""

    def load(self) -> Loaded:
        judged: frozenset[str] | None = None
        if self._options.changed is None:
            candidates = self._candidates()
        else:
            from guardrails.sources.cloudformation.affected import affected

            changed = [real(path, self._working_directory) for path in self._options.changed]
            found_affected = affected(changed, self._all_paths, self._files)
            judged = found_affected.judged
            candidates = self._candidates() if judged else {}
            candidates = {path: starts for path, starts in candidates.items() if path in found_affected.read}
        if not candidates:
            return Loaded((), tuple(self._files.problems), tuple(self._unused()))
        from guardrails.sources.cloudformation.templates import Templates

        templates = Templates(self._files, self._options.nested_in)
        found: dict[str, Template] = {}
        for path, starts in candidates.items():
            template = templates.at(path)
            if template is None and path in self._artifacts:
                detail = f"`{self._files.shown(path)}`, which an assembly names, is no template"
                template = Reason(
                    Why.INVALID, detail, "run `cdk synth` again", Origin(SourceFile(self._files.shown(path), ""))
                )
            if template is None:
                continue
            if isinstance(template, Reason):
                self._gaps.append(template)
            else:
                found[path] = template
            self._found_in.update(start.given for start in starts)
        if not found:
            gaps = (*self._files.problems, *self._gaps)
            return Loaded((), gaps, tuple(self._unused()), frozenset(self._found_in))
        from guardrails.sources.cloudformation.given import Given
        from guardrails.sources.cloudformation.roots import Roots

        options = self._options
        given = Given(options.values, options.environments)
        notices = given.check(found.values()) if judged is None else []
        named = frozenset(start.path for start in self._starts if start.is_file)
        roots = Roots(found, self._artifacts, templates, given, options.facts)
        made = roots.deployments(named, judged)
        return Loaded(made, (*self._files.problems, *self._gaps), tuple(notices), frozenset(self._found_in))

    def _all_paths(self) -> Iterator[str]:
        for start in self._starts:
            if not start.is_file:
                yield from self._files.candidates(start.path)

    def _unused(self) -> list[str]:
        """Notes on values for which there is no template."""
        if not self._options.values or self._options.changed is not None:
            return []
        from guardrails.sources.cloudformation.given import Given

        return Given(self._options.values, ()).check(())

    def _candidates(self) -> dict[str, list[_Start]]:
        """Real paths of files that may be templates, and where they were found. Of an assembly only those that its
        manifest names."""
        found: dict[str, list[_Start]] = {}
        manifests: dict[str, list[_Start]] = {}
        for start in self._starts:
            for path in [start.path] if start.is_file else self._files.candidates(start.path):
                if path.endswith(_MANIFEST):
                    manifests.setdefault(path, []).append(start)
                else:
                    found.setdefault(path, []).append(start)
            beside = f"{os.path.dirname(start.path)}{_MANIFEST}"  # noqa: PTH120 - paths are plain text throughout: speed
            if start.is_file and os.path.exists(beside):  # noqa: PTH110 - as above
                manifests.setdefault(beside, [])
        if not manifests:
            return found
        from guardrails.sources.cloudformation.cdk import assembly

        named = {start.path for start in self._starts}
        for manifest, starts in manifests.items():
            stacks = assembly(manifest, self._files)
            if stacks is None:
                continue
            folder = manifest.removesuffix(_MANIFEST) + os.sep
            for path in [path for path in found if path.startswith(folder) and path not in named]:
                del found[path]
            if isinstance(stacks, Reason):
                self._gaps.append(stacks)
                continue
            self._artifacts.update(stacks)
            self._found_in.update(start.given for start in starts)
        for manifest, starts in manifests.items():
            folder = manifest.removesuffix(_MANIFEST)
            for path in self._artifacts if starts else ():
                if os.path.dirname(path) == folder:  # noqa: PTH120 - as above
                    found.setdefault(path, starts)
        return found

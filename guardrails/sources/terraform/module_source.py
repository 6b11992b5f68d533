"""The files of one directory, read once, and merged into the tables of blocks that every instance of it shares."""

from __future__ import annotations

import os

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import Record
from guardrails.kernel.typed import TypeVar
from guardrails.kernel.why import Reason, Why
from guardrails.sources.scanned_trees import ScannedTrees, head_of, is_in, unreadable
from guardrails.sources.terraform.hcl import nodes, parse, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from guardrails.sources.terraform.hcl.errors import ParsedFile
    from guardrails.sources.terraform.variables import Declaration

Key = TypeVar("Key")

LARGEST_FILE = 10 * 1024 * 1024
_LOOKED_AT = 8192
_WAIVER = "guardrails:"
"""What every waiver begins with: a file without it holds none."""
_MOST_FAULTS = 20

LABELS = {
    "variable": 1,
    "output": 1,
    "module": 1,
    "provider": 1,
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "locals": 0,
    "terraform": 0,
}
"""The blocks that are read and how many labels they have; any other top-level block is passed over."""


class Listing(Record):
    """What a directory holds, sorted by name."""

    configuration: tuple[str, ...]
    """File names in the order in which terraform reads them: overrides last."""
    variable_files: tuple[str, ...]
    replaced: tuple[str, ...]
    """Files that another of the same stem stands in for."""
    others: tuple[str, ...]
    """Files that belong to other tools or another layer, which are named to the user but not read."""
    folders: tuple[str, ...]
    links: tuple[str, ...]
    """Links to folders that lie outside of the scanned trees."""
    problems: tuple[Reason, ...]


class ModuleSource:
    """One directory of configuration: its blocks by kind and name, with override files merged in.

    `broken` says why names may be missing from the tables; it is empty where every file could be read. `problems` is
    all that is wrong, in the order of the files.
    """

    __slots__ = (
        "broken",
        "data",
        "declarations",
        "directory",
        "ephemerals",
        "files",
        "generated",
        "has_backend",
        "locals",
        "modules",
        "outputs",
        "problems",
        "providers",
        "resources",
        "shown",
        "types",
        "variables",
        "waiving",
    )

    def __init__(self, directory: str, shown: str) -> None:
        self.directory = directory
        """The real path: the identity of the module."""
        self.shown = shown
        self.files: list[SourceFile] = []
        self.variables: dict[str, nodes.Block] = {}
        self.declarations: dict[str, Declaration] = {}
        """The variables that were asked for."""
        self.locals: dict[str, nodes.Argument] = {}
        self.outputs: dict[str, nodes.Block] = {}
        self.resources: dict[tuple[str, str], nodes.Block] = {}
        self.data: dict[tuple[str, str], nodes.Block] = {}
        self.ephemerals: dict[tuple[str, str], nodes.Block] = {}
        self.modules: dict[str, nodes.Block] = {}
        self.providers: dict[str, nodes.Block] = {}
        """By `name` or `name.alias`."""
        self.has_backend = False
        self.generated = False
        """Whether another tool may add files to the directory before terraform reads it."""
        self.types: frozenset[str] = frozenset()
        """The resource types declared here; data sources as `data.TYPE`."""
        self.problems: list[Reason] = []
        self.broken: list[Reason] = []
        self.waiving: list[ParsedFile] = []
        """The files that hold the mark of a waiver, perhaps in a string."""

    @property
    def origin(self) -> Origin:
        """The head of the first file."""
        return Origin(self.files[0]) if self.files else Origin(SourceFile(self.shown, ""))


def real_path(path: str) -> str:
    """A path with its links resolved; one that no file can have (it holds a null byte) leads to nothing."""
    try:
        return os.path.realpath(path)
    except ValueError:
        return os.path.normpath(path.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0"))


class Reader(ScannedTrees):
    """Reads files and directories, each once a run, and nothing outside of the scanned trees."""

    def __init__(
        self, trees: Iterable[tuple[str, str]], working_directory: str, overlay: Mapping[str, bytes] | None = None
    ) -> None:
        super().__init__(trees, working_directory, overlay)
        self._listings: dict[str, Listing] = {}
        self._sources: dict[str, ModuleSource] = {}
        self._contents: dict[str, bytes | Reason] = {}
        self._lent: set[str] = set()
        self._targets: dict[tuple[str, str], str] = {}

    def tree_of(self, real_path: str) -> str:
        """The outermost scanned tree that a path lies in; itself if it lies in none."""
        return next((tree for tree, _ in self._trees if is_in(real_path, tree)), real_path)

    def is_folder(self, path: str) -> bool:
        return path in self._listings or os.path.isdir(path)  # noqa: PTH112 - paths are plain text throughout: speed

    def target(self, directory: str, relative: str) -> str:
        """The real path that a local module source leads to from a directory, itself a real path."""
        key = (directory, relative)
        found = self._targets.get(key)
        if found is None:
            path = os.path.normpath(f"{directory}{os.sep}{relative}".replace("\\", "/"))
            # A folder that was listed was reached without following links; else links decide where `..` leads.
            plain = path in self._listings and ".." not in relative.lstrip("./")
            found = self._targets[key] = path if plain else real_path(f"{directory}{os.sep}{relative}")
        return found

    def listing(self, directory: str) -> Listing:
        """What the directory with this real path holds."""
        found = self._listings.get(directory)
        if found is None:
            found = self._listings[directory] = self._list(directory)
        return found

    def lend(self, directories: set[str]) -> None:
        """Modules that one reader alone will ask for: they are not kept for others, and go when that one goes."""
        self._lent = directories
        for directory in directories & self._sources.keys():
            del self._sources[directory]

    def source(self, directory: str) -> ModuleSource:
        """The module in the directory with this real path."""
        found = self._sources.get(directory)
        if found is None:
            found = self._read_module(directory)
            if directory not in self._lent:
                self._sources[directory] = found
        return found

    def peek(self, path: str) -> bytes | Reason:
        """As `content`; kept until the file is parsed."""
        found = self._contents.get(path)
        if found is None:
            found = self._contents[path] = self.content(path)
        return found

    def content(self, path: str) -> bytes | Reason:
        """The bytes of a file, or why it is not read. Never waits, never follows a link out of the scanned trees."""
        content = self.read(path, LARGEST_FILE)
        if isinstance(content, Reason):
            return content
        shown = self.shown(path)
        if len(content) > LARGEST_FILE:
            detail = f"`{shown}` is larger than {LARGEST_FILE // 1024 // 1024} MB"
            return Reason(Why.LIMIT, detail, "", head_of(shown))
        if b"\0" in content[:_LOOKED_AT]:
            return Reason(Why.INVALID, f"`{shown}` is not a text file", "", head_of(shown))
        return content

    def _list(self, directory: str) -> Listing:
        plain: list[str] = []
        overrides: list[str] = []
        variable_files: list[str] = []
        others: list[str] = []
        folders: list[str] = []
        links: list[str] = []
        problems: list[Reason] = []
        try:
            with os.scandir(directory) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            shown = self.shown(directory)
            problems.append(unreadable(shown, error))
            entries = []
        for entry in entries:
            name = entry.name
            if name[0] == "." or name[-1] == "~" or (name[0] == "#" and name[-1] == "#"):
                continue
            if name.endswith(_CONFIGURATION):
                if not _leads_to_folder(entry):
                    (overrides if _is_override(name) else plain).append(name)
            elif name.endswith(_VARIABLE_FILES):
                if not _leads_to_folder(entry):
                    variable_files.append(name)
            elif name in _OTHERS or name.endswith(_OTHER_ENDINGS):
                others.append(name)
            elif _is_folder(entry):
                folders.append(name)
            elif entry.is_symlink() and _leads_to_folder(entry) and not self.within(os.path.realpath(entry.path)):
                links.append(name)
        names = [*plain, *overrides]
        replaced = {name.replace(".tofu", ".tf") for name in names if name.endswith((".tofu", ".tofu.json"))}
        return Listing(
            tuple(name for name in names if name not in replaced),
            tuple(variable_files),
            tuple(name for name in names if name in replaced),
            tuple(others),
            tuple(folders),
            tuple(links),
            tuple(problems),
        )

    def _read_module(self, directory: str) -> ModuleSource:
        source = ModuleSource(directory, self.shown(directory))
        tables = _Tables(source)
        listing = self.listing(directory)
        source.generated = any(name.startswith("terragrunt.") for name in listing.others)
        source.problems += listing.problems
        source.broken += listing.problems
        for name in listing.configuration:
            parsed = self._parse(f"{directory}{os.sep}{name}")
            if isinstance(parsed, Reason):
                source.problems.append(parsed)
                source.broken.append(parsed)
                continue
            source.files.append(parsed.file)
            if _WAIVER in parsed.file.text:
                source.waiving.append(parsed)
            faults = faults_of(parsed)
            source.problems += faults
            source.broken += faults
            tables.add(parsed.body, override=_is_override(name))
        source.types = frozenset([kind for kind, _ in source.resources] + [f"data.{kind}" for kind, _ in source.data])
        return source

    def _parse(self, path: str) -> ParsedFile | Reason:
        content = self._contents.pop(path, None) or self.content(path)
        if isinstance(content, Reason):
            return content
        return (parse_json if path.endswith(".json") else parse)(self.shown(path), content)


def faults_of(parsed: ParsedFile) -> list[Reason]:
    """The syntax errors of a file, as far as anyone wants to read them."""
    return [
        Reason(
            Why.INVALID,
            f"syntax error: {fault.summary}" + (f": {fault.detail}" if fault.detail else ""),
            "",
            Origin(parsed.file, fault.offset, fault.offset + 1),
        )
        for fault in parsed.faults[:_MOST_FAULTS]
    ]


_CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")
_VARIABLE_FILES = (".tfvars", ".tfvars.json")
_OTHERS = frozenset(("terragrunt.hcl", "terragrunt.hcl.json", "terragrunt.stack.hcl", "cdktf.json"))
_OTHER_ENDINGS = (".tfstack.hcl", ".tfcomponent.hcl", ".tfdeploy.hcl")


def is_configuration(name: str) -> bool:
    """Whether a file is one of those that make up a module."""
    return name.endswith(_CONFIGURATION)


def is_terraform(name: str) -> bool:
    """Whether a file is configuration, or holds values for its variables."""
    return name.endswith(_CONFIGURATION + _VARIABLE_FILES)


def _is_override(name: str) -> bool:
    stem = name.removesuffix(".json").removesuffix(".tf").removesuffix(".tofu")
    return stem == "override" or stem.endswith("_override")


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle: reading it will say so
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # Links to folders are not walked into: what they lead to is walked where it is, and they may lead in circles.
    return entry.is_dir(follow_symlinks=False)


class _Tables:
    """Fills the tables of a module, file by file."""

    def __init__(self, source: ModuleSource) -> None:
        self._source = source
        self._two_labels = {"resource": source.resources, "data": source.data, "ephemeral": source.ephemerals}
        self._one_label = {"variable": source.variables, "output": source.outputs, "module": source.modules}

    def add(self, body: nodes.Body, *, override: bool) -> None:
        for block in body.blocks:
            expected = LABELS.get(block.type)
            if expected is None:
                continue
            if len(block.labels) != expected:
                plural = "label" if expected == 1 else "labels"
                self._refuse(block, f"a `{block.type}` block has {expected} {plural}, this one {len(block.labels)}")
            elif block.type == "locals":
                for argument in block.body.arguments.values():
                    self._add_local(argument, override=override)
            elif block.type == "terraform":
                written = {inner.type for inner in block.body.blocks} | set(block.body.arguments)  # the latter in JSON
                if written & {"backend", "cloud"}:
                    self._source.has_backend = True
            elif block.type == "provider":
                self._add_provider(block, override=override)
            elif expected == 2:
                table, names = self._two_labels[block.type], (block.labels[0], block.labels[1])
                self._put(table, names, block, override=override)
            else:
                self._put(self._one_label[block.type], block.labels[0], block, override=override)

    def _add_local(self, argument: nodes.Argument, *, override: bool) -> None:
        known = argument.name in self._source.locals
        if known and not override:
            self._refuse(argument, f"local value `{argument.name}` is declared a second time")
        elif override and not known:
            self._refuse(argument, f"there is no local value `{argument.name}` to override")
        else:
            self._source.locals[argument.name] = argument

    def _add_provider(self, block: nodes.Block, *, override: bool) -> None:
        alias = block.body.arguments.get("alias")
        key = block.labels[0]
        if alias is not None and isinstance(alias.value, nodes.Literal) and isinstance(alias.value.value, str):
            key = f"{key}.{alias.value.value}"
        # A default configuration may be overridden without being there: it is then an empty one.
        self._put(self._source.providers, key, block, override=override and (alias is not None or self._has(key)))

    def _has(self, provider: str) -> bool:
        return provider in self._source.providers

    def _put(self, table: dict[Key, nodes.Block], key: Key, block: nodes.Block, *, override: bool) -> None:
        base = table.get(key)
        if override:
            if base is None:
                self._refuse(block, f"there is no {heading(block)} to override")
            else:
                table[key] = overridden(base, block)
        elif base is not None:
            self._refuse(block, f"{heading(block)} is declared a second time")
        else:
            table[key] = block

    def _refuse(self, place: nodes.Block | nodes.Argument, detail: str) -> None:
        stop = place.header_stop if isinstance(place, nodes.Block) else place.stop
        self._source.problems.append(Reason(Why.INVALID, detail, "", Origin(place.file, place.start, stop)))


def heading(block: nodes.Block) -> str:
    """A block as messages name it."""
    return "`" + " ".join([block.type, *(f'"{label}"' for label in block.labels)]) + "`"


def overridden(base: nodes.Block, override: nodes.Block) -> nodes.Block:
    """`base` with an override file's block of the same name merged in.

    Arguments replace arguments; nested blocks of a type replace all of that type, a `dynamic` block counting as the
    type that it makes; the arguments of `lifecycle` are merged one by one.
    """
    # Terraform refuses `depends_on` here; order does not matter to us.
    # JSON syntax writes nested blocks as arguments, so that a name counts for both.
    written = {_made_by(block) for block in override.body.blocks if block.type != "lifecycle"}
    replaced = written | set(override.body.arguments)
    arguments = {name: argument for name, argument in base.body.arguments.items() if name not in replaced}
    arguments.update(override.body.arguments)
    blocks = [block for block in base.body.blocks if _made_by(block) not in replaced]
    for block in override.body.blocks:
        at = next((i for i, other in enumerate(blocks) if other.type == block.type == "lifecycle"), None)
        if at is None:
            blocks.append(block)
        else:
            blocks[at] = overridden(blocks[at], block)
    return nodes.Block(
        base.file, base.start, base.header_stop, base.stop, base.type, base.labels, nodes.Body(arguments, blocks)
    )


def _made_by(block: nodes.Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type

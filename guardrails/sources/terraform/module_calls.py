"""Where the modules are that a root calls: local folders, and what `terraform init` downloaded. Nothing is fetched."""

from __future__ import annotations

import os

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.hcl import nodes
from guardrails.sources.terraform.module_source import real_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.sources.terraform.module_source import ModuleSource, Reader

DEEPEST = 32
"""How many module calls may stand above a module."""

MOST_CALLS = 10_000
"""How many different modules of one root are followed."""

_DEEPEST_CHAIN = 200

MANIFEST = os.path.join(".terraform", "modules", "modules.json")  # noqa: PTH118 - joined to plain text paths


class Summary:
    """What can be told of a module and all below it without evaluating anything."""

    __slots__ = ("below", "complete", "height", "hiding", "types")

    def __init__(self, types: frozenset[str]) -> None:
        self.types = types
        """The resource types that are declared."""
        self.below: dict[str, frozenset[str]] = {}
        """The same for each call."""
        self.hiding: list[str] = []
        """The calls that cannot be read, or lead to one."""
        self.height = 0
        """How many calls stand one below the other."""
        self.complete = False

    def toward(self, type: str) -> list[str]:
        """The calls below which a type is declared."""
        return [name for name, types in self.below.items() if type in types]


class ModuleCalls:
    """Resolves the module calls below one root directory."""

    def __init__(self, directory: str, reader: Reader) -> None:
        self.directory = directory
        self._root: ModuleSource | None = None
        self.problems: list[Reason] = []
        self._reader = reader
        self._downloaded: dict[str, str] | None = None
        self._local: dict[tuple[str, str], ModuleSource | Reason] = {}
        self._remote: dict[str, ModuleSource | Reason] = {}
        self._summaries: dict[tuple[str, str], Summary] = {}

    def fresh(self) -> ModuleCalls:
        """One that has not read anything."""
        return ModuleCalls(self.directory, self._reader)

    @property
    def root(self) -> ModuleSource:
        """The root module, parsed when it is first asked for."""
        if self._root is None:
            self._root = self._reader.source(self.directory)
        return self._root

    def resolve(self, caller: ModuleSource, path: str, call: nodes.Block) -> ModuleSource | Reason:
        """The module that `call` in `caller` means, or why it cannot be read. `path` is the dotted path of the call
        from the root, without keys: `audit.bucket`."""
        where = source_of(call)
        if where is None:
            place = call.body.arguments.get("source")
            detail = f"the source of module `{call.labels[0]}` is not a plain string"
            if place is None:
                return Reason(Why.INVALID, f"module `{call.labels[0]}` has no source", "", _head(call))
            return Reason(Why.UNSUPPORTED, detail, "", Origin(place.file, place.start, place.stop))
        if is_local(where):
            key = (caller.directory, call.labels[0])
            found = self._local.get(key)
            if found is None:
                found = self._local[key] = self._find_local(caller, where, call)
            return found
        found = self._remote.get(path)
        if found is None:
            found = self._remote[path] = self._find_downloaded(path, where, call)
        return found

    def everything(self) -> Iterator[ModuleSource]:
        """The root and every module that can be read below it, each once."""
        yield self.root
        seen = {self.directory}
        # A module is visited once a directory, unless the manifest may tell its calls apart by their path.
        visited: set[tuple[str, str]] = set()
        pending = [(self.root, "", 0)]
        while pending and len(visited) < MOST_CALLS:
            caller, above, depth = pending.pop(0)
            for name, call in caller.modules.items():
                path = f"{above}.{name}" if above else name
                found = self.resolve(caller, path, call)
                if isinstance(found, Reason):
                    continue
                key = (found.directory, path if self._manifest() else "")
                if key in visited or depth >= DEEPEST:
                    continue
                visited.add(key)
                if found.directory not in seen:
                    seen.add(found.directory)
                    yield found
                pending.append((found, path, depth + 1))

    def summary(self, source: ModuleSource, path: str) -> Summary:
        """What is declared in a module and below it; `path` is that of the call which led to it."""
        key = (source.directory, path if self._manifest() else "")
        found = self._summaries.get(key)
        if found is None:
            found = self._summaries[key] = Summary(source.types)
            for name, call in source.modules.items():
                at = f"{path}.{name}" if path else name
                called = self.resolve(source, at, call)
                if isinstance(called, Reason):
                    found.hiding.append(name)
                    continue
                if at.count(".") >= _DEEPEST_CHAIN or len(self._summaries) >= MOST_CALLS:
                    detail = f"module `{at}` is one of more module calls than are followed"
                    self.problems.append(Reason(Why.LIMIT, detail, "", _head(call)))
                    continue
                inner = self.summary(called, at)
                found.below[name] = inner.types
                found.types |= inner.types
                found.height = max(found.height, inner.height + 1)
                # One that is still being looked at calls itself, round some corner.
                if inner.hiding or called.broken or not inner.complete:
                    found.hiding.append(name)
            found.complete = True
        return found

    def _find_local(self, caller: ModuleSource, where: str, call: nodes.Block) -> ModuleSource | Reason:
        name = call.labels[0]
        directory = self._reader.target(caller.directory, where)
        if not self._reader.within(directory):
            return Reason(
                Why.ELSEWHERE,
                f"module `{name}` ({where}) lies outside of the scanned folder",
                f"scan a folder that holds `{self._reader.shown(directory)}` too",
                _head(call),
            )
        return self._module(directory, f"module `{name}` ({where})", call)

    def _find_downloaded(self, path: str, where: str, call: nodes.Block) -> ModuleSource | Reason:
        name = call.labels[0]
        folder = self._manifest().get(path)
        where = _without_secrets(where)
        if folder is None:
            detail = f"module `{name}` ({where}) is not downloaded"
            return Reason(Why.ELSEWHERE, detail, "run `terraform init`", _head(call))
        directory = real_path(f"{self.directory}{os.sep}{folder}")
        if not self._reader.within(directory):
            detail = f"module `{name}` ({where}) was downloaded to a folder outside of the scanned one"
            return Reason(Why.ELSEWHERE, detail, "", _head(call))
        return self._module(directory, f"module `{name}` ({where})", call)

    def _module(self, directory: str, what: str, call: nodes.Block) -> ModuleSource | Reason:
        if not self._reader.is_folder(directory):
            return Reason(Why.ELSEWHERE, f"{what} is not there", "", _head(call))
        source = self._reader.source(directory)
        if not source.files and not source.broken:
            return Reason(Why.ELSEWHERE, f"{what} holds no configuration", "", _head(call))
        return source

    def _manifest(self) -> dict[str, str]:
        """The folder of every downloaded module by the path of its call, as `terraform init` noted it."""
        if self._downloaded is None:
            self._downloaded = {}
            path = f"{self.directory}{os.sep}{MANIFEST}"
            if os.path.lexists(path):
                content = self._reader.content(path)
                if isinstance(content, Reason):
                    self.problems.append(content)
                else:
                    self._downloaded = self._entries(self._reader.shown(path), content)
        return self._downloaded

    def _entries(self, shown: str, content: bytes) -> dict[str, str]:
        import json

        try:
            modules = json.loads(content)["Modules"]
            return {str(module["Key"]): str(module["Dir"]) for module in modules}
        except (ValueError, KeyError, TypeError, RecursionError):
            detail = f"`{shown}` is not a list of modules as `terraform init` writes it"
            self.problems.append(Reason(Why.INVALID, detail, "run `terraform init`", Origin(SourceFile(shown, ""))))
            return {}


def source_of(call: nodes.Block) -> str | None:
    """The source of a module call, where it is written as a plain string."""
    argument = call.body.arguments.get("source")
    if argument is None or not isinstance(argument.value, nodes.Literal):
        return None
    return argument.value.value if isinstance(argument.value.value, str) else None


def _without_secrets(source: str) -> str:
    """A module source to be printed: without a user and password in it, and without keys among its parameters."""
    address, question, parameters = source.partition("?")
    scheme, separator, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    user, at, name = host.rpartition("@")
    if separator and at and user != "git":
        address = f"{scheme}{separator}…@{name}{slash}{path}"
    if not question:
        return address
    named = [each.partition("=") for each in parameters.split("&")]
    told = [f"{name}={value if name in _OPEN else '…'}" for name, _, value in named]
    return f"{address}?{'&'.join(told)}"


_OPEN = frozenset(("ref", "depth", "version", "archive", "checksum"))
"""Parameters of a module source that are no secret. Others are: `sshkey` holds a private key."""


def is_local(source: str) -> bool:
    """Whether a module source is a folder relative to the module that calls it."""
    return source in (".", "..") or source.startswith(("./", "../", ".\\", "..\\"))


def _head(block: nodes.Block) -> Origin:
    return Origin(block.file, block.start, block.header_stop)

"""Finding and loading plugins: the only module that calls hooks. What cannot be loaded becomes a PluginError."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from guardrails import hookspecs
from guardrails.errors import PluginError, UsageError
from guardrails.kernel.record import Record
from guardrails.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from guardrails.hookspecs import Format, Source
    from guardrails.lower.world import Lowering

GROUP = "guardrails"
BUILT_IN = "guardrails_policies"

_NOT_POLICIES = ("test_", "conftest.")
"""Modules beside the policies that are never imported: people keep their tests there."""


class Plugins(Record):
    """All that was loaded, and what could not be."""

    policies: tuple[Policy[Any], ...] = ()
    """Sorted by id; no id, name or alias occurs twice."""
    sources: tuple[Source, ...] = ()
    lowerings: tuple[Lowering[Any], ...] = ()
    formats: Mapping[str, Format] = {}
    errors: tuple[PluginError, ...] = ()
    provider: Mapping[str, str] = {}
    """Policy id → the plugin or folder that it came from."""


def load(folders: Sequence[str] = ()) -> Plugins:
    """Load the built-in plugin, the installed ones in order of their names, then `folders` of policies in order."""
    errors: list[PluginError] = []
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    for name, find in _plugins():
        try:
            manager.register(find(), name)
        except (Exception, SystemExit) as error:
            errors.append(_failure(name, "cannot be loaded", error))
    errors += _misspelt_hooks(manager)
    offered: list[tuple[str, Policy[Any]]] = []
    for provider, policy in [*_call(manager.hook.guardrails_policies, errors), *_of_plain_packages(manager)]:
        if isinstance(policy, PluginError):
            errors.append(policy)
        elif isinstance(policy, Policy):
            offered.append((provider, policy))
        else:
            errors.append(PluginError(provider, f"offers {policy!r} as a policy: declare it with `@policy(...)`"))
    for folder in folders:
        for found in _in_folder(folder):
            if isinstance(found, PluginError):
                errors.append(found)
            else:
                offered.append((folder, found))
    policies, providers = _without_clashes(offered, errors)
    return Plugins(
        policies=policies,
        sources=tuple(source for _, source in _call(manager.hook.guardrails_sources, errors)),
        lowerings=tuple(lowering for _, lowering in _call(manager.hook.guardrails_lowerings, errors)),
        formats=_formats(_call(manager.hook.guardrails_formats, errors), errors),
        errors=tuple(errors),
        provider=providers,
    )


def policies_in(place: str) -> list[Policy[Any] | PluginError]:
    """The policies declared in the modules of a package (its import name) or a folder (its path), sorted by id.

    Every module below it whose name has no leading underscore is imported; a module that fails is a PluginError and
    the others are still loaded. In a folder a module without any policy is an error too: a policy that silently never
    runs is worse than a complaint about a helper module, which a leading underscore ends.
    """
    if os.sep in place or "/" in place or Path(place).is_dir():
        return _in_folder(place)
    return _policies_of(importlib.import_module(place), place, each_declares=False)


def place_of(policy: Policy[Any]) -> str:
    """Where a policy is declared, for messages."""
    return f"{shown(policy.file)}:{policy.judge.__code__.co_firstlineno}"


def shown(path: str) -> str:
    """A path as messages show it: relative to the working directory where it lies below, with forward slashes."""
    absolute = Path(os.path.normpath(Path(path).absolute()))
    here = Path.cwd()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else absolute).as_posix()


# Plugins


class _Core:
    """What this package itself offers through the hooks. Nothing behind it is imported before it is used."""

    @hookspecs.hookimpl
    def guardrails_sources(self) -> Iterable[Source]:
        from guardrails.builtin import SOURCES

        return SOURCES

    @hookspecs.hookimpl
    def guardrails_formats(self) -> Iterable[Format]:
        from guardrails.builtin import FORMATS

        return FORMATS


def _plugins() -> Iterator[tuple[str, Callable[[], object]]]:
    yield "core", _Core
    yield BUILT_IN, lambda: importlib.import_module(BUILT_IN)
    if not _others_installed():
        return
    from importlib.metadata import entry_points

    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        if entry.value != BUILT_IN:
            yield entry.name, entry.load


def _others_installed() -> bool:
    """Whether any distribution but this one has an entry point for us.

    importlib.metadata takes some 40 ms to import and search, a listing of the installed metadata about one; so it is
    asked only where there is something to find.
    """
    for folder in sys.path:
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
        except NotADirectoryError:
            return True  # An archive on the path: only importlib.metadata can look inside.
        except OSError:
            continue
        for name in names:
            if name.startswith(("guardrails_audit-", "guardrails_audit.")):
                continue
            try:
                if b"[guardrails]" in Path(folder, name, "entry_points.txt").read_bytes():
                    return True
            except OSError:
                continue
    return False


def _call(hook: pluggy.HookCaller, errors: list[PluginError]) -> list[tuple[str, Any]]:
    """What the implementations of a hook return, item by item, each with its plugin.

    They are called one at a time, because pluggy's own call gives up all results when one of them raises.
    """
    items: list[tuple[str, Any]] = []
    for implementation in hook.get_hookimpls():
        try:
            items += [(implementation.plugin_name, item) for item in _items(implementation.function())]
        except (Exception, SystemExit) as error:
            errors.append(_failure(implementation.plugin_name, f"`{hook.name}` failed", error))
    return items


def _of_plain_packages(manager: pluggy.PluginManager) -> Iterator[tuple[str, Policy[Any] | PluginError]]:
    """The policies of plugins that are packages and implement no hook: all that their modules declare."""
    for name, plugin in manager.list_name_plugin():
        if isinstance(plugin, ModuleType) and not manager.get_hookcallers(plugin):
            if not hasattr(plugin, "__path__"):
                yield name, PluginError(name, "implements no hook and is no package of policies")
                continue
            for found in policies_in(plugin.__name__):
                yield name, found


def _items(returned: object) -> Iterable[Any]:
    if isinstance(returned, Iterable):
        return returned
    raise TypeError(f"it must return a list, not {type(returned).__name__}")


def _misspelt_hooks(manager: pluggy.PluginManager) -> Iterator[PluginError]:
    known = [name for name in vars(hookspecs) if name.startswith("guardrails_")]
    for plugin, module in manager.list_name_plugin():
        for hook in vars(module) if hasattr(module, "__dict__") else ():
            if hook.startswith("guardrails_") and hook not in known and manager.parse_hookimpl_opts(module, hook):
                yield PluginError(plugin, f"implements `{hook}`, which is no hook{did_you_mean(hook, known)}")


def _formats(offered: Iterable[tuple[str, Format]], errors: list[PluginError]) -> dict[str, Format]:
    formats: dict[str, Format] = {}
    for provider, item in offered:
        if item.name in formats:
            errors.append(PluginError(provider, f"the format `{item.name}` exists already: this one is not used"))
        else:
            formats[item.name] = item
    return formats


def _without_clashes(
    offered: list[tuple[str, Policy[Any]]], errors: list[PluginError]
) -> tuple[tuple[Policy[Any], ...], dict[str, str]]:
    taken: dict[str, Policy[Any]] = {}
    kept: dict[str, Policy[Any]] = {}
    providers: dict[str, str] = {}
    for provider, policy in offered:
        if kept.get(policy.id) is policy:
            continue
        wrong = _malformed(policy)
        clash = next((name for name in (policy.id, policy.name, *policy.aliases) if name in taken), None)
        if clash is not None:
            wrong = f"`{clash}` is declared twice: {place_of(taken[clash])} is used, {place_of(policy)} is not"
        if wrong:
            errors.append(PluginError(provider, wrong))
            continue
        for name in (policy.id, policy.name, *policy.aliases):
            taken[name] = policy
        kept[policy.id] = policy
        providers[policy.id] = provider
    return tuple(policy for _, policy in sorted(kept.items())), providers


def _malformed(policy: Policy[Any]) -> str:
    if not policy.id or any(letter.isspace() or letter in "*?[],=" for letter in policy.id):
        return f"{place_of(policy)}: `{policy.id}` is no policy id: use letters, digits and hyphens"
    if policy.settings is not None:
        try:
            policy.settings()
        except Exception as error:
            return f"{place_of(policy)}: the settings of {policy.id} need a default each ({error})"
    return ""


# Modules of policies


def _in_folder(folder: str) -> list[Policy[Any] | PluginError]:
    return _policies_of(_as_package(folder), folder, each_declares=True)


def _as_package(folder: str) -> ModuleType | PluginError:
    """A package made of the folder, under a name of its own, so that `from ._shared import ...` works in it."""
    from zlib import crc32

    root = Path(folder).resolve()
    if not root.is_dir():
        if root.is_file():
            raise UsageError(f"`{folder}` is a file: name the folder of policies that it is in")
        raise UsageError(f"there is no folder `{folder}` of policies")
    name = f"guardrails_folder_{crc32(bytes(root)):08x}"
    for loaded in [module for module in sys.modules if module == name or module.startswith(name + ".")]:
        del sys.modules[loaded]
    importlib.invalidate_caches()
    head = root / "__init__.py"
    spec: importlib.machinery.ModuleSpec | None
    if head.is_file():
        spec = importlib.util.spec_from_file_location(name, head, submodule_search_locations=[str(root)])
    else:
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(root)]
    assert spec is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    if head.is_file() and spec.loader is not None:
        try:
            spec.loader.exec_module(package)
        except (Exception, SystemExit) as error:
            return _failure(folder, "`__init__.py` cannot be imported", error, within=str(root))
    return package


def _policies_of(
    package: ModuleType | PluginError, place: str, *, each_declares: bool
) -> list[Policy[Any] | PluginError]:
    if isinstance(package, PluginError):
        return [package]
    policies: dict[int, Policy[Any]] = {}
    errors: list[Policy[Any] | PluginError] = []
    roots = [
        root for root in package.__path__ if Path(root).is_dir()
    ]  # An editable install adds a marker that is none.
    for root in roots:
        for name in _modules(root, package.__name__):
            try:
                module = importlib.import_module(name)
            except (Exception, SystemExit) as error:
                shortened = name.removeprefix(package.__name__ + ".")
                errors.append(_failure(place, f"`{shortened}` cannot be imported", error, within=root))
                continue
            declared = [value for value in vars(module).values() if isinstance(value, Policy)]
            policies.update((id(policy), policy) for policy in declared)
            if each_declares and not declared:
                errors.append(
                    PluginError(
                        place,
                        f"{shown(module.__file__ or name)} declares no policy"
                        " (name a module that only helps others with a leading underscore)",
                    )
                )
    if each_declares and not policies and not errors:
        errors.append(PluginError(place, "there is no policy in this folder"))
    return [*sorted(policies.values(), key=lambda policy: policy.id), *errors]


def _modules(folder: str, package: str) -> Iterator[str]:
    """The names of the modules to import below a folder, sorted."""
    with os.scandir(folder) as entries:
        found = sorted(((entry.name, entry.is_dir()) for entry in entries), key=lambda pair: pair[0])
    for name, is_folder in found:
        if name.startswith(("_", ".", *_NOT_POLICIES)) or name.endswith("_test.py"):
            continue
        stem = name.removesuffix(".py")
        if is_folder and name.isidentifier():
            yield from _modules(f"{folder}{os.sep}{name}", f"{package}.{name}")
        elif stem != name and not is_folder:
            yield f"{package}.{stem}"


# Messages


def _failure(plugin: str, what: str, error: BaseException, within: str = "") -> PluginError:
    """The PluginError for an exception, naming the line at fault: the innermost one in the plugin's own code."""
    place = _place(error, within)
    said = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split())
    cause = f"{type(error).__name__}: {said}" if said else type(error).__name__
    failure = PluginError(plugin, f"{what}: {place + ': ' if place else ''}{cause}")
    failure.__cause__ = error
    return failure


def _place(error: BaseException, within: str) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{shown(error.filename)}:{error.lineno}"
    frames: list[tuple[str, int]] = []
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file != __file__ and not file.startswith(_MACHINERY):
            frames.append((file, step.tb_lineno))
        step = step.tb_next
    own = [frame for frame in frames if within and frame[0].startswith(within)] or frames
    return f"{shown(own[-1][0])}:{own[-1][1]}" if own else ""


_MACHINERY = (
    "<frozen",
    importlib.__file__.removesuffix("__init__.py"),
    pluggy.__file__.removesuffix("__init__.py"),
)
"""Where a frame of a traceback is nobody's fault."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the nearest known one, if any is near."""
    from difflib import get_close_matches

    spelt = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), list(spelt), n=1, cutoff=0.6)
    return f"; did you mean `{spelt[near[0]]}`?" if near else ""

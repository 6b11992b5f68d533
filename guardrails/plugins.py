"""Finding and loading plugins: the only module that calls hooks. What cannot be loaded becomes a PluginError.

Our own sources, formats and policies take no hook, and pluggy is imported only where another distribution has a plugin:
with the `inspect` that it needs, it costs a quarter as much as all the rest of a small scan.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from types import ModuleType

from guardrails import index
from guardrails.errors import PluginError, UsageError
from guardrails.kernel.record import Record
from guardrails.policy import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    import pluggy

    from guardrails.hookspecs import Format, Source
    from guardrails.lower.world import Lowering

GROUP = "guardrails"
BUILT_IN = "guardrails_policies"


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
    ours: bool = False
    """Whether there is nothing but what is built in."""


def load(folders: Sequence[str] = (), *, by_index: bool = False) -> Plugins:
    """Load what is ours, the installed plugins in order of their names, then `folders` of policies in order.

    `by_index`: the built-in policies are taken from their index, and each is imported when it is first asked. One that
    cannot be imported then raises a PluginError from its `load()`.
    """
    errors: list[PluginError] = []
    offers = _ours(errors, by_index)
    others = _others_installed()
    if others:
        _add_others(offers, errors)
    offered: list[tuple[str, Policy[Any]]] = []
    for provider, policy in offers.policies:
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
        sources=tuple(source for _, source in offers.sources),
        lowerings=tuple(lowering for _, lowering in offers.lowerings),
        formats=_formats(offers.formats, errors),
        errors=tuple(errors),
        provider=providers,
        ours=not others and not folders,
    )


def policies_in(place: str) -> list[Policy[Any] | PluginError]:
    """The policies declared in the modules of a package (its import name) or a folder (its path), sorted by id.

    Every module below it whose name has no leading underscore is imported; a module that fails is a PluginError and
    the others are still loaded. In a folder a module without any policy is an error too: a policy that silently never
    runs is worse than a complaint about a helper module, which a leading underscore ends.
    """
    if os.sep in place or "/" in place or os.path.isdir(place):
        return _in_folder(place)
    return _in_package(place)


def _in_package(name: str) -> list[Policy[Any] | PluginError]:
    """Never a folder of that name, which the working directory, perhaps the tree that is scanned, may have."""
    return _policies_of(index.import_module(name), name, each_declares=False)


def place_of(policy: Policy[Any]) -> str:
    """Where a policy is declared, for messages."""
    return f"{shown(policy.file)}:{policy.judge.__code__.co_firstlineno}"


def shown(path: str) -> str:
    """A path as messages show it: relative to the working directory where it lies below, with forward slashes."""
    whole, here = os.path.abspath(path), os.getcwd()
    below = here.rstrip(os.sep) + os.sep
    shortened = whole.removeprefix(below) if whole != here else "."
    return shortened.replace(os.sep, "/")


# Plugins


class _Offers:
    """What plugins offer, as it is, each item with the name of its plugin."""

    def __init__(self) -> None:
        self.policies: list[tuple[str, Any]] = []
        self.sources: list[tuple[str, Source]] = []
        self.lowerings: list[tuple[str, Lowering[Any]]] = []
        self.formats: list[tuple[str, Format]] = []


def _ours(errors: list[PluginError], by_index: bool) -> _Offers:
    from guardrails.builtin import FORMATS, SOURCES

    offers = _Offers()
    offers.sources += [("core", source) for source in SOURCES]
    offers.formats += [("core", form) for form in FORMATS]
    try:
        indexed = index.read(BUILT_IN, _failure) if by_index else None
        offers.policies += [(BUILT_IN, found) for found in (_in_package(BUILT_IN) if indexed is None else indexed)]
    except (Exception, SystemExit) as error:
        errors.append(_failure(BUILT_IN, "cannot be loaded", error))
    return offers


def _add_others(offers: _Offers, errors: list[PluginError]) -> None:
    """Add what the plugins of other distributions offer, through their hooks or by being packages of policies."""
    from importlib.metadata import entry_points

    import pluggy

    from guardrails import hookspecs

    manager = pluggy.PluginManager(GROUP)
    marker = pluggy.HookspecMarker(GROUP)
    for name in _hooks(hookspecs):
        marker(getattr(hookspecs, name))
    manager.add_hookspecs(hookspecs)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        if entry.value == BUILT_IN:
            continue
        try:
            manager.register(entry.load(), entry.name)
        except (Exception, SystemExit) as error:
            errors.append(_failure(entry.name, "cannot be loaded", error))
    errors += _misspelt_hooks(manager, _hooks(hookspecs))
    offers.policies += _call(manager.hook.guardrails_policies, errors)
    offers.policies += _of_plain_packages(manager)
    offers.sources += _call(manager.hook.guardrails_sources, errors)
    offers.lowerings += _call(manager.hook.guardrails_lowerings, errors)
    offers.formats += _call(manager.hook.guardrails_formats, errors)


def _others_installed() -> bool:
    """Whether any distribution but this one has an entry point for us.

    importlib.metadata takes some 40 ms to import and search, a listing of the installed metadata about one; so it is
    asked only where there is something to find.
    """
    for folder in sys.path:
        try:
            names = [name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info"))]
        except NotADirectoryError:
            return True  # An archive on the path: only importlib.metadata can look inside.
        except OSError:
            continue
        for name in names:
            if name.startswith(("guardrails_audit-", "guardrails_audit.")):
                continue
            try:
                with open(f"{folder}{os.sep}{name}{os.sep}entry_points.txt", "rb") as file:
                    if b"[guardrails]" in file.read():
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
            for found in _in_package(plugin.__name__):
                yield name, found


def _items(returned: object) -> Iterable[Any]:
    if isinstance(returned, Iterable):
        return returned
    raise TypeError(f"it must return a list, not {type(returned).__name__}")


def _hooks(module: ModuleType) -> list[str]:
    return [name for name in vars(module) if name.startswith("guardrails_")]


def _misspelt_hooks(manager: pluggy.PluginManager, known: list[str]) -> Iterator[PluginError]:
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
        names = (policy.id, policy.name, *policy.aliases)
        if not taken.keys().isdisjoint(names):
            clash = next(name for name in names if name in taken)
            wrong = f"`{clash}` is declared twice: {place_of(taken[clash])} is used, {place_of(policy)} is not"
        if wrong:
            errors.append(PluginError(provider, wrong))
            continue
        for name in names:
            taken[name] = policy
        kept[policy.id] = policy
        providers[policy.id] = provider
    return tuple(policy for _, policy in sorted(kept.items())), providers


def _malformed(policy: Policy[Any]) -> str:
    if isinstance(policy, index.Indexed):
        return ""
    if not policy.id or any(letter.isspace() or letter in "*?[],=" for letter in policy.id):
        return f"{place_of(policy)}: `{policy.id}` is no policy id: use letters, digits and hyphens"
    if policy.settings is not None:
        try:
            policy.settings()
        except Exception as error:
            return f"{place_of(policy)}: the settings of {policy.id} need a default each ({error})"
    if policy.when and policy.when not in {*getattr(policy.on, "_fields", ()), *dir(policy.on)}:
        return f"{place_of(policy)}: `{policy.on.__name__}` has no `{policy.when}` that {policy.id} could apply by"
    return ""


# Modules of policies


def _in_folder(folder: str) -> list[Policy[Any] | PluginError]:
    return _policies_of(_as_package(folder), folder, each_declares=True)


def _as_package(folder: str) -> ModuleType | PluginError:
    """A package made of the folder, under a name of its own, so that `from ._shared import ...` works in it."""
    import importlib.machinery
    import importlib.util
    from zlib import crc32

    root = os.path.realpath(folder)
    if not os.path.isdir(root):
        if os.path.isfile(root):
            raise UsageError(f"`{folder}` is a file: name the folder of policies that it is in")
        raise UsageError(f"there is no folder `{folder}` of policies")
    name = f"guardrails_folder_{crc32(os.fsencode(root)):08x}"
    for loaded in [module for module in sys.modules if module == name or module.startswith(name + ".")]:
        del sys.modules[loaded]
    importlib.invalidate_caches()
    head = f"{root}{os.sep}__init__.py"
    has_head = os.path.isfile(head)
    spec: importlib.machinery.ModuleSpec | None
    if has_head:
        spec = importlib.util.spec_from_file_location(name, head, submodule_search_locations=[root])
    else:
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [root]
    assert spec is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    if has_head and spec.loader is not None:
        try:
            spec.loader.exec_module(package)
        except (Exception, SystemExit) as error:
            return _failure(folder, "`__init__.py` cannot be imported", error, within=root)
    return package


def _policies_of(
    package: ModuleType | PluginError, place: str, *, each_declares: bool
) -> list[Policy[Any] | PluginError]:
    if isinstance(package, PluginError):
        return [package]
    policies: dict[int, Policy[Any]] = {}
    errors: list[Policy[Any] | PluginError] = []
    roots = [root for root in package.__path__ if os.path.isdir(root)]  # An editable install adds one that is none.
    for root in roots:
        for name in index.modules(root, package.__name__):
            try:
                module = index.import_module(name)
            except (Exception, SystemExit) as error:
                shortened = name.removeprefix(package.__name__ + ".")
                errors.append(_failure(place, f"`{shortened}` cannot be imported", error, within=root))
                continue
            declared = index.declared_in(module)
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
    machinery = _machinery()
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file != __file__ and not file.startswith(machinery):
            frames.append((file, step.tb_lineno))
        step = step.tb_next
    own = [frame for frame in frames if within and frame[0].startswith(within)] or frames
    return f"{shown(own[-1][0])}:{own[-1][1]}" if own else ""


_LOADERS = ("importlib", "importlib_metadata", "pluggy")
"""What loads a plugin; the one in the middle stands in for the library's own as soon as anything imports it."""


def _machinery() -> tuple[str, ...]:
    """Where a frame of a traceback is nobody's fault."""
    loaded = [sys.modules[name].__file__ for name in _LOADERS if name in sys.modules]
    return ("<frozen", *(file.removesuffix("__init__.py") for file in loaded if file))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the nearest known one, if any is near."""
    from difflib import get_close_matches

    spelt = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), list(spelt), n=1, cutoff=0.6)
    return f"; did you mean `{spelt[near[0]]}`?" if near else ""

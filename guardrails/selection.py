"""Which policies run, how severe each is and with which settings: configuration and command line joined."""

from __future__ import annotations

from functools import cached_property

from guardrails.errors import ConfigError, PluginError, UsageError
from guardrails.findings import of_companion
from guardrails.kernel.record import Record
from guardrails.plugins import did_you_mean
from guardrails.policy import Policy, Severity, settings_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from guardrails.config import Config, PolicyEntry


class Selection(Record):
    """The policies to judge by."""

    policies: tuple[Policy[Any], ...] = ()
    """Sorted by id."""
    settings: Mapping[str, object] = {}
    """Policy id → an instance of its settings, for each policy that is told any, selected or not."""
    severities: Mapping[str, Severity] = {}
    """Policy id → the severity that configuration insists on, whatever a single check says."""
    notices: tuple[str, ...] = ()
    never_waived: frozenset[str] = frozenset()
    """The ids of the policies that may not be waived, and patterns for rules of other programs."""
    companions: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Patterns for rules of other programs: those that run, all where there is none, and those that do not."""
    complete: bool = True
    """False where some policies could not or may not be loaded."""

    def settings_for(self, policy: Policy[Any]) -> object | None:
        """An instance of the policy's settings; None if it takes none, a PluginError if it cannot be imported."""
        if not policy.options:
            return None
        told = self.settings.get(policy.id)
        return told if told is not None or policy.settings is None else policy.settings()

    def runs_beside(self, rule: str) -> bool:
        """Whether a rule of another program is wanted, by its id."""
        from fnmatch import fnmatchcase

        selected, ignored = self.companions
        if any(fnmatchcase(rule, pattern) for pattern in ignored):
            return False
        return not selected or any(fnmatchcase(rule, pattern) for pattern in selected)

    def severity_of(self, policy: Policy[Any]) -> Severity:
        return self.severities.get(policy.id, policy.severity)


def choose(
    policies: Sequence[Policy[Any]],
    config: Config,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    complete: bool = True,
) -> Selection:
    """Join what the configuration and the command line say about the policies that were loaded.

    `select` stands in for the configuration's, `ignore` adds to it. `complete` is False where some policies could
    not or may not be loaded: then a name that nothing answers to in the configuration is a notice, since it may be
    theirs.
    """
    book = _Book(policies)
    faults: list[str] = []
    unclear: list[str] = []
    entries = _entries(book, config, faults if complete else unclear, faults)
    settings: dict[str, object] = {}
    for policy in policies:
        entry = entries.get(policy.id)
        if policy.options:
            if (entry is not None and entry.settings) or not config.settings.keys().isdisjoint(policy.options):
                settings[policy.id] = _settings(policy, config, entry, faults)
        elif entry is not None:
            faults += [
                f"{config.place('policy', entry.key, name)}: {policy.id} has no setting `{name}`"
                for name in entry.settings
            ]
    _complain_about_shared(policies, config, faults if complete else unclear)
    chosen_by_config = _matched(book, config.select, config.place("select"), faults if complete else unclear)
    ignored_by_config = _matched(book, config.ignore, config.place("ignore"), faults if complete else unclear)
    never = _matched(book, config.waivers.never, config.place("waivers", "never"), faults if complete else unclear)
    if faults:
        raise ConfigError("\n".join(dict.fromkeys(faults)))  # one setting may be that of many policies
    chosen = _asked(book, select, "--select") if select else chosen_by_config
    ignored = {*_asked(book, ignore, "--ignore"), *ignored_by_config}
    if select:
        ignored -= {policy for policy in ignored_by_config if chosen.get(policy)}

    def runs(policy: Policy[Any]) -> bool:
        if policy.id in ignored:
            return False
        if select or config.select:
            exactly = chosen.get(policy.id)
            if exactly is None:
                return False
            if exactly:
                return True
        entry = entries.get(policy.id)
        return policy.enabled if entry is None or entry.enabled is None else entry.enabled

    severities = {key: entry.severity for key, entry in entries.items() if entry.severity is not None}
    return Selection(
        policies=tuple(policy for policy in policies if runs(policy)),
        settings=settings,
        severities=severities,
        notices=tuple(f"{line} (some policies were not loaded; it may be one of theirs)" for line in unclear),
        never_waived=frozenset((*never, *filter(of_companion, config.waivers.never))),
        companions=(
            tuple(filter(of_companion, select or config.select)),
            tuple(filter(of_companion, (*ignore, *config.ignore))),
        ),
        complete=complete,
    )


class _Book:
    """The policies by all that they are called."""

    def __init__(self, policies: Iterable[Policy[Any]]) -> None:
        self._policies = policies

    @cached_property
    def by_name(self) -> dict[str, Policy[Any]]:
        return {name.lower(): policy for policy in self._policies for name in (policy.id, policy.name, *policy.aliases)}

    def named(self, name: str) -> Policy[Any] | None:
        return self.by_name.get(name.lower())

    def matching(self, pattern: str) -> dict[str, bool]:
        """The ids of the policies that a pattern matches, and whether it names each one exactly."""
        exact = self.named(pattern)
        if exact is not None:
            return {exact.id: True}
        from fnmatch import fnmatchcase

        return {policy.id: False for name, policy in self.by_name.items() if fnmatchcase(name, pattern.lower())}

    def nearest(self, name: str) -> str:
        policies = self.by_name.values()
        return did_you_mean(name, [word for policy in policies for word in (policy.id, policy.name, *policy.aliases)])


def find(policies: Iterable[Policy[Any]], name: str) -> Policy[Any]:
    """The policy with this id, name or alias; a UsageError that suggests the nearest otherwise."""
    book = _Book(policies)
    found = book.named(name)
    if found is None:
        raise UsageError(f"there is no policy `{name}`{book.nearest(name)} (`guardrails policies list` shows all)")
    return found


def _asked(book: _Book, patterns: Sequence[str], option: str) -> dict[str, bool]:
    faults: list[str] = []
    matched = _matched(book, patterns, option, faults)
    if faults:
        raise UsageError("\n".join(f"{fault} (`guardrails policies list` shows all)" for fault in faults))
    return matched


def _matched(book: _Book, patterns: Sequence[str], place: str, faults: list[str]) -> dict[str, bool]:
    matched: dict[str, bool] = {}
    for pattern in patterns:
        if of_companion(pattern):
            continue
        found = book.matching(pattern)
        if not found:
            faults.append(f"{place}: `{pattern}` matches no policy{book.nearest(pattern)}")
        for name, exactly in found.items():
            matched[name] = matched.get(name, False) or exactly
    return matched


def _entries(book: _Book, config: Config, unknown: list[str], faults: list[str]) -> dict[str, PolicyEntry]:
    entries: dict[str, PolicyEntry] = {}
    for entry in config.entries:
        policy = book.named(entry.key)
        if policy is None:
            unknown.append(f"{entry.place}: there is no policy `{entry.key}`{book.nearest(entry.key)}")
        elif policy.id in entries:
            faults.append(f"{entry.place}: `{entry.key}` is the policy `{entries[policy.id].key}` once more")
        else:
            entries[policy.id] = entry
    return entries


def _settings(policy: Policy[Any], config: Config, entry: PolicyEntry | None, faults: list[str]) -> object | None:
    own = entry.settings if entry is not None else {}
    try:
        policy.load()
    except PluginError:
        return None  # Told when it is to judge something.
    assert policy.settings is not None
    known = settings_fields(policy)
    given = {name: (value, config.place("settings", name)) for name, value in config.settings.items() if name in known}
    for name, value in own.items():
        assert entry is not None
        given[name] = (value, config.place("policy", entry.key, name))
    values: dict[str, object] = {}
    for name, (value, place) in given.items():
        if name not in known:
            faults.append(f"{place}: {policy.id} has no setting `{name}`{did_you_mean(name, known)}")
            continue
        try:
            values[name] = _fitted(value, known[name][0])
        except TypeError as error:
            faults.append(f"{place}: `{name}` {error}")
    try:
        return policy.settings(**values)  # type: ignore[no-any-return] # a class of the plugin's own
    except (TypeError, ValueError) as error:
        name = next((name for name in values if not _accepts(policy.settings, {name: values[name]})), "")
        place = given[name or next(iter(given))][1]
        what = f"`{name}` is" if name else f"the settings of {policy.id} are"
        faults.append(f"{place}: {what} refused: {error}")
        return None


def _accepts(settings: type[Any], values: dict[str, object]) -> bool:
    try:
        settings(**values)
    except (TypeError, ValueError):
        return False
    return True


def _complain_about_shared(policies: Sequence[Policy[Any]], config: Config, faults: list[str]) -> None:
    if not config.settings:
        return
    known = {name for policy in policies for name in policy.options}
    for name in config.settings:
        if name not in known:
            place = config.place("settings", name)
            faults.append(f"{place}: no policy has a setting `{name}`{did_you_mean(name, known)}")


def _fitted(value: object, annotation: object) -> object:
    """A value from TOML as the annotated type; a TypeError that says what it must be otherwise."""
    import types
    import typing

    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        for choice in arguments:
            if choice is not type(None):
                try:
                    return _fitted(value, choice)
                except TypeError:
                    continue
    elif origin is typing.Literal:
        if value in arguments:
            return value
    elif origin in (tuple, frozenset) and isinstance(value, list):
        return origin(_fitted(item, arguments[0]) for item in value)
    elif annotation is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif isinstance(annotation, type) and type(value) is annotation:
        return value
    raise TypeError(f"must be {type_in_words(annotation)}, not {_in_words(value)}")


def type_in_words(annotation: object) -> str:
    """What a setting holds, for a person who writes TOML."""
    import types
    import typing

    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_in_words(choice) for choice in arguments if choice is not type(None))
    if origin is typing.Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in arguments)
    if origin in (tuple, frozenset):
        return {str: "a list of texts", int: "a list of whole numbers"}.get(arguments[0], "a list")
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text in quotes"}
    return words.get(annotation, str(annotation)) if isinstance(annotation, type) else str(annotation)


def _in_words(value: object) -> str:
    if isinstance(value, str):
        return f'the text "{value}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a table" if isinstance(value, dict) else "a date or time"


def in_toml(value: object) -> str:
    """A setting's value as one writes it in the configuration."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple | list | frozenset):
        items = sorted(value) if isinstance(value, frozenset) else value
        return f"[{', '.join(in_toml(item) for item in items)}]"
    return str(value)

"""Configuration, plugins and selection as the arguments ask for them: how every command about policies begins."""

from __future__ import annotations

from guardrails import config as configuration
from guardrails import plugins as plugged
from guardrails import selection as selecting
from guardrails.config import Config
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from guardrails.plugins import Plugins
    from guardrails.selection import Selection


class Project(Record):
    config: Config
    plugins: Plugins
    selection: Selection
    notices: tuple[str, ...]


def open_project(arguments: argparse.Namespace, paths: Sequence[str], *, by_index: bool = False) -> Project:
    """`by_index`: built-in policies are imported when they are first asked for (see guardrails.index)."""
    config, notices = _config(arguments, paths)
    notices += config.notices
    folders = list(arguments.folders or ())
    if config.policies and config.trusted:
        folders = [*config.policies, *folders]
    plugins = plugged.load(folders, by_index=by_index)
    selection = selecting.choose(
        plugins.policies,
        config,
        select=getattr(arguments, "select", None) or (),
        ignore=getattr(arguments, "ignore", None) or (),
        complete=not plugins.errors and (config.trusted or not config.policies),
    )
    return Project(config, plugins, selection, tuple(notices))


def _config(arguments: argparse.Namespace, paths: Sequence[str]) -> tuple[Config, list[str]]:
    if arguments.no_config:
        return Config(), []
    if arguments.config is not None:
        return configuration.read(arguments.config, trusted=True), []
    found = configuration.find(paths)
    if found.file is None:
        return Config(), list(found.notices)
    return configuration.read(found.file, trusted=False), list(found.notices)

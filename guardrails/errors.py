"""The errors that end a run, or a part of it, with a message for the person who must act.

GuardrailsError
├── UsageError          wrong arguments (exit code 2)
├── ConfigError         a configuration file that is wrong (exit code 2)
├── ReportError         a report that cannot be written (exit code 3)
├── ReadingError        accounts that cannot be read (exit code 3)
└── PluginError         a plugin or policy that cannot be loaded or misbehaves (exit code 3, the run goes on)
"""

from __future__ import annotations


class GuardrailsError(Exception):
    """Base of the errors whose message is meant for a person: place, cause, what to do."""

    exit_code = 2


class UsageError(GuardrailsError):
    """Wrong arguments."""


class ConfigError(GuardrailsError):
    """A configuration file that cannot be read or says something impossible."""


class ReportError(GuardrailsError):
    """A report that cannot be written although everything was done for it: a full disk, a folder taken away."""

    exit_code = 3


class ReadingError(GuardrailsError):
    """Nothing can be read of the accounts that were asked for, or no more: a call that all others need was refused."""

    exit_code = 3


class PluginError(GuardrailsError):
    """A plugin or policy that cannot be loaded or misbehaves; names the plugin and keeps the cause."""

    exit_code = 3

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"{plugin}: {message}")
        self.plugin = plugin
        self.message = message

    def __reduce__(self) -> tuple[type[PluginError], tuple[str, str]]:
        return type(self), (self.plugin, self.message)

"""The values that the user gives to parameters: on the command line, in files, and in the configuration by
environment."""

from __future__ import annotations

import os

from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason
from guardrails.sources.cloudformation.load import ParameterError
from guardrails.sources.cloudformation.nodes import Call, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Mapping as Dictionary

    from guardrails.sources.cloudformation.nodes import Template


class Assigned(Record):
    """A value for a parameter, as text."""

    name: str
    value: str


class ValuesFile(Record):
    """A file of values for parameters."""

    path: str


class Environment(Record):
    """The values with which some templates are deployed once."""

    name: str
    templates: tuple[str, ...]
    """Patterns of absolute paths; empty for all templates."""
    values: tuple[Assigned | ValuesFile, ...]


class Values(Record):
    """What parameters are given: texts, or why it is not known what."""

    by_name: Dictionary[str, str | Reason]
    files: Dictionary[str, str]
    """The file that gave a value, of those that were not given by themselves."""


class Given:
    """The values for each template."""

    def __init__(self, values: Sequence[Assigned | ValuesFile], environments: Sequence[Environment]) -> None:
        """Raises ParameterError where a file cannot be read."""
        self._common = _together(values)
        self._environments = [(environment, _together((*values, *environment.values))) for environment in environments]

    def of(self, path: str) -> list[tuple[str, Dictionary[str, str | Reason]]]:
        """The environments that the template at a path is deployed to, by name, with its values; one without a name
        where none is configured for it."""
        found = [
            (environment.name, values.by_name)
            for environment, values in self._environments
            if not environment.templates or any(_fits(path, pattern) for pattern in environment.templates)
        ]
        return found or [("", self._common.by_name)]

    def check(self, templates: Iterable[Template]) -> list[str]:
        """Notes on names that no template declares; raises ParameterError where one was given by itself."""
        names = {name for values in (self._common, *(v for _, v in self._environments)) for name in values.by_name}
        if not names:
            return []
        declared = {name for template in templates for name in _declared(template)}
        notes: dict[str, list[str]] = {}
        for name in sorted(names - declared):
            if name in self._common.by_name and name not in self._common.files:
                from guardrails.sources.cloudformation.hints import did_you_mean

                hint = did_you_mean(name, sorted(declared))
                raise ParameterError(f"--parameters {name}: no scanned template declares this parameter{hint}")
            files = [values.files[name] for _, values in self._environments if name in values.files]
            files += [self._common.files[name]] if name in self._common.files else []
            for file in dict.fromkeys(files):
                notes.setdefault(file, []).append(name)
        return [f"{file}: no scanned template declares {_listed(names)}" for file, names in notes.items()]


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _fits(path: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return path == pattern or path.startswith(pattern.rstrip(os.sep) + os.sep) or fnmatchcase(path, pattern)


def _declared(template: Template) -> list[str]:
    section = template.root.get("Parameters")
    if isinstance(section, Call):
        section = section.as_mapping()
    return [entry.key for entry in section.entries] if isinstance(section, Mapping) else []


def _together(given: Sequence[Assigned | ValuesFile]) -> Values:
    """All values; of two for one parameter the later."""
    values: dict[str, str | Reason] = {}
    files: dict[str, str] = {}
    for one in given:
        if isinstance(one, Assigned):
            values[one.name] = one.value
            files.pop(one.name, None)
            continue
        read = _read(one.path)
        values.update(read)
        files.update(dict.fromkeys(read, one.path))
    return Values(values, files)


def _read(path: str) -> dict[str, str | Reason]:
    from guardrails.sources.cloudformation.files import LARGEST_FILE
    from guardrails.sources.cloudformation.parameter_files import read_parameters

    try:
        with open(path, "rb") as file:  # noqa: PTH123 - paths are plain text throughout: speed
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > LARGEST_FILE:
        raise ParameterError(f"{path}: is larger than {LARGEST_FILE >> 20} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: is not a text in UTF-8") from error
    found = read_parameters(path, text)
    if isinstance(found, Reason):
        raise ParameterError(f"{path}:{max(1, found.origin.line)}: {found.detail}")
    return {**found.values, **found.open}


def as_text(value: object) -> str:
    """A value of a configuration as a parameter takes it; raises ParameterError for one that it cannot be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, list):
        return ",".join(map(as_text, value))
    raise ParameterError("the value of a parameter must be a text, a number, true or false, or a list of these")

"""What the words of `guardrails scan` stand for, and a reading of them without argparse.

To import argparse, to describe every command to it and to let it read `scan infra/` takes 13 ms, more than the rest of
a small scan before anything is read. So the command that is run most is read here as long as nothing about it is in
doubt: `scan` and then options of the table with their values, and paths that stand together. Everything else, every
mistake first of all, is left to argparse, which has the last word on what is right.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from guardrails.hookspecs import Assignment, ValuesFile

SEVERITIES = ("info", "low", "medium", "high", "critical")
OUTCOMES = ("pass", "fail", "unknown", "error", "waived")
FAIL_ON = (*SEVERITIES, "never")
UNKNOWN = ("report", "fail")
COLOUR = ("auto", "always", "never")


def scanning(arguments: argparse.Namespace) -> int:
    from guardrails.cli.scan import scan

    return scan(arguments)


def paths_of(arguments: argparse.Namespace) -> Sequence[str]:
    """What to scan, or where to look for a configuration."""
    return getattr(arguments, "paths", None) or ["."]


# What the value of an option stands for


def _refused(message: str) -> argparse.ArgumentTypeError:
    import argparse

    return argparse.ArgumentTypeError(message)


def names(text: str) -> list[str]:
    found = [item for item in (part.strip() for part in text.split(",")) if item]
    if not found:
        raise _refused("nothing is named")
    return found


def outcomes(text: str) -> list[str]:
    found = names(text)
    for name in found:
        if name not in OUTCOMES:
            from guardrails.plugins import did_you_mean

            raise _refused(f"`{name}` is none of {', '.join(OUTCOMES)}{did_you_mean(name, OUTCOMES)}")
    return found


def assignment(text: str) -> Assignment:
    from guardrails.hookspecs import Assignment

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise _refused(f"`{text}` gives no value: write NAME=VALUE")
    return Assignment(name.strip(), value, value)


def values_file(text: str) -> ValuesFile:
    from guardrails.hookspecs import ValuesFile

    if not os.path.isfile(text):
        raise _refused(f"there is no file `{text}`")
    return ValuesFile(text)


def parameters(text: str) -> Assignment | ValuesFile:
    """A value for a parameter of templates, or a file of them: as `aws cloudformation` takes either."""
    path = text.removeprefix("file://")
    if os.path.isfile(path):
        return values_file(path)
    if text.startswith("ParameterKey="):
        name, comma, value = text.removeprefix("ParameterKey=").partition(",ParameterValue=")
        if comma and name:
            return assignment(f"{name}={value}")
    if "=" not in text:
        raise _refused(f"there is no file `{path}`, and it gives no value: write NAME=VALUE")
    return assignment(text)


def folder(text: str) -> str:
    if not os.path.isdir(text):
        raise _refused(f"there is no folder `{text}`")
    return text


def companion(text: str) -> str:
    """Another program that is asked as well, or a snapshot of the accounts that the code goes to."""
    from guardrails.findings import COMPANIONS

    if text not in COMPANIONS and not os.path.isfile(text):
        raise _refused(f"`{text}` is no file with a snapshot, and none of {', '.join(COMPANIONS)}")
    return text


def service(text: str) -> str:
    """The source of an event: `iam.amazonaws.com`, or `iam` for short."""
    if os.path.sep in text or os.path.isdir(text):
        raise _refused(f"`{text}` is a folder, not the service of a call; --code names the code of a plan")
    return text


# Reading without argparse

_DEFAULTS: Mapping[str, object] = {
    "changed": False,
    "values": None, "parameters": None, "code": None, "tf_var_env": False, "workspace": None,
    "companions": None, "select": None, "ignore": None, "folders": None, "config": None, "no_config": False,
    "fail_on": None, "unknown": None, "no_waivers": False, "today": None,
    "severity": None, "outcome": None, "format": None, "outputs": None, "color": "auto",
    "verbose": False, "quiet": False, "stats": False,
}  # fmt: skip

_FLAGS = {
    "--changed": "changed",
    "--tf-var-env": "tf_var_env",
    "--no-config": "no_config",
    "--no-waivers": "no_waivers",
    "-v": "verbose",
    "--verbose": "verbose",
    "-q": "quiet",
    "--quiet": "quiet",
    "--stats": "stats",
}
_TEXTS: Mapping[str, tuple[str, Sequence[str]]] = {
    "--workspace": ("workspace", ()),
    "--config": ("config", ()),
    "--fail-on": ("fail_on", FAIL_ON),
    "--unknown": ("unknown", UNKNOWN),
    "--today": ("today", ()),
    "--severity": ("severity", SEVERITIES),
    "--format": ("format", ()),
    "--color": ("color", COLOUR),
}
"""Options with a text, the last one of which counts: the destination, and what it may be."""
_LISTS: Mapping[str, tuple[str, Callable[[str], Any], bool]] = {
    "--var": ("values", assignment, False),
    "--var-file": ("values", values_file, False),
    "--parameters": ("parameters", parameters, False),
    "--policies": ("folders", str, False),
    "--source": ("code", folder, False),
    "--with": ("companions", companion, False),
    "-o": ("outputs", str, False),
    "--output": ("outputs", str, False),
    "--select": ("select", names, True),
    "--ignore": ("ignore", names, True),
    "--outcome": ("outcome", outcomes, True),
}
"""Options that add to a list: the destination, what one value stands for, and whether that is several items."""


def read(argv: Sequence[str]) -> argparse.Namespace | None:
    """The arguments of a scan as argparse would read them; None where it is to read them itself."""
    if not argv or argv[0] != "scan":
        return None
    said: dict[str, Any] = {}
    paths: list[str] = []
    paths_end = 0
    at = 1
    while at < len(argv):
        word = argv[at]
        at += 1
        if not word.startswith("-"):
            if paths and paths_end != at - 1:
                return None
            paths.append(word)
            paths_end = at
        elif word in _FLAGS:
            said[_FLAGS[word]] = True
        elif "=" in word:
            option, _, value = word.partition("=")
            if not option.startswith("--") or not value or not _take(said, option, value):
                return None
        else:
            if at == len(argv) or argv[at].startswith("-") or not _take(said, word, argv[at]):
                return None
            at += 1
    if "config" in said and "no_config" in said:
        return None
    return _Arguments(command=scanning, paths=paths, **{**_DEFAULTS, **said})  # type: ignore[return-value] # see there


def _take(said: dict[str, Any], option: str, value: str) -> bool:
    """Note an option and its value; False where either is not plainly right."""
    if option in _TEXTS:
        name, choices = _TEXTS[option]
        if choices and value not in choices:
            return False
        said[name] = value
        return True
    if option not in _LISTS:
        return False
    name, meaning, several = _LISTS[option]
    try:
        item = meaning(value)
    except Exception:  # Whatever it is, argparse meets it again and says it.
        return False
    said.setdefault(name, []).extend(item if several else [item])
    return True


class _Arguments:
    """Stands in for `argparse.Namespace`: what was said, as attributes."""

    def __init__(self, **said: object) -> None:
        self.__dict__.update(said)

"""Every single answer of a recorded account is changed once: what the code says of it is told, and nothing else is.

`told.json` holds by type and path of an answer (`cloudtrail.trail status.IsLogging`) what is told when it differs: kind
of drift, kind of resource, attribute. It was written down from a run and read through; a change of it is a change of
what people are told. `not_told.json` holds by reason the answers of which no change is told.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from recorded_accounts import FOLDERS, account, answers, code, leaves

from guardrails.drift.drift import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.drift.records import Comparison

TOLD: dict[str, list[list[str]]] = json.loads((Path(__file__).parent / "told.json").read_text(encoding="utf-8"))
NOT_TOLD = {
    path: reason
    for reason, paths in json.loads((Path(__file__).parent / "not_told.json").read_text(encoding="utf-8")).items()
    for path in paths
}
OTHERS = {
    "Allow": "Deny",
    "All": "ReadOnly",
    "DISABLED": "ENABLED",
    "Disabled": "Enabled",
    "ENABLED": "DISABLED",
    "Enabled": "Disabled",
    "READY": "DELETING",
    "STOPPED_INGESTION": "ENABLED",
    "false": "true",
    "true": "false",
}
"""What an answer may be instead, where not any text will do."""
MOST = 2
"""Answers of one path in a folder that are changed: a list of twenty statements tells no more than the first."""
Path_ = tuple[str | int, ...]


def changes(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every answer of a folder that differs, by its type and path, and all answers with that change."""
    recorded: Any = answers(folder)
    met: dict[str, int] = defaultdict(int)
    for path in leaves(recorded):
        content = _at(recorded, path)
        document = _document(content)
        for inner in leaves(document) if document is not None else [()]:
            steps = ".".join(str(step) for step in (*path[2:], *inner) if not isinstance(step, int))
            answer = f"{path[0]} {steps}"
            met[answer] += 1
            if met[answer] > MOST:
                continue
            found: Any = copy.deepcopy(recorded)
            if document is None:
                new = _other(content)
            else:
                other = copy.deepcopy(document)
                _at(other, inner[:-1])[inner[-1]] = _other(_at(other, inner))
                new = json.dumps(other)
            _at(found, path[:-1])[path[-1]] = new
            yield answer, found


def _at(content: Any, path: Path_) -> Any:  # noqa: ANN401 - any JSON
    for step in path:
        content = content[step]
    return content


def _document(content: object) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(content) if isinstance(content, str) and content.startswith('{"') else None


def _other(content: object) -> object:
    if isinstance(content, bool):
        return not content
    if isinstance(content, int | float):
        return content + 1
    text = str(content)
    return OTHERS.get(text) or (f"{text.removesuffix(':*')}x:*" if text.endswith(":*") else f"{text}x")


def told(found: Comparison) -> set[tuple[str, str, str]]:
    """Kind of drift, kind of resource, attribute."""
    return {
        (drift.kind.value, drift.noun, one.field if one is not None else "")
        for drift in found.drifts
        for one in (drift.differences or (None,))
    }


@cache
def outcomes(folder: Path) -> dict[str, list[frozenset[tuple[str, str, str]]]]:
    """By type and path of an answer, what was told of each of its changes."""
    worlds = code(folder, "main.tf")
    found: dict[str, list[frozenset[tuple[str, str, str]]]] = defaultdict(list)
    for path, changed in changes(folder):
        found[path].append(frozenset(told(compare(worlds, [account(changed)]))))
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_change_is_told_as_what_it_is(folder: Path) -> None:
    unexpected = {
        path: sorted(set().union(*all_told) - {cast("Any", tuple(one)) for one in TOLD.get(path, ())})
        for path, all_told in outcomes(folder).items()
    }

    assert {path: surplus for path, surplus in unexpected.items() if surplus} == {}


def test_every_change_is_told_or_says_why_not() -> None:
    met = {path for folder in FOLDERS for path, all_told in outcomes(folder).items() if any(all_told)}
    all_paths = {path for folder in FOLDERS for path in outcomes(folder)}

    assert all_paths - met == NOT_TOLD.keys()


def test_nothing_is_expected_that_is_never_told() -> None:
    met: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for folder in FOLDERS:
        for path, all_told in outcomes(folder).items():
            met[path] |= set().union(*all_told)

    assert {path: sorted(map(list, found)) for path, found in met.items() if found} == TOLD

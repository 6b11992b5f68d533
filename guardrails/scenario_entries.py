"""What `[[scenario]]` in a configuration says: calls that must be noticed, by their fields or by whole records.

Policies are told by a setting, as one JSON text for each entry; `semantics.scenario.own_scenario` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from guardrails.kernel.typed import Protocol
from guardrails.plugins import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SETTING = "own_scenarios"
"""The setting that they reach policies by."""
_MOST_BYTES = 1 << 20
_MOST_RECORDS = 1_000


class Table(Protocol):
    """A table of the configuration while it is read."""

    def fault(self, key: str, message: str) -> None: ...
    def text(self, key: str, *, needed: bool = False) -> str: ...
    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]: ...
    def anything(self, key: str) -> dict[str, object]: ...
    def finish(self) -> None: ...


def entries(tables: Iterable[Table], folder: str, allowed: Callable[[str], bool]) -> Iterator[str]:
    """The JSON text of each entry. `allowed` says whether a file may be read: one that came with what is scanned names
    none outside of its folder."""
    for table in tables:
        name = table.text("name", needed=True)
        match = table.anything("match")
        absent = table.texts("absent")
        path = table.text("records")
        records = _records(table, folder, path, allowed) if path else []
        faulty = [key for key, value in match.items() if not _is_field(value)]
        for key in faulty:
            table.fault("match", f"`{key}` must be a text, true, false, a number, or a list of those")
        if not match and not path:
            table.fault("match", "a scenario needs `match`, the fields of its calls, or `records`, a file of them")
        table.finish()
        if name and not faulty and (match or records):
            text = json.dumps({"name": name, "match": match, "absent": absent, "records": records})
            if _is_scenario(table, text):
                yield text


def _is_scenario(table: Table, text: str) -> bool:
    from guardrails.semantics.scenario import own_scenario

    try:
        own_scenario(text)
    except ValueError as error:
        table.fault("match", str(error))
        return False
    return True


def _is_field(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str | bool | int | float) for item in value)
    return isinstance(value, str | bool | int | float)


def _records(table: Table, folder: str, path: str, allowed: Callable[[str], bool]) -> list[Mapping[str, object]]:
    """The records of a file: one, a list, or a log file as CloudTrail delivers it."""
    file = Path(folder, path)
    if not file.is_file():
        table.fault("records", f"there is no file `{path}` (it is looked for beside this file)")
        return []
    if not allowed(str(file)):
        table.fault("records", f"`{path}` lies outside of this folder; a configuration that was found may not name it")
        return []
    try:
        with file.open(encoding="utf-8") as opened:
            content = json.loads(opened.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        table.fault("records", f"{shown(str(file))} is no JSON of at most 1 MiB: {error}")
        return []
    if isinstance(content, dict) and isinstance(content.get("Records"), list):
        content = content["Records"]
    found = content if isinstance(content, list) else [content]
    if not found or not all(isinstance(record, dict) for record in found):
        table.fault("records", f"`{path}` holds no CloudTrail records")
        return []
    if len(found) > _MOST_RECORDS:
        table.fault("records", f"`{path}` holds {len(found)} records; at most {_MOST_RECORDS} are taken")
        return []
    return found

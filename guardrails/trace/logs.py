"""Reads CloudTrail records from files, one after the other, in whatever wrapping they come.

Files as CloudTrail delivers them (`Records`), single records and lists of them, EventBridge events (`detail`), what
`aws cloudtrail lookup-events` and `aws logs filter-log-events` print, exports of CloudWatch Logs and other files with a
JSON text on each line; all of them also compressed by gzip. Nothing is held but the text of one record at a time where
a file is large, so that a file may be as large as it likes. What is wrong with a file is told and the rest is read.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from guardrails.kernel.record import Record
from guardrails.trace.log_text import Chunks, UnreadableError, head_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    CloudTrailRecord: TypeAlias = dict[str, Any]

SMALL = 16 << 20
"""Bytes of text up to which a file is read as a whole: CloudTrail's own are below 50 MB and nearly always below one."""
LONGEST_RECORD = 4 << 20
"""Characters of one record; CloudTrail writes up to 256 KB."""
MOST_WRONG = 10_000
"""Entries of one file that are no records, before the rest of it is given up."""
_ENDINGS = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".gz", ".log")
_BLANKS = re.compile(r"[ \t\n\r]*+")


class Place(Record):
    """Where a record stands: a file, and which of its records, from 1."""

    file: str
    number: int


class Fault(Record):
    """What could not be read. `limit` is a limit of this program rather than something wrong with the file."""

    file: str
    detail: str
    number: int = 0
    """The record at fault, from 1; 0 for the file."""
    limit: bool = False


class Files(Record):
    """The files of a log, and how many others lie beside them."""

    names: tuple[str, ...]
    others: int
    faults: tuple[Fault, ...]


def files_of(path: str) -> Files:
    """The files at a path that may hold records: itself, or those in a folder and below it, sorted by name."""
    if not Path(path).is_dir():
        return Files((path,), 0, ())
    names: list[str] = []
    faults: list[Fault] = []
    others = 0

    def refused(error: OSError) -> None:
        faults.append(Fault(error.filename or path, error.strerror or str(error)))

    for folder, below, files in os.walk(path, onerror=refused):
        below.sort()
        for name in sorted(files):
            file = Path(folder, name)
            if name.lower().endswith(_ENDINGS) and file.is_file():
                names.append(str(file))
            else:
                others += 1
    return Files(tuple(names), others, tuple(faults))


def records_in(file: str, fault: Callable[[Fault], None]) -> Iterator[tuple[int, CloudTrailRecord]]:
    """The records of a file with their numbers from 1. What cannot be read is handed to `fault`; digest files, which
    hold no records, are passed over."""
    number = wrong = 0
    try:
        for item in _items(file, fault):
            found = _unwrapped(item)
            for one in found if isinstance(found, list) else (found,):
                number += 1
                if isinstance(one, str):
                    wrong += 1
                    if wrong > MOST_WRONG:
                        detail = f"more than {MOST_WRONG:,} entries are no CloudTrail records; the rest was not read"
                        fault(Fault(file, detail, limit=True))
                        return
                    fault(Fault(file, one, number))
                elif one is not None:
                    yield number, one
    except UnreadableError as error:
        fault(Fault(file, f"{error}{_after(number)}", limit=error.limit))
    except OSError as error:
        fault(Fault(file, f"{error.strerror or error}{_after(number)}"))


def _after(number: int) -> str:
    return "" if not number else f", after {number:,} record{'s' * (number != 1)}"


# --- what an item of a file is ----------------------------------------------------------------------------------------


def _unwrapped(item: object) -> list[CloudTrailRecord | str] | CloudTrailRecord | str | None:
    """The record that a JSON value holds, a list of several; a text says what is wrong, None that it is none."""
    if not isinstance(item, dict):
        return f"a CloudTrail record is an object, this is {_kind(item)}"
    detail = item.get("detail")
    if isinstance(detail, dict) and "detail-type" in item:
        return detail
    for name in ("CloudTrailEvent", "message", "@message"):
        inner = item.get(name)
        if isinstance(inner, str) and "eventVersion" not in item:
            return _of_text(inner)
    if "digestS3Bucket" in item or "digestStartTime" in item:
        return None
    if "eventName" in item or "eventSource" in item or "eventType" in item:
        return item
    return "no CloudTrail record: it has no `eventName`"


def _of_text(text: str) -> CloudTrailRecord | str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "a log event that is no JSON, so no CloudTrail record"
    return found if isinstance(found, dict) else f"a CloudTrail record is an object, this is {_kind(found)}"


def _kind(value: object) -> str:
    if value is None:
        return "`null`"
    if isinstance(value, bool):
        return "a truth value"
    return {str: "a text", list: "a list", int: "a number", float: "a number"}.get(type(value), "something else")


# --- the items of a file ----------------------------------------------------------------------------------------------

_LISTS = ("Records", "Events", "events", "logEvents")
"""The keys below which the items of a document stand."""


def _items(file: str, fault: Callable[[Fault], None]) -> Iterator[object]:
    with Path(file).open("rb") as stream:
        chunks = Chunks(stream)
        head = head_of(chunks, SMALL)
        try:
            if len(head) < SMALL and chunks.broken is None:
                yield from _of_whole(head)
            elif head:
                yield from _of_large(head, chunks)
        except UnreadableError:
            if chunks.broken is None:
                raise
    if chunks.replaced:
        fault(Fault(file, "bytes that are no UTF-8; the records were judged with replacements for them"))
    if chunks.broken is not None:
        raise chunks.broken


def _of_whole(text: str) -> Iterator[object]:
    if not text.strip():
        raise UnreadableError("the file is empty")
    try:
        document = json.loads(text)
    except RecursionError:
        yield from _of_large(text, iter(()), "nested too deeply to be read")
        return
    except ValueError as error:
        if _has_lines(text):
            yield from _of_lines(iter(text.splitlines()))
            return
        yield from _of_broken(text, error)
        return
    if isinstance(document, list):
        yield from document
        return
    if isinstance(document, dict):
        for name in _LISTS:
            listed = document.get(name)
            if isinstance(listed, list) and "eventVersion" not in document:
                yield from listed
                return
    yield document


def _has_lines(text: str) -> bool:
    """Whether the first line holds a whole record, behind a time perhaps, as exports of CloudWatch Logs have it."""
    first = text.lstrip()[:LONGEST_RECORD].partition("\n")[0]
    brace = first.find("{")
    if not 0 <= brace <= _BEFORE_RECORD:
        return False
    try:
        json.loads(first[brace:])
    except (ValueError, RecursionError):
        return False
    return True


_BEFORE_RECORD = 64


def _of_lines(lines: Iterator[str]) -> Iterator[object]:
    for line in lines:
        brace = line.find("{")
        if brace < 0:
            if line.strip():
                yield line
            continue
        try:
            yield json.loads(line[brace:])
        except (ValueError, RecursionError):
            yield {"message": line}


def _of_broken(text: str, error: ValueError) -> Iterator[object]:
    """What can be read of a document before its fault."""
    yield from _of_large(text, iter(()), str(error))
    raise UnreadableError(_said(str(error)))


def _of_large(head: str, chunks: Iterator[str], said: str = "") -> Iterator[object]:
    """The items of a list, of which no more than one is held: `[…]`, or the first one below one of the known keys."""
    window = _Window(head, chunks)
    start = window.first()
    if start == "{":
        if not window.skip_to_list():
            if _has_lines(head):
                yield from _of_lines(window.lines())
                return
            raise UnreadableError(_said(said) or "too large, and it has no list of records", limit=not said)
    elif start != "[":
        if _has_lines(head):
            yield from _of_lines(window.lines())
            return
        raise UnreadableError(_said(said) or "no JSON")
    yield from window.items()


def _said(error: str) -> str:
    return f"no JSON: {error}" if error else ""


class _Window:
    """A part of a long text, moved along it."""

    def __init__(self, head: str, chunks: Iterator[str]) -> None:
        self._text = head
        self._at = 0
        self._chunks = chunks

    def first(self) -> str:
        self._pass_blanks()
        return self._text[self._at : self._at + 1]

    def skip_to_list(self) -> bool:
        """Go to the bracket that opens the records; it stands near the beginning."""
        places = [self._text.find(f'"{name}"', self._at) for name in _LISTS]
        found = min((place for place in places if place >= 0), default=-1)
        if found < 0:
            return False
        bracket = self._text.find("[", found)
        between = self._text[self._text.find('"', found + 1) + 1 : bracket]
        if bracket < 0 or between.strip() != ":":
            return False
        self._at = bracket
        return True

    def items(self) -> Iterator[object]:
        decode = json.JSONDecoder().raw_decode
        self._at += 1
        while True:
            self._pass_blanks()
            mark = self._text[self._at : self._at + 1]
            if mark == ",":
                self._at += 1
                self._pass_blanks()
                mark = self._text[self._at : self._at + 1]
            if mark == "]":
                return
            if not mark:
                raise UnreadableError("the file ends in the middle")
            yield self._item(decode)

    def _item(self, decode: Callable[[str, int], tuple[object, int]]) -> object:
        while True:
            try:
                item, self._at = decode(self._text, self._at)
            except RecursionError:
                raise UnreadableError("a record is nested too deeply to be read", limit=True) from None
            except ValueError as error:
                if len(self._text) - self._at > LONGEST_RECORD:
                    detail = f"a record is longer than {LONGEST_RECORD >> 20} MB, or no JSON"
                    raise UnreadableError(detail, limit=True) from None
                if not self._more():
                    raise UnreadableError(_ending(error, self._text)) from None
            else:
                return item

    def lines(self) -> Iterator[str]:
        while True:
            end = self._text.find("\n", self._at)
            if end < 0:
                if len(self._text) - self._at > LONGEST_RECORD:
                    raise UnreadableError(f"a line is longer than {LONGEST_RECORD >> 20} MB", limit=True)
                if not self._more():
                    break
                continue
            yield self._text[self._at : end]
            self._at = end + 1
        if self._text[self._at :].strip():
            yield self._text[self._at :]

    def _pass_blanks(self) -> None:
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text) or not self._more():
                return

    def _more(self) -> bool:
        """Read on; what was passed is forgotten. As much again as is waiting, so that a long record is not tried for
        each chunk anew."""
        waiting = self._text[self._at :]
        parts, size = [waiting], 0
        for chunk in self._chunks:
            parts.append(chunk)
            size += len(chunk)
            if size >= len(waiting):
                break
        self._text, self._at = "".join(parts), 0
        return size > 0


def _ending(error: ValueError, text: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return f"no JSON: {error}"
    return "the file ends in the middle" if _at_the_end(error, text) else f"no JSON: {error.msg}"


def _at_the_end(error: json.JSONDecodeError, text: str) -> bool:
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")

"""Saved snapshots: `.json`, `.json.gz`, `.json.zst`. docs/snapshot.md describes the form.

Written and read one account at a time, so that a thousand of them need no more memory than the largest. A file that is
read may come from anywhere and hold anything: everything about it is limited and checked.
"""

from __future__ import annotations

import codecs
import json
import math
import re
import zlib
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from guardrails.sources.aws.snapshot import VERSION
from guardrails.sources.aws.snapshot_json import MalformedError, account_from_json, head_from_json, head_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from guardrails.sources.aws.snapshot import AccountSnapshot, Snapshot

FORMAT = "guardrails.aws.snapshot"
PLAIN, GZIP, ZSTANDARD = "json", "gz", "zst"
ENDINGS = {".json": PLAIN, ".json.gz": GZIP, ".json.zst": ZSTANDARD}

MOST_TEXT = 16 << 30
"""Characters of one snapshot, after decompression."""
MOST_OF_ACCOUNT = 256 << 20
"""Characters of one account."""
MOST_ACCOUNTS = 100_000
_MOST_BLANK = 1 << 20
"""Characters between two items."""
_CHUNK = 1 << 18
_WINDOW = 1 << 27
"""Bytes that a compressed file may make its reader keep: the most that `zstd` itself takes unless told otherwise."""
_GZIP_MAGIC, _ZSTANDARD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BLANKS = re.compile(r"[ \t\n\r]*+")


class SnapshotError(Exception):
    """A snapshot that cannot be read or written; the message says why, without the name of the file."""


class ForeignError(SnapshotError):
    """Something else than a snapshot: another JSON file."""


class NoZstandardError(SnapshotError):
    def __init__(self) -> None:
        super().__init__(
            "`.zst` needs the package zstandard: `pip install 'guardrails-audit[live]'`, or use `.json.gz`"
        )


def form_of(file: str) -> str | None:
    """The form that a file's name asks for; None where it has no such ending."""
    return next((form for ending, form in ENDINGS.items() if file.lower().endswith(ending)), None)


def require(form: str) -> None:
    """Raises SnapshotError where this form cannot be written: a package is missing."""
    if form == ZSTANDARD:
        _zstandard()


# --- writing ----------------------------------------------------------------------------------------------------------


def write(stream: BinaryIO, form: str, head: Snapshot, accounts: Iterable[bytes]) -> None:
    """Write a snapshot, of whose accounts each is JSON in one line (`snapshot_json.text_of`). `stream` stays open."""
    if form == ZSTANDARD:
        with _zstandard().ZstdCompressor().stream_writer(stream, closefd=False) as compressed:
            for part in _parts(head, accounts):
                compressed.write(part)
    elif form == GZIP:
        import gzip

        # Neither time nor name: equal snapshots are equal files.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=stream, mtime=0) as packed:
            for part in _parts(head, accounts):
                packed.write(part)
    else:
        for part in _parts(head, accounts):
            stream.write(part)


def _parts(head: Snapshot, accounts: Iterable[bytes]) -> Iterator[bytes]:
    members = {"format": FORMAT, "version": VERSION, **head_to_json(head)}
    yield json.dumps(members, separators=(",", ":")).encode("ascii")[:-1] + b',"accounts":[\n'
    between = b""
    for account in accounts:
        yield between
        yield account
        between = b",\n"
    yield b"\n]}\n"


# --- reading ----------------------------------------------------------------------------------------------------------


def read(stream: BinaryIO, take: Callable[[AccountSnapshot], None]) -> Snapshot:
    """Hand each account of a snapshot to `take`; what remains is returned, without accounts. What was taken counts only
    if nothing is raised: SnapshotError, for whatever the file holds, and OSError."""
    try:
        return _read(_Window(_decoded(stream)), take)
    except MalformedError as error:
        raise SnapshotError(f"no snapshot as this version knows it: {error}") from None


def _read(window: _Window, take: Callable[[AccountSnapshot], None]) -> Snapshot:
    if window.next_mark() != "{":
        raise ForeignError("no snapshot of guardrails: a JSON object is expected")
    members: dict[str, object] = {}
    seen: set[str] = set()
    for name in window.names():
        if name in members or (name == "accounts" and seen):
            raise SnapshotError(f"no snapshot as this version knows it: `{name[:40]}` is there twice")
        if name != "accounts":
            members[name] = window.value()
            _check(members, complete=False)
            continue
        members[name] = None
        if window.next_mark() != "[":
            raise SnapshotError("no snapshot as this version knows it: `accounts` is no list")
        for value in window.items():
            account = account_from_json(value, f"accounts[{len(seen)}]")
            if account.id in seen:
                raise SnapshotError(f"no snapshot as this version knows it: account {account.id} is there twice")
            seen.add(account.id)
            if len(seen) > MOST_ACCOUNTS:
                raise SnapshotError(f"more than {MOST_ACCOUNTS:,} accounts")
            take(account)
    if window.next_mark():
        raise SnapshotError("something stands behind the snapshot")
    _check(members, complete=True)
    if "accounts" not in members:
        raise SnapshotError("no snapshot as this version knows it: `accounts` is missing")
    return head_from_json(members)


def _check(members: dict[str, object], *, complete: bool) -> None:
    """Complain about another kind or version as soon as it is seen: what follows may mean anything."""
    if members.get("format", FORMAT) != FORMAT or (complete and "format" not in members):
        raise ForeignError(f'no snapshot of guardrails: it does not say `"format": "{FORMAT}"`')
    if "format" not in members:
        return  # Other documents have versions as well.
    version = members.get("version", VERSION)
    if type(version) is not int or (complete and "version" not in members):
        raise SnapshotError("no snapshot of guardrails: it does not say its version")
    if version != VERSION:
        newer = "; a newer guardrails reads it" if version > VERSION else "; take a new one"
        raise SnapshotError(f"a snapshot of version {version}, and this guardrails reads version {VERSION}{newer}")


class _Window:
    """A part of a long JSON text, moved along it."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._text = ""
        self._at = 0
        self._decode = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant).raw_decode

    def next_mark(self) -> str:
        """The next character that is no blank, which is passed if it is a bracket; empty at the end."""
        passed = 0
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            end = blanks.end() if blanks else self._at
            passed += end - self._at
            self._at = end
            if passed > _MOST_BLANK:
                raise SnapshotError("too much blank space in it")
            if self._at < len(self._text):
                break
            if not self._more(1):
                return ""
        mark = self._text[self._at]
        if mark in "{}[],:":
            self._at += 1
        return mark

    def names(self) -> Iterator[str]:
        """The names of an object's members, behind its bracket; who asks reads each value before the next name."""
        mark = self.next_mark()
        while mark != "}":
            if mark != '"':
                self._unexpected(mark)
            name = self.value()
            if not isinstance(name, str) or self.next_mark() != ":":
                raise SnapshotError("no JSON: a member has no value")
            yield name
            mark = self._behind_item("}")

    def items(self) -> Iterator[object]:
        """The items of a list, behind its bracket."""
        mark = self.next_mark()
        while mark != "]":
            if mark in "{[":
                self._at -= 1
            yield self.value()
            mark = self._behind_item("]")

    def _behind_item(self, closing: str) -> str:
        """The mark of the next item, or the closing bracket."""
        mark = self.next_mark()
        if mark == closing:
            return mark
        if mark != ",":
            self._unexpected(mark)
        mark = self.next_mark()
        if mark in ("", closing):
            self._unexpected(mark)
        return mark

    def value(self) -> object:
        """One whole value. It is tried again with twice as much text, until all of it is there."""
        if self.next_mark() in tuple("{["):
            self._at -= 1
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except RecursionError:
                raise SnapshotError("nested too deeply") from None
            except json.JSONDecodeError as error:
                if not self._more(len(self._text) - self._at):
                    raise SnapshotError(_said(error)) from None
            except ValueError as error:
                raise SnapshotError(f"no JSON: {error}") from None
            else:
                # A number may go on in what was not read yet.
                if end < len(self._text) or not isinstance(found, int | float) or not self._more(_CHUNK):
                    self._at = end
                    return found

    def _more(self, least: int) -> bool:
        """Read on; what was passed is forgotten. False at the end of the file."""
        waiting = self._text[self._at :]
        if len(waiting) > MOST_OF_ACCOUNT:
            raise SnapshotError(f"one account of it has more than {MOST_OF_ACCOUNT >> 20} MB, or it is no JSON")
        parts, size = [waiting], 0
        for text in self._texts:
            parts.append(text)
            size += len(text)
            if size >= least:
                break
        self._text, self._at = "".join(parts), 0
        return size > 0

    def _unexpected(self, mark: str) -> NoReturn:
        raise SnapshotError(f"no JSON: `{mark}` stands where it cannot" if mark else "the file ends in the middle")


def _said(error: json.JSONDecodeError) -> str:
    at_the_end = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
    return "the file ends in the middle" if at_the_end else f"no JSON: {error.msg}"


def _finite(text: str) -> float:
    found = float(text)
    if math.isinf(found):
        raise ValueError(f"the number {text[:40]} is too large")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no value of JSON")


def _decoded(stream: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    size = 0
    try:
        for data in _unpacked(stream):
            size += len(data)
            if size > MOST_TEXT:
                raise SnapshotError(f"more than {MOST_TEXT >> 30} GB of text")
            yield decoder.decode(data)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise SnapshotError("no snapshot of guardrails: the text is no UTF-8") from None


def _unpacked(stream: BinaryIO) -> Iterator[bytes]:
    first = b""
    while len(first) < len(_ZSTANDARD_MAGIC) and (part := stream.read(_CHUNK)):  # A pipe gives what there is.
        first += part
    if not first:
        raise SnapshotError("the file is empty")
    if first.startswith(_ZSTANDARD_MAGIC):
        yield from _of_zstandard(first, stream)
    elif first.startswith(_GZIP_MAGIC):
        yield from _of_gzip(first, stream)
    else:
        while first:
            yield first
            first = stream.read(_CHUNK)


def _of_gzip(data: bytes, stream: BinaryIO) -> Iterator[bytes]:
    unzip = zlib.decompressobj(wbits=31)
    while True:
        try:
            text = unzip.decompress(data, _CHUNK)
        except zlib.error as error:
            raise SnapshotError(f"the compression is broken: {error}") from None
        if text:
            yield text
        data = unzip.unconsumed_tail
        if unzip.eof:
            # Files that were put one behind the other are one.
            data = unzip.unused_data or stream.read(_CHUNK)
            if not data:
                return
            unzip = zlib.decompressobj(wbits=31)
        elif not data:
            data = stream.read(_CHUNK)
            if not data:
                raise SnapshotError("the file ends in the middle")


def _of_zstandard(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    zstandard = _zstandard()

    class Whole:
        """The stream from its beginning: its head was looked at."""

        def __init__(self) -> None:
            self._head = first

        def read(self, size: int) -> bytes:
            if not self._head:
                return stream.read(size)
            part, self._head = self._head[:size], self._head[size:]
            return part

    opened = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(Whole(), read_across_frames=True)
    while True:
        try:
            text = opened.read(_CHUNK)
        except zstandard.ZstdError as error:
            raise SnapshotError(f"the compression is broken: {error}") from None
        if not text:
            return
        yield text


def _zstandard() -> ModuleType:
    from importlib import import_module

    try:
        return import_module("zstandard")
    except ImportError:
        raise NoZstandardError from None

"""The text of a log file, a part at a time: decompressed and decoded, as far as it can be read."""

from __future__ import annotations

import codecs
import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_TEXT = 8 << 30
"""Bytes of text in one file, after decompression."""
_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"


class UnreadableError(Exception):
    def __init__(self, detail: str, *, limit: bool = False) -> None:
        super().__init__(detail)
        self.limit = limit


def head_of(chunks: Iterator[str], size: int) -> str:
    """The beginning of a text: at least so many characters, if it has them."""
    parts: list[str] = []
    for chunk in chunks:
        parts.append(chunk)
        size -= len(chunk)
        if size <= 0:
            break
    return "".join(parts)


class Chunks:
    """The text of a file in chunks, decompressed if it is compressed: UTF-8, or UTF-16 if it begins with its mark.

    It ends where it cannot be read any further, and `broken` says why: what came before is still good.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.broken: UnreadableError | None = None
        self.replaced = False
        """Whether some bytes were no UTF-8."""
        self._texts = self._read(stream)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self._texts)
        except (UnreadableError, OSError) as error:
            self.broken = error if isinstance(error, UnreadableError) else UnreadableError(error.strerror or str(error))
            raise StopIteration from None

    def _read(self, stream: BinaryIO) -> Iterator[str]:
        decoder = None
        size = 0
        for data in _unpacked(stream):
            size += len(data)
            if size > MOST_TEXT:
                raise UnreadableError(f"more than {MOST_TEXT >> 30} GB of text; the rest was not read", limit=True)
            if decoder is None:
                wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
                decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("replace")
            text = decoder.decode(data)
            if not self.replaced and not text.isascii() and "\ufffd" in text:
                self.replaced = True
            yield text


def _unpacked(stream: BinaryIO) -> Iterator[bytes]:
    first = stream.read(_CHUNK)
    if not first.startswith(_GZIP):
        while first:
            yield first
            first = stream.read(_CHUNK)
        return
    unzip = zlib.decompressobj(wbits=31)
    waiting = first
    while True:
        try:
            data = unzip.decompress(waiting, _CHUNK)
        except zlib.error:
            raise UnreadableError("the compressed data is damaged") from None
        if data:
            yield data
        if unzip.eof:
            waiting = unzip.unused_data or stream.read(_CHUNK)
            if not waiting.startswith(_GZIP[:1]):
                return  # The end, or padding behind it.
            unzip = zlib.decompressobj(wbits=31)
            continue
        waiting = unzip.unconsumed_tail or (b"" if data and len(data) == _CHUNK else stream.read(_CHUNK))
        if not waiting and not data:
            raise UnreadableError("the compressed data ends in the middle")

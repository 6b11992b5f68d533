"""Reading a JSON file piece by piece: what is not wanted is let go of at once, and a place is known for each piece."""

from __future__ import annotations

import re
from json import JSONDecoder

from guardrails.kernel.origin import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

LARGEST_FILE = 128 * 1024 * 1024

_MOST_DIGITS = 400
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonError(Exception):
    """The text is no JSON, or not such as is read here. The message is a sentence part without full stop."""


class PlanFile(SourceFile):
    """A file of which only places are kept, not the text: it may be large, and it holds what is not to be shown."""

    __slots__ = ("_places",)

    def __init__(self, path: str) -> None:
        super().__init__(path, "")
        self._places: dict[int, tuple[int, int]] = {0: (1, 1)}

    def note(self, offset: int, line: int, column: int) -> None:
        self._places[offset] = (line, column)

    def position(self, offset: int) -> tuple[int, int]:
        return self._places.get(offset, (1, 1))

    def line(self, number: int) -> str:  # noqa: ARG002 - the base's signature
        return ""


def decoded(content: bytes) -> str:
    """The text of a file; PowerShell writes what is redirected as UTF-16. Raises JsonError."""
    encoding = "utf-8-sig"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise JsonError("it is not a text in UTF-8") from None


class Pieces:
    """A JSON text, from which pieces are taken in the order in which they stand."""

    def __init__(self, text: str, file: PlanFile) -> None:
        self.text = text
        self._file = file
        self._decoder = _decoder()
        self._line, self._line_start, self._counted = 1, 0, 0

    def members(self, at: int) -> Iterator[tuple[str, int]]:
        """The keys of the object at `at`, each with the offset of its value. `self.end` must be set behind each value
        before the next is asked for: by `value`, or by another walk of this kind."""
        at = self._expect("{", at)
        if self.text.startswith("}", at):
            self.end = at + 1
            return
        while True:
            key = self._decode(at)
            if not isinstance(key, str):
                raise JsonError(f"a key is expected at {self._where(at)}")
            self.end = self._expect(":", self.end)
            yield key, self.end
            at = self._space(self.end)
            if self.text.startswith("}", at):
                self.end = at + 1
                return
            at = self._expect(",", at)

    def elements(self, at: int) -> Iterator[int]:
        """The offsets of the elements of the list at `at`; as for `members`."""
        at = self._expect("[", at)
        if self.text.startswith("]", at):
            self.end = at + 1
            return
        while True:
            yield at
            at = self._space(self.end)
            if self.text.startswith("]", at):
                self.end = at + 1
                return
            at = self._expect(",", at)

    def value(self, at: int) -> object:
        """The value at `at`."""
        return self._decode(at)

    def written(self, at: int) -> str:
        """The text of the value at `at`, which was taken last."""
        return self.text[at : self.end]

    def is_list(self, at: int) -> bool:
        return self.text.startswith("[", at)

    def is_object(self, at: int) -> bool:
        return self.text.startswith("{", at)

    def place(self, at: int) -> int:
        """Notes the line and column of an offset, no smaller than the one noted before; the offset itself."""
        text = self.text
        lines = text.count("\n", self._counted, at)
        if lines:
            self._line += lines
            self._line_start = text.rindex("\n", self._counted, at) + 1
        self._counted = max(at, self._counted)
        self._file.note(at, self._line, at - self._line_start + 1)
        return at

    def finish(self) -> None:
        """Nothing may follow."""
        if self._space(self.end) != len(self.text):
            raise JsonError(f"there is more behind the end at {self._where(self.end)}")

    end: int = 0

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        assert found is not None
        return found.end()

    def _expect(self, wanted: str, at: int) -> int:
        at = self._space(at)
        if not self.text.startswith(wanted, at):
            if at >= len(self.text):
                raise JsonError("it ends in the middle: it was not written wholly")
            raise JsonError(f"`{wanted}` is expected at {self._where(at)}")
        return self._space(at + 1)

    def _decode(self, at: int) -> object:
        try:
            value, self.end = self._decoder.raw_decode(self.text, at)
        except RecursionError:
            raise JsonError("it is nested too deeply") from None
        except ValueError as error:
            position = getattr(error, "pos", None)
            if position is None:
                raise JsonError(str(error)) from None
            if position >= len(self.text) or str(error).startswith("Unterminated"):
                raise JsonError("it ends in the middle: it was not written wholly") from None
            message = str(getattr(error, "msg", error)).lower()
            raise JsonError(f"{message} at {self._where(position)}") from None
        return value

    def _where(self, at: int) -> str:
        line = self.text.count("\n", 0, at) + 1
        return f"line {line}, column {at - self.text.rfind(chr(10), 0, at)}"


def value_in(text: str) -> object:
    """The value that a text is, which was taken from a file before."""
    return _decoder().decode(text)


def _decoder() -> JSONDecoder:
    return JSONDecoder(parse_float=_decimal, parse_int=_integer, parse_constant=_refused, strict=False)


def sound(text: str) -> str:
    """A text without halves of characters, which JSON can hold and nothing can print."""
    return _SURROGATE.sub("\ufffd", text)


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number has more digits than are read")
    return int(digits)


def _decimal(digits: str) -> object:
    from decimal import Decimal

    number = Decimal(digits)
    if abs(number.adjusted()) > _MOST_DIGITS or len(digits) > _MOST_DIGITS:
        raise ValueError("a number is larger or longer than is read")
    # Terraform has one kind of number: 1.0 is 1.
    return int(number) if number == number.to_integral_value() else number


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"`{constant}` is no number")

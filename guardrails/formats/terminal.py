"""Writing for a terminal: colours, marks, wrapping, and text from scanned files made harmless."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.policy import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

UNSAFE = (
    "[\x00-\x1f\x7f-\x9f"  # control characters, among them the escape that begins a terminal command
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible, or turning the direction of what follows
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE = compile_later(UNSAFE)

_PLAIN = {
    ord(fancy): plain
    for fancy, plain in {
        "…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "·": "-", "→": "->", "×": "x",
        "≥": ">=", "≤": "<=",
    }.items()
}  # fmt: skip

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bold red": "1;31",
    "bold green": "1;32",
    "bold yellow": "1;33",
    "bold magenta": "1;35",
}


SEVERITY_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def harmless(text: str) -> str:
    """Text on one line with every character that a terminal would obey shown as an escape (`\\x1b`)."""
    if text.isprintable():  # As nearly all is. None of the characters counts as printable.
        return text
    return _UNSAFE.sub(_escaped, text)


def sentence(text: str) -> str:
    """Harmless text with its whitespace collapsed, for prose that quotes a scanned file."""
    return harmless(" ".join(text.split()))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Marks(Record):
    failed: str
    passed: str
    unknown: str
    note: str
    gutter: str
    marked: str
    more: str
    dot: str


FANCY = Marks(failed="✗", passed="✓", unknown="?", note="!", gutter="│", marked="▌", more="…", dot="·")
ASCII = Marks(failed="x", passed="+", unknown="?", note="!", gutter="|", marked=">", more="...", dot="-")


class Page:
    """Lines of a report, as they are written."""

    def __init__(self, *, width: int, colour: bool, ascii_only: bool) -> None:
        self.width = max(40, min(width, 110))
        self.marks = ASCII if ascii_only else FANCY
        self._ascii = ascii_only
        self._colour = colour
        self._lines: list[str] = []

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._colour and style and text else text

    def line(self, text: str = "") -> None:
        self._lines.append(text)

    def gap(self) -> None:
        """One empty line, wherever there is something above it."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def prose(
        self,
        text: str,
        *,
        indent: int,
        label: str = "",
        style: str = "",
        label_style: str = "dim",
        label_width: int | None = None,
    ) -> None:
        """Wrapped text behind a label; further lines stand below the first word.

        `label_width` is for a label that is painted already, whose length says nothing.
        """
        text = sentence(text)
        if self._ascii:
            text = text.translate(_PLAIN)
        painted = label if label_width is not None else self.paint(label_style, label)
        lead = (len(label) if label_width is None else label_width) + 1 if label else 0
        room = max(20, self.width - indent - lead)
        for number, part in enumerate(_wrapped(text, room)):
            head = f"{painted} " if label and not number else " " * lead
            self.line(" " * indent + head + (self.paint(style, part) if style else part))

    def text(self) -> str:
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return "".join(f"{line}\n" for line in self._lines)


def _wrapped(text: str, room: int) -> list[str]:
    """Lines of a text whose words stand one blank apart. Words longer than a line are broken, others never.

    As `textwrap` would do it, which takes 1.5 ms to import and to compile its patterns.
    """
    if len(text) <= room:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if not line:
            line = word
        elif len(line) + 1 + len(word) <= room or len(word) > room > len(line) + 1:
            line += f" {word}"
        else:
            lines.append(line)
            line = word
        while len(line) > room:
            lines.append(line[:room])
            line = line[room:]
    lines.append(line)
    return lines

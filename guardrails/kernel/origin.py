"""Where a value was written: the provenance that travels with every leaf."""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.record import Record


class How(Enum):
    """How a value came to be what it is."""

    WRITTEN = "written"
    DEFAULT = "default"
    API = "api"
    SENSITIVE = "sensitive"
    """Written, and marked as not to be shown."""


class SourceFile:
    """One text that was read, and the means to turn offsets into lines.

    Positions are offsets into `text`; the table of line starts is built when the first line is asked for, because most
    values are never reported.
    """

    __slots__ = ("_starts", "path", "text")

    has_lines = True
    """Whether there are lines to look at."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        """Relative to the working directory where possible, with forward slashes."""
        self.text = text
        self._starts: list[int] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both counted from 1, the column in characters."""
        starts = self._line_starts()
        row, above = 0, len(starts)
        while row < above:  # By hand: to load `bisect` takes longer than a scan looks for lines.
            middle = (row + above) // 2
            if offset < starts[middle]:
                above = middle
            else:
                row = middle + 1
        return row, offset - starts[row - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line ending; empty past the end."""
        starts = self._line_starts()
        if not 1 <= number <= len(starts):
            return ""
        stop = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : stop].rstrip("\r\n")

    def lines(self, first: int, behind: int) -> list[str]:
        """The texts of lines `first` (from 1) up to the one before `behind`, as `line` gives them."""
        starts = self._line_starts()
        behind = min(behind, len(starts) + 1)
        if behind <= first:
            return []
        stop = starts[behind - 1] if behind <= len(starts) else len(self.text)
        found = self.text[starts[first - 1] : stop].split("\n")
        return [line.rstrip("\r\n") for line in found[: behind - first]]

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                self._starts.append(at + 1)
                at = find("\n", at + 1)
        return self._starts

    def __repr__(self) -> str:
        return f"SourceFile({self.path!r})"


class WholeFile(SourceFile):
    """A file that is only named as a whole: what was seen in it stands on no line that a person would look at."""

    __slots__ = ()

    has_lines = False

    def __init__(self, path: str) -> None:
        super().__init__(path, "")


class Call(Record):
    """One step on the way from the root to where a value stands: a module call or a nested stack."""

    name: str
    source: SourceFile
    offset: int

    @property
    def line(self) -> int:
        return self.source.position(self.offset)[0]


class Origin:
    """A place in a source, with the chain of calls above it, outermost first.

    `attribute` is the attribute as the user spells it (`is_multi_region_trail`); empty for a whole block. Never changed
    once made.
    """

    __slots__ = ("attribute", "how", "source", "start", "stop", "via")

    def __init__(
        self,
        source: SourceFile | None = None,
        start: int = 0,
        stop: int = 0,
        how: How = How.WRITTEN,
        via: tuple[Call, ...] = (),
        attribute: str = "",
    ) -> None:
        self.source = source
        self.start = start
        self.stop = stop
        self.how = how
        self.via = via
        self.attribute = attribute

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Origin)
            and self.start == other.start
            and self.attribute == other.attribute
            and self.source is other.source
            and self.stop == other.stop
            and self.how is other.how
            and self.via == other.via
        )

    def __hash__(self) -> int:
        return hash((self.start, self.stop, self.attribute))

    def __repr__(self) -> str:
        return f"Origin({self.file}:{self.line} {self.attribute})"

    @property
    def file(self) -> str:
        return self.source.path if self.source is not None else ""

    @property
    def line(self) -> int:
        """Line of the start, from 1; 0 where there is no source text (an API answer)."""
        return self.source.position(self.start)[0] if self.source is not None and self.source.has_lines else 0

    @property
    def place(self) -> str:
        """`FILE:LINE`, or the file alone where it has no lines to look at; empty where there is none."""
        return f"{self.file}:{line}" if (line := self.line) else self.file

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1] if self.source is not None else 0

    @property
    def end_line(self) -> int:
        """Line of the last character; never before `line`."""
        if self.source is None:
            return 0
        return self.source.position(max(self.start, self.stop - 1))[0]

    @property
    def text(self) -> str:
        """The source text itself; empty where there is none."""
        return self.source.text[self.start : self.stop] if self.source is not None else ""

    def named(self, attribute: str) -> Origin:
        """The same place, speaking of `attribute`."""
        return Origin(self.source, self.start, self.stop, self.how, self.via, attribute)

    def as_default(self, attribute: str) -> Origin:
        """The head of the block in which `attribute` was not written."""
        return Origin(self.source, self.start, self.stop, How.DEFAULT, self.via, attribute)


NOWHERE = Origin()

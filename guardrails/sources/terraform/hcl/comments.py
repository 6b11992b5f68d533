"""Where the comments of a file are: the reader passes them over, and hardly anybody asks.

Asked only of files in which a comment is looked for, so it is not made for speed; but it takes time in proportion to
the text, whatever the text. Strings, heredocs and the sequences in them are told apart as the reader does it, so that
what looks like a comment in a string is none, and what is one in a sequence of a string is.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compiled
from guardrails.sources.terraform.hcl.lexical import HEREDOC, WHITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CODE = compiled(rf'"|\#[^\n]*+|//[^\n]*+|/\*|[{{}}]|{HEREDOC}')
"""What matters outside of strings; groups 1 and 2 are those of a heredoc's marker."""
_QUOTED = compiled(r'\\.|\$\$\{|%%\{|[$%]\{|"|\n')
_HEREDOC_LINE = compiled(r"\$\$\{|%%\{|[$%]\{|\n")

_OPENINGS = ("${", "%{")


class Comment:
    """`start`..`stop` spans the comment with its marks, without the end of its line."""

    __slots__ = ("start", "stop", "text")

    def __init__(self, text: str, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop - (text[stop - 1] == "\r" and text[start : start + 2] != "/*")
        self.text = text[self.start : self.stop]

    def lines(self) -> Iterator[tuple[int, str]]:
        """What is said on each line, with the offset in the file where that begins."""
        at = self.start
        last = self.stop - 2 if self.text.startswith("/*") else self.stop
        for line in self.text.split("\n"):
            begin, stop = at, min(at + len(line), last)
            said = line[: stop - begin]
            bare = said[_mark(said) :] if begin == self.start else said.lstrip("* \t\r")
            bare = bare.lstrip(" \t\r")
            yield begin + len(said) - len(bare), bare.rstrip("* \t\r")
            at += len(line) + 1


def _mark(said: str) -> int:
    """How long the mark is that opens a comment; `##` and `/**` are marks as well, `# #` is a mark and a text."""
    rest = said[2:].lstrip("*") if said.startswith("/*") else said.lstrip(said[0])
    return len(said) - len(rest)


class _Around:
    """What a piece of text stands in: the file or a sequence, a quoted string, a heredoc."""

    __slots__ = ("depth", "kind", "marker")

    def __init__(self, kind: str, marker: str = "") -> None:
        self.kind = kind
        self.marker = marker
        self.depth = 0
        """Braces that are open in it."""


def comments(text: str) -> list[Comment]:
    """The comments of a file in the native syntax, in order. In a file with syntax errors the rest may be wrong."""
    found: list[Comment] = []
    stack = [_Around("code")]
    at = 0
    while at >= 0:
        around = stack[-1]
        if around.kind == "code":
            at = _in_code(text, at, stack, found)
        elif around.kind == "quoted":
            at = _in_quotes(text, at, stack)
        else:
            at = _in_heredoc(text, at, stack)
    return found


def _in_code(text: str, at: int, stack: list[_Around], found: list[Comment]) -> int:
    match = _CODE.search(text, at)
    if match is None:
        return -1
    token, at = match.group(), match.end()
    around = stack[-1]
    if token == '"':
        stack.append(_Around("quoted"))
    elif token == "{":
        around.depth += 1
    elif token == "}":
        if around.depth:
            around.depth -= 1
        elif len(stack) > 1:
            stack.pop()
    elif token.startswith("<<"):
        stack.append(_Around("heredoc", match.group(2)))
        return at if _goes_on(text, at, stack) else _behind_line(text, at)
    elif token == "/*":
        stop = text.find("*/", at)
        if stop < 0:
            return -1
        found.append(Comment(text, match.start(), stop + 2))
        return stop + 2
    else:
        found.append(Comment(text, match.start(), at))
    return at


def _in_quotes(text: str, at: int, stack: list[_Around]) -> int:
    match = _QUOTED.search(text, at)
    if match is None:
        return -1
    token = match.group()
    if token in _OPENINGS:
        stack.append(_Around("code"))
    elif token in ('"', "\n"):  # A string cannot go on behind its line: whoever left it open meant to close it.
        stack.pop()
    return match.end()


def _in_heredoc(text: str, at: int, stack: list[_Around]) -> int:
    match = _HEREDOC_LINE.search(text, at)
    if match is None:
        return -1
    token = match.group()
    if token in _OPENINGS:
        stack.append(_Around("code"))
    elif token == "\n" and not _goes_on(text, match.end(), stack):
        return _behind_line(text, match.end())
    return match.end()


def _goes_on(text: str, line: int, stack: list[_Around]) -> bool:
    """Whether the heredoc goes on at the line that begins here; else it is left."""
    stop = text.find("\n", line)
    if text[line : stop if stop >= 0 else len(text)].strip(WHITE) != stack[-1].marker:
        return True
    stack.pop()
    return False


def _behind_line(text: str, line: int) -> int:
    """Where the marker that closes a heredoc ends: at the end of its line."""
    stop = text.find("\n", line)
    return stop if stop >= 0 else len(text)

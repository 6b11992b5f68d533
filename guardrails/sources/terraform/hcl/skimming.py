"""Passing over blocks that are surely sound, so that bodies that nobody asks for are never read.

A deployment is asked about a few types of resources, and a large tree has many others. Still every fault of syntax must
be found. The patterns here match a part of the language in which nothing can be wrong: they know less than the reader,
so a block that they do not match is read as ever, and one that they match is read when it is asked for. Names are
collected on the way, because a name that is set twice in one body is a fault.

To compile the patterns takes some milliseconds, which a small tree would never earn back.
"""

from __future__ import annotations

import re

_MOST_LEVELS = 8

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*+"
_DOTTED = rf"{_NAME}(?:\.{_NAME})*"
_INTEGER = r"[0-9]{1,15}+"
_PLAIN = r'"[^"\\$%\r\n]*+"'
_SIMPLE = rf"(?:{_PLAIN}|{_DOTTED}|{_INTEGER})[ \t]*+"
_REFERENCE = rf"{_DOTTED}(?:\[(?:{_INTEGER}|{_PLAIN}|\*|{_DOTTED})\](?:\.{_NAME})*){{0,8}}"  # each step is a level
_QUOTED = rf'"(?:[^"\\$%\r\n]++|\\[nrt"\\]|\$\{{[ ]*+{_REFERENCE}[ ]*+\}}|[$%](?![$%{{]))*"'
_ATOM = rf"(?:{_QUOTED}|-?{_INTEGER}|!?{_REFERENCE})"
_NO_FOR = "(?!for(?![A-Za-z0-9_-]))"
_INLINE = rf"\{{(?:[ \t]*+{_NO_FOR}(?:{_NAME}|{_PLAIN})[ \t]*+=(?![=>])[ \t]*+{_SIMPLE}(?:,|(?=\}})))*[ \t]*+\}}"
_CALL = rf"{_NAME}\((?:[ \t\n]*+(?:{_ATOM}|{_INLINE})[ \t\n]*+(?:,|(?=\))))*[ \t\n]*+\)"
_LIST = rf"\[[ \t\n]*+{_NO_FOR}(?:[ \t\n]*+{_ATOM}[ \t\n]*+(?:,|(?=\])))*[ \t\n]*+\]"
_OPERATOR = r"(?:[=!<>]=|&&|\|\||[-+*%>]|<(?!<)|/(?![/*]))[ \t]*+(?=[^ \t\r\n\#/,?])"
_BRANCH = rf"[ \t]*+(?:{_ATOM}|{_LIST})[ \t]*+"
_EXPRESSION = (
    rf"(?:(?:{_NAME}\({_CALL}\)|!?{_CALL}|{_ATOM}|{_INLINE})[ \t]*+(?:{_OPERATOR}|(?=[\#/,?\r\n])))+"
    rf"(?:\?{_BRANCH}:(?!:){_BRANCH})?"
)
_VALUE = rf"(?:{_SIMPLE}(?=[\#,\r\n])|{_LIST}[ \t]*+|{_EXPRESSION})"
_END = r"(?:(?:\#|//)[^\n]*+)?\r?\n"
_SET = r"[ \t]*+=(?![=>])[ \t]*+"
_LABELS = rf"[ \t]*+(?:(?:{_PLAIN}|{_NAME})[ \t]*+)*"
_KEY = rf"{_NO_FOR}(?:{_NAME}|{_PLAIN})[ \t]*+(?:=(?![=>])|:(?!:))[ \t]*+"
_CALLS = rf"((?:{_NAME}\(){{1,8}})(?:[ \t]*+{_ATOM}[ \t]*+,)*[ \t]*+"

_LINES_OF_BODY = (
    rf"(?:[ \t]*+(?:{_NAME}(?:{_SET}{_VALUE}|{_LABELS}\{{[ \t]*+(?:{_NAME}{_SET}{_SIMPLE})?\}}[ \t]*+))?{_END})*"
)
_LINES_OF_OBJECT = rf"(?:[ \t]*+(?:{_KEY}{_VALUE}(?:,[ \t]*+)?)?{_END})*"
# 1 a closing brace; 2 what an object is given to, 3 the calls in which it stands; else the head of a block
_TURN_IN_BODY = rf"[ \t]*+(?:(\}})|(?:({_NAME}){_SET}(?:{_CALLS})?|{_NAME}{_LABELS})\{{[ \t]*+{_END})"
_TURN_IN_OBJECT = rf"[ \t]*+(?:(\}})|({_KEY})(?:{_CALLS})?\{{[ \t]*+{_END})"
_NAMES = rf"^[ \t]*+({_NAME})[ \t]*+="


class Skimmer:
    """Finds the end of a block without reading it."""

    __slots__ = ("_call_end", "_ends", "_lines", "_names", "_turn")

    def __init__(self) -> None:
        self._lines = (re.compile(_LINES_OF_BODY).match, re.compile(_LINES_OF_OBJECT).match)
        self._turn = (re.compile(_TURN_IN_BODY).match, re.compile(_TURN_IN_OBJECT).match)
        self._names = re.compile(_NAMES, re.MULTILINE).findall
        self._call_end = re.compile(r"[ \t\n]*+(?:,[ \t\n]*+)?\)").match
        self._ends = (re.compile(rf"[ \t]*+{_END}").match, re.compile(rf"[ \t]*+(?:,[ \t]*+)?{_END}").match)

    def end(self, text: str, at: int) -> int:
        """The offset behind the closing brace of a block whose first line begins at `at`; -1 where one must read it."""
        level = _Level(None, 0)
        while True:
            is_object = level.names is None
            lines = self._lines[is_object](text, at)
            assert lines is not None  # It may match nothing at all.
            stop = lines.end()
            if level.names is not None and stop > at:
                names = self._names(text, at, stop)
                count = len(level.names) + len(names)
                level.names.update(names)
                if len(level.names) < count:
                    return -1
            turn = self._turn[is_object](text, stop)
            if turn is None:
                return -1
            at = turn.end()
            kind = turn.lastindex
            if kind == 1:
                outer = level.outer
                if outer is None:
                    return at
                for _ in range(level.calls):
                    closed = self._call_end(text, at)
                    if closed is None:
                        return -1
                    at = closed.end()
                ended = self._ends[outer.names is None](text, at)
                if ended is None:
                    return -1
                at = ended.end()
                level = outer
                continue
            if level.depth == _MOST_LEVELS:
                return -1
            if kind is None:
                level = _Level(level, 0)
                continue
            if level.names is not None:
                name = turn.group(2)
                if name in level.names:
                    return -1
                level.names.add(name)
            level = _Level(level, turn.group(3).count("(") if kind == 3 else 0, is_object=True)


class _Level:
    """A body or an object that is open; `calls` is how many calls close with it."""

    __slots__ = ("calls", "depth", "names", "outer")

    def __init__(self, outer: _Level | None, calls: int, *, is_object: bool = False) -> None:
        self.outer = outer
        self.calls = calls
        self.depth: int = outer.depth + 1 if outer is not None else 0
        self.names: set[str] | None = None if is_object else set()
        """What is set in a body; None for an object, where a key may come twice."""

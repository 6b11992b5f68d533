"""Reading JSON with the place of everything: one token at a time, without recursion and within bounds."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later, compiled
from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.nodes import Entry, Scalar, Sequence
from guardrails.sources.cloudformation.scalars import MOST_DIGITS
from guardrails.sources.cloudformation.unreadable import (
    DEEPEST,
    MOST_NODES,
    Counter,
    Unreadable,
    found,
    mapping_or_call,
    too_deep,
    too_many,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from decimal import Decimal
    from typing import Final, NoReturn

    from guardrails.sources.cloudformation.nodes import Node

# 1 a plain string, 2 a string with escapes, 3 a number or a word, 4 punctuation
_token = compiled(
    r'[ \t\r\n]*+(?:"([^"\\\x00-\x1f]*+)"|"((?:[^"\\\x00-\x1f]++|\\.)*+)"|([-+.0-9A-Za-z_]++)|([{}\[\]:,]))?'
).match
_NUMBER = compile_later(r"(?a)-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPE: Final = compile_later(
    r'\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|["\\/bfnrt])|\\'
)
_SIMPLE: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


class _Open:
    """An object or list whose end has not come yet."""

    __slots__ = ("entries", "items", "key", "start")

    def __init__(self, start: int, *, is_object: bool) -> None:
        self.start = start
        self.entries: dict[str, Entry] | None = {} if is_object else None
        self.items: list[Node] = []
        self.key: Scalar | None = None


def read_json(text: str, counter: Counter) -> Node:
    """The value that a text is. Raises Unreadable."""
    waiting: list[_Open] = []
    top: _Open | None = None
    at = 0
    nodes = 0
    while True:
        # A value, or the end of something empty, or a key
        match = _token(text, at)
        assert match is not None
        kind = match.lastindex
        at = match.end()
        node: Node
        if kind == 1 or kind == 2:
            begin = match.start(kind) - 1
            value = match[kind] if kind == 1 else _unescaped(match[2], begin + 1)
            scalar = Scalar(begin, at, value, value, True)
            if top is not None and top.entries is not None and top.key is None:
                top.key = scalar
                match = _token(text, at)
                assert match is not None
                if match[4] != ":":
                    _fault(text, match, "`:` behind the key")
                at = match.end()
                continue
            node = scalar
        elif kind == 4 and match[4] in "{[" and (top is None or top.entries is None or top.key is not None):
            if len(waiting) + (top is not None) >= DEEPEST:
                raise too_deep(at - 1)
            is_object = match[4] == "{"
            if top is not None:
                waiting.append(top)
            top = _Open(at - 1, is_object=is_object)
            match = _token(text, at)
            assert match is not None
            if match[4] != ("}" if is_object else "]"):
                continue
            at = match.end()
            node = mapping_or_call(top.start, at, ()) if is_object else Sequence(top.start, at, ())
            top = waiting.pop() if waiting else None
        elif top is not None and top.entries is not None and top.key is None:
            _fault(text, match, "a key in quotes")
        elif kind == 3:
            begin = match.start(3)
            node = Scalar(begin, at, _literal(match[3], begin), match[3], False)
        else:
            _fault(text, match, "a value")
        # The value is complete; so may be what holds it.
        while True:
            nodes += 1
            if nodes > MOST_NODES:
                raise too_many(at)
            if top is None:
                match = _token(text, at)
                assert match is not None
                if _begin(match) != len(text):
                    _fault(text, match, "the end of the file")
                counter.nodes = nodes
                return node
            _add(top, node, text, counter)
            match = _token(text, at)
            assert match is not None
            mark = match[4]
            if mark == ",":
                at = match.end()
                break
            if mark != ("]" if top.entries is None else "}"):
                _fault(text, match, f"`,` or `{']' if top.entries is None else '}'}`")
            at = match.end()
            if top.entries is None:
                node = Sequence(top.start, at, tuple(top.items))
            else:
                node = mapping_or_call(top.start, at, tuple(top.entries.values()))
            top = waiting.pop() if waiting else None


def _add(top: _Open, node: Node, text: str, counter: Counter) -> None:
    if top.entries is None:
        top.items.append(node)
        return
    key = top.key
    assert key is not None
    top.key = None
    name = key.text
    if name in top.entries:
        counter.written_twice(text, key, top.entries[name].key_start)
    top.entries[name] = Entry(name, key.start, key.stop, node)


def _literal(word: str, at: int) -> str | int | bool | Decimal | None:
    if word in _WORDS:
        return _WORDS[word]
    number = _NUMBER.fullmatch(word) if len(word) <= MOST_DIGITS else None
    if number is None:
        shown = word if len(word) <= 40 else f"{word[:39]}…"
        raise Unreadable(Why.INVALID, f"syntax error: `{shown}` is no value of JSON", at)
    if number[1] is None and number[2] is None:
        return int(word)
    from decimal import Decimal

    exact = Decimal(word)
    return exact if abs(exact.adjusted()) <= MOST_DIGITS else word


def _unescaped(raw: str, at: int) -> str:
    pieces: list[str] = []
    done = 0
    for escape in _ESCAPE.finditer(raw):
        code = escape.group()
        if code == "\\":
            wrong = raw[escape.start() : escape.start() + 2]
            raise Unreadable(Why.INVALID, f"syntax error: `{wrong}` is no escape", at + escape.start())
        if code[1] != "u":
            character = _SIMPLE.get(code[1], code[1])
        elif len(code) == 12:
            character = chr(0x10000 + ((int(code[2:6], 16) & 0x3FF) << 10) + (int(code[8:], 16) & 0x3FF))
        else:
            character = chr(int(code[2:6], 16))
            if "\ud800" <= character <= "\udfff":
                character = "\ufffd"
        pieces += (raw[done : escape.start()], character)
        done = escape.end()
    pieces.append(raw[done:])
    return "".join(pieces)


def _begin(match: re.Match[str]) -> int:
    """Where the token of a match begins, behind the white space."""
    kind = match.lastindex
    if kind is None:
        return match.end()
    return match.start(kind) - 1 if kind <= 2 else match.start(kind)


def _fault(text: str, match: re.Match[str], expected: str) -> NoReturn:
    at = _begin(match)
    raise Unreadable(Why.INVALID, f"syntax error: expected {expected}, found {found(text, at)}", at)

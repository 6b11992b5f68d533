"""JSON documents whose values know where they stand, and may have holes: what an event pattern is written in."""

from __future__ import annotations

from guardrails.kernel.pattern import compiled
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from guardrails.kernel.block import Block
    from guardrails.kernel.value import Value
    from guardrails.kernel.why import Reason

MOST_DEPTH = 60
_SPACE = compiled(r"[ \t\n\r]*+")
_NUMBER = compiled(r"-?(?:0|[1-9][0-9]*+)(?P<rest>\.[0-9]++)?(?P<power>[eE][+-]?[0-9]++)?")


class Hole(Record):
    """A value that is not known, for these reasons."""

    reasons: tuple[Reason, ...]


class Member(Record):
    """One member of an object: its name, and where the name stands."""

    name: str
    position: int
    value: Node


class ObjectNode(Record):
    members: tuple[Member, ...]
    position: int


class ArrayNode(Record):
    items: tuple[Node, ...]
    position: int


class Scalar(Record):
    """A text, number, boolean or null; or a hole."""

    content: str | int | float | bool | Hole | None
    position: int


Node = ObjectNode | ArrayNode | Scalar


class Malformed(ValueError):  # noqa: N818 - said of a text, not of this program
    """A text that is no JSON, with the offset at which that shows."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.message = message


def read(text: str) -> Node:
    """The document in a text; raises Malformed."""
    reader = _Reader(text)
    found = reader.value(0)
    reader.space()
    if reader.at < len(text):
        reader.refuse("nothing may follow the document")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def refuse(self, message: str) -> NoReturn:
        raise Malformed(self.at, message)

    def space(self) -> str:
        """The character behind white space; empty at the end."""
        match = _SPACE.match(self._text, self.at)
        assert match is not None
        self.at = match.end()
        return self._text[self.at : self.at + 1]

    def value(self, depth: int) -> Node:
        if depth > MOST_DEPTH:
            self.refuse("the document is nested too deeply")
        following = self.space()
        start = self.at
        if following == "{":
            return self._object(depth)
        if following == "[":
            return self._array(depth)
        if following == '"':
            return Scalar(self._string(), start)
        for word, content in (("true", True), ("false", False), ("null", None)):
            if self._text.startswith(word, start):
                self.at += len(word)
                return Scalar(content, start)
        match = _NUMBER.match(self._text, start)
        if match is None:
            self.refuse("a value is expected here" if following else "the document ends too early")
        self.at = match.end()
        whole = match["rest"] is None and match["power"] is None
        return Scalar(int(match.group()) if whole and len(match.group()) < 400 else float(match.group()), start)

    def _string(self) -> str:
        from json import JSONDecodeError, decoder

        try:
            content: str
            content, self.at = decoder.scanstring(self._text, self.at + 1, True)  # type: ignore[attr-defined]  # not in its stubs
        except JSONDecodeError as error:
            self.at = error.pos
            self.refuse(error.msg[:1].lower() + error.msg[1:])
        return content

    def _object(self, depth: int) -> ObjectNode:
        start = self.at
        self.at += 1
        members: list[Member] = []
        if self.space() == "}":
            self.at += 1
            return ObjectNode((), start)
        while True:
            if self.space() != '"':
                self.refuse("a name in quotation marks is expected here")
            position = self.at
            name = self._string()
            if self.space() != ":":
                self.refuse("`:` is expected here")
            self.at += 1
            members.append(Member(name, position, self.value(depth + 1)))
            if self._ends("}"):
                return ObjectNode(tuple(members), start)

    def _array(self, depth: int) -> ArrayNode:
        start = self.at
        self.at += 1
        items: list[Node] = []
        if self.space() == "]":
            self.at += 1
            return ArrayNode((), start)
        while True:
            items.append(self.value(depth + 1))
            if self._ends("]"):
                return ArrayNode(tuple(items), start)

    def _ends(self, mark: str) -> bool:
        """Whether the list ends here; else a comma was passed."""
        found = self.space()
        if found not in (",", mark):
            self.refuse(f"`,` or `{mark}` is expected here")
        self.at += 1
        return found == mark


def of_block(block: Block) -> ObjectNode:
    """A document that is known in part. It has no text, so that nothing has a position."""
    return ObjectNode(tuple(Member(name, 0, _member(block, name)) for name in block.names()), 0)


def _member(block: Block, name: str) -> Node:
    whole = block.attribute(name)
    if whole.settled:
        return _known(whole.or_none())
    objects, missing = block.blocks(name).loaded()
    elements, more = block.elements(name).loaded()
    if not missing and not more and len(objects) == len(elements) == 1 and _is_object(elements[0][0], whole):
        return of_block(objects[0][0])
    if more or any(exists.verdict.value != "true" for _, exists in elements):
        return Scalar(Hole(whole.reasons), 0)
    items: list[Node] = []
    waiting = [inner for inner, _ in objects]
    for element, _ in elements:
        if not element.settled and waiting and _stands_at(waiting[0], element):
            items.append(of_block(waiting.pop(0)))
        elif element.settled:
            content = element.or_none()
            if isinstance(content, dict) and waiting:
                waiting.pop(0)
            items.append(_known(content))
        else:
            items.append(Scalar(Hole(element.reasons), 0))
    return ArrayNode(tuple(items), 0)


def _is_object(element: Value[object], whole: Value[object]) -> bool:
    """Whether the only element of a value is the value itself: it is an object and no list."""
    return element.origin == whole.origin


def _stands_at(block: Block, element: Value[object]) -> bool:
    return (block.origin.start, block.origin.stop) == (element.origin.start, element.origin.stop)


def _known(content: object) -> Node:
    if isinstance(content, dict):
        return ObjectNode(tuple(Member(str(name), 0, _known(value)) for name, value in content.items()), 0)
    if isinstance(content, list | tuple):
        return ArrayNode(tuple(map(_known, content)), 0)
    if content is None or isinstance(content, str | bool | int | float):
        return Scalar(content, 0)
    return Scalar(float(str(content)), 0)  # a decimal number, the only other leaf that there is

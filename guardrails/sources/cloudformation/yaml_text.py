"""Reading YAML: the events of PyYAML's parser, made into nodes without recursion and within bounds."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.nodes import Broken, Call, Entry, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.scalars import content_of, number_of
from guardrails.sources.cloudformation.unreadable import (
    DEEPEST,
    MOST_NODES,
    Counter,
    Unreadable,
    found,
    mapping_or_call,
    shown,
    too_deep,
    too_many,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn

_STANDARD: Final = "tag:yaml.org,2002:"
_PROPERTIES = compile_later(r"(?:(?:[!&]\S*+(?:\s++#[^\n]*+)*+)\s++)+")
_MERGE: Final = "<<"


class _Open:
    """A mapping or list whose end has not come yet."""

    __slots__ = ("anchor", "counted", "height", "is_mapping", "items", "start", "tag")

    def __init__(self, start: int, tag: str | None, anchor: str | None, counted: int, *, is_mapping: bool) -> None:
        self.start = start
        self.tag = tag
        self.anchor = anchor
        self.counted = counted
        self.is_mapping = is_mapping
        self.items: list[Node] = []
        """The items, or keys and values in turn."""
        self.height = 1
        """Levels of mappings and lists, with those that aliases bring."""


class _MergeKey(Scalar):
    """The key `<<`, not in quotes."""

    __slots__ = ()


def parser(text: str) -> Any:  # noqa: ANN401 - the stubs give neither events nor tokens their attributes
    """PyYAML's parser of a text: the one of libyaml, or a slower one where PyYAML was built without."""
    try:
        from yaml.cyaml import CParser  # type: ignore[attr-defined]  # it is there, but not exported
    except ImportError:
        from yaml import Loader

        return Loader(text)
    return CParser(text)


def read_yaml(text: str, counter: Counter) -> Node | None:
    """The one document of a text; None if there is none. Raises Unreadable."""
    return _Reader(text, counter).document()


class _Reader:
    def __init__(self, text: str, counter: Counter) -> None:
        self.text = text
        self.counter = counter
        self.anchors: dict[str, tuple[Node | None, int, int]] = {}
        """The node, None while it is not complete, how many nodes it counts for, and how many levels it has."""

    def document(self) -> Node | None:
        from yaml import YAMLError

        try:
            return self._document()
        except YAMLError as error:
            self._raise(error)
        except UnicodeEncodeError as error:
            raise Unreadable(Why.INVALID, "syntax error: half of a character", error.start) from None

    def _document(self) -> Node | None:
        import yaml

        text, counter, anchors = self.text, self.counter, self.anchors
        scalar, mapping_start, mapping_end = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.MappingEndEvent
        sequence_start, sequence_end, alias = yaml.SequenceStartEvent, yaml.SequenceEndEvent, yaml.AliasEvent
        next_event = parser(text).get_event
        waiting: list[_Open] = []
        top = root = _Open(0, None, None, 0, is_mapping=False)
        last, nodes, documents = 0, 0, 0
        while True:
            event = next_event()
            kind = type(event)
            node: Node
            if kind is scalar:
                nodes += 1
                start, stop = event.start_mark.index, event.end_mark.index
                value, tag, style = event.value, event.tag, event.style
                if not style and tag is None and event.anchor is None:
                    node = Scalar(start, stop, content_of(value), value, False)
                    if value == _MERGE and top.is_mapping and len(top.items) % 2 == 0:
                        node = _MergeKey(start, stop, value, value, False)
                else:
                    if style == "|" or style == ">":
                        stop = start + len(text[start:stop].rstrip())
                    node = self._scalar(event, start, stop)
                    if event.anchor is not None:
                        anchors[event.anchor] = (node, 1, 0)
                last = stop
            elif kind is mapping_start or kind is sequence_start:
                nodes += 1
                if len(waiting) >= DEEPEST:
                    raise too_deep(event.start_mark.index)
                waiting.append(top)
                last = event.end_mark.index
                top = _Open(event.start_mark.index, event.tag, event.anchor, nodes, is_mapping=kind is mapping_start)
                if event.anchor is not None:
                    anchors[event.anchor] = (None, 0, 0)
                continue
            elif kind is mapping_end or kind is sequence_end:
                if event.end_mark.index > event.start_mark.index:
                    last = event.end_mark.index
                done, top = top, waiting.pop()
                counter.nodes = nodes
                node = self._collection(done, max(last, done.start))
                nodes = counter.nodes
                if done.anchor is not None:
                    anchors[done.anchor] = (node, nodes - done.counted + 1, done.height)
                top.height = max(top.height, done.height + 1)
            elif kind is alias:
                node, weight, height = self._aliased(event.anchor, event.start_mark.index)
                if len(waiting) + height > DEEPEST:
                    raise too_deep(event.start_mark.index)
                top.height = max(top.height, height + 1)
                nodes += weight
                last = event.end_mark.index
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    detail = "several documents in one file: a template is one document"
                    raise Unreadable(Why.INVALID, detail, event.start_mark.index, "put each into a file of its own")
                continue
            elif kind is yaml.StreamEndEvent:
                return root.items[0] if root.items else None
            else:
                continue
            top.items.append(node)
            if nodes > MOST_NODES:
                raise too_many(event.start_mark.index)

    def _raise(self, error: Exception) -> NoReturn:
        """What libyaml says of a text that is no YAML."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        if mark is not None:
            problem = getattr(error, "problem", None) or "it is no YAML"
            while_doing, began = getattr(error, "context", None), getattr(error, "context_mark", None)
            said = f"{problem} {while_doing}" if while_doing else str(problem)
            if while_doing and began is not None and began.line != mark.line:
                said += f" that begins in line {began.line + 1}"
            raise Unreadable(Why.INVALID, f"syntax error: {said}, at {found(self.text, mark.index)}", mark.index)
        position = getattr(error, "position", None)
        if position is None:
            raise Unreadable(Why.INVALID, f"syntax error: {error}", 0)
        # The reader of libyaml counts bytes.
        offset = len(self.text.encode()[:position].decode(errors="ignore"))
        raise Unreadable(Why.INVALID, f"syntax error: {found(self.text, offset)} may not stand in YAML", offset)

    def _aliased(self, name: str, at: int) -> tuple[Node, int, int]:
        node, weight, height = self.anchors.get(name, (None, -1, 0))
        if node is None:
            detail = f"`*{name}` stands for itself" if weight == 0 else f"there is no `&{name}` before `*{name}`"
            raise Unreadable(Why.INVALID, f"syntax error: {detail}", at)
        return node, weight, height

    # One node

    def _scalar(self, event: object, start: int, stop: int) -> Node:
        """A scalar that has quotes, a tag or an anchor."""
        value: str = event.value  # type: ignore[attr-defined]  # the stubs give events no attributes
        tag: str | None = event.tag  # type: ignore[attr-defined]  # as above
        plain: bool = not event.style  # type: ignore[attr-defined]  # as above
        inner = self._behind_properties(start, stop)
        if tag is None:
            content = content_of(value) if plain else value
            return Scalar(inner, stop, content, value, not plain)
        if tag == "!" or tag == f"{_STANDARD}str":
            return Scalar(inner, stop, value, value, True)
        if tag.startswith("!"):
            return self._called(start, stop, tag, Scalar(inner, stop, value, value, not plain))
        if tag == f"{_STANDARD}null":
            return Scalar(inner, stop, None, value, False)
        kind = tag.removeprefix(_STANDARD)
        content = content_of(value) if kind == "bool" else number_of(value) if kind in ("int", "float") else value
        if kind in ("bool", "int", "float") and not isinstance(content, str):
            return Scalar(inner, stop, content, value, False)
        if kind == "timestamp":
            return Scalar(inner, stop, value, value, True)
        return self._broken(start, stop, f"`{shown(tag)}` is nothing that a template may hold")

    def _collection(self, done: _Open, stop: int) -> Node:
        tag, start = done.tag, done.start
        inner = start if tag is None and done.anchor is None else self._behind_properties(start, stop)
        node = self._mapping(done, inner, stop) if done.is_mapping else Sequence(inner, stop, tuple(done.items))
        if tag is None or tag == "!" or tag == f"{_STANDARD}{'map' if done.is_mapping else 'seq'}":
            return node
        if tag.startswith("!"):
            return self._called(start, stop, tag, node)
        return self._broken(start, stop, f"`{shown(tag)}` is nothing that a template may hold")

    def _called(self, start: int, stop: int, tag: str, argument: Node) -> Call:
        name = tag[1:]
        at = max(self.text.find(tag, start, stop), start)
        long = name if name in ("Ref", "Condition") else f"Fn::{name}"
        return Call(start, stop, long, argument, at, at + len(tag), short=True)

    def _mapping(self, done: _Open, start: int, stop: int) -> Node:
        items = done.items
        entries: dict[str, Entry] = {}
        merged: list[Entry] = []
        for at in range(0, len(items), 2):
            key, value = items[at], items[at + 1]
            if not isinstance(key, Scalar) or key.content is None:
                return self._broken(start, stop, "a key is no text")
            if type(key) is _MergeKey:
                if not self._merge(value, merged):
                    return self._broken(start, stop, "what `<<` merges is no mapping")
                continue
            name = key.text
            if name in entries:
                self.counter.written_twice(self.text, key, entries[name].key_start)
            entries[name] = Entry(name, key.start, key.stop, value)
        if merged:
            entries = {**{entry.key: entry for entry in reversed(merged)}, **entries}
        return mapping_or_call(start, stop, tuple(entries.values()))

    def _merge(self, value: Node, merged: list[Entry]) -> bool:
        """Adds the entries that `<<` brings, those that count before those that do not; False if it is no mapping."""
        for each in value.items if isinstance(value, Sequence) else (value,):
            mapping = each.as_mapping() if isinstance(each, Call) and not each.short else each
            if not isinstance(mapping, Mapping):
                return False
            merged += mapping.entries
            self.counter.add(len(mapping.entries), each.start)
        return True

    def _broken(self, start: int, stop: int, message: str) -> Broken:
        self.counter.fault(message, start, stop)
        return Broken(start, stop, message)

    def _behind_properties(self, start: int, stop: int) -> int:
        """Where a node begins behind its tag and anchor."""
        text = self.text
        if text[start : start + 1] not in ("!", "&"):
            return start
        match = _PROPERTIES.match(text, start, stop)
        return match.end() if match is not None else stop

"""Changes to the text of a template, YAML or JSON: the least that does it, comments, order and formatting kept.

A place is told by the keys and numbers that lead to it. Whatever is changed is read back: nothing else may have
changed.
"""

from __future__ import annotations

from guardrails.kernel.why import Reason
from guardrails.remedies.edits import RefusedError
from guardrails.remedies.template_values import Style, inline, lines, plain, same
from guardrails.sources.cloudformation.nodes import Call, Entry, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.reading import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Many
    from typing import TypeAlias

    from guardrails.remedies.template_values import Value
    from guardrails.sources.cloudformation.nodes import Template

    Place: TypeAlias = "tuple[str | int, ...]"


def with_value(path: str, text: str, place: Place, value: Value, *, replaces: bool = False) -> str:
    """The text in which there is this value at a place; mappings on the way to it are made where they are missing.

    A value that a function works out is only replaced where `replaces` says so.
    """
    template = _read(path, text)
    way, missing = _walked(template, place)
    if missing:
        if not all(isinstance(key, str) for key in missing):
            raise RefusedError(f"{path} has no `{_shown(place)}`")
        for key in reversed(missing[1:]):
            value = {str(key): value}
        there = place[: len(place) - len(missing) + 1]
        return _checked(path, template, there, value, _added(template, way, str(missing[0]), value))
    node = way[-1]
    if same(plain(node), value):
        return template.source.text
    if not isinstance(node, Scalar) and not replaces:
        _refuse_computed(template, node, place)
    return _checked(path, template, place, value, _replaced(template, way, place, value))


def with_element(path: str, text: str, place: Place, value: Value) -> str:
    """The text in which the list at a place has one more element; it is made where it is missing."""
    template = _read(path, text)
    found, missing = _walked(template, place)
    if missing or (isinstance(found[-1], Scalar) and found[-1].content is None):
        return with_value(path, text, place, [value])
    node = found[-1]
    if not isinstance(node, Sequence):
        _refuse_computed(template, node, place)
    assert isinstance(node, Sequence)
    old = [plain(item) for item in node.items]
    if any(same(one, value) for one in old):
        return template.source.text
    return _checked(path, template, place, [*old, value], _appended(template, node, value))


def with_resource(path: str, text: str, name: str, body: dict[str, Value]) -> str:
    """The text with one more resource, behind the others."""
    template = _read(path, text)
    resources = template.root.get("Resources")
    if isinstance(resources, Mapping) and resources.get(name) is not None:
        raise RefusedError(f"{path} has a resource `{name}`")
    return with_value(path, text, ("Resources", name), body)


def fresh_name(path: str, text: str, wanted: str) -> str:
    """A logical id that nothing in a template has: as wanted, or with a number behind it."""
    template = _read(path, text)
    taken = {
        entry.key
        for section in template.root.entries
        if isinstance(section.value, Mapping)
        for entry in section.value.entries
    }
    number = 1
    name = wanted
    while name in taken:
        number += 1
        name = f"{wanted}{number}"
    return name


# Finding the place


def _read(path: str, text: str) -> Template:
    found = read(path, text)
    if isinstance(found, Reason) or found.faults:
        raise RefusedError(f"{path} is no sound template")
    return found


def _walked(template: Template, place: Place) -> tuple[list[Node], Place]:
    """The nodes on the way to a place, the root first, and the keys that are missing there."""
    way: list[Node] = [template.root]
    for at, key in enumerate(place):
        node = way[-1]
        below: Node | None
        if isinstance(node, Mapping) and isinstance(key, str):
            entry = node.entry(key)
            below = entry.value if entry is not None else None
            if entry is not None and not node.start <= entry.key_start < max(node.stop, node.start + 1):
                raise RefusedError(f"{_where(template, node)} takes `{key}` from elsewhere: change it there")
            if entry is not None and below is not None and below.start < entry.key_stop:
                raise RefusedError(f"{_where(template, entry)} repeats what is written elsewhere: change it there")
        elif isinstance(node, Sequence) and isinstance(key, int):
            below = node.items[key] if key < len(node.items) else None
            if below is not None and not node.start <= below.start <= node.stop:
                raise RefusedError(f"{_where(template, node)} repeats what is written elsewhere: change it there")
        else:
            if not (isinstance(node, Scalar) and node.content is None):
                _refuse_computed(template, node, place[:at])
            below = None
        if below is None:
            return way, place[at:]
        way.append(below)
    return way, ()


def _where(template: Template, node: Node | Entry) -> str:
    return f"{template.source.path}:{template.source.position(node.start)[0]}"


def _shown(place: Place) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)[1:]


def _refuse_computed(template: Template, node: Node, place: Place) -> None:
    text = " ".join(template.source.text[node.start : node.stop].split())
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    raise RefusedError(f"{_where(template, node)} sets `{_shown(place)}` to `{shown}`: what that is must change")


# Style


def _style(template: Template) -> Style:
    text = template.source.text
    is_json = text.lstrip()[:1] == "{"
    end = "\r\n" if "\r\n" in text else "\n"
    calls = [node for node in _all(template.root) if isinstance(node, Call)]
    short = not is_json and (not calls or any(call.short for call in calls))
    return Style(is_json, short, _step(template, is_json=is_json), end)


def _step(template: Template, *, is_json: bool) -> str:
    """By how much the first thing below a key of the root is indented more."""
    text = template.source.text
    for entry in template.root.entries:
        below = entry.value
        if not isinstance(below, Mapping) or not below.entries or _is_flow(text, below, is_json=is_json):
            continue
        outer, deeper = _indent(text, entry.key_start), _indent(text, below.entries[0].key_start)
        if deeper.startswith(outer) and deeper != outer:
            return deeper[len(outer) :]
    return "  "


def _all(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Mapping):
            waiting += (entry.value for entry in node.entries)
        elif isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Call):
            waiting.append(node.argument)


def _is_flow(text: str, node: Node, *, is_json: bool) -> bool:
    """Whether a mapping or list is in brackets and, in JSON, on one line."""
    in_brackets = text[node.start : node.start + 1] in ("{", "[")
    return in_brackets and (not is_json or "\n" not in text[node.start : node.stop])


def _indent(text: str, offset: int) -> str:
    """What the line of a place begins with, a dash counted for a blank."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return "".join(" " if letter == "-" else letter for letter in line[: len(line) - len(line.lstrip(" \t-"))])


# Changing


def _replaced(template: Template, way: Many[Node], place: Place, value: Value) -> str:
    text, style, node = template.source.text, _style(template), way[-1]
    parent = way[-2]
    if style.is_json:
        if "\n" in text[parent.start : parent.stop]:
            said = style.end.join(lines(value, style, _indent(text, _key_of(parent, place[-1]))))
        else:
            said = inline(value, style)
        return text[: node.start] + said + text[node.stop :]
    start, stop = node.start, node.stop
    if _is_flow(text, parent, is_json=False):
        space = " " if text[start - 1] == ":" else ""
        return text[:start] + space + inline(value, style) + text[stop:]
    if "\n" in text[_key_of(parent, place[-1]) : start]:  # what is below its key takes its lines with it
        start = len(text[:start].rstrip())
    indent = _indent(text, _key_of(parent, place[-1]))
    first, *rest = lines(value, style, indent + (style.step if isinstance(place[-1], str) else "  "))
    if not first:
        start = len(text[:start].rstrip(" "))
    space = " " if first and text[start - 1] in (":", "-") else ""
    return text[:start] + space + style.end.join((first, *rest)) + text[stop:]


def _key_of(parent: Node, key: str | int) -> int:
    if isinstance(parent, Mapping):
        entry = parent.entry(str(key))
        assert entry is not None
        return entry.key_start
    assert isinstance(parent, Sequence)
    return parent.items[int(key)].start


def _added(template: Template, way: Many[Node], key: str, value: Value) -> str:
    """The text with one more entry in the mapping that the way leads to."""
    text, style, node = template.source.text, _style(template), way[-1]
    if isinstance(node, Scalar):  # `Properties:` with nothing below
        return _begun(template, way, key, value)
    assert isinstance(node, Mapping)
    own = [entry for entry in node.entries if node.start <= entry.key_start < node.stop]
    if text[node.start : node.start + 1] == "{":
        return _in_brackets(template, node, own, key, value)
    if not own:
        raise RefusedError(f"{_where(template, node)} takes all from elsewhere: change it there")
    indent = _indent(text, own[0].key_start)
    first, *rest = lines(value, style, indent + style.step)
    new = [f"{indent}{inline(key, style)}:{' ' if first else ''}{first}", *rest]
    at = max(entry.stop for entry in own)
    blank = _are_apart(text, own)
    return _below(text, at, new, style, blank=blank)


def _begun(template: Template, way: Many[Node], key: str, value: Value) -> str:
    text, style, node = template.source.text, _style(template), way[-1]
    parent = way[-2]
    if style.is_json or _is_flow(text, parent, is_json=False):
        said = inline({key: value}, style)
        space = " " if text[node.start - 1 : node.start] == ":" else ""
        return text[: node.start] + space + said + text[node.stop :]
    above = next(entry for entry in parent.entries if entry.value is node) if isinstance(parent, Mapping) else None
    if above is None:
        raise RefusedError(f"{_where(template, node)} is empty")
    indent = _indent(text, above.key_start) + style.step
    first, *rest = lines(value, style, indent + style.step)
    new = [f"{indent}{inline(key, style)}:{' ' if first else ''}{first}", *rest]
    begin = text[: node.start].rstrip(" ") if node.stop > node.start else text[: node.start]
    return _below(begin + text[node.stop :], len(begin), new, style)


def _are_apart(text: str, entries: Many[Entry]) -> bool:
    """Whether there are blank lines between the last two of them."""
    if len(entries) < 2:
        return False
    between = text[entries[-2].stop : entries[-1].key_start]
    return any(not line.strip() for line in between.split("\n")[1:-1])


def _below(text: str, at: int, new: Many[str], style: Style, *, blank: bool = False) -> str:
    """The text with further lines below the one in which something ends."""
    stop = text.find("\n", at)
    said = style.end.join((*([""] if blank else []), *new))
    if stop < 0:
        return f"{text}{style.end}{said}"
    return f"{text[: stop + 1]}{said}{style.end}{text[stop + 1 :]}"


def _in_brackets(template: Template, node: Mapping, own: Many[Entry], key: str, value: Value) -> str:
    text, style = template.source.text, _style(template)
    if not own:
        return _filled(template, node, {key: value})
    last = own[-1]
    indent = _own_line(text, last.key_start)
    if indent is None:
        return _behind(text, last.stop, node.stop - 1, inline({key: value}, style)[1:-1])
    if style.is_json:
        said = style.end.join(lines({key: value}, style, indent.removesuffix(style.step))[1:-1]).lstrip()
    else:
        said = inline({key: value}, style)[1:-1]
    return _behind(text, last.stop, node.stop - 1, said, style.end + indent)


def _own_line(text: str, offset: int) -> str | None:
    """The indentation of what stands first on its line; None for anything else."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return None if line.strip() else line


def _behind(text: str, stop: int, closing: int, said: str, space: str = " ") -> str:
    """The text with one more element of brackets, behind the one that ends at `stop`."""
    comma = stop
    while text[comma] in " \t\r\n" and comma < closing:
        comma += 1
    if text[comma] == ",":  # YAML allows one behind the last element
        return f"{text[: comma + 1]}{space}{said}{text[comma + 1 :]}"
    return f"{text[:stop]},{space}{said}{text[stop:]}"


def _filled(template: Template, node: Node, value: Value) -> str:
    """The text with a value in place of empty brackets."""
    text, style = template.source.text, _style(template)
    indent = _indent(text, node.start)
    multiple = style.is_json and "\n" in text.strip()
    said = style.end.join(lines(value, style, indent)) if multiple else inline(value, style)
    return text[: node.start] + said + text[node.stop :]


def _appended(template: Template, node: Sequence, value: Value) -> str:
    text, style = template.source.text, _style(template)
    if text[node.start : node.start + 1] == "[":
        if not node.items:
            return _filled(template, node, [value])
        last = node.items[-1]
        indent = _own_line(text, last.start)
        if indent is None:
            return _behind(text, last.stop, node.stop - 1, inline(value, style))
        said = style.end.join(lines(value, style, indent)) if style.is_json else inline(value, style)
        return _behind(text, last.stop, node.stop - 1, said, style.end + indent)
    last = node.items[-1]
    before = text[: last.start].rstrip()
    if not before.endswith("-"):
        raise RefusedError(f"{_where(template, last)} has something between it and its dash")
    indent = _indent(text, len(before) - 1)
    indent += " " * (len(before) - 1 - text.rfind("\n", 0, len(before)) - 1 - len(indent))
    new = lines([value], style, indent)[1:]
    return _below(text, last.stop, new, style)


# Proving


def _checked(path: str, template: Template, place: Place, value: Value, changed: str) -> str:
    """The text, once it reads back as what it should be."""
    found = read(path, changed)
    wanted = _put(plain(template.root), place, value)
    if isinstance(found, Reason) or found.faults or not same(plain(found.root), wanted):
        raise RefusedError(f"{path}: `{_shown(place)}` cannot be set by an edit of this text")
    return changed


def _put(tree: Value, place: Place, value: Value) -> Value:
    if not place:
        return value
    key, *rest = place
    if isinstance(tree, dict) and isinstance(key, str):
        return {**tree, key: _put(tree.get(key), tuple(rest), value)}
    if isinstance(tree, list) and isinstance(key, int):
        return [*tree[:key], _put(tree[key], tuple(rest), value), *tree[key + 1 :]]
    if tree is None and isinstance(key, str):
        return {key: _put(None, tuple(rest), value)}
    return tree

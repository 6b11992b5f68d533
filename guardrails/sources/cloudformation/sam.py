"""Templates of the Serverless Application Model, by the translator that AWS publishes (`aws-sam-translator`).

It is imported only for a template that declares the transform: importing it takes seconds. It works on plain values, so
what it makes stands where the resource stands that it is made of; what it leaves alone keeps its own place.
"""

from __future__ import annotations

from guardrails.kernel.origin import Origin
from guardrails.kernel.record import changed
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Broken, Call, Entry, Mapping, Node, Scalar, Sequence, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as Dictionary
    from typing import Any

_TRANSFORM = "AWS::Serverless-2016-10-31"
_NESTED = "AWS::Serverless::Application"
"""Nested stacks are followed here; the translator would ask a service of AWS for them."""
_PASSED_BY = "Guardrails::Nested::Application"
"""A type that the translator leaves alone but for the names in it."""
_ANY_REGION = "us-east-1"
_SECTIONS = ("Conditions", "Resources", "Outputs")
_SHOWN = 3
_MOST_NODES = 100_000


def followed(
    template: Template, given: Dictionary[str, object], facts: Dictionary[str, str]
) -> Template | Reason | None:
    """A template as the transform makes it, or why that is not known; None where it does not declare it."""
    declared = template.root.get("Transform")
    named = declared.items if isinstance(declared, Sequence) else (declared,)
    if not any(isinstance(one, Scalar) and one.text == _TRANSFORM for one in named):
        return None
    assert declared is not None
    place = Origin(template.source, declared.start, declared.stop)
    try:
        written = _Plain().of(template.root)
    except _TooLargeError:
        return Reason(Why.LIMIT, f"the template has more than the {_MOST_NODES} parts that are translated", "", place)
    assert isinstance(written, dict)
    resources = written.get("Resources")
    if not isinstance(resources, dict):
        return None
    applications = [said for said in resources.values() if isinstance(said, dict) and said.get("Type") == _NESTED]
    for said in applications:
        said["Type"] = _PASSED_BY
    for said in (*resources.values(), *_mapping(written.get("Globals")).values()):
        _upload(said)
    made = _translated(written, given, facts, place)
    mentioned = frozenset(map(_mention, (*_PSEUDO, *given)))
    if isinstance(made, Reason):
        return made
    for said in _mapping(made.get("Resources")).values():
        if _mapping(said).get("Type") == _PASSED_BY:
            said["Type"] = _NESTED
    return _with(template, made, mentioned)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_UPLOADED = ("CodeUri", "ContentUri", "DefinitionUri")


def _upload(said: object) -> None:
    """Put a place in a bucket for what is beside the template, as packaging does: nothing else is accepted."""
    resource = _mapping(said)
    for holder in (resource, _mapping(resource.get("Properties"))):
        for name in _UPLOADED:
            where = holder.get(name)
            if isinstance(where, str) and not where.startswith("s3://"):
                holder[name] = "s3://packaged/" + (where.strip("./") or "code")
    properties = _mapping(resource.get("Properties"))
    if properties.get("PackageType") == "Image":
        properties.setdefault("ImageUri", "packaged:latest")


def _translated(
    written: dict[str, Any], given: Dictionary[str, object], facts: Dictionary[str, str], place: Origin
) -> dict[str, Any] | Reason:
    try:
        from samtranslator.model.exceptions import (  # type: ignore[import-untyped] # it has no types
            InvalidDocumentException,
        )
        from samtranslator.parser.parser import Parser  # type: ignore[import-untyped] # as above
        from samtranslator.translator.arn_generator import ArnGenerator  # type: ignore[import-untyped] # as above
        from samtranslator.translator.translator import Translator  # type: ignore[import-untyped] # as above
        from samtranslator.utils.py27hash_fix import (  # type: ignore[import-untyped] # as above
            to_py27_compatible_template,
            undo_mark_unicode_str_in_template,
        )
    except ImportError:
        detail = "the resources that `AWS::Serverless` makes of the template are not seen"
        return Reason(Why.UNSUPPORTED, detail, "pip install 'guardrails-audit[sam]'", place)
    import logging

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)  # it speaks of its own metrics
    region = facts.get("region", "")
    values: dict[str, str] = {name: _mention(name) for name in _PSEUDO}
    values |= {"AWS::Region": region, "AWS::Partition": ArnGenerator.get_partition_name(region)} if region else {}
    values |= {name: value if isinstance(value, str) else _mention(name) for name, value in given.items()}
    translator = Translator(None, Parser(), boto_session=_Session(region or _ANY_REGION))
    try:
        to_py27_compatible_template(written, values)
        made = translator.translate(written, values, get_managed_policy_map=dict)
        made = undo_mark_unicode_str_in_template(made)
    except InvalidDocumentException as error:
        causes = [str(getattr(cause, "message", cause)).strip().rstrip(".") for cause in error.causes]
        shown = "; ".join(causes[:_SHOWN]) + (f"; and {len(causes) - _SHOWN} more" if len(causes) > _SHOWN else "")
        return Reason(Why.INVALID, f"`AWS::Serverless` refuses the template: {shown}", "", place)
    except Exception as error:  # the translator meets what no schema foresees with whatever Python raises
        detail = f"`AWS::Serverless` cannot be followed: {type(error).__name__} in the translator"
        return Reason(Why.UNSUPPORTED, detail, "", place)
    return made if isinstance(made, dict) else {}


class _Session:
    """Stands in for a session with AWS, of which only the Region is asked: else the configuration of this machine
    would be."""

    def __init__(self, region: str) -> None:
        self.region_name = region


_PSEUDO = ("AWS::Region", "AWS::Partition")


def _mention(name: str) -> str:
    """What the translator is given for a value that it cannot know: it comes back wherever it is put in."""
    return f"${{{name}}}"


# --- to plain values


class _TooLargeError(Exception):
    pass


class _Plain:
    """Nodes as plain values, functions in their long form."""

    def __init__(self) -> None:
        self._count = 0

    def of(self, node: Node) -> object:
        self._count += 1
        if self._count > _MOST_NODES:
            raise _TooLargeError
        if isinstance(node, Scalar):
            content = node.content
            return content if content is None or isinstance(content, (str, bool, int)) else float(content)
        if isinstance(node, Sequence):
            return [self.of(item) for item in node.items]
        if isinstance(node, Mapping):
            return {entry.key: self.of(entry.value) for entry in node.entries}
        if isinstance(node, Call):
            argument = self.of(node.argument)
            if node.name == "Fn::GetAtt" and isinstance(argument, str):
                argument = argument.split(".", 1)
            return {node.name: argument}
        assert isinstance(node, Broken)
        return None


# --- and back


def _with(template: Template, made: dict[str, Any], mentioned: frozenset[str]) -> Template:
    """The template with what was made of it."""
    root = template.root
    entries = [entry for entry in root.entries if entry.key not in _SECTIONS and entry.key != "Transform"]
    for name in _SECTIONS:
        section = made.get(name)
        written = root.get(name)
        if isinstance(section, dict):
            entries.append(
                _section(name, section, root.entry(name), written if isinstance(written, Mapping) else None, mentioned)
            )
        elif written is not None:
            entry = root.entry(name)
            assert entry is not None
            entries.append(entry)
    transform = _others(root)
    if transform is not None:
        entries.append(transform)
    return changed(template, root=Mapping(root.start, root.stop, tuple(entries)))


def _others(root: Mapping) -> Entry | None:
    """The transforms that are left."""
    entry = root.entry("Transform")
    if entry is None or not isinstance(entry.value, Sequence):
        return None
    left = tuple(item for item in entry.value.items if not (isinstance(item, Scalar) and item.text == _TRANSFORM))
    listed = Sequence(entry.value.start, entry.value.stop, left)
    return Entry(entry.key, entry.key_start, entry.key_stop, listed)


def _section(
    name: str, made: dict[str, Any], entry: Entry | None, written: Mapping | None, mentioned: frozenset[str]
) -> Entry:
    plain = _Plain()
    found: list[Entry] = []
    for key, value in made.items():
        own = written.entry(key) if written is not None else None
        if own is not None and plain.of(own.value) == value:
            found.append(own)
            continue
        source = own or _source_of(key, written) or entry
        start, stop = (source.key_start, source.key_stop) if source is not None else (0, 0)
        found.append(Entry(key, start, stop, _node(value, start, stop, mentioned)))
    start, stop = (entry.key_start, entry.key_stop) if entry is not None else (0, 0)
    return Entry(name, start, stop, Mapping(start, stop, tuple(found)))


def _source_of(name: str, written: Mapping | None) -> Entry | None:
    """The resource that another is made of: what is made is called after it."""
    fitting = [entry for entry in written.entries if name.startswith(entry.key)] if written is not None else []
    return max(fitting, key=lambda entry: len(entry.key), default=None)


def _node(value: object, start: int, stop: int, mentioned: frozenset[str], *, in_sub: bool = False) -> Node:
    """A plain value as the node that it would be written as. A text with what was `mentioned` for a value is one with
    names in it."""
    if isinstance(value, dict):
        pairs = [(str(key), inner) for key, inner in value.items()]
        if len(pairs) == 1 and (pairs[0][0] == "Ref" or pairs[0][0].startswith("Fn::")):
            name, inner = pairs[0]
            argument = _node(inner, start, stop, mentioned, in_sub=name == "Fn::Sub")
            return Call(start, stop, name, argument, start, stop, short=False)
        entries = (Entry(key, start, stop, _node(inner, start, stop, mentioned)) for key, inner in pairs)
        return Mapping(start, stop, tuple(entries))
    if isinstance(value, (list, tuple)):
        items = (_node(item, start, stop, mentioned, in_sub=in_sub and not at) for at, item in enumerate(value))
        return Sequence(start, stop, tuple(items))
    if value is None or isinstance(value, (bool, int)):
        text = "" if value is None else str(value).lower()
        return Scalar(start, stop, value, text, quoted=False)
    text = str(value)
    scalar = Scalar(start, stop, text, text, quoted=True)
    if not in_sub and "${" in text and any(mention in text for mention in mentioned):
        return Call(start, stop, "Fn::Sub", scalar, start, stop, short=False)
    return scalar

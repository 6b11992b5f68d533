"""The CloudFormation resource schemas that cfn-lint's wheel ships, read without importing it."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
_SHAPES = ("properties", "patternProperties", "items", "oneOf", "anyOf", "allOf", "$ref")


@cache
def _root() -> Path:
    spec = find_spec("cfnlint")
    assert spec is not None, "cfn-lint is a development dependency"
    folder = next(iter(spec.submodule_search_locations or ()))
    return Path(folder, "data", "schemas")


@cache
def types() -> dict[str, str]:
    """The file of each resource type of one Region."""
    found: dict[str, str] = json.loads((_root() / "providers" / f"{REGION}.json").read_bytes())
    return found


@cache
def schema_of(type: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_root() / "resources" / f"{types()[type]}.json").read_bytes())
    return found


def has_property(type: str, path: str) -> bool:
    """Whether a dotted path of properties exists; elements of lists are walked into."""
    schema = schema_of(type)
    nodes = [schema]
    for step in path.split("."):
        nodes = [inner for node in nodes for inner in _steps(schema, node, step)]
    return bool(nodes)


def read_only(type: str) -> frozenset[str]:
    """The attributes that only the service sets, which `Fn::GetAtt` gives."""
    listed = schema_of(type).get("readOnlyProperties") or ()
    return frozenset(pointer.removeprefix("/properties/").replace("/", ".") for pointer in listed)


def identifier(type: str) -> tuple[str, ...]:
    """The properties by which the service knows a resource, of which `Ref` is made."""
    return tuple(pointer.removeprefix("/properties/") for pointer in schema_of(type).get("primaryIdentifier") or ())


def _steps(schema: dict[str, Any], node: dict[str, Any], step: str) -> Iterator[dict[str, Any]]:
    node = _resolved(schema, node)
    if "items" in node:
        node = _resolved(schema, node["items"])
    for choice in ("oneOf", "anyOf", "allOf"):
        for one in node.get(choice, ()):
            yield from _steps(schema, one, step)
    if step in node.get("properties", {}):
        yield node["properties"][step]
    elif "patternProperties" in node:
        yield from node["patternProperties"].values()
    elif "object" in node.get("type", ()) and node.keys().isdisjoint(_SHAPES):
        yield node  # any JSON: a policy, an event pattern


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node

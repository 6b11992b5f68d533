"""Cloud assemblies: what `cdk synth` writes to `cdk.out`. A manifest names the templates, the accounts and Regions that
they are for, and the constructs that their resources were made of."""

from __future__ import annotations

import os

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from guardrails.sources.cloudformation.files import Files
    from guardrails.sources.cloudformation.nodes import Mapping as MappingNode

MANIFEST = "manifest.json"
MOST_ARTIFACTS = 10_000

_STACK = "aws:cloudformation:stack"
_ENVIRONMENT = compile_later(r"aws://([^/]*)/([^/]*)")
_ACCOUNT = compile_later(r"[0-9]{12}")
_REGION = compile_later(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_ASSET = compile_later(r"([0-9a-f]{64})\.json")
_PATH = "aws:cdk:path"
_OWN_NAMES = ("/Resource", "/Default")
"""What constructs call the one resource that stands for all of them."""


class Artifact:
    """One stack of an assembly."""

    def __init__(self, folder: str, said: Mapping[str, Any], files: Files) -> None:
        properties = _mapping(said.get("properties"))
        self._folder = folder
        self._said = said
        self._files = files
        self.template = _text(properties.get("templateFile"))
        """The file that holds the template, in the folder of the assembly."""
        self._assets: dict[str, str] | None = None
        self._constructs: dict[str, dict[str, str]] | None = None

    @property
    def facts(self) -> dict[str, str]:
        """What is known of the account that it is for."""
        found = _ENVIRONMENT.fullmatch(_text(self._said.get("environment")))
        if found is None:
            return {}
        facts = {}
        if _ACCOUNT.fullmatch(found[1]):
            facts["account_id"] = found[1]
        if _REGION.fullmatch(found[2]):
            facts["region"] = found[2]
        return facts

    def asset(self, where: str) -> str:
        """The file that is meant by a location among the assets; empty where it is none of them."""
        found = _ASSET.search(where)
        if found is None:
            return ""
        if self._assets is None:
            self._assets = {}
            manifest = f"{self.template.removesuffix('.template.json')}.assets.json"
            for name, file in _mapping(_mapping(self._read(manifest)).get("files")).items():
                self._assets[name] = _text(_mapping(_mapping(file).get("source")).get("path"))
        return self._assets.get(found[1], "")

    def construct(self, template: str, name: str) -> str:
        """The path of the construct that a logical id of a template stands for; empty where it is not told."""
        if self._constructs is None:
            self._constructs = self._all_constructs()
        return self._constructs.get(os.path.basename(template), {}).get(name, "")  # noqa: PTH119 - plain text: speed

    def _all_constructs(self) -> dict[str, dict[str, str]]:
        told = _mapping(self._said.get("metadata"))
        beside = _text(self._said.get("additionalMetadataFile"))
        if beside:
            told = {**told, **_mapping(self._read(beside))}
        templates: dict[str, str] = {}
        logical: dict[str, str] = {}
        for path, entries in told.items():
            for entry in entries if isinstance(entries, list) else ():
                said = _mapping(entry)
                if said.get("type") == "aws:cdk:templateFile":
                    templates[path] = _text(said.get("data"))
                elif said.get("type") == "aws:cdk:logicalId":
                    logical[path] = _text(said.get("data"))
        found: dict[str, dict[str, str]] = {}
        for path, name in logical.items():
            above = path
            while above and above not in templates:
                above = above.rpartition("/")[0]
            found.setdefault(templates.get(above, self.template), {})[name] = shortened(path.lstrip("/"))
        return found

    def _read(self, name: str) -> object:
        found = _json(f"{self._folder}{os.sep}{name}", self._files)
        return None if isinstance(found, Reason) else found


def construct_in(node: MappingNode) -> str:
    """The path of the construct that a resource says it was made of."""
    from guardrails.sources.cloudformation.nodes import Mapping, Scalar

    metadata = node.get("Metadata")
    said = metadata.get(_PATH) if isinstance(metadata, Mapping) else None
    return shortened(said.text) if isinstance(said, Scalar) else ""


def shortened(path: str) -> str:
    """The path of a construct without the name that it gives to its own resource."""
    for name in _OWN_NAMES:
        path = path.removesuffix(name)
    return path


def assembly(manifest: str, files: Files) -> dict[str, Artifact] | Reason | None:
    """The stacks of an assembly by the real paths of their templates; None where a manifest is of something else."""
    content = files.content(manifest)
    if isinstance(content, Reason) or b'"artifacts"' not in content or b"aws:c" not in content:
        return None
    said = _json(manifest, files)
    if isinstance(said, Reason):
        return said
    artifacts = _mapping(_mapping(said).get("artifacts"))
    folder = os.path.dirname(manifest)  # noqa: PTH120 - plain text: speed
    if len(artifacts) > MOST_ARTIFACTS:
        detail = f"`{files.shown(manifest)}` names more than the {MOST_ARTIFACTS} stacks that are read"
        return Reason(Why.LIMIT, detail, "", _head_of(manifest, files))
    found: dict[str, Artifact] = {}
    for one in artifacts.values():
        if _mapping(one).get("type") == _STACK:
            artifact = Artifact(folder, one, files)
            if artifact.template:
                found[os.path.realpath(f"{folder}{os.sep}{artifact.template}")] = artifact
    return found


def _json(path: str, files: Files) -> object:
    import json

    content = files.content(path)
    if isinstance(content, Reason):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return Reason(Why.INVALID, f"`{files.shown(path)}` is no JSON", "", _head_of(path, files))


def _head_of(path: str, files: Files) -> Origin:
    return Origin(SourceFile(files.shown(path), ""))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

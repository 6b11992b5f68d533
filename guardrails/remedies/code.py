"""The code that changes are made to: its files as they would be, and its blocks, wherever edits have moved them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from guardrails.kernel.record import Record
from guardrails.remedies.edits import RefusedError, block_around, blocks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guardrails.kernel.origin import Call, Origin
    from guardrails.sources.terraform.hcl.nodes import Block

Texts = dict[str, str]
"""By real path, what files are taken to hold. Never changed once it is somebody's."""


class Spot(Record):
    """A top-level block, wherever edits have moved it."""

    path: str
    type: str
    labels: tuple[str, ...]

    @property
    def address(self) -> str:
        """As expressions of its module call it."""
        return ".".join(self.labels if self.type == "resource" else (self.type, *self.labels))

    @property
    def identity(self) -> tuple[str, tuple[str, ...]]:
        """Among the blocks of its file."""
        return self.type, self.labels

    @property
    def folder(self) -> str:
        """Of its module."""
        return os.path.dirname(self.path)  # noqa: PTH120 - a text is asked for

    @property
    def kind(self) -> str:
        """The type of the resource or data source; empty for other blocks."""
        return self.labels[0] if self.type in ("resource", "data") and self.labels else ""


class Place(Record):
    """Where a finding leads to: the block, the calls of modules above it, and which of the blocks nested in it: the
    type and number of each, outermost first."""

    spot: Spot
    via: tuple[Call, ...]
    nested: tuple[tuple[str, int], ...] = ()
    offset: int = 0
    """Of the place itself, in the text that was judged."""


_GENERATED = ("manifest.json", "cdk.out")
"""What lies beside templates that a program wrote."""


class Code:
    """Files below the paths that were asked about; what lies elsewhere is refused."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._read: Texts = {}
        self._folders = [os.path.realpath(path if Path(path).is_dir() else Path(path).parent) for path in paths]

    def real(self, shown: str) -> str:
        """The file that reports call so, if it is one to edit."""
        path = os.path.realpath(shown)
        if path.endswith((".tf.json", ".tofu.json")):
            raise RefusedError(f"{shown} is not written in Terraform's own syntax")
        if not is_terraform(path) and any((Path(path).parent / name).exists() for name in _GENERATED):
            raise RefusedError(f"{shown} was made by the CDK: change the app that makes it")
        inside = [path[len(folder) :] for folder in self._folders if path.startswith(folder.rstrip(os.sep) + os.sep)]
        if not inside:
            raise RefusedError(f"{shown} lies outside of {', '.join(self._paths)}: name a folder that holds it")
        if all(f"{os.sep}." in rest for rest in inside):
            raise RefusedError(f"{shown} was downloaded: what is changed there is lost")
        return path

    def text(self, path: str, texts: Texts) -> str:
        return texts[path] if path in texts else self.read(path)

    def read(self, path: str) -> str:
        """A file as it was when it was first looked at: what is written later is meant for that."""
        if path not in self._read:
            self._read[path] = read(path)
        return self._read[path]

    def place(self, origin: Origin, texts: Texts) -> Place | None:
        """The block that a place stands in; None for what has no place."""
        if origin.source is None:
            return None
        path = self.real(origin.source.path)
        text = self.text(path, texts)
        if text != origin.source.text:
            raise RefusedError(
                f"{origin.source.path} is not what was judged: it changed meanwhile, or begins with a mark"
            )
        block = block_around(path, text, origin.start)
        if block is None:
            return None
        spot = Spot(path, block.type, block.labels)
        return Place(spot, origin.via, _nested_around(block, origin.start), origin.start)

    def block(self, spot: Spot, texts: Texts) -> Block:
        """The block as it would be."""
        found = [
            block
            for block in blocks_of(spot.path, self.text(spot.path, texts))
            if (block.type, block.labels) == (spot.type, spot.labels)
        ]
        if len(found) != 1:
            raise RefusedError(f"{spot.path} has {len(found)} blocks `{spot.address}`")
        return found[0]

    def module(self, path: str, texts: Texts) -> Iterator[tuple[Spot, str]]:
        """The top-level blocks of the module that a file belongs to, each with its text."""
        for file in sorted(Path(path).parent.iterdir()):
            if file.suffix in (".tf", ".tofu") and file.is_file():
                try:
                    text = self.text(str(file), texts)
                    for block in blocks_of(str(file), text):
                        yield Spot(str(file), block.type, block.labels), text[block.start : block.stop]
                except RefusedError:
                    continue


def is_terraform(path: str) -> bool:
    """Whether a file is written in Terraform's own syntax."""
    return path.endswith((".tf", ".tofu"))


def pieces(path: str, text: str) -> dict[object, tuple[int, int]]:
    """The top-level blocks or the resources of a file: where each stands."""
    if is_terraform(path):
        return {(block.type, block.labels): (block.start, block.stop) for block in blocks_of(path, text)}
    from guardrails.remedies.templates.edits import resources_of, template_of  # it is for templates only

    return {one.key: (one.start, one.stop) for one in resources_of(template_of(path, text)).entries}


def read(path: str) -> str:
    """What a file holds, line endings as they are."""
    try:
        return Path(path).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"{path} cannot be read: {error}") from error


def mention(address: str) -> re.Pattern[str]:
    """Finds the address of a block in the text of another."""
    return re.compile(rf"(?<![\w.-]){re.escape(address)}(?![\w-])")


def reference(spot: Spot, block: Block) -> str:
    """An instance of a resource as another that is repeated in step with it calls it."""
    if "count" in block.body.arguments:
        return f"{spot.address}[count.index]"
    return f"{spot.address}[each.key]" if "for_each" in block.body.arguments else spot.address


def is_repeated(block: Block) -> bool:
    return "count" in block.body.arguments or "for_each" in block.body.arguments


def expression(text: str, block: Block, name: str) -> str:
    """An argument's value as it is written; empty where it is not set."""
    argument = block.body.arguments.get(name)
    return text[argument.value.start : argument.value.stop] if argument is not None else ""


def _nested_around(block: Block, offset: int) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    while True:
        counted: dict[str, int] = {}
        for one in block.body.blocks:
            number = counted.get(one.type, 0)
            if one.start <= offset < one.stop:
                found.append((one.type, number))
                block = one
                break
            counted[one.type] = number + 1
        else:
            return tuple(found)

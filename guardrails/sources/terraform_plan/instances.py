"""Resource instances of a plan or state, and their addresses."""

from __future__ import annotations

import re

from guardrails.sources.terraform.expansion import quoted
from guardrails.sources.terraform_plan.json_text import sound, value_in
from guardrails.sources.terraform_plan.shapes import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_STEP = re.compile(r'module\.([^.\[]+)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?(?:\.|$)')


class Said:
    """What is said of one instance: its values, the mask of what is not known (true, or mappings and lists in the form
    of the values) and the mask of what is not to be shown."""

    __slots__ = ("sensitive", "unknown", "values")

    def __init__(self, values: dict[str, Any], *, unknown: object = False, sensitive: object = False) -> None:
        self.values = values
        self.unknown = unknown
        self.sensitive = sensitive


class Instance:
    """One resource or data instance, as it will be or is.

    What is said of it is kept as the text that stands in the file until somebody asks: a large file holds mostly what
    no policy asks for, and values take many times the memory of their text.
    """

    __slots__ = (
        "_reading",
        "_said",
        "_text",
        "address",
        "is_open",
        "key",
        "mode",
        "module",
        "name",
        "offset",
        "provider",
        "type",
    )

    def __init__(
        self,
        mode: str,
        module: str,
        type: str,
        name: str,
        key: int | str | None,
        text: str,
        reading: Callable[[dict[str, Any]], Said],
        *,
        address: str = "",
        is_open: bool = False,
        provider: str = "",
        offset: int = 0,
    ) -> None:
        self.mode = mode
        self.module = f"{sound(module)}." if module else ""
        """The beginning of its address: empty, or `module.a["x"].`"""
        self.type = sound(type)
        self.name = sound(name)
        self.key = sound(key) if isinstance(key, str) else key
        self.is_open = is_open
        """Whether anything of it is not known."""
        self.provider = provider
        """Where a state says which provider configuration made it."""
        self.offset = offset
        self.address = sound(address) or f"{self.module}{self.kind}.{self.name}{suffix_of(self.key)}"
        self._text = text
        """The object in the file that tells of it; empty once it was read."""
        self._reading = reading
        self._said: Said | None = None

    @property
    def said(self) -> Said:
        """What is said of it."""
        if self._said is None:
            self._said = self._reading(mapping(value_in(self._text)))
            self._text = ""
        return self._said

    @property
    def values(self) -> dict[str, Any]:
        return self.said.values

    @property
    def unknown(self) -> object:
        """The mask of what is not known."""
        return self.said.unknown

    @property
    def sensitive(self) -> object:
        """The mask of what is not to be shown."""
        return self.said.sensitive

    @property
    def kind(self) -> str:
        """The type as deployments call it: `data.TYPE` for a data source."""
        return f"data.{self.type}" if self.mode == "data" else self.type

    @property
    def steps(self) -> tuple[tuple[str, int | str | None], ...]:
        """The calls that lead to it: the name and the key of each."""
        return tuple((name, _key_in(suffix)) for name, suffix in steps_of(self.module))

    @property
    def block(self) -> str:
        """The name of the block that it is an instance of, within its module."""
        return f"{self.kind}.{self.name}"


def suffix_of(key: object) -> str:
    """An instance key as it stands in an address."""
    if isinstance(key, bool) or key is None:
        return ""
    return f"[{key}]" if isinstance(key, int) else f"[{quoted(str(key))}]"


def steps_of(module: str) -> tuple[tuple[str, str], ...]:
    """The calls that lead to a module instance: the name of each and the suffix with its key."""
    return tuple((found[1], found[2] or "") for found in _STEP.finditer(module))


def type_in(address: str) -> str:
    """The type in the address of an instance: `data.TYPE` for a data source."""
    own = address
    for found in _STEP.finditer(address):
        if found.end() > len(address) or found.start() != len(address) - len(own):
            break
        own = address[found.end() :]
    kind, _, rest = own.partition(".")
    return f"data.{rest.partition('.')[0]}" if kind == "data" else kind


def _key_in(suffix: str) -> int | str | None:
    """The key in the brackets of an address."""
    if not suffix:
        return None
    inside = suffix[1:-1]
    if inside.isdigit():
        return int(inside)
    from json import loads

    try:
        return str(loads(inside)).replace("$${", "${").replace("%%{", "%{")
    except ValueError:
        return inside.strip('"')

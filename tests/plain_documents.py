"""A deployment made of plain documents, in whichever dialect: what templates and API answers will be handed on as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.block import Deployment, Location, RawResource
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.truth import true
from guardrails.kernel.value import Value
from guardrails.lower.world import World, open_world
from guardrails.model import Context
from guardrails.sources.terraform.evaluated import DataBlock

if TYPE_CHECKING:
    from guardrails.kernel.block import HidingPlace
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.why import Reason

ACCOUNT = "111122223333"


class Documents(Deployment):
    source = "documents"
    target = "documents"

    def __init__(self, dialect: str, documents: dict[str, tuple[str, dict[str, object]]], region: str) -> None:
        here = Location("account", Value.of(ACCOUNT), Value.of(region))
        self.dialect = dialect
        self._raws = [
            RawResource(dialect, kind, address, DataBlock(document, NOWHERE, None), true(), here)
            for address, (kind, document) in documents.items()
        ]

    def types(self) -> frozenset[str]:
        return frozenset(raw.type for raw in self._raws)

    def resources(self, type: str) -> tuple[RawResource, ...]:
        return tuple(raw for raw in self._raws if raw.type == type)

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        return ()

    def gaps(self) -> tuple[Reason, ...]:
        return ()

    @property
    def origin(self) -> Origin:
        return NOWHERE

    @property
    def files(self) -> tuple[str, ...]:
        return ()

    @property
    def size(self) -> int:
        return len(self._raws)


def world_of(dialect: str, documents: dict[str, tuple[str, dict[str, object]]], region: str = "eu-west-1") -> World:
    """The world of documents by address, each with its type."""
    return open_world(Documents(dialect, documents, region), Context())

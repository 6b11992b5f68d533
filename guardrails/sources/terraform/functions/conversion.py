"""Conversions that are called by name, and the functions about sensitive and ephemeral values.

Marks are not tracked: `sensitive` and `nonsensitive` return their argument, and what depends on a mark is unknown.
What is marked is only noted, so that no report shows it.
"""

from __future__ import annotations

from guardrails.sources.terraform.conversion import convert
from guardrails.sources.terraform.secrets import note_secrets
from guardrails.sources.terraform.typesystem import ANY, BOOL, NUMBER, STRING, Collection

from .signature import Room, unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.terraform.typesystem import Type

room = Room()


def _declare(name: str, wanted: Type) -> None:
    @room.function(name, "any?", sees="all")
    def to(value: object) -> object:
        return convert(value, wanted)


_declare("tostring", STRING)
_declare("tonumber", NUMBER)
_declare("tobool", BOOL)
_declare("tolist", Collection("list", ANY))
_declare("toset", Collection("set", ANY))
_declare("tomap", Collection("map", ANY))


@room.function("sensitive", "any?", sees="all", scoped=True)
def sensitive(scope: object, value: object) -> object:
    note_secrets(value, getattr(scope, "secrets", set()))
    return value


@room.function("nonsensitive", "any?", sees="all")
def nonsensitive(value: object) -> object:
    return value


@room.function("issensitive", "any?", sees="all", gives=BOOL)
def issensitive(_: object) -> object:
    return unsupported("whether a value is sensitive is not tracked")


@room.function("ephemeralasnull", "any?", sees="all")
def ephemeralasnull(_: object) -> object:
    return unsupported("whether a value is ephemeral is not tracked")

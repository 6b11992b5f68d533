"""What is declared and what is there, in words for people: short, and without what must not be shown."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.origin import How
from guardrails.kernel.record import Noun, Record
from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Reference, Value
from guardrails.model import AdvancedEventSelector, Principal, Statement
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from guardrails.kernel.why import Reason

_OF_RESOURCES = frozenset(("address", "type", "origin", "location", "account", "exists", "owned", "name", "protected"))
_OF_OTHERS = frozenset(("address", "origin", "sid"))
"""Fields that say where something is, or what a person calls it, and make no difference by themselves."""
_LONGEST = 100
"""Characters of a text that are shown."""


class Words:
    """Wording, with what references of the code stand for in the account."""

    __slots__ = ("_called",)

    def __init__(self, called: Callable[[Reference], str | None]) -> None:
        self._called = called

    def shown(self, thing: object) -> str:
        """Something in words."""
        if isinstance(thing, Value):
            return self._value(thing)
        if isinstance(thing, Truth):
            return of_truth(thing)
        if isinstance(thing, Statement):
            return self._statement(thing)
        if isinstance(thing, Many):
            return cut(", ".join(self.shown(one) for one, _ in thing.members())) or "none"
        if isinstance(thing, Resource):
            return str(thing.name.or_none() or thing.address or "something that is not known")
        if isinstance(thing, Noun | Record):
            parts = []
            for name in thing._fields:
                if tells(thing, name):
                    said = self._below(getattr(thing, name))
                    parts += [f"{name} {said}"] if said else []
            return cut(", ".join(parts))
        return cut(str(thing))

    def _below(self, thing: object) -> str:
        if isinstance(thing, Many):
            return " and ".join(self.shown(one) for one, _ in thing.members())
        if isinstance(thing, Value) and thing.settled and thing.or_none() is None:
            return ""
        return self.shown(thing) if isinstance(thing, Value | Noun | Record) else ""

    def _value(self, value: Value[Any]) -> str:
        if value.origin.how is How.SENSITIVE:
            return "a value that is not shown"
        content = value.or_none() if value.settled else filled(value, self._called)
        if content is None:
            if value.parts and not value.settled:
                return cut("".join(part if isinstance(part, str) else self._hole(part) for part in value.parts))
            return "not set" if value.settled else "set" if value.present else "not known"
        if isinstance(content, bool):
            return "true" if content else "false"
        if isinstance(content, str):
            return cut(_without_secrets(content)) or '""'
        return cut(str(content))

    def _hole(self, part: object) -> str:
        known = self._called(part) if isinstance(part, Reference) else None
        return known if known is not None else "…"

    def _statement(self, statement: Statement) -> str:
        def listed(values: Many[Value[str]]) -> str:
            return ", ".join(self.shown(value) for value, _ in values.members())

        def spoken(principals: Many[Principal]) -> str:
            return ", ".join(self.shown(one.identifier) for one, _ in principals.members())

        who, not_who = spoken(statement.principals), spoken(statement.not_principals)
        what = listed(statement.actions) or f"all but {listed(statement.not_actions)}"
        of = listed(statement.resources) or listed(statement.not_resources)
        of = f"all but {of}" if statement.not_resources.members() else of
        conditions = ", ".join(
            f"{condition.key} {condition.operator} {listed(condition.values)}"
            for condition, _ in statement.conditions.members()
        )
        said = f"{self.shown(statement.effect)} {what}" + (f" on {of}" if of else "")
        said += f" to {who}" if who else f" to all but {not_who}" if not_who else ""
        return cut(f"{said} if {conditions}" if conditions else said, 3 * _LONGEST)


def tells(thing: Noun | Record, field: str) -> bool:
    """Whether a field makes a difference."""
    if isinstance(thing, Resource):
        return field not in _OF_RESOURCES
    return field not in _OF_OTHERS and not (field == "name" and isinstance(thing, AdvancedEventSelector))


def filled(value: Value[Any], called: Callable[[Reference], str | None]) -> str | None:
    """A text with what its references stand for in the account; None where one of them is not known."""
    parts = value.parts or ((value.reference,) if value.reference is not None else ())
    texts: list[str] = []
    for part in parts:
        text = part if isinstance(part, str) else called(part) if isinstance(part, Reference) else None
        if text is None:
            return None
        texts.append(text)
    return "".join(texts) if texts else None


def why(reasons: Iterable[Reason]) -> str:
    """The causes of not knowing, each once."""
    return "; ".join(dict.fromkeys(reason.detail for reason in reasons)) or "not all of it is known"


def of_truth(truth: Truth) -> str:
    return {Verdict.TRUE: "true", Verdict.FALSE: "false", Verdict.UNKNOWN: "not known"}[truth.verdict]


def cut(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _without_secrets(text: str) -> str:
    """The address of a receiver is told without its path: chat services put what lets one in there."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("http", "https") or text.startswith("http://acs.amazonaws.com/"):
        return text
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{'…' if path else ''}"

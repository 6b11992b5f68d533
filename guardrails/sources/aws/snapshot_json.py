"""Snapshots as JSON and back. docs/snapshot.md describes the form.

What is empty is left out. What is read back is checked in full: a saved snapshot may come from anywhere, and what is
not as described must not be judged as if it were.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from guardrails.sources.aws.snapshot import (
    DENIED,
    EXPIRED,
    FAILED,
    THROTTLED,
    AccountSnapshot,
    Collected,
    Refusal,
    Snapshot,
    Unlisted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_NESTED = 64
"""Levels of an answer. Those of AWS have less than twenty."""
_NUMBER = re.compile(r"[0-9]{12}")
_KINDS = (DENIED, THROTTLED, FAILED, EXPIRED)


class MalformedError(Exception):
    """Something in a snapshot that is not as it must be; the message says where."""


def text_of(account: AccountSnapshot) -> bytes:
    """An account as JSON in one line of ASCII."""
    return json.dumps(account_to_json(account), separators=(",", ":"), allow_nan=False).encode("ascii")


def account_of(text: bytes) -> AccountSnapshot:
    """What `text_of` made. Raises MalformedError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"no JSON: {error}") from None
    return account_from_json(found)


# --- to JSON ----------------------------------------------------------------------------------------------------------


def account_to_json(account: AccountSnapshot) -> dict[str, object]:
    return _without_empty(
        id=account.id,
        name=account.name,
        partition=account.partition,
        regions=list(account.regions),
        left_out=dict(account.left_out),
        unasked=list(account.unasked),
        types=sorted(account.types),
        organization_id=account.organization_id,
        management_account=account.management_account,
        organization_unknown=_refusal_or_none(account.organization_unknown),
        began=account.began,
        ended=account.ended,
        calls=dict(sorted(account.calls.items())),
        failed=_refusal_or_none(account.failed),
        unlisted=[_unlisted_to_json(one) for one in account.unlisted],
        missing=list(account.missing),
        resources=[_resource_to_json(one) for one in account.resources],
    )


def head_to_json(snapshot: Snapshot) -> dict[str, object]:
    """All of a snapshot but its accounts."""
    return _without_empty(taken=snapshot.taken, program=snapshot.program, policies=list(snapshot.policies))


def _resource_to_json(resource: Collected) -> dict[str, object]:
    found = _without_empty(
        type=resource.type, address=resource.address, region=resource.region, account=resource.account
    )
    found["answers"] = dict(resource.answers)
    if resource.refused:
        found["refused"] = {part: _refusal_to_json(refusal) for part, refusal in resource.refused.items()}
    return found


def _unlisted_to_json(unlisted: Unlisted) -> dict[str, object]:
    return _without_empty(
        types=list(unlisted.types),
        region=unlisted.region,
        about=unlisted.about,
        refusal=_refusal_to_json(unlisted.refusal),
    )


def _refusal_to_json(refusal: Refusal) -> dict[str, object]:
    return {name: getattr(refusal, name) for name in refusal._fields}


def _refusal_or_none(refusal: Refusal | None) -> dict[str, object] | None:
    return _refusal_to_json(refusal) if refusal is not None else None


def _without_empty(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value not in ("", None, [], {})}


# --- from JSON --------------------------------------------------------------------------------------------------------


def account_from_json(value: object, where: str = "the account") -> AccountSnapshot:
    """One account. Raises MalformedError; what it does not know is passed over (docs/snapshot.md)."""
    found = _Members(value, where)
    number = found.text("id")
    if not _NUMBER.fullmatch(number):
        _refuse(found.at("id"), f"`{number[:40]}` is no account id of twelve digits")
    return AccountSnapshot(
        id=number,
        name=found.text("name", ""),
        partition=found.text("partition", "aws"),
        regions=found.texts("regions"),
        left_out=found.text_by_name("left_out"),
        unasked=found.texts("unasked"),
        types=frozenset(found.texts("types")),
        resources=tuple(_resource(one, at) for one, at in found.each("resources")),
        unlisted=tuple(_unlisted(one, at) for one, at in found.each("unlisted")),
        missing=found.texts("missing"),
        organization_id=found.text("organization_id", ""),
        management_account=found.text("management_account", ""),
        organization_unknown=_optional_refusal(found, "organization_unknown"),
        began=found.text("began", ""),
        ended=found.text("ended", ""),
        calls=found.counts("calls"),
        failed=_optional_refusal(found, "failed"),
    )


def head_from_json(members: Mapping[str, object]) -> Snapshot:
    """All of a snapshot but its accounts. Raises MalformedError."""
    found = _Members(members, "")
    return Snapshot(
        accounts=(),
        taken=found.text("taken", ""),
        program=found.text("program", ""),
        policies=found.texts("policies"),
    )


def _resource(value: object, where: str) -> Collected:
    found = _Members(value, where)
    answers = found.mapping("answers")
    if not _is_flat_enough(answers):
        _refuse(found.at("answers"), f"nested more than {MOST_NESTED} levels deep")
    return Collected(
        type=found.name("type"),
        address=found.name("address"),
        region=found.text("region", ""),
        account=found.text("account", ""),
        answers=answers,
        refused={
            part: _refusal(one, f"{found.at('refused')}.{part}") for part, one in found.mapping("refused").items()
        },
    )


def _unlisted(value: object, where: str) -> Unlisted:
    found = _Members(value, where)
    return Unlisted(
        types=found.texts("types"),
        region=found.text("region", ""),
        refusal=_refusal(found.members.get("refusal"), found.at("refusal")),
        about=found.text("about", ""),
    )


def _refusal(value: object, where: str) -> Refusal:
    found = _Members(value, where)
    kind = found.text("kind")
    if kind not in _KINDS:
        _refuse(found.at("kind"), f"`{kind[:40]}` is none of {', '.join(_KINDS)}")
    return Refusal(
        operation=found.text("operation"),
        action=found.text("action"),
        kind=kind,
        code=found.text("code"),
        message=found.text("message"),
        region=found.text("region", ""),
    )


def _optional_refusal(found: _Members, name: str) -> Refusal | None:
    value = found.members.get(name)
    return _refusal(value, found.at(name)) if value is not None else None


def _is_flat_enough(value: object) -> bool:
    level: list[Any] = [value]
    for _ in range(MOST_NESTED):
        level = [
            child
            for item in level
            for child in (item.values() if type(item) is dict else item)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return True
    return False


def _refuse(where: str, what: str) -> NoReturn:
    raise MalformedError(f"{where}: {what}")


class _Members:
    """The members of a JSON object, each asked for with the type that it must have."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            _refuse(where, f"an object is expected here, not {_kind(value)}")
        self.members: dict[str, object] = value
        self._where = where

    def at(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def text(self, name: str, default: str | None = None) -> str:
        value = self.members.get(name, default)
        if not isinstance(value, str):
            self._wrong(name, "a text", value)
        return value

    def name(self, name: str) -> str:
        """A text that says which one is meant."""
        found = self.text(name)
        if not found:
            _refuse(self.at(name), "a text that is not empty is expected here")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        found: list[str] = []
        for value, at in self.each(name):
            if not isinstance(value, str):
                _refuse(at, f"a text is expected here, not {_kind(value)}")
            found.append(value)
        return tuple(found)

    def each(self, name: str) -> list[tuple[object, str]]:
        """The items of a list, each with its place; none where it is left out."""
        value = self.members.get(name, ())
        if not isinstance(value, list | tuple):
            self._wrong(name, "a list", value)
        return [(item, f"{self.at(name)}[{number}]") for number, item in enumerate(value)]

    def mapping(self, name: str) -> dict[str, object]:
        value = self.members.get(name)
        if value is None and name not in self.members:
            return {}
        if not isinstance(value, dict):
            self._wrong(name, "an object", value)
        return value

    def text_by_name(self, name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in self.mapping(name).items():
            if not isinstance(value, str):
                _refuse(f"{self.at(name)}.{key}", f"a text is expected here, not {_kind(value)}")
            found[key] = value
        return found

    def counts(self, name: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for key, value in self.mapping(name).items():
            if type(value) is not int or value < 0:
                _refuse(f"{self.at(name)}.{key}", f"a number of requests is expected here, not {_kind(value)}")
            found[key] = value
        return found

    def _wrong(self, name: str, expected: str, value: object) -> NoReturn:
        if name not in self.members:
            _refuse(self._where or "the snapshot", f"`{name}` is missing")
        _refuse(self.at(name), f"{expected} is expected here, not {_kind(value)}")


def _kind(value: object) -> str:
    """A JSON value in words."""
    if value is None:
        return "`null`"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, dict) else "such a number"

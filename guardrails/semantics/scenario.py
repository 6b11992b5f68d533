"""Scenarios: what must be noticed, as sets of partial CloudTrail records.

A call fixes only the fields that make it what it is; whatever else it holds, it must be noticed. Near misses look alike
and are everyday business: an alarm that fires on one of them is soon ignored.
"""

from __future__ import annotations

from guardrails.kernel.record import Record, changed
from guardrails.semantics.cloudtrail_fields import cloudtrail
from guardrails.semantics.fields import ABSENT, Field, Path, a_region, free, known, like, one_of
from guardrails.semantics.partial import PartialRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeAlias


LEADING_REGION = "us-east-1"
"""Where calls of global services are recorded."""
GLOBAL = frozenset(
    {"iam.amazonaws.com", "organizations.amazonaws.com", "cloudfront.amazonaws.com", "route53.amazonaws.com"}
)
"""Services whose calls are recorded there, wherever somebody is."""
_ANY_REGION = a_region().showing("us-east-1", "eu-west-1")
_REGION: Path = ("awsRegion",)

Fields: TypeAlias = "Mapping[str, object] | Mapping[str | Path, object]"
"""Fields of a record by path, dotted or in steps: a JSON value, or what may be there."""

ANYBODY = one_of("IAMUser", "AssumedRole", "Root", "FederatedUser", "AWSAccount")
"""The kinds of identity that a person or a program acts as."""


class Call(Record):
    """All records of one kind, with what to call them: `CreateUser`, `a sign-in of the root user`."""

    title: str
    record: PartialRecord

    @property
    def name(self) -> str:
        """Its `eventName`, if that is fixed; else empty."""
        return self.record.only_text("eventName") or ""

    @property
    def source(self) -> str:
        """Its `eventSource`, if that is fixed; else empty."""
        return self.record.only_text("eventSource") or ""


class Scenario(Record):
    """What must be noticed, and what looks alike and need not be. `noun` says what it is, in the plural."""

    name: str
    noun: str
    calls: tuple[Call, ...]
    near_misses: tuple[Call, ...] = ()

    def with_calls(self, *more: Call) -> Scenario:
        """The same with further calls."""
        return changed(self, calls=(*self.calls, *more)) if more else self

    def without(self, names: Iterable[str]) -> Scenario:
        """The same without the calls of these event names."""
        left_out = frozenset(names)
        return changed(self, calls=tuple(call for call in self.calls if call.name not in left_out))

    def within(self, regions: tuple[str, ...]) -> Scenario:
        """The same, for calls made in these Regions only; of all Regions where none is given. What is always recorded
        in one Region stays there."""
        if not regions:
            return self
        field = one_of(*regions)
        return changed(self, calls=tuple(_in_regions(call, field) for call in self.calls))


def _in_regions(call: Call, field: Field) -> Call:
    if call.record.select(_REGION).is_settled:
        return call
    return Call(call.title, call.record.having(_REGION, field))


def management_call(
    name: str | Field,
    source: str | Field,
    *fields: Fields,
    title: str = "",
    reads: bool | None = False,
) -> Call:
    """A call of the API that succeeds, by anybody, in the Region where the service records it, unless `fields` say
    otherwise; the last that says something of a field counts.

    `reads` is None for calls that may be either.
    """
    everywhere = source not in GLOBAL
    usual: dict[str | Path, object] = {
        "eventName": name,
        "eventSource": source,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": reads if reads is not None else one_of(True, False),
        "awsRegion": _ANY_REGION if everywhere else LEADING_REGION,
        "userIdentity.type": ANYBODY,
        "errorCode": ABSENT,
        "errorMessage": ABSENT,
    }
    return Call(title or str(name), _record(usual, fields))


def management_calls(source: str, names: str, *, reads: bool = False) -> tuple[Call, ...]:
    """Successful calls of one service, by anybody; names with blanks between them."""
    first, *rest = names.split()
    like = management_call(first, source, reads=reads)
    return (like, *(Call(name, like.record.with_own("eventName", known(name))) for name in rest))


def sign_in(title: str, *fields: Fields) -> Call:
    """A sign-in to the console, wherever its Region does not follow from who it is."""
    usual: dict[str | Path, object] = {
        "eventName": "ConsoleLogin",
        "eventSource": "signin.amazonaws.com",
        "eventType": "AwsConsoleSignIn",
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": False,
        "awsRegion": _ANY_REGION,
        "requestParameters": None,
        "errorCode": ABSENT,
        "userIdentity.invokedBy": ABSENT,
    }
    return Call(title, _record(usual, fields))


def _record(usual: dict[str | Path, object], further: tuple[Fields, ...]) -> PartialRecord:
    for fields in further:
        usual.update(fields)
    return cloudtrail(usual)


# --- scenarios of one's own -------------------------------------------------------------------------------------------


def own_scenario(text: str) -> Scenario:
    """A scenario as a configuration gives it: JSON with its `name`, the fields to `match`, those that must be `absent`,
    and whole `records`. A ValueError where it is none."""
    import json

    said = json.loads(text)
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        raise TypeError("a scenario is an object with a name")
    name, match, absent = said["name"], said.get("match") or {}, said.get("absent") or ()
    calls = [
        Call(str(record.get("eventName", name)), PartialRecord.from_json(record)) for record in said.get("records", ())
    ]
    if match:
        calls.append(_matching(name, match, absent))
    return Scenario(name, f"calls of the scenario `{name}`", tuple(calls))


def _matching(name: str, match: Mapping[str, object], absent: Iterable[str]) -> Call:
    fields: dict[str | Path, object] = {path: _said(value) for path, value in match.items()}
    fields.update((path, ABSENT) for path in absent)
    category = match.get("eventCategory", "Management")
    management = one_of(True, False) if isinstance(category, list) else category == "Management"
    given: dict[str | Path, object] = {"eventCategory": category, "managementEvent": management, **fields}
    for path in ("errorCode", "errorMessage", "userIdentity.type"):  # calls that fail count too, whoever makes them
        given.setdefault(path, free("AccessDenied" if path == "errorCode" else "IAMUser").or_absent())
    event, source = given.pop("eventName", free("Example")), given.pop("eventSource", free("example.amazonaws.com"))
    return management_call(_field(event), _field(source), given, title=_title(name, match), reads=None)


def _title(name: str, match: Mapping[str, object]) -> str:
    event = match.get("eventName")
    return event if isinstance(event, str) and event.isalnum() else f"calls of `{name}`"


def _field(value: object) -> Field:
    return value if isinstance(value, Field) else known(value)


def _said(value: object) -> object:
    """A value from a configuration: a text with asterisks stands for all that fit, a list for one of its members."""
    if isinstance(value, str) and "*" in value:
        return like(value)
    if not isinstance(value, list):
        return value
    fitting = [item for item in value if isinstance(item, str) and "*" in item]
    if fitting and len(value) > 1:
        raise ValueError("a text with asterisks cannot be one of several")
    return like(*fitting) if fitting else one_of(*value)

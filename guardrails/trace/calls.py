"""What somebody asks about, as partial CloudTrail records: a call by its name, narrowed field by field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails.errors import UsageError
from guardrails.kernel.record import Record
from guardrails.plugins import did_you_mean
from guardrails.semantics.fields import ABSENT, AN_ARRAY, known, one_of
from guardrails.semantics.partial import PartialRecord
from guardrails.semantics.scenario import ANYBODY, Call, management_call, sign_in
from guardrails.trace.event_names import DATA_EVENTS, READS, SIGN_INS, WRITES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

from guardrails.semantics.scenario import Scenario

_OURS = ".amazonaws.com"


_SIGN_IN: Mapping[str, tuple[tuple[str, Mapping[str, object]], ...]] = {
    "ConsoleLogin": (
        ("ConsoleLogin that succeeds", {"responseElements.ConsoleLogin": "Success", "errorMessage": ABSENT}),
        (
            "ConsoleLogin that fails",
            {"responseElements.ConsoleLogin": "Failure", "errorMessage": "Failed authentication"},
        ),
    ),
    "SwitchRole": (("SwitchRole", {"responseElements.SwitchRole": "Success", "errorMessage": ABSENT}),),
}
"""What is known of sign-ins beside what is known of any: CloudTrail User Guide, "AWS Management Console sign-in
events"."""
_MFA = {"additionalEventData.MFAUsed": one_of("Yes", "No").or_absent()}


class Given(Record):
    """`--set userIdentity.type=Root`: a field by its dotted path, and what it is to be."""

    path: str
    value: object


def given(text: str) -> Given:
    """A value that is JSON is meant as such (`true`, `null`, `"true"`), any other as text."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not all(path.split(".")):
        raise UsageError(f"--set: `{text}` sets no field: write FIELD=VALUE, for example userIdentity.type=Root")
    try:
        return Given(path.strip(), json.loads(value))
    except (ValueError, RecursionError):
        return Given(path.strip(), value)


def of_event(name: str, source: str, scenarios: Iterable[Scenario]) -> tuple[Call, ...]:
    """All successful calls of this name, by anybody; its source is looked up where it is not given. Sign-ins that fail
    are calls of their own. A UsageError if nobody knows such a call, or several services have one."""
    sources = sources_of(name, scenarios)
    if not source:
        if not sources:
            raise UsageError(_unknown(name, scenarios))
        if len(sources) > 1:
            several = " or ".join(f"--source {one}" for one in sources)
            raise UsageError(f"several services have a call `{name}`: say which with {several}")
        source = sources[0]
    source = _spelled_out(source)
    if name in SIGN_INS.get(source, ()):
        identity = {"eventName": name, "userIdentity.type": ANYBODY}
        return tuple(sign_in(title, identity, _MFA, fields) for title, fields in _SIGN_IN[name])
    return (_call(name, source),)


def _spelled_out(source: str) -> str:
    """`iam` is short for `iam.amazonaws.com`."""
    return source if "." in source else f"{source}{_OURS}"


def _call(name: str, source: str) -> Call:
    if name in DATA_EVENTS.get(source, ()):
        return management_call(
            name,
            source,
            {"eventCategory": "Data", "managementEvent": False, "resources": AN_ARRAY},
            reads=name in READS.get(source, ()),
        )
    if name in READS.get(source, ()):
        return management_call(name, source, reads=True)
    return management_call(name, source, reads=False if name in WRITES.get(source, ()) else None)


def sources_of(name: str, scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """The services that are known to have a call of this name."""
    found = {source for source, one in _all_names(scenarios) if one == name}
    return tuple(sorted(found))


def _all_names(scenarios: Iterable[Scenario]) -> Iterator[tuple[str, str]]:
    for table in (SIGN_INS, DATA_EVENTS, READS, WRITES):
        for source, names in table.items():
            yield from ((source, name) for name in names)
    for scenario in scenarios:
        for call in scenario.calls:
            if call.name and call.source:
                yield call.source, call.name


def _unknown(name: str, scenarios: Iterable[Scenario]) -> str:
    names = sorted({known_name for _, known_name in _all_names(scenarios)})
    hint = did_you_mean(name, names)
    end = f"{hint} Any" if hint else "; any"
    return f"no service is known here that has a call `{name}`{end} other is traced with --source"


def narrowed(call: Call, settings: Sequence[Given]) -> Call:
    """The same calls with some fields fixed."""
    record = call.record
    said: list[str] = []
    for one in settings:
        path = tuple(one.path.split("."))
        try:
            record = record.having(path, known(one.value))
        except (AssertionError, TypeError, ValueError) as error:
            raise UsageError(f"--set: `{one.path}` cannot be set: {error}") from error
        said.append(f"`{one.path}` = `{_written(one.value)}`")
    return Call(f"{call.title} with {', '.join(said)}" if said else call.title, record)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def of_record(record: dict[str, Any]) -> Call:
    """One complete record."""
    name, source = record.get("eventName"), record.get("eventSource")
    title = name if isinstance(name, str) else "a record without `eventName`"
    identity = record.get("userIdentity")
    kind = identity.get("type") if isinstance(identity, dict) else None
    by = f" by {kind}" if isinstance(kind, str) else ""
    error = f", {record['errorCode']}" if isinstance(record.get("errorCode"), str) else ""
    of = f" ({source})" if isinstance(source, str) else ""
    return Call(f"{title}{of}{by}{error}", PartialRecord.from_json(record))

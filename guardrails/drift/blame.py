"""Who did it: for each difference the calls that can have made it, out of CloudTrail's records.

A call counts if it is one that changes what differs, if its record names the resource, and if it was not refused. What
no record tells of is not attributed to anybody (`unrecorded`).
"""

from __future__ import annotations

from guardrails.drift.changing_calls import ALL, by_event, by_model
from guardrails.drift.comparing import ABSENT
from guardrails.drift.naming import WITHOUT_NAMES, at, concerns, found_at, given, in_place, keys_of, names_in, text_of
from guardrails.drift.records import Blame, Kind
from guardrails.kernel.record import Record, changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from guardrails.drift.changing_calls import ChangingCall
    from guardrails.drift.records import Difference, Drift

    CloudTrailRecord = Mapping[str, Any]

_OPPOSITES = {"true": "false", "false": "true", "ENABLED": "DISABLED", "DISABLED": "ENABLED"}
_ONLY_ONCE = frozenset(("EncryptionKey", "EventDataStore", "OrganizationPolicy", "PermissionSet", "Subscription"))
"""Kinds of which no other is ever called the same, since AWS makes up what calls name them by."""
_ENDING = ".amazonaws.com"


def blamed(drifts: Iterable[Drift], records: Iterable[CloudTrailRecord]) -> tuple[Drift, ...]:
    """The drifts with the calls that can have made them, the newest first. The records are gone through once, and may
    come in any order and more than once. A verdict has those of the changes that explain it.
    """
    suspects = _Suspects(drifts)
    seen: set[str] = set()
    for record in records:
        calls = suspects.calls_of(record)
        if not calls or record.get("errorCode") or record.get("errorMessage"):
            continue  # what was refused changed nothing
        known = record.get("eventID")
        if isinstance(known, str) and known:
            if known in seen:
                continue
            seen.add(known)
        suspects.hear(calls, record)
    return suspects.told()


def unrecorded(drift: Drift) -> tuple[str, ...]:
    """Of what was done, that which nothing in the records that were given tells of: attributes, or what happened to the
    resource as a whole."""
    if drift.kind is Kind.VERDICT:
        return ()
    if drift.kind is Kind.CHANGED:
        told = {field for blame in drift.by for field in blame.fields}
        return tuple(dict.fromkeys(one.attribute for one in drift.differences if one.field not in told))
    if drift.by:
        return ()
    return ("that it was deleted",) if drift.kind is Kind.MISSING else ("that it was made",)


def events_of(drift: Drift) -> tuple[tuple[str, str], ...]:
    """The calls that can have made a drift: source, such as `cloudtrail.amazonaws.com`, and event."""
    if drift.called is None:
        return ()
    found = {
        (call.source + _ENDING, call.event): None
        for call in by_model().get(drift.called.model, ())
        if _may_make(call, drift)
    }
    return tuple(found)


def _may_make(call: ChangingCall, drift: Drift) -> bool:
    if drift.kind is Kind.MISSING:
        return call.ends
    if drift.kind is Kind.UNMANAGED:
        return call.makes
    return drift.kind is Kind.CHANGED and any(_touches(call, one) for one in drift.differences)


def _touches(call: ChangingCall, difference: Difference) -> bool:
    """Whether a call of this kind can make a difference, whatever its parameters."""
    if call.leaves and difference.live == _OPPOSITES[call.leaves]:
        return False
    return any(rule == ALL or rule.partition("<")[0] == _field(difference) for rule in call.fields)


def _field(difference: Difference) -> str:
    return difference.field.partition(".")[0].partition("[")[0]


class _Heard(Record):
    """A call that is about a drift."""

    moment: str
    number: int
    call: ChangingCall
    record: CloudTrailRecord
    fields: tuple[str, ...]


class _Suspects:
    """Drifts, and the calls that were heard of for each."""

    def __init__(self, drifts: Iterable[Drift]) -> None:
        self._drifts = tuple(drifts)
        self._heard: dict[int, list[_Heard]] = {}
        self._by_model: dict[str, list[int]] = {}
        self._by_name: dict[tuple[str, str], list[int]] = {}
        for place, drift in enumerate(self._drifts):
            called = drift.called
            if called is None:
                continue
            self._by_model.setdefault(called.model, []).append(place)
            for key in {key for name in called.names for key in keys_of(name)}:
                self._by_name.setdefault((called.model, key), []).append(place)
        self._wanted = {
            (source.removesuffix(_ENDING), event)
            for drift in self._drifts
            for source, event in (*events_of(drift), *_remaking(drift))
        }
        self._numbers = 0

    def calls_of(self, record: CloudTrailRecord) -> Sequence[ChangingCall]:
        """What a record can be about, of that which is asked for."""
        source, event = record.get("eventSource"), record.get("eventName")
        if not isinstance(source, str) or not isinstance(event, str):
            return ()
        key = (source.partition(".")[0], event)
        return by_event()[key] if key in self._wanted else ()

    def hear(self, calls: Iterable[ChangingCall], record: CloudTrailRecord) -> None:
        self._numbers += 1
        moment = record.get("eventTime")
        for call in calls:
            if call.only and not given(record, call.only):
                continue
            for place in self._meant(call, record):
                drift = self._drifts[place]
                assert drift.called is not None
                if not (in_place(call, record, drift) and concerns(call, record, drift.called)):
                    continue
                fields = _fields(call, record, drift)
                if fields or call.makes or call.ends:
                    heard = _Heard(moment if isinstance(moment, str) else "", self._numbers, call, record, fields)
                    self._heard.setdefault(place, []).append(heard)

    def _meant(self, call: ChangingCall, record: CloudTrailRecord) -> Iterable[int]:
        """The drifts that a call may be about: few of many, where it says a name."""
        named = {key for text in names_in(call, record) for key in keys_of(text)}
        if not named or call.one_a_place or call.model in WITHOUT_NAMES:
            return self._by_model.get(call.model, ())
        return sorted({place for key in named for place in self._by_name.get((call.model, key), ())})

    def told(self) -> tuple[Drift, ...]:
        found: list[Drift] = []
        for place, drift in enumerate(self._drifts):
            blames = tuple(_blames(drift, self._heard.get(place, ())))
            found.append(changed(drift, by=blames) if blames else drift)
        gone = [one for one in found if one.kind is Kind.MISSING and one.by]
        found = [_with_what_is_gone(one, gone) if one.kind is Kind.CHANGED else one for one in found]
        return tuple(_of_changes(one, found) if one.kind is Kind.VERDICT else one for one in found)


def _remaking(drift: Drift) -> Iterator[tuple[str, str]]:
    """Calls by which a resource was made anew, or taken away again."""
    for call in by_model().get(drift.called.model, ()) if drift.called is not None else ():
        if call.makes or call.ends:
            yield call.source + _ENDING, call.event


def _fields(call: ChangingCall, record: CloudTrailRecord, drift: Drift) -> tuple[str, ...]:
    """Those that differ and that this call can have changed."""
    found: dict[str, None] = {}
    for one in drift.differences if drift.kind is Kind.CHANGED else ():
        if call.leaves and one.live == _OPPOSITES[call.leaves]:
            continue
        for rule in call.fields:
            field, _, needed = rule.partition("<")
            if field in (ALL, _field(one)) and (not needed or (given(record, needed) and _left(record, needed, one))):
                found[one.field] = None
    return tuple(found)


def _left(record: CloudTrailRecord, path: str, difference: Difference) -> bool:
    """Whether a parameter can have led to what is there: a truth value or a number says what was there afterwards."""
    values = list(found_at(record.get("requestParameters"), path.partition("=")[0].split(".")))
    for value in values:
        if isinstance(value, bool):
            return difference.live != _OPPOSITES[text_of(value)]
        if isinstance(value, int):
            return not difference.live.isdigit() or int(difference.live) == value
    return True


# --- what is told -----------------------------------------------------------------------------------------------------


def _blames(drift: Drift, heard: Iterable[_Heard]) -> Iterator[Blame]:
    """The newest first. What was done to one of the same name that was deleted before does not count."""
    found: list[Blame] = []
    once = drift.called is not None and drift.called.model in _ONLY_ONCE
    made_anew = False
    for one in sorted(heard, key=lambda one: (one.moment, one.number)):
        call, fields = one.call, one.fields
        if drift.kind is Kind.MISSING:
            if call.ends:
                found.append(_blame(one.record, ()))
            elif not once:
                found.clear()
        elif call.ends and not fields:
            if not once:
                found.clear()
                made_anew = True
        elif drift.kind is Kind.UNMANAGED:
            found.append(_blame(one.record, ()))
        elif fields:
            found.append(_blame(one.record, fields))
        elif made_anew:
            # Whatever differs may come from there: before, there was another of the same name.
            found.append(_blame(one.record, tuple(dict.fromkeys(each.field for each in drift.differences))))
    yield from dict.fromkeys(reversed(found))


_LINKS = {"bucket": "Bucket", "key": "EncryptionKey", "log_group": "LogGroup", "role": "Role", "topic": "Topic"}
"""Field that leads to another resource → of which kind."""


def _with_what_is_gone(drift: Drift, gone: Iterable[Drift]) -> Drift:
    """A change with the calls that deleted what it led to: nobody touched where the broken link starts."""
    told = {field for blame in drift.by for field in blame.fields}
    blames = list(drift.by)
    for one in drift.differences:
        model = _LINKS.get(one.field.rpartition(".")[2])
        if one.live != ABSENT or one.field in told or model is None:
            continue
        for other in gone:
            called = other.called
            if called is not None and called.model == model and one.declared in (other.declared, *called.names):
                blames += (changed(blame, fields=(one.field,)) for blame in other.by)
    if len(blames) == len(drift.by):
        return drift
    blames.sort(key=lambda one: one.time, reverse=True)
    return changed(drift, by=tuple(blames))


def _blame(record: CloudTrailRecord, fields: tuple[str, ...]) -> Blame:
    return Blame(
        event=_printable(record.get("eventName")),
        time=_printable(record.get("eventTime")),
        principal=principal_of(record),
        source=_printable(record.get("sourceIPAddress")),
        id=_printable(record.get("eventID")),
        fields=fields,
    )


def principal_of(record: CloudTrailRecord) -> str:
    """Who made a call: the ARN of a user or of a role's session, else what the record says instead."""
    identity = record.get("userIdentity")
    if not isinstance(identity, dict):
        return "nobody that the record names"
    by_service = _printable(identity.get("invokedBy"))
    named = (identity.get(name) for name in ("arn", "userName", "principalId"))
    who = next((text for one in named if (text := _printable(one))), "")
    account = _printable(identity.get("accountId"))
    if not who and account:
        who = f"account {account}" if not by_service else ""
    behind = _printable(at(identity, ("sessionContext", "sourceIdentity")))
    if who and behind:
        who = f"{who} ({behind})"
    if who and by_service:
        return f"{who} through {by_service}"
    return who or by_service or "nobody that the record names"


def _printable(content: object) -> str:
    """A text of a record without what could steer a terminal."""
    if not isinstance(content, str):
        return ""
    return content if content.isprintable() else "".join(one if one.isprintable() else "?" for one in content)


def _of_changes(verdict: Drift, found: Iterable[Drift]) -> Drift:
    """A verdict with the calls behind the changes that explain it."""
    blames: list[Blame] = []
    because = set(verdict.because)
    for change in found:
        if change.kind is Kind.VERDICT or not change.by:
            continue
        itself = bool(change.live) and change.live == verdict.live
        if change.kind is Kind.CHANGED:
            said = {one.field for one in change.differences if _said(one, change, itself=itself) in because}
            blames += [blame for blame in change.by if said.intersection(blame.fields)]
        elif f"{change.declared} is not there" in because:
            blames += change.by
    blames.sort(key=lambda one: one.time, reverse=True)
    return changed(verdict, by=tuple(dict.fromkeys(blames))) if blames else verdict


def _said(difference: Difference, change: Drift, *, itself: bool) -> str:
    """As `because` names a difference."""
    return difference.attribute if itself else f"{difference.attribute} of {change.declared}"

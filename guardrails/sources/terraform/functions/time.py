"""Functions on timestamps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.kernel.why import Why
from guardrails.sources.terraform.typesystem import NUMBER, STRING
from guardrails.sources.terraform.values import EvalError, unknown

from .signature import Room, limit

if TYPE_CHECKING:
    from datetime import datetime

room = Room()

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_BILLION = 1_000_000_000


def _parsed(text: str) -> tuple[datetime, int]:
    """The time to the second, in its own zone, and the nanoseconds on top."""
    import datetime as dt

    match = _RFC3339.fullmatch(text)
    if match is None:
        raise EvalError("not a valid RFC3339 timestamp")
    zone = match[8]
    offset = 0 if zone == "Z" else (int(zone[1:3]) * 60 + int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
    if zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:6]) > 60):
        raise EvalError("not a valid RFC3339 timestamp")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.timezone(dt.timedelta(minutes=offset)))
    except ValueError:
        raise EvalError("not a valid RFC3339 timestamp") from None
    return moment, int((match[7] or "0")[:9].ljust(9, "0"))


def _offset(moment: datetime) -> int:
    """Minutes east of Greenwich."""
    delta = moment.utcoffset()
    assert delta is not None  # every parsed time has a zone
    return int(delta.total_seconds()) // 60


def _zone(moment: datetime, *, colon: bool) -> str:
    minutes = _offset(moment)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{':' if colon else ''}{minutes % 60:02d}"


def _written(moment: datetime) -> str:
    zone = _zone(moment, colon=True) if _offset(moment) else "Z"
    return f"{moment:%Y}".rjust(4, "0") + f"-{moment:%m-%dT%H:%M:%S}{zone}"


@room.function("timestamp", gives=STRING)
def timestamp() -> object:
    return unknown(Why.AFTER_APPLY, "`timestamp` differs at every run")


@room.function("plantimestamp", gives=STRING)
def plantimestamp() -> object:
    return unknown(Why.AFTER_APPLY, "`plantimestamp` differs at every run")


@room.function("timecmp", "string", "string", gives=NUMBER)
def timecmp(a: str, b: str) -> int:
    first, second = _parsed(a), _parsed(b)
    return (first > second) - (first < second)


_DURATION = re.compile(r"(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": _BILLION,
    "m": 60 * _BILLION,
    "h": 3600 * _BILLION,
}


def _duration(text: str) -> int:
    """Nanoseconds of a duration such as `1h30m`, `-1.5s` or `0`."""
    sign, rest = (-1 if text[:1] == "-" else 1), (text[1:] if text[:1] in {"+", "-"} else text)
    if rest == "0":
        return 0
    total = position = 0
    while position < len(rest):
        match = _DURATION.match(rest, position)
        if match is None or not (match[1] or match[2]):
            raise EvalError("invalid duration")
        unit = _UNITS[match[3]]
        total += int(match[1] or 0) * unit
        if match[2]:
            total += int(match[2][:18]) * unit // 10 ** len(match[2][:18])
        if total > 1 << 63 or len(match[1]) > 20:
            raise EvalError("invalid duration")
        position = match.end()
    if not rest or (total == 1 << 63 and sign > 0):
        raise EvalError("invalid duration")
    return sign * total


@room.function("timeadd", "string", "string", gives=STRING)
def timeadd(start: str, duration: str) -> object:
    import datetime as dt

    moment, nanoseconds = _parsed(start)
    seconds = (_duration(duration) + nanoseconds) // _BILLION
    try:
        return _written(moment + dt.timedelta(seconds=seconds))
    except OverflowError:
        return limit("the time is outside the years 1 to 9999")


@room.function("formatdate", "string", "string", gives=STRING)
def formatdate(template: str, time: str) -> str:
    moment, _ = _parsed(time)
    return "".join(_formatted(token, moment) for token in _tokens(template))


_TOKEN = re.compile(r"''|'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+")


def _tokens(template: str) -> list[str]:
    return [match[0] for match in _TOKEN.finditer(template)]


def _formatted(token: str, moment: datetime) -> str:
    if token[0] == "'":
        if token == "''":
            return "'"
        if len(token) == 1 or token[-1] != "'" or (len(token) - len(token.rstrip("'"))) % 2 == 0:
            raise EvalError("unterminated literal '")
        return token[1:-1].replace("''", "'")
    if not (token[0].isascii() and token[0].isalpha()):
        return token
    forms = _forms(token[0], moment)
    if len(token) not in forms:
        raise EvalError(f"invalid date format verb `{token[:20]}`")
    return forms[len(token)]


def _forms(verb: str, moment: datetime) -> dict[int, str]:
    """What a letter stands for, by how often it is written."""
    if verb == "Y":
        return {2: f"{moment.year % 100:02d}", 4: f"{moment.year:04d}"}
    if verb == "M":
        name = _MONTHS[moment.month - 1]
        return {**_plain(moment.month), 3: name[:3], 4: name}
    if verb == "E":
        name = _DAYS[moment.weekday()]
        return {3: name[:3], 4: name}
    if verb in "Aa":
        half = "AM" if moment.hour < 12 else "PM"
        return {2: half if verb == "A" else half.lower()}
    if verb == "Z":
        compact = _zone(moment, colon=False)
        return {
            1: _zone(moment, colon=True) if _offset(moment) else "Z",
            3: "UTC" if compact == "+0000" else compact,
            4: compact,
            5: _zone(moment, colon=True),
        }
    numbers = {
        "D": moment.day,
        "h": moment.hour,
        "H": moment.hour % 12 or 12,
        "m": moment.minute,
        "s": moment.second,
    }
    return _plain(numbers[verb]) if verb in numbers else {}


def _plain(number: int) -> dict[int, str]:
    return {1: str(number), 2: f"{number:02d}"}

"""Functions on timestamps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from guardrails.kernel.why import Why
from guardrails.sources.terraform.typesystem import NUMBER, STRING
from guardrails.sources.terraform.values import EvalError, unknown

from .signature import GiveUp, Room, limit

if TYPE_CHECKING:
    from datetime import datetime

room = Room()

_STRICT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)
_LOOSE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])([01]\d|2[0-4]):([0-5]\d|60))", re.ASCII
)
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


class _Time(NamedTuple):
    """The clock to the second, in its zone; the zone as minutes east of Greenwich; the nanoseconds on top."""

    clock: datetime
    offset: int
    nanoseconds: int

    def zone(self, *, colon: bool) -> str:
        sign, minutes = ("-", -self.offset) if self.offset < 0 else ("+", self.offset)
        return f"{sign}{minutes // 60:02d}{':' if colon else ''}{minutes % 60:02d}"

    def plain_zone(self) -> str:
        return self.zone(colon=True) if self.offset else "Z"


def _parsed(text: str, form: re.Pattern[str] = _STRICT) -> _Time:
    import datetime as dt

    match = form.fullmatch(text)
    if match is None:
        raise EvalError("not a valid RFC3339 timestamp")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if year == 0:
        raise GiveUp(limit("the year 0 is not computed with"))
    try:
        clock = dt.datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise EvalError("not a valid RFC3339 timestamp") from None
    sign, hours, minutes = match.groups()[7:]
    offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1) if sign else 0
    return _Time(clock, offset, int((match[7] or "0")[:9].ljust(9, "0")))


@room.function("timestamp", gives=STRING)
def timestamp() -> object:
    return unknown(Why.AFTER_APPLY, "`timestamp` differs at every run")


@room.function("plantimestamp", gives=STRING)
def plantimestamp() -> object:
    return unknown(Why.AFTER_APPLY, "`plantimestamp` differs at every run")


@room.function("timecmp", "string", "string", gives=NUMBER)
def timecmp(a: str, b: str) -> int:
    first, second = _instant(_parsed(a, _LOOSE)), _instant(_parsed(b, _LOOSE))
    return (first > second) - (first < second)


def _instant(time: _Time) -> tuple[int, int]:
    """Seconds of the calendar in Greenwich, and nanoseconds."""
    clock = time.clock
    seconds = clock.toordinal() * 86400 + clock.hour * 3600 + clock.minute * 60 + clock.second
    return seconds - time.offset * 60, time.nanoseconds


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

    time = _parsed(start)
    seconds = (_duration(duration) + time.nanoseconds) // _BILLION
    try:
        clock = time.clock + dt.timedelta(seconds=seconds)
    except OverflowError:
        return limit("the time is outside the years 1 to 9999")
    return f"{clock.year:04d}-{clock:%m-%dT%H:%M:%S}{time.plain_zone()}"


@room.function("formatdate", "string", "string", gives=STRING)
def formatdate(template: str, time: str) -> str:
    moment = _parsed(time)
    return "".join(_formatted(token, moment) for token in _tokens(template))


_TOKEN = re.compile(r"''|'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+")


def _tokens(template: str) -> list[str]:
    return [match[0] for match in _TOKEN.finditer(template)]


def _formatted(token: str, moment: _Time) -> str:
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


def _forms(verb: str, moment: _Time) -> dict[int, str]:
    """What a letter stands for, by how often it is written."""
    clock = moment.clock
    if verb == "Y":
        return {2: f"{clock.year % 100:02d}", 4: f"{clock.year:04d}"}
    if verb == "M":
        name = _MONTHS[clock.month - 1]
        return {**_plain(clock.month), 3: name[:3], 4: name}
    if verb == "E":
        name = _DAYS[clock.weekday()]
        return {3: name[:3], 4: name}
    if verb in "Aa":
        half = "AM" if clock.hour < 12 else "PM"
        return {2: half if verb == "A" else half.lower()}
    if verb == "Z":
        compact = moment.zone(colon=False)
        return {
            1: moment.plain_zone(),
            3: "UTC" if compact == "+0000" else compact,
            4: compact,
            5: moment.zone(colon=True),
        }
    numbers = {
        "D": clock.day,
        "h": clock.hour,
        "H": clock.hour % 12 or 12,
        "m": clock.minute,
        "s": clock.second,
    }
    return _plain(numbers[verb]) if verb in numbers else {}


def _plain(number: int) -> dict[int, str]:
    return {1: str(number), 2: f"{number:02d}"}

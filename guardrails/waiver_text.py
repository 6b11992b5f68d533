"""The text of a waiver: `allow trail-without-customer-key -- the key is managed elsewhere, until 2027-01-31`."""

from __future__ import annotations

import re
import time

from guardrails.kernel.record import Record

FORM = "guardrails: allow POLICY -- REASON, until 2027-01-31"

_KEY = re.compile(r'\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\]')
_DASHES = re.compile(r" (?:--+|\u2013|\u2014) ?")
"""Two hyphens, or what an editor makes of them."""
_UNTIL = re.compile(r"(?:^|[ ,;])until:? (\S+?)\.?$", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Asked(Record):
    """What the text of a waiver asks for. `faults` are what is wrong with its form, whatever the policies."""

    names: tuple[str, ...] = ()
    """Of policies, as written."""
    keys: tuple[str, ...] = ()
    """Instance keys in brackets, `["prod"]`; none for all instances."""
    reason: str = ""
    until: str = ""
    """As written; a date if there is no fault that says otherwise."""
    faults: tuple[str, ...] = ()


def today() -> str:
    """The date in UTC, so that a waiver ends for everybody at the same moment."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def is_day(text: str) -> bool:
    """Whether this is a date as 2027-01-31."""
    import datetime

    if not _DAY.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def read(text: str) -> Asked:
    """What stands behind `guardrails:`."""
    word, _, rest = " ".join(text.split()).partition(" ")
    if word != "allow":
        return Asked(faults=(f"`{word}` is not a word for a waiver: write `{FORM}`",))
    faults: list[str] = []
    head, dashes, reason = _split(f" {rest}")
    ending = _UNTIL.search(reason if dashes else head)
    if ending is not None and dashes:
        reason = reason[: ending.start()]
    elif ending is not None:
        head = head[: ending.start()]
    until = ending[1] if ending is not None else ""
    named, _, where = head.partition(" for [")
    where = f"[{where}" if where else ""
    names = tuple(dict.fromkeys(named.replace(",", " ").split()))
    if not names:
        faults.append(f"it names no policy: write `{FORM}`")
    if _KEY.sub("", where).strip(" ,"):
        faults.append(f'behind `for` it must name instances as `["prod"]` or `[0]`, not `{where}`')
    if until and not is_day(until):
        faults.append(f"`{until}` is no date: write it as 2027-01-31")
    keys = tuple(found[0] for found in _KEY.finditer(where))
    return Asked(names, keys, reason.strip(" ,;"), until, tuple(faults))


def _split(text: str) -> tuple[str, str, str]:
    """What stands before the dashes, the dashes, and what stands behind them."""
    dashes = _DASHES.search(text)
    return (text, "", "") if dashes is None else (text[: dashes.start()], dashes[0], text[dashes.end() :])

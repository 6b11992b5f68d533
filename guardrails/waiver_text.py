"""The text of a waiver: `allow trail-without-customer-key -- the key is managed elsewhere, until 2027-01-31`."""

from __future__ import annotations

import re
import time

from guardrails.kernel.record import Record

FORM = "guardrails: allow POLICY -- REASON, until 2027-01-31"

_NAMES = re.compile(r"(?P<names>.*?)(?:\s+for\s+(?P<keys>\[.*))?", re.DOTALL)
_KEY = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
_DASHES = re.compile(r"\s+(?:--|\u2013|\u2014)(?:\s+|$)")
"""Two hyphens, or what an editor makes of them."""
_UNTIL = re.compile(r"(?:^|[\s,;])until:?\s+(\S+?)\.?\s*$", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


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
    word, _, rest = text.strip().partition(" ")
    if word != "allow":
        return Asked(faults=(f"`{word}` is not a word for a waiver: write `{FORM}`",))
    faults: list[str] = []
    parts = _DASHES.split(f" {rest}", maxsplit=1)
    found = _NAMES.fullmatch(parts[0].strip())
    assert found is not None  # It matches anything.
    names = tuple(dict.fromkeys(re.split(r"[\s,]+", found["names"].strip(", \t")))) if found["names"] else ()
    keys = tuple(key[0] for key in _KEY.finditer(found["keys"] or ""))
    if found["keys"] and _KEY.sub("", found["keys"]).strip(", \t"):
        faults.append(f'behind `for` it must name instances as `["prod"]` or `[0]`, not `{found["keys"].strip()}`')
    if not names:
        faults.append(f"it names no policy: write `{FORM}`")
    if len(parts) == 1:
        return Asked(names, keys, faults=tuple(faults))
    ending = _UNTIL.search(parts[1])
    reason = parts[1][: ending.start()] if ending is not None else parts[1]
    until = ending[1] if ending is not None else ""
    if until and not is_day(until):
        faults.append(f"`{until}` is no date: write it as 2027-01-31")
    return Asked(names, keys, reason.strip(" \t,;"), until, tuple(faults))

"""What somebody did lately: different calls of a kind that one caller made within some hours."""

from __future__ import annotations

from fnmatch import fnmatchcase

from guardrails.kernel.truth import Fact, Truth, Verdict, false, true, unknown
from guardrails.semantics.freshness import within
from guardrails.semantics.scenario import GLOBAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.why import Reason
    from guardrails.model.account import Account
    from guardrails.model.monitoring import CallLookup, RecordedCall

MOST_TOLD = 8
"""Calls of one caller that are named."""


def nobody_made(
    account: Account, calls: Iterable[str], at_least: int, *, hours: int, aside: Sequence[str] = ()
) -> Truth:
    """Whether nobody made so many different calls of these (`iam:CreateUser`) within some hours before the account was
    read. Callers whose ARN one of the patterns in `aside` matches do not count, nor does what services of AWS call.
    """
    sources = dict(_parts(calls))
    by_caller: dict[str, dict[str, Origin]] = {}
    gaps = _unlisted(account, sources)
    for lookup, _ in account.lookups.members():
        name = lookup.name.or_none()
        if name not in sources:
            continue
        made, unread = _lately(lookup, hours)
        gaps += unread
        for call in made:
            caller = call.caller.or_none()
            if call.source.or_none() != sources[name] or call.service.present is not False:
                continue
            if caller is None:
                gaps += call.caller.reasons
            elif not any(fnmatchcase(caller, pattern) for pattern in aside):
                by_caller.setdefault(caller, {}).setdefault(name, call.origin)
    busy = {caller: names for caller, names in by_caller.items() if len(names) >= at_least}
    if busy:
        return false(*(_told(caller, names, hours) for caller, names in sorted(busy.items(), key=_most_first)))
    if gaps:
        return unknown(*dict.fromkeys(gaps))
    return true(Fact(f"nobody made {at_least} different ones within {hours} hours", account.origin))


def _unlisted(account: Account, sources: dict[str, str]) -> list[Reason]:
    """Why some of the calls may not have been looked up everywhere. What is recorded in one Region only is looked up
    there, or not at all."""
    looked_up = {lookup.name.or_none() for lookup, _ in account.lookups.members()}
    if all(source in GLOBAL and name in looked_up for name, source in sources.items()):
        return []
    return list(account.lookups.gaps)


def _parts(calls: Iterable[str]) -> Iterator[tuple[str, str]]:
    for call in calls:
        service, _, name = call.partition(":")
        yield name, f"{service}.amazonaws.com"


def _lately(lookup: CallLookup, hours: int) -> tuple[list[RecordedCall], list[Reason]]:
    """The calls within some hours, and why there may be more. The latest come first: behind one that is older there
    are none."""
    made: list[RecordedCall] = []
    members, gaps = lookup.calls.loaded()
    unread = list(gaps)
    for call, _ in members:
        recent = within(call.moment, hours, lookup.account.read_at)
        if recent.verdict is Verdict.TRUE:
            made.append(call)
        elif recent.verdict is Verdict.FALSE:
            unread = []
        else:
            unread += recent.reasons
    return made, unread


def _most_first(found: tuple[str, dict[str, Origin]]) -> tuple[int, str]:
    caller, names = found
    return -len(names), caller


def _told(caller: str, names: dict[str, Origin], hours: int) -> Fact:
    shown = [f"`{name}`" for name in sorted(names)]
    more = f" and {len(shown) - MOST_TOLD} more" if len(shown) > MOST_TOLD else ""
    detail = f"`{caller}` called {', '.join(shown[:MOST_TOLD])}{more} within {hours} hours"
    return Fact(detail, next(iter(names.values())))

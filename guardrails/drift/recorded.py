"""The records in which it is looked who did it: those of a log that is given, or of the accounts' own event history."""

from __future__ import annotations

from guardrails.drift.blame import events_of
from guardrails.drift.naming import regions_of
from guardrails.drift.records import Kind
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from guardrails.drift.records import Drift
    from guardrails.sources.aws.calling import Caller
    from guardrails.trace.logs import Fault

    CloudTrailRecord = dict[str, Any]

_MOST_FAULTS = 5
"""Faults of a log that are told one by one."""


class Log:
    """The CloudTrail records in files and folders. Nothing of them is held."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self._faults: list[Fault] = []
        self._files = self._records = 0
        self._first = self._last = ""

    def records(self) -> Iterator[CloudTrailRecord]:
        """All of them, file by file. What cannot be read is passed over and told by `notices`."""
        from guardrails.trace.logs import Fault, files_of, records_in

        self._faults, self._files, self._records, self._first, self._last = [], 0, 0, "", ""
        for path in self._paths:
            files = files_of(path)
            self._faults += files.faults
            if not files.names:
                self._faults.append(Fault(path, "no file in it looks like a CloudTrail log"))
            for name in files.names:
                self._files += 1
                for _, record in records_in(name, self._faults.append):
                    self._records += 1
                    moment = record.get("eventTime")
                    if isinstance(moment, str) and moment:
                        self._first = min(self._first or moment, moment)
                        self._last = max(self._last, moment)
                    yield record

    @property
    def incomplete(self) -> bool:
        """Whether some of it could not be read."""
        return bool(self._faults)

    @property
    def notices(self) -> tuple[str, ...]:
        """What was looked at, and what could not be read. Complete once all records have been taken."""
        files = f"{self._files} file{'s' * (self._files != 1)}"
        span = f", from {self._first} to {self._last}" if self._first else ""
        records = f"{self._records:,} record{'s' * (self._records != 1)}"
        said = [f"who did it was looked for in {records} of {files}{span}"]
        said += [f"{fault.file} cannot be read: {fault.detail}" for fault in self._faults[:_MOST_FAULTS]]
        more = len(self._faults) - _MOST_FAULTS
        if more > 0:
            said.append(f"{more} more faults in the log")
        return tuple(said)


class History(Record):
    """What the event history of accounts tells of the calls that can have made drifts."""

    records: tuple[CloudTrailRecord, ...]
    """The oldest first."""
    notices: tuple[str, ...]
    incomplete: bool
    """Whether something could not be asked, or not to the end."""


def history_of(drifts: Sequence[Drift], callers: Mapping[str, Caller], regions: Mapping[str, Sequence[str]]) -> History:
    """What `cloudtrail:LookupEvents` tells, of 90 days: only of the calls that matter, in the Regions in which they are
    recorded, and one request for 50 of them; CloudTrail answers two in a second for each account and Region.

    `callers` and `regions`: account → how it is asked, and the Regions that were read, which count where that of a
    resource is not known.
    """
    from guardrails.sources.aws.event_history import DAYS, MOST_PAGES, looked_up

    records: list[CloudTrailRecord] = []
    refused: dict[str, list[str]] = {}
    notices: list[str] = []
    asked = 0
    for account, caller in sorted(callers.items()):
        for region, events in _questions(drifts, account, regions.get(account, ())).items():
            for event, sources in sorted(events.items()):
                asked += 1
                answer = looked_up(caller, region, event, sources)
                records += answer.records
                if answer.refused:
                    refused.setdefault(answer.refused, []).append(f"{account} {region}")
                    break  # the others are refused as well
                if answer.more_before:
                    notices.append(
                        f"{event} was called more than {MOST_PAGES * 50} times in {account}, {region}: what was called "
                        f"before {answer.more_before} was not looked at"
                    )
    for why, places in refused.items():
        shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
        notices.append(f"who did it could not be looked up in {shown}: {why}")
    if asked and not refused:
        notices.insert(0, f"who did it was looked for in the event history of the last {DAYS} days")
    records.sort(key=lambda record: str(record.get("eventTime", "")))
    return History(tuple(records), tuple(notices), bool(refused) or len(notices) > 1)


def _questions(drifts: Sequence[Drift], account: str, regions: Sequence[str]) -> dict[str, dict[str, set[str]]]:
    """Region → event → sources that are asked for in an account."""
    from guardrails.sources.aws.event_history import region_of_global_services

    found: dict[str, dict[str, set[str]]] = {}
    for drift in drifts:
        if drift.called is None or drift.kind is Kind.VERDICT or drift.account not in ("", account):
            continue
        leading = region_of_global_services((*regions, drift.called.region))
        for region in regions_of(drift.called, regions, leading):
            for source, event in events_of(drift):
                found.setdefault(region, {}).setdefault(event, set()).add(source)
    return dict(sorted(found.items()))

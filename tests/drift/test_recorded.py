"""The records that are looked through: of a log, and of the event history."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from blaming import ACCOUNT, SAMPLES, drift, sample, trail

from guardrails.drift.blame import blamed
from guardrails.drift.recorded import Log, history_of
from guardrails.drift.records import Kind
from guardrails.kernel.record import changed
from guardrails.sources.aws.calling import Call, CallError
from guardrails.sources.aws.snapshot import DENIED, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blaming import Record

    from guardrails.drift.records import Drift

STOPPED = trail("logging", "false", "true")


class TestLog:
    def test_files_and_folders_are_read(self, tmp_path: Path) -> None:
        folder = tmp_path / "AWSLogs" / ACCOUNT / "CloudTrail"
        folder.mkdir(parents=True)
        delivered = json.dumps({"Records": [SAMPLES["s3-PutObject"], SAMPLES["cloudtrail-StopLogging"]]})
        (folder / "one.json.gz").write_bytes(gzip.compress(delivered.encode()))
        (tmp_path / "alone.json").write_text(json.dumps(SAMPLES["iam-CreateUser"]))

        log = Log([str(tmp_path / "AWSLogs"), str(tmp_path / "alone.json")])
        (found,) = blamed([STOPPED], log.records())

        assert [blame.event for blame in found.by] == ["StopLogging"]
        times = sorted(
            SAMPLES[name]["eventTime"] for name in ("s3-PutObject", "cloudtrail-StopLogging", "iam-CreateUser")
        )
        assert log.notices == (f"who did it was looked for in 3 records of 2 files, from {times[0]} to {times[-1]}",)
        assert not log.incomplete

    def test_what_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "broken.json").write_text('{"Records": [{"eventName": ')
        (tmp_path / "empty").mkdir()
        good = tmp_path / "good.json"
        good.write_text(json.dumps({"Records": [SAMPLES["cloudtrail-StopLogging"]]}))

        log = Log([str(tmp_path / "broken.json"), str(tmp_path / "none.json"), str(tmp_path / "empty"), str(good)])
        (found,) = blamed([STOPPED], log.records())

        assert found.by
        assert log.incomplete
        said = "\n".join(log.notices)
        assert "1 records of 3 files" not in said
        assert "1 record of 3 files" in said
        for name in ("broken.json cannot be read", "none.json cannot be read", "empty cannot be read"):
            assert name in said


class EventHistory:
    """An account whose history holds some records, by Region."""

    def __init__(self, *records: Record, refused: tuple[str, ...] = (), endless: bool = False) -> None:
        self._records = records
        self._refused = refused
        self._endless = endless
        self.asked: list[tuple[str, str]] = []

    def __call__(self, region: str, call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
        (attribute,) = parameters["LookupAttributes"]
        self.asked.append((region, attribute["AttributeValue"]))
        if region in self._refused:
            raise CallError(Refusal(call.name, call.action, DENIED, "AccessDenied", "no", region))
        found = [
            {"CloudTrailEvent": json.dumps(one)}
            for one in self._records
            if one["awsRegion"] == region and one.get("eventName") == attribute["AttributeValue"]
        ]
        return {"Events": found, **({"NextToken": "more"} if self._endless else {})}


def look_up(account: EventHistory, *drifts: Drift, regions: tuple[str, ...] = ("us-east-1", "eu-west-1")) -> Any:  # noqa: ANN401
    return history_of(drifts, {ACCOUNT: account}, {ACCOUNT: regions})


class TestHistory:
    def test_only_calls_that_matter_are_asked_for_where_they_are_recorded(self) -> None:
        account = EventHistory(*SAMPLES.values())
        role = drift("Role", ["ReportBuilder"], ("trust", "x", "y"), region="")
        verdict = changed(STOPPED, kind=Kind.VERDICT)

        found = look_up(account, STOPPED, role, verdict, regions=("eu-west-1",))

        assert sorted(account.asked) == [("us-east-1", "StopLogging"), ("us-east-1", "UpdateAssumeRolePolicy")]
        assert [record["eventName"] for record in found.records] == ["UpdateAssumeRolePolicy", "StopLogging"]
        assert blamed([STOPPED], found.records)[0].by
        assert found.notices == ("who did it was looked for in the event history of the last 90 days",)
        assert not found.incomplete

    def test_all_regions_are_asked_where_that_of_a_resource_is_not_known(self) -> None:
        account = EventHistory()

        look_up(account, drift("LogGroup", ["audit"], kind=Kind.MISSING, region=""))

        assert sorted(account.asked) == [("eu-west-1", "DeleteLogGroup"), ("us-east-1", "DeleteLogGroup")]

    def test_a_refusal_is_told_and_the_rest_is_read(self) -> None:
        account = EventHistory(sample("cloudtrail-StopLogging"), refused=("eu-west-1",))
        gone = drift("LogGroup", ["audit"], kind=Kind.MISSING, region="eu-west-1")

        found = look_up(account, STOPPED, gone)

        assert [record["eventName"] for record in found.records] == ["StopLogging"]
        assert found.incomplete
        assert found.notices == (
            f"who did it could not be looked up in {ACCOUNT} eu-west-1: `cloudtrail:LookupEvents`: AccessDenied",
        )

    def test_a_history_that_does_not_end_is_cut_off_and_told(self) -> None:
        account = EventHistory(sample("cloudtrail-StopLogging"), endless=True)

        found = look_up(account, STOPPED)

        assert len(account.asked) == 10
        assert found.incomplete
        assert found.notices[1] == (
            f"StopLogging was called more than 500 times in {ACCOUNT}, us-east-1: what was called before "
            f"{SAMPLES['cloudtrail-StopLogging']['eventTime']} was not looked at"
        )
        assert len(blamed([STOPPED], found.records)[0].by) == 1, "the same record many times is one"

    def test_an_account_is_asked_about_its_own(self) -> None:
        other = changed(STOPPED, account="444455556666")
        account = EventHistory()

        assert look_up(account, other).notices == ()
        assert account.asked == []

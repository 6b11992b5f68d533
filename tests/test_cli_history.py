"""`guardrails history` and `guardrails drift --against`."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from taken_snapshots import OTHER, OWN, bucket_of, described, read, run, save, trail_of

from guardrails.kernel.record import changed
from guardrails.sources.aws.snapshot import DENIED, Refusal, Unlisted

if TYPE_CHECKING:
    from guardrails.sources.aws.snapshot import AccountSnapshot

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "history.schema.json").read_text(encoding="utf-8"))
REFUSED = Refusal(
    "cloudtrail.DescribeTrails", "cloudtrail:DescribeTrails", DENIED, "AccessDenied", "no", "eu-central-1"
)


@pytest.fixture(autouse=True)
def _of_this_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()


def keep(name: str, *accounts: Any, **how: Any) -> None:  # noqa: ANN401 - as `save` takes them
    save(Path("kept", name), *accounts, **how)


def story() -> None:
    """Logging is stopped on the third until the fifth; validation is switched off on the fourth."""
    keep("1.json.zst", described(1))
    keep("2.json.gz", described(2))
    keep("3.json", described(3, logging=False))
    keep("4.json", described(4, logging=False, LogFileValidationEnabled=False))
    keep("5.json", described(5, LogFileValidationEnabled=False))


def document(capsys: pytest.CaptureFixture[str], *arguments: str, code: int | None = None) -> dict[str, Any]:
    ended = run("history", "kept", "--format", "json", *arguments)
    if code is not None:
        assert ended == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def blind(day: int) -> AccountSnapshot:
    """An account that refused to list its trails."""
    (whole,) = read(described(day))
    kept = tuple(one for one in whole.resources if one.type != "cloudtrail.trail")
    return changed(whole, resources=kept, unlisted=(Unlisted(("cloudtrail.trail",), "eu-central-1", REFUSED),))


def test_each_turn_is_a_line_below_its_policy_with_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    story()

    code = run("history", "kept", "--select", "TRAIL-002,TRAIL-005")

    assert capsys.readouterr().out == (
        f"""\
TRAIL-002 trail-switched-off  CRITICAL
  2026-11-03 12:00:00  ✗ fails  {trail_of()}
      it passed on 2026-11-02 12:00:00
      the trail is switched off: it records nothing
      changed IsLogging: true → false
  2026-11-05 12:00:00  ✓ passes  {trail_of()}
      it failed on 2026-11-04 12:00:00
      changed IsLogging: false → true

TRAIL-005 trail-without-log-validation  HIGH
  2026-11-04 12:00:00  ✗ fails  {trail_of()}
      it passed on 2026-11-03 12:00:00
      log files can be altered unnoticed: no digest files are written
      changed LogFileValidationEnabled: true → false

Fails now (1)
  HIGH      TRAIL-005  {trail_of()}
            since 2026-11-04 12:00:00; it passed last on 2026-11-03 12:00:00

1 failure that came · 0 since the beginning · 3 verdicts turned
Read 5 snapshots of 111122223333, 2026-11-01 12:00:00 to 2026-11-05 12:00:00 (UTC).
"""
    )
    assert code == 1


def test_the_document_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    story()

    found = document(capsys, "--select", "TRAIL-002,TRAIL-005", code=1)

    assert [(one["policy"], one["time"][:10], one["before"], one["after"]) for one in found["turns"]] == [
        ("TRAIL-002", "2026-11-03", "pass", "fail"),
        ("TRAIL-005", "2026-11-04", "pass", "fail"),
        ("TRAIL-002", "2026-11-05", "fail", "pass"),
    ]
    assert found["turns"][1]["changes"] == ["LogFileValidationEnabled: true → false"]
    (failing,) = found["failing"]
    assert (failing["policy"], failing["since"], failing["from_start"]) == ("TRAIL-005", "2026-11-04T12:00:00Z", False)
    assert found["summary"] == {
        "snapshots": 5,
        "accounts": 1,
        "turned": 3,
        "failing": 1,
        "came": 1,
        "unknown": 0,
        "complete": True,
    }


def test_what_failed_from_the_beginning_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1, logging=False))
    keep("2.json", described(2, logging=False))

    assert run("history", "kept", "--select", "TRAIL-002") == 0
    assert "1 failure since the beginning: TRAIL-002" in capsys.readouterr().out
    run("history", "kept", "--select", "TRAIL-002", "-v")
    assert "since 2026-11-01 12:00:00 or before, when it was first read" in capsys.readouterr().out


def test_quiet_is_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    story()

    run("history", "kept", "--select", "TRAIL-002", "-q")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"2026-11-03 12:00:00 fails TRAIL-002 {trail_of()}"
    assert lines[2] == ""


def test_accounts_of_an_organization_have_their_own_lines(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1), described(1, OTHER))
    keep("2.json", described(2), described(2, OTHER, logging=False))

    found = document(capsys, "--select", "TRAIL-001,TRAIL-002", code=1)
    only = document(capsys, "--select", "TRAIL-001,TRAIL-002", "--account", OWN, code=0)

    assert {one["account"] for one in found["turns"]} == {OTHER}
    assert len(found["observations"]) == 4
    assert only["turns"] == []
    assert {one["account"] for one in only["observations"]} == {OWN}


def test_an_account_is_compared_with_the_snapshot_that_it_was_last_in(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1))
    keep("2.json", described(2, OTHER))
    keep("3.json", described(3, logging=False))

    (turn,) = document(capsys, "--select", "TRAIL-002")["turns"]

    assert (turn["last"], turn["changes"]) == ("2026-11-01T12:00:00Z", ["IsLogging: true → false"])


def test_what_an_account_refused_is_not_known_and_not_gone(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1, logging=False))
    keep("2.json", blind(2))
    keep("3.json", described(3, logging=False))

    found = document(capsys, "--select", "TRAIL-002", code=0)

    assert [(one["before"], one["after"]) for one in found["turns"]] == [("fail", "unknown"), ("unknown", "fail")]
    assert "cloudtrail:DescribeTrails" in found["turns"][0]["message"]
    assert found["turns"][0]["changes"] == []
    assert found["failing"][0]["doubted"] is True


def test_what_it_refused_last_makes_the_history_incomplete(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1))
    keep("2.json", blind(2))

    found = document(capsys, "--select", "TRAIL-002", code=3)

    assert found["summary"]["complete"] is False
    assert "cloudtrail:DescribeTrails" in found["gaps"][0]["detail"]


def test_a_resource_that_is_gone_ends_its_failures(capsys: pytest.CaptureFixture[str]) -> None:
    second = described(2)
    second["s3.bucket"] = {"arn:aws:s3:::elsewhere": {"name": "elsewhere"}}
    second["cloudtrail.trail"][trail_of()]["trail"]["S3BucketName"] = "elsewhere"
    keep("1.json", described(1))
    keep("2.json", second)

    run("history", "kept", "--select", "BUCKET-005")

    out = capsys.readouterr().out
    assert f"· is gone  {bucket_of()}" in out
    assert "✗ fails  arn:aws:s3:::elsewhere\n      there was nothing to judge on 2026-11-01" in out


def test_snapshots_that_were_read_for_other_policies_say_nothing_of_these(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1))
    keep("2.json", described(2, logging=False), read_for=["KMS-001"])
    keep("3.json", described(3))

    found = document(capsys, "--select", "TRAIL-002", code=0)

    assert found["turns"] == []
    assert found["notices"] == ["not judged in kept/2.json, which was read for other policies: TRAIL-002"]


def test_a_mixed_folder_tells_what_it_could_not_use(capsys: pytest.CaptureFixture[str]) -> None:
    story()
    Path("kept", "report.json").write_text('{"version": 1, "findings": []}')
    Path("kept", "cut.json").write_text('{"format":"guardrails.aws.snapshot","version":1,"accounts":[')
    keep("twice.json", described(3, logging=True))

    code = run("history", "kept", "--select", "TRAIL-002")

    out = " ".join(capsys.readouterr().out.split())
    assert code == 3
    assert "kept/cut.json: the file ends in the middle" in out
    assert "kept/report.json was left out: no snapshot of guardrails" in out
    assert "kept/twice.json: account 111122223333 was read at 2026-11-03T12:00:00Z in kept/3.json as well" in out
    assert "2 verdicts turned" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "there is no file or folder `nowhere`"),
        (("kept",), "there is no snapshot in `kept`"),
        (("kept", "--account", "12"), "`12` is no account"),
        (("kept", "-v", "-q"), "--verbose and --quiet"),
        (("kept", "--format", "sarif"), "`sarif` is none of text, json"),
    ],
)
def test_wrong_arguments_are_refused(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    assert run("history", *arguments) == 2
    assert said in capsys.readouterr().err


def test_an_account_that_no_snapshot_holds_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1))

    assert run("history", "kept", "--account", OTHER) == 2
    assert f"no snapshot holds {OTHER}" in capsys.readouterr().err


def test_reports_go_to_files(capsys: pytest.CaptureFixture[str]) -> None:
    story()

    run("history", "kept", "--select", "TRAIL-002", "-o", "json=history.json", "-o", "text=-")

    assert json.loads(Path("history.json").read_text(encoding="utf-8"))["summary"]["turned"] == 2
    assert capsys.readouterr().out.startswith("TRAIL-002")


def test_a_report_that_cannot_be_written_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from guardrails.cli import history
    from guardrails.errors import ReportError

    def full(file: str, _: str) -> None:
        raise ReportError(f"`{file}` cannot be written: no space left")

    keep("1.json", described(1))
    monkeypatch.setattr(history, "write_file", full)

    assert run("history", "kept", "--select", "TRAIL-002", "-o", "out.txt") == 3


def test_text_of_an_account_does_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = described(1), described(2)
    for one, encrypted in ((first, "k"), (second, None)):
        one["cloudtrail.trail"][trail_of()]["trail"]["S3KeyPrefix"] = f"\x1b[2J{encrypted}"
        one["cloudtrail.trail"][trail_of()]["status"]["IsLogging"] = encrypted is not None
    keep("1.json", first)
    keep("2.json", second)

    run("history", "kept", "--color", "never", "-v")

    assert "\x1b" not in capsys.readouterr().out


def test_memory_does_not_grow_with_the_snapshots(capsys: pytest.CaptureFixture[str]) -> None:
    def peak(days: int) -> int:
        for day in range(1, days + 1):
            keep(f"{day}.json", described(day, logging=day % 2 == 0))
        tracemalloc.start()
        run("history", "kept", "--select", "TRAIL-002", "--format", "json")
        capsys.readouterr()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)  # whatever is loaded once
    few = peak(4)

    assert peak(24) < 2 * few


# Two snapshots


def test_two_snapshots_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    story()

    code = run("drift", "--against", "kept/2.json.gz", "--from", "kept/3.json", "--select", "TRAIL-002")

    out = capsys.readouterr().out
    assert code == 1
    assert "CRITICAL  TRAIL-002" in out
    assert "IsLogging: before: true, now: false" in out
    assert "compared with kept/2.json.gz, as it was on 2026-11-02T12:00:00Z" in out


def test_nothing_changed_is_no_drift() -> None:
    story()

    assert run("drift", "--against", "kept/1.json.zst", "--from", "kept/2.json.gz") == 0


def test_what_no_policy_reads_counts_with_all_attributes(capsys: pytest.CaptureFixture[str]) -> None:
    keep("1.json", described(1))
    keep("2.json", described(2, LogFileValidationEnabled=False))
    two = ("drift", "--against", "kept/1.json", "--from", "kept/2.json", "--select", "TRAIL-002")

    assert run(*two) == 0
    assert run(*two, "--all-attributes") == 1
    assert "LogFileValidationEnabled" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["json", "sarif", "markdown"])
def test_every_form_of_report_tells_it(capsys: pytest.CaptureFixture[str], form: str) -> None:
    story()

    run("drift", "--against", "kept/2.json.gz", "--from", "kept/3.json", "--select", "TRAIL-002", "--format", form)

    out = capsys.readouterr().out
    assert "TRAIL-002" in out
    assert "IsLogging" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--against", "kept/3.json", "--from", "kept/2.json.gz"), "was taken on 2026-11-03T12:00:00Z, after"),
        (("kept", "--against", "kept/2.json.gz", "--from", "kept/3.json"), "`kept` has no effect"),
        (("--against", "kept/2.json.gz"), "say what to compare with"),
        (("--against", "nowhere.json", "--from", "kept/3.json"), "nowhere.json"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    story()

    assert run("drift", *arguments) == 2
    assert said in capsys.readouterr().err

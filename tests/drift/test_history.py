"""When verdicts turned, and why: over made-up accounts that were read several times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taken_snapshots import OTHER, OWN, described, findings, read, save, trail_of, worlds

from guardrails.drift import folder as folders
from guardrails.drift.folder import look_into
from guardrails.drift.history import Observation, Recorder
from guardrails.findings import Finding, Outcome
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import changed
from guardrails.policy import Severity
from guardrails.sources.aws.snapshot import DENIED, AccountSnapshot, Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.drift.history import History

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def verdict(outcome: Outcome, resource: str = "trail", policy: str = "TRAIL-002") -> Finding:
    return Finding(policy, "off", outcome, Severity.HIGH, "is off", resource, "cloudtrail.trail", OWN, NOWHERE)


def over(*outcomes: Outcome | None, there: bool = True) -> History:
    """The history of one verdict; None where there was none."""
    recorder = Recorder()
    for day, outcome in enumerate(outcomes, 1):
        seen = Observation(OWN, f"day {day}", f"{day}.json")
        said = [verdict(outcome)] if outcome is not None else []
        recorder.tell(recorder.observe(seen, said, there=("trail",) if there else ()))
    return recorder.history()


def test_a_verdict_that_stays_tells_nothing() -> None:
    found = over(PASS, PASS, PASS)

    assert found.turns == ()
    assert found.standing == ()
    assert len(found.observations) == 3


def test_a_verdict_that_turned_says_between_which_times() -> None:
    (turn,) = over(PASS, PASS, FAIL, FAIL).turns

    assert (turn.before, turn.after, turn.last, turn.time) == (PASS, FAIL, "day 2", "day 3")


@pytest.mark.parametrize(
    ("outcomes", "since", "passed", "from_start", "doubted"),
    [
        ((FAIL, FAIL), "day 1", "", True, False),
        ((PASS, FAIL, FAIL), "day 2", "day 1", False, False),
        ((FAIL, PASS, FAIL), "day 3", "day 2", False, False),
        ((FAIL, UNKNOWN, FAIL), "day 1", "", True, True),
        ((PASS, UNKNOWN, FAIL), "day 3", "day 1", False, False),
        ((PASS, FAIL, UNKNOWN, FAIL), "day 2", "day 1", False, True),
        ((FAIL, None, FAIL), "day 1", "", True, True),
        ((None, FAIL), "day 2", "", False, False),
    ],
)
def test_what_fails_says_since_when(
    outcomes: tuple[Outcome | None, ...], since: str, passed: str, *, from_start: bool, doubted: bool
) -> None:
    (found,) = over(*outcomes).standing

    assert (found.since, found.passed, found.from_start, found.doubted) == (since, passed, from_start, doubted)


def test_what_was_gone_and_is_back_fails_anew() -> None:
    found = over(FAIL, None, FAIL, there=False)

    assert [one.since for one in found.standing] == ["day 3"]
    assert [(one.after, one.gone) for one in found.turns] == [(None, True), (FAIL, False)]


def test_what_passed_and_is_gone_says_nothing_by_itself() -> None:
    assert over(PASS, None, PASS).turns == ()


def test_what_may_be_there_unread_is_not_gone() -> None:
    recorder = Recorder()
    recorder.observe(Observation(OWN, "1", "a"), [verdict(FAIL)])

    (turn,) = recorder.observe(
        Observation(OWN, "2", "b"), [], unread=lambda _: "`cloudtrail:DescribeTrails` was refused"
    )

    assert (turn.after, turn.message) == (UNKNOWN, "`cloudtrail:DescribeTrails` was refused")


def test_policies_that_it_was_not_read_for_say_nothing() -> None:
    recorder = Recorder()
    recorder.observe(Observation(OWN, "1", "a"), [verdict(PASS)])

    turns = recorder.observe(Observation(OWN, "2", "b"), [verdict(UNKNOWN)], {"KMS-001"})
    later = recorder.observe(Observation(OWN, "3", "c"), [verdict(FAIL)], {"TRAIL-002"})

    assert turns == []
    assert [(one.before, one.after) for one in later] == [(PASS, FAIL)]


def test_of_several_verdicts_on_a_resource_the_worst_counts() -> None:
    recorder = Recorder()
    recorder.observe(Observation(OWN, "1", "a"), [verdict(PASS), verdict(PASS)])

    (turn,) = recorder.observe(Observation(OWN, "2", "b"), [verdict(PASS), verdict(FAIL), verdict(UNKNOWN)])

    assert turn.after is FAIL


def test_verdicts_say_what_decided_them() -> None:
    recorder = Recorder()
    before, after = (worlds(read(described(day, logging=day == 1))) for day in (1, 2))
    recorder.observe(Observation(OWN, "1", ""), findings(before, "TRAIL-001"))

    (turn,) = recorder.observe(Observation(OWN, "2", ""), findings(after, "TRAIL-001"))

    assert (OWN, trail_of(), "IsLogging") in turn.decisive


@given(outcomes=st.lists(st.sampled_from([PASS, FAIL, UNKNOWN, None]), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_turns_lead_from_the_first_verdict_to_the_last(outcomes: list[Outcome | None]) -> None:
    found = over(*outcomes)

    now = outcomes[0]
    for turn in found.turns:
        # What is new and passes, or passed and is gone, is no turn.
        assert turn.before is now or {turn.before, now} == {PASS, None}
        now = turn.after
    assert now is outcomes[-1] or {now, outcomes[-1]} == {PASS, None}
    assert bool(found.standing) is (outcomes[-1] is FAIL)


# Folders


def test_snapshots_are_in_order_of_when_they_were_taken(tmp_path: Path) -> None:
    save(tmp_path / "a.json", described(3))
    save(tmp_path / "b.json.gz", described(1))
    (tmp_path / "below").mkdir()
    save(tmp_path / "below" / "c.json.zst", described(2))

    found = look_into([str(tmp_path)])

    assert [one.taken[:10] for one in found.snapshots] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert (found.gaps, found.notices) == ((), ())


def test_a_file_that_is_named_and_in_the_folder_counts_once(tmp_path: Path) -> None:
    save(tmp_path / "a.json", described(1))

    assert len(look_into([str(tmp_path), str(tmp_path / "a.json")]).snapshots) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.json", b'{"format":"guardrails.aws.snapshot","version":1,"accounts":[{"id"', "ends in the middle"),
        ("empty.json", b"", "the file is empty"),
        ("old.json", b'{"format":"guardrails.aws.snapshot","version":0,"accounts":[]}', "version 0"),
        ("broken.json.gz", b"\x1f\x8bgarbage that is no gzip", "compression is broken"),
        ("noise.json", b"\xff\xfe{", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_gap(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    save(tmp_path / "good.json", described(1))

    found = look_into([str(tmp_path)])

    (gap,) = found.gaps
    assert said in gap.detail
    assert gap.incomplete
    assert gap.origin.file.endswith(name)
    assert len(found.snapshots) == 1


@pytest.mark.parametrize("content", ['{"version": 4, "findings": []}', "[]"])
def test_other_documents_are_left_out_with_a_notice(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    (tmp_path / "notes.txt").write_text("not looked at")
    save(tmp_path / "good.json", described(1))

    found = look_into([str(tmp_path)])

    assert found.gaps == ()
    (notice,) = found.notices
    assert "report.json was left out" in notice


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.json")

    (gap,) = look_into([str(tmp_path)]).gaps

    assert "no regular file" in gap.detail


def test_a_link_to_nowhere_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "gone.json").symlink_to(tmp_path / "nothing")

    (gap,) = look_into([str(tmp_path)]).gaps

    assert "cannot be read" in gap.detail


def test_the_same_twice_counts_once(tmp_path: Path) -> None:
    save(tmp_path / "a.json", described(1))
    save(tmp_path / "copy.json.gz", described(1))

    found = look_into([str(tmp_path)])

    assert [one.file for one in found.snapshots] == [str(tmp_path / "a.json")]
    assert found.gaps == ()
    assert "it counts once" in found.notices[0]


def test_two_states_at_one_time_are_a_contradiction(tmp_path: Path) -> None:
    save(tmp_path / "a.json", described(1))
    save(tmp_path / "b.json", described(1, logging=False))

    found = look_into([str(tmp_path)])

    (gap,) = found.gaps
    assert "with other answers" in gap.detail
    assert [one.file for one in found.snapshots] == [str(tmp_path / "a.json")]


def test_what_was_begun_later_and_read_earlier_is_told(tmp_path: Path) -> None:
    save(tmp_path / "a.json", described(5), taken="2026-11-01T00:00:00Z")
    save(tmp_path / "b.json", described(3), taken="2026-11-02T00:00:00Z")

    (gap,) = look_into([str(tmp_path)]).gaps

    assert "which began earlier" in gap.detail


def test_what_has_no_time_has_no_place(tmp_path: Path) -> None:
    (snapshot,) = read(described(1))
    save(tmp_path / "a.json", changed(snapshot, began="", ended=""), taken="")

    (gap,) = look_into([str(tmp_path)]).gaps

    assert "does not say when it was taken" in gap.detail


def test_accounts_have_their_own_times(tmp_path: Path) -> None:
    save(tmp_path / "a.json", described(1), described(1, OTHER))
    save(tmp_path / "b.json", described(2, OTHER))

    found = look_into([str(tmp_path)])

    assert [sorted(one.accounts) for one in found.snapshots] == [[OWN, OTHER], [OTHER]]
    assert found.accounts() == {OWN, OTHER}


@pytest.mark.parametrize("newest", [True, False])
def test_an_account_that_could_not_be_entered_is_not_observed(tmp_path: Path, *, newest: bool) -> None:
    refused = Refusal("sts.AssumeRole", "sts:AssumeRole", DENIED, "AccessDenied", "no", "")
    closed = AccountSnapshot(OWN, failed=refused, ended="2026-11-02T12:00:00Z")
    save(tmp_path / "a.json", described(1))
    save(tmp_path / "b.json", closed)
    if not newest:
        save(tmp_path / "c.json", described(3))

    found = look_into([str(tmp_path)])

    told = [*found.notices, *(gap.detail for gap in found.gaps)]
    assert [f"account {OWN} could not be entered" in one for one in told] == [True]
    assert bool(found.gaps) is newest


def test_there_is_a_limit_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_FILES", 2)
    for day in range(1, 5):
        save(tmp_path / f"{day}.json", described(day))

    found = look_into([str(tmp_path)])

    assert len(found.snapshots) == 2
    assert [gap.why for gap in found.gaps] == ["LIMIT"]


@given(content=st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_no_content_of_a_file_makes_it_fail(tmp_path_factory: Any, content: bytes) -> None:  # noqa: ANN401 - untyped
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.json").write_bytes(content)

    found = look_into([str(folder)])

    assert len(found.gaps) + len(found.notices) == 1

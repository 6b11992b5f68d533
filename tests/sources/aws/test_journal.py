"""The journal of a run: what was read stays, however the run ends, and nobody goes on with another question."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from snapshots import full, refusal, small

from guardrails.kernel.record import changed
from guardrails.sources.aws.journal import VERSION, Journal, JournalError
from guardrails.sources.aws.reading import Reading, reading_of
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, FAILED, THROTTLED, AccountSnapshot
from guardrails.sources.aws.snapshot_json import account_to_json, text_of
from guardrails.sources.aws.stored import refusals_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED = {"--regions": "eu-central-1", "the policies": "cloudtrail.trail,kms.key,s3.bucket,sns.topic"}
ONE, TWO = "111122223333", "222233334444"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "run.journal")


@pytest.fixture
def journal(path: str) -> Iterator[Journal]:
    begun = Journal.begin(path, ASKED)
    yield begun
    begun.close()


# What was read


def test_what_is_put_is_read(journal: Journal) -> None:
    journal.put(reading_of(full(TWO)))
    journal.put(reading_of(small(ONE)))

    assert journal.ids() == (ONE, TWO)
    assert journal.read(ONE) == small(ONE)
    assert journal.read(TWO) == full(TWO)
    assert journal.text(ONE) == text_of(small(ONE))
    assert journal.buckets() == {f"logs-{ONE}": ONE, f"logs-{TWO}": TWO}


def test_an_account_that_is_put_again_is_replaced(journal: Journal) -> None:
    journal.put(reading_of(full(ONE)))
    journal.put(reading_of(changed(small(ONE), resources=())))

    assert journal.ids() == (ONE,)
    assert journal.read(ONE).resources == ()
    assert journal.buckets() == {}


@pytest.mark.parametrize(("kind", "again"), [(DENIED, False), (FAILED, False), (THROTTLED, True), (EXPIRED, True)])
def test_what_another_attempt_may_not_meet_is_asked_again(journal: Journal, kind: str, *, again: bool) -> None:
    account = small(ONE)
    trail = changed(account.resources[0], refused={"status": refusal(kind)})
    journal.put(reading_of(changed(account, resources=(trail,))))

    assert journal.finished() == (frozenset() if again else {ONE})
    assert journal.cut_short() == ((ONE,) if again else ())


@pytest.mark.parametrize("kind", [DENIED, FAILED, THROTTLED, EXPIRED])
def test_an_account_that_failed_is_asked_again(journal: Journal, kind: str) -> None:
    journal.put(reading_of(AccountSnapshot(id=ONE, failed=refusal(kind, "sts.AssumeRole"))))

    assert journal.finished() == frozenset()
    assert journal.failures() == ((ONE, "sts.AssumeRole: AccessDeniedException: not authorized"),)
    assert journal.cut_short() == ((ONE,) if kind in (THROTTLED, EXPIRED) else ())


def test_counts_are_those_of_all_accounts(journal: Journal) -> None:
    journal.put(reading_of(small(ONE)))
    journal.put(reading_of(small(TWO)))
    journal.put(reading_of(AccountSnapshot(id="333344445555", failed=refusal(operation="sts.AssumeRole"))))
    totals = journal.totals()

    assert (totals.accounts, totals.failed, totals.refused, totals.resources) == (3, 1, 3, 4)
    assert totals.calls == {"cloudtrail.DescribeTrails": 4, "s3.ListBuckets": 2}


def test_refusals_of_every_kind_are_seen() -> None:
    account = full(ONE)
    found = account_to_json(account)

    assert len(list(refusals_of(account))) == str(found).count("'operation'") == 5


def test_mentions_are_kept(journal: Journal) -> None:
    journal.put(reading_of(small(ONE), mentioned=frozenset({"arn:b", "arn:a"})))

    (found,) = journal.mentions()
    assert (found.id, found.mentioned) == (ONE, ("arn:a", "arn:b"))


def test_accounts_that_are_not_asked_for_any_more_are_forgotten(journal: Journal) -> None:
    journal.put(reading_of(small(ONE)))
    journal.put(reading_of(small(TWO)))
    journal.keep_only(frozenset({TWO, "999999999999"}))

    assert journal.ids() == (TWO,)
    assert journal.buckets() == {f"logs-{TWO}": TWO}


def test_a_thousand_accounts_are_read_one_at_a_time(journal: Journal) -> None:
    for number in range(1000):
        journal.put(reading_of(small(f"{number:012}")))

    assert len(journal.ids()) == len(journal.finished()) == 1000
    assert journal.read("000000000999").id == "000000000999"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no copies of processes here")
def test_copies_of_the_process_read_it_too(journal: Journal) -> None:
    journal.put(reading_of(small(ONE)))
    child = os.fork()
    if not child:
        same = journal.read(ONE) == small(ONE)
        journal.close()
        os._exit(0 if same else 1)

    assert os.waitpid(child, 0)[1] == 0
    journal.put(reading_of(small(TWO)))
    assert journal.read(ONE) == small(ONE)


# The file


def test_only_its_owner_reads_it(journal: Journal) -> None:
    before = os.umask(0)
    try:
        journal.put(reading_of(small(ONE)))
        other = Journal.begin(journal.path + "2", ASKED)
        other.close()
    finally:
        os.umask(before)

    files = list(Path(journal.path).parent.iterdir())
    assert len(files) >= 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_that_is_there_is_not_taken(path: str) -> None:
    Path(path).write_text("mine")

    with pytest.raises(JournalError, match=r"there is a file .* already: `--resume "):
        Journal.begin(path, ASKED)
    assert Path(path).read_text() == "mine"


def test_where_no_file_can_be_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be made: No such file or directory"):
        Journal.begin(str(tmp_path / "no" / "run.journal"), ASKED)


def test_a_journal_that_is_removed_leaves_nothing(journal: Journal, tmp_path: Path) -> None:
    journal.put(reading_of(small(ONE)))
    journal.remove()

    assert list(tmp_path.iterdir()) == []
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        journal.ids()
    assert list(tmp_path.iterdir()) == []


# Going on


def test_an_earlier_run_is_gone_on_with(journal: Journal, path: str) -> None:
    journal.put(reading_of(small(ONE)))
    journal.close()

    again = Journal.resume(path, ASKED)
    assert again.finished() == {ONE}
    again.put(reading_of(small(TWO)))
    again.close()
    with closing(Journal.resume(path, ASKED)) as found:
        assert found.ids() == (ONE, TWO)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"--regions": "us-east-1"}, "--regions `eu-central-1` instead of `us-east-1`"),
        ({"--regions": ""}, "--regions `eu-central-1` instead of none"),
        ({"--role-arn": "arn:x"}, "--role-arn not given instead of `arn:x`"),
        ({"the policies": "cloudtrail.trail,kms.key,s3.bucket,iam.role"}, "without iam.role and with sns.topic"),
    ],
)
def test_another_question_is_refused(journal: Journal, path: str, asked: dict[str, str], said: str) -> None:
    journal.put(reading_of(small(ONE)))
    journal.close()

    with pytest.raises(JournalError) as caught:
        Journal.resume(path, {**ASKED, **asked})
    assert said in str(caught.value)
    assert "begin anew" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no journal of guardrails"),
        (b"no database at all, but long enough to be taken for one " * 100, "cannot be read: file is not a database"),
        (b"SQLite format 3\0" + b"\xff" * 4000, "cannot be read: "),
    ],
)
def test_what_is_no_journal_is_refused(path: str, content: bytes, said: str) -> None:
    Path(path).write_bytes(content)

    with pytest.raises(JournalError, match=said):
        Journal.resume(path, ASKED)
    assert Path(path).read_bytes() == content


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal"):
        Journal.resume(str(tmp_path), ASKED)


def test_a_database_of_somebody_else_is_no_journal(path: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE account (id TEXT)")
    connection.close()

    with pytest.raises(JournalError, match="is no journal of guardrails"):
        Journal.resume(path, ASKED)


def test_another_version_is_said(journal: Journal, path: str) -> None:
    journal.close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()

    with pytest.raises(JournalError, match=f"of version {VERSION + 1}, and this guardrails knows version {VERSION}"):
        Journal.resume(path, ASKED)


def test_a_journal_that_was_damaged_is_a_message(journal: Journal, path: str) -> None:
    for number in range(200):
        journal.put(reading_of(small(f"{number:012}")))
    journal.close()
    content = bytearray(Path(path).read_bytes())
    for at in range(4096, len(content)):
        content[at] ^= 0x5A
    Path(path).write_bytes(content)

    with pytest.raises(JournalError, match="cannot be read: "), closing(Journal.resume(path, ASKED)) as found:
        _use(found)


def _use(journal: Journal) -> None:
    for account in journal.ids():
        journal.read(account)


@pytest.mark.parametrize("column", ["body", "calls", "mentioned"])
def test_an_account_that_was_damaged_is_a_message(journal: Journal, path: str, column: str) -> None:
    journal.put(reading_of(small(ONE)))
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE account SET {column} = ?", (b"\0",))
    connection.commit()
    connection.close()

    with pytest.raises(JournalError, match="cannot be read: "):
        _use_all(journal)


def _use_all(journal: Journal) -> None:
    _use(journal)
    journal.totals()
    list(journal.mentions())


# However the run ends


CHILD = """
import sys
from snapshots import small
from guardrails.sources.aws.journal import Journal
from guardrails.sources.aws.reading import reading_of
journal = Journal.begin(sys.argv[1], {"--regions": "eu-central-1"})
number = 0
while True:
    journal.put(reading_of(small(f"{number:012}")))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("after", [0, 1, 7, 30])
def test_what_was_kept_survives_the_end_of_the_process(path: str, after: int) -> None:
    folders = [str(Path(__file__).parent), *sys.path]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if int(line) >= after:
                run.send_signal(signal.SIGKILL)
                break
        said = max(map(int, run.stdout), default=after)

    with closing(Journal.resume(path, {"--regions": "eu-central-1"})) as journal:
        accounts = journal.ids()
        assert set(accounts) >= {f"{number:012}" for number in range(said + 1)}
        assert [journal.read(one) for one in accounts] == list(map(small, accounts))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there are no limits on files here")
def test_a_full_disk_is_a_message_and_loses_nothing(path: str) -> None:
    code = (
        "import resource, signal, sys\n"
        "from snapshots import small\n"
        "from guardrails.sources.aws.journal import Journal, JournalError\n"
        "from guardrails.sources.aws.reading import reading_of\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "journal = Journal.begin(sys.argv[1], {})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    for number in range(1000): journal.put(reading_of(small(f'{number:012}')))\n"
        "except JournalError as error: print(error)\n"
    )
    folders = [str(Path(__file__).parent), *sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}

    run = subprocess.run(
        [sys.executable, "-c", code, path], env=environment, capture_output=True, text=True, check=True
    )

    assert "cannot be written" in run.stdout
    with closing(Journal.resume(path, {})) as journal:
        _use(journal)


def test_a_reading_can_be_sent() -> None:
    import pickle

    reading = reading_of(full(ONE), mentioned=frozenset({"x"}))

    assert pickle.loads(pickle.dumps(reading)) == reading
    assert isinstance(reading, Reading)
    assert reading.failure == "sts.AssumeRole: AccessDeniedException: not authorized"

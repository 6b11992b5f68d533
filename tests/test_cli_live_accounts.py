"""`guardrails live` over HTTP against simulated accounts: which are read and how, what is refused, and what becomes of
a run that is interrupted."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session  # type: ignore[import-untyped]  # it says nothing of its types
import pytest

from guardrails.cli import main
from guardrails.cli.live_arguments import DEFAULT_ORG_ROLE
from guardrails.sources.aws.journal import Journal
from guardrails.sources.aws.permissions import ROLE

if TYPE_CHECKING:
    from pathlib import Path

    from faulty_proxy import FaultyProxy
    from moto_server import MotoServer

OWN = "123456789012"
"""The account of the credentials."""
MEMBERS = [f"{number}" * 12 for number in (2, 3, 4)]
ONLY = ("--select", "TRAIL-005", "--regions", "us-east-1")
Live = Any


@cache
def session() -> Any:  # noqa: ANN401 - botocore says nothing of its types
    return botocore.session.Session()


def client(aws: MotoServer, service: str, account: str = OWN) -> Any:  # noqa: ANN401 - botocore makes their classes
    keys: dict[str, str] = {}
    if account != OWN:
        given = client(aws, "sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/any", RoleSessionName="test")
        keys = {
            "aws_access_key_id": given["Credentials"]["AccessKeyId"],
            "aws_secret_access_key": given["Credentials"]["SecretAccessKey"],
            "aws_session_token": given["Credentials"]["SessionToken"],
        }
    return session().create_client(service, region_name="us-east-1", endpoint_url=aws.endpoint, **keys)


def make_trail(aws: MotoServer, account: str = OWN, *, validated: bool = False) -> None:
    client(aws, "s3", account).create_bucket(Bucket=f"logs-{account}")
    client(aws, "cloudtrail", account).create_trail(
        Name="audit", S3BucketName=f"logs-{account}", EnableLogFileValidation=validated
    )


@pytest.fixture
def here(aws: MotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 - it says so first
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def live(here: Path, faults: FaultyProxy, capfd: pytest.CaptureFixture[str]) -> Live:  # noqa: ARG001 - it is where
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["live", "--endpoint-url", faults.endpoint, *ONLY, *arguments])
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


def state(here: Path) -> list[Path]:
    return sorted((here / "state").glob("guardrails/*"))


def targets(text: str) -> list[str]:
    return sorted(one["target"] for one in json.loads(text)["targets"])


def outcomes(text: str) -> dict[str, list[str]]:
    """What was found, by account."""
    found: dict[str, list[str]] = {}
    for one in json.loads(text)["findings"]:
        found.setdefault(one["target"], []).append(one["outcome"])
    return found


# One account


def test_the_account_of_the_credentials(aws: MotoServer, here: Path, live: Live) -> None:
    make_trail(aws)

    code, out, err = live()

    assert (code, err) == (1, "")
    assert f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/audit" in out
    assert "1 failed" in out
    assert state(here) == []


def test_a_good_account_passes(aws: MotoServer, live: Live) -> None:
    make_trail(aws, validated=True)

    assert live()[0] == 0


def test_what_was_saved_gives_the_same_report(aws: MotoServer, here: Path, live: Live, faults: FaultyProxy) -> None:
    make_trail(aws)

    _, out, _ = live("--save", "snapshot.json.zst", "--format", "json")
    faults.requests.clear()
    assert main(["live", *ONLY[:2], "--from", "snapshot.json.zst", "-o", "json=again.json"]) == 1

    again = json.loads((here / "again.json").read_text())
    assert (again["findings"], again["targets"]) == (json.loads(out)["findings"], json.loads(out)["targets"])
    assert not faults.requests


def test_what_is_refused_is_unknown_and_the_run_incomplete(aws: MotoServer, live: Live, faults: FaultyProxy) -> None:
    make_trail(aws)
    faults.deny("cloudtrail.DescribeTrails")

    code, out, _ = live("--fail-on", "never")

    assert code == 3
    assert "`cloudtrail:DescribeTrails` was refused" in out
    assert "0 failed" in out


def test_requests_are_counted(aws: MotoServer, live: Live, faults: FaultyProxy) -> None:
    make_trail(aws)
    faults.requests.clear()

    _, _, err = live("--stats")

    told = re.search(r"([0-9,]+) requests for \d+ resources of 1 account: (.*)", err)
    assert told is not None
    assert int(told[1].replace(",", "")) == len(faults.requests)
    counts = dict(part.rsplit(" ", 1) for part in told[2].split(", ") if "others" not in part)
    assert counts == {name: str(count) for name, count in faults.operations.items() if name in counts}


def test_a_role_is_assumed_first(aws: MotoServer, live: Live) -> None:
    make_trail(aws, MEMBERS[0])

    role = f"arn:aws:iam::{MEMBERS[0]}:role/Reader"
    _, out, err = live("--role-arn", role, "--external-id", "x-42", "--format", "json")

    assert err == ""
    assert outcomes(out) == {MEMBERS[0]: ["fail"]}


def test_a_role_that_may_not_be_assumed(live: Live, faults: FaultyProxy, here: Path) -> None:
    faults.deny("sts.AssumeRole")

    code, out, err = live("--role-arn", f"arn:aws:iam::{MEMBERS[0]}:role/Reader")

    assert (code, out) == (3, "")
    assert "`sts.AssumeRole`: AccessDenied" in err
    assert "allow `sts:AssumeRole`" in err
    assert state(here) == []


@pytest.mark.parametrize(
    ("code", "expected", "said"),
    [("ExpiredToken", 2, "the credentials have expired"), ("InvalidClientTokenId", 3, "InvalidClientTokenId")],
)
def test_credentials_that_are_no_good(live: Live, faults: FaultyProxy, code: str, expected: int, said: str) -> None:
    faults.fail("sts.GetCallerIdentity", code, "no good", status=403)

    found, out, err = live()

    assert (found, out) == (expected, "")
    assert said in err


# Several


def test_accounts_of_a_file(aws: MotoServer, here: Path, live: Live, faults: FaultyProxy) -> None:
    for account in (OWN, *MEMBERS[:2]):
        make_trail(aws, account)
    faults.requests.clear()
    (here / "accounts").write_text(f"{OWN} # ours\n{MEMBERS[0]}\narn:aws:iam::{MEMBERS[1]}:role/Special\n")

    code, out, _ = live("--accounts", "accounts", "--org-role", "audit/Reader", "--format", "json")

    assert code == 1
    assert outcomes(out) == {OWN: ["fail"], MEMBERS[0]: ["fail"], MEMBERS[1]: ["fail"]}
    assert faults.operations["sts.AssumeRole"] == 2


@pytest.mark.parametrize("content", ["", "abc\n"])
def test_a_file_without_accounts(here: Path, live: Live, content: str) -> None:
    (here / "accounts").write_text(content)

    code, out, err = live("--accounts", "accounts")

    assert (code, out) == (2, "")
    assert err.startswith("guardrails: error: --accounts: `accounts`: ")


def test_an_account_that_cannot_be_entered_loses_no_other(
    aws: MotoServer, here: Path, live: Live, faults: FaultyProxy
) -> None:
    make_trail(aws, MEMBERS[0], validated=True)
    (here / "accounts").write_text(f"{OWN}\n{MEMBERS[0]}\n")
    faults.deny("sts.AssumeRole")

    code, out, err = live("--accounts", "accounts", "--format", "json")

    assert code == 3
    assert err == ""
    assert targets(out) == [OWN, MEMBERS[0]]
    gaps = {one["target"]: [gap["detail"] for gap in one["gaps"]] for one in json.loads(out)["targets"]}
    assert "`sts:AssumeRole` was refused" in gaps[MEMBERS[0]][0]
    assert gaps[OWN] == []
    assert state(here) == [], "another attempt would be refused as well"


def test_what_an_account_points_at_in_another_is_asked_there(
    aws: MotoServer, here: Path, live: Live, faults: FaultyProxy
) -> None:
    """A bucket that nothing in its own account shows to hold audit logs."""
    client(aws, "s3").create_bucket(Bucket="plain-name")
    client(aws, "cloudtrail", MEMBERS[0]).create_trail(Name="audit", S3BucketName="plain-name")
    (here / "accounts").write_text(f"{OWN}\n{MEMBERS[0]}\n")
    faults.requests.clear()

    live("--accounts", "accounts", "--select", "BUCKET-004", "--save", "together.json")
    live("--select", "BUCKET-004", "--save", "alone.json")

    def bucket(file: str) -> dict[str, Any]:
        accounts: list[dict[str, Any]] = json.loads((here / file).read_text())["accounts"]
        (found,) = (one for one in accounts[0]["resources"] if one["type"] == "s3.bucket")
        answers: dict[str, Any] = found["answers"]
        return answers

    assert "versioning" in bucket("together.json")
    assert "versioning" not in bucket("alone.json"), "by itself it is a bucket like any other"
    asked = [one for one in faults.requests if one.operation == "s3.GetBucketVersioning"]
    assert [one.account for one in asked] == [OWN]
    assert faults.operations["ec2.DescribeRegions"] == 3, "where it is is known the second time"
    assert faults.operations["organizations.DescribeOrganization"] == 3


@pytest.fixture
def organization(aws: MotoServer) -> list[str]:
    """The active accounts of an organization that the credentials manage."""
    organizations = client(aws, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = [
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        for name in ("log-archive", "workload", "closed")
    ]
    organizations.close_account(AccountId=made[2])
    return [OWN, *made]


def test_an_organization(aws: MotoServer, organization: list[str], live: Live, faults: FaultyProxy) -> None:
    for account in organization[:3]:
        make_trail(aws, account)
    faults.requests.clear()

    code, out, _ = live("--org", "--stats")

    told = " ".join(out.split())
    assert code == 1
    assert "3 failed" in told
    assert f"accounts that are not active were left out: {organization[3]} (" in told
    assert faults.operations["sts.AssumeRole"] == 2
    assert faults.operations["organizations.ListAccounts"] == 1
    assert faults.operations["organizations.DescribeOrganization"] == 1
    assert {one.account for one in faults.requests} == set(organization[:3])


@pytest.mark.usefixtures("organization")
def test_an_organization_that_may_not_be_seen(live: Live, faults: FaultyProxy) -> None:
    faults.deny("organizations.ListAccounts")

    code, out, err = live("--org")

    assert (code, out) == (3, "")
    assert "allow `organizations:ListAccounts`" in err


def test_no_organization(live: Live) -> None:
    code, out, err = live("--org")

    assert (code, out) == (2, "")
    assert "is in no organization" in err


def test_the_role_of_an_organization_is_the_one_that_is_made_for_it() -> None:
    assert DEFAULT_ORG_ROLE == ROLE


# Journals


def test_a_journal_stays_where_it_was_wanted(aws: MotoServer, here: Path, live: Live) -> None:
    make_trail(aws)

    assert live("--journal", "run.journal")[0] == 1
    assert (here / "run.journal").exists()

    code, out, err = live("--journal", "run.journal")
    assert (code, out) == (2, "")
    assert "`--resume run.journal` goes on with it" in err


def test_a_run_is_gone_on_with(aws: MotoServer, here: Path, live: Live, faults: FaultyProxy) -> None:
    for account in (OWN, *MEMBERS[:2]):
        make_trail(aws, account)
    (here / "accounts").write_text(f"{OWN}\n{MEMBERS[0]}\n{MEMBERS[1]}\n")
    faults.deny("sts.AssumeRole", times=1)
    code, _, _ = live("--accounts", "accounts", "--workers", "1", "--journal", "run.journal")
    assert code == 3
    faults.requests.clear()

    code, out, _ = live("--accounts", "accounts", "--resume", "run.journal", "--format", "json")

    assert code == 1
    assert outcomes(out) == {OWN: ["fail"], MEMBERS[0]: ["fail"], MEMBERS[1]: ["fail"]}
    assert {one.account for one in faults.requests if one.operation != "sts.GetCallerIdentity"} <= {OWN, MEMBERS[0]}
    assert faults.operations["cloudtrail.DescribeTrails"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--regions", "eu-west-1"], "--regions `us-east-1` instead of `eu-west-1,us-east-1`"),
        (["--select", "KMS-001"], "what the policies ask for "),
    ],
)
def test_another_question_is_refused(live: Live, arguments: list[str], said: str) -> None:
    live("--journal", "run.journal")

    code, out, err = live("--resume", "run.journal", *arguments)

    assert (code, out) == (2, "")
    assert said in err


def test_what_is_no_journal(here: Path, live: Live) -> None:
    (here / "notes").write_text("mine")

    for arguments in (["--resume", "nothing"], ["--resume", "notes"], ["--resume", "a", "--journal", "b"]):
        code, out, err = live(*arguments)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
    assert (here / "notes").read_text() == "mine"


def test_credentials_that_run_out_leave_a_journal(aws: MotoServer, here: Path, live: Live, faults: FaultyProxy) -> None:
    for account in (OWN, *MEMBERS):
        make_trail(aws, account)
    (here / "accounts").write_text("\n".join([OWN, *MEMBERS]))
    faults.expire("sts.AssumeRole", after=2)

    code, out, err = live("--accounts", "accounts", "--workers", "1")
    assert code == 3
    (journal,) = [path for path in state(here) if path.suffix == ".journal"]
    assert f"to go on, say the same and `--resume {journal}`" in err

    faults.heal()
    faults.requests.clear()
    code, out, err = live("--accounts", "accounts", "--resume", str(journal), "--format", "json")
    assert (code, err) == (1, "")
    assert set(outcomes(out)) == {OWN, *MEMBERS}
    assert faults.operations["cloudtrail.DescribeTrails"] == 1
    assert state(here) == [], "it was ours, and is not needed any more"


def test_where_no_state_can_be_kept_the_run_still_ends(
    aws: MotoServer, here: Path, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "state").write_text("no folder")
    (here / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(here / "temporary"))
    make_trail(aws)

    assert live()[0] == 1
    assert list((here / "temporary").iterdir()) == []


# Ctrl-C


class Running:
    """A run in a process of its own."""

    def __init__(self, faults: FaultyProxy, *arguments: str, terminal: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "guardrails", "live", "--endpoint-url", faults.endpoint, *ONLY, *arguments],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if terminal is None else terminal,
        )

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        assert "Traceback" not in (err or "")
        return self.process.returncode, out, err or ""


@pytest.fixture
def several(aws: MotoServer, here: Path) -> list[str]:
    accounts = [OWN, *MEMBERS]
    for account in accounts:
        make_trail(aws, account)
    (here / "accounts").write_text("\n".join(accounts))
    return accounts


class Held:
    """Nobody has an answer about the trails of one account before this is released."""

    def __init__(self, faults: FaultyProxy, account: str) -> None:
        self._release = threading.Event()
        self._waiting = faults.hold("cloudtrail.DescribeTrails", self._release, account=account)

    def wait(self) -> None:
        assert self._waiting.wait(60), "nobody asks"

    def release(self) -> None:
        self._release.set()


def test_ctrl_c_keeps_what_was_read_and_says_how_to_go_on(
    here: Path, live: Live, faults: FaultyProxy, several: list[str]
) -> None:
    held = Held(faults, MEMBERS[1])
    run = Running(faults, "--accounts", "accounts", "--workers", "1")
    held.wait()
    run.interrupt()
    time.sleep(0.3)
    assert run.process.poll() is None, "the account that is being read is waited for"
    held.release()
    code, out, err = run.ended()

    (journal,) = [path for path in state(here) if path.suffix == ".journal"]
    assert (code, out) == (130, "")
    assert err.splitlines() == [
        "guardrails: interrupted: no further account is begun; Ctrl-C again ends at once",
        f"guardrails: 3 of 4 accounts are read and kept; to go on, say the same and `--resume {journal}`",
    ]

    faults.heal()
    faults.requests.clear()
    code, out, _ = live("--accounts", "accounts", "--resume", str(journal), "--format", "json")
    assert code == 1
    assert set(outcomes(out)) == set(several)
    assert faults.operations["cloudtrail.DescribeTrails"] == 1
    assert state(here) == []


@pytest.mark.usefixtures("several")
def test_ctrl_c_twice_ends_at_once(here: Path, faults: FaultyProxy) -> None:
    held = Held(faults, MEMBERS[1])
    run = Running(faults, "--accounts", "accounts", "--workers", "1")
    held.wait()
    run.interrupt()
    time.sleep(0.3)
    run.interrupt()
    code, out, err = run.ended()
    held.release()

    (journal,) = [path for path in state(here) if path.suffix == ".journal"]
    assert (code, out) == (130, "")
    assert err.endswith(f"guardrails: interrupted; to go on, say the same and `--resume {journal}`\n")
    with closing(Journal.resume(str(journal), asked_in(journal))) as found:
        assert found.ids() == (OWN, MEMBERS[0])


def asked_in(journal: Path) -> dict[str, str]:
    import sqlite3

    connection = sqlite3.connect(journal)
    try:
        return dict(connection.execute("SELECT name, value FROM asked"))
    finally:
        connection.close()


def test_ctrl_c_while_one_account_is_read_ends_at_once(aws: MotoServer, here: Path, faults: FaultyProxy) -> None:
    make_trail(aws)
    held = Held(faults, OWN)
    run = Running(faults)
    held.wait()
    run.interrupt()
    ended = run.ended()
    held.release()

    assert ended == (130, "", "guardrails: interrupted\n")
    assert state(here) == []


JUDGING = """
import sys
from guardrails.cli import live, main
def judged(*_):
    sys.stdout.write("judging\\n")
    sys.stdout.flush()
    {what}
live.judged = judged
sys.argv = ["guardrails", "live", *sys.argv[1:]]
sys.exit(main())
"""


@pytest.mark.parametrize("what", ["__import__('time').sleep(60)", "raise ZeroDivisionError('oh')"])
def test_what_was_read_survives_the_end_of_the_judging(
    aws: MotoServer, here: Path, live: Live, faults: FaultyProxy, what: str
) -> None:
    make_trail(aws)
    words = [sys.executable, "-c", JUDGING.format(what=what), "--endpoint-url", faults.endpoint, *ONLY]
    with subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "judging\n"
        if "sleep" in what:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    (journal,) = [path for path in state(here) if path.suffix == ".journal"]
    assert process.returncode == (130 if "sleep" in what else 3)
    assert f"to go on, say the same and `--resume {journal}`" in err
    assert "Traceback" not in err

    faults.requests.clear()
    assert live("--resume", str(journal))[0] == 1
    assert set(faults.operations) == {"sts.GetCallerIdentity"}
    assert state(here) == []


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("milliseconds", [100, 400, 900])
def test_ctrl_c_at_any_time(here: Path, faults: FaultyProxy, milliseconds: int) -> None:
    run = Running(faults, "--accounts", "accounts", "--save", "snapshot.json", "-o", "json=report.json")
    time.sleep(milliseconds / 1000)
    run.interrupt()
    out, err = run.process.communicate(timeout=60)

    assert not re.search(r'guardrails/cli/\w+\.py", line \d+, in \w', err), "what comes before is the interpreter's"
    if "Traceback" not in err:
        assert run.process.returncode in (130, 1, -signal.SIGINT), (out, err)
    for name in ("snapshot.json", "report.json"):
        if (here / name).exists():
            json.loads((here / name).read_text())
    assert not [path for path in here.iterdir() if path.name.endswith(".part")]
    for path in state(here):
        if path.suffix == ".journal":
            assert str(path) in err


def test_a_run_that_was_killed_is_gone_on_with(here: Path, live: Live, faults: FaultyProxy, several: list[str]) -> None:
    held = Held(faults, MEMBERS[1])
    run = Running(faults, "--accounts", "accounts", "--workers", "1", "--journal", "run.journal")
    held.wait()
    run.process.kill()
    run.process.communicate()
    held.release()
    faults.heal()
    faults.requests.clear()

    code, out, _ = live("--accounts", "accounts", "--resume", "run.journal", "--format", "json")

    assert code == 1
    assert set(outcomes(out)) == set(several)
    asked = {one.account for one in faults.requests if one.operation.startswith("cloudtrail.")}
    assert asked == {MEMBERS[1], MEMBERS[2]}
    assert (here / "run.journal").exists()


@pytest.mark.usefixtures("several")
def test_how_far_it_is_is_shown_on_a_terminal(faults: FaultyProxy) -> None:
    held = Held(faults, MEMBERS[2])
    ours, theirs = pty.openpty()
    run = Running(faults, "--accounts", "accounts", "--workers", "1", terminal=theirs)
    os.close(theirs)
    said = b""
    while b"3 of 4 accounts read, 1 being read" not in said:
        said += os.read(ours, 4096)
    held.release()
    code, out, _ = run.ended()
    os.close(ours)

    assert code == 1
    assert "4 failed" in out

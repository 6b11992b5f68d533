"""`guardrails trace` of accounts: as they were saved, and as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.aws.snapshot import Snapshot
from guardrails.sources.aws.snapshot_json import text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN, MEMBER = "111122223333", "444455556666"
GROUP = f"arn:aws:logs:eu-central-1:{OWN}:log-group:trail"
TRAIL = f"arn:aws:cloudtrail:eu-central-1:{OWN}:trail/main"
TOPIC = f"arn:aws:sns:eu-central-1:{OWN}:alerts"
ALARM = f"arn:aws:cloudwatch:eu-central-1:{OWN}:alarm:calls"
ROLE = f"arn:aws:iam::{OWN}:role/logs"
STOPPING = '{ ($.eventName = "StopLogging") || ($.eventName = "DeleteTrail") }'
Run = Any


@pytest.fixture(autouse=True)
def _of_this_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def _allow(**statement: object) -> dict[str, object]:
    return {"Statement": [{"Effect": "Allow", **statement}]}


def trail(**fields: object) -> dict[str, Any]:
    return {
        "trail": {
            "Name": "main",
            "TrailARN": TRAIL,
            "HomeRegion": "eu-central-1",
            "IsMultiRegionTrail": True,
            "IncludeGlobalServiceEvents": True,
            "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
            "CloudWatchLogsRoleArn": ROLE,
            **fields,
        },
        "status": {"IsLogging": True},
        "selectors": {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]},
    }


def watched(**fields: object) -> dict[str, Any]:
    """An account in which somebody is told where a trail is stopped or deleted."""
    writes = _allow(Action=["logs:CreateLogStream", "logs:PutLogEvents"], Resource=f"{GROUP}:*")
    role = {
        "RoleName": "logs",
        "Arn": ROLE,
        "AssumeRolePolicyDocument": _allow(Principal={"Service": "cloudtrail.amazonaws.com"}, Action="sts:AssumeRole"),
        "RolePolicyList": [{"PolicyName": "logs", "PolicyDocument": writes}],
        "AttachedManagedPolicies": [],
    }
    metric = {"metricName": "calls", "metricNamespace": "Audit", "metricValue": "1"}
    subscription = {
        "SubscriptionArn": f"{TOPIC}:1",
        "TopicArn": TOPIC,
        "Protocol": "email",
        "Endpoint": "a@example.com",
    }
    return {
        "account": OWN,
        "cloudtrail.trail": {TRAIL: trail(**fields)},
        "logs.group": {GROUP: {"group": {"logGroupName": "trail", "logGroupArn": GROUP}}},
        "iam.role": {ROLE: {"role": role}},
        "logs.filter": {
            "calls": {
                "filterName": "calls",
                "logGroupName": "trail",
                "filterPattern": STOPPING,
                "metricTransformations": [metric],
            }
        },
        "cloudwatch.alarm": {
            ALARM: {
                "AlarmName": "calls",
                "AlarmArn": ALARM,
                "Namespace": "Audit",
                "MetricName": "calls",
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "Threshold": 1,
                "ActionsEnabled": True,
                "AlarmActions": [TOPIC],
            }
        },
        "sns.topic": {TOPIC: {"topic": {"TopicArn": TOPIC}}},
        "sns.subscription": {f"{TOPIC}:1": subscription},
    }


def organization() -> list[dict[str, Any]]:
    """The same of an organization, and a member of it that sees the trail."""
    belongs = {"organization": "o-example", "management_account": OWN}
    member = {"account": MEMBER, **belongs, "cloudtrail.trail": {TRAIL: trail(IsOrganizationTrail=True)}}
    return [{**watched(IsOrganizationTrail=True), **belongs}, member]


@pytest.fixture
def trace(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.chdir(tmp_path)

    def run(described: object, *arguments: str) -> tuple[int, str]:
        snapshots = [one.snapshot for one in accounts_in(json.dumps(described), "live.json")]
        with (tmp_path / "saved.json").open("wb") as stream:
            snapshot_file.write(stream, "json", Snapshot((), taken="2027-01-31T12:00:00Z"), map(text_of, snapshots))
        code = main(["trace", "--from", str(tmp_path / "saved.json"), *arguments])
        told = capfd.readouterr()
        return code, told.out or told.err

    return run


def record(name: str = "StopLogging", account: str = OWN) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventName": name,
        "eventSource": "cloudtrail.amazonaws.com",
        "eventTime": "2027-01-31T11:00:00Z",
        "awsRegion": "eu-central-1",
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": False,
        "recipientAccountId": account,
        "userIdentity": {"type": "IAMUser", "accountId": account},
    }


def test_an_account_tells_who_would_know(trace: Run) -> None:
    code, out = trace(watched(), "--event", "StopLogging")

    assert code == 0
    assert "✓ StopLogging (cloudtrail.amazonaws.com): is noticed" in out
    assert f"recorded ✓ {TRAIL}\n" in out
    assert f"→ `{TOPIC}`, which somebody has subscribed to" in out
    assert "judged as saved: accounts as they were on 2027-01-31T12:00:00Z" in out
    assert f"Traced through {OWN}." in out


def test_a_call_that_nothing_looks_for_reaches_nobody(trace: Run) -> None:
    code, out = trace(watched(), "--event", "UpdateTrail")

    assert code == 1
    assert "✗ UpdateTrail (cloudtrail.amazonaws.com): reaches nobody" in out


def test_an_alarm_that_is_switched_off_breaks_the_chain(trace: Run) -> None:
    account = watched()
    account["cloudwatch.alarm"][ALARM]["ActionsEnabled"] = False
    code, out = trace(account, "--event", "StopLogging")

    assert code == 1
    assert f"told     ✗ {ALARM}" in out


def test_what_was_refused_leaves_it_open(trace: Run) -> None:
    account = {**watched(), "denied": {"events.rule": "events:ListRules"}}
    code, out = trace(account, "--event", "UpdateTrail")

    assert code == 3
    assert "? UpdateTrail" in out
    assert "events:ListRules" in out


def test_a_member_is_watched_by_what_its_organization_has(trace: Run) -> None:
    code, out = trace(organization(), "--event", "StopLogging")

    assert code == 0
    assert f"✓ StopLogging (cloudtrail.amazonaws.com) in {MEMBER}: is noticed" in out
    assert out.count(f"→ `{TOPIC}`, which somebody has subscribed to") == 2


def test_a_record_is_followed_through_its_own_account(trace: Run, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(json.dumps(record(account=MEMBER)), encoding="utf-8")
    code, out = trace(organization(), "--record", "record.json")

    assert code == 0
    assert "noticed as well" not in out
    assert "note: a record" not in out


def test_a_record_of_an_account_that_was_not_read_is_said_to_be(trace: Run, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(json.dumps(record(account="999988887777")), encoding="utf-8")
    _, out = trace(organization(), "--record", "record.json")

    assert "1 record is of accounts that were not read (999988887777)" in out.replace("\n      ", " ")


def test_a_log_is_followed_account_by_account(trace: Run, tmp_path: Path) -> None:
    """The member has a rule of its own: what happens elsewhere does not reach it."""
    management, member = organization()
    member |= {"denied": {"events.rule": "events:ListRules"}}
    records = [record("UpdateTrail"), record("UpdateTrail", MEMBER), record(), record(account=MEMBER)]
    (tmp_path / "log.json").write_text(json.dumps({"Records": records}), encoding="utf-8")
    code, out = trace([management, member], "--log", "log.json")

    assert code == 3  # something was refused
    assert "4 records: 1 unseen · 1 unknown · 2 noticed" in out
    assert "2  cloudtrail StopLogging  by logs.filter.calls" in out


def test_reports_as_json_name_the_accounts(trace: Run) -> None:
    code, out = trace(organization(), "--event", "StopLogging", "--format", "json")
    told = json.loads(out)

    assert code == 0
    assert OWN in out
    assert MEMBER in out
    assert isinstance(told, dict)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--live", "infra"], "--live is about accounts: leave out `infra`"),
        (["--profile", "audit"], "--profile is about an account that is read: give --live as well"),
        (["--org"], "--org is about an account that is read: give --live as well"),
        (["--live", "--org-role", "Reader"], "--org-role is about the accounts of --org or --accounts"),
    ],
)
def test_what_contradicts_is_refused(arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--event", "StopLogging", *arguments]) == 2
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--live"], "--live asks the account, and --from asks nobody: give one of them"),
        (["."], "--from is about accounts: leave out `.`"),
    ],
)
def test_what_is_saved_is_traced_alone(trace: Run, arguments: list[str], said: str) -> None:
    code, told = trace(watched(), "--event", "StopLogging", *arguments)

    assert code == 2
    assert said in told

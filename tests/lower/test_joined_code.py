"""Code that is judged together with a snapshot of the accounts it goes to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, Worlds
from guardrails.model import AuditTrail, Context, LogGroup, MetricFilter
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.model.resource import Resource

HERE = "111122223333"
PLACE = f"arn:aws:{{}}:eu-central-1:{HERE}:{{}}"
GROUP = PLACE.format("logs", "log-group:audit")
ACCOUNT = {
    "cloudtrail.trail": {
        "audit": {
            "trail": {
                "TrailARN": PLACE.format("cloudtrail", "trail/audit"),
                "Name": "audit",
                "HomeRegion": "eu-central-1",
                "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
            },
            "status": {"IsLogging": True},
        }
    },
    "logs.group": {"audit": {"arn": GROUP, "group": {"logGroupName": "audit", "retentionInDays": 400}}},
    "logs.filter": {
        "theirs": {
            "filterName": "theirs",
            "logGroupName": "audit",
            "filterPattern": "{ $.eventName = StopLogging }",
            "metricTransformations": [{"metricName": "Stops", "metricNamespace": "Audit", "metricValue": "1"}],
        }
    },
    "cloudwatch.alarm": {
        "stops": {"AlarmName": "stops", "MetricName": "Stops", "Namespace": "Audit", "Statistic": "Sum"},
        "roots": {"AlarmName": "roots", "MetricName": "Roots", "Namespace": "Audit", "Statistic": "Sum"},
    },
}
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
OWN_GROUP = """
resource "aws_cloudwatch_log_group" "audit" {
  name              = "audit"
  retention_in_days = 7
}
"""


def world(folder: Path, code: str, account: dict[str, Any] | None = None) -> World:
    (folder / "main.tf").write_text(code, encoding="utf-8")
    (deployment,) = load([str(folder)]).deployments
    joined = accounts_in(json.dumps(account), "account.json")[0].joined if account is not None else None
    return Worlds(lambda _: Context(), (), joined).of(deployment)


def the(found: World, model: type[Resource]) -> Any:  # noqa: ANN401 - a resource of that kind
    (one,) = found.created(model)
    return one


def test_what_code_only_refers_to_is_found_in_the_account(tmp_path: Path) -> None:
    alone = the(world(tmp_path, FILTER), MetricFilter)
    ((group, _),) = alone.log_group.members()
    assert not group.owned

    joined = the(world(tmp_path, FILTER, ACCOUNT), MetricFilter)
    ((group, _),) = joined.log_group.members()
    assert group.retention_days.or_none() == 400
    assert [trail.name.or_none() for trail, _ in group.trails.members()] == ["audit"]


def test_what_others_attached_to_declared_things_counts(tmp_path: Path) -> None:
    alone = the(world(tmp_path, OWN_GROUP + FILTER.replace('"audit"', "aws_cloudwatch_log_group.audit.name")), LogGroup)
    assert [one.name.or_none() for one, _ in alone.metric_filters.members()] == ["root"]

    joined = the(
        world(tmp_path, OWN_GROUP + FILTER.replace('"audit"', "aws_cloudwatch_log_group.audit.name"), ACCOUNT), LogGroup
    )
    assert [one.name.or_none() for one, _ in joined.metric_filters.members()] == ["root", "theirs"]
    assert joined.retention_days.or_none() == 7, "what is declared is what will be"


def test_what_is_declared_stands_for_what_is_there_by_the_same_name(tmp_path: Path) -> None:
    code = OWN_GROUP + FILTER.replace('"audit"', "aws_cloudwatch_log_group.audit.name").replace('"root"', '"theirs"')
    group = the(world(tmp_path, code, ACCOUNT), LogGroup)

    ((filter_, _),) = group.metric_filters.members()
    assert filter_.pattern.or_none() == "{ $.userIdentity.type = Root }"


def test_alarms_of_others_watch_the_metric_of_a_declared_filter(tmp_path: Path) -> None:
    filter_ = the(world(tmp_path, FILTER, ACCOUNT), MetricFilter)

    assert [alarm.name.or_none() for alarm, _ in filter_.alarms.members()] == ["roots"]


def test_a_name_is_looked_for_in_the_account_that_the_code_goes_to(tmp_path: Path) -> None:
    two = [{"account": HERE, **ACCOUNT}, {"account": "444455556666"}]
    (tmp_path / "main.tf").write_text(FILTER, encoding="utf-8")
    (deployment,) = load([str(tmp_path)]).deployments
    joined = accounts_in(json.dumps(two), "accounts.json")[0].joined

    for account, owned in ((HERE, True), ("444455556666", False), ("", False)):
        found = Worlds(lambda _, account=account: Context(account_id=account), (), joined).of(deployment)  # type: ignore[misc] # bound now
        ((group, _),) = the(found, MetricFilter).log_group.members()
        assert group.owned is owned, account


def test_trails_of_the_account_are_not_the_codes(tmp_path: Path) -> None:
    found = world(tmp_path, FILTER, ACCOUNT)

    assert found.created(AuditTrail) == ()
    assert found.all(AuditTrail).is_empty().verdict is Verdict.TRUE

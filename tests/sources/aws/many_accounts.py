"""Reads and judges many simulated accounts in a process of its own, without any HTTP; prints what it took as JSON.

    python tests/sources/aws/many_accounts.py ACCOUNTS READ JUDGED

They are read for the policies READ, and judged by JUDGED, which takes longer the more of the same they have.

Each account is of an organization whose trail delivers to the first account; it has 17 Regions with log groups and
rules in each, fifty buckets, and sixty roles with a policy each, so some 200 kB of answers.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from guardrails.kernel.record import changed
from guardrails.sources.aws.account_reading import read_through
from guardrails.sources.aws.collect import Wishes, mentioned
from guardrails.sources.aws.fleet import AccountTask, Fleet, read_all
from guardrails.sources.aws.journal import Journal
from guardrails.sources.aws.reading import Reading, reading_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from guardrails.cli.project import Project
    from guardrails.sources.aws.calling import Call

REGIONS = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
    "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
ARCHIVE = "000000000000"
"""The account that has the bucket, and the trail of the organization."""
TRAIL = f"arn:aws:cloudtrail:eu-central-1:{ARCHIVE}:trail/organization"


class Simulated:
    """One account, as a caller sees it. Counts what it is asked."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.calls: Counter[str] = Counter()
        self._lock = Lock()

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        with self._lock:
            self.calls[call.name] += 1
        answer = getattr(self, call.operation, None)
        found: dict[str, Any] = answer(region, parameters) if answer else {}
        # As it comes from the wire: nothing is shared between two answers.
        fresh: dict[str, Any] = json.loads(json.dumps({**dict.fromkeys(call.items.split(), ()), **found}))
        return fresh

    def DescribeRegions(self, region: str, _: object) -> dict[str, Any]:  # noqa: ARG002, N802 - as AWS calls it
        return {"Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in REGIONS]}

    def DescribeOrganization(self, region: str, _: object) -> dict[str, Any]:  # noqa: ARG002, N802 - as above
        return {"Organization": {"Id": "o-abcdefghij", "MasterAccountId": ARCHIVE, "Arn": f"arn:{ARCHIVE}"}}

    def DescribeTrails(self, region: str, _: object) -> dict[str, Any]:  # noqa: ARG002, N802 - as above
        trail = {
            "Name": "organization", "TrailARN": TRAIL, "HomeRegion": "eu-central-1", "S3BucketName": "central-logs",
            "IsMultiRegionTrail": True, "IsOrganizationTrail": True, "IncludeGlobalServiceEvents": True,
            "LogFileValidationEnabled": self.account != ARCHIVE, "HasCustomEventSelectors": False,
        }  # fmt: skip
        return {"trailList": [trail]}

    def GetTrailStatus(self, region: str, _: object) -> dict[str, Any]:  # noqa: ARG002, N802 - as above
        return {"IsLogging": True, "LatestDeliveryTime": "2027-01-31T12:00:00Z"}

    def ListBuckets(self, region: str, _: object) -> dict[str, Any]:  # noqa: ARG002, N802 - as above
        names = [f"data-{self.account}-{at}" for at in range(50)]
        names += ["central-logs"] if self.account == ARCHIVE else []
        return {"Buckets": [{"Name": name, "BucketRegion": "eu-central-1"} for name in names]}

    def GetBucketPolicy(self, region: str, parameters: Mapping[str, object]) -> dict[str, Any]:  # noqa: ARG002, N802 - as above
        return {"Policy": json.dumps({"Statement": [statement(f"arn:aws:s3:::{parameters['Bucket']}/*")]})}

    def DescribeLogGroups(self, region: str, _: object) -> dict[str, Any]:  # noqa: N802 - as above
        arn = f"arn:aws:logs:{region}:{self.account}:log-group:/aws/lambda/worker-"
        groups = [{"logGroupName": f"/aws/lambda/worker-{at}", "logGroupArn": f"{arn}{at}"} for at in range(5)]
        return {"logGroups": groups}

    def ListRules(self, region: str, _: object) -> dict[str, Any]:  # noqa: N802 - as above
        arn = f"arn:aws:events:{region}:{self.account}:rule/nightly"
        return {"Rules": [{"Name": "nightly", "Arn": arn, "State": "ENABLED", "ScheduleExpression": "rate(1 day)"}]}

    def GetAccountAuthorizationDetails(self, region: str, _: object) -> dict[str, Any]:  # noqa: ARG002, N802 - as above
        return {"RoleDetailList": [self._role(at) for at in range(60)]}

    def _role(self, at: int) -> dict[str, Any]:
        resources = [f"arn:aws:dynamodb:eu-central-1:{self.account}:table/orders-{number}" for number in range(20)]
        document = {"Version": "2012-10-17", "Statement": [statement(*resources)]}
        return {
            "RoleName": f"worker-{at}",
            "Arn": f"arn:aws:iam::{self.account}:role/worker-{at}",
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ]
            },
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
        }


def statement(*resources: str) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:root"}, "Action": "s3:GetObject", "Resource": list(resources)}  # fmt: skip  # noqa: E501 - one document


def read(task: AccountTask) -> Reading:
    caller = Simulated(task.id)
    account = read_through(caller, task, "us-east-1", lambda _: True)
    return reading_of(changed(account, calls=caller.calls), mentioned=mentioned(account))


def main(accounts: int, read_for: str, judged_by: str) -> None:
    from guardrails.cli.project import open_project
    from guardrails.kernel.record import Record
    from guardrails.run import Progress, Request, run
    from guardrails.sources.aws.deployment import Fleet as Joined
    from guardrails.sources.aws.needs import needs_parts

    class Arguments(Record):
        no_config: bool = True
        config: None = None
        folders: tuple[str, ...] = ()
        select: tuple[str, ...] = ()
        ignore: tuple[str, ...] = ()

    def project_of(policies: str) -> Project:
        asked = Arguments(select=tuple(policies.split(",")))
        return open_project(asked, ["."], by_index=True)  # type: ignore[arg-type]  # all that is looked at

    parts = needs_parts(project_of(read_for).selection.policies)
    project = project_of(judged_by)
    tasks = [
        AccountTask(id=f"{at:012}", types=frozenset(parts), partition="aws", wishes=Wishes(parts=parts), workers=1)
        for at in range(accounts)
    ]
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal.begin(str(Path(folder, "run.journal")), {})
        with ThreadPoolExecutor(4) as threads:
            assert read_all(tasks, Fleet(read, threads, 4), journal)
        read_in = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        totals = journal.totals()
        joined = Joined(journal.ids(), journal.read, journal.buckets())
        result = run(Request(paths=(), deployments=joined.accounts), project.plugins, project.selection, Progress())
        size = Path(journal.path).stat().st_size
        journal.remove()
    told = {
        "accounts": totals.accounts,
        "resources": totals.resources,
        "calls": sum(totals.calls.values()),
        "by_call": dict(totals.calls),
        "targets": len(result.targets),
        "outcomes": Counter(finding.outcome.value for finding in result.findings),
        "incomplete": [gap.detail for gap in result.all_gaps() if gap.incomplete],
        "reading_kilobytes": read_in,
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "journal_bytes": size,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])

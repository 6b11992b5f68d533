"""Snapshots of accounts that tests make up."""

from __future__ import annotations

from guardrails.sources.aws.snapshot import DENIED, AccountSnapshot, Collected, Refusal, Unlisted

TRAIL = "arn:aws:cloudtrail:eu-central-1:{account}:trail/audit"


def refusal(kind: str = DENIED, operation: str = "kms.GetKeyPolicy", region: str = "eu-central-1") -> Refusal:
    return Refusal(
        operation=operation,
        action=operation.replace(".", ":"),
        kind=kind,
        code="AccessDeniedException",
        message="not authorized",
        region=region,
    )


def small(account: str = "111122223333") -> AccountSnapshot:
    """An account with one trail, whose fields are all as usual."""
    arn = TRAIL.format(account=account)
    trail = Collected(
        type="cloudtrail.trail",
        address=arn,
        region="eu-central-1",
        answers={
            "arn": arn,
            "trail": {"Name": "audit", "TrailARN": arn, "HomeRegion": "eu-central-1", "IsMultiRegionTrail": True},
            "status": {"IsLogging": True, "LatestDeliveryTime": "2027-01-31T12:00:00Z"},
            "tags": None,
        },
        refused={"selectors": refusal(operation="cloudtrail.GetEventSelectors")},
    )
    bucket = Collected(
        type="s3.bucket",
        address=f"arn:aws:s3:::logs-{account}",
        region="eu-central-1",
        answers={"name": f"logs-{account}", "bucket": {"Name": f"logs-{account}"}},
    )
    return AccountSnapshot(
        id=account,
        regions=("eu-central-1", "us-east-1"),
        types=frozenset({"cloudtrail.trail", "s3.bucket", "kms.key"}),
        resources=(trail, bucket),
        began="2027-01-31T12:00:00Z",
        ended="2027-01-31T12:00:09Z",
        calls={"cloudtrail.DescribeTrails": 2, "s3.ListBuckets": 1},
    )


def full(account: str = "111122223333") -> AccountSnapshot:
    """An account of which every field is set."""
    foreign = Collected(
        type="cloudtrail.trail",
        address=TRAIL.format(account="444455556666"),
        region="us-east-1",
        account="444455556666",
        answers={"trail": {"Name": "größer", "list": [1, 2.5, True, None, {"deep": []}]}},
        refused={"": refusal()},
    )
    return AccountSnapshot(
        id=account,
        name="log archive ✓",
        partition="aws-us-gov",
        regions=("us-gov-west-1",),
        left_out={"us-gov-east-1": "it is not enabled"},
        unasked=("us-east-1",),
        types=frozenset({"cloudtrail.trail"}),
        resources=(foreign, *small(account).resources),
        unlisted=(Unlisted(types=("kms.key",), region="us-gov-west-1", refusal=refusal(), about="arn:x"),),
        missing=("arn:aws:sns:eu-central-1:111122223333:gone",),
        organization_id="o-abcdefghij",
        management_account="444455556666",
        organization_unknown=refusal(operation="organizations.DescribeOrganization", region=""),
        began="2027-01-31T12:00:00Z",
        ended="2027-01-31T12:00:01Z",
        calls={"sts.GetCallerIdentity": 1},
        failed=refusal(operation="sts.AssumeRole"),
    )

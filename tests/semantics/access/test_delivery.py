"""What a log bucket's policy lets CloudTrail do, and whether it refuses plain HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import open_world
from guardrails.model import AuditTrail, Bucket, Context
from guardrails.semantics.access.delivery import may_deliver, refuses_plain_http
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.truth import Truth

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
BUCKET = "arn:aws:s3:::acme-logs"
ACCOUNT = "111122223333"
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
ACL = {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetBucketAcl", "Resource": BUCKET}

Statement = dict[str, Any]


def root(folder: Path, policy: str, trail: str, stated: Context) -> tuple[AuditTrail, Bucket]:
    places = f'region = "eu-west-1"\n  allowed_account_ids = ["{stated.account_id}"]' if stated.account_id else ""
    text = f"""provider "aws" {{
  {places}
}}
variable "open" {{
}}
resource "aws_s3_bucket" "b" {{
  bucket = "acme-logs"
  policy = {policy}
}}
resource "aws_cloudtrail" "t" {{
  name           = "main"
  s3_bucket_name = aws_s3_bucket.b.id
  {trail}
}}
"""
    (folder / "main.tf").write_text(text, encoding="utf-8")
    world = open_world(load([str(folder)]).deployments[0], stated)
    ((one, _),) = world.all(AuditTrail).members()
    ((bucket, _),) = world.all(Bucket).members()
    return one, bucket


def delivers(folder: Path, *statements: Statement, trail: str = "", stated: Context | None = None) -> Truth:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}).replace('"', '\\"')
    context = stated or Context(account_id=ACCOUNT)
    return may_deliver(*root(folder, f'"{document}"', trail, context))


def write(resource: str, **more: object) -> Statement:
    return {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:PutObject", "Resource": BUCKET + resource, **more}


def deny(**more: object) -> Statement:
    whole = [BUCKET, BUCKET + "/*"]
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": whole, **more}


@pytest.mark.parametrize(
    ("resource", "trail", "verdict"),
    [
        ("/AWSLogs/111122223333/*", "", TRUE),
        ("/AWSLogs/*", "", TRUE),
        ("/*", "", TRUE),
        ("*", "", TRUE),
        ("/AWSLogs/111122223333", "", FALSE),
        ("/AWSLogs/444455556666/*", "", FALSE),
        ("/AWSLogs/111122223333/CloudTrail/*", "", FALSE),  # digests and Insights lie beside
        ("/logs/AWSLogs/*", "", FALSE),
        ("/logs/AWSLogs/*", 's3_key_prefix = "logs"', TRUE),
        ("/AWSLogs/*", 's3_key_prefix = "logs"', FALSE),
        ("/log/AWSLogs/*", 's3_key_prefix = "logs"', FALSE),
        ("/logs//AWSLogs/*", 's3_key_prefix = "logs"', FALSE),
        ("/logs/AWSLogs/*", 's3_key_prefix = "logs/"', UNKNOWN),
        ("/*", 's3_key_prefix = "logs/"', TRUE),
        ("/logs/AWSLogs/*", "s3_key_prefix = var.open", UNKNOWN),
        ("/*", "s3_key_prefix = var.open", TRUE),
        ("/AWSLogs/*", 's3_key_prefix = ""', TRUE),
    ],
)
def test_files_lie_below_the_prefix_and_the_account(
    tmp_path: Path, resource: str, trail: str, verdict: Verdict
) -> None:
    assert delivers(tmp_path, ACL, write(resource), trail=trail).verdict is verdict


def test_an_account_that_is_not_stated_is_compared_with_no_literal(tmp_path: Path) -> None:
    nothing = Context()

    assert delivers(tmp_path, ACL, write("/AWSLogs/111122223333/*"), stated=nothing).verdict is UNKNOWN
    assert delivers(tmp_path, ACL, write("/AWSLogs/*"), stated=nothing).verdict is TRUE


@pytest.mark.parametrize(
    ("resources", "organization", "verdict"),
    [
        (["/AWSLogs/o-a/*"], "o-a", TRUE),
        (["/AWSLogs/111122223333/*", "/AWSLogs/o-a/*"], "o-a", TRUE),
        (["/AWSLogs/111122223333/*"], "o-a", FALSE),
        (["/AWSLogs/o-b/*"], "o-a", FALSE),
        (["/AWSLogs/o-a/*"], "", UNKNOWN),
        (["/AWSLogs/*"], "", TRUE),
    ],
)
def test_an_organization_trail_writes_below_the_organization(
    tmp_path: Path, resources: list[str], organization: str, verdict: Verdict
) -> None:
    stated = Context(account_id=ACCOUNT, organization_id=organization)
    statements = [write(resource) for resource in resources]

    found = delivers(tmp_path, ACL, *statements, trail="is_organization_trail = true", stated=stated)

    assert found.verdict is verdict


def test_a_trail_of_perhaps_an_organization_needs_both(tmp_path: Path) -> None:
    stated = Context(account_id=ACCOUNT, organization_id="o-a")
    trail = "is_organization_trail = var.open"
    own, members = write("/AWSLogs/111122223333/*"), write("/AWSLogs/o-a/*")

    assert delivers(tmp_path, ACL, own, members, trail=trail, stated=stated).verdict is TRUE
    assert delivers(tmp_path, ACL, own, trail=trail, stated=stated).verdict is UNKNOWN


def test_the_bucket_itself_must_be_open_to_a_look(tmp_path: Path) -> None:
    assert delivers(tmp_path, write("/*")).verdict is FALSE
    assert delivers(tmp_path, write("*", Action="s3:*")).verdict is TRUE


@pytest.mark.parametrize(
    ("operator", "key", "value", "verdict"),
    [
        ("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control", TRUE),
        ("StringEquals", "s3:x-amz-acl", "private", FALSE),
        ("StringEquals", "aws:SourceAccount", ACCOUNT, TRUE),
        ("StringEquals", "aws:SourceAccount", "444455556666", FALSE),
        ("ArnLike", "aws:SourceArn", f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*", TRUE),
        ("StringEquals", "AWS:SOURCEARN", f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/main", TRUE),
        ("StringEquals", "aws:SourceArn", f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/old", FALSE),
        ("StringEquals", "aws:SourceArn", f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main", FALSE),
        ("StringEquals", "aws:PrincipalOrgID", "o-a", FALSE),
        ("StringEquals", "aws:SourceOrgID", "o-a", UNKNOWN),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", FALSE),
        ("Bool", "aws:SecureTransport", "true", TRUE),
    ],
)
def test_what_the_request_of_cloudtrail_says(
    tmp_path: Path, operator: str, key: str, value: str, verdict: Verdict
) -> None:
    statement = write("/AWSLogs/*", Condition={operator: {key: value}})

    assert delivers(tmp_path, ACL, statement).verdict is verdict


@pytest.mark.parametrize(
    ("denial", "verdict"),
    [
        (deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), TRUE),
        (deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}}), FALSE),
        (deny(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), FALSE),
        (deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), FALSE),
        (deny(Condition={"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}}), FALSE),
        (
            deny(
                Condition={
                    "StringNotEquals": {"aws:PrincipalOrgID": "o-a"},
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                }
            ),
            TRUE,
        ),
        (deny(Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}}), FALSE),
        (deny(Condition={"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}), TRUE),
        (deny(Condition={"StringNotEquals": {"aws:SourceAccount": "444455556666"}}), FALSE),
        (deny(Condition={"Null": {"s3:x-amz-server-side-encryption": "true"}}), UNKNOWN),
        (deny(Action="s3:DeleteObject"), TRUE),
        (deny(Resource=BUCKET + "/other/*"), TRUE),
        (deny(Resource=BUCKET + "/AWSLogs/111122223333/CloudTrail-Digest/*"), FALSE),
        (deny(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), TRUE),
        (deny(Principal=SERVICE), FALSE),
    ],
)
def test_denials_that_mean_persons_and_hit_the_service(tmp_path: Path, denial: Statement, verdict: Verdict) -> None:
    assert delivers(tmp_path, ACL, write("/AWSLogs/*"), denial).verdict is verdict


def test_a_trail_with_a_key_says_how_it_encrypts(tmp_path: Path) -> None:
    denial = deny(Action="s3:PutObject", Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})
    key = f'kms_key_id = "arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234"'

    assert delivers(tmp_path, ACL, write("/AWSLogs/*"), denial, trail=key).verdict is TRUE
    assert delivers(tmp_path, ACL, write("/AWSLogs/*"), denial).verdict is UNKNOWN


def test_a_failure_points_at_the_resource_and_a_denial_at_itself(tmp_path: Path) -> None:
    elsewhere = delivers(tmp_path, ACL, write("/other/*"))
    stopped = delivers(tmp_path, ACL, write("/*"), deny())

    assert elsewhere.facts[0].detail == "the statement does not cover the place where the trail writes its files"
    assert stopped.facts[0].detail == "this denial takes `s3:GetBucketAcl` from CloudTrail as well"


# --- transport ------------------------------------------------------------------------------------------------------

NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (deny(Condition=NO_TLS), TRUE),
        (deny(Condition={"BoolIfExists": {"aws:securetransport": ["false"]}}), TRUE),
        (deny(Condition=NO_TLS, Action="*"), TRUE),
        (deny(Condition=NO_TLS, Resource="*"), TRUE),
        (deny(Condition=NO_TLS, Principal={"AWS": "*"}), TRUE),
        (deny(Condition={**NO_TLS, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}), TRUE),
        (deny(Condition={"Bool": {"aws:SecureTransport": "true"}}), FALSE),
        (deny(Condition=NO_TLS, Effect="Allow"), FALSE),
        (deny(Condition=NO_TLS, Action="s3:GetObject"), FALSE),
        (deny(Condition=NO_TLS, Action=["s3:Get*", "s3:Put*", "s3:List*"]), FALSE),
        (deny(Condition=NO_TLS, Resource=BUCKET), FALSE),
        (deny(Condition=NO_TLS, Resource=BUCKET + "/*"), FALSE),
        (deny(Condition=NO_TLS, Resource=BUCKET + "/AWSLogs/*"), FALSE),
        (deny(Condition=NO_TLS, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), FALSE),
        (deny(Condition=NO_TLS, Principal={"Service": "*"}), FALSE),
        (deny(Condition={**NO_TLS, "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}), FALSE),
        (deny(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}), UNKNOWN),
    ],
)
def test_plain_http_is_refused_by_a_denial_for_all_and_everything(
    tmp_path: Path, statement: Statement, verdict: Verdict
) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).replace('"', '\\"')
    _, bucket = root(tmp_path, f'"{document}"', "", Context(account_id=ACCOUNT))

    assert refuses_plain_http(bucket).verdict is verdict


@pytest.mark.parametrize(("policy", "verdict"), [("null", FALSE), ("var.open", UNKNOWN)])
def test_without_a_policy_nothing_is_refused_and_nobody_let_in(tmp_path: Path, policy: str, verdict: Verdict) -> None:
    trail, bucket = root(tmp_path, policy, "", Context(account_id=ACCOUNT))

    assert refuses_plain_http(bucket).verdict is verdict
    assert may_deliver(trail, bucket).verdict is verdict

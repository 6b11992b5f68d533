"""What is the same however it is written, and what is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from recorded_accounts import account, code

from guardrails.drift.drift import compare

if TYPE_CHECKING:
    from pathlib import Path

    from recorded_accounts import Answers

    from guardrails.drift.records import Comparison

OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
OWN = {"Grantee": {"ID": OWNER, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
PUBLIC = {
    "Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers", "Type": "Group"},
    "Permission": "READ",
}
FOUR = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def bucket(**parts: object) -> Answers:
    return {"s3.bucket": {"logs": {"name": "logs", "bucket": {"Name": "logs"}, **parts}}}


def told(folder: Path, text: str, found: Answers) -> Comparison:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    return compare(code(folder, "main.tf"), [account(found)])


def fields(found: Comparison) -> list[str]:
    return [one.field for drift in found.drifts for one in drift.differences]


BUCKET = 'resource "aws_s3_bucket" "logs" { bucket = "logs" }\n'


def policy(*statements: dict[str, Any]) -> str:
    return f"""{BUCKET}
    resource "aws_s3_bucket_policy" "logs" {{
      bucket = aws_s3_bucket.logs.id
      policy = jsonencode({json.dumps({"Version": "2012-10-17", "Statement": list(statements)})})
    }}
    """


DELIVERY: dict[str, Any] = {
    "Sid": "Delivery",
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com", "AWS": "111122223333"},
    "Action": ["s3:PutObject", "s3:GetBucketAcl"],
    "Resource": "arn:aws:s3:::logs/*",
    "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}, "Bool": {"aws:SecureTransport": "true"}},
}
TLS: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["a", "b"]}


@pytest.mark.parametrize(
    "live",
    [
        [TLS, DELIVERY],
        [DELIVERY, TLS, DELIVERY],
        [{**DELIVERY, "Sid": "Other"}, TLS],
        [{**DELIVERY, "Action": "s3:PutObject"}, TLS, {**DELIVERY, "Action": "s3:GetBucketAcl"}],
        [DELIVERY, {**TLS, "Resource": "a"}, {**TLS, "Resource": "b"}],
        [{**DELIVERY, "Action": ["s3:getbucketacl", "S3:PutObject"]}, TLS],
        [{**DELIVERY, "Resource": ["arn:aws:s3:::logs/*"]}, TLS],
        [{**DELIVERY, "Principal": {**DELIVERY["Principal"], "AWS": "arn:aws:iam::111122223333:root"}}, TLS],
        [DELIVERY, {**TLS, "Principal": {"AWS": "*"}, "Resource": ["b", "a", "b"]}],
        [{**DELIVERY, "Condition": {**DELIVERY["Condition"], "Bool": {"AWS:SecureTransport": ["True"]}}}, TLS],
    ],
)
def test_statements_that_say_the_same(tmp_path: Path, live: list[dict[str, Any]]) -> None:
    found = told(tmp_path, policy(DELIVERY, TLS), bucket(policy=json.dumps({"Statement": live})))

    assert found.drifts == ()
    assert found.opens == ()


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Action": ["s3:PutObject"]},
        {"Action": ["s3:PutObject", "s3:GetBucketAcl", "s3:DeleteObject"]},
        {"Resource": "arn:aws:s3:::*"},
        {"Principal": {"Service": "cloudtrail.amazonaws.com"}},
        {"Principal": {"Service": "cloudtrail.amazonaws.com", "AWS": "444455556666"}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"StringLike": {"aws:SourceAccount": "111122223333"}, "Bool": {"aws:SecureTransport": "true"}}},
    ],
)
def test_a_changed_statement_is_told_as_a_whole(tmp_path: Path, change: dict[str, Any]) -> None:
    live = json.dumps({"Statement": [{**DELIVERY, **change}, TLS]})

    found = told(tmp_path, policy(DELIVERY, TLS), bucket(policy=live))

    ((one,),) = [drift.differences for drift in found.drifts]
    assert one.field == "policy.statements"
    assert one.declared.startswith("Allow s3:PutObject, s3:GetBucketAcl on arn:aws:s3:::logs/* to ")
    assert one.live != one.declared
    assert one.origin.line == 5


def test_statements_that_were_added_and_taken_away_are_told_apart(tmp_path: Path) -> None:
    opened = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*"}

    added = told(tmp_path, policy(DELIVERY), bucket(policy=json.dumps({"Statement": [DELIVERY, opened]})))
    taken = told(tmp_path, policy(DELIVERY, TLS), bucket(policy=json.dumps({"Statement": [DELIVERY]})))

    ((one,),) = [drift.differences for drift in added.drifts]
    assert (one.declared, one.live) == ("not there", "Allow s3:GetObject on arn:aws:s3:::logs/* to *")
    ((one,),) = [drift.differences for drift in taken.drifts]
    assert (one.declared, one.live) == ("Deny s3:* on a, b to *", "not there")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", {"public_access_block": dict.fromkeys(FOUR, True)}),
        ("", {}),
        ("", {"acl": {"Owner": {"ID": OWNER}, "Grants": [OWN]}}),
        (
            'resource "aws_s3_bucket_acl" "a" {\nbucket = "logs"\nacl = "private"\n}',
            {"acl": {"Owner": {"ID": OWNER}, "Grants": [OWN]}},
        ),
        (
            'resource "aws_s3_bucket_acl" "a" {\nbucket = "logs"\nacl = "public-read"\n}',
            {"acl": {"Owner": {"ID": OWNER}, "Grants": [PUBLIC, OWN]}},
        ),
        ("", {"ownership": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
        ("", {"encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}),
        ("", {"versioning": {"Status": "Suspended"}}),
        ("", {"object_lock": {}}),
    ],
)
def test_what_aws_fills_in_is_no_drift(tmp_path: Path, text: str, parts: dict[str, Any]) -> None:
    found = told(tmp_path, BUCKET + text, bucket(**parts))

    assert fields(found) == []
    assert found.alike == 1


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"public_access_block": {**dict.fromkeys(FOUR, True), "BlockPublicAcls": False}}, "public_access_block"),
        ({"acl": {"Owner": {"ID": OWNER}, "Grants": [OWN, PUBLIC]}}, "acl"),
        ({"acl": {"Owner": {"ID": "another"}, "Grants": [OWN]}}, "acl"),
        ({"ownership": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}, "ownership"),
        (
            {"encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}},
            "encryption",
        ),
        ({"versioning": {"Status": "Enabled"}}, "versioned"),
        ({"logging": {"TargetBucket": "other"}}, "access_log_target"),
    ],
)
def test_what_somebody_set_by_hand_is(tmp_path: Path, parts: dict[str, Any], field: str) -> None:
    assert fields(told(tmp_path, BUCKET, bucket(**parts))) == [field]


KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-1111-1111-1111-111111111111"


def key(**parts: object) -> Answers:
    described = {"Arn": KEY, "KeyId": KEY.rpartition("/")[2], "Enabled": True, "KeyManager": "CUSTOMER"}
    return {
        "kms.key": {"k": {"arn": KEY, "alias": "alias/audit", "key": described, "rotation": {}, **parts}},
    }


KMS = """
resource "aws_kms_key" "audit" {}
resource "aws_kms_alias" "audit" {
  name          = "alias/audit"
  target_key_id = aws_kms_key.audit.key_id
}
"""


def default_policy(account_id: str) -> str:
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]})


def test_the_default_policy_of_a_key_is_what_nothing_said_means(tmp_path: Path) -> None:
    own = told(tmp_path, KMS, key(policy=default_policy("111122223333")))
    foreign = told(tmp_path, KMS, key(policy=default_policy("444455556666")))

    assert (own.alike, own.drifts) == (1, ())
    assert fields(foreign) == ["policy.statements"]


def test_grants_of_services_are_their_own_affair(tmp_path: Path) -> None:
    def grant(principal: str) -> dict[str, Any]:
        return {"KeyId": KEY, "GrantId": "1", "GranteePrincipal": principal, "Operations": ["Decrypt"]}

    service = told(tmp_path, KMS, key(grants=[grant("rds.eu-central-1.amazonaws.com")]))
    person = told(tmp_path, KMS, key(grants=[grant("arn:aws:iam::444455556666:role/reader")]))

    assert service.drifts == ()
    assert fields(person) == ["grants"]


def group(**more: object) -> Answers:
    arn = "arn:aws:logs:eu-central-1:111122223333:log-group:audit"
    return {"logs.group": {"g": {"arn": arn, "group": {"logGroupName": "audit", "logGroupArn": arn, **more}}}}


def test_no_days_are_as_many_as_none_said(tmp_path: Path) -> None:
    text = 'resource "aws_cloudwatch_log_group" "audit" {\nname = "audit"\nretention_in_days = 0\n}'

    assert told(tmp_path, text, group()).alike == 1
    assert fields(told(tmp_path, text, group(retentionInDays=7))) == ["retention_days"]


def test_a_difference_says_what_was_written_where(tmp_path: Path) -> None:
    text = 'resource "aws_cloudwatch_log_group" "audit" {\nname = "audit"\nretention_in_days = 400\n}'

    ((one,),) = [drift.differences for drift in told(tmp_path, text, group(retentionInDays=7)).drifts]

    assert (one.attribute, one.field, one.declared, one.live) == ("retention_in_days", "retention_days", "400", "7")
    assert one.origin.line == 3


def test_what_has_no_value_in_code_is_told_as_what_the_account_says(tmp_path: Path) -> None:
    text = """
    variable "days" {}
    resource "aws_cloudwatch_log_group" "audit" {
      name              = "audit"
      retention_in_days = var.days
    }
    """

    found = told(tmp_path, text, group(retentionInDays=7))

    assert found.drifts == ()
    ((address, one),) = found.opens
    assert (address, one.field, one.live, one.refused) == (
        "aws_cloudwatch_log_group.audit",
        "retention_days",
        "7",
        False,
    )
    assert "days" in one.why


def test_addresses_of_receivers_are_not_given_away(tmp_path: Path) -> None:
    text = """
    resource "aws_cloudwatch_event_rule" "r" {
      name                = "r"
      schedule_expression = "https://user:pw@example.com/token"
    }
    """
    arn = "arn:aws:events:eu-central-1:111122223333:rule/r"
    found = {"events.rule": {"r": {"Name": "r", "Arn": arn, "State": "ENABLED"}}}

    shown = [one.declared for drift in told(tmp_path, text, found).drifts for one in drift.differences]

    assert shown == ["https://example.com/…"]


def test_what_was_added_to_a_policy_stands_where_that_is_written(tmp_path: Path) -> None:
    found = told(tmp_path, policy(DELIVERY), bucket(policy=json.dumps({"Statement": [DELIVERY, TLS]})))

    ((one,),) = [drift.differences for drift in found.drifts]
    assert (one.attribute, one.origin.line) == ("policy", 5)


def test_a_link_that_leads_elsewhere_is_one_difference(tmp_path: Path) -> None:
    text = """
    resource "aws_s3_bucket" "logs" { bucket = "logs" }
    resource "aws_s3_bucket_logging" "logs" {
      bucket        = aws_s3_bucket.logs.id
      target_bucket = "access"
    }
    """

    found = told(tmp_path, text, bucket(logging={"TargetBucket": "elsewhere"}))

    ((one,),) = [drift.differences for drift in found.drifts]
    assert (one.attribute, one.declared, one.live, one.origin.line) == ("target_bucket", "access", "elsewhere", 5)

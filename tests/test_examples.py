"""The shipped examples are judged as their authors would agree: every failure and open verdict, with its place."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLES = PROJECT / "examples"

AUDIT_TRAIL = "module.organization_trail.aws_cloudtrail.this"
AUDIT_BUCKET = "module.log_archive.aws_s3_bucket.logs"


Scan = Callable[..., "dict[str, Any]"]


class Found(NamedTuple):
    policy: str
    resource: str
    place: str


def test_a_trail_with_everything_left_at_its_default(scan: Scan) -> None:
    report = scan("default-only-trail")
    trail = at("default-only-trail", "main.tf", 'resource "aws_cloudtrail" "main" {')
    bucket = at("default-only-trail", "main.tf", 'resource "aws_s3_bucket" "trail" {')
    stored = at("default-only-trail", "main.tf", "s3_bucket_name = aws_s3_bucket.trail.id")
    writer = "examples/default-only-trail/main.tf:43"

    assert found(report, "fail") == {
        # Not written, and off by default.
        Found("TRAIL-003", "aws_cloudtrail.main", trail),
        Found("TRAIL-005", "aws_cloudtrail.main", trail),
        Found("TRAIL-007", "aws_cloudtrail.main", trail),
        Found("TRAIL-010", "aws_cloudtrail.main", trail),
        Found("KMS-001", "aws_cloudtrail.main", trail),
        # A trail without selectors records management events and no data events of any kind.
        Found("EVENTS-003", "aws_cloudtrail.main", trail),
        Found("EVENTS-004", "aws_cloudtrail.main", trail),
        Found("EVENTS-005", "aws_cloudtrail.main", trail),
        Found("EVENTS-006", "aws_cloudtrail.main", trail),
        # Nor does the bucket with the logs write an access log of its own.
        Found("EVENTS-008", "aws_s3_bucket.trail", bucket),
        # Nothing protects the files: no versions, no lock, no key, and it depends on the bucket's age who gets in.
        *(Found(f"BUCKET-{number}", "aws_s3_bucket.trail", bucket) for number in ("002", "003", "004", "005")),
        *(Found(f"BUCKET-{number}", "aws_s3_bucket.trail", bucket) for number in ("008", "013")),
        # The policy is the one that AWS suggested for years: without TLS too, and for the trails of strangers.
        Found("BUCKET-007", "aws_s3_bucket.trail", at("default-only-trail", "main.tf", "policy = data.")),
        Found("BUCKET-010", "aws_s3_bucket.trail", writer),
        # One provider makes both, so the bucket is in the account that the trail records.
        Found("ORG-002", "aws_cloudtrail.main", stored),
        # Neither says prevent_destroy.
        Found("TRAIL-013", "aws_cloudtrail.main", trail),
        Found("TRAIL-013", "aws_cloudtrail.main", bucket),
    }
    assert found(report, "unknown") == set()
    assert passed(report) >= {
        ("TRAIL-002", "aws_cloudtrail.main"),  # enable_logging is true by default
        ("TRAIL-004", "aws_cloudtrail.main"),  # and so are global service events
        ("EVENTS-001", "aws_cloudtrail.main"),  # and management events, read and write
        ("EVENTS-002", "aws_cloudtrail.main"),
        ("BUCKET-001", "aws_s3_bucket.trail"),  # whatever its age, nobody is let in but CloudTrail
        ("BUCKET-009", "aws_s3_bucket.trail"),  # and CloudTrail may write where the trail does
        ("BUCKET-011", "aws_s3_bucket.trail"),
        ("RETAIN-002", "aws_s3_bucket.trail"),  # no lifecycle: nothing expires
    }


def test_the_same_trail_as_a_stack_is_judged_alike(scan: Scan) -> None:
    code, stack = scan("default-only-trail"), scan("default-only-stack")

    def said(report: dict[str, Any]) -> list[tuple[str, str, str]]:
        return sorted((each["policy"], each["outcome"], each["message"]) for each in report["findings"])

    assert said(stack) == said(code)
    places = {place for _, _, place in found(stack, "fail")}
    written = ("TrailBucket:", "MainTrail:", "S3BucketName: !Ref", "PolicyDocument:")
    assert places == {
        *(at("default-only-stack", "template.yaml", line) for line in written),
        at("default-only-stack", "template.yaml", "Service: cloudtrail", after="- Sid: CloudTrailWrite"),
    }


def test_an_audit_account_with_three_faults(scan: Scan) -> None:
    report = scan("audit-account")

    assert found(report, "fail") == {
        # A housekeeping rule copied from ordinary buckets removes what somebody deleted after 30 days, and the lock in
        # terraform.tfvars holds no longer than that either. The rule that keeps logs for seven years is no help.
        Found("RETAIN-002", AUDIT_BUCKET, at("audit-account", "modules/log-archive/main.tf", "noncurrent_days = 30")),
        Found("BUCKET-005", AUDIT_BUCKET, at("audit-account", "modules/log-archive/main.tf", "= var.object_lock_days")),
        # terraform.tfvars leaves out KMS, and the selector that says so is two dynamic blocks deep in a module.
        Found(
            "EVENTS-002",
            AUDIT_TRAIL,
            at(
                "audit-account",
                "modules/organization-trail/main.tf",
                "not_equals = try(field_selector.value.not_equals",
            ),
        ),
        # So nobody hears of a key that is taken away either, although a filter looks for it.
        Found(
            "MONITOR-007",
            "examples/audit-account",
            at(
                "audit-account",
                "modules/organization-trail/main.tf",
                "not_equals = try(field_selector.value.not_equals",
            ),
        ),
        # The region that was added last has no flow_log_days; optional() makes that null.
        Found(
            "RETAIN-006",
            'module.regional_baseline["us-east-1"].aws_cloudwatch_log_group.flow_logs',
            at(
                "audit-account",
                "modules/regional-baseline/main.tf",
                'resource "aws_cloudwatch_log_group" "flow_logs" {',
            ),
        ),
    }
    assert found(report, "unknown") == {
        # The archive's account stands in the role of its provider; which account the default provider reaches is
        # nowhere in the code.
        Found("ORG-002", AUDIT_TRAIL, at("audit-account", "modules/organization-trail/main.tf", "= var.bucket_name")),
        # The organization is made by its management account, in code of its own.
        *(
            Found(policy, "examples/audit-account", "examples/audit-account/main.tf:1")
            for policy in ("ORG-003", "ORG-004", "ORG-007")
        ),
        # An address has to confirm before it gets anything, which no code can show.
        Found(
            "MONITOR-023",
            "module.alerts.aws_sns_topic.alerts",
            at("audit-account", "modules/alerts/main.tf", 'resource "aws_sns_topic_subscription" "on_call" {'),
        ),
        # So whether the trail's ARN and files are those that the bucket's policy lets in is open too: first of all
        # whether CloudTrail may look at the bucket.
        Found(
            "BUCKET-009",
            AUDIT_BUCKET,
            at("audit-account", "modules/log-archive/policy.tf", "[var.trail_arn]", after="TrailChecksAcl"),
        ),
    }
    assert passed(report) >= {
        *((f"TRAIL-0{number}", AUDIT_TRAIL) for number in ("02", "03", "04", "05", "07", "09", "10", "13")),
        ("EVENTS-001", AUDIT_TRAIL),  # the management selector is narrowed, but takes reads and writes
        ("EVENTS-003", AUDIT_TRAIL),  # data_event_types makes three selectors
        ("EVENTS-004", AUDIT_TRAIL),
        ("EVENTS-005", AUDIT_TRAIL),
        ("EVENTS-006", AUDIT_TRAIL),
        *((f"BUCKET-0{number}", AUDIT_BUCKET) for number in ("01", "02", "03", "04", "07", "08", "10", "11", "13")),
        ("EVENTS-008", AUDIT_BUCKET),  # the trail records the objects of every bucket of the organization
        *(
            (
                f"MONITOR-0{number:02}",
                "examples/audit-account",
            )  # the patterns of the alerts module, one or more for each
            for number in range(1, 20)
            if number != 7
        ),
        ("KMS-001", AUDIT_TRAIL),
        ("KMS-002", "module.audit_key.aws_kms_key.this"),
        ("KMS-003", "module.audit_key.aws_kms_key.this"),
        ("KMS-005", "module.audit_key.aws_kms_key.this"),  # bound to the one trail
        ("KMS-007", "module.organization_trail.aws_cloudwatch_log_group.trail"),
        ("KMS-008", "module.alerts.aws_sns_topic.alerts"),  # its key lets CloudWatch in
        ("RETAIN-001", "module.organization_trail.aws_cloudwatch_log_group.trail"),  # 365 by default
        ("RETAIN-004", AUDIT_BUCKET),  # Glacier after 120 days
        ("RETAIN-005", "module.organization_trail.aws_cloudwatch_log_group.trail"),  # skip_destroy
        ("RETAIN-006", 'module.regional_baseline["eu-north-1"].aws_cloudwatch_log_group.flow_logs'),
        ("RETAIN-006", 'module.regional_baseline["eu-central-1"].aws_cloudwatch_log_group.flow_logs'),
        ("RETAIN-006", "aws_cloudwatch_log_group.dns_queries"),
    }


def test_a_long_enough_lock_makes_early_deletion_harmless(scan: Scan) -> None:
    report = scan("audit-account", "--var", "object_lock_days=400", "--var", "quiet_event_sources=[]")

    assert {each.policy for each in found(report, "fail")} == {"RETAIN-006"}


def test_a_workload_account_whose_modules_are_not_here(scan: Scan) -> None:
    report = scan("workload-account")
    trail = at("workload-account", "trail.tf", 'resource "aws_cloudtrail" "documents" {')
    group = at("workload-account", "trail.tf", 'resource "aws_cloudwatch_log_group" "trail" {')

    assert found(report, "fail") == {
        # No module changes what the trail itself does not say.
        Found("TRAIL-005", "aws_cloudtrail.documents", trail),
        Found("TRAIL-013", "aws_cloudtrail.documents", trail),
        Found("TRAIL-013", "aws_cloudtrail.documents", group),
        Found("RETAIN-005", "aws_cloudwatch_log_group.trail", group),
        Found("KMS-007", "aws_cloudwatch_log_group.trail", group),
        # reminder_log_days is null by default. log_forwarding is told of the group, but retention is the group's own.
        Found(
            "RETAIN-006",
            'aws_cloudwatch_log_group.service["reminder"]',
            at("workload-account", "main.tf", 'resource "aws_cloudwatch_log_group" "service" {'),
        ),
    }
    assert found(report, "unknown") == {
        # This trail records no management events and one bucket's objects; a module may hold a trail that does more.
        *(Found(f"EVENTS-00{number}", "aws_cloudtrail.documents", trail) for number in (1, 4, 5, 6)),
        # The pipeline gives these, and a role that turned out to be null would be none.
        Found("KMS-001", "aws_cloudtrail.documents", at("workload-account", "trail.tf", "= var.trail_key_arn")),
        Found(
            "TRAIL-007", "aws_cloudtrail.documents", at("workload-account", "trail.tf", "= var.trail_delivery_role_arn")
        ),
        Found(
            "TRAIL-009", "aws_cloudtrail.documents", at("workload-account", "trail.tf", "= var.trail_delivery_role_arn")
        ),
        # 400 days in production, 30 elsewhere.
        Found("RETAIN-001", "aws_cloudwatch_log_group.trail", at("workload-account", "trail.tf", "? 400 : 30")),
        # The bucket is made by a module from the registry.
        *(
            Found(
                policy,
                "aws_cloudtrail.documents",
                at("workload-account", "trail.tf", "= module.trail_bucket.s3_bucket_id"),
            )
            for policy in ("BUCKET-014", "ORG-002")
        ),
    }
    assert passed(report) >= {
        ("TRAIL-002", "aws_cloudtrail.documents"),
        ("EVENTS-003", "aws_cloudtrail.documents"),
        ("RETAIN-006", 'aws_cloudwatch_log_group.service["api"]'),
        ("RETAIN-006", 'aws_cloudwatch_log_group.service["worker"]'),
    }
    assert settled_by(report) >= {
        "module `network` (terraform-aws-modules/vpc/aws) is not downloaded: run `terraform init`",
        "variable `environment` has no value: pass --var environment=... or --var-file",
    }


@pytest.mark.parametrize(("environment", "outcome"), [("production", "pass"), ("staging", "fail")])
def test_a_value_from_the_command_line_settles_what_was_open(environment: str, outcome: str, scan: Scan) -> None:
    report = scan("workload-account", "--var", f"environment={environment}")

    judged = [each for each in report["findings"] if each["policy"] == "RETAIN-001"]
    assert [(each["resource"], each["outcome"]) for each in judged] == [("aws_cloudwatch_log_group.trail", outcome)]


@pytest.mark.terraform
@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs the terraform program")
def test_terraform_has_nothing_to_say_against_the_examples() -> None:
    formatted = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", str(EXAMPLES)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (formatted.returncode, formatted.stdout) == (0, "")


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Scan:
    """The JSON report on an example, scanned as a user would from the top of the repository."""
    monkeypatch.chdir(PROJECT)

    def scanned(example: str, *arguments: str) -> dict[str, Any]:
        main(["scan", f"examples/{example}", "--format", "json", *arguments])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return report

    return scanned


def at(example: str, file: str, text: str, *, after: str = "") -> str:
    """Where the one line stands that contains `text`, or the first of them behind the one that contains `after`."""
    lines = (EXAMPLES / example / file).read_text(encoding="utf-8").splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if text in line]
    if after:
        (begin,) = (number for number, line in enumerate(lines, 1) if after in line)
        numbers = [number for number in numbers if number > begin][:1]
    assert len(numbers) == 1, f"{text!r} stands in lines {numbers} of {file}"
    return f"examples/{example}/{file}:{numbers[0]}"


def found(report: dict[str, Any], outcome: str) -> set[Found]:
    listed = [
        Found(each["policy"], each["resource"], f"{each['file']}:{each['line']}") for each in _with(report, outcome)
    ]
    assert len(listed) == len(set(listed)), "something is reported twice"
    return set(listed)


def passed(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["policy"], each["resource"]) for each in _with(report, "pass")}


def settled_by(report: dict[str, Any]) -> set[str]:
    """What the open verdicts are said to be blocked by."""
    return {because["detail"] for each in _with(report, "unknown") for because in each["because"]}


def _with(report: dict[str, Any], outcome: str) -> Iterable[dict[str, Any]]:
    return [each for each in report["findings"] if each["outcome"] == outcome]

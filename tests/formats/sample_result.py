"""Results to report on, built from the real text of a configuration."""

from __future__ import annotations

from guardrails.findings import Because, Finding, GapNote, Outcome, Result, TargetNote, Waiver
from guardrails.kernel.origin import NOWHERE, Call, How, Origin, SourceFile
from guardrails.policy import Severity

AUDIT = SourceFile(
    "modules/audit/main.tf",
    """\
resource "aws_cloudtrail" "this" {
  name                       = var.name
  s3_bucket_name             = var.bucket
  is_multi_region_trail      = true
  enable_log_file_validation = false
}

variable "bucket" {}
""",
)
ROOT = SourceFile(
    "main.tf",
    """\
module "audit" {
  source = "./modules/audit"
}

module "vpc" {
  source = "terraform-aws-modules/vpc/aws"
}
""",
)
BROKEN = SourceFile("broken.tf", 'resource "aws_sns_topic" {\n  name =\n}\n')


def at(source: SourceFile, text: str, *, via: tuple[Call, ...] = (), how: How = How.WRITTEN) -> Origin:
    """The place of `text` in a source."""
    start = source.text.index(text)
    return Origin(source, start, start + len(text), how, via)


def call(name: str) -> Call:
    return Call(f"module.{name}", ROOT, ROOT.text.index(f'module "{name}"'))


def finding(
    policy: str,
    outcome: Outcome,
    severity: Severity,
    message: str,
    origin: Origin,
    *,
    resource: str = "module.audit.aws_cloudtrail.this",
    target: str = "infra/prod",
    because: tuple[Because, ...] = (),
    remedy: str = "",
    waiver: Waiver | None = None,
) -> Finding:
    return Finding(
        policy=policy,
        name=f"{policy.lower()}-name",
        outcome=outcome,
        severity=severity,
        message=message,
        resource=resource,
        type="aws_cloudtrail",
        target=target,
        origin=origin,
        because=because,
        remedy=remedy,
        waiver=waiver,
    )


VALIDATION = at(AUDIT, "enable_log_file_validation = false", via=(call("audit"),))
HEAD = at(AUDIT, 'resource "aws_cloudtrail" "this"', via=(call("audit"),))
WAIVER = Waiver("the owner is in the wiki", "2027-01-31", at(ROOT, 'module "audit"'), Outcome.FAIL)
BUCKET = at(AUDIT, "s3_bucket_name             = var.bucket", via=(call("audit"),))


def sample() -> Result:
    return Result(
        targets=[
            TargetNote(
                "infra/prod",
                "terraform",
                3,
                7,
                (
                    GapNote(
                        "ELSEWHERE",
                        "module.vpc is not downloaded",
                        "run `terraform init`",
                        at(ROOT, 'source = "terraform-aws-modules/vpc/aws"'),
                        incomplete=False,
                    ),
                    GapNote("INVALID", "an expression is missing", "", at(BROKEN, "name =")),
                ),
            )
        ],
        findings=[
            finding(
                "KMS-001",
                Outcome.FAIL,
                Severity.MEDIUM,
                "logs are not encrypted with a customer-managed key",
                HEAD,
                because=(Because("`kms_key_id` is not set", HEAD),),
                remedy="set `kms_key_id` to a key of your own",
            ),
            finding(
                "TRAIL-005",
                Outcome.FAIL,
                Severity.HIGH,
                "log files are not validated",
                VALIDATION,
                because=(
                    Because("`enable_log_file_validation` is false", VALIDATION),
                    Because("the trail is logging", HEAD),
                ),
            ),
            finding(
                "BUCKET-001",
                Outcome.UNKNOWN,
                Severity.CRITICAL,
                "the bucket is public",
                BUCKET,
                because=(
                    Because("`s3_bucket_name` is not known", BUCKET),
                    Because(
                        'variable "bucket" has no value',
                        at(AUDIT, 'variable "bucket"'),
                        why="input",
                        settle="pass --var bucket=...",
                    ),
                ),
            ),
            finding("TRAIL-003", Outcome.PASS, Severity.HIGH, "covers one region", HEAD),
            finding(
                "ACME-1",
                Outcome.ERROR,
                Severity.LOW,
                "the policy raised KeyError: 'x'",
                HEAD,
                resource="aws_s3_bucket.b",
            ),
            finding("TRAIL-014", Outcome.WAIVED, Severity.INFO, "has no owner", HEAD, waiver=WAIVER),
        ],
        gaps=[GapNote("PLUGIN", "acme: cannot be loaded: acme.py:3: KeyError: 'x'", "", NOWHERE)],
        notices=["guardrails.toml:1: its policies are not loaded"],
    )

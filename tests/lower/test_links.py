"""Links and attachments: by reference, by name, by ARN, through what stands for a resource, and what stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Why
from guardrails.lower.world import World, open_world
from guardrails.model import AuditTrail, Bucket, Context, EncryptionKey, LogGroup, OrganizationPolicy, Resource, Role
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

R = TypeVar("R", bound=Resource)


def world(folder: Path, text: str, context: Context | None = None) -> World:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    return open_world(loaded.deployments[0], context or Context())


def only(found: World, model: type[R]) -> R:
    ((resource, _),) = found.all(model).members()
    return resource


def trail(folder: Path, arguments: str, others: str = "") -> AuditTrail:
    return only(
        world(folder, f'resource "aws_cloudtrail" "t" {{\n  name = "main"\n{arguments}\n}}\n{others}'), AuditTrail
    )


KEY = 'resource "aws_kms_key" "k" {}\n'
ALIAS = 'resource "aws_kms_alias" "a" {\n  name = "alias/logs"\n  target_key_id = aws_kms_key.k.key_id\n}\n'


@pytest.mark.parametrize(
    ("argument", "others"),
    [
        ("kms_key_id = aws_kms_key.k.arn", KEY),
        ("kms_key_id = aws_kms_alias.a.target_key_arn", KEY + ALIAS),
        ("kms_key_id = aws_kms_alias.a.arn", KEY + ALIAS),
        ("kms_key_id = data.aws_kms_key.d.arn", KEY + 'data "aws_kms_key" "d" {\n  key_id = aws_kms_key.k.id\n}\n'),
        ("kms_key_id = local.key", KEY + "locals {\n  key = aws_kms_key.k.arn\n}\n"),
    ],
)
def test_many_spellings_lead_to_the_key_that_is_created_here(tmp_path: Path, argument: str, others: str) -> None:
    ((key, exists),) = trail(tmp_path, f"  {argument}", others).key.members()

    assert key.owned
    assert (key.address, exists.verdict) == ("aws_kms_key.k", Verdict.TRUE)


@pytest.mark.parametrize(
    ("literal", "customer"),
    [
        ("arn:aws:kms:eu-west-1:111122223333:key/1234", Verdict.TRUE),
        ("alias/logs", Verdict.TRUE),
        ("alias/aws/s3", Verdict.FALSE),
        ("arn:aws:kms:eu-west-1:111122223333:alias/aws/cloudtrail", Verdict.FALSE),
    ],
)
def test_a_key_that_is_named_by_a_literal_is_outside(tmp_path: Path, literal: str, customer: Verdict) -> None:
    """Its name tells whose it is; everything else about it is defined elsewhere."""
    ((key, _),) = trail(tmp_path, f'  kms_key_id = "{literal}"').key.members()

    assert not key.owned
    assert key.customer_managed.is_true().verdict is customer
    assert key.enabled.is_true().reasons[0].why is Why.ELSEWHERE


def test_no_key_is_a_known_absence_at_the_head_of_the_trail(tmp_path: Path) -> None:
    absence = trail(tmp_path, "").key.some(lambda key: key.customer_managed.is_true())

    assert absence.verdict is Verdict.FALSE
    assert (absence.facts[0].detail, absence.facts[0].origin.line) == ("`kms_key_id` is not set", 1)


def test_an_unset_variable_may_or_may_not_name_a_key(tmp_path: Path) -> None:
    key = trail(tmp_path, "  kms_key_id = var.key", 'variable "key" {\n  type = string\n}\n').key

    assert key.is_empty().verdict is Verdict.UNKNOWN
    assert key.is_empty().reasons[0].detail == "variable `key` has no value"


def test_a_choice_between_a_key_and_nothing_is_open(tmp_path: Path) -> None:
    others = KEY + 'variable "on" {\n  type = bool\n}\n'
    key = trail(tmp_path, "  kms_key_id = var.on ? aws_kms_key.k.arn : null", others).key

    assert key.some(lambda found: found.customer_managed.is_true()).verdict is Verdict.UNKNOWN
    assert [found.address for found, _ in key.members()] == ["aws_kms_key.k"]


def test_a_choice_between_two_keys_is_surely_a_key(tmp_path: Path) -> None:
    others = KEY + 'resource "aws_kms_key" "l" {\n  is_enabled = false\n}\nvariable "on" {\n  type = bool\n}\n'
    key = trail(tmp_path, "  kms_key_id = var.on ? aws_kms_key.k.arn : aws_kms_key.l.arn", others).key

    assert key.some(lambda found: found.customer_managed.is_true()).verdict is Verdict.TRUE
    assert key.some(lambda found: found.enabled.is_true()).verdict is Verdict.UNKNOWN
    assert key.every(lambda found: found.customer_managed.is_false()).verdict is Verdict.FALSE
    assert key.is_empty().verdict is Verdict.FALSE


def test_a_log_group_is_found_by_name_in_an_arn_and_by_reference(tmp_path: Path) -> None:
    group = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "trail"\n}\n'
    for argument in (
        '"${aws_cloudwatch_log_group.g.arn}:*"',
        '"arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"',
    ):
        found = trail(tmp_path, f"  cloud_watch_logs_group_arn = {argument}", group)
        ((linked, _),) = found.log_group.members()

        assert linked.owned
        assert linked.name.or_none() == "trail"
        assert found.log_group_wildcard.is_true().verdict is Verdict.TRUE


def test_a_bare_log_group_arn_lacks_the_wildcard_in_terraform(tmp_path: Path) -> None:
    group = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "trail"\n}\n'
    found = trail(tmp_path, "  cloud_watch_logs_group_arn = aws_cloudwatch_log_group.g.arn", group)

    assert found.log_group_wildcard.is_true().verdict is Verdict.FALSE


BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-logs"\n}\n'


@pytest.mark.parametrize(
    "bucket", ["aws_s3_bucket.b.id", "aws_s3_bucket.b.bucket", '"acme-logs"', "aws_s3_bucket.b.arn"]
)
def test_versioning_beside_the_bucket_is_found_however_it_names_it(tmp_path: Path, bucket: str) -> None:
    beside = f"""resource "aws_s3_bucket_versioning" "v" {{
  bucket = {bucket}
  versioning_configuration {{
    status = "Enabled"
  }}
}}
"""
    versioned = only(world(tmp_path, BUCKET + beside), Bucket).versioned.is_true()

    assert versioned.verdict is Verdict.TRUE
    assert versioned.facts[0].origin.line == 7


def test_two_names_that_are_unknown_alike_are_one(tmp_path: Path) -> None:
    """A name with a random suffix is not known, but it is the same name on both sides."""
    text = """resource "random_id" "r" {
  byte_length = 4
}
locals {
  name = "logs-${random_id.r.hex}"
}
resource "aws_s3_bucket" "b" {
  bucket = local.name
}
resource "aws_s3_bucket_versioning" "v" {
  bucket = local.name
  versioning_configuration {
    status = "Suspended"
  }
}
"""
    assert only(world(tmp_path, text), Bucket).versioned.is_true().verdict is Verdict.FALSE


def test_versioning_of_another_bucket_does_not_count(tmp_path: Path) -> None:
    beside = """resource "aws_s3_bucket_versioning" "v" {
  bucket = "somebody-elses"
  versioning_configuration {
    status = "Enabled"
  }
}
"""
    answer = only(world(tmp_path, BUCKET + beside), Bucket).versioned.is_true()

    assert answer.verdict is Verdict.FALSE
    assert answer.facts[0].origin.line == 1, "absence is told at the bucket"


def test_versioning_of_an_unknown_bucket_leaves_it_open(tmp_path: Path) -> None:
    beside = """variable "target" {
  type = string
}
resource "aws_s3_bucket_versioning" "v" {
  bucket = var.target
  versioning_configuration {
    status = "Enabled"
  }
}
"""
    answer = only(world(tmp_path, BUCKET + beside), Bucket).versioned.is_true()

    assert answer.verdict is Verdict.UNKNOWN
    assert answer.reasons[0].detail == "`aws_s3_bucket_versioning.v` may belong to it: its `bucket` is not known"


def test_versioning_that_may_not_exist_is_one_of_two(tmp_path: Path) -> None:
    beside = """variable "on" {
  type = bool
}
resource "aws_s3_bucket_versioning" "v" {
  count  = var.on ? 1 : 0
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""
    assert only(world(tmp_path, BUCKET + beside), Bucket).versioned.is_true().verdict is Verdict.UNKNOWN


def test_inline_versioning_of_old_provider_versions(tmp_path: Path) -> None:
    text = 'resource "aws_s3_bucket" "b" {\n  versioning {\n    enabled = true\n  }\n}\n'

    assert only(world(tmp_path, text), Bucket).versioned.is_true().verdict is Verdict.TRUE


@pytest.mark.parametrize(
    ("argument", "verdict"),
    [
        ("bucket = aws_s3_bucket.b.id", Verdict.UNKNOWN),
        ('bucket = "acme-logs"', Verdict.UNKNOWN),
        ('name = "something"', Verdict.FALSE),
    ],
)
def test_a_module_that_is_not_here_hides_only_what_it_is_told_of(
    tmp_path: Path, argument: str, verdict: Verdict
) -> None:
    module = f'module "m" {{\n  source = "example/other/aws"\n  {argument}\n}}\n'

    answer = only(world(tmp_path, BUCKET + module), Bucket).versioned.is_true()

    assert answer.verdict is verdict
    if verdict is Verdict.UNKNOWN:
        assert answer.reasons[0].why is Why.ELSEWHERE
        assert answer.reasons[0].settle == "run `terraform init`"


def test_a_module_that_is_not_here_may_hold_another_trail(tmp_path: Path) -> None:
    found = trail(tmp_path, "", 'module "m" {\n  source = "example/other/aws"\n}\n')

    assert found.account.trails.every(lambda other: other.logging.is_true()).verdict is Verdict.UNKNOWN


def test_no_role_without_evidence(tmp_path: Path) -> None:
    """A bucket does not serve the audit trail merely because a module was not read."""
    module = 'module "m" {\n  source = "example/other/aws"\n  bucket = aws_s3_bucket.b.id\n}\n'

    assert only(world(tmp_path, BUCKET + module), Bucket).audit.verdict is Verdict.FALSE


def test_a_bucket_serves_the_trail_that_delivers_to_it(tmp_path: Path) -> None:
    text = BUCKET + 'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = aws_s3_bucket.b.id\n}\n'

    assert only(world(tmp_path, text), Bucket).audit.verdict is Verdict.TRUE


def test_a_central_bucket_is_known_by_its_policy(tmp_path: Path) -> None:
    """The log account's code holds the bucket and not the trail."""
    policy = """resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.b.arn}/AWSLogs/*"
    }]
  })
}
"""
    assert only(world(tmp_path, BUCKET + policy), Bucket).audit.verdict is Verdict.TRUE


def test_a_bucket_that_is_open_to_everybody_is_no_audit_bucket(tmp_path: Path) -> None:
    policy = """resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = "*" }]
  })
}
"""
    assert only(world(tmp_path, BUCKET + policy), Bucket).audit.verdict is Verdict.FALSE


@pytest.mark.parametrize(
    ("source", "argument"),
    [
        ("aws_config_delivery_channel", "s3_bucket_name = aws_s3_bucket.b.bucket"),
        ("aws_flow_log", "log_destination = aws_s3_bucket.b.arn"),
        ("aws_flow_log", 'log_destination = "${aws_s3_bucket.b.arn}/flow"'),
    ],
)
def test_a_bucket_of_other_audit_sources(tmp_path: Path, source: str, argument: str) -> None:
    text = BUCKET + f'resource "{source}" "s" {{\n  {argument}\n}}\n'

    assert only(world(tmp_path, text), Bucket).audit.verdict is Verdict.TRUE


@pytest.mark.parametrize(
    ("patterns", "verdict"), [(("acme-*",), Verdict.TRUE), (("*",), Verdict.TRUE), (("x",), Verdict.FALSE)]
)
def test_roles_from_the_configuration(tmp_path: Path, patterns: tuple[str, ...], verdict: Verdict) -> None:
    assert only(world(tmp_path, BUCKET, Context(audit_buckets=patterns)), Bucket).audit.verdict is verdict


def test_a_key_and_a_log_group_serve_the_trail_that_uses_them(tmp_path: Path) -> None:
    text = """resource "aws_kms_key" "k" {}
resource "aws_cloudwatch_log_group" "g" {
  name = "trail"
}
resource "aws_cloudwatch_log_group" "other" {
  name = "app"
}
resource "aws_cloudtrail" "t" {
  name                       = "t"
  kms_key_id                 = aws_kms_key.k.arn
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.g.arn}:*"
}
"""
    found = world(tmp_path, text)

    assert only(found, EncryptionKey).audit.verdict is Verdict.TRUE
    audit = {group.address: group.audit.verdict for group, _ in found.all(LogGroup).members()}
    assert audit == {"aws_cloudwatch_log_group.g": Verdict.TRUE, "aws_cloudwatch_log_group.other": Verdict.FALSE}


def test_policies_of_a_role_from_all_sides(tmp_path: Path) -> None:
    """Inline, beside it, attached to it, and attached from the policy's side with a list of roles."""
    document = 'policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:Get%s", Resource = "*" }] })'
    text = f"""resource "aws_iam_role" "r" {{
  name = "r"
  assume_role_policy = "{{}}"
  inline_policy {{
    {document % "A"}
  }}
}}
resource "aws_iam_role_policy" "b" {{
  role = aws_iam_role.r.id
  {document % "B"}
}}
resource "aws_iam_policy" "c" {{
  name = "c"
  {document % "C"}
}}
resource "aws_iam_role_policy_attachment" "c" {{
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.c.arn
}}
resource "aws_iam_policy" "d" {{
  name = "d"
  {document % "D"}
}}
resource "aws_iam_policy_attachment" "d" {{
  name       = "d"
  roles      = ["other", aws_iam_role.r.name]
  policy_arn = aws_iam_policy.d.arn
}}
"""
    policies = only(world(tmp_path, text), Role).policies
    actions = {
        action.or_none()
        for policy, _ in policies.members()
        for statement, _ in policy.statements.members()
        for action, _ in statement.actions.members()
    }

    assert actions == {"s3:GetA", "s3:GetB", "s3:GetC", "s3:GetD"}
    assert not policies.gaps


@pytest.mark.parametrize(("name", "gaps"), [("ReadOnlyAccess", []), ("ReadOnlyAccessOfTomorrow", [Why.ELSEWHERE])])
def test_a_policy_that_aws_manages_is_read_if_it_is_known(tmp_path: Path, name: str, gaps: list[Why]) -> None:
    text = f"""resource "aws_iam_role" "r" {{
  name = "r"
}}
resource "aws_iam_role_policy_attachment" "a" {{
  role       = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/{name}"
}}
"""
    assert [gap.why for gap in only(world(tmp_path, text), Role).policies.gaps] == gaps


def test_attachments_of_organization_policies(tmp_path: Path) -> None:
    text = """resource "aws_organizations_organization" "o" {}
resource "aws_organizations_policy" "p" {
  name    = "deny"
  content = "{}"
}
resource "aws_organizations_policy_attachment" "root" {
  policy_id = aws_organizations_policy.p.id
  target_id = aws_organizations_organization.o.roots[0].id
}
resource "aws_organizations_policy_attachment" "one" {
  policy_id = aws_organizations_policy.p.id
  target_id = "111122223333"
}
"""
    members = only(world(tmp_path, text), OrganizationPolicy).attachments.members()

    assert {one.address: one.single_account.verdict for one, _ in members} == {
        "aws_organizations_policy_attachment.root": Verdict.FALSE,
        "aws_organizations_policy_attachment.one": Verdict.TRUE,
    }


def test_a_resource_that_only_may_be_created_says_so(tmp_path: Path) -> None:
    text = 'variable "n" {\n  type = number\n}\nresource "aws_cloudtrail" "t" {\n  count = var.n\n  name  = "t"\n}\n'

    assert only(world(tmp_path, text), AuditTrail).exists.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("true", Verdict.TRUE),
        ('"true"', Verdict.TRUE),
        ('"True"', Verdict.TRUE),
        ("false", Verdict.FALSE),
        ('""', Verdict.FALSE),
    ],
)
def test_booleans_may_be_written_as_text(tmp_path: Path, written: str, said: Verdict) -> None:
    found = trail(tmp_path, f"  enable_log_file_validation = {written}")

    assert found.log_validation.is_true().verdict is said


def test_a_value_of_the_wrong_kind_is_no_answer(tmp_path: Path) -> None:
    answer = trail(tmp_path, '  enable_log_file_validation = "maybe"').log_validation.is_true()

    assert answer.verdict is Verdict.UNKNOWN
    assert answer.reasons[0].detail == "`enable_log_file_validation` is not true or false"


def test_where_a_literal_arn_says_the_resource_is(tmp_path: Path) -> None:
    arn = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"
    ((group, _),) = trail(tmp_path, f'  cloud_watch_logs_group_arn = "{arn}"').log_group.members()

    assert (group.location.region.or_none(), group.location.account.or_none()) == ("eu-west-1", "111122223333")

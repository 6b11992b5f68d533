"""What is said of a bucket: in resources beside it, in blocks of older provider versions, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import AccountPublicAccessBlock, Bucket, Context, Resource
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value

R = TypeVar("R", bound=Resource)

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN


def world(folder: Path, text: str) -> World:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    return open_world(loaded.deployments[0], Context())


def bucket(folder: Path, inline: str = "", beside: str = "", address: str = "aws_s3_bucket.b") -> Bucket:
    """The bucket `b` with these arguments, in a root with these other blocks; `var.open` has no value."""
    text = f"""resource "aws_s3_bucket" "b" {{
  bucket = "acme-logs"
  {inline}
}}
variable "open" {{
}}
{beside}
"""
    found = {one.address: one for one, _ in world(folder, text).all(Bucket).members()}
    return found[address]


def attached(kind: str, arguments: str, head: str = "") -> str:
    return f'resource "aws_s3_bucket_{kind}" "x" {{\n  {head}\n  bucket = aws_s3_bucket.b.id\n  {arguments}\n}}\n'


def plain(values: Many[Value[str]]) -> list[str | None]:
    assert not values.gaps
    return [value.or_none() for value, _ in values.members()]


def test_nothing_said_is_nothing_claimed(tmp_path: Path) -> None:
    """The defaults of the provider where it has one; absence where it is the service that has."""
    found = bucket(tmp_path)

    assert found.public_access_block.is_empty().verdict is TRUE
    assert found.acl.is_empty().verdict is TRUE
    assert found.encryption.is_empty().verdict is TRUE
    assert found.replication.is_empty().verdict is TRUE
    assert found.access_log_target.is_empty().verdict is TRUE
    assert found.access_log_sources.is_empty().verdict is TRUE
    assert found.ownership.is_set().verdict is FALSE
    for flag in (found.versioned, found.mfa_delete, found.object_lock_enabled, found.force_destroy):
        assert flag.is_false().verdict is TRUE


# --- public access ------------------------------------------------------------------------------------------------


def test_a_public_access_block_is_read_flag_by_flag_and_what_is_not_written_is_off(tmp_path: Path) -> None:
    beside = attached(
        "public_access_block",
        "block_public_acls = true\n  ignore_public_acls = false\n  block_public_policy = var.open",
    )
    ((block, exists),) = bucket(tmp_path, beside=beside).public_access_block.members()

    assert exists.verdict is TRUE
    assert block.block_public_acls.is_true().verdict is TRUE
    assert block.ignore_public_acls.is_true().verdict is FALSE
    assert block.block_public_policy.is_true().verdict is UNKNOWN
    assert block.restrict_public_buckets.is_true().verdict is FALSE
    assert block.restrict_public_buckets.is_true().facts[0].detail == (
        "`restrict_public_buckets` is not set, which means false"
    )


def test_the_block_of_an_account_is_a_resource_with_a_place(tmp_path: Path) -> None:
    found = world(tmp_path, 'resource "aws_s3_account_public_access_block" "a" {\n  block_public_acls = true\n}\n')
    ((block, _),) = found.account.public_access_blocks.members()

    assert isinstance(block, AccountPublicAccessBlock)
    assert block.owned
    assert block.settings.block_public_acls.is_true().verdict is TRUE
    assert block.settings.ignore_public_acls.is_true().verdict is FALSE


def test_a_block_made_for_each_bucket_belongs_to_its_own(tmp_path: Path) -> None:
    text = """resource "aws_s3_bucket" "each" {
  for_each = toset(["one", "two"])
  bucket   = "acme-${each.key}"
}
resource "aws_s3_bucket_public_access_block" "each" {
  for_each          = aws_s3_bucket.each
  bucket            = each.value.id
  block_public_acls = each.key == "one"
}
"""
    said = {
        one.address: one.public_access_block.some(lambda block: block.block_public_acls.is_true()).verdict
        for one, _ in world(tmp_path, text).all(Bucket).members()
    }

    assert said == {'aws_s3_bucket.each["one"]': TRUE, 'aws_s3_bucket.each["two"]': FALSE}


# --- access control lists -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inline", "beside"), [('acl = "public-read"', ""), ("", attached("acl", 'acl = "public-read"'))]
)
def test_a_canned_list(tmp_path: Path, inline: str, beside: str) -> None:
    ((acl, exists),) = bucket(tmp_path, inline, beside).acl.members()

    assert exists.verdict is TRUE
    assert acl.canned.or_none() == "public-read"
    assert acl.grants.is_empty().verdict is TRUE


EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.mark.parametrize(
    ("inline", "beside"),
    [
        (f'grant {{\n type = "Group"\n uri = "{EVERYBODY}"\n permissions = ["READ", "READ_ACP"]\n }}', ""),
        (
            "",
            attached(
                "acl",
                "access_control_policy {\n"
                + "".join(
                    f'grant {{\n grantee {{\n type = "Group"\n uri = "{EVERYBODY}"\n }}\n permission = "{one}"\n }}\n'
                    for one in ("READ", "READ_ACP")
                )
                + "owner {\n id = var.open\n }\n }",
            ),
        ),
    ],
)
def test_grants(tmp_path: Path, inline: str, beside: str) -> None:
    ((acl, _),) = bucket(tmp_path, inline, beside).acl.members()
    grants = [grant for grant, _ in acl.grants.members()]

    assert acl.canned.is_set().verdict is FALSE
    assert {grant.grantee.or_none() for grant in grants} == {EVERYBODY}
    assert {grant.kind.or_none() for grant in grants} == {"Group"}
    assert [one for grant in grants for one in plain(grant.permissions)] == ["READ", "READ_ACP"]


def test_a_list_that_only_a_variable_would_name_may_be_there(tmp_path: Path) -> None:
    assert bucket(tmp_path, "acl = var.open").acl.is_empty().verdict is UNKNOWN


def test_object_ownership(tmp_path: Path) -> None:
    beside = attached("ownership_controls", 'rule {\n object_ownership = "BucketOwnerEnforced"\n }')

    assert bucket(tmp_path, beside=beside).ownership.equals("BucketOwnerEnforced").verdict is TRUE


# --- versions and locks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inline", "beside", "versioned", "mfa"),
    [
        ("versioning {\n enabled = true\n mfa_delete = true\n }", "", TRUE, TRUE),
        ("versioning {\n enabled = false\n }", "", FALSE, FALSE),
        ("versioning {\n enabled = var.open\n }", "", UNKNOWN, FALSE),
        (
            "",
            attached("versioning", 'versioning_configuration {\n status = "Enabled"\n mfa_delete = "Enabled"\n }'),
            TRUE,
            TRUE,
        ),
        ("", attached("versioning", 'versioning_configuration {\n status = "Suspended"\n }'), FALSE, FALSE),
        ("", attached("versioning", "versioning_configuration {\n status = var.open\n }"), UNKNOWN, FALSE),
    ],
)
def test_versions(tmp_path: Path, inline: str, beside: str, versioned: Verdict, mfa: Verdict) -> None:
    found = bucket(tmp_path, inline, beside)

    assert found.versioned.is_true().verdict is versioned
    assert found.mfa_delete.is_true().verdict is mfa


RETENTION = 'rule {\n default_retention {\n mode = "COMPLIANCE"\n days = 400\n }\n }'


@pytest.mark.parametrize(
    ("inline", "beside", "enabled", "locks"),
    [
        ("object_lock_enabled = true", "", TRUE, 0),
        ("object_lock_enabled = var.open", "", UNKNOWN, 0),
        ("", attached("object_lock_configuration", RETENTION), TRUE, 1),
        ("object_lock_enabled = true", attached("object_lock_configuration", RETENTION), TRUE, 1),
        (f'object_lock_configuration {{\n object_lock_enabled = "Enabled"\n {RETENTION}\n }}', "", TRUE, 1),
        ("", attached("object_lock_configuration", RETENTION, "count = var.open ? 1 : 0"), UNKNOWN, 1),
    ],
)
def test_object_lock(tmp_path: Path, inline: str, beside: str, enabled: Verdict, locks: int) -> None:
    found = bucket(tmp_path, inline, beside)

    assert found.object_lock_enabled.is_true().verdict is enabled
    assert len(found.object_lock.members()) == locks


# --- encryption, replication, destruction ---------------------------------------------------------------------------

BY_DEFAULT = (
    "rule {\n apply_server_side_encryption_by_default {\n"
    ' sse_algorithm = "aws:kms"\n kms_master_key_id = aws_kms_key.k.arn\n }\n }'
)
KEY = 'resource "aws_kms_key" "k" {}\n'


@pytest.mark.parametrize(
    ("inline", "beside"),
    [
        (f"server_side_encryption_configuration {{\n {BY_DEFAULT}\n }}", KEY),
        ("", KEY + attached("server_side_encryption_configuration", BY_DEFAULT)),
    ],
)
def test_default_encryption_leads_to_its_key(tmp_path: Path, inline: str, beside: str) -> None:
    ((encryption, _),) = bucket(tmp_path, inline, beside).encryption.members()

    assert encryption.algorithm.or_none() == "aws:kms"
    assert [key.address for key, _ in encryption.key.members()] == ["aws_kms_key.k"]


COPY = 'resource "aws_s3_bucket" "copy" {\n  bucket = "acme-copy"\n}\n'


@pytest.mark.parametrize(
    ("inline", "beside", "markers"),
    [
        (
            'replication_configuration {\n role = "r"\n rules {\n status = "Enabled"\n destination {\n'
            ' bucket = aws_s3_bucket.copy.arn\n account_id = "444455556666"\n }\n }\n }',
            "",
            TRUE,
        ),
        (
            "",
            attached(
                "replication_configuration",
                'role = "r"\n rule {\n status = "Enabled"\n filter {}\n destination {\n'
                ' bucket = "arn:aws:s3:::acme-copy"\n account = "444455556666"\n }\n'
                ' delete_marker_replication {\n status = "Disabled"\n }\n }',
            ),
            FALSE,
        ),
    ],
)
def test_replication_leads_to_its_destination(tmp_path: Path, inline: str, beside: str, markers: Verdict) -> None:
    ((rule, _),) = bucket(tmp_path, inline, beside + COPY).replication.members()

    assert rule.enabled.is_true().verdict is TRUE
    assert rule.prefix.is_set().verdict is FALSE
    assert rule.narrowed.verdict is FALSE
    assert rule.destination_account.or_none() == "444455556666"
    assert rule.delete_markers.is_true().verdict is markers
    assert [one.address for one, _ in rule.destination.members()] == ["aws_s3_bucket.copy"]


@pytest.mark.parametrize(("inline", "verdict"), [("force_destroy = true", TRUE), ("force_destroy = var.open", UNKNOWN)])
def test_destruction_of_what_is_in_it(tmp_path: Path, inline: str, verdict: Verdict) -> None:
    assert bucket(tmp_path, inline).force_destroy.is_true().verdict is verdict


# --- access logs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inline", "beside"),
    [
        ('logging {\n target_bucket = aws_s3_bucket.access.id\n target_prefix = "s3/"\n }', ""),
        ("", attached("logging", 'target_bucket = aws_s3_bucket.access.id\n target_prefix = "s3/"')),
        ("", attached("logging", 'target_bucket = "acme-access"\n target_prefix = "s3/"')),
    ],
)
def test_access_logs_go_to_a_bucket_that_knows_it(tmp_path: Path, inline: str, beside: str) -> None:
    access = 'resource "aws_s3_bucket" "access" {\n  bucket = "acme-access"\n}\n'
    source = bucket(tmp_path, inline, beside + access)
    target = bucket(tmp_path, inline, beside + access, "aws_s3_bucket.access")

    assert source.access_log_prefix.or_none() == "s3/"
    assert [one.address for one, _ in source.access_log_target.members()] == ["aws_s3_bucket.access"]
    assert [one.address for one, _ in target.access_log_sources.members()] == ["aws_s3_bucket.b"]
    assert target.audit.verdict is FALSE, "it holds access logs, not audit logs"


def test_a_bucket_may_log_into_itself(tmp_path: Path) -> None:
    found = bucket(tmp_path, beside=attached("logging", "target_bucket = aws_s3_bucket.b.bucket"))

    assert [one.address for one, _ in found.access_log_target.members()] == ["aws_s3_bucket.b"]


def test_a_module_that_is_told_of_the_bucket_may_hold_the_rest(tmp_path: Path) -> None:
    found = bucket(tmp_path, beside='module "m" {\n  source = "example/other/aws"\n  bucket = aws_s3_bucket.b.id\n}\n')

    assert found.public_access_block.is_empty().verdict is UNKNOWN
    assert found.acl.is_empty().verdict is UNKNOWN
    assert found.encryption.is_empty().verdict is UNKNOWN
    assert found.object_lock_enabled.is_true().verdict is UNKNOWN
    assert found.mfa_delete.is_true().verdict is UNKNOWN
    assert found.ownership.is_set().verdict is UNKNOWN


def test_a_module_that_is_not_here_is_no_evidence_of_a_block_of_the_account(tmp_path: Path) -> None:
    """An account may have one that is made anywhere; only what was read counts, wherever else it may be."""
    found = world(tmp_path, 'module "m" {\n  source = "example/other/aws"\n}\n')

    assert found.account.public_access_blocks.is_empty().verdict is TRUE

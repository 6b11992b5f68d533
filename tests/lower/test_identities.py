"""What identities are allowed, collected from all the places where it can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import (
    Context,
    Group,
    Identity,
    LogAccessPolicy,
    ManagedPolicy,
    MonitoringShare,
    PermissionSet,
    Resource,
    Role,
    User,
)
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

R = TypeVar("R", bound=Resource)

DOCUMENT = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })'
POLICY = f'resource "aws_iam_policy" "p" {{\n  name = "p"\n  policy = {DOCUMENT}\n}}\n'
ROLE = 'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = "{}"\n}\n'
USER = 'resource "aws_iam_user" "u" {\n  name = "u"\n}\n'
GROUP = 'resource "aws_iam_group" "g" {\n  name = "g"\n}\n'
SET = 'resource "aws_ssoadmin_permission_set" "s" {\n  name = "Audit"\n  instance_arn = "arn"\n}\n'


def world(folder: Path, text: str) -> World:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    return open_world(loaded.deployments[0], Context())


def only(found: World, model: type[R]) -> R:
    ((resource, _),) = found.all(model).members()
    return resource


def block(head: str, *lines: str) -> str:
    return f"resource {head} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


@pytest.mark.parametrize(
    ("model", "whose", "beside"),
    [
        (Role, ROLE, block('"aws_iam_role_policy" "x"', "role = aws_iam_role.r.id", f"policy = {DOCUMENT}")),
        (Role, ROLE, block('"aws_iam_role_policy_attachment" "x"', 'role = "r"', "policy_arn = aws_iam_policy.p.arn")),
        (
            Role,
            ROLE,
            block(
                '"aws_iam_role_policy_attachments_exclusive" "x"',
                "role_name = aws_iam_role.r.name",
                "policy_arns = [aws_iam_policy.p.arn]",
            ),
        ),
        (
            Role,
            ROLE,
            block(
                '"aws_iam_policy_attachment" "x"',
                "roles = [aws_iam_role.r.name]",
                "policy_arn = aws_iam_policy.p.arn",
            ),
        ),
        (User, USER, block('"aws_iam_user_policy" "x"', "user = aws_iam_user.u.name", f"policy = {DOCUMENT}")),
        (User, USER, block('"aws_iam_user_policy_attachment" "x"', 'user = "u"', "policy_arn = aws_iam_policy.p.arn")),
        (Group, GROUP, block('"aws_iam_group_policy" "x"', "group = aws_iam_group.g.id", f"policy = {DOCUMENT}")),
        (
            Group,
            GROUP,
            block('"aws_iam_group_policy_attachment" "x"', 'group = "g"', "policy_arn = aws_iam_policy.p.arn"),
        ),
        (
            PermissionSet,
            SET,
            block(
                '"aws_ssoadmin_permission_set_inline_policy" "x"',
                "permission_set_arn = aws_ssoadmin_permission_set.s.arn",
                f"inline_policy = {DOCUMENT}",
            ),
        ),
        (
            PermissionSet,
            SET,
            block(
                '"aws_ssoadmin_customer_managed_policy_attachment" "x"',
                "permission_set_arn = aws_ssoadmin_permission_set.s.arn",
                "customer_managed_policy_reference {",
                "  name = aws_iam_policy.p.name",
                "}",
            ),
        ),
    ],
)
def test_a_policy_reaches_whoever_it_is_attached_to(
    tmp_path: Path, model: type[Identity], whose: str, beside: str
) -> None:
    policies = only(world(tmp_path, POLICY + whose + beside), model).policies

    assert len(policies.members()) == 1
    assert policies.gaps == ()


def test_the_policies_of_a_group_count_for_its_users(tmp_path: Path) -> None:
    granted = block('"aws_iam_group_policy" "x"', "group = aws_iam_group.g.id", f"policy = {DOCUMENT}")
    for membership in (
        block(
            '"aws_iam_group_membership" "m"',
            'name = "m"',
            "group = aws_iam_group.g.name",
            "users = [aws_iam_user.u.name]",
        ),
        block('"aws_iam_user_group_membership" "m"', "user = aws_iam_user.u.name", "groups = [aws_iam_group.g.name]"),
    ):
        user = only(world(tmp_path, USER + GROUP + granted + membership), User)

        assert user.policies.is_empty().verdict is Verdict.TRUE
        assert len(user.powers.members()) == 1
        assert user.powers.gaps == ()


def test_a_group_that_is_only_named_leaves_open_what_its_users_may(tmp_path: Path) -> None:
    membership = block('"aws_iam_user_group_membership" "m"', 'user = "u"', 'groups = ["administrators"]')
    user = only(world(tmp_path, USER + membership), User)

    assert user.powers.is_empty().verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (ROLE.replace('"r"\n', '"r"\n  permissions_boundary = aws_iam_policy.p.arn\n'), Role),
        (USER.replace('"u"\n', '"u"\n  permissions_boundary = aws_iam_policy.p.arn\n'), User),
        (
            SET
            + block(
                '"aws_ssoadmin_permissions_boundary_attachment" "x"',
                "permission_set_arn = aws_ssoadmin_permission_set.s.arn",
                "permissions_boundary {",
                "  customer_managed_policy_reference {",
                "    name = aws_iam_policy.p.name",
                "  }",
                "}",
            ),
            PermissionSet,
        ),
    ],
)
def test_a_boundary_is_no_grant(tmp_path: Path, text: str, model: type[Identity]) -> None:
    found = world(tmp_path, POLICY + text)
    bounded = only(found, model)

    assert len(bounded.boundary.members()) == 1
    assert bounded.policies.is_empty().verdict is Verdict.TRUE
    assert only(found, ManagedPolicy).held.verdict is Verdict.TRUE


def test_a_policy_that_is_attached_to_nobody_here_stands_alone(tmp_path: Path) -> None:
    policy = only(world(tmp_path, POLICY), ManagedPolicy)

    assert policy.held.verdict is Verdict.FALSE
    assert len(policy.policies.members()) == 1


def test_all_kinds_are_identities_and_each_is_one_once(tmp_path: Path) -> None:
    found = world(tmp_path, POLICY + ROLE + USER + GROUP + SET).all(Identity)

    assert sorted((identity.kind, identity.address) for identity, _ in found.members()) == [
        ("group", "aws_iam_group.g"),
        ("permission set", "aws_ssoadmin_permission_set.s"),
        ("policy", "aws_iam_policy.p"),
        ("role", "aws_iam_role.r"),
        ("user", "aws_iam_user.u"),
    ]


@pytest.mark.parametrize(
    ("account", "text", "expected"),
    [
        ("", ROLE, None),
        ("111122223333", ROLE, "arn:aws:iam::111122223333:role/r"),
        (
            "111122223333",
            USER.replace('"u"\n', '"u"\n  path = "/people/"\n'),
            "arn:aws:iam::111122223333:user/people/u",
        ),
        ("111122223333", SET, None),
    ],
)
def test_the_arn_is_known_where_all_its_parts_are(
    tmp_path: Path, account: str, text: str, expected: str | None
) -> None:
    allowed = f'  allowed_account_ids = ["{account}"]\n' if account else ""
    provider = f'provider "aws" {{\n  region = "eu-central-1"\n{allowed}}}\n'
    identity = only(world(tmp_path, provider + text), Identity)

    assert identity.arn.or_none() == expected
    assert identity.arn.present is True


def test_log_policies_of_all_kinds(tmp_path: Path) -> None:
    found = world(
        tmp_path,
        block('"aws_cloudwatch_log_resource_policy" "a"', 'policy_name = "a"', f"policy_document = {DOCUMENT}")
        + block('"aws_cloudwatch_log_destination_policy" "b"', 'destination_name = "b"', f"access_policy = {DOCUMENT}"),
    ).all(LogAccessPolicy)

    assert [(policy.kind, policy.name.or_none(), len(policy.policy.members())) for policy, _ in found.members()] == [
        ("resource policy", "a", 1),
        ("destination policy", "b", 1),
    ]


def test_a_sink_has_the_policy_beside_it_and_only_one_role_shares(tmp_path: Path) -> None:
    found = world(
        tmp_path,
        block('"aws_oam_sink" "s"', 'name = "s"')
        + block('"aws_oam_sink_policy" "s"', "sink_identifier = aws_oam_sink.s.arn", f"policy = {DOCUMENT}")
        + ROLE
        + ROLE.replace('"r"', '"share"', 1).replace('"r"', '"CloudWatch-CrossAccountSharingRole"'),
    ).all(MonitoringShare)
    sharing = {share.address: share for share, _ in found.members() if share.shares.verdict is Verdict.TRUE}

    assert list(sharing) == ["aws_oam_sink.s", "aws_iam_role.share"]
    assert len(sharing["aws_oam_sink.s"].policy.members()) == 1


def test_what_a_module_may_attach_is_no_evidence(tmp_path: Path) -> None:
    """It leaves open what an identity may not do, and says nothing of what it may."""
    hidden = 'module "other" {\n  source = "example.com/other"\n  role = aws_iam_role.r.name\n}\n'
    (tmp_path / "main.tf").write_text(ROLE + hidden, encoding="utf-8")
    role = only(open_world(load([str(tmp_path)]).deployments[0], Context()), Role)

    assert role.policies.is_empty().verdict is Verdict.UNKNOWN
    assert role.powers.is_empty().verdict is Verdict.TRUE


def test_a_policy_of_aws_is_found_by_the_name_that_a_data_source_looks_up(tmp_path: Path) -> None:
    def looked_up(name: str) -> Role:
        data = f'data "aws_iam_policy" "p" {{\n  name = "{name}"\n}}\n'
        attached = block('"aws_iam_role_policy_attachment" "x"', 'role = "r"', "policy_arn = data.aws_iam_policy.p.arn")
        return only(world(tmp_path, ROLE + data + attached), Role)

    assert len(looked_up("AWSLambdaBasicExecutionRole").powers.members()) == 1
    assert looked_up("our-own").powers.is_empty().verdict is Verdict.UNKNOWN

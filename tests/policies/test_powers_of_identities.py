"""What identities may do to an audit trail: by which way of attaching, past which denials, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Why
from guardrails.lower.world import open_world
from guardrails.model import Context, Identity
from guardrails.semantics.access import powers
from guardrails.semantics.access.actions import actions_of
from guardrails.semantics.access.powers import is_administrator, may, powers_of
from guardrails.semantics.access.reach import muting_alerts, reading_logs, removing_logs, stopping_trails
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

ROLE = 'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = "{}"\n}\n'
ACCOUNT = 'provider "aws" {\n  region = "eu-central-1"\n  allowed_account_ids = ["111122223333"]\n}\n'
LOGS = (
    'resource "aws_s3_bucket" "logs" {\n  bucket = "acme-logs"\n}\n'
    'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = aws_s3_bucket.logs.id\n}\n'
)


def statement(effect: str, action: str, resource: str = "*", more: str = "") -> str:
    return f'{{ Effect = "{effect}", {action}, Resource = "{resource}"{more} }}'


def attached(*statements: str) -> str:
    policy = f'jsonencode({{ Version = "2012-10-17", Statement = [{", ".join(statements)}] }})'
    return f'resource "aws_iam_role_policy" "p" {{\n  role = aws_iam_role.r.id\n  policy = {policy}\n}}\n'


def identities(folder: Path, text: str) -> dict[str, Identity]:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    found = open_world(loaded.deployments[0], Context()).all(Identity)
    return {identity.address: identity for identity, _ in found.members()}


def role(folder: Path, *statements: str, around: str = ACCOUNT) -> Identity:
    return identities(folder, around + ROLE + attached(*statements))["aws_iam_role.r"]


ALL = statement("Allow", 'Action = "cloudtrail:*"')
EXEMPTION = ', Condition = {{ ArnNotLike = {{ "aws:PrincipalArn" = "{}" }} }}'


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ((ALL,), Verdict.TRUE),
        ((statement("Allow", 'Action = "CloudTrail:stoplogging"'),), Verdict.TRUE),
        ((statement("Allow", 'Action = "cloudtrail:?topLogging"'),), Verdict.TRUE),
        ((statement("Allow", 'NotAction = "iam:*"'),), Verdict.TRUE),
        ((statement("Allow", 'Action = "cloudtrail:StopLogging"', "arn:aws-cn:cloudtrail:*:*:trail/x"),), Verdict.TRUE),
        ((statement("Allow", 'Action = "*"', "arn:aws:s3:::acme/*"),), Verdict.FALSE),
        ((statement("Allow", 'Action = "cloudtrail:*"', "arn:aws:cloudtrail:*:*:channel/*"),), Verdict.FALSE),
        ((statement("Allow", 'Action = ["cloudtrail:Get*", "cloudtrail:StartLogging"]'),), Verdict.FALSE),
        ((statement("Allow", 'Action = "cloudtrail:DeregisterOrganizationDelegatedAdmin"'),), Verdict.TRUE),
        ((ALL, statement("Deny", 'Action = "cloudtrail:*"')), Verdict.FALSE),
        ((ALL, statement("Deny", 'Action = "cloudtrail:StopLogging"')), Verdict.TRUE),
        ((ALL, statement("Deny", 'NotAction = ["cloudtrail:Get*", "s3:*"]')), Verdict.FALSE),
        # It hits everybody but the administrator, who this role is not, or is.
        (
            (ALL, statement("Deny", 'Action = "*"', more=EXEMPTION.format("arn:aws:iam::111122223333:role/admin"))),
            Verdict.FALSE,
        ),
        (
            (ALL, statement("Deny", 'Action = "*"', more=EXEMPTION.format("arn:aws:iam::111122223333:role/r"))),
            Verdict.TRUE,
        ),
        # Whoever has a second factor at hand meets the first, and whoever waits avoids the other.
        (
            (
                statement(
                    "Allow",
                    'Action = "cloudtrail:*"',
                    more=', Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }',
                ),
            ),
            Verdict.TRUE,
        ),
        (
            (
                ALL,
                statement(
                    "Deny",
                    'Action = "*"',
                    more=', Condition = { DateLessThan = { "aws:CurrentTime" = "2030-01-01T00:00:00Z" } }',
                ),
            ),
            Verdict.TRUE,
        ),
    ],
)
def test_who_may_stop_trails(tmp_path: Path, statements: tuple[str, ...], verdict: Verdict) -> None:
    assert may(role(tmp_path, *statements), stopping_trails()).verdict is verdict


def test_the_statement_that_grants_is_named_with_its_actions_and_its_line(tmp_path: Path) -> None:
    text = ROLE + (
        'data "aws_iam_policy_document" "d" {\n  statement {\n    actions = ["s3:Get*"]\n    resources = ["*"]\n  }\n'
        '  statement {\n    actions = ["cloudtrail:Stop*"]\n    resources = ["*"]\n  }\n}\n'
        'resource "aws_iam_role_policy" "p" {\n  role = "r"\n  policy = data.aws_iam_policy_document.d.json\n}\n'
    )
    truth = may(identities(tmp_path, text)["aws_iam_role.r"], stopping_trails())

    (fact,) = truth.facts
    assert fact.detail == "this statement allows `cloudtrail:StopLogging`, `cloudtrail:StopEventDataStoreIngestion`"
    assert text.splitlines()[fact.origin.line - 1].strip() == 'actions = ["cloudtrail:Stop*"]'


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ((statement("Allow", 'Action = "*"'),), Verdict.TRUE),
        ((statement("Allow", 'NotAction = ["iam:*", "organizations:*"]'),), Verdict.TRUE),
        ((statement("Allow", 'Action = "*"', "arn:aws:s3:::acme/*"),), Verdict.FALSE),
        ((ALL, statement("Allow", 'Action = ["s3:*", "logs:*", "kms:*", "cloudwatch:*"]')), Verdict.TRUE),
        (
            (ALL, statement("Allow", 'Action = ["s3:*", "logs:*", "kms:*", "cloudwatch:*"]', "arn:aws:s3:::acme")),
            Verdict.FALSE,
        ),
        ((statement("Allow", 'Action = "*"'), statement("Deny", 'Action = "cloudtrail:Stop*"')), Verdict.FALSE),
    ],
)
def test_an_administrator_may_do_all_of_it_whatever_it_is_called(
    tmp_path: Path, statements: tuple[str, ...], verdict: Verdict
) -> None:
    assert is_administrator(role(tmp_path, *statements)).verdict is verdict


USERS = (
    'resource "aws_iam_group" "g" {\n  name = "g"\n}\n'
    'resource "aws_iam_user" "u" {\n  name = "u"\n}\n'
    'resource "aws_iam_user_group_membership" "m" {\n  user = "u"\n  groups = ["g"]\n}\n'
)


def of(kind: str, effect: str) -> str:
    policy = f"jsonencode({{ Statement = [{statement(effect, 'Action = ' + chr(34) + 'cloudtrail:*' + chr(34))}] }})"
    return f'resource "aws_iam_{kind}_policy" "{kind}" {{\n  {kind} = "{kind[0]}"\n  policy = {policy}\n}}\n'


def test_what_a_group_allows_is_the_groups_and_what_it_denies_counts_for_its_users(tmp_path: Path) -> None:
    found = identities(tmp_path, USERS + of("group", "Allow"))
    assert may(found["aws_iam_group.g"], stopping_trails()).verdict is Verdict.TRUE
    assert may(found["aws_iam_user.u"], stopping_trails()).verdict is Verdict.FALSE

    found = identities(tmp_path, USERS + of("group", "Deny") + of("user", "Allow"))
    assert may(found["aws_iam_user.u"], stopping_trails()).verdict is Verdict.FALSE


def test_a_policy_that_was_not_read_leaves_it_open(tmp_path: Path) -> None:
    other = (
        'resource "aws_iam_role_policy_attachment" "a" {\n  role = "r"\n  policy_arn = "arn:aws:iam::1:policy/x"\n}\n'
    )
    found = identities(tmp_path, ACCOUNT + LOGS + ROLE + other)["aws_iam_role.r"]

    assert may(found, stopping_trails()).verdict is Verdict.UNKNOWN
    assert may(found, reading_logs(found)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("action", "resource", "reads", "removes"),
    [
        ("s3:GetObject", "*", Verdict.TRUE, Verdict.FALSE),
        ("s3:*", "arn:aws:s3:::acme-logs/*", Verdict.TRUE, Verdict.TRUE),
        ("s3:*", "arn:aws:s3:::acme-*", Verdict.TRUE, Verdict.TRUE),
        ("s3:PutBucketPolicy", "arn:aws:s3:::acme-logs", Verdict.FALSE, Verdict.TRUE),
        ("s3:*", "arn:aws:s3:::acme-state/*", Verdict.FALSE, Verdict.FALSE),
        ("s3:*", "arn:aws:s3:::acme-logs/reports/*", Verdict.FALSE, Verdict.FALSE),
        ("s3:*", "arn:aws:s3:::*/*aws-glue-*/*", Verdict.FALSE, Verdict.FALSE),
        ("s3:ListBucket", "arn:aws:s3:::acme-logs", Verdict.FALSE, Verdict.FALSE),
    ],
)
def test_who_reaches_the_log_files(
    tmp_path: Path, action: str, resource: str, reads: Verdict, removes: Verdict
) -> None:
    found = role(tmp_path, statement("Allow", f'Action = "{action}"', resource), around=ACCOUNT + LOGS)

    assert may(found, reading_logs(found)).verdict is reads
    assert may(found, removing_logs(found)).verdict is removes


def test_where_there_are_no_logs_nothing_is_asked_about_them(tmp_path: Path) -> None:
    found = role(tmp_path, statement("Allow", 'Action = "*"'))

    assert (reading_logs(found), removing_logs(found), muting_alerts(found)) == ((), (), ())
    assert powers_of(found, ()).is_empty().verdict is Verdict.TRUE


def test_comparisons_that_are_too_many_leave_open_what_is_within_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enough = len(actions_of("read", "s3", "object")) + 1  # by its one statement, and one bucket
    monkeypatch.setattr(powers, "MOST_COMPARISONS", enough)
    reading = statement("Allow", 'Action = "s3:GetObject"', "arn:aws:s3:::acme-logs/*")
    found = role(tmp_path, reading, around=ACCOUNT + LOGS)
    first = may(found, reading_logs(found))
    later = [may(found, questions) for questions in (removing_logs(found), reading_logs(found), stopping_trails())]

    assert first.verdict is Verdict.TRUE
    assert [answer.verdict for answer in later] == [Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.FALSE]
    assert {reason.why for answer in later for reason in answer.reasons} == {Why.LIMIT}


def test_logs_of_another_account_are_out_of_reach(tmp_path: Path) -> None:
    elsewhere = ACCOUNT.replace('"aws" {', '"aws" {\n  alias = "logs"').replace("111122223333", "444455556666")
    logs = LOGS.replace('"logs" {\n', '"logs" {\n  provider = aws.logs\n').replace(
        "  name = ", "  provider = aws.logs\n  name = "
    )
    found = role(tmp_path, statement("Allow", 'Action = "s3:*"'), around=ACCOUNT + elsewhere + logs)

    assert reading_logs(found) == ()


SET = (
    'resource "aws_ssoadmin_permission_set" "s" {\n  name = "power"\n  instance_arn = "arn"\n}\n'
    'resource "aws_ssoadmin_managed_policy_attachment" "a" {\n'
    "  permission_set_arn = aws_ssoadmin_permission_set.s.arn\n"
    '  managed_policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"\n}\n'
)


@pytest.mark.parametrize(("spared", "verdict"), [("power", Verdict.TRUE), ("audit", Verdict.UNKNOWN)])
def test_a_denial_that_spares_the_roles_of_a_permission_set(tmp_path: Path, spared: str, verdict: Verdict) -> None:
    """Their names end in letters that are made up, so that only the spared one can be told for certain."""
    condition = EXEMPTION.format(f"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_{spared}_*")
    deny = statement("Deny", 'Action = "*"', more=condition)
    denial = (
        'resource "aws_ssoadmin_permission_set_inline_policy" "i" {\n'
        "  permission_set_arn = aws_ssoadmin_permission_set.s.arn\n"
        f"  inline_policy = jsonencode({{ Statement = [{deny}] }})\n}}\n"
    )
    found = identities(tmp_path, SET + denial)["aws_ssoadmin_permission_set.s"]

    assert may(found, stopping_trails()).verdict is verdict


def test_a_denial_that_spares_a_role_of_an_account_that_is_not_known(tmp_path: Path) -> None:
    spared = EXEMPTION.format("arn:aws:iam::*:role/r")
    other = EXEMPTION.format("arn:aws:iam::*:role/other")

    for condition, verdict in ((spared, Verdict.TRUE), (other, Verdict.FALSE)):
        found = role(tmp_path, ALL, statement("Deny", 'Action = "*"', more=condition), around="")
        assert may(found, stopping_trails()).verdict is verdict

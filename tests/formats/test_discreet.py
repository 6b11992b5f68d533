"""Excerpts of scanned code do not show secrets."""

from __future__ import annotations

import pytest

from guardrails.findings import GapNote, Result
from guardrails.formats.discretion import discreet, excerpt
from guardrails.formats.text import render
from guardrails.formats.view import View
from guardrails.kernel.origin import Origin, SourceFile


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('  master_password = "hunter2"', '  master_password = "…"'),
        ('password="hunter2', 'password="…'),
        ('"secret_key": "a\\"b", "x": "y"', '"secret_key": "…", "x": "y"'),
        ('{ API_KEY = "abc", region = "eu" }', '{ API_KEY = "…", region = "eu" }'),
        ('db.Token : "abc"', 'db.Token : "…"'),
        ('access_key = "AKIA" # note', 'access_key = "…" # note'),
        ('source = "git::https://me:hunter2@host.example/x"', 'source = "git::https://…@host.example/x"'),
        ('source = "git::ssh://git@host.example/x"', 'source = "git::ssh://git@host.example/x"'),
        ('password = ""', 'password = ""'),
        ("password = var.password", "password = var.password"),
        ('kms_key_id = "alias/audit"', 'kms_key_id = "alias/audit"'),
        ('name = "secret"', 'name = "secret"'),
        ('password = base64encode("hunter2")', 'password = base64encode("…")'),
        ("password = hunter2", "password = …"),
        ("minimum_password_length = 14", "minimum_password_length = 14"),
        ("export DB_PASSWORD=hunter2 && run", "export DB_PASSWORD=… && run"),
        ("curl https://x/?token=abc&x=1", "curl https://x/?token=…&x=1"),
        ('secrets = { a = "b", c = "d" }', 'secrets = { a = "…", c = "…" }'),
        ('"secretsmanager:GetSecretValue", "s3:GetObject"', '"secretsmanager:GetSecretValue", "s3:GetObject"'),
        ('source = "git::https://user:hunter2@host/x"', 'source = "git::https://…@host/x"'),
        ('source = "git::ssh://git@host/x"', 'source = "git::ssh://git@host/x"'),
        ('k = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"', 'k = "…"'),
        ('k = "c7f3a9d0e1b2c3d4e5f60718293a4b5c"', 'k = "…"'),
        ('k = "AKIAIOSFODNN7EXAMPLE"', 'k = "…"'),
        ('"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"',) * 2,
        ('"arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess"',) * 2,
        ('"../../modules/terraform-aws-secure-baseline-v2"',) * 2,
        ('"AWSLogs/111122223333/CloudTrail/eu-west-1/*"',) * 2,
    ],
)
def test_texts_given_to_names_that_speak_of_secrets_are_left_out(line: str, shown: str) -> None:
    assert discreet(line) == shown


def test_the_excerpt_of_a_syntax_error_is_discreet() -> None:
    source = SourceFile("main.tf", 'x = {\n  password = "hunter2\n}\n')
    gap = GapNote("INVALID", "a string is not closed", "", Origin(source, 20, 21))
    told = render(Result(gaps=[gap]), View())

    assert "hunter2" not in told
    assert '▌ 2 │   password = "…' in told


def test_the_lines_of_a_value_that_is_secret_are_hidden_up_to_its_end() -> None:
    code = """\
x {
  password = <<EOT
hunter2
EOT
  name    = "shown"
  secrets = {
    a = "hidden"
    c = {
      d = "hidden"
    }
  }
  kind = "shown"
}
-----BEGIN RSA PRIVATE KEY-----
short
"""
    source = SourceFile("main.tf", code)
    told = [excerpt(source, number) for number in range(1, code.count("\n") + 1)]

    assert [line for line in told if "shown" in line] == ['  name    = "shown"', '  kind = "shown"']
    assert not [line for line in told if "hidden" in line or "hunter2" in line or "short" in line]


@pytest.mark.parametrize("piece", ['password = "', "a", "://", "password", "token=", "[", "aB1"])
@pytest.mark.timeout(120)  # with the square of their length, weeks
def test_long_lines(piece: str) -> None:
    source = SourceFile("main.tf", piece * 1_000_000)

    assert len(excerpt(source, 1)) < 1_000

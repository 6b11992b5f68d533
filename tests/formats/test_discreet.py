"""Excerpts of scanned code do not show secrets."""

from __future__ import annotations

import pytest

from guardrails.findings import GapNote, Result
from guardrails.formats.terminal import discreet
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

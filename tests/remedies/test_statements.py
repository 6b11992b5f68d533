"""Conditions and statements are added to a policy in the form in which it is written."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from guardrails.remedies.edits import RefusedError, blocks_of, with_elements
from guardrails.remedies.statements import with_condition, with_statement
from guardrails.remedies.steps import AddCondition, NewStatement, policy_document

OF_ACCOUNT = AddCondition("StringEquals", "aws:SourceAccount", ('"111122223333"',))
TLS = NewStatement(
    "Tls",
    ('"s3:*"',),
    ("a.b.arn", '"${a.b.arn}/*"'),
    ("*", ('"*"',)),
    (AddCondition("Bool", "aws:SecureTransport", ('"false"',)),),
    "Deny",
)


def _document(statements: str) -> str:
    return (
        'resource "aws_s3_bucket_policy" "logs" {\n  bucket = "logs"\n'
        f'  policy = jsonencode({{\n    Version = "2012-10-17"\n    Statement = {statements}\n  }})\n}}\n'
    )


ONE = """[{
      Effect    = "Allow" # here
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
    }]"""
CONDITIONS = [
    pytest.param(
        ONE,
        ONE.replace(
            "\n    }]", '\n      Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }\n    }]'
        ),
        id="none so far",
    ),
    pytest.param(
        '[{ Effect = "Allow", Action = "s3:PutObject" }] # here',
        '[{ Effect = "Allow", Action = "s3:PutObject", '
        'Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } } }] # here',
        id="on one line",
    ),
    pytest.param(
        '[{\n      Effect   = "Allow" # here\n      Action   = "sns:Publish"\n      Resource = "*"\n    }]',
        '[{\n      Effect    = "Allow" # here\n      Action    = "sns:Publish"\n      Resource  = "*"\n'
        '      Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }\n    }]',
        id="a run that widens",
    ),
    pytest.param(
        '[{\n      Effect = "Allow" # here\n      Condition = {\n        Bool = { "aws:SecureTransport" = "true" }\n'
        "      }\n    }]",
        '[{\n      Effect = "Allow" # here\n      Condition = {\n'
        '        Bool         = { "aws:SecureTransport" = "true" }\n'
        '        StringEquals = { "aws:SourceAccount" = "111122223333" }\n      }\n    }]',
        id="another operator",
    ),
    pytest.param(
        '[{\n      Effect = "Allow" # here\n'
        '      Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" } }\n    }]',
        '[{\n      Effect = "Allow" # here\n      Condition = { StringEquals = { '
        '"s3:x-amz-acl" = "bucket-owner-full-control", "aws:SourceAccount" = "111122223333" } }\n    }]',
        id="the same operator",
    ),
    pytest.param(
        '[\n      {\n        "Effect" : "Allow", # here\n        "Action" : "sns:Publish"\n      }\n    ]',
        '[\n      {\n        "Effect" : "Allow", # here\n        "Action" : "sns:Publish"\n'
        '        "Condition" : { StringEquals = { "aws:SourceAccount" = "111122223333" } }\n      }\n    ]',
        id="with colons",
    ),
]


@pytest.mark.parametrize(("before", "after"), CONDITIONS)
def test_a_condition_is_added(before: str, after: str) -> None:
    text = _document(before)
    (block,) = blocks_of("main.tf", text)
    found = with_condition("main.tf", text, block, (), text.index('"Allow"') - block.start, OF_ACCOUNT)
    assert found == _document(after)
    assert blocks_of("main.tf", found)
    _assert_stays_formatted(text, found)


def test_a_condition_of_a_statement_block() -> None:
    text = 'data "aws_iam_policy_document" "a" {\n  statement {\n    sid = "1"\n  }\n\n  statement {\n'
    text += '    sid = "2"\n  }\n}\n'
    (block,) = blocks_of("main.tf", text)
    found = with_condition("main.tf", text, block, (("statement", 1),), 0, OF_ACCOUNT)
    assert found.startswith(text.removesuffix("  }\n}\n"))
    assert found.endswith(
        '    sid = "2"\n\n    condition {\n      test     = "StringEquals"\n      variable = "aws:SourceAccount"\n'
        '      values   = ["111122223333"]\n    }\n  }\n}\n'
    )


def test_a_condition_that_is_there_is_not_changed() -> None:
    text = _document('[{ Effect = "Allow", Condition = { StringEquals = { "aws:SourceAccount" = "444455556666" } } }]')
    (block,) = blocks_of("main.tf", text)
    with pytest.raises(RefusedError, match="has such a condition already"):
        with_condition("main.tf", text, block, (), text.index('"Allow"') - block.start, OF_ACCOUNT)


STATEMENTS = [
    pytest.param(
        ONE,
        ONE.replace(
            "    }]",
            '      }, {\n      Sid       = "Tls"\n      Effect    = "Deny"\n      Principal = "*"\n'
            '      Action    = "s3:*"\n      Resource  = [a.b.arn, "${a.b.arn}/*"]\n'
            '      Condition = { Bool = { "aws:SecureTransport" = "false" } }\n    }]',
        ),
        id="brackets together",
    ),
    pytest.param(
        '[\n      {\n        Effect = "Allow"\n      }, # one\n    ]',
        '[\n      {\n        Effect = "Allow"\n      }, # one\n      {\n        Sid       = "Tls"\n'
        '        Effect    = "Deny"\n        Principal = "*"\n        Action    = "s3:*"\n'
        '        Resource  = [a.b.arn, "${a.b.arn}/*"]\n'
        '        Condition = { Bool = { "aws:SecureTransport" = "false" } }\n      },\n    ]',
        id="brackets apart",
    ),
    pytest.param(
        '[\n      {\n        Effect = "Allow"\n      }\n    ]',
        '[\n      {\n        Effect = "Allow"\n      },\n      {\n        Sid       = "Tls"\n'
        '        Effect    = "Deny"\n        Principal = "*"\n        Action    = "s3:*"\n'
        '        Resource  = [a.b.arn, "${a.b.arn}/*"]\n'
        '        Condition = { Bool = { "aws:SecureTransport" = "false" } }\n      }\n    ]',
        id="no comma at the end",
    ),
]


@pytest.mark.parametrize(("before", "after"), STATEMENTS)
def test_a_statement_is_added(before: str, after: str) -> None:
    text = _document(before)
    (block,) = blocks_of("main.tf", text)
    found = with_statement("main.tf", text, block, "policy", TLS)
    assert found == _document(after)
    _assert_stays_formatted(text, found)


@pytest.mark.parametrize("policy", ["var.policy", 'jsonencode({ Statement = { Effect = "Allow" } })', '"{}"'])
def test_a_policy_in_another_form_is_refused(policy: str) -> None:
    text = f'resource "aws_s3_bucket_policy" "logs" {{\n  policy = {policy}\n}}\n'
    (block,) = blocks_of("main.tf", text)
    with pytest.raises(RefusedError, match="in a form to which a statement can be added"):
        with_statement("main.tf", text, block, "policy", TLS)


def test_a_document_is_written_as_terraform_formats_it() -> None:
    far = AddCondition("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn", (f'"{"x" * 80}"',))
    twice = AddCondition("StringEquals", "aws:SourceOrgID", ('"o-1"',))
    long = NewStatement("Long", ('"a:B"', '"a:C"'), conditions=(OF_ACCOUNT, far, twice), all_but_actions=True)
    text = f'resource "aws_s3_bucket_policy" "logs" {{\n  policy = {policy_document(TLS, long)}\n}}\n'
    assert blocks_of("main.tf", text)
    assert text.count("StringEquals = {") == 1, "a key that stands twice would be lost"
    assert 'NotAction = ["a:B", "a:C"]' in text
    _assert_stays_formatted(text, text, certain=True)


LISTS = [
    pytest.param("x = 1", 'x = 1\n  l = ["n"]', id="none"),
    pytest.param("l = []", 'l = ["n"]', id="an empty one"),
    pytest.param('l = ["a", b.c]', 'l = ["a", b.c, "n"]', id="on one line"),
    pytest.param('l = [\n    "a", # one\n  ]', 'l = [\n    "a", # one\n    "n",\n  ]', id="with commas"),
    pytest.param('l = [\n    "a" # one\n  ]', 'l = [\n    "a", # one\n    "n"\n  ]', id="without a last comma"),
    pytest.param('l = ["n"]', 'l = ["n"]', id="there already"),
]


@pytest.mark.parametrize(("before", "after"), LISTS)
def test_a_list_gets_an_element(before: str, after: str) -> None:
    text = f'resource "a" "b" {{\n  {before}\n}}\n'
    found = with_elements("main.tf", text, 0, "l", ['"n"'])
    assert found == f'resource "a" "b" {{\n  {after}\n}}\n'
    _assert_stays_formatted(text, found)


def _assert_stays_formatted(before: str, after: str, *, certain: bool = False) -> None:
    if shutil.which("terraform") and (certain or _formatted(before) == before):
        assert _formatted(after) == after


def _formatted(text: str) -> str:
    done = subprocess.run(["terraform", "fmt", "-"], input=text, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


HEREDOC = """\
resource "aws_s3_bucket_policy" "logs" {
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": "s3:PutObject",
          "Resource": "${aws_s3_bucket.logs["a"].arn}/*"
        }
      ]
    }
  POLICY
}
"""


def test_a_statement_of_a_heredoc() -> None:
    (block,) = blocks_of("main.tf", HEREDOC)
    found = with_statement("main.tf", HEREDOC, block, "policy", TLS)
    before, after = HEREDOC.split("        }\n      ]")
    assert found.startswith(f'{before}        }},\n        {{\n          "Sid": "Tls",\n')
    assert '"Resource": [\n            "${a.b.arn}",\n            "${a.b.arn}/*"\n          ],' in found
    assert found.endswith(f"        }}\n      ]{after}")
    assert blocks_of("main.tf", found)


def test_a_condition_of_a_heredoc() -> None:
    (block,) = blocks_of("main.tf", HEREDOC)
    found = with_condition("main.tf", HEREDOC, block, (), HEREDOC.index('"Allow"') - block.start, OF_ACCOUNT)
    line = '          "Resource": "${aws_s3_bucket.logs["a"].arn}/*"'
    tests = '{\n              "aws:SourceAccount": "111122223333"\n            }'
    added = ',\n          "Condition": {\n            "StringEquals": ' + tests
    assert found == HEREDOC.replace(line, f"{line}{added}\n          }}")


def test_a_heredoc_that_is_no_json_is_refused() -> None:
    text = HEREDOC.replace('"Statement": [', '"Statement": [ ${jsonencode(var.more)},')
    (block,) = blocks_of("main.tf", text)
    with pytest.raises(RefusedError):
        with_statement("main.tf", text, block, "policy", TLS)

"""What a waiver in configuration stands at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from roots import deployed, write

from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.block import WrittenWaiver

PLACES = """\
# guardrails: allow above
# and why
resource "aws_cloudtrail" "t" { # guardrails: allow head
  # guardrails: allow first
  name = "# guardrails: allow no" # guardrails: allow name

  # guardrails: allow before-blank

  # guardrails: allow above-block
  event_selector {
    // guardrails: allow first-in-block
    read_write_type = "All"
    /* guardrails: allow in-line */ include_management_events = true
  } # guardrails: allow behind-block
  event_selector {
  }
  policy = jsonencode({ # guardrails: allow policy
    # guardrails: allow first-in-object
    Statement = [
      # guardrails: allow above-item
      {
        Effect = "Allow" # guardrails: allow pair
      }, { # guardrails: allow item-head
        # guardrails: allow first-in-item
        Action = "*"
      } # guardrails: allow item-end
      # guardrails: allow end-of-list
    ]
  })
  text = <<-EOT
    # guardrails: allow no
    ${"a" /* guardrails: allow in-heredoc */}
  EOT
  dynamic "insight_selector" {
    for_each = [] # guardrails: allow dynamic
    content {}
  }
  # guardrails: allow last
} # guardrails: allow closing

# guardrails: allow nothing

/*
 * The log archive is another team's.
 * guardrails: allow module
 */
module "x" {
  source = "./m"
  # guardrails: these keep us honest
}

data "aws_iam_policy_document" "d" {
  statement { # guardrails: allow statement
  }
}

locals {
  p = 1 # guardrails: allow local
}
"""

EXPECTED = {
    "above": ("aws_cloudtrail.t", 3),
    "head": ("aws_cloudtrail.t", 3),
    "first": ("aws_cloudtrail.t", 3),
    "name": ("aws_cloudtrail.t.name", 5),
    "before-blank": ("aws_cloudtrail.t", 3),
    "above-block": ("aws_cloudtrail.t.event_selector[0]", 10),
    "first-in-block": ("aws_cloudtrail.t.event_selector[0]", 10),
    "in-line": ("aws_cloudtrail.t.event_selector[0].include_management_events", 13),
    "behind-block": ("aws_cloudtrail.t.event_selector[0]", 10),
    "policy": ("aws_cloudtrail.t.policy", 17),
    "first-in-object": ("aws_cloudtrail.t.policy", 17),
    "above-item": ("aws_cloudtrail.t.policy.Statement[0]", 21),
    "pair": ("aws_cloudtrail.t.policy.Statement[0].Effect", 22),
    "item-head": ("aws_cloudtrail.t.policy.Statement[1]", 23),
    "first-in-item": ("aws_cloudtrail.t.policy.Statement[1]", 23),
    "item-end": ("aws_cloudtrail.t.policy.Statement[1]", 23),
    "end-of-list": ("aws_cloudtrail.t.policy.Statement", 19),
    "in-heredoc": ("aws_cloudtrail.t.text", 30),
    "dynamic": ("aws_cloudtrail.t.insight_selector.for_each", 35),
    "last": ("aws_cloudtrail.t", 3),
    "closing": ("aws_cloudtrail.t", 3),
    "nothing": ("", 0),
    "module": ("module.x", 47),
    "statement": ("data.aws_iam_policy_document.d.statement", 53),
    "local": ("locals.p", 58),
}


def told(waivers: tuple[WrittenWaiver, ...]) -> dict[str, tuple[str, int]]:
    """What each stands at, and on which line that begins."""
    return {
        waiver.text.removeprefix("allow "): (waiver.subject, waiver.covers[0].line if waiver.covers else 0)
        for waiver in waivers
    }


FORMS = {
    "as it is": lambda text: text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "tabs": lambda text: text.replace("  ", "\t").encode(),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "no newline at the end": lambda text: text.rstrip("\n").encode(),
    "bytes that are no text": lambda text: text.replace("and why", "and \udcff why").encode("utf-8", "surrogateescape"),
}


@pytest.mark.parametrize("form", FORMS)
def test_where_a_comment_belongs(tmp_path: Path, form: str) -> None:
    (tmp_path / "main.tf").write_bytes(FORMS[form](PLACES))
    (deployment,) = load([str(tmp_path)]).deployments

    assert told(deployment.waivers()) == EXPECTED


def test_a_part_knows_the_whole(tmp_path: Path) -> None:
    waivers = {waiver.text: waiver for waiver in deployed(tmp_path, PLACES).waivers()}

    part = waivers["allow pair"]
    assert [(o.line, o.end_line) for o in (*part.covers, *part.within)] == [(22, 22), (3, 39)]
    assert waivers["allow head"].within == ()
    assert part.origin.text == "guardrails: allow pair"


def test_the_property_for_comments_in_json_syntax(tmp_path: Path) -> None:
    text = """{
      "//": "guardrails: allow nothing",
      "resource": {"aws_s3_bucket": {"b": {
        "//": ["an explanation", "guardrails: allow bucket"],
        "versioning": {"//": "guardrails: allow block", "enabled": true},
        "tags": {"Name": "guardrails: allow no"}
      }}},
      "module": {"m": {"//": "guardrails:  allow call", "source": "./m"}}
    }"""

    assert told(deployed(tmp_path, {"main.tf.json": text}).waivers()) == {
        "nothing": ("", 0),
        "bucket": ("aws_s3_bucket.b", 3),
        "block": ("aws_s3_bucket.b.versioning", 5),
        "call": ("module.m", 8),
    }


def test_a_waiver_at_an_overriding_block_covers_what_it_overrides(tmp_path: Path) -> None:
    files = {
        "main.tf": 'resource "aws_s3_bucket" "b" {\n}\n',
        "a_override.tf": '# guardrails: allow x\nresource "aws_s3_bucket" "b" {\n  force_destroy = true\n}\n',
    }
    (waiver,) = deployed(tmp_path, files).waivers()

    assert [(o.file.rpartition("/")[2], o.line) for o in waiver.covers] == [("a_override.tf", 2), ("main.tf", 1)]


def test_what_is_lost_to_a_syntax_error_is_not_complained_about_twice(tmp_path: Path) -> None:
    text = '# guardrails: allow x\nresource "aws_s3_bucket" "b" {\n  a = = 1\n}\n'

    assert deployed(tmp_path, text).waivers() == ()


@pytest.mark.parametrize(
    "comment",
    [
        "# guardrails: these keep us honest",
        "# Guardrails: allow x",
        "# see guardrails: allow x",
        "# guardrails: allowance for the team",
        "# guardrails:",
        "# guardrails allow x",
        "# # guardrails: allow x",
    ],
)
def test_prose_is_no_waiver(tmp_path: Path, comment: str) -> None:
    found = deployed(tmp_path, f'{comment}\nresource "aws_s3_bucket" "b" {{\n}}\n').waivers()

    assert [waiver.text for waiver in found] == []


def test_a_module_of_several_roots_says_whether_all_are_judged(tmp_path: Path) -> None:
    call = 'module "m" {\n  source = "../m"\n}\n'
    files = {"a/main.tf": call, "b/main.tf": call, "m/main.tf": "locals {\n  a = 1 # guardrails: allow x\n}\n"}
    (tmp_path / ".git").mkdir()
    write(tmp_path, files)

    both = load([str(tmp_path)]).deployments
    one = load([str(tmp_path / "a" / "main.tf")]).deployments

    assert [waiver.everywhere for deployment in both for waiver in deployment.waivers()] == [True, True]
    assert [waiver.everywhere for deployment in one for waiver in deployment.waivers()] == [False]

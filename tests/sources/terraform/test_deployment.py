"""Evaluated blocks as lowerings read them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from roots import addresses, attribute, blocks, deployed, resource, texts

from guardrails.kernel.origin import How
from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Input, Reference
from guardrails.kernel.why import Why
from guardrails.sources.terraform.project import Options

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.block import Block
    from guardrails.sources.terraform.deployment import TerraformDeployment

TRAIL = """
    variable "key" { default = null }
    variable "bucket" {}
    variable "topics" { default = ["a", "b"] }

    resource "aws_cloudtrail" "t" {
      name           = "audit"
      s3_bucket_name = aws_s3_bucket.logs.id
      kms_key_id     = var.key
      s3_key_prefix  = var.bucket
      include_global = true
      retention      = 90
      ratio          = 1.5
      sns_topic_name = "arn:${aws_s3_bucket.logs.arn}/x"
      topics         = toset(var.topics)
      actions        = [aws_s3_bucket.logs.arn, "fixed", var.bucket, null]
      tags           = { a = 1, b = var.bucket }

      event_selector {
        read_write_type = "All"
        data_resource {
          type   = "AWS::S3::Object"
          values = ["arn:aws:s3"]
        }
      }
      depends_on = [aws_s3_bucket.logs]
      lifecycle {
        prevent_destroy = true
        ignore_changes  = [tags, event_selector[0].read_write_type]
      }
    }
    resource "aws_s3_bucket" "logs" {}
"""


class TestAttributes:
    @pytest.fixture
    def trail(self, tmp_path: Path) -> Block:
        return resource(deployed(tmp_path, TRAIL), "aws_cloudtrail.t").block

    @pytest.mark.parametrize(
        ("name", "content"), [("name", "audit"), ("include_global", True), ("retention", 90), ("ratio", Decimal("1.5"))]
    )
    def test_known_scalars(self, trail: Block, name: str, content: object) -> None:
        value = trail.attribute(name)
        assert value.settled
        assert value.or_none() == content
        assert value.origin.attribute == name
        assert value.origin.how is How.WRITTEN
        assert value.origin.text.startswith(name)

    def test_a_set_is_a_list(self, trail: Block) -> None:
        assert trail.attribute("topics").or_none() == ["a", "b"]

    @pytest.mark.parametrize("name", ["nowhere", "kms_key_id"])
    def test_not_written_or_null_is_unset_at_the_head_of_the_block(self, trail: Block, name: str) -> None:
        value = trail.attribute(name)
        assert value.is_set().verdict is Verdict.FALSE
        assert value.origin == trail.origin.named(name)
        assert value.origin.line == 6
        assert trail.origin.text == 'resource "aws_cloudtrail" "t"'

    def test_a_reference_is_set_and_says_what_it_points_at(self, trail: Block) -> None:
        value = trail.attribute("s3_bucket_name")
        assert value.reference == Reference("aws_s3_bucket.logs", ("id",))
        assert value.is_set().verdict is Verdict.TRUE
        assert [(r.why, r.origin.line) for r in value.reasons] == [(Why.AFTER_APPLY, 8)]

    def test_a_text_with_holes_keeps_its_parts(self, trail: Block) -> None:
        value = trail.attribute("sns_topic_name")
        assert value.parts == ("arn:", Reference("aws_s3_bucket.logs", ("arn",)), "/x")
        assert value.is_set().verdict is Verdict.TRUE

    def test_a_variable_without_value_may_be_unset(self, trail: Block) -> None:
        value = trail.attribute("s3_key_prefix")
        assert value.is_set().verdict is Verdict.UNKNOWN
        assert (value.reasons[0].why, value.reasons[0].origin.line) == (Why.INPUT, 3)

    def test_a_list_with_an_unknown_element_is_unknown_but_its_elements_are_told_apart(self, trail: Block) -> None:
        whole = trail.attribute("actions")
        assert not whole.settled
        assert whole.is_set().verdict is Verdict.TRUE
        members = [value for value, _ in trail.elements("actions").members()]
        assert members[0].reference == Reference("aws_s3_bucket.logs", ("arn",))
        assert members[1].or_none() == "fixed"
        assert members[2].reasons[0].why is Why.INPUT
        assert members[3].is_set().verdict is Verdict.FALSE
        assert [value.origin.text for value in members] == ["aws_s3_bucket.logs.arn", '"fixed"', "var.bucket", "null"]

    def test_elements_of_what_is_not_a_list(self, trail: Block) -> None:
        assert texts(trail.elements("name")) == ["audit"]
        assert texts(trail.elements("nowhere")) == []
        assert trail.elements("nowhere").owner == trail.origin.named("nowhere")
        assert trail.elements("s3_bucket_name").gaps  # a reference may be to a list
        assert trail.elements("s3_key_prefix").gaps

    def test_names_leave_out_what_says_how_it_is_made(self, trail: Block) -> None:
        assert "depends_on" not in trail.names()
        assert {"name", "event_selector", "lifecycle", "kms_key_id"} <= set(trail.names())
        assert list(trail.names()) == sorted(trail.names())

    def test_asking_twice_gives_the_same(self, trail: Block) -> None:
        assert trail.attribute("name") is trail.attribute("name")
        assert trail.blocks("event_selector") is trail.blocks("event_selector")


class TestNestedBlocks:
    def test_are_read_below_each_other(self, tmp_path: Path) -> None:
        trail = resource(deployed(tmp_path, TRAIL), "aws_cloudtrail.t").block
        (selector,) = blocks(trail.blocks("event_selector"))
        assert selector.attribute("read_write_type").or_none() == "All"
        (data,) = blocks(selector.blocks("data_resource"))
        assert texts(data.elements("values")) == ["arn:aws:s3"]
        assert data.origin.line == 21
        assert not blocks(trail.blocks("insight_selector"))
        assert trail.blocks("insight_selector").owner == trail.origin

    def test_lifecycle_names_what_it_ignores(self, tmp_path: Path) -> None:
        (lifecycle,) = blocks(resource(deployed(tmp_path, TRAIL), "aws_cloudtrail.t").block.blocks("lifecycle"))
        assert lifecycle.attribute("prevent_destroy").or_none() is True
        assert texts(lifecycle.elements("ignore_changes")) == ["tags", "event_selector[0].read_write_type"]

    def test_may_be_written_as_objects(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            variable "rules" { default = [{ name = "v" }] }
            variable "unset" {}
            resource "aws_x" "written" {
              rule = [{
                name = "one"
              }, { name = "two" }]
            }
            resource "aws_x" "computed" { rule = var.rules }
            resource "aws_x" "single" { rule = { name = "s" } }
            resource "aws_x" "unknown" { rule = var.unset }
            resource "aws_x" "perhaps" { rule = var.unset == 1 ? [{ name = "p" }] : [] }
            """,
        )

        def rules(name: str) -> list[object]:
            found = blocks(resource(deployment, f"aws_x.{name}").block.blocks("rule"))
            return [rule.attribute("name").or_none() for rule in found]

        assert (rules("written"), rules("computed"), rules("single")) == (["one", "two"], ["v"], ["s"])
        written = blocks(resource(deployment, "aws_x.written").block.blocks("rule"))
        assert [rule.attribute("name").origin.line for rule in written] == [6, 7]
        unknown = resource(deployment, "aws_x.unknown").block.blocks("rule")
        assert (unknown.members(), [gap.why for gap in unknown.gaps]) == ((), [Why.INPUT])
        ((rule, exists),) = resource(deployment, "aws_x.perhaps").block.blocks("rule").members()
        assert (rule.attribute("name").or_none(), exists.verdict) == ("p", Verdict.UNKNOWN)

    def test_in_json_syntax(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf.json": """
                {
                  "variable": {"names": {"default": ["a", "b"]}},
                  "resource": {"aws_x": {"y": {
                    "provider": "aws.far",
                    "bucket": "${var.names[0]}-x",
                    "rule": [{"name": "one"}, {"name": "two"}],
                    "lifecycle": {"prevent_destroy": true},
                    "dynamic": {"item": {"for_each": "${var.names}", "content": {"name": "${item.value}"}}}
                  }}},
                  "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "far", "region": "us-east-1"}]}
                }
                """
            },
        )
        raw = resource(deployment, "aws_x.y")
        assert raw.block.attribute("bucket").or_none() == "a-x"
        assert [b.attribute("name").or_none() for b in blocks(raw.block.blocks("rule"))] == ["one", "two"]
        assert [b.attribute("name").or_none() for b in blocks(raw.block.blocks("item"))] == ["a", "b"]
        assert blocks(raw.block.blocks("lifecycle"))[0].attribute("prevent_destroy").or_none() is True
        assert raw.location.region.or_none() == "us-east-1"


POLICIES = """
    variable "bucket" {}
    variable "document" {}
    locals { statement = "{\\"Effect\\": \\"Deny\\"}" }
    resource "aws_s3_bucket" "b" {}
    resource "aws_p" "encoded" {
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect   = "Allow"
          Action   = ["s3:Get*", "s3:List*"]
          Resource = aws_s3_bucket.b.arn
        }]
      })
    }
    resource "aws_p" "heredoc" {
      policy = <<-EOT
        {"Statement": {"Effect": "Allow", "Resource": ["${aws_s3_bucket.b.arn}/*", "${aws_s3_bucket.b.arn}"]}}
      EOT
    }
    resource "aws_p" "object" { policy = { Statement = [] } }
    resource "aws_p" "unknown" { policy = var.document }
    resource "aws_p" "chosen" { policy = var.bucket == "x" ? "{\\"A\\": 1}" : null }
    resource "aws_p" "wrong" { policy = "no json" }
    resource "aws_p" "list" { policy = "[1]" }
    resource "aws_p" "empty" { policy = "" }
    resource "aws_p" "hole" { policy = "{\\"A\\": ${var.bucket}}" }
    resource "aws_p" "key" { policy = "{\\"x${var.bucket}\\": 1}" }
    resource "aws_p" "deep" { policy = jsonencode({ inner = local.statement }) }
"""


class TestDocuments:
    @pytest.fixture
    def deployment(self, tmp_path: Path) -> TerraformDeployment:
        return deployed(tmp_path, POLICIES)

    def document(self, deployment: TerraformDeployment, name: str) -> Block:
        (found,) = blocks(resource(deployment, f"aws_p.{name}").block.document("policy"))
        return found

    def test_one_that_is_encoded_here_points_to_its_own_lines(self, deployment: TerraformDeployment) -> None:
        document = self.document(deployment, "encoded")
        (statement,) = blocks(document.blocks("Statement"))
        assert texts(statement.elements("Action")) == ["s3:Get*", "s3:List*"]
        assert statement.attribute("Effect").origin.line == 10
        assert [value.origin.text for value, _ in statement.elements("Action").members()] == ['"s3:Get*"', '"s3:List*"']
        ((bucket, _),) = statement.elements("Resource").members()
        assert bucket.reference == Reference("aws_s3_bucket.b", ("arn",))
        assert statement.attribute("Sid").is_set().verdict is Verdict.FALSE

    def test_one_in_a_text_with_holes(self, deployment: TerraformDeployment) -> None:
        (statement,) = blocks(self.document(deployment, "heredoc").blocks("Statement"))
        below, bucket = [value for value, _ in statement.elements("Resource").members()]
        assert below.parts == (Reference("aws_s3_bucket.b", ("arn",)), "/*")
        assert bucket.reference == Reference("aws_s3_bucket.b", ("arn",))
        assert statement.attribute("Effect").origin.line == 18

    def test_one_in_a_heredoc_points_to_its_lines(self, tmp_path: Path) -> None:
        text = """
            variable "lines" { default = "a\\nb" }
            resource "aws_p" "h" {
              policy = <<-EOT
                {
                  "Version": "2012-10-17",
                  "Statement": [
                    {
                      "Effect": "Allow",
                      "Action": [
                        "s3:Get*",
                        "s3:${aws_p.o.id}"
                      ]
                    }
                  ]
                }
              EOT
            }
            resource "aws_p" "o" {
              policy = <<EOT
            {"Id": "x", "Statement":
              {"Sid": "${var.lines}"}}
            EOT
            }
        """
        deployment = deployed(tmp_path, text)
        (statement,) = blocks(self.document(deployment, "h").blocks("Statement"))
        assert statement.origin.line == 8
        assert statement.attribute("Effect").origin.text == '"Effect": "Allow",'
        actions = [value.origin for value, _ in statement.elements("Action").members()]
        assert [(origin.line, origin.text) for origin in actions] == [(11, '"s3:Get*",'), (12, '"s3:${aws_p.o.id}"')]
        # What is put in has two lines, so that lines cannot be told apart any more.
        found = resource(deployment, "aws_p.o").block.document("policy")
        assert [gap.why for gap in found.gaps] == []
        assert found.members()[0][0].attribute("Id").origin.line == 20

    def test_one_that_is_an_object_already(self, deployment: TerraformDeployment) -> None:
        assert not blocks(self.document(deployment, "object").blocks("Statement"))

    def test_one_inside_of_another(self, deployment: TerraformDeployment) -> None:
        (inner,) = blocks(self.document(deployment, "deep").document("inner"))
        assert inner.attribute("Effect").or_none() == "Deny"

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("unknown", Why.INPUT),
            ("wrong", Why.INVALID),
            ("list", Why.INVALID),
            ("hole", Why.INPUT),
            ("key", Why.INPUT),
        ],
    )
    def test_what_cannot_be_read_is_a_gap(self, deployment: TerraformDeployment, name: str, why: Why) -> None:
        found = resource(deployment, f"aws_p.{name}").block.document("policy")
        assert (found.members(), [gap.why for gap in found.gaps]) == ((), [why])

    @pytest.mark.parametrize("name", ["empty"])
    def test_what_is_not_set_is_nothing(self, deployment: TerraformDeployment, name: str) -> None:
        block = resource(deployment, f"aws_p.{name}").block
        assert not blocks(block.document("policy"))
        assert not blocks(block.document("nowhere"))

    def test_an_unknown_condition_makes_one_that_may_be(self, deployment: TerraformDeployment) -> None:
        found = resource(deployment, "aws_p.chosen").block.document("policy")
        ((document, exists),) = found.members()
        assert (document.attribute("A").or_none(), exists.verdict) == (1, Verdict.UNKNOWN)


RENDERED = """
    variable "more" { default = [] }
    variable "reader" {}
    data "aws_iam_policy_document" "d" {
      statement {
        sid       = "Write"
        actions   = ["s3:PutObject"]
        resources = ["arn:aws:s3:::logs/*"]
        principals {
          type        = "Service"
          identifiers = ["cloudtrail.amazonaws.com"]
        }
        condition {
          test     = "StringEquals"
          variable = "aws:SourceArn"
          values   = [aws_cloudtrail.t.arn]
        }
      }
      dynamic "statement" {
        for_each = var.more
        content {
          effect  = "Deny"
          actions = [statement.value]
        }
      }
    }
    resource "aws_cloudtrail" "t" {}
    module "m" {
      source = "./m"
      policy = data.aws_iam_policy_document.d.json
    }
    resource "aws_s3_bucket_policy" "direct" { policy = data.aws_iam_policy_document.d.json }
"""
BELOW = 'variable "policy" {}\nresource "aws_s3_bucket_policy" "p" { policy = var.policy }\n'


class TestRenderedPolicies:
    @pytest.mark.parametrize("address", ["aws_s3_bucket_policy.direct", "module.m.aws_s3_bucket_policy.p"])
    def test_statements_point_to_their_blocks_whatever_way_the_policy_took(self, tmp_path: Path, address: str) -> None:
        deployment = deployed(tmp_path, {"main.tf": RENDERED, "m/main.tf": BELOW})
        (document,) = blocks(resource(deployment, address).block.document("policy"))
        (statement,) = blocks(document.blocks("Statement"))
        assert (statement.origin.line, statement.origin.text) == (5, "statement")
        effect = statement.attribute("Effect")
        assert (effect.or_none(), effect.origin.line) == ("Allow", 5)
        ((action, _),) = statement.elements("Action").members()
        assert (action.or_none(), action.origin.line, action.origin.attribute) == ("s3:PutObject", 7, "actions")
        (principals,) = blocks(statement.blocks("Principal"))
        ((service, _),) = principals.elements("Service").members()
        assert (service.or_none(), service.origin.line) == ("cloudtrail.amazonaws.com", 11)
        (tests,) = blocks(statement.blocks("Condition"))
        (variables,) = blocks(tests.blocks("StringEquals"))
        ((arn, _),) = variables.elements("aws:SourceArn").members()
        assert (arn.reference, arn.origin.line) == (Reference("aws_cloudtrail.t", ("arn",)), 16)

    @pytest.mark.parametrize("first", ['"s3:PutObject"', "var.reader"])
    def test_each_text_of_a_list_points_to_itself_if_all_are_written_out(self, tmp_path: Path, first: str) -> None:
        listed = f'[\n{first},\n"s3:GetObject",\n"s3:PutObject",\n]'
        text = RENDERED.replace('["s3:PutObject"]', listed)
        deployment = deployed(tmp_path, {"main.tf": text, "m/main.tf": BELOW})
        (document,) = blocks(resource(deployment, "aws_s3_bucket_policy.direct").block.document("policy"))
        (statement,) = blocks(document.blocks("Statement"))
        actions = [action for action, _ in statement.elements("Action").members() if action.settled]

        lines = [8, 9] if first != "var.reader" else [7, 7]
        assert [(action.or_none(), action.origin.line) for action in actions] == [
            ("s3:PutObject", lines[0]),
            ("s3:GetObject", lines[1]),
        ]

    def test_statements_that_may_be_there_are_a_gap(self, tmp_path: Path) -> None:
        text = RENDERED.replace("for_each = var.more", "for_each = var.reader")
        deployment = deployed(tmp_path, {"main.tf": text, "m/main.tf": BELOW})
        (document,) = blocks(resource(deployment, "aws_s3_bucket_policy.direct").block.document("policy"))
        statements = document.blocks("Statement")
        assert [one.attribute("Sid").or_none() for one, _ in statements.members()] == ["Write"]
        assert [gap.detail for gap in statements.gaps] == ["variable `reader` has no value"]

    def test_repeated_statements_are_all_there(self, tmp_path: Path) -> None:
        text = RENDERED.replace("default = []", 'default = ["s3:DeleteObject"]')
        deployment = deployed(tmp_path, {"main.tf": text, "m/main.tf": BELOW})
        (document,) = blocks(resource(deployment, "aws_s3_bucket_policy.direct").block.document("policy"))
        _, second = blocks(document.blocks("Statement"))
        assert (second.attribute("Effect").or_none(), second.attribute("Effect").origin.line) == ("Deny", 22)


LOCATED = """
    variable "region" {}
    provider "aws" { region = "eu-central-1" }
    provider "aws" {
      alias  = "far"
      region = "us-east-1"
    }
    provider "aws" {
      alias  = "audit"
      region = "eu-west-1"
      assume_role { role_arn = "arn:aws:iam::222222222222:role/x" }
    }
    provider "aws" {
      alias               = "bound"
      region              = var.region
      allowed_account_ids = ["333333333333"]
    }
    provider "aws" {
      alias   = "profiled"
      profile = "prod"
    }
    resource "aws_x" "default" {}
    resource "aws_x" "far" { provider = aws.far }
    resource "aws_x" "audit" { provider = aws.audit }
    resource "aws_x" "bound" { provider = aws.bound }
    resource "aws_x" "profiled" { provider = aws.profiled }
    resource "aws_x" "own" { region = "ap-south-1" }
    resource "aws_x" "nowhere" { provider = aws.nowhere }
    module "m" {
      source    = "./m"
      providers = { aws.trail = aws.far, aws = aws.audit }
    }
    module "inheriting" { source = "./n" }
"""
INNER = {
    "m/main.tf": 'resource "aws_x" "trail" { provider = aws.trail }\nresource "aws_x" "default" {}\n',
    "n/main.tf": 'resource "aws_x" "default" {}\nresource "aws_x" "alias" { provider = aws.far }\n',
}


class TestLocations:
    @pytest.mark.parametrize(
        ("address", "region", "account", "credentials"),
        [
            ("aws_x.default", "eu-central-1", None, "default"),
            ("aws_x.far", "us-east-1", None, "default"),
            ("aws_x.audit", "eu-west-1", "222222222222", "role='arn:aws:iam::222222222222:role/x'"),
            ("aws_x.bound", None, "333333333333", "allowed_account_ids=['333333333333']"),
            ("aws_x.profiled", None, None, "profile='prod'"),
            ("aws_x.own", "ap-south-1", None, "default"),
            ("aws_x.nowhere", None, None, "?aws.nowhere"),
            ("module.m.aws_x.trail", "us-east-1", None, "default"),
            ("module.m.aws_x.default", "eu-west-1", "222222222222", "role='arn:aws:iam::222222222222:role/x'"),
            ("module.inheriting.aws_x.default", "eu-central-1", None, "default"),
            ("module.inheriting.aws_x.alias", None, None, "?module.inheriting.aws.far"),
        ],
    )
    def test_follow_the_provider(
        self, tmp_path: Path, address: str, region: str | None, account: str | None, credentials: str
    ) -> None:
        location = resource(deployed(tmp_path, {"main.tf": LOCATED, **INNER}), address).location
        assert (location.region.or_none(), location.account.or_none()) == (region, account)
        assert location.credentials == credentials
        assert location.region.is_set().verdict is Verdict.TRUE
        assert location.account.is_set().verdict is Verdict.TRUE

    def test_what_is_known_of_the_account_holds_for_the_credentials_of_the_environment(self, tmp_path: Path) -> None:
        facts = {"account_id": "111111111111", "region": "eu-north-1"}
        deployment = deployed(tmp_path, {"main.tf": LOCATED, **INNER}, Options(facts=facts))
        own, other = resource(deployment, "aws_x.far").location, resource(deployment, "aws_x.profiled").location
        assert (own.account.or_none(), own.region.or_none()) == ("111111111111", "us-east-1")
        assert (other.account.or_none(), other.region.or_none()) == (None, "eu-north-1")

    def test_unknown_roles_are_one_account_only_where_they_are_written_alike(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            variable "roles" {}
            provider "aws" {
              alias = "a"
              assume_role { role_arn = var.roles["a"] }
            }
            provider "aws" {
              alias  = "b"
              assume_role { role_arn = var.roles["b"] }
            }
            provider "aws" {
              alias  = "c"
              region = "eu-west-1"
              assume_role { role_arn = var.roles["a"] }
            }
            resource "aws_x" "a" { provider = aws.a }
            resource "aws_x" "b" { provider = aws.b }
            resource "aws_x" "c" { provider = aws.c }
            """,
        )
        a, b, c = (resource(deployment, f"aws_x.{name}").location.credentials for name in "abc")
        assert a == c
        assert a != b


class TestTags:
    def test_those_of_the_provider_come_below_those_of_the_resource(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            variable "tags" {}
            provider "aws" {
              default_tags { tags = { team = "audit", stage = "prod" } }
            }
            resource "aws_x" "y" { tags = { stage = "test" } }
            resource "aws_x" "none" {}
            resource "aws_x" "unknown" { tags = var.tags }
            """,
        )
        assert attribute(deployment, "aws_x.y", "tags_all").or_none() == {"stage": "test", "team": "audit"}
        assert attribute(deployment, "aws_x.none", "tags_all").or_none() == {"stage": "prod", "team": "audit"}
        assert attribute(deployment, "aws_x.unknown", "tags_all").reasons[0].why is Why.INPUT
        (tags,) = blocks(resource(deployment, "aws_x.y").block.blocks("tags_all"))
        assert tags.names() == ("stage", "team")

    def test_without_a_provider_block_they_are_the_resource_s_own(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, 'resource "aws_x" "y" { tags = { a = "b" } }\n')
        assert attribute(deployment, "aws_x.y", "tags_all").or_none() == {"a": "b"}


DATA = """
    provider "aws" { region = "us-gov-west-1" }
    data "aws_caller_identity" "c" {}
    data "aws_region" "r" {}
    data "aws_region" "named" { name = "eu-west-1" }
    data "aws_partition" "p" {}
    data "aws_organizations_organization" "o" {}
    data "aws_cloudtrail_service_account" "t" { region = "eu-west-1" }
    data "aws_kms_key" "k" { key_id = "alias/x" }
    resource "terraform_data" "a" {
      account   = data.aws_caller_identity.c.account_id
      region    = data.aws_region.r.name
      named     = data.aws_region.named.id
      partition = data.aws_partition.p.partition
      suffix    = data.aws_partition.p.dns_suffix
      org       = data.aws_organizations_organization.o.id
      trail     = data.aws_cloudtrail_service_account.t.arn
      key       = data.aws_kms_key.k.arn
      alias     = data.aws_kms_key.k.key_id
    }
"""


TEMPLATES = """
    variable "bucket" {}
    data "template_file" "known" {
      template = "$${name}-$${number}%%{ if number == \\"1\\" }, first%%{ endif }"
      vars     = { name = "logs", number = 1 }
    }
    data "template_file" "policy" {
      template = file("policy.json")
      vars     = { bucket = var.bucket }
    }
    data "template_file" "wrong" { template = "$${missing}" }
    resource "terraform_data" "a" {
      known  = data.template_file.known.rendered
      policy = data.template_file.policy.rendered
      wrong  = data.template_file.wrong.rendered
    }
"""


class TestDataSources:
    def test_templates_are_rendered(self, tmp_path: Path) -> None:
        (tmp_path / "policy.json").write_text('{"Resource": "arn:aws:s3:::${bucket}/*"}')
        block = resource(deployed(tmp_path, TEMPLATES), "terraform_data.a").block

        assert block.attribute("known").or_none() == "logs-1, first"
        (policy,) = blocks(block.document("policy"))
        assert policy.attribute("Resource").parts == ("arn:aws:s3:::", Input("var.bucket"), "/*")
        assert block.attribute("wrong").reasons[0].why is Why.ELSEWHERE

    def test_what_can_be_told_from_here(self, tmp_path: Path) -> None:
        block = resource(deployed(tmp_path, DATA), "terraform_data.a").block
        known = {name: block.attribute(name).or_none() for name in block.names()}
        assert known == {
            "account": None,
            "alias": "alias/x",
            "key": None,
            "named": "eu-west-1",
            "org": None,
            "partition": "aws-us-gov",
            "region": "us-gov-west-1",
            "suffix": "amazonaws.com",
            "trail": "arn:aws:iam::859597730677:root",
        }

    def test_what_the_configuration_says(self, tmp_path: Path) -> None:
        facts = {"account_id": "111111111111", "organization_id": "o-1", "partition": "aws"}
        block = resource(deployed(tmp_path, DATA, Options(facts=facts)), "terraform_data.a").block
        assert [block.attribute(name).or_none() for name in ("account", "org", "partition")] == [
            "111111111111",
            "o-1",
            "aws",
        ]

    def test_the_rest_is_set_and_refers_to_the_data_source(self, tmp_path: Path) -> None:
        value = attribute(deployed(tmp_path, DATA), "terraform_data.a", "key")
        assert value.reference == Reference("data.aws_kms_key.k", ("arn",))
        assert (value.reasons[0].why, value.is_set().verdict) == (Why.ELSEWHERE, Verdict.TRUE)

    def test_the_output_of_another_deployment_may_be_null(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            data "terraform_remote_state" "s" { backend = "s3" }
            resource "terraform_data" "a" { input = data.terraform_remote_state.s.outputs.key }
            """,
        )
        value = attribute(deployment, "terraform_data.a", "input")
        assert (value.reasons[0].why, value.is_set().verdict) == (Why.ELSEWHERE, Verdict.UNKNOWN)

    def test_are_listed_by_their_types(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, DATA)
        (raw,) = deployment.resources("data.aws_kms_key")
        assert (raw.type, raw.address, raw.managed) == ("data.aws_kms_key", "data.aws_kms_key.k", False)
        assert not deployment.resources("aws_kms_key")


OPAQUE = """
    variable "unset" {}
    resource "aws_s3_bucket" "logs" { bucket = "acme-logs" }
    resource "aws_s3_bucket" "other" { bucket = "acme-other" }
    module "told" {
      source = "a/b/c"
      config = { buckets = [aws_s3_bucket.logs.id] }
    }
    module "by_name" {
      source = "a/b/c"
      arn    = "arn:aws:s3:::acme-logs/*"
    }
    module "by_text" {
      source = "a/b/c"
      arn    = "${aws_s3_bucket.logs.arn}/*"
    }
    module "in_document" {
      source = "a/b/c"
      policy = jsonencode({ Resource = aws_s3_bucket.logs.arn })
    }
    module "vague" {
      source = "a/b/c"
      name   = var.unset
    }
    module "settled" {
      source     = "a/b/c"
      version    = "1.0"
      count      = 2
      name       = "x-${count.index}"
      depends_on = [aws_s3_bucket.logs]
    }
    module "fed" {
      source = "a/b/c"
      id     = module.settled[0].id
    }
    module "fed_by_told" {
      source = "a/b/c"
      id     = module.told.id
    }
"""


class TestHidingPlaces:
    @pytest.mark.parametrize(
        ("name", "logs", "other"),
        [
            ("told", True, False),
            ("by_name", True, False),
            ("by_text", True, False),
            ("in_document", True, False),
            ("vague", True, True),
            ("settled", False, False),
            ("fed", False, False),
            ("fed_by_told", True, False),
        ],
    )
    def test_concern_what_they_are_told_of(self, tmp_path: Path, name: str, logs: bool, other: bool) -> None:
        places = deployed(tmp_path, OPAQUE).hiding_places()
        (place,) = [place for place in places if place.reason.detail.startswith(f"module `{name}`")]
        for _ in range(2):
            assert place.may_concern("aws_s3_bucket.logs", ["acme-logs"]) is logs
            assert place.may_concern("aws_s3_bucket.other", ["acme-other"]) is other

    def test_a_resource_of_unknown_name_may_be_known_to_whoever_is_told_something_unknown(self, tmp_path: Path) -> None:
        places = deployed(tmp_path, OPAQUE).hiding_places()
        (fed,) = [place for place in places if place.reason.detail.startswith("module `fed`")]
        assert fed.may_concern("aws_s3_bucket.nameless", [])

    def test_a_key_that_is_not_known_may_be_any(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            variable "names" {}
            resource "aws_s3_bucket" "b" { for_each = var.names }
            module "m" {
              source = "a/b/c"
              bucket = aws_s3_bucket.b["logs"].id
            }
            """,
        )
        (place,) = deployment.hiding_places()
        assert place.may_concern('aws_s3_bucket.b["x"]', ["x"])
        assert not place.may_concern("aws_s3_bucket.other", ["x"])


def test_what_a_deployment_says_of_itself(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path,
        {
            "b.tf": 'resource "aws_b" "b" { count = 3 }\nmodule "m" { source = "./m" }\n',
            "a.tf": 'data "aws_a" "a" {}\n',
            "m/main.tf": 'resource "aws_b" "inner" {}\n',
        },
    )
    assert (deployment.dialect, deployment.source, deployment.target) == ("tf", "terraform", str(tmp_path))
    assert deployment.files == (f"{tmp_path}/a.tf", f"{tmp_path}/b.tf", f"{tmp_path}/m/main.tf")
    assert deployment.origin.file == f"{tmp_path}/a.tf"
    assert deployment.types() == {"aws_b", "data.aws_a"}
    assert deployment.size == 0
    assert addresses(deployment, "aws_b") == ["aws_b.b[0]", "aws_b.b[1]", "aws_b.b[2]", "module.m.aws_b.inner"]
    assert deployment.size == 4
    assert deployment.resources("aws_nowhere") == ()


def test_what_was_read_can_be_let_go_and_is_read_again_when_asked_for(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path,
        {"main.tf": 'module "m" { source = "./m" }\n', "m/main.tf": 'resource "aws_b" "inner" { name = "x" }\n'},
    )
    before = deployment.root
    assert attribute(deployment, "module.m.aws_b.inner", "name").or_none() == "x"
    deployment.release()
    assert deployment.size == 0
    assert attribute(deployment, "module.m.aws_b.inner", "name").or_none() == "x"
    assert deployment.root is not before

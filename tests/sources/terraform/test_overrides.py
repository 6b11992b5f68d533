"""Override files: what replaces what, and where the result says it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from planning import TERRAFORM, plan
from roots import addresses, attribute, blocks, deployed, resource, write

from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

MAIN = """
    resource "aws_s3_bucket" "b" {
      bucket = "base"
      acl    = "private"
      rule { name = "one" }
      rule { name = "two" }
      grant { id = "kept" }
      lifecycle {
        prevent_destroy       = true
        create_before_destroy = true
      }
    }
"""


def test_arguments_replace_arguments_and_point_into_the_override_file(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path, {"main.tf": MAIN, "override.tf": '\nresource "aws_s3_bucket" "b" {\n  bucket = "new"\n}\n'}
    )
    bucket = attribute(deployment, "aws_s3_bucket.b", "bucket")
    assert bucket.or_none() == "new"
    assert (bucket.origin.file, bucket.origin.line) == (str(tmp_path / "override.tf"), 3)
    acl = attribute(deployment, "aws_s3_bucket.b", "acl")
    assert (acl.or_none(), acl.origin.file) == ("private", str(tmp_path / "main.tf"))


def test_nested_blocks_of_a_type_replace_all_of_that_type(tmp_path: Path) -> None:
    override = 'resource "aws_s3_bucket" "b" {\n  rule { name = "only" }\n}\n'
    block = resource(deployed(tmp_path, {"main.tf": MAIN, "x_override.tf": override}), "aws_s3_bucket.b").block
    (rule,) = blocks(block.blocks("rule"))
    assert rule.attribute("name").or_none() == "only"
    assert rule.origin.file == str(tmp_path / "x_override.tf")
    assert [grant.attribute("id").or_none() for grant in blocks(block.blocks("grant"))] == ["kept"]


def test_a_dynamic_block_counts_as_the_type_it_makes(tmp_path: Path) -> None:
    override = """
        resource "aws_s3_bucket" "b" {
          dynamic "rule" {
            for_each = ["d"]
            content { name = rule.value }
          }
        }
    """
    block = resource(deployed(tmp_path, {"main.tf": MAIN, "override.tf": override}), "aws_s3_bucket.b").block
    assert [rule.attribute("name").or_none() for rule in blocks(block.blocks("rule"))] == ["d"]


def test_lifecycle_is_merged_argument_by_argument(tmp_path: Path) -> None:
    override = 'resource "aws_s3_bucket" "b" {\n  lifecycle { prevent_destroy = false }\n}\n'
    block = resource(deployed(tmp_path, {"main.tf": MAIN, "override.tf": override}), "aws_s3_bucket.b").block
    (lifecycle,) = blocks(block.blocks("lifecycle"))
    assert lifecycle.attribute("prevent_destroy").or_none() is False
    assert lifecycle.attribute("create_before_destroy").or_none() is True


def test_an_override_in_json(tmp_path: Path) -> None:
    override = '{"resource": {"aws_s3_bucket": {"b": {"bucket": "json", "rule": [{"name": "j"}]}}}}'
    block = resource(deployed(tmp_path, {"main.tf": MAIN, "override.tf.json": override}), "aws_s3_bucket.b").block
    assert block.attribute("bucket").or_none() == "json"
    assert [rule.attribute("name").or_none() for rule in blocks(block.blocks("rule"))] == ["j"]


EVERYTHING = {
    "main.tf": """
        variable "a" {
          type    = string
          default = "base"
        }
        variable "b" { default = "base" }
        locals {
          x = "base"
          y = "base"
        }
        resource "terraform_data" "r" { input = "base" }
        resource "terraform_data" "more" {
          count = 1
          input = "base"
        }
        module "m" {
          source = "./m"
          in     = "base"
        }
        module "other" {
          source = "./m"
          in     = "other"
        }
        output "a" { value = var.a }
        output "b" { value = var.b }
        output "x" { value = local.x }
        output "y" { value = local.y }
        output "m" { value = module.m.out }
    """,
    "m/main.tf": 'variable "in" {}\noutput "out" { value = var.in }\n',
    "n/main.tf": 'variable "in" {}\noutput "out" { value = "n-${var.in}" }\n',
    "a_override.tf": """
        variable "a" { default = 1 }
        locals { x = "a" }
        output "y" { value = "a" }
        module "m" { in = "a" }
        resource "terraform_data" "r" { input = "a" }
    """,
    "override.tf": """
        locals { x = "override" }
        resource "terraform_data" "more" { count = 2 }
    """,
    "z_override.tf": """
        variable "b" {
          type    = list(string)
          default = ["z", 1]
        }
        locals { x = "z" }
        module "m" { source = "./n" }
    """,
}
RESULT = {"a": "1", "b": ["z", "1"], "x": "z", "y": "a", "m": "n-a"}


def test_later_files_win_block_by_block(tmp_path: Path) -> None:
    deployment = deployed(tmp_path, EVERYTHING)
    assert {name: deployment.root.output(name) for name in RESULT} == RESULT
    assert addresses(deployment) == ["terraform_data.r", "terraform_data.more[0]", "terraform_data.more[1]"]
    assert attribute(deployment, "terraform_data.r", "input").or_none() == "a"
    assert not deployment.gaps()


@pytest.mark.terraform
@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path")
def test_as_in_terraform(tmp_path: Path) -> None:
    write(tmp_path, EVERYTHING)
    planned = plan(tmp_path)
    (deployment,) = load([str(tmp_path)]).deployments
    assert {name: value for name, (value, _) in planned.outputs.items()} == RESULT
    assert {name: deployment.root.output(name) for name in planned.outputs} == RESULT
    assert sorted(planned.instances) == sorted(addresses(deployment))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ('resource "terraform_data" "x" {}\n', 'there is no `resource "terraform_data" "x"` to override'),
        ("locals { nowhere = 1 }\n", "there is no local value `nowhere` to override"),
        ('provider "aws" { alias = "x" }\n', 'there is no `provider "aws"` to override'),
    ],
)
def test_what_is_not_there_cannot_be_overridden(tmp_path: Path, override: str, message: str) -> None:
    deployment = deployed(tmp_path, {"main.tf": "", "override.tf": override})
    assert [gap.detail for gap in deployment.gaps()] == [message]


def test_a_default_provider_configuration_may_be_overridden_without_being_there(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path,
        {"main.tf": 'resource "aws_x" "y" {}\n', "override.tf": 'provider "aws" { region = "eu-west-1" }\n'},
    )
    assert not deployment.gaps()
    assert resource(deployment, "aws_x.y").location.region.or_none() == "eu-west-1"


def test_tofu_files_stand_in_for_their_twins(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.tf": 'resource "terraform_data" "tf" {}\n',
            "main.tofu": 'resource "terraform_data" "tofu" { input = 1 }\n',
            "other.tf.json": '{"resource": {"terraform_data": {"json": {}}}}',
            "other.tofu.json": '{"resource": {"terraform_data": {"tofu_json": {}}}}',
            "only.tofu": 'resource "terraform_data" "only" {}\n',
            "x_override.tofu": 'resource "terraform_data" "tofu" { input = 2 }\n',
        },
    )
    loaded = load([str(tmp_path)])
    (deployment,) = loaded.deployments
    assert addresses(deployment) == ["terraform_data.tofu", "terraform_data.only", "terraform_data.tofu_json"]
    assert attribute(deployment, "terraform_data.tofu", "input").or_none() == 2
    assert [notice.split("`")[1] for notice in loaded.notices] == [
        f"{tmp_path}/main.tf",
        f"{tmp_path}/other.tf.json",
    ]

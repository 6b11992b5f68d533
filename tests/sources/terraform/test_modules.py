"""Modules that call modules: values in and out, what cannot be read, and errors that stay where they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from roots import addresses, attribute, deployed, resource, says, write

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.project import Options, load
from guardrails.sources.terraform.values import EvalError, Ref, UndeclaredError, Unknown

if TYPE_CHECKING:
    from pathlib import Path


def reason_of(value: object) -> Reason:
    assert isinstance(value, Unknown)
    return value.reasons[0]


class TestValues:
    def test_pass_through_variables_and_outputs(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": """
                    module "outer" {
                      source = "./outer"
                      name   = "n"
                    }
                """,
                "outer/main.tf": """
                    variable "name" {}
                    module "inner" {
                      source = "../inner"
                      name   = "outer-${var.name}"
                    }
                    output "name" { value = upper(module.inner.name) }
                """,
                "inner/main.tf": """
                    variable "name" { type = string }
                    output "name" { value = "${var.name}-inner" }
                """,
            },
        )
        assert says(deployment, "module.outer.name") == "OUTER-N-INNER"

    def test_nothing_is_evaluated_that_nobody_asks_for(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            locals {
              sound  = 1
              broken = tonumber("x")
            }
            output "broken" { value = local.broken }
            """,
        )
        assert says(deployment, "local.sound") == 1
        assert not deployment.gaps()

    def test_a_cycle_is_an_error_and_stays_one(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, "locals {\n  a = local.b\n  b = local.a\n  c = 1\n}\n")
        for _ in range(2):
            with pytest.raises(EvalError, match="depends on itself"):
                says(deployment, "local.a")
        assert says(deployment, "local.c") == 1

    def test_an_error_is_remembered_and_is_no_cycle(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, 'locals {\n  a = tonumber("x")\n}\n')
        for _ in range(2):
            with pytest.raises(EvalError, match="tonumber"):
                says(deployment, "local.a")

    def test_values_may_depend_on_each_other_both_ways_between_two_modules(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": """
                    module "a" {
                      source = "./m"
                      in     = module.b.fixed
                    }
                    module "b" {
                      source = "./m"
                      in     = module.a.fixed
                    }
                """,
                "m/main.tf": """
                    variable "in" {}
                    output "fixed" { value = "f" }
                    output "given" { value = var.in }
                """,
            },
        )
        assert says(deployment, "[module.a.given, module.b.given]") == ["f", "f"]

    def test_a_long_chain_of_values_is_followed(self, tmp_path: Path) -> None:
        lines = [f"  v{i} = local.v{i - 1} + 1" for i in range(1, 300)]
        deployment = deployed(tmp_path, "locals {\n  v0 = 0\n" + "\n".join(lines) + "\n}\n")
        assert says(deployment, "local.v299") == 299

    def test_one_too_long_is_not_known(self, tmp_path: Path) -> None:
        lines = [f"  v{i} = local.v{i - 1} + 1" for i in range(1, 20_000)]
        deployment = deployed(
            tmp_path,
            "locals {\n  v0 = 0\n" + "\n".join(lines) + '\n}\nresource "terraform_data" "a" { input = local.v19999 }\n',
        )
        value = attribute(deployment, "terraform_data.a", "input")
        assert value.reasons[0].why is Why.LIMIT

    def test_paths_are_seen_from_the_root(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": 'module "m" { source = "./sub/m" }\n',
                "sub/m/main.tf": 'output "paths" { value = [path.module, path.root, path.cwd] }\n',
            },
        )
        assert says(deployment, "module.m.paths") == ["sub/m", ".", str(tmp_path.resolve())]
        assert says(deployment, "path.module") == "."

    def test_files_are_found_from_the_root_and_only_in_the_scanned_folder(self, tmp_path: Path) -> None:
        (tmp_path / "outside.txt").write_text("secret")
        deployment = deployed(
            tmp_path / "scanned",
            {
                "main.tf": """
                    module "m" { source = "./m" }
                    locals { outside = file("../outside.txt") }
                """,
                "m/main.tf": 'output "text" { value = file("${path.module}/a.txt") }\n',
                "m/a.txt": "text",
            },
        )
        assert says(deployment, "module.m.text") == "text"
        assert reason_of(says(deployment, "local.outside")).why is Why.ELSEWHERE

    def test_the_workspace_is_known_only_if_it_is_given(self, tmp_path: Path) -> None:
        text = "locals {\n  workspace = terraform.workspace\n}\n"
        assert reason_of(says(deployed(tmp_path, text), "local.workspace")).why is Why.INPUT
        assert says(deployed(tmp_path, text, Options(workspace="prod")), "local.workspace") == "prod"

    def test_a_whole_module_is_the_object_of_its_outputs(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": 'module "m" {\n  count  = 2\n  source = "./m"\n}\n',
                "m/main.tf": 'output "b" { value = 1 }\noutput "a" { value = tonumber("x") }\n',
            },
        )
        first = says(deployment, "module.m")
        assert isinstance(first, list)
        first = first[0]
        assert list(first) == ["a", "b"]
        assert first["b"] == 1
        assert reason_of(first["a"]).why is Why.INVALID


class TestResources:
    def test_what_is_written_and_known_is_plain_elsewhere(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            variable "prefix" {}
            resource "aws_s3_bucket" "a" { bucket = "logs" }
            resource "aws_s3_bucket" "b" { bucket = var.prefix }
            resource "aws_s3_bucket" "c" { bucket = "${aws_s3_bucket.a.id}-c" }
            """,
        )
        assert says(deployment, "aws_s3_bucket.a.bucket") == "logs"
        assert says(deployment, "aws_s3_bucket.a.arn") == Ref("aws_s3_bucket.a", ("arn",))
        assert says(deployment, "aws_s3_bucket.b.bucket") == Ref("aws_s3_bucket.b", ("bucket",))
        assert reason_of(says(deployment, "aws_s3_bucket.b.bucket")).detail == "variable `prefix` has no value"
        assert repr(says(deployment, "aws_s3_bucket.c.bucket")) == "Text((Ref('aws_s3_bucket.a', ('id',)), '-c'))"

    def test_a_name_that_is_declared_nowhere_is_an_error_even_under_try(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, "")
        for expression in ("var.x", "local.x", "module.x.y", "aws_x.y.z", "data.aws_x.y.z"):
            with pytest.raises(UndeclaredError):
                says(deployment, f"try({expression}, 1)")

    def test_ephemeral_and_write_only_values_are_withheld(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            ephemeral "aws_secret" "s" {}
            resource "aws_db_instance" "d" { password_wo = "known, but nobody's business" }
            """,
        )
        assert reason_of(says(deployment, "ephemeral.aws_secret.s.value")).why is Why.SENSITIVE
        assert reason_of(says(deployment, "aws_db_instance.d.password_wo")).why is Why.SENSITIVE
        value = attribute(deployment, "aws_db_instance.d", "password_wo")
        assert value.reasons[0].why is Why.SENSITIVE
        assert "nobody" not in repr(value)

    def test_blocks_of_other_kinds_are_passed_over(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            moved {
              from = terraform_data.old
              to   = terraform_data.a
            }
            removed {
              from = terraform_data.gone
              lifecycle { destroy = false }
            }
            import {
              for_each = var.nowhere
              to       = terraform_data.a
              id       = each.key
            }
            check "c" {
              data "aws_x" "y" {}
              assert {
                condition     = data.aws_x.y.z == 1
                error_message = "no"
              }
            }
            something_new "x" {}
            resource "terraform_data" "a" { depends_on = [terraform_data.nowhere] }
            """,
        )
        assert addresses(deployment) == ["terraform_data.a"]
        assert deployment.types() == {"terraform_data"}
        assert not deployment.gaps()


class TestErrors:
    def test_an_error_costs_one_attribute_and_is_reported_at_its_first_cause(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": 'module "m" {\n  source = "./m"\n}\n',
                "m/main.tf": """
                    locals {
                      wrong = "a" + 1
                    }
                    resource "terraform_data" "a" {
                      input            = local.wrong
                      triggers_replace = "fine"
                    }
                """,
            },
        )
        address = "module.m.terraform_data.a"
        assert attribute(deployment, address, "triggers_replace").or_none() == "fine"
        value = attribute(deployment, address, "input")
        assert value.origin.line == 6
        (gap,) = deployment.gaps()
        assert value.reasons == (gap,)
        assert (gap.why, gap.origin.file, gap.origin.line) == (Why.INVALID, str(tmp_path / "m/main.tf"), 3)
        assert [(call.name, call.line) for call in gap.origin.via] == [("module.m", 1)]

    def test_a_broken_file_makes_missing_names_unknown_and_hides_resources(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "broken.tf": "variable lost {\n  default = [1,\n}\n",
                "main.tf": 'resource "terraform_data" "a" { input = var.lost }\n',
            },
        )
        value = attribute(deployment, "terraform_data.a", "input")
        assert value.reasons[0].why is Why.INVALID
        assert value.reasons[0].origin.file == str(tmp_path / "broken.tf")
        (place,) = deployment.hiding_places()
        assert place.reason == value.reasons[0]
        assert place.may_concern("aws_s3_bucket.any", ["any"])
        assert deployment.gaps() == (place.reason,)

    def test_declared_twice_keeps_the_first_and_says_so(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path, 'resource "terraform_data" "a" { input = 1 }\nresource "terraform_data" "a" { input = 2 }\n'
        )
        assert attribute(deployment, "terraform_data.a", "input").or_none() == 1
        assert [(gap.detail, gap.origin.line) for gap in deployment.gaps()] == [
            ('`resource "terraform_data" "a"` is declared a second time', 2)
        ]

    def test_a_required_variable_that_the_call_does_not_set(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": 'module "m" {\n  source = "./m"\n}\n',
                "m/main.tf": 'variable "needed" {}\nresource "terraform_data" "a" { input = var.needed }\n',
            },
        )
        reason = attribute(deployment, "module.m.terraform_data.a", "input").reasons[0]
        assert reason.detail == "module `m` does not set its required variable `needed`"
        assert (reason.origin.file, reason.origin.line) == (str(tmp_path / "main.tf"), 1)


REGISTRY = 'module "net" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0"\n}\n'


class TestModulesThatAreNotThere:
    def test_one_of_the_registry_is_a_hiding_place_with_the_command_that_gets_it(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, REGISTRY + 'resource "terraform_data" "a" { input = module.net.id }\n')
        reason = attribute(deployment, "terraform_data.a", "input").reasons[0]
        assert (reason.why, reason.settle) == (Why.ELSEWHERE, "run `terraform init`")
        assert reason.detail == "module `net` (terraform-aws-modules/vpc/aws) is not downloaded"
        assert [place.reason for place in deployment.hiding_places()] == [reason]
        assert reason in deployment.gaps()

    def test_repeated_ones_still_count(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            """
            module "none" {
              count  = 0
              source = "a/b/c"
            }
            module "two" {
              for_each = { x = 1, y = 2 }
              source   = "a/b/c"
            }
            """,
        )
        assert says(deployment, 'try(module.none[0].id, "gone")') == "gone"
        assert says(deployment, "length(module.two)") == 2
        assert [place.reason.detail for place in deployment.hiding_places()] == [
            "module `two` (a/b/c) is not downloaded"
        ]

    def test_what_init_downloaded_is_read(self, tmp_path: Path) -> None:
        manifest = {
            "Modules": [
                {"Key": "", "Source": "", "Dir": "."},
                {"Key": "net", "Source": "x", "Dir": ".terraform/modules/net"},
                {"Key": "net.sub", "Source": "y", "Dir": ".terraform/modules/net.sub"},
            ]
        }
        deployment = deployed(
            tmp_path,
            {
                "main.tf": REGISTRY,
                ".terraform/modules/modules.json": json.dumps(manifest),
                ".terraform/modules/net/main.tf": 'module "sub" {\n  source = "a/b/c"\n}\n',
                ".terraform/modules/net.sub/main.tf": 'resource "terraform_data" "deep" {}\n',
            },
        )
        assert addresses(deployment) == ["module.net.module.sub.terraform_data.deep"]
        assert not deployment.hiding_places()

    def test_a_manifest_may_not_lead_out_of_the_scanned_folder(self, tmp_path: Path) -> None:
        write(tmp_path, {"outside/main.tf": 'resource "terraform_data" "secret" {}\n'})
        manifest = {"Modules": [{"Key": "net", "Source": "x", "Dir": "../outside"}]}
        deployment = deployed(
            tmp_path / "scanned", {"main.tf": REGISTRY, ".terraform/modules/modules.json": json.dumps(manifest)}
        )
        assert addresses(deployment) == []
        assert "outside of the scanned" in deployment.hiding_places()[0].reason.detail

    @pytest.mark.parametrize("manifest", ["", "[]", '{"Modules": [1]}', "{", "[" * 100_000])
    def test_a_broken_manifest_is_reported(self, tmp_path: Path, manifest: str) -> None:
        deployment = deployed(tmp_path, {"main.tf": REGISTRY, ".terraform/modules/modules.json": manifest})
        assert [gap.why for gap in deployment.gaps()] == [Why.INVALID, Why.ELSEWHERE]

    def test_a_local_one_outside_of_the_scanned_folder_is_not_read(self, tmp_path: Path) -> None:
        write(tmp_path, {"shared/main.tf": 'resource "terraform_data" "secret" {}\n'})
        deployment = deployed(tmp_path / "root", 'module "m" { source = "../shared" }\n')
        assert addresses(deployment) == []
        (place,) = deployment.hiding_places()
        assert place.reason.detail == "module `m` (../shared) lies outside of the scanned folder"
        assert place.reason.settle == f"scan a folder that holds `{tmp_path}/shared` too"

    def test_nor_through_a_link(self, tmp_path: Path) -> None:
        write(tmp_path, {"shared/main.tf": 'resource "terraform_data" "secret" {}\n', "root/a.tf": ""})
        (tmp_path / "root" / "link").symlink_to(tmp_path / "shared")
        deployment = deployed(tmp_path / "root", 'module "m" { source = "./link" }\n')
        assert addresses(deployment) == []
        assert "outside of the scanned folder" in deployment.hiding_places()[0].reason.detail

    def test_it_is_read_when_its_folder_is_scanned_too(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "shared/main.tf": 'resource "terraform_data" "a" {}\n',
                "root/main.tf": 'module "m" { source = "../shared" }\n',
            },
        )
        (deployment,) = load([str(tmp_path / "root"), str(tmp_path / "shared")]).deployments
        assert addresses(deployment) == ["module.m.terraform_data.a"]

    @pytest.mark.parametrize("source", ["./nowhere", "./empty"])
    def test_a_folder_without_configuration(self, tmp_path: Path, source: str) -> None:
        (tmp_path / "empty").mkdir()
        deployment = deployed(tmp_path, f'module "m" {{ source = "{source}" }}\n')
        assert deployment.hiding_places()[0].reason.why is Why.ELSEWHERE

    def test_a_source_that_is_computed(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, 'module "m" { source = "./${terraform.workspace}" }\nmodule "n" {}\n')
        assert [place.reason.why for place in deployment.hiding_places()] == [Why.UNSUPPORTED, Why.INVALID]


class TestCircles:
    @pytest.mark.parametrize("source", [".", "./m/.."])
    def test_a_module_that_calls_itself(self, tmp_path: Path, source: str) -> None:
        deployment = deployed(tmp_path, {"main.tf": f'module "m" {{ source = "{source}" }}\n', "m/keep.txt": ""})
        (place,) = deployment.hiding_places()
        assert (place.reason.why, place.reason.detail) == (Why.INVALID, "module `m` calls itself")

    def test_modules_that_call_each_other(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": 'module "a" { source = "./a" }\n',
                "a/main.tf": 'module "b" { source = "../b" }\nresource "terraform_data" "a" {}\n',
                "b/main.tf": 'module "a" { source = "../a" }\nresource "terraform_data" "b" {}\n',
            },
        )
        assert addresses(deployment) == ["module.a.terraform_data.a", "module.a.module.b.terraform_data.b"]
        assert [place.reason.detail for place in deployment.hiding_places()] == ["module `a` calls itself"]

    def test_too_many_modules_above_each_other(self, tmp_path: Path) -> None:
        files = {
            f"m{i}/main.tf": f'module "m" {{ source = "../m{i + 1}" }}\nresource "terraform_data" "a" {{}}\n'
            for i in range(40)
        }
        deployment = deployed(tmp_path, {**files, "main.tf": 'module "m" { source = "./m0" }\n', "m40/main.tf": ""})
        assert len(addresses(deployment)) == 32
        assert [place.reason.why for place in deployment.hiding_places()] == [Why.LIMIT]

    def test_many_ways_to_the_same_modules_end(self, tmp_path: Path) -> None:
        files = {
            f"m{i}/main.tf": "\n".join(f'module "c{j}" {{ source = "../m{i + 1}" }}' for j in range(10)) + "\n"
            for i in range(12)
        }
        deployment = deployed(
            tmp_path,
            {**files, "main.tf": 'module "m" { source = "./m0" }\n', "m12/main.tf": 'resource "aws_x" "y" {}\n'},
        )
        assert deployment.types() == {"aws_x"}
        assert len(deployment.sources()) == 14
        assert len(deployment.resources("aws_x")) < 100_000
        assert Why.LIMIT in {reason.why for raw in deployment.resources("aws_x") for reason in raw.exists.reasons} | {
            gap.why for gap in deployment.gaps()
        }


def test_a_value_from_below_names_the_calls_above_it(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path,
        {
            "main.tf": 'module "audit" {\n  for_each = { x = 1 }\n  source   = "./audit"\n}\n',
            "audit/main.tf": '\nmodule "bucket" {\n  source = "../bucket"\n}\n',
            "bucket/main.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "logs"\n}\n',
        },
    )
    raw = resource(deployment, 'module.audit["x"].module.bucket.aws_s3_bucket.b')
    value = raw.block.attribute("bucket")
    assert (value.origin.file, value.origin.line) == (str(tmp_path / "bucket/main.tf"), 2)
    assert [(call.name, call.source.path, call.line) for call in value.origin.via] == [
        ('module.audit["x"]', str(tmp_path / "main.tf"), 1),
        ("module.bucket", str(tmp_path / "audit/main.tf"), 2),
    ]
    assert raw.block.origin.via == value.origin.via
    assert raw.exists.verdict is Verdict.TRUE

"""A plan or state together with its code: the places of the code, and no more unknowns than the plan leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from plan_files import block, change, configured, deployment, loaded, plan, write

from guardrails.kernel.origin import How
from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import MadeOf, Why

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.block import Deployment


def joined(path: Path, code: str, content: dict[str, Any], **files: str) -> Deployment:
    write(path / "infra" / "main.tf", code)
    for name, text in files.items():
        write(path / "infra" / name.replace("__", "/").replace("_tf", ".tf"), text)
    found = deployment(path / "plan.json", content, path / "infra")
    assert [gap.detail for gap in found.gaps() if gap.why is Why.INVALID] == []
    return found


def root(*addresses: str, **more: object) -> dict[str, Any]:
    return {"resources": [configured(address) for address in addresses], **more}


def test_values_and_places_are_those_of_the_code(tmp_path: Path) -> None:
    code = 'resource "aws_sns_topic" "a" {\n  name = "alerts"\n}\n'
    found = joined(tmp_path, code, plan(change("aws_sns_topic.a", {"name": "alerts"}), root=root("aws_sns_topic.a")))

    name = block(found, "aws_sns_topic.a").attribute("name")

    assert (found.source, found.target) == ("terraform-plan", str(tmp_path / "infra"))
    assert (name.or_none(), name.origin.line, name.origin.file.rpartition("/")[2]) == ("alerts", 2, "main.tf")


def test_the_plan_says_which_values_the_variables_had(tmp_path: Path) -> None:
    code = """
variable "days" { type = number }
variable "names" { default = ["not this"] }
resource "aws_cloudwatch_log_group" "a" {
  for_each          = toset(var.names)
  name              = each.key
  retention_in_days = var.days
}
"""
    content = plan(
        change('aws_cloudwatch_log_group.a["x"]', {"name": "x", "retention_in_days": 400}),
        root=root("aws_cloudwatch_log_group.a"),
        variables={"days": {"value": "400"}, "names": {"value": ["x"]}},
    )
    it = block(joined(tmp_path, code, content), 'aws_cloudwatch_log_group.a["x"]')

    assert it.attribute("retention_in_days").or_none() == 400
    assert it.attribute("retention_in_days").origin.line == 7


COMPUTED = """
data "aws_ssm_parameter" "days" { name = "days" }
resource "aws_cloudwatch_log_group" "a" {
  for_each          = data.external.groups.result
  name              = each.key
  retention_in_days = each.value
}
resource "aws_cloudwatch_log_group" "b" {
  count             = data.external.groups.result.b
  name              = "b${count.index}"
  retention_in_days = data.aws_ssm_parameter.days.value
}
data "external" "groups" { program = ["x"] }
"""


def test_keys_and_data_that_code_alone_cannot_know(tmp_path: Path) -> None:
    """Where the data were read before, and where only the instances show what they gave."""
    days = {
        "address": "data.aws_ssm_parameter.days",
        "mode": "data",
        "type": "aws_ssm_parameter",
        "name": "days",
        "values": {"name": "days", "value": "400"},
    }
    found = joined(
        tmp_path,
        COMPUTED,
        plan(
            change('aws_cloudwatch_log_group.a["x"]', {"name": "x", "retention_in_days": 30}),
            change('aws_cloudwatch_log_group.a["y"]', {"name": "y", "retention_in_days": 90}),
            change("aws_cloudwatch_log_group.b[0]", {"name": "b0", "retention_in_days": 400}),
            root=root("aws_cloudwatch_log_group.a", "aws_cloudwatch_log_group.b", "data.external.groups",
                      "data.aws_ssm_parameter.days"),
            prior_state={"values": {"root_module": {"resources": [days]}}},
        ),
    )  # fmt: skip

    groups = {raw.address: raw for raw in found.resources("aws_cloudwatch_log_group")}
    shown = {
        address: (
            raw.block.attribute("retention_in_days").or_none(),
            raw.block.attribute("retention_in_days").origin.line,
        )
        for address, raw in groups.items()
    }

    assert all(raw.exists.verdict is Verdict.TRUE for raw in groups.values())
    assert {address: (int(str(days)), line) for address, (days, line) in shown.items()} == {
        'aws_cloudwatch_log_group.a["x"]': (30, 6),
        'aws_cloudwatch_log_group.a["y"]': (90, 6),
        "aws_cloudwatch_log_group.b[0]": (400, 11),
    }


def test_nothing_planned_means_that_there_is_none(tmp_path: Path) -> None:
    content = plan(root=root("aws_cloudwatch_log_group.a", "aws_cloudwatch_log_group.b", "data.external.groups",
                             "data.aws_ssm_parameter.days"))  # fmt: skip

    assert joined(tmp_path, COMPUTED, content).resources("aws_cloudwatch_log_group") == ()


def test_what_is_known_after_apply_keeps_the_form_that_the_code_gives_it(tmp_path: Path) -> None:
    code = """
resource "aws_s3_bucket" "logs" {}
resource "aws_x" "y" {
  plain = aws_s3_bucket.logs.arn
  text  = "${aws_s3_bucket.logs.arn}/*"
}
"""
    first = plan(
        change("aws_s3_bucket.logs", {}, unknown={"arn": True, "bucket": True}),
        change("aws_x.y", {}, unknown={"plain": True, "text": True}),
        root=root("aws_s3_bucket.logs", "aws_x.y"),
    )
    later = plan(
        change("aws_s3_bucket.logs", {"arn": "arn:aws:s3:::b", "bucket": "b"}, actions=["no-op"]),
        change("aws_x.y", {"plain": "arn:aws:s3:::b", "text": "arn:aws:s3:::b/*"}, actions=["no-op"]),
        root=root("aws_s3_bucket.logs", "aws_x.y"),
    )
    for content in (first, later):
        it = block(joined(tmp_path, code, content), "aws_x.y")

        reference = it.attribute("plain").reference
        assert reference is not None
        assert (reference.address, reference.path) == ("aws_s3_bucket.logs", ("arn",))
        assert it.attribute("text").parts == (reference, "/*")


def test_what_random_values_make_of_a_name_is_known_once_they_are(tmp_path: Path) -> None:
    code = """
resource "random_id" "x" { byte_length = 4 }
resource "aws_s3_bucket" "logs" { bucket = "logs-${random_id.x.hex}" }
"""
    content = plan(
        change("random_id.x", {"hex": "ab"}, actions=["no-op"]),
        change("aws_s3_bucket.logs", {"bucket": "logs-ab"}, actions=["no-op"]),
        root=root("aws_s3_bucket.logs", "random_id.x"),
    )

    assert block(joined(tmp_path, code, content), "aws_s3_bucket.logs").attribute("bucket").or_none() == "logs-ab"


def test_dynamic_blocks_over_what_code_alone_cannot_know(tmp_path: Path) -> None:
    code = """
data "external" "rules" { program = ["x"] }
resource "aws_s3_bucket_lifecycle_configuration" "a" {
  bucket = "b"
  rule {
    id = "first"
    expiration { days = 400 }
  }
  dynamic "rule" {
    for_each = data.external.rules.result
    content {
      id = rule.key
      expiration { days = rule.value }
    }
  }
}
"""
    rules = [{"id": name, "expiration": [{"days": days}]} for name, days in (("first", 400), ("x", 30), ("y", 90))]
    content = plan(
        change("aws_s3_bucket_lifecycle_configuration.a", {"bucket": "b", "rule": rules}),
        root=root("aws_s3_bucket_lifecycle_configuration.a", "data.external.rules"),
    )
    members, gaps = (
        block(joined(tmp_path, code, content), "aws_s3_bucket_lifecycle_configuration.a").blocks("rule").loaded()
    )
    days = [inner.attribute("days") for one, _ in members for inner, _ in one.blocks("expiration").members()]

    assert gaps == ()
    assert [(value.or_none(), value.origin.line) for value in days] == [(400, 7), (30, 13), (90, 13)]


def test_what_the_plan_has_differently_counts_as_planned(tmp_path: Path) -> None:
    code = 'resource "aws_x" "y" {\n  days = 400\n  policy = jsonencode({ a = 1, b = 2 })\n}\n'
    content = plan(change("aws_x.y", {"days": 30, "policy": '{"b": 2, "a": 1}'}), root=root("aws_x.y"))
    it = block(joined(tmp_path, code, content), "aws_x.y")

    assert it.attribute("days").or_none() == 30
    assert it.attribute("policy").or_none() == '{"a":1,"b":2}'


CHOICE = """
data "external" "x" { program = ["x"] }
resource "aws_kms_key" "k" { count = 1 }
resource "aws_cloudtrail" "t" {
  name       = "t"
  kms_key_id = data.external.x.result.own == "yes" ? aws_kms_key.k[0].arn : "alias/theirs"
}
"""


@pytest.mark.parametrize("own", [True, False])
def test_a_plan_decides_which_branch_was_taken(tmp_path: Path, own: bool) -> None:
    after = {"name": "t"} if own else {"name": "t", "kms_key_id": "alias/theirs"}
    content = plan(
        change("aws_kms_key.k[0]", {}, unknown={"arn": True}),
        change("aws_cloudtrail.t", after, unknown={"kms_key_id": True} if own else {}),
        root=root("aws_cloudtrail.t", "aws_kms_key.k", "data.external.x"),
    )

    key = block(joined(tmp_path, CHOICE, content), "aws_cloudtrail.t").attribute("kms_key_id")

    assert key.alternatives == ()
    if own:
        assert key.reference is not None
        assert key.reference.address == "aws_kms_key.k[0]"
    else:
        assert key.or_none() == "alias/theirs"


def test_resources_of_a_module_that_is_not_here_stand_in_the_plan(tmp_path: Path) -> None:
    code = """
module "bucket" { source = "terraform-aws-modules/s3-bucket/aws" }
resource "aws_cloudtrail" "t" {
  name           = "t"
  s3_bucket_name = module.bucket.id
}
"""
    call = {
        "expressions": {},
        "module": {
            "resources": [configured("aws_s3_bucket.this")],
            "outputs": {"id": {"expression": {"references": ["aws_s3_bucket.this.id", "aws_s3_bucket.this"]}}},
        },
    }
    trail = configured("aws_cloudtrail.t", s3_bucket_name={"references": ["module.bucket.id", "module.bucket"]})
    content = plan(
        change("module.bucket.aws_s3_bucket.this", {}, unknown={"id": True}),
        change("aws_cloudtrail.t", {"name": "t"}, unknown={"s3_bucket_name": True}),
        root={"resources": [trail], "module_calls": {"bucket": call}},
    )
    found = joined(tmp_path, code, content)

    (bucket,) = found.resources("aws_s3_bucket")
    (reason,) = block(found, "aws_cloudtrail.t").attribute("s3_bucket_name").reasons

    assert bucket.block.origin.file.endswith("plan.json")
    assert isinstance(reason, MadeOf)
    assert reason.address == "module.bucket.aws_s3_bucket.this"
    assert found.hiding_places() == ()
    assert found.gaps() == ()


def test_sensitive_values_are_not_shown_whatever_stands_in_the_code(tmp_path: Path) -> None:
    code = 'resource "aws_x" "y" {\n  port = 31337\n  inner {\n    word = "hunter2"\n  }\n}\n'
    content = plan(
        change(
            "aws_x.y",
            {"port": 31337, "inner": [{"word": "hunter2"}]},
            sensitive={"port": True, "inner": [{"word": True}]},
        ),
        root=root("aws_x.y"),
    )  # fmt: skip
    it = block(joined(tmp_path, code, content), "aws_x.y")
    ((inner, _),) = it.blocks("inner").members()

    said = [it.attribute("port").equals(31337), inner.attribute("word").equals("hunter2")]

    assert [truth.verdict for truth in said] == [Verdict.TRUE, Verdict.TRUE]
    assert [fact.detail for truth in said for fact in truth.facts] == ["`port` is set", "`word` is set"]
    assert it.attribute("port").origin.how is How.SENSITIVE


# --- which code


CODE = 'resource "aws_sns_topic" "a" {\n  name = "a"\n}\n'


def test_code_beside_the_plan_is_found(tmp_path: Path) -> None:
    write(tmp_path / "main.tf", CODE)
    found = loaded(
        write(tmp_path / "plan.json", plan(change("aws_sns_topic.a", {"name": "a"}), root=root("aws_sns_topic.a")))
    )

    assert found.deployments[0].target == str(tmp_path)
    assert ["together with the code" in notice for notice in found.notices] == [True]


@pytest.mark.parametrize(
    ("planned", "said"),
    [("aws_sns_topic.b", "of something else"), ("aws_sns_topic.a aws_sns_topic.b", "`aws_sns_topic.b`")],
)
def test_code_beside_the_plan_that_is_not_its_own_is_left_alone(tmp_path: Path, planned: str, said: str) -> None:
    write(tmp_path / "main.tf", CODE)
    changes = [change(address, {"name": "x"}) for address in planned.split()]
    found = loaded(write(tmp_path / "plan.json", plan(*changes, root=root(*planned.split()))))

    assert found.deployments[0].target == str(tmp_path / "plan.json")
    assert [said in notice and "by itself" in notice for notice in found.notices] == [True]
    assert found.gaps == ()


def test_named_code_of_something_else_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path / "infra" / "main.tf", CODE)
    path = write(tmp_path / "plan.json", plan(change("aws_sns_topic.b", {"name": "x"}), root=root("aws_sns_topic.b")))
    found = loaded(path, tmp_path / "infra")

    assert [(gap.why, "no resource in common" in gap.detail) for gap in found.gaps] == [(Why.INVALID, True)]
    assert found.deployments[0].target == str(path)


def test_named_code_that_differs_is_said_and_each_side_judged_by_what_is_planned(tmp_path: Path) -> None:
    write(tmp_path / "infra" / "main.tf", CODE + 'resource "aws_sns_topic" "new" {\n  name = "new"\n}\n')
    content = plan(
        change("aws_sns_topic.a", {"name": "a"}),
        change("aws_sns_topic.old", {"name": "old"}),
        root=root("aws_sns_topic.a", "aws_sns_topic.old"),
    )
    found = deployment(tmp_path / "plan.json", content, tmp_path / "infra")
    places = {raw.address: raw.block.origin.file.rpartition("/")[2] for raw in found.resources("aws_sns_topic")}

    assert places == {"aws_sns_topic.a": "main.tf", "aws_sns_topic.old": "plan.json"}
    (gap, *_) = [gap for gap in found.gaps() if gap.why is Why.INVALID]
    assert "`aws_sns_topic.old`" in gap.detail
    assert "`aws_sns_topic.new`" in gap.detail


def test_the_folder_among_several_that_fits(tmp_path: Path) -> None:
    write(tmp_path / "one" / "main.tf", CODE.replace('"a" {', '"other" {'))
    write(tmp_path / "two" / "main.tf", CODE)
    path = write(tmp_path / "plan.json", plan(change("aws_sns_topic.a", {"name": "a"}), root=root("aws_sns_topic.a")))

    found = loaded(path, tmp_path / "one", tmp_path / "two")

    assert [one.target for one in found.deployments] == [str(tmp_path / "two")]


def test_a_named_folder_without_code(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    found = loaded(write(tmp_path / "plan.json", plan(change("aws_sns_topic.a", {}))), tmp_path / "infra")

    assert [(gap.why, "holds no configuration" in gap.detail) for gap in found.gaps] == [(Why.INVALID, True)]
    assert len(found.deployments) == 1


def test_a_state_has_its_own_values_and_the_places_of_the_code(tmp_path: Path) -> None:
    write(
        tmp_path / "main.tf",
        'variable "name" {}\nresource "aws_x" "y" {\n  name = var.name\n  rule {\n    days = 400\n  }\n'
        "  lifecycle {\n    prevent_destroy = true\n  }\n}\n",
    )
    resource = {
        "mode": "managed", "type": "aws_x", "name": "y", "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": [{"attributes": {"name": "n", "rule": [{"days": 30}], "extra": "e"}}],
    }  # fmt: skip
    state = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": [resource]}
    it = block(deployment(tmp_path / "terraform.tfstate", state), "aws_x.y")
    ((rule, _),) = it.blocks("rule").members()
    ((lifecycle, _),) = it.blocks("lifecycle").members()

    assert (it.attribute("name").or_none(), it.attribute("name").origin.line) == ("n", 3)
    assert (rule.attribute("days").or_none(), rule.attribute("days").origin.line) == (30, 5)
    assert (it.attribute("extra").or_none(), it.attribute("extra").origin.line) == ("e", 2)
    assert lifecycle.attribute("prevent_destroy").or_none() is True


def test_a_document_that_the_plan_makes_whole_is_known(tmp_path: Path) -> None:
    code = """
data "external" "x" { program = ["x"] }
resource "aws_x" "y" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = data.external.x.result.effect }] })
}
"""
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny"}]}'
    content = plan(change("aws_x.y", {"policy": policy}), root=root("aws_x.y", "data.external.x"))
    it = block(joined(tmp_path, code, content), "aws_x.y")

    ((document, _),) = it.document("policy").members()
    ((statement, _),) = document.blocks("Statement").members()

    assert it.attribute("policy").or_none() == policy
    assert statement.attribute("Effect").or_none() == "Deny"
    assert statement.attribute("Effect").origin.line == 4


def test_an_address_that_stands_for_something_of_another_type(tmp_path: Path) -> None:
    write(tmp_path / "infra" / "main.tf", CODE)
    odd = change("aws_sns_topic.a", {"name": "a"}) | {"type": "aws_sqs_queue"}
    found = loaded(write(tmp_path / "plan.json", plan(odd, root=root("aws_sns_topic.a"))), tmp_path / "infra")

    assert found.deployments[0].resources("aws_sns_topic") == ()
    assert [raw.type for raw in found.deployments[0].resources("aws_sqs_queue")] == ["aws_sqs_queue"]

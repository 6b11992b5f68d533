"""How often things exist, against what terraform planned; and what is said where it is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from agreement import disagreements
from roots import addresses, attribute, blocks, deployed, resource, says, write

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.expansion import Expansion, by_count, by_dynamic, by_for_each, quoted
from guardrails.sources.terraform.project import load
from guardrails.sources.terraform.values import Choice, EvalError, HclSet, Ref, Unknown

if TYPE_CHECKING:
    from guardrails.sources.terraform.deployment import TerraformDeployment

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "expansion.json").read_text())

WHY = (Reason(Why.INPUT, "nobody said"),)
UNKNOWN = Unknown(WHY)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> TerraformDeployment:
    folder = write(tmp_path_factory.mktemp("recorded"), VECTORS["files"])
    return load([str(folder)]).deployments[0]


@pytest.mark.parametrize("vector", VECTORS["outputs"], ids=lambda vector: vector["expr"])
def test_output_is_what_terraform_planned(recorded: TerraformDeployment, vector: dict[str, Any]) -> None:
    found = disagreements(says(recorded, vector["expr"]), vector["value"], vector["after_unknown"], vector["expr"])
    assert found == ([], 0)


def test_instances_are_those_that_terraform_planned(recorded: TerraformDeployment) -> None:
    planned = VECTORS["instances"]
    assert sorted(addresses(recorded)) == sorted(planned)
    for address, instance in planned.items():
        value = attribute(recorded, address, "input")
        assert value.settled
        assert value.or_none() == instance["input"]


def keys(expansion: Expansion) -> list[object]:
    """The keys, `?` for one that is not known, with a question mark behind what may not exist."""
    shown: list[object] = []
    for slot in expansion.slots:
        key = "?" if slot.symbolic else slot.key
        shown.append(key if slot.certain else (key, "?"))
    return shown


class TestCount:
    def test_a_text_that_is_a_number_counts(self) -> None:
        assert keys(by_count("2")) == [0, 1]

    def test_an_unknown_one_is_one_symbolic_instance(self) -> None:
        found = by_count(UNKNOWN)
        assert keys(found) == [("?", "?")]
        assert found.reasons == WHY

    def test_an_unknown_condition_keeps_the_keys_of_both_branches(self) -> None:
        found = by_count(Choice((1, 0), WHY))
        assert keys(found) == [(0, "?")]
        assert by_count(Choice((1, 3), WHY)).slots[0].certain

    def test_branches_that_agree_are_certain(self) -> None:
        assert by_count(Choice((1, "1"), WHY)).certain

    @pytest.mark.parametrize("wrong", [None, -1, True, [], "many"])
    def test_what_terraform_refuses_is_an_error(self, wrong: object) -> None:
        with pytest.raises(EvalError):
            by_count(wrong)

    def test_a_branch_that_terraform_would_refuse_is_not_taken(self) -> None:
        assert keys(by_count(Choice((2, None), WHY))) == [0, 1]

    def test_too_many_are_one_symbolic_instance_with_the_limit_as_reason(self) -> None:
        found = by_count(1_001)
        assert keys(found) == [("?", "?")]
        assert found.reasons[0].why is Why.LIMIT
        assert len(by_count(1_000).slots) == 1_000


class TestForEach:
    def test_known_keys_with_unknown_values_are_certain(self) -> None:
        found = by_for_each({"a": UNKNOWN})
        assert keys(found) == ["a"]
        assert found.slots[0].each_value is UNKNOWN

    def test_an_unknown_element_beside_known_ones_is_one_more_that_may_exist(self) -> None:
        own = Ref("aws_x.y", ("id",))
        found = by_for_each(HclSet(["a", own]))
        assert keys(found) == ["a", ("?", "?")]
        assert found.slots[1].each_value is own

    def test_a_single_unknown_element_exists_whatever_its_key(self) -> None:
        assert keys(by_for_each(HclSet([UNKNOWN]))) == ["?"]

    def test_an_unknown_condition_joins_the_keys(self) -> None:
        found = by_for_each(Choice(({"a": 1, "b": 1}, {"a": 2}), WHY))
        assert keys(found) == ["a", ("b", "?")]
        value = found.slots[0].each_value
        assert isinstance(value, Choice)
        assert value.alternatives == (1, 2)

    @pytest.mark.parametrize("wrong", [None, "a", 1, ["a"], HclSet([1]), HclSet([True])])
    def test_what_terraform_refuses_is_an_error(self, wrong: object) -> None:
        with pytest.raises(EvalError):
            by_for_each(wrong)

    def test_an_empty_list_stands_for_the_set_that_a_conditional_makes_of_it(self) -> None:
        assert by_for_each([]).slots == ()


class TestDynamic:
    def test_lists_are_keyed_by_position_and_keep_unknown_elements(self) -> None:
        found = by_dynamic(["x", UNKNOWN])
        assert [(slot.each_key, slot.certain) for slot in found.slots] == [(0, True), (1, True)]

    def test_elements_of_a_set_that_may_be_equal_may_be_fewer(self) -> None:
        assert keys(by_dynamic(HclSet(["a", UNKNOWN]))) == ["a", (1, "?")]

    def test_null_is_an_error(self) -> None:
        with pytest.raises(EvalError):
            by_dynamic(None)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("a", '"a"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("a\\b", '"a\\\\b"'),
        ("two\nlines", '"two\\nlines"'),
        ("${x}", '"$${x}"'),
        ("%{x}", '"%%{x}"'),
    ],
)
def test_keys_are_shown_as_terraform_shows_them(key: str, shown: str) -> None:
    assert quoted(key) == shown


UNCERTAIN = """
    variable "on" {}
    variable "names" {}
    resource "aws_kms_key" "k" {
      count = var.on ? 1 : 0
    }
    resource "aws_kms_key" "each" {
      for_each    = var.names
      description = each.value
    }
    resource "aws_sns_topic" "direct" { kms_master_key_id = aws_kms_key.k[0].arn }
    resource "aws_sns_topic" "tried" { kms_master_key_id = try(aws_kms_key.k[0].arn, null) }
    resource "aws_sns_topic" "one" { kms_master_key_id = one(aws_kms_key.k[*].arn) }
    resource "aws_sns_topic" "chosen" { kms_master_key_id = var.on ? aws_kms_key.k[0].arn : "alias/x" }
    resource "aws_sns_topic" "splat" { kms_master_key_id = join("", aws_kms_key.each[*].arn) }
    resource "aws_sns_topic" "named" { kms_master_key_id = aws_kms_key.each["a"].arn }
"""


class TestUncertainInstances:
    def test_addresses(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, UNCERTAIN)
        assert addresses(deployment, "aws_kms_key") == ["aws_kms_key.k[0] ?", "aws_kms_key.each[?] ?"]

    def test_whoever_names_an_instance_has_it(self, tmp_path: Path) -> None:
        value = attribute(deployed(tmp_path, UNCERTAIN), "aws_sns_topic.direct", "kms_master_key_id")
        assert value.reference is not None
        assert value.reference.address == "aws_kms_key.k[0]"
        assert value.is_set().verdict is Verdict.TRUE

    @pytest.mark.parametrize("name", ["tried", "one"])
    def test_but_not_under_try_nor_through_a_splat(self, tmp_path: Path, name: str) -> None:
        value = attribute(deployed(tmp_path, UNCERTAIN), f"aws_sns_topic.{name}", "kms_master_key_id")
        assert value.is_set().verdict is Verdict.UNKNOWN
        assert "aws_kms_key.k[0]" in [one.reference.address for one in value.alternatives if one.reference]

    def test_a_conditional_keeps_both_branches(self, tmp_path: Path) -> None:
        value = attribute(deployed(tmp_path, UNCERTAIN), "aws_sns_topic.chosen", "kms_master_key_id")
        assert value.is_set().verdict is Verdict.TRUE
        assert [one.or_none() or one.reference for one in value.alternatives][1] == "alias/x"

    def test_a_key_of_something_unknown_leads_to_the_symbolic_instance(self, tmp_path: Path) -> None:
        value = attribute(deployed(tmp_path, UNCERTAIN), "aws_sns_topic.named", "kms_master_key_id")
        assert value.reference is not None
        assert value.reference.address == "aws_kms_key.each[?]"

    def test_the_reason_names_the_variable_and_what_settles_it(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, UNCERTAIN)
        reason = resource(deployment, "aws_kms_key.each[?]").exists.reasons[0]
        assert (reason.why, reason.detail) == (Why.INPUT, "variable `names` has no value")
        assert reason.settle == "pass --var names=... or --var-file"
        assert (reason.origin.file, reason.origin.line) == (str(tmp_path / "main.tf"), 3)


def test_a_wrong_count_is_reported_and_nothing_is_dropped(tmp_path: Path) -> None:
    deployment = deployed(tmp_path, 'resource "terraform_data" "a" {\n  count = null\n}\n')
    assert addresses(deployment) == ["terraform_data.a[?] ?"]
    assert [(gap.why, gap.detail, gap.origin.line) for gap in deployment.gaps()] == [
        (Why.INVALID, "`count` is null", 2)
    ]


def test_a_count_that_follows_from_itself_is_an_error_not_a_loop(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path,
        """
        resource "terraform_data" "a" { count = length(terraform_data.b) }
        resource "terraform_data" "b" { count = length(terraform_data.a) }
        """,
    )
    assert addresses(deployment) == ["terraform_data.a[?] ?", "terraform_data.b[?] ?"]
    assert any("depends on itself" in gap.detail for gap in deployment.gaps())


def test_more_instances_than_are_followed_in_one_root(tmp_path: Path) -> None:
    deployment = deployed(
        tmp_path,
        {
            "main.tf": 'module "m" {\n  count  = 1000\n  source = "./m"\n}\n',
            "m/main.tf": 'resource "terraform_data" "a" {\n  count = 1000\n}\n',
        },
    )
    found = addresses(deployment)
    assert 9_000 <= len([address for address in found if not address.endswith("?")]) <= 10_000
    assert "module.m[999].terraform_data.a[?] ?" in found
    assert Why.LIMIT in {
        reason.why for reason in resource(deployment, "module.m[999].terraform_data.a[?]").exists.reasons
    }


DYNAMIC = """
    variable "rules" {}
    variable "more" { default = ["x", "y"] }
    resource "aws_thing" "known" {
      rule { name = "first" }
      dynamic "rule" {
        for_each = var.more
        content { name = "${rule.key}-${rule.value}" }
      }
      rule { name = "last" }
    }
    resource "aws_thing" "unknown" {
      rule { name = "first" }
      dynamic "rule" {
        for_each = var.rules
        content {
          name = rule.value
          kind = "fixed"
        }
      }
    }
    resource "aws_thing" "nested" {
      dynamic "group" {
        for_each = { a = ["1", "2"], b = [] }
        iterator = outer
        content {
          name = outer.key
          dynamic "member" {
            for_each = outer.value
            content { name = "${outer.key}${member.value}" }
          }
        }
      }
    }
    resource "aws_thing" "perhaps" {
      dynamic "rule" {
        for_each = var.rules == "all" ? ["x"] : []
        content { name = rule.value }
      }
    }
"""


class TestDynamicBlocks:
    def test_known_ones_stand_in_source_order_with_static_ones(self, tmp_path: Path) -> None:
        found = blocks(resource(deployed(tmp_path, DYNAMIC), "aws_thing.known").block.blocks("rule"))
        assert [block.attribute("name").or_none() for block in found] == ["first", "0-x", "1-y", "last"]

    def test_an_unknown_collection_leaves_a_symbolic_block_and_a_gap(self, tmp_path: Path) -> None:
        found = resource(deployed(tmp_path, DYNAMIC), "aws_thing.unknown").block.blocks("rule")
        (static, certain), (symbolic, perhaps) = found.members()
        assert static.attribute("name").or_none() == "first"
        assert (certain.verdict, perhaps.verdict) == (Verdict.TRUE, Verdict.UNKNOWN)
        assert symbolic.attribute("kind").or_none() == "fixed"
        assert not symbolic.attribute("name").settled
        assert [gap.detail for gap in found.gaps] == ["variable `rules` has no value"]

    def test_nested_ones_see_both_iterators(self, tmp_path: Path) -> None:
        groups = blocks(resource(deployed(tmp_path, DYNAMIC), "aws_thing.nested").block.blocks("group"))
        members = [[one.attribute("name").or_none() for one in blocks(g.blocks("member"))] for g in groups]
        assert members == [["a1", "a2"], []]

    def test_an_unknown_condition_makes_blocks_that_may_exist_and_no_gap(self, tmp_path: Path) -> None:
        found = resource(deployed(tmp_path, DYNAMIC), "aws_thing.perhaps").block.blocks("rule")
        ((block, exists),) = found.members()
        assert block.attribute("name").or_none() == "x"
        assert exists.verdict is Verdict.UNKNOWN
        assert not found.gaps

    def test_an_attribute_points_to_its_place_in_the_content(self, tmp_path: Path) -> None:
        found = blocks(resource(deployed(tmp_path, DYNAMIC), "aws_thing.known").block.blocks("rule"))
        assert [block.attribute("name").origin.line for block in found] == [5, 8, 8, 10]
        assert found[1].attribute("name").origin.attribute == "name"

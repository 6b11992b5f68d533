"""Plans that are large: what is bounded, and what is not held in memory."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from plan_files import block, change, deployment, loaded, plan, write

from guardrails.kernel.why import Why
from guardrails.sources.terraform_plan import deployment as deployment_module

if TYPE_CHECKING:
    from pathlib import Path


def deep(levels: int) -> str:
    """A plan with one attribute that is nested so deeply, as text: `json` writes no such thing."""
    nested = "[" * levels + "]" * levels
    return (
        '{"format_version": "1.2", "resource_changes": [{"address": "aws_s3_bucket.b", "mode": "managed", '
        '"type": "aws_s3_bucket", "name": "b", "change": {"actions": ["create"], '
        f'"after": {{"bucket": "b", "tags": {nested}}}}}}}]}}'
    )


@pytest.mark.parametrize("with_code", [False, True], ids=["alone", "with code"])
def test_resources_of_one_type_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_code: bool) -> None:
    monkeypatch.setattr(deployment_module, "MOST_RESOURCES", 2)
    changes = [*(change(f"aws_sns_topic.t{n}", {}) for n in range(3)), change("aws_kms_key.k", {})]
    code = [write(tmp_path / "code" / "main.tf", 'resource "aws_kms_key" "k" {}\n').parent] if with_code else []
    found = deployment(tmp_path / "plan" / "plan.json", plan(*changes), *code)

    assert len(found.resources("aws_kms_key")) == 1
    assert [gap for gap in found.gaps() if gap.why is Why.LIMIT] == []
    assert [raw.address for raw in found.resources("aws_sns_topic")] == ["aws_sns_topic.t0", "aws_sns_topic.t1"]
    limits = [gap.detail for gap in found.gaps() if gap.why is Why.LIMIT]
    assert ["has more than the 2 resources of one type that are judged" in detail for detail in limits] == [True]
    assert [place.may_concern("aws_kms_key.k", []) for place in found.hiding_places()] == [True]


def test_values_that_nobody_asks_for_are_not_held(tmp_path: Path) -> None:
    after = {f"attribute_{n}": [n, n + 1, n + 2] for n in range(200)}
    content = plan(
        *(change(f"aws_instance.i{n}", after) for n in range(100)), change("aws_s3_bucket.b", {"bucket": "b"})
    )
    path = write(tmp_path / "plan.json", content)
    loaded(path)  # what is made once

    tracemalloc.start()
    found = loaded(path).deployments[0]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 1.5 * path.stat().st_size
    assert block(found, "aws_s3_bucket.b").attribute("bucket").or_none() == "b"
    assert block(found, "aws_instance.i7").attribute("attribute_3").or_none() == [3, 4, 5]


@pytest.mark.parametrize("levels", [10, 3_000, 5_800])
def test_what_is_nested_can_be_read_when_it_is_asked_for(tmp_path: Path, levels: int) -> None:
    found = loaded(write(tmp_path / "plan.json", deep(levels)))

    assert found.gaps == ()
    assert block(found.deployments[0], "aws_s3_bucket.b").attribute("bucket").or_none() == "b"


@pytest.mark.parametrize("levels", [6_500, 7_960])
def test_what_is_nested_too_deeply_to_be_read_again_is_not_read(tmp_path: Path, levels: int) -> None:
    found = loaded(write(tmp_path / "plan.json", deep(levels)))

    assert ["nested too deeply" in gap.detail for gap in found.gaps] == [True]


@pytest.mark.parametrize(
    "planned",
    [
        {"root_module": {"child_modules": [1, {"resources": [{"values": {}}, None]}], "resources": {}}},
        {"root_module": [], "outputs": {"a": {}}},
        {"root_module": {"resources": [1, "a"], "child_modules": {"a": 1}}},
        [],
        None,
    ],
)
def test_planned_values_are_passed_over(tmp_path: Path, planned: object) -> None:
    found = deployment(tmp_path / "plan.json", plan(change("aws_s3_bucket.b", {"bucket": "b"}), planned_values=planned))

    assert found.gaps() == ()
    assert block(found, "aws_s3_bucket.b").attribute("bucket").or_none() == "b"


def test_a_state_may_hold_its_keys_in_any_order(tmp_path: Path) -> None:
    instances = [{"attributes": {"name": "b"}, "index_key": 1}, {"attributes": {"name": "a"}, "index_key": 0}]
    resource = {"instances": instances, "name": "t", "type": "aws_sns_topic", "mode": "managed"}
    content = {"resources": [resource], "terraform_version": "1.11.4", "serial": 1, "version": 4}
    found = deployment(tmp_path / "terraform.tfstate", content)

    names = {raw.address: raw.block.attribute("name").or_none() for raw in found.resources("aws_sns_topic")}
    assert names == {"aws_sns_topic.t[1]": "b", "aws_sns_topic.t[0]": "a"}


@pytest.mark.parametrize("odd", [1, None, "a", [], [{}]])
def test_a_state_with_something_else_among_its_resources(tmp_path: Path, odd: object) -> None:
    resource = {"mode": "managed", "type": "aws_sns_topic", "name": "t", "instances": [{"attributes": {"name": "a"}}]}
    content = {"version": 4, "terraform_version": "1.11.4", "resources": [odd, resource]}
    found = deployment(tmp_path / "terraform.tfstate", content)

    assert [raw.address for raw in found.resources("aws_sns_topic")] == ["aws_sns_topic.t"]
    assert ["1 of the `resources` is not as terraform writes them" in gap.detail for gap in found.gaps()] == [True]

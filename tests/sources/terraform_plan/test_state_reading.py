"""States: as `terraform show -json` prints them, and as terraform keeps them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from plan_files import block, deployment, loaded, write

from guardrails.kernel.truth import Verdict

if TYPE_CHECKING:
    from pathlib import Path

TOPIC = {"name": "alerts", "arn": "arn:aws:sns:eu-west-1:111122223333:alerts", "secret": "31337", "rate": 31337}


def shown(**values: object) -> dict[str, Any]:
    inner = {
        "address": 'module.a["x.y"].aws_sns_topic.t[0]',
        "mode": "managed",
        "type": "aws_sns_topic",
        "name": "t",
        "index": 0,
        "values": TOPIC,
        "sensitive_values": {"secret": True, "rate": True},
        **values,
    }
    root = {"child_modules": [{"address": 'module.a["x.y"]', "resources": [inner]}]}
    return {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"outputs": {}, "root_module": root}}


def kept(**instance: object) -> dict[str, Any]:
    resource = {
        "module": 'module.a["x.y"]',
        "mode": "managed",
        "type": "aws_sns_topic",
        "name": "t",
        "provider": 'provider["registry.terraform.io/hashicorp/aws"].west',
        "instances": [
            {
                "index_key": 0,
                "schema_version": 0,
                "attributes": TOPIC,
                "sensitive_attributes": [
                    [{"type": "get_attr", "value": "secret"}],
                    [{"type": "get_attr", "value": "rate"}],
                ],
                **instance,
            }
        ],
    }
    return {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 3,
        "lineage": "x",
        "outputs": {},
        "resources": [resource],
    }


@pytest.mark.parametrize("content", [shown(), kept()], ids=["shown", "kept"])
def test_a_state_in_both_forms(tmp_path: Path, content: dict[str, Any]) -> None:
    found = deployment(tmp_path / "terraform.tfstate", content)

    (raw,) = found.resources("aws_sns_topic")

    assert found.source == "terraform-state"
    assert raw.address == 'module.a["x.y"].aws_sns_topic.t[0]'
    assert raw.block.attribute("name").or_none() == "alerts"
    assert (raw.location.account.or_none(), raw.location.region.or_none()) == ("111122223333", "eu-west-1")
    said = [raw.block.attribute("secret").equals("31337"), raw.block.attribute("rate").equals(31337)]
    assert [truth.verdict for truth in said] == [Verdict.TRUE, Verdict.TRUE]
    assert "31337" not in str([fact.detail for truth in said for fact in truth.facts])


def test_what_terraform_will_still_remove_is_not_there(tmp_path: Path) -> None:
    assert deployment(tmp_path / "a.tfstate", kept(deposed="8c1f5e2a")).types() == frozenset()
    assert deployment(tmp_path / "b.json", shown(deposed_key="8c1f5e2a")).types() == frozenset()


def test_a_value_whose_type_the_provider_leaves_open(tmp_path: Path) -> None:
    attributes = {"open": {"value": [1], "type": ["list", "number"]}, "tags": {"value": "v", "type": "t"}}
    it = block(deployment(tmp_path / "a.tfstate", kept(attributes=attributes)), 'module.a["x.y"].aws_sns_topic.t[0]')

    assert it.attribute("open").or_none() == [1]
    assert it.attribute("tags").or_none() == {"type": "t", "value": "v"}


def test_what_was_attached_to_a_role_by_hand_stands_in_the_role(tmp_path: Path) -> None:
    content = kept()
    role = {"name": "r", "managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
    attached = {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    content["resources"] = [
        {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": attributes}]}
        for kind, attributes in (("aws_iam_role", role), ("aws_iam_role_policy_attachment", attached))
    ]
    it = block(deployment(tmp_path / "a.tfstate", content), "aws_iam_role.x")

    assert [value.or_none() for value, _ in it.elements("managed_policy_arns").members()] == role["managed_policy_arns"]


def test_a_zero_for_what_cannot_be_zero_means_that_it_is_not_set(tmp_path: Path) -> None:
    rule = {"expiration": [{"days": 0, "date": "2030-01-01"}], "transition": [{"days": 0}]}
    it = block(
        deployment(tmp_path / "a.tfstate", kept(attributes={"rule": [rule]})), 'module.a["x.y"].aws_sns_topic.t[0]'
    )
    ((found, _),) = it.blocks("rule").members()

    ((expiration, _),) = found.blocks("expiration").members()
    ((transition, _),) = found.blocks("transition").members()

    assert expiration.attribute("days").is_set().verdict is Verdict.FALSE
    assert transition.attribute("days").or_none() == 0


def test_resources_of_providers_that_are_not_told_apart_are_in_no_common_account(tmp_path: Path) -> None:
    content = shown(values={"name": "alerts"})
    resources = content["values"]["root_module"]["child_modules"][0]["resources"]
    resources.append({**resources[0], "address": 'module.a["x.y"].aws_sns_topic.t[1]', "index": 1})
    found = deployment(tmp_path / "state.json", content).resources("aws_sns_topic")

    assert found[0].location.credentials != found[1].location.credentials


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"version": 3, "terraform_version": "0.11.0", "serial": 1, "modules": []}, "version 3"),
        ({"version": 4, "serial": 1, "lineage": "x", "encrypted_data": "x", "format_version": "1"}, "encrypted"),
        ({"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "x", "encryption_version": "v0"}, "encrypted"),
    ],
)
def test_a_state_that_is_refused(tmp_path: Path, content: dict[str, Any], said: str) -> None:
    found = loaded(write(tmp_path / "terraform.tfstate", content))

    assert [said in gap.detail for gap in found.gaps] == [True]


@pytest.mark.parametrize("content", [{"format_version": "1.0"}, {"version": 4, "serial": 1, "resources": []}])
def test_an_empty_state_is_said_to_be_empty(tmp_path: Path, content: dict[str, Any]) -> None:
    found = loaded(write(tmp_path / "terraform.tfstate", content | {"terraform_version": "1.11.4"}))

    assert [one.types() for one in found.deployments] == [frozenset()]
    assert any("is an empty state" in notice for notice in found.notices)


def test_instances_of_an_old_provider_are_a_gap(tmp_path: Path) -> None:
    content = kept()
    content["resources"][0]["instances"][0] = {"attributes_flat": {"name": "x"}}
    found = loaded(write(tmp_path / "terraform.tfstate", json.loads(json.dumps(content)))).deployments[0]

    assert len(found.gaps()) == 1
    assert len(found.hiding_places()) == 1

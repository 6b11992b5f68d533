"""What is recognised as a plan, what is refused and why, and what its values become."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from plan_files import block, change, configured, deployment, loaded, plan, write

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Why

if TYPE_CHECKING:
    from pathlib import Path

TRAIL = {"name": "main", "s3_bucket_name": "logs"}


def refusal(path: Path, content: str | bytes) -> str:
    """What is said about a file that is nearly a plan."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = loaded(path)
    assert found.deployments == ()
    assert found.found_in == {str(path)}
    assert [gap.why for gap in found.gaps] in ([Why.INVALID], [Why.LIMIT])
    return f"{found.gaps[0].detail}; {found.gaps[0].settle}"


# --- which files


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16"], ids=["plain", "with a byte order mark", "as PowerShell writes it"]
)
def test_a_plan_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "whatever.txt"
    path.write_bytes(json.dumps(plan(change("aws_cloudtrail.main", TRAIL))).encode(encoding))

    found = loaded(path)

    assert [one.types() for one in found.deployments] == [{"aws_cloudtrail"}]
    assert found.gaps == ()


def test_a_plan_whose_keys_are_sorted(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(change("aws_cloudtrail.main", TRAIL)), sort_keys=True, indent=2))

    assert [one.source for one in loaded(path).deployments] == ["terraform-plan"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b"not json",
        b'{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}',
        b'{"format_version": "1.0", "provider_schemas": {}}',
        b'{"version": 4, "terraform": "no state"}',
        b"\x00\x01\x02",
    ],
)
def test_something_else_is_left_to_others(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)

    found = loaded(path)

    assert (found.deployments, found.gaps, found.found_in) == ((), (), frozenset())


def test_a_plan_in_terraforms_own_format(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tfplan", b"x")

    assert "terraform show -json" in refusal(path, path.read_bytes())


def test_the_log_of_a_command_is_no_plan(tmp_path: Path) -> None:
    log = (
        '{"@level":"info","@message":"Terraform 1.11.4","type":"version"}\n{"@level":"info","type":"planned_change"}\n'
    )

    assert "-out" in refusal(tmp_path / "plan.json", log)


@pytest.mark.parametrize("version", ["0.2", "2.0", "10.1"])
def test_another_version_of_the_format_is_refused_by_name(tmp_path: Path, version: str) -> None:
    said = refusal(tmp_path / "plan.json", json.dumps(plan() | {"format_version": version}))

    assert f"version {version}" in said


@pytest.mark.parametrize("cut", [40, 200, 300, -1])
def test_a_plan_that_was_not_written_wholly(tmp_path: Path, cut: int) -> None:
    text = json.dumps(plan(change("aws_cloudtrail.main", TRAIL)))

    said = refusal(tmp_path / "plan.json", text[:cut])

    assert "ends in the middle" in said


@pytest.mark.parametrize(
    ("inserted", "said"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("9" * 5_000, "more digits"),
        ("1e99999999999", "larger or longer"),
        ("1." + "1" * 5_000, "larger or longer"),
        ("NaN", "`NaN` is no number"),
        ("{'a': 1}", "line 1"),
    ],
)
def test_hostile_json(tmp_path: Path, inserted: str, said: str) -> None:
    text = json.dumps(plan(change("aws_cloudtrail.main", {"name": "HERE"}))).replace('"HERE"', inserted)

    assert said in refusal(tmp_path / "plan.json", text)


def test_what_is_nested_deeply_but_not_too_deeply_is_no_crash(tmp_path: Path) -> None:
    deep: object = {}
    for _ in range(900):
        deep = {"inner": [deep]}
    found = deployment(tmp_path / "plan.json", plan(change("aws_s3_bucket.logs", {"bucket": "b", "inner": [deep]})))

    inner = block(found, "aws_s3_bucket.logs").attribute("inner")

    assert inner.is_set().verdict is Verdict.TRUE


def test_half_a_character_in_an_address_can_be_printed(tmp_path: Path) -> None:
    text = json.dumps(plan(change("aws_cloudtrail.main", TRAIL))).replace(
        "aws_cloudtrail.main", "aws_cloudtrail.\\ud800"
    )
    found = loaded(write(tmp_path / "plan.json", text))

    (raw,) = found.deployments[0].resources("aws_cloudtrail")

    raw.address.encode()


@pytest.mark.parametrize("wrong", ["text", 7, None, ["x", 3, None, {}, {"type": "aws_cloudtrail"}], {"a": 1}])
def test_changes_of_another_shape_are_said(tmp_path: Path, wrong: object) -> None:
    content = plan(change("aws_cloudtrail.main", TRAIL))
    if isinstance(wrong, list):
        content["resource_changes"] += wrong
    else:
        content["resource_changes"] = wrong

    found = loaded(write(tmp_path / "plan.json", content))

    assert len(found.deployments) == 1
    if isinstance(wrong, list):
        assert len(found.deployments[0].resources("aws_cloudtrail")) == 1
        assert "5 of the `resource_changes`" in found.deployments[0].gaps()[0].detail
        assert len(found.deployments[0].hiding_places()) == 1


def test_a_folder_of_nothing_but_plans(tmp_path: Path) -> None:
    for name in ("prod.json", "test.json", ".hidden.json"):
        write(tmp_path / "plans" / name, plan(change("aws_cloudtrail.main", TRAIL)))
    write(tmp_path / "plans" / "other.json", "{}")

    found = loaded(tmp_path / "plans")

    assert [one.target.rpartition("/")[2] for one in found.deployments] == ["prod.json", "test.json"]
    assert found.found_in == {str(tmp_path / "plans")}


@pytest.mark.parametrize("other", ["main.tf", "modules/x/main.tf"])
def test_a_plan_in_a_folder_of_code_is_read_where_it_is_named(tmp_path: Path, other: str) -> None:
    write(tmp_path / "plan.json", plan(change("aws_cloudtrail.main", TRAIL)))
    write(tmp_path / other, "")

    assert loaded(tmp_path).deployments == ()
    assert len(loaded(tmp_path / "plan.json").deployments) == 1


# --- which resources


def test_only_what_will_be_there(tmp_path: Path) -> None:
    found = deployment(
        tmp_path / "plan.json",
        plan(
            change("aws_sns_topic.created", {}),
            change("aws_sns_topic.kept", {}, actions=["no-op"]),
            change("aws_sns_topic.updated", {}, actions=["update"]),
            change("aws_sns_topic.replaced", {}, actions=["delete", "create"]),
            change("aws_sns_topic.replaced_first", {}, actions=["create", "delete"]),
            change("aws_sns_topic.deleted", None, actions=["delete"]),
            change("aws_sns_topic.forgotten", None, actions=["forget"]),
            change("aws_sns_topic.kept", {}, actions=["delete"], deposed="8c1f5e2a"),
            change("data.aws_sns_topic.read", {}, actions=["read"]),
        ),
    )

    assert [raw.address.partition(".")[2] for raw in found.resources("aws_sns_topic")] == [
        "created",
        "kept",
        "updated",
        "replaced",
        "replaced_first",
    ]
    assert [(raw.address, raw.managed) for raw in found.resources("data.aws_sns_topic")] == [
        ("data.aws_sns_topic.read", False)
    ]


def test_data_that_was_read_before(tmp_path: Path) -> None:
    identity = {
        "address": "module.a[0].data.aws_caller_identity.me",
        "mode": "data",
        "type": "aws_caller_identity",
        "name": "me",
        "values": {"account_id": "111122223333"},
    }
    existing = {"address": "aws_sns_topic.old", "mode": "managed", "type": "aws_sns_topic", "name": "old", "values": {}}
    prior = {
        "values": {
            "root_module": {
                "resources": [existing],
                "child_modules": [{"address": "module.a[0]", "resources": [identity]}],
            }
        }
    }
    found = deployment(tmp_path / "plan.json", plan(prior_state=prior))

    assert found.types() == {"data.aws_caller_identity"}
    assert block(found, "module.a[0].data.aws_caller_identity.me").attribute("account_id").or_none() == "111122223333"


def test_what_a_plan_for_some_targets_leaves_out_stays_as_it_is(tmp_path: Path) -> None:
    resources: list[dict[str, object]] = [
        {"address": f"aws_sns_topic.{name}", "mode": "managed", "type": "aws_sns_topic", "name": name, "values": {}}
        for name in ("left_out", "changed", "deleted")
    ]
    found = loaded(
        write(
            tmp_path / "plan.json",
            plan(
                change("aws_sns_topic.changed", {}, actions=["update"]),
                change("aws_sns_topic.deleted", None, actions=["delete"]),
                prior_state={"values": {"root_module": {"resources": resources}}},
                complete=False,
            ),
        )
    ).deployments[0]

    assert {raw.address for raw in found.resources("aws_sns_topic")} == {
        "aws_sns_topic.changed",
        "aws_sns_topic.left_out",
    }
    assert ["-target" in gap.settle for gap in found.gaps()] == [True]
    assert [place.may_concern("aws_sns_topic.changed", []) for place in found.hiding_places()] == [True]


def test_a_plan_that_failed_is_incomplete(tmp_path: Path) -> None:
    found = loaded(write(tmp_path / "plan.json", plan(errored=True, complete=False))).deployments[0]

    assert [(gap.why, "failed" in gap.detail) for gap in found.gaps()] == [(Why.INVALID, True)]


def test_drift_and_what_is_put_off_are_said(tmp_path: Path) -> None:
    deferred = [{"reason": "provider_config_unknown", "resource_change": change("aws_sns_topic.later", {})}]
    content = plan(resource_drift=[change("aws_cloudtrail.main", {})], deferred_changes=deferred)
    found = loaded(write(tmp_path / "plan.json", content))

    assert any("`aws_cloudtrail.main` was changed outside of terraform" in notice for notice in found.notices)
    assert [gap.detail for gap in found.deployments[0].gaps()] == ["`aws_sns_topic.later` is put off to a later plan"]


# --- values


def test_values_and_the_mask_of_what_is_not_known(tmp_path: Path) -> None:
    after = {
        "set": "text",
        "null": None,
        "empty": "",
        "number": 1.0,
        "partly": {"known": 1, "open": None},
        "rule": [{"days": 90}, {"days": None}],
        "none": [],
    }
    unknown = {"open": True, "partly": {"open": True}, "rule": [{}, {"days": True}], "whole": True}
    written: dict[str, object] = {name: {} for name in (*after, *unknown)}
    content = plan(
        change("x_y.z", after, unknown=unknown),
        root={"resources": [configured("x_y.z", **(written | {"rule": [{"days": {}}, {"days": {}}]}))]},
    )
    it = block(deployment(tmp_path / "plan.json", content), "x_y.z")

    assert it.attribute("set").or_none() == "text"
    assert it.attribute("number").or_none() == 1
    for name in ("null", "empty", "none", "absent"):
        assert it.attribute(name).is_set().verdict is Verdict.FALSE
    assert it.attribute("open").is_set().verdict is Verdict.UNKNOWN
    assert it.attribute("partly").present is True
    assert [reason.why for reason in it.attribute("partly").reasons] == [Why.AFTER_APPLY]
    members, gaps = it.blocks("rule").loaded()
    assert [one.attribute("days").settled for one, _ in members] == [True, False]
    assert gaps == ()
    assert [gap.why for gap in it.blocks("whole").gaps] == [Why.AFTER_APPLY]
    assert it.blocks("none").is_empty().verdict is Verdict.TRUE


def test_what_nobody_wrote_and_the_provider_makes_up_is_not_set(tmp_path: Path) -> None:
    content = plan(
        change("aws_sns_topic.a", {"name": "a", "delay": 0}, unknown={"arn": True, "policy": True}),
        root={"resources": [configured("aws_sns_topic.a", name={"constant_value": "a"})]},
    )
    topic = block(deployment(tmp_path / "plan.json", content), "aws_sns_topic.a")

    for name in ("policy", "arn", "delay"):
        assert topic.attribute(name).is_set().verdict is Verdict.FALSE


def test_without_a_configuration_nothing_is_known_to_be_left_out(tmp_path: Path) -> None:
    content = plan(change("aws_sns_topic.a", {"name": "a"}, unknown={"policy": True}))

    topic = block(deployment(tmp_path / "plan.json", content), "aws_sns_topic.a")

    assert topic.attribute("policy").is_set().verdict is Verdict.UNKNOWN


def test_lists_of_texts(tmp_path: Path) -> None:
    after = {"actions": ["a", None], "single": "x"}
    content = plan(change("x_y.z", after, unknown={"actions": [False, True], "all": True}))
    it = block(deployment(tmp_path / "plan.json", content), "x_y.z")

    assert [value.or_none() for value, _ in it.elements("actions").members()] == ["a", None]
    assert [value.settled for value, _ in it.elements("actions").members()] == [True, False]
    assert [value.or_none() for value, _ in it.elements("single").members()] == ["x"]
    assert len(it.elements("all").gaps) == 1


COPIED = ("acl", "cors_rule", "grant", "lifecycle_rule", "logging", "policy", "versioning", "website")


@pytest.mark.parametrize("owned", [True, False])
def test_copies_in_a_bucket_of_what_is_written_elsewhere(tmp_path: Path, owned: bool) -> None:
    after = {"bucket": "logs", "policy": "{}", "lifecycle_rule": [{"id": "old"}], "versioning": [{"enabled": False}]}
    changes = [change("aws_s3_bucket.logs", after, actions=["update"])]
    if owned:
        rule = {"bucket": "logs", "rule": [{"id": "new"}]}
        changes.append(change("aws_s3_bucket_lifecycle_configuration.logs", rule, actions=["update"]))
    bucket = block(deployment(tmp_path / "plan.json", plan(*changes)), "aws_s3_bucket.logs")

    assert bool(bucket.blocks("lifecycle_rule").members()) is not owned
    assert len(bucket.blocks("versioning").members()) == 1


def test_a_new_bucket_has_no_copies_yet(tmp_path: Path) -> None:
    new = change("aws_s3_bucket.logs", {"bucket": "logs"}, unknown=dict.fromkeys(COPIED, True))
    bucket = block(deployment(tmp_path / "plan.json", plan(new)), "aws_s3_bucket.logs")

    assert bucket.blocks("lifecycle_rule").is_empty().verdict is Verdict.TRUE
    assert bucket.document("policy").is_empty().verdict is Verdict.TRUE


LOGS = configured("aws_s3_bucket.logs", bucket={"constant_value": "logs"})
KEY = change("aws_kms_key.logs", {}, unknown={"arn": True})
TRAIL_OF_LOGS = change("aws_cloudtrail.main", {"name": "main"}, unknown={"s3_bucket_name": True, "arn": True})
CLOUDTRAIL = configured("aws_cloudtrail.main", s3_bucket_name={"references": ["aws_s3_bucket.logs.id"]})
GIVEN = {"key": {"references": ["aws_kms_key.logs.arn", "aws_kms_key.logs"]}}


@pytest.mark.parametrize(
    ("module", "others", "root", "open_"),
    [
        ("", [], {"resources": [LOGS]}, False),
        ("", [TRAIL_OF_LOGS], {"resources": [LOGS, CLOUDTRAIL]}, False),
        ("", [KEY], {"resources": [LOGS, configured("aws_kms_key.logs")]}, True),
        ("", [TRAIL_OF_LOGS, KEY], {"resources": [LOGS, CLOUDTRAIL, configured("aws_kms_key.logs")]}, True),
        ("module.a.", [KEY], {"module_calls": {"a": {"expressions": {}, "module": {"resources": [LOGS]}}}}, False),
        ("module.a.", [KEY], {"module_calls": {"a": {"expressions": GIVEN, "module": {"resources": [LOGS]}}}}, True),
    ],
    ids=[
        "alone",
        "with a trail",
        "beside a key",
        "with a trail, beside a key",
        "in a module",
        "in a module with a key",
    ],
)
def test_blocks_of_a_new_bucket_may_be_made_of_what_does_not_hang_on_it(
    tmp_path: Path, module: str, others: list[dict[str, Any]], root: dict[str, Any], open_: bool
) -> None:
    new = change(f"{module}aws_s3_bucket.logs", {"bucket": "logs"}, unknown=dict.fromkeys(COPIED, True))
    keys = {"resources": [configured("aws_kms_key.logs")]} if module else {}
    found = deployment(tmp_path / "plan.json", plan(new, *others, root={**keys, **root}))
    bucket = block(found, f"{module}aws_s3_bucket.logs")

    assert bucket.blocks("lifecycle_rule").is_empty().verdict is (Verdict.UNKNOWN if open_ else Verdict.TRUE)
    assert bucket.document("policy").is_empty().verdict is Verdict.TRUE


@pytest.mark.parametrize("others", [True, False])
def test_a_new_role_has_no_inline_policies_yet(tmp_path: Path, others: bool) -> None:
    unknown = {"arn": True, "inline_policy": True, **({"managed_policy_arns": True} if others else {})}
    new = change("aws_iam_role.a", {"name": "a"}, unknown=unknown)
    role = block(deployment(tmp_path / "plan.json", plan(new)), "aws_iam_role.a")

    expected = Verdict.TRUE if others else Verdict.UNKNOWN
    assert role.blocks("inline_policy").is_empty().verdict is expected


def test_a_dynamic_block_over_something_unknown_stays_open(tmp_path: Path) -> None:
    after = {"bucket": "logs", **{name: [] for name in COPIED if name not in ("acl", "policy", "lifecycle_rule")}}
    old = change("aws_s3_bucket.logs", after, unknown={"lifecycle_rule": True, "arn": True})
    bucket = block(deployment(tmp_path / "plan.json", plan(old)), "aws_s3_bucket.logs")

    assert bucket.blocks("lifecycle_rule").is_empty().verdict is Verdict.UNKNOWN


def test_lifecycle_is_not_in_a_plan(tmp_path: Path) -> None:
    found = deployment(tmp_path / "plan.json", plan(change("aws_s3_bucket.logs", {"bucket": "logs"})))

    (gap,) = block(found, "aws_s3_bucket.logs").blocks("lifecycle").gaps

    assert (gap.why, "--source" in gap.settle) == (Why.CANNOT_SAY, True)


# --- places


def test_a_resource_stands_where_it_stands_in_the_file(tmp_path: Path) -> None:
    content = plan(change("aws_cloudtrail.main", TRAIL), change("aws_sns_topic.a", {"name": "a"}))
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(content, indent=2))
    lines = path.read_text().splitlines()
    found = loaded(path).deployments[0]

    (raw,) = found.resources("aws_sns_topic")

    assert raw.block.origin.line == lines.index('      "address": "aws_sns_topic.a",')
    assert raw.block.attribute("name").origin.line == raw.block.origin.line
    assert raw.block.attribute("name").origin.attribute == "name"


SECRETS: dict[str, Any] = {"password": "hunter2-hunter2", "port": 31337, "flag": True, "rule": [{"days": 31337}]}


@pytest.mark.parametrize(
    "mask", [True, {"password": True, "port": True, "flag": True, "rule": [{"days": True}]}], ids=["all", "each"]
)
def test_what_is_sensitive_is_judged_and_not_shown(tmp_path: Path, mask: object) -> None:
    content = plan(change("x_y.z", SECRETS, sensitive=mask))
    it = block(deployment(tmp_path / "plan.json", content), "x_y.z")

    said = [it.attribute(name).is_set() for name in SECRETS]
    said.append(it.attribute("port").equals(31337))
    said += [inner.attribute("days").equals(31337) for inner, _ in it.blocks("rule").members()]

    assert [truth.verdict for truth in said] == [Verdict.TRUE] * 6
    shown = " ".join(fact.detail for truth in said for fact in truth.facts)
    assert "31337" not in shown
    assert "hunter" not in shown
    assert "is true" not in shown
    assert it.origin.text == ""

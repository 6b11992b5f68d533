"""What an argument that is not known is made of, as far as the configuration in a plan shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from plan_files import block, change, configured, deployment, plan

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import MadeOf, Why

if TYPE_CHECKING:
    from pathlib import Path

TRAIL = change("aws_cloudtrail.main", {"name": "main"}, unknown={"s3_bucket_name": True})
BUCKET = change("aws_s3_bucket.logs", {}, unknown={"id": True, "arn": True})


def refers(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


def made_of(path: Path, content: dict[str, Any], address: str = "aws_cloudtrail.main") -> str:
    """The address that the trail's bucket leads to; empty where it leads nowhere."""
    value = block(deployment(path / "plan.json", content), address).attribute("s3_bucket_name")
    assert not value.settled
    (reason,) = value.reasons
    assert value.reference is None, "it may be a text around the attribute"
    assert (value.present is True) is isinstance(reason, MadeOf)
    return reason.address if isinstance(reason, MadeOf) else ""


def of_bucket(*references: str, others: tuple[dict[str, Any], ...] = (BUCKET,), **root: object) -> dict[str, Any]:
    trail = configured("aws_cloudtrail.main", s3_bucket_name=refers(*references))
    return plan(TRAIL, *others, root={"resources": [trail], **root})


def test_a_reference_with_its_beginnings(tmp_path: Path) -> None:
    content = of_bucket("aws_s3_bucket.logs.id", "aws_s3_bucket.logs")

    assert made_of(tmp_path, content) == "aws_s3_bucket.logs"


def test_an_index_that_is_constant(tmp_path: Path) -> None:
    others = tuple(change(f"aws_s3_bucket.logs[{i}]", {}, unknown={"id": True}) for i in range(2))
    content = of_bucket("aws_s3_bucket.logs[1].id", "aws_s3_bucket.logs[1]", "aws_s3_bucket.logs", others=others)

    assert made_of(tmp_path, content) == "aws_s3_bucket.logs[1]"


def test_an_index_that_was_cut_is_only_known_where_there_is_one(tmp_path: Path) -> None:
    two = tuple(change(f'aws_s3_bucket.logs["{key}"]', {}, unknown={"id": True}) for key in "ab")

    assert made_of(tmp_path, of_bucket("aws_s3_bucket.logs", others=two[:1])) == 'aws_s3_bucket.logs["a"]'
    assert made_of(tmp_path, of_bucket("aws_s3_bucket.logs", others=two)) == ""


def test_an_index_that_is_the_own_key(tmp_path: Path) -> None:
    changes = [
        *(change(f'aws_s3_bucket.logs["{key}"]', {}, unknown={"id": True}) for key in "ab"),
        *(change(f'aws_cloudtrail.main["{key}"]', {}, unknown={"s3_bucket_name": True}) for key in "ab"),
    ]
    trail = configured("aws_cloudtrail.main", s3_bucket_name=refers("aws_s3_bucket.logs", "each.key"))
    content = plan(*changes, root={"resources": [trail]})

    for key in "ab":
        assert made_of(tmp_path, content, f'aws_cloudtrail.main["{key}"]') == f'aws_s3_bucket.logs["{key}"]'


def test_the_value_of_a_repetition_over_resources(tmp_path: Path) -> None:
    changes = [
        *(change(f'aws_s3_bucket.logs["{key}"]', {}, unknown={"id": True}) for key in "ab"),
        *(change(f'aws_cloudtrail.main["{key}"]', {}, unknown={"s3_bucket_name": True}) for key in "ab"),
    ]
    trail = configured(
        "aws_cloudtrail.main",
        s3_bucket_name=refers("each.value.id", "each.value"),
        for_each_expression=refers("aws_s3_bucket.logs"),
    )

    assert made_of(tmp_path, plan(*changes, root={"resources": [trail]}), 'aws_cloudtrail.main["b"]') == (
        'aws_s3_bucket.logs["b"]'
    )


def test_into_and_out_of_modules(tmp_path: Path) -> None:
    """The trail is in one module and is handed what another puts out."""
    trail = configured("aws_cloudtrail.main", s3_bucket_name=refers("var.bucket"))
    bucket = configured("aws_s3_bucket.logs")
    calls = {
        "trail": {
            "source": "./trail",
            "expressions": {"bucket": refers("module.store.name", "module.store")},
            "module": {"resources": [trail], "variables": {"bucket": {}}},
        },
        "store": {
            "source": "./store",
            "count_expression": {"constant_value": 1},
            "module": {
                "resources": [bucket],
                "outputs": {"name": {"expression": refers("aws_s3_bucket.logs.id", "aws_s3_bucket.logs")}},
            },
        },
    }
    content = plan(
        change("module.trail.aws_cloudtrail.main", {}, unknown={"s3_bucket_name": True}),
        change("module.store[0].aws_s3_bucket.logs", {}, unknown={"id": True}),
        root={"module_calls": calls},
    )

    assert made_of(tmp_path, content, "module.trail.aws_cloudtrail.main") == "module.store[0].aws_s3_bucket.logs"


def test_a_local_value_ends_the_way_and_is_named(tmp_path: Path) -> None:
    content = of_bucket("local.bucket")

    assert made_of(tmp_path, content) == ""
    (reason,) = (
        block(deployment(tmp_path / "plan.json", content), "aws_cloudtrail.main").attribute("s3_bucket_name").reasons
    )
    assert (reason.why, "`local.bucket`" in reason.detail, "--source" in reason.settle) == (Why.CANNOT_SAY, True, True)


def test_what_local_values_hide_is_said_once_for_the_whole_plan(tmp_path: Path) -> None:
    found = deployment(tmp_path / "plan.json", of_bucket("local.bucket"))
    assert found.gaps() == ()

    block(found, "aws_cloudtrail.main").attribute("s3_bucket_name")

    (gap,) = found.gaps()
    assert (gap.why, "`aws_cloudtrail.main.s3_bucket_name`" in gap.detail) == (Why.CANNOT_SAY, True)


@pytest.mark.parametrize(
    "references",
    [
        ("aws_s3_bucket.logs.id", "aws_s3_bucket.logs", "aws_s3_bucket.more.id", "aws_s3_bucket.more"),
        ("random_id.x.hex", "random_id.x"),
        ("aws_s3_bucket.logs.bucket", "aws_s3_bucket.logs"),
        ("aws_s3_bucket.gone.id", "aws_s3_bucket.gone"),
        ("module.gone.id", "module.gone"),
        ("each.value.id", "each.value"),
        ("self.id", "self"),
        ("", "[", "a.", "var", "module", "data.x", "aws_s3_bucket"),
        (),
    ],
    ids=["two", "made up", "known", "not there", "no module", "not repeated", "self", "odd", "none"],
)
def test_what_leads_nowhere_certain(tmp_path: Path, references: tuple[str, ...]) -> None:
    others = (
        change("aws_s3_bucket.logs", {"bucket": "logs"}, unknown={"id": True}),
        change("aws_s3_bucket.more", {}, unknown={"id": True}),
        change("random_id.x", {}, unknown={"hex": True}),
    )

    assert made_of(tmp_path, of_bucket(*references, others=others)) == ""


def test_what_is_known_is_no_part_of_the_question(tmp_path: Path) -> None:
    """`var.make ? aws_s3_bucket.logs[0].id : var.name`: variables are known, so the bucket is why this is not."""
    content = of_bucket(
        "var.make", "aws_s3_bucket.logs[0].id", "aws_s3_bucket.logs[0]", "aws_s3_bucket.logs", "var.name",
        others=(change("aws_s3_bucket.logs[0]", {}, unknown={"id": True}),),
    )  # fmt: skip

    assert made_of(tmp_path, content) == "aws_s3_bucket.logs[0]"


def test_modules_that_hand_each_other_their_outputs_end(tmp_path: Path) -> None:
    calls = {
        name: {
            "expressions": {"x": refers(f"module.{other}.x", f"module.{other}")},
            "module": {"outputs": {"x": {"expression": refers("var.x")}}},
        }
        for name, other in (("a", "b"), ("b", "a"))
    }

    assert made_of(tmp_path, of_bucket("module.a.x", "module.a", module_calls=calls)) == ""


def test_each_unknown_element_has_its_own_reference(tmp_path: Path) -> None:
    mask = {"alarm_actions": [False, True, True]}
    alarm = change("aws_cloudwatch_metric_alarm.a", {"alarm_actions": ["x", None, None]}, unknown=mask)
    topics = [change(f"aws_sns_topic.{name}", {}, unknown={"arn": True}) for name in "ab"]
    written = configured(
        "aws_cloudwatch_metric_alarm.a",
        alarm_actions=refers("aws_sns_topic.a.arn", "aws_sns_topic.a", "aws_sns_topic.b.arn", "aws_sns_topic.b"),
    )
    it = block(
        deployment(tmp_path / "plan.json", plan(alarm, *topics, root={"resources": [written]})),
        "aws_cloudwatch_metric_alarm.a",
    )

    found = [value.reasons[0] for value, _ in it.elements("alarm_actions").members() if not value.settled]

    assert [reason.address for reason in found if isinstance(reason, MadeOf)] == ["aws_sns_topic.a", "aws_sns_topic.b"]


def test_blocks_of_a_set_are_not_taken_for_each_other(tmp_path: Path) -> None:
    """Sets have an order of their own: what is written in the first block need not be the first in the plan."""
    after = {"rule": [{"id": "b", "target": None}, {"id": "a", "target": "x"}]}
    target = refers("aws_s3_bucket.logs.id", "aws_s3_bucket.logs")
    written = configured(
        "x_y.z", rule=[{"id": {"constant_value": "a"}, "target": {}}, {"id": {"constant_value": "b"}, "target": target}]
    )
    content = plan(
        change("x_y.z", after, unknown={"rule": [{"target": True}, {}]}), BUCKET, root={"resources": [written]}
    )
    rules = block(deployment(tmp_path / "plan.json", content), "x_y.z").blocks("rule").members()

    (reason,) = rules[0][0].attribute("target").reasons

    assert not isinstance(reason, MadeOf)


def test_a_policy_that_is_rendered_while_terraform_applies(tmp_path: Path) -> None:
    statement = {
        "effect": "Deny",
        "actions": ["s3:*"],
        "resources": [None],
        "principals": [{"type": "*", "identifiers": ["*"]}],
        "condition": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}],
    }
    data = change(
        "data.aws_iam_policy_document.tls",
        {"statement": [statement]},
        actions=["read"],
        unknown={"json": True, "statement": [{"resources": [True]}]},
    )
    policy = change("aws_s3_bucket_policy.logs", {"bucket": "logs"}, unknown={"policy": True})
    written = configured(
        "aws_s3_bucket_policy.logs",
        policy=refers("data.aws_iam_policy_document.tls.json", "data.aws_iam_policy_document.tls"),
    )
    it = block(
        deployment(tmp_path / "plan.json", plan(data, policy, root={"resources": [written]})),
        "aws_s3_bucket_policy.logs",
    )

    ((document, exists),) = it.document("policy").members()
    ((found, _),) = document.blocks("Statement").members()

    assert exists.verdict is Verdict.TRUE
    assert found.attribute("Effect").or_none() == "Deny"
    assert found.attribute("Resource").settled is False
    ((condition, _),) = found.blocks("Condition").members()
    assert condition.names() == ("Bool",)

"""Functions of random templates come to what cfn-lint's resolver says they come to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cfnlint.context import create_context_for_template  # type: ignore[import-untyped] # it has no types
from cfnlint.jsonschema import CfnTemplateValidator  # type: ignore[import-untyped] # it has no types
from cfnlint.template import Template  # type: ignore[import-untyped] # it has no types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stacks import deployment, node_of, stack

from guardrails.kernel.truth import Verdict
from guardrails.sources.cloudformation.evaluation import as_text, evaluate
from guardrails.sources.terraform.values import Choice, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMETERS: dict[str, Any] = {
    "One": {"Type": "String", "Default": "alpha"},
    "Two": {"Type": "String", "Default": "beta-gamma"},
    "List": {"Type": "CommaDelimitedList", "Default": "x,y,z"},
    "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"},
}
MAPPINGS = {"M": {"dev": {"a": "1", "b": ["p", "q"]}, "prod": {"a": "2", "b": ["r", "s", "t"]}}}

words = st.sampled_from(["a", "b-c", "d/e", "dev", ""])
references = st.sampled_from([{"Ref": "One"}, {"Ref": "Two"}, {"Ref": "Stage"}])
keys = st.sampled_from(["dev", "prod", {"Ref": "Stage"}])


def functions(texts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.one_of(
        st.lists(texts, min_size=1, max_size=3),
        st.just({"Ref": "List"}),
        st.builds(lambda text: {"Fn::Split": ["-", text]}, texts),
        st.builds(lambda key: {"Fn::FindInMap": ["M", key, "b"]}, keys),
    )
    return st.one_of(
        st.builds(lambda separator, items: {"Fn::Join": [separator, items]}, st.sampled_from(["", "-", ","]), lists),
        st.builds(lambda items: {"Fn::Select": [0, items]}, lists),
        st.builds(lambda key: {"Fn::FindInMap": ["M", key, "a"]}, keys),
        st.builds(lambda one, two: {"Fn::Sub": [f"{one}${{X}}-${{One}}", {"X": two}]}, words, texts),
        st.sampled_from([{"Fn::Sub": "${Two}/${Stage}"}, {"Fn::Sub": "plain"}]),
    )


expressions = st.recursive(st.one_of(words, references), functions, max_leaves=6)


def written(sections: dict[str, Any]) -> str:
    return "".join(f"{name}: {json.dumps(content)}\n" for name, content in sections.items())


def resolved(expression: object) -> Iterator[object]:
    """What cfn-lint says an expression may come to."""
    content = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": PARAMETERS,
        "Mappings": MAPPINGS,
        "Resources": {"R": {"Type": "AWS::S3::Bucket"}},
    }
    template = Template("template.json", content, ["us-east-1"])
    context = create_context_for_template(template)
    validator = CfnTemplateValidator({}).evolve(cfn=template, context=context)
    for value, _, error in validator.resolve_value(expression):
        if error is None:
            yield value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions)
def test_agrees_with_cfn_lint(expression: object) -> None:
    made = stack(written({"Parameters": PARAMETERS, "Mappings": MAPPINGS, "Expression": expression}))
    mine = evaluate(node_of(made, "Expression"), made.base)
    theirs = list(resolved(expression))

    assert not isinstance(mine, Unknown), "all is given by defaults"
    if theirs:
        assert as_text(mine) in [as_text(one) for one in theirs]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions)
def test_what_is_open_allows_what_each_value_gives(expression: object) -> None:
    """Without a value for a parameter of two allowed ones, each of the two outcomes stays possible."""
    parameters = {**PARAMETERS, "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}}
    text = written({"Parameters": parameters, "Mappings": MAPPINGS, "Expression": expression})
    made = stack(text)
    whole = evaluate(node_of(made, "Expression"), made.base)
    for stage in ("dev", "prod"):
        made = stack(text, {"Stage": stage})
        one = evaluate(node_of(made, "Expression"), made.base)
        if isinstance(whole, Choice):
            assert one in whole.alternatives
        elif not isinstance(whole, Unknown):
            assert one == whole


# --- conditions

OPEN: dict[str, Any] = {
    "A": {"Type": "String", "AllowedValues": ["x", "y"]},
    "B": {"Type": "String", "AllowedValues": ["x", "y", "z"]},
    "C": {"Type": "String"},
}
GIVEN = [{"A": a, "B": b, "C": c} for a in ("x", "y") for b in ("x", "y", "z") for c in ("", "x", "q")]
NAMES = ("C0", "C1", "C2", "C3")

operands = st.sampled_from([{"Ref": "A"}, {"Ref": "B"}, {"Ref": "C"}, "x", "y", ""])
comparisons = st.builds(lambda left, right: {"Fn::Equals": [left, right]}, operands, operands)


def conditions(at: int) -> st.SearchStrategy[Any]:
    named = [{"Condition": name} for name in NAMES[:at]]
    leaves = st.one_of(comparisons, st.sampled_from(named)) if named else comparisons
    return st.recursive(
        leaves,
        lambda below: st.one_of(
            st.builds(lambda one: {"Fn::Not": [one]}, below),
            st.builds(lambda one, two: {"Fn::And": [one, two]}, below, below),
            st.builds(lambda one, two: {"Fn::Or": [one, two]}, below, below),
        ),
        max_leaves=4,
    )


declared = st.tuples(*map(conditions, range(len(NAMES)))).map(lambda made: dict(zip(NAMES, made, strict=True)))
branching = st.recursive(
    st.sampled_from(["p", "q", {"Ref": "A"}, {"Ref": "B"}, {"Ref": "AWS::NoValue"}]),
    lambda below: st.builds(lambda name, one, two: {"Fn::If": [name, one, two]}, st.sampled_from(NAMES), below, below),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(declared, branching, st.sampled_from(NAMES))
def test_what_is_open_is_never_settled_otherwise(made: dict[str, Any], value: object, name: str) -> None:
    """Whatever the parameters are given, the outcome is one that was possible without: an answer is the answer, and a
    resource that surely exists, or surely has a value, has it."""
    resources = {"R": {"Type": "AWS::S3::Bucket", "Condition": name, "Properties": {"BucketName": value}}}
    text = written({"Parameters": OPEN, "Conditions": made, "Resources": resources})
    whole = deployment(text)
    found = whole.resources("AWS::S3::Bucket")
    assert whole.gaps() == ()
    for given_ones in GIVEN:
        settled = deployment(text, given_ones).resources("AWS::S3::Bucket")
        if settled:
            (raw,) = found
            assert raw.exists.verdict is not Verdict.FALSE
            open_value = raw.block.attribute("BucketName")
            ways = [one.or_none() for one in open_value.alternatives or (open_value,)]
            known = settled[0].block.attribute("BucketName")
            assert known.settled
            assert known.or_none() in ways or any(not one.settled for one in open_value.alternatives)
        elif found:
            assert found[0].exists.verdict is not Verdict.TRUE

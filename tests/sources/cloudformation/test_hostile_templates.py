"""Templates that would take all time or memory: evaluation is given up, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stacks import deployment, loaded, write

from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.stack import MOST_PROBLEMS

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.sources.cloudformation.deployment import StackDeployment


pytestmark = pytest.mark.timeout(120)
"""What doubles forty times ends on no day."""


def asked(made: StackDeployment) -> set[Why]:
    """Everything is asked; what kinds of things were wrong."""
    for kind in made.types():
        for raw in made.resources(kind):
            for name in raw.block.names():
                raw.block.attribute(name)
                raw.block.blocks(name).loaded()
                raw.block.elements(name).loaded()
    made.hiding_places()
    return {gap.why for gap in made.gaps()}


def doubling(seed: str, levels: int) -> str:
    expression = seed
    for _ in range(levels):
        expression = f'{{"Fn::Sub": ["${{a}}${{a}}", {{"a": {expression}}}]}}'
    return expression


@pytest.mark.parametrize("seed", ['"xxxxxxxxxxxxxxxx"', '{"Ref": "Open"}', '{"Ref": "Stage"}', '{"Ref": "R"}'])
@pytest.mark.parametrize("around", ["%s", '{"Fn::Split": ["x", %s]}', '{"Fn::Base64": %s}'])
def test_texts_that_double(seed: str, around: str) -> None:
    made = deployment(
        f"""\
        Parameters:
          Open: {{Type: String}}
          Stage: {{Type: String, AllowedValues: [a, b]}}
        Resources:
          R: {{Type: "AWS::S3::Bucket", Properties: {{BucketName: {around % doubling(seed, 30)}}}}}
        """
    )

    assert Why.LIMIT in asked(made)


def test_loops_in_loops() -> None:
    names = ", ".join(f"n{number}" for number in range(300))
    loop = '{"Type": "AWS::S3::Bucket"}'
    key = "".join(f"${{i{level}}}" for level in range(4))
    body = f'{{"{key}": {loop}}}'
    for level in range(4):
        body = f'{{"Fn::ForEach::L{level}": ["i{level}", [{names}], {body}]}}'
    made = deployment(f"Transform: AWS::LanguageExtensions\nResources: {body}\n")

    assert Why.LIMIT in asked(made)


def test_a_loop_over_a_million_elements() -> None:
    made = deployment(
        """\
        Transform: AWS::LanguageExtensions
        Resources:
          Fn::ForEach::L: [i, !Split ["x", "%s"], {"B${i}": {Type: "AWS::S3::Bucket"}}]
        """
        % ("x" * 1_000_000)
    )

    assert Why.LIMIT in asked(made)


def test_conditions_that_grow() -> None:
    lines = ["Parameters:", "  P: {Type: String}", "Conditions:", "  C0: !Equals [!Ref P, a]"]
    lines += [f"  C{number}: !And [!Condition C{number - 1}, !Condition C{number - 1}]" for number in range(1, 500)]
    lines += ["Resources:"]
    for number in range(500):
        lines += [f"  R{number}:", "    Type: AWS::S3::Bucket", f"    Condition: C{number}", "    Properties:"]
        lines += [f"      BucketName: !If [C{499 - number}, a, b]"]
    made = deployment("\n".join(lines) + "\n")

    assert asked(made) <= {Why.LIMIT}, "a long chain, or too much work"


def test_many_names_that_there_are_not() -> None:
    lines = ["Resources:"]
    lines += [
        f"  R{number}: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: !Ref X{number}}}}}"
        for number in range(5_000)
    ]
    made = deployment("\n".join(lines) + "\n")

    assert asked(made) == {Why.INVALID}
    assert len(made.gaps()) == MOST_PROBLEMS


def test_stacks_that_double(tmp_path: Path) -> None:
    nesting = 'Resources:\n  A: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: ./t%d.yaml}}\n'
    nesting += '  B: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: ./t%d.yaml}}\n'
    write(tmp_path, **{f"t{level}": nesting % (level + 1, level + 1) for level in range(15)})
    write(tmp_path, t15='Resources: {B: {Type: "AWS::S3::Bucket"}}\n')
    found = loaded(tmp_path)

    assert [made.target for made in found.deployments] == ["t0.yaml"]
    assert Why.LIMIT in asked(found.deployments[0])


def test_stacks_within_stacks(tmp_path: Path) -> None:
    nesting = 'Resources: {A: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: ./t%d.yaml}}}\n'
    write(tmp_path, **{f"t{level:02}": nesting.replace("t%d", "t%02d") % (level + 1) for level in range(40)})
    write(tmp_path, t40='Resources: {B: {Type: "AWS::S3::Bucket"}}\n')
    found = loaded(tmp_path)

    assert Why.LIMIT in asked(found.deployments[0])


def test_a_mapping_that_is_asked_for_all_keys() -> None:
    rows = ", ".join(f"k{number}: {{v: x{number}}}" for number in range(3_000))
    lines = ["Parameters: {P: {Type: String}}", f"Mappings: {{M: {{{rows}}}}}", "Resources:"]
    asking = "!FindInMap [M, !Ref P, v]"
    lines += [
        f"  R{number}: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: {asking}}}}}" for number in range(1_000)
    ]
    made = deployment("\n".join(lines) + "\n")

    assert Why.LIMIT in asked(made)

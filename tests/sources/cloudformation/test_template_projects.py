"""From paths to deployments: roots, environments, exports, assemblies, and what changed files affect."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from stacks import loaded, write

from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.given import Assigned, Environment, ValuesFile
from guardrails.sources.cloudformation.load import Options, ParameterError, load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from guardrails.sources.cloudformation.deployment import StackDeployment
    from guardrails.sources.cloudformation.load import Loaded

BUCKET = """\
    Parameters:
      Stage: {Type: String, Default: dev}
    Resources:
      Bucket: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Ref Stage}}
    """


def targets(found: Loaded) -> list[str]:
    return [deployment.target for deployment in found.deployments]


def name_of(deployment: StackDeployment, attribute: str = "BucketName") -> object:
    (raw,) = deployment.resources("AWS::S3::Bucket")
    value = raw.block.attribute(attribute)
    return value.or_none() if value.settled else value.reasons[0].detail


def test_templates_are_found_among_other_files(tmp_path: Path) -> None:
    write(tmp_path, one=BUCKET, below__two=BUCKET, notes="a: b\n")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "broken.yaml").write_text("Resources:\n  A: {Type: AWS::S3::Bucket\n")
    found = loaded(tmp_path)

    assert targets(found) == ["one.yaml", "below/two.yaml"]
    assert [(gap.why, gap.origin.file) for gap in found.gaps] == [(Why.INVALID, "broken.yaml")]
    assert found.found_in == {str(tmp_path)}


def test_a_folder_without_templates_is_none_of_this_source(tmp_path: Path) -> None:
    write(tmp_path, notes="a: b\n")

    assert loaded(tmp_path).found_in == frozenset()


# --- values


def test_of_two_values_the_later_counts(tmp_path: Path) -> None:
    write(tmp_path, one=BUCKET)
    values = tmp_path / "values.json"
    values.write_text(json.dumps([{"ParameterKey": "Stage", "ParameterValue": "file"}]))
    by_file, by_itself = ValuesFile(str(values)), Assigned("Stage", "given")

    assert name_of(loaded(tmp_path, Options(values=(by_itself, by_file))).deployments[0]) == "file"
    assert name_of(loaded(tmp_path, Options(values=(by_file, by_itself))).deployments[0]) == "given"
    assert name_of(loaded(tmp_path).deployments[0]) == "dev"


def test_each_environment_is_a_deployment(tmp_path: Path) -> None:
    write(tmp_path, one=BUCKET, below__two=BUCKET)
    environments = (
        Environment("dev", (), ()),
        Environment("prod", (str(tmp_path / "one.yaml"),), (Assigned("Stage", "prod"),)),
    )
    found = loaded(tmp_path, Options(environments=environments))

    assert {deployment.target: name_of(deployment) for deployment in found.deployments} == {
        "one.yaml (dev)": "dev",
        "one.yaml (prod)": "prod",
        "below/two.yaml (dev)": "dev",
    }
    assert {deployment.path for deployment in found.deployments} == {"one.yaml", "below/two.yaml"}


def test_a_value_that_no_template_takes_is_wrong_usage_and_one_in_a_file_is_not(tmp_path: Path) -> None:
    write(tmp_path, one=BUCKET)
    values = tmp_path / "values.json"
    values.write_text('{"Parameters": {"Stage": "a", "Other": "b"}}')

    with pytest.raises(ParameterError, match=r"^--parameters Stag: .* \(did you mean `Stage`\?\)$"):
        loaded(tmp_path, Options(values=(Assigned("Stag", "x"),)))
    found = loaded(tmp_path, Options(values=(ValuesFile(str(values)),)))
    assert found.notices == (f"{values}: no scanned template declares `Other`",)
    values.write_text("{")
    with pytest.raises(ParameterError, match=r"values\.json:1: "):
        loaded(tmp_path, Options(values=(ValuesFile(str(values)),)))


# --- exports


def test_what_one_stack_exports_another_imports(tmp_path: Path) -> None:
    exporting = """\
    Resources:
      Topic: {Type: "AWS::SNS::Topic"}
    Outputs:
      Name: {Value: acme-logs, Export: {Name: !Sub "${AWS::Region}-logs"}}
      Topic: {Value: !Ref Topic, Export: {Name: topic}}
    """
    importing = """\
    Resources:
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !ImportValue eu-west-1-logs
          Topic: !ImportValue topic
          Nowhere: !ImportValue nowhere
    """
    write(tmp_path, a=exporting, b=importing)
    _, deployment = loaded(tmp_path, Options(facts={"region": "eu-west-1"})).deployments

    assert name_of(deployment) == "acme-logs"
    assert name_of(deployment, "Topic") == "`topic` is exported by another stack"
    assert name_of(deployment, "Nowhere") == "`nowhere` is exported by another stack"


# --- assemblies


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """As `cdk synth` writes it: one stack with a nested one, and a file that is no stack."""
    folder = tmp_path / "cdk.out"
    digest = "0123456789abcdef" * 4
    files = {
        "manifest.json": {
            "version": "36.0.0",
            "artifacts": {
                "Audit": {
                    "type": "aws:cloudformation:stack",
                    "environment": "aws://111122223333/eu-west-1",
                    "properties": {"templateFile": "Audit.template.json"},
                    "metadata": {
                        "/Audit/Logs/Resource": [{"type": "aws:cdk:logicalId", "data": "Logs1234"}],
                        "/Audit/Alerts": [{"type": "aws:cdk:templateFile", "data": "Alerts.nested.template.json"}],
                        "/Audit/Alerts/Topic/Resource": [{"type": "aws:cdk:logicalId", "data": "Topic5678"}],
                    },
                }
            },
        },
        "Audit.assets.json": {"files": {digest: {"source": {"path": "Alerts.nested.template.json"}}}},
        "Audit.template.json": {
            "Resources": {
                "Logs1234": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "AWS::AccountId"}}},
                "Alerts": {
                    "Type": "AWS::CloudFormation::Stack",
                    "Properties": {
                        "TemplateURL": {"Fn::Sub": f"https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/x/{digest}.json"},
                        "Parameters": {"Bucket": {"Ref": "Logs1234"}},
                    },
                },
            }
        },
        "Alerts.nested.template.json": {
            "Parameters": {"Bucket": {"Type": "String"}},
            "Resources": {"Topic5678": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Bucket"}}}},
        },
        "Old.template.json": {"Resources": {"Old": {"Type": "AWS::S3::Bucket"}}},
    }
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=1))
    return folder


def test_an_assembly_is_read_by_its_manifest(assembly: Path) -> None:
    (deployment,) = loaded(assembly.parent).deployments
    (bucket,) = deployment.resources("AWS::S3::Bucket")
    (topic,) = deployment.resources("AWS::SNS::Topic")

    assert deployment.target == "cdk.out/Audit.template.json"
    assert bucket.address == "Logs1234 (Audit/Logs)"
    assert bucket.block.attribute("BucketName").or_none() == "111122223333"
    assert topic.address == "Alerts/Topic5678 (Audit/Alerts/Topic)"
    reference = topic.block.attribute("TopicName").reference
    assert reference is not None
    assert reference.address == bucket.address
    assert deployment.gaps() == ()


def test_a_template_of_an_assembly_that_is_named_is_read_with_its_manifest(assembly: Path) -> None:
    (deployment,) = loaded(assembly, None, str(assembly / "Audit.template.json")).deployments
    (bucket,) = deployment.resources("AWS::S3::Bucket")

    assert bucket.address == "Logs1234 (Audit/Logs)"


def test_a_template_that_an_assembly_lacks_is_told(assembly: Path) -> None:
    (assembly / "Audit.template.json").unlink()
    found = loaded(assembly.parent)

    assert targets(found) == []
    assert [(gap.why, gap.detail) for gap in found.gaps] == [
        (Why.INVALID, "`cdk.out/Audit.template.json` cannot be read: there is no such file, or a link leads nowhere")
    ]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"artifacts": 1, "x": "aws:c"}', '{"artifacts": {"a": []}, "x": "aws:c"}']
)
def test_a_manifest_may_hold_anything(assembly: Path, text: str) -> None:
    (assembly / "manifest.json").write_text(text)

    loaded(assembly.parent)


# --- what changed


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    nesting = """\
    Resources:
      Child: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: parts/child.yaml}}
    """
    exporting = """\
    Resources: {Bucket: {Type: "AWS::S3::Bucket"}}
    Outputs: {Name: {Value: shared, Export: {Name: name}}}
    """
    importing = """\
    Resources: {Bucket: {Type: "AWS::S3::Bucket", Properties: {BucketName: !ImportValue name}}}
    """
    write(tmp_path, top=nesting, parts__child=BUCKET, alone=BUCKET, exporting=exporting, importing=importing)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["alone.yaml"], ["alone.yaml"]),
        (["parts/child.yaml"], ["top.yaml"]),
        (["top.yaml"], ["top.yaml"]),
        (["exporting.yaml"], ["exporting.yaml", "importing.yaml"]),
        (["importing.yaml"], ["importing.yaml"]),
        (["main.tf"], []),
        (["gone.yaml"], []),
        ([], []),
    ],
)
def test_what_changed_files_affect_is_judged(repository: Path, changed: Sequence[str], expected: list[str]) -> None:
    found = load(["."], Options(changed=changed), str(repository))

    assert sorted(targets(found)) == expected
    if "importing.yaml" in expected:
        (importing,) = [one for one in found.deployments if one.target == "importing.yaml"]
        assert name_of(importing) == "shared", "as if all were judged"


def test_what_nests_a_template_that_is_gone_is_affected(repository: Path) -> None:
    (repository / "parts" / "child.yaml").unlink()

    assert targets(load(["."], Options(changed=["parts/child.yaml"]), str(repository))) == ["top.yaml"]


def test_where_nothing_is_called_like_a_template_little_is_imported(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("")
    asking = (
        "import sys\n"
        "from guardrails.sources.cloudformation.load import load\n"
        f"load([{str(tmp_path)!r}])\n"
        "ours = 'guardrails.sources.cloudformation.'\n"
        "print(sorted(name.removeprefix(ours) for name in sys.modules if name.startswith(ours) or name == 'yaml'))\n"
    )
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['files', 'load']"

"""Stacks within stacks: values go in and out, and what is not here is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stacks import loaded, write

from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Reference
from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.load import Options

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.block import RawResource
    from guardrails.sources.cloudformation.load import Loaded

CHILD = """\
    Parameters:
      Name: {Type: String}
      Days: {Type: Number, Default: 30}
    Resources:
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !Ref Name
          Days: !Ref Days
    Outputs:
      Arn: {Value: !GetAtt Bucket.Arn}
      Twice: {Value: !Sub "${Name}${Name}"}
    """
PARENT = """\
    Parameters:
      Stage: {Type: String}
    Resources:
      Logs:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: ./parts/child.yaml
          Parameters:
            Name: !Sub "logs-${Stage}"
      Topic:
        Type: AWS::SNS::Topic
        Properties:
          TopicName: !GetAtt Logs.Outputs.Twice
          Bucket: !GetAtt Logs.Outputs.Arn
          Missing: !GetAtt Logs.Outputs.Nothing
    """


def only(found: Loaded, kind: str) -> RawResource:
    (deployment,) = found.deployments
    (raw,) = deployment.resources(kind)
    return raw


def test_a_nested_stack_is_part_of_its_parent(tmp_path: Path) -> None:
    write(tmp_path, main=PARENT, parts__child=CHILD)
    found = loaded(tmp_path, Options(values=()))
    bucket = only(found, "AWS::S3::Bucket")

    assert [deployment.target for deployment in found.deployments] == ["main.yaml"]
    assert bucket.address == "Logs/Bucket"
    assert bucket.block.attribute("Days").or_none() == 30
    assert bucket.block.attribute("BucketName").parts[0] == "logs-"
    assert [(call.name, call.line) for call in bucket.block.origin.via] == [("Logs", 4)]
    assert bucket.block.origin.file == "parts/child.yaml"
    assert found.deployments[0].files == ("main.yaml", "parts/child.yaml")


def test_outputs_are_what_they_are_in_the_nested_stack(tmp_path: Path) -> None:
    write(tmp_path, main=PARENT, parts__child=CHILD)
    found = loaded(tmp_path)
    topic = only(found, "AWS::SNS::Topic").block

    assert topic.attribute("Bucket").reference == Reference("Logs/Bucket", ("Arn",), "AWS::S3::Bucket")
    assert [type(part).__name__ for part in topic.attribute("TopicName").parts] == ["str", "Input", "str", "Input"]
    missing = topic.attribute("Missing")
    assert missing.reasons[0].detail == "the stack `Logs` has no output `Nothing`"


def test_a_nested_template_that_is_named_is_judged_by_itself_too(tmp_path: Path) -> None:
    write(tmp_path, main=PARENT, parts__child=CHILD)

    found = loaded(tmp_path, None, str(tmp_path), str(tmp_path / "parts" / "child.yaml"))
    assert [deployment.target for deployment in found.deployments] == ["main.yaml", "parts/child.yaml"]
    alone = loaded(tmp_path, None, str(tmp_path / "parts" / "child.yaml"))
    assert [deployment.target for deployment in alone.deployments] == ["parts/child.yaml"]


@pytest.mark.parametrize(
    ("where", "why", "detail"),
    [
        ("https://example.com/child.yaml", Why.ELSEWHERE, "the template of `Logs` is not here: `https://example.com"),
        ("./nothing.yaml", Why.ELSEWHERE, "the template `./nothing.yaml` is not here"),
        ("../../outside.yaml", Why.ELSEWHERE, "`../../outside.yaml` lies outside of the scanned folder"),
        ("./notes.yaml", Why.INVALID, "`./notes.yaml` is no template"),
        ("./main.yaml", Why.INVALID, "`main.yaml` nests itself"),
        ("!Ref Where", Why.ELSEWHERE, "where the template of `Logs` is, is not known"),
    ],
)
def test_a_template_that_is_not_here_may_hold_what_it_is_told_of(
    tmp_path: Path, where: str, why: Why, detail: str
) -> None:
    main = f"""\
    Parameters:
      Where: {{Type: String}}
    Resources:
      Bucket: {{Type: "AWS::S3::Bucket"}}
      Other: {{Type: "AWS::S3::Bucket"}}
      Logs:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: {where}
          Parameters: {{Bucket: !Ref Bucket}}
    """
    write(tmp_path, main=main, notes="a: b\n")
    (deployment,) = loaded(tmp_path, None, str(tmp_path)).deployments
    (place,) = deployment.hiding_places()

    assert place.reason.why is why
    assert place.reason.detail.startswith(detail)
    assert place.may_concern("Bucket", ())
    assert not place.may_concern("Other", ())
    assert place.reason in deployment.gaps()


def test_circles_of_templates_end(tmp_path: Path) -> None:
    nesting = """\
    Resources:
      Next:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: %s}
    """
    write(tmp_path, a=nesting % "./b.yaml", b=nesting % "./a.yaml")
    found = loaded(tmp_path)

    assert [deployment.target for deployment in found.deployments] == ["a.yaml"]
    assert [gap.detail for gap in found.deployments[0].gaps()] == ["`a.yaml` nests itself"]


def test_stacks_that_wait_for_each_other_are_told(tmp_path: Path) -> None:
    child = """\
    Parameters:
      In: {Type: String}
    Resources:
      Topic: {Type: "AWS::SNS::Topic", Properties: {TopicName: !Ref In}}
    Outputs:
      Out: {Value: !Ref In}
    """
    main = """\
    Resources:
      A:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: ./child.yaml, Parameters: {In: !GetAtt B.Outputs.Out}}
      B:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: ./child.yaml, Parameters: {In: !GetAtt A.Outputs.Out}}
    """
    write(tmp_path, main=main, child=child)
    (deployment,) = loaded(tmp_path).deployments
    names = [raw.block.attribute("TopicName") for raw in deployment.resources("AWS::SNS::Topic")]

    assert len(names) == 2
    assert not any(name.settled for name in names)
    assert any("depends on itself" in gap.detail for gap in deployment.gaps())


def test_a_nested_stack_exists_as_its_condition_says(tmp_path: Path) -> None:
    main = """\
    Parameters:
      Open: {Type: String}
    Conditions:
      Perhaps: !Equals [!Ref Open, "yes"]
      Never: !Equals [a, b]
    Resources:
      Maybe:
        Type: AWS::CloudFormation::Stack
        Condition: Perhaps
        Properties: {TemplateURL: ./child.yaml, Parameters: {Name: !Ref Open}}
      Not:
        Type: AWS::CloudFormation::Stack
        Condition: Never
        Properties: {TemplateURL: https://example.com/a.yaml}
    """
    write(tmp_path, main=main, child=CHILD)
    found = loaded(tmp_path)
    bucket = only(found, "AWS::S3::Bucket")

    assert bucket.exists.verdict is Verdict.UNKNOWN
    assert bucket.block.attribute("BucketName").or_none() == "yes", "where the stack exists, the parameter is known"
    assert found.deployments[0].hiding_places() == ()


def test_a_parameter_that_is_not_handed_in_is_wrong(tmp_path: Path) -> None:
    main = """\
    Resources:
      Logs:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: ./child.yaml}
    """
    write(tmp_path, main=main, child=CHILD)
    name = only(loaded(tmp_path), "AWS::S3::Bucket").block.attribute("BucketName")

    assert name.reasons[0].detail == "parameter `Name` is not given to the nested stack, and has no default"


def test_modules_and_resources_of_ones_own_are_told_apart(tmp_path: Path) -> None:
    main = """\
    Parameters:
      Open: {Type: String}
    Resources:
      Bucket: {Type: "AWS::S3::Bucket", Properties: {BucketName: acme-logs}}
      Module:
        Type: Acme::S3::Logs::MODULE
        Properties: {Name: !Ref Open}
      Empty:
        Type: Custom::EmptyBucket
        Properties: {ServiceToken: arn, Name: acme-logs, More: !Ref Open}
    """
    write(tmp_path, main=main)
    (deployment,) = loaded(tmp_path).deployments
    module, own = deployment.hiding_places()

    assert module.reason.why is Why.UNSUPPORTED
    assert module.may_concern("Anything", ()), "what it is told is not known"
    assert own.may_concern("Bucket", ("acme-logs",))
    assert not own.may_concern("Other", ("other",))
    assert [gap.why for gap in deployment.gaps()] == [Why.UNSUPPORTED], "a resource of one's own is no gap by itself"


# --- stack sets

SET = """\
    Resources:
      Guard:
        Type: AWS::CloudFormation::StackSet
        Properties:
          Parameters:
            - {ParameterKey: Name, ParameterValue: everywhere}
          TemplateBody: |
            Parameters:
              Name: {Type: String}
            Resources:
              Bucket:
                Type: AWS::S3::Bucket
                Properties:
                  BucketName: !Sub "${Name}-${AWS::AccountId}"
    """


def test_a_template_in_a_stack_set_stands_where_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, main=SET)
    found = loaded(tmp_path, Options(facts={"account_id": "111122223333"}))
    bucket = only(found, "AWS::S3::Bucket")
    name = bucket.block.attribute("BucketName")

    assert bucket.address == "Guard[*]/Bucket"
    assert (name.origin.file, name.origin.line, name.origin.column) == ("main.yaml", 14, 15)
    assert name.parts == ("everywhere-", Reference("Guard[*]/AWS::AccountId", ("Ref",))), (
        "not the account of the parent"
    )
    assert not bucket.location.account.settled


def test_a_broken_template_in_a_stack_set_is_told(tmp_path: Path) -> None:
    write(tmp_path, main=SET.replace("Bucket:\n                Type", "Bucket: [\n                Type"))
    (deployment,) = loaded(tmp_path).deployments

    assert deployment.resources("AWS::S3::Bucket") == ()
    assert [place.reason.why for place in deployment.hiding_places()] == [Why.INVALID]


def test_what_the_cdk_runs_itself_hides_nothing(tmp_path: Path) -> None:
    main = """\
    Resources:
      Bucket: {Type: "AWS::S3::Bucket"}
      Wipe:
        Type: %s
        Properties: {ServiceToken: arn, BucketName: !Ref Bucket}
    """
    write(tmp_path, known=main % "Custom::S3AutoDeleteObjects", other=main % "Custom::Wipe")
    known, other = loaded(tmp_path).deployments

    assert known.hiding_places() == ()
    (place,) = other.hiding_places()
    assert place.may_concern("Bucket", ())
    assert not place.may_add


def test_a_template_in_a_bucket_may_lie_in_a_folder_that_is_named(tmp_path: Path) -> None:
    main = """\
    Parameters: {Bucket: {Type: String}}
    Resources:
      Logs:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: !Sub "https://${Bucket}.s3.amazonaws.com/kit/logs/child.yaml"
          Parameters: {Name: logs}
    """
    write(tmp_path, main=main, a__logs__child=CHILD, b__other__child=CHILD)
    named = Options(nested_in=(str(tmp_path / "*"),))

    found = {one.target: one for one in loaded(tmp_path, named).deployments}
    assert found.keys() == {"main.yaml", "b/other/child.yaml"}
    assert [raw.address for raw in found["main.yaml"].resources("AWS::S3::Bucket")] == ["Logs/Bucket"]
    several = Options(nested_in=(str(tmp_path / "*" / "*"),))
    deployment = {one.target: one for one in loaded(tmp_path, several).deployments}["main.yaml"]
    assert deployment.resources("AWS::S3::Bucket") == (), "the name alone fits two files"
    assert [place.reason.why for place in deployment.hiding_places()] == [Why.ELSEWHERE]

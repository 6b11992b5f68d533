"""Templates of the Serverless Application Model: what the translator makes of them, and where it stands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from stacks import loaded, write

from guardrails.kernel.value import Reference
from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.load import Options

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEMPLATE = """\
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      Name: {Type: String}
      Stage: {Type: String, Default: dev}
    Resources:
      Watch:
        Type: AWS::Serverless::Function
        Properties:
          FunctionName: !Sub "${Name}-watch"
          Description: !Ref AWS::Region
          Handler: index.handler
          Runtime: python3.12
          InlineCode: "def handler(event, context): pass"
          Environment: {Variables: {STAGE: !Ref Stage}}
          Policies:
            - Statement: [{Effect: Allow, Action: "cloudtrail:StopLogging", Resource: "*"}]
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: logs
          Role: !GetAtt WatchRole.Arn
      Nested:
        Type: AWS::Serverless::Application
        Properties: {Location: ./child.yaml, Parameters: {Name: !Ref Name}}
    Outputs:
      Role: {Value: !GetAtt WatchRole.Arn}
    """
CHILD = """\
    Parameters: {Name: {Type: String}}
    Resources: {Topic: {Type: "AWS::SNS::Topic", Properties: {TopicName: !Ref Name}}}
    """


def test_what_is_made_stands_where_it_is_made_of(tmp_path: Path) -> None:
    write(tmp_path, main=TEMPLATE, child=CHILD)
    (deployment,) = loaded(tmp_path).deployments
    (role,) = deployment.resources("AWS::IAM::Role")
    (function,) = deployment.resources("AWS::Lambda::Function")
    (topic,) = deployment.resources("AWS::SNS::Topic")

    assert deployment.gaps() == ()
    assert deployment.hiding_places() == ()
    assert (role.address, role.block.origin.line) == ("WatchRole", 6)
    ((policy, _),) = role.block.blocks("Policies").members()
    ((document, _),) = policy.document("PolicyDocument").members()
    ((statement, _),) = document.blocks("Statement").members()
    assert statement.attribute("Action").or_none() == "cloudtrail:StopLogging"
    assert function.block.attribute("Role").reference == Reference("WatchRole", ("Arn",), "AWS::IAM::Role")
    assert topic.address == "Nested/Topic"


def test_what_is_left_alone_keeps_its_place(tmp_path: Path) -> None:
    write(tmp_path, main=TEMPLATE, child=CHILD)
    (deployment,) = loaded(tmp_path).deployments
    (bucket,) = deployment.resources("AWS::S3::Bucket")
    name = bucket.block.attribute("BucketName")

    assert (name.or_none(), name.origin.line) == ("logs", 20)
    assert bucket.block.attribute("Role").reference == Reference("WatchRole", ("Arn",), "AWS::IAM::Role")


def test_what_is_not_known_stays_so(tmp_path: Path) -> None:
    write(tmp_path, main=TEMPLATE, child=CHILD)
    (deployment,) = loaded(tmp_path).deployments
    block = deployment.resources("AWS::Lambda::Function")[0].block

    assert block.attribute("Description").reference == Reference("AWS::Region", ("Ref",)), (
        "the translator wants a Region"
    )
    assert [type(part).__name__ for part in block.attribute("FunctionName").parts] == ["Input", "str"]
    (known,) = loaded(tmp_path, Options(facts={"region": "eu-west-1"})).deployments
    assert known.resources("AWS::Lambda::Function")[0].block.attribute("Description").or_none() == "eu-west-1"


def test_a_template_that_is_refused_is_judged_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, main=TEMPLATE.replace("Handler: index.handler", "Handlr: index.handler"), child=CHILD)
    (deployment,) = loaded(tmp_path).deployments

    assert [gap.why for gap in deployment.gaps()] == [Why.INVALID]
    assert deployment.gaps()[0].detail.startswith("`AWS::Serverless` refuses the template: ")
    assert [place.reason for place in deployment.hiding_places()] == list(deployment.gaps())
    assert len(deployment.resources("AWS::S3::Bucket")) == 1


def test_without_the_translator_the_template_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator.model.exceptions", None)
    write(tmp_path, main=TEMPLATE, child=CHILD)
    (deployment,) = loaded(tmp_path).deployments
    (gap,) = deployment.gaps()

    assert (gap.why, gap.settle) == (Why.UNSUPPORTED, "pip install 'guardrails-audit[sam]'")
    assert [place.reason for place in deployment.hiding_places()] == [gap]
    assert not deployment.resources("AWS::S3::Bucket")[0].block.attribute("Role").settled

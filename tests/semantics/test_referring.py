"""What `Ref` and `Fn::GetAtt` give, held against CloudFormation's own schemas."""

from __future__ import annotations

import pytest
from cloudformation_schemas import identifier, read_only, types

from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.references import KINDS, OF_TEMPLATES, Surroundings
from guardrails.semantics.referring import REF_IS_ARN, is_account, is_arn, is_own_account, is_own_organization

UNSETTLED = (Reason(Why.AFTER_APPLY, "known when it is created"),)
NAMED_ALL_THE_SAME = {"AWS::Events::Rule": "known by its ARN to the registry; `Ref` gives the name as it always did"}


@pytest.mark.parametrize("of_template", sorted({*OF_TEMPLATES, *REF_IS_ARN}))
def test_ref_is_what_the_schema_identifies_a_resource_by(of_template: str) -> None:
    assert of_template in types()
    (named,) = identifier(of_template)

    if of_template not in NAMED_ALL_THE_SAME:
        assert named.endswith("Arn") == (of_template in REF_IS_ARN), named


@pytest.mark.parametrize("of_template", sorted(OF_TEMPLATES))
def test_attributes_exist(of_template: str) -> None:
    kind = KINDS[OF_TEMPLATES[of_template]]
    attributes = {name for name in (*kind.names, *kind.arns, kind.streamed) if name[:1].isupper()} - {"Ref"}
    of_others = {"TopicName", "RuleName", "KeyId"}  # a name that is a property is no attribute that only AWS sets

    assert attributes - of_others <= read_only(of_template)
    assert any(name.endswith("Arn") for name in attributes)


def test_who_is_meant() -> None:
    own = Reference("AWS::AccountId", ("Ref",))
    member = Reference("Member", ("AccountId",), "AWS::Organizations::Account")
    topic = Reference("Alerts", ("Ref",), "AWS::SNS::Topic")
    bucket = Reference("Logs", ("Ref",), "AWS::S3::Bucket")

    assert is_own_account(own)
    assert is_account(own)
    assert is_account(member)
    assert not is_own_account(member)
    assert is_arn(topic)
    assert not is_arn(bucket)
    assert is_arn(Reference("Logs", ("Arn",), "AWS::S3::Bucket"))
    assert is_own_organization(Reference("Organization", ("Ref",), "AWS::Organizations::Organization"))


@pytest.mark.parametrize(
    ("reference", "written"),
    [
        (Reference("Logs", ("Ref",), "AWS::S3::Bucket"), "trails"),
        (Reference("Logs", ("Arn",), "AWS::S3::Bucket"), "arn:aws:s3:::trails"),
        (Reference("AWS::AccountId", ("Ref",)), "111122223333"),
        (Reference("AWS::Region", ("Ref",)), "eu-west-1"),
        (Reference("AWS::Partition", ("Ref",)), "aws"),
    ],
)
def test_a_reference_is_read_from_the_resource_that_is_asked_about(reference: Reference, written: str) -> None:
    around = Surroundings("Logs", KINDS["aws_s3_bucket"], ("trails",), region=("eu-west-1",), account=("111122223333",))

    pieces = around.pieces(Value.unknown(UNSETTLED, reference=reference))

    assert "".join(piece for piece in pieces if isinstance(piece, str)) == written


def test_the_arn_of_a_log_group_in_a_template_ends_in_its_streams() -> None:
    around = Surroundings("Group", KINDS["aws_cloudwatch_log_group"], ("g",), region=("r",), account=("1",))
    arn: Value[str] = Value.unknown(UNSETTLED, reference=Reference("Group", ("Arn",), "AWS::Logs::LogGroup"))

    pieces = around.pieces(arn)

    assert "".join(piece for piece in pieces if isinstance(piece, str)) == "arn:aws:logs:r:1:log-group:g:*"

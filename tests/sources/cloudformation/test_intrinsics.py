"""What the functions of templates come to."""

from __future__ import annotations

import pytest
from stacks import refused, value

from guardrails.kernel.why import Why
from guardrails.sources.terraform.values import Choice, Input, JsonText, Ref, Text, Unknown

PARAMETERS = """\
Parameters:
  Name: {Type: String, Default: acme}
  Days: {Type: Number, Default: 365}
  Zones: {Type: CommaDelimitedList, Default: "a, b ,c"}
  Open: {Type: String}
  OpenList: {Type: CommaDelimitedList}
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Id: {Type: "AWS::SSM::Parameter::Value<String>", Default: /acme/id}
Mappings:
  Keep:
    dev: {Days: 30, Zones: [a]}
    prod: {Days: 365, Zones: [a, b]}
Resources:
  Bucket: {Type: "AWS::S3::Bucket"}
"""
EXTENDED = "Transform: AWS::LanguageExtensions\n" + PARAMETERS


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("012345678901", "012345678901"),
        ("!Ref Name", "acme"),
        ("!Ref Days", 365),
        ("!Ref Zones", ["a", "b", "c"]),
        ("!Ref AWS::NoValue", None),
        ("{Ref: Name}", "acme"),
        ("!Sub '${Name}-logs'", "acme-logs"),
        ("!Sub 'keep ${!Name} for ${Days}'", "keep ${Name} for 365"),
        ("!Sub ['${Other}-${Name}', {Other: !Ref Days}]", "365-acme"),
        ("!Sub ['${Name}', {Name: 010}]", "010"),
        ("!Sub 'no names: ${'", "no names: ${"),
        ("!Join ['-', [a, !Ref Name, 1, true]]", "a-acme-1-true"),
        ("!Join [',', !Ref Zones]", "a,b,c"),
        ("!Join ['', [a, !Ref AWS::NoValue, b]]", "ab"),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Select ['0', [x, y]]", "x"),
        ("!Split ['/', a/b/c]", ["a", "b", "c"]),
        ("!Select [1, !Split ['/', !Sub 'x/${Name}']]", "acme"),
        ("!FindInMap [Keep, prod, Days]", 365),
        ("!FindInMap [Keep, prod, Zones]", ["a", "b"]),
        ("!FindInMap [Keep, test, Days, {DefaultValue: 7}]", 7),
        ("!FindInMap [None, test, Days, {DefaultValue: !Ref Name}]", "acme"),
        ("!Base64 abc", "YWJj"),
        ("!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
        ("!Length [a, b]", 2),
        ("Fn::Length: !Ref Zones", 3),
        ("Fn::ToJsonString: {a: [1, true], b: !Ref Name}", '{"a":[1,true],"b":"acme"}'),
        ("[a, !Ref AWS::NoValue]", ["a"]),
        ("{a: !Ref AWS::NoValue, b: 1}", {"b": 1}),
    ],
)
def test_is_known(expression: str, expected: object) -> None:
    if expression.startswith("Fn::"):
        expression = f"{{{expression}}}"
    assert value(expression, EXTENDED) == expected


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("!Ref Nmae", "`Nmae` is neither a parameter nor a resource of the template (did you mean `Name`?)"),
        ("!Ref AWS::Acount", "`AWS::Acount` is no pseudo-parameter"),
        ("!GetAtt Buckt.Arn", "`Buckt` is no resource of the template (did you mean `Bucket`?)"),
        ("!GetAtt Bucket", "`Bucket` names no attribute of a resource"),
        ("!Sub '${Zones}'", "`${Zones}` is no text"),
        ("!Sub [a]", "`Fn::Sub` takes a text, or a text and a mapping of names to values"),
        ("!Sub {a: b}", "the text of `Fn::Sub` must be written there: no function may give it"),
        ("!Join [a]", "`Fn::Join` takes a separator and a list"),
        ("!Join ['', a]", "`Fn::Join` takes a separator and a list"),
        ("!Join ['', [[a]]]", "a text is wanted, and a list is given"),
        ("!Select [3, [a]]", "`Fn::Select` asks for element 3 of a list of 1"),
        ("!Select [-1, [a]]", "`Fn::Select` takes a number from 0 on"),
        ("!Split ['', a]", "`Fn::Split` takes a separator that is not empty"),
        ("!FindInMap [None, a, b]", "there is no mapping `None`"),
        ("!FindInMap [Keep, test, Days]", "the mapping `Keep` has no value for `test` and `Days`"),
        ("!If [Nowhere, 1, 2]", "there is no condition `Nowhere`"),
        ("!If [Nowhere]", "`Fn::If` takes the name of a condition and two values"),
        ("!Cidr [10.0.0.0/30, 200, 8]", "`Fn::Cidr` cannot make 200 ranges of 8 bits of what it is given"),
        ("{'Fn::Length': [a]}", "`Fn::Length` needs `Transform: AWS::LanguageExtensions`"),
        ("!Uniq a", "`Fn::Uniq` is no function of CloudFormation"),
    ],
)
def test_is_refused_with_a_reason(expression: str, why: str) -> None:
    found = value(expression, PARAMETERS)

    assert refused(found).startswith(why)
    assert isinstance(found, Unknown)
    assert found.reasons[0].why is Why.INVALID
    assert found.reasons[0].origin.line > 1


def test_a_resource_is_a_reference() -> None:
    assert value("!Ref Bucket", PARAMETERS) == Ref("Bucket", ("Ref",))
    assert value("!GetAtt Bucket.Arn", PARAMETERS) == Ref("Bucket", ("Arn",))
    assert value("!GetAtt [Bucket, Arn]", PARAMETERS) == Ref("Bucket", ("Arn",))
    assert value("!Sub '${Bucket.Arn}/*'", PARAMETERS) == Text((Ref("Bucket", ("Arn",)), "/*"))
    assert value("!Join ['', [!GetAtt Bucket.Arn, /, '*']]", PARAMETERS) == Text((Ref("Bucket", ("Arn",)), "/*"))


def test_pseudo_parameters_are_known_where_the_account_is() -> None:
    facts = {"account_id": "111122223333", "region": "cn-north-1"}

    assert value("!Sub 'arn:${AWS::Partition}:x:${AWS::Region}:${AWS::AccountId}'", "", {}, facts) == (
        "arn:aws-cn:x:cn-north-1:111122223333"
    )
    unknown = value("!Ref AWS::AccountId")
    assert unknown == Ref("AWS::AccountId", ("Ref",))
    assert isinstance(unknown, Ref)
    assert unknown.reasons[0].settle == "set `id` under `[account]` in guardrails.toml"


def test_one_open_parameter_is_the_same_wherever_it_is_mentioned() -> None:
    found = value("[!Ref Open, !Sub '${Open}']", PARAMETERS)
    assert isinstance(found, list)
    left, right = found

    assert isinstance(left, Input)
    assert right == Text((left,))
    assert left.reasons[0].settle == "pass `--parameters Open=...`"
    assert value("!Select [0, !Ref OpenList]", PARAMETERS) == value("!Select [0, !Ref OpenList]", PARAMETERS)


def test_allowed_values_are_alternatives_that_go_together() -> None:
    found = value("!Sub '${Stage}-${Stage}'", PARAMETERS)

    assert isinstance(found, Choice)
    assert found.alternatives == ("dev-dev", "prod-prod")
    kept = value("!FindInMap [Keep, !Ref Stage, Days]", PARAMETERS)
    assert isinstance(kept, Choice)
    assert kept.alternatives == (30, 365)
    assert value("!FindInMap [Keep, !Ref Stage, Days]", PARAMETERS, {"Stage": "prod"}) == 365


def test_a_key_that_is_not_known_is_one_of_those_that_there_are() -> None:
    found = value("!FindInMap [Keep, !Ref AWS::Region, Days]", PARAMETERS)

    assert isinstance(found, Choice)
    assert found.alternatives == (30, 365)


@pytest.mark.parametrize(
    "expression",
    ["!Ref Id", "'{{resolve:ssm:/acme/id}}'", "!Sub '{{resolve:ssm:/${Name}/id}}'", "!ImportValue acme-id"],
)
def test_what_is_read_when_the_stack_is_deployed_is_set_and_never_read(expression: str) -> None:
    found = value(expression, PARAMETERS)

    assert isinstance(found, Ref)
    assert found == value(expression, PARAMETERS)
    assert found.reasons[0].why is Why.ELSEWHERE


def test_dynamic_references_are_holes_in_texts() -> None:
    assert value("'arn:{{resolve:ssm:/a}}:x'") == Text(("arn:", Ref("{{resolve:ssm:/a}}", ()), ":x"))
    secret = value("'{{resolve:secretsmanager:a:SecretString:b}}'")
    assert isinstance(secret, Ref)
    assert secret.reasons[0].why is Why.SENSITIVE
    assert value("'{{resolve:ssm:/a'") == "{{resolve:ssm:/a"
    assert isinstance(value("!Join ['', ['{{resolve:ssm:/', !Ref Open, '}}']]", PARAMETERS), Ref)


def test_a_document_of_which_not_all_is_known_keeps_its_form() -> None:
    found = value("{'Fn::ToJsonString': {a: !GetAtt Bucket.Arn}}", EXTENDED)

    assert isinstance(found, JsonText)
    assert found.document == {"a": Ref("Bucket", ("Arn",))}


def test_functions_of_what_is_not_known_give_the_same_for_the_same() -> None:
    expression = "!Select [2, !Split ['/', !Ref AWS::StackId]]"

    assert value(expression) == value(expression)
    assert value(expression) != value("!Select [1, !Split ['/', !Ref AWS::StackId]]")
    assert value("!Base64 {Ref: Open}", PARAMETERS) == value("!Base64 {Ref: Open}", PARAMETERS)


def test_what_is_left_out_perhaps_takes_its_separator_along() -> None:
    conditional = PARAMETERS + "Conditions:\n  Prod: !Equals [!Ref Stage, prod]\n"
    found = value("!Join ['-', [a, !If [Prod, b, !Ref AWS::NoValue], c]]", conditional)

    assert isinstance(found, Choice)
    assert set(found.alternatives) == {"a-b-c", "a-c"}


@pytest.mark.parametrize("transform", ["Mine", "[AWS::LanguageExtensions, Mine]"])
def test_a_name_that_a_transform_may_make_is_not_wrong(transform: str) -> None:
    found = value("[!Ref MadeRole, !GetAtt MadeRole.Arn]", f"Transform: {transform}\n{PARAMETERS}")

    assert found == [Ref("MadeRole", ("Ref",)), Ref("MadeRole", ("Arn",))]
    assert isinstance(found, list)
    assert [reason.why for one in found for reason in one.reasons] == [Why.UNSUPPORTED] * 2


@pytest.mark.parametrize(
    ("expression", "given", "why"),
    [
        ("!Ref Stage", {"Stage": "canary"}, "what parameter `Stage` is given is not among its allowed values"),
        ("!Ref Days", {"Days": "canary"}, "parameter `Days` is a number, and is given something else"),
    ],
)
def test_a_value_that_does_not_fit_is_not_repeated(expression: str, given: dict[str, object], why: str) -> None:
    assert refused(value(expression, PARAMETERS, given)) == why

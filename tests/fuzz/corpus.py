"""What fuzzing starts from, for each target: what the project ships as examples, and the vectors of its tests."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from targets import NEXT_FILE

from guardrails.testing import read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]

_TRAIL = 'resource "aws_cloudtrail" "t" {{\n  name = "t"\n  s3_bucket_name = {}\n}}\n'


def seeds(target: str) -> Iterator[bytes]:
    """Inputs of a target that mean something."""
    yield from {
        "syntax": _configurations,
        "configuration": _configurations,
        "json_configuration": _json_configurations,
        "plan": _plans,
        "template": _templates,
        "stack": _templates,
        "access": _documents,
        "selectors": _selectors,
        "waivers": _waivers,
        "settings": _settings,
        "patterns": _patterns,
        "filters": _filters,
        "filter_laws": _bytes,
        "selector_laws": _bytes,
        "access_laws": _bytes,
    }[target]()


def _configurations() -> Iterator[bytes]:
    for page in sorted((PROJECT / "policies").rglob("*.md")):
        for example in read_page(page.name, page.read_text(encoding="utf-8")).examples:
            first, *others = example.files
            yield first.text.encode() + b"".join(
                NEXT_FILE + file.name.encode() + b"\n" + file.text.encode() for file in others
            )
    for path in sorted((PROJECT / "examples").rglob("*.tf")):
        yield path.read_bytes()
    vectors = PROJECT / "tests" / "sources" / "terraform" / "vectors"
    for path in sorted(vectors.glob("*.json")):
        for vector in _tables(json.loads(path.read_text(encoding="utf-8"))):
            expression = vector.get("expr") or vector.get("expression")
            if isinstance(expression, str):
                yield _TRAIL.format(expression).encode("utf-8", "surrogatepass")


def _tables(found: object) -> Iterator[dict[str, object]]:
    """All JSON objects in a value, itself included."""
    if isinstance(found, dict):
        yield found
    for part in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from _tables(part)


def _json_configurations() -> Iterator[bytes]:
    yield b'{"resource": {"aws_cloudtrail": {"t": {"name": "t", "for_each": "${local.b}"}}}}'
    yield b'{"variable": {"a": {"type": "list(string)"}}, "locals": [{"b": {"c": 1}}, {"d": "${upper(\\"x\\")}"}]}'
    yield b'{"module": {"m": {"source": "./m"}}, "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "b"}]}}'


def _plans() -> Iterator[bytes]:
    for path in sorted((PROJECT / "tests").rglob("*.json")):
        if path.stat().st_size < 200_000 and b'"format_version"' in path.read_bytes()[:400]:
            yield path.read_bytes()
    resource = {"address": "aws_cloudtrail.t", "mode": "managed", "type": "aws_cloudtrail", "name": "t"}
    values = {"name": "t", "s3_bucket_name": "b", "event_selector": [{"read_write_type": "All"}]}
    yield json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "variables": {"a": {"value": [1]}},
            "planned_values": {
                "root_module": {
                    "resources": [{**resource, "provider_name": "aws", "values": values}],
                    "child_modules": [{"address": "module.m[0]", "resources": []}],
                }
            },
            "resource_changes": [
                {
                    **resource,
                    "change": {
                        "actions": ["create"],
                        "before": None,
                        "after": values,
                        "after_unknown": {"arn": True, "event_selector": [{"data_resource": True}]},
                        "after_sensitive": {"name": True},
                    },
                }
            ],
            "configuration": {
                "root_module": {
                    "resources": [{**resource, "expressions": {"s3_bucket_name": {"references": ["var.a"]}}}],
                    "module_calls": {"m": {"source": "./m", "module": {}, "count_expression": {"constant_value": 1}}},
                }
            },
        }
    ).encode()
    instance = {
        "index_key": "a",
        "attributes": values,
        "sensitive_attributes": [[{"type": "get_attr", "value": "name"}]],
    }
    yield json.dumps(
        {
            "version": 4,
            "terraform_version": "1.11.4",
            "resources": [
                {**resource, "provider": 'provider["registry.terraform.io/hashicorp/aws"]', "instances": [instance]}
            ],
        }
    ).encode()


def _templates() -> Iterator[bytes]:
    for page in sorted((PROJECT / "policies").rglob("*.md")):
        for example in read_page(page.name, page.read_text(encoding="utf-8")).examples:
            first, *others = example.files
            if first.name.endswith((".yaml", ".json")):
                yield first.text.encode() + b"".join(
                    NEXT_FILE + file.name.encode() + b"\n" + file.text.encode() for file in others
                )
    yield _FUNCTIONS.encode()
    yield b'{"Resources": {"T": {"Type": "AWS::CloudTrail::Trail", "Properties": {"S3BucketName": {"Ref": "B"}}}}}'
    yield b'[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "UsePreviousValue": true}]'
    yield b"A=1\nB='2 3' C=\"4\"\n"
    nested = "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml, Parameters: {A: x}}}}"
    inner = "Parameters: {A: {Type: String}}\nResources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}}"
    yield nested.encode() + NEXT_FILE + b"n.yaml\n" + inner.encode()


_FUNCTIONS = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::LanguageExtensions
Parameters:
  Stage: {Type: String, AllowedValues: [prod, test], Default: prod}
  Days: {Type: Number}
  Zones: {Type: CommaDelimitedList}
Mappings:
  Kept: {prod: {days: "365"}, test: {days: 30}}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Other: !And [!Not [!Condition Prod], !Or [{Condition: Prod}, !Equals [!Ref Days, 1]]]
Resources:
  # guardrails: allow KMS-001 -- because, until 2027-01-31
  Trail: &trail
    Type: AWS::CloudTrail::Trail
    Condition: Prod
    DependsOn: [Bucket]
    DeletionPolicy: Retain
    Metadata: {guardrails: {allow: [{policy: KMS-001, reason: x, until: 2027-01-31}]}}
    Properties:
      IsLogging: !If [Prod, true, !Ref AWS::NoValue]
      S3BucketName: !Ref Bucket
      TrailName: !Sub ["${A}-${AWS::Region}-${!B}", {A: !Join ["-", [!Ref Stage, x]]}]
      CloudWatchLogsLogGroupArn: !GetAtt Logs.Arn
      KMSKeyId: !ImportValue {"Fn::Sub": "${Stage}-key"}
      EventSelectors:
        - ReadWriteType: !Select [1, !Split [",", "All,ReadOnly"]]
          DataResources: [{Type: "AWS::S3::Object", Values: [!Sub "${Bucket.Arn}/"]}]
  Other:
    <<: *trail
    Condition: Other
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: "{{resolve:ssm:name}}"
      Tags: !If [Prod, [], [{Key: a, Value: !Base64 b}]]
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {RetentionInDays: !FindInMap [Kept, !Ref Stage, days, {DefaultValue: 1}]}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: 2012-10-17
        Statement: {Effect: Deny, Principal: "*", Action: "s3:*", Resource: !GetAtt [Bucket, Arn],
          Condition: {Bool: {aws:SecureTransport: false}}}
  Fn::ForEach::Topics:
    - Name
    - !Ref Zones
    - Topic${Name}: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${Name}", DisplayName: !Length [1]}}
  Text:
    Type: Custom::Thing
    Properties: {A: !ToJsonString {b: !Cidr [10.0.0.0/16, 2, 8]}, Z: !GetAZs "", T: !Transform {Name: M}}
Outputs:
  Arn: {Value: !GetAtt Trail.Arn, Export: {Name: !Sub "${AWS::StackName}-arn"}}
"""


def _documents() -> Iterator[bytes]:
    vectors = PROJECT / "tests" / "semantics" / "access" / "iam-policy-evaluation.vectors.json"
    for found in _tables(json.loads(vectors.read_text(encoding="utf-8"))):
        if "Statement" in found:
            yield json.dumps(found).encode()
        elif "Effect" in found:
            yield json.dumps({"Version": "2012-10-17", "Statement": [found]}).encode()


def _selectors() -> Iterator[bytes]:
    yield json.dumps(
        [
            {"name": "n", "field_selector": [{"field": "eventCategory", "equals": ["Management"]}]},
            {
                "field_selector": [
                    {"field": "eventCategory", "equals": ["Data"]},
                    {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                    {"field": "resources.ARN", "not_starts_with": ["arn:aws:s3:::b/"], "ends_with": ["/"]},
                    {"field": "readOnly", "equals": ["true"]},
                    {"field": "userIdentity.arn", "not_equals": ["a"]},
                ]
            },
        ]
    ).encode()
    data = {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::b/", "arn:aws:s3"]}
    basic = {"read_write_type": "WriteOnly", "include_management_events": False, "data_resource": [data]}
    yield json.dumps({"event_selector": [basic, {"exclude_management_event_sources": ["kms.amazonaws.com"]}]}).encode()


def _waivers() -> Iterator[bytes]:
    yield b"TRAIL-005 -- because, until 2027-01-31\ntrail-without-log-validation, KMS-001 -- ok"
    yield b'TRAIL-005\n/* guardrails: allow KMS-001 -- because */ module "m" {}\n'


def _settings() -> Iterator[bytes]:
    for path in sorted((PROJECT / "examples").rglob("guardrails.toml")):
        yield path.read_bytes()
    page = (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for fence in page.split("```toml\n")[1:]:
        yield fence.split("```")[0].encode()


def _patterns() -> Iterator[bytes]:
    yield b"^(?P<a>[a-z]+)(?:b|c{2,3})*?[[:alpha:]]\\d\\pL$\nabcc1"
    yield b"(?i)a.*b|^$|(x+x+)+y\nxxxxxxxxx"


def _filters() -> Iterator[bytes]:
    vectors = PROJECT / "tests" / "semantics" / "monitoring"
    told = json.loads((vectors / "filter-patterns.vectors.json").read_text(encoding="utf-8"))
    for found in _tables(told):
        if isinstance(found.get("pattern"), str):
            yield f"{found['pattern']}\n{json.dumps(found.get('event'))}".encode()
    for pattern in json.loads((vectors / "cis-filters.vectors.json").read_text(encoding="utf-8"))["filters"].values():
        yield f'{pattern}\n{{"eventName": "ConsoleLogin", "errorCode": "AccessDenied", "userIdentity": {{}}}}'.encode()
    yield b'{ ($.userIdentity.type = "Root") && ($.a[0].b != 1.5) || ($.c IS NULL) }\n{"a": [{"b": 2}], "c": null}'
    yield b'[ip, user = "*root*" || user != %a[0-9]+%, ..., size > 10]\n127.0.0.1 root x 20'
    yield b'?ERROR -"exit 0" %[a-f]{2,}%\nERROR ab'


def _bytes() -> Iterator[bytes]:
    """Nothing that means anything, but enough of it."""
    chance = Random(0)
    for law in range(16):
        for length in (64, 512, 4096):
            yield bytes([law]) + chance.randbytes(length)


WORDS = r"""
${ } %{ ~} " \" { [ ] ( ) = => == != && || ! - + * / % ? : , . ... .* [*] <<EOT <<-EOT EOT # // /* */ for in if else
endif endfor null true false each.key each.value count.index count for_each dynamic content lifecycle provider source
module variable output locals resource data local. var. module. path.module self terraform.workspace default type any
list(string) object({a=optional(string)}) map(any) set(string) sensitive ephemeral nullable validation jsonencode(
jsondecode( yamldecode( yamlencode( file( templatefile( toset( tomap( concat( merge( flatten( setproduct( range( format(
join( split( regex( replace( lookup( try( can( coalesce( element( slice( zipmap( keys( values( cidrsubnet( timeadd( one(
1e999999 -1 0 1.5 0x aws_cloudtrail aws_s3_bucket aws_s3_bucket_policy aws_iam_policy_document aws_kms_key statement
principals condition policy bucket name id arn Statement Effect Allow Deny Principal NotPrincipal Action NotAction
Resource NotResource Condition StringLike StringNotLike Null ForAllValues:StringEquals aws:PrincipalArn
${aws:userid} s3:*
arn:aws:s3:::logs/* "*" "AWS" guardrails: allow
$.eventName $.userIdentity.type $.errorCode IS NULL NOT EXISTS TRUE FALSE != >= <= %Access% *Denied*
Resources: Type: Properties: Parameters: Conditions: Mappings: Outputs: Metadata: Transform: AWS::CloudTrail::Trail
AWS::S3::Bucket AWS::CloudFormation::Stack AWS::NoValue AWS::Region Ref Fn::If Fn::Sub Fn::GetAtt Fn::ForEach::X
!Ref !If !Sub !GetAtt !Join !Select !Split !FindInMap !Equals !And !Or !Not !Condition !ImportValue !Cidr !Transform
&a *a <<: |- >+ --- ${A} ${A.B} ${!A} {{resolve: ParameterKey ParameterValue
"""
"""What is worth inserting anywhere: operators, names that mean something, open ends."""

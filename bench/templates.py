"""Writes CloudFormation templates to measure on: services of many teams, in YAML and in JSON, some with a trail.

    python bench/templates.py DIRECTORY --templates 500

The same arguments give the same bytes. Names and addresses are made up.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

_RETENTION = (14, 30, 90, 365)
"""Days that the services keep their events."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SHORT = {"Ref": "!Ref", "Fn::Sub": "!Sub", "Fn::GetAtt": "!GetAtt", "Fn::If": "!If", "Fn::Equals": "!Equals"}


def templates(directory: Path, count: int) -> None:
    """`count` templates: two of three in YAML, every tenth with a trail, its bucket and an alarm."""
    for number in range(count):
        chosen = random.Random(number)
        folder = directory / f"team-{number // 25:03}"
        folder.mkdir(parents=True, exist_ok=True)
        document = _template(number, chosen)
        if number % 3 == 2:
            (folder / f"service-{number:04}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        else:
            text = "".join(f"{line}\n" for line in _yaml(document))
            (folder / f"service-{number:04}.yaml").write_text(text, encoding="utf-8")


def _template(number: int, chosen: random.Random) -> dict[str, object]:
    resources: dict[str, object] = {}
    outputs: dict[str, object] = {}
    _function(resources, chosen)
    _storage(resources, chosen)
    for at in range(chosen.randrange(1, 4)):
        _table(resources, outputs, f"Table{at}", chosen)
    _network(resources, chosen)
    if number % 10 == 0:
        _trail(resources, chosen)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Service {number} of team {number // 25}",
        "Parameters": {
            "Environment": {"Type": "String", "Default": "test", "AllowedValues": ["test", "production"]},
            "Memory": {"Type": "Number", "Default": chosen.choice((128, 512, 1024))},
            "AlertTopic": {"Type": "String", "Default": "arn:aws:sns:eu-west-1:111122223333:alerts"},
            "Network": {"Type": "AWS::EC2::VPC::Id"},
        },
        "Conditions": {"Production": {"Fn::Equals": [{"Ref": "Environment"}, "production"]}},
        "Resources": resources,
        "Outputs": outputs,
    }


def _function(resources: dict[str, object], chosen: random.Random) -> None:
    resources["Logs"] = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": "/services/${AWS::StackName}"},
            "RetentionInDays": {"Fn::If": ["Production", 365, chosen.choice(_RETENTION)]},
        },
    }
    resources["Role"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": _policy(
                {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ),
            "Policies": [
                {
                    "PolicyName": "service",
                    "PolicyDocument": _policy(
                        {
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": {"Fn::GetAtt": "Logs.Arn"},
                        },
                        {
                            "Action": ["s3:GetObject", "s3:PutObject"],
                            "Resource": {"Fn::Sub": "${Data.Arn}/*"},
                        },
                        {
                            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                            "Resource": {"Fn::GetAtt": "Jobs.Arn"},
                        },
                    ),
                }
            ],
        },
    }
    resources["Function"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Handler": "index.handler",
            "Runtime": "python3.12",
            "MemorySize": {"Ref": "Memory"},
            "Timeout": chosen.randrange(5, 300),
            "Role": {"Fn::GetAtt": "Role.Arn"},
            "Code": {"S3Bucket": {"Fn::Sub": "code-${AWS::AccountId}"}, "S3Key": "service.zip"},
            "Environment": {
                "Variables": {
                    **{f"SETTING_{at}": str(chosen.randrange(10**9)) for at in range(chosen.randrange(3, 9))},
                    "QUEUE": {"Ref": "Jobs"},
                    "STAGE": {"Ref": "Environment"},
                }
            },
        },
    }
    resources["Jobs"] = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"VisibilityTimeout": chosen.randrange(30, 600), "SqsManagedSseEnabled": True},
    }
    for metric in chosen.sample(("Errors", "Throttles", "Duration", "ConcurrentExecutions"), 2):
        resources[f"{metric}Alarm"] = {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmDescription": f"{metric} of the service",
                "Namespace": "AWS/Lambda",
                "MetricName": metric,
                "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Function"}}],
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": chosen.randrange(1, 5),
                "Threshold": chosen.randrange(1, 100),
                "ComparisonOperator": "GreaterThanThreshold",
                "AlarmActions": [{"Ref": "AlertTopic"}],
            },
        }


def _storage(resources: dict[str, object], chosen: random.Random) -> None:
    resources["Data"] = {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "VersioningConfiguration": {"Status": chosen.choice(("Enabled", "Suspended"))},
            "LifecycleConfiguration": {
                "Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": chosen.choice((30, 365, 2557))}]
            },
            "PublicAccessBlockConfiguration": dict.fromkeys(
                ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
            ),
        },
    }
    resources["DataPolicy"] = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Data"},
            "PolicyDocument": _policy(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [{"Fn::GetAtt": "Data.Arn"}, {"Fn::Sub": "${Data.Arn}/*"}],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ),
        },
    }


def _table(resources: dict[str, object], outputs: dict[str, object], name: str, chosen: random.Random) -> None:
    resources[name] = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": chosen.random() < 0.5},
            "Tags": [{"Key": "owner", "Value": f"team-{chosen.randrange(20)}"}],
        },
    }
    outputs[f"{name}Name"] = {"Description": f"The name of {name}", "Value": {"Ref": name}}


def _network(resources: dict[str, object], chosen: random.Random) -> None:
    resources["Group"] = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "Who may call the service",
            "VpcId": {"Ref": "Network"},
            "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": f"10.{chosen.randrange(256)}.0.0/16"}
                for port in chosen.sample((443, 8443, 8080, 5432), chosen.randrange(1, 4))
            ],
        },
    }


def _trail(resources: dict[str, object], chosen: random.Random) -> None:
    resources["TrailBucket"] = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    resources["TrailBucketPolicy"] = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "TrailBucket"},
            "PolicyDocument": _policy(
                {
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:GetBucketAcl",
                    "Resource": {"Fn::GetAtt": "TrailBucket.Arn"},
                },
                {
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": {"Fn::Sub": "${TrailBucket.Arn}/AWSLogs/${AWS::AccountId}/*"},
                    "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
                },
            ),
        },
    }
    resources["Trail"] = {
        "Type": "AWS::CloudTrail::Trail",
        "DependsOn": "TrailBucketPolicy",
        "Properties": {
            "S3BucketName": {"Ref": "TrailBucket"},
            "IsLogging": True,
            "IsMultiRegionTrail": chosen.random() < 0.5,
            "EnableLogFileValidation": chosen.random() < 0.5,
        },
    }


def _policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}


def _yaml(value: object, indent: str = "") -> list[str]:
    """The lines of a mapping or list, functions in their short form."""
    lines: list[str] = []
    items = (
        value.items() if isinstance(value, dict) else [("-", item) for item in value] if isinstance(value, list) else ()
    )
    for key, item in items:
        head = f"{indent}-" if key == "-" else f"{indent}{key}:"
        called = _call(item)
        if called is not None:
            name, item = called
            head += f" {name}"
        if not isinstance(item, dict | list):
            lines.append(f"{head} {_scalar(item)}")
            continue
        inner = _yaml(item, indent + "  ")
        if key == "-" and called is None:
            # The first line of what is in a list stands behind the hyphen.
            lines.append(f"{head} {inner[0].lstrip()}")
            lines += inner[1:]
        else:
            lines += [head, *inner]
    return lines


def _call(item: object) -> tuple[str, object] | None:
    if isinstance(item, dict) and len(item) == 1:
        [(name, argument)] = item.items()
        if name in _SHORT:
            return _SHORT[name], argument
    return None


def _scalar(value: object) -> str:
    if isinstance(value, str) and set(value) <= _PLAIN:
        return value
    return json.dumps(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--templates", type=int, default=500)
    arguments = parser.parse_args()
    templates(arguments.directory, arguments.templates)


if __name__ == "__main__":
    main()

"""The role that reads an account, as a template of CloudFormation and as a module of Terraform.

What it may do is that of `guardrails live --print-policy` for all policies of the package. The one permission that
shows what people did, and not how an account is set up, is given only where somebody asks for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails.sources.aws.needs import needs_parts
from guardrails.sources.aws.permissions import ROLE, documents

if TYPE_CHECKING:
    from guardrails.policy import Policy

_APART = "cloudtrail:LookupEvents"
_PARTITION = "$PARTITION"


def statements(policies: list[Policy[Any]]) -> list[dict[str, Any]]:
    """Those that every scanning role has. Inline policies of a role may have 10,240 characters together."""
    found: list[dict[str, Any]] = []
    for document in documents(needs_parts(policies), _PARTITION):
        for statement in document["Statement"]:
            kept = [action for action in statement["Action"] if action != _APART]
            found += [{**statement, "Action": kept}] if kept else []
    return found


def cloudformation(policies: list[Policy[Any]]) -> str:
    rows = []
    for statement in statements(policies):
        rows.append(f"              - Sid: {statement['Sid']}")
        rows.append("                Effect: Allow")
        rows.append("                Action:")
        rows += [f"                  - {action}" for action in statement["Action"]]
        rows.append("                Resource:")
        rows += [f"                  - {_for_template(one)}" for one in statement["Resource"]]
    return _TEMPLATE.replace("STATEMENTS", "\n".join(rows)).replace("ROLE_NAME", ROLE)


def _for_template(resource: str) -> str:
    return f'!Sub "{resource.replace(_PARTITION, "${AWS::Partition}")}"' if _PARTITION in resource else f'"{resource}"'


def terraform(policies: list[Policy[Any]]) -> str:
    rows = []
    for statement in statements(policies):
        rows.append("    {")
        rows.append(f"      Sid    = {json.dumps(statement['Sid'])}")
        rows.append('      Effect = "Allow"')
        rows += _list("Action", statement["Action"])
        rows += _list("Resource", [one.replace(_PARTITION, "${local.partition}") for one in statement["Resource"]])
        rows.append("    },")
    return _MODULE.replace("STATEMENTS", "\n".join(rows))


def _list(name: str, texts: list[str]) -> list[str]:
    return [f"      {name} = [", *(f'        "{text}",' for text in texts), "      ]"]


_TEMPLATE = """\
# Written by docs/generate.py from the table of calls (guardrails/sources/aws/kinds.py).
AWSTemplateFormatVersion: "2010-09-09"
Description: >-
  The role as which guardrails reads this account. It can change nothing, and reads no data. Deploy it as a stack set to
  every account of the organization, and as a stack to the management account.

Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups:
      - Label:
          default: Who may assume the role
        Parameters:
          - TrustedPrincipal
          - ExternalId
      - Label:
          default: The role
        Parameters:
          - RoleName
          - EventHistory

Parameters:
  TrustedPrincipal:
    Type: String
    Description: The ARN of the role, user or account that runs guardrails
    AllowedPattern: ^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9+=,.@_/-]+)$
    ConstraintDescription: the ARN of a role, of a user, or of an account (it ends in :root)
  ExternalId:
    Type: String
    Description: What has to be handed in as --external-id; empty where both sides belong to one organization
    Default: ""
    AllowedPattern: ^([A-Za-z0-9+=,.@:/_-]{2,1224})?$
    NoEcho: true
  RoleName:
    Type: String
    Description: What --org-role says; the same in every account
    Default: ROLE_NAME
    AllowedPattern: ^[A-Za-z0-9+=,.@_-]{1,64}$
  EventHistory:
    Type: String
    Description: Whether the event history may be read, as MONITOR-030 and drift --who ask. It shows what people did.
    Default: "false"
    AllowedValues:
      - "true"
      - "false"

Conditions:
  HasExternalId: !Not [!Equals [!Ref ExternalId, ""]]
  ReadsEventHistory: !Equals [!Ref EventHistory, "true"]

Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref RoleName
      Description: Read-only; assumed by guardrails to judge how this account is set up
      MaxSessionDuration: 3600
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal:
              AWS: !Ref TrustedPrincipal
            Condition: !If
              - HasExternalId
              - StringEquals:
                  sts:ExternalId: !Ref ExternalId
              - !Ref AWS::NoValue
      Policies:
        - PolicyName: GuardrailsScan
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
STATEMENTS

  ReadEventHistory:
    Type: AWS::IAM::Policy
    Condition: ReadsEventHistory
    Properties:
      PolicyName: GuardrailsEventHistory
      Roles:
        - !Ref Role
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: EventHistoryAnyResource
            Effect: Allow
            Action:
              - cloudtrail:LookupEvents
            Resource:
              - "*"

Outputs:
  RoleArn:
    Description: What --role-arn says for this account alone
    Value: !GetAtt Role.Arn
"""
_MODULE = """\
# Written by docs/generate.py from the table of calls (guardrails/sources/aws/kinds.py).

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition

  statements = [
STATEMENTS
  ]
}
"""

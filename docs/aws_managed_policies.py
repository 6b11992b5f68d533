"""Makes guardrails/semantics/access/aws_managed_policies.json from the documents that AWS publishes.

python docs/aws_managed_policies.py FOLDER        where FOLDER holds an unpacked wheel of moto

moto (Apache-2.0) carries a copy of all AWS-managed policies. Only what they say of the actions below is kept.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from guardrails.semantics.access.actions import Use, actions_of

if TYPE_CHECKING:
    from collections.abc import Iterable

TARGET = Path(__file__).resolve().parents[1] / "guardrails" / "semantics" / "access" / "aws_managed_policies.json"
SOURCE = Path("moto") / "iam" / "aws_managed_policies.py"
MORE = """
cloudtrail:CreateTrail,DisableFederation,RegisterOrganizationDelegatedAdmin,StartLogging
cloudwatch:EnableAlarmActions
config:PutConfigurationRecorder,PutDeliveryChannel,StartConfigurationRecorder
events:PutEvents
iam:AddUserToGroup,AttachGroupPolicy,AttachRolePolicy,AttachUserPolicy,CreateAccessKey,CreateLoginProfile
iam:CreatePolicyVersion,CreateRole,CreateUser,DeleteRolePermissionsBoundary,DeleteUserPermissionsBoundary
iam:DeleteUserPolicy,DetachUserPolicy,PassRole,PutGroupPolicy,PutUserPermissionsBoundary,PutUserPolicy
iam:SetDefaultPolicyVersion,UpdateLoginProfile
kms:CancelKeyDeletion,EnableKey,Encrypt,GenerateDataKey,GenerateDataKeyWithoutPlaintext,ReEncryptTo,UpdateAlias
logs:CreateLogDelivery,CreateLogGroup,CreateLogStream,DeleteDestination,DescribeLogGroups,DescribeLogStreams
logs:DisassociateKmsKey,PutDestination
oam:CreateLink
organizations:AttachPolicy,DeletePolicy,DetachPolicy,EnableAWSServiceAccess,UpdatePolicy
s3:GetBucketAcl,GetBucketPolicy,GetObjectAcl,ListAllMyBuckets,PutBucketLogging,PutBucketNotification
s3:PutBucketTagging
sns:Publish,Subscribe
sts:AssumeRole
"""
"""Actions beside the classified ones that policies ask about: how to gain other permissions, how to deliver."""


def main(folder: Path) -> None:
    namespace: dict[str, str] = {}
    exec((folder / SOURCE).read_text("utf-8"), namespace)
    published = json.loads(namespace["aws_managed_policies_data"])
    wanted = sorted({*(action for use in get_args(Use) for action in actions_of(use)), *_spread(MORE.split())})
    kept = _Kept(wanted)
    policies = {name: kept.policy(published[name]["Document"]) for name in sorted(published)}
    document = {
        "about": "What AWS-managed policies say of the actions listed; the documents are published by AWS.",
        "as_of": max(policy["UpdateDate"] for policy in published.values())[:10],
        "actions": _gathered(wanted),
        "action_lists": list(kept.actions),
        "resource_lists": [json.loads(one) for one in kept.resources],
        "conditions": [json.loads(one) for one in kept.conditions],
        "policies": policies,
    }
    TARGET.write_text(_by_line(document), "utf-8")
    print(f"{len(policies)} policies, {TARGET.stat().st_size} bytes")  # noqa: T201 - a script for people


class _Kept:
    """What is kept, each part once and mentioned by its number."""

    def __init__(self, wanted: list[str]) -> None:
        self.wanted = [action.lower() for action in wanted]
        self.actions: dict[str, int] = {}
        self.resources: dict[str, int] = {}
        self.conditions: dict[str, int] = {}

    def policy(self, document: dict[str, Any]) -> str:
        """The statements as `A1.2.3`: the effect's letter, and the numbers of actions, resources and conditions."""
        if document.get("Version") != "2012-10-17":
            raise ValueError("a managed policy of an old version")
        return " ".join(found for one in _listed(document["Statement"]) if (found := self._statement(one)))

    def _statement(self, statement: dict[str, Any]) -> str:
        negative = "NotAction" in statement
        named = _listed(statement["NotAction" if negative else "Action"])
        if not negative:
            named = [one for one in named if self._concerns(one)]
        if not named:
            return ""
        actions = ("!" if negative else "") + " ".join(_gathered(named))
        reach = {"not": _listed(statement["NotResource"])} if "NotResource" in statement else statement["Resource"]
        numbers = (
            self.actions.setdefault(actions, len(self.actions)),
            self.resources.setdefault(_compact(reach), len(self.resources)),
            self.conditions.setdefault(_compact(statement.get("Condition", {})), len(self.conditions)),
        )
        return str(statement["Effect"])[0] + ".".join(map(str, numbers))

    def _concerns(self, pattern: str) -> bool:
        return any(_matches(pattern, action) for action in self.wanted)


def _matches(pattern: str, action: str) -> bool:
    expression = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, action) is not None


def _spread(lines: Iterable[str]) -> list[str]:
    """`s3:A,B` as `s3:A` and `s3:B`."""
    pairs = (line.partition(":") for line in lines)
    return [f"{service}:{name}" for service, _, names in pairs for name in names.split(",")]


def _gathered(actions: Iterable[str]) -> list[str]:
    """The other way round."""
    services: dict[str, list[str]] = {}
    for action in sorted(actions):
        service, _, name = action.partition(":")
        services.setdefault(service, []).append(name)
    return [f"{service}:{','.join(names)}" if any(names) else service for service, names in services.items()]


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - a list, or one thing in its place
    return value if isinstance(value, list) else [value]


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _by_line(document: dict[str, Any]) -> str:
    """JSON with one entry a line, so that what changes can be read."""
    parts = []
    for name, value in document.items():
        if isinstance(value, dict):
            lines = ",\n".join(f"{_compact(key)}:{_compact(entry)}" for key, entry in value.items())
            parts.append(f"{_compact(name)}:{{\n{lines}\n}}")
        elif isinstance(value, list):
            parts.append(f"{_compact(name)}:[\n" + ",\n".join(map(_compact, value)) + "\n]")
        else:
            parts.append(f"{_compact(name)}:{_compact(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))

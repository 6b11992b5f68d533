"""The least permissions with which an account can be read for some policies, made from the call table.

Most actions that list something cannot be bound to a resource: AWS has none for them, or asks for all of a kind.
Statements of such actions have `AnyResource` at the end of their Sid. All other actions are bound to the kind of
resource that they are about, in any account and Region: a trail of the organization is asked about in its members too,
where it carries the number of another account.
"""

from __future__ import annotations

from guardrails.sources.aws import regions
from guardrails.sources.aws.kinds import kinds
from guardrails.sources.aws.kinds_organizations import DESCRIBE_ORGANIZATION, LIST_ACCOUNTS
from guardrails.sources.aws.needs import needs_parts
from guardrails.sources.aws.session import ASSUME_ROLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from guardrails.sources.aws.calling import Call
    from guardrails.sources.aws.needs import Declared

    Document = dict[str, Any]

MOST_CHARACTERS = 6144
"""Of a managed policy, white space not counted."""
ROLE = "GuardrailsScan"
"""The name of the role that is assumed in each account, unless the user says another."""
_TRAIL = ("cloudtrail:*:*:trail/*",)
_KEY = ("kms:*:*:key/*",)
_TOPIC = ("sns:*:*:*",)
_BUCKET = ("s3:::*",)
_SCP = ("organizations::*:policy/*",)
_PERMISSION_SET = ("sso:::instance/*", "sso:::permissionSet/*")
_REACH: dict[str, tuple[str, ...]] = {
    "cloudtrail:GetEventDataStore": ("cloudtrail:*:*:eventdatastore/*",),
    "cloudtrail:GetEventSelectors": _TRAIL,
    "cloudtrail:GetInsightSelectors": _TRAIL,
    "cloudtrail:GetTrailStatus": _TRAIL,
    "cloudtrail:ListTags": _TRAIL,
    "cloudwatch:GetAlarmMuteRule": ("cloudwatch:*:*:alarm-mute-rule:*",),
    "events:ListTargetsByRule": ("events:*:*:rule/*",),
    "guardduty:GetDetector": ("guardduty:*:*:detector/*",),
    "kms:DescribeKey": _KEY,
    "kms:GetKeyPolicy": _KEY,
    "kms:GetKeyRotationStatus": _KEY,
    "kms:ListGrants": _KEY,
    "logs:DescribeSubscriptionFilters": ("logs:*:*:log-group:*",),
    "logs:GetDeliveryDestinationPolicy": ("logs:*:*:delivery-destination:*",),
    "oam:GetSinkPolicy": ("oam:*:*:sink/*",),
    "organizations:DescribePolicy": _SCP,
    "organizations:ListTargetsForPolicy": _SCP,
    "s3:GetBucketAcl": _BUCKET,
    "s3:GetBucketLocation": _BUCKET,
    "s3:GetBucketLogging": _BUCKET,
    "s3:GetBucketNotification": _BUCKET,
    "s3:GetBucketObjectLockConfiguration": _BUCKET,
    "s3:GetBucketOwnershipControls": _BUCKET,
    "s3:GetBucketPolicy": _BUCKET,
    "s3:GetBucketPublicAccessBlock": _BUCKET,
    "s3:GetBucketVersioning": _BUCKET,
    "s3:GetEncryptionConfiguration": _BUCKET,
    "s3:GetLifecycleConfiguration": _BUCKET,
    "s3:GetReplicationConfiguration": _BUCKET,
    "sns:GetTopicAttributes": _TOPIC,
    "sns:ListSubscriptionsByTopic": _TOPIC,
    "sso:DescribePermissionSet": _PERMISSION_SET,
    "sso:GetInlinePolicyForPermissionSet": _PERMISSION_SET,
    "sso:GetPermissionsBoundaryForPermissionSet": _PERMISSION_SET,
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet": _PERMISSION_SET,
    "sso:ListManagedPoliciesInPermissionSet": _PERMISSION_SET,
}
"""What an action can be bound to, behind `arn:PARTITION:`. Of any other action nothing smaller can be allowed than all
resources."""
_NAMES = {
    "cloudtrail": "CloudTrail",
    "cloudwatch": "CloudWatch",
    "ec2": "EC2",
    "events": "EventBridge",
    "guardduty": "GuardDuty",
    "iam": "IAM",
    "kms": "KMS",
    "oam": "CrossAccountObservability",
    "route53resolver": "Route53Resolver",
    "securityhub": "SecurityHub",
    "sns": "SNS",
    "sso": "IdentityCenter",
}
"""A service as its statements are called."""


def calls(needed: Mapping[str, frozenset[str]]) -> list[Call]:
    """Every call that may be made in an account to read these parts of these types."""
    made = [*regions.CALLS, DESCRIBE_ORGANIZATION]
    for type_, parts in needed.items():
        kind = kinds()[type_]
        made += [step.call for listing in kind.listings for step in listing.steps]
        made += [part.call for part in kind.details if part.always or not part.name or part.name in parts]
    return list({call.name: call for call in made}.values())


def documents(needed: Mapping[str, frozenset[str]], partition: str = "aws") -> list[Document]:
    """The policies of a role that reads an account; several where one would be longer than AWS takes."""
    return list(_divided(list(_statements({call.action for call in calls(needed)}, partition)), MOST_CHARACTERS))


def for_organization(role: str = ROLE, partition: str = "aws") -> Document:
    """The policy of whoever starts a run over an organization: to find its accounts, and to assume a role in each."""
    listing = {"Sid": "FindAccounts", "Effect": "Allow", "Action": [DESCRIBE_ORGANIZATION.action, LIST_ACCOUNTS.action]}
    return _document(
        [
            {
                "Sid": "AssumeRoleInAccounts",
                "Effect": "Allow",
                "Action": [ASSUME_ROLE.action],
                "Resource": [f"arn:{partition}:iam::*:role/{role}"],
            },
            {**listing, "Resource": ["*"]},
        ]
    )


def print_policy(
    policies: Iterable[Declared], *, organization: bool = False, role: str = ROLE, partition: str = "aws"
) -> str:
    """What `guardrails live --print-policy` prints: one policy in JSON, or several by name.

    With `organization`, that of the role in each account, and apart from it that of whoever assumes the role.
    """
    import json

    made = documents(needs_parts(policies), partition)
    if len(made) == 1 and not organization:
        return json.dumps(made[0], indent=2) + "\n"
    names = ["GuardrailsScan"] if len(made) == 1 else [f"GuardrailsScan{number}" for number in range(1, len(made) + 1)]
    by_name = dict(zip(names, made, strict=True))
    if organization:
        by_name["GuardrailsScanOrganization"] = for_organization(role, partition)
    return json.dumps(by_name, indent=2) + "\n"


def _statements(actions: set[str], partition: str) -> Iterator[Document]:
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for action in sorted(actions):
        together.setdefault((action.partition(":")[0], _REACH.get(action, ())), []).append(action)
    for (service, reach), allowed in sorted(together.items()):
        yield {
            "Sid": _sid(service, reach),
            "Effect": "Allow",
            "Action": allowed,
            "Resource": [f"arn:{partition}:{pattern}" for pattern in reach] or ["*"],
        }


def _sid(service: str, reach: tuple[str, ...]) -> str:
    """Letters and figures, the only ones that IAM takes."""
    name = _NAMES.get(service, service.capitalize())
    if not reach:
        return f"{name}AnyResource"
    word = reach[-1].split(":", 3)[-1].replace("/", ":").partition(":")[0].replace("*", "")
    return name + "".join(part[:1].upper() + part[1:] for part in word.split("-"))


def _document(statements: list[Document]) -> Document:
    return {"Version": "2012-10-17", "Statement": statements}


def _divided(statements: list[Document], most: int) -> Iterator[Document]:
    """As few policies as hold the statements in their order, none longer than `most`."""
    held: list[Document] = []
    for statement in statements:
        if held and _length([*held, statement]) > most:
            yield _document(held)
            held = []
        held.append(statement)
    yield _document(held)


def _length(statements: list[Document]) -> int:
    import json

    return len(json.dumps(_document(statements), separators=(",", ":")))

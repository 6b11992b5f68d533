"""IAM: roles, users, groups and the customer's own policies; the permission sets of Identity Center."""

from __future__ import annotations

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Step, arn_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.kind import Context

_ALL = Call(
    "iam",
    "GetAccountAuthorizationDetails",
    "iam:GetAccountAuthorizationDetails",
    items="UserDetailList GroupDetailList RoleDetailList Policies",
)
_OURS: dict[str, object] = {
    # AWS's own policies are left out: there are over a thousand, and what they say is known without asking.
    "Filter": ["User", "Group", "Role", "LocalManagedPolicy"],
    "MaxItems": 1000,
}


def _details(member: str) -> tuple[Listing, ...]:
    """One call for all four kinds: it is made once, whichever of them are asked for."""
    return (Listing((Step(_ALL, member, _OURS),)),)


def _document(policy: Context) -> str:
    """The document of the version that is in force."""
    versions = policy.get("PolicyVersionList")
    for version in versions if isinstance(versions, list) else []:
        if isinstance(version, dict) and version.get("IsDefaultVersion"):
            content = version.get("Document")
            if isinstance(content, str):
                return content
            import json

            return json.dumps(content, separators=(",", ":"))
    return ""


_OF_NO_INTEREST = frozenset(("CreateDate", "InstanceProfileList", "RoleLastUsed", "Tags"))
_BESIDE_DOCUMENT = _OF_NO_INTEREST | {"PolicyVersionList"}
ROLE = Kind(
    "iam.role",
    address="{Arn}",
    listings=_details("RoleDetailList"),
    regional=False,
    listed="role",
    leaves_out=_OF_NO_INTEREST,
    own={"arn": "{Arn}"},
)
USER = Kind(
    "iam.user",
    address="{Arn}",
    listings=_details("UserDetailList"),
    regional=False,
    listed="user",
    leaves_out=_OF_NO_INTEREST,
    own={"name": "{UserName}"},
)
GROUP = Kind(
    "iam.group",
    address="{Arn}",
    listings=_details("GroupDetailList"),
    regional=False,
    listed="group",
    leaves_out=_OF_NO_INTEREST,
    own={"name": "{GroupName}"},
)
POLICY = Kind(
    "iam.policy",
    address="{Arn}",
    listings=_details("Policies"),
    regional=False,
    listed="policy",
    leaves_out=_BESIDE_DOCUMENT,
    own={"arn": "{Arn}", "document": _document},
)

# --- Identity Center --------------------------------------------------------------------------------------------------


def _is_ours(instance: Context) -> bool:
    """Members see the instance of their organization, and may not ask about it."""
    return instance.get("OwnerAccountId", instance["account"]) == instance["account"]


def _instance(permission_set: Context) -> str:
    """Both ARNs have the id of the instance in them."""
    partition, _, _, _, rest = arn_fields(str(permission_set["arn"]))
    return f"arn:{partition}:sso:::instance/{rest.split('/')[1]}"


def _inline(answer: Mapping[str, object], _: Context) -> object:
    """One without an inline policy has an empty text."""
    return answer.get("InlinePolicy") or None


def _of_set(name: str, operation: str, path: str, items: str = "") -> Part:
    return Part(
        name,
        Call("sso-admin", operation, f"sso:{operation}", items=items, absent=("ResourceNotFoundException",)),
        {"InstanceArn": _instance, "PermissionSetArn": "{arn}"},
        path,
        pick=_inline if name == "inline_policy" else None,
    )


PERMISSION_SET = Kind(
    "sso-admin.permission_set",
    address="{item}",
    listings=(
        Listing(
            (
                Step(Call("sso-admin", "ListInstances", "sso:ListInstances", items="Instances"), "Instances"),
                Step(
                    Call("sso-admin", "ListPermissionSets", "sso:ListPermissionSets", items="PermissionSets"),
                    "PermissionSets",
                    {"InstanceArn": "{InstanceArn}"},
                    only=_is_ours,
                ),
            )
        ),
    ),
    listed=None,
    own={"arn": "{item}"},
    details=(
        _of_set("permission_set", "DescribePermissionSet", "PermissionSet"),
        _of_set("boundary", "GetPermissionsBoundaryForPermissionSet", "PermissionsBoundary"),
        _of_set("inline_policy", "GetInlinePolicyForPermissionSet", ""),
        _of_set(
            "managed_policies",
            "ListManagedPoliciesInPermissionSet",
            "AttachedManagedPolicies",
            items="AttachedManagedPolicies",
        ),
        _of_set(
            "customer_managed_policies",
            "ListCustomerManagedPolicyReferencesInPermissionSet",
            "CustomerManagedPolicyReferences",
            items="CustomerManagedPolicyReferences",
        ),
    ),
)
KINDS = (ROLE, USER, GROUP, POLICY, PERMISSION_SET)

"""CloudWatch Logs: groups, filters, and the policies of the service."""

from __future__ import annotations

from guardrails.sources.aws.calling import NOT_YET_EVERYWHERE, Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Pointer, Step, arn_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.kind import Context

_RESOURCE_POLICIES = Call("logs", "DescribeResourcePolicies", "logs:DescribeResourcePolicies", items="resourcePolicies")


def _to_address(text: str, _: Context) -> str:
    """Trails name their log group by its ARN with `:*` behind it."""
    partition, service, region, account, rest = arn_fields(text)
    if service != "logs" or not rest.startswith("log-group:"):
        return ""
    name = rest.removeprefix("log-group:").split(":", 1)[0]
    return f"arn:{partition}:logs:{region}:{account}:log-group:{name}"


def _policy_address(policy: Context) -> str:
    of = policy.get("resourceArn") or f"aws://{policy['account']}/{policy['region']}/logs.policy"
    return f"{of}/{policy.get('policyName') or ''}"


def _listed(operation: str, items: str, parameters: dict[str, object] | None = None) -> tuple[Step, ...]:
    newer = NOT_YET_EVERYWHERE if operation in ("DescribeAccountPolicies", "DescribeDeliveryDestinations") else ()
    call = Call("logs", operation, f"logs:{operation}", items=items, unsupported=newer)
    return (Step(call, items, parameters or {}),)


GROUP = Kind(
    "logs.group",
    address="arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}",
    listings=(Listing(_listed("DescribeLogGroups", "logGroups")),),
    listed="group",
    own={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}"},
    name="group.logGroupName",
    sparing=True,
    points=(Pointer("group.kmsKeyId", "kms.key"),),
    to_address=_to_address,
    gone=("ResourceNotFoundException",),
)
FILTER = Kind(
    "logs.filter",
    address="aws://{account}/{region}/logs.filter/{logGroupName}/{filterName}",
    listings=(Listing(_listed("DescribeMetricFilters", "metricFilters"), after="logs.group"),),
)
SUBSCRIPTION_FILTER = Kind(
    "logs.subscription_filter",
    address="aws://{account}/{region}/logs.subscription_filter/{logGroupName}/{filterName}",
    listings=(
        Listing(
            _listed("DescribeSubscriptionFilters", "subscriptionFilters", {"logGroupName": "{group.logGroupName}"}),
            of="logs.group",
        ),
    ),
)
ACCOUNT_POLICY = Kind(
    "logs.account_policy",
    address="aws://{account}/{region}/logs.account_policy/{policyType}/{policyName}",
    listings=(
        # Those about anything else than subscriptions are not read.
        Listing(
            _listed("DescribeAccountPolicies", "accountPolicies", {"policyType": "SUBSCRIPTION_FILTER_POLICY"}),
            after="logs.group",
        ),
    ),
)
POLICY = Kind(
    "logs.policy",
    address=_policy_address,
    listings=(
        Listing((Step(_RESOURCE_POLICIES, "resourcePolicies"),)),
        # That list leaves out what is attached to a single log group.
        Listing(
            (
                Step(
                    _RESOURCE_POLICIES,
                    "resourcePolicies",
                    {"policyScope": "RESOURCE", "resourceArn": "{arn}"},
                ),
            ),
            of="logs.group",
        ),
    ),
)
DESTINATION = Kind(
    "logs.destination",
    address="{arn}",
    listings=(Listing(_listed("DescribeDestinations", "destinations")),),
)
DELIVERY_DESTINATION = Kind(
    "logs.delivery_destination",
    address="{arn}",
    listings=(Listing(_listed("DescribeDeliveryDestinations", "deliveryDestinations")),),
    details=(
        Part(
            "",
            Call(
                "logs",
                "GetDeliveryDestinationPolicy",
                "logs:GetDeliveryDestinationPolicy",
                absent=("ResourceNotFoundException",),
            ),
            {"deliveryDestinationName": "{name}"},
            "policy",
        ),
    ),
)
KINDS = (GROUP, FILTER, SUBSCRIPTION_FILTER, ACCOUNT_POLICY, POLICY, DESTINATION, DELIVERY_DESTINATION)

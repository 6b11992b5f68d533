"""What happened lately: calls by name, out of the event history that every account and Region keeps for 90 days.

Nothing of this is asked unless a policy needs it. CloudTrail answers two requests a second for each account and Region,
so one page is read for each name: the latest 50 calls. There are more where it says so. Of a call is kept who made it,
when, and whether it was refused; neither what was asked for nor what was answered.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.kind import Context

HOURS = 24
"""How far back is looked."""
MOST_CALLS = 50
"""Calls of one name that are read in one Region; no page has more."""
GLOBAL_CALLS = (
    # Who changes what identities may do.
    *("AddUserToGroup", "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreateAccessKey"),
    *("CreateLoginProfile", "CreatePolicyVersion", "DeactivateMFADevice", "DeleteRolePermissionsBoundary"),
    *("DeleteUserPermissionsBoundary", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy", "SetDefaultPolicyVersion"),
    *("UpdateAssumeRolePolicy", "UpdateLoginProfile"),
    # Who looks around among identities.
    *("GetAccountAuthorizationDetails", "GetAccountPasswordPolicy", "GetAccountSummary", "GetPolicyVersion"),
    *("ListAccessKeys", "ListAttachedRolePolicies", "ListAttachedUserPolicies", "ListGroups", "ListGroupsForUser"),
    *("ListPolicies", "ListRoles", "ListUserPolicies", "ListUsers", "SimulatePrincipalPolicy"),
)
"""Calls of IAM, which are recorded in one Region of a partition."""
REGIONAL_CALLS = (
    *("Converse", "ConverseStream", "CreateFoundationModelAgreement", "DeleteModelInvocationLoggingConfiguration"),
    *("GetFoundationModelAvailability", "GetModelInvocationLoggingConfiguration", "GetUseCaseForModelAccess"),
    *("InvokeModel", "InvokeModelWithResponseStream", "ListFoundationModelAgreementOffers"),
    *("PutFoundationModelEntitlement", "PutUseCaseForModelAccess"),
)
"""Calls of Bedrock."""
LEADING = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""By partition, the Region in which calls of IAM are recorded."""
LOOKUP_EVENTS = Call("cloudtrail", "LookupEvents", "cloudtrail:LookupEvents", first_page=True)


def _is_leading(place: Context) -> bool:
    return place.get("region") == LEADING.get(str(place.get("partition")), place.get("region"))


def _since(_: Context) -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime.now(UTC) - timedelta(hours=HOURS)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _who_and_when(answer: Mapping[str, object]) -> dict[str, object]:
    """An answer without what calls were about, and with no more of its token than that there are further ones."""
    events = answer.get("Events")
    kept = [_kept(event) for event in events if isinstance(event, dict)] if isinstance(events, list) else []
    return {"Events": kept, **({"NextToken": "more"} if answer.get("NextToken") else {})}


def _kept(event: Mapping[str, object]) -> dict[str, object]:
    try:
        record = json.loads(str(event.get("CloudTrailEvent", "")))
    except ValueError:
        record = None
    found = {name: event[name] for name in ("EventName", "EventSource", "EventTime") if name in event}
    if not isinstance(record, dict):
        return found
    identity = record.get("userIdentity")
    whole = identity if isinstance(identity, dict) else {}
    context = whole.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    who = {name: whole[name] for name in ("arn", "invokedBy", "type") if name in whole}
    if isinstance(issuer, dict) and "arn" in issuer:
        who["sessionContext"] = {"sessionIssuer": {"arn": issuer["arn"]}}
    told = {"errorCode": record["errorCode"]} if "errorCode" in record else {}
    return {**found, "CloudTrailEvent": {"userIdentity": who, **told}}


def _looking_for(name: str, *, everywhere: bool) -> Listing:
    return Listing(
        (
            Step(
                LOOKUP_EVENTS,
                parameters={
                    "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}],
                    "StartTime": _since,
                    "MaxResults": MOST_CALLS,
                },
                names={"looked_for": name},
                only=None if everywhere else _is_leading,
                pick=_who_and_when,
            ),
        )
    )


LOOKUP = Kind(
    "cloudtrail.lookup",
    address="aws://{account}/{region}/cloudtrail.lookup/{looked_for}",
    listings=(
        *(_looking_for(name, everywhere=False) for name in GLOBAL_CALLS),
        *(_looking_for(name, everywhere=True) for name in REGIONAL_CALLS),
    ),
    own={"EventName": "{looked_for}"},
)
KINDS = (LOOKUP,)

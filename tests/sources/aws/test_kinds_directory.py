"""Identities, the organization, and what detects beside CloudTrail: how they are found, and what is kept of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from answering import ACCOUNT, OTHER, REGION, Answering, Refused
from live_calls import mistakes

from guardrails.sources.aws.collect import Scope, collect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.snapshot import AccountSnapshot, Collected

REGIONS = (REGION, "us-east-1")
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TAGS = [{"Key": "owner", "Value": "somebody@example.com"}]


def read(*types: str, regions: tuple[str, ...] = REGIONS, **answers: Any) -> tuple[AccountSnapshot, Answering]:  # noqa: ANN401 - of any kind
    """What is read of these types, where calls are answered so: `service__Operation`."""
    caller = Answering({name.replace("__", ".").replace("sso_", "sso-"): said for name, said in answers.items()})
    return collect(Scope(ACCOUNT, regions), frozenset(types), caller, workers=2), caller


def only(snapshot: AccountSnapshot) -> Collected:
    """The one resource that there is, with answers of which each may be one of AWS's."""
    (found,) = snapshot.resources
    assert list(mistakes(found.type, {name: said for name, said in found.answers.items() if said is not None})) == []
    return found


# --- identities -------------------------------------------------------------------------------------------------------

IDENTITIES = {
    "UserDetailList": [
        {
            "UserName": "ada",
            "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
            "Path": "/",
            "GroupList": ["people"],
            "Tags": TAGS,
            "CreateDate": "2026-01-01T00:00:00Z",
        }
    ],
    "GroupDetailList": [{"GroupName": "people", "Arn": f"arn:aws:iam::{ACCOUNT}:group/people", "Path": "/"}],
    "RoleDetailList": [
        {
            "RoleName": "shop",
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/shop",
            "Path": "/",
            "AssumeRolePolicyDocument": ALLOW,
            "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": ALLOW}],
            "Tags": TAGS,
            "RoleLastUsed": {"Region": REGION},
        }
    ],
    "Policies": [
        {
            "PolicyName": "readers",
            "Arn": f"arn:aws:iam::{ACCOUNT}:policy/readers",
            "Path": "/",
            "AttachmentCount": 1,
            "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": []}},
                {"VersionId": "v2", "IsDefaultVersion": True, "Document": ALLOW},
            ],
        }
    ],
}


def test_one_call_answers_for_all_kinds_of_identity_and_leaves_out_those_of_aws() -> None:
    types = ("iam.role", "iam.user", "iam.group", "iam.policy")
    snapshot, caller = read(*types, iam__GetAccountAuthorizationDetails=IDENTITIES)

    assert [one.type for one in snapshot.resources] == list(types)
    ((region, given),) = caller.asked("iam.GetAccountAuthorizationDetails")
    assert region == ""
    assert given["Filter"] == ["User", "Group", "Role", "LocalManagedPolicy"]


def test_of_identities_no_tags_are_kept_and_of_a_policy_the_version_in_force() -> None:
    role = only(read("iam.role", iam__GetAccountAuthorizationDetails=IDENTITIES)[0])
    user = only(read("iam.user", iam__GetAccountAuthorizationDetails=IDENTITIES)[0])
    policy = only(read("iam.policy", iam__GetAccountAuthorizationDetails=IDENTITIES)[0])

    assert "example.com" not in repr((role.answers, user.answers))
    assert (role.answers["arn"], user.answers["name"]) == (role.address, "ada")
    assert json.loads(str(policy.answers["document"])) == ALLOW
    assert "PolicyVersionList" not in repr(policy.answers)


def test_identities_that_may_not_be_read_are_not_taken_for_none() -> None:
    snapshot, _ = read("iam.role", "iam.policy", iam__GetAccountAuthorizationDetails=Refused())

    assert snapshot.resources == ()
    assert {name for one in snapshot.unlisted for name in one.types} == {"iam.role", "iam.policy"}


# --- Identity Center --------------------------------------------------------------------------------------------------

INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
SET = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"


def instance_of(owner: str) -> Any:  # noqa: ANN401 - a function of a call
    def instances(region: str, _: Mapping[str, object]) -> dict[str, object]:
        there = [{"InstanceArn": INSTANCE, "OwnerAccountId": owner}] if region == REGION else []
        return {"Instances": there}

    return instances


def test_permission_sets_are_read_where_identity_center_is() -> None:
    snapshot, caller = read(
        "sso-admin.permission_set",
        sso_admin__ListInstances=instance_of(ACCOUNT),
        sso_admin__ListPermissionSets={"PermissionSets": [SET]},
        sso_admin__DescribePermissionSet={"PermissionSet": {"Name": "Admin", "PermissionSetArn": SET}},
        sso_admin__GetInlinePolicyForPermissionSet={"InlinePolicy": ""},
        sso_admin__GetPermissionsBoundaryForPermissionSet=Refused("ResourceNotFoundException"),
        sso_admin__ListManagedPoliciesInPermissionSet={
            "AttachedManagedPolicies": [{"Name": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/A"}]
        },
        sso_admin__ListCustomerManagedPolicyReferencesInPermissionSet={"CustomerManagedPolicyReferences": []},
    )

    found = only(snapshot)
    assert (found.address, found.region) == (SET, REGION)
    assert (found.answers["inline_policy"], found.answers["boundary"]) == (None, None)
    assert dict(found.refused) == {}
    assert [region for region, _ in caller.asked("sso-admin.ListInstances")] == list(REGIONS)
    assert caller.asked("sso-admin.DescribePermissionSet") == [
        (REGION, {"InstanceArn": INSTANCE, "PermissionSetArn": SET})
    ]


def test_members_see_the_instance_of_their_organization_and_ask_nothing_about_it() -> None:
    snapshot, caller = read("sso-admin.permission_set", sso_admin__ListInstances=instance_of(OTHER))

    assert (snapshot.resources, snapshot.unlisted) == ((), ())
    assert set(caller.counts) == {"sso-admin.ListInstances"}


# --- the organization -------------------------------------------------------------------------------------------------

OF_ORGANIZATION = ("organizations.organization", "organizations.policy", "organizations.delegated_administrator")


def organization(management: str) -> dict[str, object]:
    return {
        "Organization": {
            "Id": "o-exampleorgid",
            "Arn": f"arn:aws:organizations::{management}:organization/o-exampleorgid",
            "FeatureSet": "ALL",
            "MasterAccountId": management,
            "MasterAccountEmail": "root@example.com",
        }
    }


SCP = f"arn:aws:organizations::{ACCOUNT}:policy/o-exampleorgid/service_control_policy/p-1"
SUMMARY = {"Id": "p-1", "Arn": SCP, "Name": "guard", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": False}


def test_the_management_account_tells_all_of_the_organization() -> None:
    snapshot, caller = read(
        *OF_ORGANIZATION,
        organizations__DescribeOrganization=organization(ACCOUNT),
        organizations__ListAWSServiceAccessForOrganization={
            "EnabledServicePrincipals": [{"ServicePrincipal": "cloudtrail.amazonaws.com"}]
        },
        organizations__ListPolicies={"Policies": [SUMMARY]},
        organizations__DescribePolicy={"Policy": {"PolicySummary": SUMMARY, "Content": json.dumps(ALLOW)}},
        organizations__ListTargetsForPolicy={"Targets": [{"TargetId": "r-abcd", "Type": "ROOT"}]},
        organizations__ListDelegatedAdministrators={
            "DelegatedAdministrators": [{"Id": OTHER, "Email": "security@example.com", "Status": "ACTIVE"}]
        },
        organizations__ListDelegatedServicesForAccount={
            "DelegatedServices": [
                {"ServicePrincipal": "cloudtrail.amazonaws.com"},
                {"ServicePrincipal": "config.amazonaws.com"},
            ]
        },
    )

    assert [one.type for one in snapshot.resources] == [
        OF_ORGANIZATION[0],
        OF_ORGANIZATION[1],
        *OF_ORGANIZATION[2:] * 2,
    ]
    whole, policy, first, second = snapshot.resources
    assert whole.answers["trusted_services"] == [{"ServicePrincipal": "cloudtrail.amazonaws.com"}]
    assert (policy.address, policy.answers["content"]) == (SCP, json.dumps(ALLOW))
    assert policy.answers["targets"] == [{"TargetId": "r-abcd", "Type": "ROOT"}]
    said = [one.answers["administrator"] for one in (first, second)]
    assert said == [
        {"Id": OTHER, "Arn": whole.address, "Status": "ACTIVE", "ServicePrincipal": f"{name}.amazonaws.com"}
        for name in ("cloudtrail", "config")
    ]
    assert "@" not in repr([one.answers for one in snapshot.resources])
    assert caller.asked("organizations.ListPolicies") == [("", {"Filter": "SERVICE_CONTROL_POLICY"})]
    assert caller.counts["organizations.DescribeOrganization"] == 1
    assert len({one.address for one in snapshot.resources}) == 4


@pytest.mark.parametrize("answer", [organization(OTHER), Refused("AWSOrganizationsNotInUseException")])
def test_a_member_and_an_account_of_none_ask_no_further(answer: object) -> None:
    snapshot, caller = read(*OF_ORGANIZATION, organizations__DescribeOrganization=answer)

    assert (snapshot.resources, snapshot.unlisted) == ((), ())
    assert caller.counts == {"organizations.DescribeOrganization": 1}


def test_an_organization_that_may_not_be_described_is_not_taken_for_none() -> None:
    snapshot, _ = read(*OF_ORGANIZATION, organizations__DescribeOrganization=Refused("AccessDeniedException"))

    assert {name for one in snapshot.unlisted for name in one.types} == set(OF_ORGANIZATION)


# --- what detects -----------------------------------------------------------------------------------------------------


def test_a_recorder_has_the_status_of_its_name() -> None:
    recorders = [{"name": name, "roleARN": f"arn:aws:iam::{ACCOUNT}:role/config"} for name in ("default", "other")]
    snapshot, caller = read(
        "config.recorder",
        regions=(REGION,),
        config__DescribeConfigurationRecorders={"ConfigurationRecorders": recorders},
        config__DescribeConfigurationRecorderStatus={
            "ConfigurationRecordersStatus": [{"name": "other", "recording": True}]
        },
    )

    assert [one.answers["status"] for one in snapshot.resources] == [None, {"name": "other", "recording": True}]
    assert caller.counts["config.DescribeConfigurationRecorderStatus"] == 1


def test_what_delivers_to_a_bucket_makes_it_matter() -> None:
    snapshot, caller = read(
        "config.delivery_channel",
        "ec2.flow_log",
        "route53resolver.query_log_config",
        "s3.bucket",
        regions=(REGION,),
        config__DescribeDeliveryChannels={"DeliveryChannels": [{"name": "default", "s3BucketName": "config"}]},
        ec2__DescribeFlowLogs={
            "FlowLogs": [{"FlowLogId": "fl-1", "LogDestination": "arn:aws:s3:::flows/vpc/", "Tags": TAGS}]
        },
        route53resolver__ListResolverQueryLogConfigs={
            "ResolverQueryLogConfigs": [
                {
                    "Arn": f"arn:aws:route53resolver:{REGION}:{ACCOUNT}:resolver-query-log-config/rqlc-1",
                    "DestinationArn": "arn:aws:s3:::queries",
                }
            ]
        },
        s3__ListBuckets={
            "Buckets": [{"Name": name, "BucketRegion": REGION} for name in ("config", "flows", "queries", "shop")]
        },
    )

    assert [given["Bucket"] for _, given in caller.asked("s3.GetBucketVersioning")] == ["config", "flows", "queries"]
    assert "example.com" not in repr([one.answers for one in snapshot.resources])


def test_a_detector_says_what_its_id_answers() -> None:
    types = ("guardduty.detector", "guardduty.organization_configuration")
    snapshot, _ = read(
        *types,
        regions=(REGION,),
        guardduty__ListDetectors={"DetectorIds": ["abc"]},
        guardduty__GetDetector={"Status": "ENABLED", "ServiceRole": "arn", "Tags": {"owner": "somebody@example.com"}},
        guardduty__DescribeOrganizationConfiguration={"AutoEnable": False, "AutoEnableOrganizationMembers": "ALL"},
    )

    detector, whole = snapshot.resources
    assert detector.address == f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/abc"
    assert (detector.answers["DetectorId"], detector.answers["Status"]) == ("abc", "ENABLED")
    assert "Tags" not in detector.answers
    assert (whole.answers["DetectorId"], whole.answers["AutoEnableOrganizationMembers"]) == ("abc", "ALL")


def test_a_detector_that_may_not_be_asked_is_there_and_unknown() -> None:
    snapshot, _ = read(
        "guardduty.detector",
        regions=(REGION,),
        guardduty__ListDetectors={"DetectorIds": ["abc"]},
        guardduty__GetDetector=Refused(),
    )

    (detector,) = snapshot.resources
    assert list(detector.refused) == [""]


def test_only_the_administrator_of_guardduty_has_settings_of_the_organization() -> None:
    snapshot, _ = read(
        "guardduty.detector",
        "guardduty.organization_configuration",
        regions=(REGION,),
        guardduty__ListDetectors={"DetectorIds": ["abc"]},
        guardduty__DescribeOrganizationConfiguration=Refused("BadRequestException"),
    )

    assert [one.type for one in snapshot.resources] == ["guardduty.detector"]
    assert snapshot.unlisted == ()


def test_security_hub_that_is_not_subscribed_is_not_there_and_asked_no_further() -> None:
    types = ("securityhub.hub", "securityhub.standard", "securityhub.organization_configuration")
    hub = f"arn:aws:securityhub:us-east-1:{ACCOUNT}:hub/default"

    def described(region: str, _: Mapping[str, object]) -> object:
        return (
            {"HubArn": hub, "AutoEnableControls": True} if region == "us-east-1" else Refused("InvalidAccessException")
        )

    snapshot, caller = read(
        *types,
        securityhub__DescribeHub=described,
        securityhub__GetEnabledStandards={"StandardsSubscriptions": []},
        securityhub__DescribeOrganizationConfiguration=Refused("InvalidAccessException"),
    )

    assert only(snapshot).address == hub
    assert snapshot.unlisted == ()
    assert [region for region, _ in caller.asked("securityhub.GetEnabledStandards")] == ["us-east-1"]


def test_a_sink_without_a_policy_has_none() -> None:
    sink = f"arn:aws:oam:{REGION}:{ACCOUNT}:sink/1"
    snapshot, _ = read(
        "oam.sink",
        "oam.link",
        regions=(REGION,),
        oam__ListSinks={"Items": [{"Arn": sink, "Id": "1", "Name": "central"}]},
        oam__GetSinkPolicy=Refused("ResourceNotFoundException"),
    )

    assert (only(snapshot).address, only(snapshot).answers["policy"]) == (sink, None)

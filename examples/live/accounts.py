"""Accounts to scan: one that was never looked after, one that is in order, and an organization.

They are made over HTTP in a server that simulates AWS (`simulated.py`); every function takes a `Server`. All names are
made up. `python examples/live/accounts.py http://127.0.0.1:5000 misconfigured` makes one by hand.

The server is moto, which is not AWS. What it answers otherwise (version 5.2.5, mended) and what that means here: there
are no event data stores and no composite alarms; a new bucket has neither a public access block nor ownership controls,
as one that was made before April 2023; metric filters that AWS refuses, and trails whose bucket policy does not let
them in, are accepted. What is made here AWS would accept as well, but for what a comment says.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import botocore.session  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.config import Config  # type: ignore[import-untyped]  # as above
from resources import (
    closed,
    document,
    log_key,
    make_alarm,
    make_alerts,
    make_audit_bucket,
    make_bucket,
    make_detection,
    make_filter,
    make_key,
    make_role,
    make_trail,
    trail_key,
    trail_statements,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNT = "123456789012"
"""The account that moto's server takes any credentials for."""
ROLE = "OrganizationAccountAccessRole"
"""The role that an organization makes in its new accounts; moto lets anybody assume it."""


class Server:
    """A server of moto, and how to act in the accounts and Regions that it simulates."""

    def __init__(self, endpoint: str, region: str = "eu-central-1") -> None:
        self.endpoint = endpoint
        self.region = region
        """Where an account acts unless another Region is given."""
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, account: str = ACCOUNT, region: str = "") -> Any:  # noqa: ANN401 - as botocore has it
        """botocore's client of a service in an account."""
        key = (service, account, region or self.region)
        if key not in self._clients:
            # A bucket or an account in front of the host, as AWS has it, would need DNS.
            config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
            client = self._session(account).create_client(
                service, region_name=key[2], endpoint_url=self.endpoint, config=config
            )
            client.meta.events.register("before-sign.s3-control", partial(_without_account, account))
            self._clients[key] = client
        return self._clients[key]

    def _session(self, account: str) -> Any:  # noqa: ANN401 - as above
        if account not in self._sessions:
            session = botocore.session.Session()
            session.set_credentials("testing", "testing")
            if account != ACCOUNT:
                role = f"arn:aws:iam::{account}:role/{ROLE}"
                answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName="examples")["Credentials"]
                session.set_credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
            self._sessions[account] = session
        return self._sessions[account]


def _without_account(account: str, request: Any, **_: object) -> None:  # noqa: ANN401 - as above
    request.url = request.url.replace(f"//{account}.", "//", 1)


def misconfigured(server: Server, account: str = ACCOUNT) -> None:
    """Larkspur Books, in eu-west-1 whatever Region the server is used in: an audit trail that grew by itself.

    Switched on in an afternoon and given an alarm after an audit; nobody ever tried whether any of it works.
    """
    region = "eu-west-1"

    client = partial(server.client, account=account, region=region)
    bucket = "larkspur-books-trail"
    make_bucket(client("s3"), bucket, region)
    client("s3").put_bucket_policy(
        Bucket=bucket,
        Policy=document(
            *trail_statements(bucket, account),
            {
                "Sid": "Dashboard",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            },
        ),
    )
    client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [{"ID": "costs", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}]
        },
    )

    group = "larkspur/cloudtrail"
    client("logs").create_log_group(logGroupName=group)
    role = make_role(client("iam"), "CloudTrail_CloudWatchLogs_Role", "cloudtrail.amazonaws.com", account)
    client("iam").put_role_policy(
        RoleName="CloudTrail_CloudWatchLogs_Role",
        PolicyName="oneClick_CloudTrail_CloudWatchLogs",
        PolicyDocument=document({"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"}),
    )
    client("cloudtrail").create_trail(
        Name="larkspur-books",
        S3BucketName=bucket,
        IncludeGlobalServiceEvents=False,
        IsMultiRegionTrail=False,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{region}:{account}:log-group:{group}:*",
        CloudWatchLogsRoleArn=role,
    )
    client("cloudtrail").start_logging(Name="larkspur-books")

    # The trail of a trial two years ago, switched off when the trial was over.
    client("cloudtrail", region="us-east-1").create_trail(
        Name="evaluation", S3BucketName=bucket, S3KeyPrefix="evaluation", IsMultiRegionTrail=True
    )

    topic = client("sns").create_topic(Name="larkspur-alerts")["TopicArn"]
    # Nobody ever followed the link in the mail.
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="office@larkspur-books.example")

    for name, pattern, actions in (
        # `Root` is spelled with a capital letter in every record.
        ("root-use", '{ $.userIdentity.type = "root" }', [topic]),
        # No call has two names.
        ("trail-changes", "{ ($.eventName = StopLogging) && ($.eventName = DeleteTrail) }", [topic]),
        # Rightly matched, and the alarm does nothing.
        ("console-failures", '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }', []),
    ):
        make_filter(client("logs"), group, name, pattern, "Larkspur")
        make_alarm(client("cloudwatch"), name, "Larkspur", actions)

    client("iam").create_user(UserName="build")
    client("iam").put_user_policy(
        UserName="build",
        PolicyName="everything",
        PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    )
    client("guardduty").create_detector(Enable=False)


def good(server: Server, account: str = ACCOUNT) -> None:
    """Quillon Instruments, in eu-central-1: everything that the high and medium policies ask for, as far as a single
    account can have it. It is in no organization, and its logs lie where it could reach them."""
    region = "eu-central-1"
    trail = f"arn:aws:cloudtrail:{region}:{account}:trail/quillon-audit"

    client = partial(server.client, account=account, region=region)
    key = make_key(client("kms"), "quillon-audit", trail_key(account, trail), log_key(account, region))
    make_audit_bucket(client, "quillon-audit-logs", region, key, trail_statements("quillon-audit-logs", account, trail))
    client("s3control").put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=closed())
    make_trail(client, "quillon-audit", "quillon-audit-logs", key, key, account, region)
    make_alerts(client, "quillon", "/quillon-audit/cloudtrail", key, account, region)
    make_detection(client, "quillon-audit-logs", account)


class Organization:
    """The ids of the accounts of Halden Freight, which moto chooses."""

    def __init__(self, id: str, management: str, log_archive: str, security: str, workload: str) -> None:
        self.id = id
        self.management = management
        self.log_archive = log_archive
        """Keeps the organization's logs: the central bucket and its key."""
        self.security = security
        """Administers CloudTrail on behalf of the management account."""
        self.workload = workload
        """Runs a service, and has no trail of its own."""

    @property
    def accounts(self) -> tuple[str, str, str, str]:
        return self.management, self.log_archive, self.security, self.workload


def organization(server: Server) -> Organization:
    """Halden Freight, in eu-central-1: one trail of the management account for all, the logs in an account of their
    own."""
    region = "eu-central-1"
    management = ACCOUNT

    organizations = server.client("organizations", management, "us-east-1")
    organization_id = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    log_archive, security, workload = (
        organizations.create_account(AccountName=name, Email=f"aws+{name}@halden-freight.example")[
            "CreateAccountStatus"
        ]["AccountId"]
        for name in ("log-archive", "security", "parcel-tracking")
    )
    made = Organization(organization_id, management, log_archive, security, workload)
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    organizations.register_delegated_administrator(AccountId=security, ServicePrincipal="cloudtrail.amazonaws.com")
    _guard_members(organizations, region)

    trail = f"arn:aws:cloudtrail:{region}:{management}:trail/halden-organization"
    bucket = "halden-freight-audit-logs"

    archive = partial(server.client, account=log_archive, region=region)
    manager = partial(server.client, account=management, region=region)
    key = make_key(archive("kms"), "halden-audit-logs", trail_key(log_archive, trail))
    statements = trail_statements(bucket, management, trail) + trail_statements(bucket, organization_id, trail)[1:]
    make_audit_bucket(archive, bucket, region, key, statements)
    log_group_key = make_key(manager("kms"), "halden-monitoring", log_key(management, region))
    make_trail(manager, "halden-organization", bucket, key, log_group_key, management, region, organization=True)
    make_alerts(manager, "halden", "/halden-organization/cloudtrail", log_group_key, management, region)
    for account in made.accounts:
        member = partial(server.client, account=account, region=region)
        member("s3control").put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=closed())
        make_detection(member, bucket, account)
    return made


def _guard_members(organizations: Any, region: str) -> None:  # noqa: ANN401 - a client of botocore
    """Keeps members from touching trails, and from acting where nobody looks."""
    root = organizations.list_roots()["Roots"][0]["Id"]
    # In AWS a new organization has to switch this on first.
    if not organizations.list_roots()["Roots"][0]["PolicyTypes"]:
        organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    for name, statement in (
        (
            "keep-trails",
            {
                "Effect": "Deny",
                "Action": [
                    "cloudtrail:DeleteTrail",
                    "cloudtrail:PutEventSelectors",
                    "cloudtrail:PutInsightSelectors",
                    "cloudtrail:StopLogging",
                    "cloudtrail:UpdateTrail",
                ],
                "Resource": "*",
            },
        ),
        (
            "regions-in-use",
            {
                "Effect": "Deny",
                "NotAction": ["cloudfront:*", "iam:*", "organizations:*", "route53:*", "sts:*", "support:*"],
                "Resource": "*",
                "Condition": {"StringNotEquals": {"aws:RequestedRegion": [region, "us-east-1"]}},
            },
        ),
    ):
        policy = organizations.create_policy(
            Name=name, Description=name, Type="SERVICE_CONTROL_POLICY", Content=document(statement)
        )["Policy"]["PolicySummary"]["Id"]
        organizations.attach_policy(PolicyId=policy, TargetId=root)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2 or arguments[1] not in ("misconfigured", "good", "organization"):
        sys.stderr.write("usage: accounts.py http://127.0.0.1:5000 misconfigured|good|organization\n")
        return 2
    endpoint, name = arguments
    server = Server(endpoint)
    if name == "organization":
        made = organization(server)
        sys.stdout.write(f"{made.id}: management {made.management}, log archive {made.log_archive}, ")
        sys.stdout.write(f"security {made.security}, workload {made.workload}\n")
    else:
        (misconfigured if name == "misconfigured" else good)(server)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""S3: buckets, and the public access block of the account."""

from __future__ import annotations

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Pointer, Step, arn_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.kind import Context

_LOCATION = Call("s3", "GetBucketLocation", "s3:GetBucketLocation")
_MOST_BUCKETS = 1000
"""On one page of the listing. Only an answer in pages says in which Region a bucket is."""


def _region(bucket: Context) -> str:
    """Where a bucket is by the older call, which has words of its own for two Regions."""
    constraint = bucket.get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if constraint == "EU" else str(constraint)


def _name(bucket: Context) -> str:
    return arn_fields(str(bucket["address"]))[4]


def _accepts_trails(bucket: Context) -> bool:
    """Whether its policy speaks of CloudTrail; what it grants is not judged here."""
    return "cloudtrail.amazonaws.com" in str(bucket.get("policy") or "")


def _to_address(text: str, of: Context) -> str:
    """A bucket is named by its name, by its ARN or by that of objects in it."""
    partition, service, _, _, rest = arn_fields(text)
    if partition and service != "s3":
        return ""
    name = (rest if partition else text).split("/", 1)[0]
    return f"arn:{partition or of['partition']}:s3:::{name}"


def _of_bucket(name: str, operation: str, action: str, path: str, absent: str = "") -> Part:
    call = Call("s3", operation, action, absent=(absent,) if absent else ())
    return Part(name, call, {"Bucket": "{name}"}, path, always=name == "policy")


BUCKET = Kind(
    "s3.bucket",
    address="arn:{partition}:s3:::{Name}",
    listings=(
        Listing(
            (
                Step(
                    Call("s3", "ListBuckets", "s3:ListAllMyBuckets", items="Buckets"),
                    "Buckets",
                    {"MaxBuckets": _MOST_BUCKETS},
                ),
                Step(
                    _LOCATION,
                    "",
                    {"Bucket": "{Name}"},
                    names={"BucketRegion": _region},
                    only=lambda bucket: not bucket.get("BucketRegion"),
                    adds=True,
                ),
            )
        ),
    ),
    regional=False,
    region="{BucketRegion}",
    listed="bucket",
    own={"name": "{Name}"},
    details=(
        _of_bucket("policy", "GetBucketPolicy", "s3:GetBucketPolicy", "Policy", "NoSuchBucketPolicy"),
        _of_bucket(
            "public_access_block",
            "GetPublicAccessBlock",
            "s3:GetBucketPublicAccessBlock",
            "PublicAccessBlockConfiguration",
            "NoSuchPublicAccessBlockConfiguration",
        ),
        _of_bucket("acl", "GetBucketAcl", "s3:GetBucketAcl", ""),
        _of_bucket(
            "ownership",
            "GetBucketOwnershipControls",
            "s3:GetBucketOwnershipControls",
            "OwnershipControls",
            "OwnershipControlsNotFoundError",
        ),
        _of_bucket("versioning", "GetBucketVersioning", "s3:GetBucketVersioning", ""),
        _of_bucket(
            "object_lock",
            "GetObjectLockConfiguration",
            "s3:GetBucketObjectLockConfiguration",
            "ObjectLockConfiguration",
            "ObjectLockConfigurationNotFoundError",
        ),
        _of_bucket(
            "encryption",
            "GetBucketEncryption",
            "s3:GetEncryptionConfiguration",
            "ServerSideEncryptionConfiguration",
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        _of_bucket(
            "lifecycle",
            "GetBucketLifecycleConfiguration",
            "s3:GetLifecycleConfiguration",
            "",
            "NoSuchLifecycleConfiguration",
        ),
        _of_bucket(
            "replication",
            "GetBucketReplication",
            "s3:GetReplicationConfiguration",
            "ReplicationConfiguration",
            "ReplicationConfigurationNotFoundError",
        ),
        _of_bucket("logging", "GetBucketLogging", "s3:GetBucketLogging", "LoggingEnabled"),
        _of_bucket("notification", "GetBucketNotificationConfiguration", "s3:GetBucketNotification", ""),
    ),
    name="name",
    sparing=True,
    evidence=_accepts_trails,
    points=(
        Pointer("encryption.Rules.ApplyServerSideEncryptionByDefault.KMSMasterKeyID", "kms.key"),
        Pointer("logging.TargetBucket", "s3.bucket"),
        Pointer("replication.Rules.Destination.Bucket", "s3.bucket"),
        Pointer("notification.TopicConfigurations.TopicArn", "sns.topic"),
    ),
    to_address=_to_address,
    alone=Listing(
        (
            Step(
                _LOCATION,
                "",
                {"Bucket": _name, "ExpectedBucketOwner": "{account}"},
                names={"Name": _name, "BucketRegion": _region},
                adds=True,
            ),
        )
    ),
    probe=Part("", _LOCATION, {"Bucket": _name}),
    gone=("NoSuchBucket",),
)
ACCOUNT_BLOCK = Kind(
    "s3control.public_access_block",
    address="aws://{account}//s3control.public_access_block/account",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "s3control",
                        "GetPublicAccessBlock",
                        "s3:GetAccountPublicAccessBlock",
                        absent=("NoSuchPublicAccessBlockConfiguration",),
                    ),
                    "PublicAccessBlockConfiguration",
                    {"AccountId": "{account}"},
                ),
            )
        ),
    ),
    regional=False,
    own={"account_id": "{account}"},
)
KINDS = (BUCKET, ACCOUNT_BLOCK)

"""CloudTrail: trails and event data stores."""

from __future__ import annotations

from guardrails.sources.aws.calling import NOT_YET_EVERYWHERE, Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Pointer, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.kind import Context


def _may_have_insights(trail: Context) -> bool:
    found = trail.get("trail")
    return not isinstance(found, dict) or found.get("HasInsightSelectors") is not False


def _tag_names(answer: Mapping[str, object], _: Context) -> list[dict[str, object]]:
    """The tags without what they are set to, which no policy reads."""
    found: list[dict[str, object]] = []
    for listed in _objects(answer.get("ResourceTagList")):
        found += ({"Key": tag["Key"]} for tag in _objects(listed.get("TagsList")) if "Key" in tag)
    return found


def _objects(content: object) -> list[dict[str, object]]:
    return [one for one in content if isinstance(one, dict)] if isinstance(content, list) else []


TRAIL = Kind(
    "cloudtrail.trail",
    address="{TrailARN}",
    listings=(
        # In each Region: a trail for one Region is listed there only. Shadows are asked for because one of another
        # account's trail is all that a member of an organization sees of it.
        Listing(
            (
                Step(
                    Call("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails"),
                    "trailList",
                    {"includeShadowTrails": True},
                ),
            )
        ),
    ),
    region="{HomeRegion}",
    listed="trail",
    own={"arn": "{TrailARN}"},
    details=(
        Part(
            "status",
            Call("cloudtrail", "GetTrailStatus", "cloudtrail:GetTrailStatus"),
            {"Name": "{arn}"},
            foreign=True,
        ),
        Part(
            "selectors",
            Call("cloudtrail", "GetEventSelectors", "cloudtrail:GetEventSelectors"),
            {"TrailName": "{arn}"},
            foreign=True,
        ),
        Part(
            "insights",
            Call(
                "cloudtrail",
                "GetInsightSelectors",
                "cloudtrail:GetInsightSelectors",
                absent=("InsightNotEnabledException",),
            ),
            {"TrailName": "{arn}"},
            only=_may_have_insights,
            foreign=True,
        ),
        Part(
            "tags",
            Call("cloudtrail", "ListTags", "cloudtrail:ListTags", items="ResourceTagList"),
            {"ResourceIdList": ["{arn}"]},
            pick=_tag_names,
        ),
    ),
    points=(
        Pointer("trail.S3BucketName", "s3.bucket"),
        Pointer("trail.KmsKeyId", "kms.key"),
        Pointer("trail.CloudWatchLogsLogGroupArn", "logs.group"),
        Pointer("trail.SnsTopicARN", "sns.topic"),
    ),
    gone=("TrailNotFoundException",),
)
STORE = Kind(
    "cloudtrail.store",
    address="{EventDataStoreArn}",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "cloudtrail",
                        "ListEventDataStores",
                        "cloudtrail:ListEventDataStores",
                        items="EventDataStores",
                        unsupported=("UnsupportedOperationException", *NOT_YET_EVERYWHERE),
                    ),
                    "EventDataStores",
                ),
            )
        ),
    ),
    listed=None,
    own={"arn": "{EventDataStoreArn}"},
    details=(
        # The listing names them; what it once said about each is deprecated.
        Part(
            "store",
            Call("cloudtrail", "GetEventDataStore", "cloudtrail:GetEventDataStore"),
            {"EventDataStore": "{arn}"},
        ),
    ),
    points=(Pointer("store.KmsKeyId", "kms.key"),),
    gone=("EventDataStoreNotFoundException",),
)
KINDS = (TRAIL, STORE)

"""What is read of an account, from recorded answers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from answering import ACCOUNT, OTHER, REGION, Answering, Refused
from live_calls import mistakes

from guardrails.kernel.record import changed
from guardrails.sources.aws.collect import Scope, Wishes, collect, mentioned
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.listing import resource
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, AccountSnapshot, Collected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.kind import Kind

ELSEWHERE = "us-east-1"
EVERYTHING = frozenset(KINDS) - {"cloudtrail.lookup"}
"""What happened lately is many calls, and asked for one policy only."""
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
FOREIGN = f"arn:aws:cloudtrail:{REGION}:{OTHER}:trail/organization"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/console"


def trail(arn: str = TRAIL, **more: object) -> dict[str, object]:
    return {
        "Name": arn.rpartition("/")[2],
        "TrailARN": arn,
        "HomeRegion": REGION,
        "S3BucketName": "logs",
        "IsMultiRegionTrail": True,
        "HasInsightSelectors": False,
        **more,
    }


def buckets(*names: str, region: str = REGION) -> dict[str, object]:
    return {"Buckets": [{"Name": name, "BucketRegion": region} for name in names]}


def here(answer: Mapping[str, object]) -> Any:  # noqa: ANN401 - a function or an object, as Answering takes them
    """An answer of one Region; in all others there is nothing."""
    return lambda region, _: answer if region == REGION else {}


def read(
    answers: Mapping[str, object],
    types: frozenset[str] = EVERYTHING,
    wishes: Wishes | None = None,
    *,
    workers: int = 1,
    **scope: Any,  # noqa: ANN401 - fields of Scope
) -> tuple[AccountSnapshot, Answering]:
    caller = Answering(answers)
    of = Scope(**{"account": ACCOUNT, "regions": (REGION, ELSEWHERE), **scope})
    return collect(of, types, caller, wishes, workers=workers), caller


def only(snapshot: AccountSnapshot, type: str) -> Collected:
    (found,) = [one for one in snapshot.resources if one.type == type]
    return found


def addresses(snapshot: AccountSnapshot, type: str) -> list[str]:
    return [one.address for one in snapshot.resources if one.type == type]


# --- trails -----------------------------------------------------------------------------------------------------------


def test_a_trail_that_is_listed_in_every_region_is_asked_about_once_and_at_home() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail()]},
            "cloudtrail.GetTrailStatus": {"IsLogging": True},
            "cloudtrail.ListTags": {
                "ResourceTagList": [{"ResourceId": TRAIL, "TagsList": [{"Key": "a", "Value": "b"}]}]
            },
        },
        frozenset({"cloudtrail.trail"}),
    )

    found = only(snapshot, "cloudtrail.trail")
    assert found.region == REGION
    assert found.answers["status"] == {"IsLogging": True}
    assert found.answers["tags"] == [{"Key": "a"}]  # what it says is nobody's business
    assert found.answers["insights"] is None  # the listing says that there are none
    assert caller.asked("cloudtrail.GetTrailStatus") == [(REGION, {"Name": TRAIL})]
    assert [given for _, given in caller.asked("cloudtrail.DescribeTrails")] == [{"includeShadowTrails": True}] * 2
    assert "cloudtrail.GetInsightSelectors" not in caller.counts


def test_a_trail_that_may_have_insights_is_asked_for_them() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(HasInsightSelectors=True)]},
            "cloudtrail.GetInsightSelectors": Refused("InsightNotEnabledException"),
        },
        frozenset({"cloudtrail.trail"}),
    )

    assert caller.counts["cloudtrail.GetInsightSelectors"] == 1
    assert only(snapshot, "cloudtrail.trail").answers["insights"] is None
    assert only(snapshot, "cloudtrail.trail").refused == {}


def test_a_member_reads_what_it_may_of_the_trail_of_its_organization() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(FOREIGN, IsOrganizationTrail=True)]},
            "cloudtrail.GetTrailStatus": {"IsLogging": True},
            "cloudtrail.GetEventSelectors": Refused("AccessDeniedException"),
        },
        frozenset({"cloudtrail.trail", "s3.bucket"}),
    )

    found = only(snapshot, "cloudtrail.trail")
    assert (found.address, found.account) == (FOREIGN, OTHER)
    assert found.answers["status"] == {"IsLogging": True}
    assert found.refused["selectors"].action == "cloudtrail:GetEventSelectors"
    assert "tags" not in found.answers  # only the owner is told
    assert "cloudtrail.ListTags" not in caller.counts
    assert mentioned(snapshot) == {"arn:aws:s3:::logs"}


def test_what_is_of_an_account_of_the_same_run_is_asked_there() -> None:
    snapshot, caller = read(
        {"cloudtrail.DescribeTrails": {"trailList": [trail(FOREIGN, IsOrganizationTrail=True)]}},
        frozenset({"cloudtrail.trail"}),
        Wishes(accounts=frozenset({ACCOUNT, OTHER})),
    )

    assert only(snapshot, "cloudtrail.trail").answers.keys() == {"arn", "trail"}
    assert caller.counts == {"cloudtrail.DescribeTrails": 2}


def test_a_foreign_trail_that_cannot_be_found_by_name_is_kept() -> None:
    snapshot, _ = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(FOREIGN)]},
            "cloudtrail.GetTrailStatus": Refused("TrailNotFoundException"),
        },
        frozenset({"cloudtrail.trail"}),
    )

    assert only(snapshot, "cloudtrail.trail").refused["status"].code == "TrailNotFoundException"
    assert snapshot.missing == ()


def test_event_data_stores_are_asked_about_one_by_one() -> None:
    arn = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:eventdatastore/1111"
    store = {"EventDataStoreArn": arn, "Name": "lake", "Status": "ENABLED", "KmsKeyId": KEY}
    snapshot, caller = read(
        {
            "cloudtrail.ListEventDataStores": here({"EventDataStores": [{"EventDataStoreArn": arn, "Name": "lake"}]}),
            "cloudtrail.GetEventDataStore": store,
            "kms.DescribeKey": {"KeyMetadata": {"KeyId": "11111111-2222-3333-4444-555555555555", "Arn": KEY}},
        },
    )

    assert only(snapshot, "cloudtrail.store").answers == {"arn": arn, "store": store}
    assert caller.asked("cloudtrail.GetEventDataStore") == [(REGION, {"EventDataStore": arn})]
    assert addresses(snapshot, "kms.key") == [KEY]


# --- what was refused -------------------------------------------------------------------------------------------------


def test_a_listing_that_is_refused_in_one_region_is_unknown_there() -> None:
    snapshot, _ = read(
        {
            "cloudtrail.DescribeTrails": lambda region, _: (
                Refused("AccessDeniedException") if region == ELSEWHERE else {"trailList": [trail()]}
            )
        },
        frozenset({"cloudtrail.trail"}),
    )

    (unlisted,) = snapshot.unlisted
    assert unlisted.types == ("cloudtrail.trail",)
    assert unlisted.region == ELSEWHERE
    assert unlisted.about == ""
    assert (unlisted.refusal.kind, unlisted.refusal.action) == (DENIED, "cloudtrail:DescribeTrails")
    assert addresses(snapshot, "cloudtrail.trail") == [TRAIL]


def test_where_an_operation_has_not_come_yet_nothing_can_be() -> None:
    snapshot, _ = read(
        {
            "cloudtrail.ListEventDataStores": Refused("UnsupportedOperationException"),
            "logs.DescribeDeliveryDestinations": Refused("UnknownOperationException"),
            "cloudtrail.DescribeTrails": Refused("UnknownOperationException"),
        },
    )

    assert {one.types for one in snapshot.unlisted} == {("cloudtrail.trail",)}  # that one is everywhere


def test_one_refused_call_that_several_kinds_need_is_said_once() -> None:
    snapshot, caller = read(
        {"cloudwatch.DescribeAlarms": Refused()},
        frozenset({"cloudwatch.alarm", "cloudwatch.composite_alarm"}),
        regions=(REGION,),
    )

    (unlisted,) = snapshot.unlisted
    assert unlisted.types == ("cloudwatch.alarm", "cloudwatch.composite_alarm")
    assert caller.counts == {"cloudwatch.DescribeAlarms": 1}


def test_targets_of_one_rule_that_are_refused_are_unknown_for_that_rule() -> None:
    rules = [
        {"Name": "console", "Arn": RULE, "EventBusName": "default", "EventPattern": "{}"},
        {"Name": "other", "Arn": f"{RULE}-2", "EventBusName": "default", "EventPattern": "{}"},
        {"Name": "hourly", "Arn": f"{RULE}-3", "EventBusName": "default", "ScheduleExpression": "rate(1 hour)"},
    ]
    snapshot, caller = read(
        {
            "events.ListEventBuses": here({"EventBuses": [{"Name": "default", "Arn": BUS}]}),
            "events.ListRules": {"Rules": rules},
            "events.ListTargetsByRule": lambda _, given: (
                Refused() if given["Rule"] == "console" else {"Targets": [{"Id": "a", "Arn": TOPIC}]}
            ),
        },
        frozenset({"events.rule", "events.target"}),
    )

    (unlisted,) = snapshot.unlisted
    assert (unlisted.types, unlisted.about) == (("events.target",), RULE)
    target = only(snapshot, "events.target")
    assert target.answers == {"Id": "a", "Arn": TOPIC, "Rule": "other", "EventBusName": "default"}
    assert target.address == f"aws://{ACCOUNT}/{REGION}/events.target/default/other/a"
    assert caller.counts["events.ListTargetsByRule"] == 2  # what runs by the clock is not asked for targets
    assert caller.counts["events.ListEventBuses"] == 2


def test_a_part_that_is_refused_is_no_default() -> None:
    snapshot, _ = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail()]},
            "s3.ListBuckets": buckets("logs"),
            "s3.GetBucketVersioning": Refused(),
            "s3.GetBucketLogging": {},
        },
    )

    bucket = only(snapshot, "s3.bucket")
    assert "versioning" not in bucket.answers
    assert bucket.refused["versioning"].action == "s3:GetBucketVersioning"
    assert bucket.answers["logging"] is None


def test_nothing_is_asked_with_credentials_that_ran_out() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail()]},
            "cloudtrail.GetTrailStatus": Refused("ExpiredToken", EXPIRED),
        },
        frozenset({"cloudtrail.trail"}),
    )

    refused = only(snapshot, "cloudtrail.trail").refused
    assert {part: one.operation for part, one in refused.items()} == {
        "status": "cloudtrail.GetTrailStatus",
        "selectors": "cloudtrail.GetEventSelectors",
        "tags": "cloudtrail.ListTags",
    }
    assert {one.kind for one in refused.values()} == {EXPIRED}
    assert caller.counts == {"cloudtrail.DescribeTrails": 2, "cloudtrail.GetTrailStatus": 1}


@pytest.mark.parametrize("workers", [1, 4])
def test_an_error_that_is_no_refusal_is_not_lost(workers: int) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read({"sns.ListTopics": {}, "cloudtrail.DescribeTrails": broken}, workers=workers)


# --- buckets ----------------------------------------------------------------------------------------------------------

_DETAILS = [part.call.name for part in KINDS["s3.bucket"].details if not part.always]


def test_of_buckets_that_nothing_points_at_only_the_policy_is_looked_at() -> None:
    snapshot, caller = read(
        {
            "s3.ListBuckets": buckets("pictures", "old-logs"),
            "s3.GetBucketPolicy": lambda _, given: (
                {"Policy": '{"Statement": [{"Principal": {"Service": "cloudtrail.amazonaws.com"}}]}'}
                if given["Bucket"] == "old-logs"
                else {"Policy": '{"Statement": [{"Principal": "*"}]}'}
            ),
        },
        frozenset({"s3.bucket"}),
    )

    logs, pictures = (one for one in snapshot.resources)
    assert (logs.answers["name"], pictures.answers["name"]) == ("old-logs", "pictures")
    assert "acl" in logs.answers
    assert pictures.answers.keys() == {"name", "bucket"}  # its policy says that it has nothing to do with trails
    assert caller.counts["s3.GetBucketPolicy"] == 2
    assert {name: caller.counts[name] for name in _DETAILS} == dict.fromkeys(_DETAILS, 1)


def test_a_bucket_is_asked_in_its_own_region() -> None:
    def location(_: str, given: Mapping[str, object]) -> object:
        words = {"old": "EU", "first": None, "plain": "eu-west-3"}
        return {"LocationConstraint": words[str(given["Bucket"])]}

    listed = {
        "Buckets": [{"Name": "old"}, {"Name": "first"}, {"Name": "plain"}, {"Name": "said", "BucketRegion": REGION}]
    }
    snapshot, caller = read(
        {"s3.ListBuckets": listed, "s3.GetBucketLocation": location},
        frozenset({"s3.bucket"}),
        Wishes(names={"s3.bucket": ("*",)}),
        regions=(REGION, "eu-west-1", "eu-west-3", ELSEWHERE),
    )

    asked = {given["Bucket"]: region for region, given in caller.asked("s3.GetBucketPolicy")}
    assert asked == {"old": "eu-west-1", "first": "us-east-1", "plain": "eu-west-3", "said": REGION}
    assert caller.counts["s3.GetBucketLocation"] == 3
    assert {one.region for one in snapshot.resources} == {"eu-west-1", "us-east-1", "eu-west-3", REGION}


def test_a_bucket_of_a_region_that_is_not_read_is_asked_about_only_if_it_matters() -> None:
    answers = {"s3.ListBuckets": buckets("logs", "pictures", region="ap-south-1")}
    _, nobody = read(answers, frozenset({"s3.bucket"}))
    _, pointed = read(
        {**answers, "cloudtrail.DescribeTrails": {"trailList": [trail()]}}, frozenset({"s3.bucket", "cloudtrail.trail"})
    )

    assert nobody.counts == {"s3.ListBuckets": 1}
    assert pointed.asked("s3.GetBucketPolicy") == [("ap-south-1", {"Bucket": "logs"})]


def test_what_a_bucket_points_at_matters_as_well() -> None:
    snapshot, _ = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail()]},
            "s3.ListBuckets": buckets("logs", "requests", "copies", "pictures"),
            "s3.GetBucketLogging": lambda _, given: (
                {"LoggingEnabled": {"TargetBucket": "requests"}} if given["Bucket"] == "logs" else {}
            ),
            "s3.GetBucketReplication": lambda _, given: (
                {"ReplicationConfiguration": {"Rules": [{"Destination": {"Bucket": "arn:aws:s3:::copies"}}]}}
                if given["Bucket"] == "logs"
                else Refused("ReplicationConfigurationNotFoundError")
            ),
        },
    )

    matters = {one.answers["name"] for one in snapshot.resources if "acl" in one.answers}
    assert matters == {"logs", "requests", "copies"}


def test_a_bucket_that_went_away_meanwhile_is_missing() -> None:
    snapshot, _ = read(
        {"s3.ListBuckets": buckets("gone"), "s3.GetBucketPolicy": Refused("NoSuchBucket")}, frozenset({"s3.bucket"})
    )

    assert snapshot.resources == ()
    assert snapshot.missing == ("arn:aws:s3:::gone",)


def test_a_bucket_of_nobody_is_missing() -> None:
    answers = {"cloudtrail.DescribeTrails": {"trailList": [trail()]}, "s3.ListBuckets": buckets("pictures")}
    types = frozenset({"cloudtrail.trail", "s3.bucket"})
    gone, caller = read({**answers, "s3.GetBucketLocation": Refused("NoSuchBucket")}, types)
    foreign, _ = read({**answers, "s3.GetBucketLocation": Refused("AccessDenied")}, types)

    assert gone.missing == ("arn:aws:s3:::logs",)
    assert mentioned(gone) == frozenset()
    assert mentioned(foreign) == {"arn:aws:s3:::logs"}
    assert foreign.missing == ()
    assert caller.asked("s3.GetBucketLocation") == [("", {"Bucket": "logs"})]
    assert foreign.unlisted == ()


def test_a_bucket_that_a_trail_names_needs_no_listing() -> None:
    answers = {
        "cloudtrail.DescribeTrails": {"trailList": [trail()]},
        "s3.ListBuckets": Refused(),
        "s3.GetBucketLogging": {"LoggingEnabled": {"TargetBucket": "requests"}},
        "s3.GetBucketLocation": lambda _, given: (
            Refused() if given["Bucket"] == "requests" else {"LocationConstraint": REGION}
        ),
    }
    snapshot, caller = read(answers, frozenset({"cloudtrail.trail", "s3.bucket"}))

    found = only(snapshot, "s3.bucket")
    assert (found.address, found.region) == ("arn:aws:s3:::logs", REGION)
    assert found.answers["bucket"] == {"Name": "logs", "BucketRegion": REGION}
    assert "acl" in found.answers
    # Only one of the account itself is taken for the account's.
    assert ("", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT}) in caller.asked("s3.GetBucketLocation")
    assert [one.types for one in snapshot.unlisted] == [("s3.bucket",)]
    assert mentioned(snapshot) == {"arn:aws:s3:::requests"}


def test_a_log_group_that_goes_away_meanwhile_is_missing() -> None:
    snapshot, _ = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(CloudWatchLogsLogGroupArn=f"{GROUP}:*")]},
            "logs.DescribeLogGroups": here({"logGroups": [{"logGroupName": "trail"}]}),
            "logs.DescribeSubscriptionFilters": Refused("ResourceNotFoundException"),
            "logs.DescribeResourcePolicies": lambda _, given: Refused("ResourceNotFoundException") if given else {},
        },
    )

    assert snapshot.missing == (GROUP,)
    assert addresses(snapshot, "logs.group") == []


def test_the_bucket_of_a_foreign_trail_is_not_looked_for() -> None:
    _, caller = read({"cloudtrail.DescribeTrails": {"trailList": [trail(FOREIGN)]}})

    assert "s3.GetBucketLocation" not in caller.counts


def test_only_the_parts_that_are_needed_are_asked_for() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail()]},
            "s3.ListBuckets": buckets("logs"),
            "s3.GetBucketLifecycleConfiguration": Refused("NoSuchLifecycleConfiguration"),
        },
        frozenset({"cloudtrail.trail", "s3.bucket"}),
        Wishes(parts={"cloudtrail.trail": frozenset({"trail"}), "s3.bucket": frozenset({"lifecycle"})}),
        regions=(REGION,),
    )

    assert caller.counts == {
        "cloudtrail.DescribeTrails": 1,
        "s3.ListBuckets": 1,
        "s3.GetBucketPolicy": 1,  # who matters is found out by it
        "s3.GetBucketLifecycleConfiguration": 1,
    }
    assert only(snapshot, "s3.bucket").answers["lifecycle"] is None


# --- keys -------------------------------------------------------------------------------------------------------------


def described(**more: object) -> dict[str, object]:
    return {"KeyMetadata": {"KeyId": KEY.rpartition("/")[2], "Arn": KEY, **more}}


ALIASES = {
    "Aliases": [
        {"AliasName": "alias/audit", "TargetKeyId": KEY.rpartition("/")[2]},
        {"AliasName": "alias/aws/sns"},
        {"AliasName": "alias/archive", "TargetKeyId": KEY.rpartition("/")[2]},
    ]
}


def test_a_key_that_is_named_in_two_ways_is_one_key() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(KmsKeyId=KEY, SnsTopicARN=TOPIC)]},
            "sns.GetTopicAttributes": {"Attributes": {"TopicArn": TOPIC, "KmsMasterKeyId": "alias/audit"}},
            "kms.DescribeKey": described(),
            "kms.ListAliases": ALIASES,
            "kms.GetKeyRotationStatus": {"KeyRotationEnabled": True},
            "kms.GetKeyPolicy": {"Policy": "{}"},
            "kms.ListGrants": {"Grants": []},
        },
    )

    key = only(snapshot, "kms.key")
    assert key.answers == {
        "arn": KEY,
        "alias": ["alias/archive", "alias/audit"],
        "key": described()["KeyMetadata"],
        "rotation": {"KeyRotationEnabled": True},
        "policy": "{}",
        "grants": [],
    }
    assert (key.address, key.region) == (KEY, REGION)
    assert caller.asked("kms.GetKeyPolicy") == [(REGION, {"KeyId": KEY, "PolicyName": "default"})]
    assert caller.counts["kms.ListAliases"] == 1
    assert caller.counts["kms.DescribeKey"] == 2


@pytest.mark.parametrize("about", [{"KeySpec": "RSA_2048"}, {"Origin": "EXTERNAL"}, {"Origin": "AWS_CLOUDHSM"}])
def test_material_that_never_rotates_is_not_asked_about(about: dict[str, object]) -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(KmsKeyId=KEY)]},
            "kms.DescribeKey": described(**about),
        },
    )

    assert only(snapshot, "kms.key").answers["rotation"] is None
    assert "kms.GetKeyRotationStatus" not in caller.counts


def test_a_key_of_the_service_itself_is_known_by_its_name() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(SnsTopicARN=TOPIC)]},
            "sns.GetTopicAttributes": {"Attributes": {"TopicArn": TOPIC, "KmsMasterKeyId": "alias/aws/sns"}},
        },
    )

    assert addresses(snapshot, "kms.key") == []
    assert not [name for name in caller.counts if name.startswith("kms.")]
    assert snapshot.missing == ()


def test_a_key_that_may_not_be_described_is_there_all_the_same() -> None:
    snapshot, _ = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(KmsKeyId=KEY)]},
            "kms.DescribeKey": Refused("AccessDeniedException"),
            "kms.GetKeyPolicy": {"Policy": "{}"},
        },
    )

    key = only(snapshot, "kms.key")
    assert key.address == KEY
    assert key.refused["key"].action == "kms:DescribeKey"
    assert key.answers["policy"] == "{}"


def test_keys_that_the_configuration_names_are_found_by_their_aliases() -> None:
    snapshot, _ = read(
        {"kms.ListAliases": here(ALIASES), "kms.DescribeKey": described()},
        frozenset({"kms.key"}),
        Wishes(names={"kms.key": ("alias/arch*",)}),
    )

    assert only(snapshot, "kms.key").answers["alias"] == ["alias/archive", "alias/audit"]
    assert "policy" in only(snapshot, "kms.key").answers


# --- log groups, alarms, topics ---------------------------------------------------------------------------------------


def test_filters_are_listed_where_there_are_log_groups() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(CloudWatchLogsLogGroupArn=f"{GROUP}:*")]},
            "logs.DescribeLogGroups": here({"logGroups": [{"logGroupName": "trail"}, {"logGroupName": "app"}]}),
            "logs.DescribeMetricFilters": {"metricFilters": [{"filterName": "root", "logGroupName": "trail"}]},
            "logs.DescribeSubscriptionFilters": {
                "subscriptionFilters": [{"filterName": "siem", "logGroupName": "trail"}]
            },
        },
    )

    assert [region for region, _ in caller.asked("logs.DescribeMetricFilters")] == [REGION]
    assert [region for region, _ in caller.asked("logs.DescribeAccountPolicies")] == [REGION]
    assert caller.asked("logs.DescribeSubscriptionFilters") == [(REGION, {"logGroupName": "trail"})]
    assert addresses(snapshot, "logs.group") == [GROUP.replace("trail", "app"), GROUP]
    assert only(snapshot, "logs.filter").address == f"aws://{ACCOUNT}/{REGION}/logs.filter/trail/root"
    assert only(snapshot, "logs.subscription_filter").answers["filterName"] == "siem"


def test_where_log_groups_cannot_be_listed_there_may_be_filters() -> None:
    _, caller = read({"logs.DescribeLogGroups": lambda region, _: Refused() if region == REGION else {}})

    assert [region for region, _ in caller.asked("logs.DescribeMetricFilters")] == [REGION]


def test_a_log_group_that_a_trail_still_names_is_missing() -> None:
    snapshot, _ = read({"cloudtrail.DescribeTrails": {"trailList": [trail(CloudWatchLogsLogGroupArn=f"{GROUP}:*")]}})
    refused, _ = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(CloudWatchLogsLogGroupArn=f"{GROUP}:*")]},
            "logs.DescribeLogGroups": Refused(),
        }
    )

    assert snapshot.missing == (GROUP,)
    assert refused.missing == ()  # it may be there


def alarm(namespace: str, **more: object) -> dict[str, object]:
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{namespace}"
    return {"AlarmName": namespace, "AlarmArn": arn, "Namespace": namespace, "AlarmActions": [TOPIC], **more}


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (alarm("Audit"), 1),
        (alarm("AWS/EC2"), 0),
        (alarm("x", Namespace=None, Metrics=[{"MetricStat": {"Metric": {"Namespace": "AWS/Logs"}}}]), 0),
        (alarm("x", Namespace=None, Metrics=[{"MetricStat": {"Metric": {"Namespace": "Audit"}}}]), 1),
        (alarm("x", Namespace=None, Metrics=[{"Expression": "SELECT 1"}]), 1),
        (alarm("Audit", AlarmActions=["arn:aws:automate:eu-central-1:ec2:stop"]), 0),
    ],
)
def test_the_topics_of_alarms_that_a_filter_may_set_off_are_asked_about(found: dict[str, object], asked: int) -> None:
    snapshot, caller = read({"cloudwatch.DescribeAlarms": here({"MetricAlarms": [found]})})

    assert caller.counts.get("sns.GetTopicAttributes", 0) == asked
    assert caller.counts.get("sns.ListSubscriptionsByTopic", 0) == asked
    assert len(addresses(snapshot, "cloudwatch.alarm")) == 1


def test_a_topic_that_was_deleted_is_missing() -> None:
    snapshot, caller = read(
        {
            "cloudwatch.DescribeAlarms": here({"MetricAlarms": [alarm("Audit"), alarm("Also")]}),
            "sns.GetTopicAttributes": Refused("NotFound"),
            "sns.ListSubscriptionsByTopic": Refused("NotFound"),
        },
    )

    assert snapshot.missing == (TOPIC,)
    assert addresses(snapshot, "sns.topic") == []
    assert caller.counts["sns.GetTopicAttributes"] == 1
    assert snapshot.unlisted == ()


def test_subscriptions_are_told_apart_before_anybody_confirmed_them() -> None:
    waiting = {"SubscriptionArn": "PendingConfirmation", "TopicArn": TOPIC, "Protocol": "email", "Owner": ACCOUNT}
    confirmed = f"{TOPIC}:1111"
    snapshot, caller = read(
        {
            "cloudwatch.DescribeAlarms": here({"MetricAlarms": [alarm("Audit")]}),
            "sns.ListSubscriptionsByTopic": {
                "Subscriptions": [
                    {**waiting, "Endpoint": "a@example.com"},
                    {**waiting, "Endpoint": "b@example.com"},
                    {**waiting, "SubscriptionArn": confirmed, "Endpoint": "c@example.com"},
                ]
            },
            "sns.GetSubscriptionAttributes": {
                "Attributes": {"PendingConfirmation": "false", "FilterPolicyScope": "MessageBody", "TopicArn": TOPIC}
            },
        },
    )

    found = {str(one.answers["Endpoint"]): one for one in snapshot.resources if one.type == "sns.subscription"}
    assert len(addresses(snapshot, "sns.subscription")) == 3
    assert "PendingConfirmation" not in found["a@example.com"].answers
    assert found["c@example.com"].address == confirmed
    assert found["c@example.com"].answers["PendingConfirmation"] == "false"
    assert caller.asked("sns.GetSubscriptionAttributes") == [(REGION, {"SubscriptionArn": confirmed})]


def test_an_address_that_opens_a_door_is_not_in_the_name_of_a_subscription() -> None:
    waiting = {"SubscriptionArn": "PendingConfirmation", "TopicArn": TOPIC, "Protocol": "https", "Owner": ACCOUNT}
    endpoints = ("https://user:secret@pager.example/hooks/secret?key=secret", "https://pager.example/other")
    snapshot, _ = read(
        {
            "cloudwatch.DescribeAlarms": here({"MetricAlarms": [alarm("Audit")]}),
            "sns.ListSubscriptionsByTopic": {"Subscriptions": [{**waiting, "Endpoint": one} for one in endpoints]},
        },
    )

    names = {one.address for one in snapshot.resources if one.type == "sns.subscription"}
    assert len(names) == 2
    assert all("/https:https://pager.example#" in name and "secret" not in name for name in names)


def test_members_that_were_refused_are_told_from_members_that_are_not_set() -> None:
    arn = f"{TOPIC}:1111"
    snapshot, _ = read(
        {
            "cloudwatch.DescribeAlarms": here({"MetricAlarms": [alarm("Audit")]}),
            "sns.ListSubscriptionsByTopic": {"Subscriptions": [{"SubscriptionArn": arn, "TopicArn": TOPIC}]},
            "sns.GetSubscriptionAttributes": Refused("AuthorizationError"),
        },
    )

    assert only(snapshot, "sns.subscription").refused[""].action == "sns:GetSubscriptionAttributes"


def test_mute_rules_are_looked_for_where_there_are_alarms() -> None:
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm-mute-rule:nights"
    snapshot, caller = read(
        {
            "cloudwatch.DescribeAlarms": here({"MetricAlarms": [alarm("Audit")]}),
            "cloudwatch.ListAlarmMuteRules": {"AlarmMuteRuleSummaries": [{"AlarmMuteRuleArn": arn}]},
            "cloudwatch.GetAlarmMuteRule": {"Name": "nights", "AlarmMuteRuleArn": arn},
        },
    )

    assert only(snapshot, "cloudwatch.mute_rule").answers == {"Name": "nights", "AlarmMuteRuleArn": arn}
    assert caller.asked("cloudwatch.GetAlarmMuteRule") == [(REGION, {"AlarmMuteRuleName": "nights"})]


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.leaves_out], ids=lambda kind: kind.type)
def test_what_is_nobodys_business_is_left_out(kind: Kind) -> None:
    members: dict[str, object] = dict.fromkeys((*kind.leaves_out, "Kept"), "x")
    context: dict[str, object] = {**members, "account": ACCOUNT, "region": REGION, "partition": "aws"}
    found = resource(changed(kind, address="x", region="", own={}), members, context)

    assert found is not None
    assert kind.leaves_out.isdisjoint(found.answers)
    assert kind.listed is None or "Kept" in (found.answers[kind.listed] if kind.listed else found.answers)  # type: ignore[operator]  # an object


# --- other accounts ---------------------------------------------------------------------------------------------------


def test_what_lies_in_other_accounts_is_mentioned() -> None:
    topic, key = (one.replace(ACCOUNT, OTHER) for one in (TOPIC, KEY))
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail(KmsKeyId=key, SnsTopicARN=topic)]},
            "s3.ListBuckets": buckets("pictures"),
        },
    )

    assert mentioned(snapshot) == {"arn:aws:s3:::logs", topic, key}
    assert "kms.DescribeKey" not in caller.counts
    assert "sns.GetTopicAttributes" not in caller.counts


def test_what_others_point_at_is_read_and_nothing_else() -> None:
    snapshot, caller = read(
        {
            "cloudtrail.DescribeTrails": {"trailList": [trail()]},
            "s3.ListBuckets": buckets("logs", "pictures"),
            "s3.GetBucketEncryption": {
                "ServerSideEncryptionConfiguration": {
                    "Rules": [{"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": KEY}}]
                }
            },
            "kms.DescribeKey": described(),
        },
        wishes=Wishes(
            wanted=frozenset({"arn:aws:s3:::logs", "arn:aws:s3:::others", TOPIC, TOPIC.replace(ACCOUNT, OTHER)})
        ),
    )

    assert addresses(snapshot, "s3.bucket") == ["arn:aws:s3:::logs"]
    assert addresses(snapshot, "kms.key") == [KEY]
    assert addresses(snapshot, "sns.topic") == [TOPIC]
    assert addresses(snapshot, "cloudtrail.trail") == []
    assert caller.asked("s3.GetBucketPolicy") == [(REGION, {"Bucket": "logs"})]
    assert caller.counts["s3.ListBuckets"] == 1
    assert not [name for name in caller.counts if name.startswith(("cloudtrail.", "logs.", "cloudwatch.", "events."))]


def test_a_bucket_that_others_point_at_needs_no_listing() -> None:
    snapshot, caller = read(
        {"s3.ListBuckets": Refused(), "s3.GetBucketLocation": {"LocationConstraint": REGION}},
        wishes=Wishes(wanted=frozenset({"arn:aws:s3:::logs"})),
    )

    assert "acl" in only(snapshot, "s3.bucket").answers
    assert caller.asked("s3.GetBucketLocation") == [("", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT})]


def test_a_log_group_that_others_point_at_is_looked_for_in_its_region() -> None:
    snapshot, caller = read(
        {"logs.DescribeLogGroups": {"logGroups": [{"logGroupName": "trail"}, {"logGroupName": "app"}]}},
        wishes=Wishes(wanted=frozenset({GROUP})),
    )

    assert addresses(snapshot, "logs.group") == [GROUP]
    assert caller.asked("logs.DescribeLogGroups") == [(REGION, {})]


def test_nothing_is_asked_in_a_region_that_is_left_out() -> None:
    away = TOPIC.replace(REGION, "ap-south-1")
    _, caller = read(
        {"cloudwatch.DescribeAlarms": here({"MetricAlarms": [alarm("Audit", AlarmActions=[away])]})},
        left_out={"ap-south-1": "a policy of the organization denies it"},
    )

    assert {region for region, _, _ in caller.made} == {REGION, ELSEWHERE, ""}


# --- all of it --------------------------------------------------------------------------------------------------------

SMALL: dict[str, object] = {
    "cloudtrail.DescribeTrails": {
        "trailList": [trail(KmsKeyId=KEY, SnsTopicARN=TOPIC, CloudWatchLogsLogGroupArn=f"{GROUP}:*")]
    },
    "s3.ListBuckets": buckets("logs", "pictures"),
    "s3control.GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
    "logs.DescribeLogGroups": here({"logGroups": [{"logGroupName": "trail", "kmsKeyId": KEY}]}),
    "logs.DescribeMetricFilters": {"metricFilters": [{"filterName": "root", "logGroupName": "trail"}]},
    "logs.DescribeResourcePolicies": lambda region, given: (
        {
            "resourcePolicies": [
                {"policyName": "dns", "policyDocument": "{}", "policyScope": "ACCOUNT"}
                if not given
                else {"policyDocument": "{}", "policyScope": "RESOURCE", "resourceArn": given["resourceArn"]}
            ]
        }
        if region == REGION
        else {}
    ),
    "kms.DescribeKey": described(KeySpec="SYMMETRIC_DEFAULT", Origin="AWS_KMS"),
    "kms.ListAliases": ALIASES,
    "sns.ListSubscriptionsByTopic": {
        "Subscriptions": [{"SubscriptionArn": f"{TOPIC}:1", "TopicArn": TOPIC, "Protocol": "email"}]
    },
    "sns.GetTopicAttributes": {"Attributes": {"TopicArn": TOPIC, "Policy": "{}"}},
    "cloudwatch.DescribeAlarms": here({"MetricAlarms": [alarm("Audit")]}),
    "events.ListEventBuses": here({"EventBuses": [{"Name": "default", "Arn": BUS}]}),
    "events.ListRules": {"Rules": [{"Name": "console", "Arn": RULE, "EventBusName": "default", "EventPattern": "{}"}]},
    "events.ListTargetsByRule": {"Targets": [{"Id": "a", "Arn": TOPIC}]},
}
SERVICES = ("cloudtrail", "s3", "s3control", "logs", "kms", "sns", "cloudwatch", "events")
OURS = frozenset(kind for kind in EVERYTHING if kind.split(".")[0] in SERVICES)
CALLS_OF_SMALL = {
    # in both Regions
    "cloudtrail.DescribeTrails": 2,
    "cloudtrail.ListEventDataStores": 2,
    "logs.DescribeLogGroups": 2,
    "logs.DescribeResourcePolicies": 3,  # and those of the trail's log group
    "logs.DescribeDestinations": 2,
    "logs.DescribeDeliveryDestinations": 2,
    "cloudwatch.DescribeAlarms": 2,
    "events.ListEventBuses": 2,
    # where there are log groups, alarms, event buses
    "logs.DescribeMetricFilters": 1,
    "logs.DescribeAccountPolicies": 1,
    "cloudwatch.ListAlarmMuteRules": 1,
    "events.ListRules": 1,
    # of the account
    "s3.ListBuckets": 1,
    "s3control.GetPublicAccessBlock": 1,
    # about the trail, its group, its key, its topic with a subscription, the rule
    "cloudtrail.GetTrailStatus": 1,
    "cloudtrail.GetEventSelectors": 1,
    "cloudtrail.ListTags": 1,
    "logs.DescribeSubscriptionFilters": 1,
    "kms.DescribeKey": 1,
    "kms.ListAliases": 1,
    "kms.GetKeyRotationStatus": 1,
    "kms.GetKeyPolicy": 1,
    "kms.ListGrants": 1,
    "sns.GetTopicAttributes": 1,
    "sns.ListSubscriptionsByTopic": 1,
    "sns.GetSubscriptionAttributes": 1,
    "events.ListTargetsByRule": 1,
    # the policies of both buckets, all about the one
    "s3.GetBucketPolicy": 2,
    **dict.fromkeys(_DETAILS, 1),
}
"""What a small account costs."""


def test_a_small_account_costs_these_calls() -> None:
    _, caller = read(SMALL, OURS)

    assert caller.counts == CALLS_OF_SMALL


def test_threads_read_the_same_with_the_same_calls() -> None:
    alone, one = read(SMALL, OURS)
    together, several = read(SMALL, OURS, workers=8)

    assert together.resources == alone.resources
    assert together.unlisted == alone.unlisted
    assert Counter(map(repr, several.made)) == Counter(map(repr, one.made))


def test_answers_are_as_the_lowerings_read_them() -> None:
    snapshot, _ = read(SMALL, OURS)

    found = {
        wrong
        for one in snapshot.resources
        for wrong in mistakes(one.type, {name: said for name, said in one.answers.items() if said is not None})
    }
    assert found == set()
    assert {one.type for one in snapshot.resources} == {
        "cloudtrail.trail",
        "s3.bucket",
        "s3control.public_access_block",
        "logs.group",
        "logs.filter",
        "logs.policy",
        "kms.key",
        "sns.topic",
        "sns.subscription",
        "cloudwatch.alarm",
        "events.bus",
        "events.rule",
        "events.target",
    }


def test_policies_of_the_account_and_of_a_log_group_are_two() -> None:
    snapshot, _ = read(SMALL, OURS)

    assert addresses(snapshot, "logs.policy") == [f"{GROUP}/", f"aws://{ACCOUNT}/{REGION}/logs.policy/dns"]


def test_an_empty_account_says_so() -> None:
    snapshot, _ = read({}, name="Sandbox", partition="aws-cn", unasked=("cn-north-1",))

    assert snapshot.resources == ()
    assert snapshot.unlisted == ()
    assert (snapshot.id, snapshot.name, snapshot.partition) == (ACCOUNT, "Sandbox", "aws-cn")
    assert (snapshot.regions, snapshot.unasked) == ((REGION, ELSEWHERE), ("cn-north-1",))
    assert snapshot.types == EVERYTHING
    assert snapshot.began <= snapshot.ended
    assert snapshot.ended.endswith("Z")

"""Generated selectors, events and things left open: small vocabularies, so that values meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

SOURCES = ("kms.amazonaws.com", "rdsdata.amazonaws.com", "iam.amazonaws.com", "s3.amazonaws.com")
NAMES = ("PutObject", "PutBucketPolicy", "GetObject", "Decrypt")
ARNS = (
    "arn:aws:s3:::logs/a",
    "arn:aws:s3:::logs/",
    "arn:aws:s3:::logs-2/a",
    "arn:aws:s3:::",
    "arn:aws:s3",
    "arn:aws:s3:::other/x",
)
OBJECTS = ("arn:aws:s3:::logs/a", "arn:aws:s3:::logs/b/c", "arn:aws:s3:::logs-2/a", "arn:aws:s3:::other/x")
USERS = ("arn:aws:iam::111122223333:user/ann", "arn:aws:sts::111122223333:assumed-role/scan/1")
TYPES = ("AWS::S3::Object", "AWS::Lambda::Function")
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f"

Said = dict[str, Any]


def operators(values: tuple[str, ...]) -> st.SearchStrategy[Said]:
    """Operators of a field, at least one."""
    names = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")
    pieces = st.sampled_from(values) | st.sampled_from(values).flatmap(
        lambda whole: st.integers(1, len(whole)).map(lambda cut: whole[:cut])
    )
    return st.dictionaries(
        st.sampled_from(names), st.lists(pieces, min_size=1, max_size=2, unique=True), min_size=1, max_size=2
    )


def _field(name: str, values: tuple[str, ...]) -> st.SearchStrategy[Said]:
    return operators(values).map(lambda found: {"Field": name, **found})


def _one(name: str, values: tuple[str, ...]) -> st.SearchStrategy[Said]:
    return st.sampled_from(values).map(lambda found: {"Field": name, "Equals": [found]})


def _selector(category: str, required: list[Any], optional: list[Any]) -> st.SearchStrategy[Said]:
    chosen = st.lists(st.sampled_from(range(len(optional))), unique=True, max_size=2).flatmap(
        lambda picked: st.tuples(*required, *(optional[at] for at in picked))
    )
    return chosen.map(lambda fields: {"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}, *fields]})


READ_ONLY = _one("readOnly", ("true", "false"))
SESSION = _one("sessionCredentialFromConsole", ("true",))

management_selectors = _selector(
    "Management",
    [],
    [
        READ_ONLY,
        st.lists(st.sampled_from(SOURCES[:2]), min_size=1, max_size=2, unique=True).map(
            lambda left: {"Field": "eventSource", "NotEquals": left}
        ),
    ],
)
data_selectors = _selector(
    "Data",
    [_one("resources.type", TYPES)],
    [
        READ_ONLY,
        _field("eventName", NAMES),
        _field("resources.ARN", ARNS),
        _field("eventSource", SOURCES),
        _field("userIdentity.arn", USERS),
        SESSION,
    ],
)
advanced_selectors = management_selectors | data_selectors

data_resources = st.one_of(
    st.lists(st.sampled_from(ARNS), min_size=1, max_size=2, unique=True).map(
        lambda found: {"Type": "AWS::S3::Object", "Values": found}
    ),
    st.lists(st.sampled_from(("arn:aws:lambda", FUNCTION)), min_size=1, max_size=2, unique=True).map(
        lambda found: {"Type": "AWS::Lambda::Function", "Values": found}
    ),
)
basic_selectors = st.fixed_dictionaries(
    {},
    optional={
        "ReadWriteType": st.sampled_from(("All", "ReadOnly", "WriteOnly")),
        "IncludeManagementEvents": st.booleans(),
        "ExcludeManagementEventSources": st.lists(st.sampled_from(SOURCES[:2]), unique=True, max_size=2),
        "DataResources": st.lists(data_resources, max_size=2),
    },
)

_shared = {
    "eventName": st.sampled_from((*NAMES, "ListBuckets")),
    "readOnly": st.booleans(),
    "eventType": st.just("AwsApiCall"),
    "awsRegion": st.just("us-east-1"),
    "userIdentity": st.sampled_from(({"arn": USERS[0]}, {"arn": USERS[1]}, {"arn": "arn:aws:iam::1:root"})),
}
management_records = st.fixed_dictionaries(
    {
        "eventCategory": st.just("Management"),
        "eventSource": st.sampled_from((*SOURCES, "ec2.amazonaws.com")),
        **_shared,
    },
    optional={"sessionCredentialFromConsole": st.just("true")},
)
object_records = st.fixed_dictionaries(
    {
        "eventCategory": st.just("Data"),
        "eventSource": st.just("s3.amazonaws.com"),
        "resources": st.sampled_from(OBJECTS).map(
            lambda arn: [
                {"type": "AWS::S3::Object", "ARN": arn},
                {"type": "AWS::S3::Bucket", "ARN": arn.partition("/")[0]},
            ]
        ),
        **_shared,
    },
    optional={"sessionCredentialFromConsole": st.just("true")},
)
function_records = st.fixed_dictionaries(
    {
        "eventCategory": st.just("Data"),
        "eventSource": st.just("lambda.amazonaws.com"),
        "resources": st.sampled_from((FUNCTION, f"{FUNCTION}2")).map(
            lambda arn: [{"type": "AWS::Lambda::Function", "ARN": arn}]
        ),
        **_shared,
        "readOnly": st.just(False),
        "eventName": st.just("Invoke"),
    }
)
records: st.SearchStrategy[Said] = management_records | object_records | function_records


def as_advanced(basic: Mapping[str, Any]) -> list[Said]:
    """The advanced selectors that say the same as a basic one, by the documentation of both."""
    kind = basic.get("ReadWriteType", "All")
    reads = [{"Field": "readOnly", "Equals": ["true" if kind == "ReadOnly" else "false"]}] if kind != "All" else []
    found: list[Said] = []
    if basic.get("IncludeManagementEvents", True):
        left = basic.get("ExcludeManagementEventSources") or []
        sources = [{"Field": "eventSource", "NotEquals": left}] if left else []
        found.append({"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, *reads, *sources]})
    for resource in basic.get("DataResources") or []:
        whole = {"AWS::S3::Object": None, "AWS::Lambda::Function": "arn:aws:lambda"}[resource["Type"]]
        starts = [value for value in resource["Values"] if whole is None or value == whole]
        equals = [value for value in resource["Values"] if value not in starts]
        arn = {"Field": "resources.ARN", **({"StartsWith": starts} if starts else {})}
        if equals:
            arn["Equals"] = equals
        category = {"Field": "eventCategory", "Equals": ["Data"]}
        kind_of = {"Field": "resources.type", "Equals": [resource["Type"]]}
        found.append({"FieldSelectors": [category, kind_of, *reads, arn]})
    return found

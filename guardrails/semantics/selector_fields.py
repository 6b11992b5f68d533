"""What event selectors may speak of: categories, fields, operators, limits. Facts about the service, as tables.

Source: the CloudTrail API reference (`AdvancedFieldSelector`, `EventSelector`, `DataResource`) and the user guide's
quotas.
"""

from __future__ import annotations

MANAGEMENT = "Management"
DATA = "Data"
NETWORK = "NetworkActivity"
INSIGHT = "Insight"

STORE_ONLY = frozenset({INSIGHT, "ConfigurationItem", "Evidence", "ActivityAuditLog"})
"""Categories that an event data store can hold, each alone, and a trail cannot select."""

EQUALS = "Equals"
STARTS = "StartsWith"
ENDS = "EndsWith"
NOT_EQUALS = "NotEquals"
NOT_STARTS = "NotStartsWith"
NOT_ENDS = "NotEndsWith"
ANY_OPERATOR = frozenset({EQUALS, STARTS, ENDS, NOT_EQUALS, NOT_STARTS, NOT_ENDS})
ONLY_EQUALS = frozenset({EQUALS})
EQUALS_OR_NOT = frozenset({EQUALS, NOT_EQUALS})

TRAIL_FIELDS: dict[str, dict[str, frozenset[str]]] = {
    MANAGEMENT: {
        "eventCategory": ONLY_EQUALS,
        "readOnly": ONLY_EQUALS,
        "eventSource": frozenset({NOT_EQUALS}),
    },
    DATA: {
        "eventCategory": ONLY_EQUALS,
        "readOnly": ONLY_EQUALS,
        "eventSource": ANY_OPERATOR,
        "eventName": ANY_OPERATOR,
        "eventType": ANY_OPERATOR,
        "sessionCredentialFromConsole": EQUALS_OR_NOT,
        "userIdentity.arn": ANY_OPERATOR,
        "resources.type": ONLY_EQUALS,
        "resources.ARN": ANY_OPERATOR,
    },
    NETWORK: {
        "eventCategory": ONLY_EQUALS,
        "eventSource": ONLY_EQUALS,
        "eventName": ANY_OPERATOR,
        "errorCode": ONLY_EQUALS,
        "vpcEndpointId": ANY_OPERATOR,
    },
}
"""By category, the fields that a trail's advanced selector may use, and their operators."""

STORE_FIELDS: dict[str, dict[str, frozenset[str]]] = {
    MANAGEMENT: {
        "eventCategory": ONLY_EQUALS,
        "readOnly": ONLY_EQUALS,
        "eventSource": ANY_OPERATOR,
        "eventName": ANY_OPERATOR,
        "eventType": ANY_OPERATOR,
        "sessionCredentialFromConsole": EQUALS_OR_NOT,
        "userIdentity.arn": ANY_OPERATOR,
    },
    DATA: TRAIL_FIELDS[DATA],
    NETWORK: TRAIL_FIELDS[NETWORK],
    **{category: {"eventCategory": ONLY_EQUALS} for category in STORE_ONLY},
}
"""The same for event data stores."""

REQUIRED: dict[str, tuple[str, ...]] = {DATA: ("resources.type",), NETWORK: ("eventSource",)}
"""Fields without which a selector of a category is refused, beside `eventCategory`."""

EXCLUDABLE_SOURCES = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
"""The only sources whose management events a trail may leave out."""

WHOLE_SERVICE = {
    "AWS::S3::Object": "arn:aws:s3",
    "AWS::Lambda::Function": "arn:aws:lambda",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb",
}
"""The resource types of basic data resources, with the value that means all of them."""

S3_OBJECT = "AWS::S3::Object"

MOST_BASIC_SELECTORS = 5
MOST_DATA_RESOURCES = 250
MOST_VALUES = 500
MOST_STORE_SELECTORS = 5
LONGEST_VALUE = 2048

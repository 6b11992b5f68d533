"""What is known of any CloudTrail record of an API call or sign-in, before a scenario says more.

Field names and which of them may be missing: AWS CloudTrail User Guide, "CloudTrail record contents" and
"userIdentity element". Texts in `free(…)` are only examples to show.
"""

from __future__ import annotations

from guardrails.semantics.fields import ABSENT, TRUE_OR_FALSE, Array, Field, Object, a_region, free, known
from guardrails.semantics.partial import PartialRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.semantics.partial import Fields

_PERHAPS_AN_OBJECT = Field(others=(None,), absent=True, members=Object({}))
_PERHAPS_TEXT = free("example").or_absent()

_USUAL: Mapping[str, object] = {
    "eventVersion": free("1.11"),
    "userIdentity": Field(members=Object({})),
    "userIdentity.type": free("IAMUser", "AssumedRole").or_absent(),
    "userIdentity.principalId": free("AIDAEXAMPLE0000000000").or_absent(),
    "userIdentity.arn": free("arn:aws:iam::111122223333:user/alice").or_absent(),
    "userIdentity.accountId": free("111122223333").or_absent(),
    "userIdentity.accessKeyId": free("AKIAEXAMPLE000000000").or_absent(),
    "userIdentity.userName": free("alice", "bob").or_absent(),
    "userIdentity.invokedBy": free("cloudformation.amazonaws.com").or_absent(),
    "userIdentity.sessionContext": Field(absent=True, members=Object({})),
    "eventTime": free("2026-03-04T10:39:33Z"),
    "eventSource": free("iam.amazonaws.com"),
    "eventName": free("CreateUser"),
    "awsRegion": a_region().showing("us-east-1"),
    "sourceIPAddress": free("203.0.113.77", "cloudformation.amazonaws.com"),
    "userAgent": free("aws-cli/2.27.41").or_absent(),
    "errorCode": free("AccessDenied").or_absent(),
    "errorMessage": free("not authorized").or_absent(),
    "requestParameters": _PERHAPS_AN_OBJECT,
    "responseElements": _PERHAPS_AN_OBJECT,
    "additionalEventData": _PERHAPS_AN_OBJECT,
    "requestID": free("1ccf8410-28fa-54a8-bcc9-c76bbe083f6b").or_absent(),
    "eventID": free("8a93f611-a534-5de4-b98e-63f20a71294b"),
    "readOnly": TRUE_OR_FALSE.or_absent(),
    "resources": Field(absent=True, elements=Array(())),
    "apiVersion": _PERHAPS_TEXT,
    "eventType": free("AwsApiCall"),
    "recipientAccountId": free("111122223333"),
    "sharedEventID": _PERHAPS_TEXT,
    "vpcEndpointId": free("vpce-0a1b2c3d4e5f60718").or_absent(),
    "vpcEndpointAccountId": free("111122223333").or_absent(),
    "serviceEventDetails": _PERHAPS_AN_OBJECT,
    "managementEvent": TRUE_OR_FALSE.or_absent(),
    "eventCategory": free("Management").or_absent(),
    "addendum": Field(absent=True, members=Object({})),
    "sessionCredentialFromConsole": known("true").or_absent(),
    "tlsDetails": Field(absent=True, members=Object({})),
    "insightDetails": ABSENT,
}

USUAL = PartialRecord.of(_USUAL)


def cloudtrail(fields: Fields) -> PartialRecord:
    """A CloudTrail record with these fields, by dotted path; of the others what is so of any record."""
    return PartialRecord.of(fields, USUAL)


BY_ROOT: Mapping[str, object] = {
    "userIdentity.type": "Root",
    "userIdentity.arn": free("arn:aws:iam::111122223333:root"),
    "userIdentity.userName": free("alias").or_absent(),
    "userIdentity.invokedBy": ABSENT,
}
"""The root user of an account, by itself: it has a name only where the account has an alias."""

BY_USER: Mapping[str, object] = {
    "userIdentity.type": "IAMUser",
    "userIdentity.arn": free("arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"),
    "userIdentity.userName": free("alice", "bob"),
    "userIdentity.invokedBy": ABSENT,
}
"""An IAM user, by itself."""

BY_ROLE: Mapping[str, object] = {
    "userIdentity.type": "AssumedRole",
    "userIdentity.arn": free("arn:aws:sts::111122223333:assumed-role/admin/alice"),
    "userIdentity.userName": ABSENT,
    "userIdentity.invokedBy": ABSENT,
    "userIdentity.sessionContext": Field(members=Object({})),
    "userIdentity.sessionContext.sessionIssuer": Field(members=Object({})),
    "userIdentity.sessionContext.sessionIssuer.userName": free("admin"),
}
"""A session of a role, by itself: it has no name of its own."""

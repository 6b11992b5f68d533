"""What a condition key tells of who calls.

Keys come from the IAM User Guide (global keys) and the Service Authorization Reference. A key that is listed nowhere
here may tell something: what it narrows is not known.
"""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.record import Record


class Audience(Enum):
    """Who is let in; the widest first."""

    ANYONE = "anyone"
    """Everybody, unsigned requests included."""
    ANY_ACCOUNT = "any AWS account"
    """Every identity of every AWS account."""
    SECRET = "anyone who knows a word"
    """Whoever knows an external id: a shared word, no identity."""
    NETWORK = "anyone in a network"
    """Whoever calls from stated addresses or through stated endpoints, unsigned too."""
    FEDERATED = "users of an identity provider"
    ORGANIZATION = "the organization"
    """Identities of the accounts of one organization, or of a part of it."""
    ACCOUNTS = "stated accounts"
    OWN_ACCOUNT = "the own account"
    IDENTITIES = "stated identities"
    """Single roles, users or sessions."""
    SERVICES = "AWS services"
    """Services that act for themselves, or for a stated resource or account; never a person."""


class Shape(Enum):
    """What the values of a key look like."""

    ID = "id"
    ACCOUNT = "account"
    ARN = "arn"
    """The ARN of an identity."""
    SOURCE = "source"
    """The ARN of a resource that a service acts for."""
    ORG_PATH = "path"
    """`o-…/r-…/ou-…/`."""
    USER_ID = "user id"
    ADDRESS = "address"
    FLAG = "flag"
    PRESENCE = "presence"
    """Whatever its value is: that the key is there says it."""


class CallerKey(Record):
    """`audience` is who remains under a condition on the key. `signed` says that only signed requests of an identity
    have it, `always` that every request has it."""

    audience: Audience
    shape: Shape
    signed: bool = False
    always: bool = False


_ORGANIZATION = CallerKey(Audience.ORGANIZATION, Shape.ID, signed=True)
_ACCOUNT = CallerKey(Audience.ACCOUNTS, Shape.ACCOUNT, signed=True)
_SOURCE_ACCOUNT = CallerKey(Audience.SERVICES, Shape.ACCOUNT)
_IDENTITY = CallerKey(Audience.IDENTITIES, Shape.ARN, signed=True)
_NETWORK = CallerKey(Audience.NETWORK, Shape.ID)
_SIGNED = CallerKey(Audience.ANY_ACCOUNT, Shape.PRESENCE, signed=True)
_SIGNED_FLAG = CallerKey(Audience.ANY_ACCOUNT, Shape.FLAG, signed=True)
_PROVIDER = CallerKey(Audience.FEDERATED, Shape.PRESENCE)

_KEYS = {
    "aws:principalorgid": _ORGANIZATION,
    "aws:principalorgpaths": CallerKey(Audience.ORGANIZATION, Shape.ORG_PATH, signed=True),
    "aws:principalaccount": _ACCOUNT,
    "kms:calleraccount": _ACCOUNT,
    "aws:principalarn": _IDENTITY,
    "aws:userid": CallerKey(Audience.IDENTITIES, Shape.USER_ID),
    "aws:sourcearn": CallerKey(Audience.SERVICES, Shape.SOURCE),
    "aws:sourceaccount": _SOURCE_ACCOUNT,
    "aws:sourceowner": _SOURCE_ACCOUNT,
    "aws:sourceorgid": CallerKey(Audience.SERVICES, Shape.ID),
    "aws:sourceorgpaths": CallerKey(Audience.SERVICES, Shape.ORG_PATH),
    "aws:principalservicename": CallerKey(Audience.SERVICES, Shape.PRESENCE),
    "aws:principalservicenameslist": CallerKey(Audience.SERVICES, Shape.PRESENCE),
    "aws:principalisawsservice": CallerKey(Audience.SERVICES, Shape.FLAG, always=True),
    "aws:sourcevpc": _NETWORK,
    "aws:sourcevpce": _NETWORK,
    "aws:sourcevpcarn": _NETWORK,
    "aws:vpceaccount": _NETWORK,
    "aws:vpceorgid": _NETWORK,
    "aws:vpceorgpaths": CallerKey(Audience.NETWORK, Shape.ORG_PATH),
    "aws:sourceip": CallerKey(Audience.NETWORK, Shape.ADDRESS),
    "sts:externalid": CallerKey(Audience.SECRET, Shape.ID, signed=True),
    # Credentials that a compute service hands to one function, instance or command.
    "lambda:sourcefunctionarn": _IDENTITY,
    "ec2:sourceinstancearn": _IDENTITY,
    "ssm:sourceinstancearn": _IDENTITY,
    # Everybody with an AWS account can have these.
    "aws:username": _SIGNED,
    "aws:principaltype": _SIGNED,
    "aws:sourceidentity": _SIGNED,
    "aws:federatedprovider": _SIGNED,
    "aws:tokenissuetime": _SIGNED,
    "aws:multifactorauthage": _SIGNED,
    "aws:multifactorauthpresent": _SIGNED_FLAG,
    "aws:calledvia": _SIGNED,
    "aws:calledviafirst": _SIGNED,
    "aws:calledvialast": _SIGNED,
    "aws:viaawsservice": CallerKey(Audience.ANY_ACCOUNT, Shape.FLAG, signed=True, always=True),
    "aws:assumedroot": _SIGNED_FLAG,
    "kms:viaservice": _SIGNED,
    "kms:grantisforawsresource": _SIGNED_FLAG,
}
_SILENT = frozenset(
    "aws:" + name
    for name in (
        "currenttime",
        "epochtime",
        "referer",
        "requestedregion",
        "securetransport",
        "tagkeys",
        "useragent",
        "vpcsourceip",
        "ec2instancesourceprivateipv4",
        "ec2instancesourcevpc",
    )
)
"""Keys that say nothing of who calls: the caller chooses them, or they speak of the resource. Anybody's VPC may have
the addresses of yours."""
_SILENT_SERVICES = frozenset(
    ("s3", "kms", "sns", "sqs", "logs", "cloudtrail", "cloudwatch", "events", "iam", "sts", "organizations", "config")
)
"""Services whose own keys say nothing of who calls, but for those in the table."""
_OF_RESOURCE = (
    "aws:resourceaccount",
    "aws:resourceorg",
    "aws:resourcetag/",
    "s3:resourceaccount",
    "s3:existingobjecttag/",
)
_MEMBERSHIP = ("aws:principalorgid", "aws:principalorgpaths")
_POINTS = frozenset(("s3:dataaccesspointarn", "s3:dataaccesspointaccount"))


def caller_key(key: str) -> CallerKey | None:
    """What a key tells of who calls; None if nothing. KeyError if it is not known what it tells."""
    key = key.lower()
    known = _KEYS.get(key)
    if known is not None:
        return known
    service, _, name = key.partition(":")
    if service == "aws" and name.startswith("principaltag/"):
        return _SIGNED
    if key in _SILENT or key.startswith("aws:requesttag/") or speaks_of_resource(key):
        return None
    if service in _SILENT_SERVICES and key not in _POINTS:
        return None
    if service == "saml" or "." in service:
        return _PROVIDER
    raise KeyError(key)


def is_access_point(key: str) -> bool:
    """Whether a condition on the key leaves it to an access point's own policy who may call."""
    return key.lower() in _POINTS


def speaks_of_resource(key: str) -> bool:
    """Whether a condition on the key asks about the resource, so that no caller can do anything about it."""
    return key.lower().startswith(_OF_RESOURCE)


def come_together(one: str, other: str) -> bool:
    """Whether a request that has the one key has the other as well."""
    mine, theirs = one.lower(), other.lower()
    return mine == theirs or (mine in _MEMBERSHIP and theirs in _MEMBERSHIP)


def is_always_there(key: str) -> bool:
    """Whether every request has the key."""
    known = _KEYS.get(key.lower())
    return key.lower() == "aws:securetransport" or (known is not None and known.always)

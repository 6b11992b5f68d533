"""SNS: the topics that something of the audit trail is told through, and who receives that."""

from __future__ import annotations

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Pointer, Step, arn_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.kind import Context

_ATTRIBUTES = Call("sns", "GetTopicAttributes", "sns:GetTopicAttributes")


def _to_address(text: str, of: Context) -> str:
    """Old trails name their topic by its name. What an alarm or a rule sends to may be many other things."""
    partition, service, _, _, rest = arn_fields(text)
    if partition:
        return text if service == "sns" and ":" not in rest else ""
    return f"arn:{of['partition']}:sns:{of['region']}:{of['account']}:{text}"


def _is_confirmed(subscription: Context) -> bool:
    return str(subscription.get("SubscriptionArn")).startswith("arn:")


def _told_apart(endpoint: str) -> str:
    """A receiver without what may let others in: the path and query of an address often are the key to it."""
    scheme, found, rest = endpoint.partition("://")
    if not found:
        return endpoint
    from hashlib import sha256

    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    return f"{scheme}://{host}#{sha256(endpoint.encode()).hexdigest()[:8]}"


def _subscription_address(subscription: Context) -> str:
    """One that nobody confirmed has no ARN yet."""
    if _is_confirmed(subscription):
        return str(subscription["SubscriptionArn"])
    of_topic = arn_fields(str(subscription.get("TopicArn")))[4]
    who = f"{subscription.get('Protocol')}:{_told_apart(str(subscription.get('Endpoint')))}"
    return f"aws://{subscription['account']}/{subscription['region']}/sns.subscription/{of_topic}/{who}"


TOPIC = Kind(
    "sns.topic",
    address="{TopicArn}",
    listings=(Listing((Step(Call("sns", "ListTopics", "sns:ListTopics", items="Topics"), "Topics"),), wished=True),),
    listed=None,
    own={"arn": "{TopicArn}"},
    details=(
        Part("topic", _ATTRIBUTES, {"TopicArn": "{arn}"}, "Attributes"),
        Part("policy", _ATTRIBUTES, {"TopicArn": "{arn}"}, "Attributes.Policy"),
    ),
    name="arn",
    sparing=True,
    points=(Pointer("topic.KmsMasterKeyId", "kms.key"),),
    to_address=_to_address,
    seed=lambda address: {"arn": address},
    gone=("NotFound", "NotFoundException"),
)
SUBSCRIPTION = Kind(
    "sns.subscription",
    address=_subscription_address,
    listings=(
        # By topic, for an account's own list leaves out what other accounts have subscribed.
        Listing(
            (
                Step(
                    Call("sns", "ListSubscriptionsByTopic", "sns:ListSubscriptionsByTopic", items="Subscriptions"),
                    "Subscriptions",
                    {"TopicArn": "{arn}"},
                ),
            ),
            of="sns.topic",
        ),
    ),
    details=(
        Part(
            "",
            Call("sns", "GetSubscriptionAttributes", "sns:GetSubscriptionAttributes"),
            {"SubscriptionArn": "{SubscriptionArn}"},
            "Attributes",
            only=_is_confirmed,
        ),
    ),
    gone=("NotFound", "NotFoundException"),
)
KINDS = (TOPIC, SUBSCRIPTION)

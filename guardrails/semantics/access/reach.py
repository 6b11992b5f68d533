"""What there is to read, delete, silence and mute of an audit trail within reach of an identity.

Of trails it is asked wherever they are: whoever may stop any trail of the account may stop the one that matters. Of all
else it is asked of what surely holds audit logs or serves them, and surely is in the identity's own account: `s3:*` on
some bucket says nothing about logs.
"""

from __future__ import annotations

from functools import cache

from guardrails.kernel.truth import Verdict
from guardrails.kernel.typed import TypeVar
from guardrails.model.resource import Resource
from guardrails.semantics.access.actions import actions_of
from guardrails.semantics.access.automaton import Hole
from guardrails.semantics.access.powers import arns_like, asked, comparing, no_resource, not_asked
from guardrails.semantics.access.targets import (
    Target,
    bucket_itself,
    group_itself,
    key_of,
    objects_of,
    store_of,
    streams_of,
    topic_of,
)
from guardrails.semantics.scope import same_account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guardrails.kernel.many import Many
    from guardrails.kernel.truth import Truth
    from guardrails.model import Bucket, EncryptionKey, EventDataStore, LogGroup, Topic
    from guardrails.model.identity import Identity
    from guardrails.semantics.access.powers import Asked

R = TypeVar("R", bound=Resource)


_DIGITS_ONLY = "".join(chr(letter) for letter in range(33, 127) if not chr(letter).isdigit())
_FILE = "/CloudTrail/eu-central-1/2024/01/01/log.json.gz"


def log_files_of(bucket: Bucket) -> Target:
    """The files that trails write into a bucket, below the prefixes of those trails that are known.

    Not all of its objects: a role that may write wherever a key has `aws-glue-` in it reaches none of them.
    """
    whole = objects_of(bucket)
    written = {str(trail.prefix.or_none() or "") for trail, _ in bucket.trails.members()} or {""}
    account = Hole(("account", bucket.address), _DIGITS_ONLY)
    tails = [
        (*whole.surroundings.name, f"/{prefix}/AWSLogs/".replace("//", "/"), account, _FILE)
        for prefix in sorted(written)
    ]
    return Target(whole.surroundings, "s3", *tails)


@cache
def stopping_trails() -> tuple[Asked, ...]:
    """Stopping a trail or an event data store, deleting it, or changing what it records."""
    return (
        asked(actions_of("silence", "cloudtrail", "trail"), arns_like("arn:*:cloudtrail:*:*:trail/*")),
        asked(
            (
                *actions_of("silence", "cloudtrail", "event data store"),
                *actions_of("delete", "cloudtrail", "event data store"),
            ),
            arns_like("arn:*:cloudtrail:*:*:eventdatastore/*"),
        ),
        asked(actions_of("silence", "cloudtrail", "account"), no_resource()),
    )


def removing_logs(identity: Identity) -> tuple[Asked, ...]:
    """Deleting log files, or taking away what protects them, in the buckets with audit logs."""
    return _near(identity, identity.account.buckets, _holds_logs, _removing)


def _removing(bucket: Bucket) -> Iterator[Asked]:
    on_files = (*actions_of("delete", "s3", "object"), *actions_of("weaken", "s3", "object"))
    on_bucket = (
        *actions_of("delete", "s3", "bucket"),
        *actions_of("weaken", "s3", "bucket"),
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
    )
    yield asked(on_files, log_files_of(bucket), bucket.address)
    yield asked(on_bucket, bucket_itself(bucket), bucket.address)


def reading_logs(identity: Identity) -> tuple[Asked, ...]:
    """Reading audit logs, wherever they are kept."""
    account = identity.account
    return (
        *_near(identity, account.buckets, _holds_logs, _reading_files),
        *_near(identity, account.log_groups, _is_audit_group, _reading_group),
        *_near(identity, account.stores, _exists, _reading_store),
    )


def _reading_files(bucket: Bucket) -> Iterator[Asked]:
    yield asked(actions_of("read", "s3", "object"), log_files_of(bucket), bucket.address)


def _reading_group(group: LogGroup) -> Iterator[Asked]:
    yield asked(actions_of("read", "logs", "log group"), group_itself(group), group.address)
    yield asked(actions_of("read", "logs", "log stream"), streams_of(group), group.address)


def _reading_store(store: EventDataStore) -> Iterator[Asked]:
    yield asked(actions_of("read", "cloudtrail", "event data store"), store_of(store), store.address)


def muting_alerts(identity: Identity) -> tuple[Asked, ...]:
    """Deleting log groups with audit logs, the filters, alarms and rules that watch them, the topics that they tell, or
    the keys that all of that depends on."""
    account = identity.account
    return (
        *_near(identity, account.log_groups, _is_audit_group, _muting_group),
        *_near(identity, account.topics, _is_audit_topic, _muting_topic),
        *_near(identity, account.keys, _is_audit_key, _disabling_key),
    )


def _muting_group(group: LogGroup) -> Iterator[Asked]:
    on_group = (
        *actions_of("mute", "logs", "log group"),
        *actions_of("delete", "logs", "log group"),
        *actions_of("silence", "logs", "log group"),
    )
    yield asked(on_group, group_itself(group), group.address)
    yield asked(actions_of("delete", "logs", "log stream"), streams_of(group), group.address)


def _muting_topic(topic: Topic) -> Iterator[Asked]:
    yield asked(actions_of("mute", "sns", "topic"), topic_of(topic), topic.address)
    yield asked(actions_of("mute", "sns", "account"), no_resource())
    for publisher, _ in topic.publishers.members():
        name = publisher.name.or_none()
        if name is None or publisher.audit.verdict is not Verdict.TRUE:
            continue
        if publisher.service == "cloudwatch.amazonaws.com":
            target = arns_like(f"arn:*:cloudwatch:*:*:alarm:{name}")
            yield asked(actions_of("mute", "cloudwatch", "alarm"), target, publisher.address)
        elif publisher.service == "events.amazonaws.com":
            yield asked(
                actions_of("mute", "events", "rule"), arns_like(f"arn:*:events:*:*:rule/{name}"), publisher.address
            )


def _disabling_key(key: EncryptionKey) -> Iterator[Asked]:
    actions = (*actions_of("delete", "kms", "key"), "kms:DisableKey", "kms:PutKeyPolicy")
    yield asked(actions, key_of(key), key.address)


def _about(resource: R, questions: Callable[[R], Iterator[Asked]]) -> tuple[Asked, ...]:
    """Questions about a resource: the same for every identity, and each remembers what it is compared with."""
    return resource.remembered(questions, lambda: tuple(questions(resource)))


def _near(
    identity: Identity,
    resources: Many[R],
    test: Callable[[R], Truth],
    questions: Callable[[R], Iterator[Asked]],
) -> tuple[Asked, ...]:
    """Questions about those that surely are there, pass, and are in its account."""

    def chosen() -> tuple[R, ...]:
        return tuple(
            resource
            for resource, exists in resources.members()
            if exists.verdict is Verdict.TRUE and test(resource).verdict is Verdict.TRUE
        )

    found = identity.account.remembered(("passing", test), chosen)
    refused = comparing(identity, len(found))
    if refused is not None:
        return (not_asked(refused),)
    return tuple(
        question
        for resource in found
        if same_account(identity, resource).verdict is Verdict.TRUE
        for question in _about(resource, questions)
    )


def _exists(store: EventDataStore) -> Truth:
    return store.exists


def _holds_logs(bucket: Bucket) -> Truth:
    return bucket.audit


def _is_audit_group(group: LogGroup) -> Truth:
    return group.audit


def _is_audit_topic(topic: Topic) -> Truth:
    return topic.audit


def _is_audit_key(key: EncryptionKey) -> Truth:
    return key.guards

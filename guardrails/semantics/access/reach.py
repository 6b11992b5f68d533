"""What there is to read, delete, silence and mute of an audit trail within reach of an identity.

Of trails it is asked wherever they are: whoever may stop any trail of the account may stop the one that matters. Of all
else it is asked of what surely holds audit logs or serves them, and surely is in the identity's own account: `s3:*` on
some bucket says nothing about logs. Where an account refused to tell what there is, or which trails use it, any of it
may be what is meant.
"""

from __future__ import annotations

from functools import cache

from guardrails.kernel.truth import Verdict
from guardrails.kernel.typed import TypeVar
from guardrails.kernel.why import Why
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
    from guardrails.kernel.why import Reason
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
    return _near(identity, identity.account.buckets, _holds_logs, _removing, _removing_any)


def _removing_any(perhaps: tuple[Reason, ...]) -> Iterator[Asked]:
    yield asked((*_on_files(), *_on_bucket()), arns_like("arn:*:s3:::*"), perhaps=perhaps)


def _removing(bucket: Bucket) -> Iterator[Asked]:
    yield asked(_on_files(), log_files_of(bucket), bucket.address)
    yield asked(_on_bucket(), bucket_itself(bucket), bucket.address)


def _on_files() -> tuple[str, ...]:
    return (*actions_of("delete", "s3", "object"), *actions_of("weaken", "s3", "object"))


def _on_bucket() -> tuple[str, ...]:
    return (
        *actions_of("delete", "s3", "bucket"),
        *actions_of("weaken", "s3", "bucket"),
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
    )


def reading_logs(identity: Identity) -> tuple[Asked, ...]:
    """Reading audit logs, wherever they are kept."""
    account = identity.account
    return (
        *_near(identity, account.buckets, _holds_logs, _reading_files, _reading_any_file),
        *_near(identity, account.log_groups, _is_audit_group, _reading_group, _reading_any_group),
        *_near(identity, account.stores, _exists, _reading_store, _reading_any_store),
    )


def _reading_any_file(perhaps: tuple[Reason, ...]) -> Iterator[Asked]:
    yield asked(actions_of("read", "s3", "object"), arns_like("arn:*:s3:::*/*"), perhaps=perhaps)


def _reading_any_group(perhaps: tuple[Reason, ...]) -> Iterator[Asked]:
    actions = (*actions_of("read", "logs", "log group"), *actions_of("read", "logs", "log stream"))
    yield asked(actions, arns_like("arn:*:logs:*:*:log-group:*"), perhaps=perhaps)


def _reading_any_store(perhaps: tuple[Reason, ...]) -> Iterator[Asked]:
    stores = arns_like("arn:*:cloudtrail:*:*:eventdatastore/*")
    yield asked(actions_of("read", "cloudtrail", "event data store"), stores, perhaps=perhaps)


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
        *_near(identity, account.log_groups, _is_audit_group, _muting_group, _muting_any_group),
        *_near(identity, account.topics, _is_audit_topic, _muting_topic, _muting_any_topic),
        *_near(identity, account.keys, _is_audit_key, _disabling_key, _disabling_any_key),
    )


def _muting_any_group(perhaps: tuple[Reason, ...]) -> Iterator[Asked]:
    actions = (*_on_group(), *actions_of("delete", "logs", "log stream"))
    yield asked(actions, arns_like("arn:*:logs:*:*:log-group:*"), perhaps=perhaps)


def _muting_any_topic(perhaps: tuple[Reason, ...]) -> Iterator[Asked]:
    yield asked(actions_of("mute", "sns", "topic"), arns_like("arn:*:sns:*:*:*"), perhaps=perhaps)


def _disabling_any_key(perhaps: tuple[Reason, ...]) -> Iterator[Asked]:
    yield asked(_disabling(), arns_like("arn:*:kms:*:*:key/*"), perhaps=perhaps)


def _on_group() -> tuple[str, ...]:
    return (
        *actions_of("mute", "logs", "log group"),
        *actions_of("delete", "logs", "log group"),
        *actions_of("silence", "logs", "log group"),
    )


def _muting_group(group: LogGroup) -> Iterator[Asked]:
    yield asked(_on_group(), group_itself(group), group.address)
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
    yield asked(_disabling(), key_of(key), key.address)


def _disabling() -> tuple[str, ...]:
    return (*actions_of("delete", "kms", "key"), "kms:DisableKey", "kms:PutKeyPolicy")


def _about(resource: R, questions: Callable[[R], Iterator[Asked]]) -> tuple[Asked, ...]:
    """Questions about a resource: the same for every identity, and each remembers what it is compared with."""
    return resource.remembered(questions, lambda: tuple(questions(resource)))


def _near(
    identity: Identity,
    resources: Many[R],
    test: Callable[[R], Truth],
    questions: Callable[[R], Iterator[Asked]],
    about_any: Callable[[tuple[Reason, ...]], Iterator[Asked]],
) -> tuple[Asked, ...]:
    """Questions about those that surely are there, pass, and are in its account; and about any, as `about_any` asks
    them, where an account refused to tell which there are."""
    account = identity.account

    def chosen() -> tuple[R, ...]:
        return tuple(
            resource
            for resource, exists in resources.members()
            if exists.verdict is Verdict.TRUE and test(resource).verdict is Verdict.TRUE
        )

    def hidden() -> tuple[Asked, ...]:
        if account.observed.verdict is not Verdict.TRUE:
            return ()  # code that was not read is no evidence of anything
        doubts = [gap for many in (resources, account.trails) for gap in many.gaps]
        doubts += [reason for resource, exists in resources.members() for reason in (exists & test(resource)).reasons]
        refused = dict.fromkeys(reason for reason in doubts if reason.why is Why.DENIED)
        return tuple(about_any(tuple(refused))) if refused else ()

    found = account.remembered(("passing", test), chosen)
    any_of_them = account.remembered(("refused", about_any), hidden)
    refused = comparing(identity, len(found))
    if refused is not None:
        return (not_asked(refused),)
    near = [
        question
        for resource in found
        if same_account(identity, resource).verdict is Verdict.TRUE
        for question in _about(resource, questions)
    ]
    return (*near, *any_of_them)


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

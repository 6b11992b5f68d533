"""Which files of a bucket a lifecycle rule acts on, as far as audit logs are concerned."""

from __future__ import annotations

from guardrails.api import Reason, Why, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import AuditTrail, Bucket, LifecycleRule, Truth

_SERVICES = ("CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight")


def reaches_logs(rule: LifecycleRule, bucket: Bucket) -> Truth:
    """Whether a rule, if enabled, acts on files that CloudTrail delivers to the bucket.

    A trail writes to `PREFIX/AWSLogs/ACCOUNT/CloudTrail...`, an organization trail puts the organization's id before
    the account.
    """
    everything = ~rule.prefix.is_set() | rule.prefix.equals("")
    known_trails = bucket.trails.some(lambda trail: _meets(rule, trail))
    unseen = Reason(
        Why.ELSEWHERE,
        "the trails that deliver here are not part of this deployment, so the prefix of their files is not known",
        "scan it together with the deployment that creates the trails",
        rule.prefix.origin,
    )
    tells = rule.prefix.where(names_logs)
    other_trails = (tells & rule.prefix.where(may_hold_any)) | (~tells & unknown(unseen, facts=(rule.prefix.fact(),)))
    narrowed = Reason(
        Why.CANNOT_SAY,
        "the rule acts only on objects with certain tags or sizes, and whether log files have them cannot be told",
        "name what it acts on by prefix alone",
        rule.origin,
    )
    matches = everything | known_trails | (bucket.trails.is_empty() & other_trails)
    return matches & (~rule.narrowed | unknown(narrowed, facts=rule.narrowed.facts))


def _meets(rule: LifecycleRule, trail: AuditTrail) -> Truth:
    base = trail.prefix.or_default("")
    text = base.or_none()
    if text is None:
        return unknown(*base.reasons, facts=(base.fact(),))
    return rule.prefix.where(lambda prefix: may_hold(prefix, f"{text.rstrip('/')}/AWSLogs/".lstrip("/")))


def may_hold(prefix: str, logs: str) -> bool:
    """Whether some key of a trail that writes below `logs` begins with `prefix`."""
    return logs.startswith(prefix) or (prefix.startswith(logs) and _of_trail(prefix.removeprefix(logs)))


def names_logs(prefix: str) -> bool:
    return "AWSLogs" in prefix.split("/")


def may_hold_any(prefix: str) -> bool:
    return _of_trail(prefix.partition("AWSLogs")[2].removeprefix("/"))


def _of_trail(below: str) -> bool:
    """Whether what follows `AWSLogs/` may be the start of a trail's file and not of another service's."""
    segments = below.split("/")
    if segments[0].startswith("o-"):
        segments = segments[1:]
    if len(segments) < 2:
        return True
    return segments[1] in _SERVICES if len(segments) > 2 else any(name.startswith(segments[1]) for name in _SERVICES)

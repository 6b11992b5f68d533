"""Names and ARNs reduced to the form in which two mentions of one resource can be compared."""

from __future__ import annotations


def _tail(text: str) -> str:
    """The resource part of an ARN; the text itself if it is none."""
    return text.split(":", 5)[5] if text.startswith("arn:") and text.count(":") >= 5 else text


def trail_name(text: str) -> str:
    return _tail(text).removeprefix("trail/")


def store_name(text: str) -> str:
    return _tail(text).removeprefix("eventdatastore/")


def bucket_name(text: str) -> str:
    """The bucket of a name, a bucket ARN or an object ARN."""
    return _tail(text).split("/", 1)[0]


def log_group_name(text: str) -> str:
    """The log group of a name, an ARN, or an ARN with the log-stream suffix `:*`."""
    tail = _tail(text)
    if tail.startswith("log-group:"):
        tail = tail.removeprefix("log-group:").split(":", 1)[0]
    return tail


def key_name(text: str) -> str:
    """The id of a key, or its alias with `alias/` in front."""
    return _tail(text).removeprefix("key/")


def role_name(text: str) -> str:
    return _tail(text).removeprefix("role/").rsplit("/", 1)[-1]


def user_name(text: str) -> str:
    return _tail(text).removeprefix("user/").rsplit("/", 1)[-1]


def group_name(text: str) -> str:
    return _tail(text).removeprefix("group/").rsplit("/", 1)[-1]


def permission_set_name(text: str) -> str:
    """The two ids of a permission set, or its name."""
    return _tail(text).removeprefix("permissionSet/")


def policy_name(text: str) -> str:
    """The ARN of a policy that AWS manages stays whole: it is never one of ours."""
    if ":iam::aws:" in text:
        return text
    return _tail(text).removeprefix("policy/").rsplit("/", 1)[-1]


def sink_name(text: str) -> str:
    return _tail(text).removeprefix("sink/")


def destination_name(text: str) -> str:
    return _tail(text).removeprefix("destination:")


def topic_name(text: str) -> str:
    return _tail(text)


def same(text: str) -> str:
    """Ids that have one spelling."""
    return text


def alarm_name(text: str) -> str:
    return _tail(text).removeprefix("alarm:")


def rule_name(text: str) -> str:
    """The name of an event rule; its ARN and its id in Terraform have the bus in front."""
    return _tail(text).removeprefix("rule/").rsplit("/", 1)[-1]


def bus_name(text: str) -> str:
    return _tail(text).removeprefix("event-bus/")

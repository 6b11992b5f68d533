"""What resources are called: names, ARNs and what they name, and whether two contents are the same."""

from __future__ import annotations

from guardrails.model import DelegatedAdministrator, EncryptionKey, SecurityStandard, Subscription

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from guardrails.kernel.value import Value
    from guardrails.model.resource import Resource


def texts_of(other: Resource) -> set[str]:
    """What something of an account is called by."""
    return {str(text) for text in (other.address, other.name.or_none()) if text}


def known_by(resource: Resource) -> tuple[Value[Any], ...]:
    """What a resource is known by."""
    if isinstance(resource, EncryptionKey):
        return resource.alias, resource.name
    if isinstance(resource, Subscription):
        return (resource.endpoint,)
    if isinstance(resource, SecurityStandard):
        return (resource.standard,)
    if isinstance(resource, DelegatedAdministrator):
        return (resource.account_id,)
    return (resource.name,)


def equal(declared: object, live: object, meaning: Callable[[Any], object] | None) -> bool:
    """Whether two known contents are the same; an empty text says as little as none."""
    if declared == live:
        return True
    if meaning is not None:
        return (declared is None) is (live is None) and meaning(declared) == meaning(live)
    if isinstance(declared, str) and isinstance(live, str):
        return short(declared) == short(live) and (is_arn(declared) != is_arn(live))
    if declared in (None, "") and live in (None, ""):
        return True
    if _is_number(declared) and _is_number(live):
        return float(str(declared)) == float(str(live))
    return False


def _is_number(content: object) -> bool:
    """A whole number, a float or a decimal: sources differ in what they make of `0.1`."""
    return hasattr(content, "__float__") and not isinstance(content, bool)


def is_arn(text: str) -> bool:
    return text.startswith("arn:")


def plain_arn(text: str) -> str:
    return text.removesuffix(":*")


_HEADS = (
    *("alarm:", "alias/", "detector/", "eventdatastore/", "group/", "key/", "log-group:", "policy/", "role/"),
    *("rule/", "trail/", "user/"),
)


_WITH_PATHS = frozenset(("group/", "policy/", "role/", "user/"))
"""Of these a name is unique without its path."""


def short(text: str) -> str:
    """What an ARN names, without a wildcard behind it; the text itself where it is none. Aliases keep their `alias/`:
    that tells them from the ids of keys."""
    if not is_arn(text):
        return text
    resource = text.split(":", 5)[-1].removesuffix(":*")
    for head in _HEADS:
        if resource.startswith(head):
            name = resource if head == "alias/" else resource.removeprefix(head)
            return name.rpartition("/")[2] if head in _WITH_PATHS else name
    return resource

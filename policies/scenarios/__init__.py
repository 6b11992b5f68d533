"""What must be noticed in an account, as sets of partial CloudTrail records: one function for each, listed by name."""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.api import Scenario

_HOMES = {
    "identity": (
        "iam-policy-change",
        "iam-identity-change",
        "root-use",
        "sign-in-without-mfa",
        "sign-in-failure",
        "unauthorized-call",
    ),
    "recording": ("trail-change", "config-change", "pipeline-tampering"),
    "storage": ("key-removal", "bucket-policy-change", "destructive-deletion"),
    "network": ("security-group-change", "network-acl-change", "gateway-change", "route-change", "vpc-change"),
    "account": ("organization-change", "unusual-region"),
}

NAMES = tuple(sorted(name for names in _HOMES.values() for name in names))
"""All built-in scenarios."""


def _module(home: str) -> object:
    # As `importlib.import_module` does, which costs more to import than all of these.
    return __import__(f"{__name__}.{home}", fromlist=("*",))


@cache
def named(name: str) -> Scenario:
    """The built-in scenario of this name, made once; a KeyError for any other."""
    for home, names in _HOMES.items():
        if name in names:
            build: Callable[[], Scenario] = getattr(_module(home), name.replace("-", "_"))
            return build()
    raise KeyError(name)

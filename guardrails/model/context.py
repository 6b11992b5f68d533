"""What the configuration says about a deployment that its source cannot say."""

from __future__ import annotations

from guardrails.kernel.record import Record


class Context(Record):
    """Statements about one deployment, from configuration.

    The `audit_*` tuples are glob patterns over names: resources that hold audit data although nothing in the code says
    so.
    """

    audit_buckets: tuple[str, ...] = ()
    audit_log_groups: tuple[str, ...] = ()
    audit_topics: tuple[str, ...] = ()
    audit_keys: tuple[str, ...] = ()
    watched_destinations: tuple[str, ...] = ()
    """Names and ARNs, as glob patterns, of streams, functions and log destinations behind which somebody watches: a
    SIEM."""
    account_id: str = ""
    """The account that it is deployed to; empty where nothing is said."""
    region: str = ""
    organization_id: str = ""
    expects_trail: bool = False
    """Whether this deployment is where the account's trail must be."""

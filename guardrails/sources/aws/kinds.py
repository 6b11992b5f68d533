"""All that is read of an account: by type of resource the calls that list it and the calls about one of it.

This table is everything: the executor (`collect`) knows nothing of any service, the least policy of the scanning role
is made from the table (`permissions`), and no other call about resources is made. The types and the names of their
parts are those that the `live` columns of the lowerings read.
"""

from __future__ import annotations

from guardrails.sources.aws import (
    kinds_cloudtrail,
    kinds_cloudwatch,
    kinds_detection,
    kinds_events,
    kinds_iam,
    kinds_kms,
    kinds_logs,
    kinds_lookups,
    kinds_organizations,
    kinds_s3,
    kinds_sns,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.kind import Kind

_MODULES = (
    kinds_cloudtrail.KINDS,
    kinds_s3.KINDS,
    kinds_logs.KINDS,
    kinds_kms.KINDS,
    kinds_sns.KINDS,
    kinds_cloudwatch.KINDS,
    kinds_events.KINDS,
    kinds_iam.KINDS,
    kinds_organizations.KINDS,
    kinds_detection.KINDS,
    kinds_lookups.KINDS,
)
KINDS: dict[str, Kind] = {kind.type: kind for of_service in _MODULES for kind in of_service}


def kinds() -> dict[str, Kind]:
    """All kinds by type."""
    return KINDS

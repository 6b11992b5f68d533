"""AWS: documents of every dialect become typed resources here."""

from __future__ import annotations

from guardrails.lower.aws.account import DELEGATED_ADMINISTRATOR, ORGANIZATION, ORGANIZATION_POLICY
from guardrails.lower.aws.exposure import ACCOUNT_BLOCK
from guardrails.lower.aws.guarded import GUARDED
from guardrails.lower.aws.identity import GROUP, IDENTITY, MANAGED_POLICY, PERMISSION_SET, ROLE, USER
from guardrails.lower.aws.logs import LOG_ACCESS_POLICY, LOG_GROUP, MONITORING_SHARE
from guardrails.lower.aws.security import KEY, TOPIC
from guardrails.lower.aws.storage import BUCKET
from guardrails.lower.aws.trail import STORE, TRAIL
from guardrails.lower.aws.watch_kinds import WATCHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.lower.world import Lowering

LOWERINGS: tuple[Lowering[Any], ...] = (
    TRAIL,
    STORE,
    BUCKET,
    ACCOUNT_BLOCK,
    LOG_GROUP,
    KEY,
    ROLE,
    USER,
    GROUP,
    PERMISSION_SET,
    MANAGED_POLICY,
    TOPIC,
    *WATCHING,
    LOG_ACCESS_POLICY,
    ORGANIZATION,
    ORGANIZATION_POLICY,
    DELEGATED_ADMINISTRATOR,
    # Behind the kinds that they share types with: what is attached to a role is found by the names of roles.
    MONITORING_SHARE,
    GUARDED,
    IDENTITY,
)

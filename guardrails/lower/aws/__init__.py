"""AWS: documents of every dialect become typed resources here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails.lower.aws.account import DELEGATED_ADMINISTRATOR, ORGANIZATION, ORGANIZATION_POLICY
from guardrails.lower.aws.logs import LOG_GROUP
from guardrails.lower.aws.security import KEY, MANAGED_POLICY, ROLE, TOPIC
from guardrails.lower.aws.storage import BUCKET
from guardrails.lower.aws.trail import STORE, TRAIL

if TYPE_CHECKING:
    from guardrails.lower.world import Lowering

LOWERINGS: tuple[Lowering[Any], ...] = (
    TRAIL,
    STORE,
    BUCKET,
    LOG_GROUP,
    KEY,
    ROLE,
    MANAGED_POLICY,
    TOPIC,
    ORGANIZATION,
    ORGANIZATION_POLICY,
    DELEGATED_ADMINISTRATOR,
)

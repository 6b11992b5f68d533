"""What closes the gaps that the policies on keys find."""

from __future__ import annotations

from guardrails.api import AddCondition, AddStatement, LeftToYou, SetArgument

from .. import _keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Remedies

_KEYS = ("aws_kms_key", "aws_kms_key_policy", "aws_iam_policy_document")

REMEDIES: Remedies = {
    "KMS-001": lambda _: _keys.encrypted_with("kms_key_id", "Log files of trails", _keys.FOR_TRAILS),
    "KMS-002": lambda _: ((SetArgument("is_enabled", "true"),),),
    "KMS-003": lambda _: ((SetArgument("enable_key_rotation", "true"),),),
    "KMS-004": lambda _: ((LeftToYou("who is meant to use the key, only you know: name them in the statement"),),),
    "KMS-005": lambda _: (
        (AddCondition("StringEquals", "aws:SourceAccount", ("{account}",)),),
        *((AddStatement(one, _KEYS),) for one in (_keys.FOR_TRAILS[0],)),
    ),
    "KMS-006": lambda _: (
        (LeftToYou("who is to administer the key and who is to read the logs, only you know: name different ones"),),
    ),
    "KMS-007": lambda _: _keys.encrypted_with("kms_key_id", "Log groups with audit logs", _keys.FOR_LOGS),
    "KMS-008": lambda _: (
        *_keys.encrypted_with("kms_master_key_id", "Topics for alerts", _keys.FOR_ALERTS),
        *_keys.encrypted_with("kms_master_key_id", "Topics for alerts", (*_keys.FOR_DELIVERIES, *_keys.FOR_ALERTS)),
    ),
    "KMS-009": lambda settings: (
        (SetArgument("deletion_window_in_days", str(settings.required_deletion_window_days)),),
    ),
}

"""What closes the gaps that the policies on keys find."""

from __future__ import annotations

from guardrails.api import SetArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Remedies

REMEDIES: Remedies = {
    "KMS-002": lambda _: ((SetArgument("is_enabled", "true"),),),
    "KMS-003": lambda _: ((SetArgument("enable_key_rotation", "true"),),),
    "KMS-009": lambda settings: (
        (SetArgument("deletion_window_in_days", str(settings.required_deletion_window_days)),),
    ),
}

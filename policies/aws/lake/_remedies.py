"""What closes the gaps that the policies on event data stores find."""

from __future__ import annotations

from guardrails.api import AddBlock, Nested, SetArgument

from .. import _keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Remedies

_MANAGEMENT = Nested(
    "advanced_event_selector",
    {"name": '"management events"'},
    (Nested("field_selector", {"field": '"eventCategory"', "equals": '["Management"]'}),),
)

REMEDIES: Remedies = {
    "LAKE-001": lambda _: _keys.encrypted_with("kms_key_id", "Events of event data stores", _keys.FOR_STORES),
    "LAKE-002": lambda _: ((SetArgument("termination_protection_enabled", "true"),),),
    "LAKE-003": lambda _: (
        (SetArgument("multi_region_enabled", "true"),),
        (SetArgument("organization_enabled", "true"),),
    ),
    "LAKE-004": lambda _: ((SetArgument("suspend", "false"),), (AddBlock(_MANAGEMENT),)),
    "LAKE-005": lambda settings: ((SetArgument("retention_period", str(settings.required_retention_days)),),),
}

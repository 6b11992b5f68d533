"""What closes the gaps that the policies on trails find."""

from __future__ import annotations

from guardrails.api import AddBlock, Nested, SetArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Remedies

_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
_INSIGHTS = tuple(Nested("insight_selector", {"insight_type": f'"{name}"'}) for name in _TYPES)
_CALLS, _ERRORS = _INSIGHTS

REMEDIES: Remedies = {
    "TRAIL-002": lambda _: ((SetArgument("enable_logging", "true"),),),
    "TRAIL-003": lambda _: (
        (SetArgument("is_multi_region_trail", "true"),),
        # Only with its global events may a trail be one of all Regions.
        (SetArgument("is_multi_region_trail", "true"), SetArgument("include_global_service_events", "true")),
    ),
    "TRAIL-004": lambda _: ((SetArgument("include_global_service_events", "true"),),),
    "TRAIL-005": lambda _: ((SetArgument("enable_log_file_validation", "true"),),),
    "TRAIL-010": lambda _: ((AddBlock(_ERRORS),), (AddBlock(_CALLS),), (AddBlock(_CALLS), AddBlock(_ERRORS))),
    "TRAIL-013": lambda _: (
        (SetArgument("prevent_destroy", "true", ("lifecycle",)),),
        (SetArgument("prevent_destroy", "true", ("lifecycle",), ("aws_s3_bucket",)),),
        (SetArgument("prevent_destroy", "true", ("lifecycle",), ("aws_cloudwatch_log_group",)),),
    ),
}

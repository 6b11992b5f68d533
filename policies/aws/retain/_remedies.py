"""What closes the gaps that the policies on retention find."""

from __future__ import annotations

from guardrails.api import SetArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Remedies

_PERIODS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""The days that CloudWatch Logs takes for a retention; 0 keeps events for ever."""


def _period(days: int) -> str:
    """The shortest retention that keeps events for so many days."""
    return str(next((period for period in _PERIODS if period >= days), 0))


REMEDIES: Remedies = {
    "RETAIN-001": lambda settings: ((SetArgument("retention_in_days", _period(settings.required_retention_days)),),),
    "RETAIN-005": lambda _: (
        (SetArgument("deletion_protection_enabled", "true"),),
        # For a provider that does not know the argument yet.
        (SetArgument("prevent_destroy", "true", ("lifecycle",)),),
    ),
}

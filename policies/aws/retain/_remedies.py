"""What closes the gaps that the policies on retention find."""

from __future__ import annotations

from guardrails.api import AddBlock, AddResource, Nested, SetArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Alternatives, Remedies

_PERIODS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""The days that CloudWatch Logs takes for a retention; 0 keeps events for ever."""


def _period(days: int) -> str:
    """The shortest retention that keeps events for so many days."""
    return str(next((period for period in _PERIODS if period >= days), 0))


_LIFECYCLE = ("aws_s3_bucket_lifecycle_configuration",)


def _days(days: int, *names: tuple[str, str]) -> Alternatives:
    """A number of days in a rule of a lifecycle, whichever resource holds that."""
    return tuple(
        (SetArgument(argument, str(days), (rule, block), on),)
        for block, argument in names
        for rule, on in (("rule", _LIFECYCLE), ("lifecycle_rule", ()))
    )


def _archived(rule: str, *enabled: tuple[str, str]) -> Nested:
    filtered = () if rule == "lifecycle_rule" else (Nested("filter"),)
    moved = Nested("transition", {"days": "90", "storage_class": '"GLACIER"'})
    return Nested(rule, {"id": '"archive"', **dict(enabled)}, (*filtered, moved))


REMEDIES: Remedies = {
    "RETAIN-001": lambda settings: ((SetArgument("retention_in_days", _period(settings.required_retention_days)),),),
    "RETAIN-002": lambda settings: _days(
        settings.required_retention_days,
        ("expiration", "days"),
        ("noncurrent_version_expiration", "noncurrent_days"),
        ("noncurrent_version_expiration", "days"),
    ),
    "RETAIN-003": lambda _: (
        (AddBlock(_archived("rule", ("status", '"Enabled"')), _LIFECYCLE),),
        (
            AddResource(
                "aws_s3_bucket_lifecycle_configuration",
                {"bucket": "{subject}.id"},
                (_archived("rule", ("status", '"Enabled"')),),
                unless="lifecycle",
            ),
        ),
        (AddBlock(_archived("lifecycle_rule", ("enabled", "true"))),),
    ),
    "RETAIN-004": lambda settings: _days(settings.hot_days, ("transition", "days")),
    "RETAIN-005": lambda _: (
        (SetArgument("deletion_protection_enabled", "true"),),
        # For a provider that does not know the argument yet.
        (SetArgument("prevent_destroy", "true", ("lifecycle",)),),
    ),
    # What CloudWatch Logs does while nobody says anything: a decision that takes nothing away.
    "RETAIN-006": lambda _: ((SetArgument("retention_in_days", "0"),),),
}

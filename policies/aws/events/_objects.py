"""Whether what happens to the objects in buckets is recorded."""

from __future__ import annotations

from guardrails.api import AuditTrail, Settings, Truth, all_of, every_recorded, object_events, recorders_with


class Options(Settings):
    sensitive_buckets: tuple[str, ...] = ()
    """Names of the buckets that matter; empty for all buckets, those of tomorrow included."""


def objects_recorded(trail: AuditTrail, settings: Options, *, read: bool) -> Truth:
    """Whether something that records where the trail does takes all reads of objects, or all writes."""
    return all_of(
        every_recorded(
            object_events(read=read, bucket=bucket),
            recorders_with(trail),
            provided=lambda recorder: recorder.multi_region.is_true(),
        )
        for bucket in settings.sensitive_buckets or (None,)
    )

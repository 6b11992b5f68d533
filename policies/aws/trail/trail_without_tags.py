"""TRAIL-014."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import AuditTrail, Check, Settings, Severity, Truth, all_of, decide, policy, require

from ...frameworks import controls


class Options(Settings):
    required_tags: tuple[str, ...] = ()
    """Names of the tags that a trail must carry; while it is empty, any tag will do."""


@policy(
    "TRAIL-014",
    on=AuditTrail,
    severity=Severity.INFO,
    since="0.1",
    enabled=False,
    controls=controls(fsbp=["CloudTrail.9"]),
)
def trail_without_tags(trail: AuditTrail, settings: Options) -> Iterator[Check]:
    """A trail that does not say by its tags whose it is."""

    def carries(tag: str) -> Truth:
        return trail.tag_names.some(lambda name: name.equals(tag))

    named = settings.required_tags
    yield require(~trail.tag_names.is_empty(), "the trail carries no tags that say whose it is", when=decide(not named))
    yield require(
        all_of(map(carries, named)),
        f"the trail does not carry all of the tags {', '.join(named)}",
        when=decide(bool(named)),
    )

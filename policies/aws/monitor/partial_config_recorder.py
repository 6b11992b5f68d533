"""MONITOR-028."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, ConfigRecorder, Severity, policy, require

from ...frameworks import controls


@policy(
    "MONITOR-028",
    on=ConfigRecorder,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.5", "3.3", "4.3"),
        fsbp=["Config.1"],
        iso=["A.5.16", "A.5.22"],
        soc2=["CC2.1", "CC3.1", "CC3.4", "CC8.1", "PI1.3"],
        mlps=["8.1.4.3a"],
    ),
)
def partial_config_recorder(recorder: ConfigRecorder) -> Iterator[Check]:
    """A recorder of AWS Config that is switched off, delivers nowhere, or records chosen types of resources only."""
    yield require(
        recorder.recording.is_true() & ~recorder.channels.is_empty(), "it is not switched on, or delivers nowhere"
    )
    everything = recorder.all_supported.is_true()
    yield require(
        everything | recorder.strategy.equals("EXCLUSION_BY_RESOURCE_TYPES"),
        "it records some types of resources only",
    )

"""EVENTS-011."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Settings,
    Severity,
    all_of,
    data_events,
    policy,
    recorders_with,
    require,
    some_recorded,
)

from ...frameworks import controls


class Options(Settings):
    required_data_event_types: tuple[str, ...] = (
        "AWS::Bedrock::AgentAlias",
        "AWS::Bedrock::FlowAlias",
        "AWS::Bedrock::Guardrail",
        "AWS::Bedrock::InlineAgent",
        "AWS::Bedrock::KnowledgeBase",
        "AWS::Bedrock::Model",
    )
    """The resource types whose data events must be recorded."""


@policy(
    "EVENTS-011",
    on=AuditTrail,
    severity=Severity.LOW,
    since="0.1",
    enabled=False,
    controls=controls(nist=["AU-2b", "AU-12a", "AU-12c"], iso=["A.8.15"], soc2=["CC7.2"], mlps=["8.1.4.3a"]),
)
def unrecorded_generative_ai(trail: AuditTrail, settings: Options) -> Check:
    """A trail that leaves calls on Bedrock agents, bases and models unrecorded, where nothing else records them."""
    return require(
        all_of(
            some_recorded(data_events(kind), recorders_with(trail), of_each=("readOnly", "resources.ARN"))
            for kind in settings.required_data_event_types
        ),
        "data events of some required resource types are not recorded",
    )

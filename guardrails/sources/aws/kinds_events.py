"""EventBridge: buses, rules, and what these send to."""

from __future__ import annotations

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Pointer, Step

_BUSES = Step(
    Call("events", "ListEventBuses", "events:ListEventBuses", items="EventBuses"),
    "EventBuses",
    names={"EventBusName": "{Name}"},
)
_RULES = Step(
    Call("events", "ListRules", "events:ListRules", items="Rules", absent=("ResourceNotFoundException",)),
    "Rules",
    {"EventBusName": "{EventBusName}"},
    names={"Rule": "{Name}"},
    about="{Arn}",
)
_TARGETS = Step(
    Call(
        "events",
        "ListTargetsByRule",
        "events:ListTargetsByRule",
        items="Targets",
        absent=("ResourceNotFoundException",),
    ),
    "Targets",
    {"Rule": "{Rule}", "EventBusName": "{EventBusName}"},
    only=lambda rule: bool(rule.get("EventPattern")),  # what runs by the clock tells of no event
    about="{Arn}",
)

BUS = Kind("events.bus", address="{Arn}", listings=(Listing((_BUSES,)),))
RULE = Kind("events.rule", address="{Arn}", listings=(Listing((_BUSES, _RULES)),))
TARGET = Kind(
    "events.target",
    address="aws://{account}/{region}/events.target/{EventBusName}/{Rule}/{Id}",
    listings=(Listing((_BUSES, _RULES, _TARGETS)),),
    own={"Rule": "{Rule}", "EventBusName": "{EventBusName}"},
    points=(Pointer("Arn", "sns.topic"),),
)
KINDS = (BUS, RULE, TARGET)

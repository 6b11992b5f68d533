"""What closes the gaps that the policies on recorded events find."""

from __future__ import annotations

from guardrails.api import AddBlock, LeftToYou, Nested, RemoveBlocks, SetArgument

from .. import _access_logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from guardrails.api import Alternatives, Remedies


def _fields(**fields: str) -> tuple[Nested, ...]:
    return tuple(
        Nested("field_selector", {"field": f'"{name.replace("__", ".")}"', "equals": f'["{value}"]'})
        for name, value in fields.items()
    )


_MANAGEMENT = Nested("advanced_event_selector", {"name": '"management events"'}, _fields(eventCategory="Management"))


def _data(type: str, values: str, what: str) -> Callable[[object], Alternatives]:
    """Data events of all resources of a type. A trail has selectors of one form only: those of the other are not to be
    added, and where it has none, the basic ones keep all management events."""
    basic = Nested("event_selector", {}, (Nested("data_resource", {"type": f'"{type}"', "values": f'["{values}"]'}),))
    advanced = Nested(
        "advanced_event_selector",
        {"name": f'"{what}"'},
        _fields(eventCategory="Data", resources__type=type),
    )
    return lambda _: ((AddBlock(advanced),), (AddBlock(basic),))


def _objects(settings: object) -> Alternatives:
    return _data("AWS::S3::Object", "arn:aws:s3", "data events of all objects")(settings)


def _network(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    """Only advanced selectors know such events, and a trail with these has none of the basic ones."""
    sources = settings.network_event_sources or ("s3.amazonaws.com",)
    selectors = tuple(
        AddBlock(
            Nested(
                "advanced_event_selector",
                {"name": f'"calls of {source} through VPC endpoints"'},
                _fields(eventCategory="NetworkActivity", eventSource=source),
            )
        )
        for source in sources
    )
    return (selectors, (AddBlock(_MANAGEMENT), *selectors), (_BASIC_ONES,))


def _kinds(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    selectors = tuple(
        AddBlock(
            Nested(
                "advanced_event_selector",
                {"name": f'"data events of {kind}"'},
                _fields(eventCategory="Data", resources__type=kind),
            )
        )
        for kind in settings.required_data_event_types
    )
    return (selectors, (AddBlock(_MANAGEMENT), *selectors), (_BASIC_ONES,))


_BASIC_ONES = LeftToYou("basic selectors do not know such events: rewrite what the trail selects as advanced selectors")

REMEDIES: Remedies = {
    "EVENTS-001": lambda _: (
        (SetArgument("read_write_type", '"All"', ("event_selector",)),),
        (SetArgument("include_management_events", "true", ("event_selector",)),),
        (
            SetArgument("read_write_type", '"All"', ("event_selector",)),
            SetArgument("include_management_events", "true", ("event_selector",)),
        ),
        (AddBlock(_MANAGEMENT),),
        (AddBlock(Nested("event_selector", {"read_write_type": '"All"', "include_management_events": "true"})),),
    ),
    "EVENTS-002": lambda _: (
        (SetArgument("exclude_management_event_sources", "[]", ("event_selector",)),),
        (AddBlock(_MANAGEMENT),),
        (RemoveBlocks(("event_selector",)),),
    ),
    "EVENTS-003": _objects,
    "EVENTS-004": _objects,
    "EVENTS-005": _objects,
    "EVENTS-006": _data("AWS::Lambda::Function", "arn:aws:lambda", "invocations of all functions"),
    "EVENTS-007": _data("AWS::DynamoDB::Table", "arn:aws:dynamodb", "data events of all tables"),
    "EVENTS-008": lambda _: _access_logs.LOGGED,
    "EVENTS-009": lambda _: (
        (RemoveBlocks(("event_selector",)),),
        (SetArgument("exclude_management_event_sources", "[]", ("event_selector",)),),
        (LeftToYou("which events the selector was meant to take, only you know"),),
    ),
    "EVENTS-010": _network,
    "EVENTS-011": _kinds,
}

"""What closes the gaps that the policies on recorded events find."""

from __future__ import annotations

from guardrails.api import AddBlock, Nested, RemoveBlocks, SetArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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


REMEDIES: Remedies = {
    "EVENTS-001": lambda _: (
        (SetArgument("read_write_type", '"All"', ("event_selector",)),),
        (SetArgument("include_management_events", "true", ("event_selector",)),),
        (AddBlock(_MANAGEMENT),),
        (AddBlock(Nested("event_selector")),),
    ),
    "EVENTS-002": lambda _: (
        (SetArgument("exclude_management_event_sources", "[]", ("event_selector",)),),
        (AddBlock(_MANAGEMENT),),
        (RemoveBlocks(("event_selector",)),),
    ),
    "EVENTS-004": _objects,
    "EVENTS-005": _objects,
    "EVENTS-006": _data("AWS::Lambda::Function", "arn:aws:lambda", "invocations of all functions"),
    "EVENTS-007": _data("AWS::DynamoDB::Table", "arn:aws:dynamodb", "data events of all tables"),
}

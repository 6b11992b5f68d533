"""The table of calls, held against the models of the services and against what is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import Session  # type: ignore[import-untyped]  # it says nothing of its types

import guardrails.model as model
from guardrails.drift.changing_calls import ALL, OF_RESPONSE, ChangingCall, changing_calls
from guardrails.drift.fields import COMPARED

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVICES = {"monitoring": "cloudwatch", "sso": "sso-admin"}
"""Where records name a service otherwise than botocore."""
_OPERATIONS = {
    "PutBucketPublicAccessBlock": ("s3", "PutPublicAccessBlock"),
    "DeleteBucketPublicAccessBlock": ("s3", "DeletePublicAccessBlock"),
    "PutAccountPublicAccessBlock": ("s3control", "PutPublicAccessBlock"),
    "DeleteAccountPublicAccessBlock": ("s3control", "DeletePublicAccessBlock"),
    "PutBucketObjectLockConfiguration": ("s3", "PutObjectLockConfiguration"),
}
"""Events that are called otherwise than the operation."""
_CALLS = changing_calls()
_SESSION = Session()
_MODELS = {_SERVICES.get(call.source, call.source) for call in _CALLS} | {"s3control"}
_SHAPES: dict[str, Any] = {service: _SESSION.get_service_model(service) for service in sorted(_MODELS)}


def _named(call: ChangingCall) -> str:
    return f"{call.source}:{call.event} of {call.model}"


def _operation(call: ChangingCall) -> Any:  # noqa: ANN401 - botocore has no types
    service, operation = _OPERATIONS.get(call.event, (_SERVICES.get(call.source, call.source), call.event))
    assert operation in _SHAPES[service].operation_names, f"{service} has no {operation}"
    return _SHAPES[service].operation_model(operation)


def _paths(call: ChangingCall) -> Iterator[str]:
    for path in (*call.names, *call.within, call.only):
        yield path.partition("=")[0]
    for rule in call.fields:
        yield rule.partition("<")[2].partition("=")[0]


@pytest.mark.parametrize("call", _CALLS, ids=_named)
def test_every_event_is_an_operation_with_these_parameters(call: ChangingCall) -> None:
    operation = _operation(call)
    for path in filter(None, _paths(call)):
        shape = operation.output_shape if path.startswith(OF_RESPONSE) else operation.input_shape
        if call.source == "s3":
            assert path == "bucketName"
            assert "Bucket" in shape.members  # CloudTrail's own word for it
            continue
        for step in path.removeprefix(OF_RESPONSE).split("."):
            while shape.type_name == "list":
                shape = shape.member
            members = {name.lower(): below for name, below in shape.members.items()}
            assert step.lower() in members, f"{path}: there is {', '.join(shape.members)}"
            shape = members[step.lower()]


@pytest.mark.parametrize("call", _CALLS, ids=_named)
def test_no_call_that_only_reads_is_in_it(call: ChangingCall) -> None:
    assert not call.event.startswith(("Get", "List", "Describe", "Lookup"))
    assert call.makes or call.ends or call.fields


@pytest.mark.parametrize("call", _CALLS, ids=_named)
def test_kinds_and_fields_are_those_that_are_compared(call: ChangingCall) -> None:
    kind = getattr(model, call.model)
    fields = {rule.partition("<")[0] for rule in call.fields} - {ALL}
    assert fields <= set(COMPARED[kind])
    assert call.leaves in ("", "true", "false", "ENABLED", "DISABLED")
    assert call.names or call.within or call.one_a_place, "nothing says which one it is about"


_BY_MAKING_IT_ANEW = {
    "LogGroup": {"log_class"},
    "User": {"trust"},
    "Group": {"trust", "groups", "boundary"},
    "Role": {"groups"},
    "PermissionSet": {"trust", "groups"},
    "ManagedPolicy": {"trust", "groups", "boundary"},
    "MonitoringShare": {"sink"},
    "Subscription": {"topic", "protocol", "endpoint"},
    "DelegatedAdministrator": {"account_id", "service"},
    "OrganizationPolicy": {"kind"},
}
"""Fields that no call changes of what is there, or that a kind does not have."""


@pytest.mark.parametrize("kind", COMPARED, ids=lambda kind: kind.__name__)
def test_whatever_is_compared_is_changed_by_some_call(kind: type[model.Resource]) -> None:
    calls = [call for call in _CALLS if call.model == kind.__name__]
    changed = {rule.partition("<")[0] for call in calls for rule in call.fields}
    beyond = _BY_MAKING_IT_ANEW.get(kind.__name__, set())
    if ALL not in changed:
        assert set(COMPARED[kind]) - changed == beyond
    assert calls
    if kind.__name__ not in ("DetectorOrganization", "SecurityHubOrganization"):  # settings that are always there
        assert any(call.makes for call in calls)
        assert any(call.ends for call in calls)

"""Reading one account from its door on: entering it, its Regions, its organization, and what is in it.

This is what an executor runs, here or on another machine. It raises nothing for what AWS says: an account that cannot
be entered is a result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails import __version__
from guardrails.kernel.record import changed
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.collect import Scope, collect, mentioned
from guardrails.sources.aws.fleet import failed_account
from guardrails.sources.aws.kind import arn_fields
from guardrails.sources.aws.kinds_organizations import DESCRIBE_ORGANIZATION
from guardrails.sources.aws.reading import Reading, reading_of
from guardrails.sources.aws.regions import Regions, Remembering, find
from guardrails.sources.aws.session import Access, AccessError, forget, sessions
from guardrails.sources.aws.snapshot import EXPIRED, FAILED, AccountSnapshot, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from guardrails.sources.aws.calling import Call, Caller
    from guardrails.sources.aws.fleet import AccountTask

_HERE = "guardrails.read_account"
"""What failed, where that is no call of AWS."""


def read_account(task: AccountTask) -> Reading:
    """The account of a task, as far as it can be read."""
    if task.program and task.program != __version__:
        said = (
            f"guardrails {task.program} asks and {__version__} would answer: install the same version on every machine"
        )
        return reading_of(_failed(task, "VersionMismatch", said))
    access = task.access
    assert isinstance(access, Access)
    try:
        opened = sessions(access)
        entered = opened.caller(task.role_arn, access.external_id if task.role_arn else "")
    except CallError as error:
        if error.refusal.kind == EXPIRED:
            forget(access)
        return reading_of(failed_account(task, error.refusal))
    except AccessError as error:
        return reading_of(_failed(task, "AccessError", str(error)))
    partition = opened.identity().partition
    account = read_through(
        entered, changed(task, partition=task.partition or partition), opened.region, opened.is_of_partition
    )
    return reading_of(changed(account, calls=entered.calls), mentioned=mentioned(account))


def read_through(
    entered: Caller, task: AccountTask, region: str, is_of_partition: Callable[[str], bool]
) -> AccountSnapshot:
    """What a caller that is in the account sees of it; `region` is where it is asked which Regions there are."""
    caller = Remembering(_Once(entered))
    organization, management, unknown = task.organization_id, task.management_account, None
    try:
        if not organization and not task.wishes.wanted:
            organization, management = _organization(caller)
    except CallError as error:
        unknown = error.refusal
    try:
        regions = _regions(task, caller, region, is_of_partition)
    except CallError as error:
        return failed_account(task, error.refusal)
    scope = Scope(
        account=task.id,
        regions=regions.asked,
        name=task.name,
        partition=task.partition or "aws",
        left_out=regions.left_out,
        unasked=regions.unasked,
        organization_id=organization,
        management_account=management,
    )
    found = collect(scope, task.types, caller, task.wishes, workers=task.workers)
    return changed(found, organization_unknown=unknown)


def _regions(task: AccountTask, caller: Remembering, region: str, is_of_partition: Callable[[str], bool]) -> Regions:
    wanted = task.wishes.wanted
    if not wanted:
        return find(caller, region, is_of_partition, task.regions, task.types, task.workers)
    # The account was read before; what is wanted now says itself where it is.
    return Regions(tuple(sorted({arn_fields(address)[2] for address in wanted} - {""})), {}, ())


def _organization(caller: Caller) -> tuple[str, str]:
    """The organization that the account is in, and who manages it; empty where it is in none. Raises CallError."""
    said = (caller("", DESCRIBE_ORGANIZATION, {}) or {}).get("Organization")
    if not isinstance(said, dict):
        return "", ""
    return str(said.get("Id", "")), str(said.get("MasterAccountId", ""))


class _Once:
    """A caller that asks for the organization once: what is read of it begins with the same call."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._answer: tuple[dict[str, Any] | None] | None = None
        self._error: CallError | None = None

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        if call.name != DESCRIBE_ORGANIZATION.name:
            return self._caller(region, call, parameters)
        if self._error is not None:
            raise self._error
        if self._answer is None:
            try:
                self._answer = (self._caller(region, call, parameters),)
            except CallError as error:
                self._error = error
                raise
        return self._answer[0]


def _failed(task: AccountTask, code: str, message: str) -> AccountSnapshot:
    return failed_account(task, Refusal(_HERE, "", FAILED, code, " ".join(message.split()), ""))

"""Reading one account from its door on: whatever keeps it shut is a result, and so is whatever is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from many_accounts import REGIONS, Simulated

from guardrails import __version__
from guardrails.sources.aws import session
from guardrails.sources.aws.account_reading import read_account, read_through
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.collect import Wishes
from guardrails.sources.aws.fleet import AccountTask
from guardrails.sources.aws.reading import account_in_body
from guardrails.sources.aws.session import Access
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, FAILED, AccountSnapshot, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faulty_proxy import FaultyProxy

    from guardrails.sources.aws.calling import Call

ACCOUNT = "111122223333"
TYPES = frozenset({"cloudtrail.trail", "s3.bucket"})


class Refusing(Simulated):
    """Refuses some operations."""

    def __init__(self, *operations: str) -> None:
        super().__init__(ACCOUNT)
        self._operations = operations

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        if call.operation in self._operations:
            self.calls[call.name] += 1
            raise CallError(Refusal(call.name, call.action, DENIED, "AccessDenied", "no", region))
        return super().__call__(region, call, parameters)


def read(caller: Simulated, **fields: Any) -> AccountSnapshot:  # noqa: ANN401 - any field of a task
    return read_through(caller, AccountTask(id=ACCOUNT, types=TYPES, **fields), "us-east-1", lambda _: True)


def test_an_account_is_read() -> None:
    caller = Simulated(ACCOUNT)
    found = read(caller, name="team", partition="aws")

    assert (found.id, found.name, found.regions) == (ACCOUNT, "team", REGIONS)
    assert found.organization_id == "o-abcdefghij"
    assert {one.type for one in found.resources} == TYPES
    assert caller.calls["organizations.DescribeOrganization"] == 1


def test_regions_that_were_not_wanted_are_noted() -> None:
    found = read(Simulated(ACCOUNT), regions=("eu-central-1",))

    assert found.regions == ("eu-central-1",)
    assert len(found.unasked) == 16


def test_the_organization_is_asked_once_even_where_it_is_read() -> None:
    caller = Simulated(ACCOUNT)
    task = AccountTask(id=ACCOUNT, types=frozenset({"organizations.organization", "organizations.policy"}))
    read_through(caller, task, "us-east-1", lambda _: True)

    assert caller.calls["organizations.DescribeOrganization"] == 1


def test_an_organization_that_is_known_is_not_asked() -> None:
    caller = Simulated(ACCOUNT)
    found = read(caller, organization_id="o-1", management_account="444455556666")

    assert (found.organization_id, found.management_account) == ("o-1", "444455556666")
    assert caller.calls["organizations.DescribeOrganization"] == 0


def test_an_organization_that_may_not_be_seen_is_not_known() -> None:
    caller = Refusing("DescribeOrganization")
    found = read(caller)

    assert found.organization_unknown is not None
    assert found.organization_unknown.action == "organizations:DescribeOrganization"
    assert (found.organization_id, found.failed) == ("", None)
    assert caller.calls["organizations.DescribeOrganization"] == 1


def test_where_regions_may_not_be_seen_nothing_is_read() -> None:
    found = read(Refusing("DescribeRegions"))

    assert found.failed is not None
    assert found.failed.action == "ec2:DescribeRegions"
    assert found.resources == ()


def test_what_others_point_at_is_asked_without_looking_around() -> None:
    caller = Simulated(ACCOUNT)
    name = f"data-{ACCOUNT}-3"
    found = read(caller, wishes=Wishes(wanted=frozenset({f"arn:aws:s3:::{name}"})))

    assert [one.answers["name"] for one in found.resources] == [name]
    assert caller.calls["ec2.DescribeRegions"] == caller.calls["cloudtrail.DescribeTrails"] == 0


# The door


def entered(task: AccountTask) -> AccountSnapshot:
    return account_in_body(read_account(task).body)


def test_another_version_does_not_answer() -> None:
    failed = entered(AccountTask(id=ACCOUNT, types=TYPES, program="0.0.1")).failed

    assert failed is not None
    assert (failed.kind, failed.code) == (FAILED, "VersionMismatch")
    assert f"guardrails 0.0.1 asks and {__version__} would answer" in failed.message


def test_a_machine_without_credentials_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:  # noqa: ANN401 - a path
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    failed = entered(AccountTask(id=ACCOUNT, types=TYPES, access=Access(region="eu-west-3"))).failed

    assert failed is not None
    assert failed.code == "AccessError"
    assert "no AWS credentials were found" in failed.message


@pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken"])
def test_a_role_that_may_not_be_assumed(faults: FaultyProxy, code: str) -> None:
    faults.fail("sts.AssumeRole", code, "no", status=403)
    access = Access(endpoint_url=faults.endpoint, region="us-east-1")
    task = AccountTask(id=ACCOUNT, types=TYPES, access=access, role_arn=f"arn:aws:iam::{ACCOUNT}:role/Reader")

    reading = read_account(task)
    failed = account_in_body(reading.body).failed

    assert failed is not None
    assert failed.operation == "sts.AssumeRole"
    assert failed.kind == (DENIED if code == "AccessDenied" else EXPIRED)
    assert not reading.finished
    remembered = access in session._sessions  # noqa: SLF001 - nobody else asks
    assert remembered == (code == "AccessDenied"), "a process that lives long looks for new credentials"

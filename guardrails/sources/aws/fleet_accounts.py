"""Which accounts are read: those that a file names, or those of the organization."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from guardrails.kernel.record import Record
from guardrails.sources.aws.kinds_organizations import DESCRIBE_ORGANIZATION, LIST_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from guardrails.sources.aws.calling import Caller

_NUMBER = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/[\w+=,.@/-]+", re.ASCII)
_ACTIVE = "ACTIVE"
MOST_BYTES = 16 << 20


class AccountsError(Exception):
    """A list of accounts that cannot be used; the message says where."""


class Member(Record):
    """One account that is to be read."""

    id: str
    name: str = ""
    role_arn: str = ""
    """The role to assume in it; empty where only the account is named."""


class Organization(Record):
    id: str
    management_account: str
    members: tuple[Member, ...]
    left_out: Mapping[str, str] = {}
    """Accounts that are not active → what they are instead: `SUSPENDED`. AWS lets nobody into them."""


def members_in(text: bytes) -> tuple[Member, ...]:
    """The accounts that a file names, one on each line. Raises AccountsError."""
    if len(text) > MOST_BYTES:
        raise AccountsError(f"more than {MOST_BYTES >> 20} MB")
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise AccountsError("no text in UTF-8") from None
    found: dict[str, Member] = {}
    for at, line in enumerate(lines, 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        role = _ROLE.fullmatch(said)
        if role is None and not _NUMBER.fullmatch(said):
            raise AccountsError(
                f"line {at}: `{said[:100]}` is neither an account of twelve digits nor the ARN of a role"
            )
        id = role[1] if role else said  # noqa: A001 - its name everywhere
        if id in found:
            raise AccountsError(f"line {at}: account {id} is named twice")
        found[id] = Member(id, role_arn=said if role else "")
    if not found:
        raise AccountsError("no account is named")
    return tuple(found.values())


def organization_of(caller: Caller) -> Organization:
    """The organization that the caller is in, from its management account or one that administers a service for it.
    Raises CallError, and AccountsError where the account is in none."""
    described = caller("", DESCRIBE_ORGANIZATION, {})
    organization = _mapping(described, "Organization")
    if not organization:
        raise AccountsError("the account of these credentials is in no organization")
    members: list[Member] = []
    left_out: dict[str, str] = {}
    for one in _accounts(caller("", LIST_ACCOUNTS, {})):
        state = str(one.get("State") or one.get("Status") or _ACTIVE)
        if state == _ACTIVE:
            members.append(Member(str(one.get("Id", "")), str(one.get("Name", ""))))
        else:
            left_out[str(one.get("Id", ""))] = state
    return Organization(
        id=str(organization.get("Id", "")),
        management_account=str(organization.get("MasterAccountId", "")),
        members=tuple(sorted(members, key=lambda member: member.id)),
        left_out=left_out,
    )


def _accounts(answer: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    for one in (answer or {}).get("Accounts") or ():
        if isinstance(one, dict) and _NUMBER.fullmatch(str(one.get("Id", ""))):
            yield one


def _mapping(answer: dict[str, Any] | None, name: str) -> dict[str, Any]:
    found = (answer or {}).get(name)
    return found if isinstance(found, dict) else {}

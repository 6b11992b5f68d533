"""The page that says what is asked of an account: the call table, and what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails.sources.aws.cost import cost
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.needs import needs_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.policy import Policy
    from guardrails.sources.aws.kind import Kind, Listing

_HEAD = """\
# What is asked of an account

<!-- Written by docs/generate.py from the call table: change guardrails/sources/aws/kinds*.py, then run `make docs`. -->

Every call that [`guardrails live`](live.md) makes, by the type of resource that it is about.
Only the types are read that the selected policies need, and of those only the parts.
Behind a call stands the action that allows it where its name differs (actions of `sso-admin` begin with `sso:`).

Beside these, a run asks who it is (`sts.GetCallerIdentity`), assumes roles (`sts.AssumeRole`), and asks once for the
Regions (`ec2.DescribeRegions`) and the organization (`organizations.DescribeOrganization`, and with `--org`
`organizations.ListAccounts`).

"""
_COST = """
## What that comes to

Requests for accounts in which there is nothing to ask about.
Each page beyond the first and each repetition is one more.
What there is adds the calls of the third column above: for each trail and detector, and for buckets, topics, keys and
log groups where something of the audit trail depends on them (`s3:GetBucketPolicy` is asked of every bucket).

"""


def page(policies: list[Policy[Any]], areas: dict[str, list[Policy[Any]]]) -> str:
    return "\n".join([_HEAD.rstrip("\n"), "", *_kinds(), _COST.rstrip("\n"), "", *_costs(policies, areas)]) + "\n"


def _kinds() -> Iterator[str]:
    yield "| type | found by | asked about one |"
    yield "|---|---|---|"
    for kind in KINDS.values():
        found = dict.fromkeys(_found_by(kind, listing) for listing in kind.listings)
        asked = dict.fromkeys(_call(part.call.name, part.call.action) for part in kind.details)
        yield f"| `{kind.type}` | {'; '.join(found) or 'what points at it'} | {', '.join(asked)} |"


def _found_by(kind: Kind, listing: Listing) -> str:
    steps = ", then ".join(dict.fromkeys(_call(step.call.name, step.call.action) for step in listing.steps))
    if listing.of:
        return f"{steps} for each `{listing.of}` that matters"
    place = "in each Region" if kind.regional else "once"
    if listing.after:
        return f"{steps} {place} with any `{listing.after}`"
    return f"{steps} {place}" + (" if the configuration names some" if listing.wished else "")


def _call(name: str, action: str) -> str:
    same = name.rpartition(".")[2] == action.rpartition(":")[2]
    return f"`{name}`" if same else f"`{name}` (`{action}`)"


def _costs(policies: list[Policy[Any]], areas: dict[str, list[Policy[Any]]]) -> Iterator[str]:
    yield "| policies | an account | each Region | one account, 17 Regions | 1,000 accounts, 17 Regions |"
    yield "|---|---|---|---|---|"
    chosen = {"those that are on": [policy for policy in policies if policy.enabled], **areas, "all": policies}
    for name, some in chosen.items():
        needed = needs_parts(some)
        if needed:
            told = cost(needed)
            one, many = told.least(regions=17), told.least(accounts=1000, regions=17)
            yield f"| {name} | {len(told.account)} | {len(told.region)} | {one:,} | {many:,} |"

"""Accounts that tests make up, as they were read at one time or another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails.cli import main
from guardrails.drift.snapshots import places_in
from guardrails.judge import Judge
from guardrails.lower.world import World, Worlds, open_world
from guardrails.model import Context
from guardrails.plugins import load
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.deployment import Fleet
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.aws.snapshot import AccountSnapshot, Snapshot
from guardrails.sources.aws.snapshot_json import text_of
from guardrails.sources.aws.stored import buckets_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from guardrails.findings import Finding
    from guardrails.policy import Policy

OWN, OTHER = "111122223333", "444455556666"
Described = dict[str, Any]


def trail_of(account: str = OWN) -> str:
    return f"arn:aws:cloudtrail:eu-central-1:{account}:trail/main"


def bucket_of(account: str = OWN) -> str:
    return f"arn:aws:s3:::logs-{account}"


def described(day: int, account: str = OWN, *, logging: bool = True, **trail: object) -> Described:
    """An account with a trail and its bucket, as it was read at noon on that day of November."""
    answers = {
        "trail": {
            "Name": "main",
            "TrailARN": trail_of(account),
            "HomeRegion": "eu-central-1",
            "IsMultiRegionTrail": True,
            "IncludeGlobalServiceEvents": True,
            "LogFileValidationEnabled": True,
            "S3BucketName": f"logs-{account}",
            **trail,
        },
        "status": {"IsLogging": logging},
        "selectors": {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]},
    }
    bucket = {"name": f"logs-{account}", "versioning": {"Status": "Enabled"}}
    return {
        "account": account,
        "read_at": f"2026-11-{day:02d}T12:00:00Z",
        "cloudtrail.trail": {trail_of(account): answers},
        "s3.bucket": {bucket_of(account): bucket},
    }


def read(*accounts: Described) -> list[AccountSnapshot]:
    return [account.snapshot for account in accounts_in(json.dumps(accounts), "accounts.json")]


def worlds(accounts: Sequence[AccountSnapshot], file: str = "snapshot.json") -> list[World]:
    """The accounts, joined, as a command opens them that compares snapshots."""
    by_id = {one.id: one for one in accounts}
    buckets = {name: one.id for one in accounts for name in buckets_of(one)}
    fleet = Fleet(tuple(by_id), by_id.__getitem__, buckets, places_in(file))
    others = Worlds(lambda _: Context(), ())
    return [open_world(one, Context(), others=others) for one in fleet.accounts]


def findings(of: Sequence[World], *ids: str) -> list[Finding]:
    """The verdicts of some policies."""
    judge = Judge(policies(*ids), lambda _: {}, lambda _: "")
    return [finding for world in of for finding in judge.findings(world)]


def policies(*ids: str) -> list[Policy[Any]]:
    return [policy for policy in load([]).policies if policy.id in ids]


def save(
    file: Path, *accounts: Described | AccountSnapshot, taken: str | None = None, read_for: Sequence[str] = ()
) -> None:
    """Write a snapshot as `guardrails live --save` does."""
    snapshots = [one if isinstance(one, AccountSnapshot) else read(one)[0] for one in accounts]
    began = snapshots[0].ended if taken is None else taken
    with file.open("wb") as stream:
        form = snapshot_file.form_of(file.name) or snapshot_file.PLAIN
        head = Snapshot((), taken=began, program="0", policies=tuple(read_for))
        snapshot_file.write(stream, form, head, map(text_of, snapshots))


def run(*arguments: str) -> int:
    return main(list(arguments))

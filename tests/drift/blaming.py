"""Whole CloudTrail records, and drifts, for looking for who did it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from guardrails.drift.records import Called, Difference, Drift, Kind
from guardrails.kernel.origin import NOWHERE

ACCOUNT = "111122223333"
Record = dict[str, Any]
SAMPLES: dict[str, Record] = json.loads(
    (Path(__file__).parents[1] / "semantics" / "monitoring" / "cloudtrail-records.json").read_text(encoding="utf-8")
)
"""By service and event, all in one account and mostly about one audit trail."""
_LIKE = {"sso": "iam", "monitoring": "cloudwatch", "oam": "cloudwatch", "guardduty": "config", "securityhub": "config"}


def sample(name: str, **changes: Any) -> Record:  # noqa: ANN401 - any JSON
    """A sample with other members. None leaves one out."""
    found = cast("Record", json.loads(json.dumps(SAMPLES[name])))
    return {key: value for key, value in {**found, **changes}.items() if value is not None}


def record(source: str, event: str, parameters: object, response: object = None, **changes: Any) -> Record:  # noqa: ANN401
    """A whole record of a call of which there is no sample, with all that one of the same service has."""
    prefix = f"{_LIKE.get(source, source)}-"
    like = next(name for name in sorted(SAMPLES) if name.startswith(prefix) and "errorCode" not in SAMPLES[name])
    number = f"{event}-{json.dumps(parameters, sort_keys=True)}-{changes.get('eventTime', '')}"
    found = sample(like, resources=None)
    found.update(
        eventSource=f"{source}.amazonaws.com",
        eventName=event,
        requestParameters=parameters,
        responseElements=response,
        eventID=number,
        readOnly=False,
    )
    return {key: value for key, value in {**found, **changes}.items() if value is not None or key == "responseElements"}


def trail(field: str, live: str, declared: str = "", **changes: Any) -> Drift:  # noqa: ANN401
    """The trail `main` of the samples, differing in one field."""
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
    return drift("AuditTrail", [arn, "main"], (field, live, declared), **changes)


def drift(
    model: str,
    names: list[str],
    *differences: tuple[str, str, str],
    within: tuple[str, ...] = (),
    region: str = "us-east-1",
    kind: Kind = Kind.CHANGED,
    account: str = ACCOUNT,
) -> Drift:
    return Drift(
        kind=kind,
        noun="resource",
        type="",
        declared="" if kind is Kind.UNMANAGED else f"some.{model}",
        live="" if kind is Kind.MISSING else names[0] if names else "somewhere",
        target="infra",
        account=account,
        origin=NOWHERE,
        differences=tuple(Difference(field, field, declared, live, NOWHERE) for field, live, declared in differences),
        called=Called(model, tuple(names), within, region),
    )

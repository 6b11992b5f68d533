"""The recorded answers of tests/agreement as accounts that were read, with the addresses that these have: ARNs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from guardrails.lower.world import World, open_world
from guardrails.model import Context
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.cloudformation.load import load as load_template
from guardrails.sources.terraform.project import load as load_code
from guardrails.sources.terraform_plan.load import load as load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

Answers = dict[str, dict[str, dict[str, Any]]]
"""By type and label, what was answered."""
AGREEMENT = Path(__file__).parent / "agreement"
FOLDERS = sorted(path.parent for path in AGREEMENT.glob("*/live.json"))
DECLARED = [
    (folder, source)
    for folder in FOLDERS
    for source in ("main.tf", "plan.json", "template.yaml")
    if (folder / source).exists()
]
_ARN_OF = {
    "cloudtrail.trail": ("trail", "TrailARN"),
    "cloudtrail.store": ("store", "EventDataStoreArn"),
    "cloudwatch.composite_alarm": ("AlarmArn",),
    "cloudwatch.alarm": ("AlarmArn",),
    "events.rule": ("Arn",),
    "iam.group": ("group", "Arn"),
    "iam.policy": ("policy", "Arn"),
    "iam.role": ("role", "Arn"),
    "iam.user": ("user", "Arn"),
    "kms.key": ("key", "Arn"),
    "logs.destination": ("arn",),
    "logs.group": ("group", "logGroupArn"),
    "sns.subscription": ("SubscriptionArn",),
    "sns.topic": ("topic", "TopicArn"),
    "sso-admin.permission_set": ("permission_set", "PermissionSetArn"),
}
"""By type where its answers have the ARN."""


def answers(folder: Path) -> Answers:
    """What was recorded, for changing."""
    return cast("Answers", json.loads((folder / "live.json").read_text(encoding="utf-8")))


def account(found: Answers, *, denied: dict[str, str] | None = None, named: Answers | None = None) -> World:
    """The account that gives these answers. `denied`: the actions that were refused for listings, by type. `named`: the
    answers that tell addresses, where some are left out of `found`."""
    addressed: dict[str, Any] = {
        kind: {_address(kind, label, (named or found)[kind][label]): answer for label, answer in labelled.items()}
        for kind, labelled in found.items()
    }
    (read,) = accounts_in(json.dumps(addressed | ({"denied": denied} if denied else {})), "account.json")
    return open_world(read, Context())


def code(folder: Path, source: str) -> list[World]:
    """What stands in one of the three languages."""
    load: Any = {".tf": load_code, ".yaml": load_template, ".json": load_plan}[Path(source).suffix]
    loaded = load([str(folder if source.endswith(".tf") else folder / source)])
    return [open_world(deployment, Context()) for deployment in loaded.deployments]


def _address(kind: str, label: str, answer: dict[str, Any]) -> str:
    if kind == "s3.bucket":
        return f"arn:aws:s3:::{answer['name']}"
    arn = answer.get("arn") or answer.get("Arn")
    if isinstance(arn, str):
        return arn
    found: Any = answer
    for step in _ARN_OF.get(kind, ("",)):
        found = found.get(step, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, str) else label


def leaves(content: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all texts, numbers and truth values."""
    if isinstance(content, dict):
        for name, below in content.items():
            yield from leaves(below, (*path, name))
    elif isinstance(content, list):
        for place, below in enumerate(content):
            yield from leaves(below, (*path, place))
    elif content is not None:
        yield path

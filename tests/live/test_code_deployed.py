"""What code is said to be, the account that it makes is said to be as well.

Code is made in the simulation by `deployer`, scanned there, and held against the scan of the code. `DEPLOYED=all` in
the environment takes every example of the pages below instead of some.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from accounts import Server
from deployed_texts import UndeployableError
from deployer import deploy

from guardrails import plugins
from guardrails.cli import main
from guardrails.lower.world import open_world
from guardrails.model import Context
from guardrails.sources.cloudformation.load import load as load_template
from guardrails.sources.terraform.project import load as load_code
from guardrails.testing import page_of, read_page

if TYPE_CHECKING:
    from live_fixtures import Simulated
    from live_runs import Live

    from guardrails.testing import Example

PROJECT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
"""The account that the pages are about."""
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scan"
ABOUT_CODE = {
    "BUCKET-002": "a new bucket is closed by AWS where the code says nothing",
    "BUCKET-011": "an account has no code that could delete it",
    "BUCKET-013": "as BUCKET-002",
    "EVENTS-009": "selectors that nobody wrote are not judged in code",
    "KMS-009": "a key that is not to be deleted has no waiting time",
    "ORG-005": "code does not say that an account is in no organization",
    "RETAIN-005": "an account has no code that could delete it",
    "TRAIL-001": "code is not asked for a trail by default",
    "TRAIL-006": "code does not say how deliveries go",
    "TRAIL-008": "as TRAIL-006",
    "TRAIL-013": "an account has no code that could delete it",
}
"""Policies that say something else of an account than of the code that made it, and why."""
ALIKE = (
    *("TRAIL-002", "TRAIL-003", "TRAIL-004", "TRAIL-005", "TRAIL-007", "TRAIL-009", "TRAIL-010"),
    *("EVENTS-001", "EVENTS-002", "EVENTS-004", "KMS-001", "KMS-003", "KMS-005"),
    *("BUCKET-004", "BUCKET-005", "BUCKET-007", "BUCKET-010", "RETAIN-001", "RETAIN-002"),
    *("MONITOR-001", "MONITOR-005", "MONITOR-020", "MONITOR-021", "MONITOR-022"),
)
"""Policies whose pages are made and scanned."""
OTHERWISE = {
    ("KMS-003", "Imported material cannot be rotated by KMS"): "the simulation makes the material of every key",
    ("MONITOR-001", "A filter, an alarm and a topic"): "nobody has subscribed to the topic, as an account shows",
    ("MONITOR-005", "A filter, an alarm and a topic"): "as MONITOR-001",
    ("MONITOR-005", "A filter with wildcards"): "as MONITOR-001",
    ("MONITOR-022", "A composite alarm that acts"): "the simulation has no composite alarms",
    ("TRAIL-007", "A log group of another Region"): "an account shows that CloudTrail accepted it",
    ("TRAIL-007", "A log group of another account"): "an account shows that CloudTrail accepted it",
    ("TRAIL-010", "Of data events only"): "the simulation keeps no categories of Insights",
}
"""Examples that come out otherwise, and why."""
DRAWN = 12


@pytest.mark.parametrize("path", ["default-only-trail", "default-only-stack/template.yaml"])
def test_an_example_that_is_deployed(path: str, live: Live, aws: Simulated, tmp_path: Path) -> None:
    where = PROJECT / "examples" / path
    make(where, aws)
    main(["scan", str(where), "--no-config", "-o", f"json={tmp_path / 'code.json'}"])
    code = outcomes(json.loads((tmp_path / "code.json").read_text(encoding="utf-8")))

    account = outcomes(live("--role-arn", ROLE, "--no-config").document)

    different = {policy for policy in {*code, *account} if code[policy] != account[policy]}
    assert different <= set(ABOUT_CODE)
    assert "fail" in code["TRAIL-005"]


def pages() -> list[tuple[str, Example]]:
    known = {policy.id: policy for policy in plugins.load().policies}
    found = [
        (policy, example)
        for policy in ALIKE
        for example in read_page(policy, page_of(known[policy]).read_text(encoding="utf-8")).examples
        if example.language == "hcl" and not example.config
        if {marker.outcome for marker in example.markers} <= {"pass", "fail"}
        if (policy, example.title) not in OTHERWISE
    ]
    if os.environ.get("DEPLOYED") == "all":
        return found
    # What has a variable is often not said in full.
    told = [one for one in found if not any('variable "' in file.text for file in one[1].files)]
    return random.Random(3).sample(told, DRAWN)


@pytest.mark.parametrize(
    ("policy", "example"), pages(), ids=[f"{policy}-line-{example.line}" for policy, example in pages()]
)
def test_a_page_that_is_deployed(policy: str, example: Example, live: Live, aws: Simulated, tmp_path: Path) -> None:
    for file in example.files:
        path = tmp_path / "code" / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    try:
        make(tmp_path / "code", aws)
    except UndeployableError as error:
        pytest.skip(str(error))
    main(["scan", str(tmp_path / "code"), "--no-config", "--select", policy, "-o", f"json={tmp_path / 'code.json'}"])
    code = outcomes(json.loads((tmp_path / "code.json").read_text(encoding="utf-8")))

    account = outcomes(live("--role-arn", ROLE, "--no-config", "--select", policy).document)

    assert account[policy] == code[policy]


def make(path: Path, aws: Simulated) -> None:
    """Makes the account that the code describes, and nothing else."""
    load = load_template if path.suffix == ".yaml" else load_code
    (deployment,) = load([str(path)]).deployments
    aws.empty()
    world = open_world(deployment, Context())
    try:
        deploy(world, Server(aws.endpoint), ACCOUNT, "eu-central-1")
    finally:
        world.close()


def outcomes(report: dict[str, Any]) -> defaultdict[str, list[str]]:
    """By policy the outcomes of its verdicts."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in sorted(report["findings"], key=lambda each: str(each["outcome"])):
        found[each["policy"]].append(each["outcome"])
    return found

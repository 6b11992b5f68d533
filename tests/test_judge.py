"""From checks to findings: outcomes, places, causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from guardrails.api import AuditTrail, Check, Settings, Severity, policy, require
from guardrails.findings import Finding, Outcome
from guardrails.judge import judge
from guardrails.lower.world import open_world
from guardrails.model import Context
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.policy import Policy


@policy("T-1", on=AuditTrail, severity=Severity.HIGH, since="0.1")
def trail_in_one_region(trail: AuditTrail) -> Check:
    """A trail of one region."""
    return require(trail.multi_region.is_true(), "only one region is recorded", when=trail.logging.is_true())


@policy("T-2", on=AuditTrail, severity=Severity.LOW, since="0.1")
def policy_that_raises(trail: AuditTrail) -> Check:
    """A policy with a mistake."""
    raise ValueError(f"cannot judge {trail.address}")


class Options(Settings):
    wanted: str = "main"
    """The name a trail must have."""


@policy("T-3", on=AuditTrail, severity=Severity.INFO, since="0.1")
def trail_with_another_name(trail: AuditTrail, settings: Options) -> Check:
    """A trail that is not called as agreed."""
    return require(trail.name.equals(settings.wanted), f"the trail is not called {settings.wanted}")


def judged(
    folder: Path, body: str, policies: list[Policy[Any]], others: str = "", options: Options | None = None
) -> list[Finding]:
    text = f'resource "aws_cloudtrail" "t" {{\n  name = "main"\n{body}\n}}\n{others}'
    (folder / "main.tf").write_text(text, encoding="utf-8")
    world = open_world(load([str(folder)]).deployments[0], Context())
    return judge(world, policies, lambda said: (options or Options()) if said.settings else None)


VARIABLES = 'variable "yes" {\n  type = bool\n}\nvariable "n" {\n  type = number\n}\n'


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("  is_multi_region_trail = true", Outcome.PASS),
        ("  is_multi_region_trail = false", Outcome.FAIL),
        ("", Outcome.FAIL),
        ("  is_multi_region_trail = var.yes", Outcome.UNKNOWN),
        ("  is_multi_region_trail = false\n  enable_logging = var.yes", Outcome.UNKNOWN),
        ("  is_multi_region_trail = true\n  enable_logging = var.yes", Outcome.PASS),
        ("  is_multi_region_trail = false\n  count = var.n", Outcome.UNKNOWN),
        ("  is_multi_region_trail = true\n  count = var.n", Outcome.PASS),
        ("  enable_logging = false", None),
    ],
)
def test_outcomes(tmp_path: Path, body: str, outcome: Outcome | None) -> None:
    """A failure that applies only perhaps, or to something that may not exist, is unknown; what does not apply is
    silent."""
    found = judged(tmp_path, body, [trail_in_one_region], VARIABLES)

    assert [finding.outcome for finding in found] == ([outcome] if outcome else [])


def test_a_failure_points_at_what_is_written(tmp_path: Path) -> None:
    (finding,) = judged(tmp_path, "\n\n  is_multi_region_trail = false", [trail_in_one_region])

    assert (finding.origin.line, finding.cause) == (5, "is_multi_region_trail")
    assert [because.detail for because in finding.because] == ["`is_multi_region_trail` is false"]


def test_a_default_points_at_the_head_of_the_resource(tmp_path: Path) -> None:
    (finding,) = judged(tmp_path, "", [trail_in_one_region])

    assert (finding.origin.line, finding.origin.end_line) == (1, 1)
    assert finding.because[0].detail == "`is_multi_region_trail` is not set, which means false"


def test_an_unknown_says_why_and_what_settles_it(tmp_path: Path) -> None:
    (finding,) = judged(tmp_path, "  is_multi_region_trail = var.yes", [trail_in_one_region], VARIABLES)

    assert finding.origin.line == 3
    told = {(because.detail, because.why, because.settle) for because in finding.because}
    assert ("variable `yes` has no value", "input", "pass --var yes=... or --var-file") in told


def test_a_policy_that_raises_is_an_error_and_the_others_go_on(tmp_path: Path) -> None:
    found = judged(tmp_path, "", [policy_that_raises, trail_in_one_region])

    assert [(finding.policy, finding.outcome) for finding in found] == [
        ("T-1", Outcome.FAIL),
        ("T-2", Outcome.ERROR),
    ]
    assert found[1].message == "the policy raised ValueError: cannot judge aws_cloudtrail.t"
    assert "policy_that_raises()" in found[1].because[0].detail


def test_settings_reach_the_policy(tmp_path: Path) -> None:
    (agreed,) = judged(tmp_path, "", [trail_with_another_name])
    (other,) = judged(tmp_path, "", [trail_with_another_name], options=Options(wanted="audit"))

    assert agreed.outcome is Outcome.PASS
    assert (other.outcome, other.message) == (Outcome.FAIL, "the trail is not called audit")


def test_the_fingerprint_survives_edits_and_tells_causes_apart(tmp_path: Path) -> None:
    """It depends on policy, address and attribute, never on the line or the message."""
    (before,) = judged(tmp_path, "  is_multi_region_trail = false", [trail_in_one_region])
    (after,) = judged(tmp_path, "\n\n\n  is_multi_region_trail = false", [trail_in_one_region])
    (other,) = judged(tmp_path, "", [trail_with_another_name], options=Options(wanted="x"))

    assert before.origin.line != after.origin.line
    assert before.fingerprint == after.fingerprint
    assert before.fingerprint != other.fingerprint


def test_what_is_only_looked_up_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('data "aws_cloudtrail" "d" {\n  name = "x"\n}\n', encoding="utf-8")
    world = open_world(load([str(tmp_path)]).deployments[0], Context())

    assert judge(world, [trail_in_one_region], lambda _: None) == []

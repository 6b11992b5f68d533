"""What makes a change a remedy: the finding is gone, and no other verdict got worse."""

from __future__ import annotations

from guardrails.findings import Finding, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from guardrails.run import Scan


def objection(finding: Finding, before: Scan, after: Scan, is_new: Callable[[Finding], bool] = lambda _: True) -> str:
    """Why a change is no remedy for a finding; empty if it is one. `is_new` tells findings about resources that the
    change adds: these must not fail. Of those that were there a policy may speak that did not apply before (see
    `newly_judged`)."""
    broken = [gap.detail for gap in after.all_gaps() if gap.incomplete]
    if len(broken) > sum(gap.incomplete for gap in before.all_gaps()):
        return f"a change was tried with which {broken[-1]}"
    same = [one for one in after.findings if asked(one)[:3] == asked(finding)[:3]]
    left = [one for one in same if one.message == finding.message and one.outcome is not Outcome.PASS]
    if left:
        return f"a change was tried that leaves it at `{left[0].outcome.value}`{_because(left[0])}"
    if not any(one.outcome is Outcome.PASS for one in same):
        return "a change was tried after which the policy no longer judges the resource"
    was, now = _tally(before.findings), _tally(after.findings)
    for one in after.findings:
        who = (one.policy, one.target, one.resource)
        if (who in was or is_new(one)) and now[who] > was.get(who, (0, 0, 0, 0)):
            return f"a change was tried that makes {one.policy} worse on `{one.resource}`"
    return ""


def newly_judged(before: Scan, after: Scan) -> tuple[Finding, ...]:
    """What fails or is open afterwards and was no question before: a trail that is switched on is judged by what it
    records. No verdict got worse, for there was none; but whoever makes the change should know."""
    was = _tally(before.findings)
    bad = (Outcome.FAIL, Outcome.UNKNOWN)
    return tuple(
        one for one in after.findings if one.outcome in bad and (one.policy, one.target, one.resource) not in was
    )


def _because(finding: Finding) -> str:
    return f": {finding.because[0].detail}" if finding.because else ""


def _tally(findings: Iterable[Finding]) -> dict[tuple[str, str, str], tuple[int, int, int, int]]:
    """How bad it is by policy, target and resource: errors, failures, the severity of the worst of these, unknowns."""
    found: dict[tuple[str, str, str], tuple[int, int, int, int]] = {}
    for one in findings:
        who = (one.policy, one.target, one.resource)
        errors, failures, worst, unknowns = found.get(who, (0, 0, 0, 0))
        failed = one.outcome is Outcome.FAIL
        found[who] = (
            errors + (one.outcome is Outcome.ERROR),
            failures + failed,
            max(worst, one.severity.rank) if failed else worst,
            unknowns + (one.outcome is Outcome.UNKNOWN),
        )
    return found


def asked(finding: Finding) -> tuple[str, str, str, str]:
    return finding.policy, finding.target, finding.resource, finding.message

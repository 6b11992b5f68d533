"""What of a comparison concerns the code: not what else is in other accounts, nor what no policy looks at."""

from __future__ import annotations

from guardrails.drift.fields import COMPARED
from guardrails.drift.records import Kind
from guardrails.kernel.record import changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guardrails.drift.records import Comparison, Drift
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource


def in_own_account(comparison: Comparison, own: str, accounts: Sequence[str]) -> Comparison:
    """Without what other accounts have beside the resources of the code, where it is known to which account that goes.

    `own`: the number of that account; empty where nobody says it.
    """
    if len(accounts) < 2:
        return comparison
    if not own:
        notice = "several accounts were read: set `[account] id`, or what nobody declared is told of all of them"
        return changed(comparison, notices=(*comparison.notices, notice))
    kept = tuple(one for one in comparison.drifts if one.account == own or not _of_whole_account(one, accounts))
    return changed(comparison, drifts=kept)


def _of_whole_account(drift: Drift, accounts: Sequence[str]) -> bool:
    """Whether it is about an account, and not about a resource of the code that is in it."""
    return drift.kind is Kind.UNMANAGED or (drift.kind is Kind.VERDICT and drift.live in accounts)


def looked_for(
    comparison: Comparison, worlds: Sequence[World], read: Mapping[type[Resource], frozenset[str]] | None
) -> Comparison:
    """Without the resources that were not found because nobody asked for their kind: no selected policy looks at it.
    A notice counts them."""
    if read is None or not worlds:
        return comparison
    unread = {worlds[0].noun(model) for model in COMPARED if not read.get(model)}
    beside = [one for _, one in comparison.opens if not one.field and not one.live and one.attribute in unread]
    if not beside:
        return comparison
    nouns = sorted({one.attribute for one in beside})
    more = f" and {len(nouns) - 5} more kinds" if len(nouns) > 5 else ""
    resources = "resource was" if len(beside) == 1 else "resources were"
    notice = f"{len(beside)} {resources} not looked for: no selected policy looks at any {', '.join(nouns[:5])}{more}"
    opens = tuple(pair for pair in comparison.opens if pair[1] not in beside)
    return changed(comparison, opens=opens, notices=(*comparison.notices, notice))

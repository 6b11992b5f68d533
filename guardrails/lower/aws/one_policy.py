"""The policy of a bucket, a key or a topic: each has one at most, written in it or in a resource beside it."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict
from guardrails.lower.aws.documents import access_policy
from guardrails.lower.reader import Satellite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lower.reader import Cell, Reader
    from guardrails.model import AccessPolicy


def one_policy(r: Reader, *, tf: Satellite, cfn: Cell, live: Cell, noun: str) -> Many[AccessPolicy]:
    """The policy of `r`. Where one was found none is looked for in what was not read: each would undo the other."""

    def found() -> Many[AccessPolicy]:
        seen = r.policies(access_policy, tf=tf, cfn=cfn, live=live, noun=noun)
        cell = {"tf": tf, "cfn": cfn}.get(r.dialect)
        if not isinstance(cell, Satellite) or r.outside is not None:
            return seen
        beside = r.world.attached(cell.type, cell.target, r.raw)
        here = bool(cell.inline) and r.block.attribute(cell.inline).present is True
        if not here and all(exists.verdict is not Verdict.TRUE for _, exists in beside.members()):
            return seen
        hidden = beside.gaps
        return Many(seen.members(), tuple(gap for gap in seen.gaps if gap not in hidden), owner=seen.owner)

    return Many(found, owner=r.origin, noun=noun)

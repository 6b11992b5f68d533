"""Why no edit closes the gaps that the policies on waivers find."""

from __future__ import annotations

from guardrails.api import LeftToYou

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Remedies

_DECISION = LeftToYou("a waiver is somebody's decision: who made it takes it away, or makes it again")

REMEDIES: Remedies = {
    "WAIVER-001": lambda _: ((_DECISION,),),
    "WAIVER-002": lambda _: ((_DECISION,),),
    "WAIVER-003": lambda _: ((LeftToYou("what the waiver was meant to say, only its author knows"),),),
    "WAIVER-004": lambda _: ((_DECISION,),),
}

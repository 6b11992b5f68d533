"""What was called lately, as the event history of an account tells."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.typed import cast
from guardrails.kernel.why import Reason, Why
from guardrails.lower.reader import Cannot, Reader, leaf
from guardrails.lower.world import identity, protected
from guardrails.model.monitoring import CallLookup, RecordedCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.value import Value

_NONE = Cannot("code has no calls")


def call_lookup(r: Reader) -> CallLookup:
    name = r.text(tf=_NONE, cfn=_NONE, live="EventName")
    return CallLookup(
        **identity(r, name, protected(r)),
        calls=Many(lambda: _calls(r, name), owner=r.origin, noun="call"),
        account=r.world.account,
    )


def _calls(r: Reader, name: Value[str]) -> Many[RecordedCall]:
    found = r.blocks(tf="", cfn="", live="Events").through(
        lambda event: Many.of(recorded_call(Reader(event, r.dialect, r.raw, r.world)))
    )
    members, gaps = found.loaded()
    if r.text(tf=_NONE, cfn=_NONE, live="NextToken").present is not False:
        region = r.raw.location.region.or_none() or "its Region"
        detail = f"there were more calls of `{name.or_none() or '?'}` in {region} than are looked up"
        gaps = (*gaps, Reason(Why.LIMIT, detail, "ask the trail's own log files", r.origin))
    return Many(members, gaps)


def recorded_call(r: Reader) -> RecordedCall:
    record = r.block.document("CloudTrailEvent")

    def told(path: str) -> Value[str]:
        return cast("Value[str]", leaf(record, path, r.origin))

    issuer = told("userIdentity.sessionContext.sessionIssuer.arn")
    return RecordedCall(
        origin=r.origin,
        source=r.text(tf=_NONE, cfn=_NONE, live="EventSource"),
        moment=r.text(tf=_NONE, cfn=_NONE, live="EventTime"),
        caller=told("userIdentity.arn") if issuer.present is False else issuer,
        service=told("userIdentity.invokedBy"),
    )

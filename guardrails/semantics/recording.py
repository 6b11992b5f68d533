"""Whether a trail or event data store records one event: the service's own decision, in its order."""

from __future__ import annotations

from collections.abc import Mapping

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, decide, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.model.trail import AuditTrail
from guardrails.semantics.conditions import undocumented
from guardrails.semantics.coverage import is_logging, management_events, some_recorded, some_selected
from guardrails.semantics.records import category, views
from guardrails.semantics.selector_fields import INSIGHT
from guardrails.semantics.selectors import selection, surroundings
from guardrails.semantics.texts import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.model.trail import InsightSelector
    from guardrails.semantics.records import CloudTrailRecord
    from guardrails.semantics.selectors import Recorder

GLOBAL_SOURCES = frozenset({"iam.amazonaws.com", "cloudfront.amazonaws.com"})
"""Services whose events are all global. STS has a global endpoint and one in each Region."""
_STS = "sts.amazonaws.com"
_LEADING = "us-east-1"
_SIGN_IN = "signin.amazonaws.com"

SIGN_IN_IS_GLOBAL: bool | None = None
"""Whether a trail without global service events misses console sign-ins: AWS does not say. Write the answer here."""


def recorded(by: Recorder, record: CloudTrailRecord) -> Truth:
    """Whether this CloudTrail record is recorded: logging, account, Region, selectors. The first of them that says no
    leads the facts."""
    return all_of((is_logging(by), placed(by, record), _selected(by, record)))


def placed(by: Recorder, record: CloudTrailRecord) -> Truth:
    """Whether this record is of the account and Region that are recorded."""
    return all_of((_of_account(by, record), _of_region(by, record)))


def _of_account(by: Recorder, record: CloudTrailRecord) -> Truth:
    said = record.get("recipientAccountId")
    if not isinstance(said, str):
        return true()
    own = by.location.account
    return by.organization.is_true() | own.equals(said)


def _of_region(by: Recorder, record: CloudTrailRecord) -> Truth:
    region = record.get("awsRegion")
    if not isinstance(region, str):
        here = unknown(Reason(Why.CANNOT_SAY, "the record does not say in which Region it was made"))
    else:
        here = by.location.region.equals(region)
    covered = by.multi_region.is_true() | here
    if not isinstance(by, AuditTrail):
        return covered
    return covered & (by.global_events.is_true() | ~_is_global(record))


def _is_global(record: CloudTrailRecord) -> Truth:
    """Whether an event counts as one of a global service."""
    source = record.get("eventSource")
    if isinstance(source, str) and source in GLOBAL_SOURCES:
        return true()
    if source == _SIGN_IN:
        return undocumented("console sign-ins are global service events", SIGN_IN_IS_GLOBAL)
    if source != _STS or record.get("awsRegion") != _LEADING:
        return false()
    details = record.get("tlsDetails")
    host = details.get("clientProvidedHostHeader") if isinstance(details, Mapping) else None
    if isinstance(host, str):
        return decide(host == _STS)
    return unknown(Reason(Why.CANNOT_SAY, "the record does not say which endpoint of STS was called"))


def _selected(by: Recorder, record: CloudTrailRecord) -> Truth:
    if isinstance(by, AuditTrail) and category(record) == text(INSIGHT):
        details = record.get("insightDetails")
        kind = details.get("insightType") if isinstance(details, Mapping) else None
        return insight(by, kind if isinstance(kind, str) else None)
    chosen, partition = selection(by), surroundings(by).partition
    return any_of(chosen.takes(view) for view in views(record, partition))


def insight(trail: AuditTrail, kind: str | None) -> Truth:
    """Whether a trail makes Insights events of a kind (`ApiCallRateInsight`), None for one that the event does not say.

    They are not chosen by event selectors, and need the events that they analyse.
    """
    of_data = unknown(Reason(Why.CANNOT_SAY, "the record does not say which kind of events the insight is about"))

    def makes(selector: InsightSelector) -> Truth:
        analysed = watches(selector, "Management") | (watches(selector, "Data") & of_data)
        return selector.type.where(lambda said: said == kind) & analysed

    chosen = trail.insights.some(makes)
    source = some_selected(management_events(read=None if kind == "ApiErrorRateInsight" else False), trail)
    if (chosen & source).verdict is Verdict.FALSE:
        return (chosen & source).because(Fact("the trail does not produce such Insights events", trail.origin))
    return chosen & source


def watches(insight: InsightSelector, category: str) -> Truth:
    """Whether an Insights selector analyses events of a category; management events where it names none."""
    named = insight.categories.some(lambda said: said.equals(category))
    return named | insight.categories.is_empty() if category == "Management" else named


def analyses(trail: AuditTrail, kind: str) -> Truth:
    """Whether CloudTrail Insights of a kind (`ApiCallRateInsight`, `ApiErrorRateInsight`) watch the management events
    that the trail records."""
    of_kind = trail.insights.where(lambda insight: insight.type.equals(kind))
    selected = Many(lambda: Many(*of_kind.loaded()), owner=trail.origin, noun=f"Insights selector of type `{kind}`")
    analysed = management_events(read=None if kind == "ApiErrorRateInsight" else False)
    return selected.some(lambda insight: watches(insight, "Management")) & some_recorded(analysed, trail)

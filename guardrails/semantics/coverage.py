"""Whether whole classes of events are recorded: every one of them, or any.

A selector compares fields with finitely many texts. So each field has finitely many kinds of text that selectors can
tell apart, and one representative of each (a text that is mentioned, or a fresh one that begins or ends with one that
is) stands for all of its kind. A question about a class is asked of the representatives, and its answer holds for every
event of the class; where the configuration is not known, it holds for whatever the configuration turns out to be.

Whether every event is recorded is asked of all combinations of representatives. Whether any is needs fewer: a rule's
conditions are on one field each, so the event that suits it best is found field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import prod

from guardrails.kernel.many import Many
from guardrails.kernel.record import Noun, Record
from guardrails.kernel.truth import Truth, Verdict, all_of, any_of, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.model.trail import AuditTrail
from guardrails.semantics.records import SESSION
from guardrails.semantics.selector_fields import DATA, ENDS, MANAGEMENT, NETWORK, S3_OBJECT
from guardrails.semantics.selectors import Recorder, selection
from guardrails.semantics.texts import FRESH, NAME, Hole, Text, contains, ends, literal, reasons_of, same, starts, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from typing import Any

    from guardrails.model.storage import Bucket
    from guardrails.semantics.conditions import Pattern
    from guardrails.semantics.records import View
    from guardrails.semantics.selectors import Rule

_TRUE = true()

MOST_COMBINATIONS = 5_000
"""Combinations that are tried before the question is given up."""


class Domain(Record):
    """The texts that a field of a class may have: any, narrowed by what is given here."""

    within: Text = ()
    """How they begin."""
    suffix: str = ""
    outside: tuple[str, ...] = ()
    """Texts that are not among them."""
    only: tuple[str, ...] = ()
    """All there are; empty where they cannot be listed."""
    optional: bool = False
    """Whether the field may also be absent."""

    def includes(self, subject: Text) -> Truth:
        answers = [starts(subject, self.within), ends(subject, text(self.suffix))]
        answers += [_not(same(subject, text(other))) for other in self.outside]
        if False in answers:
            return false()
        if None not in answers:
            return _TRUE
        return unknown(*(reasons_of(subject, self.within) or (_NOT_COMPARABLE,)))


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


_NOT_COMPARABLE = Reason(Why.UNSUPPORTED, "the values of the event selectors cannot be compared")

_FREE: dict[str, Domain] = {
    "eventSource": Domain(),
    "eventName": Domain(),
    "eventType": Domain(),
    "readOnly": Domain(only=("true", "false")),
    SESSION: Domain(only=("true", "false")),
    "userIdentity.arn": Domain(optional=True),
}
_FREE_BY_CATEGORY: dict[str, dict[str, Domain]] = {
    MANAGEMENT: {},
    DATA: {"resources.type": Domain(), "resources.ARN": Domain()},
    NETWORK: {"errorCode": Domain(optional=True), "vpcEndpointId": Domain()},
}


_NOTHING: dict[str, Any] = {}


class Events(Noun):
    """A class of events: what their fields are or may be. `noun` says what they are, in the plural."""

    noun: str
    category: str
    fixed: Mapping[str, Text] = _NOTHING
    free: Mapping[str, Domain] = _NOTHING

    def domains(self) -> dict[str, Domain]:
        """The fields that are not fixed."""
        usual = {**_FREE, **_FREE_BY_CATEGORY[self.category], **self.free}
        return {name: domain for name, domain in usual.items() if name not in self.fixed}

    def view(self) -> dict[str, Text | None]:
        return {"eventCategory": text(self.category), **self.fixed}


@lru_cache(maxsize=64)
def management_events(*, read: bool | None = None, sources_aside: Collection[str] = ()) -> Events:
    """Management events, only the reads or only the writes if `read` says so, of every source but those set aside."""
    return Events(
        noun=f"{_KINDS[read]}management events",
        category=MANAGEMENT,
        fixed=_reads(read),
        free={"eventSource": Domain(outside=tuple(sorted(sources_aside)))},
    )


@lru_cache(maxsize=64)
def data_events(type: str = "", *, read: bool | None = None) -> Events:
    """Data events, of one resource type if given."""
    fixed = {**_reads(read), **({"resources.type": text(type)} if type else {})}
    return Events(noun=f"{_KINDS[read]}data events" + (f" of `{type}`" if type else ""), category=DATA, fixed=fixed)


def object_events(*, read: bool, bucket: Bucket | str | None = None) -> Events:
    """API calls that read or write S3 objects of a bucket (its name will do); of buckets that nobody names if none is
    given.

    Of a bucket that nobody names: a selector for all buckets takes them, one that lists buckets does not, and one that
    leaves listed buckets out does.
    """
    if bucket is None or isinstance(bucket, str):
        return _object_events(read, bucket)
    return _events_on_objects(read, bucket)


@lru_cache(maxsize=64)
def _object_events(read: bool, bucket: str | None) -> Events:
    return _events_on_objects(read, bucket)


def _events_on_objects(read: bool, bucket: Bucket | str | None) -> Events:
    if bucket is None:
        place, unnamed = _NOTHING, {"resources.ARN": text(f"arn:aws:s3:::{FRESH}/{FRESH}")}
    else:
        place, unnamed = {"resources.ARN": Domain(within=text("arn:aws:s3:::", *_bucket(bucket), "/"))}, _NOTHING
    return Events(
        noun="reads of S3 objects" if read else "writes of S3 objects",
        category=DATA,
        fixed={
            **_reads(read),
            **_API_CALL,
            "eventSource": text("s3.amazonaws.com"),
            "resources.type": text(S3_OBJECT),
            **unnamed,
        },
        free=place,
    )


def _bucket(bucket: Bucket | str) -> Text:
    if isinstance(bucket, str):
        return text(bucket)
    name = bucket.name.or_none()
    return text(name or Hole(("bucket", bucket.address), NAME, unique=bucket.owned, reasons=bucket.name.reasons))


@lru_cache(maxsize=64)
def function_invocations() -> Events:
    """Invocations of Lambda functions that nobody names."""
    return Events(
        noun="invocations of Lambda functions",
        category=DATA,
        fixed={
            **_reads(False),
            **_API_CALL,
            "eventSource": text("lambda.amazonaws.com"),
            "eventName": text("Invoke"),
            "resources.type": text("AWS::Lambda::Function"),
            "resources.ARN": text(f"arn:aws:lambda:{FRESH}:{FRESH}:function:{FRESH}"),
        },
    )


@lru_cache(maxsize=64)
def table_events(table: str = "") -> Events:
    """Calls on items of a DynamoDB table, by name or ARN; of tables that nobody names if none is given."""
    fixed = {**_API_CALL, "eventSource": text("dynamodb.amazonaws.com"), "resources.type": text("AWS::DynamoDB::Table")}
    if not table:
        arn = text(f"arn:aws:dynamodb:{FRESH}:{FRESH}:table/{FRESH}")
        return Events(noun="calls on DynamoDB items", category=DATA, fixed={**fixed, "resources.ARN": arn})
    name = table.rpartition(":table/")[2]
    place = Domain(within=text("arn:aws:dynamodb:"), suffix=f":table/{name}")
    return Events(noun="calls on DynamoDB items", category=DATA, fixed=fixed, free={"resources.ARN": place})


@lru_cache(maxsize=64)
def network_events(source: str = "") -> Events:
    """Calls through VPC endpoints, to one service if given."""
    fixed = {"eventSource": text(source)} if source else _NOTHING
    return Events(noun="network activity events", category=NETWORK, fixed=fixed)


_KINDS = {None: "", True: "read ", False: "write "}
_API_CALL = {"eventType": text("AwsApiCall")}


def _reads(read: bool | None) -> dict[str, Text]:
    return {} if read is None else {"readOnly": text("true" if read else "false")}


# --- questions --------------------------------------------------------------------------------------------------------


def every_recorded(
    events: Events,
    by: Recorder | Many[Recorder],
    *,
    of_one: Sequence[str] = (),
    provided: Callable[[Recorder], Truth] | None = None,
) -> Truth:
    """Whether every event of a class is recorded by at least one of these trails and stores.

    For the fields `of_one`, one text of the class is enough; only recorders count that log and of which `provided`
    holds.
    """
    if isinstance(by, Many) or of_one or provided is not None:
        return _every_recorded(events, _many(by), of_one, provided or _always)
    return by.remembered(("every recorded", events), lambda: _every_recorded(events, Many.of(by), (), _always))


def _always(_: Recorder) -> Truth:
    return _TRUE


def _every_recorded(
    events: Events, recorders: Many[Recorder], of_one: Sequence[str], provided: Callable[[Recorder], Truth]
) -> Truth:
    def recorded(view: View) -> Truth:
        return recorders.some(lambda one: is_logging(one) & selection(one).takes(view, events.noun) & provided(one))

    domains = events.domains()
    rest = [name for name in domains if name not in of_one]
    steps = [*_steps(events, recorders, of_one, of_each=False), *_steps(events, recorders, rest, of_each=True)]
    return _over(steps, events.view(), recorded)


def some_recorded(
    events: Events,
    by: Recorder | Many[Recorder],
    *,
    of_each: Sequence[str] = (),
    provided: Callable[[Recorder], Truth] = lambda _: _TRUE,
) -> Truth:
    """Whether any event of a class is recorded by at least one of these trails and stores.

    For the fields `of_each`, it is asked of each text of the class; only recorders count that log and of which
    `provided` holds.
    """
    recorders = _many(by)

    def recorded(view: View) -> Truth:
        return recorders.some(lambda one: is_logging(one) & _some_taken(events, one, view) & provided(one))

    if not of_each:
        return recorders.some(lambda one: is_logging(one) & some_selected(events, one) & provided(one))
    return _over(_steps(events, recorders, of_each, of_each=True), events.view(), recorded)


def every_source_recorded(by: Recorder | Many[Recorder], *, aside: Collection[str] = ()) -> Truth:
    """Whether management events of every source but those set aside are recorded: reads if any reads are, writes if any
    writes are."""
    answers = []
    for read in (False, True):
        events = management_events(read=read, sources_aside=tuple(aside))
        none = ~some_recorded(events, by)
        answers.append(some_recorded(events, by, of_each=("eventSource",)) | Truth(none.verdict, (), none.reasons))
    return all_of(answers)


def some_selected(events: Events, by: Recorder) -> Truth:
    """Whether the selectors of a trail or store take any event of a class, be it logging or not."""
    return by.remembered(("some selected", events), lambda: _some_taken(events, by, events.view()))


def recorded_twice(events: Events, one: Recorder, other: Recorder) -> Truth:
    """Whether any event of a class is recorded by both."""
    view = events.view()
    pairs = ((*mine, *theirs) for mine in _suited(one, view) for theirs in _suited(other, view))
    taken = any_of(
        possible & selection(one).takes(event, events.noun) & selection(other).takes(event, events.noun)
        for event, possible in (_best_event(events, view, rules) for rules in pairs)
    )
    return is_logging(one) & is_logging(other) & taken


def is_logging(recorder: Recorder) -> Truth:
    switch = recorder.logging if isinstance(recorder, AuditTrail) else recorder.ingesting
    return recorder.remembered("is logging", switch.is_true)


def _many(by: Recorder | Many[Recorder]) -> Many[Recorder]:
    return by if isinstance(by, Many) else Many.of(by)


# --- every ------------------------------------------------------------------------------------------------------------

Representatives = tuple[tuple[Text | None, Truth], ...]
"""Texts, None for an absent field, each with whether it is of the class."""
Step = tuple[str, bool, Representatives]
"""A field, whether each of its texts is meant or one of them, and its representatives."""


def _steps(events: Events, by: Many[Recorder], names: Sequence[str], *, of_each: bool) -> list[Step]:
    domains = events.domains()
    mentioned = ((name, _mentions(events, by, name)) for name in names if name in domains)
    return [(name, of_each, _representatives(domains[name], patterns)) for name, patterns in mentioned]


def _mentions(events: Events, by: Many[Recorder], name: str) -> Iterable[Pattern]:
    """The patterns of a field in all rules that may take events of the class."""
    for recorder, _ in by.members():
        for rules in _suited(recorder, events.view()):
            yield from _patterns(rules, name)


def _patterns(rules: Iterable[Rule], name: str) -> Iterable[Pattern]:
    conditions = (condition for rule in rules for condition in rule.conditions if condition.field == name)
    return (pattern for condition in conditions for pattern in condition.patterns())


def _over(steps: Sequence[Step], view: dict[str, Text | None], test: Callable[[View], Truth]) -> Truth:
    """The test of single events, asked of all combinations of representatives, field by field."""
    if prod(len(found) for _, _, found in steps) > MOST_COMBINATIONS:
        return unknown(Reason(Why.LIMIT, "the event selectors name too many values to compare them all"))
    if not steps:
        return test(view)
    (name, of_each, representatives), *rest = steps
    answer = true() if of_each else false()
    for representative, possible in representatives:
        included = possible & _plausible(name, representative, view)
        below = _over(rest, {**view, name: representative}, test)
        if of_each:
            answer = answer & (~included | below)
            if answer.verdict is Verdict.FALSE:
                return answer
        else:
            answer = answer | (included & below)
            if answer.verdict is Verdict.TRUE:
                return answer
    return answer


def _representatives(domain: Domain, patterns: Iterable[Pattern]) -> Representatives:
    """One text for each kind that the patterns can tell apart, with whether it is of the class."""
    if domain.only:
        return tuple((text(one), _TRUE) for one in domain.only)
    heads: dict[Text, None] = {(): None, domain.within: None}
    tails: dict[Text, None] = {text(domain.suffix): None}
    whole: dict[Text, None] = {}
    for pattern in patterns:
        for mentioned in pattern.texts:
            whole[mentioned] = None
            if pattern.operator == ENDS:
                tails[mentioned] = None
            else:
                heads[mentioned] = None
    # What is mentioned comes first, because the first that decides gives the place to look at.
    candidates = [*whole, *(text(*head, FRESH, *tail) for head in heads for tail in tails)]
    found: list[tuple[Text | None, Truth]] = []
    for candidate in dict.fromkeys(candidates):
        included = domain.includes(candidate)
        if included.verdict is not Verdict.FALSE:
            found.append((candidate, included))
    if domain.optional and whole:
        found.append((None, _TRUE))
    return tuple(found)


def _plausible(name: str, representative: Text | None, view: View) -> Truth:
    """Whether an event can have this text there: the ARN of an S3 object is never that of a bucket."""
    if name != "resources.ARN" or representative is None:
        return _TRUE
    kind = view.get("resources.type") or ()
    is_object = same(kind, text(S3_OBJECT))
    if is_object is False or has_key(representative) is True:
        return _TRUE
    if is_object and has_key(representative) is False:
        return false()
    return unknown(*reasons_of(kind, representative))


def has_key(arn: Text) -> bool | None:
    """Whether something stands behind the first slash."""
    whole = literal(arn)
    if whole is not None:
        return FRESH in whole or bool(whole.partition("/")[2])
    slash = contains(arn, "/")
    if not slash:
        return slash
    at = next(place for place, part in enumerate(arn) if isinstance(part, str) and "/" in part)
    written, behind = arn[at], arn[at + 1 :]
    assert isinstance(written, str)
    if written.partition("/")[2] or any(isinstance(part, str) or part.shape.endswith("+") for part in behind):
        return True
    if behind:
        return None  # what is open may be empty
    # A slash in what is open before it is the first one; this one then stands behind that.
    return None if contains(arn[:at], "/") is None else False


# --- some -------------------------------------------------------------------------------------------------------------


def _some_taken(events: Events, by: Recorder, view: View) -> Truth:
    """Whether any event of the class that agrees with `view` is taken by the selectors."""
    chosen = selection(by)
    suited = (_best_event(events, view, rules) for rules in _suited(by, view))
    return any_of(possible & chosen.takes(event, events.noun) for event, possible in suited)


def _suited(by: Recorder, view: View) -> Iterable[tuple[Rule, ...]]:
    """The rules, each by itself, that may take events with these fields; and last none of them, which stands for the
    events that no rule speaks of."""
    for selector in selection(by).selectors:
        for rule in selector.rules:
            known = (condition for condition in rule.conditions if condition.field in view)
            if all(condition.holds(view[condition.field]).verdict is not Verdict.FALSE for condition in known):
                yield (rule,)
    yield ()


def _best_event(events: Events, view: View, rules: Sequence[Rule]) -> tuple[View, Truth]:
    """The event of the class that these rules are likeliest to take, and whether it is certain that there is one."""
    event = dict(view)
    possible = _TRUE
    for name, domain in events.domains().items():
        if name not in event:
            event[name], included = _best_text(name, domain, event, rules)
            possible = possible & included
    return event, possible


def _best_text(name: str, domain: Domain, event: View, rules: Sequence[Rule]) -> tuple[Text | None, Truth]:
    conditions = [condition for rule in rules for condition in rule.conditions if condition.field == name]
    if not conditions:
        return text(domain.only[0]) if domain.only else text(*domain.within, FRESH, domain.suffix), _TRUE
    ranks = {Verdict.TRUE: 2, Verdict.UNKNOWN: 1, Verdict.FALSE: 0}
    best: tuple[int, Text | None, Truth] | None = None
    for candidate, of_class in _representatives(domain, _patterns(rules, name)):
        included = of_class & _plausible(name, candidate, event)
        holds = included & all_of(condition.holds(candidate) for condition in conditions)
        if included.verdict is not Verdict.FALSE and (best is None or ranks[holds.verdict] > best[0]):
            best = (ranks[holds.verdict], candidate, included)
        if holds.verdict is Verdict.TRUE:
            break
    assert best is not None, "a fresh text is always of the class"
    return best[1], best[2]

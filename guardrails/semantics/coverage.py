"""Whether whole classes of events are recorded: every one of them, or any.

A selector compares fields with finitely many texts. So each field has finitely many kinds of text that selectors can
tell apart, and one representative of each (a text that is mentioned, or a fresh one that begins or ends with one that
is) stands for all of its kind. A question about a class is asked of the representatives, and its answer holds for every
event of the class; where the configuration is not known, it holds for whatever the configuration turns out to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from guardrails.kernel.many import Many
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Truth, Verdict, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.model.trail import AuditTrail
from guardrails.semantics.records import SESSION
from guardrails.semantics.selector_fields import DATA, ENDS, MANAGEMENT, NETWORK, S3_OBJECT
from guardrails.semantics.selectors import Recorder, selection
from guardrails.semantics.texts import FRESH, NAME, Hole, Text, contains, ends, literal, reasons_of, same, starts, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from guardrails.model.storage import Bucket
    from guardrails.semantics.conditions import Pattern
    from guardrails.semantics.records import View

_TRUE = true()

MOST_REPRESENTATIVES = 20_000
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


class Events(Record):
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


def management_events(*, read: bool | None = None, sources_aside: Iterable[str] = ()) -> Events:
    """Management events, only the reads or only the writes if `read` says so, of every source but those set aside."""
    return Events(
        f"{_KINDS[read]}management events",
        MANAGEMENT,
        _reads(read),
        {"eventSource": Domain(outside=tuple(sources_aside))},
    )


def data_events(type: str = "", *, read: bool | None = None) -> Events:
    """Data events, of one resource type if given."""
    fixed = {**_reads(read), **({"resources.type": text(type)} if type else {})}
    return Events(f"{_KINDS[read]}data events" + (f" of `{type}`" if type else ""), DATA, fixed)


def object_events(*, read: bool, bucket: Bucket | str | None = None) -> Events:
    """API calls that read or write S3 objects of a bucket (its name will do); of buckets that nobody names if none is
    given.

    Of a bucket that nobody names: a selector for all buckets takes them, one that lists buckets does not, and one that
    leaves listed buckets out does.
    """
    if bucket is None:
        place, unnamed = _NOTHING, {"resources.ARN": text(f"arn:aws:s3:::{FRESH}/{FRESH}")}
    else:
        place, unnamed = {"resources.ARN": Domain(within=text("arn:aws:s3:::", *_bucket(bucket), "/"))}, _NOTHING
    return Events(
        "reads of S3 objects" if read else "writes of S3 objects",
        DATA,
        {
            **_reads(read),
            **_API_CALL,
            "eventSource": text("s3.amazonaws.com"),
            "resources.type": text(S3_OBJECT),
            **unnamed,
        },
        place,
    )


def _bucket(bucket: Bucket | str) -> Text:
    if isinstance(bucket, str):
        return text(bucket)
    name = bucket.name.or_none()
    return text(name or Hole(("bucket", bucket.address), NAME, unique=bucket.owned, reasons=bucket.name.reasons))


def function_invocations() -> Events:
    """Invocations of Lambda functions that nobody names."""
    return Events(
        "invocations of Lambda functions",
        DATA,
        {
            **_reads(False),
            **_API_CALL,
            "eventSource": text("lambda.amazonaws.com"),
            "eventName": text("Invoke"),
            "resources.type": text("AWS::Lambda::Function"),
            "resources.ARN": text(f"arn:aws:lambda:{FRESH}:{FRESH}:function:{FRESH}"),
        },
    )


def table_events(table: str = "") -> Events:
    """Calls on items of a DynamoDB table, by name or ARN; of tables that nobody names if none is given."""
    fixed = {**_API_CALL, "eventSource": text("dynamodb.amazonaws.com"), "resources.type": text("AWS::DynamoDB::Table")}
    if not table:
        arn = text(f"arn:aws:dynamodb:{FRESH}:{FRESH}:table/{FRESH}")
        return Events("calls on DynamoDB items", DATA, {**fixed, "resources.ARN": arn})
    name = table.rpartition(":table/")[2]
    place = Domain(within=text("arn:aws:dynamodb:"), suffix=f":table/{name}")
    return Events("calls on DynamoDB items", DATA, fixed, {"resources.ARN": place})


def network_events(source: str = "") -> Events:
    """Calls through VPC endpoints, to one service if given."""
    return Events("network activity events", NETWORK, {"eventSource": text(source)} if source else {})


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
    provided: Callable[[Recorder], Truth] = lambda _: _TRUE,
) -> Truth:
    """Whether every event of a class is recorded by at least one of these trails and stores.

    For the fields `of_one`, one text of the class is enough; only recorders count that log and of which `provided`
    holds.
    """
    return _decided(events, _many(by), of_one, False, provided)


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
    return _decided(events, _many(by), of_each, True, provided)


def some_selected(events: Events, by: Recorder) -> Truth:
    """Whether the selectors of a trail or store take any event of a class, be it logging or not."""
    return _Question(events, Many.of(by), lambda view: selection(by).takes(view, events.noun)).decided((), True)


def recorded_twice(events: Events, one: Recorder, other: Recorder) -> Truth:
    """Whether any event of a class is recorded by both."""

    def both(view: View) -> Truth:
        return _records(one, view, events.noun) & _records(other, view, events.noun)

    return _Question(events, Many.of(one, other), both).decided((), True)


def is_logging(recorder: Recorder) -> Truth:
    return recorder.logging.is_true() if isinstance(recorder, AuditTrail) else recorder.ingesting.is_true()


def _many(by: Recorder | Many[Recorder]) -> Many[Recorder]:
    return by if isinstance(by, Many) else Many.of(by)


def _records(recorder: Recorder, view: View, noun: str) -> Truth:
    return is_logging(recorder) & selection(recorder).takes(view, noun)


def _decided(
    events: Events,
    by: Many[Recorder],
    outer: Sequence[str],
    outer_each: bool,
    provided: Callable[[Recorder], Truth],
) -> Truth:
    def recorded(view: View) -> Truth:
        return by.some(lambda recorder: _records(recorder, view, events.noun) & provided(recorder))

    return _Question(events, by, recorded).decided(outer, outer_each)


class _Question(Record):
    """A test of single events, asked of a class: of each or of some text of its fields."""

    events: Events
    by: Many[Recorder]
    test: Callable[[View], Truth]

    def decided(self, outer: Sequence[str], outer_each: bool) -> Truth:
        """The answer where the fields `outer` range over all their texts if `outer_each`, else over some, and the
        others the other way round."""
        domains = self.events.domains()
        names = (*(name for name in outer if name in domains), *(name for name in domains if name not in outer))
        steps = tuple(
            (name, (name in outer) == outer_each, self._representatives(name, domains[name])) for name in names
        )
        if prod(len(found) for _, _, found in steps) > MOST_REPRESENTATIVES:
            return unknown(Reason(Why.LIMIT, "the event selectors name too many values to compare them all"))
        return self._over(steps, self.events.view())

    def _over(
        self, steps: tuple[tuple[str, bool, tuple[tuple[Text | None, Truth], ...]], ...], view: dict[str, Text | None]
    ) -> Truth:
        if not steps:
            return self.test(view)
        (name, of_each, found), *rest = steps
        answer = true() if of_each else false()
        for representative, possible in found:
            included = possible & _plausible(name, representative, view)
            below = self._over(tuple(rest), {**view, name: representative})
            if of_each:
                answer = answer & (~included | below)
                if answer.verdict is Verdict.FALSE:
                    return answer
            else:
                answer = answer | (included & below)
                if answer.verdict is Verdict.TRUE:
                    return answer
        return answer

    def _representatives(self, name: str, domain: Domain) -> tuple[tuple[Text | None, Truth], ...]:
        """One text for each kind that the selectors can tell apart, with whether it is of the class."""
        if domain.only:
            return tuple((text(one), _TRUE) for one in domain.only)
        patterns = list(self._mentions(name))
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
        found: list[tuple[Text | None, Truth]] = [(None, _TRUE)] if domain.optional and patterns else []
        for candidate in dict.fromkeys(candidates):
            included = domain.includes(candidate)
            if included.verdict is not Verdict.FALSE:
                found.append((candidate, included))
        return tuple(found)

    def _mentions(self, name: str) -> Iterable[Pattern]:
        """The patterns of a field in all selectors that may take events of the class."""
        fixed = self.events.view()
        for recorder, _ in self.by.members():
            for selector in selection(recorder).selectors:
                for rule in selector.rules:
                    near = all(
                        condition.holds(fixed[condition.field]).verdict is not Verdict.FALSE
                        for condition in rule.conditions
                        if condition.field in fixed
                    )
                    if near:
                        yield from (p for c in rule.conditions if c.field == name for p in c.patterns())


def _plausible(name: str, representative: Text | None, view: View) -> Truth:
    """Whether an event can have this text there: the ARN of an S3 object is never that of a bucket."""
    if name != "resources.ARN" or representative is None or view.get("resources.type") != text(S3_OBJECT):
        return _TRUE
    whole = literal(representative)
    if whole is not None:
        return _TRUE if FRESH in whole or whole.partition("/")[2] else false()
    key = contains(representative, "/")
    return false() if key is False else _TRUE if key else unknown(*reasons_of(representative))

"""Whether a trail or event data store records all events of a kind: the decision of `recording`, for partial records.

What selectors see of a partial record is a view whose texts are whole where the record fixes them, or where the
selectors cannot tell what it leaves open apart; elsewhere they are holes, of which a selector says nothing. Asked in
cases (`partial.over_cases` with `mentions_of`), nothing is left open but what the configuration does not say.
"""

from __future__ import annotations

from itertools import product

from guardrails.kernel.truth import Truth, Verdict, all_of, any_of, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.model.trail import AuditTrail
from guardrails.semantics import recording
from guardrails.semantics.conditions import WholeOrOne
from guardrails.semantics.coverage import is_logging
from guardrails.semantics.fields import ABSENT, MISSING, Field, Path, written
from guardrails.semantics.partial import Mention, PartialRecord, over_cases
from guardrails.semantics.records import SESSION, category
from guardrails.semantics.selector_fields import DATA, ENDS, INSIGHT, MANAGEMENT, NETWORK, STARTS
from guardrails.semantics.selectors import selection, surroundings
from guardrails.semantics.shapes import FAILS, Glob, Shape, exact
from guardrails.semantics.texts import Hole, Text, in_our_partition, literal, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.value import Value
    from guardrails.semantics.conditions import Pattern
    from guardrails.semantics.partial import Mentions
    from guardrails.semantics.records import View
    from guardrails.semantics.selectors import Recorder

_PATHS: dict[str, Path] = {
    "eventSource": ("eventSource",),
    "eventName": ("eventName",),
    "eventType": ("eventType",),
    "errorCode": ("errorCode",),
    "vpcEndpointId": ("vpcEndpointId",),
    "userIdentity.arn": ("userIdentity", "arn"),
}
_READ_ONLY: Path = ("readOnly",)
_SESSION: Path = (SESSION,)
_ACCOUNT: Path = ("recipientAccountId",)
_REGION: Path = ("awsRegion",)
_SOURCE: Path = ("eventSource",)
_HOST: Path = ("tlsDetails", "clientProvidedHostHeader")
_CATEGORY: tuple[tuple[Path, tuple[str, ...]], ...] = (
    (("eventCategory",), (MANAGEMENT, DATA, NETWORK, INSIGHT)),
    (("eventType",), ("AwsCloudTrailInsight", "AwsVpceEvent", "AwsVpceEvents")),
    (("managementEvent",), ()),
)
"""What tells the category of an event; the further ones where the first is absent."""
_INSIGHT_TYPE: Path = ("insightDetails", "insightType")
_STS = "sts.amazonaws.com"
_SOURCES = tuple(map(exact, (*sorted(recording.GLOBAL_SOURCES), _STS, "signin.amazonaws.com")))
_LEADING = exact("us-east-1")


def recorded(by: Recorder, record: PartialRecord) -> Truth:
    """TRUE if every completion is recorded, FALSE if none is."""
    return over_cases(record, mentions_of(by), lambda case: ask(by, case))


def ask(by: Recorder, record: PartialRecord) -> Truth:
    """Whether a partial record is recorded, as far as it can be said at once."""
    whole = record.whole()
    if whole is not None:
        return recording.recorded(by, whole)
    return all_of((is_logging(by), _placed(by, record), _selected(by, record)))


def mentions_of(by: Recorder) -> Mentions:
    """The fields by which a trail or store tells events apart, and what it compares them with."""
    return by.remembered("mentions", lambda: _mentions(by))


def _mentions(by: Recorder) -> dict[Path, Mention]:
    compared = _compared(by)
    found: dict[Path, Mention] = {path: Mention(tuple(map(exact, names))) for path, names in _CATEGORY[:1]}
    found[_ACCOUNT] = Mention(_named(by.location.account))
    found[_REGION] = Mention((*_named(by.location.region), _LEADING))
    found[_SOURCE] = Mention(tuple(dict.fromkeys((*_SOURCES, *compared.get("eventSource", ())))))
    for name, path in _PATHS.items():
        if name in compared and path not in found:
            found[path] = Mention(compared[name])
    if "readOnly" in compared:
        found[_READ_ONLY] = Mention((exact("true"), exact("false")))
    if SESSION in compared:
        found[_SESSION] = Mention((exact("true"),))
    if isinstance(by, AuditTrail):
        asked_for = [shape for insight, _ in by.insights.members() for shape in _named(insight.type)]
        if asked_for:
            found[_INSIGHT_TYPE] = Mention(tuple(dict.fromkeys(asked_for)))
    for path, names in _CATEGORY[1:]:
        before = found.get(path, Mention()).shapes
        found[path] = Mention((*before, *map(exact, names)))
    return found


def _named(value: Value[str]) -> tuple[Shape, ...]:
    contents = (one.or_none() for one in value.alternatives or (value,))
    return tuple(exact(content) for content in contents if content is not None)


def _compared(by: Recorder) -> dict[str, tuple[Shape, ...]]:
    """What the selectors compare each field with."""
    found: dict[str, dict[Shape, None]] = {}
    for selector in selection(by).selectors:
        for rule in selector.rules:
            for condition in rule.conditions:
                shapes = found.setdefault(condition.field, {})
                shapes.update((shape, None) for pattern in condition.patterns() for shape in _shapes(pattern))
    return {name: tuple(shapes) for name, shapes in found.items()}


class _Unfinished(Glob):
    """Texts that a value of a selector may be about: part of it is not known, so that none of them surely is."""


def _shapes(pattern: Pattern) -> Iterator[Shape]:
    """The texts that a value of a selector is about."""
    for mentioned in pattern.texts:
        made = Glob if literal(mentioned) is not None else _Unfinished
        pieces = [""]
        for part in mentioned:
            if isinstance(part, str):
                pieces[-1] += part
            else:
                pieces.append("")
        yield made(tuple(pieces))
        if pattern.operator == ENDS:
            yield made(("", *pieces))
        elif pattern.operator == STARTS:
            yield made((*pieces, ""))
            yield made((*pieces[:-1], pieces[-1] + "/", ""))  # a bucket without its slash is another question
    if isinstance(pattern, WholeOrOne):
        yield Glob((pattern.whole, ""))


# --- account and Region -----------------------------------------------------------------------------------------------


def _placed(by: Recorder, record: PartialRecord) -> Truth:
    """Whether account and Region are recorded: one answer, if all kinds of completion get the same."""
    mentions = mentions_of(by)
    choices: list[list[tuple[Path, object]]] = []
    for path in (_ACCOUNT, _REGION, _SOURCE):
        shapes = _SOURCES if path == _SOURCE else mentions[path].shapes
        samples = [next(cell.samples(), None) for cell in record.select(path).cells(shapes)]
        if None in samples:
            return _open(path, record)
        choices.append([(path, sample) for sample in samples])
    host = record.select(_HOST).texts
    listed = host.only if host is not None and record.select(_HOST).is_settled else None
    first: Truth | None = None
    for chosen in product(*choices):
        event: dict[str, object] = {str(path[0]): value for path, value in chosen if value is not MISSING}
        if listed:
            event["tlsDetails"] = {"clientProvidedHostHeader": listed[0]}
        found = recording.placed(by, event)
        if first is not None and found.verdict is not first.verdict:
            return _open(_REGION, record)
        first = found if first is None else first
    assert first is not None, "every field has some value"
    return first


def _open(path: Path, record: PartialRecord) -> Truth:
    return unknown(Reason(Why.CANNOT_SAY, f"`{written(path)}` may be {record.select(path).says()}"))


# --- selectors --------------------------------------------------------------------------------------------------------


def _selected(by: Recorder, record: PartialRecord) -> Truth:
    seen = _seen(by, record)
    kind = seen["eventCategory"]
    if isinstance(by, AuditTrail) and kind is not None and literal(kind) in (None, INSIGHT):
        return _open(("eventCategory",), record) if literal(kind) is None else _insight(by, record)
    chosen = selection(by)
    return any_of(chosen.takes(view) for view in _views(by, record, seen))


def _insight(trail: AuditTrail, record: PartialRecord) -> Truth:
    if trail.insights.is_empty().verdict is Verdict.TRUE:
        return recording.insight(trail, None)
    mention = mentions_of(trail).get(_INSIGHT_TYPE, Mention())
    kinds = [next(cell.samples(), None) for cell in record.select(_INSIGHT_TYPE).cells(mention.shapes)]
    answers = [recording.insight(trail, kind if isinstance(kind, str) else None) for kind in kinds]
    if None in kinds or len({answer.verdict for answer in answers}) != 1:
        return _open(_INSIGHT_TYPE, record)
    return answers[0]


def _views(by: Recorder, record: PartialRecord, seen: dict[str, Text | None]) -> Iterator[View]:
    """One view for each resource; one with holes for resources of which nothing is known."""
    resources = record.select(("resources",))
    if resources == ABSENT:
        yield seen
        return
    array = resources.elements
    known = array is not None and array.closed and resources.is_settled
    items = [item for item in array.items if item.is_settled] if array is not None and known else []
    if array is None or not known or len(items) != len(array.items):
        yield {**seen, "resources.type": _hole(("resources", "type")), "resources.ARN": _hole(("resources", "ARN"))}
        return
    compared = _compared(by)
    partition = surroundings(by).partition
    if not items:
        yield seen
    for item in items:
        arn = item.child("ARN")
        arn = item.child("ARNPrefix") if arn == ABSENT else arn
        yield {
            **seen,
            "resources.type": _text(item.child("type"), ("resources", "type"), compared.get("resources.type", ())),
            "resources.ARN": _arn(arn, ("resources", "ARN"), compared.get("resources.ARN", ()), partition),
        }


def _seen(by: Recorder, record: PartialRecord) -> dict[str, Text | None]:
    mentions, partition = mentions_of(by), surroundings(by).partition
    found: dict[str, Text | None] = {"eventCategory": _category(record)}
    for name, path in _PATHS.items():
        shapes = mentions[path].shapes if path in mentions else ()
        field = record.select(path)
        is_arn = name == "userIdentity.arn"
        found[name] = _arn(field, path, shapes, partition) if is_arn else _text(field, path, shapes)
    found["readOnly"] = _read_only(record.select(_READ_ONLY), found["eventCategory"])
    session = record.select(_SESSION)
    found[SESSION] = _hole(_SESSION)
    if session.is_settled:
        found[SESSION] = text("true" if next(session.samples(), None) in (True, "true") else "false")
    return found


def _category(record: PartialRecord) -> Text:
    event: dict[str, object] = {}
    for path, names in _CATEGORY:
        cells = [*record.select(path).cells(tuple(map(exact, names)))]
        sample = next(cells[0].samples(), None)
        if len(cells) > 1 or sample is None:
            return _hole(("eventCategory",))
        if sample is not MISSING:
            event[str(path[0])] = sample
        if path == ("eventCategory",) and isinstance(sample, str):
            return category({"eventCategory": sample})
    return category(event)


def _read_only(field: Field, kind: Text | None) -> Text | None:
    if not field.is_settled:
        return _hole(_READ_ONLY)
    said = next(field.samples(), None)
    if said in (True, "true"):
        return text("true")
    if said in (False, "false"):
        return text("false")
    return None if kind == text(NETWORK) else _hole(_READ_ONLY)


def _text(field: Field, path: Path, shapes: tuple[Shape, ...]) -> Text | None:
    """The text of a field, or any of those that the shapes do not tell apart."""
    if field.texts is None:
        return None if not field.members and not field.elements and field.is_settled else _hole(path)
    if field != Field(texts=field.texts):
        return _hole(path)
    for shape in () if field.is_settled else shapes:
        outcomes = field.texts.outcomes(shape)
        if len(outcomes) > 1 or (isinstance(shape, _Unfinished) and outcomes != FAILS):
            return _hole(path)
    sample = next(field.texts.samples(), None)
    return _hole(path) if sample is None else text(sample)


def _arn(field: Field, path: Path, shapes: tuple[Shape, ...], partition: str) -> Text | None:
    found = _text(field, path, shapes)
    whole = literal(found) if found is not None else None
    if found is None or whole is None:
        return found
    if partition not in ("", "aws") and not field.is_settled:
        return _hole(path)  # the shapes are written as in the partition at hand, the texts are not
    return text(in_our_partition(whole, partition))


def _hole(path: Path) -> Text:
    reason = Reason(Why.CANNOT_SAY, f"`{written(path)}` is not fixed")
    return text(Hole(("partial", path), reasons=(reason,)))

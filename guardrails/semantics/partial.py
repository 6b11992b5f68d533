"""Partial CloudTrail records: what is fixed, what may be one of several, and what nobody said.

A partial record stands for all its completions. A question about it is answered TRUE if it holds for every completion,
FALSE if for none, and UNKNOWN if that is not certain. Questions are asked in two steps: of the record as it is, and,
where that leaves the answer open, of its cases: fields are replaced by smaller ones, in such parts as the pattern at
hand can tell apart (`over_cases`). So `($.a NOT EXISTS) || ($.a != "x")` holds of a record whose `a` is absent or
surely not `x`, although neither half does.

A record for which something does *not* hold is sought in the cases where that is so, and is checked as a complete
record before it is believed (`example`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product

from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.fields import ABSENT, MISSING, UNSAID, Array, Each, Field, Object, Path, known, written
from guardrails.semantics.shapes import FAILS, HOLDS, Texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    from guardrails.semantics.fields import Test
    from guardrails.semantics.shapes import Outcomes, Shape

MOST_CASES = 4_000
"""Cases that are asked before a question is given up."""
_MOST_RECORDS = 400
_SAMPLES = 3


class Mention(Record):
    """What a pattern tells the values of one field apart by."""

    shapes: tuple[Shape, ...] = ()
    numbers: tuple[float, ...] = ()


Fields: TypeAlias = "Mapping[str, object] | Mapping[Path, object] | Mapping[str | Path, object]"
"""Fields by path, dotted or in steps: Fields, or JSON values that are meant as they are."""

Mentions: TypeAlias = Mapping[Path, Mention]
"""The fields that decide a question, each with what it is compared with."""


def joined(*all_mentions: Mentions) -> dict[Path, Mention]:
    """The mentions of several questions that are asked together."""
    found: dict[Path, Mention] = {}
    for mentions in all_mentions:
        for path, mention in mentions.items():
            before = found.get(path, Mention())
            found[path] = Mention(
                tuple(dict.fromkeys((*before.shapes, *mention.shapes))),
                tuple(dict.fromkeys((*before.numbers, *mention.numbers))),
            )
    return found


class PartialRecord(Record):
    """A CloudTrail record of which some fields are known."""

    root: Field

    @staticmethod
    def from_json(record: Mapping[str, object]) -> PartialRecord:
        """A complete record: all known, everything else absent."""
        return PartialRecord(known(record))

    @staticmethod
    def of(fields: Fields, base: PartialRecord | None = None) -> PartialRecord:
        """The record with these fields, by path, dotted (`userIdentity.type`) or in steps; nothing is said of others,
        or what the base says. A value that is no Field is meant as it is; a JSON object has no members but its own."""
        root = (base or PartialRecord(Field(members=Object({})))).root
        together: dict[str, Field] = {}
        for path, value in fields.items():
            where = tuple(path.split(".")) if isinstance(path, str) else path
            field = value if isinstance(value, Field) else known(value)
            if len(where) == 1 and isinstance(where[0], str):
                together[where[0]] = field
                continue
            if where[0] in together:
                root, together = _put_members(root, together), {}
            root = _put(root, where, field)
        return PartialRecord(_put_members(root, together))

    def with_own(self, name: str, field: Field) -> PartialRecord:
        """The same with another field of the record itself, that is surely there or surely not."""
        return PartialRecord(_put_members(self.root, {name: field}))

    def having(self, path: Path, field: Field) -> PartialRecord:
        """The same record with this field in the place of the one there. What leads to a field that is surely there is
        there as well."""
        return PartialRecord(_put(self.root, path, field))

    def select(self, path: Path) -> Field:
        """The field at a path without steps to each."""
        field = self.root
        for step in path:
            assert not isinstance(step, Each), "a step to each leads to several fields"
            field = field.child(step)
        return field

    def only_text(self, name: str) -> str | None:
        """The text of a field of the record itself, if it surely is one and the only one that it may be."""
        members = self.root.members
        field = members.named.get(name) if members is not None else None
        texts = field.texts.only if field is not None and field.texts is not None else None
        return texts[0] if texts is not None and len(texts) == 1 and field is not None and field.is_settled else None

    def each(self, path: Path) -> tuple[tuple[Field, ...], bool]:
        """All fields at a path, and whether there may be more of which nothing is known.

        A field that may be absent, or hang on something that may be, is among them as one that may be absent; one that
        surely is, is not.
        """
        fields, more = [self.root], False
        for step in path:
            if not isinstance(step, Each):
                fields = [field.child(step) for field in fields]
                continue
            found: list[Field] = []
            for field in fields:
                members, open_ended = field.children(step)
                more = more or open_ended
                surely = field.is_settled
                found += members if surely else [member.or_absent() for member in members]
            fields = found
        return tuple(field for field in fields if field != ABSENT), more

    def cases(self, path: Path, mention: Mention) -> tuple[PartialRecord, ...]:
        """This record in parts that differ in one field, so that a mention cannot tell any of them further apart."""
        if any(isinstance(step, Each) for step in path):
            return (self,)
        field = self.select(path)
        if field.is_settled:
            return (self,)
        cells = tuple(field.cells(mention.shapes))
        return tuple(self.having(path, cell) for cell in cells) if len(cells) > 1 else (self,)

    def whole(self) -> dict[str, Any] | None:
        """The record itself, if there is nothing about it that is not known."""
        found = _whole(self.root)
        return found if isinstance(found, dict) else None

    def completions(self, mentions: Mentions) -> Iterator[dict[str, Any]]:
        """Complete records of this kind: the mentioned fields with various values, everything else as simple as it may
        be. Not split into cases: a pattern that compares with a text finds one that is it through `example`."""
        paths = sorted((path for path in mentions if not any(isinstance(step, Each) for step in path)), key=len)
        choices = [list(islice(self.select(path).samples(mentions[path].numbers), _SAMPLES)) for path in paths]
        for chosen in product(*choices):
            complete = self._with(paths, chosen).root.simplest()
            if isinstance(complete, dict):
                yield complete

    def _with(self, paths: Iterable[Path], values: Iterable[object]) -> PartialRecord:
        """The same record with these values, those of its own members first."""
        fields = [
            (path, ABSENT if value is MISSING else known(value)) for path, value in zip(paths, values, strict=True)
        ]
        own = {path[0]: field for path, field in fields if len(path) == 1 and isinstance(path[0], str)}
        root = _put_members(self.root, own)
        for path, field in fields:
            if len(path) > 1 or path[0] not in own:
                root = _put(root, path, field)
        return PartialRecord(root)


def _whole(field: Field) -> object:
    """The JSON value that a field surely is, MISSING if it is surely absent, None as well if it is not known."""
    if not field.is_settled or (field.members is not None and not field.members.closed):
        return None
    if field.elements is not None:
        there = [item for item in field.elements.items if item != ABSENT]
        items = [_whole(item) for item in there]
        return items if field.elements.closed and not _is_open(there, items) else None
    if field.members is not None:
        named = {name: _whole(member) for name, member in field.members.named.items()}
        if _is_open(field.members.named.values(), named.values()):
            return None
        return {name: value for name, value in named.items() if value is not MISSING}
    return next(field.samples(), None)


def _is_open(fields: Iterable[Field], values: Iterable[object]) -> bool:
    """Whether one of them is not known; a null is."""
    return any(value is None and field.others != (None,) for field, value in zip(fields, values, strict=True))


def _put(at: Field, path: Path, field: Field) -> Field:
    if not path:
        return field
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        there = at.members or Object({})
        inner = _put(there.member(step), rest, field)
        found = Object({**there.named, step: inner}, there.closed)
        if not inner.absent:
            return Field(members=found)
        return changed(at, members=found) if at.members is not None else at
    assert isinstance(step, int), "a field is put at one place"
    before = at.elements or Array(())
    inner = _put(before.item(step), rest, field)
    if inner.absent:
        if at.elements is None or step > len(before.items):
            return at
        if inner == ABSENT:
            return changed(at, elements=Array(before.items[:step], closed=True))
        followed = any(not item.absent for item in before.items[step + 1 :])
        item = _surely_there(inner) if followed else inner
        return changed(at, elements=Array((*before.items[:step], item, *before.items[step + 1 :]), before.closed))
    leading = tuple(_surely_there(before.item(number)) for number in range(step))
    return Field(elements=Array((*leading, inner, *before.items[step + 1 :]), before.closed))


def _put_members(root: Field, members: Mapping[str, Field]) -> Field:
    """The same as putting one after the other, which copies the object each time."""
    if root.members is not None and root == Field(members=root.members):
        return Field(members=Object({**root.members.named, **members}, root.members.closed))
    for name, field in members.items():
        root = _put(root, (name,), field)
    return root


def _surely_there(field: Field) -> Field:
    return changed(UNSAID if field == ABSENT else field, absent=False)


# --- questions --------------------------------------------------------------------------------------------------------


def asked(record: PartialRecord, path: Path, test: Test, unsettled: str) -> Truth:
    """What one test says of the field at a path; `unsettled` is what AWS does not say about it, as a sentence part."""
    if any(isinstance(step, Each) for step in path):
        return _asked_each(record, path, test, unsettled)
    field = record.select(path)
    return _truth(field.outcomes(test), path, field, unsettled)


def _asked_each(record: PartialRecord, path: Path, test: Test, unsettled: str) -> Truth:
    """Of all that a path with a step to each leads to, one is enough."""
    fields, more = record.each(path)
    answers = [_truth(field.outcomes(test), path, field, unsettled) for field in fields]
    if more:
        answers.append(_truth(UNSAID.outcomes(test) | FAILS, path, UNSAID, unsettled))
    found = any_of(answers)
    return found if answers else false(Fact(f"there is no `{written(path)}`"))


def _truth(outcomes: Outcomes, path: Path, field: Field, unsettled: str) -> Truth:
    fact = Fact(lambda: f"`{written(path)}` is {field.says()}")
    if outcomes == HOLDS:
        return true(fact)
    if outcomes == FAILS:
        return false(fact)
    if None in outcomes:
        return unknown(Reason(Why.UNSUPPORTED, f"AWS does not say {unsettled}"), facts=(fact,))
    return unknown(Reason(Why.CANNOT_SAY, f"`{written(path)}` may be {field.says()}"), facts=(fact,))


# --- what is seen at once ---------------------------------------------------------------------------------------------

Needs: TypeAlias = "tuple[tuple[str, frozenset[str], tuple[Shape, ...]], ...]"
"""Fields of which a pattern lets only texts through that it mentions, with what it mentions: whole texts, and other
shapes."""
_TELLING = ("eventName", "eventSource")
"""The fields of which most filters and rules ask for a few texts."""


def needs_of(mentions: Mentions, ask: Callable[[PartialRecord], Truth]) -> Needs:
    """The fields without which a pattern lets nothing through. It cannot tell texts apart that it does not mention: one
    question is enough for all of them."""

    def refuses(name: str, like: tuple[Shape, ...], unlike: tuple[Shape, ...]) -> bool:
        field = Field(texts=Texts(like=like, unlike=unlike))
        return ask(PartialRecord.of({name: field})).verdict is Verdict.FALSE

    found: list[tuple[str, frozenset[str], tuple[Shape, ...]]] = []
    for name in _TELLING:
        shapes = mentions[(name,)].shapes if (name,) in mentions else ()
        if shapes and refuses(name, (), shapes):
            branches = {branch: branch.literal for shape in shapes for branch in shape.branches}
            whole = frozenset(literal for literal in branches.values() if literal is not None)
            others = [branch for branch, literal in branches.items() if literal is None]
            found.append((name, whole, tuple(one for one in others if not refuses(name, (one,), ()))))
    return tuple(found)


def are_missing(needs: Needs, record: PartialRecord) -> bool:
    """Whether it is seen at once that no record of a kind has what is needed: it is of a call that none of the names
    mentions. False says nothing."""
    for name, literals, shapes in needs:
        content = record.only_text(name)
        if content is not None and content not in literals and not any(shape.matches(content) for shape in shapes):
            return True
    return False


def over_cases(
    record: PartialRecord, mentions: Mentions, ask: Callable[[PartialRecord], Truth], most: int = MOST_CASES
) -> Truth:
    """What `ask` says of a record, tried in all its cases where it cannot be said at once.

    `mentions` are the fields that decide it; to ask several patterns together, join theirs.
    """
    first = ask(record)
    if first.verdict is not Verdict.UNKNOWN:
        return first
    answers: list[Truth] = []
    for _, truth in _decided(record, mentions, ask, most):
        answers.append(truth)
        if truth.verdict is Verdict.UNKNOWN or truth.verdict is not answers[0].verdict:
            return first if truth.verdict is not Verdict.UNKNOWN else truth
    if not answers:
        return first
    return all_of(answers) if answers[0].verdict is Verdict.TRUE else any_of(answers)


def example(
    record: PartialRecord,
    mentions: Mentions,
    ask: Callable[[PartialRecord], Truth],
    check: Callable[[dict[str, Any]], bool | None],
    *,
    of: bool = False,
) -> dict[str, Any] | None:
    """A completion of which `check` says `of`: with the default, a counter-example.

    It is looked for in the cases of which `ask` says so, then in those of which it says nothing. None is no proof that
    there is none.
    """
    wanted = Verdict.TRUE if of else Verdict.FALSE
    left = _MOST_RECORDS
    open_cases: list[PartialRecord] = []
    for case, truth in _decided(record, mentions, ask, MOST_CASES):
        if truth.verdict is Verdict.UNKNOWN:
            open_cases.append(case)
        elif truth.verdict is wanted:
            for complete in islice(case.completions(mentions), 8):
                left -= 1
                if check(complete) is of:
                    return complete
        if left <= 0:
            return None
    for case in open_cases:
        for complete in islice(case.completions(mentions), max(left, 0)):
            left -= 1
            if check(complete) is of:
                return complete
    return None


def _decided(
    record: PartialRecord, mentions: Mentions, ask: Callable[[PartialRecord], Truth], most: int
) -> Iterator[tuple[PartialRecord, Truth]]:
    """The record in cases, each with what is said of it; split no further than it takes to decide."""
    waiting: list[tuple[PartialRecord, tuple[Path, ...]]] = [(record, tuple(mentions))]
    asked_so_far = 0
    while waiting:
        case, paths = waiting.pop()
        asked_so_far += 1
        if asked_so_far > most:
            yield case, unknown(Reason(Why.LIMIT, "too many combinations of field values decide it"))
            return
        truth = ask(case)
        if truth.verdict is not Verdict.UNKNOWN:
            yield case, truth
            continue
        parts, rest = _first_split(case, paths, mentions)
        if not parts:
            yield case, truth
        waiting += [(part, rest) for part in reversed(parts)]


def _first_split(
    case: PartialRecord, paths: tuple[Path, ...], mentions: Mentions
) -> tuple[tuple[PartialRecord, ...], tuple[Path, ...]]:
    for at, path in enumerate(paths):
        parts = case.cases(path, mentions[path])
        if len(parts) > 1:
            return parts, paths[at + 1 :]
    return (), ()

"""The report for people, on a page: which verdicts turned, and what changed, at the line that says how it should be."""

from __future__ import annotations

from guardrails.drift.blame import unrecorded
from guardrails.drift.records import Kind
from guardrails.drift.told import BEFORE_AND_NOW
from guardrails.formats.discretion import masked
from guardrails.formats.terminal import SEVERITY_STYLES, Page, harmless, sentence
from guardrails.formats.text import amount, excerpt_lines, some_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guardrails.drift.records import Difference, Drift, Open
    from guardrails.drift.told import Sides, Told
    from guardrails.findings import Finding, GapNote
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin

_STYLES = {Kind.VERDICT: "bold red", Kind.CHANGED: "red", Kind.MISSING: "red", Kind.UNMANAGED: "yellow"}
_LEVEL = len("CRITICAL") + 2
_MOST_FACTS = 3
_MOST_NAMED = 4
_MOST_DIFFERENCES = 12
"""Attributes of one resource that are shown, unless all are asked for."""


def render(told: Told, view: View) -> str:
    page = Page(width=view.width, colour=view.colour, ascii_only=view.ascii)
    if view.quiet:
        _one_line_each(page, told)
    else:
        _pages(page, told, view)
        _opens(page, told, view)
        _ignored(page, told, view)
        _not_read(page, told, view)
        for notice in told.comparison.notices:
            page.prose(notice, indent=0, label="note:", label_style="yellow")
    page.gap()
    _summary(page, told)
    return masked(page.text(), view.secrets)


# What drifted


class _Group:
    """A resource that is not as declared, and the verdicts that this turned."""

    def __init__(self, change: Drift | None) -> None:
        self.change = change
        """What changed of it, or that it is missing; None for verdicts that nothing explains."""
        self.own: list[Drift] = []
        """Verdicts on the resource itself."""
        self.others: list[Drift] = []
        """Verdicts on other resources that turned because of the change."""

    @property
    def urgency(self) -> tuple[int, str, int, str]:
        first = self.own[0] if self.own else self.others[0]
        worst = max(one.after.severity.rank if one.after is not None else 0 for one in (*self.own, *self.others))
        return -worst, first.origin.file, first.origin.line, first.declared


def _pages(page: Page, told: Told, view: View) -> None:
    """Resources of which a verdict turned come first, with their changes; then what else changed."""
    several = len({one.target for one in told.comparison.drifts if one.target}) > 1
    groups = _groups(told)
    for group in sorted((one for one in groups if one.own or one.others), key=lambda one: one.urgency):
        page.gap()
        _turned(page, group, told, view, several=several)
    rest = [group.change for group in groups if group.change is not None and not group.own and not group.others]
    _section(page, Kind.CHANGED, [one for one in rest if one.kind is Kind.CHANGED], told, view, several=several)
    _section(page, Kind.MISSING, [one for one in rest if one.kind is Kind.MISSING], told, view, several=several)
    _section(page, Kind.UNMANAGED, told.of(Kind.UNMANAGED), told, view, several=several)


def _groups(told: Told) -> list[_Group]:
    changes = [*told.of(Kind.CHANGED), *told.of(Kind.MISSING)]
    groups = {(one.target, one.declared): _Group(one) for one in changes}
    alone: dict[tuple[str, str, str], _Group] = {}
    for one in told.of(Kind.VERDICT):
        group = groups.get((one.target, one.declared))
        if group is not None:
            group.own.append(one)
            continue
        named = (said.removesuffix(" is not there").rpartition(" of ")[2] for said in one.because)
        explaining = [groups[one.target, address] for address in named if (one.target, address) in groups]
        if explaining:
            explaining[0].others.append(one)
        else:
            alone.setdefault((one.target, one.declared, one.live), _Group(None)).own.append(one)
    return [*groups.values(), *alone.values()]


def _turned(page: Page, group: _Group, told: Told, view: View, *, several: bool) -> None:
    change, mark = group.change, page.paint("red", page.marks.failed)
    first = change or group.own[0]
    _heading(page, first, told, several=several, mark=mark)
    page.prose(told.sides.turned, indent=2, style="dim")
    own = {one.attribute for one in first.differences}
    for one in group.own:
        _verdict(page, one, view)
        elsewhere = [said for said in one.because if said not in own]
        if elsewhere:
            page.prose(", ".join(elsewhere), indent=4 + _LEVEL, label="changed")
    by_policy: dict[str, list[Drift]] = {}
    for one in group.others:
        by_policy.setdefault(one.noun, []).append(one)
    for same in by_policy.values():
        if same[0].after is not None:
            _level(page, same[0].after)
            named = some_of([one.declared for one in same], len(same) if view.verbose else _MOST_NAMED)
            page.prose(f"{same[0].after.message}: {named}", indent=4 + _LEVEL)
    if change is not None:
        _differences(page, change, told, view)
    elif first.origin.start or first.declared != first.target:
        # What is about a deployment as a whole stands on no line.
        _declared_at(page, first.origin, view)
    _made_by(page, first, told)


def _section(page: Page, kind: Kind, drifts: Sequence[Drift], told: Told, view: View, *, several: bool) -> None:
    if not drifts:
        return
    page.gap()
    page.line(f"{page.paint('bold', told.sides.heading(kind))} {page.paint('dim', f'({len(drifts)})')}")
    for one in drifts:
        if kind is Kind.CHANGED:
            page.gap()
        mark = page.paint(_STYLES[kind], page.marks.note if kind is Kind.UNMANAGED else page.marks.failed)
        _heading(page, one, told, several=several, mark=mark, indent=2)
        _differences(page, one, told, view)
        for said in one.because:
            page.prose(said, indent=4)
        _made_by(page, one, told)


def _heading(page: Page, drift: Drift, told: Told, *, several: bool, mark: str, indent: int = 0) -> None:
    name = drift.declared or drift.live
    kind = "" if drift.kind is Kind.VERDICT else f"  {drift.noun}"
    where = f" in {drift.target}" if several and drift.target and drift.declared != drift.target else ""
    place = f"  {harmless(drift.origin.place)}" if drift.kind is Kind.MISSING and drift.origin.place else ""
    account = f"  {drift.account}" if drift.account and _accounts(told) > 1 and drift.account not in name else ""
    gone = f"  {told.sides.missing.lower()}" if drift.kind is Kind.MISSING and not indent else ""
    said = page.paint("dim", harmless(f"{kind}{gone}{where}{account}"))
    page.line(f"{' ' * indent}{mark} {page.paint('bold', harmless(name))}{said}{page.paint('cyan', place)}")
    if drift.declared and drift.live and drift.live not in (drift.declared, drift.account) and not indent:
        page.line(f"  {page.paint('dim', harmless(drift.live))}")


def _accounts(told: Told) -> int:
    return sum(1 for target in told.comparison.targets if target.source == "aws")


def _level(page: Page, finding: Finding) -> None:
    level = page.paint(SEVERITY_STYLES[finding.severity], finding.severity.value.upper().ljust(_LEVEL - 2))
    page.line(f"    {level}  {harmless(finding.policy)} {page.paint('dim', harmless(finding.name))}")


def _verdict(page: Page, drift: Drift, view: View) -> None:
    if drift.after is None:
        return
    _level(page, drift.after)
    indent = 4 + _LEVEL
    page.prose(drift.after.message, indent=indent)
    for number, said in enumerate(_facts(drift.after)[: None if view.verbose else _MOST_FACTS]):
        page.prose(said, indent=indent, label="       " if number else "because")


def _facts(finding: Finding) -> list[str]:
    return [f"{fact.detail}: {fact.settle}" if fact.settle else fact.detail for fact in finding.because]


def _differences(page: Page, drift: Drift, told: Told, view: View) -> None:
    places: dict[tuple[str, int], list[Difference]] = {}
    most = len(drift.differences) if view.verbose else _MOST_DIFFERENCES
    for one in drift.differences[:most]:
        places.setdefault((one.origin.file, one.origin.start), []).append(one)
    shown = ""
    for same in places.values():
        origin = same[0].origin
        _declared_at(page, origin, view, shown)
        shown = origin.file
        for one in same:
            _difference(page, one, told.sides)
    if len(drift.differences) > most:
        page.prose(f"and {len(drift.differences) - most} more; --verbose shows all", indent=4, style="dim")


def _declared_at(page: Page, origin: Origin, view: View, shown: str = "") -> None:
    """The line that declares it; with its place, unless the file has been named and the line shows its number."""
    if origin.source is None:
        return
    if origin.file != shown or not origin.source.text:
        page.line(f"    {page.paint('cyan', harmless(origin.place))}")
    if origin.source.text:
        excerpt_lines(page, origin, view, indent=4, most=1, margin=0)


def _difference(page: Page, one: Difference, sides: Sides) -> None:
    name = page.paint("bold", harmless(one.attribute))
    declared, live = map(sentence, sides.of(one))
    if len(one.attribute) + len(declared) + len(live) + 10 <= page.width:
        page.line(f"      {name}: {declared}, {page.paint('red', live)}")
        return
    page.line(f"      {name}")
    page.prose(declared, indent=8)
    page.prose(live, indent=8, style="red")


def _made_by(page: Page, drift: Drift, told: Told) -> None:
    """The calls, each with the attributes that it can have made where there are several; what no call is known of."""
    attributes = {one.field: one.attribute for one in drift.differences}
    for one in dict.fromkeys(drift.by):
        made = [attributes[field] for field in one.fields if field in attributes]
        which = f" ({', '.join(dict.fromkeys(made))})" if made and len(attributes) > 1 else ""
        by = f" by {one.principal}" if one.principal else ""
        source = f" from {one.source}" if one.source else ""
        page.prose(f"{one.event}{by}{source}, {one.time}{which}", indent=6, label="done:", label_style="magenta")
    unknown = unrecorded(drift) if told.searched else ()
    if unknown:
        page.prose(f"{', '.join(unknown)}: in no record that was given", indent=6, label="done:", label_style="dim")


# What is not known, or does not count


def _opens(page: Page, told: Told, view: View) -> None:
    """What could not be compared, and verdicts that the code leaves open and the account decides."""
    opens = told.comparison.opens
    decided = [(address, one) for address, one in opens if not one.field and one.live]
    _listed(page, told.sides.decided, decided, view)
    _listed(page, "Not compared", [(address, one) for address, one in opens if one.field or not one.live], view)


def _listed(page: Page, title: str, opens: list[tuple[str, Open]], view: View) -> None:
    if not opens:
        return
    page.gap()
    page.line(f"{page.paint('bold', title)} {page.paint('dim', f'({len(opens)})')}")
    by_reason: dict[tuple[str, str], list[tuple[str, Open]]] = {}
    for address, one in opens:
        place = "" if one.refused else one.origin.place
        by_reason.setdefault((sentence(one.why), place), []).append((address, one))
    for (why, place), same in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        page.prose(f"{why} ({place})" if place else why, indent=2, label=page.marks.unknown, label_style="yellow")
        whose = list(dict.fromkeys(f"{address} {one.attribute}".rstrip() for address, one in same))
        page.prose(some_of(whose, len(whose) if view.verbose else _MOST_NAMED), indent=4, style="dim")
        said = list(dict.fromkeys(one.live for _, one in same if one.live))
        if said:
            most = len(said) if view.verbose else _MOST_NAMED
            page.prose(some_of(said, most), indent=4, label="there:", style="dim")


def _ignored(page: Page, told: Told, view: View) -> None:
    if not told.ignored:
        return
    page.gap()
    page.line(f"{page.paint('bold', 'Ignored')} {page.paint('dim', f'({len(told.ignored)})')}")
    by_reason: dict[str, list[str]] = {}
    for one in told.ignored:
        by_reason.setdefault(one.ignored, []).append(in_short(one, told.sides))
    for reason, whose in by_reason.items():
        page.prose(reason, indent=2, label=page.marks.note)
        page.prose(some_of(whose, len(whose) if view.verbose else _MOST_NAMED), indent=4, style="dim")


def in_short(drift: Drift, sides: Sides) -> str:
    """A drift in a few words."""
    name = drift.declared or drift.live
    if drift.kind is Kind.VERDICT:
        return f"{drift.before.policy if drift.before else drift.noun} on {name}"
    if drift.kind is Kind.CHANGED:
        return f"{name} {', '.join(dict.fromkeys(one.attribute for one in drift.differences))}"
    return f"{name} ({sides.heading(drift.kind).lower()})"


def _not_read(page: Page, told: Told, view: View) -> None:
    notes: dict[tuple[str, str], GapNote] = {}
    for note in told.gaps:
        if note.incomplete or view.verbose:
            notes.setdefault((sentence(note.detail), note.origin.place), note)
    if not notes:
        page.gap()
        return
    page.gap()
    page.line(page.paint("bold", "Not read"))
    for (detail, place), note in sorted(notes.items(), key=lambda item: (not item[1].incomplete, item[0])):
        mark, style = (page.marks.failed, "bold magenta") if note.incomplete else (page.marks.note, "yellow")
        page.prose(f"{detail} ({place})" if place else detail, indent=2, label=mark, label_style=style)
        if note.settle:
            page.prose(note.settle, indent=4, label="to settle it:", label_style="green")
    page.gap()


def _one_line_each(page: Page, told: Told) -> None:
    for drift in told.comparison.drifts:
        if drift.ignored:
            continue
        place = harmless(drift.origin.place or drift.live or drift.target)
        if drift.kind is Kind.CHANGED:
            for one in drift.differences:
                where = harmless(one.origin.place) or place
                said = f"{drift.declared} {one.attribute}: {', '.join(told.sides.of(one))}"
                page.line(f"{where}: CHANGED {sentence(said)}")
        elif drift.kind is Kind.VERDICT and drift.after is not None:
            after = drift.after
            said = f"{after.severity.value.upper()} {after.policy} {after.message} ({drift.declared})"
            page.line(f"{place}: {sentence(said)}")
        elif drift.kind is Kind.MISSING:
            page.line(f"{place}: {told.sides.missing.upper()} {sentence(drift.declared)}")
        else:
            page.line(f"{place}: {told.sides.unmanaged.upper()} {sentence(drift.noun)}")
    for note in told.gaps:
        if note.incomplete:
            place = note.origin.place
            page.line(f"{harmless(place) + ': ' if place else ''}INCOMPLETE {sentence(note.detail)}")


# What it comes to


def _summary(page: Page, told: Told) -> None:
    _in_a_row(page, list(_counted(told)))
    comparison = told.comparison
    code = [target for target in comparison.targets if target.source != "aws"]
    accounts = [target.target for target in comparison.targets if target.source == "aws"]
    named = some_of(accounts, _MOST_NAMED)
    matched = amount(comparison.matched, "resource", "resources")
    targets = amount(len(code), "deployment", "deployments")
    if told.sides == BEFORE_AND_NOW:
        page.prose(f"Compared {matched} of {named} with what they were.", indent=0)
    else:
        page.prose(f"Compared {matched} of {targets} with what is there in {named or 'no account'}.", indent=0)
    if told.is_incomplete:
        page.prose("something could not be read or judged.", indent=0, label="Incomplete:", label_style="bold magenta")


def _counted(told: Told) -> Iterable[tuple[str, str]]:
    words = {
        Kind.VERDICT: amount(len(told.of(Kind.VERDICT)), "verdict turned", "verdicts turned"),
        Kind.CHANGED: f"{len(told.of(Kind.CHANGED))} changed",
        Kind.MISSING: f"{len(told.of(Kind.MISSING))} {told.sides.missing.lower()}",
        Kind.UNMANAGED: f"{len(told.of(Kind.UNMANAGED))} {told.sides.unmanaged.lower()}",
    }
    for kind, said in words.items():
        yield said, _STYLES[kind] if told.of(kind) else "green" if kind is Kind.VERDICT else ""
    yield f"{told.comparison.alike} as declared", ""
    if told.comparison.opens:
        yield f"{len(told.comparison.opens)} open", "yellow"
    if told.ignored:
        yield f"{len(told.ignored)} ignored", ""


def _in_a_row(page: Page, parts: Sequence[tuple[str, str]]) -> None:
    """Painted texts side by side, on as many lines as they need."""
    line, length = "", 0
    for said, style in parts:
        if length and length + 3 + len(said) > page.width:
            page.line(line)
            line, length = "", 0
        line += (f" {page.marks.dot} " if length else "") + page.paint(style, said)
        length += (3 if length else 0) + len(said)
    page.line(line)

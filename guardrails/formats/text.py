"""The report for people: what failed, at the line to change; what is not known, and what would settle it."""

from __future__ import annotations

from guardrails.findings import Finding, Outcome, of_companion
from guardrails.formats.terminal import SEVERITY_STYLES, Page, harmless, sentence
from guardrails.policy import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from guardrails.findings import Because, GapNote, Result
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin

_TARGET_WORDS = {
    "terraform": ("root module", "root modules"),
    "terraform-plan": ("plan", "plans"),
    "terraform-state": ("state", "states"),
    "cloudformation": ("stack", "stacks"),
    "aws": ("account", "accounts"),
}
_OPEN = {
    "INPUT": "without a value",
    "ELSEWHERE": "defined elsewhere",
    "AFTER_APPLY": "known after apply",
    "CANNOT_SAY": "not stated here",
    "UNSUPPORTED": "not evaluated",
    "SENSITIVE": "withheld",
}
"""What does not make a run incomplete, by the kind of its reason."""
_MOST_LINES = 4
"""Marked lines of an excerpt that are shown."""
_ROOMY = 60
"""The width from which on what is said of a finding stands below its id, not below its severity."""
_MOST_FACTS = 3
_MOST_NAMED = 4
"""Resources that are named before "and 3 more"."""


def render(result: Result, view: View) -> str:
    page = Page(width=view.width, colour=view.colour, ascii_only=view.ascii)
    listed = _listed(result, view)
    if view.quiet:
        _one_line_each(page, result, listed)
        _summary(page, result)
    else:
        _failures(page, result, [f for f in listed if f.outcome in (Outcome.FAIL, Outcome.ERROR)], view)
        told = _unknowns(page, [f for f in listed if f.outcome is Outcome.UNKNOWN], view)
        _waived(page, [f for f in listed if f.outcome is Outcome.WAIVED], view)
        _passed(page, [f for f in listed if f.outcome is Outcome.PASS])
        told |= _not_read(page, result, told, view)
        _notices(page, result)
        page.gap()
        _summary(page, result)
        _coverage(page, result, told, view)
        _hint(page, result)
    return page.text()


def _listed(result: Result, view: View) -> list[Finding]:
    if view.outcomes is not None:
        wanted = view.outcomes
    elif view.verbose:
        wanted = frozenset(Outcome)
    elif view.quiet:
        wanted = frozenset((Outcome.FAIL, Outcome.ERROR))
    else:
        wanted = frozenset((Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN, Outcome.WAIVED))
    return [finding for finding in result.findings if finding.outcome in wanted]


# Failures


class _Cluster:
    """The same verdict for the same reason at the same place, for one or more instances of a resource."""

    def __init__(self, first: Finding) -> None:
        self.first = first
        self.instances: list[Finding] = []

    @property
    def is_whole(self) -> bool:
        """Whether it is about a target as a whole."""
        return self.first.resource in ("", self.first.target)

    @property
    def has_no_line(self) -> bool:
        """Whether it is about what is missing from a target as a whole: that stands at the start of its first file."""
        return self.is_whole and self.first.origin.start == 0

    @property
    def whose(self) -> tuple[tuple[str, str], ...]:
        return tuple((finding.target, finding.resource) for finding in self.instances)


def _failures(page: Page, result: Result, findings: list[Finding], view: View) -> None:
    groups: dict[tuple[tuple[str, str], ...], list[_Cluster]] = {}
    for cluster in _clusters(findings):
        groups.setdefault(cluster.whose, []).append(cluster)
    several_targets = len(result.targets) > 1
    titles = {note.target: note.title for note in result.targets if note.title}
    for group in sorted(groups.values(), key=_most_urgent_first):
        page.gap()
        _heading(page, group[0], view, several_targets=several_targets, titles=titles)
        called_from: list[str] = []
        for place in _by_place(group):
            origin = place[0].first.origin
            if origin.source is not None and not place[0].has_no_line:
                page.line(f"  {page.paint('cyan', _place(origin))}")
                ways, called_from = called_from, _called_from(place[0], view)
                for way in called_from if called_from != ways else ():
                    page.prose(way, indent=2, label="called from", style="dim")
                excerpt_lines(page, origin, view, indent=2)
            page.gap()
            for cluster in place:
                _verdict(page, cluster.first, view)
            page.gap()


def _clusters(findings: Iterable[Finding]) -> list[_Cluster]:
    clusters: dict[tuple[object, ...], _Cluster] = {}
    for finding in findings:
        origin = finding.origin
        key: tuple[object, ...] = (finding.policy, finding.outcome, finding.severity, finding.message, finding.type)
        key += (origin.file, origin.start, origin.stop, origin.attribute) if origin.file else (finding.resource,)
        clusters.setdefault(key, _Cluster(finding)).instances.append(finding)
    return list(clusters.values())


def _most_urgent_first(group: list[_Cluster]) -> tuple[int, str, int, str]:
    first = group[0].first
    return -max(c.first.severity.rank for c in group), first.origin.file, first.origin.line, first.resource


def _by_place(group: list[_Cluster]) -> list[list[_Cluster]]:
    places: dict[tuple[str, int, int], list[_Cluster]] = {}
    for cluster in sorted(group, key=lambda c: (-c.first.severity.rank, c.first.policy)):
        origin = cluster.first.origin
        places.setdefault((origin.file, origin.line, origin.end_line), []).append(cluster)
    return [places[key] for key in sorted(places)]


def _heading(page: Page, cluster: _Cluster, view: View, *, several_targets: bool, titles: Mapping[str, str]) -> None:
    first = cluster.first
    title = f" ({harmless(titles[first.target])})" if first.target in titles else ""
    failed = page.paint("red", page.marks.failed)
    head = f"{failed} {page.paint('bold', harmless(first.resource or first.target))}"
    if cluster.is_whole:
        head += title
    more = len(cluster.instances) - 1
    if more and not view.verbose:
        head += f" and {amount(more, 'more instance', 'more instances')}"
    if several_targets and not cluster.is_whole:
        others = len({finding.target for finding in cluster.instances}) - 1
        also = f" and {amount(others, 'other', 'others')}" if others and not view.verbose else ""
        head += page.paint("dim", f"  in {harmless(first.target)}{title}{also}")
    page.line(head)
    if view.verbose:
        for finding in cluster.instances[1:]:
            also = f"{finding.resource} in {finding.target}" if several_targets else finding.resource
            page.prose(also, indent=2, label="and")


def _called_from(cluster: _Cluster, view: View) -> list[str]:
    """The calls above a place, the nearest first; of several instances only the first one's, unless asked for all."""
    ways = list(dict.fromkeys(finding.origin.via for finding in cluster.instances if finding.origin.via))
    told = [
        f"{call.source.path}:{call.line} ({call.name})"
        for via in (ways if view.verbose else ways[:1])
        for call in reversed(via)
    ]
    if len(ways) > 1 and not view.verbose:
        told[-1] += f" and {amount(len(ways) - 1, 'more place', 'more places')}"
    return told


def _verdict(page: Page, finding: Finding, view: View) -> None:
    if finding.outcome is Outcome.ERROR:
        level, style = "ERROR", "bold magenta"
    else:
        level, style = finding.severity.value.upper(), SEVERITY_STYLES[finding.severity]
    indent = 4 + len("CRITICAL") + 2 if page.width >= _ROOMY else 6
    name = page.paint("dim", harmless(finding.name))
    page.line(f"    {page.paint(style, level.ljust(len('CRITICAL')))}  {harmless(finding.policy)} {name}")
    page.prose(finding.message, indent=indent)
    facts = finding.because if view.verbose else finding.because[:_MOST_FACTS]
    for number, fact in enumerate(facts):
        label = "       " if number else "because"
        page.prose(_with_place(fact, finding.origin), indent=indent, label=label)
    if finding.remedy:
        page.prose(finding.remedy, indent=indent, label="fix    ", label_style="green")


def _with_place(fact: Because, seen: Origin) -> str:
    place = _place(fact.origin)
    said = f"{fact.detail}: {fact.settle}" if fact.settle else fact.detail
    return f"{said} ({place})" if place and place != _place(seen) else said


def _place(origin: Origin) -> str:
    return harmless(origin.place)


def excerpt_lines(
    page: Page, origin: Origin, view: View, *, indent: int, most: int = _MOST_LINES, margin: int = 1
) -> None:
    """The lines to change, marked, with a line around them; nothing where there is no text."""
    source = origin.source
    if source is None or not source.text:
        return
    from guardrails.formats.discretion import excerpt, masked

    first, last = origin.line, origin.end_line
    marked = range(first, min(last, first + most - 1) + 1)
    near = range(first - margin, marked[-1] + margin + 1)
    around = [n for n in near if n in marked or _says_something(source.line(n))]
    digits = len(str(around[-1]))
    room = page.width - indent - digits - 5
    for number in around:
        text = harmless(masked(excerpt(source, number), view.secrets).expandtabs(4))
        if len(text) > room:
            text = text[: room - len(page.marks.more)] + page.marks.more
        mark = page.paint("red", page.marks.marked) if number in marked else " "
        gutter = page.paint("dim", f"{number:>{digits}} {page.marks.gutter}")
        text = text if number in marked else page.paint("dim", text)
        page.line(f"{' ' * indent}{mark} {gutter} {text}".rstrip())
    if last > marked[-1]:
        page.line(f"{' ' * (indent + 2 + digits)} {page.paint('dim', page.marks.more)}")


def _says_something(line: str) -> bool:
    return any(letter.isalnum() for letter in line)


# What is not known


def _unknowns(page: Page, findings: list[Finding], view: View) -> frozenset[tuple[str, str]]:
    """Lists what blocks verdicts, one entry a reason; returns the reasons (detail, place) that were told."""
    if not findings:
        return frozenset()
    blocked: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        for reason in _reasons(finding):
            key = (sentence(reason.detail), sentence(reason.settle), _place(reason.origin))
            blocked.setdefault(key, []).append(finding)
    page.gap()
    counted = amount(len(findings), "verdict", "verdicts")
    page.line(f"{page.paint('bold', 'Not known')} {page.paint('dim', f'({counted})')}")
    for (detail, settle, place), stopped in sorted(blocked.items(), key=lambda item: (-len(item[1]), item[0])):
        page.gap()
        said = f"{detail} ({place})" if place else detail
        page.prose(said, indent=2, label=page.marks.unknown, label_style="yellow")
        if settle:
            page.prose(settle, indent=4, label="to settle it:", label_style="green")
        policies = sorted({finding.policy for finding in stopped})
        resources = sorted({finding.resource or finding.target for finding in stopped})
        most = len(resources) if view.verbose else _MOST_NAMED
        page.prose(f"{', '.join(policies)} on {some_of(resources, most)}", indent=4, style="dim")
    return frozenset((detail, place) for detail, _, place in blocked)


def _reasons(finding: Finding) -> Sequence[Because]:
    """What makes a verdict unknown: the reasons proper, or whatever was noted where there is none."""
    from guardrails.findings import Because

    reasons = [because for because in finding.because if because.why]
    return reasons or finding.because[:1] or [Because(finding.message, finding.origin)]


def _waived(page: Page, findings: list[Finding], view: View) -> None:
    """Lists what was waived by the waiver that says so, with its reason and its end: it stays to be seen."""
    if not findings:
        return
    by_waiver: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        origin = finding.waiver.origin if finding.waiver is not None else finding.origin
        by_waiver.setdefault((origin.file, origin.start), []).append(finding)
    page.gap()
    counted = amount(len(findings), "verdict", "verdicts")
    page.line(f"{page.paint('bold', 'Waived')} {page.paint('dim', f'({counted})')}")
    for key in sorted(by_waiver):
        waived = by_waiver[key]
        waiver = waived[0].waiver
        reason = (waiver.reason if waiver is not None else "") or "no reason is given"
        place = _place(waiver.origin if waiver is not None else waived[0].origin)
        end = f", until {waiver.until}" if waiver is not None and waiver.until else ""
        page.gap()
        page.prose(f"{reason}{end} ({place})" if place else f"{reason}{end}", indent=2, label=page.marks.note)
        resources: dict[str, dict[str, None]] = {}
        for finding in waived:
            was_open = finding.waiver is not None and finding.waiver.verdict is Outcome.UNKNOWN
            said = f"{finding.policy} {finding.name}{' (not known)' if was_open else ''}"
            resources.setdefault(said, {})[finding.resource or finding.target] = None
        for said, named in resources.items():
            most = len(named) if view.verbose else _MOST_NAMED
            page.prose(f"{said} on {some_of(list(named), most)}", indent=4, style="dim")


def _passed(page: Page, findings: list[Finding]) -> None:
    if not findings:
        return
    page.gap()
    page.line(page.paint("bold", "Passed"))
    for finding in findings:
        place = _place(finding.origin)
        where = page.paint("dim", f" {place}") if place else ""
        whose = harmless(finding.resource or finding.target)
        page.line(f"  {page.paint('green', page.marks.passed)} {harmless(finding.policy)} {whose}{where}")


# What was read


def _not_read(page: Page, result: Result, told: frozenset[tuple[str, str]], view: View) -> frozenset[tuple[str, str]]:
    """What made the run incomplete, and what was left aside without having been named above; returns what it tells."""
    notes: dict[tuple[str, str], GapNote] = {}
    for note in result.all_gaps():
        key = (sentence(note.detail), _place(note.origin))
        if note.incomplete or view.verbose or (key not in told and note.why in ("ELSEWHERE", "DENIED")):
            notes.setdefault(key, note)
    if not notes:
        return frozenset()
    page.gap()
    page.line(page.paint("bold", "Not read"))
    whose = result.targets_by_gap()
    for (detail, place), note in sorted(notes.items(), key=lambda item: (not item[1].incomplete, item[0][1], item[0])):
        mark, style = (page.marks.failed, "bold magenta") if note.incomplete else (page.marks.note, "yellow")
        page.gap()
        page.prose(f"{detail} ({place})" if place else detail, indent=2, label=mark, label_style=style)
        if not place and note in whose:
            named = whose[note]
            page.prose(f"in {some_of(named, len(named) if view.verbose else _MOST_NAMED)}", indent=4, style="dim")
        if note.settle:
            page.prose(note.settle, indent=4, label="to settle it:", label_style="green")
        if note.incomplete:
            excerpt_lines(page, note.origin, view, indent=4)
    return frozenset(notes)


def _notices(page: Page, result: Result) -> None:
    if not result.notices:
        return
    page.gap()
    for notice in result.notices:
        page.prose(notice, indent=0, label="note:", label_style="yellow")


def _one_line_each(page: Page, result: Result, findings: list[Finding]) -> None:
    for cluster in _clusters(findings):
        finding, more = cluster.first, len(cluster.instances) - 1
        label = finding.severity.value if finding.outcome is Outcome.FAIL else finding.outcome.value
        place = _place(finding.origin) or harmless(finding.target)
        whose = (finding.resource or finding.target) + (f" and {more} more" if more else "")
        said = f"{label.upper()} {finding.policy} {finding.message} ({whose})"
        page.line(f"{place}: {sentence(said)}")
    targets = result.targets_by_gap()
    for note in dict.fromkeys(note for note in result.all_gaps() if note.incomplete):
        place = _place(note.origin)
        met = f" ({some_of(targets[note], 2)})" if not place and note in targets else ""
        page.line(f"{place + ': ' if place else ''}INCOMPLETE {sentence(note.detail + met)}")


def _summary(page: Page, result: Result) -> None:
    failed = [finding for finding in result.findings if finding.outcome is Outcome.FAIL]
    levels = [(level, sum(1 for f in failed if f.severity is level)) for level in reversed(Severity)]
    by_level = f" ({', '.join(f'{count} {level.value}' for level, count in levels if count)})" if failed else ""
    unknown, error = result.count(Outcome.UNKNOWN), result.count(Outcome.ERROR)
    counted = [
        page.paint("bold red" if failed else "bold green", f"{len(failed)} failed") + by_level,
        page.paint("yellow", f"{unknown} unknown") if unknown else "0 unknown",
        f"{result.count(Outcome.PASS)} passed",
        page.paint("bold magenta", amount(error, "error", "errors")) if error else "0 errors",
        f"{result.count(Outcome.WAIVED)} waived",
    ]
    page.line(f" {page.marks.dot} ".join(counted))


def _hint(page: Page, result: Result) -> None:
    failed = [f for f in result.findings if f.outcome is Outcome.FAIL and not of_companion(f.policy)]
    if failed:
        worst = min(failed, key=lambda f: (-f.severity.rank, f.policy))
        page.prose(f"To read about a policy: guardrails policies show {worst.policy}", indent=0, style="dim")


def _coverage(page: Page, result: Result, told: frozenset[tuple[str, str]], view: View) -> None:
    sources = {target.source for target in result.targets}
    one, several = _TARGET_WORDS.get(" ".join(sources), ("target", "targets"))
    files = view.files or sum(target.files for target in result.targets)
    resources = sum(target.resources for target in result.targets)
    gaps = {(sentence(note.detail), _place(note.origin)): note for note in result.all_gaps()}
    broken = sum(1 for note in gaps.values() if note.incomplete) + result.count(Outcome.ERROR)
    of_files = f"{amount(files, 'file', 'files')} and " if files or sources != {"aws"} else ""
    page.prose(
        f"Read {of_files}{amount(resources, 'resource', 'resources')} in {amount(len(result.targets), one, several)}.",
        indent=0,
    )
    if broken:
        things = amount(broken, "thing", "things")
        page.prose(f"{things} could not be read or judged.", indent=0, label="Incomplete:", label_style="bold magenta")
    open_ones = [
        f"{count} {word}"
        for why, word in _OPEN.items()
        if (count := sum(1 for note in gaps.values() if note.why == why and not note.incomplete))
    ]
    if open_ones:
        hint = "" if told.issuperset(gaps) else "; --verbose lists all"
        page.prose(f"{', '.join(open_ones)}{hint}.", indent=0, label="Left open:")
    if view.config:
        page.prose(view.config, indent=0, label="Configuration:", style="dim", label_style="dim")


def amount(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def some_of(names: list[str], most: int) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"

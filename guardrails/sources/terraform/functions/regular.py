"""Regular expressions as terraform has them: RE2's syntax, matched in time proportional to pattern times text.

Python's `re` has another syntax and backtracks: a hostile pattern would hang a run. So patterns are parsed to
RE2's rules (`regular_syntax`) and become a small program, and all its threads step through the text together; the
thread that Perl would prefer wins. A budget of steps ends what is still too long as `LIMIT`.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from .regular_syntax import ENDLESS, Parser, too_costly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .regular_syntax import Node

_LONGEST_PATTERN = 100_000
_LONGEST_PROGRAM = 20_000
_MOST_STEPS = 500_000


class Match(NamedTuple):
    start: int
    stop: int
    groups: tuple[str | None, ...]
    """The whole match, then the capture groups in order; None for one that took no part."""
    names: tuple[str, ...]


# Instructions: (operation, argument, next). A split prefers the first of its two targets.
_CHAR, _SPLIT, _SAVE, _ASSERT, _MATCH = range(5)


class Pattern:
    """A compiled pattern."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _LONGEST_PATTERN:
            raise too_costly("the pattern is too long")
        parser = Parser(pattern)
        tree = parser.parse()
        self.names = tuple(parser.names)
        """The names of the capture groups in order; empty for one without."""
        self._program: list[list[object]] = []
        self._emit(("group", 0, tree))
        self._append(_MATCH, None)
        self.steps = 0
        """Steps of the search so far: what a search may cost is limited."""

    def _append(self, operation: int, argument: object) -> int:
        if len(self._program) >= _LONGEST_PROGRAM:
            raise too_costly("the pattern is too big")
        self._program.append([operation, argument])
        return len(self._program) - 1

    def _emit(self, node: Node) -> None:
        kind = node[0]
        if kind == "set":
            self._append(_CHAR, node[1])
        elif kind == "assert":
            self._append(_ASSERT, node[1])
        elif kind == "sequence":
            for item in node[1]:
                self._emit(item)
        elif kind == "group":
            if node[1] >= 0:
                self._append(_SAVE, 2 * node[1])
            self._emit(node[2])
            if node[1] >= 0:
                self._append(_SAVE, 2 * node[1] + 1)
        elif kind == "alternatives":
            self._emit_alternatives(node[1])
        else:
            self._emit_repeat(*node[1:])

    def _emit_alternatives(self, branches: list[Node]) -> None:
        jumps: list[int] = []
        for branch in branches[:-1]:
            split = self._append(_SPLIT, None)
            self._emit(branch)
            jumps.append(self._append(_SPLIT, None))
            self._program[split][1] = (split + 1, len(self._program))
        self._emit(branches[-1])
        for jump in jumps:
            self._program[jump][1] = (len(self._program),)

    def _emit_repeat(self, node: Node, low: int, high: int, lazy: bool) -> None:
        if high == ENDLESS:
            self._emit_endless(node, low, lazy=lazy)
            return
        for _ in range(low):
            self._emit(node)
        splits: list[int] = []
        for _ in range(high - low):
            splits.append(self._append(_SPLIT, None))
            self._emit(node)
        for split in splits:
            self._program[split][1] = self._ordered(split + 1, len(self._program), lazy=lazy)

    def _emit_endless(self, node: Node, low: int, *, lazy: bool) -> None:
        for _ in range(low - 1):
            self._emit(node)
        # `x*` loops from before x. If x may be empty it is `(x+)?`: one empty round is preferred to none, as in Perl.
        skip = self._append(_SPLIT, None) if low == 0 else -1
        begin = len(self._program)
        self._emit(node)
        if low == 0 and not _may_be_empty(node):
            self._append(_SPLIT, (skip,))
        else:
            after = self._append(_SPLIT, None)
            self._program[after][1] = self._ordered(begin, after + 1, lazy=lazy)
        if skip >= 0:
            self._program[skip][1] = self._ordered(begin, len(self._program), lazy=lazy)

    @staticmethod
    def _ordered(inside: int, after: int, *, lazy: bool) -> tuple[int, int]:
        return (after, inside) if lazy else (inside, after)

    def find(self, text: str) -> Match | None:
        """The leftmost match; of several that begin there, the one that Perl would find first."""
        self.steps = 0
        return self._find(text, 0)

    def _find(self, text: str, start: int) -> Match | None:
        slots = 2 * len(self.names) + 2
        threads: list[tuple[int, tuple[int, ...]]] = []
        best: tuple[int, ...] | None = None
        position = start
        while True:
            following = text[position] if position < len(text) else ""
            seen: set[int] = set()
            waiting: list[tuple[int, tuple[int, ...]]] = []
            for pc, saved in threads:
                if self._follow(pc, saved, text, position, seen, waiting):
                    best = waiting.pop()[1]
                    break
            else:
                if best is None and self._follow(0, (-1,) * slots, text, position, seen, waiting):
                    best = waiting.pop()[1]
            if not following or (not waiting and best is not None):
                break
            threads = [
                (pc + 1, saved)
                for pc, saved in waiting
                if following in self._program[pc][1]  # type: ignore[operator]  # a _Set
            ]
            position += 1
        if best is None:
            return None
        groups = tuple(
            text[best[i] : best[i + 1]] if best[i] >= 0 and best[i + 1] >= 0 else None for i in range(0, slots, 2)
        )
        return Match(best[0], best[1], groups, self.names)

    def _follow(
        self,
        pc: int,
        saved: tuple[int, ...],
        text: str,
        position: int,
        seen: set[int],
        waiting: list[tuple[int, tuple[int, ...]]],
    ) -> bool:
        """Add the threads that are reached from here without a character to `waiting`, in order of preference.

        At a match its slots are put last and the answer is True: threads of lower preference do not matter any more.
        """
        stack = [(pc, saved)]
        program = self._program
        while stack:
            pc, saved = stack.pop()
            if pc in seen:
                continue
            seen.add(pc)
            self.steps += 1
            if self.steps > _MOST_STEPS:
                raise too_costly("the search for the pattern takes too long")
            operation, argument = program[pc]
            if operation == _CHAR:
                waiting.append((pc, saved))
            elif operation == _SPLIT:
                stack += [(target, saved) for target in reversed(argument)]  # type: ignore[call-overload]  # a tuple of targets
            elif operation == _SAVE:
                assert isinstance(argument, int)  # the number of a slot
                self.steps += len(saved) // 16  # copying many slots takes time, too
                stack.append((pc + 1, (*saved[:argument], position, *saved[argument + 1 :])))
            elif operation == _ASSERT:
                if _holds(str(argument), text, position):
                    stack.append((pc + 1, saved))
            else:
                waiting.append((pc, saved))
                return True
        return False

    def find_all(self, text: str) -> list[Match]:
        """All matches that do not overlap; an empty one directly behind another does not count."""
        self.steps = 0
        matches: list[Match] = []
        position, previous = 0, -1
        while position <= len(text):
            match = self._find(text, position)
            if match is None:
                break
            if match.stop == position:
                position += 1
                if match.start != previous:
                    matches.append(match)
            else:
                position = match.stop
                matches.append(match)
            previous = match.stop
        return matches


def _holds(what: str, text: str, position: int) -> bool:
    if what == "start":
        return position == 0
    if what == "end":
        return position == len(text)
    if what == "line start":
        return position == 0 or text[position - 1] == "\n"
    if what == "line end":
        return position == len(text) or text[position] == "\n"
    before = position > 0 and _in_word(text[position - 1])
    after = position < len(text) and _in_word(text[position])
    return (before != after) == (what == "boundary")


def _in_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _may_be_empty(node: Node) -> bool:
    kind = node[0]
    if kind == "set":
        return False
    if kind == "sequence":
        return all(_may_be_empty(item) for item in node[1])
    if kind == "alternatives":
        return any(_may_be_empty(item) for item in node[1])
    if kind == "group":
        return _may_be_empty(node[2])
    return kind == "assert" or node[2] == 0 or _may_be_empty(node[1])


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """The pattern, parsed; EvalError where RE2 refuses it."""
    return Pattern(pattern)


def expanded(template: str, match: Match) -> str:
    """A replacement with its `$1`, `$name` and `${name}` filled in; a name that does not exist is empty."""
    if "$" not in template:
        return template
    pieces: list[str] = []
    end = 0
    while (start := template.find("$", end)) >= 0:
        pieces.append(template[end:start])
        end = start + 1
        if template.startswith("$", end):
            pieces.append("$")
            end += 1
            continue
        braced = template.startswith("{", end)
        stop = begin = end + braced
        while stop < len(template) and (template[stop] == "_" or template[stop].isalnum()):
            stop += 1
        if stop == begin or (braced and not template.startswith("}", stop)):
            pieces.append("$")
            continue
        pieces.append(_group(template[begin:stop], match))
        end = stop + braced
    return "".join(pieces) + template[end:]


def _group(name: str, match: Match) -> str:
    if name.isascii() and name.isdigit():
        number = int(name) if len(name) < 9 else -1
        if len(name) > 1 and name[0] == "0":
            number = -1
    else:
        # Of several groups of one name the first that took part.
        numbers = [i for i, other in enumerate(match.names, 1) if other == name and match.groups[i] is not None]
        number = numbers[0] if numbers else -1
    return (match.groups[number] or "") if 0 <= number < len(match.groups) else ""

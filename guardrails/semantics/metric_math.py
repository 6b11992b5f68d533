"""Metric math, as far as alarms on audit events use it: arithmetic, comparisons, SUM, MIN, MAX, AVG, FILL and IF.

Everything else is refused, never guessed: `compute` raises Unsupported.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.semantics.metrics import MISSING as MISSING
from guardrails.semantics.metrics import Missing as Missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn


Reading = float | Missing
_LEXEME = compile_later(
    r"\s*+(?:(?P<number>[0-9]++(?:\.[0-9]++)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*+)|(?P<mark>\|\||&&|[<>=!]=|[-+*/()<>,\[\]])"
    r"|(?P<end>$))"
)
_MOST_DEPTH = 40


class Unsupported(Exception):  # noqa: N818 - said of an expression
    """An expression, or a metric in it, that is not evaluated here."""


def compute(expression: str, metrics: Mapping[str, Reading], entry: Callable[[str], Reading]) -> Reading:
    """What an expression comes to in one period: `metrics` are those that `METRICS()` stands for, `entry` gives what an
    id stands for. Raises Unsupported."""
    return _Evaluation(expression, metrics, entry).whole()


class _Evaluation:
    """Evaluated while it is read; there is nothing to be gained from a tree."""

    def __init__(self, text: str, metrics: Mapping[str, Reading], entry: Callable[[str], Reading]) -> None:
        self._metrics = metrics
        self._entry = entry
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        at = 0
        while not self._tokens or self._tokens[-1][0] != "end":
            match = _LEXEME.match(text, at)
            if match is None:
                self._refuse()
            kind = str(match.lastgroup)
            self._tokens.append((kind, match[kind]))
            at = match.end()

    def _refuse(self) -> NoReturn:
        raise Unsupported

    def _take(self, *marks: str) -> str:
        kind, said = self._tokens[self._at]
        if kind == "mark" and said in marks:
            self._at += 1
            return said
        return ""

    def whole(self) -> Reading:
        found = self._either(0)
        if self._tokens[self._at][0] != "end":
            self._refuse()
        return found

    def _either(self, depth: int) -> Reading:
        if depth > _MOST_DEPTH:
            self._refuse()
        found = self._both(depth)
        while self._take("||"):
            other = self._both(depth)
            found = _joined(found, other, lambda one, two: float(one != 0 or two != 0))
        return found

    def _both(self, depth: int) -> Reading:
        found = self._compared(depth)
        while self._take("&&"):
            other = self._compared(depth)
            found = _joined(found, other, lambda one, two: float(one != 0 and two != 0))
        return found

    def _compared(self, depth: int) -> Reading:
        found = self._sum(depth)
        sign = self._take("<", ">", "<=", ">=", "==", "!=")
        if not sign:
            return found
        other = self._sum(depth)
        tests: dict[str, Callable[[float, float], bool]] = {
            "<": lambda one, two: one < two,
            ">": lambda one, two: one > two,
            "<=": lambda one, two: one <= two,
            ">=": lambda one, two: one >= two,
            "==": lambda one, two: one == two,
            "!=": lambda one, two: one != two,
        }
        return _joined(found, other, lambda one, two: float(tests[sign](one, two)))

    def _sum(self, depth: int) -> Reading:
        found = self._product(depth)
        while sign := self._take("+", "-"):
            other = self._product(depth)
            found = _joined(found, other, (lambda one, two: one + two) if sign == "+" else (lambda one, two: one - two))
        return found

    def _product(self, depth: int) -> Reading:
        found = self._atom(depth)
        while sign := self._take("*", "/"):
            other = self._atom(depth)
            if sign == "/" and other == 0:
                return MISSING
            found = _joined(found, other, (lambda one, two: one * two) if sign == "*" else (lambda one, two: one / two))
        return found

    def _atom(self, depth: int) -> Reading:
        if self._take("("):
            found = self._either(depth + 1)
            self._close(")")
            return found
        if self._take("-"):
            return _joined(0.0, self._atom(depth + 1), lambda zero, one: zero - one)
        kind, said = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return float(said)
        if kind != "name":
            self._refuse()
        if self._take("("):
            return self._call(said.upper(), depth + 1)
        return self._entry(said)

    def _close(self, mark: str) -> None:
        if not self._take(mark):
            self._refuse()

    def _call(self, name: str, depth: int) -> Reading:
        if name in ("SUM", "MIN", "MAX", "AVG"):
            several = self._several(depth)
            self._close(")")
            there = [one for one in several if not isinstance(one, Missing)]
            if not there:
                return MISSING
            return {"SUM": sum(there), "MIN": min(there), "MAX": max(there), "AVG": sum(there) / len(there)}[name]
        if name == "FILL":
            found = self._either(depth)
            self._close(",")
            filler = self._either(depth)  # `REPEAT` and `LINEAR` are names of no entry, and so refused
            self._close(")")
            return filler if isinstance(found, Missing) else found
        if name == "IF":
            condition = self._either(depth)
            self._close(",")
            then = self._either(depth)
            otherwise: Reading = 0.0
            if self._take(","):
                otherwise = self._either(depth)
                self._close(")")
            else:
                self._refuse()
            if isinstance(condition, Missing):
                return MISSING
            return then if condition != 0 else otherwise
        raise Unsupported

    def _several(self, depth: int) -> list[Reading]:
        """A list in brackets, or `METRICS()`."""
        if self._take("["):
            found = [self._either(depth)]
            while self._take(","):
                found.append(self._either(depth))
            self._close("]")
            return found
        if self._tokens[self._at] == ("name", "METRICS"):
            self._at += 1
            self._close("(")
            self._close(")")
            return list(self._metrics.values())
        raise Unsupported


def _joined(one: Reading, two: Reading, of: Callable[[float, float], float]) -> Reading:
    """No data in one operand is no data in the result."""
    if isinstance(one, Missing) or isinstance(two, Missing):
        return MISSING
    return of(one, two)

"""Composite alarms: rules over the states of other alarms."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, decide, false, unknown
from guardrails.kernel.value import Input, Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.metrics import same_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from guardrails.model.monitoring import Alarm, CompositeAlarm

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_HOLE = 0xE000
"""References and unknown pieces of a rule stand in its text as characters for private use, from this one on."""
_LEXEMES = r'\s*+(?:(?P<quoted>"[^"]*+")|(?P<mark>[(),%])|(?P<word>[^\s(),%"]++)|(?P<end>$))'


class RuleFault(Record):
    """Why a text is no alarm rule, and where."""

    position: int
    message: str


class AlarmRule:
    """One node of a rule."""

    __slots__ = ()

    def holds(self, state: Callable[[Value[str], str], Truth]) -> Truth:
        raise NotImplementedError

    @property
    def names(self) -> tuple[Value[str], ...]:
        """The alarms that it speaks of, by name or ARN."""
        return ()


class _Constant(AlarmRule):
    __slots__ = ("_value",)

    def __init__(self, value: bool) -> None:
        self._value = value

    def holds(self, state: Callable[[Value[str], str], Truth]) -> Truth:  # noqa: ARG002 - it depends on none
        return decide(self._value)


class _InState(AlarmRule):
    __slots__ = ("_name", "_state")

    def __init__(self, state: str, name: Value[str]) -> None:
        self._state = state
        self._name = name

    def holds(self, state: Callable[[Value[str], str], Truth]) -> Truth:
        return state(self._name, self._state)

    @property
    def names(self) -> tuple[Value[str], ...]:
        return (self._name,)


class _AtLeast(AlarmRule):
    """At least so many of some alarms, or so many per cent, are in a state, or are not."""

    __slots__ = ("_names", "_needed", "_negated", "_state")

    def __init__(self, needed: int, state: str, negated: bool, names: tuple[Value[str], ...]) -> None:
        self._needed = needed
        self._state = state
        self._negated = negated
        self._names = names

    def holds(self, state: Callable[[Value[str], str], Truth]) -> Truth:
        each = [state(name, self._state) for name in self._names]
        if self._negated:
            each = [~one for one in each]
        met = [one for one in each if one.verdict is Verdict.TRUE]
        perhaps = [one for one in each if one.verdict is Verdict.UNKNOWN]
        if len(met) >= self._needed:
            return all_of(met)
        if len(met) + len(perhaps) < self._needed:
            return any_of(one for one in each if one.verdict is Verdict.FALSE)
        return any_of(perhaps)

    @property
    def names(self) -> tuple[Value[str], ...]:
        return self._names


class _Joined(AlarmRule):
    __slots__ = ("_every", "_parts")

    def __init__(self, every: bool, parts: tuple[AlarmRule, ...]) -> None:
        self._every = every
        self._parts = parts

    def holds(self, state: Callable[[Value[str], str], Truth]) -> Truth:
        each = (part.holds(state) for part in self._parts)
        return all_of(each) if self._every else any_of(each)

    @property
    def names(self) -> tuple[Value[str], ...]:
        return tuple(name for part in self._parts for name in part.names)


class _Not(AlarmRule):
    __slots__ = ("_part",)

    def __init__(self, part: AlarmRule) -> None:
        self._part = part

    def holds(self, state: Callable[[Value[str], str], Truth]) -> Truth:
        return ~self._part.holds(state)

    @property
    def names(self) -> tuple[Value[str], ...]:
        return self._part.names


def rule_of(value: Value[str]) -> AlarmRule | RuleFault | tuple[Reason, ...]:
    """The rule that a value holds: parsed, or what is wrong with it, or why it is not known.

    What is not known inside of the brackets of a state is taken for the name of an alarm, or for a part of it.
    """
    literal = value.or_none()
    if literal is not None:
        return _Parser(literal, (), value).rule()
    if value.settled:
        return RuleFault(0, "there is no rule")
    if not value.parts:
        return value.reasons
    parts = value.parts
    text = "".join(part if isinstance(part, str) else chr(_HOLE + at) for at, part in enumerate(parts))
    found = _Parser(text, parts, value).rule()
    return value.reasons if isinstance(found, RuleFault) else found


def parse(text: str) -> AlarmRule | RuleFault:
    return _Parser(text, (), Value.of(text)).rule()


class _RefusedError(Exception):
    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.fault = RuleFault(position, message)


class _Parser:
    """Recursive descent; NOT binds tighter than AND, AND tighter than OR."""

    def __init__(self, text: str, parts: tuple[str | Reference | Input | None, ...], value: Value[str]) -> None:
        self._text = text
        self._parts = parts
        self._value = value
        self._tokens: list[tuple[str, str, int]] = []
        self._at = 0

    def rule(self) -> AlarmRule | RuleFault:
        try:
            self._tokens = self._lexed()
            found = self._either(0)
        except _RefusedError as refused:
            return refused.fault
        kind, said, position = self._tokens[self._at]
        return found if kind == "end" else RuleFault(position, f"`{said}` is not expected behind a whole rule")

    def _lexed(self) -> list[tuple[str, str, int]]:
        import re

        lexeme = re.compile(_LEXEMES)
        found: list[tuple[str, str, int]] = []
        at = 0
        while True:
            match = lexeme.match(self._text, at)
            if match is None:
                raise _RefusedError(at, "a quotation mark is not closed")
            kind = str(match.lastgroup)
            found.append((kind, match.group(kind), match.start(kind)))
            at = match.end()
            if kind == "end":
                return found

    def _next(self) -> tuple[str, str, int]:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _word(self) -> str:
        kind, said, _ = self._tokens[self._at]
        return said if kind == "word" else ""

    def _expect(self, mark: str) -> None:
        kind, said, position = self._next()
        if kind != "mark" or said != mark:
            raise _RefusedError(position, f"`{mark}` is expected here")

    def _either(self, depth: int) -> AlarmRule:
        if depth > 60:
            raise _RefusedError(0, "the rule is nested too deeply")
        parts = [self._both(depth)]
        while self._word() == "OR":
            self._next()
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else _Joined(False, tuple(parts))

    def _both(self, depth: int) -> AlarmRule:
        parts = [self._single(depth)]
        while self._word() == "AND":
            self._next()
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else _Joined(True, tuple(parts))

    def _single(self, depth: int) -> AlarmRule:
        negated = False
        while self._word() == "NOT":
            self._next()
            negated = not negated
        part = self._atom(depth)
        return _Not(part) if negated else part

    def _atom(self, depth: int) -> AlarmRule:
        kind, said, position = self._next()
        if kind == "mark" and said == "(":
            found = self._either(depth + 1)
            self._expect(")")
            return found
        if said in ("TRUE", "FALSE"):
            return _Constant(said == "TRUE")
        if said in STATES:
            self._expect("(")
            name = self._name()
            self._expect(")")
            return _InState(said, name)
        if said == "AT_LEAST":
            return self._at_least()
        raise _RefusedError(position, f"a state such as `ALARM(…)` is expected here, not `{said or 'the end'}`")

    def _at_least(self) -> AlarmRule:
        self._expect("(")
        kind, said, position = self._next()
        if kind != "word" or not said.isdigit():
            raise _RefusedError(position, "a number is expected here")
        percent = self._tokens[self._at][1] == "%"
        if percent:
            self._next()
        self._expect(",")
        negated = self._word() == "NOT"
        if negated:
            self._next()
        _, state, at = self._next()
        if state not in STATES:
            raise _RefusedError(at, f"`{state}` is no state of an alarm")
        self._expect(",")
        self._expect("(")
        names = [self._name()]
        while self._tokens[self._at][1] == ",":
            self._next()
            names.append(self._name())
        self._expect(")")
        self._expect(")")
        needed = -(-int(said) * len(names) // 100) if percent else int(said)
        return _AtLeast(needed, state, negated, tuple(names))

    def _name(self) -> Value[str]:
        kind, said, position = self._next()
        if kind not in ("word", "quoted"):
            raise _RefusedError(position, "the name or ARN of an alarm is expected here")
        written = said[1:-1] if kind == "quoted" else said
        pieces = self._pieces(written)
        if all(isinstance(piece, str) for piece in pieces):
            return Value.of(written, self._value.origin)
        lone = pieces[0] if len(pieces) == 1 else None
        return Value.unknown(
            self._value.reasons,
            self._value.origin,
            present=True,
            reference=lone if isinstance(lone, Reference) else None,
            parts=() if isinstance(lone, (Reference, Input)) else pieces,
            input=lone if isinstance(lone, Input) else None,
        )

    def _pieces(self, written: str) -> tuple[str | Reference | Input | None, ...]:
        found: list[str | Reference | Input | None] = []
        for character in written:
            at = ord(character) - _HOLE
            if 0 <= at < len(self._parts) and not isinstance(self._parts[at], str):
                found.append(self._parts[at])
            elif found and isinstance(found[-1], str):
                found[-1] += character
            else:
                found.append(character)
        return tuple(found)


# --- in a configuration -----------------------------------------------------------------------------------------------


def mentions(composite: CompositeAlarm, name: Value[str], address: str) -> Truth:
    """Whether the rule of a composite alarm speaks of the alarm with this name and address."""
    rule = rule_of(composite.rule)
    if isinstance(rule, AlarmRule):
        return any_of(same_name(said, name, address) for said in rule.names)
    if isinstance(rule, RuleFault):
        return false(Fact(f"the rule is not valid: {rule.message}", composite.rule.origin))
    return unknown(*rule, facts=(composite.rule.fact(),))


def goes_to_alarm(composite: CompositeAlarm, alarms: Iterable[Alarm]) -> Truth:
    """Whether a composite alarm changes to ALARM when these alarms do and all others are OK.

    One whose rule holds anyway is in ALARM already, and tells nobody of anything.
    """
    rule = rule_of(composite.rule)
    if isinstance(rule, RuleFault):
        reason = Reason(Why.INVALID, f"the alarm rule is not valid: {rule.message}", origin=composite.rule.origin)
        return unknown(reason, facts=(composite.rule.fact(),))
    if not isinstance(rule, AlarmRule):
        return unknown(*rule, facts=(composite.rule.fact(),))
    changed = tuple(alarms)

    def then(name: Value[str], state: str) -> Truth:
        if state == "INSUFFICIENT_DATA":
            return false()
        alarmed = any_of(same_name(name, alarm.name, alarm.address) for alarm in changed)
        return alarmed if state == "ALARM" else ~alarmed

    def before(name: Value[str], state: str) -> Truth:  # noqa: ARG001 - all alarms are alike
        return decide(state == "OK")

    now = rule.holds(then)
    if now.verdict is Verdict.FALSE:
        return now.because(Fact("its rule does not hold when only this alarm goes to ALARM", composite.rule.origin))
    idle = rule.holds(before)
    if idle.verdict is Verdict.TRUE:
        return false(Fact("its rule holds while all alarms are OK: it is in ALARM all the time", composite.rule.origin))
    return now & ~idle

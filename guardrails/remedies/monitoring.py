"""Texts by which somebody is told of calls that would reach nobody: more clauses in the filter that comes nearest, or a
filter and an alarm that are wired like those that work already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Verdict
from guardrails.remedies.blocks import Whole, written
from guardrails.remedies.code import expression, is_repeated
from guardrails.remedies.edits import ComputedError, RefusedError, with_text_behind
from guardrails.remedies.steps import Nested
from guardrails.semantics.fields import ABSENT
from guardrails.semantics.filter_patterns import FilterPattern, parse
from guardrails.semantics.links import ALARMED, MATCHED, METRIC_FILTER, Way, ways
from guardrails.semantics.pipeline import in_account, noticed
from guardrails.sources.terraform.hcl.nodes import Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from guardrails.kernel.origin import Origin
    from guardrails.model.account import Account
    from guardrails.remedies.steps import NoticeCalls
    from guardrails.semantics.scenario import Call
    from guardrails.sources.terraform.hcl.nodes import Block

LONGEST_PATTERN = 1024
"""Characters that CloudWatch Logs takes for a filter pattern."""

_NEAREST = 3
_OF_ONE_INSTANCE = re.compile(r"\b(?:count\.index|each\.(?:key|value))\b")
_NEW_ALARM = {
    "comparison_operator": '"GreaterThanOrEqualToThreshold"',
    "evaluation_periods": "1",
    "period": "300",
    "statistic": '"Sum"',
    "threshold": "1",
    "treat_missing_data": '"notBreaching"',
}
_OWN = ("alarm_name", "alarm_description", "metric_name", "namespace", "tags")
"""What an alarm does not take over from another."""


class Written(Record):
    """A resource as its file writes it."""

    path: str
    text: str
    block: Block


class Wiring(Record):
    """What a new filter and its alarm take over, as expressions: the log group, the rest of the alarm, and where their
    metric is counted."""

    group: Mapping[str, str]
    alarm: Mapping[str, str]
    namespace: str


class Watching:
    """What of a deployment matters for who is told of calls. `find` gives the resource at a place, `module` the type
    and labels of the blocks of the module that a file belongs to."""

    def __init__(
        self,
        account: Account,
        find: Callable[[Origin], Written | None],
        module: Callable[[str], Iterator[tuple[str, tuple[str, ...]]]],
        reasons: list[str],
    ) -> None:
        self._account = account
        self._find = find
        self._module = module
        self._reasons = reasons

    def proposals(self, step: NoticeCalls) -> Iterator[tuple[str, str] | None]:
        """Files with what they might hold, the least change first; None where nothing is to be done."""
        calls = [in_account(self._account, call) for call in step.scenario.calls]
        seen = [noticed(self._account, call.record).truth.verdict for call in calls]
        unseen = [call for call, verdict in zip(calls, seen, strict=True) if verdict is Verdict.FALSE]
        if all(verdict is Verdict.TRUE for verdict in seen) and not step.even_if_noticed:
            yield None
            return
        if not unseen and not step.even_if_noticed:
            self._reasons.append("the calls are not surely unseen")
            return
        if step.even_if_noticed:
            there = self._account.metric_filters.some(lambda one: one.pattern.equals(step.pattern))
            if there.verdict is Verdict.TRUE:
                yield None
                return
        else:
            yield from self._extended(calls, unseen)
        pattern = step.pattern or (f"{{ {_any_of(unseen)} }}" if all(call.name for call in unseen) else "")
        if not pattern or len(pattern) > LONGEST_PATTERN:
            self._reasons.append("no one filter pattern is known for these calls")
            return
        for path, text, block, wiring in (*self._like_others(), *self._anew()):
            new = _pair(step.scenario.name, pattern, wiring, _free_label(step.scenario.name, self._module(path)))
            yield path, with_text_behind(path, text, block.start, new)

    def _at(self, origin: Origin) -> Written | None:
        try:
            return self._find(origin)
        except RefusedError as error:
            self._reasons.append(str(error))
            return None

    # --- more clauses

    def _extended(self, calls: list[Call], unseen: list[Call]) -> Iterator[tuple[str, str]]:
        if not all(call.name for call in unseen):
            return
        ranked: list[tuple[int, Way]] = []
        for way in ways(self._account):
            link = way.link(MATCHED)
            if way.mechanism == METRIC_FILTER and link is not None and way.looks is not None and way.is_certain:
                matched = sum(link.of(call.record).verdict is Verdict.TRUE for call in calls)
                if matched:
                    ranked.append((matched, way))
        for _, way in sorted(ranked, key=lambda one: -one[0])[:_NEAREST]:
            link = way.link(MATCHED)
            if link is None or way.looks is None:
                continue
            missed = [call for call in unseen if link.of(call.record).verdict is not Verdict.TRUE]
            there = self._at(way.looks.origin)
            if there is not None and missed:
                try:
                    yield there.path, _with_clauses(there, _any_of(missed))
                except RefusedError as error:
                    self._reasons.append(str(error))

    # --- a filter and an alarm

    def _like_others(self) -> Iterator[tuple[str, str, Block, Wiring]]:
        """Where a filter and an alarm may stand, with the log group, the target and the condition of a pair that
        works."""
        tried: set[str] = set()
        for way in ways(self._account):
            alarmed = way.link(ALARMED)
            if way.mechanism != METRIC_FILTER or way.looks is None or alarmed is None or not way.is_certain:
                continue
            looks, alarm = self._at(way.looks.origin), self._at(alarmed.origin)
            if looks is None or alarm is None or looks.path != alarm.path or looks.path in tried:
                continue
            group = _expressions(looks, ("count", "log_group_name"))
            metric = next((one for one in looks.block.body.blocks if one.type == "metric_transformation"), None)
            kept = _expressions(alarm, tuple(key for key in alarm.block.body.arguments if key not in _OWN))
            namespace = expression(looks.text, metric, "namespace") if metric is not None else ""
            said = " ".join((*group.values(), *kept.values(), namespace))
            if "for_each" in kept or not namespace or _OF_ONE_INSTANCE.search(said) or alarm.block.body.blocks:
                continue
            tried.add(looks.path)
            yield alarm.path, alarm.text, alarm.block, Wiring(group, kept, namespace)

    def _anew(self) -> Iterator[tuple[str, str, Block, Wiring]]:
        """The same for the log group of a trail and a topic of the same module."""
        for trail, _ in self._account.trails.members():
            for group, _ in trail.log_group.members():
                there = self._at(group.origin)
                if there is None or there.block.type != "resource" or is_repeated(there.block):
                    continue
                blocks = self._module(there.path)
                topics = [labels for kind, labels in blocks if kind == "resource" and labels[:1] == ("aws_sns_topic",)]
                if not topics:
                    self._reasons.append(
                        "no topic is declared beside the log group through which anybody could be told"
                    )
                for labels in topics[:_NEAREST]:
                    wired = {"log_group_name": f"{'.'.join(there.block.labels)}.name"}
                    kept = {**_NEW_ALARM, "alarm_actions": f"[{'.'.join(labels)}.arn]"}
                    yield there.path, there.text, there.block, Wiring(wired, kept, '"Audit"')


def _any_of(calls: Sequence[Call]) -> str:
    """The condition for calls that are told by their names."""
    return " || ".join(dict.fromkeys(map(_condition, calls)))


def _condition(call: Call) -> str:
    named = f"($.eventName = {call.name})"
    if call.record.select(("userIdentity", "invokedBy")) == ABSENT:
        # What services do by themselves is everyday business, and looks like it otherwise.
        return f"({named} && ($.userIdentity.invokedBy NOT EXISTS))"
    return named


def narrowed(there: Written, condition: str) -> str:
    """The file with a pattern that matches less."""
    argument = there.block.body.arguments.get("pattern")
    if argument is None or not isinstance(argument.value, Literal) or not isinstance(argument.value.value, str):
        raise ComputedError(argument) if argument else RefusedError(f"{there.path} has a filter without a pattern")
    said = there.text[argument.value.start : argument.value.stop]
    inner = said.strip('"').strip().removeprefix("{").removesuffix("}").strip()
    if not said.startswith('"') or len(inner) + len(condition) > LONGEST_PATTERN - 12:
        raise RefusedError(f"{there.path} has no pattern that can be narrowed here")
    whole = inner if inner.startswith("(") and "||" not in inner else f"({inner})"
    new = f'"{{ {whole} && ({condition}) }}"'
    return f"{there.text[: argument.value.start]}{new}{there.text[argument.value.stop :]}"


def _with_clauses(there: Written, clauses: str) -> str:
    """The file with a pattern that matches as well what the clauses match. `&&` binds tighter than `||`, so what stands
    before them keeps its meaning."""
    argument = there.block.body.arguments.get("pattern")
    if argument is None:
        raise RefusedError(f"{there.path} has a filter without a pattern")
    if not isinstance(argument.value, Literal) or not isinstance(argument.value.value, str):
        raise ComputedError(argument)
    if not isinstance(parse(f"{argument.value.value.rstrip().removesuffix('}')} || {clauses} }}"), FilterPattern):
        raise RefusedError("the nearest filter has no pattern to which clauses can be added")
    if len(argument.value.value) + len(clauses) + 4 > LONGEST_PATTERN:
        raise RefusedError(f"the nearest filter's pattern would be longer than {LONGEST_PATTERN} characters")
    brace = there.text.rindex("}", argument.value.start, argument.value.stop)
    end = brace
    while there.text[end - 1].isspace():
        end -= 1
    return f"{there.text[:end]} || {clauses}{there.text[end:]}"


def _pair(name: str, pattern: str, wiring: Wiring, label: str) -> str:
    title = f'"{name}"'
    wired, kept, namespace = wiring.group, wiring.alarm, wiring.namespace
    metric = Nested("metric_transformation", {"name": title, "namespace": namespace, "value": '"1"'})
    repeated = {key: wired[key] for key in ("count",) if key in wired}
    group = {"log_group_name": wired["log_group_name"]} if "log_group_name" in wired else {}
    quoted = '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'
    # The arguments that repeat a resource stand first, as usual.
    condition = {key: value for key, value in kept.items() if key != "count"}
    return written(
        Whole(
            "resource",
            ("aws_cloudwatch_log_metric_filter", label),
            {**repeated, "name": title, "pattern": quoted, **group},
            (metric,),
        ),
        Whole(
            "resource",
            ("aws_cloudwatch_metric_alarm", label),
            {**repeated, "alarm_name": title, "namespace": namespace, "metric_name": title, **condition},
        ),
    )


def _expressions(there: Written, names: tuple[str, ...]) -> dict[str, str]:
    said = {name: expression(there.text, there.block, name) for name in names}
    return {name: text for name, text in said.items() if text}


def _free_label(name: str, blocks: Iterator[tuple[str, tuple[str, ...]]]) -> str:
    taken = {labels[-1] for _, labels in blocks if labels}
    label = name.replace("-", "_")
    return next(one for number in range(1, 1000) if (one := label if number == 1 else f"{label}_{number}") not in taken)

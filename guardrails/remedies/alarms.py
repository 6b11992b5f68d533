"""Metric filters and their alarms as Terraform writes them: clauses more or less, and new ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.remedies.blocks import Whole, written
from guardrails.remedies.code import expression, is_repeated
from guardrails.remedies.edits import ComputedError, RefusedError, with_text_behind
from guardrails.remedies.monitoring import NEAREST, assert_extended, narrower
from guardrails.remedies.steps import Nested
from guardrails.sources.terraform.hcl.nodes import Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from guardrails.kernel.origin import Origin
    from guardrails.remedies.monitoring import Write
    from guardrails.sources.terraform.hcl.nodes import Block

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


class TerraformAlarms:
    """`find` gives the resource at a place, `module` the type and labels of the blocks of the module that a file
    belongs to."""

    def __init__(
        self,
        find: Callable[[Origin], Written | None],
        module: Callable[[str], Iterator[tuple[str, tuple[str, ...]]]],
    ) -> None:
        self._find = find
        self._module = module

    def with_clauses(self, filter: Origin, clauses: str) -> tuple[str, str] | None:
        """The file in which a filter matches as well what the clauses match."""
        there = self._find(filter)
        return (there.path, _with_clauses(there, clauses)) if there is not None else None

    def like(self, filter: Origin, alarm: Origin) -> Write | None:
        """Another pair, with the log group, the target and the condition of this one."""
        looks, rings = self._find(filter), self._find(alarm)
        if looks is None or rings is None or looks.path != rings.path:
            return None
        group = _expressions(looks, ("count", "log_group_name"))
        metric = next((one for one in looks.block.body.blocks if one.type == "metric_transformation"), None)
        kept = _expressions(rings, tuple(key for key in rings.block.body.arguments if key not in _OWN))
        namespace = expression(looks.text, metric, "namespace") if metric is not None else ""
        said = " ".join((*group.values(), *kept.values(), namespace))
        if "for_each" in kept or not namespace or _OF_ONE_INSTANCE.search(said) or rings.block.body.blocks:
            return None
        return self._behind(rings, Wiring(group, kept, namespace))

    def anew(self, group: Origin) -> Iterator[Write]:
        """A pair for a log group, for each topic of its module; a RefusedError where there is none."""
        there = self._find(group)
        if there is None or there.block.type != "resource" or is_repeated(there.block):
            return
        blocks = self._module(there.path)
        topics = [labels for kind, labels in blocks if kind == "resource" and labels[:1] == ("aws_sns_topic",)]
        if not topics:
            raise RefusedError("no topic is declared beside the log group through which anybody could be told")
        for labels in topics[:NEAREST]:
            wired = {"log_group_name": f"{'.'.join(there.block.labels)}.name"}
            kept = {**_NEW_ALARM, "alarm_actions": f"[{'.'.join(labels)}.arn]"}
            yield self._behind(there, Wiring(wired, kept, '"Audit"'))

    def _behind(self, beside: Written, wiring: Wiring) -> Write:
        def write(name: str, pattern: str) -> tuple[str, str]:
            new = _pair(name, pattern, wiring, _free_label(name, self._module(beside.path)))
            return beside.path, with_text_behind(beside.path, beside.text, beside.block.start, new)

        return write


def narrowed(there: Written, condition: str) -> str:
    """The file with a pattern that matches less."""
    argument = there.block.body.arguments.get("pattern")
    if argument is None or not isinstance(argument.value, Literal) or not isinstance(argument.value.value, str):
        raise ComputedError(argument) if argument else RefusedError(f"{there.path} has a filter without a pattern")
    said = there.text[argument.value.start : argument.value.stop]
    if not said.startswith('"'):
        raise RefusedError(f"{there.path} has no pattern that can be narrowed here")
    new = f'"{narrower(said[1:-1], condition)}"'
    return f"{there.text[: argument.value.start]}{new}{there.text[argument.value.stop :]}"


def _with_clauses(there: Written, clauses: str) -> str:
    argument = there.block.body.arguments.get("pattern")
    if argument is None:
        raise RefusedError(f"{there.path} has a filter without a pattern")
    if not isinstance(argument.value, Literal) or not isinstance(argument.value.value, str):
        raise ComputedError(argument)
    assert_extended(argument.value.value, clauses)
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

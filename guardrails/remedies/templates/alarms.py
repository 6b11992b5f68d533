"""Metric filters and their alarms as templates write them: clauses more or less, and new ones."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.remedies.edits import RefusedError
from guardrails.remedies.monitoring import NEAREST, assert_extended, narrower
from guardrails.remedies.templates.edits import (
    as_written,
    condition_of,
    resources_of,
    template_of,
    type_of,
    with_resource,
    with_value,
)
from guardrails.remedies.templates.values import Function
from guardrails.sources.cloudformation.nodes import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Mapping_

    from guardrails.kernel.origin import Origin
    from guardrails.remedies.code import Code, Texts
    from guardrails.remedies.monitoring import Write
    from guardrails.remedies.templates.values import Content
    from guardrails.sources.cloudformation.nodes import Entry

_PATTERN = "FilterPattern"
_NEW_ALARM: dict[str, Content] = {
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "EvaluationPeriods": 1,
    "Period": 300,
    "Statistic": "Sum",
    "Threshold": 1,
    "TreatMissingData": "notBreaching",
}
_OWN = ("AlarmName", "AlarmDescription", "MetricName", "Namespace", "Tags")
"""What an alarm does not take over from another."""


class Wiring(Record):
    """What a new filter and its alarm take over: the log group, the rest of the alarm, where their metric is counted,
    and the condition on which they exist."""

    group: Content
    alarm: Mapping_[str, Content]
    namespace: Content
    condition: str


class TemplateAlarms:
    """Those of the templates of one deployment."""

    def __init__(self, code: Code, texts: Texts) -> None:
        self._code = code
        self._texts = texts

    def with_clauses(self, filter: Origin, clauses: str) -> tuple[str, str] | None:
        """The template in which a filter matches as well what the clauses match."""
        path, text, entry = self._at(filter)
        return path, with_clauses(path, text, entry, clauses)

    def like(self, filter: Origin, alarm: Origin) -> Write | None:
        """Another pair, with the log group, the target and the condition of this one."""
        path, text, looks = self._at(filter)
        other, _, rings = self._at(alarm)
        group = _properties(looks).get("LogGroupName")
        transformations = _properties(looks).get("MetricTransformations")
        if path != other or group is None or not isinstance(transformations, Sequence) or not transformations.items:
            return None
        metric = transformations.items[0]
        namespace = metric.get("MetricNamespace") if isinstance(metric, Mapping) else None
        if namespace is None or condition_of(looks) != condition_of(rings):
            return None
        kept = {one.key: as_written(one.value, text) for one in _properties(rings).entries if one.key not in _OWN}
        wiring = Wiring(as_written(group, text), kept, as_written(namespace, text), condition_of(rings))
        return self._write(path, text, wiring)

    def anew(self, group: Origin) -> Iterator[Write]:
        """A pair for a log group, for each topic of its template; a RefusedError where there is none."""
        path, text, there = self._at(group)
        resources = resources_of(template_of(path, text))
        found = (one for one in resources.entries if type_of(one.value) == "AWS::SNS::Topic")
        topics = [one.key for one in found if condition_of(one) in ("", condition_of(there))]
        if not topics:
            raise RefusedError("no topic is declared beside the log group through which anybody could be told")
        for topic in topics[:NEAREST]:
            kept: dict[str, Content] = {**_NEW_ALARM, "AlarmActions": [Function("Ref", topic)]}
            wiring = Wiring(Function("Ref", there.key), kept, "Audit", condition_of(there))
            yield self._write(path, text, wiring)

    def _at(self, origin: Origin) -> tuple[str, str, Entry]:
        if origin.source is None:
            raise RefusedError("it stands in no template")
        path = self._code.real(origin.source.path)
        text = self._code.text(path, self._texts)
        for entry in resources_of(template_of(path, text)).entries:
            if entry.start <= origin.start < entry.stop and isinstance(entry.value, Mapping):
                return path, text, entry
        raise RefusedError(f"{origin.source.path} makes the resource in a form that is not edited here")

    def _write(self, path: str, text: str, wiring: Wiring) -> Write:
        def write(name: str, pattern: str) -> tuple[str, str]:
            taken = {one.key for one in resources_of(template_of(path, text)).entries}
            label = "".join(word.capitalize() for word in name.split("-"))
            number = next(one for one in range(1, 1000) if not {f"{label}{_of(one)}{end}" for end in _ENDS} & taken)
            metric: Content = {"MetricName": name, "MetricNamespace": wiring.namespace, "MetricValue": "1"}
            found: Content = {"LogGroupName": wiring.group, _PATTERN: pattern, "MetricTransformations": [metric]}
            alarm: Content = {"MetricName": name, "Namespace": wiring.namespace, **wiring.alarm}
            made = text
            for end, kind, said in (
                (_ENDS[0], "AWS::Logs::MetricFilter", found),
                (_ENDS[1], "AWS::CloudWatch::Alarm", alarm),
            ):
                logical_id = f"{label}{_of(number)}{end}"
                made = with_resource(path, made, logical_id, kind, Condition=wiring.condition, Properties=said)
            return path, made

        return write


_ENDS = ("Filter", "Alarm")


def _of(number: int) -> str:
    return str(number) if number > 1 else ""


def with_clauses(path: str, text: str, filter: Entry, clauses: str) -> str:
    """The template in which a filter matches as well what the clauses match."""
    entry, pattern = _pattern(path, filter)
    assert_extended(pattern, clauses)
    return with_value(
        path, text, entry, f"{pattern.rstrip().removesuffix('}').rstrip()} || {clauses} }}", replaces=False
    )


def narrowed(path: str, text: str, filter: Entry, condition: str) -> str:
    """The template in which a filter matches less."""
    entry, pattern = _pattern(path, filter)
    return with_value(path, text, entry, narrower(pattern, condition), replaces=False)


def _pattern(path: str, filter: Entry) -> tuple[Entry, str]:
    entry = _properties(filter).entry(_PATTERN)
    if entry is None or not isinstance(entry.value, Scalar) or not isinstance(entry.value.content, str):
        raise RefusedError(f"{path} works out the pattern of `{filter.key}`: what that is made of must change")
    return entry, entry.value.content


def _properties(entry: Entry) -> Mapping:
    found = entry.value.get("Properties") if isinstance(entry.value, Mapping) else None
    if not isinstance(found, Mapping):
        raise RefusedError(f"`{entry.key}` has no properties that are written out")
    return found

"""Metric filters and alarms."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import decide
from guardrails.kernel.value import Value
from guardrails.lower.aws.destinations import destinations, dimensions
from guardrails.lower.reader import Cannot, FirstOf, Reader
from guardrails.lower.world import identity, protected
from guardrails.model import LogGroup
from guardrails.model.monitoring import CompositeAlarm, MetricAlarm, MetricFilter, MetricQuery, MuteRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.kernel.truth import Truth

_FILTERS = "aws_cloudwatch_log_metric_filter"


def given(value: Value[str]) -> Value[str]:
    """A text for which not being set and being empty are one."""
    if value.alternatives:
        return Value.one_of(tuple(map(given, value.alternatives)), value.reasons, value.origin)
    return Value.of("", value.origin) if value.settled and value.or_none() is None else value


# --- metric filters ---------------------------------------------------------------------------------------------------


def metric_filter(r: Reader) -> MetricFilter:
    name = r.text(tf="name", cfn="FilterName", live="filterName")
    metric_name = _of_metric(r, "name", "MetricName", "metricName")
    inner = {"tf": "metric_transformation", "cfn": "MetricTransformations", "live": "metricTransformations"}[r.dialect]
    found: list[MetricFilter] = []
    found.append(
        MetricFilter(
            **identity(r, name, protected(r)),
            log_group=r.link(LogGroup, tf="log_group_name", cfn="LogGroupName", live="logGroupName", noun="log group"),
            accepted=decide(r.dialect == "live"),
            pattern=later(lambda: given(r.text(tf="pattern", cfn="FilterPattern", live="filterPattern"))),
            on_transformed=r.flag(
                tf="apply_on_transformed_logs",
                cfn="ApplyOnTransformedLogs",
                live="applyOnTransformedLogs",
                default=False,
            ),
            selection=r.text(
                tf=Cannot("the provider has no such argument"),
                cfn="FieldSelectionCriteria",
                live="fieldSelectionCriteria",
            )
            if r.dialect != "tf"
            else Value.unset(r.origin),
            namespace=_of_metric(r, "namespace", "MetricNamespace", "metricNamespace"),
            metric_name=metric_name,
            value=_of_metric(r, "value", "MetricValue", "metricValue"),
            default=r.quantity(
                tf="metric_transformation.default_value",
                cfn="MetricTransformations.DefaultValue",
                live="metricTransformations.defaultValue",
            ),
            unit=_of_metric(r, "unit", "Unit", "unit"),
            dimensions=dimensions(r, f"{inner}.{'dimensions' if r.dialect != 'cfn' else 'Dimensions'}"),
            alarms=r.world.watching(
                MetricAlarm,
                r.raw,
                (name.or_none() or "", metric_name.or_none() or ""),
                lambda alarm: _watches(alarm, found[0]),
            ),
            account=r.world.account,
        )
    )
    return found[0]


def _watches(alarm: MetricAlarm, filter: MetricFilter) -> Truth:
    from guardrails.semantics.metrics import watches

    return watches(alarm, filter)


def _of_metric(r: Reader, tf: str, cfn: str, live: str) -> Value[str]:
    return r.text(
        tf=f"metric_transformation.{tf}", cfn=f"MetricTransformations.{cfn}", live=f"metricTransformations.{live}"
    )


# --- alarms -----------------------------------------------------------------------------------------------------------


def _alarm(r: Reader) -> dict[str, Any]:
    """What metric alarms and composite alarms have in common."""
    address = r.raw.address

    def name() -> Value[str]:
        return r.text(tf="alarm_name", cfn="AlarmName", live="AlarmName")

    def speaks_of_it(composite: CompositeAlarm) -> Truth:
        from guardrails.semantics.composite_alarms import mentions

        return mentions(composite, name(), address)

    return {
        **identity(r, later(name), protected(r)),
        "actions_enabled": later(
            lambda: r.flag(tf="actions_enabled", cfn="ActionsEnabled", live="ActionsEnabled", default=True)
        ),
        "actions": later(lambda: destinations(r, r.texts(tf="alarm_actions", cfn="AlarmActions", live="AlarmActions"))),
        "composites": later(lambda: r.world.watching(CompositeAlarm, r.raw, (name().or_none() or "",), speaks_of_it)),
        "mutes": Many(lambda: _mutes(r, name()), owner=r.origin, noun="mute rule"),
        "account": r.world.account,
    }


def _mutes(r: Reader, name: Value[str]) -> Many[MuteRule]:
    """The mute rules that name an alarm. One that was not read is not expected."""
    if not r.world.has(MuteRule):
        return Many(())
    from guardrails.semantics.metrics import same_name

    return (
        r.world.all(MuteRule)
        .where(lambda rule: rule.alarm_names.some(lambda named: same_name(named, name, r.raw.address)))
        .seen()
    )


def metric_alarm(r: Reader) -> MetricAlarm:
    """Most alarms are about something else than logs: what they say is read when it is asked for."""
    return MetricAlarm(
        **_alarm(r),
        namespace=later(lambda: _from_filter(r, r.text(tf="namespace", cfn="Namespace", live="Namespace"))),
        metric_name=later(lambda: _from_filter(r, r.text(tf="metric_name", cfn="MetricName", live="MetricName"))),
        dimensions=dimensions(r, "dimensions" if r.dialect == "tf" else "Dimensions"),
        statistic=later(
            lambda: r.text(
                tf=FirstOf(("statistic", "extended_statistic")),
                cfn=FirstOf(("Statistic", "ExtendedStatistic")),
                live=FirstOf(("Statistic", "ExtendedStatistic")),
            )
        ),
        period=later(lambda: r.number(tf="period", cfn="Period", live="Period")),
        evaluation_periods=later(
            lambda: r.number(tf="evaluation_periods", cfn="EvaluationPeriods", live="EvaluationPeriods")
        ),
        datapoints_to_alarm=later(
            lambda: r.number(tf="datapoints_to_alarm", cfn="DatapointsToAlarm", live="DatapointsToAlarm")
        ),
        threshold=later(lambda: r.quantity(tf="threshold", cfn="Threshold", live="Threshold")),
        threshold_band=later(
            lambda: r.text(tf="threshold_metric_id", cfn="ThresholdMetricId", live="ThresholdMetricId")
        ),
        comparison=later(lambda: r.text(tf="comparison_operator", cfn="ComparisonOperator", live="ComparisonOperator")),
        missing_data=later(
            lambda: r.text(tf="treat_missing_data", cfn="TreatMissingData", live="TreatMissingData", default="missing")
        ),
        unit=later(lambda: r.text(tf="unit", cfn="Unit", live="Unit")),
        queries=r.each(metric_query, tf="metric_query", cfn="Metrics", live="Metrics", noun="metric query"),
    )


def _from_filter(r: Reader, value: Value[str]) -> Value[str]:
    """What is taken from a metric filter: its id is its own name, and what it publishes stands in a nested block."""
    reference = value.reference
    if reference is None:
        return value
    for raw in r.world.raws((_FILTERS,)):
        if raw.address != reference.address:
            continue
        taken = Reader(raw.block, raw.dialect, raw, r.world)
        if reference.path == ("id",):
            return taken.text(tf="name", cfn="", live="").at(value.origin)
        if reference.path[:1] == ("metric_transformation",) and isinstance(reference.path[-1], str):
            return taken.text(tf=f"metric_transformation.{reference.path[-1]}", cfn="", live="").at(value.origin)
    return value


def metric_query(r: Reader) -> MetricQuery:
    metric = {"tf": "metric", "cfn": "MetricStat", "live": "MetricStat"}[r.dialect]
    within = f"{metric}.Metric"
    returned = r.flag(tf="return_data", cfn="ReturnData", live="ReturnData", default=r.dialect != "tf")
    return MetricQuery(
        origin=r.origin,
        id=r.text(tf="id", cfn="Id", live="Id"),
        expression=r.text(tf="expression", cfn="Expression", live="Expression"),
        returned=returned,
        account_id=r.text(tf="account_id", cfn="AccountId", live="AccountId"),
        namespace=_from_filter(r, r.text(tf="metric.namespace", cfn=f"{within}.Namespace", live=f"{within}.Namespace")),
        metric_name=_from_filter(
            r, r.text(tf="metric.metric_name", cfn=f"{within}.MetricName", live=f"{within}.MetricName")
        ),
        dimensions=dimensions(r, "metric.dimensions" if r.dialect == "tf" else f"{within}.Dimensions"),
        statistic=r.text(tf="metric.stat", cfn=f"{metric}.Stat", live=f"{metric}.Stat"),
        period=r.number(
            tf=FirstOf(("metric.period", "period")),
            cfn=FirstOf((f"{metric}.Period", "Period")),
            live=FirstOf((f"{metric}.Period", "Period")),
        ),
        unit=r.text(tf="metric.unit", cfn=f"{metric}.Unit", live=f"{metric}.Unit"),
    )


def composite_alarm(r: Reader) -> CompositeAlarm:
    return CompositeAlarm(
        **_alarm(r),
        rule=r.text(tf="alarm_rule", cfn="AlarmRule", live="AlarmRule"),
        suppressor=r.text(tf=FirstOf(("actions_suppressor.alarm",)), cfn="ActionsSuppressor", live="ActionsSuppressor"),
    )


def mute_rule(r: Reader) -> MuteRule:
    return MuteRule(
        **identity(r, r.text(tf="name", cfn="Name", live="Name"), protected(r)),
        alarm_names=r.texts(tf="mute_targets.alarm_names", cfn="MuteTargets.AlarmNames", live="MuteTargets.AlarmNames"),
        active=r.text(
            tf=Cannot("code says when it is muted, not whether it is now"),
            cfn=Cannot("a template says when it is muted, not whether it is now"),
            live="Status",
        ).map(lambda status: status == "ACTIVE"),
    )

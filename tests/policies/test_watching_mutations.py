"""What is beside the chain, MONITOR-020 and after, broken in turn: just the verdicts change that must."""

from __future__ import annotations

import os
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING

import pytest
from monitored import EVENT_RULE, PATTERNS, changed, quoted
from openings import openings
from watched_over import OTHER_SERVICES, WATCHERS, Verdicts, deployment, judged, prescribed

if TYPE_CHECKING:
    from pathlib import Path

Change = tuple[str, str]
Break = tuple[str, tuple[Change, ...], dict[str, str]]
"""What is broken, by what change, and what becomes of the verdicts that change; `gone` where nothing is asked."""

WHOLE = deployment()
PRESCRIBED: dict[str, str] = import_module("guardrails_policies.aws.monitor._prescribed").PATTERNS
DELIVERY = 'cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*" # delivery'
ROLE = "cloud_watch_logs_role_arn     = aws_iam_role.trail.arn # role"
BOTH = '["cloudwatch.amazonaws.com", "events.amazonaws.com"]'
SELECTOR = (
    'event_selector {\n    read_write_type           = "All" # selected\n'
    "    include_management_events = true  # management\n  }"
)
OTHER_GROUP = 'resource "aws_cloudwatch_log_group" "other" {\n  name = "other"\n}\n\n'


def of(mark: str, old: str, new: str, name: str = "keys") -> Change:
    """A change of a value on one line of one watcher."""
    return f"{old} # {mark} {name}", f"{new} # {mark} {name}"


def each(question: str, outcome: str) -> dict[str, str]:
    return {question.replace("*", name): outcome for name in WATCHERS}


def without_evidence(topic: str) -> dict[str, str]:
    """A topic of which nothing says any more that it is for alerts."""
    questions = ("023 topic *: encrypted", "023 topic *: received", "024 topic *: closed", "024 topic *: open")
    return {question.replace("*", topic): "gone" for question in questions}


UNWATCHED = {"021 keys: fires": "gone", "021 keys: prompt": "gone", "022 keys: acts": "gone", "031 keys: calm": "gone"}
"""An alarm that no longer watches the metric of the filter."""
NO_CHAIN = {"027 handed on": "gone", "032 noticed": "gone", "033 literal": "gone"}
"""What is asked only where calls are watched at all."""
ACTIONS = "[aws_sns_topic.alerts.arn] # actions for keys"
VALUE = 'value     = "1" # value of keys'

OF_TRAIL: tuple[Break, ...] = (
    (
        "logging",
        (("enable_logging                = true", "enable_logging                = false"),),
        each("020 *: delivered", "fail") | NO_CHAIN,
    ),
    (
        "one Region",
        (("is_multi_region_trail         = true", "is_multi_region_trail         = false"),),
        each("020 *: delivered", "fail") | {"032 noticed": "fail"},
    ),
    (
        "writes only",
        (('read_write_type           = "All"', 'read_write_type           = "WriteOnly"'),),
        each("020 *: delivered", "fail") | {"032 noticed": "fail"},
    ),
    (
        "without those of keys",
        (("# management", '\n    exclude_management_event_sources = ["kms.amazonaws.com"]'),),
        {"032 noticed": "fail"},
    ),
    (
        "to another log group",
        (
            (DELIVERY, DELIVERY.replace("trail.arn", "other.arn")),
            ('resource "aws_iam_role" "trail"', f'{OTHER_GROUP}resource "aws_iam_role" "trail"'),
        ),
        each("020 *: delivered", "fail")
        | each("021 *: fires", "gone")
        | each("021 *: prompt", "gone")
        | each("022 *: acts", "gone")
        | each("031 *: calm", "gone")
        | each("034 *: valid", "gone")
        | without_evidence("alerts")
        | {"027 handed on": "fail", "032 noticed": "fail"},
    ),
    (
        "an infrequent class",
        (('"STANDARD"', '"INFREQUENT_ACCESS"'),),
        each("020 *: untouched", "fail")
        | each("021 *: fires", "fail")
        | {"027 handed on": "fail", "032 noticed": "fail"},
    ),
)

OF_FILTERS: tuple[Break, ...] = (
    (
        "of another log group",
        (
            of("group of", "aws_cloudwatch_log_group.trail.name", "aws_cloudwatch_log_group.other.name"),
            ('resource "aws_iam_role" "trail"', f'{OTHER_GROUP}resource "aws_iam_role" "trail"'),
        ),
        {"020 keys: delivered": "fail", "032 noticed": "unknown", "034 keys: valid": "gone"} | UNWATCHED,
    ),
    (
        "transformed",
        (
            of(
                "pattern of",
                quoted(PATTERNS["keys"]),
                f"{quoted(PATTERNS['keys'])}\n  apply_on_transformed_logs = true",
            ),
        ),
        {"020 keys: untouched": "unknown", "021 keys: fires": "unknown", "032 noticed": "unknown"},
    ),
    (
        "everyday calls",
        (of("pattern of", quoted(PATTERNS["keys"]), quoted("{ $.eventSource = kms.amazonaws.com }")),),
        {"031 keys: calm": "fail"},
    ),
    (
        "a clause is missing",
        (of("pattern of", quoted(PATTERNS["keys"]), quoted(PATTERNS["keys"].replace("DisableKey", "EnableKey"))),),
        {"032 noticed": "unknown"},
    ),
    (
        "no valid pattern",
        (of("pattern of", quoted(PATTERNS["keys"]), quoted("{ $.eventSource = }")),),
        {
            "020 keys: delivered": "gone",
            "020 keys: untouched": "gone",
            "032 noticed": "unknown",
            "034 keys: valid": "fail",
        },
    ),
    ("the metric", (of("metric of", '"keys"', '"another"'),), UNWATCHED | {"032 noticed": "unknown"}),
    ("counts nothing", (of("value of", '"1"', '"0"'),), {"021 keys: fires": "fail", "032 noticed": "unknown"}),
)

FIRES = {"021 keys: fires": "fail", "032 noticed": "unknown"}
OF_ALARMS: tuple[Break, ...] = (
    ("threshold", (of("threshold for", "= 1", "= 3"),), FIRES),
    ("strictly greater", (of("comparison for", '"GreaterThanOrEqualToThreshold"', '"GreaterThanThreshold"'),), FIRES),
    (
        "average of mostly zeros",
        (of("statistic for", '"Sum"', '"Average"'), (VALUE, f"{VALUE}\n    default_value = 0")),
        FIRES,
    ),
    ("two periods", (of("periods for", "= 1", "= 2"),), FIRES),
    ("always in alarm", (of("missing for", '"notBreaching"', '"breaching"'),), FIRES),
    ("unit", (of("periods for", "= 1", '= 1\n  unit = "Count"'),), FIRES),
    ("a day", (of("period for", "= 300", "= 86400"),), {"021 keys: prompt": "fail"}),
    (
        "switched off",
        ((ACTIONS, f"{ACTIONS}\n  actions_enabled = false"),),
        {"022 keys: acts": "fail", "032 noticed": "unknown"},
    ),
    ("no actions", ((ACTIONS, "[] # actions for keys"),), {"022 keys: acts": "fail", "032 noticed": "unknown"}),
    (
        "tells when all is well",
        ((f"alarm_actions       = {ACTIONS}", f"ok_actions = {ACTIONS}"),),
        {"022 keys: acts": "fail", "032 noticed": "unknown"},
    ),
    ("namespace", (of("namespace for", '"Audit"', '"audit"'),), UNWATCHED | {"032 noticed": "unknown"}),
    (
        "Region",
        (of("namespace for", '"Audit"', '"Audit"\n  region = "us-east-1"'),),
        UNWATCHED | {"032 noticed": "unknown"},
    ),
    ("failures counted too long", (of("threshold for", "= 1", "= 300", "failures"),), {"021 failures: fires": "fail"}),
)

OF_TOPICS: tuple[Break, ...] = (
    (
        "for rules only",
        ((f"{BOTH} }} # publisher", '["events.amazonaws.com"] } # publisher'),),
        {"024 topic alerts: open": "fail", "032 noticed": "unknown"},
    ),
    (
        "denies",
        (('"Allow" # effect of topic policy', '"Deny" # effect of topic policy'),),
        {"024 topic alerts: open": "fail", "032 noticed": "unknown"},
    ),
    (
        "for everybody",
        ((f"{{ Service = {BOTH} }} # publisher", '"*"'),),
        {"024 topic alerts: closed": "fail"},
    ),
    ("encrypted for nobody", (("aws_kms_key.alerts.arn # key", '"alias/aws/sns" # key'),), {"032 noticed": "unknown"}),
    ("read by a program", (('"sms" # protocol', '"sqs" # protocol'),), {"023 topic alerts: received": "unknown"}),
    ("to be confirmed", (('"sms" # protocol', '"email" # protocol'),), {"023 topic alerts: received": "unknown"}),
    (
        "in the open",
        (('"sms" # protocol', '"http" # protocol'),),
        {"023 topic alerts: received": "unknown", "023 topic alerts: encrypted": "fail"},
    ),
    (
        "subscribed elsewhere",
        (("aws_sns_topic.alerts.arn # topic of subscription", '"arn:aws:sns:eu-west-1:111122223333:other"'),),
        {"023 topic alerts: received": "unknown"},
    ),
)

OF_RULES: tuple[Break, ...] = (
    ("state", (('"ENABLED"', '"DISABLED"'),), {"025 rule policies: triggered": "fail"}),
    ("source", (('["aws.iam"]', '["aws.ec2"]'),), {"025 rule policies: triggered": "fail"}),
    ("another Region", (('"us-east-1" # leading', '"eu-west-1" # leading'),), {"025 rule policies: triggered": "fail"}),
    (
        "target",
        (("aws_cloudwatch_event_rule.policies.name", '"another"'),),
        {"025 rule policies: sent": "fail"} | without_evidence("leading"),
    ),
    (
        "topic",
        (('"events.amazonaws.com" } # event', '"cloudwatch.amazonaws.com" } # event'),),
        {"025 rule policies: sent": "fail", "024 topic leading: open": "fail"},
    ),
    (
        "other events",
        (("AWS API Call via CloudTrail", "AWS Health Event"),),
        {"025 rule policies: triggered": "gone", "025 rule policies: sent": "gone"} | without_evidence("leading"),
    ),
)

OF_SERVICES: tuple[Break, ...] = (
    ("GuardDuty off", (("true # detector", "false"),), {"026 here: looking": "fail"}),
    ("recorder off", (("is_enabled = true # recording", "is_enabled = false"),), {"028 here: recording": "fail"}),
    (
        "recorder of others",
        (("aws_config_configuration_recorder.here.name # recorder", '"another"'),),
        {"028 here: recording": "fail"},
    ),
    (
        "some types",
        (("all_supported = true # all types", 'all_supported = false\n    resource_types = ["AWS::EC2::Instance"]'),),
        {"028 here: complete": "fail"},
    ),
    (
        "no standard",
        ((OTHER_SERVICES[OTHER_SERVICES.index('resource "aws_securityhub_standards') :], ""),),
        {"029 here: checking": "fail"},
    ),
    (
        "some events only",
        (('filter_pattern  = "" # everything', 'filter_pattern  = "{ $.errorCode = * }"'),),
        {"027 handed on": "fail"},
    ),
    (
        "of another group",
        (("aws_cloudwatch_log_group.trail.name # group of subscription", '"another"'),),
        {"027 handed on": "fail"},
    ),
)

BREAKS = (*OF_TRAIL, *OF_FILTERS, *OF_ALARMS, *OF_TOPICS, *OF_RULES, *OF_SERVICES)


def differences(before: Verdicts, after: Verdicts) -> dict[str, str]:
    """What became of verdicts that changed."""
    return {key: after.get(key, "gone") for key in sorted({*before, *after}) if before.get(key) != after.get(key)}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return judged(tmp_path_factory.mktemp("base"), WHOLE)


def test_the_deployment_passes_all_but_what_is_written_otherwise(base: Verdicts) -> None:
    assert {key for key, outcome in base.items() if outcome != "pass"} == {"033 literal"}
    assert {key.split()[0] for key in base} == {
        *(f"{number:03}" for number in range(20, 30)),
        "031",
        "032",
        "033",
        "034",
    }


@pytest.mark.parametrize(("changes", "expected"), [one[1:] for one in BREAKS], ids=[one[0] for one in BREAKS])
def test_what_is_broken_changes_what_depends_on_it(
    tmp_path: Path, base: Verdicts, changes: tuple[Change, ...], expected: dict[str, str]
) -> None:
    assert differences(base, judged(tmp_path, changed(WHOLE, *changes))) == expected


# --- the same in other words ------------------------------------------------------------------------------------------

AS_TEXT = quoted(
    '{"detail-type": ["AWS API Call via CloudTrail"], "source": ["aws.iam"], '
    '"detail": {"eventName": [{"prefix": "Put"}, {"wildcard": "*Policy*"}]}}'
)
SAME: dict[str, tuple[Change, ...]] = {
    "quoted": (
        of(
            "pattern of",
            quoted(PATTERNS["keys"]),
            quoted(PATTERNS["keys"].replace("kms.amazonaws.com", '"kms.amazonaws.com"')),
        ),
    ),
    "clauses in another order": (
        of(
            "pattern of",
            quoted(PATTERNS["keys"]),
            quoted(
                "{ (($.eventName = ScheduleKeyDeletion) || ($.eventName = DisableKey)) && ($.eventSource = kms.*) }"
            ),
        ),
    ),
    "the group by its name": (of("group of", "aws_cloudwatch_log_group.trail.name", '"trail"'),),
    "the metric by the filter": (
        of("metric for", '"keys"', "aws_cloudwatch_log_metric_filter.keys.metric_transformation[0].name"),
    ),
    "more than none": (
        of("comparison for", '"GreaterThanOrEqualToThreshold"', '"GreaterThanThreshold"'),
        of("threshold for", "= 1", "= 0"),
    ),
    "the largest": (of("statistic for", '"Sum"', '"Maximum"'),),
    "every minute": (of("period for", "= 300", "= 60"),),
    "missing data say nothing": (of("missing for", '"notBreaching"', '"ignore"'),),
    "an advanced selector": (
        (
            SELECTOR,
            'advanced_event_selector {\n    field_selector {\n      field  = "eventCategory"\n'
            '      equals = ["Management"]\n    }\n  }',
        ),
    ),
    "no selector": ((SELECTOR, ""),),
    "through a composite alarm": (
        (ACTIONS, "[] # actions for keys"),
        (
            'resource "aws_guardduty_detector" "here"',
            'resource "aws_cloudwatch_composite_alarm" "any" {\n  alarm_name = "any"\n  alarm_rule = "ALARM(keys)"\n'
            '  alarm_actions = [aws_sns_topic.alerts.arn]\n}\n\nresource "aws_guardduty_detector" "here"',
        ),
    ),
    "a policy for each sender": (
        (
            f"Principal = {{ Service = {BOTH} }} # publisher",
            'Principal = { Service = "cloudwatch.amazonaws.com" }\n      '
            'Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:cloudwatch:eu-west-1:*:alarm:*" } }',
        ),
    ),
    "the topic by its name": (
        (
            "aws_sns_topic.alerts.arn # topic of subscription",
            '"arn:aws:sns:eu-west-1:111122223333:alerts"',
        ),
    ),
    "all but some types": (
        (
            "all_supported = true # all types",
            "all_supported = false\n"
            '    exclusion_by_resource_types {\n      resource_types = ["AWS::EC2::Volume"]\n    }\n'
            '    recording_strategy {\n      use_only = "EXCLUSION_BY_RESOURCE_TYPES"\n    }',
        ),
    ),
    "every standard there is by default": (("enable_default_standards = false # default standards", ""),),
    "a name for everything": (('filter_pattern  = "" # everything', 'filter_pattern  = " "'),),
    "the event pattern as text": (
        (EVENT_RULE[EVENT_RULE.index("jsonencode({") : EVENT_RULE.index("# names")], AS_TEXT),
        ("# names\n    }\n  })\n", "\n"),
    ),
}


@pytest.mark.parametrize("title", SAME)
def test_the_same_in_other_words_changes_no_verdict(tmp_path: Path, base: Verdicts, title: str) -> None:
    assert differences(base, judged(tmp_path, changed(WHOLE, *SAME[title]))) == {}


# --- where logs are handed on -----------------------------------------------------------------------------------------

WATCHED = '\n[roles]\nwatched_destinations = ["siem"]\n'
UNMATCHED = of("pattern of", quoted(PATTERNS["keys"]), quoted("{ $.eventName = EnableKey }"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), "pass"),
        ((('filter_pattern  = "" # everything', 'filter_pattern  = "{ $.eventSource = kms.amazonaws.com }"'),), "pass"),
        ((('filter_pattern  = "" # everything', 'filter_pattern  = "{ $.eventName = EnableKey }"'),), "fail"),
        ((("aws_cloudwatch_log_group.trail.name # group of subscription", '"another"'),), "fail"),
        ((('name        = "siem"', 'name        = "archive"'),), "unknown"),
        ((("aws_kinesis_stream.siem.arn", "var.open"),), "unknown"),
        ((('name        = "siem"', "name        = var.open"),), "unknown"),
        ((("aws_cloudwatch_log_group.trail.name # group of subscription", "var.open"),), "unknown"),
        ((('"STANDARD"', '"INFREQUENT_ACCESS"'),), "fail"),
        ((('["logs:CreateLogStream", "logs:PutLogEvents"]', '["logs:CreateLogStream"]'),), "fail"),
    ],
)
def test_a_siem_that_somebody_watches_is_enough(tmp_path: Path, changes: tuple[Change, ...], expected: str) -> None:
    text = changed(WHOLE, UNMATCHED, *changes) + '\nvariable "open" {}\n'

    assert judged(tmp_path, text, "MONITOR-032", WATCHED) == {"032 noticed": expected}


# --- patterns to the letter -------------------------------------------------------------------------------------------

LETTERS = prescribed(PRESCRIBED)
ONE = quoted(PRESCRIBED["CloudWatch.5"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), "pass"),
        (((ONE, quoted(PRESCRIBED["CloudWatch.5"].replace("=", " = "))),), "fail"),
        (((f'    "CloudWatch.5" = {ONE} # CloudWatch.5\n', ""),), "fail"),
        ((("aws_cloudwatch_log_group.trail.name # group of each", '"another"'),), "fail"),
        ((("aws_cloudwatch_log_group.trail.name # group of each", "var.open"),), "unknown"),
        (((DELIVERY, DELIVERY.replace("aws_cloudwatch_log_group.trail.arn", "var.open")),), "unknown"),
        (((ONE, "var.open"),), "unknown"),
    ],
    ids=[
        "as prescribed",
        "with blanks",
        "without one",
        "elsewhere",
        "of an open group",
        "to an open group",
        "an open one",
    ],
)
def test_security_hub_compares_letter_by_letter(tmp_path: Path, changes: tuple[Change, ...], expected: str) -> None:
    text = changed(LETTERS, *changes) + '\nvariable "open" {}\n'

    assert judged(tmp_path, text, "MONITOR-033") == {"033 literal": expected}


# --- what is not known ------------------------------------------------------------------------------------------------

OPENINGS = list(openings(WHOLE))
TRIED = OPENINGS if os.environ.get("LEFT_OPEN") == "all" else Random(20).sample(OPENINGS, 16)


@pytest.mark.parametrize("text", [one[1] for one in TRIED], ids=[one[0] for one in TRIED])
def test_what_is_left_open_turns_no_verdict(tmp_path: Path, base: Verdicts, text: str) -> None:
    after = judged(tmp_path, text)
    turned = {key: after[key] for key, was in base.items() if key in after and {was, after[key]} == {"pass", "fail"}}

    assert turned == {}
    assert {key for key, outcome in after.items() if outcome == "fail" and base.get(key) != "fail"} == set()

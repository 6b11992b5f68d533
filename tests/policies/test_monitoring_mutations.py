"""Each link of the chain from a call to somebody who is told, broken in turn: just the verdicts change that must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from monitored import (
    CHAIN,
    COMPLIANT,
    EVENT_RULE,
    PATTERNS,
    WATCHES,
    any_name,
    changed,
    deployment,
    judged,
    line_of,
    quoted,
    watcher,
)

if TYPE_CHECKING:
    from pathlib import Path

Change = tuple[str, str]

ALL = frozenset(CHAIN)
GLOBAL = frozenset({"MONITOR-001", "MONITOR-002", "MONITOR-004", "MONITOR-016"})
GROUP = '"aws_cloudwatch_log_group" "trail"'
"""Where a filter is missing."""
READS = frozenset({"MONITOR-001", "MONITOR-002"})
"""The calls of root and refused ones may be reads."""
BESIDE = ("TRAIL-", "EVENTS-00", "KMS-008")
"""Policies that must not change without being named, beside those of the chain."""
ASIDE = ("EVENTS-009", "aws_sns_topic.leading")
"""What depends on how something is said (that selectors are of the new kind), and what is in some deployments only."""

OTHER_GROUP = (
    'resource "aws_iam_role" "trail"',
    'resource "aws_cloudwatch_log_group" "other" {\n  name = "other"\n}\n\nresource "aws_iam_role" "trail"',
)
DELIVERY = 'cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*" # delivery'
ROLE = "cloud_watch_logs_role_arn     = aws_iam_role.trail.arn # role"
BOTH = '["cloudwatch.amazonaws.com", "events.amazonaws.com"]'


def failing(policies: frozenset[str] | set[str], **others: str) -> dict[str, str]:
    """Expected outcomes; `others` are written `TRAIL_007="fail"`, and `gone` is for a policy that does not apply."""
    return dict.fromkeys(policies, "fail") | {name.replace("_", "-"): outcome for name, outcome in others.items()}


Break = tuple[str, tuple[Change, ...], dict[str, str], str]
"""What is broken, by what change, what is found then, and the mark of the line that failures of the chain stand on."""

FIRST_LINKS: tuple[Break, ...] = (
    (
        "one Region",
        (("is_multi_region_trail         = true", "is_multi_region_trail         = false"),),
        failing(ALL, TRAIL_003="fail"),
        "# Regions",
    ),
    (
        "no global services",
        (("include_global_service_events = true", "include_global_service_events = false"),),
        failing(GLOBAL, TRAIL_004="fail", MONITOR_003="unknown", MONITOR_006="unknown", MONITOR_018="unknown"),
        "include_global_service_events",
    ),
    (
        "writes only",
        (('read_write_type           = "All"', 'read_write_type           = "WriteOnly"'),),
        failing(READS, EVENTS_001="fail"),
        "# selected",
    ),
    (
        "reads only",
        (('read_write_type           = "All"', 'read_write_type           = "ReadOnly"'),),
        failing(ALL, EVENTS_001="fail"),
        "# selected",
    ),
    (
        "without those of keys",
        (("# management", '\n    exclude_management_event_sources = ["kms.amazonaws.com"] # excluded'),),
        failing({"MONITOR-007"}, EVENTS_002="fail"),
        "# excluded",
    ),
    (
        "to another log group",
        ((DELIVERY, DELIVERY.replace("trail.arn", "other.arn")), OTHER_GROUP),
        failing(ALL, TRAIL_009="fail"),
        '"aws_cloudwatch_log_group" "other"',
    ),
    ("without a role", ((ROLE, ""),), failing(ALL, TRAIL_007="fail", TRAIL_009="gone"), '"aws_cloudtrail" "main"'),
    (
        "a role for another service",
        (('{ Service = "cloudtrail.amazonaws.com" } # trusted', '{ Service = "config.amazonaws.com" } # trusted'),),
        failing(ALL, TRAIL_009="fail"),
        "# trusted",
    ),
    (
        "a role that may not write",
        (('["logs:CreateLogStream", "logs:PutLogEvents"]', '["logs:CreateLogStream"]'),),
        failing(ALL, TRAIL_009="fail"),
        "# writes",
    ),
    (
        "a role that may write elsewhere",
        (('"${aws_cloudwatch_log_group.trail.arn}:log-stream:*"', '"arn:aws:logs:*:*:log-group:other:*"'),),
        failing(ALL, TRAIL_009="fail"),
        "# streams",
    ),
    ("an infrequent class", (('"STANDARD"', '"INFREQUENT_ACCESS"'),), failing(ALL), ""),
)

SWITCHES: tuple[tuple[str, tuple[Change, ...], dict[str, str]], ...] = (
    (
        "logging",
        (("enable_logging                = true", "enable_logging                = false"),),
        {"EVENTS-001": "fail", "TRAIL-002": "fail", "TRAIL-003": "fail", "EVENTS-002": "gone"},
    ),
    ("delivery", ((DELIVERY, ""), (ROLE, "")), {"TRAIL-007": "fail", "TRAIL-009": "gone"}),
)
"""What leaves nothing to be asked of a chain: the trail itself fails."""


def of(name: str, mark: str, old: str, new: str) -> Change:
    """A change of a value on one line of one watcher."""
    return f"{old} # {mark} {name}", f"{new} # {mark} {name}"


def alarm_breaks(name: str) -> tuple[Break, ...]:
    """What can be wrong with one filter and its alarm. Each breaks one policy only."""
    found = failing({WATCHES[name]})
    actions = f"[aws_sns_topic.alerts.arn] # actions for {name}"
    value = f'value     = "1" # value of {name}'
    fired: tuple[tuple[str, tuple[Change, ...], str], ...] = (
        ("threshold", (of(name, "threshold for", "= 1", "= 3"),), f"# threshold for {name}"),
        (
            "strictly greater",
            (of(name, "comparison for", '"GreaterThanOrEqualToThreshold"', '"GreaterThanThreshold"'),),
            f"# threshold for {name}",
        ),
        (
            "less",
            (of(name, "comparison for", '"GreaterThanOrEqualToThreshold"', '"LessThanThreshold"'),),
            f"# threshold for {name}",
        ),
        ("counts nothing", (of(name, "value of", '"1"', '"0"'),), f"# threshold for {name}"),
        (
            "average of mostly zeros",
            (of(name, "statistic for", '"Sum"', '"Average"'), (value, f"{value}\n    default_value = 0")),
            f"# threshold for {name}",
        ),
        ("two periods", (of(name, "periods for", "= 1", "= 2"),), f"# periods for {name}"),
        (
            "two data points of three",
            (of(name, "periods for", "= 1", "= 3\n  datapoints_to_alarm = 2"),),
            "datapoints_to_alarm",
        ),
        (
            "always in alarm",
            (of(name, "missing for", '"notBreaching"', '"breaching"'),),
            f"# missing for {name}",
        ),
        ("switched off", ((actions, f"{actions}\n  actions_enabled = false"),), "actions_enabled"),
        ("no actions", ((actions, f"[] # actions for {name}"),), f"# actions for {name}"),
        (
            "tells when all is well",
            ((f"alarm_actions       = {actions}", f"ok_actions = {actions}"),),
            f'"aws_cloudwatch_metric_alarm" "{name}"',
        ),
        ("unit", (of(name, "periods for", "= 1", '= 1\n  unit = "Count"'),), 'unit = "Count"'),
    )
    looks = f'"aws_cloudwatch_log_metric_filter" "{name}"'
    missed: tuple[tuple[str, tuple[Change, ...], str], ...] = (
        ("metric", (of(name, "metric for", f'"{name}"', '"another"'),), looks),
        ("namespace", (of(name, "namespace for", '"Audit"', '"audit"'),), looks),
        (
            "dimension of the alarm",
            (of(name, "namespace for", '"Audit"', '"Audit"\n  dimensions = { user = "x" }'),),
            looks,
        ),
        (
            "dimension of the filter",
            ((value, f'{value}\n    dimensions = {{ user = "$.userIdentity.arn" }}'),),
            looks,
        ),
        ("Region", (of(name, "namespace for", '"Audit"', '"Audit"\n  region = "us-east-1"'),), looks),
        (
            "log group",
            (of(name, "group of", "aws_cloudwatch_log_group.trail.name", '"another"'),),
            GROUP,
        ),
    )
    return tuple((f"{name}: {title}", changes, found, mark) for title, changes, mark in (*fired, *missed))


def clause(name: str, title: str, old: str, new: str, mark: str | None = None) -> Break:
    """Another pattern for one filter; what fails is said there, or at `mark` if it comes nowhere near its calls."""
    pattern = PATTERNS[name]
    assert pattern.count(old) == 1
    changes = ((quoted(pattern), quoted(pattern.replace(old, new))),)
    return f"{name}: {title}", changes, failing({WATCHES[name]}), mark if mark is not None else f"# pattern of {name}"


PATTERN_BREAKS: tuple[Break, ...] = (
    clause("policies", "a call is missing", " || ($.eventName = AttachGroupPolicy)", ""),
    clause("policies", "a call is misspelt", "= AttachGroupPolicy", "= AttachGroupPolicies"),
    clause("policies", "another letter case", "= AttachGroupPolicy", "= attachgrouppolicy"),
    clause("trails", "both at once", "|| ($.eventName = StopLogging)", "&& ($.eventName = StopLogging)"),
    clause("keys", "another source", "kms.amazonaws.com", "s3.amazonaws.com", GROUP),
    clause("keys", "but not from one network", "{ (", "{ ($.sourceIPAddress != 10.*) && ("),
    clause("keys", "but not in one Region", "{ (", "{ ($.awsRegion != eu-west-1) && ("),
    clause("keys", "but not by one user", "{ (", "{ ($.userIdentity.userName != breakglass) && ("),
    clause("root", "the console only", "$.userIdentity.type", '$.eventName = "ConsoleLogin" && $.userIdentity.type'),
    clause("root", "by services only", "NOT EXISTS", "EXISTS", ""),
    clause("mfa", "with a second factor", '!= "Yes"', '= "Yes"', GROUP),
    clause("refused", "of one service", "*UnauthorizedOperation", "Server.UnauthorizedOperation"),
    clause("failures", "another message", "Failed authentication", "No username found", "# pattern of mfa"),
)

SHARED: tuple[Break, ...] = (
    (
        "the topic is for rules only",
        ((f"{BOTH} }} # publisher", '["events.amazonaws.com"] } # publisher'),),
        failing(ALL),
        "policy = jsonencode({ # policy of topic",
    ),
    (
        "the topic denies",
        (('"Allow" # effect of topic policy', '"Deny" # effect of topic policy'),),
        failing(ALL),
        "policy = jsonencode({ # policy of topic",
    ),
    (
        "the topic takes subscriptions only",
        (('"sns:Publish" # publish', '"sns:Subscribe" # publish'),),
        failing(ALL),
        "policy = jsonencode({ # policy of topic",
    ),
    (
        "the key is for rules only",
        ((f"{BOTH} }} # user of key", '["events.amazonaws.com"] } # user of key'),),
        failing(ALL, KMS_008="fail"),
        "policy = jsonencode({ # policy of key",
    ),
    (
        "the key decrypts only",
        (('["kms:GenerateDataKey*", "kms:Decrypt"]', '["kms:Decrypt"]'),),
        failing(ALL, KMS_008="fail"),
        "policy = jsonencode({ # policy of key",
    ),
    (
        "the key is one that AWS manages",
        (("aws_kms_key.alerts.arn # key", '"alias/aws/sns" # key'),),
        failing(ALL, KMS_008="fail"),
        "# key of topic",
    ),
    (
        "no topic",
        (
            ("alarm_actions       = [aws_sns_topic.alerts.arn] # actions for each", "# actions for each"),
            *((f"alarm_actions       = [aws_sns_topic.alerts.arn] # actions for {name}", "") for name in PATTERNS),
        ),
        failing(ALL, KMS_008="gone"),
        "",
    ),
)

RULE_BREAKS: tuple[tuple[str, Change, str], ...] = (
    ("state", ('"ENABLED"', '"DISABLED"'), "# state"),
    ("source", ('["aws.iam"]', '["aws.ec2"]'), GROUP),
    ("detail type", ("AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"), GROUP),
    ("names", ('"*Policy*"', '"*Policy"'), "event_pattern"),
    ("target", ("aws_cloudwatch_event_rule.policies.name", '"another"'), '"aws_cloudwatch_event_rule" "policies"'),
    ("topic", ('"events.amazonaws.com" } # event', '"cloudwatch.amazonaws.com" } # event'), "jsonencode({ # of topic"),
)


def differences(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """What became of policies whose verdict changed."""
    return {
        policy: after.get(policy, "gone")
        for policy in sorted({*before, *after})
        if before.get(policy) != after.get(policy)
    }


def watched_policies(verdicts: dict[tuple[str, str], tuple[str, int]]) -> dict[str, str]:
    """The outcomes that this test looks at, by policy."""
    return {
        policy: outcome
        for (policy, resource), (outcome, _) in verdicts.items()
        if (policy in CHAIN or policy.startswith(BESIDE)) and policy not in ASIDE and resource not in ASIDE
    }


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return watched_policies(judged(tmp_path_factory.mktemp("base"), COMPLIANT))


def test_the_deployment_passes_all(base: dict[str, str]) -> None:
    assert {policy for policy, outcome in base.items() if outcome == "pass"} >= ALL


BREAKS = (*FIRST_LINKS, *alarm_breaks("policies"), *PATTERN_BREAKS, *SHARED)


@pytest.mark.parametrize(("changes", "expected", "mark"), [one[1:] for one in BREAKS], ids=[one[0] for one in BREAKS])
def test_a_broken_link_changes_what_depends_on_it(
    tmp_path: Path, base: dict[str, str], changes: tuple[Change, ...], expected: dict[str, str], mark: str
) -> None:
    text = changed(COMPLIANT, *changes)
    found = judged(tmp_path, text)

    assert differences(base, watched_policies(found)) == expected
    if mark:
        lines = {line for (policy, _), (outcome, line) in found.items() if policy in CHAIN and outcome == "fail"}
        assert lines == {line_of(text, mark)}


@pytest.mark.parametrize(("changes", "expected"), [one[1:] for one in SWITCHES], ids=[one[0] for one in SWITCHES])
def test_where_nothing_is_delivered_the_trail_fails_and_no_chain_passes(
    tmp_path: Path, base: dict[str, str], changes: tuple[Change, ...], expected: dict[str, str]
) -> None:
    found = watched_policies(judged(tmp_path, changed(COMPLIANT, *changes)))

    assert differences(base, found) == expected | dict.fromkeys(ALL, "gone")


def test_an_alarm_of_failed_sign_ins_may_count(tmp_path: Path, base: dict[str, str]) -> None:
    few = changed(COMPLIANT, of("failures", "threshold for", "= 1", "= 3"))
    many = changed(COMPLIANT, of("failures", "threshold for", "= 1", "= 300"))

    assert differences(base, watched_policies(judged(tmp_path, few))) == {}
    assert differences(base, watched_policies(judged(tmp_path, many))) == {"MONITOR-006": "fail"}


def test_what_is_watched_twice_may_lose_one(tmp_path: Path, base: dict[str, str]) -> None:
    found = watched_policies(judged(tmp_path, deployment("deletions")))

    assert differences(base, found) == {}


@pytest.mark.parametrize("name", [name for name in PATTERNS if name != "deletions"])
def test_without_a_filter_its_policy_fails(tmp_path: Path, base: dict[str, str], name: str) -> None:
    text = deployment(name)
    found = judged(tmp_path, text)

    assert differences(base, watched_policies(found)) == {WATCHES[name]: "fail"}


# --- event rules ------------------------------------------------------------------------------------------------------

WITH_RULE = deployment("policies") + EVENT_RULE


@pytest.mark.parametrize(("change", "mark"), [one[1:] for one in RULE_BREAKS], ids=[one[0] for one in RULE_BREAKS])
def test_a_broken_event_rule_tells_nobody(tmp_path: Path, base: dict[str, str], change: Change, mark: str) -> None:
    text = changed(WITH_RULE, change)
    found = judged(tmp_path, text)

    assert differences(base, watched_policies(found)) == {"MONITOR-004": "fail"}
    (line,) = (line for (policy, _), (_, line) in found.items() if policy == "MONITOR-004")
    assert line == line_of(text, mark)


def test_an_event_rule_in_another_region_hears_nothing_of_iam(tmp_path: Path, base: dict[str, str]) -> None:
    text = changed(WITH_RULE, ('"us-east-1" # leading', '"eu-west-1" # leading'))

    assert differences(base, watched_policies(judged(tmp_path, text))) == {"MONITOR-004": "fail"}


# --- the same in other words ------------------------------------------------------------------------------------------

NAMES = [clause.split(" = ")[1].rstrip(")} ") for clause in PATTERNS["policies"].split("||")]
SPLIT = deployment("policies") + watcher("some", any_name(*NAMES[:7])) + watcher("rest", any_name(*NAMES[5:]))

COMPOSITE = (
    changed(
        COMPLIANT,
        of("policies", "actions for", "[aws_sns_topic.alerts.arn]", "[]"),
    )
    + """
resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name    = "any"
  alarm_rule    = "ALARM(${aws_cloudwatch_metric_alarm.policies.alarm_name}) OR ALARM(trails)"
  alarm_actions = [aws_sns_topic.alerts.arn]
}
"""
)

MODULE = """
module "watch" {
  source    = "./watch"
  for_each  = { policies = local.policies }
  name      = each.key
  pattern   = each.value
  log_group = aws_cloudwatch_log_group.trail.name
  topics    = [aws_sns_topic.alerts.arn]
}

locals {
  calls    = [CALLS]
  policies = "{ ${join(" || ", [for call in local.calls : "($.eventName = \\"${call}\\")"])} }"
}
""".replace("CALLS", ", ".join(map(quoted, NAMES)))

MODULE_CODE = """
variable "name" {}
variable "pattern" {}
variable "log_group" {}
variable "topics" {
  type    = list(string)
  default = []
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  count          = var.pattern == "" ? 0 : 1
  name           = "${var.name}-filter"
  log_group_name = var.log_group
  pattern        = var.pattern
  metric_transformation {
    name      = "${var.name}-count"
    namespace = "In/Module"
    value     = 1
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  count               = length(aws_cloudwatch_log_metric_filter.this)
  alarm_name          = var.name
  namespace           = aws_cloudwatch_log_metric_filter.this[0].metric_transformation[0].namespace
  metric_name         = aws_cloudwatch_log_metric_filter.this[0].metric_transformation[0].name
  statistic           = "Maximum"
  period              = "60"
  evaluation_periods  = "1"
  comparison_operator = "GreaterThanThreshold"
  threshold           = "0"
  alarm_actions       = var.topics
}
"""

SAME: dict[str, str] = {
    "clauses in another order": deployment(policies=any_name(*reversed(NAMES))),
    "quoted": deployment(policies="{ " + " || ".join(f'($.eventName = "{name}")' for name in NAMES) + " }"),
    "no parentheses or blanks": deployment(policies="{" + "||".join(f"$.eventName={name}" for name in NAMES) + "}"),
    "wildcards": deployment(policies='{ $.eventName = "*Policy" || $.eventName = "*PolicyVersion" }'),
    "a regular expression": deployment(policies="{ $.eventName = %^[ADCP][a-z]+[A-Za-z]*Policy% }"),
    "everything that IAM changes": deployment(
        policies='{ $.eventSource = "iam.amazonaws.com" && $.readOnly IS FALSE }'
    ),
    "narrowed to what is always so": deployment(
        policies="{ ($.eventSource = iam.amazonaws.com) && ($.awsRegion = us-east-1) && "
        f"({PATTERNS['policies'][2:-2]}) }}"
    ),
    "a clause more": deployment(policies=PATTERNS["policies"].replace(" }", " || ($.eventName = TagRole) }")),
    "by De Morgan": deployment(
        trails="{ ($.eventSource = cloudtrail.amazonaws.com) && ($.readOnly IS FALSE) && "
        "($.eventName != Put*) && ($.eventName != *EventDataStore) }"
    ),
    "two filters that overlap": SPLIT,
    "one for users and one for all others": deployment("keys")
    + watcher("users", PATTERNS["keys"].replace("{ ", "{ ($.userIdentity.type = IAMUser) && ", 1))
    + watcher("others", PATTERNS["keys"].replace("{ ", "{ ($.userIdentity.type != IAMUser) && ", 1)),
    "but in a Region that another filter watches": deployment(
        keys=PATTERNS["keys"].replace("{ (", "{ ($.awsRegion != eu-central-1) && (", 1)
    ),
    "two filters joined": deployment("policies", trails=f"{PATTERNS['trails'][:-2]} || {PATTERNS['policies'][2:]}"),
    "an event rule": WITH_RULE,
    "a composite alarm": COMPOSITE,
    "a module": deployment("policies") + MODULE,
    "the group by its name": changed(
        COMPLIANT, of("policies", "group of", "aws_cloudwatch_log_group.trail.name", '"trail"')
    ),
    "the group by its id": changed(
        COMPLIANT,
        of("policies", "group of", "aws_cloudwatch_log_group.trail.name", "aws_cloudwatch_log_group.trail.id"),
    ),
    "the metric by the filter": changed(
        COMPLIANT,
        of(
            "policies",
            "metric for",
            '"policies"',
            "aws_cloudwatch_log_metric_filter.policies.metric_transformation[0].name",
        ),
    ),
    "the metric by the filter's id, which is its name": changed(
        COMPLIANT, of("policies", "metric for", '"policies"', "aws_cloudwatch_log_metric_filter.policies.id")
    ),
    "counted": changed(
        COMPLIANT,
        (
            'metric_transformation {\n    name      = "policies"',
            'metric_transformation {\n    unit = "None"\n    name = "policies"',
        ),
    ),
    "one period of several": changed(COMPLIANT, of("policies", "periods for", "= 1", "= 5\n  datapoints_to_alarm = 1")),
    "more than none": changed(
        COMPLIANT,
        of("policies", "comparison for", '"GreaterThanOrEqualToThreshold"', '"GreaterThanThreshold"'),
        of("policies", "threshold for", "= 1", "= 0"),
    ),
    "a number of samples": changed(COMPLIANT, of("policies", "statistic for", '"Sum"', '"SampleCount"')),
    "missing data say nothing": changed(COMPLIANT, of("policies", "missing for", '"notBreaching"', '"ignore"')),
    "no selector": changed(
        COMPLIANT,
        (
            'event_selector {\n    read_write_type           = "All" # selected\n'
            "    include_management_events = true  # management\n  }",
            "",
        ),
    ),
    "an advanced selector": changed(
        COMPLIANT,
        (
            'event_selector {\n    read_write_type           = "All" # selected\n'
            "    include_management_events = true  # management\n  }",
            'advanced_event_selector {\n    field_selector {\n      field  = "eventCategory"\n'
            '      equals = ["Management"]\n    }\n  }',
        ),
    ),
    "a topic for all of the account's alarms": changed(
        COMPLIANT,
        ('Action    = "sns:Publish" # publish', 'Action    = "sns:*"'),
        (f"{BOTH} }} # publisher", '"cloudwatch.amazonaws.com" } # publisher'),
    ),
}


@pytest.mark.parametrize("title", SAME)
def test_the_same_in_other_words_changes_no_verdict(tmp_path: Path, base: dict[str, str], title: str) -> None:
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "main.tf").write_text(MODULE_CODE, encoding="utf-8")

    assert differences(base, watched_policies(judged(tmp_path, SAME[title]))) == {}


# --- what is not known ------------------------------------------------------------------------------------------------

OPENED: tuple[str, ...] = (
    "true # switch",
    "true # Regions",
    "true  # management",
    '"All" # selected',
    '"${aws_cloudwatch_log_group.trail.arn}:*" # delivery',
    "aws_iam_role.trail.arn # role",
    '"STANDARD" # class',
    '{ Service = "cloudtrail.amazonaws.com" } # trusted',
    '["logs:CreateLogStream", "logs:PutLogEvents"] # writes',
    '"${aws_cloudwatch_log_group.trail.arn}:log-stream:*" # streams',
    "aws_kms_key.alerts.arn # key of topic",
    '"Allow" # effect of topic policy',
    f"{{ Service = {BOTH} }} # publisher",
    '"sns:Publish" # publish',
    f"{{ Service = {BOTH} }} # user of key",
    '["kms:GenerateDataKey*", "kms:Decrypt"] # use of key',
    *(
        f"{value} # {mark} policies"
        for value, mark in (
            ("aws_cloudwatch_log_group.trail.name", "group of"),
            (quoted(PATTERNS["policies"]), "pattern of"),
            ('"policies"', "metric of"),
            ('"1"', "value of"),
            ('"Audit"', "namespace for"),
            ('"policies"', "metric for"),
            ('"Sum"', "statistic for"),
            ("300", "period for"),
            ("1", "periods for"),
            ('"GreaterThanOrEqualToThreshold"', "comparison for"),
            ("1", "threshold for"),
            ('"notBreaching"', "missing for"),
            ("[aws_sns_topic.alerts.arn]", "actions for"),
        )
    ),
)
HARMLESS = ("300 # period for policies", '"STANDARD" # class')
"""What may be anything: the answer is the same. A filter is made for log groups of one class only."""
BROKEN = (*alarm_breaks("policies")[:1], *PATTERN_BREAKS[:1], *SHARED[:1], *FIRST_LINKS[3:4])
"""Some of what can be broken, at each step."""


@pytest.mark.parametrize("literal", OPENED)
def test_an_open_value_makes_no_pass_a_failure(tmp_path: Path, literal: str) -> None:
    mark = literal.rsplit(" # ", 1)[1]
    text = changed(COMPLIANT, (f"= {literal}", f"= var.open # {mark}")) + '\nvariable "open" {}\n'
    found = watched_policies(judged(tmp_path, text))
    after = {policy: found.get(policy) for policy in CHAIN}

    assert "fail" not in after.values()
    assert ("unknown" in after.values()) is (literal not in HARMLESS)


@pytest.mark.parametrize("literal", [literal for literal in OPENED if "polic" in literal and "role" not in literal])
@pytest.mark.parametrize("changes", [one[1] for one in BROKEN], ids=[one[0] for one in BROKEN])
def test_an_open_value_makes_no_failure_a_pass(tmp_path: Path, literal: str, changes: tuple[Change, ...]) -> None:
    mark = literal.rsplit(" # ", 1)[1]
    broken = changed(COMPLIANT, *changes)
    if f"= {literal}" not in broken:
        pytest.skip("this is what is broken")
    text = changed(broken, (f"= {literal}", f"= var.open # {mark}")) + '\nvariable "open" {}\n'

    assert watched_policies(judged(tmp_path, text)).get("MONITOR-004") != "pass"

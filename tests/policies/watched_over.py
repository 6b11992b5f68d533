"""A deployment that the policies beside the chain pass, MONITOR-020 and after: filters, alarms, topics, rules and more.

What is judged of it is told by policy, resource and question, `020 keys: delivered`, so that each verdict has a name.
"""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

from monitored import EVENT_RULE, HEAD, PATTERNS, quoted, watcher

from guardrails.cli import main

if TYPE_CHECKING:
    from pathlib import Path

Verdicts = dict[str, str]
"""Outcomes by policy, resource and question."""

QUESTIONS = {
    "no trail that records all Regions": "delivered",
    "it does not see every event": "untouched",
    "one call that its filter matches": "fires",
    "after the first call": "prompt",
    "it does nothing when": "acts",
    "nobody is known to receive": "received",
    "its messages travel unencrypted": "encrypted",
    "its policy does not let in": "open",
    "its policy lets anybody": "closed",
    "no call ever sets it off": "triggered",
    "what it sends reaches nobody": "sent",
    "GuardDuty is switched off": "looking",
    "no trail's events are handed on": "handed on",
    "it is not switched on, or": "recording",
    "it records some types": "complete",
    "it is switched on without": "checking",
    "its alarm goes off for everyday": "calm",
    "some calls that the configuration": "noticed",
    "Security Hub compares": "literal",
    "its pattern is not valid": "valid",
}
"""The beginning of a message → the word for what is asked."""

CONFIG = """
[[scenario]]
name = "key-use"
match = { eventSource = "kms.amazonaws.com", eventName = "DisableKey" }

[policy.MONITOR-027]
enabled = true

[policy.MONITOR-029]
enabled = true

[policy.MONITOR-033]
enabled = true
"""

OTHER_SERVICES = """
resource "aws_sns_topic_subscription" "on_call" {
  topic_arn = aws_sns_topic.alerts.arn # topic of subscription
  protocol  = "sms" # protocol
  endpoint  = "+15550100"
}

resource "aws_sns_topic_subscription" "leading" {
  provider  = aws.leading
  topic_arn = aws_sns_topic.leading.arn
  protocol  = "sms"
  endpoint  = "+15550100"
}

resource "aws_kinesis_stream" "siem" {
  name        = "siem"
  shard_count = 1
}

resource "aws_cloudwatch_log_subscription_filter" "siem" {
  name            = "siem"
  log_group_name  = aws_cloudwatch_log_group.trail.name # group of subscription
  filter_pattern  = "" # everything
  destination_arn = aws_kinesis_stream.siem.arn
}

resource "aws_guardduty_detector" "here" {
  enable = true # detector
}

resource "aws_config_configuration_recorder" "here" {
  name     = "here"
  role_arn = "arn:aws:iam::111122223333:role/config"

  recording_group {
    all_supported = true # all types
  }
}

resource "aws_config_delivery_channel" "here" {
  name           = "here"
  s3_bucket_name = "example-config"
}

resource "aws_config_configuration_recorder_status" "here" {
  name       = aws_config_configuration_recorder.here.name # recorder
  is_enabled = true # recording
}

resource "aws_securityhub_account" "here" {
  enable_default_standards = false # default standards
}

resource "aws_securityhub_standards_subscription" "cis" {
  standards_arn = "arn:aws:securityhub:eu-west-1::standards/cis-aws-foundations-benchmark/v/3.0.0"
  depends_on    = [aws_securityhub_account.here]
}
"""

WATCHERS = ("policies", "keys", "failures")


def deployment(**patterns: str) -> str:
    """Some filters with their alarms, an event rule, and all that is beside the chain."""
    kept = {name: PATTERNS[name] for name in WATCHERS} | patterns
    return HEAD + "".join(watcher(name, pattern) for name, pattern in kept.items()) + EVENT_RULE + OTHER_SERVICES


def prescribed(patterns: dict[str, str]) -> str:
    """Filters with the patterns that Security Hub compares with."""
    written = "\n".join(f"    {quoted(name)} = {quoted(pattern)} # {name}" for name, pattern in patterns.items())
    return f"""{HEAD}
locals {{
  patterns = {{
{written}
  }}
}}

resource "aws_cloudwatch_log_metric_filter" "each" {{
  for_each       = local.patterns
  name           = each.key
  log_group_name = aws_cloudwatch_log_group.trail.name # group of each
  pattern        = each.value

  metric_transformation {{
    name      = each.key
    namespace = "Audit"
    value     = "1"
  }}
}}
"""


def judged(folder: Path, text: str, select: str = "MONITOR-02*,MONITOR-03*", more: str = "") -> Verdicts:
    """What the policies beside the chain say of a deployment; `more` is configuration."""
    (folder / "main.tf").write_text(text, encoding="utf-8")
    (folder / "guardrails.toml").write_text(CONFIG + more, encoding="utf-8")
    written = StringIO()
    config = ["--config", str(folder / "guardrails.toml"), "--select", select]
    with redirect_stdout(written):
        main(["scan", str(folder), *config, "--format", "json", "--outcome", "pass,fail,unknown,error"])
    told = json.loads(written.getvalue())
    assert not told["gaps"], told["gaps"]
    found: Verdicts = {}
    for one in told["findings"]:
        assert one["outcome"] != "error", one
        found[_named(one["policy"], one["resource"], one["message"])] = one["outcome"]
    return found


def _named(policy: str, resource: str, message: str) -> str:
    question = next((word for words, word in QUESTIONS.items() if message.startswith(words)), message)
    kind, _, name = ("" if resource.startswith("/") else resource).rpartition(".")
    short = {"aws_cloudwatch_event_rule": "rule ", "aws_sns_topic": "topic "}.get(kind, "") + name
    return (
        f"{policy.removeprefix('MONITOR-')} {short}: {question}"
        if short
        else f"{policy.removeprefix('MONITOR-')} {question}"
    )

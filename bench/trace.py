"""How fast a whole log is traced: a process for `guardrails trace --log`, with code that has 20 metric filters.

python bench/trace.py [RECORDS]

The log has the sample records of the tests over and over, each with an id and an address of its own, in compressed
files as CloudTrail delivers them. The yardstick is a plain `re` search of the same log for the names that the filters
compare with, one filter after the other, as `zgrep` would do it: it reads no JSON, follows no chain and answers another
question, so only its speed is compared.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from guardrails.semantics.filter_patterns import FilterPattern, comparisons, parse
from guardrails.semantics.filters.syntax import Literal

DATA = Path(__file__).parent.parent / "tests" / "semantics" / "monitoring"
FILTERS = 20
_IN_FILE = 500

_CODE = """
resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "acme-logs"
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/delivery"
}

resource "aws_cloudwatch_log_group" "trail" {
  name = "cloudtrail"
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}
"""
_FILTER = """
resource "aws_cloudwatch_log_metric_filter" "f%(number)d" {
  name           = "f%(number)d"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = %(pattern)s
  metric_transformation {
    name      = "f%(number)d"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "f%(number)d" {
  alarm_name          = "f%(number)d"
  namespace           = "Audit"
  metric_name         = "f%(number)d"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}
"""


def main(count: int) -> None:
    texts = list(json.loads((DATA / "cis-filters.vectors.json").read_text(encoding="utf-8"))["filters"].values())
    texts = [texts[at % len(texts)] for at in range(FILTERS)]
    with tempfile.TemporaryDirectory() as place:
        code, log = Path(place, "code"), Path(place, "log")
        code.mkdir()
        log.mkdir()
        filters = [_FILTER % {"number": at, "pattern": json.dumps(text)} for at, text in enumerate(texts)]
        (code / "main.tf").write_text(_CODE + "".join(filters), encoding="utf-8")
        size = _write(log, count)
        _say(f"{count:,} records ({size / 1e6:.0f} MB of JSON), {FILTERS} metric filters")
        command = [sys.executable, "-m", "guardrails", "trace", "--log", str(log), str(code), "--format", "json"]
        for _ in range(3):
            _report("guardrails trace --log", count, *_run(command))
        _report("plain re on the text", count, *_searched(log, texts))


def _write(log: Path, count: int) -> int:
    records = list(json.loads((DATA / "cloudtrail-records.json").read_text(encoding="utf-8")).values())
    size = 0
    for first in range(0, count, _IN_FILE):
        numbers = range(first, min(first + _IN_FILE, count))
        changed = ({"eventID": f"{at:032x}", "sourceIPAddress": f"10.0.{at // 256 % 256}.{at % 256}"} for at in numbers)
        listed = [records[at % len(records)] | own for at, own in zip(numbers, changed, strict=True)]
        data = json.dumps({"Records": listed}, separators=(",", ":")).encode()
        size += len(data)
        (log / f"{first:09}.json.gz").write_bytes(gzip.compress(data, 6))
    return size


def _run(command: list[str]) -> tuple[float, float, str]:
    """Wall time, processor time and the most memory of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, f"{used.ru_maxrss / 1024:.0f} MB of memory"


def _searched(log: Path, texts: list[str]) -> tuple[float, float, str]:
    patterns = [pattern for text in texts if isinstance(pattern := parse(text), FilterPattern)]
    searches = [re.compile("|".join(map(re.escape, _names(pattern)))) for pattern in patterns]
    start, used = time.perf_counter(), time.process_time()
    found = 0
    for file in sorted(log.iterdir()):
        lines = gzip.decompress(file.read_bytes()).decode().split('{"eventVersion"')
        found += sum(search.search(line) is not None for search in searches for line in lines)
    return time.perf_counter() - start, time.process_time() - used, f"{found:,} hits"


def _names(pattern: FilterPattern) -> list[str]:
    operands = (one.operand for one in comparisons(pattern.content))
    return [operand.content.strip("*") for operand in operands if isinstance(operand, Literal)]


def _report(name: str, count: int, wall: float, used: float, more: str) -> None:
    rate = count * FILTERS / used
    _say(f"  {name:24} {wall:6.1f} s, {used:5.1f} s of processor time: {rate:10,.0f} evaluations a second, {more}")


def _say(line: str) -> None:
    print(line)  # noqa: T201 - the result


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

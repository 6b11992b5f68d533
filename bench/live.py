"""Measures `guardrails live` against prowler on one account: wall time and HTTP requests.

    python bench/live.py                    three runs each on the accounts of examples/live; about ten minutes
    python bench/live.py --runs 1 --account good

Both scan the same account in the same server (moto, on this machine, so that no network is measured), in turns, and are
asked the same: prowler its checks of CloudTrail and CloudWatch that correspond to a policy of guardrails, guardrails
those policies, in every Region that the account has. guardrails is run once more with all of its policies. Requests are
counted in the server's log. Each program has an environment of its own in bench/.work.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
WORK = HERE / ".work"
ACCOUNTS = PROJECT / "examples" / "live" / "accounts.py"
PROWLER = "prowler==5.46.0"
MOTO = "moto[server]==5.2.5"
PATIENCE = 600
"""Seconds after which a run is stopped."""
CHECKS: dict[str, tuple[str, ...]] = {
    "cloudtrail_cloudwatch_logging_enabled": ("TRAIL-007",),
    "cloudtrail_insights_exist": ("TRAIL-010",),
    "cloudtrail_kms_encryption_enabled": ("KMS-001",),
    "cloudtrail_log_file_validation_enabled": ("TRAIL-005",),
    "cloudtrail_logs_s3_bucket_access_logging_enabled": ("BUCKET-003",),
    "cloudtrail_logs_s3_bucket_is_not_publicly_accessible": ("BUCKET-001",),
    "cloudtrail_multi_region_enabled": ("TRAIL-001", "TRAIL-002", "TRAIL-003"),
    "cloudtrail_multi_region_enabled_logging_management_events": ("EVENTS-001",),
    "cloudtrail_s3_dataevents_read_enabled": ("EVENTS-005",),
    "cloudtrail_s3_dataevents_write_enabled": ("EVENTS-004",),
    "cloudwatch_alarm_actions_alarm_state_configured": ("MONITOR-022",),
    "cloudwatch_alarm_actions_enabled": ("MONITOR-022",),
    "cloudwatch_changes_to_network_acls_alarm_configured": ("MONITOR-011",),
    "cloudwatch_changes_to_network_gateways_alarm_configured": ("MONITOR-012",),
    "cloudwatch_changes_to_network_route_tables_alarm_configured": ("MONITOR-013",),
    "cloudwatch_changes_to_vpcs_alarm_configured": ("MONITOR-014",),
    "cloudwatch_cross_account_sharing_disabled": ("ACCESS-009",),
    "cloudwatch_log_group_kms_encryption_enabled": ("KMS-007",),
    "cloudwatch_log_group_not_publicly_accessible": ("ACCESS-007",),
    "cloudwatch_log_group_retention_policy_specific_days_enabled": ("RETAIN-001",),
    "cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled": ("MONITOR-009",),
    "cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled": ("MONITOR-005",),
    "cloudwatch_log_metric_filter_authentication_failures": ("MONITOR-006",),
    "cloudwatch_log_metric_filter_aws_organizations_changes": ("MONITOR-015",),
    "cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk": ("MONITOR-007",),
    "cloudwatch_log_metric_filter_for_s3_bucket_policy_changes": ("MONITOR-008",),
    "cloudwatch_log_metric_filter_policy_changes": ("MONITOR-004",),
    "cloudwatch_log_metric_filter_root_usage": ("MONITOR-001",),
    "cloudwatch_log_metric_filter_security_group_changes": ("MONITOR-010",),
    "cloudwatch_log_metric_filter_sign_in_without_mfa": ("MONITOR-003",),
    "cloudwatch_log_metric_filter_unauthorized_api_calls": ("MONITOR-002",),
}
"""prowler's checks, each with the policies that ask what it asks, and more than that. Left out are those that look for
attacks or secrets in recorded events, which no policy does."""
POLICIES = tuple(sorted({policy for policies in CHECKS.values() for policy in policies}))
_REQUEST = re.compile(rb'"(GET|POST|PUT|HEAD|DELETE) \S+ HTTP/1\.[01]"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one program."""

    wall: float
    cpu: float
    requests: int
    code: int


def command(program: str, url: str, folder: Path) -> list[str]:
    """What is run. `folder` takes the report."""
    own = str(WORK / "guardrails" / "bin" / "guardrails")
    report = ["-o", f"json={folder / 'report.json'}"]
    if program == "guardrails":
        return [own, "live", "--endpoint-url", url, "--select", ",".join(POLICIES), *report]
    if program == "guardrails, all policies":
        return [own, "live", "--endpoint-url", url, *report]
    prowler = str(WORK / "prowler" / "bin" / "prowler")
    output = ["--output-formats", "json-ocsf", "--output-directory", str(folder), "--no-banner"]
    return [prowler, "aws", "--checks", *CHECKS, *output]


PROGRAMS = ("guardrails", "guardrails, all policies", "prowler")


class Server:
    """moto's server with one account in it."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def requests(self) -> int:
        """How many it has answered so far."""
        return len(_REQUEST.findall(self._log.read_bytes()))


@contextmanager
def server(account: str) -> Iterator[Server]:
    """A server that holds one of the accounts of examples/live, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python = WORK / "moto" / "bin" / "python"
    with tempfile.NamedTemporaryFile(prefix="moto-", suffix=".log") as log:
        script = str(ACCOUNTS.with_name("simulated.py"))
        arguments = [str(python), script, "-H", "127.0.0.1", "-p", str(port), "--while-stdin-is-open"]
        process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            subprocess.run([str(python), str(ACCOUNTS), url, account], check=True, stdout=subprocess.DEVNULL)
            yield Server(url, Path(log.name))
        finally:
            process.terminate()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()
            return
        time.sleep(0.1)
    raise SystemExit("moto's server did not start")


def measure(program: str, server: Server) -> Sample:
    """One run."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": server.url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    with tempfile.TemporaryDirectory() as folder:
        arguments = command(program, server.url, Path(folder))
        before = server.requests()
        start = time.perf_counter()
        with (Path(folder) / "output").open("wb") as output:
            process = subprocess.Popen(
                arguments, stdout=output, stderr=output, env=environment, cwd=folder, start_new_session=True
            )
            _, status, usage = _wait4(process)
        wall = time.perf_counter() - start
        sample = Sample(
            wall, usage.ru_utime + usage.ru_stime, server.requests() - before, os.waitstatus_to_exitcode(status)
        )
        if sample.code not in (0, 1, 3):  # nothing failed, something did; 3: prowler found something
            sys.stdout.write((Path(folder) / "output").read_text(errors="replace"))
            raise SystemExit(f"{program} ended with {sample.code}")
        return sample


def _wait4(process: subprocess.Popen[bytes]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - os.wait4 has its own type
    signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(PATIENCE)
    try:
        return os.wait4(process.pid, 0)
    finally:
        signal.alarm(0)


def install() -> None:
    """guardrails from this tree, anew; the others where they are not there yet."""
    for name, packages in (("prowler", (PROWLER,)), ("moto", (MOTO,))):
        if not (WORK / name / "bin" / ("prowler" if name == "prowler" else "moto_server")).exists():
            _pip(name, *packages)
    _pip("guardrails", f"{PROJECT}[live]")


def _pip(name: str, *packages: str) -> None:
    place = WORK / name
    if not (place / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, *packages], check=True)


def table(series: dict[str, list[Sample]]) -> str:
    """The results on one account as Markdown."""
    own = series["guardrails"]
    lines = [
        "| | wall | fastest–slowest | CPU | requests | guardrails is faster by | requests for one of guardrails |",
        "|---|---|---|---|---|---|---|",
    ]
    for program, samples in series.items():
        walls = [one.wall for one in samples]
        wall, cpu = statistics.median(walls), statistics.median(one.cpu for one in samples)
        requests = sorted({one.requests for one in samples})
        ratio = share = ""
        if program != "guardrails":
            ratio = f"{wall / statistics.median(one.wall for one in own):.1f}×"
            share = f"{max(requests) / max(one.requests for one in own):.1f}"
        shown = "–".join(map(str, {min(requests): None, max(requests): None}))
        lines.append(
            f"| {program} | {wall:.1f} s | {min(walls):.1f} s–{max(walls):.1f} s | {cpu:.1f} s | {shown} "
            f"| {ratio} | {share} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each program; one more before them does not count")
    parser.add_argument("--account", choices=("misconfigured", "good"), action="append", help="this account alone")
    parsed = parser.parse_args(arguments)
    install()
    for account in parsed.account or ("misconfigured", "good"):
        series: dict[str, list[Sample]] = {program: [] for program in PROGRAMS}
        with server(account) as running:
            for number in range(parsed.runs + 1):
                for program in PROGRAMS:
                    sample = measure(program, running)
                    if number:
                        series[program].append(sample)
        sys.stdout.write(f"\n{account}: {len(CHECKS)} checks of prowler, {len(POLICIES)} policies of guardrails\n\n")
        sys.stdout.write(table(series) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

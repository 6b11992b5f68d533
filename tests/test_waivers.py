"""Waivers beside the code, from files on a disk to a report and an exit code."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails import plugins
from guardrails.cli import main
from guardrails.config import Config
from guardrails.findings import Finding, Outcome
from guardrails.judge import MOST_VERDICTS
from guardrails.run import Progress, Request, run
from guardrails.selection import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

KMS = "allow trail-without-customer-key -- the key moves in May, until 2027-01-31"
TRAIL = 'resource "aws_cloudtrail" "%s" {\n  name           = "main"\n  s3_bucket_name = "acme-logs"\n}\n'
ONLY = ("--select", "KMS-001,WAIVER-*")

# Hypothesis objects to a limit that changes during a test, and the first scan of a process raises it.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 8_000))

POLICY = """
from guardrails.api import AuditTrail, Check, Severity, policy, require

@policy("ACME-1", on=AuditTrail, severity=Severity.LOW, since="1.0")
def selective_trail(trail: AuditTrail) -> Check:
    '''A trail with a selector that leaves management events out.'''
    return require(
        trail.selectors.every(lambda s: s.management.is_true()), "a selector leaves management events out"
    )

@policy("ACME-2", on=AuditTrail, severity=Severity.LOW, since="1.0")
def raising(trail: AuditTrail) -> Check:
    '''A policy with a fault.'''
    raise ValueError("no")
"""

Scan = Any
Report = dict[str, Any]


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Scan files with the real program; the exit code and the JSON report, notices and gaps included."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def run(
        files: Mapping[str, str] | str, *arguments: str, only: tuple[str, ...] = ONLY, today: str = "2026-06-30"
    ) -> tuple[int, Report]:
        for name, text in ({"main.tf": files} if isinstance(files, str) else files).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        by = ("--today", today) if today else ()
        code = main(["scan", *only, *by, *arguments, "--format", "json"])
        told = capsys.readouterr()
        assert told.err == ""
        return code, json.loads(told.out)

    return run


def outcomes(report: Report, policy: str = "KMS-001") -> dict[str, str]:
    return {found["resource"]: found["outcome"] for found in report["findings"] if found["policy"] == policy}


def wrong(report: Report) -> list[tuple[str, str, int, list[str]]]:
    """What is said against waivers: policy, outcome, line, and why."""
    return [
        (found["policy"], found["outcome"], found["line"], [because["detail"] for because in found["because"]])
        for found in report["findings"]
        if found["policy"].startswith("WAIVER-") and found["outcome"] != "pass"
    ]


# What is covered


@pytest.mark.parametrize("name", ["trail-without-customer-key", "KMS-001", "kms-001", "TRAIL-003, KMS-001"])
def test_a_waived_failure_is_visible_and_fails_nothing(scan: Scan, name: str) -> None:
    waiver = f"# guardrails: allow {name} -- the key moves in May, until 2027-01-31\n"
    code, report = scan(waiver + TRAIL % "t", only=("--select", "KMS-001,WAIVER-003"))
    (found,) = (found for found in report["findings"] if found["policy"] == "KMS-001")

    assert code == 0
    assert (found["outcome"], found["line"], found["severity"]) == ("waived", 2, "medium")
    assert found["waivers"] == [
        {"reason": "the key moves in May", "until": "2027-01-31", "file": "main.tf", "line": 1, "outcome": "fail"}
    ]
    assert report["summary"] | {"pass": 0} == {"pass": 0, "fail": 0, "unknown": 0, "error": 0, "waived": 1}


def test_without_waivers_everything_counts(scan: Scan) -> None:
    code, report = scan(f"# guardrails: {KMS}\n# guardrails: allow x\n" + TRAIL % "t", "--no-waivers")

    assert code == 1
    assert [(found["policy"], found["outcome"]) for found in report["findings"]] == [("KMS-001", "fail")]


def test_an_open_verdict_can_be_waived(scan: Scan) -> None:
    text = f'variable "k" {{}}\n{TRAIL % "t"}'.replace(
        '"acme-logs"', f'"acme-logs"\n  kms_key_id = var.k # guardrails: {KMS}'
    )
    code, report = scan(text, "--unknown", "fail")
    (found,) = (found for found in report["findings"] if found["policy"] == "KMS-001")

    assert code == 0
    assert (found["outcome"], found["waivers"][0]["outcome"]) == ("waived", "unknown")
    assert wrong(report) == []


def test_other_resources_and_other_policies_are_not_covered(scan: Scan) -> None:
    text = f"# guardrails: {KMS}\n" + TRAIL % "a" + "\n" + TRAIL % "b"
    code, report = scan(text, only=("--select", "KMS-001,TRAIL-003,WAIVER-*"))

    assert code == 1
    assert outcomes(report) == {"aws_cloudtrail.a": "waived", "aws_cloudtrail.b": "fail"}
    assert set(outcomes(report, "TRAIL-003").values()) == {"fail"}


def test_all_instances_of_a_resource_are_covered_or_those_that_are_named(scan: Scan) -> None:
    text = TRAIL.replace("{\n", '{\n  for_each = toset(["a", "b"])\n', 1) % "t"
    _, all_of_them = scan(f"# guardrails: {KMS}\n{text}")
    named = KMS.replace(" --", ' for ["b"] --')
    _, one = scan(f"# guardrails: {named}\n{text}")

    assert outcomes(all_of_them) == {'aws_cloudtrail.t["a"]': "waived", 'aws_cloudtrail.t["b"]': "waived"}
    assert outcomes(one) == {'aws_cloudtrail.t["a"]': "fail", 'aws_cloudtrail.t["b"]': "waived"}


MODULE = {"m/main.tf": 'module "inner" {\n  source = "../i"\n}\n', "i/main.tf": TRAIL % "t"}


def test_a_call_covers_its_own_subtree(scan: Scan) -> None:
    call = 'module "{}" {{\n  source = "./m"\n}}\n'.format
    calls = call("b") + f"# guardrails: {KMS}\n" + call("a")
    _, report = scan({"main.tf": calls, **MODULE})

    assert outcomes(report) == {
        "module.a.module.inner.aws_cloudtrail.t": "waived",
        "module.b.module.inner.aws_cloudtrail.t": "fail",
    }
    assert wrong(report) == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [("", {"a": "waived", "b": "waived"}), (' for ["a"]', {"a": "waived", "b": "fail"})],
)
def test_a_call_covers_its_instances(scan: Scan, keys: str, expected: dict[str, str]) -> None:
    call = 'module "m" {\n  # guardrails: %s\n  source = "./m"\n  for_each = toset(["a", "b"])\n}\n'
    _, report = scan({"main.tf": call % KMS.replace(" --", f"{keys} --"), **MODULE})

    assert outcomes(report) == {
        f'module.m["{key}"].module.inner.aws_cloudtrail.t': outcome for key, outcome in expected.items()
    }


def test_a_waiver_in_a_module_covers_all_callers(scan: Scan) -> None:
    calls = "".join(f'module "{name}" {{\n  source = "./m"\n}}\n' for name in "ab")
    inner = f"# guardrails: {KMS}\n" + TRAIL % "t"
    _, report = scan({"main.tf": calls, **MODULE, "i/main.tf": inner})

    assert set(outcomes(report).values()) == {"waived"}


def test_a_waiver_at_an_attribute_covers_what_is_decided_there(scan: Scan) -> None:
    text = (TRAIL % "t").replace("}\n", "  is_multi_region_trail = false # guardrails: %s\n}\n")
    waiver = "allow KMS-001, TRAIL-003 -- one Region, until 2027-01-31"
    _, report = scan(text % waiver, only=("--select", "KMS-001,TRAIL-003,WAIVER-*"))

    assert outcomes(report, "TRAIL-003") == {"aws_cloudtrail.t": "waived"}
    assert outcomes(report, "KMS-001") == {"aws_cloudtrail.t": "fail"}
    assert wrong(report) == [
        ("WAIVER-001", "fail", 4, ["`KMS-001` is decided at line 1, beyond what this covers: write it at the resource"])
    ]


SELECTOR = "  event_selector {{ {0}\n    include_management_events = false\n  }}\n"
PART = "# guardrails: allow ACME-1 -- management events are elsewhere, until 2027-01-31"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(PART, "", "fail"), ("", PART, "fail"), (PART, PART, "waived"), ("", "", "fail")],
)
def test_a_waiver_for_one_block_does_not_cover_the_next(scan: Scan, first: str, second: str, expected: str) -> None:
    text = (TRAIL % "t").replace("}\n", SELECTOR.format(first) + SELECTOR.format(second) + "}\n")
    only = ("--policies", "rules", "--select", "ACME-1,WAIVER-*")
    _, report = scan({"main.tf": text, "rules/mine.py": POLICY}, only=only)

    assert outcomes(report, "ACME-1") == {"aws_cloudtrail.t": expected}
    assert len(wrong(report)) == (0 if expected == "waived" else bool(first) + bool(second))


def test_an_error_is_never_waived(scan: Scan) -> None:
    text = "# guardrails: allow ACME-2 -- it is broken, until 2027-01-31\n" + TRAIL % "t"
    only = ("--policies", "rules", "--select", "ACME-2,WAIVER-*")
    code, report = scan({"main.tf": text, "rules/mine.py": POLICY}, only=only)

    assert code == 3
    assert outcomes(report, "ACME-2") == {"aws_cloudtrail.t": "error"}
    assert [one[:3] for one in wrong(report)] == [("WAIVER-001", "unknown", 1)]


def test_a_waiver_in_json_syntax(scan: Scan) -> None:
    trail = {"//": f"guardrails: {KMS}", "name": "main", "s3_bucket_name": "acme-logs"}
    text = json.dumps({"resource": {"aws_cloudtrail": {"t": trail}}}, indent=2)
    code, report = scan({"main.tf.json": text})

    assert code == 0
    assert outcomes(report) == {"aws_cloudtrail.t": "waived"}


def test_a_plan_is_judged_with_the_waivers_of_its_code(scan: Scan) -> None:
    files = {
        "main.tf": f'# guardrails: {KMS}\nmodule "a" {{\n  source = "./m"\n}}\n'
        + (TRAIL % "t").replace("}\n", "  is_multi_region_trail = false # guardrails: %s\n}\n")
        % "allow TRAIL-003 -- one Region, until 2027-01-31",
        "m/main.tf": TRAIL % "t",
    }
    only = ("--select", "KMS-001,TRAIL-003,WAIVER-*")
    _, from_code = scan(files, only=only)
    _, from_plan = scan({"plan.json": json.dumps(plan())}, "plan.json", only=only)

    def told(report: Report) -> list[tuple[object, ...]]:
        keys = ("policy", "resource", "outcome", "file", "line", "waivers")
        return [tuple(found[key] for key in keys) for found in report["findings"]]

    assert outcomes(from_code) == {"aws_cloudtrail.t": "fail", "module.a.aws_cloudtrail.t": "waived"}
    assert outcomes(from_code, "TRAIL-003") == {"aws_cloudtrail.t": "waived", "module.a.aws_cloudtrail.t": "fail"}
    assert told(from_plan) == told(from_code)


def plan() -> dict[str, Any]:
    """The plan that terraform makes of two trails, one of them in a module."""
    provider = "registry.terraform.io/hashicorp/aws"
    values = {"name": "main", "s3_bucket_name": "acme-logs", "is_multi_region_trail": False, "kms_key_id": None}
    head = {"mode": "managed", "type": "aws_cloudtrail", "name": "t"}

    def planned(module: str) -> dict[str, Any]:
        values_of = {"provider_name": provider, "schema_version": 0, "values": values, "sensitive_values": {}}
        return {"resources": [{"address": f"{module}aws_cloudtrail.t", **head, **values_of}]}

    def change(module: str) -> dict[str, Any]:
        made = {"actions": ["create"], "before": None, "after": values, "after_unknown": {"arn": True, "id": True}}
        where = {"module_address": module.rstrip(".")} if module else {}
        return {
            "address": f"{module}aws_cloudtrail.t", **where, **head, "provider_name": provider,
            "change": {**made, "before_sensitive": False, "after_sensitive": {}},
        }  # fmt: skip

    def configured(*names: str) -> dict[str, Any]:
        said = {name: {"constant_value": values[name]} for name in ("name", "s3_bucket_name", *names)}
        address = {"address": "aws_cloudtrail.t", "provider_config_key": "aws", "schema_version": 0}
        return {"resources": [{**address, **head, "expressions": said}]}

    call = {"source": "./m", "module": configured()}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {
            "root_module": {**planned(""), "child_modules": [{"address": "module.a", **planned("module.a.")}]}
        },
        "resource_changes": [change(""), change("module.a.")],
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": provider}},
            "root_module": {**configured("is_multi_region_trail"), "module_calls": {"a": call}},
        },
        "timestamp": "2026-06-30T00:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    }


# When


@pytest.mark.parametrize(
    ("day", "outcome", "notices"),
    [
        ("2027-01-16", "waived", 0),
        ("2027-01-17", "waived", 1),
        ("2027-01-31", "waived", 1),
        ("2027-02-01", "fail", 0),
    ],
)
def test_a_waiver_ends_behind_its_last_day(scan: Scan, day: str, outcome: str, notices: int) -> None:
    code, report = scan(f"# guardrails: {KMS}\n" + TRAIL % "t", today=day)

    assert outcomes(report) == {"aws_cloudtrail.t": outcome}
    assert code == (1 if outcome == "fail" else 0)
    ended = [("WAIVER-002", "fail", 1, ["it held until 2027-01-31"])]
    assert wrong(report) == (ended if outcome == "fail" else [])
    assert len(report["notices"]) == notices


def test_the_notice_says_what_ends_when(scan: Scan) -> None:
    _, report = scan(f"# guardrails: {KMS}\n" + TRAIL % "t", today="2027-01-30")

    assert report["notices"] == [
        "main.tf:1: the waiver of `trail-without-customer-key` for `aws_cloudtrail.t` ends tomorrow, on 2027-01-31:"
        " the key moves in May"
    ]


def test_without_a_day_it_is_the_present_one(scan: Scan) -> None:
    text = f"# guardrails: {KMS.replace('2027-01-31', '2020-01-31')}\n{TRAIL % 'a'}"
    text += f"# guardrails: {KMS.replace('2027-01-31', '2999-01-31')}\n{TRAIL % 'b'}"
    _, report = scan(text, today="")

    assert outcomes(report) == {"aws_cloudtrail.a": "fail", "aws_cloudtrail.b": "waived"}


# What can be wrong


@pytest.mark.parametrize(
    ("waiver", "reasons"),
    [
        ("allow KMS-001 -- why", ["it has no end: write `, until 2027-01-31` behind the reason"]),
        (
            "allow KMS-001, until 2027-01-31",
            ["it gives no reason: write ` -- ` and the reason behind the policies"],
        ),
        ("allow KMS-001 -- why, until soon", ["`soon` is no date: write it as 2027-01-31"]),
        (
            "allow KMS-01 -- why, until 2027-01-31",
            ["there is no policy `KMS-01`; did you mean `KMS-001`?"],
        ),
        (
            "allow WAIVER-001 -- why, until 2027-01-31",
            ["`WAIVER-001` is about waivers: switch it off in the configuration instead"],
        ),
        (
            "ignore KMS-001",
            ["`ignore` is not a word for a waiver: write `guardrails: allow POLICY -- REASON, until 2027-01-31`"],
        ),
    ],
)
def test_a_malformed_waiver_waives_nothing_and_says_why(scan: Scan, waiver: str, reasons: list[str]) -> None:
    code, report = scan((TRAIL % "t").replace("{\n", f"{{\n  # guardrails: {waiver}\n"))

    assert code == 1
    assert outcomes(report) == {"aws_cloudtrail.t": "fail"}
    assert wrong(report) == [("WAIVER-003", "fail", 2, reasons)]


def test_one_unknown_policy_does_not_spoil_the_others(scan: Scan) -> None:
    _, report = scan("# guardrails: allow KMS-001 NO-1 -- why, until 2027-01-31\n" + TRAIL % "t")

    assert outcomes(report) == {"aws_cloudtrail.t": "waived"}
    assert [one[:3] for one in wrong(report)] == [("WAIVER-003", "fail", 1)]


def test_a_policy_that_was_not_loaded_may_be_meant(scan: Scan) -> None:
    text = "# guardrails: allow ACME-1 -- why, until 2027-01-31\n" + TRAIL % "t"
    files = {"main.tf": text, "guardrails.toml": 'policies = ["rules"]\n', "rules/mine.py": POLICY}
    _, report = scan(files)

    assert [one[:3] for one in wrong(report)] == [("WAIVER-003", "unknown", 1)]


def test_a_waiver_that_stands_at_nothing(scan: Scan) -> None:
    _, report = scan(f"# guardrails: {KMS}\n\n" + TRAIL % "t")

    assert outcomes(report) == {"aws_cloudtrail.t": "fail"}
    (found,) = (found for found in report["findings"] if found["policy"] == "WAIVER-003")
    assert (found["outcome"], found["message"]) == ("fail", "the waiver stands at nothing")
    assert (found["file"], found["line"], found["resource"]) == ("main.tf", 1, "main.tf")


def test_an_unused_waiver(scan: Scan) -> None:
    trail = (TRAIL % "t").replace("}\n", "  is_multi_region_trail = true\n}\n")
    waiver = "# guardrails: allow KMS-001, TRAIL-003 -- why, until 2027-01-31\n"
    code, report = scan(waiver + trail, only=("--select", "KMS-001,TRAIL-003,WAIVER-*"))

    assert code == 1
    assert outcomes(report) == {"aws_cloudtrail.t": "waived"}
    assert wrong(report) == [("WAIVER-001", "fail", 1, ["`TRAIL-003` finds nothing there"])]


def test_policies_that_were_not_judged_by_say_nothing_about_their_waivers(scan: Scan) -> None:
    text = "# guardrails: allow TRAIL-003 -- why, until 2027-01-31\n" + TRAIL % "t"

    assert wrong(scan(text)[1]) == []


@pytest.mark.parametrize(("encrypted", "unused"), [((), 0), (("a",), 0), (("a", "b"), 1)])
def test_a_waiver_in_a_shared_module_is_unused_if_no_root_needs_it(
    scan: Scan, encrypted: tuple[str, ...], unused: int
) -> None:
    shared = f'variable "k" {{\n  default = null\n}}\n# guardrails: {KMS}\n{TRAIL % "t"}'
    files = {"shared/main.tf": shared.replace('"acme-logs"', '"acme-logs"\n  kms_key_id = var.k')}
    for root in "ab":
        key = "  k = aws_kms_key.k.arn\n" if root in encrypted else ""
        call = f'module "s" {{\n  source = "../shared"\n{key}}}\nresource "aws_kms_key" "k" {{}}\n'
        files[f"{root}/main.tf"] = call
    _, report = scan(files)

    assert len([one for one in wrong(report) if one[:2] == ("WAIVER-001", "fail")]) == unused
    assert len(wrong(report)) == unused


def test_a_waiver_that_other_roots_may_need_is_open(scan: Scan) -> None:
    call = 'module "s" {\n  source = "../shared"\n}\n'
    shared = "# guardrails: allow TRAIL-003 -- why, until 2027-01-31\n" + TRAIL % "t"
    shared = shared.replace("}\n", "  is_multi_region_trail = true\n}\n")
    files = {"a/main.tf": call, "b/main.tf": call, "shared/main.tf": shared}
    only = ("--select", "TRAIL-003,WAIVER-*")

    assert [one[:2] for one in wrong(scan(files, only=only)[1])] == [("WAIVER-001", "fail")]
    assert [one[:2] for one in wrong(scan(files, "a/main.tf", only=only)[1])] == [("WAIVER-001", "unknown")]


def test_fingerprints_of_waivers_tell_them_apart_without_lines(scan: Scan) -> None:
    waivers = "# guardrails: allow NO-1\n# guardrails: allow NO-2\n"
    _, first = scan(waivers + TRAIL % "t")
    _, second = scan("\n\n" + waivers + TRAIL % "t")

    def prints(report: Report) -> list[str]:
        return [found["fingerprint"] for found in report["findings"] if found["outcome"] == "fail"]

    assert len(set(prints(first))) == len(prints(first)) == 5
    assert prints(first) == prints(second)


# Configuration


def test_what_the_configuration_may_relax_and_restrict(scan: Scan) -> None:
    toml = "[waivers]\nrequire_reason = false\nrequire_until = false\n"
    _, relaxed = scan({"main.tf": "# guardrails: allow KMS-001\n" + TRAIL % "t", "guardrails.toml": toml})
    _, restricted = scan(
        {"main.tf": f"# guardrails: {KMS}\n{TRAIL % 't'}", "guardrails.toml": "waivers.max_days = 90\n"}
    )
    _, silent = scan({"guardrails.toml": "[waivers]\nnotice_days = 365\n"})

    assert outcomes(relaxed) == {"aws_cloudtrail.t": "waived"}
    assert wrong(relaxed) == []
    assert outcomes(restricted) == {"aws_cloudtrail.t": "fail"}
    assert wrong(restricted) == [
        ("WAIVER-003", "fail", 1, ["it holds for 215 days from now, and at most 90 are allowed"])
    ]
    assert len(silent["notices"]) == 1


@pytest.mark.parametrize("never", ["KMS-001", "trail-without-customer-key", "kms-*"])
def test_some_policies_may_never_be_waived(scan: Scan, never: str) -> None:
    toml = f'[waivers]\nnever = ["{never}"]\n'
    code, report = scan({"main.tf": f"# guardrails: {KMS}\n{TRAIL % 't'}", "guardrails.toml": toml})

    assert code == 1
    assert outcomes(report) == {"aws_cloudtrail.t": "fail"}
    assert wrong(report) == [("WAIVER-004", "fail", 1, ["`trail-without-customer-key` may not be waived here"])]


def test_findings_about_waivers_are_configured_like_others(scan: Scan) -> None:
    text = f"# guardrails: allow NO-1\n# guardrails: {KMS.replace('2027', '2020')}\n" + TRAIL % "t"
    toml = '[policy.WAIVER-003]\nseverity = "info"\n[policy.waiver-expired]\nenabled = false\n'
    _, report = scan({"main.tf": text, "guardrails.toml": toml}, only=())
    found = {f["policy"]: f["severity"] for f in report["findings"] if f["policy"].startswith("WAIVER-")}

    assert found.keys() == {"WAIVER-003", "WAIVER-004"}
    assert found["WAIVER-003"] == "info"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('never = ["KMS-01"]', "guardrails.toml:2: `KMS-01` matches no policy; did you mean `KMS-001`?"),
        (
            "max_days = true",
            "guardrails.toml:2: `waivers.max_days`: must be a whole number from 0 on, not true or false",
        ),
        ("max_days = -1", "guardrails.toml:2: `waivers.max_days`: must be a whole number from 0 on, not -1"),
        ("require_untl = false", "unknown key `require_untl` in `[waivers]`; did you mean `require_until`?"),
    ],
)
def test_a_wrong_configuration_ends_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, toml: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "guardrails.toml").write_text(f"[waivers]\n{toml}\n")

    assert main(["scan", "."]) == 2
    assert said in capsys.readouterr().err


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", ".", "--today", "tomorrow"]) == 2
    assert "--today: `tomorrow` is no date: write it as 2027-01-31" in capsys.readouterr().err


# What holds for waivers wherever they stand

SAMPLE = """\
module "m" {
  source = "./m"
}

resource "aws_cloudtrail" "t" {
  name           = "# guardrails: allow KMS-001 -- no, until 2027-01-31"
  s3_bucket_name = aws_s3_bucket.logs.id
  kms_key_id     = var.key

  event_selector {
    include_management_events = false
  }
}

resource "aws_s3_bucket" "logs" {
  bucket        = "acme-logs"
  force_destroy = true
}

variable "key" {}

locals {
  text = <<-EOT
    # guardrails: allow TRAIL-003 -- no, until 2027-01-31
  EOT
}
"""
LOADED = plugins.load()
CHOSEN = choose(LOADED.policies, Config())
NAMES = ["KMS-001", "TRAIL-003", "TRAIL-005", "EVENTS-001", "trail-open-to-destroy", "NO-1"]
LINES = [number for number, line in enumerate(SAMPLE.splitlines()) if "EOT" not in line and "# g" not in line]


def verdicts(folder: Path, text: str) -> dict[tuple[str, str, str], list[Finding]]:
    (folder / "main.tf").write_text(text)
    result = run(Request(paths=(str(folder),), today="2026-06-30"), LOADED, CHOSEN, Progress())
    found: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in result.findings:
        if not finding.policy.startswith("WAIVER-"):
            found.setdefault((finding.policy, finding.resource, finding.message), []).append(finding)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(LINES), st.booleans(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)),
        max_size=5,
    )
)
def test_a_waiver_changes_nothing_but_failures_and_open_verdicts(
    tmp_path: Path, waivers: list[tuple[int, bool, list[str]]]
) -> None:
    lines = SAMPLE.splitlines()
    named = {name for _, _, names in waivers for name in names}
    for number, trailing, names in waivers:
        comment = f"# guardrails: allow {', '.join(names)} -- why, until 2027-01-31"
        if trailing and "#" not in lines[number]:
            lines[number] += f" {comment}"
        else:
            lines[number] = f"{comment}\n{lines[number]}"
    (tmp_path / "m").mkdir(exist_ok=True)
    (tmp_path / "m" / "main.tf").write_text(TRAIL % "inner")
    before = verdicts(tmp_path, SAMPLE)
    after = verdicts(tmp_path, "\n".join(lines) + "\n")

    assert before.keys() == after.keys()
    for key, findings in before.items():
        for was, now in zip(findings, after[key], strict=True):
            assert was.waiver is None
            if now.outcome is Outcome.WAIVED:
                assert now.waiver is not None
                assert was.outcome in (Outcome.FAIL, Outcome.UNKNOWN)
                assert now.waiver.verdict is was.outcome
                assert not named.isdisjoint((was.policy, was.name))
            else:
                assert now.waiver is None
                assert was.outcome is now.outcome
            assert was.fingerprint == now.fingerprint


@pytest.mark.timeout(120)
def test_a_file_full_of_waivers_takes_time_in_proportion(scan: Scan) -> None:
    wrong_ones = "# guardrails: allow NO-1 -- why, until 2027-01-31\n" * 5_000
    code, report = scan(wrong_ones + TRAIL % "t")

    assert report["summary"]["fail"] == MOST_VERDICTS + 1
    assert code == 3
    assert "LIMIT" in [gap["why"] for gap in report["gaps"]]

"""The report for people."""

from __future__ import annotations

import re

import pytest
from sample_result import AUDIT, HEAD, ROOT, VALIDATION, at, call, finding

from guardrails.findings import Because, GapNote, Outcome, Result, TargetNote
from guardrails.formats.terminal import harmless
from guardrails.formats.text import render
from guardrails.formats.view import View
from guardrails.kernel.origin import NOWHERE, Origin, SourceFile
from guardrails.kernel.record import changed
from guardrails.policy import Severity


def shown(result: Result, **view: object) -> str:
    return render(result, View(**view))  # type: ignore[arg-type] # each test names fields of View


def lines(result: Result, **view: object) -> list[str]:
    return shown(result, **view).splitlines()


def test_a_failure_shows_the_line_to_change_and_what_to_know(result: Result) -> None:
    report = shown(result)

    assert (
        """\
  modules/audit/main.tf:5
    4 │   is_multi_region_trail      = true
  ▌ 5 │   enable_log_file_validation = false

    HIGH      TRAIL-005 trail-005-name
              log files are not validated
              because `enable_log_file_validation` is false
                      the trail is logging (modules/audit/main.tf:1)
"""
        in report
    )
    assert "              fix     set `kms_key_id` to a key of your own\n" in report


def test_failures_of_one_resource_stand_together_under_its_name(result: Result) -> None:
    report = lines(result)

    assert report.count("✗ module.audit.aws_cloudtrail.this") == 1
    assert report.count("  called from main.tf:1 (module.audit)") == 2  # once for each of the two resources


def test_the_worst_comes_first(result: Result) -> None:
    headings = [line for line in lines(result) if line.startswith("✗ ")]

    assert headings == ["✗ module.audit.aws_cloudtrail.this", "✗ aws_s3_bucket.b"]


def test_what_is_not_known_is_listed_by_what_would_settle_it(result: Result) -> None:
    second = finding("BUCKET-002", Outcome.UNKNOWN, Severity.LOW, "m", HEAD, because=result.findings[2].because)
    result.findings.append(changed(second, resource="aws_s3_bucket.logs"))

    report = shown(result)

    assert "Not known (2 verdicts)" in report
    assert report.count('? variable "bucket" has no value (modules/audit/main.tf:8)') == 1
    assert "to settle it: pass --var bucket=...\n" in report
    assert "    BUCKET-001, BUCKET-002 on aws_s3_bucket.logs, module.audit.aws_cloudtrail.this\n" in report


def test_passes_are_listed_only_when_asked_for(result: Result) -> None:
    assert "✓ TRAIL-003" not in shown(result)
    assert "✓ TRAIL-003 module.audit.aws_cloudtrail.this modules/audit/main.tf:1" in shown(result, verbose=True)


def test_what_is_waived_is_listed_with_the_reason_and_the_end(result: Result) -> None:
    waived = next(finding for finding in result.findings if finding.outcome is Outcome.WAIVED)
    assert waived.waiver is not None
    was_open = changed(waived, policy="KMS-001", waiver=changed(waived.waiver, verdict=Outcome.UNKNOWN))
    result.findings.append(was_open)
    result.findings.append(changed(waived, resource="aws_cloudtrail.other"))

    report = shown(result)

    assert (
        "Waived (3 verdicts)\n"
        "\n"
        "  ! the owner is in the wiki, until 2027-01-31 (main.tf:1)\n"
        "    TRAIL-014 trail-014-name on module.audit.aws_cloudtrail.this, aws_cloudtrail.other\n"
        "    KMS-001 trail-014-name (not known) on module.audit.aws_cloudtrail.this\n"
    ) in report
    assert "Waived (" not in shown(result, quiet=True)


def test_what_was_not_read_is_said_with_the_line(result: Result) -> None:
    report = shown(result)

    assert "✗ an expression is missing (broken.tf:2)\n" in report
    assert "    ▌ 2 │   name =\n" in report
    assert "! module.vpc is not downloaded (main.tf:6)\n    to settle it: run `terraform init`\n" in report


def test_outcomes_are_counted_apart(result: Result) -> None:
    assert "2 failed (1 high, 1 medium) · 1 unknown · 1 passed · 1 error · 1 waived" in lines(result)


def test_the_coverage_is_told(result: Result) -> None:
    report = lines(result)

    assert "Read 3 files and 7 resources in 1 root module." in report
    assert "Incomplete: 3 things could not be read or judged." in report
    assert "Left open: 1 defined elsewhere." in report


def test_a_clean_result_says_so_and_nothing_else(nothing: Result) -> None:
    nothing.targets.append(TargetNote("infra", "terraform", 1, 2))

    assert lines(nothing) == [
        "0 failed · 0 unknown · 0 passed · 0 errors · 0 waived",
        "Read 1 file and 2 resources in 1 root module.",
    ]


def test_narrowing_lists_less_and_counts_everything(result: Result) -> None:
    report = shown(result, outcomes=frozenset({Outcome.UNKNOWN}))

    assert "TRAIL-005 " not in report
    assert "BUCKET-001" in report
    assert "2 failed" in report


def test_quiet_is_one_line_for_each_failure(result: Result) -> None:
    assert lines(result, quiet=True) == [
        "modules/audit/main.tf:1: MEDIUM KMS-001 logs are not encrypted with a customer-managed key"
        " (module.audit.aws_cloudtrail.this)",
        "modules/audit/main.tf:5: HIGH TRAIL-005 log files are not validated (module.audit.aws_cloudtrail.this)",
        "modules/audit/main.tf:1: ERROR ACME-1 the policy raised KeyError: 'x' (aws_s3_bucket.b)",
        "INCOMPLETE acme: cannot be loaded: acme.py:3: KeyError: 'x'",
        "broken.tf:2: INCOMPLETE an expression is missing",
        "2 failed (1 high, 1 medium) · 1 unknown · 1 passed · 1 error · 1 waived",
    ]


def test_instances_of_one_resource_are_told_once(nothing: Result) -> None:
    instances = [
        finding(
            "TRAIL-005",
            Outcome.FAIL,
            Severity.HIGH,
            "log files are not validated",
            at(AUDIT, "enable_log_file_validation = false", via=(call(name),)),
            resource=f"module.{name}.aws_cloudtrail.this[{number}]",
        )
        for number, name in enumerate(["audit", "vpc", "vpc"])
    ]
    nothing.findings += instances

    report = lines(nothing)

    assert "✗ module.audit.aws_cloudtrail.this[0] and 2 more instances" in report
    assert "  called from main.tf:1 (module.audit) and 1 more place" in report
    assert report.count("  ▌ 5 │   enable_log_file_validation = false") == 1
    assert "3 failed (3 high) · 0 unknown · 0 passed · 0 errors · 0 waived" in report
    (quiet,) = lines(nothing, quiet=True)[:-1]
    assert quiet.endswith("log files are not validated (module.audit.aws_cloudtrail.this[0] and 2 more)")
    verbose = shown(nothing, verbose=True)
    assert "module.vpc.aws_cloudtrail.this[1]" in verbose
    assert "module.vpc.aws_cloudtrail.this[2]" in verbose


def test_different_severities_are_not_told_as_one(nothing: Result) -> None:
    for severity in (Severity.LOW, Severity.HIGH):
        nothing.findings.append(finding("RETAIN-006", Outcome.FAIL, severity, "no retention", HEAD))

    report = shown(nothing)

    assert "LOW       RETAIN-006" in report
    assert "HIGH      RETAIN-006" in report


def test_the_target_is_named_where_there_are_several(result: Result) -> None:
    assert "  in infra/prod" not in shown(result)

    result.targets.append(TargetNote("infra/test", "terraform", 1, 1))

    assert "✗ module.audit.aws_cloudtrail.this  in infra/prod" in lines(result)


def test_a_finding_without_text_still_names_its_resource(nothing: Result) -> None:
    nothing.findings.append(
        finding("TRAIL-001", Outcome.FAIL, Severity.HIGH, "no trail", NOWHERE, resource="arn:aws:cloudtrail:x")
    )

    assert lines(nothing)[:4] == [
        "✗ arn:aws:cloudtrail:x",
        "",
        "    HIGH      TRAIL-001 trail-001-name",
        "              no trail",
    ]


def test_a_long_place_is_cut_with_a_mark(nothing: Result) -> None:
    block = SourceFile("a.tf", "a {\n" + "  x = 1\n" * 20 + "}\n")
    nothing.findings.append(finding("A-1", Outcome.FAIL, Severity.LOW, "m", Origin(block, 0, len(block.text) - 1)))

    code = [line for line in lines(nothing) if "│" in line or line.strip() == "…"]

    assert code == [
        "  ▌ 1 │ a {",
        "  ▌ 2 │   x = 1",
        "  ▌ 3 │   x = 1",
        "  ▌ 4 │   x = 1",
        "    5 │   x = 1",
        "      …",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_nothing_but_code_and_names_is_wider_than_the_terminal(result: Result, width: int) -> None:
    wide = [line for line in lines(result, width=width, verbose=True) if len(line) > max(40, min(width, 110))]

    assert all("aws_" in line or " · " in line for line in wide), wide


def test_code_is_cut_at_the_right_edge(nothing: Result) -> None:
    long = SourceFile("a.tf", f'x = "{"y" * 300}"\n')
    nothing.findings.append(finding("A-1", Outcome.FAIL, Severity.LOW, "m", Origin(long, 0, 5)))

    (code,) = [line for line in lines(nothing, width=60) if "│" in line]

    assert len(code) == 60
    assert code.endswith("…")


def test_ascii_alone_is_enough(result: Result) -> None:
    notice = "a policy — “quoted” … → x"
    result.notices.append(notice)

    report = shown(result, ascii=True, verbose=True)

    assert report.isascii()
    assert "  > 5 |   enable_log_file_validation = false" in report
    assert 'a policy - "quoted" ... -> x' in report


def test_colours_only_when_asked_for_and_the_same_text_without_them(result: Result) -> None:
    plain, coloured = shown(result), shown(result, colour=True)

    assert "\x1b" not in plain
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_a_scanned_file_cannot_talk_to_the_terminal(nothing: Result) -> None:
    evil = SourceFile("a\x1b[2J.tf", 'name = "\x1b]0;owned\x07\x1b[31m\u202egpj\u2066"\r\nnext = "\x9b31m"\n')
    because = (Because("is \x1b[1mbold\x1b[0m\nand\tmore", Origin(evil, 0, 4), settle="type \x1b[A"),)
    nothing.findings += [
        finding("A-1", Outcome.FAIL, Severity.LOW, "m \x1b[5m", Origin(evil, 0, 4), resource="x\x08y", because=because),
        finding("A-2", Outcome.UNKNOWN, Severity.LOW, "m \x1b[5m", Origin(evil, 0, 4), because=because),
    ]

    for view in ({}, {"verbose": True}, {"quiet": True}, {"ascii": True}):
        report = shown(nothing, **view)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", report), view
    assert r"\x1b]0;owned\x07" in shown(nothing)
    assert r"\u202egpj" in shown(nothing)


def test_harmless_keeps_ordinary_text() -> None:
    assert harmless("Grüße, 監査 ✓") == "Grüße, 監査 ✓"
    assert harmless("a\tb\x00\udc80") == r"a\x09b\x00\udc80"


def test_the_configuration_that_was_used_is_named(result: Result) -> None:
    assert "Configuration: infra/guardrails.toml" in lines(result, config="infra/guardrails.toml")


def test_the_place_of_a_fact_is_told_only_where_it_is_another_one(nothing: Result) -> None:
    because = (Because("here", VALIDATION), Because("there", at(ROOT, 'module "vpc"')))
    nothing.findings.append(finding("A-1", Outcome.FAIL, Severity.LOW, "m", VALIDATION, because=because))

    report = shown(nothing)

    assert "because here\n" in report
    assert "        there (main.tf:5)\n" in report


def test_what_is_about_a_target_as_a_whole_points_at_no_line(nothing: Result) -> None:
    nothing.targets += [TargetNote("infra/prod", "terraform", 1, 1), TargetNote("infra/test", "terraform", 1, 1)]
    nothing.findings.append(finding("TRAIL-001", Outcome.FAIL, Severity.HIGH, "no trail", HEAD, resource="infra/prod"))

    assert lines(nothing)[:3] == ["✗ infra/prod", "", "    HIGH      TRAIL-001 trail-001-name"]


def test_instances_in_several_targets_name_the_first_and_count_the_others(nothing: Result) -> None:
    for target in ("infra/a", "infra/b", "infra/c"):
        nothing.targets.append(TargetNote(target, "terraform", 2, 1))
        nothing.findings.append(finding("A-1", Outcome.FAIL, Severity.LOW, "m", HEAD, target=target))

    assert "✗ module.audit.aws_cloudtrail.this and 2 more instances  in infra/a and 2 others" in lines(nothing)


def test_files_that_targets_share_count_once_where_that_is_known(nothing: Result) -> None:
    nothing.targets += [TargetNote("a", "terraform", 3, 1), TargetNote("b", "terraform", 3, 1)]

    assert "Read 4 files and 2 resources in 2 root modules." in lines(nothing, files=4)


def test_what_is_left_open_and_not_listed_can_be_asked_for(result: Result) -> None:
    (target,) = result.targets
    unset = GapNote("INPUT", "variable `name` has no value", "", at(AUDIT, "var.name"), incomplete=False)
    result.targets = [changed(target, gaps=(*target.gaps, unset))]

    assert "Left open: 1 without a value, 1 defined elsewhere; --verbose lists all." in lines(result)
    assert "variable `name` has no value" not in shown(result)
    assert "Left open: 1 without a value, 1 defined elsewhere." in lines(result, verbose=True)
    assert "! variable `name` has no value" in shown(result, verbose=True)


def test_an_account_is_called_by_its_name_as_well(nothing: Result) -> None:
    for number, title in (("111122223333", "archive"), ("444455556666", "")):
        nothing.targets.append(TargetNote(number, "aws", 0, 3, title=title))
        arn = f"arn:aws:cloudtrail:eu-central-1:{number}:trail/audit"
        nothing.findings.append(
            finding("TRAIL-002", Outcome.FAIL, Severity.HIGH, "it is off", NOWHERE, resource=arn, target=number)
        )

    report = lines(nothing)

    assert "✗ arn:aws:cloudtrail:eu-central-1:111122223333:trail/audit  in 111122223333 (archive)" in report
    assert "✗ arn:aws:cloudtrail:eu-central-1:444455556666:trail/audit  in 444455556666" in report
    assert "Read 6 resources in 2 accounts." in report

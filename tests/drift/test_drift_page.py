"""The page for people: which verdicts are told under which change."""

from __future__ import annotations

import pytest

from guardrails.drift import text
from guardrails.drift.records import Blame, Comparison, Difference, Drift, Kind, Open
from guardrails.drift.told import BEFORE_AND_NOW, Told
from guardrails.findings import Finding, Outcome
from guardrails.formats.view import View
from guardrails.kernel.origin import NOWHERE, Origin, SourceFile
from guardrails.kernel.record import changed
from guardrails.policy import Severity

CODE = SourceFile("main.tf", 'resource "aws_cloudtrail" "a" {\n  enable_logging = true\n}\n')
HEAD, LINE = Origin(CODE, 0, 31), Origin(CODE, 34, 55)
LOGGING = Difference("enable_logging", "logging", "true", "false", LINE)


@pytest.fixture(autouse=True)
def _of_this_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def drift(kind: Kind, declared: str, **said: object) -> Drift:
    known: dict[str, object] = {
        "kind": kind, "noun": "trail", "type": "aws_cloudtrail", "declared": declared, "live": f"arn:{declared}",
        "target": "infra", "account": "111122223333", "origin": HEAD,
    }  # fmt: skip
    return Drift(**{**known, **said})  # type: ignore[arg-type] # as the fields are


def verdict(policy: str, declared: str, severity: Severity, *because: str) -> Drift:
    after = Finding(
        policy, "a-name", Outcome.FAIL, severity, f"what {policy} says", f"arn:{declared}", "t", "1", NOWHERE
    )
    before = changed(after, outcome=Outcome.PASS)
    return drift(Kind.VERDICT, declared, noun=policy, before=before, after=after, because=because)


def shown(*drifts: Drift, view: View | None = None, **told: object) -> str:
    told = {"comparison": Comparison(drifts), **told}
    return text.render(Told(**told), view or View())  # type: ignore[arg-type] # as the fields are


def test_verdicts_elsewhere_are_told_with_the_change_that_turned_them() -> None:
    change = drift(Kind.CHANGED, "aws_cloudtrail.a", differences=(LOGGING,), origin=LINE)
    said = "enable_logging of aws_cloudtrail.a"
    filters = [verdict("MONITOR-020", f"filter.{name}", Severity.HIGH, said) for name in "bc"]

    page = shown(change, *filters)

    assert page.startswith("✗ aws_cloudtrail.a  trail\n")
    assert page.count("✗") == 1
    assert "HIGH      MONITOR-020 a-name\n              what MONITOR-020 says: filter.b, filter.c\n" in page
    assert page.count("enable_logging: declared true, there is false") == 1
    assert "2 verdicts turned · 1 changed" in page


def test_what_is_missing_explains_verdicts_as_well() -> None:
    gone = drift(Kind.MISSING, "aws_cloudtrail.a", live="")

    page = shown(gone, verdict("X-1", "filter.b", Severity.LOW, "aws_cloudtrail.a is not there"))

    assert page.startswith("✗ aws_cloudtrail.a  trail  missing  main.tf:1\n")
    assert "X-1" in page
    assert "Missing (" not in page


def test_the_most_severe_comes_first_whatever_it_is_about() -> None:
    page = shown(
        verdict("LOW-1", "b", Severity.LOW),
        verdict("TOP-1", "c", Severity.CRITICAL),
        verdict("MID-1", "d", Severity.HIGH),
    )

    assert page.index("TOP-1") < page.index("MID-1") < page.index("LOW-1")


def test_who_did_what_is_told_where_several_things_changed() -> None:
    prefix = Difference("s3_key_prefix", "prefix", "a", "b", HEAD)
    call = Blame("StopLogging", "2027-01-30T03:12:44Z", "arn:aws:iam::1:user/m", "203.0.113.7", "id", ("logging",))
    change = drift(Kind.CHANGED, "aws_cloudtrail.a", differences=(LOGGING, prefix), by=(call,))

    page = " ".join(shown(change, searched=True).split())

    assert "done: StopLogging by arn:aws:iam::1:user/m from 203.0.113.7, 2027-01-30T03:12:44Z (enable_logging)" in page
    assert "done: s3_key_prefix: in no record that was given" in page
    assert "in no record" not in shown(change), "nobody looked"


def test_two_snapshots_have_other_words() -> None:
    page = shown(drift(Kind.CHANGED, "arn:a", live="arn:a", differences=(LOGGING,)), sides=BEFORE_AND_NOW)

    assert "enable_logging: before: true, now: false" in page
    assert "0 gone · 0 new" in page


def test_nothing_in_it_can_steer_a_terminal() -> None:
    evil = "\x1b[2J"
    difference = Difference(f"c{evil}", "c", f"d{evil}", f"e{evil}", HEAD)
    change = drift(Kind.CHANGED, f"a{evil}", live=f"b{evil}", differences=(difference,))
    unclear = Open(f"g{evil}", "g", f"h{evil}", f"i{evil}", HEAD)
    told = Told(Comparison((change,), ((f"f{evil}", unclear),)))

    for view in (View(), View(quiet=True), View(verbose=True)):
        assert "\x1b" not in text.render(told, view)


def test_only_ascii_where_only_that_can_be_shown() -> None:
    change = drift(Kind.CHANGED, "aws_cloudtrail.a", differences=(LOGGING,))

    assert shown(change, verdict("X-1", "z", Severity.LOW), view=View(ascii=True)).isascii()


def test_secrets_are_masked() -> None:
    change = drift(Kind.CHANGED, "a", differences=(Difference("b", "b", "hunter2hunter2", "other", HEAD),))

    assert "hunter2" not in shown(change, view=View(secrets=frozenset({"hunter2hunter2"})))

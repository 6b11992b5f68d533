"""The report for a comment on a change."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from sample_result import AUDIT, HEAD, VALIDATION, at, finding

from guardrails.findings import Because, Outcome, Result, Waiver
from guardrails.formats.markdown import MARKER, render
from guardrails.formats.view import View
from guardrails.kernel.record import changed
from guardrails.policy import Severity


def test_the_sample(result: Result) -> None:
    text = render(result, View())

    assert text.startswith(f"{MARKER}\n### guardrails: ")
    assert text.index("**HIGH** TRAIL-005") < text.index("**MEDIUM** KMS-001")
    assert "on `module.audit.aws_cloudtrail.this` (`modules/audit/main.tf:5`)" in text
    assert "  - because `enable_log_file_validation` is false" in text
    assert "<details><summary>Not known (" in text
    not_read = text.partition("**Not read**\n\n")[2]
    assert "- an expression is missing (`broken.tf:2`)" in not_read
    assert "is not downloaded" not in not_read


def test_nothing_found(nothing: Result) -> None:
    assert render(nothing, View()).startswith(f"{MARKER}\n### guardrails: 0 failed, 0 unknown, 0 passed\n")


def test_the_same_verdict_on_several_instances_is_one_entry() -> None:
    made = finding("TRAIL-005", Outcome.FAIL, Severity.HIGH, "is wrong", VALIDATION)
    other = changed(made, resource='module.audit["b"].aws_cloudtrail.this')
    text = render(Result(findings=[made, other]), View())

    assert text.count("TRAIL-005") == 1
    assert "`module.audit.aws_cloudtrail.this` and 1 more" in text


def test_what_is_waived_says_why_and_until_when() -> None:
    waiver = Waiver("the digest files go elsewhere", "2027-01-31", HEAD)
    made = finding("TRAIL-005", Outcome.WAIVED, Severity.HIGH, "is wrong", VALIDATION)
    text = render(Result(findings=[changed(made, waiver=waiver)]), View())

    assert "): the digest files go elsewhere (until 2027-01-31)" in text
    assert "1 waived" in text


def test_a_comment_has_only_so_much_room() -> None:
    many = [
        finding("TRAIL-005", Outcome.FAIL, Severity.HIGH, "x" * 5000, at(AUDIT, "name"), resource=f"a.b[{number}]")
        for number in range(500)
    ]
    many = [changed(each, message=f"{number} {each.message}") for number, each in enumerate(many)]
    text = render(Result(findings=many), View())

    assert "- … and 400 more" in text
    assert len(text) < 65_536


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "https://evil.example www.evil.example",
    "@everyone #1",
    "`` ` `",
    "`a` `b",
    "**bold** _it_ | table | ~~x~~ ![i](j)",
    "\x1b[2J\u202e\n# heading\n- item\n<!-- ",
    "</details>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_scanned_text_is_no_markup(text: str) -> None:
    made = finding("TRAIL-005", Outcome.UNKNOWN, Severity.HIGH, "m", HEAD, resource=f"r {text}")
    made = changed(made, because=(Because(f"d {text}", HEAD, "input", f"s {text}"),))
    failed = changed(made, outcome=Outcome.FAIL, message=f"m {text}")
    told = render(Result(findings=[made, failed], notices=[f"n {text}"]), View())
    plain = render(Result(findings=[changed(made, resource="r", because=(Because("d", HEAD),)), failed]), View())

    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "@" not in told.replace("`@everyone #1`", "").replace("`r @everyone #1`", "")
    parsed = MarkdownIt("commonmark").enable("table").parse(told)
    kinds = {token.type for block in parsed for token in [block, *(block.children or ())]}
    assert not kinds & {"link_open", "image", "html_inline", "em_open", "s_open", "table_open"}, kinds
    headings = [token for token in parsed if token.type == "heading_open"]
    assert len(headings) == 1
    html = [token.content for token in parsed if token.type == "html_block"]
    assert all(each.startswith(("<!-- guardrails -->", "<details><summary>", "</details>")) for each in html), html
    assert len(html) == told.count("\n<details>") * 2 + 1
    assert plain

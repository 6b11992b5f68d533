"""Comments are told from what only looks like one, whatever they stand in."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_text import body_tree

from guardrails.sources.terraform.hcl import parse
from guardrails.sources.terraform.hcl.comments import comments
from guardrails.sources.terraform.hcl.jsonsyntax import remarks

_SAMPLE = Path(__file__).parent.joinpath("sample.tf").read_text(encoding="utf-8")


def said(text: str) -> list[str]:
    return [line for comment in comments(text) for _, line in comment.lines() if line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# one\n", ["one"]),
        ("// one\n", ["one"]),
        ("### one ###\n", ["one ###"]),
        ("a = 1 # one\r\n# two\r\n", ["one", "two"]),
        ("a = 1 # one", ["one"]),
        ("\t#\tone\t\n", ["one"]),
        ("/* one */ a /* two */ = /* three */ 1\n", ["one", "two", "three"]),
        ("/**\n * one\n * two\r\n **/\n", ["one", "two"]),
        ("# # one\n", ["# one"]),
        ('a = "# no"\n', []),
        ('a = "\\" # no" # one\n', ["one"]),
        ('a = "${b # one\n}# no"\n', ["one"]),
        ('a = "${f("# no", { b = "// no" } /* one */)}/* no */"\n', ["one"]),
        ('a = "$${ # no" # one\n', ["one"]),
        ('a = "%{ if b /* one */ }# no%{ endif }"\n', ["one"]),
        ("a = <<EOT\n# no\n  EOT\n# one\n", ["one"]),
        ("a = <<-EOT\n  // no ${b /* one */}\n  EOT2\n  # no\n  EOT\n# two\n", ["one", "two"]),
        ("a = [<<A, <<B]\n", []),
        ("a = <<EOT\nEOT\n# one\n", ["one"]),
        ("a = b < 1 # one\n", ["one"]),
        ("a = b / 1 # one\n", ["one"]),
        ("a { # one\n}\n# two", ["one", "two"]),
        ("/* never closed", []),
        ('a = "never closed\n# one\n', ["one"]),
    ],
)
def test_what_is_a_comment(text: str, expected: list[str]) -> None:
    assert said(text) == expected


def test_a_line_of_a_comment_knows_where_it_stands() -> None:
    text = 'a = "x" /* one\n   * two */ # three\r\n'

    assert [(text[at : at + len(line)], line) for c in comments(text) for at, line in c.lines()] == [
        ("one", "one"),
        ("two", "two"),
        ("three", "three"),
    ]


# What is generated knows which of its texts are comments.

_strings = st.sampled_from(['"# S"', '"// S"', '"/* S */"', '"\\"# S"', '"$${ # S }"', "1", "b.c", '""'])
_inline = st.sampled_from(["", "/* C */", " /* C\n C */ "])


def _within(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, _inline).map(lambda two: f'"S ${{{two[1]}{two[0]}}} # S"'),
        st.lists(st.tuples(inner, _inline), max_size=3).map(
            lambda items: "[ # C\n" + "".join(f"{item}{comment}, // C\n" for item, comment in items) + "]"
        ),
        inner.map(lambda value: f"{{ # C\n  k = {value} # C\n  // C\n}}"),
        inner.map(lambda value: f"f(/* C */ {value})"),
        inner.map(lambda value: f'"%{{ if {value} /* C */ }}# S%{{ endif }}"'),
        inner.map(lambda value: f"[\n<<-EOT\n # S ${{{value} /* C */}}\n /* S */ $${{ # S\n EOT\n]"),
    )


_values = st.recursive(_strings, _within, max_leaves=6)
_items = st.one_of(
    _values.map(lambda value: f"= {value} # C\n"),
    _values.map(lambda value: f"= {value}\n"),
    _values.map(lambda value: f'"# S" {{ # C\n  a = {value} // C\n}} /* C */ # C\n'),
)
_files = st.lists(_items, max_size=4).map(
    lambda items: "# C\n" + "".join(f"i{number} {item}" for number, item in enumerate(items))
)


@settings(max_examples=150, deadline=None)
@given(_files, st.sampled_from(["\n", "\r\n"]))
def test_comments_are_found_and_texts_are_none(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    found = comments(text)

    assert parse("x.tf", text).faults == ()
    assert all("S" not in comment.text for comment in found)
    assert sum(comment.text.count("C") for comment in found) == text.count("C")


@settings(max_examples=100, deadline=None)
@given(_files)
def test_a_file_without_its_comments_means_the_same(text: str) -> None:
    assert body_tree(parse("x.tf", blanked(text)).body) == body_tree(parse("x.tf", text).body)


def test_the_sample_without_its_comments_means_the_same() -> None:
    assert len(comments(_SAMPLE)) > 3
    assert body_tree(parse("x.tf", blanked(_SAMPLE)).body) == body_tree(parse("x.tf", _SAMPLE).body)


def blanked(text: str) -> str:
    for comment in comments(text):
        blank = "".join(c if c == "\n" else " " for c in comment.text)
        text = text[: comment.start] + blank + text[comment.stop :]
    return text


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(['"', "${", "}", "{", "#", "//", "/*", "*/", "\n", "<<A\n", "A\n", "\\", "$", "a", " "]))
)
def test_any_text_is_read_to_its_end(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = comments(text)

    assert all(0 <= comment.start < comment.stop <= len(text) for comment in found)
    assert all(one.stop <= two.start for one, two in pairwise(found))


@pytest.mark.parametrize("piece", ['"${', "<<A\n", "/*", "# guardrails: allow\n", '"', "{", "a = <<-B\n${"])
@pytest.mark.timeout(120)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    found = comments(text)

    assert all(0 <= comment.start < comment.stop <= len(text) for comment in found)


def test_remarks_of_a_json_file() -> None:
    text = '{"//": "one", "resource": {"a": {"b": {"//": ["two", 3], "c": [{"//": "th\\u0072ee"}], "d": "// no"}}}}'

    assert [(one[0], text[one[2] : one[3]]) for one in remarks(text)] == [
        ("one", '"one"'),
        ("two", '"two"'),
        ("three", '"th\\u0072ee"'),
    ]
    assert remarks("{") == []

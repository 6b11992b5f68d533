"""Texts and the lines of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guardrails.kernel.origin import SourceFile


@given(st.text("ab\n\r", max_size=12), st.integers(1, 8), st.integers(1, 9))
def test_lines_are_what_line_gives_one_by_one(text: str, first: int, behind: int) -> None:
    file = SourceFile("main.tf", text)
    count = text.count("\n") + 1

    assert file.lines(first, behind) == [file.line(number) for number in range(first, behind) if number <= count]

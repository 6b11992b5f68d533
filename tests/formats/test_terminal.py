"""Text from scanned files on a terminal: harmless, and wrapped."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.formats.terminal import UNSAFE, Page, harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – “text” with ünïcode", "plain – “text” with ünïcode"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\x7f", "a\\x0ab\\x7f"),
        ("left\u202eright\u200b", "left\\u202eright\\u200b"),
        ("\udc80", "\\udc80"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("no-break\xa0space", "no-break\xa0space"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_no_unsafe_character_counts_as_printable() -> None:
    unsafe = re.compile(UNSAFE)
    found = [chr(code) for code in range(0x110000) if unsafe.match(chr(code))]

    assert len(found) > 2000
    assert not any(character.isprintable() for character in found)


@settings(deadline=None)
@given(st.lists(st.text("ab-", min_size=1, max_size=60), min_size=1, max_size=20), st.integers(41, 110))
def test_prose_is_wrapped_as_the_standard_library_does(words: list[str], width: int) -> None:
    page = Page(width=width, colour=False, ascii_only=False)
    page.prose(" ".join(words), indent=0)

    expected = textwrap.wrap(" ".join(words), width, break_on_hyphens=False)
    assert page.text().splitlines() == [line.rstrip() for line in expected]

"""What the text of a waiver asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.waiver_text import Asked, is_day, read

END = "2027-01-31"


@pytest.mark.parametrize(
    ("text", "names", "reason", "until"),
    [
        (f"allow KMS-001 -- why, until {END}", ("KMS-001",), "why", END),
        (f"allow  a, b c,d\t--\twhy not  this, until {END}.", ("a", "b", "c", "d"), "why not this", END),
        (f"allow a a -- why until {END}", ("a",), "why", END),
        (f"allow a — why; until: {END}", ("a",), "why", END),
        (f"allow a --why, until {END}", ("a",), "why", END),
        (f"allow a -- it waits until the move, until {END}", ("a",), "it waits until the move", END),
        (f"allow a -- one -- two, until {END}", ("a",), "one -- two", END),
        ("allow a -- why", ("a",), "why", ""),
        ("allow a -- it waits until the move", ("a",), "it waits until the move", ""),
        (f"allow a -- until {END}", ("a",), "", END),
        (f"allow a until {END}", ("a",), "", END),
        (f"allow a -- , until {END}", ("a",), "", END),
        ("allow a", ("a",), "", ""),
        ("allow a --", ("a",), "", ""),
    ],
)
def test_a_waiver_that_can_be_read(text: str, names: tuple[str, ...], reason: str, until: str) -> None:
    assert read(text) == Asked(names, (), reason, until)


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ('["prod"]', ('["prod"]',)),
        ("[0], [12]", ("[0]", "[12]")),
        ('["a b"] ["c\\"]d"]', ('["a b"]', '["c\\"]d"]')),
    ],
)
def test_instances_are_named_by_their_keys(where: str, keys: tuple[str, ...]) -> None:
    assert read(f"allow a, b for {where} -- why, until {END}") == Asked(("a", "b"), keys, "why", END)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"skip a -- why, until {END}", "`skip` is not a word for a waiver"),
        ("allow", "it names no policy"),
        (f"allow -- why, until {END}", "it names no policy"),
        ("allow a -- why, until soon", "`soon` is no date"),
        ("allow a -- why, until 2027-02-29", "`2027-02-29` is no date"),
        ("allow a -- why, until 31.01.2027", "`31.01.2027` is no date"),
        ("allow a -- why, until 20270131", "`20270131` is no date"),
        ("allow a -- why, until 2027-W05-1", "`2027-W05-1` is no date"),
        (f"allow a for [prod] -- why, until {END}", 'behind `for` it must name instances as `["prod"]` or `[0]`'),
    ],
)
def test_a_waiver_that_cannot_be_read_says_why(text: str, fault: str) -> None:
    (said,) = read(text).faults

    assert said.startswith(fault)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    asked = read(f"allow {text}")

    assert asked.faults or asked.names
    assert asked.faults or not asked.until or is_day(asked.until)

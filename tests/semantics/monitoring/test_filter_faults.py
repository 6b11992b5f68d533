"""What is refused, where it is wrong, and what is said about it; and what nobody documents."""

from __future__ import annotations

import pytest

from guardrails.semantics.filter_patterns import FilterPattern, PatternFault, parse

REFUSED = {
    "{ $.a == 1 }": (6, "write `=`"),
    "{ $.a = 1": (9, "`}` is missing"),
    "{ $.a }": (6, "expected `=`"),
    "{ $.a EXISTS }": (6, "`= *`"),
    "{ $.a IS NOT NULL }": (6, "`IS NOT` is not supported"),
    "{ }": (2, "expected a selector"),
    "{ eventName = CreateUser }": (2, "expected a selector"),
    "{ ($.a = 1 }": (2, "not closed"),
    "{ $.a = 1) }": (9, "expected `&&`, `||` or the closing brace"),
    "{ ($.a = 1 $.b = 2) }": (11, "expected `&&`, `||` or `)`"),
    "{ $.a = 1 & $.b = 2 }": (10, "expected `&&`"),
    "{ $.a = 1 && }": (13, "expected a selector"),
    "{ $.a = 1 } }": (12, "nothing may follow"),
    '{ $.a = "x }': (8, "quotation mark is not closed"),
    "{ $.a = %x }": (8, "`%` is missing"),
    "{ $.a = %(x)% }": (9, "`\\x28`"),
    "{ $.a = %x{3,1}% }": (10, "smaller number last"),
    "{ $.a = %[z-a]% }": (11, "no range"),
    "{ $.a = %*x% }": (9, "nothing before `*`"),
    "{ $.a = %[x% }": (9, "not closed"),
    "{ $.a = %\\d\\b% }": (11, "`\\b`"),
    "{ $.a > x }": (8, "compares with a number"),
    "{ $.a = $.b }": (8, "not another field"),
    "{ $.a = }": (8, "expected a value"),
    "{ $a = 1 }": (2, "a selector names a field"),
    "{ $.a[x] = 1 }": (5, "expected an index"),
    "{ $..a = 1 }": (4, "name of a field"),
    "{ $.a[*].b[*] = 1 }": (2, "at most one wildcard"),
    "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.* = 1 }": (0, "at most three"),
    "{ $.a = %x% || $.b = %y% || $.c = %z% }": (0, "at most two regular"),
    "user.name": (4, "quote a term"),
    "-": (1, "quote a term"),
    "[a, b=]": (6, "expected a value"),
    "[a b]": (3, "comma"),
    "[a=1 && b=2]": (8, "`a`"),
    "[..., a, ...]": (9, "only once"),
    "[a > x]": (5, "compares with a number"),
    "[a": (2, "closing bracket"),
    "[]": (1, "name of a field"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_refused_pattern_says_what_is_wrong_and_where(text: str) -> None:
    found = parse(text)
    position, message = REFUSED[text]

    assert isinstance(found, PatternFault)
    assert found.position == position, found.message
    assert message in found.message


def test_a_pattern_may_have_1024_characters() -> None:
    name = "x" * (1024 - len("{ $.a =  }"))
    longer = parse(f"{{ $.a = {name}x }}")

    assert isinstance(parse(f"{{ $.a = {name} }}"), FilterPattern)
    assert isinstance(longer, PatternFault)
    assert "1,025 characters" in longer.message


UNDOCUMENTED = (
    "{ $.a not exists }",
    "{ $.a is null }",
    '{ $.a = "x\\y" }',
    '{ $.a = "x\\"y" }',
    "error %x%",
)


@pytest.mark.parametrize("text", UNDOCUMENTED)
def test_what_nobody_documents_is_neither_refused_nor_decided(text: str) -> None:
    found = parse(text)

    assert isinstance(found, FilterPattern)
    assert found.doubts
    assert found.matches({"b": 1}) is None
    assert found.matches_message("no JSON") is None


def test_a_repetition_beyond_measure_is_our_limit_and_not_a_fault() -> None:
    found = parse("{ $.a = %x{900000}% }")

    assert isinstance(found, PatternFault)
    assert found.limit


def test_brackets_may_be_nested_to_the_end() -> None:
    text = "{" + "(" * 500 + "$.a = 1" + ")" * 500 + "}"
    found = parse(text)
    mixed = "{" + "($.a=1||($.a=2&&" * 50 + "$.a=3" + "))" * 50 + "}"
    deep = parse(mixed)

    assert isinstance(found, FilterPattern)
    assert str(found) == "{ $.a = 1 }"
    assert isinstance(deep, FilterPattern)
    assert deep.matches({"a": 2}) is False
    assert deep.matches({"a": 1}) is True


def test_kinds_are_told_apart() -> None:
    kinds = {text: parse(text) for text in ("{ $.a = %x% }", "[a, b=%x%]", "%x%", "x", " ")}

    assert {text: isinstance(found, FilterPattern) and found.is_json for text, found in kinds.items()} == {
        "{ $.a = %x% }": True,
        "[a, b=%x%]": False,
        "%x%": False,
        "x": False,
        " ": False,
    }
    assert [isinstance(found, FilterPattern) and found.has_regex for found in kinds.values()] == [
        True,
        True,
        True,
        False,
        False,
    ]

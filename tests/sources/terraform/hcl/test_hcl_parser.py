"""Trees and spans of the native syntax, and what is left of a file that has faults."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tree_text import body_tree, tree

from guardrails.sources.terraform.hcl import nodes, parse

if TYPE_CHECKING:
    from collections.abc import Callable


def _value(source: str) -> nodes.Expression:
    parsed = parse("main.tf", f"x = {source}\n")
    assert not parsed.faults
    return parsed.body.arguments["x"].value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a + b * c", "(+ a (* b c))"),
        ("a * b + c", "(+ (* a b) c)"),
        ("a - b - c", "(- (- a b) c)"),
        ("(a - (b)) * -c", "(* (- a b) (- c))"),
        ("a-b", "a-b"),
        ("a || b && c == d < e + f * g", "(|| a (&& b (== c (< d (+ e (* f g))))))"),
        ("a * b + c < d == e && f || g", "(|| (&& (== (< (+ (* a b) c) d) e) f) g)"),
        ("-a.b", "(- (. a b))"),
        ("!!a && !b[0]", "(&& (! (! a)) (! ([] b 0)))"),
        ("a ? b : c ? d : e", "(? a b (? c d e))"),
        ("a == b ? c + 1 : d", "(? (== a b) (+ c 1) d)"),
        ("a[b ? 0 : 1].c", "(. ([] a (? b 0 1)) c)"),
    ],
)
def test_operators(source: str, expected: str) -> None:
    assert tree(_value(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.b.c", "(. (. a b) c)"),
        ('a["b"].c[0]', "([] (. ([] a 'b') c) 0)"),
        ("a.0.b", "(. ([] a 0) b)"),
        ("a.10.b[c.d]", "([] (. ([] a 10) b) (. c d))"),
        ("a[*].b[0].c", "(* a (. ([] (. @ b) 0) c))"),
        ("a.*.b.c[0]", "([] (* a (. (. @ b) c)) 0)"),
        ("a.*.0.b", "(* a (. ([] @ 0) b))"),
        ("a[*]", "(* a @)"),
        ("a[*].b[*].c", "(* a (* (. @ b) (. @ c)))"),
        ("f(x).y", "(. (f() x) y)"),
        ("true.x", "(. True x)"),
        ("[a][0]", "([] [a] 0)"),
        ("(a).b", "(. a b)"),
        ("é.ü", "(. é ü)"),
        ("a.for.null", "(. (. a for) null)"),
    ],
)
def test_steps(source: str, expected: str) -> None:
    assert tree(_value(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[]", "[]"),
        ('["a", b.c, 3, true, [null]]', "['a' (. b c) 3 True [None]]"),
        ("[\n# c\n a, // d\n b /* e */,\n]", "[a b]"),
        ("{}", "{}"),
        ("{ a = 1, b : c\nd = [\n1 ] }", "{'a': 1, 'b': c, 'd': [1]}"),
        ('{ "a b" = 1, "${c}" = 2, "d-${e}" = 3 }', "{'a b': 1, c: 2, <'d-' e>: 3}"),
        ("{ (a) = 1, (b.c) = 2, d.e = 3 }", "{a: 1, (. b c): 2, (. d e): 3}"),
        ("{ true = 1, 1 = 2, in = 3, é = 4 }", "{'true': 1, 1: 2, 'in': 3, 'é': 4}"),
        ("f()", "(f())"),
        ("f(a, [b]...)", "(f() a [b] ...)"),
        ("provider::aws :: arn_parse(a,)", "(provider::aws::arn_parse() a)"),
        ("[for x in y : x]", "[for - x y : x -]"),
        ("[for i, x in y : f(i) if x]", "[for i x y : (f() i) x]"),
        ("{for k, v in y : k => v}", "{for k v y : k => v -}"),
        ("{\n for k, v in y :\n k => v... if v\n}", "{for k v y : k => v... v}"),
    ],
)
def test_collections_and_calls(source: str, expected: str) -> None:
    assert tree(_value(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0", 0),
        ("007", 7),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("1.5", Decimal("1.5")),
        ("1e5", 100000),
        ("1.50e1", 15),
        ("1e-2", Decimal("0.01")),
        ("0.1000000000000000055511151231257827021181583404541015625", None),
    ],
)
def test_numbers_are_exact(source: str, expected: int | Decimal | None) -> None:
    value = _value(source)

    assert isinstance(value, nodes.Literal)
    assert value.value == (Decimal(source) if expected is None else expected)
    assert type(value.value) is (int if isinstance(expected, int) else Decimal)


def test_bodies() -> None:
    parsed = parse(
        "main.tf",
        'a = 1 # one\nb "l" m "n\\"o" {\n  c = "d"\n\n  e {}\n  e { f = [\n1] }\n  ü = 2\n}\n'
        '/* end */ z { y = "$${x}" }',
    )

    assert not parsed.faults
    assert body_tree(parsed.body) == ("{a = 1; b 'l' 'm' 'n\"o' {c = 'd'; ü = 2; e {}; e {f = [1]}}; z {y = '${x}'}}")


def test_spans() -> None:
    text = 'resource "a" "b" /* c */ {\n  x   = (y + 1).z[ 0 ] # w\n\n  v { u = "t-${s}" }\n}\n'
    parsed = parse("main.tf", text)
    (block,) = parsed.body.blocks
    argument = block.body.arguments["x"]
    (inner,) = block.body.blocks
    value = argument.value
    assert isinstance(value, nodes.Index)
    assert isinstance(value.target, nodes.GetAttribute)
    template = inner.body.arguments["u"].value
    assert isinstance(template, nodes.Template)

    assert text[block.start : block.header_stop] == 'resource "a" "b"'
    assert text[block.start : block.stop] == text.rstrip("\n")
    assert text[argument.start : argument.stop] == "x   = (y + 1).z[ 0 ]"
    assert text[value.start : value.stop] == "(y + 1).z[ 0 ]"
    assert text[value.target.start : value.target.stop] == "(y + 1).z"
    assert text[value.target.target.start : value.target.target.stop] == "y + 1"
    assert text[inner.start : inner.header_stop] == "v"
    assert text[inner.start : inner.stop] == 'v { u = "t-${s}" }'
    assert text[template.start : template.stop] == '"t-${s}"'
    assert [text[part.start : part.stop] for part in template.parts] == ["t-", "s"]
    assert argument.file is block.file is parsed.file


def _summary(source: str | bytes) -> tuple[str, list[tuple[str, int]]]:
    """What is left of the file, and its faults with their lines."""
    parsed = parse("main.tf", source)
    faults = [(fault.summary, parsed.file.position(fault.offset)[0]) for fault in parsed.faults]
    return body_tree(parsed.body), faults


def test_only_the_broken_block_is_lost() -> None:
    left, faults = _summary(
        'variable "a" {}\n'
        'resource "b" "c" {\n  x = [1 2]\n  y {\n  }\n}\n'
        'variable "d" {}\n'
        'locals {\n  e = "\n}\n'
        'variable "f" {}\n'
    )

    assert left == "{variable 'a' {}; variable 'd' {}; variable 'f' {}}"
    assert faults == [("Missing item separator", 3), ("Invalid multi-line string", 9)]


def test_block_that_is_never_closed() -> None:
    left, faults = _summary(
        'variable "a" {\n  tags = {\n    x = 1\n}\n\nvariable "b" {\n  type = any\n}\nlocals {\n}\n'
    )

    assert left == "{variable 'b' {type = any}; locals {}}"
    assert faults == [("Unclosed configuration block", 1)]


def test_two_blocks_that_are_never_closed() -> None:
    """Terraform speaks of the inner one only; the first costs nothing but itself."""
    left, faults = _summary('data "a" "b" {\ndata "c" "d" {\n}\ndata "e" "f" {\n  x = 1\n')

    assert left == "{data 'c' 'd' {}}"
    assert faults == [("Unclosed configuration block", 4)]


def test_heredoc_that_is_never_closed() -> None:
    left, faults = _summary('locals {\n  a = <<EOT\n  text\n}\n\nvariable "b" {}\n')

    assert left == "{variable 'b' {}}"
    assert faults == [("Unterminated template string", 7)]


def test_first_fault_is_terraforms() -> None:
    """Terraform reads to the end in search of the marker, and never meets the other fault."""
    left, faults = _summary('locals {\n  a = <<EOT\n}\nvariable "b" {\n  c = = 1\n}\nvariable "d" {}\n')

    assert left == "{variable 'd' {}}"
    assert faults == [("Unterminated template string", 8), ("Invalid expression", 5)]


def test_lines_of_heredocs_comments_and_strings_begin_no_block() -> None:
    left, faults = _summary(
        'locals {\n  a = <<EOT\nvariable "no" {}\n${b c}\nvariable "no" {}\nEOT\n  d = "/*"\n'
        '/*\nvariable "no" {}\n*/\n}\nvariable "yes" {}\n'
    )

    assert left == "{variable 'yes' {}}"
    assert faults == [("Extra characters after interpolation expression", 4)]


def test_nested_blocks_at_the_margin_begin_no_top_level_block() -> None:
    left, faults = _summary('resource "a" "b" {\nx = 1 2\nlifecycle {\n}\n}\nb = 1\n')

    assert left == "{b = 1}"
    assert faults == [("Missing newline after argument", 2)]


def test_arguments_of_variable_files() -> None:
    left, faults = _summary('a = [\n  1 2\n]\nb = "x"\nb = "y"\nc = {\n  d = 1\n}}\ne = 3\n')

    assert left == "{b = 'x'; e = 3}"
    assert faults == [("Missing item separator", 2), ("Attribute redefined", 5), ("Missing newline after argument", 8)]


def test_stray_text_between_blocks() -> None:
    left, faults = _summary("a {}\n<<<<<<< HEAD\nb {}\n=======\nc {}\n>>>>>>> x\n}\nd {}\n")

    assert left == "{a {}; b {}; c {}; d {}}"
    assert [line for _, line in faults] == [2, 4, 6]


def test_mild_faults_lose_their_block_too() -> None:
    left, faults = _summary('a {\n  b = "\\x"\n  c = 1\n  c = 2\n}\nd {}\n')

    assert left == "{d {}}"
    assert faults == [("Invalid escape sequence", 2), ("Attribute redefined", 4)]


def test_fault_says_what_was_expected_and_met() -> None:
    (fault,) = parse("main.tf", 'x = ["a" "b"]\n').faults

    assert fault.detail == 'expected a comma or a closing bracket, found `"b"`'


def test_bytes_that_are_not_utf8_cost_the_file() -> None:
    left, faults = _summary(b'a = 1\nb = "x\xff"\nc = 3\n')

    assert left == "{}"
    assert faults == [("Invalid character encoding", 2)]


def test_comments_may_be_in_any_encoding() -> None:
    """As for terraform itself."""
    left, faults = _summary(b"# caf\xe9\na = 1 // \xff\n/* \x80 */ b = 2\n")

    assert left == "{a = 1; b = 2}"
    assert faults == []


def test_byte_order_mark_is_no_text() -> None:
    parsed = parse("main.tf", b"\xef\xbb\xbfx = 1\n")

    assert parsed.file.text == "x = 1\n"
    assert not parsed.faults


@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: "[" * depth + "]" * depth,
        lambda depth: "(" * depth + "1" + ")" * depth,
        lambda depth: "{a=" * depth + "1" + "}" * depth,
        lambda depth: "f(" * depth + ")" * depth,
        lambda depth: "a[" * depth + "0" + "]" * depth,
        lambda depth: "!" * depth + "a",
        lambda depth: "a ? b : " * depth + "c",
        lambda depth: "a" + "[*]" * depth,
        lambda depth: '"${' * depth + "a" + '}"' * depth,
        lambda depth: '1 + "%{if ' * depth + "a" + '}%{endif}"' * depth,
        lambda depth: '"' + "%{if a}" * depth + "%{endif}" * depth + '"',
        lambda depth: "[for x in y : " * depth + "1" + "]" * depth,
        lambda depth: (
            "".join(f"<<E{level}\n${{" for level in range(depth))
            + "1"
            + "".join(f"}}\nE{level}\n" for level in reversed(range(depth)))[:-1]
        ),
    ],
)
def test_nesting_is_limited(nested: Callable[[int], str]) -> None:
    limit = sys.getrecursionlimit()

    assert not parse("main.tf", f"x = {nested(240)}\ny = 1\n").faults
    assert parse("main.tf", f"x = {nested(20_000)}\ny = 1\n").faults[0].summary == "nesting too deep"
    assert sys.getrecursionlimit() == limit


def test_nested_blocks_are_limited() -> None:
    assert not parse("main.tf", "a {\n" * 240 + "}\n" * 240).faults
    assert parse("main.tf", "a {\n" * 1000 + "}\n" * 1000).faults[0].summary == "nesting too deep"


def test_long_chains_need_no_depth() -> None:
    value = _value(" + ".join(["1"] * 5000))

    assert isinstance(value, nodes.Binary)
    assert _value("a" + ".b" * 5000).stop == 4 + 10001

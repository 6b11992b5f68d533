"""Templates in YAML: what they hold, where it is written, and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from trees import keys, nodes, plain, refused, template, written

from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.nodes import Broken, Call, Mapping, Scalar

FUNCTIONS = """\
ref: !Ref Bucket
condition: !Condition IsProduction
attribute: !GetAtt Trail.Arn
listed: !GetAtt [Trail, Arn]
text: !Sub
  - ${A}-${B}
  - A: !Ref A
    B: {Ref: B}
long:
  Fn::Join:
    - ""
    - - a
      - Fn::GetAtt: [Trail, Arn]
choice: !If [C, !Ref A, !Ref "AWS::NoValue"]
block: !Sub |
  arn:${AWS::Partition}:s3:::x
flow: {"Fn::Sub": "${A}"}
base: !Base64
  Fn::Sub: x
include: !Transform {Name: AWS::Include, Parameters: {Location: s3://x}}
number: !Ref 123
nothing: !Ref
"""


def test_functions_have_one_form() -> None:
    assert plain(template(FUNCTIONS).root) == {
        "ref": {"Ref": "Bucket"},
        "condition": {"Condition": "IsProduction"},
        "attribute": {"Fn::GetAtt": "Trail.Arn"},
        "listed": {"Fn::GetAtt": ["Trail", "Arn"]},
        "text": {"Fn::Sub": ["${A}-${B}", {"A": {"Ref": "A"}, "B": {"Ref": "B"}}]},
        "long": {"Fn::Join": ["", ["a", {"Fn::GetAtt": ["Trail", "Arn"]}]]},
        "choice": {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]},
        "block": {"Fn::Sub": "arn:${AWS::Partition}:s3:::x\n"},
        "flow": {"Fn::Sub": "${A}"},
        "base": {"Fn::Base64": {"Fn::Sub": "x"}},
        "include": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://x"}}},
        "number": {"Ref": "123"},
        "nothing": {"Ref": ""},
    }


def test_places_of_functions() -> None:
    text = written(FUNCTIONS)
    assert text["ref"] == "!Ref Bucket"
    assert text["ref.Ref"] == "Bucket"
    assert text["block"] == "!Sub |\n  arn:${AWS::Partition}:s3:::x"
    assert text["block.Fn::Sub"] == "|\n  arn:${AWS::Partition}:s3:::x"
    assert text["text"] == "!Sub\n  - ${A}-${B}\n  - A: !Ref A\n    B: {Ref: B}"
    assert text["text.Fn::Sub"] == "- ${A}-${B}\n  - A: !Ref A\n    B: {Ref: B}"
    assert text["text.Fn::Sub[1].B"] == "{Ref: B}"
    assert text["long"] == 'Fn::Join:\n    - ""\n    - - a\n      - Fn::GetAtt: [Trail, Arn]'
    assert text["base.Fn::Base64"] == "Fn::Sub: x"
    names = keys(FUNCTIONS)
    assert names["ref"] == "ref"
    assert names["ref.Ref"] == "!Ref"
    assert names["text.Fn::Sub[1].B.Ref"] == "Ref"
    assert names["flow.Fn::Sub"] == '"Fn::Sub"'


def test_what_is_no_function() -> None:
    found = template("""\
Resources: {Ref: {Type: "AWS::SNS::Topic"}}
Statement: {Condition: {Bool: {aws:SecureTransport: false}}}
Both: {Ref: a, Other: b}
One: {Condition: x}
""").root

    for name in ("Resources", "Statement", "Both", "One"):
        assert isinstance(found.get(name), Mapping)


def test_a_section_may_hold_one_loop_alone() -> None:
    section = template("Resources:\n  Fn::ForEach::Topics:\n    - Name\n    - [a, b]\n    - {}\n").root.get("Resources")

    assert isinstance(section, Call)
    mapping = section.as_mapping()
    assert [entry.key for entry in mapping.entries] == ["Fn::ForEach::Topics"]
    assert mapping.get("Fn::ForEach::Topics") is section.argument


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("true", True),
        ("True", True),
        ("yes", True),
        ("Off", False),
        ("NO", False),
        ("y", "y"),
        ("n", "n"),
        ("0", 0),
        ("-12", -12),
        ("+1_000", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("0755", 493),
        ("012345678901", "012345678901"),
        ("0123456701", 21913025),
        ("123456789012", 123456789012),
        ("1:30", 90),
        ("-1:30:00", -5400),
        ("1:30.5", Decimal("90.5")),
        ("1.10", Decimal("1.1")),
        (".5", Decimal("0.5")),
        ("1.", Decimal(1)),
        ("1e3", "1e3"),
        ("1.0e+3", Decimal(1000)),
        ("1.0e3", "1.0e3"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2012-10-17", "2012-10-17"),
        ("2012-10-17T10:00:00Z", "2012-10-17T10:00:00Z"),
        ("=", "="),
        ("1" * 500, "1" * 500),
        ("1.0e+99999999", "1.0e+99999999"),
        ("!!str 12", "12"),
        ("!!str", ""),
        ("! 12", "12"),
        ("!!int '12'", 12),
        ("!!float 1.5", Decimal("1.5")),
        ("!!bool yes", True),
        ("!!null x", None),
        ("!!timestamp 2012-10-17", "2012-10-17"),
        ("'12'", "12"),
        ('"\\u00e9\\n"', "é\n"),
        ("'it''s'", "it's"),
        ("|\n  a\n   b\n", "a\n b\n"),
        (">-\n  a\n  b\n", "a b"),
        ("a\n  b", "a b"),
        ("&x yes", True),
        ("&x 'yes'", "yes"),
    ],
)
def test_scalars(text: str, content: object) -> None:
    found = template(f"key: {text}\n").root.get("key")

    assert isinstance(found, Scalar)
    assert found.content == content
    assert type(found.content) is type(content)


@pytest.mark.parametrize("text", ["012345678901", "0755", "yes", "1.10", "2012-10-17", "~", "1:30", "1_000"])
def test_the_text_is_as_written(text: str) -> None:
    found = template(f"a: {text}\nb: '{text}'\n").root

    plainly, quoted = found.get("a"), found.get("b")
    assert isinstance(plainly, Scalar)
    assert isinstance(quoted, Scalar)
    assert (plainly.text, plainly.quoted) == (text, False)
    assert (quoted.text, quoted.content, quoted.quoted) == (text, text, True)


PLACES = """\
a: plain
b: two
  lines # a comment
"c": "double
  quoted"
'd': 'single'
e: |2
   block

   text

f: >-
  folded
g:
- one
-   - two
    - three
h: [1, {i: 2}, "3"]
j:
k: {l: [], m: {}, n}
é: ü # é
? o
: p
q: &anchor {r: s}
t: *anchor
u: !!str 1
v: &text !!str # why
  w
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_places(end: str, mark: str) -> None:
    text = written(mark + PLACES.replace("\n", end))

    assert {path: said.replace(end, "\n") for path, said in text.items()} == {
        "a": "plain",
        "b": "two\n  lines",
        "c": '"double\n  quoted"',
        "d": "'single'",
        "e": "|2\n   block\n\n   text",
        "f": ">-\n  folded",
        "g": "- one\n-   - two\n    - three",
        "g[0]": "one",
        "g[1]": "- two\n    - three",
        "g[1][0]": "two",
        "g[1][1]": "three",
        "h": '[1, {i: 2}, "3"]',
        "h[0]": "1",
        "h[1]": "{i: 2}",
        "h[1].i": "2",
        "h[2]": '"3"',
        "j": "",
        "k": "{l: [], m: {}, n}",
        "k.l": "[]",
        "k.m": "{}",
        "k.n": "",
        "é": "ü",
        "o": "p",
        "q": "{r: s}",
        "q.r": "s",
        "t": "{r: s}",
        "t.r": "s",
        "u": "1",
        "v": "w",
    }
    assert keys(PLACES)["c"] == '"c"'
    assert keys(PLACES)["o"] == "o"
    assert keys(PLACES)["t"] == "t"


def test_lines_and_columns() -> None:
    found = template("\ufeffa: 1\r\nb:\r\n  é: {c: 'ü', d: [x,  y]}\r\n")
    at = {path: found.source.position(node.start) for path, node in nodes(found.root)}

    assert at["a"] == (1, 4)
    assert at["b.é"] == (3, 6)
    assert at["b.é.c"] == (3, 10)
    assert at["b.é.d[1]"] == (3, 23)


def test_what_is_written_elsewhere_ends_with_its_key() -> None:
    found = template("a: &x {b: c}\nd: *x\ne:\n  <<: *x\n  f: g\nh:\n").root

    text = {entry.key: (entry.start, entry.stop) for entry in found.entries}
    assert text == {"a": (0, 12), "d": (13, 14), "e": (19, 37), "h": (38, 40)}


def test_merge_keys() -> None:
    found = template("""\
one: &one {a: 1, b: 1}
two: &two {b: 2, c: 2}
three: {<<: *one, a: 3}
four: {a: 4, <<: *one}
five: {<<: [*one, *two], d: 5}
six:
  <<: *one
  <<: *two
seven: {"<<": *one}
eight: &eight {<<: *two, e: 8}
nine: {<<: *eight}
ten: {<<: {Ref: x}}
""")

    assert plain(found.root) == {
        "one": {"a": 1, "b": 1},
        "two": {"b": 2, "c": 2},
        "three": {"a": 3, "b": 1},
        "four": {"a": 4, "b": 1},
        "five": {"a": 1, "b": 1, "c": 2, "d": 5},
        "six": {"a": 1, "b": 1, "c": 2},
        "seven": {"<<": {"a": 1, "b": 1}},
        "eight": {"b": 2, "c": 2, "e": 8},
        "nine": {"b": 2, "c": 2, "e": 8},
        "ten": {"Ref": "x"},
    }
    assert found.faults == ()


def test_a_key_that_is_written_twice() -> None:
    found = template("a: 1\nb:\n  c: 1\n  d: 2\n  'c': 3\n  c: 4\n")

    assert plain(found.root) == {"a": 1, "b": {"c": 4, "d": 2}}
    assert [(fault.detail, found.source.position(fault.start)) for fault in found.faults] == [
        ("`c` is written twice, here and in line 3: only the last one counts", (5, 3)),
        ("`c` is written twice, here and in line 5: only the last one counts", (6, 3)),
    ]
    reason = found.faults[0].reason(found.source)
    assert (reason.why, reason.origin.line, reason.origin.text) == (Why.INVALID, 5, "'c'")


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("a: {[b]: c}", "a key is no text", (1, 4)),
        ("a: {{b: c}: d}", "a key is no text", (1, 4)),
        ("a: {!Ref b : c}", "a key is no text", (1, 4)),
        ("a: {~: c}", "a key is no text", (1, 4)),
        ("a: !!binary aGk=", "`tag:yaml.org,2002:binary` is nothing that a template may hold", (1, 4)),
        ("a: !!set {b}", "`tag:yaml.org,2002:set` is nothing that a template may hold", (1, 4)),
        ("a: !!int b", "`tag:yaml.org,2002:int` is nothing that a template may hold", (1, 4)),
        ("a: !<x:y> b", "`x:y` is nothing that a template may hold", (1, 4)),
        ("a: {<<: b}", "what `<<` merges is no mapping", (1, 4)),
        ("a: {<<: [{b: c}, d]}", "what `<<` merges is no mapping", (1, 4)),
    ],
)
def test_what_makes_no_sense_breaks_what_holds_it_only(text: str, message: str, where: tuple[int, int]) -> None:
    found = template(f"{text}\nsound: 1\n")

    broken = found.root.get("a")
    assert isinstance(broken, Broken)
    assert broken.message == message
    assert [(fault.detail, found.source.position(fault.start)) for fault in found.faults] == [(message, where)]
    assert plain(found.root) == {"a": f"<{message}>", "sound": 1}


@pytest.mark.parametrize(
    ("text", "detail", "where"),
    [
        (
            "a: [1\nb: 2",
            "did not find expected ',' or ']' while parsing a flow sequence that begins in line 1, at `: 2`",
            (2, 2),
        ),
        (
            "a: 'x\nb: 1",
            "found unexpected end of stream while scanning a quoted scalar that begins in line 1,"
            " at the end of the file",
            (2, 5),
        ),
        ("a: b: c", "mapping values are not allowed in this context, at `: c`", (1, 5)),
        (
            "a:\n\t- b",
            "found character that cannot start any token while scanning for the next token, at a tab",
            (2, 1),
        ),
        ("a: \x07", "the character U+0007 may not stand in YAML", (1, 4)),
        ("é: é\n\x07", "the character U+0007 may not stand in YAML", (2, 1)),
        ("a: *x", "there is no `&x` before `*x`", (1, 4)),
        ("a: &x [*x]", "`*x` stands for itself", (1, 8)),
        ("a: &x {b: [{c: *x}]}", "`*x` stands for itself", (1, 16)),
        ("a: !Base64 !Sub x", "did not find expected key while parsing a block mapping, at `!Sub x`", (1, 12)),
        ("a: !no!such x", "found undefined tag handle while parsing a node, at `!no!such x`", (1, 4)),
        ("a: @x", "found character that cannot start any token while scanning for the next token, at `@x`", (1, 4)),
        ("a: \ud800", "half of a character", (1, 4)),
        ("  a: 1\n b: 2", "did not find expected <document start>, at `b: 2`", (2, 2)),
    ],
)
def test_syntax_errors(text: str, detail: str, where: tuple[int, int]) -> None:
    reason = refused(text)

    assert reason.why is Why.INVALID
    assert reason.detail == f"syntax error: {detail}"
    assert (reason.origin.line, reason.origin.column) == where


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "a\n", "!Ref a\n", "!Sub {a: b}\n", "---\n...\n", "42"])
def test_a_template_is_a_mapping(text: str) -> None:
    assert refused(text).detail == "a template is a mapping, and this is none"


@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "---\na: 1\n---\n", "---\n---\na: 1\n"])
def test_a_template_is_one_document(text: str) -> None:
    reason = refused(text)

    assert reason.detail == "several documents in one file: a template is one document"
    assert reason.settle == "put each into a file of its own"
    assert reason.origin.line == text[: text.rindex("---")].count("\n") + 1


def test_directives_and_markers() -> None:
    assert plain(template("%YAML 1.1\n%TAG !y! tag:yaml.org,2002:\n--- # start\na: !y!str 1\n...\n# end\n").root) == {
        "a": "1"
    }

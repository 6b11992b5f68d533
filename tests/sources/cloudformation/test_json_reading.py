"""Templates in JSON: what they hold, where it is written, and what is wrong with them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import keys, plain, refused, template, written

from guardrails.kernel.why import Why
from guardrails.sources.cloudformation.nodes import Scalar

TEXT = """\
{"a": [1, -2.50,\t"x\\u00e9\\n\\ud83d\\ude00", true, null, {}, []],
 "b": {"Ref": "A"},
 "c" : {"Fn::Join": ["", [{"Fn::GetAtt": ["T", "Arn"]}]]}
}
"""


def test_values() -> None:
    assert plain(template(TEXT).root) == {
        "a": [1, Decimal("-2.50"), "xé\n😀", True, None, {}, []],
        "b": {"Ref": "A"},
        "c": {"Fn::Join": ["", [{"Fn::GetAtt": ["T", "Arn"]}]]},
    }


@pytest.mark.parametrize("mark", ["", "\ufeff", " \n"], ids=["plain", "byte order mark", "blank"])
def test_places(mark: str) -> None:
    text, names = written(mark + TEXT), keys(mark + TEXT)

    assert text["a"] == '[1, -2.50,\t"x\\u00e9\\n\\ud83d\\ude00", true, null, {}, []]'
    assert text["a[1]"] == "-2.50"
    assert text["a[2]"] == '"x\\u00e9\\n\\ud83d\\ude00"'
    assert text["a[5]"] == "{}"
    assert text["a[6]"] == "[]"
    assert text["b"] == '{"Ref": "A"}'
    assert text["b.Ref"] == '"A"'
    assert names["b.Ref"] == '"Ref"'
    assert names["c"] == '"c"'
    assert text["c.Fn::Join[1][0].Fn::GetAtt"] == '["T", "Arn"]'


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("0", 0),
        ("-0", 0),
        ("012345678901", None),
        ("1.0", Decimal("1.0")),
        ("1e3", Decimal(1000)),
        ("1E-2", Decimal("0.01")),
        ("1e999999999", "1e999999999"),
        ('"012345678901"', "012345678901"),
        ('"\\ud800"', "\ufffd"),
        ('"a\\/b"', "a/b"),
    ],
)
def test_scalars(text: str, content: object) -> None:
    if content is None:  # not in JSON; in YAML it is
        assert plain(template(f'{{"k": {text}}}').root) == {"k": text}
        return
    found = template(f'{{"k": {text}}}').root.get("k")
    assert isinstance(found, Scalar)
    assert (found.content, type(found.content)) == (content, type(content))
    assert found.quoted == text.startswith('"')
    if not found.quoted:
        assert found.text == text


def test_a_key_that_is_written_twice() -> None:
    found = template('{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 3}')

    assert plain(found.root) == {"a": 3, "b": {"c": 2}}
    assert [(fault.detail, found.source.position(fault.start)) for fault in found.faults] == [
        ("`c` is written twice, here and in line 2: only the last one counts", (2, 16)),
        ("`a` is written twice, here and in line 1: only the last one counts", (3, 2)),
    ]


@pytest.mark.parametrize(
    ("text", "detail", "where"),
    [
        ('{"a" 1}', "expected `:` behind the key, found `1}`", (1, 6)),
        ('{"a": "x\n", "b": [1, 2}', 'expected a value, found `"x`', (1, 7)),
        ('{"a": [1, 2}', "expected `,` or `]`, found `}`", (1, 12)),
        ('{"a": {"b": 1]', "expected `,` or `}`, found `]`", (1, 14)),
        ('{"a": 1}}', "expected the end of the file, found `}`", (1, 9)),
        ('{"a": 1} {', "expected the end of the file, found `{`", (1, 10)),
        ("{", "expected a key in quotes, found the end of the file", (1, 2)),
        ('{"a": ', "expected a value, found the end of the file", (1, 7)),
        ('{"a": 1,\n\n "b": {\n', "expected a key in quotes, found the end of the file", (4, 1)),
        ('{"a": "\\q"}', "`\\q` is no escape", (1, 8)),
        ('{"a": "\\u12"}', "`\\u` is no escape", (1, 8)),
        ('{"a": 1, [', "expected a key in quotes, found `[`", (1, 10)),
        ('{"a": tru, "b": {', "`tru` is no value of JSON", (1, 7)),
        ('{"a": "b" "c": "d"}', 'expected `,` or `}`, found `"c": "d"}`', (1, 11)),
        ('{"a": "b"\n  "c": "d"}', 'expected `,` or `}`, found `"c": "d"}`', (2, 3)),
    ],
)
def test_syntax_errors(text: str, detail: str, where: tuple[int, int]) -> None:
    reason = refused(text)

    assert reason.why is Why.INVALID
    assert reason.detail == f"syntax error: {detail}"
    assert (reason.origin.line, reason.origin.column) == where


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2,],}', {"a": [1, 2]}),
        ('{"a": 1, # why\n "b": 2}', {"a": 1, "b": 2}),
        ("{a: 1, 'b': !Ref c}", {"a": 1, "b": {"Ref": "c"}}),
        ('{"a": "two\n  lines"}', {"a": "two lines"}),
        ('{"a": 1}\n# end\n', {"a": 1}),
        ('# first\n{"a": 1}', {"a": 1}),
        ('---\n{"a":\t"b"}', {"a": "b"}),
    ],
)
def test_what_begins_like_json_may_be_yaml(text: str, value: object) -> None:
    assert plain(template(text).root) == value


SCALARS = st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5), st.sampled_from([None, 2, "\t"]), st.booleans())
def test_any_json_is_read_as_it_is(value: object, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    assert plain(template(text).root) == json.loads(text.encode("utf-8", "replace"))

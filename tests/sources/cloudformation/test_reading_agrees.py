"""What cfn-lint reads in a text is what is read here: its decoder is the one that most people check templates with."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guardrails.kernel.why import Reason
from guardrails.sources.cloudformation.nodes import Broken, Call, Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.reading import read
from guardrails.sources.cloudformation.scalars import MOST_DIGITS, content_of
from guardrails.testing import read_page

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def decode() -> Callable[[str], Any]:
    """cfn-lint's decoder; importing it takes seconds."""
    module = pytest.importorskip("cfnlint.decode.decode", reason="cfn-lint is not installed")
    return lambda text: module.decode_str(text)[0]


def same(ours: Node, theirs: object) -> bool:
    """Whether a tree holds what cfn-lint has decoded: dates are texts here, and floats are exact."""
    if isinstance(ours, Call):
        if not isinstance(theirs, dict) or list(theirs) != [ours.name]:
            return False
        argument = theirs[ours.name]
        if ours.name == "Fn::GetAtt" and ours.short and isinstance(ours.argument, Scalar):
            return bool(argument == ours.argument.text.split(".", 1))
        return same(ours.argument, argument)
    if isinstance(ours, Mapping):
        return (
            isinstance(theirs, dict)
            and {entry.key for entry in ours.entries} == {_key(ours, key) for key in theirs}
            and all(same(_value(ours, key), value) for key, value in theirs.items())
        )
    if isinstance(ours, Sequence):
        return isinstance(theirs, list) and len(theirs) == len(ours.items) and all(map(same, ours.items, theirs))
    return isinstance(ours, Scalar) and _same_scalar(ours, theirs)


def _key(ours: Mapping, key: object) -> str:
    """A key as written; what is no text to cfn-lint is found by what it means."""
    if isinstance(key, str):
        return str(key)
    found = [entry.key for entry in ours.entries if _equal(content_of(entry.key), key)]
    return found[-1] if found else repr(key)


def _value(ours: Mapping, key: object) -> Node:
    return ours.get(_key(ours, key)) or Broken(0, 0, "missing")


def _same_scalar(ours: Scalar, theirs: object) -> bool:
    return _equal(ours.content, theirs)


def _equal(content: object, theirs: object) -> bool:
    if isinstance(theirs, datetime.date):
        return isinstance(content, str)
    if isinstance(theirs, float):
        if isinstance(content, str):  # no number, or one too small or too large to be kept as one
            words = content.lower().lstrip("-+") in (".inf", ".nan")
            return words or abs(Decimal(content.replace("_", "")).adjusted()) > MOST_DIGITS
        if not isinstance(content, Decimal):
            return False
        return float(content) == theirs or abs(float(content) - theirs) <= abs(theirs) * 1e-12
    if isinstance(theirs, bool) or theirs is None:
        return content is theirs
    if isinstance(theirs, int) and isinstance(content, str):
        return len(content) > MOST_DIGITS
    return content == theirs and isinstance(content, bool) == isinstance(theirs, bool)


def check(text: str, decode: Callable[[str], Any]) -> None:
    found = read("template.yaml", text)
    theirs = decode(text)
    if isinstance(found, Reason):
        assert not isinstance(theirs, dict), found
        return
    if found.faults:
        return  # cfn-lint refuses all of it
    assert same(found.root, theirs), (found.root, theirs)


def examples() -> list[str]:
    """The templates on the pages of policies."""
    return [
        file.text
        for page in sorted((PROJECT / "policies").rglob("*.md"))
        for example in read_page(page.name, page.read_text(encoding="utf-8")).examples
        for file in example.files
        if file.name.endswith((".yaml", ".yml", ".json")) and "Resources" in file.text
    ]


def test_examples(decode: Callable[[str], Any]) -> None:
    texts = examples()

    assert texts
    for text in texts:
        check(text, decode)


WORDS = [
    *("yes", "No", "ON", "off", "True", "false", "Null", "~", "y", "n", ".inf", "-.INF", ".nan", "=", "<<"),
    *("0x", "0b", "0b1", "0o7", "0_", "1__0", "1._5", "-.5", ".5", "1.", "0755", "09", "08.5", "012345678901", "1e3"),
    *("685.230_15e+03", "1:2:3", "190:20:30.15", "2012-10-17", "2012-10-17T10:00:00Z", "2012-1-1"),
]
PLAIN = st.one_of(
    st.text(alphabet="0123456789_.:+-eExXbBoO", min_size=1, max_size=12),
    st.sampled_from(WORDS),
    st.from_regex(r"[-+]?[0-9][0-9_]*(\.[0-9_]*([eE][-+][0-9]{1,3})?)?", fullmatch=True),
)


@settings(max_examples=300, deadline=None)
@given(PLAIN)
@example("-0b1")
@example("0x_")
@example("0b_")
@example("00")
@example("+.5")
@example("._5")
@example("1:60")
@example("-1:0.5")
@example("=")
def test_scalars_without_quotes(text: str) -> None:
    """By PyYAML's own rules, which are cfn-lint's as well, and without the seconds that cfn-lint takes."""
    import yaml

    try:
        theirs = yaml.load(f"k: {text}", Loader=yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError):
        return  # `2012-13-45` is no date, and `- x` no scalar
    if not isinstance(theirs, dict):
        return
    found = read("template.yaml", f"k: {text}")
    assert not isinstance(found, Reason)
    node = found.root.get("k")
    if isinstance(theirs["k"], (list, dict)):
        return
    assert isinstance(node, Scalar)
    assert _same_scalar(node, theirs["k"]), (node, theirs)


NAMES = st.sampled_from(["Ref", "Fn::Sub", "Fn::GetAtt", "Fn::If", "Type", "a", "b", "yes", "1", "2012-10-17", "~x"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["yes", "0755", "2012-10-17", "a: b", "# c", "- d", "{", "x\ny\n", " z", "*a"]),
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=25
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(NAMES, TREES, min_size=1, max_size=4),
    st.sampled_from([True, False, None]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([None, '"', "'"]),
)
def test_what_a_yaml_writer_writes(
    decode: Callable[[str], Any], tree: object, flow: bool | None, end: str, quotes: str | None
) -> None:
    import yaml

    text = yaml.safe_dump(tree, default_flow_style=flow, default_style=quotes, line_break=end, allow_unicode=True)

    check(text, decode)


SHORT = """\
Resources:
  A:
    One: !Ref B
    Two: !GetAtt A.B.C
    Three: !GetAtt [A, B]
    Four: !Sub ["${x}", {x: !Ref "AWS::Region"}]
    Five: !If [c, !Ref A, {Ref: B}]
    Six: !Transform {Name: x, Parameters: {y: 1}}
    Seven: !Join
      - ''
      - - a
        - !ImportValue b
    Eight: !Base64 |
      text
    Nine: !Condition x
    Ten: !Sub yes
    Eleven: !Split [",", 12]
    Twelve: !FindInMap [a, !Ref b, c]
    Thirteen: !Cidr [!Ref a, 1, 012]
    Fourteen: !Equals [on, 'on']
  B: &b {x: 1}
  C: *b
  D: {<<: *b, y: 2}
  E: {<<: [*b, {z: 3}], x: 4}
"""


def test_short_forms(decode: Callable[[str], Any]) -> None:
    check(SHORT, decode)

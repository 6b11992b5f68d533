"""Whatever is thrown at the built-in functions, they answer soon, and with nothing but a value or an EvalError."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.functions import NAMES, call, find
from guardrails.sources.terraform.typesystem import NUMBER, STRING, Collection
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclList,
    HclMap,
    HclSet,
    JsonText,
    Ref,
    Text,
    Typed,
    Unknown,
    unknown,
)

REASONS = (Reason(Why.INPUT, "not given"),)
INPUT = unknown(Why.INPUT, "not given")
LONG = "x" * (1 << 20)


def doubled(leaf: object, times: int) -> list[object]:
    """A list of a list of a list, each part used twice: short to write, endless to write out."""
    value: list[object] = [leaf]
    for _ in range(times):
        value = [value, value]
    return value


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


HOSTILE: list[tuple[str, list[object]]] = [
    ("join", ["," * 1000, ["x" * 1000] * 10_000]),
    ("join", [LONG, ["a"] * 1000]),
    ("format", ["%999999999d", 1]),
    ("format", ["%.999999999f", 1]),
    ("format", ["%s" * 100, *[LONG] * 100]),
    ("format", ["%f", Decimal("1E+99999")]),
    ("formatlist", [LONG + "%s", ["a"] * 100_000]),
    ("indent", [10**9, "a\nb"]),
    ("indent", [1000, "\n" * 100_000]),
    ("replace", [LONG, "x", "yy"]),
    ("replace", [LONG, "", "yy"]),
    ("replace", [LONG, "/x/", "yyyy"]),
    ("replace", [LONG, "/x*/", "y"]),
    ("replace", ["x" * 1000, "/(x*)/", "$1" * 10_000]),
    ("split", ["", LONG]),
    ("setproduct", [[str(n) for n in range(1000)]] * 10),
    ("setproduct", [["a", "b"]] * 64),
    ("range", [10**9]),
    ("range", [0, 1, Decimal("1E-9")]),
    ("chunklist", [["a"] * 100_000, 1]),
    ("concat", [["a"] * 100_000] * 5),
    ("distinct", [[[n] for n in range(20_000)]]),
    ("distinct", [[str(n) for n in range(100_000)]]),
    ("setsubtract", [[[n] for n in range(20_000)], [[n] for n in range(20_000)]]),
    ("setintersection", [[str(n) for n in range(50_000)]] * 3),
    ("matchkeys", [[str(n) for n in range(50_000)]] * 3),
    ("flatten", [doubled("x", 40)]),
    ("flatten", [doubled([], 40)]),
    ("flatten", [doubled(INPUT, 40)]),
    ("jsonencode", [doubled("x", 40)]),
    ("jsonencode", [doubled(INPUT, 40)]),
    ("jsondecode", [JsonText(doubled(INPUT, 40))]),
    ("yamlencode", [doubled("x", 40)]),
    ("format", ["%v", doubled("x", 40)]),
    ("jsonencode", [nested(100_000)]),
    ("flatten", [nested(100_000)]),
    ("length", [[nested(100_000)]]),
    ("jsondecode", ["[" * 1_000_000]),
    ("jsondecode", ["9" * 1_000_000]),
    ("jsondecode", ["1e999999999"]),
    ("jsondecode", ["[" + "1e9999," * 10_000 + "1]"]),
    ("csvdecode", ["a," * 500_000]),
    ("csvdecode", ["a\n" * 500_000]),
    ("csvdecode", ['"' * 999_999]),
    ("tonumber", ["9" * 1_000_000]),
    ("tonumber", ["1e999999999"]),
    ("parseint", ["z" * 1_000_000, 36]),
    ("pow", [10**300, 10**300]),
    ("pow", [2, 10**18]),
    ("pow", [-1, Decimal("1E+300")]),
    ("log", [10**5000, 10]),
    ("cidrsubnets", ["10.0.0.0/8", *[24] * 100_000]),
    ("cidrhost", ["::/0", 10**100]),
    ("timeadd", ["2020-01-02T03:04:05Z", "9" * 100_000 + "h"]),
    ("formatdate", ["Y" * 100_000, "2020-01-02T03:04:05Z"]),
    ("formatdate", ["'" * 100_001, "2020-01-02T03:04:05Z"]),
    ("length", ["e" + "\u0301" * 1_000_000]),
    ("length", ["\U0001f468\u200d" * 300_000]),
    ("length", ["\U0001f1e9" * 300_000]),
    ("strrev", ["\u1100" * 300_000]),
    ("trim", [LONG, "x"]),
    ("base64decode", ["=" * 1_000_000]),
    ("templatestring", ["${" * 100_000, {}]),
    ("templatestring", ["${(" * 20_000, {}]),
    ("basename", ["/" * 1_000_000]),
    ("urlencode", ["é" * 500_000]),
    ("regex", ["(a*)*b", "a" * 5000]),
    ("regex", ["(a|aa)+$", "a" * 5000 + "b"]),
    ("regex", ["(.*)(.*)(.*)(.*)(.*)(.*)x", "a" * 5000]),
    ("regex", ["^" + "(.*):" * 8 + "$", ":" * 5000]),
    ("regex", ["(x+x+)+y", "x" * 5000]),
    ("regexall", ["a*$", "a" * 20_000 + "b"]),
    ("regex", ["(" * 100_000, "a"]),
    ("regex", ["a" * 1_000_000, "a"]),
    ("regex", ["((a{30}){30})", "a" * 900]),
    ("regex", ["(?:" * 300 + "a" + ")" * 300, "a"]),
    ("regex", ["(?i)" + "[\\x{0}-\\x{2fff}]" * 10_000, "a"]),
    ("regex", ["(?i)" + "\\pL" * 10_000, "a"]),
    ("regex", ["".join(f"\\p{c}" for c in "LMNPSZC") * 1000, "a"]),
    ("regex", ["()" * 10_000 + "b", "a" * 1000]),
    ("regex", ["\\PL", "é" * 100_000]),
    ("regexall", ["", LONG]),
    ("yamldecode", ["[" * 100_000]),
    ("yamldecode", ["- a\n" * 200_000]),
    ("yamldecode", ["- 1e9999\n" * 50_000]),
    ("yamldecode", ["? " * 50_000]),
]


@pytest.mark.parametrize(("name", "arguments"), HOSTILE, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.timeout(120)
def test_ends(name: str, arguments: list[object]) -> None:
    try:
        result = call(name, arguments, None)
    except EvalError as error:
        result = error.message
    if isinstance(result, (str, list)):
        assert len(result) <= 1 << 20


WORDS = (
    "a a,b 12 true -1.5 %s %[2]d /a/ [a-z]+ ( {} [1] 10.0.0.0/8 ::/64 é 2020-01-02T03:04:05Z YYYY 1h utf-8 SGk= dns "
    "${x} \U0001f468\u200d\U0001f469 %{if"
)
STRINGS = st.sampled_from(["", "a\n", "a: 1", *WORDS.split(" ")]) | st.text(max_size=8)
NUMBERS: st.SearchStrategy[object] = (
    st.integers(-3, 70) | st.integers() | st.decimals(allow_nan=False, allow_infinity=True, places=2)
)
UNKNOWNS: st.SearchStrategy[object] = st.sampled_from(
    [
        INPUT,
        Ref("aws_s3_bucket.b", ("arn",)),
        Text(("a", INPUT)),
        Text((INPUT, "b")),
        JsonText({"a": INPUT}),
        Typed(STRING, REASONS),
        Typed(NUMBER, REASONS),
        Typed(Collection("list", STRING), REASONS),
        Typed(Collection("map", NUMBER), REASONS),
        Choice(("a", None), REASONS),
        Choice((["a"], ["b"]), REASONS),
    ]
)


def _containers(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    keys = st.sampled_from(["a", "b", "key"])
    lists = st.lists(inner, max_size=4)
    maps = st.dictionaries(keys, inner, max_size=3).map(lambda d: dict(sorted(d.items())))
    words = st.lists(st.sampled_from(["a", "b", ""]) | UNKNOWNS, max_size=4)
    return (
        lists
        | maps
        | words
        | words.map(HclList)
        | maps.map(lambda d: HclMap(d.items()))
        | st.sets(st.sampled_from(["a", "b", "c"])).map(lambda s: HclSet([*sorted(s)]))
    )


VALUES = st.recursive(st.none() | st.booleans() | STRINGS | NUMBERS | UNKNOWNS, _containers, max_leaves=8)


LIST_OF_STRINGS = st.lists(STRINGS | UNKNOWNS | st.none(), max_size=4)
FITTING: dict[str, st.SearchStrategy[object]] = {
    "any": VALUES,
    "string": STRINGS | st.sampled_from([1, True]) | UNKNOWNS,
    "number": NUMBERS | st.sampled_from(["12", "-1.5"]) | UNKNOWNS,
    "list(bool)": st.lists(st.booleans() | st.just("true") | UNKNOWNS | st.none(), max_size=4),
    "list(string)": LIST_OF_STRINGS | LIST_OF_STRINGS.map(HclList),
    "list": _containers(STRINGS | NUMBERS | UNKNOWNS),
    "set": _containers(STRINGS | NUMBERS),
    "map(list(string))": st.dictionaries(st.sampled_from(["a", "b"]), LIST_OF_STRINGS, max_size=2),
}


@st.composite
def argument_lists(draw: st.DrawFn, name: str) -> list[object]:
    """Mostly what the function takes, sometimes anything."""
    function = find(name)
    assert function is not None
    kinds = [*function.parameters]
    if function.variadic:
        kinds += [function.variadic] * draw(st.integers(0, 3))
    arguments = [draw(FITTING[kind.rstrip("?")] if draw(st.integers(0, 9)) else VALUES) for kind in kinds]
    return arguments if draw(st.integers(0, 19)) else draw(st.lists(VALUES, max_size=4))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("name", sorted(NAMES - {"try", "can"}))
@given(data=st.data())
def test_gives_a_value_or_refuses(name: str, data: st.DataObject) -> None:
    arguments = data.draw(argument_lists(name))
    try:
        result = call(name, arguments, None)
    except EvalError as error:
        result = error.message
        assert name in result
    if isinstance(result, Unknown) and not isinstance(result, Text):
        assert not any("could not be computed" in reason.detail for reason in result.reasons), (arguments, result)


@settings(max_examples=200, deadline=None)
@given(pattern=st.text("ab|()*+?.[]^$\\{}12,-:PL<>in", max_size=12), text=st.text("ab12\n", max_size=8))
def test_any_pattern_is_matched_or_refused(pattern: str, text: str) -> None:
    try:
        result = call("regexall", [pattern, text], None)
    except EvalError:
        return
    assert isinstance(result, (list, Unknown))
    if isinstance(result, Unknown):
        assert result.reasons[0].why in {Why.LIMIT, Why.UNSUPPORTED}
        assert "could not be computed" not in result.reasons[0].detail

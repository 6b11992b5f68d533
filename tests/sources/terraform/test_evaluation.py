"""What the evaluator knows beyond terraform: references, texts with holes, alternatives, limits, places of errors."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from evaluation import Names

from guardrails.kernel.why import Why
from guardrails.sources.terraform.operators import equals, to_bool, to_number, to_string
from guardrails.sources.terraform.typesystem import BOOL, NUMBER
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclList,
    HclSet,
    JsonText,
    Namespace,
    Ref,
    Text,
    Typed,
    UndeclaredError,
    Unknown,
    reasons_in,
    unknown,
    wholly_known,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPEN = unknown(Why.INPUT, "nobody said")
BUCKET = Ref("aws_s3_bucket.logs", ())
ARN = Ref("aws_s3_bucket.logs", ("arn",))


class Table(Namespace):
    """Locals: expressions, each evaluated when it is first asked for."""

    def __init__(self, scope: Names, expressions: dict[str, str]) -> None:
        self.scope = scope
        self.expressions = expressions
        self.found: dict[str, object] = {}
        self.asked: list[object] = []

    def attribute(self, name: str) -> object:
        self.asked.append(name)
        if name not in self.expressions:
            raise EvalError(f"there is no {name}")
        if name not in self.found:
            self.found[name] = self.scope.evaluate(self.expressions[name])
        return self.found[name]

    def index(self, key: object) -> object:
        self.asked.append(key)
        return key

    def value(self) -> object:
        self.asked.append("all")
        return {name: self.attribute(name) for name in sorted(self.expressions)}


@pytest.fixture
def scope(tmp_path: Path) -> Names:
    names: dict[str, object] = {
        "u": OPEN,
        "v": unknown(Why.INPUT, "nobody said this either"),
        "bucket": BUCKET,
        "many": Ref("aws_s3_bucket.many[?]", ()),
        "list": ["a", "b", "c"],
        "map": {"a": 1, "b": 2},
    }
    names["either"] = Choice(("x", "y"), OPEN.reasons)
    return Names(tmp_path, names)


def local(scope: Names, **expressions: str) -> Table:
    table = Table(scope, expressions)
    scope.names["local"] = table
    return table


def refused(scope: Names, expression: str) -> EvalError:
    with pytest.raises(EvalError) as caught:
        scope.evaluate(expression)
    return caught.value


# --- references


def test_steps_on_a_reference_extend_it(scope: Names) -> None:
    assert scope.evaluate("bucket.arn") == ARN
    assert scope.evaluate('bucket.rule[0].days["x"]') == Ref("aws_s3_bucket.logs", ("rule", 0, "days", "x"))


def test_splat_over_a_reference_adds_a_star(scope: Names) -> None:
    assert scope.evaluate("bucket.rule[*].days") == Ref("aws_s3_bucket.logs", ("rule", "*", "days"))
    assert scope.evaluate("many[*].arn") == Ref("aws_s3_bucket.many[?]", ("*", "arn"))


def test_splat_over_an_instance_is_a_list_of_one(scope: Names) -> None:
    assert scope.evaluate("bucket[*].arn") == [ARN]


def test_reference_is_itself_and_never_null(scope: Names) -> None:
    assert scope.evaluate("bucket.arn == bucket.arn") is True
    assert scope.evaluate("bucket.arn != null") is True
    assert isinstance(scope.evaluate("bucket.arn == bucket.id"), Unknown)
    assert isinstance(scope.evaluate('bucket.arn == "x"'), Unknown)


def test_reference_puts_its_reason_into_words() -> None:
    assert [reason.detail for reason in ARN.reasons] == ["`aws_s3_bucket.logs.arn` is known only after apply"]
    assert Ref("a.b", ("c",), OPEN.reasons).reasons == OPEN.reasons


def test_what_follows_from_a_reference_is_no_reference(scope: Names) -> None:
    for expression in ("!bucket.enabled", "bucket.size + 1", "bucket.arn == bucket.id", "bucket.x && true"):
        value = scope.evaluate(expression)
        assert isinstance(value, Typed)
        assert value.reasons


# --- texts with holes


def test_template_keeps_its_holes(scope: Names) -> None:
    assert scope.evaluate('"${bucket.arn}/*"') == Text((ARN, "/*"))
    assert scope.evaluate('"a${"b${bucket.arn}"}c${1}d"') == Text(("ab", ARN, "c1d"))
    assert scope.evaluate('"${bucket.arn}"') == ARN


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"a-${u}" == "b-x"', False),
        ('"${u}-a" == "x-b"', False),
        ('"a-${u}-b" == "a-b"', False),
        ('"a${u}b${v}c" == "axc"', False),
        ('"a-${u}" == "a-"', None),
        ('"a-${u}" == "a-x"', None),
        ('"a-${u}" == 1', False),
        ('"a-${u}" == null', False),
        ('"a-${u}" == ["a-"]', False),
        ('"a-${u}" == "b-${v}"', False),
        ('"a-${u}" == "a-${u}"', None),
        ('"${bucket.arn}/*" == "${bucket.arn}/*"', True),
        ('"${bucket.arn}/*" == "${bucket.arn}/?"', False),
        ('"${bucket.arn}/*" != "/"', True),
        ('"${bucket.arn}/*" != "x/*"', None),
        ('"e${u}" == "é"', None),
    ],
)
def test_text_is_compared_by_what_is_known_of_it(scope: Names, expression: str, expected: bool | None) -> None:
    answer = scope.evaluate(expression)
    assert isinstance(answer, Unknown) if expected is None else answer is expected


def test_text_is_no_collection(scope: Names) -> None:
    for expression in ('"a${u}".x', '"a${u}"[0]', '[for x in "a${u}" : x]'):
        refused(scope, expression)


def test_only_sequences_can_be_expanded_into_arguments(scope: Names) -> None:
    assert scope.evaluate("max([1, 3]...)") == 3
    assert isinstance(scope.evaluate("max(u...)"), Unknown)
    assert isinstance(scope.evaluate("max((v ? [1] : u)...)"), Unknown)
    for expression in ('max("a${u}"...)', "max((u + 1)...)", "max((u ? 1 : 2)...)", "max(null...)", "max(map...)"):
        refused(scope, expression)


# --- several alternatives


def test_condition_that_is_unknown_leaves_both_branches(scope: Names) -> None:
    value = scope.evaluate('u ? "a" : "b"')
    assert isinstance(value, Choice)
    assert value.alternatives == ("a", "b")
    assert value.reasons == OPEN.reasons


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("u ? 1 : 1", 1),
        ('u ? 1 : "1"', "1"),
        ("u ? [1] : [1]", [1]),
        ("u ? { a = [null] } : { a = [null] } ", None),
        ("u ? bucket.arn : bucket.arn", ARN),
        ('(u ? "a" : "b") == "c"', False),
        ('(u ? "a" : "b") == null', False),
        ('(u ? "a" : "b") == "a"', None),
        ("(u ? 1 : 2) > 0", True),
        ("(u ? 1 : 2) * 0 == 0", True),
        ("!((u ? 1 : 2) > 0)", False),
        ("(u ? { a = 1, b = 2 } : { a = 1, b = 3 }).a", 1),
        ("(u ? [1, 2] : [1])[0]", 1),
        ('(u ? "a" : "b") == "a" ? 1 : 1', 1),
        ('"x-${u ? "a" : "b"}" == "y"', False),
        ("length(u ? [1, 2] : [3, 4])", 2),
        ("u ? true : (v ? true : true)", True),
        ("[for x in u ? [1] : [1, 2] : x][0]", 1),
        ('(u ? ["a"] : ["a", "b"])[*][0]', None),
        ('{ a = 1 }[u ? "a" : "a"]', 1),
        ("(u ? true : false) && false", False),
        ("(u ? 1 : 2) == (u ? 3 : 4)", False),
    ],
)
def test_answer_is_known_where_all_alternatives_agree(scope: Names, expression: str, expected: object) -> None:
    try:
        answer = scope.evaluate(expression)
    except EvalError:
        assert expected is None
        return
    assert isinstance(answer, Unknown) if expected is None else answer == expected


def test_nested_conditionals_make_one_choice(scope: Names) -> None:
    value = scope.evaluate('u ? "a" : v ? "b" : u ? "a" : "c"')
    assert isinstance(value, Choice)
    assert value.alternatives == ("a", "b", "c")


def test_many_alternatives_are_simply_unknown(scope: Names) -> None:
    eight = " : ".join(f"u ? {i}" for i in range(7)) + " : 7"
    value = scope.evaluate(eight)
    assert isinstance(value, Choice)
    assert len(value.alternatives) == 8
    assert type(scope.evaluate(f"u ? 8 : {eight}")) is Unknown


def test_template_of_a_choice_is_a_choice_of_strings(scope: Names) -> None:
    value = scope.evaluate('"x-${either}"')
    assert isinstance(value, Choice)
    assert value.alternatives == ("x-x", "x-y")
    mixed = scope.evaluate('"${either}${bucket.arn}"')
    assert isinstance(mixed, Choice)
    assert mixed.alternatives == (Text(("x", ARN)), Text(("y", ARN)))


def test_branch_that_fails_is_one_more_thing_not_known(scope: Names) -> None:
    value = scope.evaluate("u ? map.nope : 1")
    assert isinstance(value, Choice)
    assert isinstance(value.alternatives[0], Unknown)
    assert value.alternatives[0].reasons[0].why is Why.INVALID


def test_alternative_that_terraform_would_refuse_leaves_nothing_known(scope: Names) -> None:
    assert type(scope.evaluate("(u ? { a = 1, b = 2 } : { a = 1, c = 3 }).b")) is Unknown
    refused(scope, "(u ? { a = 1, b = 2 } : { a = 1, c = 3 }).d")
    refused(scope, "u ? 1 : [1]")


# --- logic in three values, and what is not evaluated


@pytest.mark.parametrize("operator", ["&&", "||"])
@pytest.mark.parametrize("left", [True, False, None])
@pytest.mark.parametrize("right", [True, False, None])
def test_logic_follows_kleene(scope: Names, operator: str, left: bool | None, right: bool | None) -> None:
    decisive = operator == "||"
    expected = decisive if decisive in (left, right) else None if None in (left, right) else not decisive
    words = {True: "true", False: "false", None: "u"}
    answer = scope.evaluate(f"{words[left]} {operator} {words[right]}")
    assert isinstance(answer, Typed) if expected is None else answer is expected


def test_error_on_a_side_that_does_not_count_is_swallowed(scope: Names) -> None:
    assert scope.evaluate("false && map.nope") is False
    assert scope.evaluate("true || map.nope") is True
    assert scope.evaluate("true ? 1 : map.nope") == 1
    refused(scope, "true && map.nope")
    refused(scope, "u && map.nope")


def test_undeclared_names_are_errors_even_where_they_do_not_count(scope: Names) -> None:
    for expression in ("true ? 1 : nothing.x", "try(nothing.x, 1)", "can(nothing.x)", "u ? nothing.x : 1"):
        assert isinstance(refused(scope, expression), UndeclaredError)


# --- try and can


def test_try_gives_the_first_that_does_not_fail(scope: Names) -> None:
    assert scope.evaluate("try(map.nope, list[7], list[0])") == "a"
    assert scope.evaluate('try(bucket.arn, "")') == ARN
    assert scope.evaluate("try({ a = u, b = 1 }, {})") == {"a": OPEN, "b": 1}
    assert type(scope.evaluate("try(u + 1, [])")) is Unknown
    refused(scope, "try(map.nope)")


def test_can_is_unknown_until_all_is_known(scope: Names) -> None:
    assert scope.evaluate("can(list[0])") is True
    assert scope.evaluate("can(list[7])") is False
    answer = scope.evaluate("can([1, u])")
    assert isinstance(answer, Typed)
    assert answer.type is BOOL


# --- names that can only be traversed


def test_traversal_asks_a_namespace_for_no_more_than_a_step(scope: Names) -> None:
    table = local(scope, a="1", b="nowhere")
    assert scope.evaluate("local.a") == 1
    assert scope.evaluate('local["k"]') == "k"
    assert scope.evaluate("local[u]") is OPEN
    assert table.asked == ["a", "k", OPEN]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("local", {"a": 1}),
        ("[local]", [{"a": 1}]),
        ("{ x = local }", {"x": {"a": 1}}),
        ("local[*]", [{"a": 1}]),
        ("[for k, v in local : k]", ["a"]),
        ("length(local)", 1),
        ("local == { a = 1 }", True),
        ("(true ? local : null).a", 1),
        ("u ? local : local", {"a": 1}),
    ],
)
def test_namespace_used_otherwise_is_an_ordinary_value(scope: Names, expression: str, expected: object) -> None:
    local(scope, a="1")
    assert scope.evaluate(expression) == expected


# --- equality of structures


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1, True, False),
        (1, Decimal("1.0"), True),
        (Decimal("0.1"), "0.1", False),
        ([1, OPEN], [2, "x"], False),
        ([1, OPEN], [1, "x"], None),
        ({"a": OPEN}, {"b": 1}, False),
        ([1], HclList([1]), False),
        (HclList([1]), HclList([1]), True),
        ([None], [None], None),
        (None, None, True),
        (None, OPEN, None),
        (None, Typed(NUMBER, OPEN.reasons), None),
        ("a", Typed(NUMBER, OPEN.reasons), False),
        (JsonText({"a": OPEN}), None, False),
        (JsonText({"a": OPEN}), "{}", None),
        (HclSet(["a", "b"]), HclSet(["a", "b"]), True),
        (HclSet(["a"]), HclSet(["b"]), False),
        (HclSet(["a", OPEN]), HclSet(["b"]), False),
        (HclSet(["a", OPEN]), HclSet(["a"]), None),
        (HclSet([OPEN]), HclSet([]), False),
    ],
)
def test_equality_stops_at_the_first_definite_difference(a: object, b: object, expected: bool | None) -> None:
    for answer in (equals(a, b), equals(b, a)):
        assert isinstance(answer, Unknown) if expected is None else answer is expected


def test_unknown_answer_names_the_reasons_of_both_sides(scope: Names) -> None:
    answer = scope.evaluate("u == v")
    assert isinstance(answer, Unknown)
    assert [reason.detail for reason in answer.reasons] == ["nobody said", "nobody said this either"]


# --- conversions of primitives


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-1.50", Decimal("-1.5")),
        ("1e3", 1000),
        ("+1", 1),
        (".5", Decimal("0.5")),
        ("5.", 5),
        ("1p3", 8),
        ("Inf", Decimal("Infinity")),
    ],
)
def test_reads_numbers(text: str, number: object) -> None:
    assert to_number(text) == number
    assert type(to_number(text)) is type(number)


@pytest.mark.parametrize("text", ["", " 1", "1 ", "0x1F", "1_0", "1e", "nan", "١", "- 1", "true"])
def test_refuses_what_spells_no_number(text: str) -> None:
    with pytest.raises(EvalError):
        to_number(text)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1e21", "1" + "0" * 21),
        ("1/3", "0." + "3" * 154 + "5"),
        ("0.0000001", "0.0000001"),
        ("1.50", "1.5"),
        ("-0", "-0"),
        ("0 * -1", "-0"),
        ("1/0", "+Inf"),
        ("-1/0", "-Inf"),
        ("0.1 + 0.2", "0.3"),
        ("1/3*3", "1"),
        ("-5 % 3", "-2"),
        ("5.5 % 2", "1.5"),
    ],
)
def test_writes_numbers_as_terraform_does(scope: Names, expression: str, text: str) -> None:
    assert scope.evaluate(f'"${{{expression}}}x"') == f"{text}x"


def test_conversions_leave_the_unknown_unknown() -> None:
    assert to_string(ARN) is ARN
    assert to_string(OPEN) is OPEN
    text = Text(("1", OPEN))
    assert to_string(text) is text
    assert not isinstance(to_number(text), Text)
    refusable: tuple[object, ...] = (None, [], {}, HclSet([]))
    for convert in (to_string, to_number, to_bool):
        for value in refusable:
            with pytest.raises(EvalError):
                convert(value)


# --- order and scope of loops


def test_maps_are_in_order_of_code_points(scope: Names) -> None:
    assert list(scope.evaluate('{ é = 1, a = 2, (lower("B")) = 3, Z = 4 }')) == ["Z", "a", "b", "é"]  # type: ignore[call-overload]  # an object
    assert scope.evaluate("[for k, v in { é = 1, Z = 2, a = 3 } : k]") == ["Z", "a", "é"]
    assert list(scope.evaluate('{ for x in ["b", "a"] : x => 1 }')) == ["a", "b"]  # type: ignore[call-overload]  # an object


def test_inner_loop_hides_the_names_of_the_outer(scope: Names) -> None:
    assert scope.evaluate("[for x in list : [for x in [1] : x][0]]") == [1, 1, 1]
    nested = '[for i, x in list : [for j, y in list : "${i}${j}${x}" if y == x][0]]'
    assert scope.evaluate(nested) == ["00a", "11b", "22c"]


def test_splats_nest(scope: Names) -> None:
    scope.names["rows"] = [{"cells": [{"n": 1}, {"n": 2}]}, {"cells": []}]
    assert scope.evaluate("rows[*].cells[*].n") == [[1, 2], []]
    assert scope.evaluate("[for x in list : rows[*].cells[0].n if false]") == []


def test_functions_in_loops_see_the_module(scope: Names) -> None:
    (scope.scan_root / "a.txt").write_text("text of a")
    assert scope.evaluate('[for name in ["a"] : file("${name}.txt")]') == ["text of a"]


# --- places of errors


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("1 + map.nope", "map.nope"),
        ('[1, "a" + 1]', '"a" + 1'),
        ("upper(list[7])", "list[7]"),
        ("upper([])", "upper([])"),
        ('"x${map}y"', "map"),
        ("{ (null) = 1 }", "null"),
        ("[for x in list : x if 1]", "1"),
        ("[for x in 5 : x]", "[for x in 5 : x]"),
        ("nothing.x", "nothing.x"),
        ("-list", "-list"),
        ("1 ? 2 : 3", "1 ? 2 : 3"),
        ("map.a.b.c", "map.a.b"),
    ],
)
def test_error_is_placed_at_the_node_at_fault(scope: Names, expression: str, place: str) -> None:
    error = refused(scope, expression)
    assert expression[error.start : error.stop] == place


# --- limits


def doubling(name: str, first: str, again: str) -> dict[str, str]:
    return {f"{name}0": first, **{f"{name}{i}": again.replace("@", f"local.{name}{i - 1}") for i in range(1, 41)}}


@pytest.mark.parametrize("first", ['"xy"', '"x${u}"', '"x${either}"', '"${bucket.arn}"'])
def test_doubled_strings_end_at_a_limit(scope: Names, first: str) -> None:
    local(scope, **doubling("s", first, '"${@}${@}"'))
    value = scope.evaluate("local.s40")
    assert isinstance(value, Unknown)
    assert value.reasons[-1].why is Why.LIMIT or value.reasons[0].why is Why.LIMIT


@pytest.mark.parametrize(
    "expression",
    [
        "local.a40 == local.b40",
        "(true ? local.a40 : local.b39)[0][0] == local.b38",
        "(u ? local.a40 : local.b40) == local.a40",
        "can(local.a40)",
        "try(local.a40, null) != null",
        "length(tolist([local.a40, local.b40])) == 2",
        "contains([local.a40], local.b40)",
    ],
)
def test_shared_structure_is_looked_at_once(scope: Names, expression: str) -> None:
    local(scope, **doubling("a", "[1]", "[@, @]"), **doubling("b", "[1]", "[@, @]"))
    assert scope.evaluate(expression) is True


def test_shared_structure_with_holes_is_looked_at_once(scope: Names) -> None:
    local(scope, **doubling("a", "[u]", "[@, @]"), **doubling("b", "[1]", "[@, @]"))
    for expression in ("local.a40 == local.b40", "local.a40 == local.a40", "(u ? local.a40 : local.b40) == local.b40"):
        assert isinstance(scope.evaluate(expression), Unknown)


def test_set_of_structures_that_are_too_big_is_unknown(scope: Names) -> None:
    local(scope, **doubling("a", "[1]", "[@, @]"))
    value = scope.evaluate("toset([local.a40])")
    assert isinstance(value, Unknown)
    assert value.reasons[0].why is Why.LIMIT


def test_reasons_of_shared_structure_are_found_once(scope: Names) -> None:
    local(scope, **doubling("a", "[u]", "[@, @]"))
    value = scope.evaluate("local.a40")
    assert not wholly_known(value)
    assert list(reasons_in(value)) == list(OPEN.reasons)


@pytest.mark.parametrize(
    "expression",
    [
        "[for a in local.l : [for b in local.l : [for c in local.l : 1]]]",
        "{ for a in local.l : a => { for b in local.l : b => 1 } }",
        "[for a in local.l : [for b in local.l : concat(local.l, [b])]]",
        '"%{ for a in local.l }%{ for b in local.l }%{ for c in local.l }x%{ endfor }%{ endfor }%{ endfor }"',
        "local.m[*][*][*]",
        '[for a in local.l : [for b in local.l : "${local.s}${local.s}"]]',
    ],
)
def test_nested_loops_end_at_a_limit(scope: Names, expression: str) -> None:
    table = local(scope, l="range(1000)", n="[for i in local.l : local.l]", m="[for i in local.l : local.n]")
    table.found["s"] = "x" * 1000
    table.expressions["s"] = ""
    value = scope.evaluate(expression)
    assert any(reason.why is Why.LIMIT for reason in reasons_in(value))


@pytest.fixture
def usual_frames() -> Iterator[None]:
    """As many frames as an interpreter allows by default: reading a project raises it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    "expression",
    [
        "local" + ".a" * 5000,
        "[1]" + "[0]" * 5000,
        "local.c1000",
        "[local.d1000] == [local.d999]",
    ],
)
@pytest.mark.usefixtures("usual_frames")
def test_too_deep_is_unknown(scope: Names, expression: str) -> None:
    table = local(scope, a="local.a")
    table.found["a"] = OPEN
    table.expressions |= {"c0": "1", "d0": "[1]"}
    table.expressions |= {f"c{i}": f"local.c{i - 1} + 1" for i in range(1, 1001)}
    table.expressions |= {f"d{i}": f"[local.d{i - 1}]" for i in range(1, 1001)}
    value = scope.evaluate(expression)
    assert isinstance(value, Unknown)
    assert value.reasons[0].why is Why.LIMIT


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (" + ".join(["1"] * 20_000), 20_000),
        (" && ".join(["true"] * 20_000), True),
        ("[" * 200 + "]" * 200 + " == []", False),
        ("u ? 1 : " * 200 + "1", 1),
    ],
)
def test_long_is_not_deep(scope: Names, expression: str, expected: object) -> None:
    assert scope.evaluate(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["1e999999 * 1e999999", '"${1e999999}x"', '"1e999999" + 1', f'"{"1" * 200_000}" + 1', "1e99999 * 1e99999"],
)
def test_numbers_too_wide_to_compute_with_are_unknown(scope: Names, expression: str) -> None:
    value = scope.evaluate(expression)
    assert isinstance(value, Unknown)
    assert value.reasons[0].why is Why.LIMIT

"""What the built-in functions make of arguments that are not wholly known."""

from __future__ import annotations

from typing import Any

import pytest

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.functions import call
from guardrails.sources.terraform.functions.encoding import document_of
from guardrails.sources.terraform.operators import same
from guardrails.sources.terraform.typesystem import ANY, BOOL, NUMBER, STRING, Collection, ObjectType, Type
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

ARN = Ref("aws_s3_bucket.logs", ("arn",))
INPUT = unknown(Why.INPUT, 'variable "x" has no value')
STRINGS = Collection("list", STRING)
REASONS = (Reason(Why.INPUT, 'variable "x" has no value'),)


def f(name: str, *arguments: object) -> object:
    return call(name, list(arguments), None)


def of_type(kind: Type) -> Typed:
    return Typed(kind, REASONS)


KNOWN: list[tuple[str, list[object], object]] = [
    ("length", [[ARN, INPUT]], 2),
    ("length", [{"a": INPUT}], 1),
    ("length", [HclSet([INPUT])], 1),
    ("length", [of_type(ObjectType({"a": STRING}))], 1),
    ("keys", [{"b": INPUT, "a": 1}], ["b", "a"]),
    ("values", [{"a": ARN}], [ARN]),
    ("element", [[ARN, "b"], 2], ARN),
    ("lookup", [{"a": ARN}, "a", "d"], ARN),
    ("lookup", [{"a": ARN}, "b", "d"], "d"),
    ("lookup", [{"a": 1}, "b", ARN], ARN),
    ("merge", [{"a": 1}, {"a": ARN}], {"a": ARN}),
    ("merge", [{"a": ARN}, {"a": 1}], {"a": 1}),
    ("merge", [{"a": ARN}, None], {"a": ARN}),
    ("concat", [["a"], [ARN]], ["a", ARN]),
    ("contains", [["a", INPUT], "a"], True),
    ("contains", [[1, 2], "a"], False),
    ("one", [[ARN]], ARN),
    ("one", [HclSet([ARN])], ARN),
    ("coalesce", ["a", INPUT], "a"),
    ("coalesce", [None, Text(("a", INPUT))], Text(("a", INPUT))),
    ("coalescelist", [["a"], INPUT], ["a"]),
    ("flatten", [[["a"], [Text(("b", ARN))]]], ["a", Text(("b", ARN))]),
    ("reverse", [["a", ARN]], [ARN, "a"]),
    ("slice", [["a", ARN, "b"], 1, 2], [ARN]),
    ("zipmap", [["a"], [ARN]], {"a": ARN}),
    ("alltrue", [[INPUT, False]], False),
    ("anytrue", [[INPUT, True]], True),
    ("join", ["/", [ARN, "*"]], Text((ARN, "/*"))),
    ("join", ["", [ARN]], Text((ARN,))),
    ("format", ["%s/%s", ARN, "x"], Text((ARN, "/x"))),
    ("format", ["%d%%", 5], "5%"),
    ("formatlist", ["%s/*", [ARN, "b"]], HclList([Text((ARN, "/*")), "b/*"], STRING)),
    ("lower", [Text(("A", ARN))], None),
    ("startswith", [Text(("arn:", ARN)), "arn"], True),
    ("startswith", [Text(("arn:", ARN)), "b"], False),
    ("startswith", [INPUT, ""], True),
    ("endswith", [Text((ARN, "/*")), "*"], True),
    ("endswith", [Text((ARN, "/*")), "/x"], False),
    ("strcontains", [Text(("a-b", ARN)), "-"], True),
    ("trimprefix", [Text(("a", ARN)), "a"], Text((ARN,))),
    ("trimprefix", [Text(("b", ARN)), "a"], Text(("b", ARN))),
    ("trimsuffix", [Text((ARN, ":*")), ":*"], Text((ARN,))),
    ("trimspace", [Text((" a", ARN, "b "))], Text(("a", ARN, "b"))),
    ("trim", [Text(("--a", ARN, "b-")), "-"], Text(("a", ARN, "b"))),
    ("chomp", [Text(("a", ARN, "b\n"))], Text(("a", ARN, "b"))),
    ("substr", [Text(("abcdef", ARN)), 1, 3], "bcd"),
    ("substr", [Text(("abc", ARN)), 1, -1], Text(("bc", ARN))),
    ("replace", ["a-b", "-", ARN], Text(("a", ARN, "b"))),
    ("basename", [Text((ARN, "/a/b.json"))], "b.json"),
    ("jsondecode", [JsonText({"a": ARN})], {"a": ARN}),
    ("jsondecode", [Text(('{"a": "', ARN, '/*"}'))], {"a": Text((ARN, "/*"))}),
    ("yamldecode", [JsonText({"a": ARN})], {"a": ARN}),
    ("sensitive", [ARN], ARN),
    ("nonsensitive", [ARN], ARN),
    ("tostring", [ARN], ARN),
    ("tolist", [[ARN]], HclList([ARN])),
    ("compact", [["a", "", Text(("b", ARN))]], HclList(["a", Text(("b", ARN))], STRING)),
    ("compact", [["", ARN]], HclList([ARN], STRING)),
    ("distinct", [[ARN, ARN]], HclList([ARN])),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), [case for case in KNOWN if case[2] is not None])
def test_keeps_what_is_known(name: str, arguments: list[object], expected: object) -> None:
    result = f(name, *arguments)
    assert same(result, expected) or result == expected, result
    assert isinstance(result, HclList) == isinstance(expected, HclList)


def test_case_mapping_hides_the_holes() -> None:
    result = f("lower", Text(("A", ARN, "B")))
    assert isinstance(result, Text)
    assert (result.prefix, result.suffix) == ("a", "b")
    assert not isinstance(result.parts[1], Ref)


def test_replacing_hides_the_holes() -> None:
    result = f("replace", Text(("a:b", ARN, "c:")), ":", "-")
    assert isinstance(result, Text)
    assert (result.prefix, result.suffix) == ("a-b", "c-")
    assert not isinstance(result.parts[1], Ref)


@pytest.mark.parametrize(
    ("parts", "settled"),
    [(("logs-", INPUT, "-%s"), "logs-"), (("a%%b", INPUT), "a"), (("%s-logs", INPUT), ""), ((INPUT, "-%s"), "")],
)
def test_a_format_that_is_open_begins_with_what_is_not(parts: tuple[str | Unknown, ...], settled: str) -> None:
    """What it holds may have verbs of its own, `logs-%s` and `%%`: only what stands in front of it is sure."""
    result = f("format", Text(parts), "a")

    assert isinstance(result, Unknown)
    assert result.reasons == REASONS
    assert (result.parts[0] if isinstance(result, Text) else "") == settled


@pytest.mark.parametrize(
    ("known", "old", "new", "settled"),
    [
        ("aaa", "aa", "b", "b"),  # the last letter may begin another match
        ("abab-", "ab", "x", "xx"),
        ("ab-ab", "ab", "x", "x-x"),
        ("xyz", "abc", "-", "x"),
    ],
)
def test_replacing_several_characters_settles_only_the_beginning(known: str, old: str, new: str, settled: str) -> None:
    result = f("replace", Text((known, ARN, "tail")), old, new)
    assert isinstance(result, Text)
    assert result.prefix == settled
    assert len(result.parts) == 2


UNKNOWN: list[tuple[str, list[object], Type | None]] = [
    ("length", [INPUT], NUMBER),
    ("length", [HclSet([INPUT, "a"])], NUMBER),
    ("length", [ARN], NUMBER),
    ("keys", [of_type(Collection("map", NUMBER))], STRINGS),
    ("values", [of_type(Collection("map", NUMBER))], Collection("list", NUMBER)),
    ("element", [of_type(STRINGS), 0], STRING),
    ("lookup", [of_type(Collection("map", NUMBER)), "a"], NUMBER),
    ("one", [of_type(STRINGS)], STRING),
    ("merge", [{"a": 1}, INPUT], None),
    ("concat", [["a"], INPUT], None),
    ("concat", [HclList(["a"]), of_type(STRINGS)], STRINGS),
    ("contains", [["a", INPUT], "b"], BOOL),
    ("flatten", [[["a"], INPUT]], None),
    ("flatten", [[["a"], of_type(STRINGS)]], None),
    ("coalesce", [INPUT, "a"], STRING),
    ("coalesce", [INPUT, INPUT], None),
    ("coalesce", [of_type(STRING), "a"], STRING),
    ("join", [",", INPUT], STRING),
    ("split", [",", Text(("a,", ARN))], STRINGS),
    ("substr", [Text(("abc", ARN)), 0, 4], STRING),
    ("trimprefix", [Text(("a", ARN)), "ab"], STRING),
    ("trimspace", [Text((" ", ARN))], STRING),
    ("regex", ["a", INPUT], None),
    ("upper", [INPUT], STRING),
    ("sha256", [Text(("a", ARN))], STRING),
    ("cidrsubnet", [INPUT, 8, 0], STRING),
    ("range", [INPUT], Collection("list", NUMBER)),
    ("max", [1, INPUT], NUMBER),
    ("timestamp", [], STRING),
    ("uuid", [], STRING),
    ("bcrypt", ["a"], STRING),
    ("plantimestamp", [], STRING),
    ("base64gzip", ["a"], STRING),
    ("rsadecrypt", ["a", "b"], STRING),
    ("issensitive", ["a"], BOOL),
    ("ephemeralasnull", ["a"], None),
    ("file", ["a"], STRING),
    ("fileexists", ["a"], BOOL),
]


@pytest.mark.parametrize(("name", "arguments", "kind"), UNKNOWN)
def test_stays_unknown_but_of_its_type(name: str, arguments: list[object], kind: Type | None) -> None:
    result = f(name, *arguments)
    assert isinstance(result, Unknown), result
    assert result.reasons
    assert (result.type if isinstance(result, Typed) else None) == kind


def test_reasons_are_those_of_the_arguments() -> None:
    result = f("upper", INPUT)
    assert isinstance(result, Unknown)
    assert result.reasons == INPUT.reasons


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("length", [of_type(NUMBER)]),
        ("length", [of_type(BOOL)]),
        ("keys", [of_type(STRING)]),
        ("concat", [["a"], of_type(STRING)]),
        ("merge", [{"a": 1}, of_type(STRINGS)]),
        ("element", [of_type(Collection("map", STRING)), 0]),
        ("upper", [of_type(STRINGS)]),
        ("join", [",", Text(("a", ARN))]),
        ("lookup", [Text(("a", ARN)), "k"]),
    ],
)
def test_refuses_unknowns_of_a_wrong_type(name: str, arguments: list[object]) -> None:
    with pytest.raises(EvalError):
        f(name, *arguments)


class TestJson:
    def test_encoding_keeps_the_structure(self) -> None:
        result = f("jsonencode", {"a": [ARN, 1], "b": Text(("x", ARN))})
        assert isinstance(result, JsonText)
        assert result.document == {"a": [ARN, 1], "b": Text(("x", ARN))}

    def test_what_was_a_set_is_read_back_as_a_list(self) -> None:
        assert f("jsondecode", JsonText({"b": HclSet(["x"]), "a": ARN})) == {"a": ARN, "b": ["x"]}

    def test_the_order_of_a_set_with_unknown_elements_is_unknown(self) -> None:
        result = f("jsondecode", JsonText({"a": HclSet([ARN, "x"])}))
        assert isinstance(result, dict)
        assert type(result["a"]) is Unknown

    def test_what_was_a_list_or_map_is_read_back_as_tuple_or_object(self) -> None:
        result = f("jsondecode", JsonText(HclList([HclMap([("a", ARN)])])))
        assert type(result) is list
        assert type(result[0]) is dict

    @pytest.mark.parametrize(
        ("parts", "document"),
        [
            (('{"a": "', ARN, '"}'), {"a": ARN}),
            (('{"a": ["', ARN, "/x", '", "b"]}'), {"a": [Text((ARN, "/x")), "b"]}),
            (('{"a": ', JsonText({"b": ARN}), "}"), {"a": {"b": ARN}}),
            (('{"a": "\\"', ARN, '"}'), {"a": Text(('"', ARN))}),
            (("[", JsonText([ARN]), ", 1]"), [[ARN], 1]),
        ],
    )
    def test_documents_in_texts_with_holes(self, parts: tuple[Any, ...], document: object) -> None:
        assert document_of(Text(parts)) == document

    def test_a_hole_where_a_value_is_due_is_that_value(self) -> None:
        document = document_of(Text(('{"a": ', INPUT, ', "b": 1}')))
        assert isinstance(document, dict)
        assert isinstance(document["a"], Unknown)
        assert document["b"] == 1

    def test_a_hole_in_a_list_may_be_many_elements(self) -> None:
        document = document_of(Text(('{"a": [1, ', INPUT, "]}")))
        assert isinstance(document, dict)
        assert isinstance(document["a"], Unknown)

    @pytest.mark.parametrize(
        "parts", [("{", INPUT, "}"), (INPUT, ""), ('{"a": 1', INPUT), ('{"a": "', JsonText([ARN]), '"}')]
    )
    def test_what_cannot_be_told(self, parts: tuple[Any, ...]) -> None:
        text = Text(tuple(part for part in parts if part != ""))
        assert document_of(text) is None or isinstance(document_of(text), Unknown)

    def test_a_hole_in_a_key_hides_the_object(self) -> None:
        assert isinstance(document_of(Text(('{"', INPUT, '": 1}'))), Unknown)


class TestChoice:
    LISTS = Choice((["a"], ["b", "c"]), REASONS)

    def test_each_alternative_is_tried(self) -> None:
        result = f("length", self.LISTS)
        assert isinstance(result, Choice)
        assert result.alternatives == (1, 2)
        assert result.reasons == REASONS

    def test_equal_results_are_one(self) -> None:
        assert f("length", Choice((["a"], ["b"]), REASONS)) == 1

    def test_numbers_and_bools_are_not_the_same(self) -> None:
        assert isinstance(f("coalesce", Choice((1, True), REASONS)), Choice)

    def test_lists_and_tuples_are_not_the_same(self) -> None:
        assert isinstance(f("reverse", Choice(([], HclList([])), REASONS)), Choice)

    def test_an_alternative_that_terraform_refuses_hides_all(self) -> None:
        result = f("length", Choice((["a"], None), REASONS))
        assert type(result) is Unknown
        assert result.reasons == REASONS

    def test_refused_in_every_way(self) -> None:
        with pytest.raises(EvalError):
            f("length", Choice((1, None), REASONS))

    def test_several_choices_are_combined(self) -> None:
        result = f("concat", self.LISTS, Choice(([], ["z"]), REASONS))
        assert isinstance(result, Choice)
        assert result.alternatives == (["a"], ["a", "z"], ["b", "c"], ["b", "c", "z"])

    def test_too_many_ways_are_unknown(self) -> None:
        many = Choice(tuple(["x"] * n for n in range(3)), REASONS)
        result = f("concat", many, many)
        assert isinstance(result, Unknown)
        assert not isinstance(result, Choice)

    def test_a_number_beside_an_unknown_may_become_a_string(self) -> None:
        result = f("coalesce", 1, INPUT)
        assert isinstance(result, Choice)
        assert result.alternatives == (1, "1")


def test_types_of_results() -> None:
    assert isinstance(f("concat", HclList(["a"]), HclList(["b"])), HclList)
    assert not isinstance(f("concat", HclList(["a"]), ["b"]), HclList)
    assert f("concat", HclList([1]), HclList(["b"])) == ["1", "b"]
    assert isinstance(f("merge", HclMap([("a", 1)]), HclMap([("b", 2)])), HclMap)
    assert not isinstance(f("merge", HclMap([("a", 1)]), {"b": 2}), HclMap)
    assert f("lookup", HclMap([("a", "x")]), "b", 1) == "1"
    assert f("lookup", {"a": "x"}, "b", 1) == 1
    split = f("split", ",", "a")
    assert isinstance(split, HclList)
    assert split.element is STRING


def test_unknown_functions() -> None:
    for name in ("nosuch", "core::nosuch", "provider::aws::arn_parse"):
        result = f(name, 1)
        assert isinstance(result, Unknown)
        assert result.reasons[0].why is Why.UNSUPPORTED
        assert name in result.reasons[0].detail
    assert f("core::upper", "a") == "A"


def test_arguments_are_not_changed() -> None:
    given: list[object] = [["b", "a"], {"b": 1, "a": [2]}]
    f("merge", given[1], {"c": 3})
    f("sort", given[0])
    f("reverse", given[0])
    f("concat", given[0], ["z"])
    assert given == [["b", "a"], {"b": 1, "a": [2]}]


def test_any_is_no_type_of_its_own() -> None:
    result = f("flatten", of_type(ANY))
    assert isinstance(result, Unknown)

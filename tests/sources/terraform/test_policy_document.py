"""The policies that `data.aws_iam_policy_document` renders, known and partly known."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.kernel.why import Why
from guardrails.sources.terraform import known_data
from guardrails.sources.terraform.policy_document import render
from guardrails.sources.terraform.values import Choice, EvalError, HclSet, JsonText, Ref, Text, Unknown, unknown

BUCKET = Ref("aws_s3_bucket.logs", ("arn",))
INPUT = unknown(Why.INPUT, 'variable "x" has no value')


def rendered(*statements: object, **rest: object) -> dict[str, Any]:
    text = render({"statements": list(statements), **rest})
    assert isinstance(text, str)
    document: dict[str, Any] = json.loads(text)
    return document


def partly(*statements: object, **rest: object) -> dict[str, Any]:
    text = render({"statements": list(statements), **rest})
    assert isinstance(text, JsonText)
    assert isinstance(text.document, dict)
    return text.document


def statement(**arguments: object) -> dict[str, object]:
    return {"actions": ["s3:GetObject"], "resources": ["*"], **arguments}


def source(*statements: object, **rest: object) -> str:
    return json.dumps({"Statement": list(statements), **rest})


def test_is_written_as_the_provider_writes_it() -> None:
    text = render(
        {
            "policy_id": "a<b",
            "statements": [
                {
                    "sid": "Write",
                    "actions": HclSet(["s3:GetObject", "s3:PutObject"]),
                    "resources": ["arn:aws:s3:::logs/*"],
                    "principals": [{"type": "Service", "identifiers": ["cloudtrail.amazonaws.com"]}],
                    "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1", "2"]}],
                }
            ],
        }
    )
    assert text == (
        "{\n"
        '  "Version": "2012-10-17",\n'
        '  "Id": "a\\u003cb",\n'
        '  "Statement": [\n'
        "    {\n"
        '      "Sid": "Write",\n'
        '      "Effect": "Allow",\n'
        '      "Action": [\n'
        '        "s3:PutObject",\n'
        '        "s3:GetObject"\n'
        "      ],\n"
        '      "Resource": "arn:aws:s3:::logs/*",\n'
        '      "Principal": {\n'
        '        "Service": "cloudtrail.amazonaws.com"\n'
        "      },\n"
        '      "Condition": {\n'
        '        "StringEquals": {\n'
        '          "aws:SourceAccount": [\n'
        '            "1",\n'
        '            "2"\n'
        "          ]\n"
        "        }\n"
        "      }\n"
        "    }\n"
        "  ]\n"
        "}"
    )


def test_minified() -> None:
    assert render({"statements": [{"actions": ["a", "b"]}]}, minified=True) == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["b","a"]}]}'
    )


def test_without_statements_there_is_no_statement_element() -> None:
    assert render({}) == '{\n  "Version": "2012-10-17"\n}'


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], None),
        (["a"], "a"),
        (["a", "a"], "a"),
        (["a", "c", "b"], ["c", "b", "a"]),
        ([True, 1], ["true", "1"]),
        (None, None),
    ],
)
def test_strings(given: object, expected: object) -> None:
    assert rendered({"actions": given})["Statement"][0].get("Action") == expected


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([("*", ["*"])], "*"),
        ([("AWS", ["*"])], {"AWS": "*"}),
        ([("*", ["*"]), ("AWS", ["1"])], {"*": "*", "AWS": "1"}),
        ([("AWS", ["1"]), ("*", ["*"])], {"*": "*", "AWS": "1"}),
        ([("*", ["x"])], {"*": "x"}),
        ([("AWS", ["1"]), ("AWS", ["2"])], {"AWS": ["1", "2"]}),
        ([("AWS", ["1", "2"])], {"AWS": ["2", "1"]}),
        ([("AWS", [])], {"AWS": []}),
        ([("AWS", ["&{aws:userid}"])], {"AWS": "${aws:userid}"}),
        ([], None),
    ],
)
def test_principals(blocks: list[tuple[str, list[str]]], expected: object) -> None:
    members = [{"type": kind, "identifiers": identifiers} for kind, identifiers in blocks]
    found = rendered(statement(principals=members, not_principals=members))["Statement"][0]
    assert found.get("Principal") == expected
    assert found.get("NotPrincipal") == expected


def test_conditions_on_one_key_add_up_and_keep_their_order() -> None:
    conditions = [
        {"test": "StringLike", "variable": "b", "values": ["2", "1"]},
        {"test": "StringLike", "variable": "a", "values": ["&{aws:userid}"]},
        {"test": "StringLike", "variable": "b", "values": ["0"]},
        {"test": "Bool", "variable": "c", "values": []},
    ]
    found = rendered(statement(conditions=conditions))["Statement"][0]["Condition"]
    assert found == {"Bool": {"c": []}, "StringLike": {"a": "${aws:userid}", "b": ["2", "1", "0"]}}
    assert list(found) == ["Bool", "StringLike"]


def test_a_sid_may_have_spaces() -> None:
    assert rendered(statement(sid="Allow CloudTrail"))["Statement"][0]["Sid"] == "Allow CloudTrail"


def test_policy_variables_are_only_replaced_where_the_provider_does() -> None:
    found = rendered(statement(actions=["&{a}"], resources=["&{a}", "b"], not_resources=["&{a}"]))["Statement"][0]
    assert (found["Action"], found["Resource"], found["NotResource"]) == ("&{a}", ["b", "${a}"], "${a}")


def test_source_then_own_then_override() -> None:
    document = rendered(
        statement(sid="Two", actions=["own"]),
        statement(actions=["nameless"]),
        source_policy_documents=[
            source({"Sid": "One", "Action": "first"}, {"Action": "x"}),
            source({"Sid": "Two", "Action": "second"}),
        ],
        override_policy_documents=[source({"Sid": "One", "Action": "over"}), source({"Sid": "Three", "Action": "new"})],
    )
    assert [(one.get("Sid"), one["Action"]) for one in document["Statement"]] == [
        ("One", "over"),
        (None, "x"),
        ("Two", "own"),
        (None, "nameless"),
        ("Three", "new"),
    ]


def test_last_id_and_highest_version_win() -> None:
    older = source(Version="2008-10-17", Id="source")
    assert rendered(policy_id="own", source_policy_documents=[older]) == {"Version": "2012-10-17", "Id": "own"}
    assert rendered(version="2008-10-17", source_policy_documents=[older])["Version"] == "2008-10-17"
    newer = source(Version="2012-10-17", Id="over")
    assert rendered(version="2008-10-17", policy_id="own", override_policy_documents=[newer]) == {
        "Version": "2012-10-17",
        "Id": "over",
    }


def test_what_is_merged_is_read_as_the_provider_reads_it() -> None:
    merged = rendered(
        source_policy_documents=[
            source(
                {
                    "sid": "A",
                    "effect": "Deny",
                    "Action": ["b", "a"],
                    "Principal": "anything",
                    "Unknown": 1,
                    "Condition": {"Bool": {"x": True, "y": ["1"], "z": 5}, "Null": {"n": 1}},
                },
                {"Action": [], "Principal": {"AWS": ["1", "2"], "Service": "s"}, "NotPrincipal": {}},
                {"NotPrincipal": {"AWS": ["1"]}},
            )
        ]
    )
    assert merged["Statement"] == [
        {
            "Sid": "A",
            "Effect": "Deny",
            "Action": ["b", "a"],
            "Principal": "*",
            "Condition": {"Bool": {"x": "true", "y": "1"}},
        },
        {"Action": [], "Principal": {"AWS": ["2", "1"], "Service": "s"}},
        {"NotPrincipal": {"AWS": ["1"]}},
    ]


def test_empty_and_null_documents_are_skipped() -> None:
    assert rendered(source_policy_documents=[None, "", "null", "{}"]) == {"Version": "2012-10-17"}


@pytest.mark.parametrize(
    "plain",
    [
        {"statements": [{"sid": "A"}, {"sid": "A"}]},
        {"source_policy_documents": [source({"Sid": "A"}), source({"Sid": "A"})]},
        {"source_policy_documents": [source({"Sid": "A"}, {"Sid": "A"})]},
        {"source_policy_documents": ["{"]},
        {"source_policy_documents": ["[]"]},
        {"override_policy_documents": ['{"Statement": {}}']},
        {"override_policy_documents": ['{"Statement": [1]}']},
        {"override_policy_documents": [source({"Principal": 1})]},
        {"override_policy_documents": [source({"Principal": {"AWS": 1}})]},
        {"override_policy_documents": [source({"Sid": 1})]},
        {"override_policy_documents": [source({"Condition": []})]},
        {"override_policy_documents": [source(Version=1)]},
        {"version": "2015-01-01"},
        {"statements": [{"effect": "Maybe"}]},
        {"statements": [{"actions": [None]}]},
        {"version": "2008-10-17", "statements": [{"resources": ["&{aws:userid}"]}]},
    ],
)
def test_refused(plain: dict[str, object]) -> None:
    with pytest.raises(EvalError):
        render(plain)


def test_content_does_not_show_in_errors() -> None:
    with pytest.raises(EvalError) as caught:
        render({"source_policy_documents": ['{"secret']})
    assert "secret" not in str(caught.value)


def test_unknown_leaves_stay_where_they_are() -> None:
    document = partly(
        statement(resources=[BUCKET, Text((BUCKET, "/&{aws:userid}")), "arn:b", "arn:a"]),
        statement(resources=[BUCKET], principals=[{"type": "AWS", "identifiers": [BUCKET, "1"]}]),
    )
    assert document["Statement"][0]["Resource"] == ["arn:b", "arn:a", BUCKET, Text((BUCKET, "/${aws:userid}"))]
    assert document["Statement"][1]["Resource"] is BUCKET
    assert document["Statement"][1]["Principal"] == {"AWS": ["1", BUCKET]}


def test_unknown_parts_of_a_statement() -> None:
    unknown_parts = {"actions": INPUT, "principals": INPUT, "conditions": INPUT, "effect": INPUT}
    found = partly({**unknown_parts, "resources": ["*"]})["Statement"][0]
    assert all(isinstance(found[name], Unknown) for name in ("Action", "Principal", "Condition", "Effect"))
    assert found["Resource"] == "*"


def test_unknown_type_or_key_makes_the_element_unknown() -> None:
    principal = {"type": INPUT, "identifiers": ["*"]}
    condition = {"test": "StringEquals", "variable": INPUT, "values": ["a"]}
    found = partly(statement(principals=[principal], conditions=[condition]))["Statement"][0]
    assert isinstance(found["Principal"], Unknown)
    assert isinstance(found["Condition"], Unknown)


def test_unknown_documents_and_blocks_are_unknown_statements() -> None:
    document = partly(
        statement(sid="A"), source_policy_documents=[INPUT, source({"Sid": "B"})], override_policy_documents=None
    )
    first, second, third = document["Statement"]
    assert isinstance(first, Unknown)
    assert (second, third["Sid"]) == ({"Sid": "B"}, "A")
    text = render({"statements": INPUT})
    assert isinstance(text, JsonText)
    assert isinstance(text.document["Statement"][0], Unknown)  # type: ignore[index]  # a document is a dict


def test_what_an_unknown_document_may_replace_is_not_certain() -> None:
    document = partly(statement(sid="A"), statement(actions=["b"]), override_policy_documents=[INPUT])
    named, nameless, more = document["Statement"]
    assert isinstance(named, Choice)
    assert named.alternatives[0] == {"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    assert nameless["Action"] == "b"
    assert isinstance(more, Unknown)


def test_known_override_settles_a_doubt() -> None:
    document = partly(statement(sid="A"), override_policy_documents=[INPUT, source({"Sid": "A", "Action": "over"})])
    assert document["Statement"][0] == {"Sid": "A", "Action": "over"}


def test_own_statement_with_unknown_sid_may_replace_a_source() -> None:
    document = partly(statement(sid=INPUT), statement(sid="B"), source_policy_documents=[source({"Sid": "A"})])
    assert isinstance(document["Statement"][0], Choice)
    assert document["Statement"][2]["Sid"] == "B"


def test_partly_known_document_as_source() -> None:
    inner = render({"statements": [statement(sid="A", resources=[BUCKET])]})
    document = partly(statement(sid="B"), source_policy_documents=[inner])
    assert document["Statement"][0]["Resource"] is BUCKET
    heredoc = Text(('{"Statement": [{"Action": "a", "Resource": "', BUCKET, '/*"}]}'))
    document = partly(source_policy_documents=[heredoc])
    assert document["Statement"] == [{"Action": "a", "Resource": Text((BUCKET, "/*"))}]


def test_unknown_source_may_raise_an_old_version() -> None:
    assert partly(source_policy_documents=[INPUT])["Version"] == "2012-10-17"
    assert isinstance(partly(version="2008-10-17", source_policy_documents=[INPUT])["Version"], Unknown)


SIDS = st.sampled_from(["", "A", "B", "C"])
STATEMENTS = st.lists(st.builds(lambda sid, n: {"Sid": sid, "Action": str(n)}, SIDS, st.integers(0, 99)), max_size=4)


@given(sources=STATEMENTS, overrides=STATEMENTS)
def test_every_sid_is_there_once_with_its_last_statement(
    sources: list[dict[str, str]], overrides: list[dict[str, str]]
) -> None:
    named = [one["Sid"] for one in sources if one["Sid"]]
    if len(set(named)) < len(named):
        with pytest.raises(EvalError):
            render({"source_policy_documents": [source(*sources)]})
        return
    document = rendered(source_policy_documents=[source(*sources)], override_policy_documents=[source(*overrides)])
    found = document.get("Statement", [])
    last = {one["Sid"]: one["Action"] for one in (*sources, *overrides) if one["Sid"]}
    assert {one["Sid"]: one["Action"] for one in found if "Sid" in one} == last
    assert len(found) == len(last) + sum(not one["Sid"] for one in (*sources, *overrides))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(INPUT) | st.just(BUCKET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "version": ANYTHING,
            "policy_id": ANYTHING,
            "source_policy_documents": st.lists(ANYTHING.map(lambda value: JsonText(value)) | ANYTHING, max_size=3),
            "statements": st.lists(
                st.fixed_dictionaries(
                    {}, optional=dict.fromkeys(("sid", "actions", "principals", "conditions"), ANYTHING)
                ),
                max_size=3,
            ),
        },
    )
)
def test_whatever_is_written_is_rendered_or_refused(plain: dict[str, object]) -> None:
    try:
        result = render(plain)
    except EvalError:
        return
    assert isinstance(result, (str, JsonText))


@pytest.mark.parametrize("table", [known_data.CLOUDTRAIL_ACCOUNTS, known_data.ELB_ACCOUNTS])
def test_published_accounts_look_like_accounts(table: dict[str, str]) -> None:
    assert all(re.fullmatch(r"[a-z]{2}(-gov)?-[a-z]+-\d", region) for region in table)
    assert all(re.fullmatch(r"\d{12}", account) for account in table.values())


@pytest.mark.parametrize(
    ("region", "partition", "principal"),
    [
        ("eu-west-1", "aws", "logs.amazonaws.com"),
        ("cn-north-1", "aws-cn", "logs.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "logs.amazonaws.com"),
        ("us-iso-east-1", "aws-iso", None),
        ("us-isob-east-1", "aws-iso-b", None),
    ],
)
def test_partitions(region: str, partition: str, principal: str | None) -> None:
    assert known_data.partition_of(region) == partition
    assert known_data.service_principal("logs", partition) == principal

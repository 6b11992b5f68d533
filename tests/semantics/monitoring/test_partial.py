"""Proofs about partial CloudTrail records: what every completion does, and which one does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Why
from guardrails.semantics.cloudtrail_fields import BY_ROLE, BY_ROOT, BY_USER, cloudtrail
from guardrails.semantics.fields import ABSENT, a_region, an_address, free, one_of, other_than, written
from guardrails.semantics.fields import Path as FieldPath
from guardrails.semantics.filter_patterns import FilterPattern, parse
from guardrails.semantics.partial import PartialRecord, example, joined, over_cases

CIS: dict[str, str] = json.loads((Path(__file__).parent / "cis-filters.vectors.json").read_text(encoding="utf-8"))[
    "filters"
]
TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN


def pattern(text: str) -> FilterPattern:
    found = parse(text)
    assert isinstance(found, FilterPattern), found
    return found


def iam(*names: str, **more: object) -> PartialRecord:
    fields = {
        "eventSource": "iam.amazonaws.com",
        "eventName": one_of(*names),
        "eventType": "AwsApiCall",
    }
    return cloudtrail({**fields, **more})


def verdict(text: str, record: PartialRecord) -> Verdict:
    return pattern(text).answers(record).verdict


def test_the_filter_of_the_benchmark_matches_every_policy_change_whoever_makes_it() -> None:
    changes = iam("DeleteGroupPolicy", "CreatePolicy", "AttachRolePolicy", "DetachGroupPolicy")

    assert verdict(CIS["4.4"], changes) is TRUE
    assert verdict(CIS["4.4"], iam("CreateUser", "CreateAccessKey")) is FALSE


def test_what_a_filter_leaves_out_is_shown() -> None:
    found = pattern(CIS["4.4"])
    changes = iam("CreatePolicy", "SetDefaultPolicyVersion")
    shown = found.counter_example(changes)

    assert found.answers(changes).verdict is UNKNOWN
    assert shown is not None
    assert shown["eventName"] == "SetDefaultPolicyVersion"
    assert found.matches(shown) is False


@pytest.mark.parametrize(
    ("narrowing", "field", "unseen"),
    [
        ('$.userIdentity.userName = "alice"', "userName", "bob"),
        ('$.userIdentity.userName != "ci"', "userName", "ci"),
        ('$.userIdentity.userName = "a*"', "userName", "bob"),
        ("$.userIdentity.userName = %^adm%", "userName", "alice"),
    ],
)
def test_a_filter_narrowed_to_some_users_is_seen_through(narrowing: str, field: str, unseen: str) -> None:
    found = pattern(f"{{ ($.eventName = CreatePolicy) && ({narrowing}) }}")
    shown = found.counter_example(iam("CreatePolicy", **BY_USER))

    assert shown is not None
    assert shown["userIdentity"][field] == unseen


def test_a_filter_narrowed_to_addresses_or_regions_is_seen_through() -> None:
    address = cloudtrail({"eventName": "CreateUser", "sourceIPAddress": an_address()})
    narrowed = pattern('{ $.eventName = "CreateUser" && $.sourceIPAddress = "10.*" }')
    shown = narrowed.counter_example(address)

    assert shown is not None
    assert not shown["sourceIPAddress"].startswith("10.")
    assert verdict('{ $.sourceIPAddress != "delivery.logs.amazonaws.com" }', address) is TRUE
    assert verdict('{ $.sourceIPAddress = "*.amazonaws.com" }', address) is FALSE


def test_activity_outside_of_the_allowed_regions() -> None:
    elsewhere = cloudtrail({"awsRegion": a_region(outside=("us-east-1", "eu-west-1"))})

    assert verdict('{ $.awsRegion != "us-east-1" && $.awsRegion != "eu-west-1" }', elsewhere) is TRUE
    assert verdict('{ $.awsRegion = "us-east-1" }', elsewhere) is FALSE
    shown = pattern('{ $.awsRegion != "us-*" }').counter_example(elsewhere)
    assert shown is not None
    assert shown["awsRegion"].startswith("us-")


def test_the_guard_against_missing_fields_is_understood() -> None:
    guarded = '{ ($.userIdentity.invokedBy NOT EXISTS) || ($.userIdentity.invokedBy != "x.amazonaws.com") }'
    anyone = cloudtrail({"userIdentity.invokedBy": other_than("x.amazonaws.com").or_absent()})

    assert verdict(guarded, anyone) is TRUE
    assert verdict('{ $.userIdentity.invokedBy != "x.amazonaws.com" }', anyone) is UNKNOWN


def test_an_exclusion_on_a_field_that_people_lack_is_blind_to_them() -> None:
    blind = pattern('{ ($.errorCode = "AccessDenied*") && ($.userIdentity.invokedBy != "x.amazonaws.com") }')
    denied = cloudtrail({**BY_USER, "errorCode": "AccessDenied"})

    assert blind.answers(denied).verdict is FALSE
    assert [fact.detail for fact in blind.answers(denied).facts] == ["`userIdentity.invokedBy` is absent"]


def test_root_use_is_matched_without_a_name_and_not_if_a_service_acts() -> None:
    root = cloudtrail({**BY_ROOT, "eventType": one_of("AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction")})
    by_service = cloudtrail({**BY_ROOT, "userIdentity.invokedBy": free("support.amazonaws.com")})

    assert verdict(CIS["4.3"], root) is TRUE
    assert verdict(CIS["4.3"], by_service) is FALSE
    assert verdict('{ $.userIdentity.type = "root" }', root) is FALSE


def test_two_filters_cover_together_what_neither_covers() -> None:
    users = pattern('{ $.eventName = "CreateUser" && $.userIdentity.type = "IAMUser" }')
    others = pattern('{ $.eventName = "CreateUser" && $.userIdentity.type != "IAMUser" }')
    anyone = iam("CreateUser", **{"userIdentity.type": one_of("IAMUser", "AssumedRole", "Root")})
    mentions = joined(users.mentions, others.mentions)

    assert users.answers(anyone).verdict is others.answers(anyone).verdict is UNKNOWN
    assert over_cases(anyone, mentions, lambda record: users.ask(record) | others.ask(record)).verdict is TRUE

    service = iam("CreateUser", **{"userIdentity.type": one_of("IAMUser").or_absent()})
    shown = example(
        service,
        mentions,
        lambda record: users.ask(record) | others.ask(record),
        lambda record: bool(users.matches(record)) or bool(others.matches(record)),
    )
    assert shown is not None
    assert "type" not in shown["userIdentity"]


def test_alternatives_over_a_list_of_names_cost_little() -> None:
    names = [f"Event{number}" for number in range(30)]
    text = "{ " + " || ".join(f"$.eventName = {name}" for name in names) + " }"

    assert verdict(text, iam(*names)) is TRUE
    assert verdict(text, iam(*names, "Other")) is UNKNOWN


def test_an_unknown_says_which_field_it_hangs_on_or_what_nobody_documents() -> None:
    anyone = cloudtrail({**BY_ROLE, "eventName": "CreateUser"})
    open_field = pattern('{ $.sourceIPAddress = "10.*" }').answers(anyone)
    open_language = pattern("{ $.readOnly = false }").answers(cloudtrail({"readOnly": False}))

    assert [(reason.why, reason.detail) for reason in open_field.reasons] == [
        (Why.CANNOT_SAY, "`sourceIPAddress` may be any text")
    ]
    assert [reason.why for reason in open_language.reasons] == [Why.UNSUPPORTED]


def test_terms_look_at_the_whole_text() -> None:
    stopped = cloudtrail({"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com"})

    assert verdict('"StopLogging"', stopped) is TRUE
    assert verdict('-"StopLogging"', stopped) is FALSE
    assert verdict('"userIdentity"', stopped) is TRUE
    assert verdict('"DeleteTrail"', stopped) is UNKNOWN
    assert pattern('"DeleteTrail"').counter_example(stopped) is not None
    assert verdict(" ", stopped) is TRUE
    either = cloudtrail({"eventName": one_of("StopLogging", "DeleteTrail")})
    assert verdict("?StopLogging ?DeleteTrail", either) is TRUE


def test_fields_between_blanks_are_not_relied_on() -> None:
    stopped = cloudtrail({"eventName": "StopLogging"})
    shown = pattern("[first=ERROR, rest]").counter_example(stopped)

    assert shown is not None
    assert pattern("[first=%eventVersion%, ...]").matches(shown) is None


# --- records ----------------------------------------------------------------------------------------------------------


def test_a_record_is_changed_at_one_place() -> None:
    fields: dict[str | FieldPath, object] = {"a.b": "x", ("l", 1): one_of("y"), "c": {"d": [1, None]}}
    record = PartialRecord.of(fields)

    assert record.select(("a", "b")).says() == "`x`"
    assert record.select(("a", "other")).absent
    assert not record.select(("l", 0)).absent
    assert record.select(("c", "d", 0)).says() == "`1`"
    assert record.select(("c", "d", 1)).says() == "`null`"
    assert (
        record.select(("c", "d", 2)) == record.select(("c", "other")) == record.select(("a", "b", "deeper")) == ABSENT
    )
    assert written(("c", "d", 1)) == "c.d[1]"


def test_only_a_record_without_open_fields_is_whole() -> None:
    whole = {"a": {"b": [1, None, {"c": "x"}]}, "d": None}

    assert PartialRecord.from_json(whole).whole() == whole
    assert PartialRecord.from_json(whole).having(("d",), one_of("x", "y")).whole() is None
    assert PartialRecord.from_json(whole).having(("d",), ABSENT).whole() == {"a": whole["a"]}
    assert PartialRecord.of({"a": "x"}).whole() is None

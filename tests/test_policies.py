"""The built-in policies as a whole: what they are called, what they say of themselves, and that none is missing."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins
from guardrails.policy import settings_fields

if TYPE_CHECKING:
    from guardrails.policy import Policy

LOADED = plugins.load()
POLICIES = [policy for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]

CATALOGUE = {
    "TRAIL": (1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14),
    "LAKE": (1, 2, 3, 4, 5),
    "BUCKET": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),
    "EVENTS": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    "ACCESS": (1, 2, 3, 4, 5, 6, 7, 8, 9),
    "KMS": (1, 2, 3, 4, 5, 6, 7, 8, 9),
    "RETAIN": (1, 2, 3, 4, 5, 6),
    "ORG": (1, 2, 3, 4, 5, 6, 7),
    "MONITOR": (*range(1, 30), 31, 32, 33, 34),
}
"""The controls that code can show, by area. TRAIL-006 and TRAIL-008 are about deliveries, which only an account has."""

OFF_BY_DEFAULT = {
    "BUCKET-006": "only the root user can switch it on, and a locked bucket need not",
    "BUCKET-012": "where the logs already go to an account of their own, a copy may be more than is needed",
    "TRAIL-011": "an announcement of log files is a convenience, not an alarm",
    "TRAIL-014": "which tags are wanted is for each organization to say",
    "MONITOR-027": "many systems that analyse logs fetch the files by themselves, of which no code here tells",
    "MONITOR-029": "who gathers findings elsewhere needs no Security Hub",
    "MONITOR-030": "it is about the past and no configuration, and its look-ups are slow",
    "MONITOR-033": "how a pattern is spelled is Security Hub's concern, and no risk",
    "RETAIN-003": "to keep everything where it is harms no audit",
}

by_id = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)


def test_every_policy_loads() -> None:
    assert [str(error) for error in LOADED.errors] == []


def test_no_control_of_these_areas_is_missing() -> None:
    expected = {f"{area}-{number:03}" for area, numbers in CATALOGUE.items() for number in numbers}

    assert expected <= {policy.id for policy in POLICIES}


def test_ids_and_names_are_used_once() -> None:
    taken = [name for policy in POLICIES for name in (policy.id, policy.name, *policy.aliases)]

    assert len(taken) == len(set(taken))


def test_what_is_off_by_default_has_a_reason() -> None:
    off = {policy.id for policy in POLICIES if not policy.enabled}

    assert set(OFF_BY_DEFAULT) == {policy for policy in off if not policy.startswith("EVENTS")}


@by_id
def test_an_id_is_an_area_and_three_digits(policy: Policy[Any]) -> None:
    assert re.fullmatch(r"[A-Z]+-\d{3}", policy.id)


@by_id
def test_a_name_is_its_file_and_names_the_bad_pattern(policy: Policy[Any]) -> None:
    assert Path(policy.file).stem.replace("_", "-") == policy.name
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", policy.name)
    assert not set(policy.name.split("-")) & {"ensure", "no", "not", "must", "should", "check", "enable", "require"}


@by_id
def test_a_module_says_its_id_and_nothing_more(policy: Policy[Any]) -> None:
    module = ast.parse(Path(policy.file).read_text(encoding="utf-8"))

    assert ast.get_docstring(module) == f"{policy.id}."


@by_id
def test_a_summary_is_one_sentence(policy: Policy[Any]) -> None:
    assert re.fullmatch(r"[A-Z][^.!?]*\.", policy.summary)
    assert 20 <= len(policy.summary) <= 120


@by_id
def test_a_policy_says_since_when(policy: Policy[Any]) -> None:
    assert re.fullmatch(r"\d+\.\d+", policy.since)


@by_id
def test_clauses_are_written_once(policy: Policy[Any]) -> None:
    for clauses in policy.controls.values():
        assert clauses
        assert len(clauses) == len(set(clauses))
        assert all(clauses)


@by_id
def test_every_setting_has_a_default_and_says_what_it_is(policy: Policy[Any]) -> None:
    for name in settings_fields(policy):
        assert name in described_settings(policy)


def described_settings(policy: Policy[Any]) -> set[str]:
    """The settings of a policy whose line is followed by a docstring."""
    assert policy.settings is not None, "asked of policies with settings"
    file = sys.modules[policy.settings.__module__].__file__ or ""
    module = ast.parse(Path(file).read_text(encoding="utf-8"))
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    found: set[str] = set()
    for node in classes:
        for field, after in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_text(after):
                found.add(field.target.id)
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_a_setting_means_the_same_wherever_it_is_used() -> None:
    seen: dict[str, tuple[object, object]] = {}
    for policy in POLICIES:
        for name, said in settings_fields(policy).items():
            assert seen.setdefault(name, said) == said, f"`{name}` of {policy.id}"


def test_settings_are_frozen() -> None:
    for policy in POLICIES:
        if policy.settings is not None:
            settings = policy.settings()
            for name in settings_fields(policy):
                with pytest.raises(AttributeError):
                    setattr(settings, name, None)


@by_id
def test_a_policy_imports_only_what_authors_may(policy: Policy[Any]) -> None:
    module = ast.parse(Path(policy.file).read_text(encoding="utf-8"))
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module == "guardrails.api" or node.module in {
                "__future__",
                "collections.abc",
                "fnmatch",
                "re",
                "typing",
            }
        if isinstance(node, ast.Import):
            assert [name.name for name in node.names] == ["re"]


def test_every_topic_has_its_own_package() -> None:
    for policy in POLICIES:
        assert Path(policy.file).parent.name == policy.id.split("-")[0].lower()

"""Decisions: the reference vectors, through the real lowering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from policy_documents import VECTORS, policies_of

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict
from guardrails.semantics.access.conditions import Context
from guardrails.semantics.access.decision import Policies, Request, decide_access
from guardrails.semantics.access.principals import Caller
from guardrails.semantics.access.targets import arn

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.model import AccessPolicy


class Parts:
    """The policies of one vector, all lowered at once and handed out in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: list[Any] = []
        self._found: Many[AccessPolicy] | None = None

    def add(self, documents: list[Any] | None) -> range:
        start = len(self._documents)
        self._documents += documents or []
        return range(start, len(self._documents))

    def get(self, where: range) -> Many[AccessPolicy]:
        if self._found is None:
            self._found = policies_of(self._folder, self._documents)
        members = self._found.members()
        return Many(tuple(members[at] for at in where))


@pytest.mark.parametrize("vector", VECTORS["access"], ids=lambda vector: vector["id"])
def test_vector(tmp_path: Path, vector: dict[str, Any]) -> None:
    asked, by = vector["request"], vector["request"]["principal"]
    parts = Parts(tmp_path)
    identity = parts.add(vector["identityPolicies"])
    resource = parts.add([vector["resourcePolicy"]] if vector["resourcePolicy"] else [])
    boundary = parts.add(vector.get("permissionsBoundary"))
    session = parts.add([vector["sessionPolicy"]] if vector.get("sessionPolicy") else [])
    levels = [parts.add(level) for level in vector.get("scps") or []]
    rcps = parts.add(vector.get("rcps"))
    request = Request(
        Caller(by["kind"], by["arn"], by["account"], role=by.get("roleArn")),
        asked["action"],
        arn(asked["resource"]),
        asked["resourceAccount"],
        Context(asked["context"]),
    )

    found = decide_access(
        request,
        Policies(
            parts.get(identity),
            parts.get(resource),
            parts.get(boundary),
            parts.get(session),
            tuple(parts.get(level) for level in levels),
            parts.get(rcps),
        ),
        vector["resourceKind"],
    )

    expected = vector["expected"]
    assert found.allowed.verdict is (Verdict.TRUE if expected == "allow" else Verdict.FALSE)
    assert found.explicitly_denied.verdict is (Verdict.TRUE if expected == "explicitDeny" else Verdict.FALSE)

"""Enumerations behave as those of `enum` in all that is used of them."""

from __future__ import annotations

import copy
import enum
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.findings import Outcome
from guardrails.kernel.enumeration import Enum
from guardrails.kernel.origin import How
from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Why
from guardrails.policy import Severity
from guardrails.semantics.access.automaton import Wild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Light(Enum):
    """One of ours."""

    A = "a"
    B = 2

    @property
    def doubled(self) -> str:
        return self.name * 2


class Whole(enum.Enum):
    """The same as the library makes it."""

    A = "a"
    B = 2

    @property
    def doubled(self) -> str:
        return self.name * 2


def told(kind: Any) -> Iterable[object]:  # noqa: ANN401 - of either library
    yield [(one.name, one.value, one.doubled, str(one)[5:], f"{one}"[5:], repr(one)[6:]) for one in kind]
    yield kind("a") is kind.A is kind["A"]
    yield kind(2) is kind.B
    yield (
        kind.A in kind,
        len(kind),
        list(kind.__members__),
        [one.name for one in reversed(kind)],
        [one.name for one in kind.__members__.values()],
    )
    yield (kind.A == kind.A, kind.A == kind.B, kind.A == "a", kind.A != kind.B, bool(kind.B))
    yield {kind.A: 1, kind.B: 2}[kind("a")]
    yield isinstance(kind.A, kind)
    yield copy.copy(kind.A) is kind.A is copy.deepcopy([kind.A])[0]
    yield all(pickle.loads(pickle.dumps(one, protocol)) is one for one in kind for protocol in range(2, 6))
    yield kind.__doc__ is not None
    mistakes: list[Callable[[], object]] = [lambda: kind("b"), lambda: kind([]), lambda: kind["C"], lambda: kind.C]
    for wrong in mistakes:
        with pytest.raises((ValueError, KeyError, AttributeError)) as caught:
            wrong()
        yield caught.type, "C" in str(caught.value) or str(caught.value).replace("Whole", "Light")
    changes: list[Callable[[], object]] = [lambda: setattr(kind, "A", 1), lambda: setattr(kind.A, "name", "B")]
    for change in changes:
        with pytest.raises(AttributeError):
            change()


def test_it_does_what_the_library_does() -> None:
    assert list(told(Light)) == list(told(Whole))


@pytest.mark.parametrize("kind", [Outcome, How, Verdict, Why, Severity, Wild])
def test_members_are_told_by_name_and_value(kind: type[Enum]) -> None:
    members = list(kind)

    assert members
    assert all(isinstance(member, kind) for member in members)
    assert len({member.value for member in members}) == len({member.name for member in members}) == len(members)
    assert [kind(member.value) for member in members] == [kind[member.name] for member in members] == members


def test_a_match_statement_knows_members() -> None:
    match Verdict("true"):
        case Verdict.FALSE:
            found = "no"
        case Verdict.TRUE:
            found = "yes"
        case _:
            found = "?"

    assert found == "yes"

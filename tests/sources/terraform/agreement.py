"""Whether what we make of a configuration agrees with what terraform planned."""

from __future__ import annotations

from decimal import Decimal

from guardrails.sources.terraform.operators import may_be
from guardrails.sources.terraform.values import Choice, HclSet, JsonText, Ref, Text, Unknown


def disagreements(ours: object, theirs: object, mask: object, at: str) -> tuple[list[str], int]:
    """Where a value of ours contradicts terraform's, and how many leaves it knows that we do not.

    Knowing more than terraform is no contradiction: it gives up sooner than it must.
    """
    if isinstance(ours, HclSet):
        ours = ours.items
    if mask is True:
        return [], 0
    if isinstance(ours, Unknown):
        return [], 1
    if isinstance(theirs, dict) and isinstance(ours, dict):
        # A part that is unknown as a whole is missing from what is known.
        unknown = mask if isinstance(mask, dict) else {}
        names = set(theirs) | {name for name, part in unknown.items() if part is True}
        if set(ours) != names:
            return [f"{at}: keys {sorted(ours)} instead of {sorted(names)}"], 0
        found = [disagreements(ours[name], theirs.get(name), unknown.get(name, False), f"{at}.{name}") for name in ours]
    elif isinstance(theirs, list) and isinstance(ours, list):
        unknowns = mask if isinstance(mask, list) else [False] * len(theirs)
        if len(ours) != len(theirs):
            return [f"{at}: {len(ours)} elements instead of {len(theirs)}"], 0
        found = [
            disagreements(mine, other, part, f"{at}[{i}]")
            for i, (mine, other, part) in enumerate(zip(ours, theirs, unknowns, strict=True))
        ]
    else:
        same = _kind(ours) == _kind(theirs) and ours == theirs
        return ([] if same else [f"{at}: {ours!r} instead of {theirs!r}"]), 0
    return [problem for problems, _ in found for problem in problems], sum(missed for _, missed in found)


def _kind(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    return "number" if isinstance(value, int | Decimal) else type(value).__name__


def admits(vague: object, exact: object) -> bool:
    """Whether something that was said while less was known leaves room for what it turned out to be."""
    if isinstance(vague, Choice):
        return any(admits(one, exact) for one in vague.alternatives)
    if isinstance(vague, Ref):
        # Something of another resource, or of its own: whatever it is, it is there.
        return exact is not None
    if isinstance(vague, Text):
        return may_be(vague, exact) if isinstance(exact, str) else isinstance(exact, Text)
    if isinstance(vague, JsonText):
        return isinstance(exact, str | JsonText)
    if isinstance(vague, Unknown):
        return True
    if isinstance(exact, Unknown):
        return False
    if isinstance(vague, HclSet) and isinstance(exact, HclSet):
        return all(any(admits(one, other) for one in vague.items) for other in exact.items)
    if isinstance(vague, list) and isinstance(exact, list):
        return len(vague) == len(exact) and all(map(admits, vague, exact))
    if isinstance(vague, dict) and isinstance(exact, dict):
        return vague.keys() == exact.keys() and all(admits(vague[name], exact[name]) for name in vague)
    return _kind(vague) == _kind(exact) and vague == exact

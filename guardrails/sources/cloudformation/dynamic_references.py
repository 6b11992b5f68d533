"""`{{resolve:…}}`: what CloudFormation reads from Systems Manager and Secrets Manager when it deploys. Never read here,
surely set, and the same wherever it is written the same way."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.values import Choice, Ref, Text, Unknown, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import Origin

_BEGIN, _END = "{{resolve:", "}}"


def resolved(value: str | Unknown, place: Origin | None) -> object:
    """A text with what it refers to as holes."""
    if isinstance(value, str):
        parts: list[str | Unknown] = [value]
    elif isinstance(value, Text):
        parts = list(value.parts)
    elif isinstance(value, Choice):
        ways = [resolved(one, place) if isinstance(one, (str, Text)) else one for one in value.alternatives]
        from guardrails.sources.terraform.equality import choose

        return choose(ways, value.reasons)
    else:
        return value
    done: list[str | Unknown] = []
    inside: list[str | Unknown] | None = None
    for part in parts:
        if not isinstance(part, str):
            (done if inside is None else inside).append(part)
            continue
        rest = part
        while rest:
            if inside is None:
                before, mark, rest = rest.partition(_BEGIN)
                done.append(before)
                inside = [] if mark else None
            else:
                before, mark, rest = rest.partition(_END)
                inside.append(before)
                if mark:
                    done.append(_reference(inside, place))
                    inside = None
    if inside is not None:  # It does not end, so it is none.
        done += [_BEGIN, *inside]
    whole = text(done)
    return whole.parts[0] if isinstance(whole, Text) and len(whole.parts) == 1 else whole


def _reference(inside: list[str | Unknown], place: Origin | None) -> Ref:
    shown = "".join(part if isinstance(part, str) else repr(part) for part in inside)
    first = inside[0] if inside and isinstance(inside[0], str) else ""
    store = "Secrets Manager" if first.startswith("secretsmanager") else "Systems Manager"
    why = Why.SENSITIVE if first.startswith(("secretsmanager", "ssm-secure")) else Why.ELSEWHERE
    told = "".join(part if isinstance(part, str) else "…" for part in inside)
    detail = f"`{_BEGIN}{told}{_END}` is read from {store} when the stack is deployed"
    reason = Reason(why, detail) if place is None else Reason(why, detail, "", place)
    return Ref(f"{_BEGIN}{shown}{_END}", (), (reason,))

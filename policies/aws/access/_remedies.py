"""Why no edit closes the gaps that the policies on access find: it would have to know who is meant."""

from __future__ import annotations

from guardrails.api import LeftToYou

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.api import Alternatives, Remedies

_OF_IDENTITY = "only you know: deny it that, or name it in the settings"
_OF_ACCOUNT = "only you know: take it out, or trust it in the settings"
_LEFT = {
    "ACCESS-001": "who needs the logs, only you know: name them in the statement, or narrow it with a condition",
    "ACCESS-002": "who may delete log files in an emergency, only you know: deny it to everybody else",
    "ACCESS-003": f"whether the account is meant to read the logs, {_OF_ACCOUNT}",
    "ACCESS-004": f"whether the identity is meant to read the logs, {_OF_IDENTITY}",
    "ACCESS-005": f"whether the identity is meant to stop trails, {_OF_IDENTITY}",
    "ACCESS-006": f"whether the identity is meant to mute alerts, {_OF_IDENTITY}",
    "ACCESS-007": "who is meant to send and to read, only you know: name them in the statement",
    "ACCESS-008": "whom and what the statement is meant to allow, only you know: list them",
    "ACCESS-009": f"whether the account is meant to see the telemetry, {_OF_ACCOUNT}",
}


def _left(why: str) -> Callable[[object], Alternatives]:
    return lambda _: ((LeftToYou(why),),)


REMEDIES: Remedies = {policy: _left(why) for policy, why in _LEFT.items()}

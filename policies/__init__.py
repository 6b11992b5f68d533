"""The built-in policies, one function and one page each, offered as a plugin like anyone else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.errors import PluginError
    from guardrails.policy import Policy


@hookimpl
def guardrails_policies() -> Iterable[Policy[Any] | PluginError]:
    from guardrails.plugins import policies_in

    return policies_in(__name__)

"""From paths to the deployments of the plans and states among them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason
from guardrails.sources.terraform_plan.deployment import PlanDeployment
from guardrails.sources.terraform_plan.files import candidates, recognised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.kernel.block import Deployment

_FRAMES = 8_000
"""As for configuration: what is nested needs frames of the interpreter."""


class Loaded(Record):
    """The deployments in the order of their paths, and what else there is to say."""

    deployments: tuple[Deployment, ...]
    gaps: tuple[Reason, ...] = ()
    notices: tuple[str, ...] = ()
    found_in: frozenset[str] = frozenset()
    """The paths, as given, that are a plan or state or hold one, readable or not."""


def load(paths: Sequence[str], working_directory: str = "") -> Loaded:
    """The plans and states at these paths. Nothing raises: what cannot be read is a gap."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES))
    deployments: list[Deployment] = []
    gaps: list[Reason] = []
    notices: list[str] = []
    found_in: set[str] = set()
    for path, given in candidates(paths):
        shown = _shown(path, os.path.realpath(working_directory))
        found = recognised(path, shown)
        if found is None:
            continue
        found_in.add(given)
        if isinstance(found.contents, Reason):
            gaps.append(found.contents)
            continue
        notices += found.contents.notices
        deployments.append(PlanDeployment(found.contents, shown))
    return Loaded(tuple(deployments), tuple(gaps), tuple(notices), frozenset(found_in))


def _shown(path: str, working_directory: str) -> str:
    """A path as reports print it: relative to the working directory where it lies below it."""
    real = os.path.realpath(path)
    inside = real.removeprefix(working_directory.rstrip(os.sep) + os.sep)
    return (path if inside == real else inside).replace(os.sep, "/")

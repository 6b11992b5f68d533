"""From paths to the deployments of the plans and states among them."""

from __future__ import annotations

import os
import sys

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform_plan.code import Code, with_code
from guardrails.sources.terraform_plan.deployment import PlanDeployment
from guardrails.sources.terraform_plan.files import candidates, recognised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guardrails.kernel.block import Deployment

_FRAMES = 8_000
"""As for configuration: what is nested needs frames of the interpreter."""


class Options(Record):
    """What the user says about the things that files leave open."""

    code: Sequence[str] = ()
    """The folders that hold the code of the files; where none is named, the folder of each file is looked at."""
    workspace: str | None = None
    facts: Mapping[str, str] = {}
    """What is known of the account, as for configuration."""


class Loaded(Record):
    """The deployments in the order of their paths, and what else there is to say."""

    deployments: tuple[Deployment, ...]
    gaps: tuple[Reason, ...] = ()
    notices: tuple[str, ...] = ()
    found_in: frozenset[str] = frozenset()
    """The paths, as given, that are a plan or state or hold one, readable or not."""


def load(paths: Sequence[str], options: Options | None = None, working_directory: str = "") -> Loaded:
    """The plans and states at these paths. Nothing raises: what cannot be read is a gap."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES))
    options = options or Options()
    here = os.path.realpath(working_directory)
    deployments: list[Deployment] = []
    gaps: list[Reason] = []
    notices: list[str] = []
    found_in: set[str] = set()
    named = [Code(folder, here) for folder in options.code]
    for folder, code in zip(options.code, named, strict=True):
        if not code.is_there:
            detail = f"`{folder}`, which --source names, holds no configuration"
            gaps.append(
                Reason(Why.INVALID, detail, "name the folder of the root module", Origin(SourceFile(folder, "")))
            )
    named = [code for code in named if code.is_there]
    for path, given in candidates(paths):
        found = recognised(path, _shown(path, here))
        if found is None:
            continue
        found_in.add(given)
        if isinstance(found.contents, Reason):
            gaps.append(found.contents)
            continue
        notices += found.contents.notices
        planned = PlanDeployment(found.contents, found.shown, options.facts)
        matched = with_code(planned, path, named, options.workspace, options.facts, here)
        deployments.append(matched.deployment)
        notices += [matched.notice] if matched.notice else []
        gaps += [matched.gap] if matched.gap is not None else []
    return Loaded(tuple(deployments), tuple(gaps), tuple(notices), frozenset(found_in))


def _shown(path: str, working_directory: str) -> str:
    """A path as reports print it: relative to the working directory where it lies below it."""
    real = os.path.realpath(path)
    inside = real.removeprefix(working_directory.rstrip(os.sep) + os.sep)
    return (path if inside == real else inside).replace(os.sep, "/")

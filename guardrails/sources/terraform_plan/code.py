"""The code that a plan or state was made of: which folder holds it, and whether it is the one."""

from __future__ import annotations

import os

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.deployment import TerraformDeployment
from guardrails.sources.terraform.module_calls import ModuleCalls
from guardrails.sources.terraform.module_scope import Evaluation
from guardrails.sources.terraform.module_source import Reader
from guardrails.sources.terraform.project import repository
from guardrails.sources.terraform.root_inputs import RootInputs
from guardrails.sources.terraform.variables import Given, Supplied
from guardrails.sources.terraform_plan.instances import steps_of
from guardrails.sources.terraform_plan.planned import PlannedOutcome, in_order
from guardrails.sources.terraform_plan.shapes import listed, mapping, string
from guardrails.sources.terraform_plan.with_code import CodeDeployment, difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.kernel.block import Deployment
    from guardrails.sources.terraform.module_source import ModuleSource
    from guardrails.sources.terraform_plan.contents import Contents
    from guardrails.sources.terraform_plan.deployment import PlanDeployment


class Code:
    """A folder with configuration."""

    def __init__(self, folder: str, working_directory: str) -> None:
        self.directory = os.path.realpath(f"{working_directory}{os.sep}{folder}" if not _absolute(folder) else folder)
        tree = repository(self.directory)
        shown = tree if _absolute(folder) else os.path.relpath(tree, working_directory)
        self._reader = Reader([(tree, shown)], working_directory)
        self.shown = self._reader.shown(self.directory)

    @property
    def is_there(self) -> bool:
        return bool(self._reader.listing(self.directory).configuration)

    @property
    def source(self) -> ModuleSource:
        return self._reader.source(self.directory)

    def blocks(self) -> frozenset[str]:
        """The resources, data sources and module calls of the root module."""
        source = self.source
        return frozenset(
            (
                *(f"{kind}.{name}" for kind, name in source.resources),
                *(f"data.{kind}.{name}" for kind, name in source.data),
                *(f"module.{name}" for name in source.modules),
            )
        )

    def deployment(
        self, planned: PlanDeployment, workspace: str | None, facts: Mapping[str, str]
    ) -> TerraformDeployment:
        """The root, evaluated with all that the file knows of it."""
        contents = planned.contents
        inputs = RootInputs({}, {}, self._reader)
        evaluation = Evaluation(
            ModuleCalls(self.directory, self._reader),
            self._reader.tree_of(self.directory),
            supply=lambda: _given(contents) if contents.is_plan else inputs.of(self.directory),
            workspace=workspace,
            facts=facts,
            outcome=PlannedOutcome(planned.known),
        )
        return TerraformDeployment(evaluation, self.shown)


def _absolute(path: str) -> bool:
    return path.startswith(os.sep)


def _given(contents: Contents) -> Given:
    """The values of the variables that a plan was made with: there are no others."""
    origin = Origin(SourceFile(contents.file.path, ""))
    return Given({name: Supplied(origin, value=in_order(value)) for name, value in contents.variables.items()})


class Matched(Record):
    """A file and its code as one deployment, or the file alone; and what there is to say about that."""

    deployment: Deployment
    notice: str = ""
    gap: Reason | None = None


def with_code(
    planned: PlanDeployment,
    path: str,
    named: list[Code],
    workspace: str | None,
    facts: Mapping[str, str],
    working_directory: str,
) -> Matched:
    """A file together with the code that is named for it, or else with that beside it. `path` is the file's own."""
    made_of = blocks_of(planned.contents)
    file = planned.files[0]
    if named:
        best = max(named, key=lambda code: len(made_of & code.blocks()))
        if made_of.isdisjoint(best.blocks()) and made_of:
            shown = ", ".join(f"`{code.shown}`" for code in named)
            detail = f"`{file}` was not made of the code in {shown}: they have no resource in common"
            reason = Reason(Why.INVALID, detail, "name the folder of the root module", planned.origin)
            return Matched(planned, f"`{file}` is judged by itself", reason)
        return _joined(planned, best, workspace, facts, named=True)
    beside = Code(os.path.dirname(path) or ".", working_directory)  # noqa: PTH120 - plain text paths: speed
    if not beside.is_there:
        return Matched(planned, f"`{file}` is judged by itself: no code lies beside it, and --source names none")
    if made_of.isdisjoint(beside.blocks()) and made_of:
        return Matched(planned, f"`{file}` is judged by itself: the code beside it is of something else")
    return _joined(planned, beside, workspace, facts, named=False)


def _joined(
    planned: PlanDeployment, code: Code, workspace: str | None, facts: Mapping[str, str], *, named: bool
) -> Matched:
    file, made_of, written = planned.files[0], blocks_of(planned.contents), code.blocks()
    uncoded = sorted(made_of - written) if not code.source.broken else []
    unplanned = sorted(written - made_of) if planned.contents.is_plan else []
    gap = difference(planned, code.shown, uncoded, unplanned) if uncoded or unplanned else None
    if gap is not None and not named and planned.contents.is_plan:
        notice = f"`{file}` is judged by itself: {gap.detail}; --source {code.shown} takes it nevertheless"
        return Matched(planned, notice)
    differences = (gap,) if gap is not None else ()
    deployment = CodeDeployment(planned, code.deployment(planned, workspace, facts), differences)
    return Matched(deployment, f"`{file}` is judged together with the code in `{code.shown}`")


def blocks_of(contents: Contents) -> frozenset[str]:
    """The resources, data sources and module calls of the root module, as the file tells of them."""
    root = mapping(contents.configuration.get("root_module"))
    if root:
        resources = [mapping(one) for one in listed(root.get("resources"))]
        addresses = (string(one.get("address")) for one in resources if one.get("mode") in ("managed", "data"))
        return frozenset((*addresses, *(f"module.{name}" for name in mapping(root.get("module_calls")))))
    return frozenset(
        f"module.{steps_of(instance.module)[0][0]}" if steps_of(instance.module) else instance.block
        for instance in contents.resources
        if instance.mode == "managed"
    )

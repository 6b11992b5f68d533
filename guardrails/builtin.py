"""What this package itself offers. Nothing behind it is imported before it is used."""

from __future__ import annotations

import os

from guardrails import hookspecs
from guardrails.errors import UsageError
from guardrails.hookspecs import Format, Inputs, Loaded
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.findings import Result
    from guardrails.formats.view import View
    from guardrails.hookspecs import Source
    from guardrails.sources.cloudformation.given import Assigned, Environment, ValuesFile


_ENDINGS = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")
"""What a single file that is named may end in; it stands for the root modules that use it."""

_FACTS = {"id": "account_id", "management_account": "management_account_id"}
"""What the evaluator calls a fact, where the configuration has a shorter word."""


class Terraform(Record):
    """Terraform and OpenTofu configuration."""

    name: str = "terraform"
    looks_for: str = "Terraform (*.tf, *.tf.json, *.tofu)"

    def load(self, paths: Sequence[str], inputs: Inputs) -> Loaded:
        from guardrails.sources.terraform.project import Options, load
        from guardrails.sources.terraform.variables import Assignment, ValuesFile, VariableError

        options = Options(
            variables=[
                Assignment(given.name, given.text, _exact(given.value))
                if isinstance(given, hookspecs.Assignment)
                else ValuesFile(given.path)
                for given in inputs.values
            ],
            environment=os.environ if inputs.environment else None,
            workspace=inputs.workspace,
            facts={_FACTS.get(name, name): said for name, said in inputs.account.items()},
            changed=inputs.changed,
            overlay=inputs.overlay,
        )
        try:
            ours = [path for path in paths if path.endswith(_ENDINGS) or not os.path.isfile(path)]
            loaded = load(ours, options)
        except VariableError as error:
            raise UsageError(str(error)) from error
        return Loaded(loaded.deployments, loaded.gaps, loaded.notices, loaded.found_in)


class TerraformPlan(Record):
    """Plans and states of Terraform and OpenTofu."""

    name: str = "terraform-plan"
    looks_for: str = "plan or state"

    def load(self, paths: Sequence[str], inputs: Inputs) -> Loaded:
        ours = [path for path in paths if not path.endswith(_ENDINGS) and _may_be_plan(path)]
        # Files that changed stand for the code that they affect.
        if not ours or inputs.changed is not None:
            return Loaded()
        from guardrails.sources.terraform_plan.load import Options, load

        facts = {_FACTS.get(name, name): said for name, said in inputs.account.items()}
        loaded = load(ours, Options(inputs.code, inputs.workspace, facts))
        return Loaded(loaded.deployments, loaded.gaps, loaded.notices, loaded.found_in)


class CloudFormation(Record):
    """Templates of CloudFormation."""

    name: str = "cloudformation"
    looks_for: str = "CloudFormation template"

    def load(self, paths: Sequence[str], inputs: Inputs) -> Loaded:
        ours = [path for path in paths if not path.endswith(_ENDINGS)]
        if not ours:
            return Loaded()
        from guardrails.sources.cloudformation.load import Options, ParameterError, load

        facts = {_FACTS.get(name, name): said for name, said in inputs.account.items()}
        try:
            loaded = load(
                ours,
                Options(
                    _given(inputs.parameters),
                    _environments(inputs.environments),
                    facts,
                    inputs.changed,
                    inputs.nested_in,
                    inputs.overlay,
                ),
            )
        except ParameterError as error:
            raise UsageError(str(error)) from error
        return Loaded(loaded.deployments, loaded.gaps, loaded.notices, loaded.found_in)


def _given(values: Sequence[hookspecs.Assignment | hookspecs.ValuesFile]) -> Sequence[Assigned | ValuesFile]:
    if not values:
        return ()
    from guardrails.sources.cloudformation.given import Assigned, ValuesFile, as_text

    return [
        Assigned(given.name, given.text if given.text is not None else as_text(given.value))
        if isinstance(given, hookspecs.Assignment)
        else ValuesFile(given.path)
        for given in values
    ]


def _environments(environments: Sequence[hookspecs.Environment]) -> Sequence[Environment]:
    if not environments:
        return ()
    from guardrails.sources.cloudformation.given import Environment

    return [Environment(one.name, one.templates, tuple(_given(one.values))) for one in environments]


def _may_be_plan(path: str) -> bool:
    """Whether it is a file, or a folder in which there is none but files, and no configuration among them."""
    if not os.path.isdir(path):
        return True
    try:
        with os.scandir(path) as entries:
            held = [entry for entry in entries if not entry.name.startswith(".")]
            return not any(entry.name.endswith(_ENDINGS[:4]) or entry.is_dir() for entry in held)
    except OSError:
        return False


def _exact(value: object) -> object:
    """A value from TOML with decimal numbers as the language has them."""
    if isinstance(value, float):
        from decimal import Decimal

        return Decimal(repr(value))
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, dict):
        return {name: _exact(item) for name, item in value.items()}
    return value


def _text(result: Result, view: View) -> str:
    from guardrails.formats.text import render

    return render(result, view)


def _json(result: Result, view: View) -> str:
    from guardrails.formats.json_report import render

    return render(result, view)


def _sarif(result: Result, view: View) -> str:
    from guardrails.formats.sarif import render

    return render(result, view)


def _markdown(result: Result, view: View) -> str:
    from guardrails.formats.markdown import render

    return render(result, view)


def _junit(result: Result, view: View) -> str:
    from guardrails.formats.junit import render

    return render(result, view)


SOURCES: tuple[Source, ...] = (Terraform(), TerraformPlan(), CloudFormation())
FORMATS = (
    Format("text", "for people", _text),
    Format("json", "for programs; version 1, described in docs/json.md", _json),
    Format("sarif", "for code scanning; SARIF 2.1.0, described in docs/sarif.md", _sarif),
    Format("markdown", "for a comment on a change, or a ticket", _markdown),
    Format("junit", "for the test view of a CI server", _junit),
)

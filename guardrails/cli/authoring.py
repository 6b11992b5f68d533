"""`guardrails new policy` and `guardrails test`: for authors of policies."""

from __future__ import annotations

from pathlib import Path

from guardrails.cli import codes
from guardrails.cli.output import write
from guardrails.cli.program import complain
from guardrails.cli.project import open_project
from guardrails.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def new_policy(arguments: argparse.Namespace) -> int:
    """Write the module and the page of a new policy; nothing that exists is overwritten."""
    from guardrails.new import scaffold
    from guardrails.new import write as write_all

    written = write_all(Path(arguments.folder), scaffold(arguments.id, arguments.name, arguments.on))
    write("".join(f"{path.as_posix()}\n" for path in written))
    complain(f"try it: guardrails test --policies {arguments.folder}")
    return codes.OK


def test(arguments: argparse.Namespace) -> int:
    """Run the examples on the pages of policies: those of the folders named, else those that are selected."""
    from guardrails.testing import examine

    project = open_project(arguments, ["."])
    for error in project.plugins.errors:
        complain(str(error))
    policies = project.plugins.policies
    folders = arguments.folders or ()
    if folders:
        policies = tuple(policy for policy in policies if project.plugins.provider[policy.id] in folders)
    if arguments.select or arguments.ignore:
        chosen = {policy.id for policy in project.selection.policies}
        policies = tuple(policy for policy in policies if policy.id in chosen)
    if not policies and not project.plugins.errors:
        raise UsageError("there is no policy to test")
    reports = [examine(policy, project.plugins) for policy in policies]
    faults = [str(fault) for report in reports for fault in report.faults]
    examples = sum(report.examples for report in reports)
    counts = (
        (len(policies), "policy", "policies"),
        (examples, "example", "examples"),
        (len(faults), "fault", "faults"),
    )
    said = ", ".join(f"{count} {one if count == 1 else several}" for count, one, several in counts) + "."
    write("".join(f"{line}\n" for line in [*faults, said]))
    if project.plugins.errors:
        return codes.INCOMPLETE
    return codes.FAILED if faults else codes.OK

"""What can be typed: commands, options and their help."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, NoReturn

from guardrails import __version__
from guardrails.cli.scan_arguments import (
    COLOUR,
    FAIL_ON,
    SEVERITIES,
    UNKNOWN,
    assignment,
    companion,
    folder,
    names,
    outcomes,
    parameters,
    scanning,
    service,
    values_file,
)
from guardrails.errors import UsageError

if TYPE_CHECKING:
    from typing import TypedDict

    class _Texts(TypedDict):
        description: str
        epilog: str

    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001 - argparse has no public name for it


class Parser(argparse.ArgumentParser):
    """A parser that raises a UsageError, suggests the nearest word and never guesses an abbreviated option."""

    def __init__(self, prog: str | None = None, description: str | None = None, epilog: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{self._nearest(message)}; `{self.prog} --help` shows what can be given")

    def _nearest(self, message: str) -> str:
        from guardrails.plugins import did_you_mean

        kind, _, rest = message.rpartition(": ")
        if kind == "unrecognized arguments":
            unknown = next((word for word in rest.split() if word.startswith("-")), "")
            return did_you_mean(unknown.partition("=")[0], _options_of(self)) if unknown else ""
        return ""

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is None or value in action.choices:
            return
        from guardrails.plugins import did_you_mean

        choices = [str(choice) for choice in action.choices]
        suggestion = did_you_mean(str(value), choices)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - argparse has no public name for it
            if not suggestion and os.path.exists(str(value)):
                suggestion = f"; did you mean `{self.prog} scan {value}`?"
            raise UsageError(f"there is no command `{value}`{suggestion}")
        raise UsageError(
            f"{'/'.join(action.option_strings) or action.dest}: `{value}` is none of {', '.join(choices)}{suggestion}"
        )


def _options_of(parser: argparse.ArgumentParser) -> list[str]:
    """The options of a parser and of the commands below it: an unknown one is reported by the outermost parser."""
    found: list[str] = []
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to see its actions
        found += action.option_strings
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for below in action.choices.values():
                found += _options_of(below)
    return found


def parser() -> Parser:
    top = Parser(
        prog="guardrails",
        description="Says whether anyone would know who did what: what is wrong with the audit trail that your\n"
        "infrastructure code would create, at the line to change; what could not be known, and why.",
        epilog="examples:\n"
        "  guardrails scan infra/                 judge every root module and template below infra/\n"
        "  guardrails live --profile audit        judge the account as it is\n"
        "  guardrails drift infra/ --live         whether the account still is what the code says\n"
        "  guardrails trace --event CreateUser infra/\n"
        "                                         would anybody be told of it, and where does it stop\n"
        "  guardrails policies show TRAIL-005     what a policy asks for, why, and how to comply\n"
        "\n"
        "`guardrails COMMAND --help` shows the options of a command.",
    )
    top.add_argument("-V", "--version", action="version", version=f"guardrails {__version__}")
    top.set_defaults(command=_no_command)
    commands = top.add_subparsers(metavar="COMMAND", parser_class=Parser)
    _scan(commands)
    _live(commands)
    _drift(commands)
    _history(commands)
    _trace(commands)
    _remedy(commands)
    _policies(commands)
    _explain(commands)
    _test(commands)
    _new(commands)
    _completion(commands)
    return top


def _no_command(_: argparse.Namespace) -> int:
    raise UsageError("say what to do, for example `guardrails scan .`; `guardrails --help` shows all commands")


def _no_action(_: argparse.Namespace) -> int:
    raise UsageError("say what to do: `guardrails policies list`, or `guardrails policies show ID`")


def _scan(commands: Commands) -> None:
    scan = commands.add_parser(
        "scan",
        help="judge infrastructure code",
        description="Judges the audit trail that infrastructure code would create. Nothing is run, downloaded or\n"
        "connected to.",
        epilog="examples:\n"
        "  guardrails scan                                   the working directory\n"
        "  guardrails scan infra/ --var-file prod.tfvars     with the values of one environment\n"
        "  guardrails scan trail.yaml --parameters prod.json a CloudFormation template, with values\n"
        "  guardrails scan cdk.out/                          what `cdk synth` wrote\n"
        "  guardrails scan . --select 'TRAIL-*,KMS-001'      only some policies\n"
        "  guardrails scan plan.json --source infra/         what `terraform show -json` prints, and its code\n"
        "  guardrails scan . -o sarif=report.sarif -o text=- two reports of one run\n"
        "  guardrails scan --changed $(git diff --name-only main)\n"
        "\n"
        "exit codes:\n"
        "  0  nothing failed at or above --fail-on\n"
        "  1  something failed\n"
        "  2  wrong arguments or configuration\n"
        "  3  incomplete: something asked for could not be read, judged or written (also if something failed)",
    )
    scan.set_defaults(command=scanning)
    scan.add_argument("paths", metavar="PATH", nargs="*", help="folders or files (default: the working directory)")
    scan.add_argument(
        "--changed",
        action="store_true",
        help="the paths are files that changed: judge the root modules and templates that they affect, those that"
        " call a changed module or nest a changed template included",
    )

    scan.add_argument(
        "--with",
        metavar="FILE",
        dest="companions",
        type=companion,
        action="append",
        help="a snapshot of the account that the code goes to (`guardrails live --save`): what the code only refers to"
        " is looked up in it; or another program to ask as well: cfn-lint",
    )

    _value_options(scan, code="--source")
    _policy_options(scan)

    verdict = _verdict_options(scan)
    verdict.add_argument("--no-waivers", action="store_true", help="judge as if there were no waivers beside the code")
    _report_options(scan)


def _verdict_options(command: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    verdict = command.add_argument_group("verdict")
    verdict.add_argument(
        "--fail-on",
        metavar="LEVEL",
        choices=FAIL_ON,
        help="exit with 1 if something fails at this severity or above: info, low, medium, high, critical or never"
        " (default: low)",
    )
    verdict.add_argument(
        "--unknown",
        metavar="HOW",
        choices=UNKNOWN,
        help="whether what could not be known counts as failed: report or fail (default: report)",
    )
    verdict.add_argument(
        "--today", metavar="DATE", help="the day by which waivers end, as 2027-01-31 (default: the present day in UTC)"
    )
    return verdict


def _report_options(command: argparse.ArgumentParser) -> None:
    report = command.add_argument_group("report")
    report.add_argument(
        "--severity", metavar="LEVEL", choices=SEVERITIES, help="leave out all that is less severe, as if not judged"
    )
    report.add_argument(
        "--outcome",
        metavar="OUTCOMES",
        type=outcomes,
        action="extend",
        help="list only these: pass, fail, unknown, error, waived; counts and exit code stay",
    )
    report.add_argument(
        "--format", metavar="FORMAT", help="text (default), json, sarif, markdown, junit, or one of a plugin"
    )
    report.add_argument(
        "-o",
        "--output",
        metavar="[FORMAT=]FILE",
        dest="outputs",
        action="append",
        help="write a report there instead of to the standard output, which is `-`; repeatable",
    )
    report.add_argument("--color", metavar="WHEN", choices=COLOUR, default="auto", help="auto, always or never")
    report.add_argument("-v", "--verbose", action="store_true", help="list also what passed, and every fact")
    report.add_argument("-q", "--quiet", action="store_true", help="one line for each failure")
    report.add_argument("--stats", action="store_true", help="tell on stderr what took how long")


def _parameters_option(values: argparse._ArgumentGroup) -> None:
    values.add_argument(
        "--parameters",
        metavar="NAME=VALUE|FILE",
        dest="parameters",
        type=parameters,
        action="append",
        help="a value for a parameter of templates, or a file of them; repeatable, the later wins",
    )


def _value_options(command: argparse.ArgumentParser, code: str) -> None:
    values = command.add_argument_group("values for what the code leaves open")
    values.add_argument(
        "--var",
        metavar="NAME=VALUE",
        dest="values",
        type=assignment,
        action="append",
        help="a value for a variable; repeatable",
    )
    values.add_argument(
        "--var-file",
        metavar="FILE",
        dest="values",
        type=values_file,
        action="append",
        help="a tfvars file; repeatable, of two values the later wins",
    )
    _parameters_option(values)
    values.add_argument("--tf-var-env", action="store_true", help="take variables from TF_VAR_* as terraform does")
    values.add_argument("--workspace", metavar="NAME", help="the value of `terraform.workspace`")
    values.add_argument(
        code,
        metavar="DIR",
        dest="code",
        type=folder,
        action="append",
        help="the root module that a plan or state is of, which gives it lines and all that it lacks (default: the"
        " folder of the file, if it is its code); repeatable",
    )


def _policy_options(command: argparse.ArgumentParser) -> None:
    policies = command.add_argument_group("policies and configuration")
    policies.add_argument(
        "--select",
        metavar="POLICIES",
        type=names,
        action="extend",
        help="only these: ids, names or patterns as 'KMS-*', separated by commas",
    )
    policies.add_argument("--ignore", metavar="POLICIES", type=names, action="extend", help="all but these")
    policies.add_argument(
        "--policies",
        metavar="DIR",
        dest="folders",
        action="append",
        help="a folder of policies of your own; its Python is executed; repeatable",
    )
    _configuration(policies)


def _configuration(group: argparse._ArgumentGroup) -> None:
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration (default: guardrails.toml or pyproject.toml at what is scanned, or above it)",
    )
    which.add_argument("--no-config", action="store_true", help="use no configuration file")


def _live(commands: Commands) -> None:
    from guardrails.cli import live_arguments

    live = commands.add_parser(
        "live",
        help="judge AWS accounts as they are",
        description="Reads AWS accounts through calls that change nothing, and judges them by the policies that judge\n"
        "code. What may not be read is said, and never taken for good or bad.",
        epilog="examples:\n"
        "  guardrails live                                   the account of the credentials that are found\n"
        "  guardrails live --profile audit --regions eu-central-1,us-east-1\n"
        "  guardrails live --org --org-role AuditReader      every account of the organization\n"
        "  guardrails live --save today.json.zst             keep what was read\n"
        "  guardrails live --from today.json.zst -o sarif=report.sarif\n"
        "                                                    judge it again, without asking AWS\n"
        "  guardrails live --print-policy --select 'TRAIL-*' the permissions that this needs\n"
        "\n"
        "exit codes:\n"
        "  0  nothing failed at or above --fail-on\n"
        "  1  something failed\n"
        "  2  wrong arguments, configuration or credentials\n"
        "  3  incomplete: a call was refused, an account could not be entered, a report could not be written\n"
        "  130  interrupted: what was read is kept in a journal, and --resume goes on with it",
    )
    live.set_defaults(command=_living)
    live.add_argument(
        "--print-policy",
        action="store_true",
        help="print the least IAM policy with which the selected policies can be judged, and ask nobody",
    )
    live_arguments.target_options(live)
    live_arguments.reading_options(live)
    _policy_options(live)
    _verdict_options(live)
    _report_options(live)


def _living(arguments: argparse.Namespace) -> int:
    from guardrails.cli.live import live

    return live(arguments)


def _drift(commands: Commands) -> None:
    from guardrails.cli import drift_arguments

    drift = commands.add_parser(
        "drift",
        help="say whether accounts still are what the code declares",
        description=drift_arguments.DESCRIPTION,
        epilog=drift_arguments.EPILOG,
    )
    drift_arguments.options(drift)
    _value_options(drift, code="--code")
    _policy_options(drift)
    drift_arguments.report_options(drift, COLOUR)


def _history(commands: Commands) -> None:
    from guardrails.cli import history_arguments

    history = commands.add_parser(
        "history",
        help="say when verdicts on accounts turned, over snapshots that were kept",
        description=history_arguments.DESCRIPTION,
        epilog=history_arguments.EPILOG,
    )
    history_arguments.options(history)
    _policy_options(history)
    history_arguments.report_options(history, COLOUR)


def _trace(commands: Commands) -> None:
    from guardrails.cli import live_arguments

    trace = commands.add_parser(
        "trace",
        help="say what becomes of a call: recorded, kept, matched, alarmed, told",
        description="Follows calls through the audit trail and the monitoring that infrastructure code would create,\n"
        "or that an account has: where they are recorded, kept, matched, alarmed and told, or where the chain\n"
        "breaks first.",
        epilog="examples:\n"
        "  guardrails trace --event CreateUser infra/\n"
        "  guardrails trace --event ConsoleLogin --set userIdentity.type=Root infra/\n"
        "  guardrails trace --scenario iam-policy-change plan.json --code infra/\n"
        "  guardrails trace --scenario payroll-use --config guardrails.toml infra/   one of your own\n"
        "  guardrails trace --record event.json infra/       one record, or a list of them\n"
        "  guardrails trace --log AWSLogs/ infra/            a whole log, as CloudTrail delivers it\n"
        "  guardrails trace --event StopLogging --live       in the account of the credentials that are found\n"
        "  guardrails trace --log AWSLogs/ --from today.json in accounts as `guardrails live --save` kept them\n"
        "\n"
        "exit codes:\n"
        "  0  all of it is noticed\n"
        "  1  something reaches nobody\n"
        "  2  wrong arguments, configuration or credentials\n"
        "  3  incomplete: something could not be read; or it is not known whether anybody would be told\n"
        "  130  interrupted",
    )
    reading = dict.fromkeys(("journal", "resume", "workers", "concurrency", "executor"))
    trace.set_defaults(command=_tracing, folders=None, **reading)
    trace.add_argument(
        "paths", metavar="PATH", nargs="*", help="folders or files as for scan (default: the working directory)"
    )

    asked = trace.add_argument_group("what to trace: one of these")
    asked.add_argument(
        "--event", metavar="NAME", action="append", help="successful calls of this name by anybody; repeatable"
    )
    asked.add_argument(
        "--scenario",
        metavar="NAME",
        action="append",
        help="all calls of a scenario, as iam-policy-change, or of a [[scenario]] of the configuration; repeatable",
    )
    asked.add_argument(
        "--record",
        metavar="FILE",
        action="append",
        help="CloudTrail records in a JSON file, each with its chain; repeatable",
    )
    asked.add_argument(
        "--log",
        metavar="PATH",
        action="append",
        help="log files of CloudTrail, compressed or not, or folders of them: a table of what becomes of each call;"
        " repeatable",
    )
    asked.add_argument(
        "--source",
        metavar="SERVICE",
        dest="event_source",
        type=service,
        help="whose call --event is, as iam.amazonaws.com, where the name alone does not say it",
    )
    asked.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        dest="fields",
        action="append",
        help="only those with this field, as userIdentity.type=Root; repeatable",
    )

    trace.add_argument("--live", action="store_true", help="trace AWS accounts as they are, in place of code")
    live_arguments.target_options(trace)
    _value_options(trace, code="--code")
    _configuration(trace.add_argument_group("configuration"))
    report = trace.add_argument_group("report")
    report.add_argument("--format", metavar="FORMAT", choices=("text", "json"), default="text", help="text or json")
    report.add_argument("--color", metavar="WHEN", choices=COLOUR, default="auto", help="auto, always or never")
    report.add_argument("-v", "--verbose", action="store_true", help="show every chain, way and row")


def _remedy(commands: Commands) -> None:
    remedy = commands.add_parser(
        "remedy",
        help="print the change of code that closes a gap, proved before it is shown",
        description="Prints what to write so that a policy no longer fails, as a unified diff. Each change has been\n"
        "judged before it is shown: with it the code parses, the finding is gone and no other verdict is worse.",
        epilog="examples:\n"
        "  guardrails remedy TRAIL-005 infra/\n"
        "  guardrails remedy MONITOR-004 infra/ --apply\n"
        "\n"
        "exit codes:\n"
        "  0  every failure of the policy has a proved remedy, or there is none\n"
        "  1  some failure has no proved remedy, or whether it fails is not known\n"
        "  2  wrong arguments or configuration\n"
        "  3  incomplete: something could not be read, or the change could not be written",
    )
    remedy.set_defaults(command=_remedying, select=None, ignore=None)
    remedy.add_argument("policy", metavar="POLICY", help="the id, the name or an alias of a policy")
    remedy.add_argument("paths", metavar="PATH", nargs="*", help="folders of code (default: the working directory)")
    remedy.add_argument("--resource", metavar="ADDRESS", help="only for this resource")
    remedy.add_argument("--apply", action="store_true", help="write the change after showing it, whole or not at all")
    values = remedy.add_argument_group("values for what the code leaves open")
    values.add_argument(
        "--var", metavar="NAME=VALUE", dest="values", type=assignment, action="append", help="a value; repeatable"
    )
    values.add_argument(
        "--var-file", metavar="FILE", dest="values", type=values_file, action="append", help="a tfvars file; repeatable"
    )
    _parameters_option(values)
    values.add_argument("--workspace", metavar="NAME", help="the value of `terraform.workspace`")
    policies = remedy.add_argument_group("policies and configuration")
    policies.add_argument("--policies", metavar="DIR", dest="folders", action="append", help="a folder of policies")
    which = policies.add_mutually_exclusive_group()
    which.add_argument("--config", metavar="FILE", help="the configuration")
    which.add_argument("--no-config", action="store_true", help="use no configuration file")


def _remedying(arguments: argparse.Namespace) -> int:
    from guardrails.cli.remedy import remedy

    return remedy(arguments)


def _tracing(arguments: argparse.Namespace) -> int:
    from guardrails.cli.trace import trace

    return trace(arguments)


def _policies(commands: Commands) -> None:
    policies = commands.add_parser(
        "policies",
        help="list or explain policies",
        description="Lists the policies, or explains one.",
        epilog="examples:\n"
        "  guardrails policies list\n"
        "  guardrails policies list --select 'RETAIN-*'\n"
        "  guardrails policies show RETAIN-001",
    )
    policies.set_defaults(command=_no_action)
    actions = policies.add_subparsers(metavar="ACTION", parser_class=Parser)
    listing = actions.add_parser(
        "list",
        help="one line for each policy",
        description="Lists the policies with severity and state.",
        epilog="example:\n  guardrails policies list --select 'KMS-*' --format json",
    )
    listing.set_defaults(command=_listing)
    _policy_options(listing)
    listing.add_argument("--format", metavar="FORMAT", choices=("text", "json"), default="text", help="text or json")
    _colour(listing)
    _show(actions.add_parser("show", help="explain one policy", **_SHOW))


def _explain(commands: Commands) -> None:
    _show(commands.add_parser("explain", help="the same as `policies show`", **_SHOW))


_SHOW: _Texts = {
    "description": "Explains a policy: what it asks for and why, its settings, the clauses it serves, how to comply.",
    "epilog": "examples:\n"
    "  guardrails policies show TRAIL-005\n"
    "  guardrails policies show trail-without-log-validation --examples",
}


def _show(show: argparse.ArgumentParser) -> None:
    show.set_defaults(command=_showing)
    show.add_argument("policy", metavar="ID", help="the id, the name or an alias of a policy")
    show.add_argument("--examples", action="store_true", help="with the examples of its page")
    show.add_argument("--policies", metavar="DIR", dest="folders", action="append", help="look also in this folder")
    which = show.add_mutually_exclusive_group()
    which.add_argument("--config", metavar="FILE", help="show settings as this configuration gives them")
    which.add_argument("--no-config", action="store_true", help="show settings as they are by default")
    _colour(show)


def _colour(command: argparse.ArgumentParser) -> None:
    command.add_argument("--color", metavar="WHEN", choices=COLOUR, default="auto", help="auto, always or never")


def _test(commands: Commands) -> None:
    test = commands.add_parser(
        "test",
        help="run the examples on the pages of policies",
        description="Runs the examples on the pages of policies: each must lead to exactly what its markers say.",
        epilog="examples:\n"
        "  guardrails test --policies audit-policies     the policies of a folder\n"
        "  guardrails test --select TRAIL-005            one policy\n"
        "\n"
        "exit codes: 0 all as the pages say, 1 not so, 2 wrong arguments, 3 a policy cannot be loaded",
    )
    test.set_defaults(command=_testing)
    _policy_options(test)


def _new(commands: Commands) -> None:
    new = commands.add_parser("new", help="start something of your own", description="Writes a first version.")
    new.set_defaults(command=_nothing_new)
    kinds = new.add_subparsers(metavar="KIND", parser_class=Parser)
    policy = kinds.add_parser(
        "policy",
        help="a policy and its page",
        description="Writes the module and the page of a new policy, whose examples pass before anything is changed.",
        epilog="example:\n  guardrails new policy ACME-001 trail-without-owner --on AuditTrail --folder audit-policies",
    )
    policy.set_defaults(command=_starting)
    policy.add_argument("id", metavar="ID", help="its id, as ACME-001")
    policy.add_argument("name", metavar="NAME", help="its name: the bad pattern, as trail-without-owner")
    policy.add_argument("--on", metavar="RESOURCE", default="AuditTrail", help="what it judges (default: AuditTrail)")
    policy.add_argument("--folder", metavar="DIR", default=".", help="where to (default: the working directory)")


def _nothing_new(_: argparse.Namespace) -> int:
    raise UsageError("say what to start: `guardrails new policy ID NAME`")


def _completion(commands: Commands) -> None:
    completion = commands.add_parser(
        "completion",
        help="print a script that completes commands and options in a shell",
        description="Prints a completion script.",
        epilog="examples:\n"
        '  eval "$(guardrails completion bash)"                              in ~/.bashrc\n'
        '  guardrails completion zsh > "${fpath[1]}/_guardrails"\n'
        "  guardrails completion fish > ~/.config/fish/completions/guardrails.fish",
    )
    completion.set_defaults(command=_completing)
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="SHELL", help="bash, zsh or fish")


# The commands, imported when they are run.


def _listing(arguments: argparse.Namespace) -> int:
    from guardrails.cli.policies import list_policies

    return list_policies(arguments)


def _showing(arguments: argparse.Namespace) -> int:
    from guardrails.cli.policies import show_policy

    return show_policy(arguments)


def _testing(arguments: argparse.Namespace) -> int:
    from guardrails.cli.authoring import test

    return test(arguments)


def _starting(arguments: argparse.Namespace) -> int:
    from guardrails.cli.authoring import new_policy

    return new_policy(arguments)


def _completing(arguments: argparse.Namespace) -> int:
    from guardrails.cli.completion import script
    from guardrails.cli.output import write

    write(script(arguments.shell, parser()))
    return 0

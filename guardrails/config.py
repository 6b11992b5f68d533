"""What a project says about itself in `guardrails.toml`, or under `[tool.guardrails]` in `pyproject.toml`.

A file that somebody named with `--config` is trusted. One that was found in or above what is scanned came with the code
under scrutiny: it may set options, but no Python is loaded because of it, it names no file outside its folder, and it
opens no environment variables to that code.
"""

from __future__ import annotations

import os

from guardrails.errors import ConfigError
from guardrails.hookspecs import Assignment, Environment, Inputs, ValuesFile
from guardrails.kernel.record import Record, changed
from guardrails.plugins import did_you_mean, shown
from guardrails.policy import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE = "guardrails.toml"
SHARED_FILE = "pyproject.toml"
NEVER = "never"

ROLES = ("audit_buckets", "audit_log_groups", "audit_topics", "audit_keys", "watched_destinations")
ACCOUNT_FACTS = ("id", "name", "region", "partition", "organization_id", "management_account")
DRIFT_KINDS = ("changed", "missing", "unmanaged")

_MOST_BYTES = 1 << 20


class PolicyEntry(Record):
    """What `[policy.ID]` says. `settings` are not yet checked against the policy's own."""

    key: str
    """The id, name or alias as written."""
    place: str
    enabled: bool | None = None
    severity: Severity | None = None
    settings: Mapping[str, object] = {}


class DeploymentEntry(Record):
    """What `[[deployment]]` says: roots that are deployed as one, and what is expected of them."""

    name: str
    roots: tuple[str, ...]
    """Absolute paths."""
    place: str
    expects_trail: bool = False


class Assertion(Record):
    """What `[[elsewhere]]` says: that something exists outside of what is scanned, who says so and since when."""

    kind: str
    name: str
    """A name or an ARN; empty where it is not said."""
    reason: str
    date: str
    place: str
    until: str = ""
    """The last day on which it counts, as 2027-01-31; empty for any."""
    account: str = ""
    region: str = ""
    said: Mapping[str, object] = {}
    """What it says of the resource: attributes of the kind in `lower.elsewhere.KINDS`."""
    rest_is_default: bool = False
    """Whether all that it does not say is as AWS makes it; else that is not known."""


class WaiverRules(Record):
    """What `[waivers]` says: what a waiver beside the code must give, and what it may not do."""

    require_reason: bool = True
    require_until: bool = True
    max_days: int = 0
    """The greatest number of days from today on for which a waiver may hold; 0 for any."""
    notice_days: int = 14
    """How many days before its end a waiver is named in the report."""
    never: tuple[str, ...] = ()
    """Policies that may not be waived: ids, names, aliases or patterns."""


class IgnoredDrift(Record):
    """What `[[drift.ignore]]` says: which differences between code and account do not count, why and until when."""

    policies: tuple[str, ...]
    """Ids or names, or patterns: of verdicts that turned. Empty for a rule about what is no verdict."""
    resources: tuple[str, ...]
    """Addresses in the code, or ARNs, or patterns; empty for all."""
    attributes: tuple[str, ...]
    kinds: tuple[str, ...]
    """`changed`, `missing` or `unmanaged`; empty for all of them."""
    reason: str
    until: str
    """The last day on which it holds; empty for always."""
    place: str


class Config(Record):
    """A configuration file as read; all fields empty where there is none."""

    file: str = ""
    """As messages show it; empty where there is no file."""
    trusted: bool = False
    policies: tuple[str, ...] = ()
    """Folders of policies written in Python; honoured only if `trusted`."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = ""
    """A severity or `never`; empty where nothing is said."""
    unknown: str = ""
    """`report` or `fail`; empty where nothing is said."""
    settings: Mapping[str, object] = {}
    """Given to every policy that has a setting of that name."""
    entries: tuple[PolicyEntry, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = {}
    inputs: Inputs = Inputs()
    deployments: tuple[DeploymentEntry, ...] = ()
    elsewhere: tuple[Assertion, ...] = ()
    waivers: WaiverRules = WaiverRules()
    ignored_drift: tuple[IgnoredDrift, ...] = ()
    notices: tuple[str, ...] = ()
    """What it asks for and does not get."""
    places: Mapping[tuple[str | int, ...], int] = {}
    """The line of every key, for messages."""

    def place(self, *path: str | int) -> str:
        """`FILE:LINE` of a key, or of the nearest table above it that was found."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return f"{self.file}:{self.places[path[:length]]}"
        return self.file


# Finding the file


class Found(Record):
    """The configuration file that applies to some paths, if any, and what a person should know about the choice."""

    file: str | None = None
    notices: tuple[str, ...] = ()


def find(paths: Sequence[str]) -> Found:
    """The configuration file for a scan of `paths`: the nearest one at or above the folder that holds them all.

    The search ends at the top of the git repository, or at the working directory where there is none; a folder outside
    of both is searched alone. In one folder `guardrails.toml` comes before `pyproject.toml`.
    """
    folders = [_folder_of(path) for path in paths]
    try:
        start = os.path.commonpath(folders)
    except ValueError:  # On different drives.
        return Found()
    chain = _up_to_the_top(start)
    notices: list[str] = []
    chosen: str | None = None
    for folder in chain:
        chosen = _file_in(folder)
        if chosen is not None and not _really_below(chosen, chain[-1]):
            notices.append(f"{shown(chosen)} is not used: it is a link to a file outside of the repository")
            chosen = None
        if chosen is not None:
            break
    for folder in dict.fromkeys(folders):
        other = _file_in(folder) if folder != start else None
        if other is not None:
            notices.append(
                f"{shown(other)} is not used, because more than that folder is scanned:"
                f" scan it alone, or pass `--config {shown(other)}`"
            )
    return Found(chosen, tuple(notices))


def absolute(path: str) -> str:
    """The path from the root, without `..` and without following links: as people mean it."""
    return os.path.abspath(path)


def is_below(path: str, folder: str) -> bool:
    """Whether an absolute path is the folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _really_below(path: str, folder: str) -> bool:
    return is_below(os.path.realpath(path), os.path.realpath(folder))


def _folder_of(path: str) -> str:
    whole = absolute(path)
    return whole if os.path.isdir(whole) else os.path.dirname(whole)


def _up_to_the_top(start: str) -> list[str]:
    chain = [start]
    while (above := os.path.dirname(chain[-1])) != chain[-1]:
        chain.append(above)
    here = os.getcwd()
    for tops in ([f for f in chain if os.path.exists(os.path.join(f, ".git"))], [f for f in chain if f == here]):
        if tops:
            return chain[: chain.index(tops[0]) + 1]
    return [start]


def _file_in(folder: str) -> str | None:
    own = os.path.join(folder, FILE)
    if os.path.isfile(own):
        return own
    shared = os.path.join(folder, SHARED_FILE)
    try:
        with open(shared, "rb") as file:
            is_about_us = b"tool.guardrails" in file.read()
        if is_about_us and _table_of(_parsed(shared), shared) is not None:
            return shared
    except (OSError, ConfigError):  # Somebody else's broken file is not our concern.
        pass
    return None


# Reading it


def read(path: str | os.PathLike[str], *, trusted: bool) -> Config:
    """The configuration in a file. All that is wrong with it is said in one ConfigError, a line for each fault."""
    file = os.fspath(path)
    content = _parsed(file)
    table = _table_of(content, file)
    if table is None:
        raise ConfigError(f"{shown(file)}: there is no `[tool.guardrails]` in it")
    prefix = ("tool", "guardrails") if os.path.basename(file) == SHARED_FILE else ()
    lines = {path[len(prefix) :]: line for path, line in _lines(_text_of(file)) if path[: len(prefix)] == prefix}
    faults: list[str] = []
    config = _config(_Table(table, (), Config(file=shown(file), places=lines), faults), file, trusted=trusted)
    if faults:
        raise ConfigError("\n".join(faults))
    return config


def _text_of(file: str) -> str:
    try:
        if os.stat(file).st_size > _MOST_BYTES:
            raise ConfigError(f"{shown(file)}: larger than 1 MiB, which is no configuration")
        with open(file, encoding="utf-8") as stream:
            return stream.read()
    except OSError as error:
        raise ConfigError(f"{shown(file)}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown(file)}: is not UTF-8 text") from error


_MOST_PARTS = 100
_LONG_KEY = (
    r"(?<![^\s.\"'=,\[\]#])"
    r"(?:(?:[^\s.\"'=,\[\]#]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+)"
    rf"{{{_MOST_PARTS}}}"
)
"""What makes the reader of TOML take time that grows with the square."""


def _parsed(file: str) -> dict[str, object]:
    import re
    import tomllib

    text = _text_of(file)
    if re.search(_LONG_KEY, text):
        raise ConfigError(f"{shown(file)}: a key has more than {_MOST_PARTS} parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, position = str(error).rpartition(" (at ")
        line = position.removeprefix("line ").partition(",")[0]
        if not line.isdigit():  # At the end of the document.
            line = str(max(1, len(text.splitlines())))
        raise ConfigError(f"{shown(file)}:{line}: is not valid TOML: {message or error}") from error
    except RecursionError as error:
        raise ConfigError(f"{shown(file)}: is nested too deeply") from error
    except ValueError as error:  # A number of thousands of digits.
        raise ConfigError(f"{shown(file)}: is not valid TOML: {error}") from error


def _table_of(content: dict[str, object], file: str) -> dict[str, object] | None:
    if os.path.basename(file) != SHARED_FILE:
        return content
    tool = content.get("tool")
    table = tool.get("guardrails") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _config(top: _Table, file: str, *, trusted: bool) -> Config:
    folder = os.path.dirname(os.path.join(os.getcwd(), file))
    terraform = top.table("terraform")
    cloudformation = top.table("cloudformation")
    roles = top.table("roles")
    account = top.table("account")
    facts = {fact: account.text(fact) for fact in ACCOUNT_FACTS}
    if facts["id"] and not (facts["id"].isdigit() and len(facts["id"]) == 12):
        account.fault("id", "an account id is 12 digits, written in quotes")
    environment = terraform.flag("environment")
    inputs = Inputs(
        values=(
            *(ValuesFile(path) for path in _values_files(terraform, "var_files", folder, trusted=trusted)),
            *(Assignment(name, value) for name, value in terraform.anything("variables").items()),
        ),
        environment=bool(environment and trusted),
        workspace=terraform.text("workspace") or None,
        account={fact: said for fact, said in facts.items() if said},
        parameters=_parameters(cloudformation, folder, trusted=trusted),
        environments=tuple(_environments(cloudformation, folder, trusted=trusted)),
        nested_in=tuple(absolute(os.path.join(folder, path)) for path in cloudformation.texts("nested_in")),
    )
    policies = top.texts("policies")
    refused = [] if trusted else list(_refused(top.config, policies, environment))
    config = Config(
        file=top.config.file,
        trusted=trusted,
        policies=tuple(_joined(folder, path) for path in policies),
        select=top.texts("select"),
        ignore=top.texts("ignore"),
        fail_on=top.one_of("fail_on", (*(severity.value for severity in Severity), NEVER)),
        unknown=top.one_of("unknown", ("report", "fail")),
        settings={**top.anything("settings"), **_own_scenarios(top, folder, trusted=trusted)},
        entries=tuple(_policy_entries(top)),
        roles={role: roles.texts(role) for role in ROLES},
        inputs=inputs,
        deployments=tuple(_deployments(top, folder)),
        elsewhere=tuple(_assertions(top)),
        waivers=_waiver_rules(top),
        ignored_drift=tuple(_ignored_drift(top)),
        notices=tuple(refused),
        places=top.config.places,
    )
    for table in (terraform, cloudformation, roles, account, top):
        table.finish()
    return config


def _joined(folder: str, path: str) -> str:
    """As people would write it, without a `.` on the way; `..` stays, since links may make it mean something else."""
    from pathlib import Path

    return str(Path(folder, path))


def _refused(config: Config, policies: tuple[str, ...], environment: bool | None) -> Iterator[str]:
    """What is not done for a file that came with what is scanned."""
    if policies:
        yield (
            f"{config.place('policies')}: its policies written in Python are not loaded, because this configuration"
            f" came with what is scanned; if you trust it, pass `--config {config.file}` or `--policies DIR`"
        )
    if environment:
        yield (
            f"{config.place('terraform', 'environment')}: TF_VAR_* variables are not read for a configuration that came"
            f" with what is scanned; if you trust it, pass `--config {config.file}` or `--tf-var-env`"
        )


def _parameters(table: _Table, folder: str, *, trusted: bool) -> tuple[Assignment | ValuesFile, ...]:
    """The values for parameters of templates: those of files weigh less than what is written beside them."""
    files = [ValuesFile(path) for path in _values_files(table, "parameter_files", folder, trusted=trusted)]
    written = table.table("parameters")
    values = written.rest()
    for name, value in values.items():
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, (str, int, float)) for item in items):
            written.fault(name, f"must be text, a number, true or false, or a list of these, not {_kind(value)}")
    return (*files, *(Assignment(name, value) for name, value in values.items()))


def _environments(cloudformation: _Table, folder: str, *, trusted: bool) -> Iterator[Environment]:
    taken: set[str] = set()
    for table in cloudformation.tables("environment"):
        name = table.text("name", needed=True)
        if name in taken:
            table.fault("name", f"there is an environment `{name}` already")
        taken.add(name)
        environment = Environment(
            name,
            tuple(absolute(os.path.join(folder, path)) for path in table.texts("templates")),
            _parameters(table, folder, trusted=trusted),
        )
        table.finish()
        yield environment


def _values_files(table: _Table, key: str, folder: str, *, trusted: bool) -> Iterator[str]:
    for path in table.texts(key):
        file = os.path.join(folder, path)
        if not os.path.isfile(file):
            table.fault(key, f"there is no file `{path}` (it is looked for beside this file)")
        elif not trusted and not _really_below(file, folder):
            option = "--var-file" if key == "var_files" else "--parameters"
            table.fault(
                key,
                f"`{path}` lies outside of this folder; a configuration that was found may not name it:"
                f" pass `--config` with this file, or `{option}`",
            )
        else:
            yield shown(file)


def _own_scenarios(top: _Table, folder: str, *, trusted: bool) -> dict[str, object]:
    """What `[[scenario]]` says, as the setting that policies get it by."""
    if "scenario" not in top.content:
        top.tables("scenario")  # so that it is known where a misspelt key is told of
        return {}
    from guardrails import scenario_entries

    tables = top.tables("scenario")
    found = scenario_entries.entries(tables, folder, lambda file: trusted or _really_below(file, folder))
    return {scenario_entries.SETTING: list(found)}


def _policy_entries(top: _Table) -> Iterator[PolicyEntry]:
    policies = top.table("policy")
    for key in list(policies.content):
        table = policies.table(key)
        severity = table.one_of("severity", tuple(severity.value for severity in Severity))
        yield PolicyEntry(
            key=key,
            place=table.place(),
            enabled=table.flag("enabled"),
            severity=Severity(severity) if severity else None,
            settings=table.rest(),
        )


def _deployments(top: _Table, folder: str) -> Iterator[DeploymentEntry]:
    taken: dict[str, str] = {}
    for table in top.tables("deployment"):
        name = table.text("name", needed=True)
        roots = table.texts("roots", needed=True)
        entry = DeploymentEntry(
            name=name,
            roots=tuple(absolute(os.path.join(folder, root)) for root in roots),
            place=table.place(),
            expects_trail=table.flag("expects_trail") or False,
        )
        table.finish()
        for root, written in zip(entry.roots, roots, strict=True):
            if root in taken:
                table.fault("roots", f"`{written}` belongs to the deployment `{taken[root]}` already")
            taken[root] = name
        yield entry


def _assertions(top: _Table) -> Iterator[Assertion]:
    tables = top.tables("elsewhere")
    if not tables:
        return
    from guardrails.lower.elsewhere import KINDS

    for table in tables:
        called = table.one_of("kind", tuple(KINDS), needed=True)
        kind = KINDS.get(called)
        said: dict[str, object] = {}
        for key, attribute in kind.attributes.items() if kind is not None else ():
            value = _asserted(table, key, attribute.content)
            if value not in (None, "", ()):
                said[key] = value
        assertion = Assertion(
            kind=called,
            name=table.text("name", needed=kind is not None and not kind.nameless),
            reason=table.text("reason", needed=True),
            date=table.day("date"),
            place=table.place(),
            until=table.day("until", needed=False),
            account=table.text("account"),
            region=table.text("region"),
            said=said,
            rest_is_default=table.one_of("rest", ("unknown", "default")) == "default",
        )
        if assertion.account and not (assertion.account.isdigit() and len(assertion.account) == 12):
            table.fault("account", "an account id is 12 digits, written in quotes")
        if kind is not None:  # else it is not known what may be said
            table.finish()
        yield assertion


def _asserted(table: _Table, key: str, content: str) -> object:
    if content == "flag":
        return table.flag(key)
    if content == "count":
        return table.count(key)
    return table.texts(key) if content == "texts" else table.text(key)


def _waiver_rules(top: _Table) -> WaiverRules:
    table = top.table("waivers")
    said = {
        "require_reason": table.flag("require_reason"),
        "require_until": table.flag("require_until"),
        "max_days": table.count("max_days"),
        "notice_days": table.count("notice_days"),
    }
    rules = WaiverRules(never=table.texts("never"))
    table.finish()
    return changed(rules, **{key: value for key, value in said.items() if value is not None})


def _ignored_drift(top: _Table) -> Iterator[IgnoredDrift]:
    drift = top.table("drift")
    for table in drift.tables("ignore"):
        rule = IgnoredDrift(
            policies=table.texts("policies"),
            resources=table.texts("resources"),
            attributes=table.texts("attributes"),
            kinds=table.texts("kinds"),
            reason=table.text("reason", needed=True),
            until=table.day("until", needed=False),
            place=table.place(),
        )
        if not (rule.policies or rule.resources):
            table.fault("resources", "a rule needs `resources`, or the `policies` whose verdicts it is about")
        for key in ("attributes", "kinds"):
            if rule.policies and getattr(rule, key):
                table.fault(key, "is about what is no verdict: leave out `policies`, or make a rule of its own")
        for kind in rule.kinds:
            if kind not in DRIFT_KINDS:
                listed = ", ".join(f"`{known}`" for known in DRIFT_KINDS)
                table.fault("kinds", f"`{kind}` is none of {listed}{did_you_mean(kind, DRIFT_KINDS)}")
        table.finish()
        yield rule
    drift.finish()


class _Table:
    """One table while it is read: takes keys out one by one and notes what is wrong; what is left is unknown."""

    def __init__(
        self, content: dict[str, object], path: tuple[str | int, ...], config: Config, faults: list[str]
    ) -> None:
        self.content = dict(content)
        self.path = path
        self.config = config
        self.faults = faults
        self._asked: list[str] = []

    def place(self) -> str:
        return self.config.place(*self.path)

    def fault(self, key: str, message: str) -> None:
        self.faults.append(f"{self.config.place(*self.path, key)}: `{self._dotted(key)}`: {message}")

    def _dotted(self, key: str) -> str:
        return ".".join([*(str(step) for step in self.path if isinstance(step, str)), key])

    def _take(self, key: str, needed: bool) -> object:
        self._asked.append(key)
        if needed and key not in self.content:
            self.faults.append(f"{self.place()}: `{self._dotted(key)}` is missing")
        return self.content.pop(key, None)

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self._take(key, needed)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(key, f"must be text in quotes, not {_kind(value)}")
            return ""
        if not value.strip():
            self.fault(key, "must not be empty")
        return value

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        value = self._take(key, needed)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fault(key, f'must be a list of texts, `["…"]`, not {_kind(value)}')
            return ()
        for item in value:
            if not isinstance(item, str):
                self.fault(key, f"must hold only texts, not {_kind(item)}")
            elif not item.strip():
                self.fault(key, "holds an empty text")
        return tuple(item for item in value if isinstance(item, str) and item.strip())

    def flag(self, key: str) -> bool | None:
        value = self._take(key, False)
        if value is not None and not isinstance(value, bool):
            self.fault(key, f"must be true or false, not {_kind(value)}")
            return None
        return value

    def count(self, key: str) -> int | None:
        value = self._take(key, False)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            kind = _kind(value) if isinstance(value, bool) or not isinstance(value, int) else value
            self.fault(key, f"must be a whole number from 0 on, not {kind}")
            return None
        return value

    def one_of(self, key: str, choices: tuple[str, ...], *, needed: bool = False) -> str:
        value = self.text(key, needed=needed)
        if value and value not in choices:
            listed = ", ".join(f"`{choice}`" for choice in choices)
            self.fault(key, f"`{value}` is none of {listed}{did_you_mean(value, choices)}")
            return ""
        return value

    def day(self, key: str, *, needed: bool = True) -> str:
        import datetime

        value = self._take(key, needed)
        if isinstance(value, str):
            try:
                value = datetime.date.fromisoformat(value)
            except ValueError:
                self.fault(key, f"`{value}` is no date: write it as 2026-01-31")
                return ""
        if isinstance(value, datetime.date):
            return value.isoformat()[:10]
        if value is not None:
            self.fault(key, f"must be a date as 2026-01-31, not {_kind(value)}")
        return ""

    def table(self, key: str) -> _Table:
        value = self._take(key, False)
        if value is not None and not isinstance(value, dict):
            self.fault(key, f"must be a table, `[{self._dotted(key)}]`, not {_kind(value)}")
            value = None
        return _Table(value or {}, (*self.path, key), self.config, self.faults)

    def tables(self, key: str) -> list[_Table]:
        value = self._take(key, False)
        if value is None:
            return []
        if not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
            self.fault(key, f"must be a list of tables, `[[{self._dotted(key)}]]`, not {_kind(value)}")
            return []
        return [_Table(item, (*self.path, key, at), self.config, self.faults) for at, item in enumerate(value)]

    def anything(self, key: str) -> dict[str, object]:
        """A table whose keys somebody else knows."""
        return self.table(key).rest()

    def rest(self) -> dict[str, object]:
        rest, self.content = self.content, {}
        return rest

    def finish(self) -> None:
        """Complain about all keys that nobody asked for."""
        for key in self.content:
            place = self.config.place(*self.path, key)
            where = f" in `[{'.'.join(str(step) for step in self.path if isinstance(step, str))}]`" if self.path else ""
            self.faults.append(f"{place}: unknown key `{key}`{where}{did_you_mean(key, self._asked)}")


def _kind(value: object) -> str:
    """What a TOML value is, for a person."""
    for kind, name in ((bool, "true or false"), (int, "a number"), (float, "a number"), (str, "text")):
        if isinstance(value, kind):
            return name
    return "a list" if isinstance(value, list) else "a table" if isinstance(value, dict) else "a date or time"


# Lines, which the standard parser does not tell


def _lines(text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """The path of every table head and of every key that begins a line, with its line number.

    Good enough to point at: the file is known to be valid when this is asked.
    """
    import re

    key = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
    dotted = rf"\s*({key}(?:\s*\.\s*{key})*)\s*"
    head = re.compile(rf"\s*(\[\[?){dotted}\]")
    pair = re.compile(rf"{dotted}=(.*)")
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if found := head.match(line):
            steps: tuple[str | int, ...] = ()
            for step in re.findall(key, found[2]):
                steps = (*steps, step.strip("\"'"))
                if steps in counts:
                    steps = (*steps, counts[steps] - 1)
            if found[1] == "[[":
                base = steps[:-1] if steps and isinstance(steps[-1], int) else steps
                counts[base] = counts.get(base, 0) + 1
                steps = (*base, counts[base] - 1)
                yield base, number
            table = steps
            yield table, number
        elif found := pair.match(line):
            yield (*table, *(step.strip("\"'") for step in re.findall(key, found[1]))), number
            for quotes in ('"""', "'''"):
                if found[2].count(quotes) == 1:
                    inside = quotes

"""Writes what follows from the policies, docs/policies.md, docs/compliance.md, policies/_index.py and, from their
pages, policies/_needs.py; the types of resource that lowerings read, docs/resources.md; what is asked of an account,
docs/calls.md; what the scanning role in deploy/ may do; and the regular expressions of the program compiled,
guardrails/kernel/prepared.py.

python docs/generate.py            writes them
python docs/generate.py --check    says which are stale, and ends with 1 if any is
"""

from __future__ import annotations

import argparse
import ast
import os
import pkgutil
import re
import runpy
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import call_table
import scanning_role

import guardrails
from guardrails import index
from guardrails.drift import counting
from guardrails.kernel import pattern
from guardrails.lower.asked import answers_for, attributes_for, attributes_read
from guardrails.lower.aws import LOWERINGS
from guardrails.lower.columns import columns
from guardrails.model import Guarded, Identity, InlineWaiver
from guardrails.plugins import BUILT_IN, load
from guardrails.policy import settings_fields
from guardrails.selection import in_toml, type_in_words
from guardrails.sources.aws import needs
from guardrails.sources.aws.kinds import KINDS
from guardrails.testing import page_of, read_page, run_example

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardrails.lower.world import Lowering
    from guardrails.policy import Policy

DOCS = Path(__file__).resolve().parent
PROJECT = DOCS.parent
PREPARED = PROJECT / "guardrails" / "kernel" / "prepared.py"

AREAS = {
    "TRAIL": "Trails",
    "EVENTS": "What is recorded",
    "LAKE": "CloudTrail Lake",
    "BUCKET": "Log buckets",
    "ACCESS": "Who may reach the logs",
    "RETAIN": "How long it is kept",
    "KMS": "Keys",
    "ORG": "The organization",
    "WAIVER": "Waivers beside the code",
}

_GENERATED = "<!-- Written by docs/generate.py from the policies: change them, then run `make docs`. -->"


def documents() -> dict[Path, str]:
    """Every generated document with what it should hold."""
    policies = built_in()
    made = {
        DOCS / "policies.md": "\n".join(_policies(policies)) + "\n",
        DOCS / "compliance.md": "\n".join(_compliance(policies)) + "\n",
        DOCS / "resources.md": "\n".join(_resources()) + "\n",
        DOCS / "calls.md": call_table.page(policies, _by_area(policies)),
        PROJECT / "policies" / "_index.py": index.written(policies, BUILT_IN),
        PROJECT / "policies" / f"{needs.MODULE}.py": needed(policies),
        PROJECT / "deploy" / "cloudformation" / "scanning-role.yaml": scanning_role.cloudformation(policies),
        PROJECT / "deploy" / "terraform" / "account" / "permissions.tf": scanning_role.terraform(policies),
        PREPARED: prepared_patterns(),
    }
    written = [PROJECT / "README.md", *sorted(DOCS.glob("**/*.md"))]
    return made | {page: _with_output(page.read_text(encoding="utf-8")) for page in written if page not in made}


def built_in() -> list[Policy[Any]]:
    """The policies that are shipped; SystemExit if one of them does not load, for then no document would be true."""
    plugins = load()
    if plugins.errors:
        raise SystemExit("\n".join(map(str, plugins.errors)))
    return [policy for policy in plugins.policies if plugins.provider[policy.id] == BUILT_IN]


# What the policies need of an account

_NEEDS_HEAD = '''"""What is read of a live account for each policy of this package: by id, types of resource and
parts of them. Written by docs/generate.py from what is read of resources while the examples of the pages are judged.
READS holds of the same the attributes of resources that code and account are compared by.
"""

from __future__ import annotations

# fmt: off
# ruff: noqa: E501 - one line a policy

NEEDS = {
'''


def needed(policies: list[Policy[Any]]) -> str:
    """The table of what the policies need. A waiver beside code is in no account, and a policy that has no page yet is
    in no table."""
    plugins = load()
    reads = {}
    for policy in policies:
        page = page_of(policy)
        if policy.on is not InlineWaiver and page.is_file():
            with attributes_read() as reads[policy]:
                for example in read_page(page.name, page.read_text(encoding="utf-8")).examples:
                    run_example(example, page.name, policy, plugins)
    rows = [f'    "{policy.id}": "",\n' for policy in policies if policy.on is InlineWaiver]
    compared = list(rows)
    for policy, read in reads.items():
        fields = counting.written(attributes_for(policy.on, read, list(reads.values())))
        compared.append(f'    "{policy.id}": "{fields}",\n')
        answers = answers_for(policy.on, read, list(reads.values()))
        row = needs.written({type_: steps & {*KINDS[type_].parts} for type_, steps in answers.items()})
        rows.append(f'    "{policy.id}": "{row}",\n')
    return f"{_NEEDS_HEAD}{''.join(sorted(rows))}}}\nREADS = {{\n{''.join(sorted(compared))}}}\n"


# What commands print

_CONSOLE = re.compile(r"^(```console\n\$ guardrails ([^\n]*)\n\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def prepared_patterns() -> str:
    """The module of compiled expressions. It is as it was while the same ones are declared: the compiler may differ a
    little from one interpreter to the next, in what all of them understand."""
    for module in pkgutil.walk_packages(guardrails.__path__, "guardrails."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    declared = sorted(set(pattern.declared), key=lambda one: (ascii(one[0]), int(one[1])))
    there = PREPARED.read_text(encoding="utf-8") if PREPARED.exists() else ""
    engine = pattern.engine()
    known = runpy.run_path(str(PREPARED)) if there else {"PATTERNS": (), "MAGIC": 0}
    if engine.MAGIC != 20220615 or [row[:2] for row in known["PATTERNS"]] == declared:
        return there
    rows = "".join(f"    {_prepared(written, int(flags))},\n" for written, flags in declared)
    return f"{_PREPARED_HEAD}\nMAGIC = {engine.MAGIC}\nPATTERNS: tuple[Row, ...] = (\n{rows})\n"


def _prepared(written: str | bytes, flags: int) -> str:
    """One row, as `re.compile` would hand it to the engine."""
    parsed: Any = re._parser.parse(written, flags)  # type: ignore[attr-defined] # noqa: SLF001 - nobody else can
    words: list[int] = re._compiler._code(parsed, flags)  # type: ignore[attr-defined] # noqa: SLF001
    code = b"".join(word.to_bytes(4, "little") for word in words).hex()
    names = tuple(parsed.state.groupdict.items())
    row = (
        written,
        int(flags),
        int(flags | parsed.state.flags),
        parsed.state.groups - 1,
        names,
        f" {code}",
    )  # With the blank it is no name, so that it is not interned.
    return ascii(row)


_PREPARED_HEAD = '''"""The regular expressions of the program, compiled.

Of each: expression, flags, the same with those that it sets itself, groups, names of groups, and the code in words of
four bytes. Written by docs/generate.py from what the modules declare.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Row = tuple[str | bytes, int, int, int, tuple[tuple[str, int], ...], str]

# fmt: off
# ruff: noqa: E501 - one line an expression
'''


def _with_output(text: str) -> str:
    return _CONSOLE.sub(lambda shown: shown[1] + printed_by(shown[2].split()), text)


def printed_by(arguments: list[str]) -> str:
    """What our command prints, as somebody sees it who sends it into a file and has 100 columns."""
    environment = {**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    environment.pop("FORCE_COLOR", None)
    command = [sys.executable, "-m", "guardrails", *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.stderr and arguments[0] != "remedy":  # Its diff is for `patch`, and what it says of that is not.
        raise SystemExit(f"guardrails {' '.join(arguments)}: {done.stderr}")
    return done.stdout + done.stderr


# The index


def _policies(policies: list[Policy[Any]]) -> Iterator[str]:
    off = sum(not policy.enabled for policy in policies)
    yield from ("# Policies", "", _GENERATED, "")
    yield f"{len(policies)} policies, {off} of which are off unless the configuration names them."
    yield "Each links to its page: what is wrong, why it matters, what to change, and what passes and fails."
    yield "`guardrails policies show ID` prints the same in a terminal, with the settings in force."
    for area in _areas(policies):
        yield from ("", f"## {AREAS.get(area, area)}", "")
        yield from _table("policy", "severity", "judges", "finds")
        for policy in policies:
            if _area(policy) == area:
                yield _policy_row(policy)
    yield from ("", "## Settings", "")
    yield "Written under `[settings]` for every policy that has the setting, or under `[policy.ID]` for one; see"
    yield "[configuration](configuration.md)."
    yield ""
    yield from _table("setting", "type", "default", "means", "used by")
    yield from _settings(policies)


def _policy_row(policy: Policy[Any]) -> str:
    page = Path(policy.file).with_suffix(".md")
    link = f"../{page.relative_to(PROJECT).as_posix()}"
    off = "" if policy.enabled else " (off)"
    return _row(f"[{policy.id} {policy.name}]({link})", policy.severity.value + off, policy.on.__name__, policy.summary)


def _settings(policies: Iterable[Policy[Any]]) -> Iterator[str]:
    uses: dict[tuple[str, ...], list[str]] = {}
    for policy in policies:
        meanings = _meanings(policy)
        for name, (annotation, default) in settings_fields(policy).items():
            key = (f"`{name}`", type_in_words(annotation), f"`{in_toml(default)}`", meanings.get(name, ""))
            uses.setdefault(key, []).append(policy.id)
    for setting in sorted(uses):
        yield _row(*setting, ", ".join(uses[setting]))


def _meanings(policy: Policy[Any]) -> dict[str, str]:
    """What the text below each field of a policy's settings says."""
    if policy.settings is None:
        return {}
    source = Path(sys.modules[policy.settings.__module__].__file__ or "").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == policy.settings.__name__:
            for field, below in pairwise(node.body):
                match field, below:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                        found[name] = " ".join(text.split())
    return found


# Compliance


def _compliance(policies: list[Policy[Any]]) -> Iterator[str]:
    yield from ("# Compliance", "", _GENERATED, "")
    yield "Which policies speak to which clauses."
    yield "A clause is about an organization, a policy about a few lines of its code."
    yield "That all policies of a clause pass is evidence for it, never proof that it is met."
    yield "Clauses without a row have no policy here."
    for title, clauses in _frameworks(policies):
        yield from ("", f"## {title}", "")
        yield from _table("clause", "policies")
        for clause in sorted(clauses, key=_in_order):
            yield _row(clause, ", ".join(clauses[clause]))


def _frameworks(policies: Iterable[Policy[Any]]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Clause → policies for each framework; versions of one that are answered alike stand together."""
    found: dict[str, dict[str, list[str]]] = {}
    for policy in policies:
        for framework, clauses in policy.controls.items():
            for clause in clauses:
                found.setdefault(framework, {}).setdefault(clause, []).append(policy.id)
    together: list[tuple[list[str], dict[str, list[str]]]] = []
    for framework in sorted(found):
        if together and together[-1][1] == found[framework]:
            together[-1][0].append(framework)
        else:
            together.append(([framework], found[framework]))
    for (first, *others), answered in together:
        name = first.rpartition(" ")[0]
        yield ", ".join([first, *(other.removeprefix(f"{name} ") for other in others)]), answered


def _in_order(clause: str) -> list[tuple[bool, int, str]]:
    """The key by which `3.10` comes after `3.9`, and `AU-12(2)` after `AU-12(1)`."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", clause)]


# Both


def _area(policy: Policy[Any]) -> str:
    return policy.id.rpartition("-")[0]


# Types of resource

_SOURCES = {"tf": "Terraform", "cfn": "CloudFormation"}


def _resources() -> Iterator[str]:
    yield "# What is read of which resources"
    yield ""
    yield "<!-- Written by docs/generate.py from the lowerings: change them, then run `make docs`. -->"
    yield ""
    yield "Each kind of resource is judged alike wherever it is written."
    yield "Behind a dash are the types that say something about one of the kind: what is attached to it, or uses it."
    yield "Whatever is not listed is not looked at: it is evaluated only where something listed refers to it."
    yield ""
    yield from _table("kind", *_SOURCES.values())
    main = {name for lowering in LOWERINGS for names in lowering.types.values() for name in names}
    beside: dict[tuple[str, str], set[str]] = {}
    for dialect in _SOURCES:
        for column in columns(dialect):
            if column.type not in main:
                beside.setdefault((column.noun, dialect), set()).add(column.type)
    for lowering in LOWERINGS:
        if lowering.model not in (Guarded, Identity):  # others under one name
            yield _row(lowering.noun, *(_types(lowering, dialect, beside) for dialect in _SOURCES))


def _types(lowering: Lowering[Any], dialect: str, beside: dict[tuple[str, str], set[str]]) -> str:
    own = [f"`{name}`" for name in lowering.types.get(dialect, ())]
    others = [f"`{name}`" for name in sorted(beside.get((lowering.noun, dialect), ()))]
    if not own:
        return "none"
    return ", ".join(own) + (f" – {', '.join(others)}" if others else "")


def _by_area(policies: list[Policy[Any]]) -> dict[str, list[Policy[Any]]]:
    return {f"`{area}-*`": [one for one in policies if _area(one) == area] for area in _areas(policies)}


def _areas(policies: Iterable[Policy[Any]]) -> list[str]:
    """The areas that there are, the known ones first and in their order."""
    there = {_area(policy) for policy in policies}
    return [area for area in AREAS if area in there] + sorted(there - AREAS.keys())


def _table(*columns: str) -> Iterator[str]:
    yield _row(*columns)
    yield "|---" * len(columns) + "|"


def _row(*cells: str) -> str:
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a document is stale")
    arguments = parser.parse_args()
    stale = []
    for file, text in documents().items():
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(file.relative_to(PROJECT).as_posix())
        if not arguments.check:
            file.write_text(text, encoding="utf-8")
    if stale:
        sys.stdout.write(f"{'stale: run `make docs`' if arguments.check else 'written'}: {', '.join(stale)}\n")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())

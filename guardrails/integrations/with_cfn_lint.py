"""cfn-lint in this process: what it finds in the templates of a scan, as findings of a namespace of their own.

To import it takes seconds, so that happens when the first template is met.

Its configuration (`.cfnlintrc`) is honoured as far as it says which rules run and how. What in it names code or files,
such as rules of one's own, is left aside: it lies in the tree that is scanned, and that must not name code to run.
"""

from __future__ import annotations

import importlib
import os

from guardrails.errors import UsageError
from guardrails.findings import Finding, Outcome
from guardrails.kernel.origin import Origin
from guardrails.policy import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final

    from guardrails.kernel.block import Deployment
    from guardrails.kernel.origin import SourceFile
    from guardrails.sources.cloudformation.nodes import Template

NAME: Final = "cfn-lint"
_SEVERITIES: Final = {"error": Severity.HIGH, "warning": Severity.LOW, "informational": Severity.INFO}
"""An error is a template that cannot be deployed, or not as it says."""
_CRASHED: Final = "E0002"
"""The rule by which cfn-lint says that one of its rules has failed."""
_HONOURED: Final = (
    "ignore_checks", "include_checks", "mandatory_checks", "configure_rules", "include_experimental", "regions",
)  # fmt: skip
_LEFT_ASIDE: Final = ("append_rules", "custom_rules", "override_spec", "registry_schemas")


class CfnLint:
    """Runs cfn-lint's rules, each template once."""

    name = NAME

    def __init__(self, *, region: str = "", runs: Callable[[str], bool] = lambda _: True) -> None:
        """`region`: for which the rules ask what there is; empty for the one of cfn-lint's configuration. `runs` says
        of the id of a finding whether it is wanted."""
        self._region = region
        self._runs = runs
        self._met: set[str] = set()
        self._lint: Callable[[str], list[Any]] | None = None
        self.notices: list[str] = []

    def findings(self, deployment: Deployment) -> list[Finding]:
        """What there is to say of the templates of a deployment that no deployment before it had."""
        from guardrails.sources.cloudformation.deployment import StackDeployment

        if not isinstance(deployment, StackDeployment):
            return []
        found: list[Finding] = []
        for stack in deployment.stacks():
            path = stack.template.source.path
            if path not in self._met:
                self._met.add(path)
                found += self._in_template(stack.template, deployment.target)
        return found

    def _in_template(self, template: Template, target: str) -> Iterator[Finding]:
        if self._lint is None:
            self._lint = self._opened()
        places = _Places(template)
        for match in self._lint(template.source.text):
            policy = f"{NAME}/{match.rule.id}"
            if not self._runs(policy):
                continue
            path = tuple(getattr(match, "path", None) or ())
            name, kind, subject = places.resource(path)
            yield Finding(
                policy=policy,
                name=_named(match.rule.shortdesc),
                outcome=Outcome.ERROR if match.rule.id == _CRASHED else Outcome.FAIL,
                severity=_SEVERITIES.get(match.rule.severity, Severity.LOW),
                message=" ".join(match.message.split()),
                resource=name,
                type=kind,
                target=target,
                origin=places.origin(match, str(path[-1]) if path else ""),
                cause=".".join(map(str, path)) or " ".join(match.message.split()),
                subject=subject,
            )

    def _opened(self) -> Callable[[str], list[Any]]:
        """cfn-lint with its rules loaded. Raises UsageError where it is not installed."""
        try:
            config = importlib.import_module("cfnlint.config")
            rules_of = importlib.import_module("cfnlint.rules")
            decode_str = importlib.import_module("cfnlint.decode.decode").decode_str
            run_template = importlib.import_module("cfnlint.runner").run_template_by_data
        except ImportError as error:
            raise UsageError(f"--with {NAME} needs it installed: pip install 'guardrails-audit[cfn-lint]'") from error
        own_rules = os.path.dirname(str(rules_of.__file__))  # noqa: PTH120 - as everywhere on the way of a scan
        rules = rules_of.Rules.create_from_directory(own_rules)
        notices = self.notices

        def load(configuration: Any) -> None:  # noqa: ANN401 - its class is made below
            config.ConfigMixIn.load(configuration)
            said = configuration.file_args
            left = [name for name in _LEFT_ASIDE if said.get(name)]
            if left:
                notices.append(
                    f"`{', '.join(left)}` in cfn-lint's configuration is left aside: it may name code to run"
                )
            configuration.file_args = {name: said[name] for name in _HONOURED if name in said}

        # What cfn-lint reads from its files, without what would make it run or read others.
        configuration = type("Configuration", (config.ConfigMixIn,), {"load": load})(
            **({"regions": [self._region]} if self._region else {})
        )

        def lint(text: str) -> list[Any]:
            decoded, faults = decode_str(text)
            if faults or decoded is None:
                return list(faults)
            return list(run_template(decoded, configuration, rules))

        return lint


class _Places:
    """Lines and columns of cfn-lint, and its paths, as places in a template."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._starts: list[int] = []

    def origin(self, match: Any, attribute: str) -> Origin:  # noqa: ANN401 - cfn-lint is not there when types are checked
        source = self._template.source
        start = self._offset(source, match.linenumber, match.columnnumber)
        stop = self._offset(source, match.linenumberend, match.columnnumberend)
        return Origin(source, start, max(start, stop), attribute=attribute)

    def _offset(self, source: SourceFile, line: int, column: int) -> int:
        if not self._starts:
            self._starts = [0]
            while (at := source.text.find("\n", self._starts[-1])) >= 0:
                self._starts.append(at + 1)
        row = min(max(line, 1), len(self._starts)) - 1
        start = self._starts[row]
        stop = self._starts[row + 1] - 1 if row + 1 < len(self._starts) else len(source.text)
        return min(start + max(column, 1) - 1, max(start, stop))

    def resource(self, path: tuple[object, ...]) -> tuple[str, str, Origin]:
        """What a path leads into: its name, its type and its head."""
        from guardrails.sources.cloudformation.nodes import Mapping, Scalar

        source = self._template.source
        section = self._template.root.get(str(path[0])) if path else None
        entry = section.entry(str(path[1])) if isinstance(section, Mapping) and len(path) > 1 else None
        if entry is None:
            return str(path[0]) if path else source.path, "template", Origin(source)
        head = Origin(source, entry.key_start, entry.key_stop)
        if path[0] != "Resources":
            return f"{path[0]}.{entry.key}", "template", head
        kind = entry.value.get("Type") if isinstance(entry.value, Mapping) else None
        return entry.key, kind.text if isinstance(kind, Scalar) else "template", head


def _named(said: str) -> str:
    """What a rule is about, as the names of policies are written."""
    words = "".join(letter.lower() if letter.isascii() and letter.isalnum() else " " for letter in said).split()
    return "-".join(words)

"""What a policy is: a function over one typed resource, and the metadata that reports and documents need."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Truth, Verdict, true
from guardrails.kernel.typed import Generic, ParamSpec, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Concatenate

R = TypeVar("R")
P = ParamSpec("P")

_ALWAYS = true()


class Severity(Enum):
    """How bad it is if the policy fails, from `INFO` to `CRITICAL`; ordered by `rank`."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for INFO up to 4 for CRITICAL."""
        return list(Severity).index(self)


class Settings(Record):
    """Base of what a policy can be told: fields of type int, bool, str or `tuple[str, ...]`, each with a default and a
    docstring."""


class Check(Record):
    """What a policy says of one resource: a requirement, and when it applies.

    A requirement that does not apply gives no finding. One that applies perhaps and fails is unknown.
    `severity` overrides the policy's own for this check.
    """

    requirement: Truth
    message: str
    when: Truth = _ALWAYS
    severity: Severity | None = None


def require(
    requirement: Truth | Callable[[], Truth], message: str, *, when: Truth = _ALWAYS, severity: Severity | None = None
) -> Check:
    """The check that `requirement` holds wherever `when` does.

    `message` says what is wrong where it does not: a sentence part in the present tense, without full stop, the same
    for every resource (`log files are not encrypted with a customer-managed key`). A requirement that is costly to work
    out can be given as a function; it is called only where `when` may hold.
    """
    if isinstance(requirement, Truth):
        return Check(requirement, message, when, severity)
    return Check(_ALWAYS if when.verdict is Verdict.FALSE else requirement(), message, when, severity)


class Policy(Record, Generic[R]):
    """A policy as declared. `judge` is called with a resource, and with the settings where it takes any."""

    id: str
    name: str
    on: type[R]
    severity: Severity
    summary: str
    controls: Mapping[str, tuple[str, ...]]
    since: str
    judge: Callable[..., Check | Iterable[Check]]
    settings: type[Any] | None = None
    enabled: bool = True
    aliases: tuple[str, ...] = ()
    module: str = ""
    file: str = ""
    """The Python file that declares it; its page is the Markdown file of the same stem."""
    when: str = ""
    """The name of an attribute of the resource, a Truth. Where it is FALSE the policy has nothing to say and is not
    asked."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    @property
    def options(self) -> tuple[str, ...]:
        """The names of its settings."""
        return _field_names(self.settings)

    def load(self) -> None:
        """See that it can be asked; a PluginError where it cannot be imported. Nothing to do for one that is here."""

    def checks(self, resource: R, settings: object | None) -> tuple[Check, ...]:
        """What the policy says of `resource`; `settings` is an instance of `self.settings` where that is a type."""
        said = self.judge(resource) if self.settings is None else self.judge(resource, settings)
        return (said,) if isinstance(said, Check) else tuple(said)


def policy(
    id: str,
    *,
    on: type[R],
    severity: Severity,
    since: str,
    controls: Mapping[str, list[str]] | None = None,
    enabled: bool = True,
    aliases: tuple[str, ...] = (),
    when: str = "",
) -> Callable[[Callable[Concatenate[R, P], Check | Iterable[Check]]], Policy[R]]:
    """Declare a function as the policy `id` on resources of type `on`.

    The function's name is the policy's name; its docstring says in one sentence what bad pattern it finds. A second
    parameter, annotated with a subclass of `Settings`, receives the policy's settings.

    `when` names an attribute of the resource that is a Truth, `audit` of a bucket: every check of the policy applies
    only where that holds too, and where it surely does not, the policy is not even loaded.
    """

    def declare(judge: Callable[Concatenate[R, P], Check | Iterable[Check]]) -> Policy[R]:
        return Policy(
            id=id,
            name=judge.__name__.replace("_", "-"),
            on=on,
            severity=severity,
            summary=" ".join(_docstring(judge).split("\n\n")[0].split()),
            controls={framework: tuple(clauses) for framework, clauses in (controls or {}).items()},
            since=since,
            judge=judge,
            settings=_settings_type(judge),
            enabled=enabled,
            aliases=aliases,
            module=judge.__module__,
            file=judge.__code__.co_filename,
            when=when,
        )

    return declare


def _settings_type(judge: Callable[..., object]) -> type[Any] | None:
    code = judge.__code__
    if code.co_argcount < 2:
        return None
    annotation = judge.__annotations__.get(code.co_varnames[1])
    if isinstance(annotation, str):
        annotation = judge.__globals__.get(annotation) or _hints(judge)[code.co_varnames[1]]
    if not (isinstance(annotation, type) and (issubclass(annotation, Settings) or is_dataclass(annotation))):
        raise TypeError(f"the second parameter of {judge.__name__}() must be annotated with a subclass of `Settings`")
    return annotation


def is_dataclass(kind: type[Any]) -> bool:
    """As `dataclasses.is_dataclass`, without importing it."""
    return hasattr(kind, "__dataclass_fields__")


def _field_names(settings: type[Any] | None) -> tuple[str, ...]:
    if settings is None:
        return ()
    return tuple(settings.__dataclass_fields__ if is_dataclass(settings) else settings._fields)


def settings_fields(policy: Policy[Any]) -> dict[str, tuple[object, object]]:
    """The settings of a policy: name → (type as annotated, default)."""
    if policy.settings is None:
        return {}
    hints = _hints(policy.settings)
    defaults = policy.settings()
    return {name: (hints[name], getattr(defaults, name)) for name in policy.options}


def _hints(annotated: object) -> dict[str, Any]:
    from typing import Any, ClassVar, get_type_hints

    # What records annotate for checkers only is not imported where they are declared.
    return get_type_hints(annotated, localns={"Any": Any, "ClassVar": ClassVar})


def _docstring(judge: Callable[..., object]) -> str:
    """The docstring of a policy, which is its summary; `python -OO` leaves it in the file alone."""
    if judge.__doc__ or not hasattr(judge, "__code__") or sys.flags.optimize < 2:
        return judge.__doc__ or ""
    import ast

    with open(judge.__code__.co_filename, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not worth its import
        tree = ast.parse(file.read())
    name = judge.__code__.co_name
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name)
    return next((ast.get_docstring(node) or "" for node in found), "")

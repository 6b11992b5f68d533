"""What a plugin can add. Four hooks, each called once at start and never while judging.

A plugin is an importable module or package named by an entry point of the group `guardrails`. It implements any of the
hooks below as functions marked with `hookimpl`; a package that implements none offers the policies in its modules, as
the built-in one does.
"""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.kernel.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    import pluggy

    from guardrails.errors import PluginError
    from guardrails.findings import Result
    from guardrails.formats.view import View
    from guardrails.kernel.block import Deployment
    from guardrails.kernel.why import Reason
    from guardrails.lower.world import Lowering
    from guardrails.policy import Policy

    hookimpl: pluggy.HookimplMarker

if not TYPE_CHECKING:  # A checker that saw it would believe that every name exists.

    def __getattr__(name: str) -> object:
        """`hookimpl`, made when a plugin asks for it: no scan without one imports pluggy."""
        if name != "hookimpl":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import pluggy

        return globals().setdefault(name, pluggy.HookimplMarker("guardrails"))


class Assignment(Record):
    """A value for an input of the source. `text` holds it as written on a command line, where it came from one."""

    name: str
    value: object
    text: str | None = None


class ValuesFile(Record):
    """A file of values for inputs of the source: a tfvars file."""

    path: str


class Environment(Record):
    """The values with which some templates are deployed once; there may be several for one template."""

    name: str
    templates: tuple[str, ...]
    """Patterns of absolute paths; empty for all templates."""
    values: tuple[Assignment | ValuesFile, ...]


class Inputs(Record):
    """What the user says about the things a source leaves open."""

    values: tuple[Assignment | ValuesFile, ...] = ()
    """In order; a later one wins."""
    parameters: tuple[Assignment | ValuesFile, ...] = ()
    """The same for parameters of templates."""
    environments: tuple[Environment, ...] = ()
    nested_in: tuple[str, ...] = ()
    """Patterns of the folders, from the root, in which templates lie that are nested by an address."""
    environment: bool = False
    """Whether values may be taken from environment variables (`TF_VAR_*`)."""
    workspace: str | None = None
    account: Mapping[str, str] = {}
    """What is known about the account that the source will be deployed to."""
    code: tuple[str, ...] = ()
    """The folders of the code that plans and states were made of."""
    changed: tuple[str, ...] | None = None
    """Files that changed, some of which need not exist any more: what they do not affect need not be loaded. None where
    everything is asked for."""
    overlay: Mapping[str, bytes] = {}
    """Real path of a file that exists → what it is taken to hold: code that was not written yet is judged by it."""


class Loaded(Record):
    """What one source made of the paths: deployments, and what it could not read of them."""

    deployments: tuple[Deployment, ...] = ()
    gaps: tuple[Reason, ...] = ()
    notices: tuple[str, ...] = ()
    found_in: frozenset[str] = frozenset()
    """The paths, as given, that hold something of this kind, readable or not."""


class Source(Protocol):
    """One kind of thing that can be scanned."""

    @property
    def name(self) -> str:
        """As reports name it: `terraform`."""

    @property
    def looks_for(self) -> str:
        """What it recognises, for the message that nothing was found: `*.tf`, `*.tf.json`."""

    def load(self, paths: Sequence[str], inputs: Inputs) -> Loaded:
        """What is at these existing paths. Reading raises nothing: what cannot be read is a gap."""


class Format(Record):
    """A form of report. `render` gives the whole text, with a line ending at its end."""

    name: str
    summary: str
    render: Callable[[Result, View], str]


def guardrails_policies() -> Iterable[Policy[Any] | PluginError]:
    """The policies of this plugin; `policies_in(__name__)` finds all those declared in its modules."""
    raise NotImplementedError


def guardrails_sources() -> Iterable[Source]:
    """Further kinds of things that can be scanned."""
    raise NotImplementedError


def guardrails_lowerings() -> Iterable[Lowering[Any]]:
    """How documents of further types become resources."""
    raise NotImplementedError


def guardrails_formats() -> Iterable[Format]:
    """Further forms of report."""
    raise NotImplementedError

"""A template as it is deployed once: what its names stand for, found out when somebody asks."""

from __future__ import annotations

from guardrails.kernel.origin import Origin
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Mapping, Node, Scalar
from guardrails.sources.terraform.expansion import EXISTS
from guardrails.sources.terraform.values import EvalError, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Mapping as Dictionary

    from guardrails.kernel.origin import Call as Step
    from guardrails.kernel.truth import Truth
    from guardrails.sources.cloudformation.cdk import Artifact
    from guardrails.sources.cloudformation.nodes import Entry, Template
    from guardrails.sources.cloudformation.spreading import Field, Spread
    from guardrails.sources.cloudformation.templates import Templates

MOST_WORK = 1_000_000
"""Steps that the expressions of one deployment may take: nodes that are evaluated, and pieces of 64 characters."""

MOST_PROBLEMS = 1_000
"""Things wrong with one deployment that are told."""
_MOST_HINTS = 20

_FOUND_WRONG = frozenset((Why.INVALID, Why.LIMIT, Why.UNSUPPORTED))


class LimitError(EvalError):
    """Evaluation was given up because it takes too much."""


class Run:
    """What all stacks of one deployment share."""

    __slots__ = ("_exports", "_hints", "_work", "facts", "problems", "secrets", "stacks", "templates")

    def __init__(
        self,
        facts: Dictionary[str, str],
        templates: Templates | None = None,
        exports: Callable[[str], object] | None = None,
    ) -> None:
        self.templates = templates
        """Where the templates of nested stacks come from."""
        self.facts = facts
        """What is known of the account: `account_id`, `region`, `partition`."""
        self.problems: dict[Reason, None] = {}
        """What turned out to be wrong while values were worked out."""
        self.secrets: set[str] = set()
        self.stacks = 0
        """How many stacks were opened."""
        self._exports = exports
        self._hints = 0
        self._work = 0

    def charge(self, amount: int) -> None:
        """Note that work is done; raises LimitError where it has become too much."""
        self._work += amount
        if self._work > MOST_WORK:
            raise LimitError(f"the expressions of the stack take more than {MOST_WORK} steps")

    def note(self, reasons: tuple[Reason, ...]) -> None:
        for reason in reasons:
            if reason.why in _FOUND_WRONG and len(self.problems) < MOST_PROBLEMS:
                self.problems.setdefault(reason)

    def refused(self, error: EvalError, place: Origin) -> Reason:
        """An error as the reason of what is not known for it."""
        why = Why.LIMIT if isinstance(error, LimitError) else Why.INVALID
        reason = Reason(why, error.message, "", place)
        self.note((reason,))
        return reason

    def hint(self, name: str, known: Iterable[str]) -> str:
        """The end of a message that says which known name is nearest; nothing once many were looked for."""
        self._hints += 1
        if self._hints > _MOST_HINTS:
            return ""
        from guardrails.sources.cloudformation.hints import did_you_mean

        return did_you_mean(name, known)

    def exported(self, name: str) -> object:
        """What another scanned stack exports by this name; None where none does."""
        return self._exports(name) if self._exports is not None else None


class Declared(Record):
    """A resource of a template: an entry of `Resources`, or a copy of one that a loop makes."""

    name: str
    """The logical id."""
    type: str
    entry: Entry
    node: Mapping
    scope: Scope


class Stack:
    """A template with the values that it is given.

    `given` are the values of its parameters, evaluated already; a root stack takes what is not given from nowhere, a
    nested one cannot be made without.
    """

    __slots__ = (
        "_addresses",
        "_busy",
        "_children",
        "_resources",
        "_sections",
        "_values",
        "address",
        "artifact",
        "base",
        "exists",
        "given",
        "not_followed",
        "parent",
        "path",
        "place_of_account",
        "run",
        "template",
        "via",
    )

    def __init__(
        self,
        run: Run,
        template: Template,
        given: Dictionary[str, object],
        path: str = "",
        parent: Stack | None = None,
        name: str = "",
        via: tuple[Step, ...] = (),
        *,
        exists: Truth = EXISTS,
        elsewhere: bool = False,
    ) -> None:
        """`path` is the real path of the template; `elsewhere`: it is deployed to other accounts or Regions than its
        parent."""
        self.run = run
        self.not_followed: Reason | None = None
        """Why it is not known what the Serverless Application Model makes of the template."""
        if template.root.get("Transform") is not None:
            from guardrails.sources.cloudformation.sam import followed

            made = followed(template, given, run.facts)
            if isinstance(made, Reason):
                self.not_followed = made
                run.note((made,))
            elif made is not None:
                template = made
        self.template = template
        self.path = path
        self.exists = exists
        self.given = given
        self.parent = parent
        self.via = via
        self.address: str = f"{parent.address if parent is not None else ''}{name}/" if name else ""
        """The beginning of all addresses in it: empty, or `Nested/`."""
        self.place_of_account: str = self.address if elsewhere or parent is None else parent.place_of_account
        """The beginning of the addresses of what is the same throughout an account and Region."""
        self.artifact: Artifact | None = parent.artifact if parent is not None else None
        """What an assembly says of it, where it is part of one."""
        self._addresses: dict[str, str] = {}
        self.base = Scope(self)
        self._sections: dict[str, Spread] = {}
        self._values: dict[tuple[str, str], object] = {}
        self._busy: set[tuple[str, str]] = set()
        self._resources: dict[str, Declared] | None = None
        self._children: dict[str, Stack | Reason] = {}

    def forget(self) -> None:
        """Let go of all values: they refer to what remembers them."""
        for child in self._children.values():
            if isinstance(child, Stack):
                child.forget()
        for kept in (self._sections, self._values, self._children):
            kept.clear()
        self._resources = None
        self.base.forget()
        self.base = Scope(self)
        self.base.stack = None  # type: ignore[assignment] # nothing is asked of it any more
        self.parent = None

    # --- places

    def place(self, node: Node, attribute: str = "") -> Origin:
        return Origin(self.template.source, node.start, node.stop, via=self.via, attribute=attribute)

    def head(self, entry: Entry, attribute: str = "") -> Origin:
        """The key of an entry: what stands for all of it."""
        return Origin(self.template.source, entry.key_start, entry.key_stop, via=self.via, attribute=attribute)

    def address_of(self, name: str) -> str:
        """The address of a resource: its logical id, and the construct that it was made of."""
        found = self._addresses.get(name)
        if found is None:
            made_of = self._construct(name)
            found = self._addresses[name] = f"{self.address}{name}{f' ({made_of})' if made_of else ''}"
        return found

    def _construct(self, name: str) -> str:
        resources = self.template.root.get("Resources")
        node = resources.get(name) if isinstance(resources, Mapping) else None
        if isinstance(node, Mapping) and node.get("Metadata") is not None:
            from guardrails.sources.cloudformation.cdk import construct_in

            written = construct_in(node)
            if written:
                return written
        return self.artifact.construct(self.path, name) if self.artifact is not None else ""

    # --- sections

    def section(self, name: str) -> Spread:
        """The entries of a section, loops followed; empty where there is none."""
        found = self._sections.get(name)
        if found is None:
            from guardrails.sources.cloudformation.spreading import NOTHING, spread

            node = self.template.root.get(name)
            if name in self._sections or node is None:
                return NOTHING
            self._sections[name] = NOTHING  # what is asked for meanwhile finds what is written without loops
            found = self._sections[name] = spread(node, self.base, name)
        return found

    def written(self, section: str, name: str) -> Field | None:
        """An entry of a section."""
        return self.section(section).fields.get(name)

    def resources(self) -> dict[str, Declared]:
        """All resources by logical id."""
        if self._resources is None:
            self._resources = {}
            for name, field in self.section("Resources").fields.items():
                node = field.entry.value
                kind = node.get("Type") if isinstance(node, Mapping) else None
                if isinstance(node, Mapping) and isinstance(kind, Scalar) and isinstance(kind.content, str):
                    scope = field.scope
                    self._resources[name] = Declared(name, kind.content, field.entry, node, scope)
        return self._resources

    def declares(self, name: str) -> bool:
        """Whether there is a resource by this logical id, told without following any loop if possible."""
        root = self.template.root.get("Resources")
        if isinstance(root, Mapping) and isinstance(root.get(name), Mapping):
            return True
        return name in self.section("Resources").fields

    def type_of(self, name: str) -> str:
        """The type of a resource that is declared, told without following any loop if possible."""
        root = self.template.root.get("Resources")
        node = root.get(name) if isinstance(root, Mapping) else None
        if not isinstance(node, Mapping):
            field = self.section("Resources").fields.get(name)
            node = field.entry.value if field is not None else None
        kind = node.get("Type") if isinstance(node, Mapping) else None
        return kind.content if isinstance(kind, Scalar) and isinstance(kind.content, str) else ""

    # --- what is worked out once

    def once(self, kind: str, name: str, compute: Callable[[], object]) -> object:
        """`compute()`, worked out once; raises EvalError where it needs itself."""
        key = (kind, name)
        if key in self._values:
            return self._values[key]
        if key in self._busy:
            raise EvalError(f"{kind} `{name}` depends on itself")
        self._busy.add(key)
        try:
            value = self._values[key] = compute()
        finally:
            self._busy.discard(key)
        return value

    def child(self, name: str) -> Stack | Reason:
        """The stack that a resource nests, or why it is not known."""
        found = self._children.get(name)
        if found is None:
            from guardrails.sources.cloudformation.nested import open_child

            declared = self.resources()[name]
            found = self._children[name] = open_child(self, declared)
        return found

    def children(self) -> tuple[Stack, ...]:
        """The nested stacks that were opened so far."""
        return tuple(child for child in self._children.values() if isinstance(child, Stack))


class Scope:
    """Where an expression stands: in a stack, in loops, and under conditions that hold or do not."""

    __slots__ = ("_answers", "_below", "assumed", "bound", "excluded", "settled", "stack")

    def __init__(
        self,
        stack: Stack,
        bound: Dictionary[str, str] | None = None,
        assumed: Dictionary[str, bool] | None = None,
        settled: Dictionary[str, str] | None = None,
        excluded: Dictionary[str, frozenset[str]] | None = None,
    ) -> None:
        self.stack = stack
        self.bound = bound or {}
        """What the identifiers of the loops around it stand for."""
        self.assumed = assumed or {}
        """Conditions that are known to hold or not where it stands."""
        self.settled = settled or {}
        """Parameters of which the value follows from these."""
        self.excluded = excluded or {}
        """Values that parameters do not have, as far as it follows from these."""
        self._answers: dict[str, bool | Unknown] = {}
        self._below: dict[tuple[str, bool], Scope] = {}

    def forget(self) -> None:
        for scope in self._below.values():
            scope.forget()
        self._below.clear()
        self._answers.clear()

    @property
    def run(self) -> Run:
        return self.stack.run

    @property
    def answers(self) -> dict[str, bool | Unknown]:
        """What is known of conditions by name."""
        return self._answers

    def place(self, node: Node, attribute: str = "") -> Origin:
        return self.stack.place(node, attribute)

    def binding(self, name: str, value: str) -> Scope:
        """The scope of one copy that a loop makes."""
        return Scope(self.stack, {**self.bound, name: value}, self.assumed, self.settled, self.excluded)

    def elsewhere(self, bound: Dictionary[str, str]) -> Scope:
        """The scope of something that is written in other loops, under the same conditions."""
        return Scope(self.stack, bound, self.assumed, self.settled, self.excluded)

    def assuming(self, name: str, answer: bool) -> Scope:
        """The scope of what is there only if a condition holds, or does not."""
        if self.assumed.get(name) is answer:
            return self
        key = (name, answer)
        found = self._below.get(key)
        if found is None:
            from guardrails.sources.cloudformation.conditions import following

            try:
                assumed, settled, excluded = following(name, answer, self)
            except LimitError:  # What follows need not be known.
                assumed, settled, excluded = {**self.assumed, name: answer}, self.settled, self.excluded
            found = self._below[key] = Scope(self.stack, self.bound, assumed, settled, excluded)
        return found

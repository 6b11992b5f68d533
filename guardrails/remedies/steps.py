"""What a policy's author says of a remedy: steps in Terraform's own words, which the search maps to places in files.

`REMEDIES` in a module `_remedies.py` beside the policies maps the id of a policy to a function of its settings, which
gives alternatives: each a tuple of steps, the first that is proved counts. So an alternative may be wrong for many
deployments and does no harm there.

Values are expressions as they are written in Terraform: `"true"`, `'"Enabled"'`. In them stand for something else:

- `{subject}`: the resource that the finding is about, `aws_s3_bucket.logs` or `aws_s3_bucket.logs[count.index]`;
- `{key}`, or any other name: the resource that an earlier step of the tuple added under this name;
- `{account}`, `{partition}` and `{region}`: attributes of data sources, which are added where the module has none;
- `{label}`: the last label of the block beside which a resource is added, for names.
"""

from __future__ import annotations

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeAlias

    from guardrails.semantics.scenario import Scenario


class Nested(Record):
    """A nested block that is written anew."""

    type: str
    arguments: Mapping[str, str] = {}
    blocks: tuple[Nested, ...] = ()


class SetArgument(Record):
    """An argument is to have this value: it is added, or takes the place of a value that is written out.

    A value that comes from the call of a module is set in the call.
    """

    name: str
    value: str
    within: tuple[str, ...] = ()
    """Nested blocks that it stands in, outermost first; made where they are missing."""
    on: tuple[str, ...] = ()
    """Types of the resource that has it. Empty for the resource that is judged, else a resource that the finding points
    at or that mentions the one that is judged."""
    anywhere: bool = False
    """Any resource of those types in the module of the judged one will do."""
    replaces: bool = False
    """A reference to something else may go: it was to the wrong thing."""


class AddToList(Record):
    """A list that is written out is to have further elements; one that is not there is made."""

    name: str
    values: tuple[str, ...]
    on: tuple[str, ...] = ()
    anywhere: bool = False


class AddCondition(Record):
    """The statement that the finding points at is to hold under one more condition: in an `aws_iam_policy_document`, or
    in a document that is written with `jsonencode`."""

    operator: str
    key: str
    values: tuple[str, ...]


class NewStatement(Record):
    """A statement of a policy. Values are expressions, as everywhere; `principal` says the kind and who."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ('"*"',)
    principal: tuple[str, tuple[str, ...]] = ("", ())
    conditions: tuple[AddCondition, ...] = ()
    effect: str = "Allow"
    all_but_actions: bool = False
    """The actions are those that it does not speak of."""

    def as_block(self) -> Nested:
        """As an `aws_iam_policy_document` has it."""
        kind, who = self.principal
        blocks = [Nested("principals", {"type": f'"{kind}"', "identifiers": _listed(who)})] if kind else []
        blocks += [
            Nested("condition", {"test": f'"{it.operator}"', "variable": f'"{it.key}"', "values": _listed(it.values)})
            for it in self.conditions
        ]
        arguments = {
            "sid": f'"{self.sid}"',
            "effect": f'"{self.effect}"',
            "not_actions" if self.all_but_actions else "actions": _listed(self.actions),
            **({"resources": _listed(self.resources)} if self.resources else {}),
        }
        return Nested("statement", arguments, tuple(blocks))

    def as_object(self, indent: str) -> str:
        """As `jsonencode` takes it; the first line without the indentation of the rest."""
        kind, who = self.principal
        pairs = {"Sid": f'"{self.sid}"', "Effect": f'"{self.effect}"'}
        if kind:
            pairs["Principal"] = f"{{ {kind} = {_one_or_more(who)} }}" if kind != "*" else '"*"'
        pairs["NotAction" if self.all_but_actions else "Action"] = _one_or_more(self.actions)
        if self.resources:
            pairs["Resource"] = _one_or_more(self.resources)
        by_operator: dict[str, list[str]] = {}
        for it in self.conditions:
            by_operator.setdefault(it.operator, []).append(f'"{it.key}" = {_one_or_more(it.values)}')
        tests = [f"{operator} = {{ {', '.join(said)} }}" for operator, said in by_operator.items()]
        if tests:
            pairs["Condition"] = f"{{ {', '.join(tests)} }}"
        width = max(map(len, pairs))
        lines = [f"{indent}  {name:<{width}} = {value}\n" for name, value in pairs.items()]
        if tests and len(lines[-1]) > _LONG:
            said = "".join(f"{indent}    {test}\n" for test in _below(tests))
            lines[-1] = f"{indent}  Condition = {{\n{said}{indent}  }}\n"
        return f"{{\n{''.join(lines)}{indent}}}"


_LONG = 100


def _below(tests: list[str]) -> list[str]:
    width = max(len(test.partition(" = ")[0]) for test in tests)
    return [f"{name:<{width}} = {rest}" for name, _, rest in (test.partition(" = ") for test in tests)]


def policy_document(*statements: NewStatement) -> str:
    """The expression of a policy with these statements, for an argument of a resource."""
    said = "".join(f"      {one.as_object('      ')},\n" for one in statements)
    return f'jsonencode({{\n    Version = "2012-10-17"\n    Statement = [\n{said}    ]\n  }})'


def _listed(values: tuple[str, ...]) -> str:
    return f"[{', '.join(values)}]"


def _one_or_more(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else _listed(values)


class AddStatement(Record):
    """A policy is to have one more statement: an `aws_iam_policy_document`, or an argument that is written with
    `jsonencode`."""

    statement: NewStatement
    on: tuple[str, ...]
    argument: str = "policy"
    anywhere: bool = False


class RemoveBlocks(Record):
    """Nested blocks of these types are to go."""

    types: tuple[str, ...]
    on: tuple[str, ...] = ()


class AddBlock(Record):
    """A nested block is to be added."""

    block: Nested
    on: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    anywhere: bool = False


class AddResource(Record):
    """A resource that stands beside the one that is judged, once for each instance of that."""

    type: str
    arguments: Mapping[str, str] = {}
    blocks: tuple[Nested, ...] = ()
    known_as: str = ""
    """What later steps call it, in braces."""
    label: str = ""
    """Its label; empty for that of the block that it stands beside."""
    for_argument: str = ""
    """An argument of the judged resource that shall refer to it. It then stands where that argument is decided, which
    may be in a caller of the module, and is repeated as what stands there is: it cannot be made for each instance of
    something that refers to it."""
    beside: tuple[str, ...] = ()
    """As `on` elsewhere: the block that it stands beside, which is what `{subject}` stands for."""
    anywhere: bool = False
    """As elsewhere, of `beside`."""
    only_for: str = ""
    """What it is for, if not the block that it stands beside: there may be one for that already."""
    unless: str = ""
    """The attribute of the judged resource, in the model's words, that such a resource gives: `policy` of a bucket.
    There may be one only, so it is not added where the attribute has something already, written wherever."""


class UseResource(Record):
    """A resource of the module is to be used: each of its type is tried, and must not fail any policy then. Nothing is
    used that is repeated."""

    type: str
    known_as: str
    """What later steps call it, in braces."""
    may_stay_open: bool = False
    """A verdict on it may be unknown then: whether somebody reads a topic seldom is in the code."""


class NoticeCalls(Record):
    """Somebody is to be told of all calls of a scenario, of those that would reach nobody at least."""

    scenario: Scenario
    pattern: str = ""
    """A filter pattern for all of them, where they are not told by their names."""
    even_if_noticed: bool = False
    """A filter with exactly this pattern is wanted, whatever others there are."""


class NarrowFilter(Record):
    """The judged metric filter is to match only what fits one more condition: `$.readOnly IS FALSE`."""

    condition: str


class LeftToYou(Record):
    """Nothing is changed: the reason why no edit can decide it, which is shown."""

    why: str


BlockStep: TypeAlias = (
    "SetArgument | AddToList | AddCondition | AddStatement | AddBlock | RemoveBlocks | AddResource | NarrowFilter"
)
"""A step that is about one block."""
Step: TypeAlias = "BlockStep | UseResource | NoticeCalls | LeftToYou"
Alternatives: TypeAlias = "Sequence[tuple[Step, ...]]"
Remedies: TypeAlias = "Mapping[str, Callable[[Any], Alternatives]]"

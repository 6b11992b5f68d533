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
    unless: str = ""
    """The attribute of the judged resource, in the model's words, that such a resource gives: `policy` of a bucket.
    There may be one only, so it is not added where the attribute has something already, written wherever."""


class NoticeCalls(Record):
    """Somebody is to be told of all calls of a scenario, of those that would reach nobody at least."""

    scenario: Scenario
    pattern: str = ""
    """A filter pattern for all of them, where they are not told by their names."""
    even_if_noticed: bool = False
    """A filter with exactly this pattern is wanted, whatever others there are."""


class LeftToYou(Record):
    """Nothing is changed: the reason why no edit can decide it, which is shown."""

    why: str


BlockStep: TypeAlias = "SetArgument | AddToList | AddCondition | AddBlock | RemoveBlocks | AddResource"
"""A step that is about one block."""
Step: TypeAlias = "BlockStep | NoticeCalls | LeftToYou"
Alternatives: TypeAlias = "Sequence[tuple[Step, ...]]"
Remedies: TypeAlias = "Mapping[str, Callable[[Any], Alternatives]]"

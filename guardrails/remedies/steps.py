"""What a policy's author says of a remedy: steps in Terraform's own words, which the search maps to places in files.

`REMEDIES` in a module `_remedies.py` beside the policies maps the id of a policy to a function of its settings, which
gives alternatives: each a tuple of steps, the first that is proved counts. So an alternative may be wrong for many
deployments and does no harm there.

Values are expressions as they are written in Terraform: `"true"`, `'"Enabled"'`. In them `{subject}` stands for the
resource that the finding is about, `aws_s3_bucket.logs` or `aws_s3_bucket.logs[count.index]`.
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


class RemoveBlocks(Record):
    """Nested blocks of these types are to go."""

    types: tuple[str, ...]
    on: tuple[str, ...] = ()


class AddBlock(Record):
    """A nested block is to be added."""

    block: Nested
    on: tuple[str, ...] = ()
    within: tuple[str, ...] = ()


class AddResource(Record):
    """A resource that stands beside the one that is judged, once for each instance of that."""

    type: str
    arguments: Mapping[str, str] = {}
    blocks: tuple[Nested, ...] = ()
    beside: tuple[str, ...] = ()
    """As `on` elsewhere: what `{subject}` stands for."""
    unless: str = ""
    """The attribute of the judged resource, in the model's words, that such a resource gives: `policy` of a bucket.
    There may be one only, so it is not added where the attribute has something already, written wherever."""


class NoticeCalls(Record):
    """Somebody is to be told of all calls of a scenario, of those that would reach nobody at least."""

    scenario: Scenario
    pattern: str = ""
    """A filter pattern for all of them, where they are not told by their names."""


BlockStep: TypeAlias = "SetArgument | AddBlock | RemoveBlocks | AddResource"
"""A step that is about one block."""
Step: TypeAlias = "BlockStep | NoticeCalls"
Alternatives: TypeAlias = "Sequence[tuple[Step, ...]]"
Remedies: TypeAlias = "Mapping[str, Callable[[Any], Alternatives]]"

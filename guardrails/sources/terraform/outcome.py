"""What terraform found out when it planned a root, as evaluation asks for it: it fills what the code leaves open."""

from __future__ import annotations

from guardrails.kernel.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.kernel.why import Reason
    from guardrails.sources.terraform.bodies import Nested
    from guardrails.sources.terraform.expansion import Expansion


class Part(Protocol):
    """What was planned for one block."""

    def settled(self, name: str, value: object) -> object:
        """The value of an argument: the given one, or what is known of it better."""

    def withheld(self, name: str) -> bool:
        """Whether the value of an argument is not to be shown."""

    def inner(
        self, name: str, found: list[Nested], gaps: tuple[Reason, ...]
    ) -> tuple[Sequence[tuple[Nested, Part | None]], tuple[Reason, ...]]:
        """The nested blocks called `name`, those that are found in the code made into those that were planned."""


class Outcome(Protocol):
    """A plan of the root."""

    def expansion(self, module: str, block: str, repeated: str, found: Expansion) -> Expansion:
        """The instances of a block (`aws_s3_bucket.logs`, `module.audit`) of a module instance, by its address."""

    def looked_up(self, address: str, name: str) -> object:
        """An attribute of a data source as it was read; None where it is not known."""

    def part(self, address: str) -> Part | None:
        """What was planned for a resource instance; None for one that was not planned."""

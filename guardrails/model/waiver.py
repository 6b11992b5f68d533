"""What is written beside the code about the code: waivers of verdicts."""

from __future__ import annotations

from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth


class InlineWaiver(Resource):
    """A waiver that is written in what was scanned; `address` is what it stands at."""

    readable: Truth
    """Whether it can be read: names first, a date that is one."""
    known: Truth
    """Whether all policies that it names exist and are such as can be waived."""
    complete: Truth
    """Whether it gives what the configuration requires: a reason, and an end that is not too far away."""
    placed: Truth
    """Whether it stands at something."""
    in_force: Truth
    """Whether its last day is not over."""
    permitted: Truth
    """Whether all policies that it names may be waived."""
    used: Truth
    """Whether each policy that it names, and that was judged by, has something there that it waives."""

    @property
    def well_formed(self) -> Truth:
        """Whether there is nothing wrong with how it is written."""
        return self.readable & self.known & self.complete & self.placed

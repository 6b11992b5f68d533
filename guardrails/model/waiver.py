"""What is written beside the code about the code: waivers of verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.model.resource import Resource

if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth


class InlineWaiver(Resource):
    """A waiver that is written in what was scanned; `address` is what it stands at."""

    well_formed: Truth
    """Whether it names policies that there are, gives what a waiver must give, and stands at something."""
    in_force: Truth
    """Whether its last day is not over."""
    permitted: Truth
    """Whether all policies that it names may be waived."""
    used: Truth
    """Whether each policy that it names, and that was judged by, has something there that it waives."""

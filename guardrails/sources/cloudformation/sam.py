"""Templates of the Serverless Application Model."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.cloudformation.nodes import Node
    from guardrails.sources.cloudformation.stack import Stack


def missing(stack: Stack, node: Node) -> Reason | None:
    """Why the resources that the transform makes are not seen; None where they are."""
    detail = "the resources that `AWS::Serverless` makes of the template are not seen"
    return Reason(Why.UNSUPPORTED, detail, "", stack.place(node))

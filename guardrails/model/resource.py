"""What every resource has in common."""

from __future__ import annotations

from guardrails.kernel.origin import How
from guardrails.kernel.record import Noun
from guardrails.kernel.truth import decide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.block import Location
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value


class Resource(Noun):
    """One resource. Resources compare by identity: two with equal attributes are still two."""

    address: str
    """As the source names it: a Terraform address, a logical id, an ARN."""
    type: str
    """The source's own type name: `aws_cloudtrail`."""
    exists: Truth
    owned: bool
    """Whether this deployment creates it; False for something that is only referred to."""
    origin: Origin
    location: Location
    name: Value[str]
    """The name that the provider knows it by."""
    protected: Value[bool]
    """Whether removing it from the code, or deleting the stack, is refused or leaves it alone. Nothing in an account
    is protected so."""

    @property
    def observed(self) -> Truth:
        """Whether it is there and was looked at, instead of written down to be made: nothing is known of the code it
        comes from."""
        return decide(self.origin.how is How.API)

"""What `Ref` and `Fn::GetAtt` of a resource give: a text that is known when the stack is made."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.values import Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Attribute(Ref):
    """An attribute of a resource, with the resource's type: its address does not show that. `("Ref",)` is what `Ref`
    gives."""

    __slots__ = ("type",)

    def __init__(self, address: str, path: tuple[str | int, ...], type: str) -> None:
        super().__init__(address, path)
        self.type = type

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - `reasons`, or nothing
        if name != "reasons":
            raise AttributeError(name)
        shown = self.address if self.path == ("Ref",) else ".".join([self.address, *map(str, self.path)])
        self.reasons = (Reason(Why.AFTER_APPLY, f"`{shown}` is known only when the stack is made"),)
        return self.reasons

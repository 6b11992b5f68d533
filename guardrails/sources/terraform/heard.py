"""All that is handed into something that was not read: it can only concern what it is told of."""

from __future__ import annotations

from guardrails.sources.terraform.values import Choice, HclSet, JsonText, Ref, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.why import Reason


class Heard:
    """Addresses, texts, and why there may be more of them."""

    def __init__(self) -> None:
        self.addresses: set[str] = set()
        self.texts: set[str] = set()
        self.vague: set[Reason] = set()
        self._seen: set[int] = set()
        self._kept: list[object] = []

    def listen(self, value: object) -> None:
        if isinstance(value, str):
            self.texts.add(value)
            return
        if not isinstance(value, (dict, list, HclSet, Unknown)) or id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._kept.append(value)  # so that no other value comes to have its id
        if isinstance(value, Ref):
            self.addresses.add(value.address)
        elif isinstance(value, Text):
            self._all(value.parts)
        elif isinstance(value, JsonText):
            self.listen(value.document)
        elif isinstance(value, Choice):
            self._all(value.alternatives)
        elif isinstance(value, Unknown):
            self.vague.update(value.reasons)
        elif isinstance(value, dict):
            self._all(value)
            self._all(value.values())
        else:
            self._all(value.items if isinstance(value, HclSet) else value)

    def _all(self, values: object) -> None:
        for value in values:  # type: ignore[attr-defined]  # a list, a mapping or a view of one
            self.listen(value)

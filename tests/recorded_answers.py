"""A deployment made of answers of the API that stand in a file, as the `live` cells of the lowerings read them.

The file is one JSON object: by type of resource, by a label, one object that holds the answers to the calls about that
resource under the names of `live_calls.py` (`trail`, `status`, `selectors`), and the ARN or name it is known by. The
address of a resource is TYPE.LABEL.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guardrails.kernel.block import Deployment, Location, RawResource
from guardrails.kernel.origin import How, Origin, SourceFile
from guardrails.kernel.truth import true
from guardrails.kernel.value import Value
from guardrails.sources.terraform.evaluated import DataBlock

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.block import HidingPlace
    from guardrails.kernel.why import Reason

ACCOUNT = "111122223333"
REGION = "eu-central-1"


class RecordedAnswers(Deployment):
    """Everything of one account and Region; nothing is hidden in it."""

    dialect = "live"
    source = "recorded answers"

    def __init__(self, path: Path) -> None:
        self.target = path.parent.name
        self._file = SourceFile(str(path), path.read_text(encoding="utf-8"))
        self._answers: dict[str, dict[str, dict[str, Any]]] = json.loads(self._file.text, parse_float=Decimal)

    def types(self) -> frozenset[str]:
        return frozenset(self._answers)

    def resources(self, type: str) -> tuple[RawResource, ...]:
        return tuple(
            RawResource(
                self.dialect, type, f"{type}.{label}", DataBlock(answers, self.origin, None), true(), self._location
            )
            for label, answers in self._answers.get(type, {}).items()
        )

    @property
    def _location(self) -> Location:
        return Location("", Value.of(ACCOUNT, self.origin), Value.of(REGION, self.origin))

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        return ()

    def gaps(self) -> tuple[Reason, ...]:
        return ()

    @property
    def origin(self) -> Origin:
        return Origin(self._file, how=How.API)

    @property
    def files(self) -> tuple[str, ...]:
        return (self._file.path,)

    @property
    def size(self) -> int:
        return sum(map(len, self._answers.values()))

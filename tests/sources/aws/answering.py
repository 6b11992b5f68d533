"""A Caller that gives recorded answers, and holds every call against what botocore knows of it."""

from __future__ import annotations

import threading
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.model import ServiceModel  # type: ignore[import-untyped]  # as above
from botocore.validate import ParamValidator  # type: ignore[import-untyped]  # as above

from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.snapshot import DENIED, FAILED, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.sources.aws.calling import Call

    Answer = Mapping[str, object] | "Refused" | Callable[[str, Mapping[str, object]], object]

ACCOUNT = "111122223333"
OTHER = "444455556666"
REGION = "eu-central-1"


class Refused:
    """What AWS answers instead."""

    def __init__(self, code: str = "AccessDenied", kind: str = "") -> None:
        self.code = code
        self.kind = kind or (DENIED if "Denied" in code else FAILED)


class Answering:
    """Answers by `service.Operation`: an object, a refusal, or a function of Region and parameters that gives either.

    What no answer is given for has nothing to list.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self.made: list[tuple[str, str, dict[str, object]]] = []
        """Region, `service.Operation` and parameters of every call."""

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(name for _, name, _ in self.made))

    def asked(self, name: str) -> list[tuple[str, dict[str, object]]]:
        """Where and with which parameters a call was made."""
        return [(region, given) for region, made, given in self.made if made == name]

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        given = dict(parameters)
        shape = operation(call.service, call.operation).input_shape
        assert shape is not None or not given
        if shape is not None:
            report = ParamValidator().validate(given, shape)
            assert not report.has_errors(), report.generate_report()
        with self._lock:
            self.made.append((region, call.name, given))
        answer = self._answers.get(call.name, {})
        if callable(answer):
            answer = answer(region, given)
        if isinstance(answer, Refused):
            if answer.code in (*call.absent, *call.unsupported):
                return None
            raise CallError(Refusal(call.name, call.action, answer.kind, answer.code, "no", region))
        return dict(answer)


@cache
def operation(service: str, name: str) -> Any:  # noqa: ANN401 - botocore says nothing of its types
    """What botocore knows of an operation."""
    return _service(service).operation_model(name)


@cache
def _service(name: str) -> Any:  # noqa: ANN401 - as above
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)

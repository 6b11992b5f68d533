"""Calls of one account, made by botocore: paged, repeated where that helps, counted, and kept below the rates of AWS.

Repeating is done here and not by botocore, whose own has one budget for a client: the clients are shared by all
accounts, and a throttled one must neither slow the others down nor use up their attempts. It follows the rules of
botocore's standard mode (which errors, exponential waits with full jitter, 20 seconds at most), and slows down as its
adaptive mode does, for one service in one Region of one account (`rates`).
"""

from __future__ import annotations

import random
import threading
import time
from functools import cache

from guardrails.kernel.record import Record
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.paging import whole
from guardrails.sources.aws.refusals import is_transient, refusal_of, told
from guardrails.sources.aws.snapshot import FAILED, THROTTLED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from guardrails.sources.aws.calling import Call
    from guardrails.sources.aws.clients import Clients, Keys
    from guardrails.sources.aws.rates import Rates

READING = ("BatchGet", "Describe", "Get", "List", "Lookup")
"""What the names of operations begin with that change nothing."""
HARMLESS = frozenset({"sts.AssumeRole"})
"""Operations of other names that are made all the same: one that gives keys and changes nothing."""
_LONGEST_WAIT = 20.0


class UndeclaredError(Exception):
    """A call that is not in the call table, or does not only read. It is a mistake of the program, and not made."""


class Patience(Record):
    """How often the same is asked again."""

    throttled: int = 8
    """Attempts, the first included, while AWS says that there are too many requests: about half a minute."""
    failed: int = 3
    """Attempts, the first included, while there is no answer."""
    wait: float = 0.5
    """Seconds that are waited at most before the second attempt; twice as many before each further one."""


class BotocoreCaller:
    """A `Caller` for one account."""

    def __init__(
        self,
        clients: Clients,
        keys: Keys,
        rates: Rates,
        *,
        partition: str,
        patience: Patience | None = None,
        through: BotocoreCaller | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`through` made the calls by which the account is entered, which count as well."""
        self._clients, self._keys, self._rates = clients, keys, rates
        self._through = through
        self._patience = patience or Patience()
        self._sleep = sleep
        self._everywhere = clients.place_of_global_services(partition)
        self._calls: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def calls(self) -> dict[str, int]:
        """`cloudtrail.DescribeTrails` → requests that were sent, pages and repetitions counted."""
        counted = self._through.calls if self._through else {}
        with self._lock:
            for name, count in self._calls.items():
                counted[name] = counted.get(name, 0) + count
        return dict(sorted(counted.items()))

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        check_that_it_reads(call)
        try:
            tokens = None if call.first_page else self._clients.tokens(call)
            return whole(lambda more: self._page(region, call, {**parameters, **more}), tokens, call.items)
        except CallError:
            raise
        except Exception as error:
            code, _, _ = told(error)
            if code in call.absent or code in call.unsupported:
                return None
            if self._clients.has_none_there(call.service, region or self._everywhere, error):
                return None
            raise CallError(refusal_of(call, region, error)) from error

    def _page(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any]:
        """One request that is answered, after as many as need be."""
        place = region or self._everywhere
        bucket = self._rates.bucket(call, place)
        attempt = 1
        while True:
            bucket.take()
            try:
                answer = self._clients.ask(call, place, parameters, self._keys, self._count)
            except CallError:
                raise
            except Exception as error:
                code, _, _ = told(error)
                if code in call.absent or code in call.unsupported:
                    raise
                refusal = refusal_of(call, region, error)
                if refusal.kind == THROTTLED:
                    bucket.too_much()
                    most = self._patience.throttled
                elif refusal.kind == FAILED and is_transient(error):
                    most = self._patience.failed
                else:
                    raise
                if attempt >= most:
                    raise
            else:
                bucket.fine()
                return answer
            # Jitter keeps the threads that were refused together from coming back together.
            self._sleep(random.uniform(0, min(_LONGEST_WAIT, self._patience.wait * 2 ** (attempt - 1))))
            attempt += 1

    def _count(self, name: str) -> None:
        with self._lock:
            self._calls[name] = self._calls.get(name, 0) + 1


@cache
def declared() -> frozenset[str]:
    """All operations that are ever made: those of the call table, and those by which accounts are found and entered."""
    from guardrails.sources.aws import kinds_organizations, regions, session
    from guardrails.sources.aws.kinds import KINDS

    made = {call.name for kind in KINDS.values() for call in kind.calls}
    finding = (kinds_organizations.DESCRIBE_ORGANIZATION, kinds_organizations.LIST_ACCOUNTS)
    return frozenset(made | {call.name for call in (*finding, *regions.CALLS, *session.CALLS)})


def check_that_it_reads(call: Call) -> None:
    """Raises UndeclaredError."""
    if call.name not in declared():
        raise UndeclaredError(f"{call.name} is not in the call table: it is not called")
    if not call.operation.startswith(READING) and call.name not in HARMLESS:
        raise UndeclaredError(f"{call.name} does not only read: it is not called")

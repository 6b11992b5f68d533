"""A Dask cluster as an executor.

Its machines need guardrails in the same version, and credentials of their own: what is sent to them names a profile or
a role, never a key.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from guardrails.sources.aws.fleet import FleetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from typing import Any

_SECONDS = 15
"""How long a scheduler may take to answer at first."""
_AT_LEAST = 32
"""Accounts that are handed over at a time although there are few machines yet: a cluster may grow with its work."""
_FOR_EACH = 2
"""Accounts for each thread of the cluster, so that none waits for the next."""


@contextmanager
def on_cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """An executor on the cluster, and how many accounts to hand to it at a time. Raises FleetError."""
    try:
        Client: Any = import_module("distributed").Client  # noqa: N806 - its name there; it says little of its types
    except ImportError:
        raise FleetError("a Dask cluster needs a package: `pip install 'guardrails-audit[dask]'`") from None
    try:
        client = Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise FleetError(f"no scheduler answers at {address}: {said}") from None
    try:
        threads = sum(client.nthreads().values())
        # The same question of another run is another question: what is asked for may have changed.
        yield client.get_executor(pure=False), max(_AT_LEAST, _FOR_EACH * threads)
    finally:
        client.close(timeout=_SECONDS)

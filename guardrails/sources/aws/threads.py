"""Many calls at once, on a few threads."""

from __future__ import annotations

import threading

from guardrails.kernel.typed import Generic, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


def all_of(tasks: Sequence[Callable[[], T]], workers: int) -> list[T]:
    """What the tasks answer, in their order. The first that raises ends it: no further one begins, and its exception is
    raised here.

    The threads are such that the process can end while one still waits for an answer, so an interruption does not have
    to wait for it.
    """
    if workers < 2 or len(tasks) < 2:
        return [task() for task in tasks]
    shared = _Shared(tasks)
    threads = [threading.Thread(target=shared.work, daemon=True) for _ in range(min(workers, len(tasks)))]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        shared.stop()
        raise
    if shared.failure is not None:
        raise shared.failure
    return [shared.answers[number] for number in range(len(tasks))]


class _Shared(Generic[T]):
    """The tasks that are left, and what the others answered."""

    def __init__(self, tasks: Sequence[Callable[[], T]]) -> None:
        self._left = iter(enumerate(tasks))
        self._lock = threading.Lock()
        self._stopped = False
        self.answers: dict[int, T] = {}
        self.failure: BaseException | None = None

    def stop(self) -> None:
        self._stopped = True

    def work(self) -> None:
        while not self._stopped:
            with self._lock:
                number, task = next(self._left, (0, None))
            if task is None:
                return
            try:
                answer = task()
            except BaseException as failure:  # raised again in the thread that waits
                with self._lock:
                    self.failure = self.failure or failure
                self.stop()
                return
            with self._lock:
                self.answers[number] = answer

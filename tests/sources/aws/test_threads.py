"""Many tasks on a few threads: order, errors, and being interrupted."""

from __future__ import annotations

import signal
import threading
from functools import partial

import pytest

from guardrails.sources.aws.threads import all_of


@pytest.mark.parametrize("workers", [1, 2, 50])
def test_answers_come_in_the_order_of_the_tasks(workers: int) -> None:
    assert all_of([partial(str, number) for number in range(20)], workers) == [str(number) for number in range(20)]
    assert all_of([], workers) == []


def test_tasks_run_beside_each_other() -> None:
    together = threading.Barrier(4)

    assert sorted(all_of([together.wait] * 4, 4)) == [0, 1, 2, 3]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised_where_the_answers_are_waited_for(workers: int) -> None:
    with pytest.raises(ZeroDivisionError):
        all_of([partial(divmod, 1, number) for number in (1, 2, 0, 3)], workers)


def test_nothing_is_begun_after_an_error() -> None:
    begun: list[int] = []

    def task(number: int) -> None:
        begun.append(number)
        if number == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        all_of([partial(task, number) for number in range(5)], 1)

    assert begun == [0, 1]


def test_an_interruption_waits_for_nobody() -> None:
    begun: list[int] = []
    held = threading.Event()
    caller = threading.get_ident()

    def task(number: int) -> None:
        begun.append(number)
        if number == 0:
            signal.pthread_kill(caller, signal.SIGINT)
        held.wait()

    with pytest.raises(KeyboardInterrupt):
        all_of([partial(task, number) for number in range(10)], 2)
    held.set()

    assert len(begun) <= 2

"""Work that is shared out among copies of this process, where several processors are free and it lasts long enough.

Deployments are judged one by one, and none knows of another. What a copy found comes back pickled; the texts that
places stand in come back once each, so that two places in one file are in one file here as well. Whatever goes wrong
ends the attempt as if it had never been made: the caller then does the work itself, and says what there is to say.
"""

from __future__ import annotations

import os
import sys

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.typed import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MOST = 8
"""Processes at most: each holds what it is judging."""
_IN_A_PIPE = 16_000
"""Numbers of four bytes that a pipe surely takes while nobody reads."""
_AT_ONCE = 1 << 20
_PROTOCOL = 5
_A_WHILE = 0.1
"""Seconds after which it is told how far the work is."""


def available() -> int:
    """How many processors there are for this process; 1 where it cannot be copied, or that is not known."""
    if not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity"):
        return 1
    try:
        free = len(os.sched_getaffinity(0))
    except OSError:
        return 1
    return min(free, _granted(), MOST)


def _granted() -> int:
    """How many processors a container is given the time of."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):  # No such limit, or none at all: `max`.
        return MOST


def shared_out(
    count: int, work: Callable[[int], T], processes: int, begun: Callable[[int], None] = lambda _: None
) -> list[T] | None:
    """`work(0)`, …, `work(count - 1)`, done by as many copies of this process; None where any of it failed.

    `work` may change nothing but what it returns, and what it returns can be pickled. `begun` is told now and then how
    many were begun. Only for a process of one thread.
    """
    children: dict[int, int] = {}  # process → where it says what it found
    numbers = -1
    try:
        numbers = _numbers(count)
        for _ in range(min(processes, count)):
            child, end = _copied(numbers, count, work)
            children[child] = end
        found: dict[int, T] = {}
        texts: dict[tuple[str, str], SourceFile] = {}
        for child in list(children):
            said = _heard(children[child], lambda: begun(count - _left(numbers) * _portion(count)))
            os.close(children.pop(child))
            _, status = os.waitpid(child, 0)
            if status != 0:
                return None
            found.update(_unpacked(said, texts))
        return [found[number] for number in range(count)]
    except Exception:
        return None
    finally:
        if numbers >= 0:
            os.close(numbers)
        for child, end in children.items():
            os.close(end)
            os.kill(child, 9)
            os.waitpid(child, 0)


def _numbers(count: int) -> int:
    """A pipe that the copies draw what to do from: each number of a portion once, then the end."""
    read, write = os.pipe()
    try:
        portions = -(-count // _portion(count))
        os.write(write, b"".join(number.to_bytes(4, "little") for number in range(portions)))
    finally:
        os.close(write)
    return read


def _portion(count: int) -> int:
    """How many pieces of work are drawn at once."""
    return -(-count // _IN_A_PIPE)


def _copied(numbers: int, count: int, work: Callable[[int], T]) -> tuple[int, int]:
    """A copy of this process at work: its number, and where it says what it found."""
    read, write = os.pipe()
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:
        os.close(read)
        os.close(write)
        raise
    if child:
        os.close(write)
        return child, read
    # From here on in the copy, which never returns: what is not yet written by its parent is not its to write.
    status = 1
    try:
        os.close(read)
        _end_by_signal()
        found: list[tuple[int, T]] = []
        portion = _portion(count)
        while drawn := os.read(numbers, 4):
            first = int.from_bytes(drawn, "little") * portion
            found += [(number, work(number)) for number in range(first, min(first + portion, count))]
            if os.getppid() != parent:  # Nobody is waiting any more.
                os._exit(1)
        said = memoryview(_packed(found))
        while said:
            said = said[os.write(write, said) :]
        status = 0
    finally:
        os._exit(status)


def _end_by_signal() -> None:
    """Ctrl-C reaches all processes of a terminal: the parent says so, its copies just end."""
    import _signal  # type: ignore[import-not-found]  # typeshed leaves it out; `signal` takes longer: it makes enumerations

    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)


def _heard(end: int, waiting: Callable[[], None]) -> bytes:
    """All that a copy says, once it has ended."""
    from select import select

    pieces: list[bytes] = []
    while True:
        while not select((end,), (), (), _A_WHILE)[0]:
            waiting()
        piece = os.read(end, _AT_ONCE)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


def _left(numbers: int) -> int:
    """How many numbers wait in the pipe."""
    from fcntl import ioctl
    from termios import FIONREAD

    return int.from_bytes(ioctl(numbers, FIONREAD, bytes(4)), sys.byteorder) // 4


def _packed(found: object) -> bytes:
    from _pickle import Pickler, dumps  # `pickle` itself takes longer to import than all of this
    from io import BytesIO

    numbers: dict[int, int] = {}
    texts: list[SourceFile] = []

    class _Packer(Pickler):
        def persistent_id(self, item: object) -> int | None:
            if type(item) is not SourceFile:
                return None
            number = numbers.get(id(item))
            if number is None:
                number = numbers[id(item)] = len(texts)
                texts.append(item)
            return number

    body = BytesIO()
    _Packer(body, _PROTOCOL).dump(found)
    return dumps(([(text.path, text.text) for text in texts], body.getvalue()), _PROTOCOL)


def _unpacked(said: bytes, texts: dict[tuple[str, str], SourceFile]) -> list[tuple[int, T]]:
    """What a copy found. `texts` are those that were met before: of the same file there is one."""
    from _pickle import Unpickler, loads
    from io import BytesIO

    listed: list[tuple[str, str]]
    listed, body = loads(said)
    files = [texts.setdefault(key, SourceFile(*key)) for key in listed]

    class _Unpacker(Unpickler):
        def persistent_load(self, number: int) -> SourceFile:
            return files[number]

    found: list[tuple[int, T]] = _Unpacker(BytesIO(body)).load()
    return found

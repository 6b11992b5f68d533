"""Where reports go: which form of report to which file, and files that are written whole or not at all."""

from __future__ import annotations

import os
import stat

from guardrails.cli import unfinished
from guardrails.errors import ReportError, UsageError
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from guardrails.hookspecs import Format

STDOUT = "-"

_STDOUT_NAMES = frozenset((STDOUT, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"))
_DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/", "/dev/stderr")
"""What the shell or a caller holds open: replacing the file behind it would leave them with the old one."""
_MOST_TRIES = 100


class Destination(Record):
    """One report to write: its form, and the file as given, or `STDOUT`."""

    format: Format
    file: str


def destinations(given: Sequence[str], form: str | None, formats: Mapping[str, Format]) -> list[Destination]:
    """What `--output` and `--format` ask for: `FILE` or `FORMAT=FILE`, one report each, at most one to stdout.

    Nothing has been scanned yet: whatever cannot be right is said now, not after the work is done.
    """
    if not given:
        return [Destination(_format(form or "text", formats, "--format"), STDOUT)]
    found: list[Destination] = []
    met: dict[object, str] = {}
    plain = False
    for text in given:
        name, equals, file = text.partition("=")
        if equals and _is_word(name):
            chosen = _format(name, formats, "--output", f"; to write a file of that name, say `./{text}`")
        else:
            chosen, file, plain = _format(form or "text", formats, "--format"), text, True
        if not file:
            raise UsageError(f"--output: `{text}` names no file")
        file = STDOUT if file in _STDOUT_NAMES else file
        if file != STDOUT:
            check(file)
        identity = identity_of(file)
        if identity in met:
            where = "the standard output" if file == STDOUT else f"`{file}`"
            raise UsageError(f"--output: `{met[identity]}` and `{text}` both go to {where}")
        met[identity] = text
        found.append(Destination(chosen, file))
    if form is not None and not plain:
        raise UsageError(f"--format: `{form}` has no effect, because each --output names its own")
    return found


def _is_word(text: str) -> bool:
    return text.replace("-", "").replace("_", "").isalnum()


def _format(name: str, formats: Mapping[str, Format], option: str, hint: str = "") -> Format:
    if name not in formats:
        from guardrails.plugins import did_you_mean

        raise UsageError(f"{option}: `{name}` is none of {', '.join(formats)}{did_you_mean(name, formats)}{hint}")
    return formats[name]


def identity_of(file: str) -> object:
    """Equal for two names of one file."""
    if file == STDOUT:
        return STDOUT
    try:
        there = os.stat(file)
    except OSError:
        return os.path.realpath(file)
    return there.st_dev, there.st_ino


def check(file: str, option: str = "--output") -> None:
    """Complain about a file that certainly cannot be written."""
    if os.path.isdir(file):
        raise UsageError(f"{option}: `{file}` is a folder: name a file")
    if _is_written_in_place(file):
        if not os.access(file, os.W_OK):
            raise UsageError(f"{option}: `{file}` may not be written to")
        return
    folder = os.path.dirname(os.path.realpath(file))
    if not os.path.isdir(folder):
        raise UsageError(f"{option}: there is no folder `{os.path.dirname(file) or folder}`")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{option}: `{file}` cannot be written: its folder is read-only or belongs to somebody else")


def _is_written_in_place(file: str) -> bool:
    """Whether it is a device, a pipe or a descriptor: there is nothing to replace."""
    return file.startswith(_DESCRIPTORS) or (os.path.exists(file) and not os.path.isfile(file))


def write_file(file: str, text: str) -> None:
    """Write a report so that whoever reads the file finds the old one or the new one, never a part of it.

    Raises ReportError. A reader of a pipe that goes away is no error: it has seen enough.
    """
    data = text.encode("utf-8", "backslashreplace")
    write_whole(file, lambda handle: _write_all(handle, data))


def write_whole(file: str, fill: Callable[[int], None], *, private: bool = False) -> None:
    """The same for whatever `fill` writes to a handle. `private`: nobody but the owner may read it."""
    from contextlib import suppress

    try:
        if _is_written_in_place(file):
            with open(file, "wb", buffering=0) as stream:
                fill(stream.fileno())
            return
        target = os.path.realpath(file)
        part, handle = _part_of(target, 0o600 if private else 0o666)
        unfinished.append(part)
        try:
            try:
                if not private:
                    _like(target, handle)
                fill(handle)
            finally:
                os.close(handle)  # Some file systems tell only now that there is no room.
            os.replace(part, target)
        except BaseException:  # Ctrl-C as well.
            with suppress(OSError):
                os.unlink(part)
            raise
        finally:
            unfinished.remove(part)
    except BrokenPipeError:
        return
    except OSError as error:
        raise ReportError(f"`{file}` cannot be written: {error.strerror or error}") from error


def _part_of(target: str, mode: int) -> tuple[str, int]:
    """A new file beside `target`, open for writing: only within a folder is a rename one step."""
    from contextlib import suppress

    folder, name = os.path.split(target)
    for number in range(_MOST_TRIES):
        part = os.path.join(folder, f".{name[:200]}.{os.getpid()}.{number}.part")
        with suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
            return part, os.open(part, flags, mode)
    raise FileExistsError(17, "its folder is full of unfinished reports")


def _like(target: str, handle: int) -> None:
    """Give the open file the owner and the permissions of the one that it will replace."""
    from contextlib import suppress

    try:
        old = os.stat(target)
    except FileNotFoundError:
        return
    if not hasattr(os, "fchmod"):
        return
    new = os.fstat(handle)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with suppress(OSError):  # Only root may give files away.
            os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]

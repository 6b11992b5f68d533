"""Which files are plans or states, and what to say of those that nearly are."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys

from guardrails.kernel.origin import Origin
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform_plan.contents import Refused, read
from guardrails.sources.terraform_plan.json_text import LARGEST_FILE, JsonError, PlanFile, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guardrails.sources.terraform_plan.contents import Contents

CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")

_NAMES = (".json", ".tfstate")
_ARCHIVE = b"PK\x03\x04"
_PLAN_INSIDE = (b"tfplan", b"tfstate-prev")
_HEAD = 4096
_LOG = re.compile(rb'\A\s*\{"@level":')
_WORDS = tuple(
    f'"{word}"'.encode(encoding)
    for word in ("format_version", "terraform_version", "encrypted_data")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
"""One of these stands in every plan and state, in whatever order its keys are."""
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FRAMES_LEFT = 2_000
"""Values are read again when they are asked for, with more calls around that; what is nested needs frames."""
_SHOW = "run `terraform show -json PLAN > plan.json` and scan that"


class Found(Record):
    """What a path turned out to be: contents, or the reason why there are none."""

    path: str
    shown: str
    contents: Contents | Reason


def recognised(path: str, shown: str) -> Found | None:
    """What a file is; None if it is neither plan nor state."""
    head = Origin(PlanFile(shown))
    try:
        content = _content(path)
    except OSError as error:
        if not path.endswith(_NAMES):
            return None
        because = error.strerror or type(error).__name__
        return Found(path, shown, Reason(Why.INVALID, f"`{shown}` cannot be read: {because}", "", head))
    if content is None:
        detail = f"`{shown}` is larger than {LARGEST_FILE // 1024 // 1024} MB"
        return Found(path, shown, Reason(Why.LIMIT, detail, "", head))
    if content.startswith(_ARCHIVE):
        if not any(name in content[:_HEAD] for name in _PLAN_INSIDE):
            return None
        return Found(path, shown, Reason(Why.INVALID, f"`{shown}` is a plan in terraform's own format", _SHOW, head))
    if _LOG.match(content):
        detail = f"`{shown}` is the log of a terraform command"
        settle = "run `terraform plan -out PLAN`, then `terraform show -json PLAN > plan.json`, and scan that"
        return Found(path, shown, Reason(Why.INVALID, detail, settle, head))
    if not any(word in content for word in _WORDS):
        return None
    try:
        text = decoded(content)
    except JsonError as error:
        return _unsound(error, path, shown) if path.endswith(_NAMES) or content.lstrip()[:1] == b"{" else None
    del content  # the text is as large
    return _read(text, path, shown)


def _read(text: str, path: str, shown: str) -> Found | None:
    file = PlanFile(shown)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit - _FRAMES_LEFT)
    try:
        contents = read(text, file)
    except JsonError as error:
        return _unsound(error, path, shown) if path.endswith(_NAMES) or text.lstrip()[:1] == "{" else None
    except RecursionError:
        return Found(path, shown, Reason(Why.LIMIT, f"`{shown}` is nested too deeply", "", Origin(file)))
    except Refused as refused:
        return Found(path, shown, refused.reason)
    finally:
        sys.setrecursionlimit(limit)
    return Found(path, shown, contents) if contents is not None else None


def _unsound(error: JsonError, path: str, shown: str) -> Found:
    detail = f"`{shown}` is no sound JSON: {error}"
    settle = "write it anew with `terraform show -json`"
    return Found(path, shown, Reason(Why.INVALID, detail, settle, Origin(PlanFile(shown))))


def _content(path: str) -> bytes | None:
    """The bytes of a file; None where there are too many. Never waits for something that is no file."""
    handle = os.open(path, _OPEN)
    with open(handle, "rb") as stream:  # noqa: PTH123 - a descriptor, not a path
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > LARGEST_FILE:
            return None
        return stream.read()


def candidates(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The files to look at, each with the path that led to it: those that are named, and those in a named folder that
    holds nothing but files and no configuration."""
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - paths are plain text throughout: speed
            yield path, path
            continue
        for name in _in_folder(path):
            yield f"{path.rstrip('/')}/{name}", path


def _in_folder(folder: str) -> list[str]:
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.name.endswith(CONFIGURATION) or entry.is_dir():
                    return []
                if entry.name.endswith(_NAMES):
                    names.append(entry.name)
    except OSError:
        return []
    return sorted(names)

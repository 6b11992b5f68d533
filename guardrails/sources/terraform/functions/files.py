"""Functions on paths and files.

Nothing outside the scanned tree is read, whatever a path or a link says, and no content shows in an error. A file that
is not there is terraform's error; one that lies outside, or is too big, is merely unknown here.
"""

from __future__ import annotations

import functools
import os
import posixpath
import stat
from pathlib import Path

from guardrails.kernel.why import Why
from guardrails.sources.terraform.conversion import make_set
from guardrails.sources.terraform.loops import EXHAUSTED, charge
from guardrails.sources.terraform.typesystem import BOOL, STRING, Collection
from guardrails.sources.terraform.values import EvalError, Text, Unknown, unknown

from .crypto import digest
from .regular import Pattern
from .signature import (
    LONGEST_STRING,
    FunctionScope,
    GiveUp,
    Room,
    form,
    limit,
    opaque,
    unsupported,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guardrails.sources.terraform.hcl.nodes import Expression

room = Room()

LARGEST_FILE = LONGEST_STRING
_MOST_ENTRIES = 20_000
"""Directory entries that one `fileset` looks at."""


# --- paths


@room.function("basename", "string", sees="all", gives=STRING)
def basename(path: str | Unknown) -> object:
    if isinstance(path, Unknown):
        name = path.suffix.rpartition("/")[2] if isinstance(path, Text) and "/" in path.suffix else ""
        return name or opaque(path)
    return posixpath.basename(path.rstrip("/")) or ("/" if path else ".")


@room.function("dirname", "string", gives=STRING)
def dirname(path: str) -> str:
    return _clean(path[: path.rfind("/") + 1])


def _clean(path: str) -> str:
    """The shortest path that means the same, without looking at links."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


@room.function("abspath", "string", gives=STRING, scoped=True)
def abspath(scope: object, path: str) -> object:
    if path.startswith("/"):
        return _clean(path)
    place = _place(scope)
    return _clean(f"{Path(place.base_directory).absolute().as_posix()}/{path}")


@room.function("pathexpand", "string", gives=STRING)
def pathexpand(path: str) -> object:
    if not path.startswith("~"):
        return path
    if path != "~" and not path.startswith("~/"):
        raise EvalError("cannot expand user-specific home dir")
    return unknown(Why.ELSEWHERE, "the home directory is not part of the configuration")


# --- contents


def _place(scope: object) -> FunctionScope:
    """The place of the call, where files may be read at all."""
    if not (hasattr(scope, "base_directory") and hasattr(scope, "scan_root")):
        raise GiveUp(unsupported("files are not read here"))
    if isinstance(scope, TemplateScope) and not scope.reads_files:
        raise EvalError("a template string cannot use functions that read files")
    return scope  # type: ignore[return-value]  # the attributes that are asked for are there, as just tested


def _located(scope: object, path: str) -> Path:
    """The file or directory itself, links followed; gives up if that lies outside the scanned tree."""
    place = _place(scope)
    if path.startswith("~"):
        raise GiveUp(unknown(Why.ELSEWHERE, f"`{_shown(path)}` is outside the scanned tree"))
    if "\0" in path:
        raise EvalError("the path holds a character that no path can hold")
    joined = path if path.startswith("/") else f"{Path(place.base_directory).absolute().as_posix()}/{path}"
    return _inside(place, _clean(joined), path)


def _inside(place: FunctionScope, full: str, shown: str) -> Path:
    try:
        found = Path(full).resolve()
        inside = found.is_relative_to(Path(place.scan_root).resolve())
    except (OSError, RuntimeError):
        raise GiveUp(unknown(Why.INVALID, f"`{_shown(shown)}` cannot be followed")) from None
    if not inside:
        raise GiveUp(unknown(Why.ELSEWHERE, f"`{_shown(shown)}` is outside the scanned tree"))
    return found


def _shown(path: str) -> str:
    return path if len(path) <= 100 else f"{path[:97]}..."


def _mode(found: Path, path: str) -> int | None:
    """What stands there; None for nothing."""
    try:
        return found.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        raise GiveUp(unknown(Why.INVALID, f"`{_shown(path)}` cannot be looked at")) from None


def _content(scope: object, path: str) -> bytes:
    found = _located(scope, path)
    mode = _mode(found, path)
    if mode is None:
        raise EvalError(f"no file exists at `{_shown(path)}`")
    if not stat.S_ISREG(mode):
        raise EvalError(f"`{_shown(path)}` is not a regular file")
    try:
        with found.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError:
        raise GiveUp(unknown(Why.INVALID, f"`{_shown(path)}` cannot be read")) from None
    if len(content) > LARGEST_FILE:
        raise GiveUp(limit(f"`{_shown(path)}` is larger than {LARGEST_FILE} bytes"))
    return content


def _text_content(scope: object, path: str) -> str:
    try:
        return _content(scope, path).decode()
    except UnicodeDecodeError:
        raise EvalError(f"contents of `{_shown(path)}` are not valid UTF-8") from None


@room.function("file", "string", gives=STRING, scoped=True)
def file(scope: object, path: str) -> str:
    return _text_content(scope, path)


@room.function("filebase64", "string", gives=STRING, scoped=True)
def filebase64(scope: object, path: str) -> str:
    import base64

    return base64.b64encode(_content(scope, path)).decode()


@room.function("fileexists", "string", gives=BOOL, scoped=True)
def fileexists(scope: object, path: str) -> bool:
    found = _located(scope, path)
    mode = _mode(found, path)
    if mode is None and any(above.is_file() for above in found.parents):
        raise EvalError(f"`{_shown(path)}` leads through a file")
    if mode is not None and not stat.S_ISREG(mode):
        raise EvalError(f"`{_shown(path)}` is not a regular file")
    return mode is not None


def _declare_hash(name: str, algorithm: str, encoding: str) -> None:
    @room.function(name, "string", gives=STRING, scoped=True)
    def hashed(scope: object, path: str) -> str:
        return digest(_content(scope, path), algorithm, encoding)


_declare_hash("filemd5", "md5", "hex")
_declare_hash("filesha1", "sha1", "hex")
_declare_hash("filesha256", "sha256", "hex")
_declare_hash("filesha512", "sha512", "hex")
_declare_hash("filebase64sha256", "sha256", "base64")
_declare_hash("filebase64sha512", "sha512", "base64")


# --- sets of files


@room.function("fileset", "string", "string", gives=Collection("set", STRING), scoped=True)
def fileset(scope: object, path: str, pattern: str) -> object:
    place = _place(scope)
    if "\0" in path or "\0" in pattern:
        raise EvalError("the path holds a character that no path can hold")
    base = _clean(path if path.startswith("/") else f"{Path(place.base_directory).absolute().as_posix()}/{path}")
    steps = _clean(f"{base}/{pattern}").strip("/").split("/")
    if steps.count("**") > 1:
        return unsupported("a pattern with `**` twice is not evaluated")
    fixed = 0
    while fixed < len(steps) and not set(steps[fixed]) & set("*?[{\\"):
        fixed += 1
    start = "/" + "/".join(steps[:fixed])
    _inside(place, start, path)
    found = [
        posixpath.relpath(match, base)
        for match in _matches(_Walk(place), start, steps[fixed:])
        if _mode(_inside(place, match, path), path) is not None
        and stat.S_ISREG(_mode(_inside(place, match, path), path) or 0)
    ]
    return make_set(found, STRING)


class _Walk:
    """What a walk has looked at so far, of what it may."""

    def __init__(self, place: FunctionScope) -> None:
        self.place = place
        self.left = _MOST_ENTRIES

    def entries(self, directory: str) -> list[str]:
        _inside(self.place, directory, posixpath.basename(directory))
        try:
            names = sorted(os.listdir(directory))  # noqa: PTH208 - names are wanted, as fast as they come
        except OSError:
            return []
        self.left -= len(names) + 1
        if self.left < 0:
            raise GiveUp(limit(f"more than {_MOST_ENTRIES} files were looked at"))
        return names


def _matches(walk: _Walk, directory: str, steps: list[str]) -> Iterator[str]:
    if not steps:
        yield directory
        return
    first, *rest = steps
    if first != "**":
        for name in walk.entries(directory):
            if _matcher(first).find(name) is not None:
                yield from _matches(walk, f"{directory.rstrip('/')}/{name}", rest)
        return
    # `**` stands for any number of directories, at the end for everything below.
    yield from _matches(walk, directory, rest)
    for name in walk.entries(directory):
        below = f"{directory.rstrip('/')}/{name}"
        if Path(below).is_dir():
            _refuse_loop(walk.place, below)
            yield from _matches(walk, below, steps)
        elif not rest:
            yield below


def _refuse_loop(place: FunctionScope, directory: str) -> None:
    """A link to a directory above would be followed for ever."""
    if Path(directory).is_symlink() and Path(directory).is_relative_to(_inside(place, directory, directory)):
        raise GiveUp(limit("a link leads back to a directory above it"))


@functools.lru_cache(maxsize=64)
def _matcher(step: str) -> Pattern:
    """One component of a pattern."""
    translated, position = _alternatives(step, 0, nested=False)
    if position != len(step):
        raise EvalError("syntax error in pattern")
    return Pattern(rf"\A(?s:{translated})\z")


def _alternatives(step: str, position: int, *, nested: bool) -> tuple[str, int]:
    """The regular expression for a piece of a component, up to the end or, inside braces, to a comma or the end."""
    pieces: list[str] = []
    while position < len(step):
        character = step[position]
        position += 1
        if character == "*":
            pieces.append(".*")
        elif character == "?":
            pieces.append(".")
        elif character == "\\":
            if position >= len(step):
                raise EvalError("syntax error in pattern")
            pieces.append(_literal(step[position]))
            position += 1
        elif character == "[":
            piece, position = _class(step, position)
            pieces.append(piece)
        elif character == "{":
            if nested:
                raise GiveUp(unsupported("braces inside braces of a pattern are not evaluated"))
            options: list[str] = []
            while True:
                option, position = _alternatives(step, position, nested=True)
                options.append(option)
                if position >= len(step):
                    raise EvalError("syntax error in pattern")
                position += 1
                if step[position - 1] == "}":
                    break
            pieces.append(f"(?:{'|'.join(options)})")
        elif nested and character in ",}":
            return "".join(pieces), position - 1
        else:
            pieces.append(_literal(character))
    return "".join(pieces), position


def _class(step: str, position: int) -> tuple[str, int]:
    negated = step.startswith("^", position)
    position += negated
    ranges: list[tuple[str, str]] = []
    while position < len(step) and not (step[position] == "]" and ranges):
        low, position = _class_character(step, position)
        high = low
        if step.startswith("-", position):
            high, position = _class_character(step, position + 1)
        ranges.append((low, high))
    if position >= len(step):
        raise EvalError("syntax error in pattern")
    inside = "".join(f"{_literal(low)}-{_literal(high)}" for low, high in ranges if low <= high)
    if not inside:
        return "." if negated else "[^\\x{0}-\\x{10FFFF}]", position + 1
    return f"[{'^' if negated else ''}{inside}]", position + 1


def _class_character(step: str, position: int) -> tuple[str, int]:
    if step.startswith("\\", position):
        position += 1
    elif step.startswith(("-", "]"), position):
        raise EvalError("syntax error in pattern")
    if position >= len(step):
        raise EvalError("syntax error in pattern")
    return step[position], position + 1


def _literal(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"


# --- templates


class TemplateScope:
    """What a template may look at: the variables it was given, and the functions."""

    def __init__(self, variables: dict[str, object], around: object, *, reads_files: bool) -> None:
        self.variables = variables
        self.reads_files = reads_files
        self.template_depth = 1 + int(getattr(around, "template_depth", 0))
        for name in ("module_directory", "base_directory", "scan_root", "work"):
            if hasattr(around, name):
                setattr(self, name, getattr(around, name))

    def lookup(self, name: str, node: Expression) -> object:  # noqa: ARG002 - the parameters of every scope
        if name not in self.variables:
            raise EvalError(f"the template uses `{name}`, which its variables lack")
        return self.variables[name]


@room.function("templatefile", "string", "any", sees="all", scoped=True)
def templatefile(scope: object, path: str | Unknown, variables: object) -> object:
    if isinstance(path, Unknown) or isinstance(variables, Unknown):
        return opaque([path, variables])
    content = functools.partial(_text_content, scope, path)
    return _rendered(content, variables, scope, reads_files=True)


@room.function("templatestring", "string", "any", sees="all", gives=STRING, scoped=True)
def templatestring(scope: object, template: str | Unknown, variables: object) -> object:
    if isinstance(template, Unknown) or isinstance(variables, Unknown):
        return opaque([template, variables])
    return _rendered(lambda: template, variables, scope, reads_files=False)


def _rendered(content: Callable[[], str], variables: object, scope: object, *, reads_files: bool) -> object:
    depth = getattr(scope, "template_depth", 0)
    if depth:
        raise EvalError("a template cannot be rendered from inside another")
    if form(variables) not in {"map", "object"} or not isinstance(variables, dict):
        raise EvalError("the variables must be a map")
    for name in variables:
        if not _is_name(name):
            raise EvalError(f"`{_shown(name)}` is not a name for a template variable")
    written = content()
    if not charge(scope, len(written) >> 4):
        raise GiveUp(EXHAUSTED)
    template = _parsed(written)
    if isinstance(template, str):
        raise EvalError(f"the template is not valid: {template}")
    missing = _names_in(template, frozenset()) - variables.keys()
    if missing:
        raise EvalError(f"the template uses `{min(missing)}`, which its variables lack")
    result = template.evaluate(TemplateScope(variables, scope, reads_files=reads_files))
    if result is None:
        raise EvalError("the result of the template is null")
    return result


def _is_name(name: str) -> bool:
    return name.replace("-", "_").isidentifier() and not name.startswith("-")


def _names_in(node: object, bound: frozenset[str | None]) -> set[str]:
    """The variables that a template needs, wherever they stand: terraform looks for them before it renders."""
    from guardrails.sources.terraform.hcl import nodes

    if isinstance(node, (tuple, list)):
        return {name for item in node for name in _names_in(item, bound)}
    if isinstance(node, nodes.Name):
        return set() if node.name in bound else {node.name}
    if not isinstance(node, nodes.Expression):
        return set()
    inner = bound
    found: set[str] = set()
    if isinstance(node, (nodes.ForTuple, nodes.ForObject, nodes.TemplateFor)):
        found = _names_in(node.collection, bound)
        inner = bound | {node.key_name, node.value_name}
    for kind in type(node).__mro__:
        for slot in getattr(kind, "__slots__", ()):
            if slot != "collection" or inner is bound:
                found |= _names_in(getattr(node, slot, None), inner)
    return found


@functools.lru_cache(maxsize=64)
def _parsed(template: str) -> Expression | str:
    """The template, or what is wrong with it in terraform's own summary."""
    from guardrails.kernel.origin import SourceFile
    from guardrails.sources.terraform.hcl.errors import SyntaxFault
    from guardrails.sources.terraform.hcl.parser import parse_template

    try:
        return parse_template(SourceFile("template", template))
    except SyntaxFault as fault:
        return fault.summary

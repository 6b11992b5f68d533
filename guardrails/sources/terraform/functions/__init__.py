"""Terraform's built-in functions, as of version 1.11.

`call` is the only way in. The functions live in one room per topic, each imported when one of its functions is first
called. What is not computed is `Unknown` and says why; what terraform refuses is `EvalError`.

Where this differs from terraform on purpose: a value does not carry its type, so `concat` of a list of numbers and a
list of strings keeps the numbers, and the default of `lookup` is not converted to the type of the map's elements.
`sensitive` and `nonsensitive` return their argument; what must not be printed is decided where it is printed.
"""

from __future__ import annotations

import itertools
import sys

from guardrails.sources.terraform.operators import MOST_ALTERNATIVES, choose
from guardrails.sources.terraform.values import Choice, EvalError, HclSet, Namespace, Unknown

from .signature import LONGEST_LIST, LONGEST_STRING, Function, FunctionScope, GiveUp, Room, limit, unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NAMES", "FunctionScope", "call"]

TOPICS = {
    "collections": (
        "alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index keys "
        "length list lookup map matchkeys merge one range reverse slice sort sum transpose values zipmap"
    ),
    "sets": "setintersection setproduct setsubtract setunion",
    "conversion": "ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset tostring",
    "strings": (
        "chomp endswith format formatlist indent join lower regex regexall replace split startswith strcontains strrev "
        "substr title trim trimprefix trimspace trimsuffix upper"
    ),
    "numbers": "abs ceil floor log max min parseint pow signum",
    "encoding": (
        "base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64 textencodebase64 "
        "urlencode yamldecode yamlencode"
    ),
    "files": (
        "abspath basename dirname file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset "
        "filesha1 filesha256 filesha512 pathexpand templatefile templatestring"
    ),
    "time": "formatdate plantimestamp timeadd timecmp timestamp",
    "crypto": "base64sha256 base64sha512 bcrypt md5 rsadecrypt sha1 sha256 sha512 uuid uuidv5",
    "network": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
}
_TOPIC_OF = {name: topic for topic, names in TOPICS.items() for name in names.split()}

_found: dict[str, Function] = {}

NAMES = frozenset(_TOPIC_OF) | {"try", "can"}
"""Every built-in function. `try` and `can` are evaluated where they are called: they need expressions, not values."""


def call(name: str, arguments: list[object], scope: object) -> object:
    """The result of a function on evaluated arguments. `scope` should offer what `FunctionScope` lists; without it
    the functions that read files are unknown. Raises EvalError where terraform refuses, and nothing else."""
    function = find(name.removeprefix("core::"))
    if function is None:
        kind = "a function of a provider" if name.startswith("provider::") else "not a function known here"
        return unsupported(f"`{name}` is {kind}")
    values = [argument.value() if isinstance(argument, Namespace) else argument for argument in arguments]
    ways = [value.alternatives if isinstance(value, Choice) else (value,) for value in values]
    count = 1
    for way in ways:
        count *= len(way)
    if count == 1 or count > MOST_ALTERNATIVES:
        return _guarded(function, values, scope)
    return _each_way(function, list(itertools.product(*ways)), values, scope)


def _size(value: list[object] | dict[str, object] | HclSet) -> int:
    return len(value.items if isinstance(value, HclSet) else value)


def find(name: str) -> Function | None:
    """The declaration of a function, None if there is none of this name."""
    topic = _TOPIC_OF.get(name)
    if topic is None:
        return None
    function = _found.get(name)
    if function is None:
        module = f"{__name__}.{topic}"
        __import__(module)
        room: Room = sys.modules[module].room
        function = _found[name] = room.functions[name]
    return function


def _each_way(function: Function, ways: Sequence[Sequence[object]], values: Sequence[object], scope: object) -> object:
    """The results for every combination of alternatives. One that terraform would refuse stays, as an invalid one."""
    reasons = tuple(dict.fromkeys(r for value in values if isinstance(value, Choice) for r in value.reasons))
    results: list[object] = []
    refused: EvalError | None = None
    for way in ways:
        try:
            result = _guarded(function, way, scope)
        except EvalError as error:
            refused = refused or error
            continue
        results.extend(result.alternatives if isinstance(result, Choice) else (result,))
    if not results:
        assert refused is not None  # there was at least one way
        raise refused
    if refused:
        return Unknown(reasons)
    return choose(results, reasons)


def _guarded(function: Function, values: Sequence[object], scope: object) -> object:
    """Run a function. A failure that is no terraform error is a limit of this program, never an answer."""
    try:
        result = function.evaluate(values, scope)
    except EvalError as error:
        raise EvalError(f"call of `{function.name}` failed: {error.message}") from None
    except GiveUp as end:
        return function.typed(end.result)
    except (RecursionError, MemoryError):
        return function.typed(limit(f"the arguments of `{function.name}` are too deep or too big"))
    except Exception as error:
        return function.typed(limit(f"`{function.name}` could not be computed ({type(error).__name__})"))
    if isinstance(result, str):
        if len(result) > LONGEST_STRING:
            return function.typed(limit(f"the result of `{function.name}` is longer than {LONGEST_STRING} characters"))
        if not result.isascii():
            from unicodedata import normalize

            return normalize("NFC", result)
    elif isinstance(result, (list, dict, HclSet)) and _size(result) > LONGEST_LIST:
        return function.typed(limit(f"the result of `{function.name}` has more than {LONGEST_LIST} elements"))
    return result

"""What classes and functions need of `typing` while they run, where it does nothing.

To import `typing` is a twentieth of a small scan. So what a scan loads says `TYPE_CHECKING = False` for itself, which
every type checker understands, imports from `typing` beneath it, and takes from here what is evaluated all the same.
Type checkers see the real things.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic as Generic
    from typing import Literal as Literal
    from typing import ParamSpec as ParamSpec
    from typing import Protocol as Protocol
    from typing import TypeVar as TypeVar
    from typing import cast as cast
    from typing import dataclass_transform as dataclass_transform
else:
    from types import GenericAlias

    class Generic:
        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

    class Protocol(Generic):
        __slots__ = ()

    class Literal(Generic):
        """`typing.get_args` reads what is made of it as it reads the real one."""

    def TypeVar(_name: str, **_options: object) -> object:  # noqa: N802 - its name in `typing`
        return object

    ParamSpec = TypeVar

    def cast(_type: object, value: object) -> object:
        return value

    def dataclass_transform(**_options: object) -> object:
        return lambda kind: kind

"""Enumerations that cost what a class costs.

To make one of `enum` takes as long as to import a module, and to look up one of its members or what the member is worth
runs a function of Python each time; verdicts are looked up all the time. A class of this module has what we use of
one: `Verdict.TRUE`, `Verdict("true")`, `Verdict["TRUE"]`, `.name` and `.value`, iteration and `in`. Type checkers see
the real thing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import Enum as Enum
else:
    from types import FunctionType, MappingProxyType

    _NOT_MEMBERS = (FunctionType, property, classmethod, staticmethod)

    class _Enumeration(type):
        """What a class is made by: its members are what it says of names without a leading underscore."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> type:
            kind = super().__new__(cls, name, bases, namespace)
            kind._members = members = {}
            kind._by_value = by_value = {}
            for key, value in namespace.items():
                if key[0] != "_" and not isinstance(value, _NOT_MEMBERS):
                    member = object.__new__(kind)
                    member.__dict__.update(name=key, value=value)
                    members[key] = by_value[value] = member
                    type.__setattr__(kind, key, member)
            return kind

        def __call__(cls, value: object) -> object:
            try:
                return cls._by_value[value]
            except (KeyError, TypeError):
                raise ValueError(f"{value!r} is not a valid {cls.__qualname__}") from None

        def __getitem__(cls, name: str) -> object:
            return cls._members[name]

        def __iter__(cls) -> object:
            return iter(cls._members.values())

        def __reversed__(cls) -> object:
            return reversed(cls._members.values())

        def __len__(cls) -> int:
            return len(cls._members)

        def __contains__(cls, member: object) -> bool:
            return isinstance(member, cls)

        def __setattr__(cls, name: str, value: object) -> None:
            if name in cls.__dict__.get("_members", ()):
                raise AttributeError(f"cannot reassign member {name!r}")
            super().__setattr__(name, value)

        @property
        def __members__(cls) -> object:
            return MappingProxyType(cls._members)

        def __repr__(cls) -> str:
            return f"<enum {cls.__name__!r}>"

    class Enum(metaclass=_Enumeration):
        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(f"{self} cannot be changed")

        def __repr__(self) -> str:
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __str__(self) -> str:
            return f"{type(self).__name__}.{self.name}"

        def __reduce_ex__(self, _protocol: object) -> tuple[object, ...]:
            return type(self), (self.value,)

        def __copy__(self) -> object:
            return self

        def __deepcopy__(self, _memo: object) -> object:
            return self

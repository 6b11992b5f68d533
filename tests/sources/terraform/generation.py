"""Random expressions of the Terraform language, most of which evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

MAIN: Final = """
variable "us" { type = string }
variable "us2" { type = string }
variable "un" { type = number }
variable "ub" { type = bool }
variable "ub2" { type = bool }
variable "uls" { type = list(string) }
variable "uln" { type = list(number) }
variable "uss" { type = set(string) }
variable "ums" { type = map(string) }
variable "umo" { type = map(object({ a = string, b = number })) }
variable "uo" { type = object({ a = string, b = number, c = list(string) }) }
variable "ulo" { type = list(object({ a = string, b = number })) }
variable "ut" { type = tuple([string, number]) }
variable "ua" {}
variable "ks" {
  type    = list(string)
  default = ["x", "1", "true"]
}
variable "kset" {
  type    = set(string)
  default = ["b", "a", "10"]
}
variable "km" {
  type    = map(number)
  default = { p = 1, q = 2.5 }
}
variable "ko" {
  type = object({
    name    = string
    on      = optional(bool, true)
    tags    = optional(map(string), {})
    note    = optional(string)
    ports   = optional(list(number), [80])
  })
  default = { name = "n", tags = { k = 1 } }
}
variable "nul" {
  type    = string
  default = null
}
locals {
  l  = ["a", "b", "c"]
  n  = [3, 1, 2]
  m  = { a = 1, b = 2 }
  mo = { k1 = { on = true, n = "x" }, k2 = { on = false, n = "y" } }
  lo = [{ a = "p", b = 1 }, { a = "q", b = 2 }]
  e  = []
  pm = { known = "k", unk = var.us }
  pl = ["k", var.us]
  po = [{ a = "p", b = var.un }, { a = var.us, b = 2 }]
}
"""

ASSIGNMENTS: Final = (
    """
us  = "a"
us2 = "x-b"
un  = 1
ub  = true
ub2 = false
uls = ["a", "b"]
uln = [1, 2]
uss = ["a"]
ums = { a = "p" }
umo = { k1 = { a = "x", b = 1 } }
uo  = { a = "x", b = 1, c = ["a"] }
ulo = [{ a = "p", b = 1 }]
ut  = ["a", 1]
ua  = 1
""",
    """
us  = ""
us2 = "1"
un  = 0
ub  = false
ub2 = true
uls = []
uln = []
uss = []
ums = {}
umo = {}
uo  = { a = "", b = 0, c = [] }
ulo = []
ut  = ["", 0]
ua  = true
""",
    """
us  = "true"
us2 = ""
un  = -2.5
ub  = true
ub2 = true
uls = ["x", "1", "true"]
uln = [3, 1, 2]
uss = ["b", "a", "10"]
ums = { known = "k", unk = "true" }
umo = { a = { a = "a", b = 2 }, b = { a = "", b = 0 } }
uo  = { a = "k", b = 2, c = ["a", "b", "c"] }
ulo = [{ a = "p", b = 1 }, { a = "q", b = 2 }]
ut  = ["k", 2]
ua  = ["a", "b"]
""",
    """
us  = null
us2 = null
un  = null
ub  = null
ub2 = null
uls = null
uln = null
uss = null
ums = null
umo = null
uo  = null
ulo = null
ut  = null
ua  = null
""",
)
"""Variable files: what the variables without a value may turn out to be; null at last."""

_STRINGS = ('""', '"a"', '"b"', '"x"', '"1"', '"true"', '"k1"', '"é"', '"a-b"', '"10"', '"A b"', '"2.50"')
_NUMBERS = ("0", "1", "2", "3", "10", "1.5", "0.1", "1e3", "100", "2.50", "7")


class Generator:
    """Makes expressions of a wanted kind; now and then of another, which terraform may refuse."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._bound: list[tuple[str, str]] = []
        self._serial = 0

    def expression(self, depth: int = 4) -> str:
        return self._any(depth)

    def _pick(self, *makers: Callable[[int], str]) -> Callable[[int], str]:
        return self.chance.choice(makers)

    def _any(self, depth: int) -> str:
        return self._pick(self._string, self._number, self._bool, self._list, self._map, self._object, self._set)(depth)

    def _strange(self, maker: Callable[[int], str]) -> Callable[[int], str]:
        """The maker, or seldom one of another kind."""
        return self._any if self.chance.random() < 0.04 else maker

    def _s(self, depth: int) -> str:
        return self._strange(self._string)(depth - 1)

    def _n(self, depth: int) -> str:
        return self._strange(self._number)(depth - 1)

    def _b(self, depth: int) -> str:
        return self._strange(self._bool)(depth - 1)

    def _l(self, depth: int) -> str:
        return self._strange(self._list)(depth - 1)

    def _m(self, depth: int) -> str:
        return self._strange(self._map)(depth - 1)

    def _bind(self, kind: str) -> str:
        self._serial += 1
        name = f"v{self._serial}"
        self._bound.append((name, kind))
        return name

    def _names(self, kind: str) -> list[str]:
        return [name for name, bound in self._bound if bound == kind]

    def _conditional(self, maker: Callable[[int], str], depth: int) -> str:
        other = self._any if self.chance.random() < 0.15 else maker
        no = "null" if self.chance.random() < 0.1 else other(depth - 1)
        return f"({self._b(depth)} ? {maker(depth - 1)} : {no})"

    def _string(self, depth: int) -> str:
        roll = self.chance.random()
        if depth <= 0 or roll < 0.2:
            leaves = [
                *_STRINGS,
                *_STRINGS,
                "var.us",
                "var.us2",
                "var.ko.name",
                "var.ko.note",
                "var.nul",
                "local.pm.unk",
            ]
            leaves += ['local.mo["k1"].n', "local.l[0]", "var.ks[1]", "local.pl[1]", "var.uo.a", "local.po[1].a"]
            return self.chance.choice(leaves + self._names("string") * 6)
        if roll < 0.34:
            return f'"{self._template(depth)}"'
        if roll < 0.42:
            return self._conditional(self._string, depth)
        if roll < 0.5:
            return f"{self._l(depth)}[{self.chance.choice(('0', '1', self._n(depth)))}]"
        if roll < 0.55:
            return f"{self._m(depth)}[{self._s(depth)}]"
        s, t, u, x = self._s(depth), self._s(depth), self._s(depth), self._l(depth)
        calls = (
            f"lower({s})",
            f"upper({s})",
            f"join({t}, {x})",
            f'format("%s-%s", {s}, {self.chance.choice(_NUMBERS)})',
            f"replace({s}, {t}, {u})",
            f"trimprefix({s}, {t})",
            f"substr({s}, 0, {self._n(depth)})",
            f"coalesce({s}, {t})",
            f"try({s}, {t})",
            f"try({s}.x, {t})",
            f"element({x}, {self._n(depth)})",
            f"lookup({self._m(depth)}, {s}, {t})",
            f"one({x})",
            f"tostring({self._n(depth)})",
            f"jsonencode({self._any(depth - 1)})",
            f"trimspace({s})",
            f"max({x}...)",
        )
        return self.chance.choice(calls)

    def _template(self, depth: int) -> str:
        pieces = []
        for _ in range(self.chance.randint(1, 3)):
            kind = self.chance.randrange(6)
            if kind == 0:
                pieces.append(self.chance.choice(("a", "x-", " ", "é", "$${", "/")))
            elif kind == 1:
                pieces.append(f"${{{self._n(depth)}}}")
            elif kind == 2:
                pieces.append(
                    f"%{{ if {self._b(depth)} }}{self.chance.choice(('y', 'yes ', ''))}%{{ else }}n%{{ endif }}"
                )
            elif kind == 3:
                collection = self._l(depth)
                name = self._bind("string")
                pieces.append(f"%{{ for {name} in {collection} ~}} ${{{self._s(depth)}}},%{{ endfor }}")
                self._bound.pop()
            else:
                pieces.append(f"${{{self._s(depth)}}}")
        return "".join(pieces)

    def _number(self, depth: int) -> str:
        roll = self.chance.random()
        if depth <= 0 or roll < 0.25:
            leaves = [
                *_NUMBERS,
                *_NUMBERS,
                "var.un",
                "var.un",
                "local.m.a",
                "local.n[1]",
                "var.km.q",
                "var.uo.b",
            ]
            return self.chance.choice(leaves + self._names("number") * 8)
        if roll < 0.55:
            operator = self.chance.choice(("+", "-", "*", "/", "%", "+", "-", "*"))
            return f"({self._n(depth)} {operator} {self._n(depth)})"
        if roll < 0.62:
            return f"(-{self._n(depth)})"
        if roll < 0.72:
            return self._conditional(self._number, depth)
        x = self._l(depth)
        calls = (
            f"length({x})",
            f"length({self._m(depth)})",
            f"length({self._s(depth)})",
            f"max({self._n(depth)}, {self._n(depth)})",
            f"min({self._n(depth)}, {self._n(depth)})",
            f"abs({self._n(depth)})",
            f"floor({self._n(depth)})",
            f"ceil({self._n(depth)})",
            f"tonumber({self._s(depth)})",
            f"try(tonumber({self._s(depth)}), {self._n(depth)})",
            f"sum({self._numbers(depth - 1)})",
            f"index({x}, {self._s(depth)})",
            f"{self._numbers(depth - 1)}[{self._n(depth)}]",
            f"coalesce({self._n(depth)}, {self._n(depth)})",
        )
        return self.chance.choice(calls)

    def _bool(self, depth: int) -> str:
        roll = self.chance.random()
        if depth <= 0 or roll < 0.2:
            leaves = ("true", "false", "true", "false", "var.ub", "var.ub2", "var.ko.on", 'local.mo["k2"].on', '"true"')
            return self.chance.choice(leaves)
        if roll < 0.35:
            return f"({self._b(depth)} {self.chance.choice(('&&', '||'))} {self._b(depth)})"
        if roll < 0.42:
            return f"(!{self._b(depth)})"
        if roll < 0.55:
            operator = self.chance.choice(("<", ">", "<=", ">="))
            return f"({self._n(depth)} {operator} {self._n(depth)})"
        if roll < 0.8:
            maker = self._pick(self._string, self._number, self._any, self._list, self._object, self._map, self._set)
            other = "null" if self.chance.random() < 0.15 else self._strange(maker)(depth - 1)
            return f"({maker(depth - 1)} {self.chance.choice(('==', '!='))} {other})"
        if roll < 0.85:
            return self._conditional(self._bool, depth)
        x, s = self._l(depth), self._s(depth)
        calls = (
            f"contains({x}, {s})",
            f"can({self._any(depth - 1)})",
            f"can({s}.x)",
            f'startswith({s}, "a")',
            f"alltrue([{self._b(depth)}, {self._b(depth)}])",
            f"anytrue([{self._b(depth)}, {self._b(depth)}])",
            f"tobool({s})",
        )
        return self.chance.choice(calls)

    def _numbers(self, depth: int) -> str:
        roll = self.chance.random()
        if depth <= 0 or roll < 0.3:
            return self.chance.choice(("local.n", "var.uln", "[1, 2, 3]", "var.ko.ports", "[]", "values(var.km)"))
        if roll < 0.6:
            return f"[{', '.join(self._n(depth) for _ in range(self.chance.randint(0, 3)))}]"
        collection = self._numbers(depth - 1)
        name = self._bind("number")
        body = f"[for {name} in {collection} : {self._n(depth)}]"
        self._bound.pop()
        return body

    def _list(self, depth: int) -> str:
        """A list or tuple of strings."""
        roll = self.chance.random()
        if depth <= 0 or roll < 0.2:
            leaves = ("local.l", "var.uls", "var.ks", '["a", "b"]', "[]", "local.e", "local.pl", "var.kset", "var.uss")
            return self.chance.choice((*leaves, "var.uo.c", "local.lo[*].a", "local.po[*].a", "var.ulo[*].a", "var.ut"))
        if roll < 0.38:
            return f"[{', '.join(self._s(depth) for _ in range(self.chance.randint(0, 3)))}]"
        if roll < 0.58:
            return self._for_tuple(depth)
        if roll < 0.66:
            return self._conditional(self._list, depth)
        if roll < 0.72:
            return f"{self._any(depth - 1)}[*]"
        x, y, m = self._l(depth), self._l(depth), self._m(depth)
        calls = (
            f"concat({x}, {y})",
            f"tolist({x})",
            f"compact({x})",
            f"distinct({x})",
            f"sort({x})",
            f"reverse({x})",
            f"keys({m})",
            f"values({m})",
            f"flatten([{x}, {y}])",
            f"slice({x}, 0, {self._n(depth)})",
            f'split("-", {self._s(depth)})',
            f"setunion({x}, {y})",
            f"try({x}, {y})",
            f"coalescelist({x}, {y})",
            f"formatlist({self._s(depth)}, {x})",
        )
        return self.chance.choice(calls)

    def _for_tuple(self, depth: int) -> str:
        collection, kind, key_kind = self._collection(depth)
        before = len(self._bound)
        names = self._bind(kind)
        if self.chance.random() < 0.4:
            names = f"{self._bind(key_kind)}, {names}"
        result = self._pick(self._s, self._s, self._any)(depth - 1)
        condition = f" if {self._b(depth)}" if self.chance.random() < 0.3 else ""
        del self._bound[before:]
        return f"[for {names} in {collection} : {result}{condition}]"

    def _collection(self, depth: int) -> tuple[str, str, str]:
        """Something to loop over, and the kinds of its values and keys."""
        if self.chance.random() < 0.6:
            return self._l(depth), "string", "number"
        return self._m(depth), "string", "string"

    def _map(self, depth: int) -> str:
        """A map or object of strings or numbers."""
        roll = self.chance.random()
        if depth <= 0 or roll < 0.25:
            return self.chance.choice(("local.m", "var.ums", "var.km", "{}", "local.pm", "{ a = 1 }", "var.ko.tags"))
        if roll < 0.45:
            return self._object(depth)
        if roll < 0.6:
            return self._for_object(depth)
        if roll < 0.7:
            return self._conditional(self._map, depth)
        m, n = self._m(depth), self._m(depth)
        calls = (f"merge({m}, {n})", f"tomap({m})", f"zipmap({self._l(depth)}, {self._l(depth)})", f"try({m}, {n})")
        return self.chance.choice(calls)

    def _for_object(self, depth: int) -> str:
        collection, kind, key_kind = self._collection(depth)
        before = len(self._bound)
        value = self._bind(kind)
        if self.chance.random() < 0.5:
            key = self._bind(key_kind)
            names, result = f"{key}, {value}", self._s(depth)
        else:
            key = names = result = value
        name = self._s(depth) if self.chance.random() < 0.3 else key
        grouped = "..." if self.chance.random() < 0.25 else ""
        condition = f" if {self._b(depth)}" if self.chance.random() < 0.2 else ""
        del self._bound[before:]
        return f"{{for {names} in {collection} : {name} => {result}{grouped}{condition}}}"

    def _object(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(("{ a = 1 }", "local.mo.k1", "var.uo", "local.lo[1]", "local.po[0]", "var.ko"))
        keys = self.chance.sample(("a", "b", '"c d"', f"({self._s(depth)})"), self.chance.randint(0, 3))
        return "{" + ", ".join(f"{key} = {self._any(depth - 1)}" for key in keys) + "}"

    def _set(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(("var.kset", "var.uss", 'toset(["a"])', "toset([])"))
        return f"toset({self._pick(self._l, self._numbers)(depth)})"

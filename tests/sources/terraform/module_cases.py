"""Random modules: variables, local values, repeated resources, modules that call modules, outputs.

What decides how many instances there are is made of known values only, because terraform plans nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

Shape = Literal["string", "number", "bool", "list", "map", "objects"]
"""`list` and `map` hold strings, `objects` is a map of objects with a number `n` and a string `s`."""

TYPES: dict[Shape, str] = {
    "string": "string",
    "number": "number",
    "bool": "bool",
    "list": "list(string)",
    "map": "map(string)",
    "objects": 'map(object({ n = number, s = optional(string, "od") }))',
}
DEEPEST = 3


@dataclass(frozen=True)
class Entry:
    """Something that expressions may refer to."""

    text: str
    shape: Shape
    known: bool


@dataclass(frozen=True)
class Variable:
    """An input of a module; one that is not `known` may be given something unknown."""

    name: str
    shape: Shape
    known: bool
    has_default: bool
    nullable: bool


@dataclass
class Module:
    """A module while it is being written."""

    directory: Path
    depth: int
    entries: list[Entry] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    repeated: list[tuple[str, list[tuple[str, Shape, bool]]]] = field(default_factory=list)
    """What has `for_each`, and the members of its instances."""
    outputs: list[Entry] = field(default_factory=list)
    """As seen from the caller: the texts are the names."""


class Writer:
    """Writes random modules into directories."""

    def __init__(self, random: Random, *, unset: float = 0.0) -> None:
        """`unset` is the share of the variables of roots that have no default."""
        self._random = random
        self._unset = unset
        self._count = 0

    def write(self, directory: Path, depth: int = 0) -> Module:
        """A module with everything below it."""
        directory.mkdir(parents=True)
        module = Module(directory, depth)
        for _ in range(self._random.randint(1, 3)):
            self._variable(module)
        for _ in range(self._random.randint(2, 4)):
            self._local(module)
        for _ in range(self._random.randint(1, 3)):
            self._resource(module)
        if depth < DEEPEST:
            for _ in range(self._random.choice((0, 1, 1, 2)) if depth else 2):
                self._call(module)
            for _ in range(self._random.randint(0, 2)):
                self._local(module)
        for _ in range(self._random.randint(2, 4)):
            self._output(module)
        (directory / "main.tf").write_text("\n".join(module.lines) + "\n")
        return module

    def values(self, module: Module) -> str:
        """A variable file that gives values to all variables of a root that have none."""
        lines = [
            f"{variable.name} = {self._constant(variable.shape)}"
            for variable in module.variables
            if not variable.has_default
        ]
        return "\n".join(lines) + "\n"

    # --- declarations

    def _name(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _variable(self, module: Module) -> None:
        shape: Shape = self._random.choice(("string", "number", "bool", "list", "map", "objects"))
        name = self._name("v")
        known = shape != "string" or self._random.random() < 0.6
        nullable = self._random.random() < 0.8
        has_default = self._random.random() < (0.6 if module.depth else 1.0 - self._unset)
        typed = self._random.random() < 0.9 or not has_default or shape == "objects"
        body = [f"  type = {TYPES[shape]}"] if typed else []
        if has_default:
            body.append(f"  default = {self._constant(shape)}")
        if not nullable:
            body.append("  nullable = false")
        module.lines += [f'variable "{name}" {{', *body, "}"]
        module.variables.append(Variable(name, shape, known, has_default, nullable))
        # An untyped variable keeps what it is given; the shapes of callers agree, their exact types may not.
        module.entries.append(Entry(f"var.{name}", shape, known))

    def _local(self, module: Module) -> None:
        shape: Shape = self._random.choice(("string", "number", "bool", "list", "map", "objects"))
        known = self._random.random() < 0.7
        name = self._name("l")
        text = self._expression(module.entries, shape, 3, known=known)
        module.lines += ["locals {", f"  {name} = {text}", "}"]
        module.entries.append(Entry(f"local.{name}", shape, known))

    def _repeat(self, module: Module) -> tuple[list[str], list[Entry], str]:
        """The line that repeats a block, what its expressions may refer to in addition, and by what it repeats."""
        way = self._random.choice(("", "", "number", "condition", "map", "set", "objects", "chain"))
        entries = module.entries
        if way == "chain" and module.repeated:
            # One instance for each instance of something else.
            above, members = self._random.choice(module.repeated)
            own = [Entry("each.key", "string", True)]
            own += [Entry(f"each.value.{member}", shape, known) for member, shape, known in members]
            return [f"  for_each = {above}"], own, "for_each"
        if way == "number":
            text = f"min(3, {self._expression(entries, 'number', 2, known=True)})"
            return [f"  count = {text}"], [Entry("count.index", "number", True)], "count"
        if way == "condition":
            text = f"{self._expression(entries, 'bool', 2, known=True)} ? 1 : 0"
            return [f"  count = {text}"], [Entry("count.index", "number", True)], "count"
        if way == "map":
            text = self._expression(entries, "map", 2, known=True)
            own = [Entry("each.key", "string", True), Entry("each.value", "string", True)]
            return [f"  for_each = {text}"], own, "for_each"
        if way == "set":
            text = f"toset({self._expression(entries, 'list', 2, known=True)})"
            own = [Entry("each.key", "string", True), Entry("each.value", "string", True)]
            return [f"  for_each = {text}"], own, "for_each"
        if way == "objects":
            text = self._expression(entries, "objects", 2, known=True)
            own = [
                Entry("each.key", "string", True),
                Entry("each.value.n", "number", True),
                Entry("each.value.s", "string", True),
            ]
            return [f"  for_each = {text}"], own, "for_each"
        return [], [], ""

    def _resource(self, module: Module) -> None:
        lines, own, repeated = self._repeat(module)
        shape: Shape = self._random.choice(("string", "string", "list", "map", "number"))
        known = self._random.random() < 0.7
        name = self._name("r")
        text = self._expression([*module.entries, *own, *own], shape, 2, known=known)
        module.lines += [f'resource "terraform_data" "{name}" {{', *lines, f"  input = {text}", "}"]
        self._instances(module, f"terraform_data.{name}", repeated, [("input", shape, known), ("id", "string", False)])

    def _call(self, module: Module) -> None:
        name = self._name("m")
        called = self.write(module.directory / name, module.depth + 1)
        lines, own, repeated = self._repeat(module)
        for variable in called.variables:
            if variable.has_default and self._random.random() < 0.3:
                continue
            text = self._expression([*module.entries, *own, *own], variable.shape, 2, known=variable.known)
            # Null means the default where it is not allowed; elsewhere it would be an error further on.
            if variable.has_default and not variable.nullable and self._random.random() < 0.3:
                text = "null"
            lines.append(f"  {variable.name} = {text}")
        module.lines += [f'module "{name}" {{', f'  source = "./{name}"', *lines, "}"]
        shown = [(entry.text, entry.shape, entry.known) for entry in called.outputs]
        self._instances(module, f"module.{name}", repeated, shown)

    def _instances(self, module: Module, text: str, repeated: str, members: list[tuple[str, Shape, bool]]) -> None:
        """What expressions may say about the instances of a block."""
        entries = module.entries
        for member, shape, known in members:
            if not repeated:
                entries.append(Entry(f"{text}.{member}", shape, known))
            elif repeated == "count":
                if shape == "string":
                    entries.append(Entry(f"({text}[*].{member})", "list", known))
                    entries.append(Entry(f'join("+", {text}.*.{member})', "string", known))
                    entries.append(Entry(f'try({text}[0].{member}, "none")', "string", known))
                if shape == "number":
                    entries.append(Entry(f"try({text}[1].{member}, 0)", "number", known))
            elif shape == "string":
                entries.append(Entry(f"{{ for k, x in {text} : k => x.{member} }}", "map", known))
                entries.append(Entry(f"(values({text})[*].{member})", "list", known))
                entries.append(Entry(f'try({text}["a"].{member}, "none")', "string", known))
            elif shape == "list":
                entries.append(Entry(f"flatten([for x in {text} : x.{member}])", "list", known))
        if repeated:
            entries.append(Entry(f"length({text})", "number", True))
        if repeated == "for_each":
            entries.append(Entry(f"keys({text})", "list", True))
            module.repeated.append((text, members))

    def _output(self, module: Module) -> None:
        shape: Shape = self._random.choice(("string", "string", "number", "list", "map", "bool"))
        known = self._random.random() < 0.5
        name = self._name("o")
        text = self._expression(module.entries, shape, 3, known=known)
        module.lines += [f'output "{name}" {{', f"  value = {text}", "}"]
        module.outputs.append(Entry(name, shape, known))

    # --- expressions

    def _constant(self, shape: Shape) -> str:
        pick = self._random
        words = "abcde"
        if shape == "string":
            return f'"{pick.choice(words)}"'
        if shape == "number":
            return str(pick.randint(0, 3))
        if shape == "bool":
            return pick.choice(("true", "false"))
        if shape == "list":
            return "[" + ", ".join(f'"{pick.choice(words)}"' for _ in range(pick.randint(0, 3))) + "]"
        chosen = sorted(pick.sample(words, pick.randint(0, 3)))
        if shape == "map":
            return "{ " + ", ".join(f'{key} = "{pick.choice(words)}"' for key in chosen) + " }"
        return "{ " + ", ".join(f"{key} = {{ n = {pick.randint(0, 2)} }}" for key in chosen) + " }"

    def _expression(self, entries: list[Entry], shape: Shape, depth: int, *, known: bool) -> str:
        fitting = [entry.text for entry in entries if entry.shape == shape and (entry.known or not known)]
        if fitting and self._random.random() < (0.45 if depth else 0.8):
            return self._random.choice(fitting[-8:])
        if not depth:
            return self._complete(shape)

        def some(wanted: Shape) -> str:
            return self._expression(entries, wanted, depth - 1, known=known)

        def sure(wanted: Shape) -> str:
            return self._expression(entries, wanted, depth - 1, known=True)

        choices = _FORMS[shape]
        form = self._random.choice(choices)
        text = form
        for wanted in TYPES:
            while f"<{wanted}>" in text:
                text = text.replace(f"<{wanted}>", some(wanted), 1)
            while f"<{wanted}!>" in text:
                text = text.replace(f"<{wanted}!>", sure(wanted), 1)
        return text

    def _complete(self, shape: Shape) -> str:
        if shape == "objects":
            key = self._random.choice("abc")
            return f'{{ {key} = {{ n = {self._random.randint(0, 2)}, s = "q" }} }}'
        return self._constant(shape)


_FORMS: dict[Shape, tuple[str, ...]] = {
    "string": (
        '"${<string>}-${<number>}"',
        "upper(<string>)",
        "(<bool!> ? <string> : <string>)",
        'join(",", <list>)',
        'lookup(<map!>, "a", "d")',
        'try(<list>[0], "none")',
        'try(<map!>["b"], "none")',
        'try(<objects!>["a"].s, "none")',
        'coalesce(<string!>, "zz")',
        'format("%s/%s", <string>, <string>)',
        'one(slice(concat(<list!>, ["x"]), 0, 1))',
        '"%{ for x in <list> }${x};%{ endfor }"',
        '"%{ if <bool!> }${<string>}%{ else }no%{ endif }"',
        'replace(<string>, "a", "o")',
        'coalesce((<bool!> ? null : <string!>), "zz")',
        '(<string!> == "a" ? <string> : "not a")',
        'element(["x", "y", "z"], <number!>)',
        "jsonencode({ k = <string!>, l = <list!>, b = <bool!>, n = <number!> })",
        "jsondecode(jsonencode({ k = <string!> })).k",
    ),
    "number": (
        "length(<list!>)",
        "length(<map!>)",
        "(<bool!> ? 1 : 2)",
        "(<number!> + 1)",
        "length([for x in <list!> : x if x != <string!>])",
        "sum([1, <number!>])",
    ),
    "bool": (
        "(<number!> > 1)",
        "contains(<list!>, <string!>)",
        "(<string!> == <string!>)",
        "!<bool!>",
        "(<bool!> && <bool!>)",
        'can(<map!>["a"])',
        "(<map!> == <map!>)",
        "(length(<objects!>) == 1)",
    ),
    "list": (
        "[<string>, <string>]",
        "[for x in <list> : upper(x)]",
        '[for i, x in <list!> : "${i}${x}" if i < 2]',
        "keys(<map!>)",
        "concat(<list!>, <list!>)",
        "distinct(<list!>)",
        "sort(<list!>)",
        "flatten([<list!>, [<string!>]])",
        "(<bool!> ? tolist(<list!>) : tolist(<list!>))",
        "tolist(toset(<list!>))",
        "values(<map!>)",
        "[for k, o in <objects!> : k if o.n > 0]",
        "reverse(<list!>)",
        'split("-", <string!>)',
    ),
    "map": (
        "{ a = <string>, b = <string> }",
        '{ for x in toset(<list!>) : x => "v-${x}" }',
        "merge(<map!>, <map!>)",
        "{ for k, v in <map!> : k => v if <bool!> }",
        '{ for k, o in <objects!> : k => "n${o.n}" }',
        "(<bool!> ? tomap(<map!>) : tomap(<map!>))",
        "{ for k, v in { a = null, b = <string!>, c = <string!> } : k => v if v != null && v != <string!> }",
        '{ for k, g in { for x in <list!> : x => x... } : k => join("", g) }',
    ),
    "objects": (
        '{ for x in distinct(<list!>) : x => { n = length(x), s = "${x}!" } }',
        "{ for k, v in <map!> : k => { n = <number!>, s = v } }",
        '{ for k, o in <objects!> : "u${k}" => { n = o.n + 1, s = o.s } if o.n < 2 }',
    ),
}

"""Syntax trees as short texts, for comparing and reading."""

from __future__ import annotations

from guardrails.sources.terraform.hcl import nodes


def tree(node: nodes.Expression | None) -> str:
    """The tree in prefix notation: `a.b[0] + 1` is `(+ ([] (. a b) 0) 1)`. Texts are quoted, `@` is a splat's item."""
    match node:
        case None:
            return "-"
        case nodes.Literal():
            return repr(node.value)
        case nodes.Name():
            return node.name
        case nodes.SplatItem():
            return "@"
        case nodes.GetAttribute():
            return f"(. {tree(node.target)} {node.name})"
        case nodes.Index():
            return f"([] {tree(node.target)} {tree(node.key)})"
        case nodes.Splat():
            return f"(* {tree(node.target)} {tree(node.each)})"
        case nodes.TupleExpression():
            return f"[{' '.join(map(tree, node.items))}]"
        case nodes.ObjectExpression():
            return f"{{{', '.join(f'{tree(key)}: {tree(value)}' for key, value in node.pairs)}}}"
        case nodes.ForTuple():
            head = f"for {node.key_name or '-'} {node.value_name} {tree(node.collection)}"
            return f"[{head} : {tree(node.value)} {tree(node.condition)}]"
        case nodes.ForObject():
            head = f"for {node.key_name or '-'} {node.value_name} {tree(node.collection)}"
            grouped = "..." if node.grouped else ""
            return f"{{{head} : {tree(node.key)} => {tree(node.value)}{grouped} {tree(node.condition)}}}"
        case nodes.FunctionCall():
            spread = " ..." if node.spread else ""
            return f"({' '.join([f'{node.name}()', *map(tree, node.arguments)])}{spread})"
        case nodes.Unary():
            return f"({node.operator} {tree(node.operand)})"
        case nodes.Binary():
            return f"({node.operator} {tree(node.left)} {tree(node.right)})"
        case nodes.Conditional():
            return f"(? {tree(node.condition)} {tree(node.yes)} {tree(node.no)})"
        case nodes.Template():
            return f"<{' '.join(map(tree, node.parts))}>"
        case nodes.TemplateFor():
            head = f"for {node.key_name or '-'} {node.value_name} {tree(node.collection)}"
            return f"<{head} : {tree(node.body)}>"
        case _:
            raise TypeError(type(node).__name__)


def body_tree(body: nodes.Body) -> str:
    """`{x = 1; resource 'a' 'b' {…}}`"""
    items = [f"{name} = {tree(argument.value)}" for name, argument in body.arguments.items()]
    for block in body.blocks:
        header = " ".join([block.type, *map(repr, block.labels)])
        items.append(f"{header} {body_tree(block.body)}")
    return f"{{{'; '.join(items)}}}"


def children(node: nodes.Expression) -> list[nodes.Expression]:
    """The nodes directly below; the item of a splat only as the leaf that it is."""
    below: list[nodes.Expression] = []

    def collect(found: object) -> None:
        if isinstance(found, nodes.Expression):
            below.append(found)
        elif isinstance(found, tuple):
            for part in found:
                collect(part)

    for slot in type(node).__slots__:
        if not slot.startswith("_") and not (isinstance(node, nodes.Splat) and slot == "item"):
            collect(getattr(node, slot))
    return below


def expressions(body: nodes.Body) -> list[nodes.Expression]:
    """All values of arguments in the body and the blocks within."""
    found = [argument.value for argument in body.arguments.values()]
    for block in body.blocks:
        found += expressions(block.body)
    return found

"""Stack sets: a template that is deployed to other accounts and Regions."""

from __future__ import annotations

from guardrails.kernel.origin import Call as Step
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.evaluation import evaluate
from guardrails.sources.cloudformation.existence import exists
from guardrails.sources.cloudformation.nodes import Mapping, Node, Scalar, Sequence, Template
from guardrails.sources.cloudformation.parameters import Handed
from guardrails.sources.cloudformation.reading import read
from guardrails.sources.cloudformation.stack import Stack
from guardrails.sources.terraform.values import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.cloudformation.stack import Declared, Scope


_INK = compile_later(r"[^\n]")


def open_set(stack: Stack, declared: Declared, scope: Scope) -> Stack | Reason:
    """The stack that a stack set deploys, or why it is not known. However many accounts and Regions it goes to, it is
    judged once: `Set[*]`."""
    from guardrails.sources.cloudformation.nested import template_of

    place = stack.head(declared.entry)
    properties = declared.node.get("Properties")
    body = properties.get("TemplateBody") if isinstance(properties, Mapping) else None
    address = properties.get("TemplateURL") if isinstance(properties, Mapping) else None
    path = stack.path
    if body is not None:
        found = _inline(stack, body, scope)
    elif address is not None:
        located = template_of(stack, declared, evaluate(address, scope))
        if isinstance(located, Reason):
            return located
        path, found = located
    else:
        return Reason(Why.ELSEWHERE, f"the template of the stack set `{declared.name}` is not here", "", place)
    if isinstance(found, Reason):
        stack.run.note((found,))
        return found
    return Stack(
        stack.run,
        found,
        _handed_in(properties, scope),
        path,
        stack,
        f"{declared.name}[*]",
        (*stack.via, Step(stack.address_of(declared.name), stack.template.source, declared.entry.key_start)),
        exists=exists(declared, stack),
        elsewhere=True,
    )


def _inline(stack: Stack, body: Node, scope: Scope) -> Template | Reason:
    """The template in a text."""
    value = evaluate(body, scope)
    if isinstance(value, Unknown):
        return Reason(Why.UNSUPPORTED, "the template in `TemplateBody` is not known", "", stack.place(body))
    if not isinstance(value, str):
        return Reason(Why.INVALID, "`TemplateBody` is no text", "", stack.place(body))
    source = stack.template.source
    if isinstance(body, Scalar):
        # What is written line by line is read where it stands, so that its places are those of the file.
        standing = _blanked(source.text, body, value)
        if standing is not None:
            found = read(source.path, standing)
            if isinstance(found, Template):
                return found
    return read(f"{source.path} (TemplateBody)", value)


def _blanked(text: str, body: Scalar, value: str) -> str | None:
    """The text up to the end of a block scalar, with all before its first line blanked; None for any other scalar."""
    if not text.startswith(("|", ">"), body.start):
        return None
    first = text.find("\n", body.start) + 1
    if not first or text[first : body.stop].count("\n") < value.rstrip("\n").count("\n"):
        return None
    return _INK.sub(" ", text[:first]) + text[first : body.stop]


def _handed_in(properties: Node | None, scope: Scope) -> dict[str, object]:
    """The values of the parameters: a list of keys and values."""
    written = properties.get("Parameters") if isinstance(properties, Mapping) else None
    found: dict[str, object] = {}
    for item in written.items if isinstance(written, Sequence) else ():
        key = item.get("ParameterKey") if isinstance(item, Mapping) else None
        value = item.get("ParameterValue") if isinstance(item, Mapping) else None
        if isinstance(key, Scalar) and value is not None:
            found[key.text] = Handed(value, scope)
    return found

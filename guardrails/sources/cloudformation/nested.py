"""Stacks within stacks: templates at local paths are read, and values go in and out."""

from __future__ import annotations

from guardrails.kernel.origin import Call as Step
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.evaluation import evaluate
from guardrails.sources.cloudformation.existence import exists, scope_of
from guardrails.sources.cloudformation.nodes import Mapping, Node, Template
from guardrails.sources.cloudformation.parameters import Handed
from guardrails.sources.cloudformation.stack import Stack
from guardrails.sources.terraform.values import EvalError, Ref, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import Origin
    from guardrails.sources.cloudformation.stack import Declared, Scope

STACK, APPLICATION, SET = "AWS::CloudFormation::Stack", "AWS::Serverless::Application", "AWS::CloudFormation::StackSet"
NESTS = frozenset((STACK, APPLICATION, SET))
DEEPEST = 20
"""Stacks within one another that are followed."""
MOST_STACKS = 1_000
"""Stacks of one deployment that are followed."""

_SETTLE = "name it by a local path, or its folder under `nested_in` in `[cloudformation]` of guardrails.toml"
_REMOTE = ("https://", "http://", "s3://")
_CDK_PATH, _CDK_PROPERTY = "aws:asset:path", "aws:asset:property"


def open_child(stack: Stack, declared: Declared) -> Stack | Reason:
    """The stack that a resource nests, or why it is not known."""
    place = stack.head(declared.entry)
    run = stack.run
    run.stacks += 1
    if run.stacks > MOST_STACKS:
        reason = Reason(Why.LIMIT, f"there are more than the {MOST_STACKS} nested stacks that are followed", "", place)
        run.note((reason,))
        return reason
    if len(stack.via) >= DEEPEST:
        reason = Reason(Why.LIMIT, f"stacks are nested more than {DEEPEST} deep", "", place)
        run.note((reason,))
        return reason
    scope = scope_of(declared)
    if declared.type == SET:
        from guardrails.sources.cloudformation.stack_sets import open_set

        return open_set(stack, declared, scope)
    properties = declared.node.get("Properties")
    written = _location(declared, properties)
    if written is None:
        reason = Reason(Why.INVALID, f"`{declared.name}` names no template", "", place)
        run.note((reason,))
        return reason
    found = template_of(stack, declared, evaluate(written, scope))
    if isinstance(found, Reason):
        return found
    path, template = found
    return Stack(
        run,
        template,
        handed_in(properties, scope),
        path,
        stack,
        declared.name,
        (*stack.via, Step(stack.address_of(declared.name), stack.template.source, declared.entry.key_start)),
        exists=exists(declared, stack),
    )


def _location(declared: Declared, properties: Node | None) -> Node | None:
    """Where the template is said to be. What the CDK writes for its deployment is not; it notes the file beside it."""
    metadata = declared.node.get("Metadata")
    if isinstance(metadata, Mapping):
        file = metadata.get(_CDK_PATH)
        if file is not None and metadata.get(_CDK_PROPERTY) is not None:
            return file
    if not isinstance(properties, Mapping):
        return None
    return properties.get("Location" if declared.type == APPLICATION else "TemplateURL")


def template_of(stack: Stack, declared: Declared, where: object) -> tuple[str, Template] | Reason:
    """The template at a location, with its real path, or why it is not known."""
    place = stack.head(declared.entry)
    if isinstance(where, dict):
        name = where.get("ApplicationId")
        shown = f" `{name}`" if isinstance(name, str) else ""
        return Reason(Why.ELSEWHERE, f"the application{shown} of `{declared.name}` is not here", "", place)
    if isinstance(where, (str, Text)) and stack.artifact is not None:
        where = stack.artifact.asset(where if isinstance(where, str) else where.suffix) or where
    if stack.run.templates is not None and (isinstance(where, Text) or str(where).startswith(_REMOTE)):
        behind = stack.run.templates.behind(where.suffix if isinstance(where, Text) else str(where))
        if behind is not None:
            return _unless_it_nests_itself(stack, behind, place)
    if isinstance(where, Unknown):
        because = "; ".join(dict.fromkeys(reason.detail for reason in where.reasons[:2]))
        detail = f"where the template of `{declared.name}` is, is not known: {because}"
        return Reason(Why.ELSEWHERE, detail, _SETTLE, place)
    if not isinstance(where, str):
        reason = Reason(Why.INVALID, f"`{declared.name}` names no template", "", place)
        stack.run.note((reason,))
        return reason
    if where.startswith(_REMOTE):
        detail = f"the template of `{declared.name}` is not here: `{where}`"
        return Reason(Why.ELSEWHERE, detail, _SETTLE, place)
    if stack.run.templates is None:
        return Reason(Why.ELSEWHERE, f"the template `{where}` is not here", "", place)
    path, found = stack.run.templates.beside(stack.path, where, place)
    if isinstance(found, Reason):
        stack.run.note((found,))
        return found
    return _unless_it_nests_itself(stack, (path, found), place)


def _unless_it_nests_itself(stack: Stack, found: tuple[str, Template], place: Origin) -> tuple[str, Template] | Reason:
    above: Stack | None = stack
    while above is not None:
        if above.path == found[0]:
            reason = Reason(Why.INVALID, f"`{found[1].source.path}` nests itself", "", place)
            stack.run.note((reason,))
            return reason
        above = above.parent
    return found


def handed_in(properties: Node | None, scope: Scope) -> dict[str, object]:
    """The values of the parameters of a nested stack."""
    written = properties.get("Parameters") if isinstance(properties, Mapping) else None
    if not isinstance(written, Mapping):
        return {}
    return {entry.key: Handed(entry.value, scope) for entry in written.entries}


def output_of(stack: Stack, declared: Declared, name: str) -> object:
    """What a nested stack puts out by this name."""
    child = stack.child(declared.name)
    if isinstance(child, Reason):
        return Ref(stack.address_of(declared.name), ("Outputs", name), (child,))
    field = child.written("Outputs", name)
    if field is None:
        gaps = child.section("Outputs").gaps
        if gaps:
            return Ref(stack.address_of(declared.name), ("Outputs", name), gaps)
        raise EvalError(f"the stack `{declared.name}` has no output `{name}`")
    node = field.entry.value
    value = node.get("Value") if isinstance(node, Mapping) else None
    if value is None:
        raise EvalError(f"the output `{name}` of `{declared.name}` has no value")
    return child.once("output", name, lambda: evaluate(value, field.scope))

"""The transforms that a template declares, and which of them are not followed."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Mapping, Node, Scalar, Sequence
from guardrails.sources.cloudformation.spreading import DEPLOYED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.cloudformation.stack import Stack

EXTENSIONS = "AWS::LanguageExtensions"
SERVERLESS = "AWS::Serverless-"
_HARMLESS = ("AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-")
"""Transforms that are followed, or that make nothing of what is judged."""


def declared(stack: Stack) -> list[tuple[str, Node]]:
    """The transforms of a template by name, with their places."""
    root = stack.template.root
    written = root.get("Transform")
    items = written.items if isinstance(written, Sequence) else (written,) if written is not None else ()
    found: list[tuple[str, Node]] = []
    for item in items:
        name = item.get("Name") if isinstance(item, Mapping) else item
        found.append((name.text if isinstance(name, Scalar) else "Transform", item))
    call = root.get("Fn::Transform")
    for one in call.items if isinstance(call, Sequence) else (call,) if call is not None else ():
        name = one.get("Name") if isinstance(one, Mapping) else None
        found.append((name.text if isinstance(name, Scalar) else "Fn::Transform", one))
    return found


def unfollowed(stack: Stack) -> tuple[Reason, ...]:
    """Why a template may come to hold more than is seen: one reason for each transform that is not followed."""
    root = stack.template.root
    if root.get("Transform") is None and root.get("Fn::Transform") is None:
        return ()
    return tuple(_unfollowed(name, node, stack) for name, node in declared(stack) if not name.startswith(_HARMLESS))


def _unfollowed(name: str, node: Node, stack: Stack) -> Reason:
    if stack.not_followed is not None and name.startswith(SERVERLESS):
        return stack.not_followed
    detail = f"what the transform `{name}` makes of the template is not known: macros and includes are not run"
    return Reason(Why.UNSUPPORTED, detail, DEPLOYED, stack.place(node))


def extends_the_language(stack: Stack) -> bool:
    """Whether the functions of the language extensions may be used: the transform is declared, or one that is not
    followed may add anything."""
    names = [name for name, _ in declared(stack)]
    return EXTENSIONS in names or any(not name.startswith(_HARMLESS) for name in names)

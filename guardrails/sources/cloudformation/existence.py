"""Whether a resource will be there: its condition, and those of the stacks around it."""

from __future__ import annotations

from guardrails.kernel.origin import Origin
from guardrails.kernel.truth import Fact, Verdict, decide, unknown
from guardrails.sources.cloudformation.conditions import holds
from guardrails.sources.cloudformation.nodes import Scalar
from guardrails.sources.cloudformation.spreading import named
from guardrails.sources.terraform.expansion import placed
from guardrails.sources.terraform.values import EvalError, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.sources.cloudformation.stack import Declared, Scope, Stack


def condition_of(declared: Declared) -> str:
    """The name of the condition of a resource; empty where it has none."""
    said = declared.node.get("Condition")
    return named(said.text, declared.scope) if isinstance(said, Scalar) and said.text else ""


def scope_of(declared: Declared) -> Scope:
    """Where the properties of a resource stand: its condition holds where they matter."""
    condition = condition_of(declared)
    return declared.scope.assuming(condition, True) if condition else declared.scope


def exists(declared: Declared, stack: Stack) -> Truth:
    """Whether a resource will be there."""
    name = condition_of(declared)
    if not name:
        return stack.exists
    entry = declared.node.entry("Condition")
    assert entry is not None
    place = Origin(stack.template.source, entry.start, entry.stop, via=stack.via, attribute="Condition")
    try:
        answer = holds(name, declared.scope)
    except EvalError as error:
        answer = Unknown((stack.run.refused(error, place),))
    if isinstance(answer, Unknown):
        fact = Fact(f"condition `{name}` is not known", place)
        return unknown(*placed(answer.reasons, place), facts=(fact,)) & stack.exists
    if answer:
        return stack.exists
    return decide(False, Fact(f"condition `{name}` does not hold", place))


def is_absent(declared: Declared, stack: Stack) -> bool:
    """Whether it is known that a resource will not be there."""
    return exists(declared, stack).verdict is Verdict.FALSE

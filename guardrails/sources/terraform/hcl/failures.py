"""The types of expressions that fail.

Terraform swallows an error in the branch of a conditional that is not taken, but still converts the other branch to the
type that both have in common: `true ? 1 : "${null}"` is "1".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.sources.terraform.conversion import unifiable_type_of
from guardrails.sources.terraform.hcl.nodes import (
    Binary,
    Conditional,
    ObjectExpression,
    Template,
    TemplateFor,
    TupleExpression,
    Unary,
)
from guardrails.sources.terraform.operators import as_condition
from guardrails.sources.terraform.typesystem import ANY, BOOL, NULL, NUMBER, STRING, ObjectType, TupleType, unify
from guardrails.sources.terraform.values import EvalError, UndeclaredError

if TYPE_CHECKING:
    from guardrails.sources.terraform.hcl.nodes import Expression, Scope
from guardrails.sources.terraform.typesystem import Type


def failed_type(node: Expression, scope: Scope) -> Type:
    """The type of an expression whose evaluation ended in an error; `ANY` where that is open.

    Terraform also knows that a failed `for` or splat is a tuple or an object. That is left out here: it makes no
    difference but to refuse more.
    """
    if isinstance(node, (Template, TemplateFor)):
        return STRING
    if isinstance(node, (Unary, Binary)):
        return NUMBER if node.operator in "+-*/%" else BOOL
    if isinstance(node, TupleExpression):
        return TupleType(tuple(_type_here(item, scope) for item in node.items))
    if isinstance(node, ObjectExpression):
        return _object_type(node, scope)
    if isinstance(node, Conditional):
        try:
            as_condition(node.condition.evaluate(scope))
        except EvalError:
            return _common(_type_here(node.yes, scope), _type_here(node.no, scope))
    return ANY


def _common(yes: Type, no: Type) -> Type:
    if NULL in (yes, no):
        return no if yes is NULL else yes
    return ANY if ANY in (yes, no) else unify((yes, no)) or ANY


def _type_here(node: Expression, scope: Scope) -> Type:
    try:
        return unifiable_type_of(node.evaluate(scope))
    except UndeclaredError:
        raise
    except EvalError:
        return failed_type(node, scope)


def _object_type(node: ObjectExpression, scope: Scope) -> Type:
    attributes: dict[str, Type] = {}
    for key, item in node.pairs:
        try:
            name = key.evaluate(scope)
        except EvalError:
            return ANY
        if not isinstance(name, str):
            return ANY
        attributes[name] = _type_here(item, scope)
    return ObjectType(attributes)

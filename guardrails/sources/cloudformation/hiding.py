"""What of a stack cannot be seen, and may hold resources."""

from __future__ import annotations

from guardrails.kernel.block import AnythingHidden, HidingPlace
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.evaluation import evaluate
from guardrails.sources.cloudformation.existence import is_absent, scope_of
from guardrails.sources.cloudformation.nested import NESTS, SET
from guardrails.sources.cloudformation.nodes import Broken, Call, Mapping, Node
from guardrails.sources.cloudformation.spreading import DEPLOYED
from guardrails.sources.cloudformation.transforms import unfollowed
from guardrails.sources.terraform.heard import Heard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as List

    from guardrails.sources.cloudformation.stack import Declared, Scope, Stack


class Told(HidingPlace):
    """Something that makes resources by what it is told: a stack that is not here, a module, a resource of somebody's
    own. It can only concern what it is told of."""

    __slots__ = ("_heard", "_node", "_reason", "_scope", "quiet")

    def __init__(self, reason: Reason, node: Node | None, scope: Scope, *, quiet: bool = False) -> None:
        self._reason = reason
        self._node = node
        self._scope = scope
        self._heard: Heard | None = None
        self.quiet = quiet
        """Whether it is no more than a possibility: nobody needs to hear of it, and what it makes of what it is not
        told is left aside, as it is for programs that an instance or a function runs."""

    @property
    def reason(self) -> Reason:
        return self._reason

    @property
    def may_add(self) -> bool:
        return not self.quiet

    def may_concern(self, address: str, names: List[str]) -> bool:
        heard = self._heard
        if heard is None:
            heard = self._heard = Heard()
            if self._node is not None:
                heard.listen(evaluate(self._node, self._scope))
        if address in heard.addresses:
            return True
        if any(name in told for name in names if name for told in heard.texts):
            return True
        return bool(heard.vague) and not self.quiet


def hidden_in(stack: Stack) -> Iterator[HidingPlace]:
    """What cannot be seen of one stack, those within it left out where they were read."""
    for reason in unfollowed(stack):
        yield AnythingHidden(reason)
    section = stack.section("Resources")
    for reason in section.gaps:
        yield AnythingHidden(reason)
    resources = stack.resources()
    if len(resources) < len(section.fields):
        for name, field in section.fields.items():
            if name not in resources:
                yield AnythingHidden(_no_resource(name, field.entry.value, stack))
    for declared in resources.values():
        place = _hidden_by(declared, stack)
        if place is not None:
            yield place


def _no_resource(name: str, node: Node, stack: Stack) -> Reason:
    kind = node.get("Type") if isinstance(node, Mapping) else None
    if isinstance(kind, Call):
        detail = f"`{name}` is what `{kind.name.removeprefix('Fn::')}` makes of it, which is not known"
        settle = "scan what the program writes that it is for: `rain pkg template.yaml -o packaged.yaml`"
        return Reason(Why.UNSUPPORTED, detail, settle, stack.place(node))
    detail = node.message if isinstance(node, Broken) else f"`{name}` is no resource: it has no `Type`"
    return Reason(Why.INVALID, detail, "", stack.place(node))


def _hidden_by(declared: Declared, stack: Stack) -> HidingPlace | None:
    kind = declared.type
    if kind.startswith("AWS::") and kind not in NESTS and kind != _CUSTOM and not kind.endswith("::MODULE"):
        return None
    if is_absent(declared, stack):
        return None
    properties = declared.node.get("Properties")
    scope = scope_of(declared)
    place = stack.head(declared.entry)
    if kind in NESTS:
        child = stack.child(declared.name)
        if isinstance(child, Reason):
            # A stack set makes its resources in other accounts or Regions.
            told = properties.get("Parameters") if kind != SET and isinstance(properties, Mapping) else None
            return Told(child, told, scope)
        return None
    if kind.endswith("::MODULE"):
        detail = f"`{declared.name}` is a module, and what `{kind}` makes of it is not known"
        return Told(Reason(Why.UNSUPPORTED, detail, DEPLOYED, place), properties, scope)
    if kind in _OF_THE_CDK:
        return None
    detail = f"`{declared.name}` runs code of its own, which may make anything of what it is told"
    return Told(Reason(Why.ELSEWHERE, detail, "", place), properties, scope, quiet=True)


_CUSTOM = "AWS::CloudFormation::CustomResource"
_OF_THE_CDK = frozenset(
    (
        "Custom::CDKBucketDeployment",  # writes objects
        "Custom::CDKECRDeployment",
        "Custom::CrossRegionExportReader",  # hands values from one Region to another
        "Custom::CrossRegionExportWriter",
        "Custom::S3AutoDeleteObjects",  # empties a bucket before it is deleted
        "Custom::VpcRestrictDefaultSG",
    )
)
"""Resources that run code of the CDK itself, none of which touches how anything is recorded, kept or watched: told from
the handlers in `@aws-cdk/custom-resource-handlers`. `Custom::LogRetention`, `Custom::S3BucketNotifications` and
`Custom::AWS` do what may matter to what they name."""

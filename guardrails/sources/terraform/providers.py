"""Provider configurations: which one a resource uses, and where that puts it."""

from __future__ import annotations

from guardrails.kernel.block import Location
from guardrails.kernel.origin import Origin
from guardrails.kernel.record import Record
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.hcl import nodes
from guardrails.sources.terraform.kernel_values import value_of
from guardrails.sources.terraform.values import EvalError, HclSet, Unknown, wholly_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.terraform.instances import Resource
    from guardrails.sources.terraform.module_scope import ModuleInstance

OWN_REGION = frozenset(
    (
        "data.aws_s3_bucket",
        "data.aws_region",
        "data.aws_cloudtrail_service_account",
        "data.aws_elb_service_account",
        "aws_config_aggregate_authorization",
        "aws_iam_service_linked_role",
    )
)
"""Types whose `region` argument does not say where they are."""

_ACCESS = ("profile", "access_key", "shared_credentials_files", "shared_config_files", "allowed_account_ids")
_ROLES = ("assume_role", "assume_role_with_web_identity")


class Provider(Record):
    """One provider configuration: the block and the module it stands in, or no block where none is written."""

    name: str
    """`aws` or `aws.alias`, as the module that holds it calls it."""
    module: ModuleInstance
    block: nodes.Block | None
    location: Location
    default_tags: object
    """The tags that it puts on everything: a map, None, or unknown."""


def provider_of(resource: Resource) -> Provider:
    """The configuration that a resource uses."""
    written = resource.block.body.arguments.get("provider")
    name = _named(written.value) if written is not None else None
    if written is not None and name is None:
        return _unresolved(resource, written)
    return configuration(resource.module, name or resource.type.partition("_")[0])


def location_of(resource: Resource) -> Location:
    """Where a resource will live."""
    location = provider_of(resource).location
    region = resource.block.body.arguments.get("region")
    kind = f"data.{resource.type}" if resource.mode == "data" else resource.type
    if region is None or kind in OWN_REGION or not resource.type.startswith("aws_"):
        return location
    origin = Origin(region.file, region.start, region.stop, via=resource.module.via, attribute="region")
    try:
        value = resource.argument("region")
    except EvalError as error:
        value = Unknown((resource.module.reason_of(error),))
    if value is None:
        return location
    return Location(location.credentials, location.account, _text(value, origin))


def configuration(module: ModuleInstance, name: str) -> Provider:
    """The configuration that a module knows by this name: its own, one that is passed to it, or the default one of the
    modules above it."""
    found = module.providers.get(name)
    if found is None:
        found = module.providers[name] = _find(module, name)
    return found


def _find(module: ModuleInstance, name: str) -> Provider:
    block = module.source.providers.get(name)
    if block is not None:
        return _configured(module, name, block)
    if module.parent is not None:
        assert module.call is not None
        passed = _passed(module.call, name)
        if passed is not None:
            return configuration(module.parent, passed)
        if "." not in name:
            return configuration(module.parent, name)
    if "." not in name:
        return _configured(module, name, None)
    where = module.parent.place(module.call) if module.parent is not None and module.call is not None else Origin()
    reason = Reason(Why.INPUT, f"there is no configuration of provider `{name}`", "", where)
    return _unknown(module, name, reason)


def _passed(call: nodes.Block, name: str) -> str | None:
    """The caller's name for the configuration that the module calls `name`, where `providers` says so."""
    providers = call.body.arguments.get("providers")
    if providers is None or not isinstance(providers.value, nodes.ObjectExpression):
        return None
    for key, value in providers.value.pairs:
        if _named(key) == name:
            return _named(value)
    return None


def _named(expression: nodes.Expression) -> str | None:
    """A reference to a provider configuration as text: `aws.audit`. None for what is no plain reference."""
    if isinstance(expression, nodes.Name):
        return expression.name
    if isinstance(expression, nodes.Literal) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, nodes.GetAttribute) and isinstance(expression.target, nodes.Name):
        return f"{expression.target.name}.{expression.name}"
    return None


def _configured(module: ModuleInstance, name: str, block: nodes.Block | None) -> Provider:
    facts = module.evaluation.facts
    read = _Reader(module, block)
    access = [f"{key}={read.identity(key)}" for key in _ACCESS if read.has(key)]
    roles = [role for kind in _ROLES for role in read.nested(kind, "role_arn")]
    access += [f"role={identity}" for _, identity in roles]
    place = module.place(block) if block is not None else module.source.origin
    account = _account_of(read, [value for value, _ in roles], place)
    if account is None and not access and "account_id" in facts:
        account = Value.of(facts["account_id"], place.named("account"))
    if account is None:
        detail = f"the account of provider `{name}` is not known"
        settle = settled_by("id") if not access else "name it in the provider's `allowed_account_ids`"
        account = Value.unknown((Reason(Why.INPUT, detail, settle, place),), place.named("account"), present=True)
    region = read.value("region") if read.has("region") else None
    if region is not None:
        shown = _text(region, read.origin("region"))
    elif "region" in facts:
        shown = Value.of(facts["region"], place.named("region"))
    else:
        detail = f"provider `{name}` does not say its region"
        reason = Reason(Why.INPUT, detail, settled_by("region"), place)
        shown = Value.unknown((reason,), place.named("region"), present=True)
    tags = read.nested("default_tags", "tags")
    location = Location(";".join(access) or "default", account, shown)
    return Provider(name, module, block, location, tags[0][0] if tags else None)


def settled_by(fact: str) -> str:
    """What a person can do to make a fact about the account known."""
    return f"set `{fact}` under `[account]` in guardrails.toml"


def _account_of(read: _Reader, roles: list[object], place: Origin) -> Value[str] | None:
    """The account that a role to assume or a restriction to one account names."""
    if roles:
        last = roles[-1]
        if isinstance(last, str) and last.count(":") >= 5 and last.split(":")[4]:
            return Value.of(last.split(":")[4], place.named("assume_role"))
        return None
    allowed = read.value("allowed_account_ids")
    items = allowed.items if isinstance(allowed, HclSet) else allowed
    if isinstance(items, list) and len(items) == 1 and wholly_known(items):
        return Value.of(str(items[0]), read.origin("allowed_account_ids"))
    return None


def _unresolved(resource: Resource, written: nodes.Argument) -> Provider:
    """A provider that is chosen by a key."""
    where = Origin(written.file, written.start, written.stop, via=resource.module.via)
    text = written.file.text[written.value.start : written.value.stop]
    reason = Reason(Why.UNSUPPORTED, f"provider `{text}` is not a plain reference", "", where)
    return _unknown(resource.module, f"{text} in {resource.address}", reason)


def _unknown(module: ModuleInstance, name: str, reason: Reason) -> Provider:
    place = reason.origin
    location = Location(
        f"?{module.address}{name}",
        Value.unknown((reason,), place.named("account"), present=True),
        Value.unknown((reason,), place.named("region"), present=True),
    )
    return Provider(name, module, None, location, Unknown((reason,)))


def _text(value: object, origin: Origin) -> Value[str]:
    """A value where only a text makes sense."""
    if isinstance(value, str):
        return Value.of(value, origin)
    if isinstance(value, Unknown):
        return value_of(value, origin).as_unknown(surely_set=True)
    reason = Reason(Why.INVALID, f"`{origin.attribute}` is not a text", "", origin)
    return Value.unknown((reason,), origin)


class _Reader:
    """The arguments of a provider block, evaluated in the module that holds it."""

    def __init__(self, module: ModuleInstance, block: nodes.Block | None) -> None:
        self._module = module
        self._block = block
        self._body = block.body if block is not None else nodes.Body({}, [])
        self._values: dict[int, object] = {}

    def has(self, name: str) -> bool:
        return name in self._body.arguments and self.value(name) is not None

    def origin(self, name: str) -> Origin:
        argument = self._body.arguments[name]
        return Origin(argument.file, argument.start, argument.stop, via=self._module.via, attribute=name)

    def value(self, name: str) -> object:
        argument = self._body.arguments.get(name)
        return None if argument is None else self._evaluated(argument)

    def identity(self, name: str) -> str:
        """A text that is equal for equal values, known or not."""
        return self._identity(self._body.arguments[name])

    def nested(self, kind: str, name: str) -> list[tuple[object, str]]:
        """An argument of nested blocks: its value, and a text that is equal for equal values."""
        found: list[tuple[object, str]] = []
        for block in self._body.blocks:
            argument = block.body.arguments.get(name)
            if block.type == kind and argument is not None:
                value = self._evaluated(argument)
                if value is not None:
                    found.append((value, self._identity(argument)))
            elif block.type == "dynamic" and block.labels == (kind,):
                reason = Reason(Why.UNSUPPORTED, f"a dynamic `{kind}` is not followed", "", self._module.place(block))
                found.append((Unknown((reason,)), f"?{self._module.address}{block.start}"))
        return found

    def _evaluated(self, argument: nodes.Argument) -> object:
        if id(argument) not in self._values:
            try:
                value = self._module.evaluate(argument, self._module)
            except EvalError as error:
                value = Unknown((self._module.reason_of(error),))
            self._values[id(argument)] = value
        return self._values[id(argument)]

    def _identity(self, argument: nodes.Argument) -> str:
        value = self._evaluated(argument)
        if wholly_known(value):
            return repr(value.items if isinstance(value, HclSet) else value)
        # What is written the same way in one module is the same.
        text = argument.file.text[argument.value.start : argument.value.stop]
        return f"?{self._module.address}{text}"

"""What is known about data sources without asking anyone: rendered policies, the place itself, published accounts."""

from __future__ import annotations

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.bodies import Nested, nested
from guardrails.sources.terraform.values import EvalError, HclSet, JsonText, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.sources.terraform.instances import Resource


def read(resource: Resource, name: str) -> object:
    """An attribute of a data source that can be told from here; None for any other."""
    teller = _TELLERS.get(resource.type)
    return teller(resource, name) if teller is not None else None


_FACTS = {
    ("aws_caller_identity", "account_id"): "id",
    ("aws_caller_identity", "id"): "id",
    ("aws_region", "name"): "region",
    ("aws_region", "id"): "region",
    ("aws_region", "region"): "region",
    ("aws_partition", "partition"): "partition",
    ("aws_organizations_organization", "id"): "organization_id",
    ("aws_organizations_organization", "master_account_id"): "management_account",
}


def settled(type: str, name: str) -> str:
    """What a person can do to make an attribute known that cannot be told; empty where that is nothing."""
    from guardrails.sources.terraform.providers import settled_by

    fact = _FACTS.get((type, name))
    return settled_by(fact) if fact is not None else ""


# --- policies


def _policy_document(resource: Resource, name: str) -> object:
    if name not in ("json", "minified_json"):
        return None
    return resource.remembered(name, lambda: _rendered(resource, minified=name == "minified_json"))


def _rendered(resource: Resource, *, minified: bool) -> object:
    """The policy that an `aws_iam_policy_document` is. Where it came from is noted, whatever way it takes from here."""
    from guardrails.sources.terraform.policy_document import MOST_STATEMENTS, TooManyStatementsError, render

    blocks, gaps = nested(resource.block.body, resource.scope, "statement")
    statements: list[object] = [_statement(block) for block in blocks]
    if gaps:
        statements.append(Unknown(gaps))
    plain: dict[str, object] = {name: resource.argument(name) for name in ("version", "policy_id")}
    plain["source_policy_documents"] = _merged(resource, "source_policy_documents", "source_json")
    plain["override_policy_documents"] = _merged(resource, "override_policy_documents", "override_json")
    plain["statements"] = statements
    try:
        document = render(plain, minified=minified)
    except TooManyStatementsError:
        detail = f"the document is merged from more than the {MOST_STATEMENTS} statements that are followed"
        return Unknown((Reason(Why.LIMIT, detail, "", resource.module.place(resource.block)),))
    if isinstance(document, (str, JsonText)):
        resource.module.evaluation.rendered[id(document)] = (document, resource)
    return document


def _merged(resource: Resource, several: str, one: str) -> object:
    """The documents to merge; old provider versions take a single one under another name."""
    listed, single = _listed(resource.argument(several)), resource.argument(one)
    if single is None or single == "":
        return [] if listed is None else listed
    return [single, *listed] if isinstance(listed, list) else [single]


_STATEMENT = ("sid", "effect", "actions", "not_actions", "resources", "not_resources")


def _statement(block: Nested) -> object:
    if block.exists.verdict is not Verdict.TRUE:
        return Unknown(block.exists.reasons)
    found = _arguments(block, _STATEMENT)
    for name in ("principals", "not_principals"):
        found[name] = _members(block, name, ("type", "identifiers"))
    found["conditions"] = _members(block, "condition", ("test", "variable", "values"))
    return found


def _members(block: Nested, name: str, wanted: tuple[str, ...]) -> object:
    inner, gaps = nested(block.body, block.scope, name)
    doubtful = [reason for one in inner for reason in one.exists.reasons]
    if gaps or doubtful:
        # A condition or principal that may be there changes what the statement says.
        return Unknown((*gaps, *doubtful))
    return [_arguments(one, wanted) for one in inner]


def _arguments(block: Nested, names: tuple[str, ...]) -> dict[str, object]:
    module = block.scope.module
    found: dict[str, object] = {}
    for name in names:
        written = block.body.arguments.get(name)
        if written is None:
            continue
        try:
            found[name] = _listed(module.evaluate(written, block.scope))
        except EvalError as error:
            found[name] = Unknown((module.reason_of(error),))
    return found


def _listed(value: object) -> object:
    return list(value.items) if isinstance(value, HclSet) else value


# --- the place where all this will be


def _caller_identity(resource: Resource, name: str) -> object:
    from guardrails.sources.terraform.providers import provider_of

    return provider_of(resource).location.account.or_none() if name in ("account_id", "id") else None


def _region(resource: Resource, name: str) -> object:
    return _own_region(resource) if name in ("name", "id", "region") else None


def _own_region(resource: Resource) -> object:
    """The region that a data source names itself, or else its provider's."""
    from guardrails.sources.terraform.providers import provider_of

    for argument in ("region", "name"):
        value = resource.argument(argument)
        if value is not None:
            return value
    return provider_of(resource).location.region.or_none()


def _partition_of(resource: Resource) -> str | None:
    from guardrails.sources.terraform.known_data import partition_of
    from guardrails.sources.terraform.providers import provider_of

    said = resource.module.evaluation.facts.get("partition")
    if said is not None:
        return said
    region = provider_of(resource).location.region.or_none()
    return partition_of(region) if region is not None else None


def _partition(resource: Resource, name: str) -> object:
    from guardrails.sources.terraform.known_data import DNS_SUFFIXES

    partition = _partition_of(resource)
    if partition is None or name in ("partition", "id"):
        return partition if name in ("partition", "id") else None
    suffix = DNS_SUFFIXES.get(partition)
    if suffix is None or name not in ("dns_suffix", "reverse_dns_prefix"):
        return None
    return suffix if name == "dns_suffix" else ".".join(reversed(suffix.split(".")))


def _service_principal(resource: Resource, name: str) -> object:
    from guardrails.sources.terraform.known_data import service_principal

    service, partition = resource.argument("service_name"), _partition_of(resource)
    if name not in ("name", "id") or not isinstance(service, str) or partition is None:
        return None
    return service_principal(service, partition)


def _organization(resource: Resource, name: str) -> object:
    facts = resource.module.evaluation.facts
    key = {"id": "organization_id", "master_account_id": "management_account_id"}.get(name)
    return facts.get(key) if key is not None else None


def _default_tags(resource: Resource, name: str) -> object:
    from guardrails.sources.terraform.providers import provider_of

    return provider_of(resource).default_tags if name == "tags" else None


# --- accounts that AWS publishes


def _elsewhere(resource: Resource, name: str) -> object:
    """What another deployment puts out: anything, null too, so that it is no reference to something that is there."""
    if name not in ("outputs", "values", "nonsensitive_values"):
        return None
    return Unknown((Reason(Why.ELSEWHERE, f"`{resource.address}` is the output of another deployment"),))


def _published(table: str) -> Callable[[Resource, str], object]:
    """A data source that looks up the account of a service in a region."""

    def tell(resource: Resource, name: str) -> object:
        from guardrails.sources.terraform import known_data

        region = _own_region(resource)
        accounts: dict[str, str] = getattr(known_data, table)
        if not isinstance(region, str) or region not in accounts:
            return None
        return _account(accounts[region], known_data.partition_of(region), name)

    return tell


def _billing_account(resource: Resource, name: str) -> object:  # noqa: ARG001 - the same in every place
    from guardrails.sources.terraform.known_data import BILLING_ACCOUNT

    return _account(BILLING_ACCOUNT, "aws", name)


def _account(account: str, partition: str, name: str) -> str | None:
    return {"id": account, "arn": f"arn:{partition}:iam::{account}:root"}.get(name)


def _template_file(resource: Resource, name: str) -> object:
    """The text that `template_file` renders: many policies of older code are made with it."""
    if name != "rendered":
        return None
    return resource.remembered(name, lambda: _rendered_template(resource))


def _rendered_template(resource: Resource) -> object:
    from guardrails.sources.terraform.conversion import convert
    from guardrails.sources.terraform.functions.files import templatestring
    from guardrails.sources.terraform.typesystem import STRING, Collection

    template, given = resource.argument("template"), resource.argument("vars")
    if not isinstance(template, (str, Unknown)):
        return None
    try:
        variables = {} if given is None else convert(given, Collection("map", STRING))
        return templatestring(resource.scope, template, variables)
    except EvalError:
        return None  # its functions are those of an older terraform


_TELLERS: dict[str, Callable[[Resource, str], object]] = {
    "terraform_remote_state": _elsewhere,
    "tfe_outputs": _elsewhere,
    "aws_billing_service_account": _billing_account,
    "aws_caller_identity": _caller_identity,
    "aws_cloudtrail_service_account": _published("CLOUDTRAIL_ACCOUNTS"),
    "aws_default_tags": _default_tags,
    "aws_elb_service_account": _published("ELB_ACCOUNTS"),
    "aws_iam_policy_document": _policy_document,
    "aws_organizations_organization": _organization,
    "aws_partition": _partition,
    "aws_region": _region,
    "aws_service_principal": _service_principal,
    "template_file": _template_file,
}

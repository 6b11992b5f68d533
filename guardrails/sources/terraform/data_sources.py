"""What is known about data sources without asking anyone: rendered policies, the place itself, published accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.truth import Verdict
from guardrails.sources.terraform.bodies import Nested, nested
from guardrails.sources.terraform.documents import read_json
from guardrails.sources.terraform.values import EvalError, HclSet, JsonText, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.kernel.value import Value
    from guardrails.sources.terraform.instances import Resource


def read(resource: Resource, name: str) -> object:
    """An attribute of a data source that can be told from here; None for any other."""
    teller = _TELLERS.get(resource.type)
    return teller(resource, name) if teller is not None else None


def _policy_document(resource: Resource, name: str) -> object:
    if name not in ("json", "minified_json"):
        return None
    return resource.remembered(name, lambda: rendered(resource))


def rendered(resource: Resource) -> object:
    """The policy that an `aws_iam_policy_document` is; statements that may exist stay open. How it is spaced matters to
    nobody."""
    from guardrails.sources.terraform.policy_document import render

    body, scope = resource.block.body, resource.scope
    blocks, gaps = nested(body, scope, "statement")
    open_: list[Unknown] = [Unknown(gaps)] if gaps else []
    statements = []
    for block in blocks:
        if block.exists.verdict is Verdict.TRUE:
            statements.append(_statement(block))
        else:
            open_.append(Unknown(block.exists.reasons))
    plain: dict[str, object] = {}
    for name in ("version", "policy_id"):
        plain[name] = resource.argument(name)
    plain["source_policy_documents"] = _merged(resource, "source_policy_documents", "source_json")
    plain["override_policy_documents"] = _merged(resource, "override_policy_documents", "override_json")
    plain["statements"] = statements
    document = render(plain)
    if open_ and isinstance(document, (str, JsonText)):
        return _opened(document, open_)
    return document


def _merged(resource: Resource, several: str, one: str) -> object:
    """The documents to merge; old provider versions take a single one under another name."""
    listed, single = _listed(resource.argument(several)), resource.argument(one)
    if single is None or single == "":
        return [] if listed is None else listed
    return [single, *listed] if isinstance(listed, list) else [single]


def _opened(document: str | JsonText, more: list[Unknown]) -> object:
    """The document with statements of which nothing is known behind the others."""
    content = document.document if isinstance(document, JsonText) else read_json(document)
    if not isinstance(content, dict):
        return document
    known = content.get("Statement")
    listed = known if isinstance(known, list) else [] if known is None else [known]
    return JsonText({**content, "Statement": [*listed, *more]})


_STATEMENT = ("sid", "effect", "actions", "not_actions", "resources", "not_resources")


def _statement(block: Nested) -> dict[str, object]:
    found = {name: _listed(value) for name, value in _arguments(block, _STATEMENT).items()}
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
    return [{key: _listed(value) for key, value in _arguments(one, wanted).items()} for one in inner]


def _arguments(block: Nested, names: tuple[str, ...]) -> dict[str, object]:
    module = block.scope.module
    found: dict[str, object] = {}
    for name in names:
        written = block.body.arguments.get(name)
        if written is None:
            continue
        try:
            found[name] = module.evaluate(written, block.scope)
        except EvalError as error:
            found[name] = Unknown((module.reason_of(error),))
    return found


def _listed(value: object) -> object:
    return list(value.items) if isinstance(value, HclSet) else value


def _caller_identity(resource: Resource, name: str) -> object:
    from guardrails.sources.terraform.providers import provider_of

    if name not in ("account_id", "id"):
        return None
    return _known(provider_of(resource).location.account)


def _region(resource: Resource, name: str) -> object:
    if name not in ("name", "id", "region"):
        return None
    return _own_region(resource)


def _own_region(resource: Resource) -> object:
    """The region that a data source names itself, or else its provider's."""
    from guardrails.sources.terraform.providers import provider_of

    for argument in ("region", "name"):
        value = resource.argument(argument)
        if value is not None:
            return value
    return _known(provider_of(resource).location.region)


def _partition(resource: Resource, name: str) -> object:
    from guardrails.sources.terraform.providers import provider_of

    partition = resource.module.evaluation.facts.get("partition")
    if partition is None:
        region = _known(provider_of(resource).location.region)
        if not isinstance(region, str):
            return None
        partition = next((p for start, p in _PARTITIONS.items() if region.startswith(start)), "aws")
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    if partition not in ("aws", "aws-cn", "aws-us-gov") and name not in ("partition", "id"):
        return None
    return {
        "partition": partition,
        "id": partition,
        "dns_suffix": suffix,
        "reverse_dns_prefix": ".".join(reversed(suffix.split("."))),
    }.get(name)


_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
}


def _organization(resource: Resource, name: str) -> object:
    facts = resource.module.evaluation.facts
    key = {"id": "organization_id", "master_account_id": "management_account_id"}.get(name)
    return facts.get(key) if key is not None else None


def _published(table: str) -> Callable[[Resource, str], object]:
    """A data source that looks up the account of a service in a region."""

    def tell(resource: Resource, name: str) -> object:
        from guardrails.sources.terraform import known_data

        region = _own_region(resource)
        if not isinstance(region, str):
            return None
        account = getattr(known_data, table).get(region)
        if account is None:
            return None
        if name == "id":
            return account
        if name == "arn":
            partition = next((p for start, p in _PARTITIONS.items() if region.startswith(start)), "aws")
            return f"arn:{partition}:iam::{account}:root"
        return None

    return tell


def _default_tags(resource: Resource, name: str) -> object:
    from guardrails.sources.terraform.providers import provider_of

    return provider_of(resource).default_tags if name == "tags" else None


def _known(value: Value[str]) -> str | None:
    return value.or_none()


_TELLERS: dict[str, Callable[[Resource, str], object]] = {
    "aws_caller_identity": _caller_identity,
    "aws_default_tags": _default_tags,
    "aws_iam_policy_document": _policy_document,
    "aws_organizations_organization": _organization,
    "aws_partition": _partition,
    "aws_region": _region,
}

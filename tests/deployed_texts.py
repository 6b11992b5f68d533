"""What stands in the place of references when a deployment is made: names, ARNs, and the policies that use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails.kernel.value import Reference, Value

if TYPE_CHECKING:
    from accounts import Server

    from guardrails.kernel.many import Many
    from guardrails.lower.world import World
    from guardrails.model import AccessPolicy, Statement
    from guardrails.model.resource import Resource


class UndeployableError(Exception):
    """The code does not say what the API wants to know, or moto cannot make it."""


def all_of(many: Many[Any]) -> list[Any]:
    members, gaps = many.loaded()
    if gaps:
        raise UndeployableError(str(gaps[0]))
    return [one for one, _ in members]


def without_unset(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value != []}


class Texts:
    """The texts of a deployment, as far as it is made."""

    def __init__(self, world: World, server: Server, account: str, region: str) -> None:
        self.world = world
        self.server = server
        self._account = account
        self._region = region
        self._attributes: dict[str, dict[str, str]] = {}

    def client(self, service: str, resource: Resource) -> Any:  # noqa: ANN401 - as botocore has it
        return self.server.client(service, self.account_of(resource), self.region_of(resource))

    def account_of(self, resource: Resource) -> str:
        return resource.location.account.or_none() or self._account

    def region_of(self, resource: Resource) -> str:
        return resource.location.region.or_none() or self._region

    def name(self, resource: Resource) -> str:
        if not resource.owned:
            return str(resource.name.or_none() or resource.address)
        name = self.filled(resource.name)
        return str(name) if name else resource.address.split(".")[-1].replace("_", "-")

    def register(self, resource: Resource, arn: str, **more: str) -> None:
        """Remembers what references to a resource stand for, as Terraform and as CloudFormation call it."""
        name = more.get("id", self.name(resource))
        self._attributes[resource.address] = {"arn": arn, "Arn": arn, "id": name, "Ref": name, "name": name, **more}

    def of(self, resource: Resource, attribute: str) -> str:
        return self._attributes[resource.address][attribute]

    def target(self, many: Many[Any]) -> Any:  # noqa: ANN401 - whatever there are many of
        """The one resource that is referred to, made by the code or elsewhere; None for none."""
        members, gaps = many.loaded()
        for one, _ in members:
            if one.address not in self._attributes:
                self.stand_in(one)
            return one
        if gaps:
            raise UndeployableError(str(gaps[0]))
        return None

    def arn(self, many: Many[Any]) -> str | None:
        """Its ARN."""
        one = self.target(many)
        return None if one is None else self.of(one, "arn")

    def stand_in(self, resource: Any) -> None:  # noqa: ANN401 - of any kind
        """Makes something in the place of what the code takes from elsewhere, where the API wants to see it."""
        # What is only referred to by its name has that for an address.
        self.register(resource, str(resource.name.or_none() or resource.address))

    def filled(self, value: Value[Any]) -> Any:  # noqa: ANN401 - whatever the value is of
        """The content, with the ARNs and names of what was made in the place of references."""
        if value.settled:
            return value.or_none()
        if value.reference is not None:
            return self._referred(value.reference)
        if value.parts:
            return "".join(self._part(part, value) for part in value.parts)
        raise UndeployableError(f"{value.origin}: {value.reasons[0]}")

    def _part(self, part: object, value: Value[Any]) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Reference):
            return self._referred(part)
        raise UndeployableError(f"{value.origin}: {value.reasons[0]}")

    def _referred(self, reference: Reference) -> str:
        attribute = str(reference.path[-1]) if reference.path else ""
        known = {
            "account_id": self._account,
            "AWS::AccountId": self._account,
            "AWS::Region": self._region,
            "AWS::Partition": "aws",
            "partition": "aws",
            "region": self._region,
            "name": self._region,
        }
        if "data.aws_" in reference.address and attribute in known:
            return known[attribute]
        if reference.address in known:
            return known[reference.address]
        try:
            return self._attributes[reference.address][attribute]
        except KeyError:
            raise UndeployableError(f"{reference.address}.{attribute} was not made") from None

    # Policies

    def document(self, policy: AccessPolicy) -> str:
        version = self.filled(policy.version)
        statements = [self._statement(one) for one in all_of(policy.statements)]
        return json.dumps(without_unset({"Version": version, "Statement": statements}))

    def _statement(self, statement: Statement) -> dict[str, Any]:
        def texts(many: Many[Value[str]]) -> list[str]:
            return [str(self.filled(one)) for one in all_of(many)]

        def principals(many: Many[Any]) -> Any:  # noqa: ANN401 - a text or an object
            found: dict[str, list[str]] = {}
            for one in all_of(many):
                if one.kind == "*":
                    return "*"
                found.setdefault(one.kind, []).append(str(self.filled(one.identifier)))
            return found or None

        conditions: dict[str, dict[str, list[str]]] = {}
        for one in all_of(statement.conditions):
            conditions.setdefault(one.operator, {})[one.key] = texts(one.values)
        return without_unset(
            {
                "Sid": self.filled(statement.sid) or None,
                "Effect": self.filled(statement.effect),
                "Principal": principals(statement.principals),
                "NotPrincipal": principals(statement.not_principals),
                "Action": texts(statement.actions),
                "NotAction": texts(statement.not_actions),
                "Resource": texts(statement.resources),
                "NotResource": texts(statement.not_resources),
                "Condition": conditions or None,
            }
        )

"""Where the resources of a plan or state are: their own region, their ARN, or their provider's configuration."""

from __future__ import annotations

import re

from guardrails.kernel.block import Location
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.providers import OWN_REGION, settled_by
from guardrails.sources.terraform_plan.shapes import listed, mapping, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.kernel.origin import Origin
    from guardrails.sources.terraform_plan.configuration import Configuration
    from guardrails.sources.terraform_plan.contents import Contents
    from guardrails.sources.terraform_plan.instances import Instance

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d")
_ACCOUNT = re.compile(r"\d{12}")
_ROLE = re.compile(r"arn:[a-z-]+:iam::(\d{12}):role/.+")
_ACCESS = (
    "profile",
    "access_key",
    "shared_credentials_files",
    "shared_config_files",
    "allowed_account_ids",
    "assume_role",
    "assume_role_with_web_identity",
)
"""Arguments of a provider that say how the account is reached."""


class Locations:
    """The places of all instances of a file."""

    def __init__(
        self, configuration: Configuration, contents: Contents, facts: Mapping[str, str] | None = None
    ) -> None:
        self._configuration = configuration
        self._contents = contents
        self._facts = facts or {}
        self._by_provider: dict[str, tuple[str, str, str]] = {}
        self._callers: dict[str, str] | None = None

    def of(self, instance: Instance, origin: Origin) -> Location:
        """Where an instance is; `origin` is its own place."""
        key = self._provider_of(instance)
        # Without a provider nothing is in the same account as anything else, as far as is seen.
        credentials, account, region = self._configured(key) if key else (f"?{instance.address}", "", "")
        own = string(instance.values.get("region"))
        fields = string(instance.values.get("arn")).split(":", 5)
        if len(fields) == 6 and fields[0] == "arn":
            account = fields[4] if _ACCOUNT.fullmatch(fields[4]) else account
            region = fields[3] or region
        if _REGION.fullmatch(own) and instance.kind not in OWN_REGION:
            region = own
        return Location(
            credentials,
            _value(account, "account", "id", key, instance, origin),
            _value(region, "region", "region", key, instance, origin),
        )

    def _provider_of(self, instance: Instance) -> str:
        if instance.provider:
            return instance.provider
        block = self._configuration.block(instance)
        return string(mapping(block).get("provider_config_key"))

    def _configured(self, key: str) -> tuple[str, str, str]:
        """How the account of a provider configuration is reached, its number and its region, as far as they are
        seen."""
        found = self._by_provider.get(key)
        if found is None:
            found = self._by_provider[key] = self._read(key)
        return found

    def _read(self, key: str) -> tuple[str, str, str]:
        import json

        block = mapping(self._configuration.providers.get(key))
        written = mapping(block.get("expressions"))
        module = string(block.get("module_address"))
        module = f"{module}." if module else ""
        access = {name: written[name] for name in _ACCESS if name in written}
        region = self._constant(written.get("region"), module, _REGION)
        roles = [mapping(role).get("role_arn") for role in listed(written.get("assume_role"))]
        account = ""
        for role in roles:
            arn = _ROLE.fullmatch(self._constant(role, module, _ROLE))
            account = arn[1] if arn is not None else ""
        allowed = mapping(written.get("allowed_account_ids")).get("constant_value")
        if not roles and isinstance(allowed, list) and len(allowed) == 1:
            account = str(allowed[0])
        account = account or self._caller(key) or ("" if access else self._facts.get("account_id", ""))
        credentials = json.dumps(access, sort_keys=True, default=str) if access else "default"
        if not self._contents.is_plan:
            credentials = key
        return credentials, account, region or self._facts.get("region", "")

    def _constant(self, expression: object, module: str, fits: re.Pattern[str]) -> str:
        return self._configuration.constant(
            expression, module, self._contents.variables, lambda text: fits.fullmatch(text) is not None
        )

    def _caller(self, key: str) -> str:
        """The account that a data source found behind a provider configuration."""
        if self._callers is None:
            self._callers = {}
            for instance in self._contents.resources:
                if instance.kind != "data.aws_caller_identity":
                    continue
                account = string(instance.values.get("account_id"))
                if _ACCOUNT.fullmatch(account):
                    self._callers[self._provider_of(instance)] = account
        return self._callers.get(key, "")


def _value(known: str, name: str, fact: str, key: str, instance: Instance, origin: Origin) -> Value[str]:
    place = origin.named(name)
    if known:
        return Value.of(known, place)
    whose = f"provider `{key}`" if key else f"`{instance.address}`"
    detail = f"the {name} of {whose} is not known"
    return Value.unknown((Reason(Why.INPUT, detail, settled_by(fact), origin),), place, present=True)

"""The scanning role in deploy/ is what the program needs, in both forms, and passes the policies itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from botocore.session import Session  # type: ignore[import-untyped]  # it says nothing of its types

from guardrails import plugins
from guardrails.cli.live_arguments import DEFAULT_ORG_ROLE
from guardrails.sources.aws.needs import needs_parts
from guardrails.sources.aws.permissions import ROLE, documents

if TYPE_CHECKING:
    from moto_server import MotoServer

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
TEMPLATE = DEPLOY / "cloudformation" / "scanning-role.yaml"
MODULES = sorted(path.parent for path in DEPLOY.glob("terraform/*/main.tf"))
LOADED = plugins.load()
POLICIES = [policy for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]
APART = "cloudtrail:LookupEvents"
TRUSTED = "arn:aws:iam::444455556666:role/auditor"


def expected(partition: str) -> set[tuple[str, str, str]]:
    """Sid, action and resource of all that the program needs."""
    found = [one for document in documents(needs_parts(POLICIES), partition) for one in document["Statement"]]
    return {triple for triple in triples(found) if triple[1] != APART}


def triples(statements: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {
        (one["Sid"], action, resource) for one in statements for action in one["Action"] for resource in one["Resource"]
    }


def deployed(aws: MotoServer, **parameters: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The role that a stack of the template makes, and its policies by name."""
    session = Session()
    given = {"TrustedPrincipal": TRUSTED, **parameters}
    session.create_client("cloudformation", endpoint_url=aws.endpoint).create_stack(
        StackName="scan",
        TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )
    iam = session.create_client("iam", endpoint_url=aws.endpoint)
    name = parameters.get("RoleName", ROLE)
    role: dict[str, Any] = iam.get_role(RoleName=name)["Role"]
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return role, {one: document_of(iam.get_role_policy(RoleName=name, PolicyName=one)) for one in names}


def document_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Of what came by a stack moto has a text, and that of Python."""
    said = answer["PolicyDocument"]
    found: dict[str, Any] = yaml.safe_load(said) if isinstance(said, str) else said
    return found


def test_the_template_makes_a_role_that_may_do_what_is_needed_and_nothing_else(aws: MotoServer) -> None:
    role, policies = deployed(aws)

    assert list(policies) == ["GuardrailsScan"]
    assert triples(policies["GuardrailsScan"]["Statement"]) == expected("aws")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"AWS": TRUSTED}, "sts:AssumeRole")
    assert "Condition" not in trust


def test_the_template_asks_for_an_external_id_and_lets_the_history_be_read_if_told_to(aws: MotoServer) -> None:
    role, policies = deployed(aws, ExternalId="a1b2c3", EventHistory="true", RoleName="Auditor")

    assert role["RoleName"] == "Auditor"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] == {
        "StringEquals": {"sts:ExternalId": "a1b2c3"}
    }
    assert [one["Action"] for one in policies["GuardrailsEventHistory"]["Statement"]] == [[APART]]


def test_the_module_allows_what_the_template_allows() -> None:
    text = (DEPLOY / "terraform" / "account" / "permissions.tf").read_text(encoding="utf-8")
    # In the way that it is written a list of objects is JSON, but for its equals signs and the names of attributes.
    listed = text[text.index("statements = [") + len("statements = ") : text.rindex("]") + 1]
    as_json = re.sub(r"^(\s+)(\w+)\s+= ", r'\1"\2": ', listed, flags=re.MULTILINE)
    as_json = re.sub(r'("Allow"|"Sid": "\w+"|\])$', r"\1,", as_json, flags=re.MULTILINE)
    as_json = re.sub(r",(\s*[\]}])", r"\1", as_json.rstrip(","))

    found = json.loads(as_json.replace("${local.partition}", "aws-cn"))

    assert triples(found) == expected("aws-cn")
    assert {one["Effect"] for one in found} == {"Allow"}


def test_the_role_holds_its_policies() -> None:
    """Inline policies of one role may have 10,240 characters, white space not counted."""
    lengths = [len(json.dumps(one, separators=(",", ":"))) for one in documents(needs_parts(POLICIES), "aws-us-gov")]

    assert sum(lengths) < 10_000


def test_both_forms_take_the_same_words() -> None:
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader=_Template)
    parameters = template["Parameters"]
    for module in MODULES:
        text = (module / "variables.tf").read_text(encoding="utf-8")
        names = {name.replace("_", "") for name in re.findall(r'^variable "(\w+)"', text, re.MULTILINE)}
        assert names - {"organizationalunitids"} == {name.lower() for name in parameters}
        assert f'default     = "{ROLE}"' in text
    assert parameters["RoleName"]["Default"] == ROLE == DEFAULT_ORG_ROLE


class _Template(yaml.SafeLoader):
    """What a template says, its functions left out."""


_Template.add_multi_constructor("!", lambda _loader, _name, _node: None)


def test_cfn_lint_finds_nothing_in_the_template() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), str(TEMPLATE)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.terraform
@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on the path")
def test_the_modules_are_written_as_terraform_writes_them() -> None:
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", str(DEPLOY)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_policies_find_nothing_in_what_is_deployed() -> None:
    arguments = [sys.executable, "-m", "guardrails", "scan", str(DEPLOY), "--no-config", "--format", "json"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)

    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert {finding["outcome"] for finding in report["findings"]} <= {"pass"}
    assert sorted(Path(target["target"]).name for target in report["targets"]) == ["organization", "scanning-role.yaml"]

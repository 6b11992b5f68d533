# ruff: noqa: ANN401, N802 - the names are those of the protocol, the types those of packages that are not here
"""An AWS provider that knows nothing of AWS: with it terraform plans and applies real configuration without network.

Its schema is what the configuration uses: a name written with `=` is an attribute of any type, a block a list of
blocks, and what is only referred to is computed, as are `id` and `arn`. Buckets have the copies of what is written in
resources of their own that the real provider has. What is computed is unknown until it is applied.

Needs packages that no test needs: `pip install tf grpcio protobuf msgpack`, and terraform on the path. Run by itself it
records plans:

    python tests/sources/terraform_plan/fake_provider.py FOLDER plan.json [NAME=VALUE ...]

The folder is copied, so nothing is left in it. Modules from elsewhere must stand in `.terraform/modules` there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]  # none of these is among the packages for development
import msgpack  # type: ignore[import-untyped]
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-not-found]
from tf.gen import tfplugin_pb2_grpc as rpc

from guardrails.sources.terraform.bodies import made_by
from guardrails.sources.terraform.hcl import parse
from guardrails.sources.terraform_plan.provider_facts import COPIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.sources.terraform.hcl import nodes

ADDRESS = "registry.terraform.io/hashicorp/aws"
META = frozenset(("count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner"))
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'
TEXTS = ["list", "string"]
UNKNOWN = msgpack.ExtType(0, b"\0")

PLURAL = ("ids", "names")
ACCOUNT = "111122223333"
LOOKED_UP = {
    "aws_caller_identity": {"account_id": ACCOUNT, "id": ACCOUNT},
    "aws_region": {"name": "eu-central-1", "id": "eu-central-1", "region": "eu-central-1"},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com", "id": "aws"},
    "aws_organizations_organization": {"id": "o-exampleorg1", "master_account_id": ACCOUNT},
}


class Shape:
    """What one type of block holds, as far as the configuration uses it."""

    def __init__(self) -> None:
        self.attributes: set[str] = set()
        self.blocks: dict[str, Shape] = {}
        self.computed: set[str] = set()

    def add(self, body: nodes.Body, *, top: bool) -> None:
        self.attributes |= body.arguments.keys() - (META if top else frozenset())
        for block in body.blocks:
            if top and block.type in META:
                ignored = block.body.arguments.get("ignore_changes")
                if ignored is not None:
                    written = ignored.file.text[ignored.value.start : ignored.value.stop]
                    self.attributes |= set(re.findall(r"[a-z_]+", written)) - {"all"}
                continue
            inner = self.blocks.setdefault(made_by(block), Shape())
            contents = block.body.blocks if block.type == "dynamic" else [block]
            for content in contents:
                if block.type != "dynamic" or content.type == "content":
                    inner.add(content.body, top=False)

    def schema(self) -> Any:
        found = pb.Schema.Block()
        for name in sorted(self.attributes | self.computed):
            found.attributes.append(attribute(name, "dynamic", computed=name in self.computed))
        for name, inner in sorted(self.blocks.items()):
            found.block_types.append(pb.Schema.NestedBlock(type_name=name, block=inner.schema(), nesting=2))
        return found


def attribute(name: str, kind: object, *, computed: bool = False) -> Any:
    return pb.Schema.Attribute(name=name, type=json.dumps(kind).encode(), optional=True, computed=computed)


def policy_document() -> Any:
    """The real schema: terraform reads it while it applies, and needs types for what it does not know then."""
    statement = pb.Schema.Block()
    for name in ("sid", "effect"):
        statement.attributes.append(attribute(name, "string"))
    for name in ("actions", "not_actions", "resources", "not_resources"):
        statement.attributes.append(attribute(name, TEXTS))
    people = {"type": "string", "identifiers": ["set", "string"]}
    condition = {"test": "string", "variable": "string", "values": TEXTS}
    for name, kinds in {"principals": people, "not_principals": people, "condition": condition}.items():
        inner = pb.Schema.Block(attributes=[attribute(key, kind) for key, kind in kinds.items()])
        statement.block_types.append(pb.Schema.NestedBlock(type_name=name, block=inner, nesting=3))
    found = pb.Schema.Block()
    for name in ("version", "policy_id"):
        found.attributes.append(attribute(name, "string"))
    for name in ("source_policy_documents", "override_policy_documents"):
        found.attributes.append(attribute(name, TEXTS))
    for name in ("json", "minified_json", "id"):
        found.attributes.append(attribute(name, "string", computed=True))
    found.block_types.append(pb.Schema.NestedBlock(type_name="statement", block=statement, nesting=2))
    return found


def shapes_in(folder: Path) -> tuple[dict[str, Shape], dict[str, Shape], Shape]:
    """The shapes of resources, of data sources and of the provider's configuration."""
    resources: dict[str, Shape] = {}
    data: dict[str, Shape] = {}
    provider = Shape()
    text = ""
    for path in sorted(folder.rglob("*.tf")):
        text += path.read_text(encoding="utf-8")
        for block in parse(path.name, path.read_bytes()).body.blocks:
            if block.type == "provider":
                provider.add(block.body, top=True)
            elif block.type in ("resource", "data") and block.labels[0].startswith("aws_"):
                table = data if block.type == "data" else resources
                table.setdefault(block.labels[0], Shape()).add(block.body, top=True)
    for prefix, table in (("", resources), ("data.", data)):
        for kind, shape in table.items():
            referred = re.findall(re.escape(prefix + kind) + r"\.\w+(?:\[[^\]]*\])?\.(\w+)", text)
            shape.computed |= {"id", "arn", *referred, *(COPIES.get(kind, {}) if kind == "aws_s3_bucket" else ())}
            shape.computed -= shape.blocks.keys()
            shape.attributes -= shape.blocks.keys()
    if "aws_s3_bucket" in resources:
        resources["aws_s3_bucket"].computed.add("bucket")
    return resources, data, provider


class FakeProvider(rpc.ProviderServicer):  # type: ignore[misc]  # of a package that is not here
    def __init__(self, folder: Path) -> None:
        self._resources, self._data, provider = shapes_in(folder)
        self._schema = pb.GetProviderSchema.Response()
        self._schema.provider.block.CopyFrom(provider.schema())
        self._schema.provider_meta.block.attributes.append(attribute("user_agent", "dynamic"))
        for kind, shape in self._resources.items():
            self._schema.resource_schemas[kind].block.CopyFrom(shape.schema())
        for kind, shape in self._data.items():
            own = policy_document() if kind == "aws_iam_policy_document" else shape.schema()
            self._schema.data_source_schemas[kind].block.CopyFrom(own)

    def GetMetadata(self, _: Any, context: Any) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    def GetProviderSchema(self, _: Any, __: Any) -> Any:
        return self._schema

    def ValidateProviderConfig(self, _: Any, __: Any) -> Any:
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, _: Any, __: Any) -> Any:
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, _: Any, __: Any) -> Any:
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, _: Any, __: Any) -> Any:
        return pb.ConfigureProvider.Response()

    def StopProvider(self, _: Any, __: Any) -> Any:
        return pb.StopProvider.Response()

    def PlanResourceChange(self, request: Any, _: Any) -> Any:
        planned = unpacked(request.proposed_new_state)
        for name in self._resources[request.type_name].computed if planned is not None else ():
            if planned.get(name) is None:
                planned[name] = UNKNOWN
        return pb.PlanResourceChange.Response(planned_state=packed(planned), legacy_type_system=True)

    def ReadDataSource(self, request: Any, _: Any) -> Any:
        state, kind = unpacked(request.config), request.type_name
        if kind == "aws_iam_policy_document":
            state |= {"json": json.dumps(rendered(state)), "minified_json": json.dumps(rendered(state)), "id": "1"}
        else:
            for name in self._data[kind].computed:
                if state.get(name) is None:
                    text = LOOKED_UP.get(kind, {}).get(name) or f"DATA-{kind}.{name}"
                    state[name] = [json.dumps(TEXTS).encode(), [text]] if name in PLURAL else [b'"string"', text]
        return pb.ReadDataSource.Response(state=packed(state))


def unpacked(value: Any) -> Any:
    return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False, ext_hook=msgpack.ExtType)


def packed(value: object) -> Any:
    return pb.DynamicValue(msgpack=msgpack.packb(value, use_bin_type=True))


def rendered(state: dict[str, Any]) -> dict[str, object]:
    """The policy of an `aws_iam_policy_document` all of which is known."""

    def short(items: list[str]) -> object:
        return items if len(items) != 1 else items[0]

    names = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
    statements = []
    for said in state.get("statement") or ():
        statement: dict[str, Any] = {"Sid": said["sid"]} if said.get("sid") else {}
        statement["Effect"] = said.get("effect") or "Allow"
        statement |= {element: short(said[name]) for name, element in names.items() if said.get(name)}
        for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
            kinds: dict[str, list[str]] = {}
            for people in said.get(name) or ():
                kinds.setdefault(people["type"], []).extend(people["identifiers"])
            if kinds:
                statement[element] = "*" if kinds == {"*": ["*"]} else {key: short(all_) for key, all_ in kinds.items()}
        for condition in said.get("condition") or ():
            tested = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
            tested[condition["variable"]] = short(condition["values"])
        statements.append(statement)
    return {"Version": state.get("version") or "2012-10-17", "Statement": statements}


def record(folder: Path, variables: Sequence[str] = ()) -> str:
    """What `terraform show -json` prints of a plan of the folder, which is left as it was."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / folder.resolve().name
        shutil.copytree(folder, root)
        has_modules = (root / ".terraform" / "modules").exists()
        if not has_modules:
            (root / "zz_override.tf").write_text(LOCAL_BACKEND)
        socket = f"unix:{made}/provider.sock"
        server = grpc.server(futures.ThreadPoolExecutor(8))
        rpc.add_ProviderServicer_to_server(FakeProvider(root), server)
        server.add_insecure_port(socket)
        server.start()
        attached = {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "unix", "String": socket.removeprefix("unix:")},
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")} | {
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            "TF_REATTACH_PROVIDERS": json.dumps({ADDRESS: attached}),
        }

        def terraform(*arguments: str) -> str:
            done = subprocess.run(
                ["terraform", *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=300
            )
            if done.returncode:
                raise RuntimeError(done.stdout + done.stderr)
            return done.stdout

        try:
            if not has_modules:
                terraform("init", "-input=false", "-no-color")
            given = [f"-var={variable}" for variable in variables]
            terraform("plan", "-input=false", "-no-color", "-refresh=false", "-out=plan", *given)
            return terraform("show", "-json", "plan")
        finally:
            server.stop(0)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(record(Path(sys.argv[1]), sys.argv[3:]), encoding="utf-8")

"""Code that is deployed in the simulation of AWS, and the account that came of it, read over HTTP as a scan reads it.

`client` is for whoever changes something there by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts import ACCOUNT, Server
from deployer import deploy

from guardrails.lower.world import open_world
from guardrails.model import Context
from guardrails.sources.aws.caller import Patience
from guardrails.sources.aws.collect import Scope, collect
from guardrails.sources.aws.deployment import Fleet
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.session import Access, Sessions
from guardrails.sources.cloudformation.load import load as load_template
from guardrails.sources.terraform.project import load as load_code

if TYPE_CHECKING:
    from pathlib import Path

    from moto_server import MotoServer

    from guardrails.lower.world import World

HOME = "eu-central-1"
"""Where things are made that do not say where."""
REGIONS = (HOME, "eu-west-1", "us-east-1")
"""Those that are read."""
TYPES = frozenset(KINDS) - {"cloudtrail.lookup"}
"""Everything but what happened lately, which the server does not know."""


def declared(path: Path) -> World:
    """The one deployment at a path."""
    load: Any = load_template if path.suffix in (".yaml", ".json") else load_code
    (deployment,) = load([str(path)]).deployments
    return open_world(deployment, Context())


class Cloud:
    """A server with one account, which holds one deployment at a time and nothing else."""

    def __init__(self, aws: MotoServer) -> None:
        self._aws = aws
        self._server = Server(aws.endpoint, HOME)
        self._sessions = Sessions(Access(endpoint_url=aws.endpoint, region=HOME, patience=Patience(1, 1, 0)))

    def deploy(self, code: World) -> None:
        """Makes what the code declares, in the place of what there was. Raises UndeployableError."""
        self._aws.reset()
        deploy(code, self._server, ACCOUNT, HOME)

    def client(self, service: str, region: str = HOME) -> Any:  # noqa: ANN401 - as botocore has it
        """botocore's client of a service."""
        return self._server.client(service, region=region)

    def read(self) -> World:
        """The account as it is now."""
        snapshot = collect(Scope(ACCOUNT, REGIONS), TYPES, self._sessions.caller(), workers=4)
        (account,) = Fleet((ACCOUNT,), {ACCOUNT: snapshot}.__getitem__, {}).accounts
        return open_world(account, Context())

    def close(self) -> None:
        self._sessions.close()

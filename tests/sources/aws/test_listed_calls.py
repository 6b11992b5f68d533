"""A call that stands in no table would be noticed, whoever makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from botocore.config import Config  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.session import Session  # type: ignore[import-untyped]  # as above
from listed_calls import listed, operations_made

from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.session import Access, Sessions

if TYPE_CHECKING:
    from faulty_proxy import FaultyProxy
    from moto_server import MotoServer

PROGRAM = """
import sys
from botocore.config import Config
from botocore.session import Session
sqs = Session().create_client("sqs", endpoint_url=sys.argv[1], config=Config(user_agent_extra="guardrails/1.0"))
sqs.list_queues()
"""


def test_a_call_of_this_program_is_noted(aws: MotoServer) -> None:
    caller = Sessions(Access(endpoint_url=aws.endpoint, region="eu-central-1")).caller()
    operations_made()

    caller("eu-central-1", KINDS["cloudtrail.trail"].listings[0].steps[0].call, {})
    caller("", KINDS["s3.bucket"].listings[0].steps[0].call, {})

    assert operations_made() == {"cloudtrail.DescribeTrails", "s3.ListBuckets"}


def test_a_call_of_somebody_else_is_none_of_ours(aws: MotoServer) -> None:
    operations_made()

    Session().create_client("sqs", endpoint_url=aws.endpoint).list_queues()

    assert operations_made() == set()


def test_a_call_that_is_not_listed_is_noticed_in_another_process_and_behind_the_proxy(faults: FaultyProxy) -> None:
    operations_made()
    config = Config(user_agent_extra="guardrails")

    Session().create_client("sns", endpoint_url=faults.endpoint, config=config).create_topic(Name="new")
    subprocess.run([sys.executable, "-c", PROGRAM, faults.endpoint], check=True)

    assert operations_made() - listed() == {"sns.CreateTopic", "sqs.ListQueues"}


def test_what_is_listed_is_what_is_declared() -> None:
    assert {call.name for kind in KINDS.values() for call in kind.calls} <= listed()
    assert json.dumps(sorted(listed())).count("Create") == 0

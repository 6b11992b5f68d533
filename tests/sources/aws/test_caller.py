"""Calls of an account over HTTP, with everything that can go wrong on the way: against moto's server, with a proxy
between that answers wrongly."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.record import changed
from guardrails.sources.aws.caller import BotocoreCaller, Patience, UndeclaredError, check_that_it_reads, declared
from guardrails.sources.aws.calling import Call, CallError
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.session import Access, Sessions
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, FAILED, THROTTLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Any

    from faulty_proxy import FaultyProxy
    from moto_server import MotoServer

    from guardrails.sources.aws.snapshot import Refusal

REGION = "eu-west-1"
TRAILS = Call("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails")
STATUS = Call("cloudtrail", "GetTrailStatus", "cloudtrail:GetTrailStatus")
GROUPS = Call("logs", "DescribeLogGroups", "logs:DescribeLogGroups", items="logGroups")
TOPICS = Call("sns", "ListTopics", "sns:ListTopics", items="Topics")
ALIASES = Call("kms", "ListAliases", "kms:ListAliases", items="Aliases")
ALARMS = Call("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms", items="MetricAlarms CompositeAlarms")
IDENTITIES = Call(
    "iam",
    "GetAccountAuthorizationDetails",
    "iam:GetAccountAuthorizationDetails",
    items="UserDetailList GroupDetailList RoleDetailList Policies",
)
BUCKETS = Call("s3", "ListBuckets", "s3:ListAllMyBuckets", items="Buckets")
POLICY = Call("s3", "GetBucketPolicy", "s3:GetBucketPolicy", absent=("NoSuchBucketPolicy",))
LOCATION = Call("s3", "GetBucketLocation", "s3:GetBucketLocation")
BLOCK = Call(
    "s3control",
    "GetPublicAccessBlock",
    "s3:GetAccountPublicAccessBlock",
    absent=("NoSuchPublicAccessBlockConfiguration",),
)
HASTY = Patience(throttled=3, failed=2, wait=0.001)
FAST = tuple((service, 1_000.0) for service in ("cloudtrail", "logs", "sns", "kms", "s3", "iam", "cloudwatch"))


@pytest.fixture
def caller(faults: FaultyProxy) -> BotocoreCaller:
    return entered(faults)


def entered(faults: FaultyProxy, **how: object) -> BotocoreCaller:
    access = Access(endpoint_url=faults.endpoint, patience=HASTY, rates=FAST)
    found = Sessions(changed(access, **how)).caller()
    faults.requests.clear()
    return found


def refused(caller: BotocoreCaller, call: Call = TRAILS, **parameters: object) -> Refusal:
    with pytest.raises(CallError) as error:
        caller(REGION, call, parameters)
    return error.value.refusal


def make(aws: MotoServer, service: str, operation: str, count: int = 1, **parameters: object) -> None:
    """What an account is to have; `{}` in a text is a number."""
    from botocore.session import Session  # type: ignore[import-untyped]  # it says nothing of its types

    client: Any = Session().create_client(service, region_name=REGION, endpoint_url=aws.endpoint)
    for number in range(count):
        filled = {
            name: value.format(number) if isinstance(value, str) and count > 1 else value
            for name, value in parameters.items()
        }
        getattr(client, operation)(**filled)
    client.close()


# --- answers ----------------------------------------------------------------------------------------------------------


def test_an_answer(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    assert caller(REGION, TRAILS, {"includeShadowTrails": True}) == {"trailList": []}
    assert [(asked.operation, asked.region) for asked in faults.requests] == [("cloudtrail.DescribeTrails", REGION)]
    assert caller.calls == {"cloudtrail.DescribeTrails": 1}


def test_what_is_not_there_is_an_answer(caller: BotocoreCaller, aws: MotoServer) -> None:
    where = {"LocationConstraint": REGION}
    make(aws, "s3", "create_bucket", Bucket="audit", CreateBucketConfiguration=where)

    assert caller(REGION, POLICY, {"Bucket": "audit"}) is None
    assert caller(REGION, LOCATION, {"Bucket": "audit"}) == where
    assert caller("", BLOCK, {"AccountId": "123456789012"}) is None
    gone = refused(caller, POLICY, Bucket="no-such-bucket")
    assert (gone.kind, gone.code) == (FAILED, "NoSuchBucket")


@pytest.mark.parametrize("field", ["absent", "unsupported"])
def test_what_a_region_lacks_is_an_answer(caller: BotocoreCaller, faults: FaultyProxy, field: str) -> None:
    faults.fail("cloudtrail.DescribeTrails", "UnsupportedOperationException")

    assert caller(REGION, changed(TRAILS, **{field: ("UnsupportedOperationException",)}), {}) is None
    assert refused(caller).code == "UnsupportedOperationException"


def test_services_without_regions(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    assert caller("", BUCKETS, {}) is not None
    assert caller("", IDENTITIES, {}) is not None

    assert {asked.region for asked in faults.requests} == {"us-east-1"}


# --- pages ------------------------------------------------------------------------------------------------------------


def test_pages_are_put_together(caller: BotocoreCaller, aws: MotoServer, faults: FaultyProxy) -> None:
    make(aws, "logs", "create_log_group", 7, logGroupName="g{}")
    faults.page("logs.DescribeLogGroups", "logGroups", "nextToken", "nextToken", size=3)
    answer = caller(REGION, GROUPS, {})

    assert answer is not None
    assert [group["logGroupName"] for group in answer["logGroups"]] == [f"g{number}" for number in range(7)]
    assert caller.calls == {"logs.DescribeLogGroups": 3}


def test_pages_by_marker(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    """The aliases of AWS's own keys are in every account."""
    at_once = caller(REGION, ALIASES, {})
    faults.page("kms.ListAliases", "Aliases", "Marker", "NextMarker", more="Truncated", size=4)
    in_pages = caller(REGION, ALIASES, {})

    assert at_once is not None
    assert len(at_once["Aliases"]) > 4
    assert in_pages == at_once


def test_pages_of_the_server_itself(caller: BotocoreCaller, aws: MotoServer) -> None:
    make(aws, "sns", "create_topic", 120, Name="t{}")
    answer = caller(REGION, TOPICS, {})

    assert answer is not None
    assert len(answer["Topics"]) == 120
    assert caller.calls == {"sns.ListTopics": 2}


@pytest.mark.parametrize("fault", ["deny", "drop", "garble", "throttle"])
def test_a_page_that_does_not_come(caller: BotocoreCaller, aws: MotoServer, faults: FaultyProxy, fault: str) -> None:
    make(aws, "logs", "create_log_group", 3, logGroupName="g{}")
    faults.page("logs.DescribeLogGroups", "logGroups", "nextToken", "nextToken")
    getattr(faults, fault)("logs.DescribeLogGroups", after=1)

    assert refused(caller, GROUPS).kind in (DENIED, FAILED, THROTTLED)


def test_a_page_that_comes_late(caller: BotocoreCaller, aws: MotoServer, faults: FaultyProxy) -> None:
    make(aws, "logs", "create_log_group", 3, logGroupName="g{}")
    faults.page("logs.DescribeLogGroups", "logGroups", "nextToken", "nextToken")
    faults.throttle("logs.DescribeLogGroups", after=1, times=1)
    answer = caller(REGION, GROUPS, {})

    assert answer is not None
    assert len(answer["logGroups"]) == 3
    assert caller.calls == {"logs.DescribeLogGroups": 4}


def test_only_the_first_page(caller: BotocoreCaller, aws: MotoServer, faults: FaultyProxy) -> None:
    make(aws, "logs", "create_log_group", 3, logGroupName="g{}")
    faults.page("logs.DescribeLogGroups", "logGroups", "nextToken", "nextToken")
    answer = caller(REGION, changed(GROUPS, items="", first_page=True), {})

    assert answer is not None
    assert (len(answer["logGroups"]), answer["nextToken"]) == (1, "1")
    assert refused(caller, changed(GROUPS, items="")).kind == FAILED


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call", [TRAILS, GROUPS, TOPICS, ALARMS, IDENTITIES, BUCKETS], ids=lambda call: str(call.service)
)
def test_denied(caller: BotocoreCaller, faults: FaultyProxy, call: Call) -> None:
    faults.deny(call.name)
    said = refused(caller, call)

    assert (said.kind, said.action, said.region, said.operation) == (DENIED, call.action, REGION, call.name)
    assert "is not authorized to perform" in said.message
    assert caller.calls == {call.name: 1}


def test_denied_in_one_region(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    faults.deny("cloudtrail.*", region=REGION)

    assert refused(caller).kind == DENIED
    assert caller("eu-west-2", TRAILS, {}) == {"trailList": []}


@pytest.mark.parametrize("call", [TRAILS, TOPICS, ALARMS, BUCKETS], ids=lambda call: str(call.service))
def test_throttled_for_a_while(caller: BotocoreCaller, faults: FaultyProxy, call: Call) -> None:
    faults.throttle(call.name, times=2)

    assert caller(REGION, call, {}) is not None
    assert caller.calls == {call.name: 3}


def test_throttled_for_good(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    faults.throttle("cloudtrail.DescribeTrails")
    said = refused(caller)

    assert (said.kind, said.code) == (THROTTLED, "ThrottlingException")
    assert caller.calls == {"cloudtrail.DescribeTrails": HASTY.throttled}


def test_a_throttled_service_is_asked_more_slowly(faults: FaultyProxy) -> None:
    waits: list[float] = []
    caller = entered(faults)
    bucket = caller._rates.bucket(TRAILS, REGION)  # noqa: SLF001 - what is asked about
    caller._sleep = waits.append  # noqa: SLF001 - as above
    faults.throttle("cloudtrail.DescribeTrails", times=2)
    caller(REGION, TRAILS, {})

    assert bucket.rate < 1_000
    assert len(waits) == 2
    assert caller._rates.bucket(TRAILS, "eu-west-2").rate == 1_000  # noqa: SLF001 - as above


def test_an_account_that_is_throttled_leaves_others_alone(faults: FaultyProxy) -> None:
    way = Sessions(Access(endpoint_url=faults.endpoint, patience=HASTY, rates=FAST))
    one, other = (way.caller(f"arn:aws:iam::{account}:role/scan") for account in ("444455556666", "777788889999"))
    faults.throttle("cloudtrail.*", account="444455556666")

    assert refused(one).kind == THROTTLED
    assert other(REGION, TRAILS, {}) == {"trailList": []}
    assert other.calls == {"cloudtrail.DescribeTrails": 1, "sts.AssumeRole": 1}


@pytest.mark.parametrize(
    ("code", "status", "attempts"),
    [("InternalFailure", 500, 2), ("ServiceUnavailable", 503, 2), ("ValidationException", 400, 1)],
)
def test_faults_of_the_service(
    caller: BotocoreCaller, faults: FaultyProxy, code: str, status: int, attempts: int
) -> None:
    faults.fail("cloudtrail.DescribeTrails", code, "it hurts", status=status)
    said = refused(caller)

    assert (said.kind, said.code, said.message) == (FAILED, code, "it hurts")
    assert caller.calls == {"cloudtrail.DescribeTrails": attempts}


def test_a_fault_that_passes(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    faults.drop("cloudtrail.DescribeTrails", times=1)

    assert caller(REGION, TRAILS, {}) == {"trailList": []}
    assert caller.calls == {"cloudtrail.DescribeTrails": 2}


def test_the_connection_is_closed(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    faults.drop("cloudtrail.DescribeTrails")

    assert (refused(caller).kind, refused(caller).code) == (FAILED, "ConnectionClosedError")


def test_no_answer(faults: FaultyProxy) -> None:
    caller = entered(faults, read_timeout=0.3)
    faults.hang("cloudtrail.DescribeTrails")

    assert (refused(caller).kind, refused(caller).code) == (FAILED, "ReadTimeoutError")


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Please sign in to the network</body></html>",
        b"",
        b"[]",
        b'{"trailList": [{"Name": "audit"',
        b'{"message": "forbidden by the firewall"}',
        b"\x00\xff\xfe",
    ],
)
def test_an_answer_that_is_none(caller: BotocoreCaller, faults: FaultyProxy, body: bytes) -> None:
    """botocore takes each of these for an account without trails."""
    faults.garble("cloudtrail.DescribeTrails", body)

    assert refused(caller).kind == FAILED
    assert caller.calls == {"cloudtrail.DescribeTrails": HASTY.failed}


@pytest.mark.parametrize("call", [BUCKETS, TOPICS, ALARMS, IDENTITIES], ids=lambda call: str(call.service))
@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"", b"<ListTopicsResponse><ListTo", b'{"no": 1}'])
def test_an_answer_that_is_none_in_other_protocols(
    caller: BotocoreCaller, faults: FaultyProxy, call: Call, body: bytes
) -> None:
    faults.garble(call.name, body)

    assert refused(caller, call).kind == FAILED


def test_an_answer_that_is_cut_off(aws: MotoServer) -> None:
    """What is announced as longer than what comes."""
    with cut_off() as endpoint:
        access = Access(endpoint_url=aws.endpoint, patience=HASTY)
        caller = Sessions(access).caller()
        cut = Sessions(changed(access, endpoint_url=endpoint))
        cut._identity = Sessions(access).identity()  # noqa: SLF001 - nobody answers there
        assert refused(cut.caller()).kind == FAILED
    assert caller(REGION, TRAILS, {}) == {"trailList": []}


def cut_off() -> AbstractContextManager[str]:
    """A server whose answers end early."""
    from contextlib import contextmanager

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"trailList": []}')

    @contextmanager
    def serving() -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=serve, args=(listener,), daemon=True).start()
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            listener.shutdown(socket.SHUT_RDWR)

    return serving()


def test_credentials_that_run_out_half_way(caller: BotocoreCaller, faults: FaultyProxy) -> None:
    faults.expire(after=2)

    assert caller(REGION, TRAILS, {}) is not None
    assert caller(REGION, TOPICS, {}) is not None
    for call in (TRAILS, TOPICS, ALARMS, BUCKETS):
        assert refused(caller, call).kind == EXPIRED


def test_a_listed_trail_that_is_gone(caller: BotocoreCaller) -> None:
    said = refused(caller, STATUS, Name="arn:aws:cloudtrail:eu-west-1:123456789012:trail/gone")

    assert (said.kind, said.code) == (FAILED, "TrailNotFoundException")
    assert caller.calls == {"cloudtrail.GetTrailStatus": 1}


# --- several at once --------------------------------------------------------------------------------------------------


def test_several_threads_at_once(faults: FaultyProxy) -> None:
    way = Sessions(Access(endpoint_url=faults.endpoint, patience=HASTY, rates=FAST))
    accounts = [f"{number:012}" for number in range(111122223333, 111122223337)]
    callers = {account: way.caller(f"arn:aws:iam::{account}:role/scan") for account in accounts}
    faults.requests.clear()
    regions = ("eu-west-1", "eu-west-2", "us-east-1")
    failures: list[BaseException] = []

    def ask(account: str) -> None:
        try:
            for region in regions:
                for call in (TRAILS, TOPICS, GROUPS, ALARMS):
                    assert callers[account](region, call, {}) is not None
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=ask, args=(account,)) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    asked = sorted((one.operation, one.region, one.account) for one in faults.requests)
    assert asked == sorted(
        (call.name, region, account)
        for call in (TRAILS, TOPICS, GROUPS, ALARMS)
        for region in regions
        for account in accounts
    )


# --- the guard --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("cloudtrail", "StopLogging"),
        ("s3", "PutBucketPolicy"),
        ("s3", "GetObject"),
        ("secretsmanager", "GetSecretValue"),
        ("sns", "Publish"),
        ("logs", "GetLogEvents"),
        ("iam", "GenerateCredentialReport"),
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
    ],
)
def test_what_is_never_called(caller: BotocoreCaller, faults: FaultyProxy, service: str, operation: str) -> None:
    with pytest.raises(UndeclaredError):
        caller(REGION, Call(service, operation, "x:Y"), {})

    assert faults.requests == []


def test_everything_in_the_table_may_be_called() -> None:
    calls = {call.name: call for kind in KINDS.values() for call in kind.calls}

    assert len(calls) > 30
    for call in calls.values():
        check_that_it_reads(call)


def test_what_is_declared_beside_the_table() -> None:
    table = {call.name for kind in KINDS.values() for call in kind.calls}

    assert declared() - table == {
        "ec2.DescribeRegions",
        "organizations.ListAccounts",
        "sts.AssumeRole",
        "sts.GetCallerIdentity",
    }


def test_a_mistake_in_the_parameters_is_said(caller: BotocoreCaller) -> None:
    said = refused(caller, STATUS)

    assert (said.kind, said.code) == (FAILED, "ParamValidationError")
    assert 'Missing required parameter in input: "Name"' in said.message

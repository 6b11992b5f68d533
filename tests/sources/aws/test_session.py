"""How AWS is entered: credentials, profiles, roles; against moto's server over HTTP."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import RefreshableCredentials  # type: ignore[import-untyped]  # it says nothing of its types

from guardrails.kernel.record import changed
from guardrails.sources.aws.caller import Patience
from guardrails.sources.aws.calling import Call, CallError
from guardrails.sources.aws.session import Access, AccessError, Identity, Sessions, sessions
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, FAILED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from faulty_proxy import FaultyProxy
    from moto_server import MotoServer

TRAILS = Call("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails")
WHO = Call("sts", "GetCallerIdentity", "sts:GetCallerIdentity")
ROLE = "arn:aws:iam::444455556666:role/scan"
HASTY = Patience(throttled=2, failed=2, wait=0.001)


@pytest.fixture
def entered(faults: FaultyProxy) -> Callable[..., Sessions]:
    """The proxy entered, by what a test says of the access."""

    def enter(**how: object) -> Sessions:
        return Sessions(changed(Access(endpoint_url=faults.endpoint, patience=HASTY), **how))

    return enter


def write(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    """A configuration file, and no credentials in the environment."""
    (folder / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)


def test_the_keys_of_the_environment(entered: Callable[..., Sessions]) -> None:
    way = entered()

    assert way.identity() == Identity("123456789012", "aws", "arn:aws:sts::123456789012:user/moto")
    assert way.region == "us-east-1"
    assert way.calls == {"sts.GetCallerIdentity": 1}


def test_who_one_is_is_asked_once(entered: Callable[..., Sessions], faults: FaultyProxy) -> None:
    way = entered()
    for _ in range(3):
        way.identity()
        way.caller()

    assert faults.operations == {"sts.GetCallerIdentity": 1}


def test_a_role_before_anything_else(entered: Callable[..., Sessions], faults: FaultyProxy) -> None:
    way = entered(role_arn=ROLE, external_id="hazel")
    caller = way.caller()
    caller("eu-west-1", TRAILS, {})

    assert way.identity().account == "444455556666"
    assert way.calls == {"sts.AssumeRole": 1, "sts.GetCallerIdentity": 1}
    assert caller.calls == {"cloudtrail.DescribeTrails": 1}
    assert [(asked.operation, asked.account) for asked in faults.requests] == [
        ("sts.AssumeRole", "123456789012"),
        ("sts.GetCallerIdentity", "444455556666"),
        ("cloudtrail.DescribeTrails", "444455556666"),
    ]


def test_roles_in_several_accounts_share_the_clients(entered: Callable[..., Sessions], faults: FaultyProxy) -> None:
    way = entered()
    first, second = way.caller(ROLE), way.caller("arn:aws:iam::777788889999:role/scan")
    for caller in (first, second, first):
        caller("eu-west-1", TRAILS, {})

    assert [asked.account for asked in faults.requests if asked.operation == "cloudtrail.DescribeTrails"] == [
        "444455556666",
        "777788889999",
        "444455556666",
    ]
    assert first.calls == {"cloudtrail.DescribeTrails": 2, "sts.AssumeRole": 1}
    assert second.calls == {"cloudtrail.DescribeTrails": 1, "sts.AssumeRole": 1}


def test_a_role_that_may_not_be_assumed(entered: Callable[..., Sessions], faults: FaultyProxy) -> None:
    faults.deny("sts.AssumeRole")

    with pytest.raises(CallError) as refused:
        entered().caller(ROLE)
    assert (refused.value.refusal.kind, refused.value.refusal.action) == (DENIED, "sts:AssumeRole")
    with pytest.raises(CallError):
        entered(role_arn=ROLE).identity()


@pytest.mark.parametrize("arn", ["scan", "arn:aws:iam::1"])
def test_what_is_no_role(entered: Callable[..., Sessions], arn: str) -> None:
    with pytest.raises(AccessError, match="is not the ARN of a role"):
        entered().caller(arn)


def test_keys_of_roles_renew_themselves(
    entered: Callable[..., Sessions], faults: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = entered().caller(ROLE)
    monkeypatch.setattr(RefreshableCredentials, "_seconds_remaining", lambda _: 1)
    caller("eu-west-1", TRAILS, {})

    assert faults.operations == {"sts.GetCallerIdentity": 1, "sts.AssumeRole": 2, "cloudtrail.DescribeTrails": 1}
    assert caller.calls == {"sts.AssumeRole": 2, "cloudtrail.DescribeTrails": 1}


@pytest.mark.parametrize("fault", ["deny", "expire"])
def test_keys_that_cannot_be_renewed_have_run_out(
    entered: Callable[..., Sessions], faults: FaultyProxy, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    caller = entered().caller(ROLE)
    getattr(faults, fault)("sts.AssumeRole")
    monkeypatch.setattr(RefreshableCredentials, "_seconds_remaining", lambda _: 1)

    with pytest.raises(CallError) as refused:
        caller("eu-west-1", TRAILS, {})

    assert (refused.value.refusal.kind, refused.value.refusal.operation) == (EXPIRED, "sts.AssumeRole")


def test_keys_that_have_run_out(entered: Callable[..., Sessions], faults: FaultyProxy) -> None:
    caller = entered().caller()
    faults.expire()

    with pytest.raises(CallError) as refused:
        caller("eu-west-1", TRAILS, {})

    assert refused.value.refusal.kind == EXPIRED
    assert caller.calls == {"cloudtrail.DescribeTrails": 1}


def test_a_profile(entered: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(
        monkeypatch, tmp_path, "[profile audit]\nregion = eu-west-3\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    way = entered(profile="audit")

    assert (way.identity().account, way.region) == ("123456789012", "eu-west-3")


def test_a_profile_that_assumes_a_role(
    entered: Callable[..., Sessions],
    faults: FaultyProxy,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """botocore assumes it. Its request goes where the profile says, as does any other program's."""
    keys = "[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n"
    role = f"[profile audit]\nrole_arn = {ROLE}\nsource_profile = keys\nregion = eu-west-3\n"
    write(monkeypatch, tmp_path, f"{keys}{role}endpoint_url = {faults.endpoint}\n")

    assert entered(profile="audit").identity().account == "444455556666"


def test_a_profile_whose_process_gives_keys(
    entered: Callable[..., Sessions], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "keys.py").write_text('print(\'{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}\')')
    process = f"{sys.executable} {tmp_path / 'keys.py'}"
    write(monkeypatch, tmp_path, f"[profile audit]\nregion = eu-west-3\ncredential_process = {process}\n")

    assert entered(profile="audit").identity().account == "123456789012"


@pytest.mark.parametrize(
    ("text", "profile", "said"),
    [
        ("", "audit", "`aws configure list-profiles`"),
        ("", "", "no AWS credentials were found anywhere: sign in"),
        ("[profile audit]\nregion = eu-west-3\n", "audit", "no AWS credentials were found in the profile `audit`"),
        ("[profile audit]\ncredential_process = false\n", "audit", "the credentials cannot be had"),
        ("[profile audit]\naws_access_key_id = a\n", "audit", "mend the configuration"),
        ("[[[", "", "mend the configuration"),
        (
            "[profile audit]\nsso_start_url = https://x\nsso_region = eu-west-3\nsso_account_id = 444455556666\n"
            "sso_role_name = scan\n",
            "audit",
            "`aws sso login --profile audit`",
        ),
        (
            "[profile audit]\nsso_session = s\nsso_account_id = 444455556666\nsso_role_name = scan\n"
            "[sso-session s]\nsso_start_url = https://x\nsso_region = eu-west-3\n",
            "audit",
            "`aws sso login --profile audit`",
        ),
        ("[profile audit]\nrole_arn = x\nsource_profile = none\n", "audit", "mend the configuration"),
    ],
)
def test_no_credentials(
    entered: Callable[..., Sessions],
    faults: FaultyProxy,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str,
    profile: str,
    said: str,
) -> None:
    write(monkeypatch, tmp_path, text)
    monkeypatch.setenv("HOME", str(tmp_path))  # where tokens of SSO lie

    with pytest.raises(AccessError) as refused:
        entered(profile=profile)

    assert said in str(refused.value)
    assert faults.requests == []


def test_no_network(aws: MotoServer) -> None:
    with pytest.raises(CallError) as refused:
        Sessions(Access(endpoint_url="http://127.0.0.1:9", patience=HASTY)).identity()

    assert aws.environment
    assert (refused.value.refusal.kind, refused.value.refusal.code) == (FAILED, "EndpointConnectionError")
    assert refused.value.refusal.message.endswith(
        ': "http://127.0.0.1:9/": is there a network, and such a service in the Region?'
    )


def test_what_is_no_region(aws: MotoServer) -> None:
    with pytest.raises(AccessError, match="is `utopia` the name of a Region"):
        Sessions(Access(endpoint_url=aws.endpoint, region="utopia"))


@pytest.mark.parametrize(("region", "begun"), [("eu-wset-1", "us-east-1"), ("us-gov-north-9", "us-gov-west-1")])
def test_a_region_that_may_be_new_or_misspelt_is_not_where_one_begins(aws: MotoServer, region: str, begun: str) -> None:
    assert Sessions(Access(endpoint_url=aws.endpoint, region=region)).region == begun


@pytest.mark.parametrize(
    ("region", "partition", "host"),
    [
        ("eu-west-1", "aws", "https://cloudtrail.eu-west-1.amazonaws.com/"),
        ("cn-north-1", "aws-cn", "https://cloudtrail.cn-north-1.amazonaws.com.cn/"),
        ("us-gov-east-1", "aws-us-gov", "https://cloudtrail.us-gov-east-1.amazonaws.com/"),
    ],
)
def test_partitions(aws: MotoServer, region: str, partition: str, host: str) -> None:
    assert aws.endpoint
    way = Sessions(Access(region=region, patience=HASTY, connect_timeout=0.001))

    assert way._begin == partition  # noqa: SLF001 - it is asked nobody else without a network
    assert way._clients._client("cloudtrail", region).meta.endpoint_url + "/" == host  # noqa: SLF001 - as above


def test_settings_of_the_environment_hold(aws: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert aws.endpoint
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    way = Sessions(Access(region="us-east-1"))

    found = way._clients._client("cloudtrail", "us-east-1")  # noqa: SLF001 - it is asked nobody without a network
    assert found.meta.endpoint_url == "https://cloudtrail-fips.us-east-1.amazonaws.com"
    assert way._patience == Patience(throttled=4, failed=4)  # noqa: SLF001 - as above


def test_an_access_can_be_sent_to_other_machines() -> None:
    access = Access(profile="audit", role_arn=ROLE, rates=(("logs", 2),), patience=HASTY)

    assert pickle.loads(pickle.dumps(access)) == access


def test_a_process_enters_once(faults: FaultyProxy) -> None:
    access = Access(endpoint_url=faults.endpoint)

    assert sessions(access) is sessions(Access(endpoint_url=faults.endpoint))
    answer = sessions(access).caller(ROLE)("", WHO, {})
    assert answer is not None
    assert answer["Arn"] == "arn:aws:sts::444455556666:assumed-role/scan/guardrails"

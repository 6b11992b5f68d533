"""How AWS is entered: the usual chain of credentials, a profile, a role; and from there the accounts of a run.

botocore does what it does for all programs: environment, configuration files, SSO, processes, containers and instances,
with its settings (`AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`,
`AWS_CA_BUNDLE`, proxies) in the environment or the profile.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from guardrails.kernel.record import Record
from guardrails.sources.aws.caller import BotocoreCaller, Patience
from guardrails.sources.aws.calling import Call, CallError
from guardrails.sources.aws.rates import Rates
from guardrails.sources.aws.snapshot import DENIED, EXPIRED

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.sources.aws.clients import Clients, Keys

GET_CALLER_IDENTITY = Call("sts", "GetCallerIdentity", "sts:GetCallerIdentity")
ASSUME_ROLE = Call("sts", "AssumeRole", "sts:AssumeRole")
CALLS = (GET_CALLER_IDENTITY, ASSUME_ROLE)
"""What is called to enter accounts. The first needs no permission."""
SESSION_NAME = "guardrails"
"""What the sessions of assumed roles are called in CloudTrail's records."""
_AN_HOUR = 3600
"""Seconds that a role is assumed for: what every role allows, and the most that a role assumed by a role may."""
_FIRST_REGION = "us-east-1"
"""Where it is asked who one is, if no Region is set anywhere."""


class AccessError(Exception):
    """AWS cannot be entered as it was asked for. Its message is for the person who asked, and says what to do."""


class Access(Record):
    """How to come by credentials. It holds none, and can be sent to another machine, which then uses its own."""

    profile: str = ""
    """Of the configuration files; empty for what the environment says."""
    role_arn: str = ""
    """A role that is assumed before anything else; everything is then done as that role."""
    external_id: str = ""
    """What the role wants to be told."""
    endpoint_url: str = ""
    """What is asked instead of AWS, for all services."""
    region: str = ""
    """The Region to begin in; empty for the one of the environment or the profile. It says the partition."""
    connect_timeout: float = 5
    read_timeout: float = 60
    """Seconds."""
    patience: Patience = Patience()
    rates: tuple[tuple[str, float], ...] = ()
    """Service → requests in a second and Region, where they are to be others than `rates.RATES`."""
    program: str = ""
    """What AWS is told asks, beside botocore: name and version."""


class Identity(Record):
    """Who one is."""

    account: str
    partition: str
    arn: str


class Sessions:
    """One way in, with clients for all accounts that are reached from it. Safe for several threads."""

    def __init__(self, access: Access) -> None:
        """Raises AccessError."""
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # it says nothing of its types

        from guardrails.sources.aws.clients import Clients, Timeouts

        self._access = access
        self._lock = threading.Lock()
        self._identity: Identity | None = None
        self._role: Keys | None = None
        session, self._own = _opened(access)
        timeouts = Timeouts()
        timeouts.connect, timeouts.read = access.connect_timeout, access.read_timeout
        self.region: str = access.region or session.get_config_variable("region") or _FIRST_REGION
        """Where one begins."""
        try:
            self._begin = str(session.get_partition_for_region(self.region))
        except BotoCoreError as error:
            raise AccessError(f"{error}: is `{self.region}` the name of a Region?") from error
        attempts = session.get_config_variable("max_attempts")
        patience = access.patience
        if attempts:
            # AWS_MAX_ATTEMPTS or `max_attempts` of the profile.
            patience = Patience(throttled=int(attempts), failed=int(attempts), wait=patience.wait)
        self._patience = patience
        self._clients: Clients = Clients(session, access.endpoint_url, timeouts, access.program)
        if not self._clients.knows(self.region):
            # A new Region, or a misspelt one, of which another one can tell.
            self.region = self._clients.place_of_global_services(self._begin)
        self._entry: BotocoreCaller | None = None

    def identity(self) -> Identity:
        """Who the credentials are, the role of `Access.role_arn` assumed. Raises CallError and AccessError."""
        with self._lock:
            if self._identity is None:
                entry = self._caller(self._own, self._begin)
                if self._access.role_arn:
                    self._role = self._assumed(self._access.role_arn, self._access.external_id, entry)
                    entry = self._caller(self._role, self._begin, entry)
                self._entry = entry
                self._identity = _identity(entry, self.region)
            return self._identity

    @property
    def calls(self) -> dict[str, int]:
        """What was called to know who one is, as `BotocoreCaller.calls` counts."""
        return self._entry.calls if self._entry else {}

    def caller(self, role_arn: str = "", external_id: str = "") -> BotocoreCaller:
        """The calls of an account: that of the role, which is assumed at once, or the one of the credentials. Raises
        CallError and AccessError."""
        identity = self.identity()
        keys = self._role or self._own
        caller = self._caller(keys, identity.partition)
        if role_arn:
            caller = self._caller(self._assumed(role_arn, external_id, caller), identity.partition, caller)
        return caller

    def is_of_partition(self, region: str) -> bool:
        """Whether a Region is of the partition of the credentials."""
        return self._clients.partition_of(region) == self.identity().partition

    def close(self) -> None:
        """Close all connections."""
        self._clients.close()

    def _caller(self, keys: Keys, partition: str, through: BotocoreCaller | None = None) -> BotocoreCaller:
        rates = Rates(dict(self._access.rates))
        return BotocoreCaller(self._clients, keys, rates, partition=partition, patience=self._patience, through=through)

    def _assumed(self, role_arn: str, external_id: str, caller: BotocoreCaller) -> Keys:
        """Keys of a role, which renew themselves as long as those that assumed it are good."""
        from botocore.credentials import RefreshableCredentials  # type: ignore[import-untyped]  # without types

        if role_arn.count(":") < 5 or not role_arn.startswith("arn:"):
            raise AccessError(f"`{role_arn}` is not the ARN of a role, as arn:aws:iam::111122223333:role/NAME is")
        asked: dict[str, object] = {
            "RoleArn": role_arn,
            "RoleSessionName": SESSION_NAME,
            "DurationSeconds": _AN_HOUR,
        }
        if external_id:
            asked["ExternalId"] = external_id

        def assumed() -> dict[str, Any]:
            answer = caller(self.region, ASSUME_ROLE, asked)
            assert answer is not None
            given = answer["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"],
            }

        made: Keys = RefreshableCredentials.create_from_metadata(assumed(), assumed, "assume-role")
        return _Renewed(made)


class _Renewed:
    """Keys that say why they could not be renewed."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def get_frozen_credentials(self) -> Any:  # noqa: ANN401 - a named tuple of botocore
        from guardrails.kernel.record import changed

        try:
            return self._keys.get_frozen_credentials()
        except CallError as error:
            if error.refusal.kind == DENIED:
                raise CallError(changed(error.refusal, kind=EXPIRED)) from error
            raise


def sessions(access: Access) -> Sessions:
    """Those of a process for this access, made once. Raises AccessError."""
    with _lock:
        if access not in _sessions:
            _sessions[access] = Sessions(access)
        return _sessions[access]


def forget(access: Access | None = None) -> None:
    """Have the credentials looked for anew the next time, all of them without `access`: a process that lives long may
    be given others meanwhile. Clients, and the connections that they keep, go with them."""
    with _lock:
        if access is None:
            _sessions.clear()
        else:
            _sessions.pop(access, None)


_sessions: dict[Access, Sessions] = {}
_lock = threading.Lock()


def _opened(access: Access) -> tuple[Any, Keys]:
    """A session of botocore and the credentials that its chain finds."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session  # type: ignore[import-untyped]  # as above

    def attempt() -> tuple[Any, Keys | None]:
        session = Session(profile=access.profile or None)
        found = session.get_component("credential_provider").load_credentials()
        if found is not None:
            # Those that have to be fetched are fetched now, and what is wrong with them is said at once.
            found.get_frozen_credentials()
        return session, found

    try:
        session, keys = attempt()
    except (BotoCoreError, EOFError) as error:
        raise AccessError(_advice(error, access)) from error
    if keys is None:
        where = f"in the profile `{access.profile}`" if access.profile else "anywhere"
        raise AccessError(
            f"no AWS credentials were found {where}: sign in (`aws sso login`, `aws configure`), name a profile with "
            "--profile, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    return session, keys


def _advice(error: Exception, access: Access) -> str:
    """What an exception of botocore's chain means, and what to do about it."""
    said = " ".join(str(error).split()).rstrip(".")
    name = type(error).__name__
    named = f" --profile {access.profile}" if access.profile else ""
    if name == "ProfileNotFound":
        return f"{said}: `aws configure list-profiles` lists those that there are"
    if "SSO" in name or name == "TokenRetrievalError":
        return f"{said}: sign in again with `aws sso login{named}`"
    if name.startswith("Login"):
        return f"{said}: sign in again with `aws login{named}`"
    if name in ("ConfigParseError", "InvalidConfigError", "PartialCredentialsError", "ConfigNotFound"):
        return f"{said}: mend the configuration of AWS (`aws configure{named}`)"
    return f"the credentials cannot be had: {said}"


def _identity(caller: Callable[..., dict[str, Any] | None], region: str) -> Identity:
    answer = caller(region, GET_CALLER_IDENTITY, {})
    if not answer or "Account" not in answer or str(answer.get("Arn", "")).count(":") < 5:
        raise AccessError("AWS does not say whose the credentials are")
    return Identity(answer["Account"], answer["Arn"].split(":")[1], answer["Arn"])

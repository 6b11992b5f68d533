"""Which Regions are read, from recorded answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from answering import Answering, Refused

from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.regions import (
    CALLS,
    NOT_ENABLED,
    SCP_DENIED,
    Regions,
    Remembering,
    find,
    is_denied_by_organization,
)
from guardrails.sources.aws.snapshot import DENIED, FAILED, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.sources.aws.calling import Call

EVERYTHING = frozenset(KINDS)
TRAILS = frozenset({"cloudtrail.trail"})
BY_SCP = (
    "User: arn:aws:sts::111122223333:assumed-role/scan/x is not authorized to perform: cloudtrail:DescribeTrails "
    "with an explicit deny in a service control policy: arn:aws:organizations::444455556666:policy/o-a/p-1"
)
BY_ROLE = (
    "User: arn:aws:sts::111122223333:assumed-role/scan/x is not authorized to perform: cloudtrail:DescribeTrails "
    "because no identity-based policy allows the cloudtrail:DescribeTrails action"
)


def listed(*names: str, **options: str) -> dict[str, Any]:
    regions = [{"RegionName": name, "OptInStatus": options.get(name, "opt-in-not-required")} for name in names]
    return {"ec2.DescribeRegions": {"Regions": regions}}


class Denying:
    """A caller that denies services in Regions, with a message."""

    def __init__(self, caller: Answering, message: str, denied: Mapping[str, frozenset[str] | None]) -> None:
        """`denied`: Region → services, None for all of them."""
        self.caller, self.message, self.denied = caller, message, denied

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        services = self.denied.get(region, frozenset())
        if call.service != "ec2" and (services is None or call.service in services):
            self.caller.made.append((region, call.name, dict(parameters)))
            raise CallError(Refusal(call.name, call.action, DENIED, "AccessDenied", self.message, region))
        return self.caller(region, call, parameters)


def in_partition(prefix: str = "") -> Callable[[str], bool]:
    return lambda name: name.startswith(prefix)


def test_all_that_are_enabled() -> None:
    caller = Answering(
        {
            "ec2.DescribeRegions": {
                "Regions": [
                    {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
                    {"RegionName": "eu-south-1", "OptInStatus": "opted-in"},
                    {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"},
                    {"RegionName": "cn-north-1", "OptInStatus": "opt-in-not-required"},
                ]
            }
        }
    )
    found = find(Remembering(caller), "us-east-1", lambda name: not name.startswith("cn-"), types=EVERYTHING)

    assert found == Regions(("eu-south-1", "us-east-1"), {"af-south-1": NOT_ENABLED}, ())
    assert caller.made[0] == ("us-east-1", "ec2.DescribeRegions", {"AllRegions": True})


def test_those_that_are_named() -> None:
    answers = listed("us-east-1", "eu-west-1", "eu-west-2", "af-south-1")
    answers["ec2.DescribeRegions"]["Regions"][3]["OptInStatus"] = "not-opted-in"
    wanted = ("eu-west-1", "af-south-1")
    found = find(Remembering(Answering(answers)), "us-east-1", in_partition(), wanted, EVERYTHING)

    assert found == Regions(("eu-west-1",), {"af-south-1": NOT_ENABLED}, ("eu-west-2", "us-east-1"))


def test_one_that_there_is_not() -> None:
    with pytest.raises(CallError) as refused:
        find(Remembering(Answering(listed("eu-west-1"))), "eu-west-1", in_partition(), ("eu-west-1", "eu-wset-1"))

    assert (refused.value.refusal.kind, refused.value.refusal.message) == (
        FAILED,
        "the partition has no Region `eu-wset-1`",
    )


def test_what_is_tried_is_not_asked_again() -> None:
    caller = Answering(listed("us-east-1", "eu-west-1"))
    asking = Remembering(caller)
    find(asking, "us-east-1", in_partition(), types=EVERYTHING)
    assert caller.counts == {"ec2.DescribeRegions": 1, "cloudtrail.DescribeTrails": 2}

    step = KINDS["cloudtrail.trail"].listings[0].steps[0]
    for _ in range(2):
        for region in ("us-east-1", "eu-west-1"):
            asking(region, step.call, step.parameters)
    assert caller.counts == {"ec2.DescribeRegions": 1, "cloudtrail.DescribeTrails": 4}


def test_a_refusal_is_remembered_as_well() -> None:
    caller = Answering({**listed("us-east-1"), "cloudtrail.DescribeTrails": Refused()})
    asking = Remembering(caller)
    find(asking, "us-east-1", in_partition(), types=TRAILS)
    step = KINDS["cloudtrail.trail"].listings[0].steps[0]

    with pytest.raises(CallError):
        asking("us-east-1", step.call, step.parameters)
    assert caller.counts["cloudtrail.DescribeTrails"] == 1


@pytest.mark.parametrize("types", [EVERYTHING, TRAILS, frozenset({"config.recorder"})], ids=["all", "trails", "config"])
def test_a_region_that_the_organization_denies(types: frozenset[str]) -> None:
    caller = Denying(Answering(listed("us-east-1", "eu-west-1", "ap-south-1")), BY_SCP, {"ap-south-1": None})
    found = find(Remembering(caller), "us-east-1", in_partition(), types=types)

    assert found == Regions(("eu-west-1", "us-east-1"), {"ap-south-1": SCP_DENIED}, ())


def test_a_service_that_the_organization_denies_is_no_region() -> None:
    denied = {"ap-south-1": frozenset({"cloudtrail"})}
    caller = Denying(Answering(listed("us-east-1", "ap-south-1")), BY_SCP, denied)
    found = find(Remembering(caller), "us-east-1", in_partition(), types=TRAILS)

    assert found == Regions(("ap-south-1", "us-east-1"), {}, ())


def test_what_the_role_lacks_is_no_denial_of_the_region() -> None:
    caller = Denying(Answering(listed("us-east-1", "ap-south-1")), BY_ROLE, {"ap-south-1": None})
    found = find(Remembering(caller), "us-east-1", in_partition(), types=EVERYTHING)

    assert found.asked == ("ap-south-1", "us-east-1")
    assert found.left_out == {}


def test_what_is_denied_everywhere_is_no_region() -> None:
    caller = Denying(Answering(listed("us-east-1", "eu-west-1")), BY_SCP, {"us-east-1": None, "eu-west-1": None})
    found = find(Remembering(caller), "us-east-1", in_partition(), types=EVERYTHING)

    assert found == Regions(("eu-west-1", "us-east-1"), {}, ())


def test_a_region_that_does_not_answer_is_in_scope() -> None:
    caller = Answering({**listed("us-east-1"), "cloudtrail.DescribeTrails": Refused("ReadTimeoutError")})

    assert find(Remembering(caller), "us-east-1", in_partition(), types=EVERYTHING).asked == ("us-east-1",)


def test_nothing_is_tried_where_nothing_is_asked_by_region() -> None:
    caller = Answering(listed("us-east-1", "eu-west-1"))
    found = find(Remembering(caller), "us-east-1", in_partition(), types=frozenset({"iam.role"}))

    assert found.asked == ("eu-west-1", "us-east-1")
    assert caller.counts == {"ec2.DescribeRegions": 1}


def test_what_is_tried_beyond_the_listings_is_declared() -> None:
    caller = Denying(Answering(listed("us-east-1", "ap-south-1")), BY_SCP, {"ap-south-1": None})
    for kind in KINDS:
        find(Remembering(caller), "us-east-1", in_partition(), types=frozenset({kind}))
    allowed = {call.name for call in CALLS} | {call.name for kind in KINDS.values() for call in kind.calls}

    assert {name for _, name, _ in caller.caller.made} <= allowed


def test_nobody_says_which_regions_there_are() -> None:
    with pytest.raises(CallError) as refused:
        find(Remembering(Answering({"ec2.DescribeRegions": Refused()})), "us-east-1", in_partition())

    assert refused.value.refusal.action == "ec2:DescribeRegions"


@pytest.mark.parametrize(
    ("message", "kind", "expected"),
    [
        (BY_SCP, DENIED, True),
        (BY_ROLE, DENIED, False),
        ("… with an explicit deny in a resource control policy", DENIED, True),
        ("… with an explicit deny in an identity-based policy", DENIED, False),
        (BY_SCP, FAILED, False),
    ],
)
def test_who_denies(message: str, kind: str, *, expected: bool) -> None:
    error = CallError(Refusal("a.B", "a:B", kind, "AccessDenied", message, ""))

    assert is_denied_by_organization(error) is expected

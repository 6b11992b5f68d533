"""How fast an account is asked, on a clock that only waiting moves."""

from __future__ import annotations

import pytest

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.rates import RATES, Bucket, Rates

GROUPS = Call("logs", "DescribeLogGroups", "logs:DescribeLogGroups")
FILTERS = Call("logs", "DescribeMetricFilters", "logs:DescribeMetricFilters")
TRAILS = Call("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails")
HISTORY = Call("cloudtrail", "LookupEvents", "cloudtrail:LookupEvents")
RECORDERS = Call("config", "DescribeConfigurationRecorders", "config:DescribeConfigurationRecorders")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def bucket(rate: float, clock: Clock) -> Bucket:
    return Bucket(rate, clock.read, clock.sleep)


def test_a_second_full_at_once_and_then_one_after_the_other(clock: Clock) -> None:
    taken = bucket(5, clock)

    for _ in range(5):
        taken.take()
    assert clock.now == 0
    for _ in range(10):
        taken.take()
    assert clock.now == pytest.approx(2)


def test_what_lies_ready_is_never_more_than_a_second_full(clock: Clock) -> None:
    taken = bucket(5, clock)
    clock.now = 1_000

    for _ in range(10):
        taken.take()

    assert clock.now == pytest.approx(1_001)


def test_those_who_come_at_once_wait_for_one_after_the_other() -> None:
    waits: list[float] = []
    taken = Bucket(2, lambda: 0.0, waits.append)

    for _ in range(6):
        taken.take()

    assert waits == pytest.approx([0.5, 1, 1.5, 2])


def test_slower_when_it_is_too_much_and_faster_again_when_it_is_not(clock: Clock) -> None:
    taken = bucket(10, clock)

    taken.too_much()
    assert taken.rate == pytest.approx(7)
    taken.fine()
    assert taken.rate == pytest.approx(7.5)
    for _ in range(20):
        taken.fine()
    assert taken.rate == 10


def test_never_so_slow_that_it_does_not_end(clock: Clock) -> None:
    taken = bucket(10, clock)
    for _ in range(100):
        taken.too_much()

    assert taken.rate == 0.5


def test_each_service_and_region_has_its_own(clock: Clock) -> None:
    rates = Rates({"logs": 1}, clock.read, clock.sleep)

    assert rates.bucket(GROUPS, "eu-west-1") is rates.bucket(FILTERS, "eu-west-1")
    assert rates.bucket(GROUPS, "eu-west-1") is not rates.bucket(GROUPS, "eu-west-2")
    assert [rates.bucket(call, "eu-west-1").rate for call in (GROUPS, TRAILS, HISTORY, RECORDERS)] == [
        1,
        RATES["cloudtrail"],
        2,
        5,
    ]


def test_below_what_is_published() -> None:
    published = {"cloudtrail": 10, "logs": 5, "cloudwatch": 9, "sns": 30, "events": 50, "kms": 100, "sso-admin": 20}

    assert {name: RATES[name] <= most for name, most in published.items()} == dict.fromkeys(published, True)

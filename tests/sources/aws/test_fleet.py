"""Many accounts through an executor: each once, none lost, and what accounts point at in others asked where it is."""

from __future__ import annotations

import pickle
import threading
from collections import Counter
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from snapshots import refusal, small

from guardrails.kernel.record import changed
from guardrails.sources.aws.collect import Wishes
from guardrails.sources.aws.fleet import AccountTask, Fleet, FleetError, Watching, merged, read_all
from guardrails.sources.aws.journal import Journal
from guardrails.sources.aws.reading import Reading, reading_of
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, FAILED, AccountSnapshot, Collected, Unlisted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TYPES = frozenset({"cloudtrail.trail", "s3.bucket", "kms.key"})
ASKED = {"--regions": ""}
KEY = "arn:aws:kms:eu-central-1:{account}:key/{id}"


def number(at: int) -> str:
    return f"{at:012}"


def tasks(count: int, **fields: Any) -> list[AccountTask]:  # noqa: ANN401 - of any field
    return [AccountTask(id=number(at), types=TYPES, **fields) for at in range(count)]


class Asked:
    """Stands in for AWS, and notes who was asked for what."""

    def __init__(self, answer: Callable[[AccountTask], Reading] | None = None) -> None:
        self.tasks: list[AccountTask] = []
        self.most = 0
        self._now = 0
        self._answer = answer or (lambda task: reading_of(small(task.id)))
        self._lock = threading.Lock()

    def __call__(self, task: AccountTask) -> Reading:
        with self._lock:
            self.tasks.append(task)
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            return self._answer(task)
        finally:
            with self._lock:
                self._now -= 1

    @property
    def times(self) -> Counter[str]:
        return Counter(task.id for task in self.tasks)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    begun = Journal.begin(str(tmp_path / "run.journal"), ASKED)
    yield begun
    begun.close()


def read(asked: Callable[[AccountTask], Reading], journal: Journal, todo: list[AccountTask], **fields: Any) -> bool:  # noqa: ANN401 - of any field
    with ThreadPoolExecutor(4) as executor:
        return read_all(todo, Fleet(read=asked, executor=executor, at_once=4, **fields), journal)


# Each account once


def test_every_account_is_read_once(journal: Journal) -> None:
    asked = Asked()

    assert read(asked, journal, tasks(50))

    assert asked.times == {number(at): 1 for at in range(50)}
    assert asked.most <= 4
    assert journal.ids() == tuple(number(at) for at in range(50))
    assert journal.read(number(7)) == small(number(7))


def test_no_account_at_all_is_read_at_once(journal: Journal) -> None:
    assert read(Asked(), journal, [])
    assert journal.ids() == ()


def test_finished_accounts_are_not_asked_again(journal: Journal) -> None:
    read(Asked(), journal, tasks(3))
    asked = Asked()

    assert read(asked, journal, tasks(5))
    assert set(asked.times) == {number(3), number(4)}


def test_accounts_that_failed_are_asked_again(journal: Journal) -> None:
    def fails(task: AccountTask) -> Reading:
        return reading_of(AccountSnapshot(id=task.id, failed=refusal(DENIED, "sts.AssumeRole")))

    read(Asked(fails), journal, tasks(2))
    assert len(journal.failures()) == 2

    asked = Asked()
    read(asked, journal, tasks(2))
    assert len(asked.tasks) == 2
    assert journal.failures() == ()


def test_each_task_knows_who_else_is_read(journal: Journal) -> None:
    asked = Asked()
    read(asked, journal, tasks(3))

    assert {task.wishes.accounts for task in asked.tasks} == {frozenset(map(number, range(3)))}


def test_a_task_can_be_sent() -> None:
    task = AccountTask(id="1", types=TYPES, wishes=Wishes(names={"s3.bucket": ("a*",)}, wanted=frozenset({"x"})))

    assert pickle.loads(pickle.dumps(task)) == task


def test_how_far_it_is_is_told(journal: Journal) -> None:
    told: list[tuple[int, int, int]] = []

    class Told(Watching):
        def reading(self, done: int, total: int, under_way: int) -> None:
            told.append((done, total, under_way))

    read(Asked(), journal, tasks(10), watching=Told())

    assert {total for _, total, _ in told} == {10}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert all(1 <= under_way <= 4 for _, _, under_way in told)


# What goes wrong


def test_one_that_raises_loses_no_other(journal: Journal) -> None:
    def sometimes(task: AccountTask) -> Reading:
        if task.id == number(3):
            raise ZeroDivisionError("oh\nno")
        return reading_of(small(task.id))

    assert read(Asked(sometimes), journal, tasks(10))

    assert journal.ids() == tuple(number(at) for at in range(10))
    failed = journal.read(number(3)).failed
    assert failed is not None
    assert (failed.kind, failed.code, failed.message) == (FAILED, "ZeroDivisionError", "oh no")
    assert journal.finished() == frozenset(map(number, range(10))) - {number(3)}


def test_where_the_credentials_expired_nobody_is_asked_any_more(journal: Journal) -> None:
    def expired(task: AccountTask) -> Reading:
        if task.id >= number(2):
            return reading_of(AccountSnapshot(id=task.id, failed=refusal(EXPIRED, "sts.AssumeRole")))
        return reading_of(small(task.id))

    asked = Asked(expired)
    assert read(asked, journal, tasks(200))

    assert len(asked.tasks) < 20
    assert len(journal.ids()) == 200
    assert journal.finished() == {number(0), number(1)}
    assert {journal.read(one).failed for one in journal.ids()[2:]} == {refusal(EXPIRED, "sts.AssumeRole")}


def test_an_executor_that_takes_no_work_is_said(journal: Journal) -> None:
    class Broken(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:  # noqa: ANN401 - the base's signature
            raise RuntimeError("the cluster is gone")

    with pytest.raises(FleetError, match="no more work is taken: RuntimeError: the cluster is gone"):
        read_all(tasks(2), Fleet(read=Asked(), executor=Broken(), at_once=2), journal)


# To end before the end


class Ending(Watching):
    def __init__(self, after: int) -> None:
        self.after = after
        self.done = 0

    def reading(self, done: int, total: int, under_way: int) -> None:  # noqa: ARG002 - the base's signature
        self.done = done

    @property
    def is_over(self) -> bool:
        return self.done >= self.after


@pytest.mark.parametrize("after", [0, 1, 5])
def test_what_was_begun_is_kept_and_the_rest_can_be_gone_on_with(journal: Journal, after: int) -> None:
    asked = Asked()
    assert not read(asked, journal, tasks(30), watching=Ending(after))
    kept = journal.ids()
    assert after <= len(kept) <= after + 8
    assert set(kept) == set(asked.times)

    again = Asked()
    assert read(again, journal, tasks(30))
    assert set(again.times) == set(map(number, range(30))) - set(kept)
    assert len(journal.ids()) == 30


def test_accounts_that_are_not_asked_for_any_more_are_forgotten(journal: Journal) -> None:
    read(Asked(), journal, tasks(3))
    read(Asked(), journal, tasks(2))

    assert journal.ids() == (number(0), number(1))


# What accounts point at in others

OWNER, MEMBER, THIRD = number(0), number(1), number(2)


def key(account: str, id: str = "k", **answers: object) -> Collected:
    address = KEY.format(account=account, id=id)
    return Collected("kms.key", address, "eu-central-1", answers={"arn": address, **answers})


def bucket(name: str, **answers: object) -> Collected:
    return Collected("s3.bucket", f"arn:aws:s3:::{name}", "eu-central-1", answers={"name": name, **answers})


def account(id: str, *resources: Collected) -> AccountSnapshot:
    return AccountSnapshot(id=id, types=TYPES, resources=resources, calls={"kms.ListKeys": 1})


def test_what_another_account_points_at_is_asked_where_it_is(journal: Journal) -> None:
    """A member's trail delivers to a bucket of the log archive, whose key is in a third account."""
    whole = bucket("central", policy={"Statement": []}, encryption={"Rules": []})

    def answer(task: AccountTask) -> Reading:
        if task.wishes.wanted:
            wanted = {
                OWNER: (account(OWNER, whole), frozenset({KEY.format(account=THIRD, id="k")})),
                THIRD: (account(THIRD, key(THIRD, policy={}, key={})), frozenset[str]()),
            }
            found, mentioned = wanted[task.id]
            return reading_of(found, mentioned=mentioned)
        if task.id == MEMBER:
            return reading_of(account(MEMBER), mentioned=frozenset({"arn:aws:s3:::central"}))
        return reading_of(account(task.id, bucket("central")) if task.id == OWNER else account(task.id))

    asked = Asked(answer)
    assert read(asked, journal, tasks(3))

    assert asked.times == {OWNER: 2, MEMBER: 1, THIRD: 2}
    wanted = {task.id: task.wishes.wanted for task in asked.tasks if task.wishes.wanted}
    assert wanted == {OWNER: {"arn:aws:s3:::central"}, THIRD: {KEY.format(account=THIRD, id="k")}}
    assert journal.read(OWNER).resources == (whole,)
    assert journal.read(OWNER).calls == {"kms.ListKeys": 2}
    assert [one.answers["policy"] for one in journal.read(THIRD).resources] == [{}]


def test_what_was_read_already_is_not_asked_again(journal: Journal) -> None:
    def answer(task: AccountTask) -> Reading:
        found = account(task.id, bucket("central", policy={}, versioning={}) if task.id == OWNER else key(task.id))
        return reading_of(found, mentioned=frozenset({"arn:aws:s3:::central", "arn:aws:s3:::of-nobody"}))

    asked = Asked(answer)
    assert read(asked, journal, tasks(3))
    assert max(asked.times.values()) == 1


def test_what_is_never_found_is_asked_for_once(journal: Journal) -> None:
    address = KEY.format(account=OWNER, id="gone")

    def answer(task: AccountTask) -> Reading:
        return reading_of(account(task.id), mentioned=frozenset({address}))

    asked = Asked(answer)
    assert read(asked, journal, tasks(2))
    assert asked.times == {OWNER: 2, MEMBER: 1}


def test_an_account_that_failed_is_not_asked_for_what_others_point_at(journal: Journal) -> None:
    def answer(task: AccountTask) -> Reading:
        if task.id == OWNER:
            return reading_of(AccountSnapshot(id=OWNER, failed=refusal(DENIED, "sts.AssumeRole")))
        return reading_of(account(task.id), mentioned=frozenset({KEY.format(account=OWNER, id="k")}))

    asked = Asked(answer)
    assert read(asked, journal, tasks(2))
    assert max(asked.times.values()) == 1


def test_a_second_reading_that_fails_keeps_the_first_and_says_so(journal: Journal) -> None:
    address = KEY.format(account=OWNER, id="k")

    def answer(task: AccountTask) -> Reading:
        if task.wishes.wanted:
            return reading_of(AccountSnapshot(id=task.id, failed=refusal(EXPIRED, "sts.AssumeRole")))
        return reading_of(account(task.id, bucket("b")), mentioned=frozenset({address} if task.id == MEMBER else ()))

    assert read(Asked(answer), journal, tasks(2))

    found = journal.read(OWNER)
    assert found.failed is None
    assert found.resources == (bucket("b"),)
    assert [(one.about, one.refusal.kind) for one in found.unlisted] == [(address, EXPIRED)]
    assert journal.finished() == {MEMBER}


def test_an_interruption_in_the_second_round_loses_nothing(journal: Journal) -> None:
    def answer(task: AccountTask) -> Reading:
        found = account(task.id, *([key(OWNER, policy={})] if task.wishes.wanted else []))
        return reading_of(found, mentioned=frozenset({KEY.format(account=OWNER, id="k")} if task.id == MEMBER else ()))

    class Late(Watching):
        """Over once the second round begins."""

        def __init__(self) -> None:
            self._is_over = False

        def reading(self, done: int, total: int, under_way: int) -> None:  # noqa: ARG002 - the base's signature
            self._is_over = total == 1

        @property
        def is_over(self) -> bool:
            return self._is_over

    late = Late()
    assert not read(Asked(answer), journal, tasks(2), watching=late)
    asked = Asked(answer)
    assert read(asked, journal, tasks(2))
    assert set(asked.times) <= {OWNER}
    assert [one.type for one in journal.read(OWNER).resources] == ["kms.key"]


# Two readings of one account


def test_an_answer_counts_more_than_a_refusal() -> None:
    first = account(OWNER, changed(key(OWNER, key={"a": 1}), refused={"policy": refusal(), "rotation": refusal()}))
    second = account(OWNER, changed(key(OWNER, policy={"b": 2}), refused={"key": refusal(), "grants": refusal()}))

    (found,) = merged(first, second).resources

    assert found.answers == {"arn": found.address, "key": {"a": 1}, "policy": {"b": 2}}
    assert set(found.refused) == {"rotation", "grants"}


def test_what_both_say_is_said_once() -> None:
    unlisted = Unlisted(("kms.key",), "eu-central-1", refusal())
    first = changed(account(OWNER), unlisted=(unlisted,), missing=("a", key(OWNER).address))
    second = changed(account(OWNER, key(OWNER)), unlisted=(unlisted,), missing=("b",), ended="2027-01-31T12:00:00Z")

    found = merged(first, second)

    assert found.unlisted == (unlisted,)
    assert found.missing == ("a", "b")
    assert found.ended == "2027-01-31T12:00:00Z"
    assert found.calls == {"kms.ListKeys": 2}

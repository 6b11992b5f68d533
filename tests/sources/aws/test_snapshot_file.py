"""Snapshots as files: what is written is read back, and whatever a file holds ends in a message."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots import full, small

from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.snapshot import AccountSnapshot, Collected, Refusal, Snapshot, Unlisted
from guardrails.sources.aws.snapshot_file import GZIP, PLAIN, ZSTANDARD, SnapshotError
from guardrails.sources.aws.snapshot_json import MOST_NESTED, account_from_json, account_of, account_to_json, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = Snapshot(accounts=(), taken="2027-01-31T12:00:00Z", program="0.1.0", policies=("TRAIL-001",))
FORMS = (PLAIN, GZIP, ZSTANDARD)


def written(accounts: Iterable[AccountSnapshot], form: str = PLAIN, head: Snapshot = HEAD) -> bytes:
    stream = io.BytesIO()
    snapshot_file.write(stream, form, head, map(text_of, accounts))
    return stream.getvalue()


def loaded(data: bytes) -> tuple[Snapshot, list[AccountSnapshot]]:
    accounts: list[AccountSnapshot] = []
    return snapshot_file.read(io.BytesIO(data), accounts.append), accounts


def refused(data: bytes) -> str:
    with pytest.raises(SnapshotError) as caught:
        loaded(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def document(**changes: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written([small()]))
    found.update(changes)
    return {name: value for name, value in found.items() if value is not ...}


def text(**changes: object) -> bytes:
    return json.dumps(document(**changes)).encode()


# There and back


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("accounts", [(), (small(),), (full(), small("222233334444"))], ids=len)
def test_what_is_written_is_read_back(form: str, accounts: tuple[AccountSnapshot, ...]) -> None:
    head, found = loaded(written(accounts, form))

    assert found == list(accounts)
    assert head == HEAD


def test_every_field_of_a_snapshot_is_written() -> None:
    """Also one that will be added."""
    whole = full()
    resource, unlisted, refusal = whole.resources[0], whole.unlisted[0], whole.failed

    for record in (whole, resource, unlisted, refusal):
        assert record is not None
        for name in record._fields:
            assert getattr(record, name) not in ("", (), {}, None, frozenset()), f"{name}: set it in `full`"
    assert account_from_json(json.loads(text_of(whole))) == whole
    assert set(account_to_json(whole)) == set(AccountSnapshot._fields)
    assert set(Collected._fields) | set(Unlisted._fields) | set(Refusal._fields) <= set(_names(account_to_json(whole)))


def _names(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _names(item)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), VALUES, max_size=4), st.sampled_from(FORMS))
def test_answers_of_any_kind_are_read_back(answers: dict[str, object], form: str) -> None:
    account = AccountSnapshot(id="111122223333", resources=(Collected("a.b", "arn:x", "", answers=answers),))

    assert loaded(written([account], form))[1] == [account]


NAMES = st.text(min_size=1)
REFUSALS = st.builds(
    Refusal,
    operation=st.text(),
    action=st.text(),
    kind=st.sampled_from(["denied", "throttled", "failed", "expired"]),
    code=st.text(),
    message=st.text(),
    region=st.text(),
)
RESOURCES = st.builds(
    Collected,
    type=NAMES,
    address=NAMES,
    region=st.text(),
    account=st.text(),
    answers=st.dictionaries(st.text(), VALUES, max_size=2),
    refused=st.dictionaries(st.text(), REFUSALS, max_size=2),
)
UNLISTED = st.builds(
    Unlisted, types=st.lists(NAMES, max_size=2).map(tuple), region=st.text(), refusal=REFUSALS, about=st.text()
)
TEXTS = st.lists(st.text(), max_size=2).map(tuple)
ACCOUNTS = st.builds(
    AccountSnapshot,
    id=st.from_regex(r"[0-9]{12}", fullmatch=True),
    name=st.text(),
    partition=NAMES,
    regions=TEXTS,
    left_out=st.dictionaries(st.text(), st.text(), max_size=2),
    unasked=TEXTS,
    types=st.frozensets(st.text(), max_size=2),
    resources=st.lists(RESOURCES, max_size=2).map(tuple),
    unlisted=st.lists(UNLISTED, max_size=2).map(tuple),
    missing=TEXTS,
    organization_id=st.text(),
    management_account=st.text(),
    organization_unknown=st.none() | REFUSALS,
    began=st.text(),
    ended=st.text(),
    calls=st.dictionaries(st.text(), st.integers(0, 10**9), max_size=2),
    failed=st.none() | REFUSALS,
)


@settings(max_examples=60, deadline=None)
@given(ACCOUNTS)
def test_any_account_is_read_back(account: AccountSnapshot) -> None:
    assert loaded(written([account]))[1] == [account]
    assert account_of(text_of(account)) == account


def test_equal_snapshots_are_equal_files() -> None:
    for form in FORMS:
        assert written([small()], form) == written([small()], form)


def test_a_line_is_an_account() -> None:
    lines = written([small(), full("222233334444")]).splitlines()

    assert len(lines) == 4
    assert json.loads(lines[1].rstrip(b",")) == account_to_json(small())
    assert lines[0].startswith(b'{"format":"guardrails.aws.snapshot","version":1,')


@pytest.mark.parametrize("indent", [None, 0, 4])
@pytest.mark.parametrize("sort", [False, True])
def test_how_the_json_is_laid_out_does_not_matter(indent: int | None, *, sort: bool) -> None:
    data = json.dumps(document(), indent=indent, sort_keys=sort, ensure_ascii=False).encode("utf-8-sig")

    assert loaded(data) == (HEAD, [small()])


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 64])
def test_how_the_file_arrives_does_not_matter(pieces: int) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - the base's signature
            return super().read(pieces)

    for form in FORMS:
        accounts: list[AccountSnapshot] = []
        head = snapshot_file.read(Slow(written([small(), full("222233334444")], form)), accounts.append)
        assert (head, len(accounts)) == (HEAD, 2)


def test_files_of_other_tools_are_read() -> None:
    plain = written([small()])

    assert loaded(gzip.compress(plain[:100]) + gzip.compress(plain[100:]))[1] == [small()]
    assert loaded(zstandard.compress(plain[:100]) + zstandard.compress(plain[100:]))[1] == [small()]


def test_the_names_of_files_say_the_form() -> None:
    assert snapshot_file.form_of("a/b.json.zst") == ZSTANDARD
    assert snapshot_file.form_of("B.JSON.GZ") == GZIP
    assert snapshot_file.form_of("snapshot.json") == PLAIN
    assert snapshot_file.form_of("snapshot.zst") is None


def test_what_is_not_known_is_passed_over() -> None:
    found = document(later={"any": "thing"})
    found["accounts"][0]["later"] = 1
    found["accounts"][0]["resources"][0]["later"] = [None]

    assert loaded(json.dumps(found).encode())[1] == [small()]


# What is no snapshot


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"   ", "a JSON object is expected"),
        (b"[]", "a JSON object is expected"),
        (b"resource {}", "a JSON object is expected"),
        (b"\xff\xfe{", "no UTF-8"),
        (b"{}", "it does not say"),
        (b'{"format": "terraform"}', "it does not say"),
        (b'{"Records": []}', "it does not say"),
        (b'{"format": "guardrails.aws.snapshot"}', "it does not say its version"),
        (b'{"format": "guardrails.aws.snapshot", "version": "1"}', "it does not say its version"),
        (b'{"format": "guardrails.aws.snapshot", "version": true}', "it does not say its version"),
        (b'{"format": "guardrails.aws.snapshot", "version": 2}', "and this guardrails reads version 1; a newer"),
        (b'{"format": "guardrails.aws.snapshot", "version": 0}', "; take a new one"),
        (b'{"format": "guardrails.aws.snapshot", "version": 1}', "`accounts` is missing"),
        (b'{"format": "guardrails.aws.snapshot", "version": 1, "accounts": {}}', "`accounts` is no list"),
        (b'{"format": "guardrails.aws.snapshot", "version": 1, "accounts": [1]}', "accounts[0]: an object is expected"),
        (b'{"version": 1, "version": 1}', "`version` is there twice"),
        (b'{"accounts": [], "accounts": []}', "`accounts` is there twice"),
        (b'{"version": 1,}', "no JSON"),
        (b'{"version" 1}', "no JSON"),
        (b'{version: 1}', "no JSON"),
        (b'{"version": 1} {}', "something stands behind"),
        (b'{"version": NaN}', "NaN is no value of JSON"),
        (b'{"version": 1e999}', "is too large"),
        (b'{"version": ' + b"1" * 5000 + b"}", "no JSON"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b'{"a":' * 100_000, "nested too deeply"),
        (b"\x1f\x8b" + b"x" * 100, "the compression is broken"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 100, "the compression is broken"),
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_refused_in_a_line(data: bytes, said: str) -> None:
    assert said in refused(data)
    if not data.startswith((b"\x1f", b"\x28")) and data:
        assert said in refused(zstandard.compress(data))
        assert said in refused(gzip.compress(data))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": 111122223333}, "accounts[0].id: a text is expected here, not such a number"),
        ({"id": "1111"}, "accounts[0].id: `1111` is no account id"),
        ({"id": ...}, "accounts[0]: `id` is missing"),
        ({"regions": "eu-central-1"}, "accounts[0].regions: a list is expected here, not a text"),
        ({"regions": [None]}, "accounts[0].regions[0]: a text is expected here, not `null`"),
        ({"types": {"a": 1}}, "accounts[0].types: a list is expected here, not an object"),
        ({"left_out": {"eu-west-1": True}}, "accounts[0].left_out.eu-west-1: a text is expected here, not a truth"),
        ({"calls": {"a": -1}}, "accounts[0].calls.a: a number of requests"),
        ({"calls": {"a": 1.5}}, "accounts[0].calls.a: a number of requests"),
        ({"resources": [[]]}, "accounts[0].resources[0]: an object is expected here, not a list"),
        ({"resources": [{"type": "a.b", "answers": {}}]}, "accounts[0].resources[0]: `address` is missing"),
        (
            {"resources": [{"type": "a", "address": "", "answers": {}}]},
            "resources[0].address: a text that is not empty",
        ),
        ({"resources": [{"type": "", "address": "b", "answers": {}}]}, "resources[0].type: a text that is not empty"),
        ({"resources": [{"type": "a", "address": "b", "answers": []}]}, "resources[0].answers: an object is expected"),
        (
            {"resources": [{"type": "a", "address": "b", "refused": {"x": {"kind": "no"}}}]},
            "resources[0].refused.x.kind: `no` is none of denied, throttled, failed, expired",
        ),
        ({"failed": "no"}, "accounts[0].failed: an object is expected here, not a text"),
        ({"unlisted": [{"types": []}]}, "accounts[0].unlisted[0].refusal: an object is expected here, not `null`"),
        ({"unlisted": [{"types": [1], "refusal": {}}]}, "accounts[0].unlisted[0].types[0]: a text"),
    ],
)
def test_wrong_types_are_refused_with_their_place(change: dict[str, object], said: str) -> None:
    found = document()
    found["accounts"][0].update(change)
    found["accounts"][0] = {name: value for name, value in found["accounts"][0].items() if value is not ...}

    assert said in refused(json.dumps(found).encode())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"taken": 1}, "taken: a text is expected here"),
        ({"policies": [1]}, "policies[0]: a text is expected here"),
        ({"accounts": [account_to_json(small())] * 2}, "account 111122223333 is there twice"),
        ({"format": "other"}, "it does not say"),
    ],
)
def test_a_wrong_head_is_refused(change: dict[str, object], said: str) -> None:
    assert said in refused(text(**change))


@pytest.mark.parametrize("depth", [MOST_NESTED + 1, 500])
def test_answers_that_are_nested_without_end_are_refused(depth: int) -> None:
    nested: object = "x"
    for number in range(depth):
        nested = [nested] if number % 2 else {"a": nested}
    found = document()
    found["accounts"][0]["resources"][0]["answers"] = {"trail": nested}

    assert f"nested more than {MOST_NESTED} levels deep" in refused(json.dumps(found).encode())


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_ends_in_the_middle_is_refused_wherever_it_ends(form: str) -> None:
    data = written([small(), full("222233334444")], form)

    for length in range(1, len(data) - 12, 7):
        assert refused(data[:length])


def test_a_file_that_was_damaged_is_read_or_refused() -> None:
    for form in FORMS:
        data = bytearray(written([small()], form))
        for at in range(0, len(data), 5):
            damaged = bytes(data[:at]) + bytes([data[at] ^ 0x55]) + bytes(data[at + 1 :])
            with suppress(SnapshotError):
                assert len(loaded(damaged)[1]) == 1


# What is too much


def test_bombs_are_refused_before_they_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_file, "MOST_TEXT", 8 << 20)
    monkeypatch.setattr(snapshot_file, "MOST_OF_ACCOUNT", 4 << 20)
    blank = b'{"version":1,"accounts":[' + b" " * (24 << 20)
    long = b'{"version":1,"accounts":[{"id":"' + b"1" * (12 << 20)
    many = b'{"version":1,"accounts":[[' + b"1," * (6 << 20)

    for pack in (gzip.compress, zstandard.compress):
        assert "too much blank space" in refused(pack(blank))
        assert "has more than 4 MB" in refused(pack(long))
        assert "has more than 4 MB" in refused(pack(many))
    packed = gzip.compress(blank)
    tracemalloc.start()
    try:
        refused(packed)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_file_with_too_much_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_file, "MOST_TEXT", 1 << 20)
    accounts = (small(f"{number:012}") for number in range(5000))

    assert "GB of text" in refused(written(accounts, ZSTANDARD))


def test_too_many_accounts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_file, "MOST_ACCOUNTS", 3)

    assert len(loaded(written(small(f"{number:012}") for number in range(3)))[1]) == 3
    assert "more than 3 accounts" in refused(written(small(f"{number:012}") for number in range(4)))


def test_a_window_that_nobody_could_keep_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = packed.compress(written([small()])) + packed.flush()

    assert "the compression is broken" in refused(data)


def test_accounts_come_one_at_a_time() -> None:
    size = 200_000
    big = AccountSnapshot(id="000000000000", resources=(Collected("a.b", "x", "", answers={"text": "y" * size}),))
    one = text_of(big)
    bodies = (one.replace(b'"000000000000"', f'"{number:012}"'.encode()) for number in range(200))
    stream = io.BytesIO()
    snapshot_file.write(stream, ZSTANDARD, HEAD, bodies)
    stream.seek(0)
    seen: list[str] = []

    tracemalloc.start()
    try:
        snapshot_file.read(stream, lambda account: seen.append(account.id))
        assert tracemalloc.get_traced_memory()[1] < 40 * size
    finally:
        tracemalloc.stop()
    assert len(seen) == 200


# Without zstandard


def test_without_zstandard_the_message_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['zstandard'] = None\n"
        "from guardrails.sources.aws import snapshot_file as f\n"
        "import io\n"
        "for attempt in (lambda: f.require('zst'), lambda: f.read(io.BytesIO(bytes.fromhex('28b52ffd00')), print)):\n"
        "    try: attempt()\n"
        "    except f.SnapshotError as error: print(error)\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.count("pip install 'guardrails-audit[live]'") == 2


def test_to_read_a_plain_snapshot_imports_no_compression_and_no_botocore() -> None:
    code = (
        "import sys, io\n"
        "from guardrails.sources.aws import snapshot_file as f\n"
        "f.read(io.BytesIO(sys.stdin.buffer.read()), lambda account: None)\n"
        "print(sorted({'botocore', 'zstandard', 'gzip', 'concurrent.futures', 'sqlite3'} & set(sys.modules)))\n"
    )

    run = subprocess.run([sys.executable, "-c", code], input=written([small()]), capture_output=True, check=True)

    assert run.stdout == b"[]\n"

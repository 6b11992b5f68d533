"""`guardrails trace`: from code and calls to a chain, a table and an exit code, through the real program."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alerting import GROUP, PROVIDER, ROLE, TOPIC, TRAIL, alarm_of, filter_of, quoted

from guardrails.cli import main
from guardrails.kernel.truth import Verdict
from guardrails.trace import calls, chains, logs
from guardrails.trace.stream import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.trace.chains import Watched

SAMPLES = Path(__file__).parent / "semantics" / "monitoring" / "cloudtrail-records.json"
RECORDS: dict[str, dict[str, Any]] = json.loads(SAMPLES.read_text(encoding="utf-8"))

PATTERN = "{ ($.eventName = CreateUser) || ($.eventName = DeleteUser) }"
ALARM = alarm_of("iam")
REST = PROVIDER + GROUP + TOPIC + ROLE
RULE = """\
resource "aws_cloudwatch_event_rule" "stop" {
  name          = "stop"
  event_pattern = jsonencode({ source = ["aws.cloudtrail"], detail = { eventName = ["StopLogging"] } })
}

resource "aws_cloudwatch_event_target" "stop" {
  rule = aws_cloudwatch_event_rule.stop.name
  arn  = aws_sns_topic.alerts.arn
}
"""

Trace = Any
Document = Any


def code(pattern: str = PATTERN, *, trail: str = TRAIL, alarm: str = ALARM, more: str = "") -> str:
    return trail + filter_of("iam", f'"{pattern}"' if "${" in pattern else quoted(pattern)) + alarm + REST + more


def line_of(text: str, file: Path) -> int:
    return next(number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a trail and an alarm on new and deleted users."""
    folder = tmp_path / "code"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for variable in ("NO_COLOR", "FORCE_COLOR", "GUARDRAILS_DEBUG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    (folder / "main.tf").write_text(code())
    return folder


@pytest.fixture
def trace(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["trace", *arguments, str(here)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def document(trace: Trace) -> Callable[..., dict[str, Any]]:
    def run(*arguments: str) -> dict[str, Any]:
        code, out, _ = trace("--format", "json", *arguments)
        found: dict[str, Any] = json.loads(out)
        return {**found, "code": code}

    return run


# --- one call ---------------------------------------------------------------------------------------------------------


def test_a_call_that_is_noticed_is_drawn_with_the_place_of_each_link(here: Path, trace: Trace) -> None:
    code, out, err = trace("--event", "CreateUser")
    lines = [line.split() for line in out.splitlines()]

    assert (code, err) == (0, "")
    assert out.startswith("✓ CreateUser (iam.amazonaws.com): is noticed\n")
    for step, resource, text in (
        ("recorded", "aws_cloudtrail.main", '"aws_cloudtrail" "main"'),
        ("kept", "aws_cloudwatch_log_group.trail", '"aws_cloudwatch_log_group" "trail"'),
        ("matched", "aws_cloudwatch_log_metric_filter.iam", "pattern "),
        ("alarmed", "aws_cloudwatch_metric_alarm.iam", '"aws_cloudwatch_metric_alarm" "iam"'),
        ("told", "aws_cloudwatch_metric_alarm.iam", '"aws_cloudwatch_metric_alarm" "iam"'),
    ):
        assert [step, "✓", resource, f"main.tf:{line_of(text, here / 'main.tf')}"] in lines
    assert "`aws_sns_topic.alerts`: a topic; nobody knows whether someone has subscribed" in " ".join(out.split())


def test_a_terminal_without_unicode_gets_a_chain_in_ascii(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardrails.cli.output._can_show", lambda _: False)

    _, out, _ = trace("--event", "CreateRole")

    assert out.isascii()
    assert "x CreateRole" in out
    assert "  kept     +" in out


SILENT = "{ ($.eventName = CreateRole) }"
BROKEN: dict[str, tuple[str, str]] = {
    "recorded": (code(trail=TRAIL.replace("  is_multi", "  enable_logging = false\n  is_multi")), "enable_logging"),
    "kept": (code(trail="".join(line for line in TRAIL.splitlines(True) if "cloud_watch" not in line)), "no log group"),
    "matched": (code(SILENT), "does not match"),
    "alarmed": (
        code(alarm=ALARM.replace("threshold           = 1", "threshold           = 5")),
        "at least 5 is asked for",
    ),
    "told": (code(alarm=ALARM.replace("  statistic", "  actions_enabled = false\n  statistic")), "actions"),
}


@pytest.mark.parametrize("step", BROKEN)
def test_the_first_broken_link_is_named(step: str, here: Path, trace: Trace, document: Document) -> None:
    broken, why = BROKEN[step]
    (here / "main.tf").write_text(broken)

    found = document("--event", "CreateUser")
    way = found["traces"][0]["ways"][0]
    code, out, _ = trace("--event", "CreateUser")

    assert (found["code"], code) == (1, 1)
    assert way["breaks_at"] == step
    assert [one["outcome"] for one in way["steps"] if one["step"] == step] == ["breaks"]
    assert f"  {step:8} ✗" in out
    assert why in " ".join(out.split())
    assert "to mend it" in out
    assert found["traces"][0]["mend"]


def test_without_any_alarm_the_chain_ends_there(here: Path, document: Document) -> None:
    (here / "main.tf").write_text(code(alarm=""))

    trace = document("--event", "CreateUser")["traces"][0]

    assert trace["ways"][0]["breaks_at"] == "alarmed"
    assert trace["mend"] == "add an alarm on the metric of the filter, with an action"


def test_what_mends_a_pattern_mends_it(here: Path, document: Document) -> None:
    narrow = "{ ($.eventName = CreateUser && $.userIdentity.userName != alice) || ($.eventName = DeleteUser) }"
    (here / "main.tf").write_text(code(narrow))
    found = document("--event", "CreateUser")["traces"][0]

    assert found["outcome"] == "unseen"
    assert found["unseen"]["userIdentity"].get("userName") in (None, "alice")
    assert (
        found["mend"] == "add `|| ($.eventName = CreateUser)` to the pattern of `aws_cloudwatch_log_metric_filter.iam`"
    )

    (here / "main.tf").write_text(code(narrow[:-1] + "|| ($.eventName = CreateUser) }"))
    assert document("--event", "CreateUser")["traces"][0]["outcome"] == "noticed"


def test_a_narrowed_call_is_judged_as_it_is_narrowed(here: Path, trace: Trace) -> None:
    (here / "main.tf").write_text(code("{ ($.eventName = CreateUser) && ($.userIdentity.type = Root) }"))

    assert trace("--event", "CreateUser")[0] == 1
    assert trace("--event", "CreateUser", "--set", "userIdentity.type=Root")[0] == 0
    assert trace("--event", "CreateUser", "--set", "userIdentity.type=IAMUser")[0] == 1


def test_an_event_rule_is_followed_to_its_target(here: Path, document: Document) -> None:
    (here / "main.tf").write_text(code(more=RULE))

    way = next(
        way for way in document("--event", "StopLogging")["traces"][0]["ways"] if way["mechanism"] == "event rule"
    )

    assert [step["step"] for step in way["steps"]] == ["recorded", "arrived", "matched", "told"]
    assert way["breaks_at"] == "told"  # A topic without a policy takes nothing from EventBridge.


def test_a_variable_without_value_leaves_it_open_and_a_value_settles_it(here: Path, trace: Trace) -> None:
    (here / "main.tf").write_text(code("${var.pattern}") + 'variable "pattern" {}\n')

    code_, out, _ = trace("--event", "CreateUser")

    assert code_ == 3
    assert "not known whether anybody is told" in out
    assert "--var pattern=" in " ".join(out.split())
    assert trace("--event", "CreateUser", "--var", f"pattern={PATTERN}")[0] == 0


def test_a_module_that_was_not_read_may_notice_what_nothing_here_notices(here: Path, trace: Trace) -> None:
    (here / "main.tf").write_text(VARIANTS["hidden"])

    code_, out, _ = trace("--event", "CreateRole")

    assert code_ == 3
    assert "open because module `more` (terraform-aws-modules/cloudwatch/aws) is not downloaded" in " ".join(
        out.split()
    )
    assert trace("--event", "CreateUser")[0] == 0


def test_what_is_found_to_be_wrong_on_the_way_makes_it_incomplete(here: Path, trace: Trace) -> None:
    (here / "main.tf").write_text(
        code(alarm=ALARM.replace("threshold           = 1", 'threshold           = max("x")'))
    )

    code_, out, _ = trace("--event", "CreateUser")

    assert code_ == 3
    assert "Not read" in out
    assert f"main.tf:{line_of('threshold', here / 'main.tf')}" in out


def test_without_a_trail_nothing_is_guessed(here: Path, trace: Trace) -> None:
    (here / "main.tf").write_text(REST)

    code, out, _ = trace("--event", "CreateUser")

    assert code == 3
    assert "no trail is made here; one may be made elsewhere" in " ".join(out.split())


def test_a_state_is_traced_like_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trail = {"name": "main", "s3_bucket_name": "b", "enable_logging": True, "is_multi_region_trail": True}
    resource = {
        "address": "aws_cloudtrail.main",
        "mode": "managed",
        "type": "aws_cloudtrail",
        "name": "main",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": {**trail, "include_global_service_events": True, "cloud_watch_logs_group_arn": ""},
    }
    shown = {
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": {"root_module": {"resources": [resource]}},
    }
    (tmp_path / "state.json").write_text(json.dumps(shown))

    code = main(["trace", "--event", "CreateUser", "--format", "json", str(tmp_path / "state.json")])
    found = json.loads(capsys.readouterr().out)

    assert code == 1
    assert found["targets"][0]["source"] == "terraform-state"
    assert found["traces"][0]["ways"][0]["breaks_at"] == "kept"


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say what to trace"),
        (("--event", "CreateUser", "--scenario", "root-use"), "--event and --scenario ask for different things"),
        (("--event", "CreateUserr"), "did you mean `CreateUser`?"),
        (("--event", "Frobnicate"), "any other is traced with --source"),
        (("--event", "DeletePolicy"), "--source iam.amazonaws.com or --source organizations.amazonaws.com"),
        (("--scenario", "iam-policy-chnge"), "did you mean `iam-policy-change`?"),
        (("--event", "CreateUser", "--set", "userIdentity.type"), "write FIELD=VALUE"),
        (("--event", "CreateUser", "--source", "."), "is a folder, not the service of a call"),
        (("--source", "iam", "--scenario", "root-use"), "--source says whose call --event names"),
        (("--record", "no-such.json"), "there is no file or folder `no-such.json`"),
        (("--log", "main.tf", "--set", "a=b"), "--set narrows --event or --scenario"),
    ],
)
def test_wrong_questions_are_told_before_anything_is_read(arguments: tuple[str, ...], said: str, trace: Trace) -> None:
    code, out, err = trace(*arguments)

    assert (code, out) == (2, "")
    assert said in err


def test_a_call_that_nobody_knows_is_traced_with_its_source(trace: Trace) -> None:
    assert trace("--event", "Frobnicate", "--source", "iam")[0] == 1
    assert trace("--event", "DeletePolicy", "--source", "iam")[0] == 1


def test_every_call_of_the_table_belongs_to_one_kind() -> None:
    from guardrails.trace.event_names import READS, WRITES

    for source, names in READS.items():
        assert not set(names) & set(WRITES.get(source, ()))
        assert len(set(names)) == len(names)
    assert all(source.endswith(".amazonaws.com") for source in (*READS, *WRITES))


def test_a_scenario_lists_its_calls_unseen_first(trace: Trace, document: Document) -> None:
    code, out, _ = trace("--scenario", "iam-identity-change")
    found = document("--scenario", "iam-identity-change")
    marks = [line.split()[0] for line in out.splitlines() if line.startswith(("  ✗ ", "  ✓ "))][: len(found["traces"])]

    assert code == 1
    assert {one["event"] for one in found["traces"] if one["outcome"] == "noticed"} == {"CreateUser", "DeleteUser"}
    assert marks == ["✗"] * found["summary"]["unseen"] + ["✓"] * 2
    assert "matches 2 of 14 calls of iam-identity-change" in " ".join(out.split())


# --- records and logs -------------------------------------------------------------------------------------------------


def write_log(folder: Path, *names: str, times: int = 1) -> Path:
    """A log as CloudTrail delivers it: a file for each name, with the sample of that name `times` over."""
    for number, name in enumerate(names):
        file = folder / "AWSLogs" / "111122223333" / f"{number}.json.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(json.dumps({"Records": [RECORDS[name]] * times}).encode()))
    return folder


def of_call(name: str) -> str:
    return next(key for key, record in RECORDS.items() if record.get("eventName") == name and "errorCode" not in record)


def test_a_record_is_shown_with_its_chain(tmp_path: Path, trace: Trace) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(RECORDS[of_call("DeleteUser")]))

    code, out, _ = trace("--record", str(file))

    assert code == 0
    assert "is noticed" in out
    assert "the account of the code is not known, so the records are taken to be of it" in " ".join(out.split())


@pytest.mark.parametrize("wrapped", ["list", "Records", "detail", "lookup", "lines", "export", "gzip"])
def test_records_come_in_many_wrappings(wrapped: str, tmp_path: Path, trace: Trace) -> None:
    first, second = RECORDS[of_call("DeleteUser")], RECORDS[of_call("CreateUser")]
    both = [first, second]
    texts = {
        "list": json.dumps(both),
        "Records": json.dumps({"Records": both}, indent=1),
        "detail": json.dumps([{"detail-type": "AWS API Call via CloudTrail", "detail": one} for one in both]),
        "lookup": json.dumps({"Events": [{"EventName": "x", "CloudTrailEvent": json.dumps(one)} for one in both]}),
        "lines": "\n".join(json.dumps(one) for one in both),
        "export": "\n".join(f"2026-03-04T10:00:00.000Z {json.dumps(one)}" for one in both),
        "gzip": json.dumps({"Records": both}),
    }
    data = texts[wrapped].encode()
    file = tmp_path / "log.json"
    file.write_bytes(gzip.compress(data) if wrapped == "gzip" else data)

    code, out, err = trace("--log", str(file))

    assert (code, err) == (0, "")
    assert "2 records: 0 unseen · 0 unknown · 2 noticed" in out


def test_a_log_ends_in_a_table_with_the_unseen_first(tmp_path: Path, trace: Trace, document: Document) -> None:
    names = [of_call(name) for name in ("CreateUser", "StopLogging", "ListUsers", "GetObject")]
    log = str(write_log(tmp_path / "log", *names, times=3))

    code, out, _ = trace("--log", log)
    found = document("--log", log)
    rows = [(row["event"], row["outcome"], row["breaks_at"], row["count"], row["by"]) for row in found["table"]]

    assert (code, found["code"]) == (1, 1)
    assert rows == [
        ("StopLogging", "unseen", "matched", 3, []),
        ("ListUsers", "unseen", "matched", 3, []),
        ("GetObject", "unseen", "recorded", 3, []),
        ("CreateUser", "noticed", "", 3, ["aws_cloudwatch_log_metric_filter.iam"]),
    ]
    assert found["table"][0]["first"]["record"] == 1
    assert found["summary"] == {"noticed": 3, "unseen": 9, "unknown": 0, "records": 12}
    shown = out.index("StopLogging"), out.index("ListUsers"), out.index("CreateUser")
    assert list(shown) == sorted(shown)
    assert "12 records: 9 unseen · 0 unknown · 3 noticed" in out


def test_records_of_another_account_are_not_recorded_here(here: Path, tmp_path: Path, document: Document) -> None:
    log = str(write_log(tmp_path / "log", of_call("CreateUser")))

    def counted(number: str) -> dict[str, int]:
        (here / "guardrails.toml").write_text(f'[account]\nid = "{number}"\n')
        summary: dict[str, int] = document("--log", log)["summary"]
        return summary

    assert counted("111122223333")["noticed"] == 1
    assert counted("999988887777")["unseen"] == 1


VARIANTS = {
    "plain": code(more=RULE),
    "narrow": code(
        '{ ($.userIdentity.type = "Root") || ($.errorCode = "*Unauthorized*") || ($.eventName = %Delete%) }'
    ),
    "unknown": code("${var.pattern}", more=RULE) + 'variable "pattern" {}\n',
    "one of two": code('${var.wide ? "{ $.eventName = Delete* }" : "DeleteUser"}') + 'variable "wide" {}\n',
    "terms": code("DeleteUser"),
    "hidden": code(more='module "more" {\n  source = "terraform-aws-modules/cloudwatch/aws"\n}\n'),
    "dimensions": code("{ $.eventName = * }").replace(
        "    value     = ", '    dimensions = { Region = "$.awsRegion" }\n    value     = '
    ),
    "selected": code(
        trail=TRAIL.replace(
            "  is_multi",
            '  event_selector {\n    read_write_type = "WriteOnly"\n'
            '    data_resource {\n      type = "AWS::S3::Object"\n      values = ["arn:aws:s3"]\n    }\n  }\n'
            "  is_multi",
        ),
        more=RULE.replace(
            "  name          =", '  state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"\n  name          ='
        ),
    ),
    "forwarded": code(
        more=RULE
        + 'resource "aws_cloudwatch_event_bus" "audit" {\n  name = "audit"\n}\n'
        + RULE.replace('"stop"', '"on"')
        .replace(".stop.", ".on.")
        .replace("sns_topic.alerts", "cloudwatch_event_bus.audit")
        + RULE.replace('"stop"', '"there"')
        .replace(".stop.", ".there.")
        .replace("  event_pattern", "  event_bus_name = aws_cloudwatch_event_bus.audit.name\n  event_pattern"),
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_log_is_judged_as_its_records_are_one_by_one(variant: str, here: Path) -> None:
    (here / "main.tf").write_text(VARIANTS[variant])
    watched = opened(here)
    tally = Tally(watched)
    for _ in range(2):  # The second time answers are remembered.
        for name, record in RECORDS.items():
            alone = chains.of_record(watched, calls.of_record(record), "")
            together = tally.add(record, name, 1)
            assert together.truth.verdict is alone.truth.verdict, name
            assert set(together.by) == {
                step.what for one in alone.by for step in one.path.steps if step.name == "matched"
            }
    assert sum(row.count for row in tally.rows()) == 2 * len(RECORDS)
    assert sum(map(tally.count, Verdict)) == tally.records


def opened(folder: Path) -> list[Watched]:
    from guardrails import plugins
    from guardrails.run import Request, Scan, worlds

    found = worlds(Request(paths=(str(folder),)), plugins.load(), Scan())
    return [chains.Watched(world.deployment.target, "terraform", world.account) for world in found]


# --- hostile logs -----------------------------------------------------------------------------------------------------

WHOLE = json.dumps({"Records": [RECORDS[of_call("CreateUser")]] * 3}).encode()
HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 0, "the file is empty"),
    "no JSON": (b"hello", 0, "no JSON"),
    "cut": (WHOLE[:-100], 2, "the file ends in the middle"),
    "cut gzip": (gzip.compress(WHOLE * 50)[:-10], 3, "the compressed data ends in the middle"),
    "damaged gzip": (gzip.compress(WHOLE)[:60] + b"\x00" * 60, 0, "the compressed data"),
    "no objects": (b'{"Records": [1, null, "x", [], true, {}]}', 0, "a CloudTrail record is an object"),
    "nested": (WHOLE[:-2] + b', {"eventName": ' + b"[" * 100_000, 3, "nested too deeply"),
    "all brackets": (b"[" * 1_000_000, 0, "nested too deeply"),
    "no UTF-8": (WHOLE.replace(b"us-east-1", b"us-\xff", 1), 3, "no UTF-8"),
    "long number": (WHOLE[:-2] + b', {"eventName": ' + b"9" * 5_000 + b"}]}", 3, "no JSON"),
    "nothing known": (b'{"a": {"b": 1}}', 0, "no CloudTrail record"),
    "endless": (b'{"Records": [' + b"{}," * 20_000 + b"{}]}", 0, "more than 10,000 entries are no CloudTrail records"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_wrong_with_a_file_is_told_and_the_rest_is_judged(kind: str, tmp_path: Path, trace: Trace) -> None:
    data, good, said = HOSTILE[kind]
    log = write_log(tmp_path / "log", of_call("DeleteUser"), times=2)
    (log / "bad.json").write_bytes(data)

    code, out, err = trace("--log", str(log))

    assert (code, err) == (3, "")
    assert f"{2 + good} records: " in out
    assert "bad.json" in out.replace("\n      ", "").replace("\n    ", "")
    assert said in " ".join(out.split())


def test_fields_of_the_wrong_kind_are_judged_as_they_are(tmp_path: Path, trace: Trace) -> None:
    records: list[dict[str, Any]] = [
        {"eventName": ["CreateUser"], "eventSource": {"a": 1}, "userIdentity": "x", "resources": [1, {"type": []}]},
        {"eventName": None, "readOnly": "maybe", "awsRegion": 7, "recipientAccountId": [], "tlsDetails": []},
        {"eventName": "\x1b[31mred\u202e", "eventSource": "\ud800"},
    ]
    file = tmp_path / "odd.json"
    file.write_text(json.dumps({"Records": records}))

    code, out, err = trace("--log", str(file))

    assert code in (1, 3)
    assert err == ""
    assert "3 records" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert trace("--record", str(file))[0] in (1, 3)


def test_a_record_longer_than_any_is_a_limit_and_the_rest_is_judged(
    tmp_path: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SMALL", 10_000)
    monkeypatch.setattr(logs, "LONGEST_RECORD", 50_000)
    log = write_log(tmp_path / "log", of_call("DeleteUser"))
    (log / "long.json").write_bytes(WHOLE[:-2] + b', {"eventName": "' + b"x" * 2_000_000 + b'"}]}')

    found = document("--log", str(log))

    assert found["code"] == 3
    assert found["summary"]["noticed"] == 4
    assert [(gap["why"], Path(gap["file"]).name) for gap in found["gaps"]] == [("LIMIT", "long.json")]


def test_a_large_file_is_read_as_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tracemalloc

    monkeypatch.setattr(logs, "SMALL", 100_000)
    file = tmp_path / "large.json.gz"
    file.write_bytes(gzip.compress(json.dumps({"Records": list(RECORDS.values()) * 100}, indent=1).encode(), 1))
    faults: list[logs.Fault] = []

    tracemalloc.start()
    count = sum(1 for _ in logs.records_in(str(file), faults.append))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (count, faults) == (100 * len(RECORDS), [])
    assert peak < 6_000_000  # of some 25 MB of text


def test_a_folder_without_logs_is_incomplete(tmp_path: Path, trace: Trace) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("nothing")

    code, out, _ = trace("--log", str(tmp_path / "notes"))

    assert code == 3
    assert "no log files in there" in " ".join(out.split())


def test_digest_files_are_no_records(tmp_path: Path, trace: Trace) -> None:
    log = write_log(tmp_path / "log", of_call("DeleteUser"))
    (log / "digest.json").write_text(
        '{"digestStartTime": "2026-03-04T10:00:00Z", "digestS3Bucket": "b", "logFiles": []}'
    )

    assert trace("--log", str(log))[0] == 0


# --- the document -----------------------------------------------------------------------------------------------------


def test_the_document_has_the_same_shape_for_every_question(tmp_path: Path, document: Document) -> None:
    log = str(write_log(tmp_path / "log", of_call("CreateUser")))
    keys = ["version", "tool", "targets", "traces", "table", "summary", "gaps", "notices", "code"]

    for arguments in (("--event", "CreateUser"), ("--scenario", "root-use"), ("--log", log)):
        found = document(*arguments)
        assert list(found) == keys
        assert found["version"] == 1


def test_sensitive_values_are_shown_nowhere(here: Path, trace: Trace) -> None:
    secret = "{ ($.eventName = CANARY) }"
    variable = f'variable "pattern" {{\n  sensitive = true\n  default   = "{secret}"\n}}\n'
    (here / "main.tf").write_text(code("${var.pattern}") + variable)

    for form in ("text", "json"):
        code_, out, _ = trace("--event", "CreateUser", "--format", form, "--verbose")
        assert code_ == 1
        assert "CANARY" not in out


# --- several deployments ----------------------------------------------------------------------------------------------


def test_each_deployment_is_traced_by_itself(here: Path, tmp_path: Path, trace: Trace, document: Document) -> None:
    for name, pattern in (("dev", SILENT), ("prod", PATTERN)):
        (here / name).mkdir()
        (here / name / "main.tf").write_text(code(pattern))
    (here / "main.tf").unlink()

    code_, out, _ = trace("--event", "CreateUser")
    found = document("--event", "CreateUser")

    assert (code_, found["code"]) == (1, 1)
    assert {Path(one["target"]).name: one["outcome"] for one in found["traces"]} == {"dev": "unseen", "prod": "noticed"}
    assert "✗ CreateUser (iam.amazonaws.com) in dev: reaches nobody" in out
    # A record is of one account only, and nothing says of which.
    log = document("--log", str(write_log(tmp_path / "log", of_call("CreateUser"))))
    assert log["summary"]["noticed"] == 1
    assert "a record counts as noticed if one of the 2 deployments notices it" in log["notices"]

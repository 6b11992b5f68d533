"""Configuration files: where they are looked for, what they may say, and how each mistake is reported."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest

from guardrails.config import Config, find, read
from guardrails.errors import ConfigError, UsageError
from guardrails.hookspecs import Assignment, ValuesFile
from guardrails.model import LogGroup
from guardrails.policy import Check, Policy, Settings, Severity, policy, require
from guardrails.selection import choose, in_toml, type_in_words
from guardrails.selection import find as find_policy
from guardrails.semantics.fields import ABSENT, like
from guardrails.semantics.scenario import own_scenario

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Days:
    required_days: int = 365
    trusted: tuple[str, ...] = ()
    strict: bool = False
    mode: Literal["hot", "cold"] = "hot"
    share: float = 0.5

    def __post_init__(self) -> None:
        if self.required_days < 0:
            raise ValueError("a time cannot be negative")


class MoreDays(Settings):
    required_days: int = 90


@policy("KEEP-001", on=LogGroup, severity=Severity.MEDIUM, since="1", aliases=("KEEP-OLD",))
def group_expiring_early(group: LogGroup, days: Days) -> Check:
    """A group that forgets."""
    return require(group.name.equals(days.required_days), "forgets")


@policy("KEEP-002", on=LogGroup, severity=Severity.LOW, since="1")
def group_expiring_soon(group: LogGroup, days: MoreDays) -> Check:
    """A group that forgets soon."""
    return require(group.name.equals(days.required_days), "forgets soon")


@policy("NAME-001", on=LogGroup, severity=Severity.INFO, since="1", enabled=False)
def group_without_name(group: LogGroup) -> Check:
    """A group without a name."""
    return require(group.name.is_set(), "has no name")


POLICIES: tuple[Policy[Any], ...] = (group_expiring_early, group_expiring_soon, group_without_name)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(here: Path, text: str, *, trusted: bool = True) -> Config:
    file = here / "guardrails.toml"
    file.write_text(text)
    return read(file, trusted=trusted)


def ids(chosen: tuple[Policy[Any], ...]) -> list[str]:
    return [policy.id for policy in chosen]


# What can be said


def test_all_that_can_be_said(here: Path) -> None:
    (here / "prod.tfvars").write_text("")
    config = written(
        here,
        """
        policies = ["rules"]
        select = ["KEEP-*"]
        ignore = ["KEEP-002"]
        fail_on = "high"
        unknown = "fail"

        [settings]
        required_days = 400

        [policy.KEEP-001]
        severity = "critical"
        enabled = true
        strict = true

        [roles]
        audit_buckets = ["acme-logs-*"]
        audit_log_groups = ["*"]
        audit_topics = ["alerts"]
        audit_keys = ["alias/logs"]

        [terraform]
        var_files = ["prod.tfvars"]
        workspace = "prod"
        environment = true

        [terraform.variables]
        region = "eu-west-1"
        zones = ["a", "b"]

        [account]
        id = "111122223333"
        region = "eu-west-1"
        partition = "aws"
        organization_id = "o-abc"
        management_account = "444455556666"

        [[deployment]]
        name = "baseline"
        roots = ["baseline", "logging"]
        expects_trail = true

        [[elsewhere]]
        kind = "trail"
        name = "organization"
        reason = "made by the platform team"
        date = 2026-01-31
        """,
    )

    assert config.file == "guardrails.toml"
    assert config.policies == (str(here / "rules"),)
    assert (config.select, config.ignore) == (("KEEP-*",), ("KEEP-002",))
    assert (config.fail_on, config.unknown) == ("high", "fail")
    assert config.settings == {"required_days": 400}
    (entry,) = config.entries
    assert (entry.key, entry.severity, entry.enabled) == ("KEEP-001", Severity.CRITICAL, True)
    assert entry.settings == {"strict": True}
    assert config.roles["audit_buckets"] == ("acme-logs-*",)
    assert config.inputs.values == (
        ValuesFile("prod.tfvars"),
        Assignment("region", "eu-west-1"),
        Assignment("zones", ["a", "b"]),
    )
    assert (config.inputs.workspace, config.inputs.environment) == ("prod", True)
    assert config.inputs.account["organization_id"] == "o-abc"
    (deployment,) = config.deployments
    assert deployment.roots == (str(here / "baseline"), str(here / "logging"))
    assert deployment.expects_trail
    (assertion,) = config.elsewhere
    assert (assertion.kind, assertion.date, assertion.place) == ("trail", "2026-01-31", "guardrails.toml:43")


def test_scenarios_reach_policies_as_a_setting(here: Path) -> None:
    (here / "log.json").write_text('{"Records": [{"eventName": "A"}, {"eventName": "B"}]}', encoding="utf-8")
    config = written(
        here,
        """
        [[scenario]]
        name = "exports"
        match = { eventName = "Export*", "userIdentity.type" = ["Root", "IAMUser"], readOnly = true }
        absent = ["errorCode"]

        [[scenario]]
        name = "may"
        records = "log.json"
        """,
    )
    told = config.settings["own_scenarios"]
    assert isinstance(told, list)
    exports, may = map(own_scenario, told)

    (call,) = exports.calls
    assert call.record.select(("eventName",)) == like("Export*")
    assert call.record.select(("userIdentity", "type")).says() == "`Root` or `IAMUser`"
    assert call.record.select(("errorCode",)) == ABSENT
    assert [call.title for call in may.calls] == ["A", "B"]


def test_an_empty_file_says_nothing(here: Path) -> None:
    config = written(here, "")

    assert config.entries == ()
    assert config.inputs.values == ()
    assert config.fail_on == ""


def test_pyproject_holds_the_same_under_its_own_table(here: Path) -> None:
    file = here / "pyproject.toml"
    file.write_text(
        '[project]\nname = "x"\n\n[tool.guardrails]\nfail_on = "high"\n\n[tool.guardrails.roles]\naudit = 1\n'
    )

    with pytest.raises(ConfigError, match=r"pyproject\.toml:8: unknown key `audit` in `\[roles\]`"):
        read(file, trusted=True)

    file.write_text('[tool.guardrails]\nfail_on = "high"\n')
    assert read(file, trusted=True).fail_on == "high"


def test_a_pyproject_named_on_the_command_line_must_have_the_table(here: Path) -> None:
    (here / "pyproject.toml").write_text('[project]\nname = "x"\n')

    with pytest.raises(ConfigError, match=r"there is no `\[tool.guardrails\]` in it"):
        read(here / "pyproject.toml", trusted=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail_onn = 'high'", "guardrails.toml:1: unknown key `fail_onn`; did you mean `fail_on`?"),
        ("\n\nzzz = 1", "guardrails.toml:3: unknown key `zzz`"),
        ("[rules]", "guardrails.toml:1: unknown key `rules`; did you mean `roles`?"),
        (
            "[roles]\naudit_bucket = ['a']",
            "guardrails.toml:2: unknown key `audit_bucket` in `[roles]`; did you mean `audit_buckets`?",
        ),
        ("[roles]\naudit_buckets = 'a'", '2: `roles.audit_buckets`: must be a list of texts, `["…"]`, not text'),
        ("[roles]\naudit_buckets = [1]", "2: `roles.audit_buckets`: must hold only texts, not a number"),
        ("[roles]\naudit_buckets = ['']", "guardrails.toml:2: `roles.audit_buckets`: holds an empty text"),
        ("roles = 3", "guardrails.toml:1: `roles`: must be a table, `[roles]`, not a number"),
        ("fail_on = 'hihg'", "none of `info`, `low`, `medium`, `high`, `critical`, `never`; did you mean `high`?"),
        ("fail_on = true", "`fail_on`: must be text in quotes, not true or false"),
        ("unknown = 'warn'", "`unknown`: `warn` is none of `report`, `fail`"),
        ("[policy.KEEP-001]\nseverity = 'hgh'", "guardrails.toml:2: `policy.KEEP-001.severity`: `hgh` is none of"),
        ("[policy.KEEP-001]\nenabled = 'no'", "`policy.KEEP-001.enabled`: must be true or false, not text"),
        ("[policy]\nKEEP-001 = false", "`policy.KEEP-001`: must be a table, `[policy.KEEP-001]`, not true or false"),
        ("[terraform]\nvar_files = ['no.tfvars']", "2: `terraform.var_files`: there is no file `no.tfvars`"),
        ("[terraform]\nenvironment = 'yes'", "`terraform.environment`: must be true or false, not text"),
        ("[account]\nid = 111122223333", "`account.id`: must be text in quotes, not a number"),
        ("[account]\nid = '1111'", "`account.id`: an account id is 12 digits, written in quotes"),
        ("[account]\nregoin = 'eu-west-1'", "unknown key `regoin` in `[account]`; did you mean `region`?"),
        ("[[deployment]]\nroots = ['a']", "guardrails.toml:1: `deployment.name` is missing"),
        ("[[deployment]]\nname = 'a'", "guardrails.toml:1: `deployment.roots` is missing"),
        (
            "[[deployment]]\nname = 'a'\nroots = ['x']\n[[deployment]]\nname = 'b'\nroots = ['./x']",
            "guardrails.toml:6: `deployment.roots`: `./x` belongs to the deployment `a` already",
        ),
        ("[deployment]\nname = 'a'", "`deployment`: must be a list of tables, `[[deployment]]`, not a table"),
        ("[[elsewhere]]\nkind = 'trail'\ndate = 2026-01-31", "`elsewhere.reason` is missing"),
        ("[[elsewhere]]\nkind = 'trail'\nreason = 'x'", "`elsewhere.date` is missing"),
        ("[[elsewhere]]\nkind = 'trail'\nreason = 'x'\ndate = 'soon'", "`elsewhere.date`: `soon` is no date"),
        ("[[elsewhere]]\nkind = 'tral'\nreason = 'x'\ndate = 2026-01-31", "did you mean `trail`?"),
        ("[[scenario]]\nmatch = { eventName = 'A' }", "`scenario.name` is missing"),
        ("[[scenario]]\nname = 'a'", "`scenario.match`: a scenario needs `match`"),
        ("[[scenario]]\nname = 'a'\nmatch = { a = {} }", "`scenario.match`: `a` must be a text, true, false, a number"),
        ("[[scenario]]\nname = 'a'\nrecords = 'r.json'", "`scenario.records`: there is no file `r.json`"),
        ("x = [", "guardrails.toml:1: is not valid TOML: "),
        ("\na = 1\na = 2", "guardrails.toml:3: is not valid TOML: "),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(here: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        written(here, text)

    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once(here: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        written(here, "a = 1\nb = 2\nfail_on = 3\n")

    assert len(str(caught.value).splitlines()) == 3


def test_files_that_cannot_be_read(here: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file or directory"):
        read(here / "none.toml", trusted=True)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read(here, trusted=True)
    (here / "latin.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read(here / "latin.toml", trusted=True)
    (here / "deep.toml").write_text("a = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(ConfigError, match="nested too deeply"):
        read(here / "deep.toml", trusted=True)
    (here / "huge.toml").write_text("#" * (1 << 20) + "\n")
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        read(here / "huge.toml", trusted=True)


def test_lines_are_found_behind_texts_of_several_lines_and_quoted_keys(here: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        written(
            here,
            '[[elsewhere]]\nreason = """\n[roles]\nkind = "no"\n"""\nkind = "trail"\ndate = 2026-01-31\n'
            '["policy"."A B"]\nenabled = 7\n',
        )

    assert str(caught.value) == "guardrails.toml:9: `policy.A B.enabled`: must be true or false, not a number"


# Trust


def test_a_found_file_names_no_values_outside_of_its_folder(here: Path) -> None:
    (here / "secret.tfvars").write_text("")
    (here / "project").mkdir()
    text = "[terraform]\nvar_files = ['../secret.tfvars']\n"

    with pytest.raises(ConfigError, match="lies outside of this folder"):
        written(here / "project", text, trusted=False)
    assert written(here / "project", text, trusted=True).inputs.values == (ValuesFile("secret.tfvars"),)


def test_a_found_file_names_no_records_outside_of_its_folder(here: Path) -> None:
    (here / "log.json").write_text('{"eventName": "A"}')
    (here / "project").mkdir()
    text = "[[scenario]]\nname = 'a'\nrecords = '../log.json'\n"

    with pytest.raises(ConfigError, match="lies outside of this folder"):
        written(here / "project", text, trusted=False)
    assert written(here / "project", text, trusted=True).settings.keys() == {"own_scenarios"}


def test_a_link_does_not_lead_out_of_the_folder_either(here: Path) -> None:
    (here / "secret.tfvars").write_text("")
    (here / "project").mkdir()
    (here / "project" / "inside.tfvars").symlink_to(here / "secret.tfvars")

    with pytest.raises(ConfigError, match="lies outside of this folder"):
        written(here / "project", "[terraform]\nvar_files = ['inside.tfvars']\n", trusted=False)


# Where it is looked for


def test_the_file_at_the_scanned_folder_is_found(here: Path) -> None:
    (here / "infra").mkdir()
    (here / "infra" / "guardrails.toml").write_text("")

    assert find(["infra"]).file == str(here / "infra" / "guardrails.toml")
    assert find(["infra/"]).file == str(here / "infra" / "guardrails.toml")


def test_for_a_file_its_folder_counts(here: Path) -> None:
    (here / "guardrails.toml").write_text("")
    (here / "main.tf").write_text("")

    assert find(["main.tf"]).file == str(here / "guardrails.toml")


def test_the_nearest_of_several_is_taken(here: Path) -> None:
    (here / "infra" / "prod").mkdir(parents=True)
    (here / "guardrails.toml").write_text("")
    assert find(["infra/prod"]).file == str(here / "guardrails.toml")

    (here / "infra" / "guardrails.toml").write_text("")
    assert find(["infra/prod"]).file == str(here / "infra" / "guardrails.toml")


def test_the_search_ends_at_the_working_directory(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "guardrails.toml").write_text("")
    (here / "infra" / "prod").mkdir(parents=True)
    monkeypatch.chdir(here / "infra")

    assert find(["prod"]).file is None
    assert find(["."]).file is None


def test_the_search_ends_at_the_top_of_the_repository(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "guardrails.toml").write_text("")
    (here / "repository" / ".git").mkdir(parents=True)
    (here / "repository" / "infra").mkdir()

    assert find(["repository/infra"]).file is None

    (here / "repository" / "guardrails.toml").write_text("")
    monkeypatch.chdir(here / "repository" / "infra")
    assert find(["."]).file == str(here / "repository" / "guardrails.toml")


def test_a_folder_elsewhere_is_searched_alone(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "guardrails.toml").write_text("")
    (other / "infra").mkdir()
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))

    assert find([str(other / "infra")]).file is None
    assert find([str(other)]).file == str(other / "guardrails.toml")


def test_guardrails_toml_comes_before_pyproject(here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.guardrails]\n")
    assert find(["."]).file == str(here / "pyproject.toml")

    (here / "guardrails.toml").write_text("")
    assert find(["."]).file == str(here / "guardrails.toml")


@pytest.mark.parametrize("text", ["[project]\nname = 'x'\n", "# about [tool.guardrails]\n", "broken tool.guardrails ["])
def test_a_pyproject_that_is_not_about_us_is_passed_over(here: Path, text: str) -> None:
    (here / "pyproject.toml").write_text(text)

    assert find(["."]).file is None


def test_several_paths_share_the_file_above_them_and_others_are_mentioned(here: Path) -> None:
    for name in ("a", "b"):
        (here / name).mkdir()
    (here / "guardrails.toml").write_text("")
    (here / "b" / "guardrails.toml").write_text("")

    found = find(["a", "b"])

    assert found.file == str(here / "guardrails.toml")
    (notice,) = found.notices
    assert notice.startswith("b/guardrails.toml is not used")
    assert "--config b/guardrails.toml" in notice


def test_a_link_to_a_file_outside_is_not_followed(tmp_path_factory: pytest.TempPathFactory, here: Path) -> None:
    outside = tmp_path_factory.mktemp("outside") / "guardrails.toml"
    outside.write_text("fail_on = 'never'\n")
    (here / "guardrails.toml").symlink_to(outside)

    found = find(["."])

    assert found.file is None
    assert "is not used: it is a link to a file outside" in found.notices[0]


# Which policies, with which settings


def test_without_words_all_that_are_on_by_default_run() -> None:
    assert ids(choose(POLICIES, Config()).policies) == ["KEEP-001", "KEEP-002"]


@pytest.mark.parametrize(
    ("select", "ignore", "run"),
    [
        (["KEEP-001"], [], ["KEEP-001"]),
        (["keep-001"], [], ["KEEP-001"]),
        (["KEEP-OLD"], [], ["KEEP-001"]),
        (["group-expiring-soon"], [], ["KEEP-002"]),
        (["KEEP-*"], [], ["KEEP-001", "KEEP-002"]),
        (["group-*"], [], ["KEEP-001", "KEEP-002"]),
        (["KEEP-00[2-9]"], [], ["KEEP-002"]),
        (["*"], ["KEEP-001"], ["KEEP-002"]),
        ([], ["keep-*"], []),
        (["NAME-001"], [], ["NAME-001"]),
        (["NAME-*"], [], []),
    ],
)
def test_select_and_ignore(select: list[str], ignore: list[str], run: list[str]) -> None:
    """A pattern chooses among the policies that are on; an exact name also turns one on."""
    assert ids(choose(POLICIES, Config(), select=select, ignore=ignore).policies) == run


def test_a_name_that_matches_nothing_is_a_wrong_argument_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"--select: `KEP-001` matches no policy; did you mean `KEEP-001`\?"):
        choose(POLICIES, Config(), select=["KEP-001"])
    with pytest.raises(UsageError, match="--ignore: `XYZ-\\*` matches no policy"):
        choose(POLICIES, Config(), ignore=["XYZ-*"])


def test_the_command_line_comes_before_the_configuration(here: Path) -> None:
    config = written(here, "select = ['KEEP-001']\nignore = ['KEEP-002']\n[policy.KEEP-001]\nenabled = false\n")

    assert ids(choose(POLICIES, config).policies) == ["KEEP-001"]
    assert ids(choose(POLICIES, config, select=["KEEP-*"]).policies) == []
    assert ids(choose(POLICIES, config, select=["KEEP-002"]).policies) == ["KEEP-002"]
    assert ids(choose(POLICIES, config, ignore=["KEEP-001"]).policies) == []


def test_the_configuration_turns_policies_on_and_off(here: Path) -> None:
    config = written(here, "[policy.NAME-001]\nenabled = true\n[policy.KEEP-002]\nenabled = false\n")

    assert ids(choose(POLICIES, config).policies) == ["KEEP-001", "NAME-001"]


def test_a_configured_severity_counts_for_the_policy(here: Path) -> None:
    selection = choose(POLICIES, written(here, "[policy.KEEP-OLD]\nseverity = 'critical'\n"))

    assert selection.severity_of(group_expiring_early) is Severity.CRITICAL
    assert selection.severity_of(group_expiring_soon) is Severity.LOW
    assert selection.severities == {"KEEP-001": Severity.CRITICAL}


def test_shared_settings_reach_every_policy_that_has_them_and_own_ones_win(here: Path) -> None:
    selection = choose(
        POLICIES, written(here, "[settings]\nrequired_days = 400\n\n[policy.KEEP-001]\nrequired_days = 500\n")
    )

    assert selection.settings_for(group_expiring_early) == Days(required_days=500)
    assert selection.settings_for(group_expiring_soon) == MoreDays(required_days=400)
    assert selection.settings_for(group_without_name) is None


def test_settings_of_every_kind(here: Path) -> None:
    selection = choose(
        POLICIES, written(here, "[policy.KEEP-001]\ntrusted = ['a', 'b']\nstrict = true\nmode = 'cold'\nshare = 1\n")
    )

    assert selection.settings_for(group_expiring_early) == Days(trusted=("a", "b"), strict=True, mode="cold", share=1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[policy.KEEP-003]", "guardrails.toml:1: there is no policy `KEEP-003`; did you mean `KEEP-00"),
        ("[policy.KEEP-001]\n[policy.KEEP-OLD]", "guardrails.toml:2: `KEEP-OLD` is the policy `KEEP-001` once more"),
        (
            "[policy.KEEP-001]\nrequired_dais = 3",
            "guardrails.toml:2: KEEP-001 has no setting `required_dais`; did you mean `required_days`?",
        ),
        ("[policy.NAME-001]\nx = 3", "guardrails.toml:2: NAME-001 has no setting `x`"),
        ("[settings]\nrequired_dais = 3", "guardrails.toml:2: no policy has a setting `required_dais`; did you mean"),
        ("[settings]\nrequired_days = '3'", '`required_days` must be a whole number, not the text "3"'),
        ("[settings]\nrequired_days = true", "`required_days` must be a whole number, not true"),
        ("[settings]\nrequired_days = 1.5", "`required_days` must be a whole number, not the number 1.5"),
        (
            "[settings]\nstrict = true\nrequired_days = -1",
            "guardrails.toml:3: `required_days` is refused: a time cannot be negative",
        ),
        ("[settings]\ntrusted = 'a'", '`trusted` must be a list of texts, not the text "a"'),
        ("[settings]\ntrusted = [1]", "`trusted` must be a text in quotes, not the number 1"),
        ("[settings]\nmode = 'warm'", '`mode` must be one of "hot", "cold", not the text "warm"'),
        ("[settings]\nstrict = 1", "`strict` must be true or false, not the number 1"),
        ("select = ['KEP-001']", "guardrails.toml:1: `KEP-001` matches no policy; did you mean `KEEP-001`?"),
        ("\nignore = ['XYZ-9']", "guardrails.toml:2: `XYZ-9` matches no policy"),
    ],
)
def test_a_mistake_about_policies_is_named_with_its_line(here: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choose(POLICIES, written(here, text))

    assert said in str(caught.value)


def test_names_that_an_unloaded_policy_may_answer_to_are_only_noticed(here: Path) -> None:
    config = written(here, "select = ['ACME-*']\n[policy.ACME-001]\nseverity = 'low'\n[settings]\nacme_days = 1\n")

    selection = choose(POLICIES, config, complete=False)

    assert len(selection.notices) == 3
    assert all("some policies were not loaded" in notice for notice in selection.notices)


def test_a_policy_is_found_by_any_of_its_names() -> None:
    for name in ("KEEP-001", "keep-old", "group-expiring-early"):
        assert find_policy(POLICIES, name) is group_expiring_early
    with pytest.raises(UsageError, match="did you mean `group-expiring-soon`"):
        find_policy(POLICIES, "group_expiring_soon")


def test_settings_in_words() -> None:
    assert type_in_words(tuple[str, ...]) == "a list of texts"
    assert type_in_words(int | None) == "a whole number"
    assert in_toml(("a", "b")) == '["a", "b"]'
    assert in_toml(True) == "true"
    assert in_toml(365) == "365"


def test_nothing_of_toml_is_imported_without_a_file(here: Path) -> None:
    code = (
        "import sys; from guardrails.config import find; assert find(['.']).file is None;"
        "sys.exit('tomllib' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=here, check=False).returncode == 0

"""The runner of pages: what it reads off a page, and that it accepts neither more nor less than the page says."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins
from guardrails.kernel.record import changed
from guardrails.testing import LIVE, Marker, examine, missing_parts, read_page, run_example

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.policy import Policy
    from guardrails.testing import Example

LOADED = plugins.load()


def policy(id: str) -> Policy[Any]:
    return next(found for found in LOADED.policies if found.id == id)


PAGE = """\
# some-policy

Why it matters.

## Remedy

```terraform
resource "aws_cloudtrail" "remedy" {}
```

## Examples

### The first case

```hcl
resource "aws_cloudtrail" "main" { # fail: it is wrong
  name = "main" # unknown # pass
}

# file: modules/audit/main.tf

variable "x" {} # unknown: variable
```

### The second case

```toml
[settings]
hot_days = 1
```

```hcl
locals {}
```

## See also
"""


def test_a_page_is_read_with_its_examples() -> None:
    page = read_page("page.md", PAGE)

    assert (page.title, page.sections, page.faults) == ("some-policy", ("Remedy", "Examples", "See also"), ())
    assert [(example.title, example.config) for example in page.examples] == [
        ("The first case", ""),
        ("The second case", "[settings]\nhot_days = 1"),
    ]
    assert [(file.name, file.text) for file in page.examples[0].files] == [
        ("main.tf", 'resource "aws_cloudtrail" "main" { # fail: it is wrong\n  name = "main" # unknown # pass\n}\n\n'),
        ("modules/audit/main.tf", '\nvariable "x" {} # unknown: variable\n'),
    ]


def test_markers_know_their_line_in_the_file_and_on_the_page() -> None:
    example = read_page("page.md", PAGE).examples[0]

    assert example.markers == (
        Marker("fail", "it is wrong", "main.tf", 1),
        Marker("unknown", "", "main.tf", 2),
        Marker("pass", "", "main.tf", 2),
        Marker("unknown", "variable", "modules/audit/main.tf", 2),
    )
    lines = PAGE.splitlines()
    assert [lines[example.page_line(marker.file, marker.line) - 1] for marker in example.markers] == [
        'resource "aws_cloudtrail" "main" { # fail: it is wrong',
        '  name = "main" # unknown # pass',
        '  name = "main" # unknown # pass',
        'variable "x" {} # unknown: variable',
    ]


@pytest.mark.parametrize(
    ("examples", "complaint"),
    [
        ("```hcl\nlocals {}\n```", "no heading"),
        ("### Case\n\n```python\n{}\n```", "`python`"),
        ("### Case\n\n```toml\n[settings]\n```", "before no example"),
        ("### Case\n\n```toml\n[settings]\n```\n\n### Other\n\n```hcl\nlocals {}\n```", "before no example"),
        ("### Case\n\n```hcl\n# file: ../outside.tf\n```", "does not lie inside"),
        ("### Case\n\n```hcl\n# file: /etc/outside.tf\n```", "does not lie inside"),
    ],
)
def test_a_page_that_cannot_be_run_says_why(examples: str, complaint: str) -> None:
    faults = read_page("page.md", f"# name\n\n## Examples\n\n{examples}\n").faults

    assert [complaint in str(fault) for fault in faults] == [True]


def test_a_case_is_written_in_several_languages_and_judged_with_one_configuration() -> None:
    fences = (
        "```toml\n[roles]\n```",
        '```hcl\nresource "aws_cloudtrail" "main" {} # fail\n```',
        "```yaml\nResources:\n  Main: # fail\n    Type: AWS::CloudTrail::Trail\n```",
        '```json\n{"Resources": {"Main": { # fail\n  "Type": "AWS::CloudTrail::Trail"}}}\n```',
        '```json\n{"planned_values": {}}\n```',
    )
    examples = read_page("page.md", "# name\n\n## Examples\n\n### Case\n\n" + "\n\n".join(fences)).examples

    assert [one.language for one in examples] == ["hcl", "yaml", "json", "json"]
    assert [one.files[0].name for one in examples] == ["main.tf", "template.yaml", "template.json", "plan.json"]
    assert {one.config for one in examples} == {"[roles]"}
    assert "# fail" not in examples[2].files[0].text
    assert [one.scanned for one in examples] == ["", "", "", "plan.json"]


def test_a_template_is_read_and_judged() -> None:
    policy_of_trails = policy("TRAIL-005")
    template = """
Resources:
  Main: # fail
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: logs
"""
    page = f"# name\n\n## Examples\n\n### Case\n\n```yaml\n{template.strip()}\n```\n"
    (one,) = read_page("page.md", page).examples

    assert run_example(one, "page.md", policy_of_trails, LOADED) == []


def test_what_a_page_lacks_is_named() -> None:
    page = read_page("page.md", "# another-name\n\n## Examples\n")
    said = "\n".join(fault.message for fault in missing_parts(page, policy("TRAIL-002")))

    assert "trail-switched-off" in said
    assert "`## Remedy`" in said
    assert "shows a `pass`" in said
    assert "shows a `fail`" in said


def example(text: str, config: str = "") -> Example:
    fences = f"```toml\n{config}\n```\n\n" if config else ""
    page = f"# name\n\n## Examples\n\n### Case\n\n{fences}```hcl\n{dedent(text).strip()}\n```\n"
    return read_page("page.md", page).examples[0]


def faults(text: str, id: str = "TRAIL-002", config: str = "") -> list[str]:
    return [str(fault) for fault in run_example(example(text, config), "page.md", policy(id), LOADED)]


PLAN = """
{
  "format_version": "1.2",
  "resource_changes": [
    { # fail
      "address": "aws_cloudtrail.main",
      "mode": "managed",
      "type": "aws_cloudtrail",
      "name": "main",
      "change": { "actions": ["create"], "after": { "name": "main", "enable_logging": false } }
    }
  ]
}
"""


def test_an_example_may_be_a_plan() -> None:
    page = read_page("page.md", f"# name\n\n## Examples\n\n### Case\n\n```json{PLAN}```\n")

    assert page.faults == ()
    assert run_example(page.examples[0], "page.md", policy("TRAIL-002"), LOADED) == []


def test_an_example_may_be_a_plan_and_its_code() -> None:
    code = """# file: main.tf
resource "aws_cloudtrail" "main" {
  name           = "main"
  enable_logging = var.logging # fail
}
variable "logging" {}
"""
    variables = '"variables": { "logging": { "value": false } },'
    plan = PLAN.replace(" # fail", "").replace('"1.2",', f'"1.2", {variables}')
    page = read_page("page.md", f"# name\n\n## Examples\n\n### Case\n\n```json{plan}{code}```\n")

    assert run_example(page.examples[0], "page.md", policy("TRAIL-002"), LOADED) == []


ACCOUNT = """
{
  "cloudtrail.trail": {
    "main": { # pass
      "trail": { "Name": "main" },
      "status": { "IsLogging": true }
    },
    "old": { # fail: the trail is switched off: it records nothing
      "trail": { "Name": "old" },
      "status": { "IsLogging": false }
    },
    "team": { # unknown: `cloudtrail:GetTrailStatus` was refused
      "trail": { "Name": "team" },
      "denied": { "status": "cloudtrail:GetTrailStatus" }
    }
  },
  "denied": { "kms.key": "kms:ListKeys" }
}
"""


def account(text: str) -> Example:
    (one,) = read_page("page.md", f"# name\n\n## Examples\n\n### Case\n\n```json{text}```\n").examples
    return one


def test_an_example_may_be_an_account() -> None:
    one = account(ACCOUNT)

    assert (one.language, one.files[0].name) == (LIVE, "live.json")
    assert run_example(one, "page.md", policy("TRAIL-002"), LOADED) == []


def test_what_is_wrong_about_an_account_is_told_at_its_label() -> None:
    said = run_example(
        account(ACCOUNT.replace("true", "false").replace(" # fail", " # pass")), "page.md", policy("TRAIL-002"), LOADED
    )

    assert [(fault.line, fault.message.partition(":")[0]) for fault in said] == [
        (10, "not expected here"),
        (14, "not expected here"),
        (10, "expected here and not found"),
        (14, "expected here and not found"),
    ]


def test_an_example_may_be_several_accounts() -> None:
    trail = (
        '"trail": {"TrailARN": "arn:aws:cloudtrail:eu-central-1:111122223333:trail/all", "IsOrganizationTrail": true}'
    )
    both = f"""
[ # pass
  {{"account": "111122223333", "cloudtrail.trail": {{"all": {{{trail}, "status": {{"IsLogging": true}}}}}}}},
  {{"account": "444455556666", "cloudtrail.trail": {{"all": {{{trail}, "status": {{"IsLogging": false}}}}}}}}
]
"""

    assert run_example(account(both), "page.md", policy("TRAIL-001"), LOADED) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"cloudtrail.trial": {"main": {}}}', "`cloudtrail.trial`"),
        ('{"cloudtrail.trail": ["main"]}', "`cloudtrail.trail`"),
        ('[{"account": "111122223333"}, {"account": "111122223333"}]', "twice"),
    ],
)
def test_an_account_that_cannot_be_read_is_a_fault(text: str, said: str) -> None:
    (fault,) = run_example(account(f"\n{text}\n"), "page.md", policy("TRAIL-002"), LOADED)

    assert fault.line == 7
    assert said in fault.message


@pytest.mark.parametrize(
    "text",
    [
        '{"Resources": {"cloudtrail.trail": {}}}',
        '{"format_version": "1.2", "planned_values": {}}',
        '{"cloudtrail.trail": {}, "Resources": {}}',
        "[]",
        "{}",
        "[1]",
        '{"cloudtrail.trail": ',
    ],
)
def test_what_is_no_account_is_left_to_the_other_sources(text: str) -> None:
    assert account(f"\n{text}\n").language == "json"


def test_what_is_as_expected_gives_no_fault() -> None:
    assert (
        faults(
            """
            resource "aws_cloudtrail" "main" { # pass
              name           = "main"
              s3_bucket_name = "logs"
            }
            """
        )
        == []
    )


def test_a_finding_without_a_marker_is_a_fault_at_its_line() -> None:
    assert faults(
        """
        resource "aws_cloudtrail" "main" {
          enable_logging = false
        }
        """
    ) == [
        "page.md:9: not expected here: fail: the trail is switched off: it records nothing"
        " (aws_cloudtrail.main; `enable_logging` is false)"
    ]


def test_a_marker_without_a_finding_is_a_fault_at_its_line() -> None:
    assert faults("locals {} # pass") == ["page.md:8: expected here and not found: pass"]


@pytest.mark.parametrize(
    "marker",
    ["pass", "unknown", "fail: another message", "fail: the trail is switched off", "unknown: `enable_logging`"],
)
def test_a_wrong_marker_is_told_from_both_sides(marker: str) -> None:
    said = faults(
        f"""
        resource "aws_cloudtrail" "main" {{
          enable_logging = false # {marker}
        }}
        """
    )

    assert [fault.split(":")[1] for fault in said] == ["9", "9"]
    assert ["not expected" in said[0], "not found" in said[1]] == [True, True]


def test_an_unknown_is_recognised_by_a_part_of_its_reason() -> None:
    text = """
        variable "on" {}

        resource "aws_cloudtrail" "main" {
          enable_logging = var.on # unknown: variable `on`
        }
        """

    assert faults(text) == []
    assert len(faults(text.replace("variable `on`", "variable `off`"))) == 2


def test_a_finding_in_another_file_is_told_at_its_line_on_the_page() -> None:
    assert (
        faults(
            """
        module "audit" {
          source = "./modules/audit"
        }
        # file: modules/audit/main.tf
        resource "aws_cloudtrail" "main" {
          enable_logging = false # fail
        }
        """
        )
        == []
    )


def test_settings_reach_the_policy() -> None:
    text = """
        resource "aws_cloudwatch_log_group" "main" { # pass
          name              = "main"
          retention_in_days = 7
        }
        """
    config = '[settings]\nrequired_retention_days = 7\n\n[roles]\naudit_log_groups = ["*"]'

    assert faults(text, "RETAIN-001", config) == []


def test_a_configuration_that_is_wrong_is_a_fault() -> None:
    (said,) = faults("locals {}", "RETAIN-001", "[settings]\nrequired_retention_day = 7")

    assert "guardrails.toml:2" in said
    assert "required_retention_days" in said


def test_an_example_that_does_not_parse_is_a_fault() -> None:
    said = faults('resource "aws_cloudtrail" "main" {\n  name = ')

    assert any("cannot be read" in fault for fault in said)


def test_an_example_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    faults("locals {}")

    assert list(tmp_path.iterdir()) == []


def test_a_policy_is_examined_with_its_page() -> None:
    report = examine(policy("TRAIL-002"), LOADED)

    assert (report.policy, report.faults) == ("TRAIL-002", ())
    assert report.page.endswith("trail_switched_off.md")
    assert report.examples >= 4


def test_a_policy_without_a_page_is_told(tmp_path: Path) -> None:
    lonely = changed(policy("TRAIL-002"), file=str(tmp_path / "lonely.py"))

    assert [fault.message for fault in examine(lonely, LOADED).faults] == [
        "TRAIL-002 has no page: write one, it is its test"
    ]

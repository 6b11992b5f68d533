"""Where the values of input variables come from, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from agreement import disagreements
from planning import TERRAFORM, plan
from roots import deployed, says, write

from guardrails.kernel.why import Why
from guardrails.sources.terraform.project import Options, load
from guardrails.sources.terraform.values import EvalError, HclSet, Unknown
from guardrails.sources.terraform.variables import Assignment, ValuesFile, VariableError

if TYPE_CHECKING:
    from pathlib import Path

needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path")

PLACES = {
    "environment": "environment",
    "terraform.tfvars": "tfvars",
    "terraform.tfvars.json": "tfvars json",
    "a.auto.tfvars": "auto a",
    "b.auto.tfvars.json": "auto b json",
    "c.auto.tfvars": "auto c",
    "other.tfvars": "var-file",
    "--var": "var",
}
"""In order of weight, and what each of them says."""


def every_place(folder: Path) -> dict[str, str]:
    """A root with one variable for each place, which that place and all lighter ones set: v0 only the lightest."""
    names = list(PLACES)
    files = {"main.tf": "".join(f'variable "v{i}" {{ default = "default" }}\n' for i in range(len(names) + 1))}
    files["main.tf"] += "".join(f'output "v{i}" {{ value = var.v{i} }}\n' for i in range(len(names) + 1))
    for at, name in enumerate(names):
        heavier = range(at, len(names))
        if name.endswith(".json"):
            inner = ", ".join(f'"v{i}": "{PLACES[name]}"' for i in heavier)
            files[name] = f"{{ {inner} }}\n"
        elif "." in name:
            files[name] = "".join(f'v{i} = "{PLACES[name]}"\n' for i in heavier)
    write(folder, files)
    return {f"v{i}": PLACES[name] for i, name in enumerate(names)} | {f"v{len(names)}": "default"}


class TestPrecedence:
    def environment(self) -> dict[str, str]:
        return {f"TF_VAR_v{i}": PLACES["environment"] for i in range(len(PLACES))}

    def test_the_heavier_place_wins(self, tmp_path: Path) -> None:
        expected = every_place(tmp_path)
        given: list[Assignment | ValuesFile] = [ValuesFile(str(tmp_path / "other.tfvars")), Assignment("v7", "var")]
        options = Options(variables=given, environment=self.environment())
        (deployment,) = load([str(tmp_path)], options).deployments
        assert {name: deployment.root.output(name) for name in expected} == expected

    @pytest.mark.terraform
    @needs_terraform
    def test_as_in_terraform(self, tmp_path: Path) -> None:
        expected = every_place(tmp_path)
        planned = plan(tmp_path, "-var-file=other.tfvars", "-var=v7=var", environment=self.environment())
        assert {name: value for name, (value, _) in planned.outputs.items()} == expected

    def test_on_the_command_line_the_last_one_wins(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": 'variable "a" {}\n', "x.tfvars": 'a = "file"\n'})
        file, text = ValuesFile(str(tmp_path / "x.tfvars")), Assignment("a", "text")
        orders: list[tuple[list[Assignment | ValuesFile], str]] = [([file, text], "text"), ([text, file], "file")]
        for given, expected in orders:
            (deployment,) = load([str(tmp_path)], Options(variables=given)).deployments
            assert deployment.root.variable("a") == expected

    def test_the_environment_counts_only_when_asked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TF_VAR_a", "from the environment")
        deployment = deployed(tmp_path, 'variable "a" { default = "own" }\n')
        assert deployment.root.variable("a") == "own"

    def test_variable_files_are_those_of_the_root_only(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": 'module "m" { source = "./m" }\n',
                "m/main.tf": 'variable "a" { default = "own" }\noutput "a" { value = var.a }\n',
            },
        )
        (tmp_path / "terraform.tfvars").write_text('a = "root"\n')
        assert says(deployment, "module.m.a") == "own"


TEXTS = [
    ("", "[1]", "[1]"),
    ("type = string", "[1]", "[1]"),
    ("type = number", "12", 12),
    ("type = bool", "true", True),
    ("type = any", '["q"]', ["q"]),
    ("type = list(string)", '["q", 1]', ["q", "1"]),
    ("type = map(number)", '{ a = "1" }', {"a": 1}),
    ("type = set(string)", '["b", "a", "b"]', ["a", "b"]),
    ("type = object({ a = string, b = optional(number, 3) })", "{ a = true, z = 1 }", {"a": "true", "b": 3}),
    ("type = tuple([string, number])", '[1, "2"]', ["1", 2]),
    ('type = object({ n = optional(object({ x = optional(string, "d") }), {}) })', "{}", {"n": {"x": "d"}}),
]


class TestTextsOnTheCommandLine:
    @pytest.mark.parametrize(("declaration", "text", "expected"), TEXTS)
    def test_are_read_by_the_declared_type(self, tmp_path: Path, declaration: str, text: str, expected: object) -> None:
        options = Options(variables=[Assignment("a", text)])
        value = deployed(tmp_path, f'variable "a" {{\n  {declaration}\n}}\n', options).root.variable("a")
        assert (value.items if isinstance(value, HclSet) else value) == expected

    @pytest.mark.terraform
    @needs_terraform
    def test_as_in_terraform(self, tmp_path: Path) -> None:
        lines = [
            f'variable "a{i}" {{\n  {declared}\n}}\noutput "a{i}" {{ value = var.a{i} }}\n'
            for i, (declared, _, _) in enumerate(TEXTS)
        ]
        write(tmp_path, {"main.tf": "".join(lines)})
        planned = plan(tmp_path, *(f"-var=a{i}={text}" for i, (_, text, _) in enumerate(TEXTS)))
        for i, (_, _, expected) in enumerate(TEXTS):
            assert disagreements(expected, *planned.outputs[f"a{i}"], f"a{i}") == ([], 0)

    @pytest.mark.parametrize("text", ["[", "var.other", "upper(var.x)"])
    def test_one_that_is_no_constant_expression_is_an_error_of_that_variable(self, tmp_path: Path, text: str) -> None:
        options = Options(variables=[Assignment("a", text)])
        deployment = deployed(tmp_path, 'variable "a" { type = list(string) }\n', options)
        with pytest.raises(EvalError):
            deployment.root.variable("a")

    def test_a_value_of_the_configuration_file_is_taken_as_it_is(self, tmp_path: Path) -> None:
        options = Options(variables=[Assignment("a", value={"b": [1], "a": 2})])
        value = deployed(tmp_path, 'variable "a" {}\n', options).root.variable("a")
        assert value == {"a": 2, "b": [1]}
        assert isinstance(value, dict)
        assert list(value) == ["a", "b"]


class TestWrongUsage:
    def test_a_variable_that_no_root_declares(self, tmp_path: Path) -> None:
        write(tmp_path, {"a/main.tf": 'variable "bucket" {}\n', "b/main.tf": 'variable "region" {}\n'})
        with pytest.raises(VariableError, match=r"--var buckett: .*did you mean `bucket`"):
            load([str(tmp_path)], Options(variables=[Assignment("buckett", "x")]))
        assert len(load([str(tmp_path)], Options(variables=[Assignment("region", "x")])).deployments) == 2

    def test_a_variable_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": "", "bad.tfvars": "a = [\n", "block.tfvars": "a {}\n"})
        for name in ("nowhere.tfvars", "bad.tfvars", "block.tfvars"):
            with pytest.raises(VariableError, match=f"--var-file .*{name}"):
                load([str(tmp_path)], Options(variables=[ValuesFile(str(tmp_path / name))]))

    def test_a_name_in_a_variable_file_that_is_not_declared_is_only_noted(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": "", "x.tfvars": "a = 1\n", "terraform.tfvars": "\nb = 1\n"})
        loaded = load([str(tmp_path)], Options(variables=[ValuesFile(str(tmp_path / "x.tfvars"))]))
        assert loaded.notices == (
            f"{tmp_path}/x.tfvars: no scanned root declares the variable `a`",
            f"{tmp_path}/terraform.tfvars: `b` is no variable of this root",
        )


class TestDeclarations:
    def test_no_value_at_all(self, tmp_path: Path) -> None:
        value = deployed(tmp_path, '\nvariable "a" {}\n').root.variable("a")
        assert isinstance(value, Unknown)
        (reason,) = value.reasons
        assert (reason.why, reason.detail) == (Why.INPUT, "variable `a` has no value")
        assert reason.settle == "pass --var a=... or --var-file"
        assert reason.origin.line == 2

    @pytest.mark.parametrize(
        ("declaration", "given", "expected"),
        [
            ('default = "d"', "null", None),
            ('default = "d"\n  nullable = false', "null", "d"),
            ("default = null", None, None),
            ("type = list(any)\n  default = [1]", "null", None),
        ],
    )
    def test_null(self, tmp_path: Path, declaration: str, given: str | None, expected: object) -> None:
        argument = "" if given is None else f"a = {given}"
        deployment = deployed(
            tmp_path,
            {
                "main.tf": f'module "m" {{\n  source = "./m"\n  {argument}\n}}\n',
                "m/main.tf": f'variable "a" {{\n  {declaration}\n}}\noutput "a" {{ value = var.a }}\n',
            },
        )
        assert says(deployment, "module.m.a") == expected

    def test_null_where_it_is_not_allowed(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path, {"main.tf": 'variable "a" { nullable = false }\n', "terraform.tfvars": "a = null\n"}
        )
        with pytest.raises(EvalError, match="variable `a` must not be null"):
            deployment.root.variable("a")

    def test_a_value_that_does_not_fit_names_its_place(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            {
                "main.tf": 'variable "a" { type = number }\nresource "terraform_data" "a" { input = var.a }\n',
                "terraform.tfvars": '\na = "many"\n',
            },
        )
        deployment.resources("terraform_data")[0].block.attribute("input")
        (gap,) = deployment.gaps()
        assert gap.detail.startswith("the value of variable `a` does not fit: ")
        assert (gap.origin.file, gap.origin.line) == (str(tmp_path / "terraform.tfvars"), 2)

    def test_a_wrong_default_names_its_place(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path,
            'variable "a" {\n  type    = number\n  default = "x"\n}\nresource "terraform_data" "a" { input = var.a }\n',
        )
        deployment.resources("terraform_data")[0].block.attribute("input")
        assert [gap.origin.line for gap in deployment.gaps()] == [3]

    def test_sensitive_and_ephemeral_do_not_change_the_value(self, tmp_path: Path) -> None:
        deployment = deployed(
            tmp_path, 'variable "a" {\n  default   = "x"\n  sensitive = true\n  ephemeral = true\n}\n'
        )
        assert deployment.root.variable("a") == "x"

    def test_a_broken_variable_file_of_a_root_is_a_gap_and_its_sound_part_counts(self, tmp_path: Path) -> None:
        deployment = deployed(tmp_path, {"main.tf": 'variable "a" {}\n', "terraform.tfvars": 'a = "x"\nb = = 1\n'})
        assert deployment.root.variable("a") == "x"
        assert [(gap.why, gap.origin.line) for gap in deployment.gaps()] == [(Why.INVALID, 2)]

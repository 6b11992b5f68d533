"""From paths to roots: what is looked at, what is a root, and files that are not as they should be."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import ClassVar

import pytest
from roots import addresses, deployed, write

from guardrails.kernel.why import Why
from guardrails.sources.terraform.module_source import LARGEST_FILE
from guardrails.sources.terraform.project import load

EMPTY = 'resource "terraform_data" "a" {}\n'


def calls(*sources: str) -> str:
    return "".join(f'module "m{i}" {{ source = "{source}" }}\n' for i, source in enumerate(sources))


def roots(folder: Path, *paths: str) -> list[str]:
    """The roots found at paths below a folder, relative to it."""
    loaded = load([str(folder / path) for path in paths or ("",)])
    return [os.path.relpath(deployment.target, folder) for deployment in loaded.deployments]


class TestRoots:
    def test_a_folder_that_nobody_calls_is_a_root(self, tmp_path: Path) -> None:
        write(tmp_path, {"b/main.tf": calls("../m"), "a/main.tf": calls("../m"), "m/main.tf": EMPTY})
        assert roots(tmp_path) == ["a", "b"]

    def test_modules_of_modules_are_no_roots(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": calls("./m"), "m/main.tf": calls("../n"), "n/main.tf": EMPTY})
        assert roots(tmp_path) == ["."]

    def test_a_module_that_only_its_examples_and_tests_call_is_one(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "main.tf": calls("./modules/part"),
                "modules/part/main.tf": EMPTY,
                "examples/simple/main.tf": calls("../..", "./own"),
                "examples/simple/own/main.tf": EMPTY,
                "test/main.tf": calls("../modules/part"),
            },
        )
        assert roots(tmp_path) == [".", "examples/simple", "test"]

    def test_the_name_of_a_folder_above_the_scanned_one_says_nothing(self, tmp_path: Path) -> None:
        write(tmp_path / "examples", {"main.tf": calls("./m"), "m/main.tf": EMPTY})
        assert roots(tmp_path / "examples") == ["."]

    @pytest.mark.parametrize(
        "sign",
        [
            {"m/backend.tf": 'terraform {\n  backend "s3" {}\n}\n'},
            {"m/cloud.tf": "terraform {\n  cloud {}\n}\n"},
            {"m/backend.tf.json": '{"terraform": {"backend": {"s3": {}}}}'},
            {"m/terraform.tfvars": ""},
            {"m/prod.tfvars.json": "{}"},
        ],
        ids=lambda sign: next(iter(sign)),
    )
    def test_a_called_one_with_a_backend_or_variable_files_is_one_too(
        self, tmp_path: Path, sign: dict[str, str]
    ) -> None:
        write(tmp_path, {"main.tf": calls("./m"), "m/main.tf": EMPTY, **sign})
        assert roots(tmp_path) == [".", "m"]

    def test_a_call_in_a_comment_or_a_text_does_not_count(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "a/main.tf": f"/*\n{calls('../m')}*/\nlocals {{\n  text = <<EOT\n{calls('../m')}EOT\n}}\n",
                "b/main.tf": 'resource "aws_s3_object" "o" { source = "../m" }\n',
                "m/main.tf": EMPTY,
            },
        )
        assert roots(tmp_path) == ["a", "b", "m"]

    def test_a_call_counts_however_it_is_written(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "a/main.tf.json": '{"module": {"m": {"source": ".\\/m"}, "n": {"source":\n"../n"}}}',
                "b/main.tf": 'module "m" {source="../../x/o/."}\n',
                "a/m/main.tf": EMPTY,
                "n/main.tf": EMPTY,
                "o/main.tf": EMPTY,
            },
        )
        assert roots(tmp_path) == ["a", "b", "o"]

    def test_in_a_circle_the_first_is_one(self, tmp_path: Path) -> None:
        write(tmp_path, {"a/main.tf": calls("../b"), "b/main.tf": calls("../a")})
        assert roots(tmp_path) == ["a"]

    def test_folders_that_are_not_looked_into(self, tmp_path: Path) -> None:
        names = (".terraform/modules/x", ".hidden", "node_modules/p", ".git", "__pycache__")
        write(tmp_path, {f"{name}/main.tf": EMPTY for name in names})
        loaded = load([str(tmp_path)])
        assert not loaded.deployments
        assert not loaded.found_in

    def test_folders_with_dots_in_their_names_are(self, tmp_path: Path) -> None:
        write(tmp_path, {"eu.west/main.tf": EMPTY, "odd.tf/main.tf": EMPTY})
        assert roots(tmp_path) == ["eu.west"]

    def test_files_that_editors_leave_behind_are_passed_over(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY, ".main.tf": "[", "main.tf~": "[", "#main.tf#": "[", "main.tf.bak": "["})
        assert not deployed(tmp_path, {}).gaps()

    def test_paths_that_overlap_are_read_once(self, tmp_path: Path) -> None:
        write(tmp_path, {"a/main.tf": EMPTY, "b/main.tf": EMPTY})
        assert roots(tmp_path, "b", "", "a") == ["b", "a"]

    def test_what_was_found_where(self, tmp_path: Path) -> None:
        write(tmp_path, {"a/main.tf": EMPTY, "none/readme.md": ""})
        paths = [str(tmp_path / "a"), str(tmp_path / "none")]
        assert load(paths).found_in == {paths[0]}


class TestOneFile:
    FILES: ClassVar = {
        ".git/config": "",
        "prod/main.tf": calls("../modules/audit"),
        "stage/main.tf": calls("../modules/wrapper"),
        "other/main.tf": EMPTY,
        "modules/wrapper/main.tf": calls("../audit"),
        "modules/audit/main.tf": EMPTY,
        "modules/audit/examples/x/main.tf": calls("../.."),
    }

    def test_of_a_root_is_judged_with_that_root(self, tmp_path: Path) -> None:
        write(tmp_path, self.FILES)
        assert roots(tmp_path, "prod/main.tf") == ["prod"]

    def test_of_a_module_is_judged_with_the_roots_that_use_it(self, tmp_path: Path) -> None:
        write(tmp_path, self.FILES)
        assert roots(tmp_path, "modules/audit/main.tf") == ["modules/audit/examples/x", "prod", "stage"]

    def test_of_another_kind_is_nobody_s_business_here(self, tmp_path: Path) -> None:
        write(tmp_path, {**self.FILES, "prod/template.json": "{}", "prod/x.tfvars": ""})
        loaded = load([str(tmp_path / "prod/template.json")])
        assert (loaded.deployments, loaded.found_in) == ((), frozenset())
        assert roots(tmp_path, "prod/x.tfvars") == ["prod"]

    def test_outside_of_a_repository_only_its_folder_and_what_is_below_is_read(self, tmp_path: Path) -> None:
        write(tmp_path, {name: text for name, text in self.FILES.items() if not name.startswith(".git")})
        assert roots(tmp_path, "modules/audit/main.tf") == ["modules/audit", "modules/audit/examples/x"]


class TestShownPaths:
    def test_are_relative_to_the_working_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, {"infra/prod/main.tf": EMPTY, "beside/main.tf": EMPTY})
        monkeypatch.chdir(tmp_path / "infra")
        shown = [(one.target, one.files) for one in load([".", "../beside"]).deployments]
        assert shown == [("prod", ("prod/main.tf",)), ("../beside", ("../beside/main.tf",))]
        monkeypatch.chdir(tmp_path / "infra" / "prod")
        assert [one.target for one in load(["."]).deployments] == ["."]

    def test_and_as_given_where_they_lie_elsewhere(self, tmp_path: Path) -> None:
        write(tmp_path, {"a/main.tf": EMPTY})
        (deployment,) = load([str(tmp_path)]).deployments
        assert deployment.files == (f"{tmp_path}/a/main.tf",)
        assert deployment.origin.file == f"{tmp_path}/a/main.tf"


class TestBadFiles:
    def gaps(self, folder: Path) -> list[tuple[Why, str]]:
        (deployment,) = load([str(folder)]).deployments
        assert addresses(deployment) == ["terraform_data.a"]
        assert deployment.hiding_places()
        return [(gap.why, gap.detail.replace(f"{folder}/", "")) for gap in deployment.gaps()]

    def test_a_link_that_leads_nowhere(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY})
        (tmp_path / "broken.tf").symlink_to("nowhere.tf")
        expected = "`broken.tf` cannot be read: there is no such file, or a link leads nowhere"
        assert self.gaps(tmp_path) == [(Why.INVALID, expected)]

    def test_a_link_that_leads_in_a_circle(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY})
        (tmp_path / "loop.tf").symlink_to("loop.tf")
        assert [why for why, _ in self.gaps(tmp_path)] == [Why.INVALID]

    def test_a_link_out_of_the_scanned_folder(self, tmp_path: Path) -> None:
        write(tmp_path, {"secret.tf": 'variable "secret" {}\n', "scanned/main.tf": EMPTY})
        (tmp_path / "scanned" / "link.tf").symlink_to("../secret.tf")
        expected = "`link.tf` is a link to a file outside of the scanned folder"
        assert self.gaps(tmp_path / "scanned") == [(Why.ELSEWHERE, expected)]

    def test_a_link_inside_of_it_is_followed(self, tmp_path: Path) -> None:
        write(tmp_path, {"common/common.tf": EMPTY, "root/empty.tf": ""})
        (tmp_path / "root" / "link.tf").symlink_to("../common/common.tf")
        found = {Path(one.target).name: one for one in load([str(tmp_path)]).deployments}
        assert addresses(found["root"]) == ["terraform_data.a"]
        assert not found["root"].gaps()

    def test_a_pipe_that_nobody_writes_to(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY})
        os.mkfifo(tmp_path / "pipe.tf")
        assert self.gaps(tmp_path) == [(Why.INVALID, "`pipe.tf` cannot be read: not a regular file")]

    def test_a_socket(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, {"main.tf": EMPTY})
        monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("s.tf")
            assert [why for why, _ in self.gaps(tmp_path)] == [Why.INVALID]

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for the superuser")
    def test_a_file_without_permission(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY, "closed.tf": EMPTY})
        (tmp_path / "closed.tf").chmod(0)
        assert self.gaps(tmp_path) == [(Why.INVALID, "`closed.tf` cannot be read: permission denied")]

    def test_a_binary_file(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY})
        (tmp_path / "binary.tf").write_bytes(b"\x7fELF\x00\x01\x02")
        assert self.gaps(tmp_path) == [(Why.INVALID, "`binary.tf` is not a text file")]

    def test_a_file_in_another_encoding(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY})
        (tmp_path / "latin.tf").write_bytes('variable "a" { default = "ä" }\n'.encode("latin-1"))
        assert [why for why, _ in self.gaps(tmp_path)] == [Why.INVALID]

    def test_a_file_that_is_too_large(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY, "large.tf": "#" * (LARGEST_FILE + 1)})
        assert self.gaps(tmp_path) == [(Why.LIMIT, "`large.tf` is larger than 10 MB")]

    def test_a_mark_of_byte_order_is_no_fault(self, tmp_path: Path) -> None:
        (tmp_path / "main.tf").write_bytes(b"\xef\xbb\xbf" + EMPTY.encode())
        assert not deployed(tmp_path, {}).gaps()

    def test_many_faults_in_one_file_are_not_all_told(self, tmp_path: Path) -> None:
        write(tmp_path, {"main.tf": EMPTY, "bad.tf": "a = = 1\n" * 1000})
        assert 1 <= len(self.gaps(tmp_path)) <= 20


def test_links_to_folders_outside_are_named_and_others_are_read_where_they_lead(tmp_path: Path) -> None:
    write(tmp_path, {"outside/main.tf": EMPTY, "scanned/a/main.tf": EMPTY})
    (tmp_path / "scanned" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "scanned" / "in").symlink_to(tmp_path / "scanned" / "a")
    loaded = load([str(tmp_path / "scanned")])
    assert [deployment.target for deployment in loaded.deployments] == [f"{tmp_path}/scanned/a"]
    assert loaded.notices == (f"`{tmp_path}/scanned/out` is not read: it leads to a folder outside of the scanned one",)


def test_what_terragrunt_may_declare_is_not_known(tmp_path: Path) -> None:
    trail = 'resource "aws_cloudtrail" "main" {\n  name = var.name\n  s3_bucket_name = local.bucket\n}\n'
    write(tmp_path, {"a/main.tf": trail, "a/terragrunt.hcl": "", "b/main.tf": trail})
    wrapped, plain = load([str(tmp_path)]).deployments
    for deployment, why, gaps in ((wrapped, Why.INPUT, 0), (plain, Why.INVALID, 2)):
        (resource,) = deployment.resources("aws_cloudtrail")
        for name in ("name", "s3_bucket_name"):
            assert [reason.why for reason in resource.block.attribute(name).reasons] == [why]
        assert len(deployment.gaps()) == gaps


def test_other_tools_are_named_and_not_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a/terragrunt.hcl": "",
            "b/terragrunt.hcl": "",
            "c/cdktf.json": "{}",
            "d/x.tfstack.hcl": "",
        },
    )
    loaded = load([str(tmp_path)])
    assert not loaded.deployments
    assert loaded.notices == (
        f"`{tmp_path}/a/terragrunt.hcl` and 1 more like it are not read: "
        "Terragrunt is not evaluated, and what it passes to modules is not known",
        f"`{tmp_path}/c/cdktf.json` is not read: run `cdktf synth` and scan `cdktf.out`",
        f"`{tmp_path}/d/x.tfstack.hcl` is not read: Terraform Stacks are not evaluated",
    )

"""The pipeline: whatever one source, deployment or policy does, the rest is judged and what is missing is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins, selection
from guardrails.builtin import Terraform
from guardrails.config import Config
from guardrails.errors import PluginError, UsageError
from guardrails.findings import Outcome
from guardrails.hookspecs import Assignment, Inputs, Loaded
from guardrails.kernel.record import changed
from guardrails.kernel.why import Reason, Why
from guardrails.policy import Severity
from guardrails.run import Progress, Request, Scan, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from guardrails.hookspecs import Source
    from guardrails.plugins import Plugins

TRAIL = 'resource "aws_cloudtrail" "main" {\n  name = "main"\n  s3_bucket_name = "logs"\n}\n'


class Fake:
    """A source that hands on what it is told to."""

    name = "tape"
    looks_for = "tapes"

    def __init__(self, loaded: Loaded | Exception) -> None:
        self.loaded = loaded
        self.asked: list[tuple[tuple[str, ...], Inputs]] = []

    def load(self, paths: Sequence[str], inputs: Inputs) -> Loaded:
        self.asked.append((tuple(paths), inputs))
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


class Broken:
    """A deployment that nothing can be made of: every question fails."""

    def __init__(self, whole: Any) -> None:  # noqa: ANN401 - it stands in for any deployment
        self._whole = whole

    def __getattr__(self, name: str) -> object:
        if name in ("types", "resources"):
            raise RuntimeError("no such tape")
        return getattr(self._whole, name)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(TRAIL)
    return tmp_path


@pytest.fixture(scope="module")
def built_in() -> Plugins:
    return plugins.load()


def judged(loaded: Plugins, *sources: Source, select: str = "TRAIL-005", **request: Any) -> Scan:  # noqa: ANN401 - Request's
    with_sources = changed(loaded, sources=sources)
    chosen = selection.choose(loaded.policies, Config(), select=[select])
    return run(Request(**{"paths": (".",), **request}), with_sources, chosen, Progress())


@pytest.mark.usefixtures("here")
def test_a_source_that_fails_is_named_and_the_others_are_judged(built_in: Plugins) -> None:
    result = judged(built_in, Fake(RuntimeError("jammed")), Terraform())

    assert [finding.outcome for finding in result.findings] == [Outcome.FAIL]
    (gap,) = result.gaps
    assert gap.incomplete
    assert gap.why == "INTERNAL"
    assert gap.detail.startswith("the source `tape` failed: RuntimeError: jammed (in load(), test_run.py:")


@pytest.mark.usefixtures("here")
def test_a_deployment_that_cannot_be_judged_is_named_and_the_others_are(built_in: Plugins) -> None:
    (whole,) = Terraform().load(["."], Inputs()).deployments

    result = judged(built_in, Fake(Loaded((Broken(whole),), found_in=frozenset("."))), Terraform())  # type: ignore[arg-type] # as broken as it gets

    assert len(result.targets) == 2
    assert [finding.outcome for finding in result.findings] == [Outcome.FAIL]
    (gap,) = result.gaps
    assert gap.incomplete
    assert "`.` could not be judged: RuntimeError: no such tape" in gap.detail


@pytest.mark.usefixtures("here")
def test_every_source_is_asked_for_all_paths_with_what_the_user_said(built_in: Plugins) -> None:
    inputs = Inputs(values=(Assignment("a", "1", "1"),), workspace="prod")
    source = Fake(Loaded(found_in=frozenset(".")))

    judged(built_in, source, inputs=inputs)

    assert source.asked == [((".",), inputs)]


@pytest.mark.parametrize(
    ("why", "incomplete"),
    [
        (Why.INVALID, True),
        (Why.DENIED, True),
        (Why.LIMIT, True),
        (Why.INPUT, False),
        (Why.ELSEWHERE, False),
        (Why.AFTER_APPLY, False),
        (Why.UNSUPPORTED, False),
        (Why.CANNOT_SAY, False),
        (Why.SENSITIVE, False),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_makes_a_run_incomplete(built_in: Plugins, why: Why, incomplete: bool) -> None:
    loaded = Loaded(gaps=(Reason(why, "something", "do something"),), notices=("look",), found_in=frozenset("."))

    result = judged(built_in, Fake(loaded))

    (gap,) = result.gaps
    assert (gap.why, gap.detail, gap.settle, gap.incomplete) == (why.name, "something", "do something", incomplete)
    assert result.notices == ["look"]


@pytest.mark.usefixtures("here")
def test_a_path_in_which_no_source_finds_anything_is_a_gap(built_in: Plugins) -> None:
    result = judged(built_in, Fake(Loaded()), Fake(Loaded()))

    (gap,) = result.gaps
    assert gap.detail == "there is no tapes or tapes in `.`"
    assert gap.incomplete


@pytest.mark.usefixtures("here")
def test_a_path_that_is_not_there_ends_the_run_before_it_begins(built_in: Plugins) -> None:
    source = Fake(Loaded())

    with pytest.raises(UsageError, match="there is no file or folder `gone`"):
        judged(built_in, source, paths=(".", "gone"))
    assert source.asked == []


@pytest.mark.usefixtures("here")
def test_plugins_that_could_not_be_loaded_make_the_run_incomplete(built_in: Plugins) -> None:
    result = judged(changed(built_in, errors=(PluginError("acme", "is broken"),)), Terraform())

    (gap,) = result.gaps
    assert (gap.why, gap.detail, gap.incomplete) == ("PLUGIN", "acme: is broken", True)


def test_findings_are_ordered_by_place_whatever_the_order_of_reading(here: Path, built_in: Plugins) -> None:
    for name in ("b", "a"):
        (here / name).mkdir()
        (here / name / "main.tf").write_text(TRAIL + TRAIL.replace('"main" {', '"second" {'))

    one = judged(built_in, Terraform(), select="TRAIL-*", paths=("a", "b"))
    other = judged(built_in, Terraform(), select="TRAIL-*", paths=("b", "a"))

    places = [(finding.origin.file, finding.origin.start) for finding in one.findings]
    assert places == sorted(places)
    assert [f.fingerprint for f in one.findings] == [f.fingerprint for f in other.findings]
    assert [note.target for note in one.targets] == ["a", "b"]


@pytest.mark.usefixtures("here")
def test_less_severe_verdicts_are_left_out_and_errors_never(built_in: Plugins) -> None:
    assert [f.policy for f in judged(built_in, Terraform(), least=Severity.HIGH).findings] == ["TRAIL-005"]
    result = judged(built_in, Terraform(), least=Severity.CRITICAL)

    assert result.findings == []
    assert result.notices == ["1 fail or unknown below `critical` left out"]


def test_the_same_finding_keeps_its_fingerprint_when_lines_move(here: Path, built_in: Plugins) -> None:
    before = judged(built_in, Terraform()).findings[0]
    (here / "main.tf").write_text("# a remark\n" * 50 + TRAIL)
    after = judged(built_in, Terraform()).findings[0]

    assert before.origin.line != after.origin.line
    assert before.fingerprint == after.fingerprint


def test_a_policy_about_what_is_never_judged_is_named(built_in: Plugins) -> None:
    """A policy on a part of a resource would silently judge nothing."""
    from guardrails.api import Check, EventSelector, policy, require

    @policy("X-1", on=EventSelector, severity=Severity.LOW, since="0.1")
    def selector_without_management(selector: EventSelector) -> Check:
        """An event selector that leaves management events out."""
        return require(selector.management.is_true(), "management events are left out")

    loaded = changed(built_in, policies=(*built_in.policies, selector_without_management))
    result = judged(loaded, select="X-1")

    named, _nothing_to_scan = result.gaps
    assert named.detail == "X-1 is about `EventSelector`, which no source has on its own, so it judges nothing"
    assert named.incomplete

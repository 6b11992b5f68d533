"""What a run found: one Finding for every verdict, and the result that reports are made from."""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.policy import Policy, Severity

COMPANIONS = ("cfn-lint",)
"""The other programs that can be asked as well. The ids of what they find begin with their name and a slash; which
rules they have is not known before they are imported."""


def of_companion(name: str) -> bool:
    """Whether something that is called like this is a rule of another program, or a pattern for such."""
    return name.partition("/")[0] in COMPANIONS and "/" in name


class Outcome(Enum):
    """The closed list of outcomes; each is always counted apart."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    ERROR = "error"
    WAIVED = "waived"


class Because(Record):
    """One thing that decided a verdict, and where it stands. `settle` says what a person can do about not knowing."""

    detail: str
    origin: Origin
    why: str = ""
    settle: str = ""


class Waiver(Record):
    """Why a verdict does not count: what somebody wrote where the finding stands, or above it."""

    reason: str
    until: str
    """The last day on which it holds, as 2027-01-31; empty where configuration allows waivers without an end."""
    origin: Origin
    """Where the waiver is written."""
    verdict: Outcome = Outcome.FAIL
    """What was found, and is reported where waivers are not honoured: FAIL or UNKNOWN."""


class Finding(Record):
    """One verdict of one policy on one resource."""

    policy: str
    name: str
    outcome: Outcome
    severity: Severity
    message: str
    resource: str
    type: str
    target: str
    origin: Origin
    """The place to change."""
    because: tuple[Because, ...] = ()
    remedy: str = ""
    cause: str = ""
    """The attribute at fault, for the fingerprint; empty for the resource as a whole."""
    subject: Origin = NOWHERE
    """The head of the resource that was judged. `origin` may stand elsewhere: in another resource, in a module."""
    waiver: Waiver | None = None
    """Set where the outcome is WAIVED, and only there."""

    @property
    def fingerprint(self) -> str:
        """16 hex digits: the same as long as the same policy fails on the same address for the same cause.

        Never depends on a line, a message or a version.
        """
        import hashlib

        identity = "\0".join((self.policy, self.target, self.resource, self.cause))
        return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class GapNote(Record):
    """Something that was asked for and could not be read or evaluated."""

    why: str
    detail: str
    settle: str
    origin: Origin
    incomplete: bool = True
    """Whether it makes the run incomplete (exit code 3): a broken file does, a module that is not downloaded does
    not."""


class TargetNote(Record):
    """What was read for one target: a root module, a stack, an account."""

    target: str
    source: str
    files: int
    resources: int
    gaps: tuple[GapNote, ...] = ()
    title: str = ""
    """What people call it, where `target` is a number: the name of an account."""


class Result:
    """All that a run has to say."""

    def __init__(
        self,
        targets: list[TargetNote] | None = None,
        findings: list[Finding] | None = None,
        gaps: list[GapNote] | None = None,
        notices: list[str] | None = None,
    ) -> None:
        self.targets = targets or []
        self.findings = findings or []
        self.gaps = gaps or []
        """Gaps that belong to no target: an argument that could not be read, a plugin that could not be loaded."""
        self.notices = notices or []
        """Things a person should know that are no gaps: a policy folder that was not loaded."""
        self.policies: Mapping[str, Policy[Any]] = {}
        """By id: what a report can tell of the policies beyond their verdicts. Empty where nobody said."""
        self.secrets: set[str] = set()
        """Texts that what was scanned marks as sensitive: they are masked here, and no report may show them."""
        self.severities: Mapping[str, Severity] = {}
        """Policy id → the severity that configuration insists on."""

    def count(self, outcome: Outcome) -> int:
        return sum(1 for finding in self.findings if finding.outcome is outcome)

    def all_gaps(self) -> Iterable[GapNote]:
        yield from self.gaps
        for target in self.targets:
            yield from target.gaps

    def targets_by_gap(self) -> Mapping[GapNote, list[str]]:
        """The targets in which a gap was met, as people call them: what stands at no place does not show it. Nothing
        where there is one target only."""
        found: dict[GapNote, list[str]] = {}
        for target in self.targets if len(self.targets) > 1 else ():
            called = f"{target.target} ({target.title})" if target.title else target.target
            for note in target.gaps:
                found.setdefault(note, []).append(called)
        return found

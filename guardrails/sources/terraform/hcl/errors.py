"""What is wrong with a file of the Terraform language."""

from __future__ import annotations

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import SourceFile
    from guardrails.sources.terraform.hcl.nodes import Body


class SyntaxFault(Exception):  # noqa: N818 - a fault is data that a report shows; it is raised only inside the parser
    """One syntax error: terraform's own summary, the offset it points at, and the offending text."""

    def __init__(self, summary: str, offset: int, detail: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.offset = offset
        self.detail = detail


class ParsedFile(Record):
    """A file as far as it could be read. `faults` is empty for a sound file; a broken block is left out of `body`.

    The first fault is terraform's first; the others are in the order of their places, but for those that terraform
    would no longer meet, which come last.
    """

    file: SourceFile
    body: Body
    faults: tuple[SyntaxFault, ...]

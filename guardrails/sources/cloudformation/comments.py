"""The comments of a text in YAML. What looks like one in a text of any kind is none."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.sources.cloudformation.nodes import Comment
from guardrails.sources.cloudformation.yaml_text import parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = compile_later("#([^\r\n\x85\u2028\u2029]*)")
_HEADER = compile_later("[^\r\n\x85\u2028\u2029]*")


def comments(text: str) -> tuple[Comment, ...]:
    """All comments, in order: what lies between the tokens, and what stands behind the mark of a block of text. Only
    of a text that can be parsed."""
    return tuple(
        Comment(match[1].lstrip("#").strip(), match.start(), match.end())
        for start, stop in _gaps(text)
        for match in _COMMENT.finditer(text, start, stop)
    )


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """What no token covers."""
    import yaml

    next_token = parser(text).get_token
    done = 0
    while (token := next_token()) is not None:
        start = token.start_mark.index
        if start > done:
            yield done, start
        done = max(done, token.end_mark.index)
        if type(token) is yaml.ScalarToken and token.style in ("|", ">"):
            header = _HEADER.match(text, start)
            if header is not None and (mark := text.find(" #", start, header.end())) >= 0:
                yield mark, header.end()
    yield done, len(text)

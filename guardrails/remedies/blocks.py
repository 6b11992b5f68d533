"""New blocks as text. python-hcl2 writes them; nothing else here needs it, and it is imported for nothing else."""

from __future__ import annotations

import re

from guardrails.errors import GuardrailsError
from guardrails.kernel.record import Record
from guardrails.remedies.layout import laid_out
from guardrails.sources.terraform.hcl import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from guardrails.remedies.steps import Nested
    from guardrails.sources.terraform.hcl.nodes import Block


class WriterMissingError(GuardrailsError):
    """python-hcl2 is not installed."""


class Whole(Record):
    """A top-level block that is to be written."""

    type: str
    labels: tuple[str, ...]
    arguments: Mapping[str, str]
    blocks: tuple[Nested, ...] = ()


def written(*wholes: Whole) -> str:
    """The text of top-level blocks, as `terraform fmt` leaves it. What is read back from it is what was asked for."""
    return "\n".join(_one(whole.type, whole.labels, whole.arguments, whole.blocks) for whole in wholes)


def nested(block: Nested, indent: str) -> str:
    """The text of a nested block with its indentation, and a line ending at its end."""
    text = _one(block.type, (), block.arguments, block.blocks)
    return "".join(f"{indent}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _one(type: str, labels: tuple[str, ...], arguments: Mapping[str, str], blocks: tuple[Nested, ...]) -> str:
    try:
        import hcl2
    except ImportError as error:
        raise WriterMissingError(
            "new blocks are written with python-hcl2, which is not installed: `pip install 'guardrails-audit[remedy]'`"
        ) from error
    builder: Any = hcl2.Builder()
    _fill(builder.block(type, [f'"{label}"' for label in labels], **_marked(arguments)), blocks)
    unlaid = re.sub(r"\{\s*\n\s*\}", "{}", hcl2.dumps(builder.build()))
    text = laid_out(_unfolded(unlaid, arguments, blocks))
    parsed = parse("", text)
    if parsed.faults or len(parsed.body.blocks) != 1 or not _is(text, parsed.body.blocks[0], arguments, blocks):
        raise GuardrailsError(f"a block `{type}` reads back as something else than what was written")
    return text


def _fill(builder: Any, blocks: tuple[Nested, ...]) -> None:  # noqa: ANN401 - python-hcl2 has no types
    for block in blocks:
        _fill(builder.block(block.type, **_marked(block.arguments)), block.blocks)


def _marked(arguments: Mapping[str, str]) -> dict[str, str]:
    """Expressions in the form in which the builder takes them."""
    return {name: f"${{{value}}}" for name, value in arguments.items()}


def _unfolded(text: str, arguments: Mapping[str, str], blocks: tuple[Nested, ...]) -> str:
    """The text with values as they were given: python-hcl2 puts each element of a list on a line of its own."""
    changes: list[tuple[int, int, str]] = []
    waiting = [(block, arguments, blocks) for block in parse("", text).body.blocks]
    while waiting:
        block, wanted, inner = waiting.pop()
        changes += [
            (argument.value.start, argument.value.stop, wanted[name])
            for name, argument in block.body.arguments.items()
            if name in wanted
        ]
        waiting += [(one, spec.arguments, spec.blocks) for one, spec in _paired(block, inner)]
    for start, stop, value in sorted(changes, reverse=True):
        text = text[:start] + value + text[stop:]
    return text


def _paired(block: Block, wanted: tuple[Nested, ...]) -> list[tuple[Block, Nested]]:
    """Nested blocks with what they should be. The builder groups them by type, in the order of each type."""
    waiting = list(wanted)
    pairs: list[tuple[Block, Nested]] = []
    for one in block.body.blocks:
        spec = next((spec for spec in waiting if spec.type == one.type), None)
        if spec is not None:
            waiting.remove(spec)
            pairs.append((one, spec))
    return pairs


def _is(text: str, block: Block, arguments: Mapping[str, str], blocks: tuple[Nested, ...]) -> bool:
    found = {name: _bare(text[one.value.start : one.value.stop]) for name, one in block.body.arguments.items()}
    pairs = _paired(block, blocks)
    return (
        found == {name: _bare(value) for name, value in arguments.items()}
        and len(pairs) == len(block.body.blocks) == len(blocks)
        and all(_is(text, one, spec.arguments, spec.blocks) for one, spec in pairs)
    )


def _bare(text: str) -> str:
    return "".join(text.split())

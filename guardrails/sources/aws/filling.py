"""How the texts of the call table are filled in, and how a dotted path is followed through an answer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.kind import Context, Filled


def at(content: object, path: str) -> object:
    """What stands at a dotted path, through lists without a word; None where nothing does."""
    for step in path.split(".") if path else ():
        if isinstance(content, list):
            content = _flat([at(one, step) for one in content])
        elif isinstance(content, dict):
            content = content.get(step)
        else:
            return None
    return content


def _flat(found: list[object]) -> list[object]:
    gathered: list[object] = []
    for one in found:
        if isinstance(one, list):
            gathered += one
        elif one is not None:
            gathered.append(one)
    return gathered


def texts_at(content: object, path: str) -> list[str]:
    """The texts that stand at a path, empty ones left out."""
    found = at(content, path)
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str) and one]


def filled(text: Filled, context: Context) -> str:
    """A text with its braces filled in; what is not known becomes empty."""
    if not isinstance(text, str):
        return text(context)
    parts = text.split("{")
    made = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        known = at(context, name)
        made += ("" if known is None else str(known), rest)
    return "".join(made)


def parameters(given: object, context: Context) -> object:
    """The parameters of a call, filled in."""
    if isinstance(given, str) or callable(given):
        return filled(given, context)
    if isinstance(given, list):
        return [parameters(one, context) for one in given]
    if isinstance(given, dict):
        return {name: parameters(one, context) for name, one in given.items()}
    return given

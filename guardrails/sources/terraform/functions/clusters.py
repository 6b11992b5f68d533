"""Characters as a reader counts them: terraform measures strings in grapheme clusters.

The rules follow Unicode's annex 29 with the properties that Python's `unicodedata` knows. Emoji are told by their
blocks, which may join a cluster too many or too few for symbols that only joined with others become pictures.
"""

from __future__ import annotations

_JOINER = "\u200d"


def clusters(text: str) -> str | list[str]:
    """The characters of a string, as anything with a length, an order and slices."""
    if text.isascii() and "\r\n" not in text:
        return text
    from unicodedata import category  # Loaded where a text is not ASCII; it is a library of its own.

    found: list[str] = []
    begin = flags = 0  # where the cluster begins, and how many regional indicators end it
    picture = False  # whether it holds one
    last = last_kind = ""
    for position, character in enumerate(text):
        kind = last_kind if character == last else category(character)
        if position and not _continues(last, last_kind, character, kind, flags, picture=picture):
            found.append(text[begin:position])
            begin, flags, picture = position, 0, False
        flags = flags + 1 if "\U0001f1e6" <= character <= "\U0001f1ff" else 0
        picture = picture or _is_picture(character)
        last, last_kind = character, kind
    return [*found, text[begin:]]


def _continues(last: str, last_kind: str, character: str, kind: str, flags: int, *, picture: bool) -> bool:
    """Whether a character goes on with the cluster that the last one belongs to; with Unicode's categories of both."""
    if last == "\r":
        return character == "\n"
    if _is_control(last, last_kind) or _is_control(character, kind):
        return False
    if character == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    if kind in {"Mn", "Me", "Mc"} or character in "\u200c\uff9e\uff9f":
        return True
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return flags % 2 == 1
    if last == _JOINER and _is_picture(character):
        return picture
    return _hangul(last, character)


def _is_control(character: str, kind: str) -> bool:
    return kind in {"Cc", "Zl", "Zp"} or (kind == "Cf" and character not in {_JOINER, "\u200c"})


def _is_picture(character: str) -> bool:
    code = ord(character)
    return (
        0x1F000 <= code <= 0x1FAFF or 0x2190 <= code <= 0x2BFF or code in {0xA9, 0xAE, 0x203C, 0x2049, 0x3030, 0x303D}
    )


def _hangul(last: str, character: str) -> bool:
    left, right = _syllable(ord(last)), _syllable(ord(character))
    return (
        (left == "L" and right in {"L", "V", "LV", "LVT"})
        or (left in {"LV", "V"} and right in {"V", "T"})
        or (left in {"LVT", "T"} and right == "T")
    )


def _syllable(code: int) -> str:
    if 0x1100 <= code <= 0x115F:
        return "L"
    if 0x1160 <= code <= 0x11A7:
        return "V"
    if 0x11A8 <= code <= 0x11FF:
        return "T"
    if 0xAC00 <= code <= 0xD7A3:
        return "LVT" if (code - 0xAC00) % 28 else "LV"
    return ""

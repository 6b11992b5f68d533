"""The words of the Terraform language: patterns, names, numbers, string escapes, and the naming of bad characters.

The reader is scannerless: there are no tokens, only patterns matched at an offset. Repetition of characters is
possessive (`*+`), so that no pattern can backtrack over long runs of blanks. Repetition of groups is not: Python before
3.11.5 keeps what a failing turn of a possessive group consumed. Their turns begin with different characters, so there
is one way to match and nothing to try again. Two kinds of white space exist: in newline-sensitive places (bodies,
objects) only blanks and `/* */`; inside brackets newlines and line comments too.

The patterns of the fast paths know comments only where they often are, and leave what they do not match to the general
way of reading; rare ones wait in `RARE`.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later, compiled
from guardrails.kernel.typed import cast
from guardrails.sources.terraform.hcl.errors import SyntaxFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from decimal import Decimal

_INLINE_COMMENT = r"/\*[^*]*+(?:\*(?!/)[^*]*+)*\*/"
BLANKS = rf"[ \t]*+(?:(?:{_INLINE_COMMENT}|(?:\#|//)[^\n]*+\Z)[ \t]*+)*"
"""A comment that runs to the end of the file ends no line."""
SPACES = rf"[ \t\n]*+(?:(?:\r\n|(?:\#|//)[^\n]*+|{_INLINE_COMMENT})[ \t\n]*+)*"
LINE_BREAK = r"(?:(?:\#|//)[^\n]*+)?\r?\n"
"""The end of a line, `{LINE_BREAK}` behind blanks."""
END_OF_LINE = rf"{BLANKS}(?:(?:\#|//)[^\n]*+)?(?:\r?\n|\Z)"
COMMENT = rf"(?:\#|//)[^\n]*+|{_INLINE_COMMENT}"
STRING = r'"(?:[^"\\\n]++|\\.)*"?'
"""A quoted string as far as one can tell without reading its sequences, for stepping over it."""
NAME = r"[A-Za-z_][A-Za-z0-9_-]*+(?![^\x00-\x7f])"
"""A name in ASCII; one with other letters does not match and is read by `name_end`."""
PLAIN = r'"([^"\\$%\r\n]*+)"'
"""A quoted string in which nothing needs decoding."""
QUOTED_TEXT = r'((?:[^"\\$%\r\n]++|\\[^\r\n]|\$\$\{|%%\{|\$(?!\$?\{)|%(?!%?\{))*)'
"""Text in a quoted string up to its end or to a sequence; `$${` and a `$` before anything but `{` are text."""
DOTTED = r"[A-Za-z_][A-Za-z0-9_-]*+(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*"
WORD = rf"({DOTTED}|[0-9]{{1,15}}+)"
"""A dotted name or a short integer, for the fast paths: only valid when a delimiter is seen behind it."""
NUMBER = r"[0-9](?:\.*+(?:[0-9]++|[eE][+-]?[0-9]))*"
HEREDOC = r"<<(-?)([^\x00-@\[-^`{-\x7f][^\x00-,./:-@\[-^`{-\x7f]*+)\r?\n"
"""The marker of a heredoc: letters, digits, `_`, `-` and whatever is not ASCII, which `name_end` then looks at."""
OPERATOR = r"[-+*%]|[=!<>]=|[<>]|&&|\|\||/(?!/)"
"""A `<` may also begin a heredoc, which is no operator."""

WHITE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What terraform strips as white space; `str.strip` without argument would strip four control characters more."""

CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

if TYPE_CHECKING:
    Matcher = Callable[[str, int], re.Match[str]]
    """The `match` of a pattern that may match nothing at all, hence never fails."""


def matcher(pattern: str) -> Matcher:
    return cast("Matcher", compiled(pattern).match)


match_spaces = matcher(SPACES)
match_blanks = matcher(BLANKS)


class _Rare:
    """Patterns that an ordinary file does not need, each compiled when it is first asked for."""

    def __init__(self, **patterns: str) -> None:
        self.__dict__.update((name, compile_later(pattern)) for name, pattern in patterns.items())

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> re.Pattern[str]: ...


RARE = _Rare(
    decimal=r"([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?",
    escape=r"\\u[0-9a-fA-F]{0,4}|\\U[0-9a-fA-F]{0,8}|\\.|\$\$\{|%%\{",
    heredoc=HEREDOC,
    # 1 text up to a line break, 2 the line break, 3 the opening of a sequence
    line_piece=r"((?:[^$%\r\n]++|\$\$\{|%%\{|\$(?!\$?\{)|%(?!%?\{))*)(?:(\r?\n)|([$%]\{~?))?",
    bitwise=r"&(?!&)|\|(?!\|)|\^|~(?!\})",
    known=r'[0-9\x20\t\n()\[\]{}.,*/%+\-=<>!?:&|~^"#]|\r\n',
    undecoded="[\udc80-\udcff]",
)

_SIMPLE_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}
_token = compile_later(
    r'(?a)(?P<word>[A-Za-z0-9_][\w-]*)|(?P<line>\r?\n)|(?P<string>"(?:[^"\\\n]|\\.)*"?)'
    r"|(?P<symbol>\.\.\.|&&|\|\||[=!<>]=|=>|::|[^\s\w])"
)
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
# Letters that the Unicode identifier property admits and Python's closed-under-normalisation variant does not.
_EXTRA_LETTERS = frozenset(
    "\u037a\u0e33\u0eb3\u309b\u309c\ufdfa\ufdfb\ufe70\ufe72\ufe74\ufe76\ufe78\ufe7a\ufe7c\ufe7e\uff9e\uff9f"
).union(map(chr, range(0xFC5E, 0xFC64)))


def free(text: str, offset: int) -> int:
    """Where the next token begins, inside brackets."""
    return match_spaces(text, offset).end()


def name_end(text: str, offset: int) -> int:
    """Where the name that begins at `offset` ends; `offset` itself where none begins. Knows letters of any script."""
    at = offset
    length = len(text)
    while at < length:
        character = text[at]
        if character.isascii():
            if not (character in _LETTERS or (at > offset and character in "-0123456789")):
                break
        elif at == offset:
            if not character.isidentifier() and (character not in _EXTRA_LETTERS or character in "\u309b\u309c"):
                break
        elif not ("a" + character).isidentifier() and character not in _EXTRA_LETTERS:
            break
        at += 1
    return at


def number(text: str) -> int | Decimal | None:
    """The exact value of a number as written; None where terraform rejects the literal.

    A whole number is an int however it is spelt (`1e5`, `1.0`), unless writing it out would be absurd.
    """
    if len(text) <= 4000 and text.isdecimal():  # In ASCII, as written.
        return int(text)
    match = RARE.decimal.fullmatch(text)
    if match is None:
        return None
    whole, fraction, exponent = match.groups()
    if fraction is None and exponent is None and len(whole) <= 4000:
        return int(whole)
    if exponent is not None and int(exponent.lstrip("+-0")[:11] or "0") > 2**31:
        return None
    from decimal import Decimal

    # The constructor is exact whatever the precision of the current context.
    value = Decimal(text)
    if not value:
        return 0
    if -4000 < value.adjusted() < 4000 and value == value.to_integral_value():
        return int(value)
    return value


def normalised(text: str) -> str:
    """Strings of the language are in normal form C."""
    if text.isascii():
        return text
    import unicodedata

    return unicodedata.normalize("NFC", text)


def unescaped(raw: str, offset: int, faults: list[SyntaxFault]) -> str:
    """The text that a piece of a quoted string stands for; bad escapes are added to `faults`."""
    if "\\" not in raw and "{" not in raw:
        return raw

    def meaning(match: re.Match[str]) -> str:
        escape = match.group()
        simple = _SIMPLE_ESCAPES.get(escape)
        if simple is not None:
            return simple
        at = offset + match.start()
        if escape[1] in "uU":
            wanted = 4 if escape[1] == "u" else 8
            digits = escape[2:]
            code = int(digits, 16) if digits else 0
            if len(digits) == wanted and code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
                return chr(code)
            remark = "is no character" if len(digits) == wanted else f"needs {wanted} hexadecimal digits"
        else:
            remark = "is no escape sequence"
        faults.append(SyntaxFault("Invalid escape sequence", at, f"`{escape}` {remark}"))
        return ""

    return RARE.escape.sub(meaning, raw)


def found(text: str, offset: int) -> str:
    """What stands at `offset`, for a message."""
    if offset >= len(text):
        return "the end of the file"
    match = _token.match(text, offset)
    if match is None:
        return f"`{text[offset]}`" if text[offset].isprintable() else f"the character U+{ord(text[offset]):04X}"
    if match.lastgroup == "line":
        return "the end of the line"
    token = match.group()
    return f"`{token}`" if len(token) <= 40 else f"`{token[:39]}…`"


def fault_at(text: str, summary: str, offset: int, expected: str) -> SyntaxFault:
    """A fault about what stands at `offset`; a character foreign to the language is the greater fault."""
    if offset < len(text):
        if RARE.bitwise.match(text, offset):
            return SyntaxFault("Unsupported operator", offset, f"{found(text, offset)} is no operator")
        if not RARE.known.match(text, offset) and name_end(text, offset) == offset:
            return SyntaxFault("Invalid character", offset, f"{found(text, offset)} has no meaning here")
    return SyntaxFault(summary, offset, f"expected {expected}, found {found(text, offset)}")

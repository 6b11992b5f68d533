"""Excerpts of scanned code without what may be a secret.

A report is shown to more people than the code, and kept for longer. Nothing here decides a verdict: what is hidden too
much costs a glance at the file, what is hidden too little may cost an account, so a doubtful text is hidden.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from guardrails.findings import Finding, GapNote
    from guardrails.kernel.origin import Origin, SourceFile

LONGEST = 600
"""Characters of a line that are looked at, and shown at most."""
_LOOKED_BACK = 60
"""Lines before an excerpt in which what it stands in is looked for."""
HIDDEN = "…"
SENSITIVE = "(sensitive)"
_LONG_ENOUGH = 6
"""Characters of a secret that is looked for in the midst of other text, too."""

_MARKS = compile_later(
    r"(?i)passw|passphrase|pwd|secret|token|credential|private_?key|access_?key|api_?key|apikey|auth_?key|bearer"
)
_NO_SECRETS = compile_later(
    r"(?i)(?:secretsmanager|(?:_id|_arn|_name|_path|_version|_length|_age|_days|_required|_enabled|_policy))$"
)
_NAME = compile_later(r"(?P<name>[\w.-]+)\"?\s*(?:=(?![=>])|:(?!:))[ \t]*")
_PLAIN = compile_later(
    r"(?:true|false|null|\d{1,6})(?![\w.-])"
    r"|(?:(?:var|local|data|module|each|self|count|path|aws_\w+|random_\w+)\.|\w+\()"
)
_QUOTED = compile_later(r'"(?:[^"\\]|\\.)*"?')
_PART = compile_later(r'"(?:[^"\\]|\\.)*"?|[\[({]|[\])}]|,|#|//')
_MARKED = compile_later(r'(\bsensitive\(\s*)"(?:[^"\\]|\\.)*"?')
_LOGIN = compile_later(r"(://)(?!git@)[^/@\s\"]+@")
_RUN = compile_later(r"[A-Za-z0-9+/=_-]{20,}")
_KNOWN = compile_later(
    r"(?:A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|eyJ|AIza|hf_|npm_|dop_v1_)[A-Za-z0-9_.+/=-]{8,}"
)
_BARE = compile_later(r"[^\s,}\]#&\"]+")
_DIGITS = compile_later(r"\d+")
_TURN = compile_later(r"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]")
_HEXADECIMAL = compile_later(r"[0-9a-fA-F]+")
_UUID = compile_later(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OPENS = compile_later(
    r'(?P<name>[\w.-]+)"?\s*[=:]\s*(?:[\w.-]+\s*\()*\s*(?:<<-?(?P<end>[A-Za-z_][\w-]*)|[\[{(]*[\[{(])\s*$'
)


def discreet(line: str) -> str:
    """One line of code, as much of it as is ever shown."""
    line = line[:LONGEST]
    if "://" in line:
        line = _LOGIN.sub(rf"\1{HIDDEN}@", line)
    shown: list[str] = []
    done = 0
    for found in _NAME.finditer(line):
        if found.start() >= done and speaks_of_secrets(found["name"]):
            stop, value = _without_texts(line, found.end())
            shown += (line[done : found.end()], value)
            done = stop
    shown.append(line[done:])
    line = "".join(shown)
    return _without_keys(_MARKED.sub(rf'\1"{HIDDEN}"', line) if "sensitive(" in line else line)


def excerpt(source: SourceFile, number: int) -> str:
    """Line `number` of a file; hidden as a whole where it belongs to the value of something that speaks of secrets."""
    line = source.line(number)
    if line.strip(" \t])},") and _stands_in_secret(source, number):
        return _QUOTED.sub(f'"{HIDDEN}"', line[:LONGEST]) if '"' in line else HIDDEN
    return discreet(line)


def masked(text: str, secrets: Collection[str]) -> str:
    """A text without these secrets. A short one is a secret only where it stands by itself, in quotes."""
    if not secrets or not text:
        return text
    for secret in sorted(secrets, key=len, reverse=True):
        for form in dict.fromkeys((secret, secret.strip(), _escaped(secret), secret.upper(), secret.lower())):
            if len(form) >= _LONG_ENOUGH:
                text = text.replace(form, SENSITIVE)
            else:
                for opening, closing in (('"', '"'), ("`", "`"), ("'", "'")):
                    text = text.replace(f"{opening}{form}{closing}", f"{opening}{SENSITIVE}{closing}")
    return text


def _escaped(text: str) -> str:
    """As it stands between quotes in JSON, and nearly so in HCL."""
    import json

    return json.dumps(text, ensure_ascii=False)[1:-1]


def without_secrets(finding: Finding, secrets: Collection[str]) -> Finding:
    """A finding that shows none of these secrets in anything that it says."""
    from guardrails.kernel.record import changed

    return changed(
        finding,
        message=masked(finding.message, secrets),
        resource=masked(finding.resource, secrets),
        origin=_place_without(finding.origin, secrets),
        because=tuple(
            changed(
                one,
                detail=masked(one.detail, secrets),
                settle=masked(one.settle, secrets),
                origin=_place_without(one.origin, secrets),
            )
            for one in finding.because
        ),
    )


def gap_without_secrets(gap: GapNote, secrets: Collection[str]) -> GapNote:
    """As `without_secrets`, for what was not read."""
    from guardrails.kernel.record import changed

    detail, settle = masked(gap.detail, secrets), masked(gap.settle, secrets)
    return changed(gap, detail=detail, settle=settle, origin=_place_without(gap.origin, secrets))


def _place_without(origin: Origin, secrets: Collection[str]) -> Origin:
    """The place; a module call on the way there may be named by a key."""
    if not origin.via or all(masked(call.name, secrets) == call.name for call in origin.via):
        return origin
    from guardrails.kernel.origin import Origin as Place
    from guardrails.kernel.record import changed

    via = tuple(changed(call, name=masked(call.name, secrets)) for call in origin.via)
    return Place(origin.source, origin.start, origin.stop, origin.how, via, origin.attribute)


def speaks_of_secrets(name: str) -> bool:
    """Whether the value of something with this name may be a secret, and not only say where one is."""
    return _MARKS.search(name) is not None and _NO_SECRETS.search(name) is None


def _without_texts(line: str, at: int) -> tuple[int, str]:
    """The value that begins at an offset of a line without the texts in it, and where it ends."""
    if line[at : at + 1] == "":
        return at, ""
    if line[at] not in '"[({<' and _PLAIN.match(line[at:]) is None:
        bare = _BARE.match(line[at:])
        return (at + bare.end(), HIDDEN) if bare is not None else (at, "")
    depth = 0
    shown: list[str] = []
    done = at
    for part in _PART.finditer(line[at:]):
        start, stop = at + part.start(), at + part.end()
        letter = part[0][0]
        if letter == '"':
            shown += (line[done:start], f'"{HIDDEN}' if len(part[0]) > 2 else part[0])
            if len(part[0]) > 2 and part[0].endswith('"'):
                shown.append('"')
            done = stop
        elif letter in "[({":
            depth += 1
        elif letter in "])}":
            depth -= 1
        if depth < 0 or (depth == 0 and letter in ",#/"):
            return start, "".join((*shown, line[done:start]))
    return len(line), "".join((*shown, line[done:]))


def _without_keys(line: str) -> str:
    """A line without texts that look as if drawn by lot: keys and tokens whatever they are called."""
    line = _KNOWN.sub(HIDDEN, line)
    return _RUN.sub(lambda run: HIDDEN if _looks_random(run[0]) else run[0], line)


def _looks_random(run: str) -> bool:
    """Whether capitals, small letters and digits follow on each other as in no word."""
    if run.islower() and not any(map(str.isdigit, run)):
        return False
    if _UUID.fullmatch(run) or run.isdigit() or set(run) <= set("-=_/+"):
        return False
    digits = len(_DIGITS.findall(run))
    turns = len(_TURN.findall(run))
    if _HEXADECIMAL.fullmatch(run):
        return len(run) >= 32 and digits >= 4
    return turns / len(run) >= 0.3 and (digits >= 3 or (digits >= 2 and len(run) >= 24) or len(run) >= 40)


def _stands_in_secret(source: SourceFile, number: int) -> bool:
    """Whether a line is inside a heredoc, a list or an object that is given to something that speaks of secrets."""
    above = [line[:LONGEST] for line in source.lines(max(1, number - _LOOKED_BACK), number)]
    closed = 0
    for at in range(len(above) - 1, -1, -1):
        line = above[at].rstrip()
        opened = _OPENS.search(line) if _may_open(line) else None
        if opened is not None and opened["end"]:
            ended = any(below.strip() == opened["end"] for below in above[at + 1 :])
            if not ended and speaks_of_secrets(opened["name"]):
                return True
            continue
        balance = sum(map(line.count, "])}")) - sum(map(line.count, "[({"))
        if balance < 0 and closed + balance < 0:
            if opened is not None and speaks_of_secrets(opened["name"]):
                return True
            closed = 0
        else:
            closed = max(0, closed + balance)
    return any("PRIVATE KEY-----" in line for line in above) and any(
        "PRIVATE KEY-----" in line for line in _since_the_last_end(above)
    )


def _may_open(line: str) -> bool:
    """Whether `_OPENS` can match: most lines need not be asked."""
    return ("=" in line or ":" in line) and (line.endswith(("[", "(", "{")) or "<<" in line)


def _since_the_last_end(lines: list[str]) -> list[str]:
    """The lines behind the last end of a key in the form of PEM."""
    ends = [at for at, line in enumerate(lines) if "-----END" in line]
    return lines[ends[-1] + 1 :] if ends else lines

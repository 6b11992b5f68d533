"""`guardrails completion`: static scripts, written from the parser so that they cannot fall behind it."""

from __future__ import annotations

import argparse

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TAKES_PATHS = (
    "--var-file", "--config", "--policies", "-o", "--output", "--record", "--log", "--code",
    "--accounts", "--from", "--save", "--journal", "--resume", "--against",
)  # fmt: skip


class _Option(Record):
    spellings: tuple[str, ...]
    help: str
    takes_value: bool
    choices: tuple[str, ...]

    @property
    def takes_path(self) -> bool:
        return any(spelling in _TAKES_PATHS for spelling in self.spellings)


class _Command(Record):
    """One command: the words that lead to it, its options, and what may follow."""

    words: tuple[str, ...]
    options: tuple[_Option, ...]
    follows: Mapping[str, str] = {}
    """Subcommands, or the choices of the first positional, with their help."""
    takes_paths: bool = False


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The completion script for `bash`, `zsh` or `fish`."""
    commands = list(_commands(parser, ()))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)


def _commands(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[_Command]:
    options: list[_Option] = []
    follows: dict[str, str] = {}
    below: list[tuple[str, argparse.ArgumentParser]] = []
    takes_paths = False
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to see its actions
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001 - as above
            follows |= {name: helps.get(name, "") for name in action.choices}
            below += list(action.choices.items())
        elif action.option_strings:
            choices = tuple(str(choice) for choice in action.choices or _suggested(action.dest))
            options.append(_Option(tuple(action.option_strings), action.help or "", action.nargs != 0, choices))
        elif action.choices:
            follows |= {str(choice): "" for choice in action.choices}
        elif action.dest == "paths":
            takes_paths = True
    yield _Command(words, tuple(options), follows, takes_paths)
    for name, child in below:
        yield from _commands(child, (*words, name))


def _suggested(dest: str) -> tuple[str, ...]:
    """Values that are offered although others are accepted as well: a configuration adds scenarios of its own."""
    if dest != "scenario":
        return ()
    from importlib import import_module

    return tuple(import_module("guardrails_policies.scenarios").NAMES)


def _bash(commands: list[_Command]) -> str:
    lines = [
        "# bash completion for guardrails",
        "_guardrails() {",
        '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" path="" word',
        '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        '    case "$path $word" in',
    ]
    lines += [f'      "{" ".join(("", *c.words))}") path="{" ".join(("", *c.words))}" ;;' for c in commands if c.words]
    lines += ["    esac", "  done", '  case "$path:$prev" in']
    for command in commands:
        path = " ".join(("", *command.words)) if command.words else ""
        for option in command.options:
            if not option.takes_value:
                continue
            patterns = "|".join(f'"{path}:{spelling}"' for spelling in option.spellings)
            if option.choices:
                reply = f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$cur"))'
            else:
                reply = 'COMPREPLY=($(compgen -f -- "$cur"))' if option.takes_path else "COMPREPLY=()"
            lines.append(f"    {patterns}) {reply}; return ;;")
    lines += ["  esac", '  case "$path" in']
    for command in commands:
        path = " ".join(("", *command.words)) if command.words else ""
        words = [spelling for option in command.options for spelling in option.spellings]
        words += command.follows
        files = ' $(compgen -f -- "$cur")' if command.takes_paths else ""
        lines.append(f'    "{path}") COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$cur"){files}) ;;')
    lines += ["  esac", "}", "complete -o filenames -F _guardrails guardrails", ""]
    return "\n".join(lines)


def _zsh(commands: list[_Command]) -> str:
    lines = [
        "#compdef guardrails",
        "_guardrails() {",
        '  local cur="${words[CURRENT]}" prev="${words[CURRENT-1]}" place="" word',
        "  local -a reply",
        "  for word in ${words[2,CURRENT-1]}; do",
        '    case "$place $word" in',
    ]
    lines += [f'      "{" ".join(("", *c.words))}") place="{" ".join(("", *c.words))}" ;;' for c in commands if c.words]
    lines += ["    esac", "  done", '  case "$place:$prev" in']
    for command in commands:
        path = " ".join(("", *command.words)) if command.words else ""
        for option in command.options:
            if not option.takes_value:
                continue
            patterns = "|".join(f'"{path}:{spelling}"' for spelling in option.spellings)
            if option.choices:
                reply = f"compadd -- {' '.join(option.choices)}"
            else:
                reply = "_files" if option.takes_path else "_message 'a value'"
            lines.append(f"    {patterns}) {reply}; return ;;")
    lines += ["  esac", '  case "$place" in']
    for command in commands:
        path = " ".join(("", *command.words)) if command.words else ""
        described = [(spelling, option.help) for option in command.options for spelling in option.spellings]
        described += command.follows.items()
        items = " ".join(_single_quoted(f"{word.replace(':', chr(92) + ':')}:{text}") for word, text in described)
        files = "; _files" if command.takes_paths else ""
        lines.append(f'    "{path}") reply=({items}); _describe guardrails reply{files} ;;')
    lines += ["  esac", "}", 'compdef _guardrails guardrails 2>/dev/null || _guardrails "$@"', ""]
    return "\n".join(lines)


def _fish(commands: list[_Command]) -> str:
    lines = ["# fish completion for guardrails", "complete -c guardrails -f"]
    for command in commands:
        seen = [f"__fish_seen_subcommand_from {word}" for word in command.words]
        if command.follows:
            seen.append(f"not __fish_seen_subcommand_from {' '.join(command.follows)}")
        condition = f" -n {_single_quoted('; and '.join(seen))}" if seen else ""
        for option in command.options:
            parts = [f"complete -c guardrails{condition}"]
            parts += [f"-l {s[2:]}" if s.startswith("--") else f"-s {s[1:]}" for s in option.spellings]
            if option.takes_value:
                parts.append("-r")
                parts += [f"-a {_single_quoted(' '.join(option.choices))}"] if option.choices else []
                parts += ["-F"] if option.takes_path else []
            parts.append(f"-d {_single_quoted(option.help)}")
            lines.append(" ".join(parts))
        for word, text in command.follows.items():
            lines.append(f"complete -c guardrails{condition} -a {word} -d {_single_quoted(text)}")
        if command.takes_paths:
            lines.append(f"complete -c guardrails{condition} -F")
    return "\n".join([*lines, ""])


def _single_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"

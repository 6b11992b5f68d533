"""The real terraform as the judge of expressions: a console that is kept running.

`terraform console` prints only its last result when standard input is a pipe, and a prompt and an echo when both sides
are a terminal. With a pseudo-terminal on standard input and a pipe on standard output it does neither, and errors do
not end it. Each expression is followed by an empty line, which ends an incomplete one, and by a string that marks the
end of the answer. Variables without a value are unknown values of their type.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import termios
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.why import Why
from guardrails.sources.terraform.arithmetic import negate
from guardrails.sources.terraform.hcl import nodes, parse_expression
from guardrails.sources.terraform.values import HclList, HclMap, HclSet, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TERRAFORM = shutil.which("terraform")

_IN_FLIGHT = 64
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")
_INFINITY = re.compile(r"(?<!\S)\+Inf(?=,?$)", re.MULTILINE)
_LINE_START = re.compile(r"^[╷│╵] ?", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What terraform printed for an expression; `error` is the summary of its complaint, empty if it had none."""

    text: str
    error: str

    def value(self) -> object:
        """The value that was printed, unknown where it says so."""
        plain = self.text.replace("(known after apply)", "not_known").replace("(sensitive value)", "not_known")
        plain = _INFINITY.sub("Inf", plain).replace("${", "$${").replace("%{", "%%{")
        return _read(parse_expression(SourceFile("answer", plain)))


class Console:
    """One running `terraform console` in a directory of .tf files."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        assert TERRAFORM is not None
        self._keyboard, terminal = pty.openpty()
        flags = termios.tcgetattr(terminal)
        flags[0] &= ~(termios.ICRNL | termios.IXON | termios.INLCR)
        flags[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
        termios.tcsetattr(terminal, termios.TCSANOW, flags)
        environment = dict(os.environ, TF_CLI_CONFIG_FILE=os.devnull, CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
        self._process = subprocess.Popen(
            [TERRAFORM, "console", *arguments],
            cwd=directory,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        os.close(terminal)
        assert self._process.stdout is not None
        self._screen = self._process.stdout.fileno()
        self._unread = b""
        self._asked = 0

    def ask(self, expressions: Sequence[str], patience: float = 60.0) -> list[Answer]:
        """The answers, in order. Several questions are under way at a time, which hides the round trip."""
        marks = [b'"@@%d@@"' % (self._asked + i) for i in range(len(expressions))]
        self._asked += len(expressions)
        answers: list[Answer] = []
        deadline = time.monotonic() + patience
        sent = 0
        while len(answers) < len(expressions):
            while sent < len(expressions) and sent - len(answers) < _IN_FLIGHT:
                self._type(expressions[sent].encode() + b"\n\n" + marks[sent] + b"\n")
                sent += 1
            answers += self._answered(marks[len(answers) : sent], deadline)
        return answers

    def _type(self, text: bytes) -> None:
        while text:
            text = text[os.write(self._keyboard, text[:2048]) :]

    def _answered(self, marks: Sequence[bytes], deadline: float) -> Iterator[Answer]:
        """The answers that have come in; waits if there are none."""
        while marks[0] not in self._unread:
            # Not `select`, which knows no file of a number above a thousand, and a whole suite has opened that many.
            waiting = select.poll()
            waiting.register(self._screen, select.POLLIN)
            ready = waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)
            chunk = os.read(self._screen, 1 << 16) if ready else b""
            if not chunk:
                raise TimeoutError(self._unread[-2000:].decode(errors="replace"))
            self._unread += chunk
        for mark in marks:
            before, found, after = self._unread.partition(mark)
            if not found:
                return
            self._unread = after[1:]
            text = _COLOURS.sub(b"", before).decode().strip("\n")
            yield Answer(text, _complaint(text))

    def close(self) -> None:
        os.write(self._keyboard, b"exit\n")
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        os.close(self._keyboard)


def _complaint(text: str) -> str:
    if not text.startswith("╷"):
        return ""
    lines = [line.strip() for line in _LINE_START.sub("", text).splitlines()]
    return next(line.removeprefix("Error: ") for line in lines if line)


def _read(node: nodes.Expression) -> object:
    """The value of an expression as the console writes values, where lists and maps differ from tuples and objects."""
    match node:
        case nodes.Literal():
            return node.value
        case nodes.Unary():
            operand = _read(node.operand)
            assert isinstance(operand, int | Decimal)
            return negate(operand)
        case nodes.TupleExpression():
            return [_read(item) for item in node.items]
        case nodes.ObjectExpression():
            return {str(_read(key)): _read(item) for key, item in node.pairs}
        case nodes.Name(name="Inf"):
            return Decimal("Infinity")
        case nodes.Name(name="not_known"):
            return unknown(Why.INPUT, "not known to terraform either")
        case nodes.FunctionCall(arguments=(argument,)):
            inner = _read(argument)
            if inner is None:
                return None  # `tostring(null)`
            if node.name == "tomap":
                assert isinstance(inner, dict)
                return HclMap(inner.items())
            assert isinstance(inner, list)
            return HclList(inner) if node.name == "tolist" else HclSet(inner)
    raise AssertionError(f"the console does not write {type(node).__name__}")

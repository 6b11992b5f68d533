"""What templates say: strip markers, directives, escapes, the indentation of heredocs, as terraform says it."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from tree_text import tree

from guardrails.kernel.origin import SourceFile
from guardrails.sources.terraform.hcl import SyntaxFault, nodes, parse, parse_expression, parse_template

_VECTORS: dict[str, Any] = json.loads(
    Path(__file__).parent.parent.joinpath("vectors", "templates.json").read_text(encoding="utf-8")
)
_LOCALS: dict[str, Any] = _VECTORS["locals"]


def _value(source: str) -> nodes.Expression:
    parsed = parse("main.tf", f"x = {source}\n")
    assert not parsed.faults
    return parsed.body.arguments["x"].value


def _rendered(node: nodes.Expression, names: dict[str, Any]) -> Any:  # noqa: ANN401 - values of a language without types
    match node:
        case nodes.Literal():
            return node.value
        case nodes.Template():
            return "".join(str(_rendered(part, names)) for part in node.parts)
        case nodes.Name():
            return names[node.name]
        case nodes.GetAttribute():
            return _LOCALS[node.name]
        case nodes.Conditional():
            return _rendered(node.yes if _rendered(node.condition, names) else node.no, names)
        case nodes.TemplateFor():
            values = _rendered(node.collection, names)
            return "".join(_rendered(node.body, {**names, node.value_name: value}) for value in values)
        case _:
            raise TypeError(type(node).__name__)


@pytest.mark.parametrize("vector", _VECTORS["templates"], ids=lambda vector: repr(vector["source"]))
def test_text_is_terraforms(vector: dict[str, Any]) -> None:
    rendered = _rendered(_value(vector["source"].rstrip("\n")), {})

    assert unicodedata.normalize("NFC", str(rendered)) == vector["value"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('""', "''"),
        ('"a"', "'a'"),
        (r'"\n\t\r\"\\"', r"""'\n\t\r"\\'"""),
        ('"50% $5 $$ %%"', "'50% $5 $$ %%'"),
        ('"$${a} %%{b} $$${c}"', "'${a} %{b} $${c}'"),
        ('"e\u0301 \\u0065\\u0301"', "'é é'"),
        ('"${a}"', "a"),
        ('"${"${a}"}"', "a"),
        ('"${~ a ~}"', "a"),
        ('" ${~ a}"', "<a>"),
        ('"${a}${b}"', "<a b>"),
        ('"x${a}y"', "<'x' a 'y'>"),
        ('"${"x"}"', "'x'"),
        ('"%{ if a }x%{ endif }"', "<(? a 'x' '')>"),
        ('"%{ if a }%{ else }${b}%{ endif }"', "<(? a '' <b>)>"),
        ('"%{ for k, v in m }${k}=${v},%{ endfor }"', "<<for k v m : <k '=' v ','>>>"),
        ('"%{ for x in y }%{ if x }a%{ endif }%{ endfor }"', "<<for - x y : <(? x 'a' '')>>>"),
    ],
)
def test_quoted_templates_lower_to_the_simplest_node(source: str, expected: str) -> None:
    assert tree(_value(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<<EOT\nEOT\n", "''"),
        ("<<EOT\n a\n  b\nEOT\n", r"' a\n  b\n'"),
        ("<<-EOT\n    a\n\n      b\n    EOT\n", r"'a\n\n  b\n'"),
        ("<<-EOT\n\ta\n\t\tb\n\tEOT\n", r"'a\n\tb\n'"),
        ("<<EOT\r\na\r\nEOT\r\n", r"'a\r\n'"),
        ("<<EOT\n${a}\nEOT\n", r"<a '\n'>"),
        ("<<EOT\n${a ~}\nEOT\n", "<a>"),
        ("<<EOT\nEOTX\n EOT x\n EOT\n", r"'EOTX\n EOT x\n'"),
        ("<<EOT\n\\n $${a} 50%\nEOT\n", r"'\\n ${a} 50%\n'"),
        ("<<-EOT\n    ${a}\n      b\n    EOT\n", r"<a '\n  b\n'>"),
        ("<<-EOT\n      a\n${a}\n    EOT\n", r"<'      a\n' a '\n'>"),
        ("<<EOT\n${f(<<IN\nq\nIN\n)}\nEOT\n", r"<(f() 'q\n') '\n'>"),
        ("<<é\na\né\n", r"'a\n'"),
    ],
)
def test_heredocs(source: str, expected: str) -> None:
    assert tree(_value(source.removesuffix("\n"))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "''"),
        ('plain "text"\n', "'plain \"text\"\\n'"),
        ("${a}", "a"),
        ("a ${b}\n%{ if c ~}\nd\n%{ endif ~}\n", r"<'a ' b '\n' (? c 'd\n' '')>"),
        ("cost $", "'cost $'"),
        ("\\n stays", r"'\\n stays'"),
        ("a\rb ${c}", r"'a\rb ${c}'"),
    ],
)
def test_files_as_templates(text: str, expected: str) -> None:
    assert tree(parse_template(SourceFile("file.tftpl", text))) == expected


@pytest.mark.parametrize(
    ("text", "summary", "offset"),
    [
        ("a ${b", "Unclosed template interpolation sequence", 0),
        ("a ${b c}", "Extra characters after interpolation expression", 6),
        ("%{ if a }", "Unexpected end of template", 9),
        ("x %{ endfor }", "Unexpected endfor directive", 2),
        ("%{ iff a }", "Invalid template control keyword", 3),
    ],
)
def test_faults_of_files_as_templates(text: str, summary: str, offset: int) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_template(SourceFile("file.tftpl", text))

    assert (caught.value.summary, caught.value.offset) == (summary, offset)


def test_expressions_ignore_newlines() -> None:
    assert tree(parse_expression(SourceFile("x", "\n[\n a\n .b ,\n]\n# end"))) == "[(. a b)]"


@pytest.mark.parametrize(
    ("text", "summary", "offset"),
    [
        ("", "Missing expression", 0),
        ("a b", "Extra characters after expression", 2),
        ('"\\x" + ', "Invalid escape sequence", 1),
    ],
)
def test_faults_of_expressions(text: str, summary: str, offset: int) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_expression(SourceFile("x", text))

    assert (caught.value.summary, caught.value.offset) == (summary, offset)

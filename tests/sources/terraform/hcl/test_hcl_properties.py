"""What holds for any text: no exception, offsets within bounds, spans that nest and that read back."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tree_text import body_tree, children, expressions, tree

from guardrails.kernel.origin import SourceFile
from guardrails.sources.terraform.hcl import (
    ParsedFile,
    SyntaxFault,
    nodes,
    parse,
    parse_expression,
    parse_json,
    parse_json_values,
    parse_template,
)

_SAMPLE = Path(__file__).parent.joinpath("sample.tf").read_text(encoding="utf-8")

_words = st.sampled_from(
    [
        *("a", "b.c", "for", "in", "if", "true", "null", "1", "2.5", "1e3", "é", "f(", "a::b(", "x = ", "b {\n", "}\n"),
        *(
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ".",
            "..",
            "...",
            ".*",
            "[*]",
            "=",
            "=>",
            ":",
            "?",
            "!",
            "-",
            "+",
            "/",
            "%",
        ),
        *(
            "==",
            "&&",
            "||",
            "<",
            ">=",
            '"',
            "${",
            "%{",
            "$${",
            "~}",
            "${~",
            "\\n",
            "\\u00e9",
            "\\",
            "$",
            "<<E\n",
            "<<-E\n",
        ),
        *("E\n", "\n", "\r\n", "\r", " ", "\t", "# c\n", "// c", "/* c */", "/*", "%{if a}", "%{else}", "%{endif}"),
        *("%{for x in y}", "%{endfor}", 'resource "a" "b" {\n', "\0", "\u2003", "\ufeff", "'", ";", "&"),
    ]
)
_texts = st.lists(_words, max_size=40).map("".join) | st.text(max_size=60)


def _expressions(depth: int) -> st.SearchStrategy[str]:
    """Sound expressions without newlines at their outer level."""
    simple = st.sampled_from(
        ["a", "a.b.c", "1", "2.5", "true", "null", '"s"', '"é\\n"', "a.0", "a[*].b", "a.*.b", "f()"]
    )
    if not depth:
        return simple
    inner = _expressions(depth - 1)
    operators = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"])
    return st.one_of(
        simple,
        st.builds("{} {} {}".format, inner, operators, inner),
        st.builds("({})".format, inner),
        st.builds("({}).b[{}]".format, inner, inner),
        st.builds("{} ? {} : {}".format, inner, inner, inner),
        st.builds("[{},\n{}]".format, inner, inner),
        st.builds("{{ a = {}, ({}) = {} }}".format, inner, inner, inner),
        st.builds("f({}, {}...)".format, inner, inner),
        st.builds("[for k, v in {} : {} if {}]".format, inner, inner, inner),
        st.builds("{{for v in {} : {} => {}...}}".format, inner, inner, inner),
        st.builds('"x ${{ {} }} y"'.format, inner),
        st.builds('"%{{ if {} ~}} ${{{}}} %{{ else }}z%{{ endif }}"'.format, inner, inner),
        st.builds("-({})".format, inner),
        st.builds("(<<-E\n  q ${{{}}}\n    r\n  E\n)".format, inner),
    )


def _check_offsets(parsed: ParsedFile) -> None:
    length = len(parsed.file.text)
    for fault in parsed.faults:
        assert 0 <= fault.offset <= length
        assert fault.summary
        assert fault.detail
    assert len({(fault.offset, fault.summary) for fault in parsed.faults}) == len(parsed.faults)
    _check_body(parsed.body, 0, length)


def _check_body(body: nodes.Body, start: int, stop: int) -> None:
    for argument in body.arguments.values():
        assert start <= argument.start < argument.stop <= stop
        _check_nested(argument.value, argument.start, argument.stop)
    for block in body.blocks:
        assert start <= block.start < block.header_stop < block.stop <= stop
        _check_body(block.body, block.header_stop, block.stop)


def _check_nested(node: nodes.Expression, start: int, stop: int) -> None:
    assert start <= node.start <= node.stop <= stop
    for below in children(node):
        _check_nested(below, node.start, node.stop)


@given(_texts)
@settings(max_examples=400, deadline=None)
def test_any_text_is_read(text: str) -> None:
    _check_offsets(parse("main.tf", text))


@given(st.binary(max_size=60) | _texts.map(lambda text: text.encode("utf-16")))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read(data: bytes) -> None:
    _check_offsets(parse("main.tf", data))
    _check_offsets(parse_json("main.tf.json", data))


@given(st.integers(0, len(_SAMPLE)), st.integers(0, 10), _texts)
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_read(at: int, removed: int, added: str) -> None:
    parsed = parse("main.tf", _SAMPLE[:at] + added + _SAMPLE[at + removed :])

    _check_offsets(parsed)
    before = [block for block in parse("main.tf", _SAMPLE).body.blocks if block.stop < at]
    assert _block_texts(parsed.body)[: len(before)] == _block_texts(nodes.Body({}, before))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_what_a_deletion_costs_is_its_own_block(data: st.DataObject) -> None:
    blocks = parse("main.tf", _SAMPLE).body.blocks
    broken = data.draw(st.integers(0, len(blocks) - 1))
    removed = data.draw(st.integers(1, 5))
    at = data.draw(st.integers(blocks[broken].start, blocks[broken].stop - removed))
    parsed = parse("main.tf", _SAMPLE[:at] + _SAMPLE[at + removed :])

    left = _block_texts(parsed.body)
    others = _block_texts(nodes.Body({}, blocks[:broken] + blocks[broken + 1 :]))
    assert [text for text in others if text not in left] == []


def _block_texts(body: nodes.Body) -> list[str]:
    return [body_tree(nodes.Body({}, [block])) for block in body.blocks]


_json_words = st.sampled_from(
    [*'{}[]:,"\n ', '"a"', '"${b}"', "1", "-2.5e3", "true", "null", '{"locals": ', "\\", "\\u00", "x"]
)


@given(st.lists(_json_words, max_size=30).map("".join) | st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_as_json(text: str) -> None:
    _check_offsets(parse_json("main.tf.json", text))
    _check_offsets(parse_json_values("main.tfvars.json", text))


@given(_texts)
@settings(max_examples=200, deadline=None)
def test_expressions_and_templates_raise_nothing_but_faults(text: str) -> None:
    for read in (parse_expression, parse_template):
        met: list[SyntaxFault] = []
        try:
            _check_nested(read(SourceFile("x", text)), 0, len(text))
        except SyntaxFault as fault:
            met.append(fault)
        assert all(0 <= fault.offset <= len(text) for fault in met)


@given(_expressions(3))
@settings(max_examples=200, deadline=None)
def test_expressions_read_back_from_their_spans(text: str) -> None:
    parsed = parse("main.tf", f"x = {text}\n")
    assert not parsed.faults
    _check_offsets(parsed)
    waiting = expressions(parsed.body)
    while waiting:
        node = waiting.pop()
        below = children(node)
        waiting += below
        if isinstance(node, nodes.Template | nodes.TemplateFor | nodes.SplatItem) or any(
            isinstance(part, nodes.SplatItem | nodes.TemplateFor) for part in below
        ):
            continue
        written = parsed.file.text[node.start : node.stop]
        if isinstance(node, nodes.Literal) and isinstance(node.value, str) and written[:1] not in ('"', "<"):
            continue  # text in a template, or a bare key
        if isinstance(node, nodes.Conditional) and written.startswith("%{"):
            continue
        assert tree(parse_expression(SourceFile("x", written + "\n"))) == tree(node)


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=40))
def test_any_string_can_be_written_and_read(text: str) -> None:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("${", "$${").replace("%{", "%%{")
    )
    parsed = parse("main.tf", f'x = "{escaped}"\n')
    value = parsed.body.arguments["x"].value

    assert isinstance(value, nodes.Literal)
    assert parse("main.tf", f'x = "{escaped}"\ny = 1\n').body.arguments["y"].start > value.stop
    if text.isascii():
        assert value.value == text


def test_blocks_read_back_from_their_spans() -> None:
    parsed = parse("sample.tf", _SAMPLE)

    for block in parsed.body.blocks:
        again = parse("sample.tf", _SAMPLE[block.start : block.stop])
        assert body_tree(again.body) == body_tree(nodes.Body({}, [block]))

"""The JSON variant: the same trees, and offsets into the JSON."""

from __future__ import annotations

import json

import pytest
from tree_text import body_tree, tree

from guardrails.sources.terraform.hcl import ParsedFile, nodes, parse, parse_json, parse_json_values


def _faults(parsed: ParsedFile) -> list[tuple[str, int]]:
    return [(fault.summary, parsed.file.position(fault.offset)[0]) for fault in parsed.faults]


def test_same_tree_as_the_native_syntax() -> None:
    native = parse(
        "main.tf",
        """
        terraform {
          required_version = ">= 1"
          required_providers {
            aws = { source = "hashicorp/aws", configuration_aliases = ["aws.west"] }
          }
          backend "s3" {
            bucket = "b"
          }
        }
        variable "v" {
          type    = list(string)
          default = ["$${x}"]
          validation {
            condition = length(var.v) > 0
          }
        }
        resource "aws_x" "y" {
          count    = "${var.n}"
          provider = aws.west
          name     = "é-${each.key}"
          tags     = { k = "v", (local.k) = [1, 2.5, true, null] }
          lifecycle {
            ignore_changes = [tags["a"], name]
            precondition {
              condition = true
            }
          }
          provisioner "local-exec" {
            command = "x"
          }
          provisioner "local-exec" {
            command = "y"
          }
          dynamic "rule" {
            for_each = var.rules
            iterator = it
            content {
              days = it.value
            }
          }
          depends_on = [aws_z.w]
        }
        module "m" {
          source    = "./m"
          providers = { aws = aws.west }
        }
        moved {
          from = aws_x.a
          to   = aws_x.b[0]
        }
        """,
    )
    written = parse_json(
        "main.tf.json",
        json.dumps(
            {
                "//": "a comment",
                "terraform": {
                    "required_version": ">= 1",
                    "required_providers": {"aws": {"source": "hashicorp/aws", "configuration_aliases": ["aws.west"]}},
                    "backend": {"s3": {"bucket": "b"}},
                },
                "variable": {
                    "v": {
                        "type": "list(string)",
                        "default": ["${x}"],
                        "validation": {"condition": "${length(var.v) > 0}"},
                    }
                },
                "resource": {
                    "aws_x": {
                        "y": {
                            "//": ["another"],
                            "count": "${var.n}",
                            "provider": "aws.west",
                            "name": "é-${each.key}",
                            "tags": {"k": "v", "${local.k}": [1, 2.5, True, None]},
                            "lifecycle": {"ignore_changes": ['tags["a"]', "name"], "precondition": {"condition": True}},
                            "provisioner": [{"local-exec": {"command": "x"}}, {"local-exec": {"command": "y"}}],
                            "dynamic": {
                                "rule": {
                                    "for_each": "${var.rules}",
                                    "iterator": "it",
                                    "content": [{"days": "${it.value}"}],
                                }
                            },
                            "depends_on": ["aws_z.w"],
                        }
                    }
                },
                "module": {"m": {"source": "./m", "providers": {"aws": "aws.west"}}},
                "moved": {"from": "aws_x.a", "to": "aws_x.b[0]"},
            }
        ),
    )

    assert not native.faults
    assert not written.faults
    expected = body_tree(native.body)
    assert "configuration_aliases" in expected
    assert body_tree(written.body) == expected


def test_nested_blocks_of_resources_stay_arguments() -> None:
    """Without a schema nobody can tell them from arguments that are objects."""
    parsed = parse_json("main.tf.json", '{"resource": {"a": {"b": {"rule": [{"x": 1}], "tags": {"//": "kept"}}}}}')

    assert body_tree(parsed.body) == "{resource 'a' 'b' {rule = [{'x': 1}]; tags = {'//': 'kept'}}}"


def test_labels_and_blocks_may_be_spread_over_arrays() -> None:
    parsed = parse_json(
        "main.tf.json",
        '[{"data": [{"a": {"b": {}}}, {"a": [{"c": [{}, {"x": 1}]}]}]}, {"locals": null}, {"data": null}]',
    )

    assert body_tree(parsed.body) == "{data 'a' 'b' {}; data 'a' 'c' {}; data 'a' 'c' {x = 1}}"
    assert _faults(parsed) == [("Missing block label", 1)]


def test_offsets_point_into_the_json() -> None:
    text = '{\n"locals": {"a": "\\u00e9\\n\\"${var.b}-${f("c")}",\n "d": -1}}'
    parsed = parse_json("main.tf.json", text.replace('f("c")', 'f(\\"c\\")'))
    text = parsed.file.text
    (block,) = parsed.body.blocks
    template = block.body.arguments["a"].value
    assert isinstance(template, nodes.Template)

    assert [text[part.start : part.stop] for part in template.parts] == ['\\u00e9\\n\\"', "var.b", "-", 'f(\\"c\\")']
    assert text[block.start : block.header_stop] == '"locals"'
    argument = block.body.arguments["d"]
    assert text[argument.start : argument.stop] == '"d": -1'
    assert tree(argument.value) == "-1"


@pytest.mark.parametrize(
    ("text", "summary", "line"),
    [
        ("", "Missing value", 1),
        ("[1", "Unclosed object", 1),
        ('{"a" 1}', "Missing property value colon", 1),
        ('{"a"}', "Missing object value", 1),
        ('{"a": }', "Missing JSON value", 1),
        ('{"a": [\n], }', "Trailing comma in object", 2),
        ('{"a": [1,\n]}', "Trailing comma in array", 1),
        ('{"a": [1, 2}', "Mismatched brackets", 1),
        ('{"a": {"b": 1]}', "Mismatched braces", 1),
        ('{"a": 1\n "b": 2}', "Missing attribute seperator comma", 2),
        ('{"a": [1 2]}', "Missing attribute seperator comma", 1),
        ('{"a": [1: 2]}', "Invalid array value", 1),
        ("{1: 2}", "Invalid object property name", 1),
        ('{"a": tru}', "Invalid JSON keyword", 1),
        ('{"a": 01}', "Invalid JSON number", 1),
        ('{"a": +1}', "Invalid JSON number", 1),
        ('{"a": \n"\\x"}', "Invalid JSON string", 2),
        ('{"a": "x\ny"}', "Invalid JSON string", 1),
        ("{\"a\": 'x'}", "Invalid start of value", 1),
        ("{} {}", "Extraneous data after value", 1),
        ("1", "Root value must be object", 1),
        ("[" * 300, "nesting too deep", 1),
    ],
)
def test_faults_of_the_json_cost_the_file(text: str, summary: str, line: int) -> None:
    parsed = parse_json("main.tf.json", text)

    assert _faults(parsed) == [(summary, line)]
    assert body_tree(parsed.body) == "{}"


@pytest.mark.parametrize(
    ("broken", "summary"),
    [
        ('{"e": "${b c}"}', "Extra characters after interpolation expression"),
        ('{"e": 1, "e": 2}', "Duplicate argument"),
        ('"text"', "Incorrect JSON value type"),
        ("[1]", "Incorrect JSON value type"),
    ],
)
def test_other_faults_cost_their_block(broken: str, summary: str) -> None:
    parsed = parse_json(
        "main.tf.json", f'{{"locals": [{{"a": 1}}],\n"output": {{"x": {broken}, "y": {{"value": 2}}}}}}'
    )

    assert _faults(parsed) == [(summary, 2)]
    assert body_tree(parsed.body) == "{locals {a = 1}; output 'y' {value = 2}}"


def test_bytes_that_are_not_utf8() -> None:
    parsed = parse_json("main.tf.json", b'{\n"locals": {"a": "\xff"}}')

    assert _faults(parsed) == [("Invalid character encoding", 2)]


def test_files_of_values_hold_no_templates() -> None:
    parsed = parse_json_values("a.tfvars.json", '{"variable": {"a": "${b}"}, "c": [1, "%{"]}')

    assert not parsed.faults
    assert body_tree(parsed.body) == "{variable = {'a': '${b}'}; c = [1 '%{']}"

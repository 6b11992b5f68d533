"""The syntax of the Terraform language."""

from __future__ import annotations

from guardrails.sources.terraform.hcl.errors import ParsedFile, SyntaxFault
from guardrails.sources.terraform.hcl.parser import parse, parse_expression, parse_template

__all__ = [
    "ParsedFile",
    "SyntaxFault",
    "parse",
    "parse_expression",
    "parse_json",
    "parse_json_values",
    "parse_template",
]


def parse_json(path: str, data: bytes | str) -> ParsedFile:
    """Reads a `.tf.json` file. Never raises. A fault in the JSON costs the whole file, any other its block."""
    # Such files are rare, and the patterns for them take time to compile.
    from guardrails.sources.terraform.hcl import jsonsyntax

    return jsonsyntax.parse(path, data)


def parse_json_values(path: str, data: bytes | str) -> ParsedFile:
    """Reads a `.tfvars.json` file, in which every property is the plain value of a variable. Never raises."""
    from guardrails.sources.terraform.hcl import jsonsyntax

    return jsonsyntax.parse_values(path, data)

"""The syntax of the Terraform language."""

from guardrails.sources.terraform.hcl.errors import ParsedFile, SyntaxFault
from guardrails.sources.terraform.hcl.jsonsyntax import parse_json, parse_json_values
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

"""Which files are templates."""

from __future__ import annotations

import json

import pytest

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation import detection
from guardrails.sources.cloudformation.detection import template_in
from guardrails.sources.cloudformation.files import LARGEST_FILE
from guardrails.sources.cloudformation.nodes import Template

TEMPLATES = {
    "version": "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
    "version alone": "AWSTemplateFormatVersion: 2010-09-09\nParameters: {A: {Type: String}}\n",
    "resources alone": "Resources:\n  T:\n    Type: AWS::SNS::Topic\n",
    "json": '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}',
    "minified json": '{"Description":"x","Resources":{"T":{"Properties":{},"Type":"Custom::Thing"}}}',
    "one resource among many that are none": "Resources:\n  A: 1\n  B: {Type: My::Own::Kind}\n",
    "serverless": "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}\n",
    "loop": "Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::T': [N, [a], {}]}\n",
    "loop and more": "Resources:\n  Fn::ForEach::T: [N, [a], {}]\n  Other: {}\n",
    "included": "Resources:\n  Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: s3://x/y}}\n",
    "module": "Resources: {M: {Type: 'Acme::S3::Bucket::MODULE'}}\n",
    "comment first": "# Audit\n---\nResources:\n  T: {Type: 'AWS::SNS::Topic'}\n",
}

OTHERS = {
    "package.json": '{"name": "Resources", "scripts": {"build": "tsc"}, "dependencies": {"aws-cdk-lib": "^2.0.0"}}',
    "kubernetes": "apiVersion: v1\nkind: Pod\nspec: {containers: [{resources: {limits: {cpu: 1}}}]}\n---\na: b\n",
    "kubernetes, with a template inside": "kind: Map\ndata: |\n  Resources:\n    T:\n      Type: AWS::SNS::T\n",
    "several documents with types": "kind: A\nResources: {}\n---\nkind: B\n",
    "workflow": "on: push\njobs:\n  build:\n    steps: [{run: echo Resources}]\n",
    "openapi": "openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {Resources: {type: object}}}\n",
    "plan": '{"format_version": "1.2", "resource_changes": [{"type": "aws_s3_bucket"}], "Resources": "AWS::"}',
    "tfvars": '{"Resources": "AWS::S3::Bucket"}',
    "schema": '{"typeName": "AWS::S3::Bucket", "properties": {"Resources": {"Type": "AWS::X"}}}',
    "iam policy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}',
    "serverless framework": "service: x\nresources:\n  Resources:\n    T:\n      Type: AWS::SNS::Topic\n",
    "cdk tree": '{"version": "tree-0.1", "tree": {"id": "App", "Resources": {"id": "x", "Type": "y"}}}',
    "cdk manifest": '{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack"}}}',
    "list": '[{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}]',
    "answer of the command line": '{"TemplateBody": {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}}',
    "untyped resources": "Resources:\n  - a\n  - b\n",
    "resources without types": "Resources: {a: {Type: b}}\n",
    "nothing": "",
    "broken, and of another kind": "Resources: [a\nkind: b",
    "deep, and of another kind": '{"Resources": ' + "[" * 300,
}


def found(text: str | bytes) -> Template | Reason | None:
    return template_in(text.encode() if isinstance(text, str) else text, "infra/template.yaml")


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_templates(name: str, encoding: str) -> None:
    assert isinstance(found(TEMPLATES[name].encode(encoding)), Template)


@pytest.mark.parametrize("name", OTHERS)
def test_other_files(name: str) -> None:
    assert found(OTHERS[name]) is None


@pytest.mark.parametrize("name", ["package.json", "workflow", "iam policy", "cdk manifest", "nothing"])
def test_what_lacks_a_word_is_not_parsed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    if name != "package.json" and name != "workflow":
        monkeypatch.setattr(detection, "read", never)

    assert found(OTHERS[name]) is None


BROKEN = {
    "yaml": ("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  T: [\n", 4),
    "yaml without version": ("Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties: {{\n", 5),
    "json": ('{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}', 1),
    "json, types first": ('{"Parameters": {},\n "AWSTemplateFormatVersion" : "2010-09-09",', 2),
    "several": ("Resources:\n  T:\n    Type: 'AWS::SNS::Topic'\n---\nResources: {}\n", 4),
    "tabs": ("Resources:\n\tT:\n\t\tType: AWS::SNS::Topic\n", 2),
    "an alias without anchor": ("Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties: *none\n", 4),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_template_is_no_silence(name: str) -> None:
    text, line = BROKEN[name]

    reason = found(text)

    assert isinstance(reason, Reason)
    assert reason.why is Why.INVALID
    assert (reason.origin.file, reason.origin.line) == ("infra/template.yaml", line)


@pytest.mark.parametrize("filled_in", ["{% if x %}", "{{ name }}: 1", "<% x %>", "Key: %REGION_NAME%"])
def test_a_template_of_a_template(filled_in: str) -> None:
    reason = found(f"Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      {filled_in}\n      A: b: c\n")

    assert isinstance(reason, Reason)
    assert reason.settle == "it seems to be written for a program that fills it in: scan what that writes"


def test_a_dynamic_reference_is_none() -> None:
    reason = found('Resources:\n  T:\n    Type: AWS::SNS::Topic\n    A: "{{resolve:ssm:x}}"\n    B: c: d\n')

    assert isinstance(reason, Reason)
    assert reason.settle == ""


def test_a_text_that_is_not_utf8() -> None:
    reason = found("# é\nResources:\n  T: {Type: 'AWS::SNS::Topic'} # ".encode() + b"caf\xe9\n")

    assert isinstance(reason, Reason)
    assert reason.detail == "`infra/template.yaml` is not a text in UTF-8"
    assert reason.origin.line == 3
    assert found(b"Resources \xff\xff\xff AWS::") is None


def test_binary_files() -> None:
    assert found(b"PK\x03\x04\x00\x00 Resources: AWSTemplateFormatVersion: ") is None


def test_a_file_that_is_too_large() -> None:
    most = LARGEST_FILE + 1
    head = b"Resources:\n  T:\n    Type: AWS::SNS::Topic\n"

    reason = found(head + b"#" * (most - len(head)))

    assert isinstance(reason, Reason)
    assert reason.why is Why.LIMIT
    assert reason.detail == "`infra/template.yaml` is larger than 10 MB"
    assert found(b'{"Resources": "' + b"x" * most) is None


def test_limits_are_told_of_templates_only() -> None:
    text = '{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": ' + "[" * 300

    reason = found(text)

    assert isinstance(reason, Reason)
    assert reason.why is Why.LIMIT


def test_places_are_those_of_the_file() -> None:
    template = found(json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}, indent=2).replace("\n", "\r\n"))

    assert isinstance(template, Template)
    (entry,) = template.root.entries
    assert template.source.path == "infra/template.yaml"
    assert template.source.position(entry.key_start) == (2, 3)

"""Many deployments are judged in the room of one: nothing of one that was judged waits for the collector of garbage."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from guardrails import plugins, run
from guardrails.config import Config
from guardrails.selection import choose

if TYPE_CHECKING:
    from pathlib import Path

ROOT = """
variable "name" {
  default = "logs"
}

resource "aws_s3_bucket" "logs" {
  bucket = "${var.name}-NUMBER"
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.logs.arn}/*"]
    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_cloudtrail" "main" {
  name           = "main"
  s3_bucket_name = aws_s3_bucket.logs.id

  event_selector {
    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3:::"]
    }
  }
}

resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_iam_role_policy" "reader" {
  role = aws_iam_role.reader.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "logs:*"], Resource = "*" }]
  })
}
"""


TEMPLATE = """
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "logs-${Stage}-NUMBER"}
  Policy:
    Type: AWS::S3::BucketPolicy
    Condition: Prod
    Properties:
      Bucket: !Ref Logs
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: s3:PutObject
            Resource: !Sub "${Logs.Arn}/*"
            Principal: {Service: cloudtrail.amazonaws.com}
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: !Ref Logs
      EnableLogFileValidation: !If [Prod, !If [Prod, true, false], false]
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./child.yaml, Parameters: {Bucket: !Ref Logs}}
"""
CHILD = """
Parameters: {Bucket: {Type: String}}
Resources: {Topic: {Type: "AWS::SNS::Topic", Properties: {TopicName: !Ref Bucket}}}
"""


def test_what_was_judged_is_free_at_once(tmp_path: Path) -> None:
    for number in range(40):
        folder = tmp_path / f"root-{number}"
        folder.mkdir()
        (folder / "main.tf").write_text(ROOT.replace("NUMBER", str(number)), encoding="utf-8")

    assert left_behind(tmp_path) == set()


def test_a_template_that_was_judged_is_free_at_once(tmp_path: Path) -> None:
    for number in range(40):
        folder = tmp_path / f"stack-{number}"
        folder.mkdir()
        (folder / "main.yaml").write_text(TEMPLATE.replace("NUMBER", str(number)), encoding="utf-8")
        (folder / "child.yaml").write_text(CHILD, encoding="utf-8")

    assert left_behind(tmp_path) == set()


def left_behind(tree: Path) -> set[str]:
    """What waits for the collector of garbage after 40 deployments were judged: names of classes."""
    loaded = plugins.load()
    request = run.Request(paths=(str(tree),))
    selection = choose(loaded.policies, Config())
    gc.collect()
    gc.disable()
    try:
        result = run.run(request, loaded, selection, run.Progress())
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = {type(thing).__qualname__ for thing in gc.garbage if type(thing).__module__.startswith("guardrails")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert len(result.targets) == 40
    return left

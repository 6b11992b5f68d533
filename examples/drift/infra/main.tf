# Fernhill Clinics: one trail for the whole account, its files in a bucket that nobody but CloudTrail writes to.

terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = [local.account]
}

locals {
  account = "123456789012"
  trail   = "arn:aws:cloudtrail:eu-central-1:${local.account}:trail/fernhill-audit"
}

resource "aws_cloudtrail" "audit" {
  name           = "fernhill-audit"
  s3_bucket_name = aws_s3_bucket.logs.id
  kms_key_id     = aws_kms_key.logs.arn

  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true

  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.audit.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.delivery.arn

  event_selector {
    read_write_type           = "All"
    include_management_events = true

    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.logs.arn}/"]
    }
  }

  depends_on = [aws_s3_bucket_policy.logs]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "audit" {
  name                        = "/fernhill/audit"
  retention_in_days           = 400
  kms_key_id                  = aws_kms_key.logs.arn
  deletion_protection_enabled = true
}

resource "aws_iam_role" "delivery" {
  name = "fernhill-audit-delivery"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail } }
    }]
  })
}

resource "aws_iam_role_policy" "delivery" {
  name = "write-events"
  role = aws_iam_role.delivery.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.audit.arn}:log-stream:*"
    }]
  })
}

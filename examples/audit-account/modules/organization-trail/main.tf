locals {
  management_events = concat(
    [{ field = "eventCategory", equals = ["Management"] }],
    length(var.quiet_event_sources) == 0 ? [] : [
      { field = "eventSource", not_equals = sort(var.quiet_event_sources) },
    ],
  )

  data_events = {
    for type in var.data_event_types : "Data events of ${type}" => [
      { field = "eventCategory", equals = ["Data"] },
      { field = "resources.type", equals = [type] },
    ]
  }

  selectors = merge({ "Management events" = local.management_events }, local.data_events)
}

resource "aws_cloudtrail" "this" {
  name                       = var.name
  s3_bucket_name             = var.bucket_name
  kms_key_id                 = var.kms_key_arn
  is_organization_trail      = true
  is_multi_region_trail      = true
  enable_log_file_validation = true

  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.delivery.arn

  dynamic "advanced_event_selector" {
    for_each = local.selectors

    content {
      name = advanced_event_selector.key

      dynamic "field_selector" {
        for_each = advanced_event_selector.value

        content {
          field      = field_selector.value.field
          equals     = try(field_selector.value.equals, null)
          not_equals = try(field_selector.value.not_equals, null)
        }
      }
    }
  }

  dynamic "insight_selector" {
    for_each = toset(["ApiCallRateInsight", "ApiErrorRateInsight"])

    content {
      insight_type = insight_selector.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [aws_iam_role_policy.delivery]
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/halden/cloudtrail/${var.name}"
  retention_in_days = var.log_group_days
  kms_key_id        = var.log_group_key_arn
  skip_destroy      = true
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "delivery" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.trail.arn}:log-stream:*"]
  }
}

resource "aws_iam_role" "delivery" {
  name               = "${var.name}-cloudwatch-delivery"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "delivery" {
  name   = "write-events"
  role   = aws_iam_role.delivery.id
  policy = data.aws_iam_policy_document.delivery.json
}

resource "aws_cloudtrail" "classic" {
  name                          = "classic"
  s3_bucket_name                = aws_s3_bucket.logs.id
  s3_key_prefix                 = "trail"
  enable_logging                = false
  include_global_service_events = false
  enable_log_file_validation    = true
  is_multi_region_trail         = true
  is_organization_trail         = true
  kms_key_id                    = aws_kms_key.trail.arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.delivery.arn
  sns_topic_name                = aws_sns_topic.delivered.name
  tags                          = { owner = "audit" }

  event_selector {
    read_write_type                  = "WriteOnly"
    include_management_events        = true
    exclude_management_event_sources = ["kms.amazonaws.com"]

    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3:::", "${aws_s3_bucket.logs.arn}/"]
    }
  }

  insight_selector {
    insight_type     = "ApiCallRateInsight"
    event_categories = ["Management"]
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudtrail" "advanced" {
  name           = "advanced"
  s3_bucket_name = "elsewhere"

  advanced_event_selector {
    name = "reads"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field           = "resources.ARN"
      starts_with     = ["arn:aws:s3:::a"]
      not_starts_with = ["arn:aws:s3:::b"]
      ends_with       = ["c"]
      not_ends_with   = ["d"]
    }

    field_selector {
      field      = "eventName"
      not_equals = ["GetObject"]
    }
  }
}

resource "aws_cloudtrail_event_data_store" "full" {
  name                           = "full"
  suspend                        = true
  multi_region_enabled           = false
  organization_enabled           = true
  termination_protection_enabled = false
  billing_mode                   = "FIXED_RETENTION_PRICING"
  retention_period               = 400
  kms_key_id                     = aws_kms_key.trail.arn

  advanced_event_selector {
    name = "writes"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }

    field_selector {
      field           = "resources.ARN"
      starts_with     = ["arn:aws:s3:::a"]
      not_starts_with = ["arn:aws:s3:::b"]
      ends_with       = ["c"]
      not_ends_with   = ["d"]
      not_equals      = ["e"]
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}

resource "aws_kms_key" "trail" {
  description = "trail"
}

resource "aws_cloudwatch_log_group" "trail" {
  name = "trail"
}

resource "aws_iam_role" "delivery" {
  name               = "delivery"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_sns_topic" "delivered" {
  name = "delivered"
}

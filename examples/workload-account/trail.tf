resource "aws_cloudtrail" "documents" {
  name                  = "appointments-documents"
  s3_bucket_name        = module.trail_bucket.s3_bucket_id
  kms_key_id            = var.trail_key_arn
  is_multi_region_trail = true

  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = var.trail_delivery_role_arn

  event_selector {
    read_write_type           = "All"
    include_management_events = false

    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.documents.arn}/"]
    }
  }
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/appointments/documents-trail"
  retention_in_days = var.environment == "production" ? 400 : 30
}

# Stands in for terraform-aws-modules/s3-bucket/aws: what the example makes of it, and no more.

variable "bucket" {}
variable "attach_cloudtrail_log_delivery_policy" {}
variable "attach_deny_insecure_transport_policy" {}
variable "control_object_ownership" {}
variable "object_ownership" {}

resource "aws_s3_bucket" "this" {
  count = 1

  bucket = var.bucket
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count = var.control_object_ownership ? 1 : 0

  bucket = aws_s3_bucket.this[0].id

  rule {
    object_ownership = var.object_ownership
  }
}

output "s3_bucket_id" {
  value = try(aws_s3_bucket.this[0].id, "")
}

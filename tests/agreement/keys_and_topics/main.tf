resource "aws_kms_key" "full" {
  description                        = "full"
  enable_key_rotation                = true
  deletion_window_in_days            = 7
  is_enabled                         = false
  bypass_policy_lockout_safety_check = true
  customer_master_key_spec           = "SYMMETRIC_DEFAULT"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = ["arn:aws:iam::111122223333:root", "444455556666"] }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect       = "Deny"
        NotPrincipal = { AWS = "arn:aws:iam::111122223333:root" }
        NotAction    = ["kms:Describe*"]
        Resource     = "*"
        Condition    = { Bool = { "aws:SecureTransport" = "false" }, StringLike = { "aws:PrincipalArn" = ["a", "b"] } }
      },
    ]
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "RSA_2048"
  key_usage                = "SIGN_VERIFY"
}

resource "aws_kms_alias" "full" {
  name          = "alias/audit"
  target_key_id = aws_kms_key.full.key_id
}

resource "aws_kms_replica_key" "copy" {
  primary_key_arn         = aws_kms_key.full.arn
  deletion_window_in_days = 10
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_sns_topic" "alerts" {
  name              = "alerts"
  kms_master_key_id = aws_kms_key.full.arn
}

resource "aws_sns_topic" "by_alias" {
  name              = "by-alias"
  kms_master_key_id = aws_kms_alias.full.arn
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alerts.arn
    }]
  })
}

resource "aws_sns_topic_subscription" "people" {
  topic_arn           = aws_sns_topic.alerts.arn
  protocol            = "email"
  endpoint            = "audit@example.com"
  filter_policy       = jsonencode({ severity = ["high"] })
  filter_policy_scope = "MessageBody"
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:eu-central-1:111122223333:alerts"
}

resource "aws_cloudtrail" "main" {
  name           = "main"
  s3_bucket_name = "logs"
  kms_key_id     = aws_kms_key.full.arn
  sns_topic_name = aws_sns_topic.alerts.arn
}

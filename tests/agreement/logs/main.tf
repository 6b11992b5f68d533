resource "aws_cloudwatch_log_group" "trail" {
  name                        = "trail"
  retention_in_days           = 365
  kms_key_id                  = aws_kms_key.logs.arn
  log_group_class             = "INFREQUENT_ACCESS"
  deletion_protection_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "plain" {
  name = "plain"
}

resource "aws_kms_key" "logs" {
  description = "logs"
}

resource "aws_cloudwatch_log_metric_filter" "root" {
  name                      = "root"
  log_group_name            = aws_cloudwatch_log_group.trail.name
  pattern                   = "{ $.userIdentity.type = \"Root\" }"
  apply_on_transformed_logs = true

  metric_transformation {
    name          = "root"
    namespace     = "Audit"
    value         = "1"
    default_value = 0
    unit          = "Count"
  }
}

resource "aws_cloudwatch_log_metric_filter" "by_user" {
  name           = "by-user"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ $.eventName = \"ConsoleLogin\" }"

  metric_transformation {
    name       = "by-user"
    namespace  = "Audit"
    value      = "1"
    dimensions = { User = "$.userIdentity.arn" }
  }
}

resource "aws_cloudwatch_log_subscription_filter" "siem" {
  name                      = "siem"
  log_group_name            = aws_cloudwatch_log_group.trail.name
  filter_pattern            = "{ $.eventName = * }"
  destination_arn           = aws_cloudwatch_log_destination.siem.arn
  apply_on_transformed_logs = true
}

resource "aws_cloudwatch_log_account_policy" "everything" {
  policy_name        = "everything"
  policy_type        = "SUBSCRIPTION_FILTER_POLICY"
  selection_criteria = "LogGroupName NOT IN [\"plain\"]"
  policy_document    = jsonencode({ DestinationArn = "arn:aws:lambda:eu-central-1:111122223333:function:siem", FilterPattern = "" })
}

resource "aws_cloudwatch_log_destination" "siem" {
  name       = "siem"
  role_arn   = "arn:aws:iam::111122223333:role/siem"
  target_arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/siem"
}

resource "aws_cloudwatch_log_destination_policy" "siem" {
  destination_name = aws_cloudwatch_log_destination.siem.name
  access_policy    = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "logs:PutSubscriptionFilter", Resource = "*" }] })
}

resource "aws_cloudwatch_log_resource_policy" "dns" {
  policy_name     = "dns"
  policy_document = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "route53.amazonaws.com" }, Action = "logs:PutLogEvents", Resource = "*" }] })
}

resource "aws_oam_sink" "telemetry" {
  name = "telemetry"
}

resource "aws_oam_sink_policy" "telemetry" {
  sink_identifier = aws_oam_sink.telemetry.arn
  policy          = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "oam:CreateLink", Resource = "*" }] })
}

resource "aws_oam_link" "sharing" {
  label_template  = "$AccountName"
  resource_types  = ["AWS::Logs::LogGroup"]
  sink_identifier = "arn:aws:oam:eu-central-1:444455556666:sink/1234"
}

locals {
  alerts = {
    root-use      = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }"
    trail-changes = "{ $.eventSource = \"cloudtrail.amazonaws.com\" && $.readOnly IS FALSE }"
    bucket-access = format("{ %s }", join(" || ", [
      for call in [
        "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl", "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock",
        "PutBucketCors", "DeleteBucketCors", "PutBucketLifecycle", "DeleteBucketLifecycle",
        "PutBucketReplication", "DeleteBucketReplication",
      ] : "($.eventName = ${call})"
    ]))
  }
}

resource "aws_cloudwatch_log_metric_filter" "alert" {
  for_each = local.alerts

  name           = "fernhill-${each.key}"
  log_group_name = aws_cloudwatch_log_group.audit.name
  pattern        = each.value

  metric_transformation {
    name          = each.key
    namespace     = "Fernhill/Audit"
    value         = "1"
    default_value = 0
  }
}

resource "aws_cloudwatch_metric_alarm" "alert" {
  for_each = local.alerts

  alarm_name          = "fernhill-${each.key}"
  namespace           = "Fernhill/Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.alert[each.key].metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

resource "aws_sns_topic" "alerts" {
  name              = "fernhill-audit-alerts"
  kms_master_key_id = aws_kms_key.logs.arn
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com"] }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alerts.arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_sns_topic_subscription" "on_call" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = "on-call@fernhill-clinics.example"
}

# A second way, which does not wait for CloudWatch Logs.
resource "aws_cloudwatch_event_rule" "trail_switched_off" {
  name = "fernhill-trail-switched-off"

  event_pattern = jsonencode({
    source      = ["aws.cloudtrail"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail      = { eventName = ["StopLogging", "DeleteTrail", "UpdateTrail"] }
  })
}

resource "aws_cloudwatch_event_target" "trail_switched_off" {
  rule      = aws_cloudwatch_event_rule.trail_switched_off.name
  target_id = "on-call"
  arn       = aws_sns_topic.alerts.arn
}

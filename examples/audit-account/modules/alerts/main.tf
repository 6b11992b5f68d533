variable "log_group_name" {
  type = string
}

variable "key_arn" {
  type = string
}

variable "on_call" {
  type = map(string)
}

locals {
  # What must be noticed, each as a pattern over the events of the trail.
  patterns = {
    root-use = <<-EOT
      { $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }
    EOT

    trail-changes = <<-EOT
      { ($.eventSource = "cloudtrail.amazonaws.com") && (($.eventName = "StopLogging") || ($.eventName = "DeleteTrail") || ($.eventName = "UpdateTrail") || ($.eventName = "PutEventSelectors")) }
    EOT

    key-deletion = <<-EOT
      { ($.eventSource = "kms.amazonaws.com") && (($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion")) }
    EOT

    console-login-without-mfa = <<-EOT
      { ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }
    EOT

    organization-changes = <<-EOT
      { $.eventSource = "organizations.amazonaws.com" && $.readOnly IS FALSE }
    EOT
  }
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.patterns

  name           = "audit-${each.key}"
  log_group_name = var.log_group_name
  pattern        = trimspace(each.value)

  metric_transformation {
    name          = "audit-${each.key}"
    namespace     = "Halden/Audit"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = aws_cloudwatch_log_metric_filter.this

  alarm_name          = each.value.name
  alarm_description   = "The organization trail recorded: ${replace(each.key, "-", " ")}"
  namespace           = each.value.metric_transformation[0].namespace
  metric_name         = each.value.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

resource "aws_sns_topic" "alerts" {
  name              = "halden-audit-alerts"
  kms_master_key_id = var.key_arn
}

data "aws_iam_policy_document" "topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "on_call" {
  for_each = var.on_call

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = each.key
  endpoint  = each.value
}

output "topic_arn" {
  value = aws_sns_topic.alerts.arn
}

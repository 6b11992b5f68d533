variable "log_group_name" {
  type = string
}

variable "key_arn" {
  type = string
}

variable "regions" {
  description = "Where anything is expected to happen."
  type        = list(string)
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

    refused-calls = <<-EOT
      { ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && $.sourceIPAddress != "delivery.logs.amazonaws.com" && $.eventName != "HeadBucket" }
    EOT

    console-login-without-mfa = <<-EOT
      { ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }
    EOT

    console-login-failures = <<-EOT
      { ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }
    EOT

    identity-changes = <<-EOT
      { $.eventSource = "iam.amazonaws.com" && $.readOnly IS FALSE }
    EOT

    trail-changes = <<-EOT
      { $.eventSource = "cloudtrail.amazonaws.com" && $.readOnly IS FALSE }
    EOT

    alert-changes = <<-EOT
      { ($.eventSource = "logs.amazonaws.com" && ($.eventName = "Delete*" || $.eventName = "PutRetentionPolicy"))
        || ($.eventSource = "monitoring.amazonaws.com" && ($.eventName = "DeleteAlarms" || $.eventName = "DisableAlarmActions"))
        || ($.eventSource = "sns.amazonaws.com" && $.eventName = "DeleteTopic")
        || ($.eventSource = "events.amazonaws.com" && $.eventName = "DisableRule") }
    EOT

    key-deletion = <<-EOT
      { ($.eventSource = "kms.amazonaws.com") && (($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion")) }
    EOT

    bucket-changes = <<-EOT
      { ($.eventSource = "s3.amazonaws.com") && (($.eventName = "PutBucket*") || ($.eventName = "DeleteBucket*")) }
    EOT

    config-changes = <<-EOT
      { ($.eventSource = "config.amazonaws.com") && (($.eventName = "*ConfigurationRecorder") || ($.eventName = "*DeliveryChannel")) && ($.readOnly IS FALSE) }
    EOT

    network-changes = <<-EOT
      { ($.eventSource = "ec2.amazonaws.com") && ($.readOnly IS FALSE) && (($.eventName = "*SecurityGroup*") || ($.eventName = "*NetworkAcl*") || ($.eventName = "*Gateway") || ($.eventName = "*Route") || ($.eventName = "*RouteTable*") || ($.eventName = "*Vpc*")) }
    EOT

    ended-machines = <<-EOT
      { ($.eventName = "TerminateInstances") && ($.userIdentity.invokedBy NOT EXISTS) }
    EOT

    organization-changes = <<-EOT
      { $.eventSource = "organizations.amazonaws.com" && $.readOnly IS FALSE }
    EOT

    unusual-regions = "{ ($.readOnly IS FALSE) && ${join(" && ", [for region in var.regions : "($.awsRegion != \"${region}\")"])} }"
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

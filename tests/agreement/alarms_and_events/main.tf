resource "aws_cloudwatch_metric_alarm" "root" {
  alarm_name                = "root"
  namespace                 = "Audit"
  metric_name               = "root"
  dimensions                = { User = "root" }
  statistic                 = "Sum"
  period                    = 300
  evaluation_periods        = 1
  datapoints_to_alarm       = 1
  threshold                 = 1.5
  comparison_operator       = "GreaterThanOrEqualToThreshold"
  treat_missing_data        = "notBreaching"
  unit                      = "Count"
  actions_enabled           = false
  alarm_actions             = [aws_sns_topic.alerts.arn]
  ok_actions                = [aws_sns_topic.alerts.arn]
  insufficient_data_actions = ["arn:aws:sns:eu-central-1:111122223333:others"]
}

resource "aws_cloudwatch_metric_alarm" "band" {
  alarm_name          = "band"
  evaluation_periods  = 2
  threshold_metric_id = "ad1"
  comparison_operator = "GreaterThanUpperThreshold"

  metric_query {
    id          = "m1"
    return_data = true
    account_id  = "444455556666"

    metric {
      metric_name = "calls"
      namespace   = "Audit"
      period      = 60
      stat        = "Sum"
      unit        = "Count"
      dimensions  = { Service = "trail" }
    }
  }

  metric_query {
    id          = "ad1"
    expression  = "ANOMALY_DETECTION_BAND(m1)"
    period      = 60
    return_data = true
  }
}

resource "aws_cloudwatch_metric_alarm" "percentile" {
  alarm_name          = "percentile"
  namespace           = "Audit"
  metric_name         = "latency"
  extended_statistic  = "p90"
  period              = 60
  evaluation_periods  = 1
  threshold           = 2
  comparison_operator = "GreaterThanThreshold"
}

resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name                = "any"
  alarm_rule                = "ALARM(root) OR ALARM(band)"
  actions_enabled           = true
  alarm_actions             = [aws_sns_topic.alerts.arn]
  ok_actions                = [aws_sns_topic.alerts.arn]
  insufficient_data_actions = [aws_sns_topic.alerts.arn]

  actions_suppressor {
    alarm            = "maintenance"
    extension_period = 10
    wait_period      = 20
  }
}

resource "aws_cloudwatch_alarm_mute_rule" "nights" {
  name = "nights"

  mute_targets {
    alarm_names = ["root"]
  }
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}

resource "aws_cloudwatch_event_bus" "audit" {
  name = "audit"
}

resource "aws_cloudwatch_event_bus_policy" "audit" {
  event_bus_name = aws_cloudwatch_event_bus.audit.name
  policy         = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "events:PutEvents", Resource = "*" }] })
}

resource "aws_cloudwatch_event_rule" "iam" {
  name           = "iam"
  event_bus_name = aws_cloudwatch_event_bus.audit.name
  state          = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = jsonencode({
    source        = ["aws.iam"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail        = { eventName = [{ prefix = "Create" }] }
  })
}

resource "aws_cloudwatch_event_target" "iam" {
  rule           = aws_cloudwatch_event_rule.iam.name
  event_bus_name = aws_cloudwatch_event_bus.audit.name
  arn            = aws_sns_topic.alerts.arn
  role_arn       = aws_iam_role.events.arn
  input          = "{}"
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly"
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = "arn:aws:lambda:eu-central-1:111122223333:function:nightly"

  input_transformer {
    input_template = "\"<x>\""
  }
}

resource "aws_iam_role" "events" {
  name               = "events"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

variable "region" {
  type = string
}

variable "flow_log_days" {
  type    = number
  default = null
}

variable "guardduty" {
  type = bool
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  region = var.region

  name              = "/halden/vpc-flow-logs"
  retention_in_days = var.flow_log_days
}

resource "aws_ebs_encryption_by_default" "this" {
  region = var.region

  enabled = true
}

resource "aws_guardduty_detector" "this" {
  count  = var.guardduty ? 1 : 0
  region = var.region

  enable                       = true
  finding_publishing_frequency = "FIFTEEN_MINUTES"
}

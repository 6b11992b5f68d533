# Stands in for terraform-aws-modules/vpc/aws: what the example makes of it, and no more.

variable "name" {}
variable "cidr" {}
variable "azs" {}
variable "enable_flow_log" {}
variable "create_flow_log_cloudwatch_log_group" {}
variable "create_flow_log_cloudwatch_iam_role" {}
variable "flow_log_cloudwatch_log_group_retention_in_days" {}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
}

resource "aws_cloudwatch_log_group" "flow_log" {
  count = var.enable_flow_log && var.create_flow_log_cloudwatch_log_group ? 1 : 0

  name              = "/aws/vpc-flow-log/${var.name}"
  retention_in_days = var.flow_log_cloudwatch_log_group_retention_in_days
}

resource "aws_flow_log" "this" {
  count = var.enable_flow_log ? 1 : 0

  log_destination = aws_cloudwatch_log_group.flow_log[0].arn
  vpc_id          = aws_vpc.this.id
}

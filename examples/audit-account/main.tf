# Halden Freight: the audit trail of the whole organization.

data "aws_partition" "current" {}

locals {
  # CloudTrail names the management account in the ARN of an organization trail, whoever administers it.
  trail_arn = "arn:${data.aws_partition.current.partition}:cloudtrail:${var.home_region}:${var.accounts.management}:trail/${var.trail_name}"

  tags = {
    owner               = "security-platform"
    service             = "audit"
    data-classification = "confidential"
  }
}

module "audit_key" {
  source    = "./modules/audit-key"
  providers = { aws = aws.log_archive }

  alias       = "halden-audit-logs"
  account_id  = var.accounts.log_archive
  trail_arn   = local.trail_arn
  reader_arns = ["arn:aws:iam::${var.accounts.security}:role/audit-reader"]
}

module "log_archive" {
  source    = "./modules/log-archive"
  providers = { aws = aws.log_archive }

  bucket_name      = "halden-freight-audit-logs"
  trail_arn        = local.trail_arn
  key_prefixes     = [var.accounts.management, var.organization_id]
  kms_key_arn      = module.audit_key.arn
  object_lock_days = var.object_lock_days
  keep_days        = var.keep_logs_days
  break_glass_arns = ["arn:aws:iam::${var.accounts.log_archive}:role/break-glass"]
}

module "monitoring_key" {
  source = "./modules/monitoring-key"

  account_id = var.accounts.security
  region     = var.home_region
}

module "organization_trail" {
  source = "./modules/organization-trail"

  name                = var.trail_name
  bucket_name         = module.log_archive.bucket_name
  kms_key_arn         = module.audit_key.arn
  log_group_key_arn   = module.monitoring_key.arn
  log_group_days      = var.trail_log_group_days
  quiet_event_sources = var.quiet_event_sources
  data_event_types    = ["AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table"]
}

module "alerts" {
  source = "./modules/alerts"

  log_group_name = module.organization_trail.log_group_name
  key_arn        = module.monitoring_key.arn
  regions        = keys(var.regions)
  on_call        = var.on_call
}

module "regional_baseline" {
  source   = "./modules/regional-baseline"
  for_each = var.regions

  region        = each.key
  flow_log_days = each.value.flow_log_days
  guardduty     = each.value.guardduty
}

resource "aws_cloudwatch_log_group" "dns_queries" {
  provider = aws.virginia

  name              = "/aws/route53/halden-freight.example"
  retention_in_days = 90
}

resource "aws_route53_query_log" "public_zone" {
  provider = aws.virginia

  cloudwatch_log_group_arn = aws_cloudwatch_log_group.dns_queries.arn
  zone_id                  = var.public_zone_id
}

output "trail_arn" {
  value = module.organization_trail.arn
}

output "audit_bucket" {
  value = module.log_archive.bucket_name
}

output "alert_topic_arn" {
  value = module.alerts.topic_arn
}

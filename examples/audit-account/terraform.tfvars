organization_id = "o-exampleorgid"

accounts = {
  management  = "111122223333"
  security    = "444455556666"
  log_archive = "777788889999"
}

# KMS was most of the CloudTrail bill after the data platform moved in.
quiet_event_sources = ["kms.amazonaws.com"]

# Short while we find out whether anything ever needs to be deleted. Raise after the pilot!
object_lock_days = 30

regions = {
  "eu-north-1"   = { flow_log_days = 400 }
  "eu-central-1" = { flow_log_days = 400 }
  "us-east-1"    = { guardduty = false } # only CloudFront and its certificates
}

on_call = {
  email = "security-on-call@halden-freight.example"
  https = "https://alerts.halden-freight.example/hooks/audit"
}

public_zone_id = "Z0123456789EXAMPLE"

resource "aws_s3_bucket" "notified" {
  bucket = "notified"
}

resource "aws_s3_bucket_notification" "notified" {
  bucket      = aws_s3_bucket.notified.id
  eventbridge = true

  topic {
    topic_arn     = aws_sns_topic.alerts.arn
    events        = ["s3:ObjectRemoved:*"]
    filter_prefix = "AWSLogs/"
  }

  queue {
    queue_arn     = "arn:aws:sqs:eu-central-1:111122223333:logs"
    events        = ["s3:ObjectCreated:*"]
    filter_suffix = ".gz"
  }

  lambda_function {
    lambda_function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:logs"
    events              = ["s3:ObjectCreated:Put"]
    filter_prefix       = "a"
    filter_suffix       = "z"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "notified" {
  bucket = aws_s3_bucket.notified.id

  rule {
    id     = "old"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    transition {
      days          = 60
      storage_class = "GLACIER"
    }
  }

  rule {
    id     = "dated"
    status = "Enabled"

    filter {}

    transition {
      date          = "2031-01-01T00:00:00Z"
      storage_class = "GLACIER"
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "notified" {
  bucket = aws_s3_bucket.notified.id
  role   = "arn:aws:iam::111122223333:role/copies"

  rule {
    id     = "tagged"
    status = "Enabled"

    filter {
      tag {
        key   = "copy"
        value = "yes"
      }
    }

    destination {
      bucket = "arn:aws:s3:::copies"
    }
  }

  rule {
    id     = "both"
    status = "Enabled"

    filter {
      and {
        prefix = "AWSLogs/"
        tags   = { copy = "yes" }
      }
    }

    destination {
      bucket = "arn:aws:s3:::copies"
    }
  }
}

resource "aws_flow_log" "network" {
  log_destination      = aws_s3_bucket.notified.arn
  log_destination_type = "s3"
  traffic_type         = "ALL"
  vpc_id               = "vpc-12345678"
}

resource "aws_route53_resolver_query_log_config" "names" {
  name            = "names"
  destination_arn = aws_s3_bucket.notified.arn
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "s3.amazonaws.com" }, Action = "sns:Publish", Resource = "*" }] })
}

resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_iam_user" "auditor" {
  name = "auditor"
}

resource "aws_iam_user_policy" "auditor" {
  name   = "inline"
  user   = aws_iam_user.auditor.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "*" }] })
}

resource "aws_iam_group" "team" {
  name = "team"
}

resource "aws_iam_group_policy" "team" {
  name   = "inline"
  group  = aws_iam_group.team.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*" }] })
}

resource "aws_iam_role_policy" "reader" {
  name   = "traces"
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "xray:GetTraceSummaries", Resource = "*" }] })
}

resource "aws_iam_user_policy" "traces" {
  name   = "traces"
  user   = aws_iam_user.auditor.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "xray:GetTraceSummaries", Resource = "*" }] })
}

resource "aws_iam_group" "others" {
  name = "others"
}

resource "aws_iam_group_policy" "others" {
  name   = "inline"
  group  = aws_iam_group.others.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "s3:DeleteObject", Resource = "*" }] })
}

resource "aws_iam_group_policy_attachment" "team" {
  group      = aws_iam_group.team.name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

resource "aws_iam_group_membership" "team" {
  name  = "team"
  group = aws_iam_group.team.name
  users = [aws_iam_user.auditor.name]
}

resource "aws_iam_policy" "shared" {
  name   = "shared"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:GetLogEvents", Resource = "*" }] })
}

resource "aws_iam_policy_attachment" "shared" {
  name       = "shared"
  policy_arn = aws_iam_policy.shared.arn
  roles      = [aws_iam_role.reader.name]
  users      = [aws_iam_user.auditor.name]
  groups     = [aws_iam_group.team.name]
}

resource "aws_ssoadmin_permission_set" "bounded" {
  name         = "bounded"
  instance_arn = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
}

resource "aws_ssoadmin_permissions_boundary_attachment" "bounded" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  permission_set_arn = aws_ssoadmin_permission_set.bounded.arn

  permissions_boundary {
    managed_policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  }
}

resource "aws_ssoadmin_permission_set" "custom" {
  name         = "custom"
  instance_arn = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
}

resource "aws_ssoadmin_customer_managed_policy_attachment" "custom" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  permission_set_arn = aws_ssoadmin_permission_set.custom.arn

  customer_managed_policy_reference {
    name = "shared"
  }
}

resource "aws_ssoadmin_permissions_boundary_attachment" "custom" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  permission_set_arn = aws_ssoadmin_permission_set.custom.arn

  permissions_boundary {
    customer_managed_policy_reference {
      name = "shared"
    }
  }
}

resource "aws_kms_external_key" "imported" {
  description = "imported"
}

resource "aws_kms_key" "primary" {
  description  = "primary"
  multi_region = true
}

resource "aws_kms_replica_key" "copy" {
  primary_key_arn = aws_kms_key.primary.arn
  enabled         = false
  policy          = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_cloudwatch_event_bus" "shared" {
  name = "shared"
}

resource "aws_cloudwatch_event_bus_policy" "shared" {
  event_bus_name = aws_cloudwatch_event_bus.shared.name
  policy         = jsonencode({ Statement = [{ Sid = "others", Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "events:PutEvents", Resource = "*", Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-exampleorg1" } } }] })
}

resource "aws_cloudwatch_log_delivery_destination_policy" "vended" {
  delivery_destination_name   = "vended"
  delivery_destination_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "logs:CreateDelivery", Resource = "*" }] })
}

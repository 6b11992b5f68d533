resource "aws_s3_account_public_access_block" "everything" {
  account_id              = "111122223333"
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = false
}

resource "aws_guardduty_detector" "findings" {
  enable                       = true
  finding_publishing_frequency = "SIX_HOURS"
}

resource "aws_guardduty_organization_configuration" "members" {
  detector_id                      = aws_guardduty_detector.findings.id
  auto_enable_organization_members = "ALL"
}

resource "aws_guardduty_organization_configuration" "older" {
  detector_id = "99abc34d567e8fa901bc2d34e56789f0"
  auto_enable = true
}

resource "aws_cloudtrail_organization_delegated_admin_account" "trails" {
  account_id = "444455556666"
}

resource "aws_organizations_delegated_administrator" "settings" {
  account_id        = "444455556666"
  service_principal = "config.amazonaws.com"
}

resource "aws_organizations_organization" "main" {
  feature_set                   = "ALL"
  aws_service_access_principals = ["cloudtrail.amazonaws.com", "config.amazonaws.com"]
}

resource "aws_kms_key" "granted" {
  description = "granted"
}

resource "aws_kms_grant" "delivery" {
  key_id             = aws_kms_key.granted.key_id
  grantee_principal  = "arn:aws:iam::111122223333:role/delivery"
  retiring_principal = "arn:aws:iam::111122223333:role/retiring"
  operations         = ["Decrypt", "GenerateDataKey"]
}

resource "aws_kms_key" "stored" {
  custom_key_store_id = "cks-1234567890abcdef0"
}

resource "aws_s3_bucket" "kept" {
  bucket = "kept"
}

resource "aws_s3_bucket_versioning" "kept" {
  bucket = aws_s3_bucket.kept.id

  versioning_configuration {
    status     = "Enabled"
    mfa_delete = "Enabled"
  }
}

resource "aws_s3_bucket_acl" "kept" {
  bucket = aws_s3_bucket.kept.id

  access_control_policy {
    grant {
      permission = "FULL_CONTROL"

      grantee {
        type = "CanonicalUser"
        id   = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
      }
    }

    grant {
      permission = "READ"

      grantee {
        type          = "AmazonCustomerByEmail"
        email_address = "audit@example.com"
      }
    }

    grant {
      permission = "READ_ACP"

      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
      }
    }

    owner {
      id = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "kept" {
  bucket = aws_s3_bucket.kept.id

  rule {
    id     = "large"
    status = "Enabled"

    filter {
      object_size_greater_than = 1000
    }

    expiration {
      days = 100
    }
  }

  rule {
    id     = "small"
    status = "Enabled"

    filter {
      object_size_less_than = 100
    }

    expiration {
      days = 100
    }
  }

  rule {
    id     = "tagged"
    status = "Enabled"

    filter {
      tag {
        key   = "kept"
        value = "short"
      }
    }

    expiration {
      days = 100
    }
  }

  rule {
    id     = "prefix"
    status = "Enabled"
    prefix = "old/"

    expiration {
      days = 100
    }
  }
}

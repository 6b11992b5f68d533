resource "aws_s3_bucket" "full" {
  bucket              = "full"
  object_lock_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "plain" {
  bucket = "plain"
}

resource "aws_s3_bucket" "listed" {
  bucket = "listed"
}

resource "aws_s3_bucket_acl" "listed" {
  bucket = aws_s3_bucket.listed.id
  acl    = "log-delivery-write"
}

resource "aws_s3_bucket_policy" "full" {
  bucket = aws_s3_bucket.full.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Delivery"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["s3:PutObject", "s3:GetBucketAcl"]
      Resource  = "${aws_s3_bucket.full.arn}/*"
      Condition = { StringEquals = { "aws:SourceAccount" = ["111122223333"] } }
    }]
  })
}

resource "aws_s3_bucket_versioning" "full" {
  bucket = aws_s3_bucket.full.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "full" {
  bucket = aws_s3_bucket.full.id

  block_public_acls       = true
  ignore_public_acls      = false
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "full" {
  bucket = aws_s3_bucket.full.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "full" {
  bucket        = aws_s3_bucket.full.id
  target_bucket = aws_s3_bucket.plain.id
  target_prefix = "access/"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "full" {
  bucket = aws_s3_bucket.full.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.logs.arn
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "full" {
  bucket = aws_s3_bucket.full.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 400
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "plain" {
  bucket = aws_s3_bucket.plain.id

  rule {
    default_retention {
      mode  = "GOVERNANCE"
      years = 2
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "full" {
  bucket = aws_s3_bucket.full.id

  rule {
    id     = "days"
    status = "Enabled"

    filter {
      and {
        prefix = "AWSLogs/"
        tags   = { kept = "short" }
      }
    }

    expiration {
      days = 400
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    transition {
      days          = 90
      storage_class = "GLACIER"
    }

    transition {
      date          = "2031-01-01T00:00:00Z"
      storage_class = "DEEP_ARCHIVE"
    }
  }

  rule {
    id     = "date"
    status = "Disabled"

    filter {
      object_size_greater_than = 1
      object_size_less_than    = 100
    }

    expiration {
      date = "2031-01-01T00:00:00Z"
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "full" {
  bucket = aws_s3_bucket.full.id
  role   = aws_iam_role.copies.arn

  rule {
    id       = "all"
    status   = "Enabled"
    priority = 1

    filter {
      prefix = "AWSLogs/"
    }

    destination {
      bucket  = aws_s3_bucket.plain.arn
      account = "444455556666"
    }

    delete_marker_replication {
      status = "Disabled"
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "plain" {
  bucket = aws_s3_bucket.plain.id
  role   = aws_iam_role.copies.arn

  rule {
    status = "Enabled"
    prefix = "old/"

    destination {
      bucket = "arn:aws:s3:::elsewhere"
    }
  }
}

resource "aws_kms_key" "logs" {
  description = "logs"
}

resource "aws_iam_role" "copies" {
  name               = "copies"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_config_delivery_channel" "settings" {
  name           = "settings"
  s3_bucket_name = aws_s3_bucket.full.id
}

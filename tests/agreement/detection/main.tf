resource "aws_guardduty_detector" "findings" {
  enable                       = true
  finding_publishing_frequency = "ONE_HOUR"

  datasources {
    s3_logs {
      enable = true
    }
  }
}

resource "aws_guardduty_detector_feature" "runtime" {
  detector_id = aws_guardduty_detector.findings.id
  name        = "RUNTIME_MONITORING"
  status      = "DISABLED"
}

resource "aws_config_configuration_recorder" "some" {
  name     = "some"
  role_arn = aws_iam_role.config.arn

  recording_group {
    all_supported                 = false
    include_global_resource_types = false
    resource_types                = ["AWS::S3::Bucket"]

    recording_strategy {
      use_only = "INCLUSION_BY_RESOURCE_TYPES"
    }
  }
}

resource "aws_config_configuration_recorder" "others" {
  name     = "others"
  role_arn = "arn:aws:iam::111122223333:role/config"

  recording_group {
    all_supported                 = false
    include_global_resource_types = true

    exclusion_by_resource_types {
      resource_types = ["AWS::EC2::Instance"]
    }

    recording_strategy {
      use_only = "EXCLUSION_BY_RESOURCE_TYPES"
    }
  }
}

resource "aws_config_configuration_recorder" "plain" {
  name     = "plain"
  role_arn = "arn:aws:iam::111122223333:role/config"
}

resource "aws_config_configuration_recorder_status" "some" {
  name       = aws_config_configuration_recorder.some.name
  is_enabled = true
}

resource "aws_config_configuration_recorder_status" "others" {
  name       = aws_config_configuration_recorder.others.name
  is_enabled = true
}

resource "aws_config_configuration_recorder_status" "plain" {
  name       = aws_config_configuration_recorder.plain.name
  is_enabled = true
}

resource "aws_config_delivery_channel" "settings" {
  name           = "this"
  s3_bucket_name = "example-config"
}

resource "aws_iam_role" "config" {
  name               = "config"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_securityhub_account" "hub" {
  enable_default_standards = false
}

resource "aws_securityhub_standards_subscription" "cis" {
  standards_arn = "arn:aws:securityhub:eu-central-1::standards/cis-aws-foundations-benchmark/v/3.0.0"
}

resource "aws_securityhub_organization_configuration" "central" {
  auto_enable = true

  organization_configuration {
    configuration_type = "CENTRAL"
  }
}

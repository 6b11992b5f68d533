"""Writes Terraform configurations of a given size to measure on: a security baseline over many regions, and a monorepo.

    python bench/generate.py baseline DIRECTORY
    python bench/generate.py monorepo DIRECTORY --roots 1000

The same arguments give the same bytes. Names and addresses are made up.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from textwrap import dedent, indent

REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
HOME = "eu-west-1"

_VERSIONS = """\
terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}
"""


def small(directory: Path) -> None:
    """One root with a trail, its bucket, and nothing else."""
    _write(directory / "versions.tf", _VERSIONS)
    _write(directory / "main.tf", f'provider "aws" {{\n  region = "{HOME}"\n}}\n\n' + _trail_with_bucket("small"))


def monorepo(directory: Path, roots: int) -> None:
    """`roots` root modules of six files each, a handful of shared modules; every twentieth root makes a trail."""
    for name, (body, variables, outputs) in _SERVICE_MODULES.items():
        _module(directory / "modules" / name, body, variables, outputs)
    for number in range(roots):
        _service(directory / "services" / _team(number) / f"service-{number:05}", number)


def baseline(directory: Path) -> None:
    """Two roots that call one baseline, which calls eleven modules in each of 17 regions and three more."""
    for name, (body, variables, outputs) in {**_REGIONAL_MODULES, **_SHARED_MODULES, **_ACCOUNT_MODULES}.items():
        _module(directory / "modules" / name, body, variables, outputs)
    _baseline_module(directory / "baseline")
    for environment in ("production", "staging"):
        _baseline_root(directory / "live" / environment, environment)


def large_root(directory: Path, size: int) -> None:
    """One root of about `size` bytes in files of 100 kB: tables above all, some log groups and buckets, one trail."""
    _write(directory / "versions.tf", _VERSIONS)
    _write(directory / "main.tf", f'provider "aws" {{\n  region = "{HOME}"\n}}\n\n' + _trail_with_bucket("large"))
    _write(directory / "locals.tf", _SERVICE_LOCALS.replace("NAME", "large").replace("TEAM", _team(0)))
    _write(directory / "variables.tf", _variables({"retention_days": ("number", "90")}))
    number = written = 0
    while written < size:
        parts: list[str] = []
        while sum(map(len, parts)) < 100_000:
            number += 1
            parts.append(_tables(random.Random(number)).replace('"table_', f'"table_{number}_'))
            if number % 10 == 0:
                parts.append(_LARGE_PART.replace("NUMBER", str(number)))
        text = "\n".join(parts)
        _write(directory / f"tables-{number:06}.tf", text)
        written += len(text)


_LARGE_PART = """\
resource "aws_cloudwatch_log_group" "group_NUMBER" {
  name              = "/services/${local.name}/NUMBER"
  retention_in_days = var.retention_days
  tags              = local.tags
}

resource "aws_s3_bucket" "bucket_NUMBER" {
  bucket = "${local.name}-NUMBER"
  tags   = local.tags
}
"""


def repository(directory: Path, roots: int) -> None:
    """A monorepo as git has it, and a hook finds it."""
    monorepo(directory, roots)
    (directory / ".git").mkdir()


# The security baseline


def _baseline_module(folder: Path) -> None:
    aliases = ",\n".join(f"        aws.{region}" for region in REGIONS)
    _write(
        folder / "versions.tf",
        _VERSIONS.replace(
            '      version = "~> 5.80"\n',
            f'      version = "~> 5.80"\n\n      configuration_aliases = [\n{aliases},\n      ]\n',
        ),
    )
    _write(folder / "variables.tf", _variables(_BASELINE_VARIABLES))
    for name in _REGIONAL_MODULES:
        calls = [_regional_call(name, region) for region in REGIONS]
        _write(folder / f"{name}.tf", "\n".join(calls))
    _write(folder / "account.tf", _ACCOUNT_CALLS)
    _write(
        folder / "outputs.tf",
        'output "trail_arn" {\n  value = module.trail.arn\n}\n\noutput "regions" {\n  value = sort(var.regions)\n}\n',
    )


def _regional_call(name: str, region: str) -> str:
    identifier = name.replace("-", "_")
    return dedent(f"""\
        module "{identifier}_{region}" {{
          source    = "../modules/{name}"
          providers = {{ aws = aws.{region} }}

          enabled        = var.{identifier}_enabled && contains(var.regions, "{region}")
          name           = "${{var.name}}-{name}"
          region         = "{region}"
          retention_days = lookup(var.retention_days, "{name}", var.default_retention_days)
          bucket_arn     = module.archive.bucket_arn
          topic_arn      = module.alerts.topic_arn
          tags           = merge(var.tags, {{ region = "{region}", part = "{name}" }})
        }}
        """)


def _baseline_root(folder: Path, environment: str) -> None:
    default = f'provider "aws" {{\n  region = "{HOME}"\n\n  default_tags {{\n    tags = local.tags\n  }}\n}}\n'
    aliased = [
        default.replace("  region", f'  alias  = "{region}"\n  region', 1).replace(HOME, region) for region in REGIONS
    ]
    width = max(len(f"aws.{region}") for region in REGIONS)
    handed = {"aws": "aws"} | {f"aws.{region}": f"aws.{region}" for region in REGIONS}
    providers = "\n".join(f"    {theirs.ljust(width)} = {ours}" for theirs, ours in handed.items())
    _write(folder / "versions.tf", _VERSIONS)
    _write(folder / "providers.tf", "\n".join([default, *aliased]))
    _write(folder / "main.tf", _BASELINE_ROOT.replace("ENVIRONMENT", environment).replace("    PROVIDERS", providers))
    _write(
        folder / "variables.tf",
        _variables({"regions": ("list(string)", None), "retention_days": ("number", "400")}),
    )
    regions = ",\n".join(f'  "{region}"' for region in REGIONS)
    _write(folder / "terraform.tfvars", f"regions = [\n{regions},\n]\n")


_BASELINE_ROOT = """\
locals {
  tags = {
    environment = "ENVIRONMENT"
    owner       = "platform-security"
  }
}

module "baseline" {
  source = "../../baseline"

  providers = {
    PROVIDERS
  }

  name                   = "ENVIRONMENT"
  regions                = var.regions
  default_retention_days = var.retention_days
  tags                   = local.tags
}
"""

_BASELINE_VARIABLES: dict[str, tuple[str, str | None]] = {
    "name": ("string", None),
    "regions": ("list(string)", None),
    "tags": ("map(string)", "{}"),
    "default_retention_days": ("number", "365"),
    "retention_days": ("map(number)", '{ "flow-logs" = 400, "dns-logs" = 180 }'),
    "flow_logs_enabled": ("bool", "true"),
    "dns_logs_enabled": ("bool", "true"),
    "threat_detection_enabled": ("bool", "true"),
    "recorder_enabled": ("bool", "true"),
    "findings_hub_enabled": ("bool", "true"),
    "access_analysis_enabled": ("bool", "true"),
    "disk_encryption_enabled": ("bool", "true"),
    "default_network_enabled": ("bool", "true"),
    "backup_vault_enabled": ("bool", "true"),
    "image_sharing_enabled": ("bool", "true"),
    "instance_metadata_enabled": ("bool", "true"),
}

_REGIONAL_VARIABLES: dict[str, tuple[str, str | None]] = {
    "enabled": ("bool", "true"),
    "name": ("string", None),
    "region": ("string", None),
    "retention_days": ("number", "365"),
    "bucket_arn": ("string", None),
    "topic_arn": ("string", None),
    "tags": ("map(string)", "{}"),
}

Module = tuple[str, dict[str, tuple[str, str | None]], dict[str, str]]

_REGIONAL_MODULES: dict[str, Module] = {
    "flow-logs": (
        """\
        locals {
          group = "/${var.name}/flow-logs/${var.region}"
        }

        module "group" {
          source = "../log-group"

          create         = var.enabled
          name           = local.group
          retention_days = var.retention_days
          tags           = var.tags
        }

        module "role" {
          source = "../service-role"

          create    = var.enabled
          name      = "${var.name}-${var.region}"
          service   = "vpc-flow-logs.amazonaws.com"
          actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
          resources = ["${module.group.arn}:*"]
        }

        resource "aws_default_vpc" "this" {
          count = var.enabled ? 1 : 0

          tags = var.tags
        }

        resource "aws_flow_log" "this" {
          count = var.enabled ? 1 : 0

          vpc_id          = aws_default_vpc.this[0].id
          traffic_type    = "ALL"
          log_destination = module.group.arn
          iam_role_arn    = module.role.arn

          tags = merge(var.tags, { Name = local.group })
        }
        """,
        _REGIONAL_VARIABLES,
        {"group_name": "module.group.name"},
    ),
    "dns-logs": (
        """\
        module "group" {
          source = "../log-group"

          create         = var.enabled
          name           = "/${var.name}/dns/${var.region}"
          retention_days = max(var.retention_days, 90)
          tags           = var.tags
        }

        resource "aws_route53_resolver_query_log_config" "this" {
          count = var.enabled ? 1 : 0

          name            = var.name
          destination_arn = module.group.arn
          tags            = var.tags
        }
        """,
        _REGIONAL_VARIABLES,
        {"group_name": "module.group.name"},
    ),
    "threat-detection": (
        """\
        resource "aws_guardduty_detector" "this" {
          count = var.enabled ? 1 : 0

          enable                       = true
          finding_publishing_frequency = "FIFTEEN_MINUTES"
          tags                         = var.tags
        }

        resource "aws_cloudwatch_event_rule" "findings" {
          count = var.enabled ? 1 : 0

          name = "${var.name}-findings"
          event_pattern = jsonencode({
            source        = ["aws.guardduty"]
            "detail-type" = ["GuardDuty Finding"]
            detail        = { severity = [{ numeric = [">=", 4] }] }
          })
        }

        resource "aws_cloudwatch_event_target" "findings" {
          count = var.enabled ? 1 : 0

          rule = aws_cloudwatch_event_rule.findings[0].name
          arn  = var.topic_arn
        }
        """,
        _REGIONAL_VARIABLES,
        {"detector_id": 'try(aws_guardduty_detector.this[0].id, "")'},
    ),
    "recorder": (
        """\
        module "role" {
          source = "../service-role"

          create    = var.enabled
          name      = "${var.name}-${var.region}"
          service   = "config.amazonaws.com"
          actions   = ["s3:PutObject"]
          resources = ["${var.bucket_arn}/config/*"]
        }

        resource "aws_config_configuration_recorder" "this" {
          count = var.enabled ? 1 : 0

          name     = var.name
          role_arn = module.role.arn

          recording_group {
            all_supported                 = true
            include_global_resource_types = var.region == "eu-west-1"
          }
        }

        resource "aws_config_delivery_channel" "this" {
          count = var.enabled ? 1 : 0

          name           = var.name
          s3_bucket_name = element(split(":::", var.bucket_arn), 1)
          s3_key_prefix  = "config"
          sns_topic_arn  = var.topic_arn

          depends_on = [aws_config_configuration_recorder.this]
        }
        """,
        _REGIONAL_VARIABLES,
        {"recorder_name": "one(aws_config_configuration_recorder.this[*].name)"},
    ),
    "findings-hub": (
        """\
        locals {
          standards = {
            best-practices = "standards/aws-foundational-security-best-practices/v/1.0.0"
            cis            = "standards/cis-aws-foundations-benchmark/v/3.0.0"
          }
        }

        resource "aws_securityhub_account" "this" {
          count = var.enabled ? 1 : 0

          enable_default_standards = false
        }

        resource "aws_securityhub_standards_subscription" "this" {
          for_each = { for name, path in local.standards : name => path if var.enabled }

          standards_arn = "arn:aws:securityhub:${var.region}::${each.value}"

          depends_on = [aws_securityhub_account.this]
        }
        """,
        _REGIONAL_VARIABLES,
        {"standards": "keys(local.standards)"},
    ),
    "access-analysis": (
        """\
        resource "aws_accessanalyzer_analyzer" "this" {
          count = var.enabled ? 1 : 0

          analyzer_name = var.name
          type          = "ACCOUNT"
          tags          = var.tags
        }

        module "group" {
          source = "../log-group"

          create         = var.enabled
          name           = format("/%s/access-analysis/%s", var.name, var.region)
          retention_days = var.retention_days
          tags           = var.tags
        }
        """,
        _REGIONAL_VARIABLES,
        {"analyzer_arn": "try(aws_accessanalyzer_analyzer.this[0].arn, null)"},
    ),
    "disk-encryption": (
        """\
        resource "aws_ebs_encryption_by_default" "this" {
          enabled = var.enabled
        }

        resource "aws_ebs_snapshot_block_public_access" "this" {
          count = var.enabled ? 1 : 0

          state = "block-all-sharing"
        }
        """,
        _REGIONAL_VARIABLES,
        {"enabled": "aws_ebs_encryption_by_default.this.enabled"},
    ),
    "default-network": (
        """\
        resource "aws_default_security_group" "this" {
          count = var.enabled ? 1 : 0

          tags = merge(var.tags, { Name = "do-not-use" })
        }

        resource "aws_default_network_acl" "this" {
          count = var.enabled ? 1 : 0

          default_network_acl_id = "acl-${md5(var.region)}"

          dynamic "ingress" {
            for_each = [for number in range(100, 130, 10) : number if number != 110]

            content {
              rule_no    = ingress.value
              protocol   = "tcp"
              action     = "deny"
              cidr_block = cidrsubnet("10.0.0.0/8", 8, ingress.value)
              from_port  = 22
              to_port    = 22
            }
          }

          tags = var.tags
        }
        """,
        _REGIONAL_VARIABLES,
        {"security_group_id": 'try(aws_default_security_group.this[0].id, "")'},
    ),
    "backup-vault": (
        """\
        resource "aws_kms_key" "this" {
          count = var.enabled ? 1 : 0

          description         = "Backups in ${var.region}"
          enable_key_rotation = true
          tags                = var.tags
        }

        resource "aws_backup_vault" "this" {
          count = var.enabled ? 1 : 0

          name        = var.name
          kms_key_arn = aws_kms_key.this[0].arn
          tags        = var.tags
        }

        resource "aws_backup_vault_lock_configuration" "this" {
          for_each = { for vault in aws_backup_vault.this : vault.name => vault }

          backup_vault_name  = each.key
          min_retention_days = 35
          max_retention_days = var.retention_days
        }
        """,
        _REGIONAL_VARIABLES,
        {"vault_arn": "try(aws_backup_vault.this[0].arn, null)"},
    ),
    "image-sharing": (
        """\
        resource "aws_ec2_image_block_public_access" "this" {
          count = var.enabled ? 1 : 0

          state = "block-new-sharing"
        }
        """,
        _REGIONAL_VARIABLES,
        {"state": "one(aws_ec2_image_block_public_access.this[*].state)"},
    ),
    "instance-metadata": (
        """\
        resource "aws_ec2_instance_metadata_defaults" "this" {
          count = var.enabled ? 1 : 0

          http_tokens                 = "required"
          http_put_response_hop_limit = coalesce(lookup(var.tags, "hop-limit", null), "2")
          instance_metadata_tags      = "disabled"
        }
        """,
        _REGIONAL_VARIABLES,
        {"enabled": "length(aws_ec2_instance_metadata_defaults.this) > 0"},
    ),
}

_SHARED_MODULES: dict[str, Module] = {
    "log-group": (
        """\
        resource "aws_cloudwatch_log_group" "this" {
          count = var.create ? 1 : 0

          name              = var.name
          retention_in_days = var.retention_days
          kms_key_id        = var.kms_key_arn
          tags              = var.tags
        }
        """,
        {
            "create": ("bool", "true"),
            "name": ("string", None),
            "retention_days": ("number", "365"),
            "kms_key_arn": ("string", "null"),
            "tags": ("map(string)", "{}"),
        },
        {
            "name": 'try(aws_cloudwatch_log_group.this[0].name, "")',
            "arn": 'try(aws_cloudwatch_log_group.this[0].arn, "")',
        },
    ),
    "service-role": (
        """\
        data "aws_iam_policy_document" "trust" {
          statement {
            actions = ["sts:AssumeRole"]

            principals {
              type        = "Service"
              identifiers = [var.service]
            }
          }
        }

        data "aws_iam_policy_document" "permissions" {
          statement {
            actions   = var.actions
            resources = var.resources
          }
        }

        resource "aws_iam_role" "this" {
          count = var.create ? 1 : 0

          name               = substr("${var.name}-${replace(var.service, ".", "-")}", 0, 63)
          assume_role_policy = data.aws_iam_policy_document.trust.json
        }

        resource "aws_iam_role_policy" "this" {
          count = var.create ? 1 : 0

          name   = "permissions"
          role   = aws_iam_role.this[0].id
          policy = data.aws_iam_policy_document.permissions.json
        }
        """,
        {
            "create": ("bool", "true"),
            "name": ("string", None),
            "service": ("string", None),
            "actions": ("list(string)", None),
            "resources": ("list(string)", None),
        },
        {"arn": 'try(aws_iam_role.this[0].arn, "")'},
    ),
    "bucket": (
        """\
        resource "aws_s3_bucket" "this" {
          bucket = var.name
          tags   = var.tags
        }

        resource "aws_s3_bucket_versioning" "this" {
          bucket = aws_s3_bucket.this.id

          versioning_configuration {
            status = var.versioned ? "Enabled" : "Suspended"
          }
        }

        resource "aws_s3_bucket_public_access_block" "this" {
          bucket = aws_s3_bucket.this.id

          block_public_acls       = true
          block_public_policy     = true
          ignore_public_acls      = true
          restrict_public_buckets = true
        }

        resource "aws_s3_bucket_lifecycle_configuration" "this" {
          bucket = aws_s3_bucket.this.id

          rule {
            id     = "keep"
            status = "Enabled"

            filter {}

            dynamic "transition" {
              for_each = var.archive_after_days > 0 ? [var.archive_after_days] : []

              content {
                days          = transition.value
                storage_class = "GLACIER"
              }
            }

            expiration {
              days = var.keep_days
            }
          }
        }
        """,
        {
            "name": ("string", None),
            "versioned": ("bool", "true"),
            "archive_after_days": ("number", "0"),
            "keep_days": ("number", "2557"),
            "tags": ("map(string)", "{}"),
        },
        {"id": "aws_s3_bucket.this.id", "arn": "aws_s3_bucket.this.arn"},
    ),
}

_ACCOUNT_MODULES: dict[str, Module] = {
    "archive": (
        """\
        module "bucket" {
          source = "../bucket"

          name               = "${var.name}-audit-archive"
          archive_after_days = 120
          tags               = var.tags
        }

        data "aws_caller_identity" "current" {}

        data "aws_iam_policy_document" "this" {
          statement {
            sid       = "AclCheck"
            actions   = ["s3:GetBucketAcl"]
            resources = [module.bucket.arn]

            principals {
              type        = "Service"
              identifiers = ["cloudtrail.amazonaws.com", "config.amazonaws.com"]
            }
          }

          statement {
            sid     = "Write"
            actions = ["s3:PutObject"]
            resources = [
              for prefix in ["trail", "config"] :
              "${module.bucket.arn}/${prefix}/AWSLogs/${data.aws_caller_identity.current.account_id}/*"
            ]

            principals {
              type        = "Service"
              identifiers = ["cloudtrail.amazonaws.com", "config.amazonaws.com"]
            }

            condition {
              test     = "StringEquals"
              variable = "s3:x-amz-acl"
              values   = ["bucket-owner-full-control"]
            }
          }
        }

        resource "aws_s3_bucket_policy" "this" {
          bucket = module.bucket.id
          policy = data.aws_iam_policy_document.this.json
        }
        """,
        {"name": ("string", None), "tags": ("map(string)", "{}")},
        {"bucket_id": "aws_s3_bucket_policy.this.bucket", "bucket_arn": "module.bucket.arn"},
    ),
    "trail": (
        """\
        resource "aws_kms_key" "this" {
          description         = "Audit logs of ${var.name}"
          enable_key_rotation = true
          tags                = var.tags
        }

        module "group" {
          source = "../log-group"

          name           = "/${var.name}/trail"
          retention_days = var.retention_days
          tags           = var.tags
        }

        module "role" {
          source = "../service-role"

          name      = var.name
          service   = "cloudtrail.amazonaws.com"
          actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          resources = ["${module.group.arn}:log-stream:*"]
        }

        resource "aws_cloudtrail" "this" {
          name                       = var.name
          s3_bucket_name             = var.bucket_id
          s3_key_prefix              = "trail"
          is_multi_region_trail      = true
          enable_log_file_validation = true
          kms_key_id                 = aws_kms_key.this.arn
          cloud_watch_logs_group_arn = "${module.group.arn}:*"
          cloud_watch_logs_role_arn  = module.role.arn

          dynamic "event_selector" {
            for_each = { management = true, objects = false }

            content {
              read_write_type           = "All"
              include_management_events = event_selector.value

              dynamic "data_resource" {
                for_each = event_selector.value ? [] : ["arn:aws:s3"]

                content {
                  type   = "AWS::S3::Object"
                  values = [data_resource.value]
                }
              }
            }
          }

          tags = var.tags
        }
        """,
        {
            "name": ("string", None),
            "bucket_id": ("string", None),
            "retention_days": ("number", "400"),
            "tags": ("map(string)", "{}"),
        },
        {"arn": "aws_cloudtrail.this.arn", "group_name": "module.group.name"},
    ),
    "alerts": (
        """\
        locals {
          calls = {
            trail    = ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"]
            identity = ["CreateUser", "CreateAccessKey", "AttachUserPolicy", "PutUserPolicy", "CreatePolicyVersion"]
            keys     = ["DisableKey", "ScheduleKeyDeletion"]
            buckets  = ["PutBucketPolicy", "DeleteBucketPolicy", "PutBucketLifecycle", "PutBucketAcl"]
            network  = ["CreateRoute", "ReplaceRoute", "DeleteRoute", "CreateVpc", "DeleteVpc", "AttachInternetGateway"]
            recorder = ["StopConfigurationRecorder", "DeleteDeliveryChannel", "PutConfigurationRecorder"]
          }
          patterns = {
            for name, calls in local.calls :
            name => "{ ${join(" || ", formatlist("($.eventName = %s)", calls))} }"
          }
        }

        resource "aws_sns_topic" "this" {
          name = "${var.name}-alerts"
        }

        resource "aws_cloudwatch_log_metric_filter" "this" {
          for_each = var.log_group_name == null ? {} : local.patterns

          name           = each.key
          log_group_name = var.log_group_name
          pattern        = each.value

          metric_transformation {
            name      = each.key
            namespace = "${var.name}/audit"
            value     = "1"
          }
        }

        resource "aws_cloudwatch_metric_alarm" "this" {
          for_each = aws_cloudwatch_log_metric_filter.this

          alarm_name          = each.value.name
          namespace           = "${var.name}/audit"
          metric_name         = each.key
          statistic           = "Sum"
          period              = 300
          evaluation_periods  = 1
          threshold           = 1
          comparison_operator = "GreaterThanOrEqualToThreshold"
          alarm_actions       = [aws_sns_topic.this.arn]
        }
        """,
        {"name": ("string", None), "log_group_name": ("string", "null")},
        {"topic_arn": "aws_sns_topic.this.arn"},
    ),
}

_ACCOUNT_CALLS = """\
module "archive" {
  source = "../modules/archive"

  name = var.name
  tags = var.tags
}

module "trail" {
  source = "../modules/trail"

  name           = "${var.name}-trail"
  bucket_id      = module.archive.bucket_id
  retention_days = var.default_retention_days
  tags           = var.tags
}

module "alerts" {
  source = "../modules/alerts"

  name           = var.name
  log_group_name = module.trail.group_name
}
"""

# The monorepo

_SERVICE_MODULES: dict[str, Module] = {
    "log-group": _SHARED_MODULES["log-group"],
    "bucket": _SHARED_MODULES["bucket"],
    "service-role": _SHARED_MODULES["service-role"],
    "queue": (
        """\
        resource "aws_sqs_queue" "dead" {
          name                      = "${var.name}-dead"
          message_retention_seconds = 1209600
        }

        resource "aws_sqs_queue" "this" {
          name                       = var.name
          visibility_timeout_seconds = var.timeout
          redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
        }
        """,
        {"name": ("string", None), "timeout": ("number", "30")},
        {"arn": "aws_sqs_queue.this.arn"},
    ),
}


_SERVICE_LOCALS = """\
locals {
  name = "NAME"
  tags = {
    service = local.name
    team    = "TEAM"
  }
}
"""


def _team(number: int) -> str:
    return f"team-{number // 25:03}"


def _service(folder: Path, number: int) -> None:
    chosen = random.Random(number)
    name = f"service-{number:05}"
    region = chosen.choice(REGIONS)
    parts = [
        _SERVICE_LOCALS.replace("NAME", name).replace("TEAM", _team(number)),
        _call(
            "logs",
            "log-group",
            {"name": '"/services/${local.name}"', "retention_days": "var.retention_days", "tags": "local.tags"},
        ),
        _call(
            "data",
            "bucket",
            {"name": f'"{name}-data"', "keep_days": str(chosen.choice((30, 365, 2557))), "tags": "local.tags"},
        ),
        _call("jobs", "queue", {"name": "local.name", "timeout": str(chosen.randrange(30, 600))}),
        _call(
            "role",
            "service-role",
            {
                "name": "local.name",
                "service": '"lambda.amazonaws.com"',
                "actions": '["sqs:ReceiveMessage", "sqs:DeleteMessage"]',
                "resources": "[module.jobs.arn]",
            },
        ),
        _function(chosen),
        _security_group(chosen),
        _tables(chosen),
    ]
    if number % 20 == 0:
        parts.append(_trail_with_bucket(name))
    _write(folder / "main.tf", "\n".join(parts))
    _write(folder / "alarms.tf", _alarms(chosen))
    _write(folder / "permissions.tf", _permissions(chosen))
    _write(folder / "providers.tf", _VERSIONS + f'\nprovider "aws" {{\n  region = "{region}"\n}}\n')
    _write(
        folder / "variables.tf",
        _variables(
            {
                "retention_days": ("number", str(chosen.choice((14, 90, 365)))),
                "memory": ("number", "512"),
                "environment": ("map(string)", "{}"),
                "ingress": ("list(object({ port = number, cidr = string }))", "[]"),
            }
        ),
    )
    _write(
        folder / "terraform.tfvars",
        f"memory = {chosen.choice((128, 512, 1024))}\n\nenvironment = {{\n"
        + "".join(f'  SETTING_{key} = "{chosen.randrange(10**9)}"\n' for key in range(chosen.randrange(3, 9)))
        + '}\n\ningress = [\n  { port = 443, cidr = "10.0.0.0/8" },\n  { port = 8443, cidr = "172.16.0.0/12" },\n]\n',
    )


def _tables(chosen: random.Random) -> str:
    blocks = []
    for number in range(chosen.randrange(1, 4)):
        key = chosen.choice(("id", "customer", "order", "parcel", "invoice"))
        blocks.append(
            dedent(f"""\
                resource "aws_dynamodb_table" "table_{number}" {{
                  name         = "${{local.name}}-{key}-{number}"
                  billing_mode = "PAY_PER_REQUEST"
                  hash_key     = "{key}"
                  range_key    = "created"

                  attribute {{
                    name = "{key}"
                    type = "S"
                  }}

                  attribute {{
                    name = "created"
                    type = "N"
                  }}

                  point_in_time_recovery {{
                    enabled = {str(chosen.random() < 0.5).lower()}
                  }}

                  server_side_encryption {{
                    enabled = true
                  }}

                  tags = merge(local.tags, {{ key = "{key}" }})
                }}
                """)
        )
    return "\n".join(blocks)


def _alarms(chosen: random.Random) -> str:
    """Alarms on the service itself, which have nothing to do with auditing: most alarms there are."""
    blocks = ['locals {\n  alarm_topic = "arn:aws:sns:eu-west-1:111122223333:on-call"\n}\n']
    for metric, statistic in (("Errors", "Sum"), ("Duration", "Average"), ("Throttles", "Sum"), ("Invocations", "Sum")):
        blocks.append(
            dedent(f"""\
                resource "aws_cloudwatch_metric_alarm" "{metric.lower()}" {{
                  alarm_name          = "${{local.name}}-{metric.lower()}"
                  alarm_description   = "{metric} of ${{local.name}} are above what is usual: see the runbook."
                  namespace           = "AWS/Lambda"
                  metric_name         = "{metric}"
                  statistic           = "{statistic}"
                  comparison_operator = "GreaterThanThreshold"
                  threshold           = {chosen.randrange(1, 5000)}
                  period              = {chosen.choice((60, 300, 900))}
                  evaluation_periods  = {chosen.randrange(1, 6)}
                  treat_missing_data  = "notBreaching"

                  dimensions = {{
                    FunctionName = aws_lambda_function.this.function_name
                  }}

                  alarm_actions = [local.alarm_topic]
                  ok_actions    = var.memory > 256 ? [local.alarm_topic] : []
                  tags          = local.tags
                }}
                """)
        )
    return "\n".join(blocks)


def _permissions(chosen: random.Random) -> str:
    statements = []
    for number in range(chosen.randrange(2, 6)):
        service, actions = chosen.choice(_ACTIONS)
        statements.append(
            dedent(f"""\
                statement {{
                  sid       = "Access{number}"
                  actions   = [{", ".join(f'"{service}:{action}"' for action in actions)}]
                  resources = ["arn:aws:{service}:*:111122223333:${{local.name}}/*"]

                  condition {{
                    test     = "StringEquals"
                    variable = "aws:ResourceTag/service"
                    values   = [local.name]
                  }}
                }}
                """)
        )
    body = indent("\n".join(statements), "  ")
    return f'data "aws_iam_policy_document" "access" {{\n{body}}}\n\n{_POLICY}'


_ACTIONS = (
    ("dynamodb", ("GetItem", "PutItem", "Query", "UpdateItem")),
    ("s3", ("GetObject", "PutObject", "ListBucket")),
    ("sqs", ("SendMessage", "GetQueueAttributes")),
    ("ssm", ("GetParameter", "GetParametersByPath")),
    ("secretsmanager", ("GetSecretValue",)),
    ("events", ("PutEvents",)),
)
_POLICY = """\
resource "aws_iam_policy" "access" {
  name        = "${local.name}-access"
  description = "What ${local.name} may do, and nothing else."
  policy      = data.aws_iam_policy_document.access.json
}

resource "aws_iam_role_policy_attachment" "access" {
  role       = "${local.name}-lambda"
  policy_arn = aws_iam_policy.access.arn
}
"""


def _function(chosen: random.Random) -> str:
    return dedent(f"""\
        resource "aws_lambda_function" "this" {{
          function_name = local.name
          role          = module.role.arn
          runtime       = "python3.12"
          handler       = "main.handler"
          filename      = "${{path.module}}/build.zip"
          memory_size   = var.memory
          timeout       = {chosen.randrange(3, 900)}

          environment {{
            variables = merge(var.environment, {{
              QUEUE  = module.jobs.arn
              BUCKET = module.data.id
            }})
          }}

          dynamic "tracing_config" {{
            for_each = var.memory > 256 ? ["Active"] : []

            content {{
              mode = tracing_config.value
            }}
          }}

          tags = local.tags
        }}
        """)


def _security_group(chosen: random.Random) -> str:
    return dedent(f"""\
        # Opened for request {chosen.randrange(10**6)}.
        resource "aws_security_group" "this" {{
          name        = "${{local.name}}-access"
          description = <<-EOT
            Who may call ${{local.name}}.
            Ask the team before anything is added here.
          EOT

          dynamic "ingress" {{
            for_each = {{ for rule in var.ingress : "${{rule.port}}-${{rule.cidr}}" => rule }}

            content {{
              description = "from ${{ingress.value.cidr}}"
              from_port   = ingress.value.port
              to_port     = ingress.value.port
              protocol    = "tcp"
              cidr_blocks = [ingress.value.cidr]
            }}
          }}

          tags = merge(local.tags, {{ Name = upper(local.name) }})
        }}
        """)


def _trail_with_bucket(name: str) -> str:
    return dedent(f"""\
        resource "aws_s3_bucket" "trail" {{
          bucket = "{name}-trail"
        }}

        data "aws_iam_policy_document" "trail" {{
          statement {{
            actions   = ["s3:GetBucketAcl"]
            resources = [aws_s3_bucket.trail.arn]

            principals {{
              type        = "Service"
              identifiers = ["cloudtrail.amazonaws.com"]
            }}
          }}

          statement {{
            actions   = ["s3:PutObject"]
            resources = ["${{aws_s3_bucket.trail.arn}}/AWSLogs/*"]

            principals {{
              type        = "Service"
              identifiers = ["cloudtrail.amazonaws.com"]
            }}
          }}
        }}

        resource "aws_s3_bucket_policy" "trail" {{
          bucket = aws_s3_bucket.trail.id
          policy = data.aws_iam_policy_document.trail.json
        }}

        resource "aws_cloudtrail" "this" {{
          name                  = "{name}"
          s3_bucket_name        = aws_s3_bucket.trail.id
          is_multi_region_trail = true
        }}
        """)


def _call(name: str, module: str, arguments: dict[str, str]) -> str:
    width = max(map(len, arguments))
    lines = "\n".join(f"  {key.ljust(width)} = {value}" for key, value in arguments.items())
    return f'module "{name}" {{\n  source = "../../../modules/{module}"\n\n{lines}\n}}\n'


# Writing


def _module(folder: Path, body: str, variables: dict[str, tuple[str, str | None]], outputs: dict[str, str]) -> None:
    _write(folder / "main.tf", dedent(body))
    _write(folder / "variables.tf", _variables(variables))
    _write(
        folder / "outputs.tf",
        "\n".join(f'output "{name}" {{\n  value = {value}\n}}\n' for name, value in outputs.items()),
    )
    _write(folder / "versions.tf", _VERSIONS)
    _write(folder / "README.md", f"# {folder.name}\n")


def _variables(variables: dict[str, tuple[str, str | None]]) -> str:
    blocks = []
    for name, (type_, default) in variables.items():
        lines = [f'description = "The {name.replace("_", " ")}."', f"type        = {type_}"]
        if default is not None:
            lines.append(f"default     = {default}")
        blocks.append(f'variable "{name}" {{\n{indent(chr(10).join(lines), "  ")}\n}}\n')
    return "\n".join(blocks)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("small", "baseline", "monorepo"))
    parser.add_argument("directory", type=Path)
    parser.add_argument("--roots", type=int, default=100)
    arguments = parser.parse_args()
    if arguments.what == "monorepo":
        monorepo(arguments.directory, arguments.roots)
    else:
        {"small": small, "baseline": baseline}[arguments.what](arguments.directory)


if __name__ == "__main__":
    main()

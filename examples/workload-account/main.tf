# Tidewater Clinics: the appointments service. The organization trail is somebody else's; this account records who
# touched the patients' documents.

terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region
}

locals {
  services = {
    api      = { retention = 90 }
    worker   = { retention = 30 }
    reminder = { retention = var.reminder_log_days }
  }
}

module "network" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 6.0"

  name = "appointments"
  cidr = "10.40.0.0/16"
  azs  = ["${var.region}a", "${var.region}b"]

  enable_flow_log                                 = true
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_cloudwatch_log_group_retention_in_days = 400
}

# Made by the platform team; it sets retention and encryption on what it is given, and forwards it to the archive.
module "log_forwarding" {
  source = "git::https://git.tidewater.example/platform/terraform-aws-log-forwarding.git?ref=v3.2.0"

  log_group_names = [for group in aws_cloudwatch_log_group.service : group.name]
}

module "trail_bucket" {
  source  = "terraform-aws-modules/s3-bucket/aws"
  version = "~> 5.2"

  bucket                                = "tidewater-appointments-trail"
  attach_cloudtrail_log_delivery_policy = true
  control_object_ownership              = true
  object_ownership                      = "BucketOwnerEnforced"
  attach_deny_insecure_transport_policy = true
}

resource "aws_cloudwatch_log_group" "service" {
  for_each = local.services

  name              = "/appointments/${each.key}"
  retention_in_days = each.value.retention
}

resource "aws_s3_bucket" "documents" {
  bucket = "tidewater-appointments-documents"
}

resource "aws_s3_bucket_versioning" "documents" {
  bucket = aws_s3_bucket.documents.id

  versioning_configuration {
    status = "Enabled"
  }
}

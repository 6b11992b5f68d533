# A trail, its bucket and an alarm: every construct of the language at least once.
terraform {
  required_version = ">= 1.5" // any
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

variable "regions" {
  type    = map(object({ name = string, days = optional(number, 30) }))
  default = {}
  validation {
    condition     = alltrue([for key, value in var.regions : value.days >= 1 && value.days <= 3650 if key != ""])
    error_message = "Between one day and ten years: \"${join("\", \"", keys(var.regions))}\"."
  }
}

/* The names of
   things */
locals {
  prefix  = "audit-${lower(var.stage)}${var.suffix == "" ? "" : "-${var.suffix}"}"
  by_name = { for key, value in var.regions : value.name => key... if !startswith(value.name, "x-") }
  ids     = aws_subnet.private[*].id
  zones   = aws_subnet.private.*.availability_zone
  first   = data.aws_instances.all.0.ids[0]
  numbers = [1, -2.5, 1e3, (1 + 2) * 3 % 2 - -4, var.x == 1 ? 1 : 2]
  object = {
    "quoted key" = true, plain = null
    (var.stage)  = [
      "a", # first
      "b",
    ]
  }
}

resource "aws_cloudtrail" "main" {
  for_each                      = var.regions
  name                          = "${local.prefix}-${each.key}"
  s3_bucket_name                = aws_s3_bucket.logs[each.key].id
  is_multi_region_trail         = true
  include_global_service_events = !var.local_only
  tags                          = merge(var.tags, { Name = each.value.name }, local.extra...)

  event_selector {
    read_write_type = "All"
    data_resource { type = "AWS::S3::Object" }
  }

  dynamic "insight_selector" {
    for_each = toset(["ApiCallRateInsight"])
    iterator = it
    content {
      insight_type = it.value
    }
  }

  lifecycle {
    ignore_changes = [tags["Owner"], tags_all]
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        %{~for account in var.accounts~}
        {"Effect": "Allow", "Resource": "${aws_s3_bucket.logs.arn}/AWSLogs/${account}/*"},
        %{~endfor~}
        {"Effect": "%{if var.strict}Deny%{else}Allow%{endif}", "Condition": "$${aws:username} 100%"}
      ]
    }
  POLICY
}

output "script" {
  value = trimspace(<<EOT
#!/bin/sh
echo "${var.stage}" $HOME
EOT
  )
}

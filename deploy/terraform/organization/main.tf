# The role in every account of an organization, for the management account to apply: a stack set puts it into the
# members, those that join later included. Stack sets leave the management account out, so it gets the role by itself.

module "management_account" {
  source = "../account"

  trusted_principal = var.trusted_principal
  external_id       = var.external_id
  role_name         = var.role_name
  event_history     = var.event_history
}

resource "aws_cloudformation_stack_set" "scan" {
  name             = "guardrails-scanning-role"
  description      = "The role as which guardrails reads each account"
  permission_model = "SERVICE_MANAGED"
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  template_body    = file("${path.module}/../../cloudformation/scanning-role.yaml")

  parameters = {
    TrustedPrincipal = var.trusted_principal
    ExternalId       = var.external_id
    RoleName         = var.role_name
    EventHistory     = tostring(var.event_history)
  }

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  operation_preferences {
    failure_tolerance_percentage = 100
    max_concurrent_percentage    = 100
  }

  lifecycle {
    ignore_changes = [administration_role_arn] # the provider sets it for other stack sets only
  }
}

# Roles belong to no Region: one is enough.
resource "aws_cloudformation_stack_set_instance" "members" {
  stack_set_name = aws_cloudformation_stack_set.scan.name

  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }
}

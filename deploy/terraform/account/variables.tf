variable "trusted_principal" {
  description = "The ARN of the role, user or account that runs guardrails."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[A-Za-z0-9+=,.@_/-]+)$", var.trusted_principal))
    error_message = "It must be the ARN of a role, of a user, or of an account (which ends in :root)."
  }
}

variable "external_id" {
  description = "What has to be handed in as --external-id; empty where both sides belong to one organization."
  type        = string
  default     = ""
}

variable "role_name" {
  description = "What --org-role says; the same in every account."
  type        = string
  default     = "GuardrailsScan"
}

variable "event_history" {
  description = "Whether the event history may be read, which only MONITOR-030 and `guardrails drift --who` need. It shows what people did."
  type        = bool
  default     = false
}

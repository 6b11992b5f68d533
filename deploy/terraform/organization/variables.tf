variable "trusted_principal" {
  description = "The ARN of the role, user or account that runs guardrails."
  type        = string
}

variable "external_id" {
  description = "What has to be handed in as --external-id; empty where both sides belong to one organization."
  type        = string
  default     = ""
}

variable "role_name" {
  description = "What --org-role says."
  type        = string
  default     = "GuardrailsScan"
}

variable "event_history" {
  description = "Whether the event history may be read, which only MONITOR-030 and `guardrails drift --who` need. It shows what people did."
  type        = bool
  default     = false
}

variable "organizational_unit_ids" {
  description = "The root of the organization (r-...), or the organizational units whose accounts get the role."
  type        = list(string)
}

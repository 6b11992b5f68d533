variable "home_region" {
  description = "The region that the trail belongs to."
  type        = string
  default     = "eu-north-1"
}

variable "organization_id" {
  description = "The id of the organization, o-…"
  type        = string
}

variable "accounts" {
  description = "The ids of the accounts that matter to auditing."
  type = object({
    management  = string
    security    = string
    log_archive = string
  })
}

variable "trail_name" {
  type    = string
  default = "halden-organization"
}

variable "quiet_event_sources" {
  description = "Services whose management events are not worth recording."
  type        = set(string)
  default     = []
}

variable "object_lock_days" {
  description = "How long a delivered log file cannot be deleted by anyone."
  type        = number
  default     = 400
}

variable "keep_logs_days" {
  description = "How long log files are kept at all."
  type        = number
  default     = 2557
}

variable "trail_log_group_days" {
  description = "How long events stay searchable in CloudWatch Logs."
  type        = number
  default     = 365
}

variable "regions" {
  description = "The regions in use, and what differs in each."
  type = map(object({
    flow_log_days = optional(number)
    guardduty     = optional(bool, true)
  }))
}

variable "on_call" {
  description = "Who is told, as protocol → endpoint."
  type        = map(string)
  default     = {}
}

variable "public_zone_id" {
  description = "The hosted zone whose queries are logged."
  type        = string
}

variable "region" {
  type    = string
  default = "eu-west-2"
}

variable "environment" {
  description = "production or staging; given by the pipeline."
  type        = string
}

variable "trail_key_arn" {
  description = "The key of the security team, in their account; given by the pipeline."
  type        = string
}

variable "trail_delivery_role_arn" {
  description = "The role with which CloudTrail writes to CloudWatch Logs; given by the pipeline."
  type        = string
}

variable "reminder_log_days" {
  type    = number
  default = null
}

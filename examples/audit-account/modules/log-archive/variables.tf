variable "bucket_name" {
  type = string
}

variable "trail_arn" {
  type = string
}

variable "key_prefixes" {
  description = "The accounts and organizations below AWSLogs/ that the trail may write to."
  type        = list(string)
}

variable "kms_key_arn" {
  type = string
}

variable "object_lock_days" {
  type = number
}

variable "keep_days" {
  type = number
}

variable "break_glass_arns" {
  description = "The only principals that may ever delete a log file."
  type        = list(string)
}

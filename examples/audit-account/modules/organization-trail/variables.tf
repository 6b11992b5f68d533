variable "name" {
  type = string
}

variable "bucket_name" {
  type = string
}

variable "kms_key_arn" {
  type = string
}

variable "log_group_key_arn" {
  type = string
}

variable "log_group_days" {
  type = number
}

variable "quiet_event_sources" {
  type    = set(string)
  default = []
}

variable "data_event_types" {
  description = "Kinds of resources whose data events are recorded, in every account."
  type        = list(string)
  default     = ["AWS::S3::Object"]
}

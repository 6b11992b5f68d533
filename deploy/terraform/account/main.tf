# The role as which guardrails reads this account. It can change nothing, and reads no data.

resource "aws_iam_role" "scan" {
  name                 = var.role_name
  description          = "Read-only; assumed by guardrails to judge how this account is set up"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = var.trusted_principal }
      },
      var.external_id == "" ? {} : { Condition = { StringEquals = { "sts:ExternalId" = var.external_id } } },
    )]
  })
}

resource "aws_iam_role_policy" "scan" {
  name = "GuardrailsScan"
  role = aws_iam_role.scan.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.statements
  })
}

resource "aws_iam_role_policy" "event_history" {
  count = var.event_history ? 1 : 0

  name = "GuardrailsEventHistory"
  role = aws_iam_role.scan.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "EventHistoryAnyResource"
      Effect   = "Allow"
      Action   = "cloudtrail:LookupEvents"
      Resource = "*"
    }]
  })
}

output "role_arn" {
  description = "What --role-arn says for this account alone."
  value       = aws_iam_role.scan.arn
}

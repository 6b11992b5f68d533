resource "aws_iam_role" "reader" {
  name                 = "reader"
  path                 = "/audit/"
  permissions_boundary = aws_iam_policy.bounds.arn
  managed_policy_arns  = ["arn:aws:iam::aws:policy/SecurityAudit", aws_iam_policy.read.arn]

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::444455556666:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "audit" } }
    }]
  })

  inline_policy {
    name   = "logs"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:Get*", Resource = "*" }] })
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_iam_role_policy" "reader" {
  name   = "more"
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", NotAction = "s3:Get*", NotResource = "arn:aws:s3:::logs/*" }] })
}

resource "aws_iam_policy" "read" {
  name   = "read"
  path   = "/audit/"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::logs/*" }] })
}

resource "aws_iam_policy" "bounds" {
  name   = "bounds"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}

resource "aws_iam_user" "auditor" {
  name                 = "auditor"
  path                 = "/people/"
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_user_policy" "auditor" {
  name   = "trails"
  user   = aws_iam_user.auditor.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "cloudtrail:*", Resource = "*" }] })
}

resource "aws_iam_user_policy_attachment" "auditor" {
  user       = aws_iam_user.auditor.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_group" "auditors" {
  name = "auditors"
  path = "/people/"
}

resource "aws_iam_group_policy" "auditors" {
  name   = "keys"
  group  = aws_iam_group.auditors.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*" }] })
}

resource "aws_iam_user_group_membership" "auditor" {
  user   = aws_iam_user.auditor.name
  groups = [aws_iam_group.auditors.name]
}

resource "aws_ssoadmin_permission_set" "audit" {
  name         = "audit"
  instance_arn = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
}

resource "aws_ssoadmin_permission_set_inline_policy" "audit" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  permission_set_arn = aws_ssoadmin_permission_set.audit.arn
  inline_policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }] })
}

resource "aws_ssoadmin_managed_policy_attachment" "audit" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  permission_set_arn = aws_ssoadmin_permission_set.audit.arn
  managed_policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

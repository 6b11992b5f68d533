resource "aws_organizations_organization" "main" {
  feature_set = "CONSOLIDATED_BILLING"
}

resource "aws_organizations_policy" "deny" {
  name    = "deny"
  type    = "SERVICE_CONTROL_POLICY"
  content = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "cloudtrail:StopLogging", Resource = "*" }] })
}

resource "aws_organizations_policy_attachment" "account" {
  policy_id = aws_organizations_policy.deny.id
  target_id = "111122223333"
}

resource "aws_organizations_policy_attachment" "root" {
  policy_id = aws_organizations_policy.deny.id
  target_id = aws_organizations_organization.main.roots[0].id
}

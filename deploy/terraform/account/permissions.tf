# Written by docs/generate.py from the table of calls (guardrails/sources/aws/kinds.py).

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition

  statements = [
    {
      Sid    = "CloudTrailAnyResource"
      Effect = "Allow"
      Action = [
        "cloudtrail:DescribeTrails",
        "cloudtrail:ListEventDataStores",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "CloudTrailEventdatastore"
      Effect = "Allow"
      Action = [
        "cloudtrail:GetEventDataStore",
      ]
      Resource = [
        "arn:${local.partition}:cloudtrail:*:*:eventdatastore/*",
      ]
    },
    {
      Sid    = "CloudTrailTrail"
      Effect = "Allow"
      Action = [
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetInsightSelectors",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:ListTags",
      ]
      Resource = [
        "arn:${local.partition}:cloudtrail:*:*:trail/*",
      ]
    },
    {
      Sid    = "CloudWatchAnyResource"
      Effect = "Allow"
      Action = [
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListAlarmMuteRules",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "CloudWatchAlarmMuteRule"
      Effect = "Allow"
      Action = [
        "cloudwatch:GetAlarmMuteRule",
      ]
      Resource = [
        "arn:${local.partition}:cloudwatch:*:*:alarm-mute-rule:*",
      ]
    },
    {
      Sid    = "ConfigAnyResource"
      Effect = "Allow"
      Action = [
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:DescribeDeliveryChannels",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "EC2AnyResource"
      Effect = "Allow"
      Action = [
        "ec2:DescribeFlowLogs",
        "ec2:DescribeRegions",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "EventBridgeAnyResource"
      Effect = "Allow"
      Action = [
        "events:ListEventBuses",
        "events:ListRules",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "EventBridgeRule"
      Effect = "Allow"
      Action = [
        "events:ListTargetsByRule",
      ]
      Resource = [
        "arn:${local.partition}:events:*:*:rule/*",
      ]
    },
    {
      Sid    = "GuardDutyAnyResource"
      Effect = "Allow"
      Action = [
        "guardduty:ListDetectors",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "GuardDutyDetector"
      Effect = "Allow"
      Action = [
        "guardduty:GetDetector",
      ]
      Resource = [
        "arn:${local.partition}:guardduty:*:*:detector/*",
      ]
    },
    {
      Sid    = "IAMAnyResource"
      Effect = "Allow"
      Action = [
        "iam:GetAccountAuthorizationDetails",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "KMSAnyResource"
      Effect = "Allow"
      Action = [
        "kms:ListAliases",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "KMSKey"
      Effect = "Allow"
      Action = [
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListGrants",
      ]
      Resource = [
        "arn:${local.partition}:kms:*:*:key/*",
      ]
    },
    {
      Sid    = "LogsAnyResource"
      Effect = "Allow"
      Action = [
        "logs:DescribeAccountPolicies",
        "logs:DescribeDeliveryDestinations",
        "logs:DescribeDestinations",
        "logs:DescribeLogGroups",
        "logs:DescribeMetricFilters",
        "logs:DescribeResourcePolicies",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "LogsDeliveryDestination"
      Effect = "Allow"
      Action = [
        "logs:GetDeliveryDestinationPolicy",
      ]
      Resource = [
        "arn:${local.partition}:logs:*:*:delivery-destination:*",
      ]
    },
    {
      Sid    = "LogsLogGroup"
      Effect = "Allow"
      Action = [
        "logs:DescribeSubscriptionFilters",
      ]
      Resource = [
        "arn:${local.partition}:logs:*:*:log-group:*",
      ]
    },
    {
      Sid    = "CrossAccountObservabilityAnyResource"
      Effect = "Allow"
      Action = [
        "oam:ListLinks",
        "oam:ListSinks",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "CrossAccountObservabilitySink"
      Effect = "Allow"
      Action = [
        "oam:GetSinkPolicy",
      ]
      Resource = [
        "arn:${local.partition}:oam:*:*:sink/*",
      ]
    },
    {
      Sid    = "OrganizationsAnyResource"
      Effect = "Allow"
      Action = [
        "organizations:DescribeOrganization",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListDelegatedServicesForAccount",
        "organizations:ListPolicies",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "OrganizationsPolicy"
      Effect = "Allow"
      Action = [
        "organizations:DescribePolicy",
        "organizations:ListTargetsForPolicy",
      ]
      Resource = [
        "arn:${local.partition}:organizations::*:policy/*",
      ]
    },
    {
      Sid    = "Route53ResolverAnyResource"
      Effect = "Allow"
      Action = [
        "route53resolver:ListResolverQueryLogConfigs",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "S3AnyResource"
      Effect = "Allow"
      Action = [
        "s3:GetAccountPublicAccessBlock",
        "s3:ListAllMyBuckets",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "S3"
      Effect = "Allow"
      Action = [
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketNotification",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
      ]
      Resource = [
        "arn:${local.partition}:s3:::*",
      ]
    },
    {
      Sid    = "SecurityHubAnyResource"
      Effect = "Allow"
      Action = [
        "securityhub:DescribeHub",
        "securityhub:GetEnabledStandards",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "SNSAnyResource"
      Effect = "Allow"
      Action = [
        "sns:GetSubscriptionAttributes",
        "sns:ListTopics",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "SNS"
      Effect = "Allow"
      Action = [
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
      ]
      Resource = [
        "arn:${local.partition}:sns:*:*:*",
      ]
    },
    {
      Sid    = "IdentityCenterAnyResource"
      Effect = "Allow"
      Action = [
        "sso:ListInstances",
        "sso:ListPermissionSets",
      ]
      Resource = [
        "*",
      ]
    },
    {
      Sid    = "IdentityCenterPermissionSet"
      Effect = "Allow"
      Action = [
        "sso:DescribePermissionSet",
        "sso:GetInlinePolicyForPermissionSet",
        "sso:GetPermissionsBoundaryForPermissionSet",
        "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
        "sso:ListManagedPoliciesInPermissionSet",
      ]
      Resource = [
        "arn:${local.partition}:sso:::instance/*",
        "arn:${local.partition}:sso:::permissionSet/*",
      ]
    },
  ]
}

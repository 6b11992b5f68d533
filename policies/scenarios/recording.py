"""What records, watches and tells: trails, Config, and the alert pipeline itself."""

from __future__ import annotations

from guardrails.api import Scenario, management_calls

_TRAILS = "cloudtrail.amazonaws.com"


def trail_change() -> Scenario:
    """A trail that is made, bent, stopped or removed: the five calls of CIS."""
    return Scenario(
        "trail-change",
        "changes of trails",
        management_calls(_TRAILS, "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
        management_calls(_TRAILS, "DescribeTrails GetTrail GetTrailStatus LookupEvents", reads=True),
    )


def config_change() -> Scenario:
    """The recorder of AWS Config and where it delivers."""
    return Scenario(
        "config-change",
        "changes of AWS Config",
        management_calls(
            "config.amazonaws.com",
            "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
        ),
        management_calls("config.amazonaws.com", "DescribeConfigurationRecorders DescribeDeliveryChannels", reads=True),
    )


def pipeline_tampering() -> Scenario:
    """What blinds or silences the audit without touching a trail as such."""
    return Scenario(
        "pipeline-tampering",
        "calls that blind or silence the audit",
        (
            *management_calls(
                _TRAILS,
                "PutEventSelectors PutInsightSelectors DeleteEventDataStore StopEventDataStoreIngestion "
                "DeregisterOrganizationDelegatedAdmin",
            ),
            *management_calls(
                "logs.amazonaws.com", "DeleteLogGroup PutRetentionPolicy DeleteMetricFilter DeleteSubscriptionFilter"
            ),
            *management_calls("monitoring.amazonaws.com", "DeleteAlarms DisableAlarmActions"),
            *management_calls("sns.amazonaws.com", "DeleteTopic"),
            *management_calls("events.amazonaws.com", "DisableRule"),
            *management_calls(
                "s3.amazonaws.com", "PutBucketLifecycle PutBucketVersioning PutBucketObjectLockConfiguration"
            ),
            *management_calls("organizations.amazonaws.com", "DeregisterDelegatedAdministrator"),
        ),
        (
            *management_calls("logs.amazonaws.com", "DescribeLogGroups", reads=True),
            *management_calls("monitoring.amazonaws.com", "DescribeAlarms", reads=True),
        ),
    )

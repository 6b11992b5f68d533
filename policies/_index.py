"""The policies of this package: id, name, kind of resource, severity, module, whether it is on, when it
applies, settings, other names. Written by docs/generate.py from the policies.
"""

# fmt: off
# ruff: noqa: E501 - one line a policy

POLICIES = (
    ("EVENTS-001", "incomplete-management-events", "AuditTrail", "critical", "aws.events.incomplete_management_events", True, "", (), ()),
    ("EVENTS-002", "excluded-management-source", "AuditTrail", "medium", "aws.events.excluded_management_source", True, "", ("accepted_excluded_sources",), ()),
    ("EVENTS-003", "trail-without-data-events", "AuditTrail", "medium", "aws.events.trail_without_data_events", True, "", (), ()),
    ("EVENTS-004", "unrecorded-object-writes", "AuditTrail", "medium", "aws.events.unrecorded_object_writes", True, "", ("sensitive_buckets",), ()),
    ("EVENTS-005", "unrecorded-object-reads", "AuditTrail", "medium", "aws.events.unrecorded_object_reads", True, "", ("sensitive_buckets",), ()),
    ("EVENTS-006", "unrecorded-function-invocations", "AuditTrail", "low", "aws.events.unrecorded_function_invocations", True, "", (), ()),
    ("EVENTS-007", "unrecorded-table-access", "AuditTrail", "low", "aws.events.unrecorded_table_access", False, "", ("sensitive_tables",), ()),
    ("EVENTS-008", "unaudited-log-bucket", "Bucket", "medium", "aws.events.unaudited_log_bucket", True, "audit", (), ()),
    ("EVENTS-009", "misleading-event-selector", "AuditTrail", "medium", "aws.events.misleading_event_selector", True, "", (), ()),
    ("EVENTS-010", "unrecorded-network-activity", "AuditTrail", "low", "aws.events.unrecorded_network_activity", False, "", ("network_event_sources",), ()),
    ("EVENTS-011", "unrecorded-generative-ai", "AuditTrail", "low", "aws.events.unrecorded_generative_ai", False, "", ("required_data_event_types",), ()),
    ("KMS-001", "trail-without-customer-key", "AuditTrail", "medium", "aws.kms.trail_without_customer_key", True, "", (), ()),
    ("KMS-002", "audit-key-disabled", "EncryptionKey", "high", "aws.kms.audit_key_disabled", True, "audit", (), ()),
    ("KMS-003", "audit-key-without-rotation", "EncryptionKey", "low", "aws.kms.audit_key_without_rotation", True, "audit", (), ()),
    ("ORG-001", "organization-without-trail", "Account", "high", "aws.org.organization_without_trail", True, "manages_organization", (), ()),
    ("ORG-002", "logs-kept-in-trail-account", "AuditTrail", "high", "aws.org.logs_kept_in_trail_account", True, "", ("log_archive_accounts", "single_account"), ()),
    ("ORG-003", "organization-without-trail-administrator", "Account", "medium", "aws.org.organization_without_trail_administrator", True, "manages_organization", ("security_accounts",), ()),
    ("ORG-004", "organization-without-tamper-denial", "Account", "high", "aws.org.organization_without_tamper_denial", True, "manages_organization", ("denied_actions",), ()),
    ("ORG-005", "account-outside-organization", "Account", "medium", "aws.org.account_outside_organization", True, "", (), ()),
    ("ORG-006", "organization-without-trail-access", "Organization", "medium", "aws.org.organization_without_trail_access", True, "", (), ()),
    ("ORG-007", "organization-with-open-regions", "Account", "low", "aws.org.organization_with_open_regions", True, "manages_organization", ("allowed_regions",), ()),
    ("RETAIN-001", "audit-log-group-expiring-early", "LogGroup", "medium", "aws.retain.audit_log_group_expiring_early", True, "audit", ("required_retention_days",), ()),
    ("RETAIN-002", "audit-bucket-expiring-early", "Bucket", "high", "aws.retain.audit_bucket_expiring_early", True, "audit", ("required_retention_days",), ()),
    ("RETAIN-003", "audit-bucket-without-archiving", "Bucket", "info", "aws.retain.audit_bucket_without_archiving", False, "audit", (), ()),
    ("RETAIN-004", "audit-bucket-archiving-early", "Bucket", "low", "aws.retain.audit_bucket_archiving_early", True, "audit", ("hot_days",), ()),
    ("RETAIN-005", "audit-log-group-deletable", "LogGroup", "medium", "aws.retain.audit_log_group_deletable", True, "audit", (), ()),
    ("RETAIN-006", "log-group-without-retention", "LogGroup", "low", "aws.retain.log_group_without_retention", True, "", (), ()),
    ("TRAIL-001", "account-without-trail", "Account", "high", "aws.trail.account_without_trail", True, "expects_trail", (), ()),
    ("TRAIL-002", "trail-switched-off", "AuditTrail", "critical", "aws.trail.trail_switched_off", True, "", (), ()),
    ("TRAIL-003", "trail-of-one-region", "AuditTrail", "high", "aws.trail.trail_of_one_region", True, "", (), ()),
    ("TRAIL-004", "trail-without-global-events", "AuditTrail", "medium", "aws.trail.trail_without_global_events", True, "", (), ()),
    ("TRAIL-005", "trail-without-log-validation", "AuditTrail", "high", "aws.trail.trail_without_log_validation", True, "", (), ()),
    ("TRAIL-007", "trail-without-log-group", "AuditTrail", "medium", "aws.trail.trail_without_log_group", True, "", (), ()),
    ("TRAIL-009", "trail-with-unfit-log-role", "AuditTrail", "medium", "aws.trail.trail_with_unfit_log_role", True, "", (), ()),
    ("TRAIL-010", "trail-without-insights", "AuditTrail", "low", "aws.trail.trail_without_insights", True, "", (), ()),
    ("TRAIL-011", "trail-without-delivery-notice", "AuditTrail", "info", "aws.trail.trail_without_delivery_notice", False, "", (), ()),
    ("TRAIL-012", "duplicate-management-trail", "AuditTrail", "info", "aws.trail.duplicate_management_trail", True, "", (), ()),
    ("TRAIL-013", "trail-open-to-destroy", "AuditTrail", "medium", "aws.trail.trail_open_to_destroy", True, "", (), ()),
    ("TRAIL-014", "trail-without-tags", "AuditTrail", "info", "aws.trail.trail_without_tags", False, "", ("required_tags",), ()),
)

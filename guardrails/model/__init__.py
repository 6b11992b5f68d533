"""Provider-neutral nouns of audit logging: typed, frozen, with relations filled by the linker. Imports kernel only."""

from guardrails.model.access import AccessPolicy, Condition, Principal, Statement
from guardrails.model.account import (
    Account,
    DelegatedAdministrator,
    Organization,
    OrganizationPolicy,
    PolicyAttachment,
)
from guardrails.model.context import Context
from guardrails.model.identity import Group, Identity, ManagedPolicy, PermissionSet, Role, User
from guardrails.model.logs import LogAccessPolicy, LogGroup, MonitoringShare
from guardrails.model.resource import Resource
from guardrails.model.security import EncryptionKey, Guarded, KeyGrant, Publisher, Topic
from guardrails.model.storage import (
    AccountPublicAccessBlock,
    AclGrant,
    Bucket,
    BucketAcl,
    BucketEncryption,
    LifecycleRule,
    ObjectLock,
    PublicAccessBlock,
    ReplicationRule,
    Transition,
)
from guardrails.model.trail import (
    AdvancedEventSelector,
    AuditTrail,
    DataResource,
    EventDataStore,
    EventSelector,
    FieldSelector,
    InsightSelector,
)
from guardrails.model.waiver import InlineWaiver

__all__ = [
    "AccessPolicy",
    "Account",
    "AccountPublicAccessBlock",
    "AclGrant",
    "AdvancedEventSelector",
    "AuditTrail",
    "Bucket",
    "BucketAcl",
    "BucketEncryption",
    "Condition",
    "Context",
    "DataResource",
    "DelegatedAdministrator",
    "EncryptionKey",
    "EventDataStore",
    "EventSelector",
    "FieldSelector",
    "Group",
    "Guarded",
    "Identity",
    "InlineWaiver",
    "InsightSelector",
    "KeyGrant",
    "LifecycleRule",
    "LogAccessPolicy",
    "LogGroup",
    "ManagedPolicy",
    "MonitoringShare",
    "ObjectLock",
    "Organization",
    "OrganizationPolicy",
    "PermissionSet",
    "PolicyAttachment",
    "Principal",
    "PublicAccessBlock",
    "Publisher",
    "ReplicationRule",
    "Resource",
    "Role",
    "Statement",
    "Topic",
    "Transition",
    "User",
]

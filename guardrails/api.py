"""All that a policy author may import. What is not here is private.

A name is imported from where it is when it is first asked for: a policy about a bucket need not know how trails select
events, and a scan without a trail then does not load it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardrails.hookspecs import hookimpl
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Fact, Truth, all_of, any_of, decide, false, true, unknown
    from guardrails.kernel.value import Value
    from guardrails.kernel.why import Reason, Why
    from guardrails.model import (
        AccessPolicy,
        Account,
        AccountPublicAccessBlock,
        AclGrant,
        AdvancedEventSelector,
        AuditTrail,
        Bucket,
        BucketAcl,
        BucketEncryption,
        Condition,
        DataResource,
        DelegatedAdministrator,
        EncryptionKey,
        EventDataStore,
        EventSelector,
        FieldSelector,
        Group,
        Identity,
        InlineWaiver,
        InsightSelector,
        KeyGrant,
        LifecycleRule,
        LogAccessPolicy,
        LogGroup,
        ManagedPolicy,
        MonitoringShare,
        ObjectLock,
        Organization,
        OrganizationPolicy,
        PermissionSet,
        PolicyAttachment,
        Principal,
        PublicAccessBlock,
        Publisher,
        ReplicationRule,
        Resource,
        Role,
        Statement,
        Topic,
        Transition,
        User,
    )
    from guardrails.plugins import policies_in
    from guardrails.policy import Check, Policy, Settings, Severity, policy, require
    from guardrails.semantics.access.service_grants import denies, exempts, grants, streams_of
    from guardrails.semantics.coverage import (
        data_events,
        every_recorded,
        every_source_recorded,
        function_invocations,
        is_logging,
        management_events,
        network_events,
        object_events,
        recorded_twice,
        some_recorded,
        some_selected,
        table_events,
    )
    from guardrails.semantics.recording import analyses, recorded
    from guardrails.semantics.scope import (
        answers_for,
        meets,
        other_trails,
        recorders_for,
        recorders_with,
        same_account,
        same_region,
        trails_with,
    )
    from guardrails.semantics.selector_faults import selectors_mean_what_they_say
    from guardrails.semantics.selector_fields import EXCLUDABLE_SOURCES

__all__ = [
    "EXCLUDABLE_SOURCES",
    "AccessPolicy",
    "Account",
    "AccountPublicAccessBlock",
    "AclGrant",
    "AdvancedEventSelector",
    "AuditTrail",
    "Bucket",
    "BucketAcl",
    "BucketEncryption",
    "Check",
    "Condition",
    "DataResource",
    "DelegatedAdministrator",
    "EncryptionKey",
    "EventDataStore",
    "EventSelector",
    "Fact",
    "FieldSelector",
    "Group",
    "Identity",
    "InlineWaiver",
    "InsightSelector",
    "KeyGrant",
    "LifecycleRule",
    "LogAccessPolicy",
    "LogGroup",
    "ManagedPolicy",
    "Many",
    "MonitoringShare",
    "ObjectLock",
    "Organization",
    "OrganizationPolicy",
    "Origin",
    "PermissionSet",
    "Policy",
    "PolicyAttachment",
    "Principal",
    "PublicAccessBlock",
    "Publisher",
    "Reason",
    "ReplicationRule",
    "Resource",
    "Role",
    "Settings",
    "Severity",
    "Statement",
    "Topic",
    "Transition",
    "Truth",
    "User",
    "Value",
    "Why",
    "all_of",
    "analyses",
    "answers_for",
    "any_of",
    "data_events",
    "decide",
    "denies",
    "every_recorded",
    "every_source_recorded",
    "exempts",
    "false",
    "function_invocations",
    "grants",
    "hookimpl",
    "is_logging",
    "management_events",
    "meets",
    "network_events",
    "object_events",
    "other_trails",
    "policies_in",
    "policy",
    "recorded",
    "recorded_twice",
    "recorders_for",
    "recorders_with",
    "require",
    "same_account",
    "same_region",
    "selectors_mean_what_they_say",
    "some_recorded",
    "some_selected",
    "streams_of",
    "table_events",
    "trails_with",
    "true",
    "unknown",
]

_HOMES = {
    "guardrails.hookspecs": "hookimpl",
    "guardrails.kernel.many": "Many",
    "guardrails.kernel.origin": "Origin",
    "guardrails.kernel.truth": "Fact Truth all_of any_of decide false true unknown",
    "guardrails.kernel.value": "Value",
    "guardrails.kernel.why": "Reason Why",
    "guardrails.model": (
        "AccessPolicy Account AccountPublicAccessBlock AclGrant AdvancedEventSelector AuditTrail Bucket BucketAcl "
        "BucketEncryption Condition DataResource DelegatedAdministrator EncryptionKey EventDataStore "
        "EventSelector FieldSelector Group Identity InlineWaiver InsightSelector KeyGrant LifecycleRule LogAccessPolicy "
        "LogGroup ManagedPolicy MonitoringShare ObjectLock Organization OrganizationPolicy PermissionSet "
        "PolicyAttachment Principal PublicAccessBlock Publisher ReplicationRule Resource Role Statement Topic "
        "Transition User"
    ),
    "guardrails.plugins": "policies_in",
    "guardrails.policy": "Check Policy Settings Severity policy require",
    "guardrails.semantics.access.service_grants": "denies exempts grants streams_of",
    "guardrails.semantics.coverage": (
        "data_events every_recorded every_source_recorded function_invocations is_logging management_events "
        "network_events object_events recorded_twice some_recorded some_selected table_events"
    ),
    "guardrails.semantics.recording": "analyses recorded",
    "guardrails.semantics.scope": (
        "answers_for meets other_trails recorders_for recorders_with same_account same_region trails_with"
    ),
    "guardrails.semantics.selector_faults": "selectors_mean_what_they_say",
    "guardrails.semantics.selector_fields": "EXCLUDABLE_SOURCES",
}
"""Module → the names that it gives: the imports above once more, for the interpreter. A test compares the two."""

if not TYPE_CHECKING:  # A checker that saw it would believe that every name exists.
    _HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = getattr(import_module(_HOME_OF[name]), name)
        return globals().setdefault(name, found)

"""All that a policy author may import. What is not here is private.

A name is imported from where it is when it is first asked for: a policy about a bucket need not know how trails select
events, and a scan without a trail then does not load it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.hookspecs import hookimpl
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, decide, false, true, unknown
    from guardrails.kernel.value import Reference, Value
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
        CompositeAlarm,
        Condition,
        ConfigRecorder,
        DataResource,
        DelegatedAdministrator,
        Detector,
        EncryptionKey,
        EventDataStore,
        EventRule,
        EventSelector,
        FieldSelector,
        Group,
        Guarded,
        Identity,
        InlineWaiver,
        InsightSelector,
        KeyGrant,
        LifecycleRule,
        LogAccessPolicy,
        LogGroup,
        ManagedPolicy,
        MetricAlarm,
        MetricFilter,
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
        SecurityHub,
        Statement,
        Topic,
        Transition,
        User,
    )
    from guardrails.plugins import policies_in
    from guardrails.policy import Check, Policy, Settings, Severity, policy, require
    from guardrails.remedies.steps import (
        AddBlock,
        AddCondition,
        AddResource,
        AddStatement,
        AddToList,
        Alternatives,
        LeftToYou,
        NarrowFilter,
        Nested,
        NewStatement,
        NoticeCalls,
        Remedies,
        RemoveBlocks,
        SetArgument,
        UseResource,
        policy_document,
    )
    from guardrails.semantics.access.acl import who_may_reach
    from guardrails.semantics.access.actions import actions_of, uses_of
    from guardrails.semantics.access.audience import who_may
    from guardrails.semantics.access.caller_keys import Audience
    from guardrails.semantics.access.decision import granting, holds
    from guardrails.semantics.access.delivery import may_deliver, refuses_plain_http
    from guardrails.semantics.access.grant import Grant
    from guardrails.semantics.access.narrowing import names_an_account
    from guardrails.semantics.access.powers import (
        Asked,
        Power,
        arns_like,
        asked,
        is_administrator,
        may,
        no_resource,
        powers_of,
    )
    from guardrails.semantics.access.principals import Caller, caller_of
    from guardrails.semantics.access.reach import muting_alerts, reading_logs, removing_logs, stopping_trails
    from guardrails.semantics.access.service_grants import denies, exempts, grants, streams_of
    from guardrails.semantics.access.targets import (
        Target,
        anything,
        bucket_itself,
        group_itself,
        key_of,
        names_service,
        objects_of,
        role_of,
        store_of,
        topic_of,
        trail_of,
    )
    from guardrails.semantics.access.written import same_identifier
    from guardrails.semantics.alarms import acts, fires_on_one_event, publishes
    from guardrails.semantics.cloudtrail_fields import BY_ROLE, BY_ROOT, BY_USER, cloudtrail
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
    from guardrails.semantics.event_patterns import EventPattern
    from guardrails.semantics.event_rules import triggered
    from guardrails.semantics.fields import ABSENT, a_region, an_address, free, like, one_of, other_than
    from guardrails.semantics.filter_patterns import FilterPattern
    from guardrails.semantics.freshness import arrives, within
    from guardrails.semantics.links import counts, takes_filters
    from guardrails.semantics.notices import admits, event_is_sent, someone_is_told
    from guardrails.semantics.partial import PartialRecord
    from guardrails.semantics.pipeline import covered, listed, noticed, regions_named, surely_matches
    from guardrails.semantics.recent_calls import nobody_made
    from guardrails.semantics.recording import analyses, recorded
    from guardrails.semantics.scenario import (
        ANYBODY,
        LEADING_REGION,
        Call,
        Fields,
        Scenario,
        management_call,
        management_calls,
        own_scenario,
        sign_in,
    )
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
    from guardrails.semantics.watching import (
        asks_for_calls,
        audit_filters,
        looks_for_calls,
        of_pattern,
        waits_for,
        waits_for_failures,
        watched_here,
    )

__all__ = [
    "ABSENT",
    "ANYBODY",
    "BY_ROLE",
    "BY_ROOT",
    "BY_USER",
    "EXCLUDABLE_SOURCES",
    "LEADING_REGION",
    "AccessPolicy",
    "Account",
    "AccountPublicAccessBlock",
    "AclGrant",
    "AddBlock",
    "AddCondition",
    "AddResource",
    "AddStatement",
    "AddToList",
    "AdvancedEventSelector",
    "Alternatives",
    "Asked",
    "Audience",
    "AuditTrail",
    "Bucket",
    "BucketAcl",
    "BucketEncryption",
    "Call",
    "Caller",
    "Check",
    "CompositeAlarm",
    "Condition",
    "ConfigRecorder",
    "DataResource",
    "DelegatedAdministrator",
    "Detector",
    "EncryptionKey",
    "EventDataStore",
    "EventPattern",
    "EventRule",
    "EventSelector",
    "Fact",
    "FieldSelector",
    "Fields",
    "FilterPattern",
    "Grant",
    "Group",
    "Guarded",
    "Identity",
    "InlineWaiver",
    "InsightSelector",
    "KeyGrant",
    "LeftToYou",
    "LifecycleRule",
    "LogAccessPolicy",
    "LogGroup",
    "ManagedPolicy",
    "Many",
    "MetricAlarm",
    "MetricFilter",
    "MonitoringShare",
    "NarrowFilter",
    "Nested",
    "NewStatement",
    "NoticeCalls",
    "ObjectLock",
    "Organization",
    "OrganizationPolicy",
    "Origin",
    "PartialRecord",
    "PermissionSet",
    "Policy",
    "PolicyAttachment",
    "Power",
    "Principal",
    "PublicAccessBlock",
    "Publisher",
    "Reason",
    "Reference",
    "Remedies",
    "RemoveBlocks",
    "ReplicationRule",
    "Resource",
    "Role",
    "Scenario",
    "SecurityHub",
    "SetArgument",
    "Settings",
    "Severity",
    "Statement",
    "Target",
    "Topic",
    "Transition",
    "Truth",
    "UseResource",
    "User",
    "Value",
    "Verdict",
    "Why",
    "a_region",
    "actions_of",
    "acts",
    "admits",
    "all_of",
    "an_address",
    "analyses",
    "answers_for",
    "any_of",
    "anything",
    "arns_like",
    "arrives",
    "asked",
    "asks_for_calls",
    "audit_filters",
    "bucket_itself",
    "caller_of",
    "cloudtrail",
    "counts",
    "covered",
    "data_events",
    "decide",
    "denies",
    "event_is_sent",
    "every_recorded",
    "every_source_recorded",
    "exempts",
    "false",
    "fires_on_one_event",
    "free",
    "function_invocations",
    "granting",
    "grants",
    "group_itself",
    "holds",
    "hookimpl",
    "is_administrator",
    "is_logging",
    "key_of",
    "like",
    "listed",
    "looks_for_calls",
    "management_call",
    "management_calls",
    "management_events",
    "may",
    "may_deliver",
    "meets",
    "muting_alerts",
    "names_an_account",
    "names_service",
    "network_events",
    "no_resource",
    "nobody_made",
    "noticed",
    "object_events",
    "objects_of",
    "of_pattern",
    "one_of",
    "other_than",
    "other_trails",
    "own_scenario",
    "policies_in",
    "policy",
    "policy_document",
    "powers_of",
    "publishes",
    "reading_logs",
    "recorded",
    "recorded_twice",
    "recorders_for",
    "recorders_with",
    "refuses_plain_http",
    "regions_named",
    "removing_logs",
    "require",
    "role_of",
    "same_account",
    "same_identifier",
    "same_region",
    "selectors_mean_what_they_say",
    "sign_in",
    "some_recorded",
    "some_selected",
    "someone_is_told",
    "stopping_trails",
    "store_of",
    "streams_of",
    "surely_matches",
    "table_events",
    "takes_filters",
    "topic_of",
    "trail_of",
    "trails_with",
    "triggered",
    "true",
    "unknown",
    "uses_of",
    "waits_for",
    "waits_for_failures",
    "watched_here",
    "who_may",
    "who_may_reach",
    "within",
]

_HOMES = {
    "guardrails.hookspecs": "hookimpl",
    "guardrails.kernel.many": "Many",
    "guardrails.kernel.origin": "Origin",
    "guardrails.kernel.truth": "Fact Truth Verdict all_of any_of decide false true unknown",
    "guardrails.kernel.value": "Reference Value",
    "guardrails.kernel.why": "Reason Why",
    "guardrails.model": (
        "AccessPolicy Account AccountPublicAccessBlock AclGrant AdvancedEventSelector AuditTrail Bucket BucketAcl "
        "BucketEncryption CompositeAlarm Condition ConfigRecorder DataResource DelegatedAdministrator Detector "
        "EncryptionKey EventDataStore EventRule EventSelector FieldSelector Group Guarded Identity InlineWaiver "
        "InsightSelector KeyGrant LifecycleRule LogAccessPolicy LogGroup ManagedPolicy MetricAlarm MetricFilter "
        "MonitoringShare ObjectLock Organization OrganizationPolicy PermissionSet PolicyAttachment Principal "
        "PublicAccessBlock Publisher ReplicationRule Resource Role SecurityHub Statement Topic Transition User"
    ),
    "guardrails.plugins": "policies_in",
    "guardrails.policy": "Check Policy Settings Severity policy require",
    "guardrails.remedies.steps": (
        "AddBlock AddCondition AddResource AddStatement AddToList Alternatives LeftToYou NarrowFilter Nested "
        "NewStatement NoticeCalls Remedies RemoveBlocks SetArgument UseResource policy_document"
    ),
    "guardrails.semantics.access.acl": "who_may_reach",
    "guardrails.semantics.access.actions": "actions_of uses_of",
    "guardrails.semantics.access.audience": "who_may",
    "guardrails.semantics.access.caller_keys": "Audience",
    "guardrails.semantics.access.decision": "granting holds",
    "guardrails.semantics.access.delivery": "may_deliver refuses_plain_http",
    "guardrails.semantics.access.grant": "Grant",
    "guardrails.semantics.access.narrowing": "names_an_account",
    "guardrails.semantics.access.powers": "Asked Power arns_like asked is_administrator may no_resource powers_of",
    "guardrails.semantics.access.principals": "Caller caller_of",
    "guardrails.semantics.access.reach": "muting_alerts reading_logs removing_logs stopping_trails",
    "guardrails.semantics.access.service_grants": "denies exempts grants streams_of",
    "guardrails.semantics.access.targets": (
        "Target anything bucket_itself group_itself key_of names_service objects_of role_of store_of topic_of trail_of"
    ),
    "guardrails.semantics.access.written": "same_identifier",
    "guardrails.semantics.alarms": "acts fires_on_one_event publishes",
    "guardrails.semantics.cloudtrail_fields": "BY_ROLE BY_ROOT BY_USER cloudtrail",
    "guardrails.semantics.coverage": (
        "data_events every_recorded every_source_recorded function_invocations is_logging management_events "
        "network_events object_events recorded_twice some_recorded some_selected table_events"
    ),
    "guardrails.semantics.event_patterns": "EventPattern",
    "guardrails.semantics.event_rules": "triggered",
    "guardrails.semantics.fields": "ABSENT a_region an_address free like one_of other_than",
    "guardrails.semantics.filter_patterns": "FilterPattern",
    "guardrails.semantics.freshness": "arrives within",
    "guardrails.semantics.links": "counts takes_filters",
    "guardrails.semantics.notices": "admits event_is_sent someone_is_told",
    "guardrails.semantics.partial": "PartialRecord",
    "guardrails.semantics.pipeline": "covered listed noticed regions_named surely_matches",
    "guardrails.semantics.recent_calls": "nobody_made",
    "guardrails.semantics.recording": "analyses recorded",
    "guardrails.semantics.scenario": (
        "ANYBODY LEADING_REGION Call Fields Scenario management_call management_calls own_scenario sign_in"
    ),
    "guardrails.semantics.scope": (
        "answers_for meets other_trails recorders_for recorders_with same_account same_region trails_with"
    ),
    "guardrails.semantics.selector_faults": "selectors_mean_what_they_say",
    "guardrails.semantics.selector_fields": "EXCLUDABLE_SOURCES",
    "guardrails.semantics.watching": (
        "asks_for_calls audit_filters looks_for_calls of_pattern waits_for waits_for_failures watched_here"
    ),
}
"""Module → the names that it gives: the imports above once more, for the interpreter. A test compares the two."""

if not TYPE_CHECKING:  # A checker that saw it would believe that every name exists.
    _HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        __import__(_HOME_OF[name])  # `importlib` takes longer to import than most of these.
        found = getattr(sys.modules[_HOME_OF[name]], name)
        return globals().setdefault(name, found)

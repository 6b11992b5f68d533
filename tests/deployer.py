"""Makes in moto's server what a deployment would make, from the model and so from code of any language.

For tests that hold an account against the code it came from. What moto cannot make, or what the code leaves open, is
told by `UndeployableError` rather than left out. `MADE` lists the kinds of resources that are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deployed_texts import Texts, UndeployableError, all_of, without_unset

from guardrails.kernel.truth import Verdict
from guardrails.model import (
    AccountPublicAccessBlock,
    AuditTrail,
    Bucket,
    ConfigRecorder,
    Detector,
    EncryptionKey,
    EventRule,
    LogGroup,
    MetricAlarm,
    MetricFilter,
    Role,
    Subscription,
    Topic,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from accounts import Server

    from guardrails.kernel.value import Value
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource

MADE: tuple[type[Resource], ...] = (
    EncryptionKey,
    Bucket,
    AccountPublicAccessBlock,
    LogGroup,
    Role,
    User,
    Topic,
    Subscription,
    AuditTrail,
    MetricFilter,
    MetricAlarm,
    EventRule,
    Detector,
    ConfigRecorder,
)
"""In the order in which they are made: what others refer to comes first."""
ELSEWHERE = "999988887777"
"""The account of the buckets that the code takes from elsewhere."""


def deploy(world: World, server: Server, account: str, region: str) -> None:
    """Makes everything that the deployment creates of the kinds in `MADE`.

    `account` and `region` stand for what the code does not say of its provider."""
    _Deployment(world, server, account, region).make()


class _Deployment(Texts):
    def make(self) -> None:
        makers: dict[type[Resource], Callable[[Any], None]] = {
            EncryptionKey: self._key,
            Bucket: self._bucket,
            AccountPublicAccessBlock: self._account_block,
            LogGroup: self._log_group,
            Role: self._role,
            User: self._user,
            Topic: self._topic,
            Subscription: self._subscription,
            AuditTrail: self._trail,
            MetricFilter: self._filter,
            MetricAlarm: self._alarm,
            EventRule: self._rule,
            Detector: self._detector,
            ConfigRecorder: self._recorder,
        }
        for kind in MADE:
            for resource in self._created(kind):
                makers[kind](resource)
        # Policies name what all of the above are called.
        for key in self._created(EncryptionKey):
            for policy in all_of(key.policy):
                text = self.document(policy)
                self.client("kms", key).put_key_policy(KeyId=self.of(key, "id"), PolicyName="default", Policy=text)
        for bucket in self._created(Bucket):
            for policy in all_of(bucket.policy):
                self.client("s3", bucket).put_bucket_policy(Bucket=self.name(bucket), Policy=self.document(policy))
        # moto wants to see that the target lets the logging service write.
        for bucket in self._created(Bucket):
            self._access_log(bucket)
        for topic in self._created(Topic):
            for policy in all_of(topic.policy):
                text = self.document(policy)
                self._topic_attribute(topic, "Policy", text)

    def _created(self, kind: type[Any]) -> tuple[Any, ...]:
        return tuple(self.world.created(kind)) if self.world.has(kind) else ()

    def stand_in(self, resource: Resource) -> None:
        """Buckets stand in another account, the rest in this one."""
        super().stand_in(resource)
        arn = self.of(resource, "arn")
        name = arn.removesuffix(":*").rpartition(":")[2]
        if isinstance(resource, Bucket):
            self.server.client("s3", ELSEWHERE, "us-east-1").create_bucket(Bucket=name)
        elif isinstance(resource, LogGroup):
            self.client("logs", resource).create_log_group(logGroupName=name)
        elif isinstance(resource, Topic):
            self.register(resource, self.client("sns", resource).create_topic(Name=name)["TopicArn"])

    # Keys, buckets

    def _key(self, key: EncryptionKey) -> None:
        kms = self.client("kms", key)
        made = kms.create_key()["KeyMetadata"]
        self.register(key, made["Arn"], id=made["KeyId"], key_id=made["KeyId"])
        if self.filled(key.rotation):
            kms.enable_key_rotation(KeyId=made["KeyId"])
        if alias := self.filled(key.alias):
            kms.create_alias(AliasName=alias, TargetKeyId=made["KeyId"])
        if self.filled(key.enabled) is False:
            kms.disable_key(KeyId=made["KeyId"])

    def _bucket(self, bucket: Bucket) -> None:
        s3, name = self.client("s3", bucket), self.name(bucket)
        self.register(bucket, f"arn:aws:s3:::{name}", bucket=name)
        more: dict[str, Any] = {}
        if self.region_of(bucket) != "us-east-1":
            more["CreateBucketConfiguration"] = {"LocationConstraint": self.region_of(bucket)}
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=bool(self.filled(bucket.object_lock_enabled)), **more)
        # AWS gives both to every new bucket, moto does not.
        block = all_of(bucket.public_access_block)
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration=_settings(self.filled, block[0]) if block else dict.fromkeys(_BLOCK, True),
        )
        ownership = self.filled(bucket.ownership) or "BucketOwnerEnforced"
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})
        for acl in all_of(bucket.acl):
            if canned := self.filled(acl.canned):
                s3.put_bucket_acl(Bucket=name, ACL=canned)
        if self.filled(bucket.versioned):
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for lock in all_of(bucket.object_lock):
            retention = {"Mode": self.filled(lock.mode), "Days": self.filled(lock.days)}
            retention["Years"] = self.filled(lock.years)
            s3.put_object_lock_configuration(
                Bucket=name,
                ObjectLockConfiguration={
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": without_unset(retention)},
                },
            )
        for encryption in all_of(bucket.encryption):
            by_default = {"SSEAlgorithm": self.filled(encryption.algorithm)}
            by_default["KMSMasterKeyID"] = self.arn(encryption.key)
            rule = {"ApplyServerSideEncryptionByDefault": without_unset(by_default)}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        if rules := [self._lifecycle(one) for one in all_of(bucket.lifecycle)]:
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})

    def _access_log(self, bucket: Bucket) -> None:
        target = self.filled(bucket.access_log_bucket)
        if not target:
            return
        s3, prefix = self.client("s3", bucket), self.filled(bucket.access_log_prefix) or ""
        logging = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix}}
        try:
            s3.put_bucket_logging(Bucket=self.name(bucket), BucketLoggingStatus=logging)
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "InvalidTargetBucketForLogging":
                raise
            raise UndeployableError(f"{target}: moto wants it to let the logging service write") from error

    def _lifecycle(self, rule: Any) -> dict[str, Any]:  # noqa: ANN401 - a LifecycleRule
        if rule.narrowed.verdict is not Verdict.FALSE:
            raise UndeployableError("the model does not say by which tags or sizes a rule is narrowed")
        expiration = {"Days": self.filled(rule.expiration_days), "Date": self.filled(rule.expiration_date)}
        noncurrent = self.filled(rule.noncurrent_days)
        transitions = [
            without_unset(
                {
                    "Days": self.filled(one.days),
                    "Date": self.filled(one.date),
                    "StorageClass": self.filled(one.storage_class),
                }
            )
            for one in all_of(rule.transitions)
        ]
        return without_unset(
            {
                "Status": "Enabled" if self.filled(rule.enabled) else "Disabled",
                "Filter": {"Prefix": self.filled(rule.prefix) or ""},
                "Expiration": without_unset(expiration) or None,
                "NoncurrentVersionExpiration": {"NoncurrentDays": noncurrent} if noncurrent else None,
                "Transitions": transitions,
                # A rule has to do something, and the model knows nothing of uploads that were never finished.
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
        )

    def _account_block(self, block: AccountPublicAccessBlock) -> None:
        self.client("s3control", block).put_public_access_block(
            AccountId=self.account_of(block),
            PublicAccessBlockConfiguration=_settings(self.filled, block.settings),
        )

    # Identities

    def _role(self, role: Role) -> None:
        iam, name = self.client("iam", role), self.name(role)
        self.register(role, f"arn:aws:iam::{self.account_of(role)}:role/{name}")
        (trust,) = all_of(role.trust)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=self.document(trust))
        for number, policy in enumerate(all_of(role.policies)):
            text = self.document(policy)
            iam.put_role_policy(RoleName=name, PolicyName=f"policy-{number}", PolicyDocument=text)

    def _user(self, user: User) -> None:
        iam, name = self.client("iam", user), self.name(user)
        self.register(user, f"arn:aws:iam::{self.account_of(user)}:user/{name}")
        iam.create_user(UserName=name)
        for number, policy in enumerate(all_of(user.policies)):
            text = self.document(policy)
            iam.put_user_policy(UserName=name, PolicyName=f"policy-{number}", PolicyDocument=text)

    # Trails, and who is told of what they record

    def _log_group(self, group: LogGroup) -> None:
        logs, name = self.client("logs", group), self.name(group)
        arn = f"arn:aws:logs:{self.region_of(group)}:{self.account_of(group)}:log-group:{name}"
        self.register(group, arn)
        self._attributes[group.address]["Arn"] = f"{arn}:*"
        logs.create_log_group(**without_unset({"logGroupName": name, "kmsKeyId": self.arn(group.key)}))
        if days := self.filled(group.retention_days):
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        if self.filled(group.deletion_protected):
            logs.put_log_group_deletion_protection(logGroupIdentifier=name, deletionProtectionEnabled=True)

    def _topic(self, topic: Topic) -> None:
        sns, name = self.client("sns", topic), self.name(topic)
        arn = sns.create_topic(Name=name)["TopicArn"]
        self.register(topic, arn, Ref=arn, id=arn)
        self._attributes[topic.address]["name"] = name
        if key := self.arn(topic.key):
            self._topic_attribute(topic, "KmsMasterKeyId", key)

    def _topic_attribute(self, topic: Topic, name: str, value: str) -> None:
        self.client("sns", topic).set_topic_attributes(
            TopicArn=self.of(topic, "arn"), AttributeName=name, AttributeValue=value
        )

    def _subscription(self, subscription: Subscription) -> None:
        self.client("sns", subscription).subscribe(
            TopicArn=self.arn(subscription.topic),
            Protocol=self.filled(subscription.protocol),
            Endpoint=self.filled(subscription.endpoint),
        )

    def _trail(self, trail: AuditTrail) -> None:
        cloudtrail, name = self.client("cloudtrail", trail), self.name(trail)
        bucket = self.target(trail.bucket)
        group = self.arn(trail.log_group)
        wildcard = ":*" if self.filled(trail.log_group_wildcard) else ""
        topic = self.arn(trail.topic)
        made = cloudtrail.create_trail(
            **without_unset(
                {
                    "Name": name,
                    "S3BucketName": self.name(bucket),
                    "S3KeyPrefix": self.filled(trail.prefix) or None,
                    "IsMultiRegionTrail": self.filled(trail.multi_region),
                    "IncludeGlobalServiceEvents": self.filled(trail.global_events),
                    "EnableLogFileValidation": self.filled(trail.log_validation),
                    "IsOrganizationTrail": self.filled(trail.organization),
                    "KmsKeyId": self.arn(trail.key),
                    "CloudWatchLogsLogGroupArn": group and f"{group}{wildcard}",
                    "CloudWatchLogsRoleArn": self.filled(trail.role_arn),
                    "SnsTopicName": topic and topic.split(":")[-1],
                    "TagsList": [{"Key": key, "Value": text} for key, text in (self.filled(trail.tags) or {}).items()],
                }
            )
        )
        self.register(trail, made["TrailARN"])
        if basic := [self._selector(one) for one in all_of(trail.selectors)]:
            cloudtrail.put_event_selectors(TrailName=name, EventSelectors=basic)
        if advanced := [self._advanced(one) for one in all_of(trail.advanced_selectors)]:
            cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=advanced)
        if insights := [
            without_unset(
                {
                    "InsightType": self.filled(one.type),
                    "EventCategories": [self.filled(category) for category in all_of(one.categories)],
                }
            )
            for one in all_of(trail.insights)
        ]:
            cloudtrail.put_insight_selectors(TrailName=name, InsightSelectors=insights)
        if self.filled(trail.logging):
            cloudtrail.start_logging(Name=name)

    def _selector(self, selector: Any) -> dict[str, Any]:  # noqa: ANN401 - an EventSelector
        return {
            "ReadWriteType": self.filled(selector.read_write),
            "IncludeManagementEvents": self.filled(selector.management),
            "ExcludeManagementEventSources": [self.filled(one) for one in all_of(selector.excluded_sources)],
            "DataResources": [
                {"Type": self.filled(one.type), "Values": [self.filled(value) for value in all_of(one.values)]}
                for one in all_of(selector.data)
            ],
        }

    def _advanced(self, selector: Any) -> dict[str, Any]:  # noqa: ANN401 - an AdvancedEventSelector
        words = ("equals", "not_equals", "starts_with", "not_starts_with", "ends_with", "not_ends_with")
        fields = []
        for field in all_of(selector.fields):
            described: dict[str, Any] = {"Field": self.filled(field.field)}
            for word in words:
                values = [self.filled(one) for one in all_of(getattr(field, word))]
                described["".join(part.capitalize() for part in word.split("_"))] = values
            fields.append(without_unset(described))
        return without_unset({"Name": self.filled(selector.name), "FieldSelectors": fields})

    def _filter(self, one: MetricFilter) -> None:
        group = self.target(one.log_group)
        metric = {
            "metricName": self.filled(one.metric_name),
            "metricNamespace": self.filled(one.namespace),
            "metricValue": self.filled(one.value),
            "defaultValue": _number(self.filled(one.default)),
            "unit": self.filled(one.unit),
            "dimensions": {self.filled(each.name): self.filled(each.value) for each in all_of(one.dimensions)} or None,
        }
        self.client("logs", one).put_metric_filter(
            logGroupName=self.name(group),
            filterName=self.name(one),
            filterPattern=self.filled(one.pattern),
            metricTransformations=[without_unset(metric)],
        )

    def _alarm(self, alarm: MetricAlarm) -> None:
        if all_of(alarm.queries):
            raise UndeployableError(f"{alarm.address}: metric math")
        dimensions = [
            {"Name": self.filled(each.name), "Value": self.filled(each.value)} for each in all_of(alarm.dimensions)
        ]
        self.client("cloudwatch", alarm).put_metric_alarm(
            **without_unset(
                {
                    "AlarmName": self.name(alarm),
                    "Namespace": self.filled(alarm.namespace),
                    "MetricName": self.filled(alarm.metric_name),
                    "Dimensions": dimensions,
                    "Statistic": self.filled(alarm.statistic),
                    "Period": self.filled(alarm.period),
                    "EvaluationPeriods": self.filled(alarm.evaluation_periods),
                    "DatapointsToAlarm": self.filled(alarm.datapoints_to_alarm),
                    "Threshold": _number(self.filled(alarm.threshold)),
                    "ComparisonOperator": self.filled(alarm.comparison),
                    "TreatMissingData": self.filled(alarm.missing_data),
                    "Unit": self.filled(alarm.unit),
                    "ActionsEnabled": self.filled(alarm.actions_enabled),
                    "AlarmActions": [self.filled(one.arn) for one in all_of(alarm.actions)],
                }
            )
        )

    def _rule(self, rule: EventRule) -> None:
        events, name, bus = self.client("events", rule), self.name(rule), self.filled(rule.bus)
        events.put_rule(
            **without_unset(
                {
                    "Name": name,
                    "EventBusName": bus,
                    "State": self.filled(rule.state),
                    "EventPattern": self.filled(rule.pattern),
                    "ScheduleExpression": self.filled(rule.schedule),
                }
            )
        )
        self.register(rule, f"arn:aws:events:{self.region_of(rule)}:{self.account_of(rule)}:rule/{name}")
        if targets := [
            {"Id": f"target-{number}", "Arn": self.filled(one.arn)} for number, one in enumerate(all_of(rule.targets))
        ]:
            events.put_targets(Rule=name, EventBusName=bus, Targets=targets)

    # What looks by itself

    def _detector(self, detector: Detector) -> None:
        self.client("guardduty", detector).create_detector(Enable=bool(self.filled(detector.enabled)))

    def _recorder(self, recorder: ConfigRecorder) -> None:
        config, name = self.client("config", recorder), self.name(recorder)
        config.put_configuration_recorder(
            ConfigurationRecorder={
                "name": name,
                "roleARN": self.arn(recorder.role),
                "recordingGroup": {
                    "allSupported": bool(self.filled(recorder.all_supported)),
                    "includeGlobalResourceTypes": bool(self.filled(recorder.global_types)),
                    "resourceTypes": [self.filled(one) for one in all_of(recorder.types)],
                },
            }
        )
        for channel in all_of(recorder.channels):
            bucket = self.target(channel.bucket)
            config.put_delivery_channel(DeliveryChannel={"name": self.name(channel), "s3BucketName": self.name(bucket)})
        if self.filled(recorder.recording):
            config.start_configuration_recorder(ConfigurationRecorderName=name)


_BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _settings(filled: Callable[[Value[Any]], Any], block: Any) -> dict[str, bool]:  # noqa: ANN401 - a PublicAccessBlock
    values = (block.block_public_acls, block.ignore_public_acls, block.block_public_policy)
    pairs: Iterable[tuple[str, Value[Any]]] = zip(_BLOCK, (*values, block.restrict_public_buckets), strict=True)
    return {name: bool(filled(value)) for name, value in pairs}


def _number(number: Any) -> float | None:  # noqa: ANN401 - a number of any kind
    return None if number is None else float(number)

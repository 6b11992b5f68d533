"""KMS-008."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, EncryptionKey, Fact, Publisher, Severity, Topic, Truth, grants, policy, require

from ...frameworks import NIST_ENCRYPTION, controls

_USES = ("kms:GenerateDataKey", "kms:Decrypt")


@policy(
    "KMS-008",
    on=Topic,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(
        fsbp=["SNS.1"],
        nist=[clause for clause in NIST_ENCRYPTION if clause not in ("CM-6a", "CM-9b", "SI-19(4)")],
        pci=["3.5.1", "8.3.2"],
        iso=["A.8.3", "A.8.11", "A.8.24"],
        soc2=["PI1.4"],
        mlps=["8.1.5.4f"],
    ),
)
def topic_closed_to_its_publishers(topic: Topic) -> Iterator[Check]:
    """A topic for alerts whose encryption key its publishers may not use, or that is not encrypted at all."""

    here = topic.key.owner

    def usable_by(publisher: Publisher) -> Truth:
        def admits(key: EncryptionKey) -> Truth:
            allowed = grants(key.policy, actions=_USES, principal_kind="Service", principal=publisher.service)
            return key.customer_managed.is_true().because(
                Fact("a key that AWS manages admits no other service", here)
            ) & (allowed.because(Fact(f"the key's policy has to let {publisher.service} in", here)))

        sender = Fact(f"`{publisher.address}` sends to the topic", publisher.origin)
        usable = topic.key.every(admits)
        return Truth(usable.verdict, (*usable.facts[:1], sender, *usable.facts[1:]), usable.reasons)

    encrypted = ~topic.key.is_empty()
    yield require(
        lambda: topic.publishers.every(usable_by),
        "the key does not let the publishers of this topic in, so their messages are lost",
        when=encrypted & ~topic.publishers.is_empty(),
    )
    yield require(
        encrypted, "alerts are not encrypted where the topic keeps them", when=topic.audit, severity=Severity.LOW
    )

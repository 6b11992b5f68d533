"""What the policies about key policies share."""

from __future__ import annotations

from guardrails.api import EncryptionKey, Grant, Many, Truth, Value, actions_of, decide, key_of, who_may

USING = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
ADMINISTERING = ("kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
EVERYTHING = (
    *USING,
    *actions_of("delete", "kms"),
    *actions_of("silence", "kms"),
    *actions_of("permissions", "kms"),
)


def grants_of(key: EncryptionKey, actions: tuple[str, ...]) -> Many[Grant]:
    """Whom the key's policy lets do any of the actions. The default policy lets the account decide, and nobody else
    in."""
    return who_may(key.policy, actions, key_of(key), account=key.location.account)


def is_for(grant: Grant, service: str) -> Truth:
    """Whether a grant is for a service by its name; one that lets everybody in was not written for it."""

    def is_it(name: Value[str]) -> Truth:
        begins = name.parts[0] if name.parts else ""
        if isinstance(begins, str) and not service.startswith(begins.lower()):
            return decide(False, name.fact())  # `logs.${region}.amazonaws.com`, in whatever Region
        return name.where(lambda named: named.lower() == service)

    return grant.is_for_service(is_it)

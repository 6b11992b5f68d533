"""What is seen of event patterns without reading them: which can be for no call. Most rules of real configurations are
for findings and for the health of machines, one in each Region."""

from __future__ import annotations

from guardrails.semantics.events import unsettled

DETAIL_TYPES = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsConsoleSignIn": unsettled.SIGN_IN,
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
    "AwsVpceEvent": "AWS Network Activity Event via CloudTrail",
    "AwsVpceEvents": "AWS Network Activity Event via CloudTrail",
}
"""The `detail-type` of the event that a record becomes, by its `eventType`."""


def asks_for_others(text: str) -> bool:
    """Whether it is seen at once that the pattern in a text, if it is one, matches no event that CloudTrail sends: it
    names the types of events that it is for, and none of theirs is among them."""
    import json

    try:
        pattern = json.loads(text, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError):
        return False
    wanted = pattern.get("detail-type") if isinstance(pattern, dict) else None
    if not isinstance(wanted, list) or not wanted:
        return False
    return all(isinstance(one, str) and one not in DETAIL_TYPES.values() for one in wanted)


def _without_repetition(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("which of two members counts is for others to say")
    return found


def names_region(text: str) -> bool:
    """Whether the pattern in a text may compare the Region of events with something."""
    return "egion" in text or any(letters in text for letters in _ESCAPED_LETTERS)


_ESCAPED_LETTERS = ("\\u004", "\\u005", "\\u006", "\\u007")
"""How letters may be written so that one does not see what they spell."""

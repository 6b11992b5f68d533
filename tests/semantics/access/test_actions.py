"""The actions that matter: the table says of each what the vectors say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from guardrails.semantics.access.actions import On, Use, actions_of, uses_of

VECTORS = json.loads((Path(__file__).parent / "iam-policy-evaluation.vectors.json").read_text("utf-8"))["actions"]
ON = {
    "*": {"account"},
    "trail or event data store": {"trail", "event data store"},
    "event data store, dashboard or channel": {"event data store"},
    "access point or grants": {"access point"},
    "access grants instance": {"access point"},
}


def test_every_action_is_in_its_classes_and_no_other() -> None:
    expected = {
        (vector["action"], one["class"], on)
        for vector in VECTORS
        for one in vector["classes"]
        for on in ON.get(one["on"], {one["on"]})
    }
    listed = {
        (action, use, on) for use in get_args(Use) for on in get_args(On) if on for action in actions_of(use, on=on)
    }

    assert len(VECTORS) == 124
    assert listed == expected


def test_an_action_is_found_in_any_case() -> None:
    assert uses_of("KMS:putkeypolicy") == ("silence", "permissions")
    assert uses_of("s3:GetBucketLocation") == ()


def test_one_service_or_one_kind_of_thing() -> None:
    assert actions_of("list") == ("s3:ListBucket", "s3:ListBucketVersions")
    assert actions_of("delete", "s3", "object") == ("s3:DeleteObject", "s3:DeleteObjectVersion")
    assert actions_of("read", "sns") == ()
    assert not [name for name in actions_of("mute", "events") if not name.startswith("events:")]

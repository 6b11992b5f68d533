"""The recorded accounts of tests/agreement are what the code beside them declares, in all three languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from recorded_accounts import DECLARED, account, answers, code

from guardrails.drift.drift import compare

if TYPE_CHECKING:
    from pathlib import Path

OPEN = {
    "beyond_templates": {
        "granted": "the code does not tell its name",
        "stored": "the code does not tell its name",
        "members": "it may be any of",
        "older": "it may be any of",
    },
    "keys_and_topics": {"signing": "the code does not tell its name", "copy": "the code does not tell its name"},
    "logs": {"siem": "is known only after apply"},
    "organization": {"deny": "is known only"},
    "other_spellings": dict.fromkeys(("primary", "copy", "imported"), "the code does not tell its name"),
}
"""By folder, the resources of which something cannot be compared, and why."""


@pytest.mark.parametrize(("folder", "source"), DECLARED, ids=lambda one: one if isinstance(one, str) else one.name)
def test_an_account_is_what_its_code_says(folder: Path, source: str) -> None:
    found = compare(code(folder, source), [account(answers(folder))])

    assert found.drifts == ()
    assert found.matched
    expected = OPEN.get(folder.name, {})
    for address, one in found.opens:
        key = next(key for key in expected if address.rpartition(".")[2].lower().startswith(key))
        assert expected[key] in one.why
        assert one.origin.file

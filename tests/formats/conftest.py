"""Results to report on."""

from __future__ import annotations

import pytest
from sample_result import sample

from guardrails.findings import Result


@pytest.fixture
def result() -> Result:
    """One of everything."""
    return sample()


@pytest.fixture
def nothing() -> Result:
    return Result()

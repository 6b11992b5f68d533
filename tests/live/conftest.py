"""The fixtures of `live_fixtures`, for the tests in this folder."""

from __future__ import annotations

from live_fixtures import faults, good_account, halden, live, misconfigured_account, moto_server, process

__all__ = ["faults", "good_account", "halden", "live", "misconfigured_account", "moto_server", "process"]

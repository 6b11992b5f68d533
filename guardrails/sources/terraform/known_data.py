"""Accounts that AWS publishes, by region, for the data sources that look them up."""

from __future__ import annotations

CLOUDTRAIL_ACCOUNTS: dict[str, str] = {}
ELB_ACCOUNTS: dict[str, str] = {}

"""Policies about being told: filters, alarms, event rules, and who receives what they send."""

"""Guardrails for audit trails: who did what, when, to which resource, and would we know?"""

__version__ = "0.1.0"

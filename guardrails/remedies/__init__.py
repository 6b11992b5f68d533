"""Remedies: what to write so that a policy holds, and the proof that it then does."""

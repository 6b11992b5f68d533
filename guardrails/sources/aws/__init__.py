"""Live AWS accounts: what their APIs answer, as documents.

Collecting (`collect`, `fleet`) asks read-only calls and leaves a `Snapshot`; judging reads nothing but a snapshot, so
that a saved one gives the same verdicts. Nothing here imports botocore before a call is made.
"""

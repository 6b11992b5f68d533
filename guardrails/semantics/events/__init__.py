"""The parts of EventBridge's pattern language; `guardrails.semantics.event_patterns` joins them."""

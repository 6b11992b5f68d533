"""The parts of the language of CloudWatch Logs filter patterns; `guardrails.semantics.filter_patterns` joins them."""

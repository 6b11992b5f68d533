"""Remedies for CloudFormation templates: the same steps, as edits of YAML and JSON."""

"""CloudFormation: templates in YAML and JSON, evaluated to deployments."""

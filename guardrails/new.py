"""A new policy to start from: a module and a page whose examples pass before anything is changed."""

from __future__ import annotations

import re

from guardrails.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_SUBJECTS = {
    "AuditTrail": ("trail", "aws_cloudtrail", 'name           = "main"\n  s3_bucket_name = "example-audit-logs"'),
    "Bucket": ("bucket", "aws_s3_bucket", 'bucket = "example-audit-logs"'),
    "EncryptionKey": ("key", "aws_kms_key", 'description = "audit logs"'),
    "EventDataStore": ("store", "aws_cloudtrail_event_data_store", 'name = "main"'),
    "LogGroup": ("group", "aws_cloudwatch_log_group", 'name = "cloudtrail"'),
    "Role": ("role", "aws_iam_role", 'name               = "delivery"\n  assume_role_policy = "{}"'),
    "Topic": ("topic", "aws_sns_topic", 'name = "alarms"'),
}
"""Kind of resource → what a policy calls one, and the smallest example of it in code."""
_IN_ACCOUNTS = {
    "AuditTrail": ("cloudtrail.trail", '"trail": { "Name": "main" }'),
    "Bucket": ("s3.bucket", '"bucket": { "Name": "example-audit-logs" }'),
    "EncryptionKey": ("kms.key", '"key": { "Description": "audit logs" }'),
    "EventDataStore": ("cloudtrail.store", '"store": { "Name": "main" }'),
    "LogGroup": ("logs.group", '"group": { "logGroupName": "cloudtrail" }'),
    "Role": ("iam.role", '"role": { "RoleName": "delivery" }'),
    "Topic": ("sns.topic", '"topic": { "TopicArn": "arn:aws:sns:eu-central-1:111122223333:alarms" }'),
}
"""The same as an account answers."""

KINDS = tuple(_SUBJECTS)

_MODULE = '''"""{id}."""

from __future__ import annotations

from guardrails.api import {imports}


@policy("{id}", on={on}, severity=Severity.MEDIUM, since="0.1")
def {function}({subject}: {on}) -> Check:
    """A {words} that goes when its code goes."""
    return require(
        {subject}.protected.is_true(),
        "nothing keeps a destroy from removing it",
        when=~{subject}.observed,  # an account has no code that could remove it
    )
'''

_PAGE = """# {name}

Say here what is wrong, why it matters to who did what and when, and how an attacker or an auditor meets it.

## Remedy

```terraform
resource "{type}" "main" {{
  {arguments}

  lifecycle {{
    prevent_destroy = true
  }}
}}
```

## Examples

### Unprotected by default

```hcl
resource "{type}" "main" {{ # fail: nothing keeps a destroy from removing it
  {arguments}
}}
```

### Protected

```hcl
resource "{type}" "main" {{ # pass
  {arguments}

  lifecycle {{
    prevent_destroy = true
  }}
}}
```

### One that may not be created

```hcl
variable "copies" {{
  type = number
}}

resource "{type}" "main" {{ # unknown: variable `copies`
  count = var.copies

  {arguments}
}}
```

### In an account there is no code to remove

```json
{{
  "{answered}": {{
    "main": {{ {answers} }}
  }}
}}
```

## See also
"""


def scaffold(id: str, name: str, on: str = "AuditTrail") -> dict[str, str]:
    """The files of a new policy by name: its module and its page."""
    if on not in _SUBJECTS:
        raise UsageError(f"a policy cannot be on `{on}` here: choose one of {', '.join(KINDS)}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+", id):
        raise UsageError(f"`{id}` is no policy id: write an area and a number, as in ACME-001")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", name):
        raise UsageError(f"`{name}` is no policy name: write small letters and hyphens, as in trail-without-owner")
    subject, type_name, arguments = _SUBJECTS[on]
    module = _MODULE.format(
        id=id,
        on=on,
        imports=", ".join([*sorted((on, "Check", "Severity")), "policy", "require"]),
        function=name.replace("-", "_"),
        subject=subject,
        words=re.sub(r"(?<=[a-z])(?=[A-Z])", " ", on).lower(),
    )
    stem = name.replace("-", "_")
    answered, answers = _IN_ACCOUNTS[on]
    page = _PAGE.format(name=name, type=type_name, arguments=arguments, answered=answered, answers=answers)
    return {f"{stem}.py": module, f"{stem}.md": page}


def write(folder: Path, files: dict[str, str]) -> list[Path]:
    """Write the files into `folder`, all or none; nothing that exists is overwritten."""
    paths = [folder / name for name in files]
    for path in paths:
        if path.exists():
            raise UsageError(f"{path.as_posix()} exists already")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths

"""From code that passes to who switched the trail off: the story of docs/drift-story.md, on this machine.

    python examples/drift/story.py

1. `guardrails scan` passes the code.
2. It is deployed, to the simulation of AWS of examples/live: here from guardrails' model of the code, for `terraform
   apply` has no provider that could. Whoever is on call confirms the subscription.
3. The scheduled `guardrails drift` has nothing to say.
4. Somebody stops the trail by hand, and lets an account of others read the bucket. CloudTrail records it: the
   simulation keeps no records, so they are written here as CloudTrail writes them, with who and when made up.
5. The scheduled `guardrails drift` fails, and says which two lines are not as deployed, and who did it.

Nothing here reaches AWS, and nothing is left behind. Ends with 0 if all came as told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
# What makes an account of code is a part of the tests, and the simulation is beside this folder.
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "examples" / "live")]

from accounts import ACCOUNT, Server  # noqa: E402 - found by the path above
from demo import ENVIRONMENT, moto_server  # noqa: E402 - as above
from deployer import deploy  # noqa: E402 - as above

from guardrails.lower.world import open_world  # noqa: E402 - as above
from guardrails.model import Context  # noqa: E402 - as above
from guardrails.sources.terraform.project import load  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Sequence

INFRA = "examples/drift/infra"
"""The code, as it is called from the top of the project."""
REGION = "eu-central-1"
TRAIL = "fernhill-audit"
BUCKET = "fernhill-audit-logs"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:fernhill-audit-alerts"
WHO = f"arn:aws:sts::{ACCOUNT}:assumed-role/Administrator/j.okafor"
FROM = "203.0.113.24"
AUDITORS = {
    "Sid": "TemporaryForTheAuditors",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
    "Action": "s3:GetObject",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
}
"""The public access block would refuse a statement that lets everybody in. This one it takes."""


def main() -> int:
    with moto_server() as url, tempfile.TemporaryDirectory() as folder:
        passed = guardrails("scan", INFRA)
        server = Server(url, REGION)
        tell("deployed: what `terraform apply` would make, and the mail of the topic is answered")
        apply(server)
        before = drift(url)
        tell("a week later, by hand: the trail is stopped, the bucket opened to an account of others")
        log = Path(folder, f"{ACCOUNT}_CloudTrail_{REGION}_20270112T0315Z.json")
        log.write_text(json.dumps({"Records": by_hand(server)}), encoding="utf-8")
        after = drift(url, "--log", str(log))
    return 0 if (passed, before, after) == (0, 0, 1) else 1


def drift(url: str, *more: str) -> int:
    """What runs every night."""
    return guardrails("drift", INFRA, "--live", "--endpoint-url", url, *more)


def guardrails(*arguments: str) -> int:
    """Runs it as its users do; its exit code."""
    shown = [word for word in arguments if word != "--endpoint-url" and not word.startswith("http://")]
    tell(" ".join(["$ guardrails", *(Path(word).name if Path(word).is_absolute() else word for word in shown)]))
    command = [str(Path(sys.executable).with_name("guardrails")), *arguments]
    code = subprocess.run(command, cwd=PROJECT, env=ENVIRONMENT, check=False).returncode
    tell(f"exit code {code}")
    return code


def tell(text: str) -> None:
    sys.stdout.write(f"\n{text}\n" if text[0] == "$" else f"[{text}]\n")
    sys.stdout.flush()


def apply(server: Server) -> None:
    """Makes what the code declares."""
    (deployment,) = load([str(PROJECT / INFRA)]).deployments
    world = open_world(deployment, Context())
    try:
        deploy(world, server, ACCOUNT, REGION)
    finally:
        world.close()
    server.client("sns").confirm_subscription(TopicArn=TOPIC, Token="the one in the mail")


def by_hand(server: Server) -> Sequence[dict[str, Any]]:
    """Stops the trail and opens its bucket to the auditors' account. The records of both calls."""
    s3 = server.client("s3")
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    policy["Statement"].append(AUDITORS)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    server.client("cloudtrail").stop_logging(Name=TRAIL)
    bucket = {"bucketName": BUCKET, "Host": f"{BUCKET}.s3.{REGION}.amazonaws.com"}
    resources = [{"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{BUCKET}"}]
    return [
        record(
            "2027-01-12T02:59:07Z",
            "s3.amazonaws.com",
            "PutBucketPolicy",
            {**bucket, "policy": "", "bucketPolicy": policy},
            resources=resources,
        ),
        record("2027-01-12T03:04:12Z", "cloudtrail.amazonaws.com", "StopLogging", {"name": TRAIL}),
    ]


def record(time: str, source: str, name: str, parameters: dict[str, Any], **more: object) -> dict[str, Any]:
    """A call as CloudTrail records it."""
    seconds = int(time[11:13]) * 3600 + int(time[14:16]) * 60 + int(time[17:19])
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEADMINROLE1:j.okafor",
            "arn": WHO,
            "accountId": ACCOUNT,
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLEADMINROLE1",
                    "arn": f"arn:aws:iam::{ACCOUNT}:role/Administrator",
                    "accountId": ACCOUNT,
                    "userName": "Administrator",
                },
                "attributes": {"creationDate": "2027-01-12T02:41:50Z", "mfaAuthenticated": "true"},
            },
        },
        "eventTime": time,
        "eventSource": source,
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": FROM,
        "userAgent": "Mozilla/5.0",
        "requestParameters": parameters,
        "responseElements": None,
        "requestID": f"5f0c8a52-0000-4000-8000-{seconds:012d}",
        "eventID": f"9b1d7c3e-0000-4000-8000-{seconds:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3"},
        **more,
    }


if __name__ == "__main__":
    sys.exit(main())

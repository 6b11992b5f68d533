"""What can be typed behind `guardrails live`, and what its words stand for."""

from __future__ import annotations

import argparse
import os
import re

from guardrails.cli.scan_arguments import names

DEFAULT_ORG_ROLE = "GuardrailsScan"
"""The role that `deploy/` makes in every account of an organization."""
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+")


def target_options(command: argparse.ArgumentParser) -> None:
    """What says which accounts are read, and how."""
    target = command.add_argument_group("accounts (default: that of the credentials that are found)")
    target.add_argument("--profile", metavar="NAME", help="a profile of the AWS configuration files")
    target.add_argument("--role-arn", metavar="ARN", type=role, help="a role to assume before anything is asked")
    target.add_argument(
        "--external-id", metavar="TEXT", type=external_id, help="the external id with which roles are assumed"
    )
    target.add_argument(
        "--regions",
        metavar="REGIONS",
        type=regions,
        action="extend",
        help="only these, separated by commas (default: all that are enabled)",
    )
    target.add_argument("--endpoint-url", metavar="URL", type=url, help="ask this address instead of those of AWS")
    which = target.add_mutually_exclusive_group()
    which.add_argument(
        "--org",
        action="store_true",
        help="all active accounts of the organization; the credentials are of its management account, or of one that"
        " administers a service for it",
    )
    which.add_argument(
        "--accounts",
        metavar="FILE",
        type=existing,
        help="the accounts in this file: a number or the ARN of a role on each line, `#` begins a comment",
    )
    target.add_argument(
        "--org-role",
        metavar="NAME",
        help=f"the role to assume in each account of --org or --accounts (default: {DEFAULT_ORG_ROLE})",
    )
    target.add_argument(
        "--from", metavar="FILE", dest="snapshot", type=existing, help="judge what --save has written; asks nobody"
    )


def reading_options(command: argparse.ArgumentParser) -> None:
    """How the accounts are read."""
    reading = command.add_argument_group("reading")
    reading.add_argument(
        "--save",
        metavar="FILE",
        help="write all that was read: .json, .json.gz or .json.zst; its owner alone can read it",
    )
    reading.add_argument(
        "--journal", metavar="FILE", help="keep the journal there (default: a file that is removed in the end)"
    )
    reading.add_argument(
        "--resume", metavar="FILE", help="go on with the journal of a run that was interrupted; ask for the same"
    )
    reading.add_argument("--workers", metavar="N", type=count, help="accounts that are read at a time (default: 8)")
    reading.add_argument("--concurrency", metavar="N", type=count, help="calls at a time in each account (default: 8)")
    reading.add_argument(
        "--executor",
        metavar="URL",
        type=executor,
        help="read on a Dask cluster: dask://scheduler:8786 (needs guardrails-audit[dask])",
    )


# What the value of an option stands for


def _refused(message: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(message)


def regions(text: str) -> list[str]:
    found = names(text)
    for name in found:
        if not _REGION.fullmatch(name):
            raise _refused(f"`{name}` is no Region: write it as eu-central-1")
    return found


def role(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise _refused(f"`{text}` is no ARN of a role: write it as arn:aws:iam::111122223333:role/NAME")
    return text


def external_id(text: str) -> str:
    if not _EXTERNAL_ID.fullmatch(text):
        raise _refused("an external id has 2 to 1224 letters, digits and characters of `_+=,.@:/-`")
    return text


def url(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+.*", text):
        raise _refused(f"`{text}` is no address: write it as https://HOST")
    return text.rstrip("/")


def existing(text: str) -> str:
    if os.path.isdir(text):
        raise _refused(f"`{text}` is a folder: name a file")
    if not os.path.exists(text):
        raise _refused(f"there is no file `{text}`")
    return text


def count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise _refused(f"`{text}` is no number from 1 to 1000")
    return int(text)


def executor(text: str) -> str:
    """The address of a scheduler as Dask writes it."""
    scheme, colon, place = text.partition("://")
    transport = {"dask": "tcp", "dask+tls": "tls"}.get(scheme)
    if transport is None or not colon or not place:
        raise _refused(f"`{text}` is no executor: write it as dask://HOST:PORT")
    return f"{transport}://{place}"

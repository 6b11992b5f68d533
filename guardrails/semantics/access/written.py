"""Account ids, ARNs and wildcards as they stand in policies, with holes where something is not known."""

from __future__ import annotations

import re

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.truth import Fact, Truth, Verdict, decide, false, true, unknown
from guardrails.kernel.value import Input, Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.automaton import Hole, Wild
from guardrails.semantics.access.patterns import Pattern, Spelling, matches, pattern_of
from guardrails.semantics.access.references import Surroundings, reasons_of_inputs
from guardrails.semantics.referring import is_account, is_arn, is_own_account, is_own_identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

Piece: TypeAlias = str | Reference | None
"""Literal text, an attribute that the provider computes, or something not known."""

ANOTHER_ACCOUNT = "000000000001"
"""Stands for an account that nobody mentions: what lets it in lets any account in."""
OF_RESOURCE = ("${aws:resourceaccount}", "${aws:resourceorgid}")
"""Policy variables for the account and the organization of the resource itself."""
_FIXED = "\uf8ff"
"""Stands for a text that is not known and is one text: it has no wildcard, and no request that is made up has it."""
_ACCOUNT = compile_later(r"\d{12}")
_TYPE = compile_later(r"(?:^|\.)(data\.)?(aws_[a-z0-9_]+)\.[^.]+$")
_VENDOR = compile_later(
    r"(?:^|\.)data\.aws_(?:(?:elb|redshift|billing|cloudtrail)_service_account|cloudfront_log_delivery_canonical_user_id)\."
)
_BALANCERS = """
127311923021 033677994240 027434742980 797873946194 098369216593 985666609251 054676820928 156460612806 652711504416
635631232127 009996457667 897822967062 754344448648 589379963580 582318560864 600734575887 383597477331 114774131450
783225319266 718504428378 076674570225 507241528517 048591011584 190560391635 638102146993 037604701340
"""
"""The accounts that load balancers deliver access logs from, one a Region (Elastic Load Balancing User Guide)."""


def pieces_of(value: Value[str]) -> tuple[Piece, ...]:
    """The text in pieces; one piece of None where nothing is known of it."""
    content = value.or_none()
    if content is not None:
        return (content,)
    if value.reference is not None:
        return (value.reference,)
    return tuple(None if isinstance(part, Input) else part for part in value.parts) or (None,)


def each_way(value: Value[str], test: Callable[[Value[str]], Truth]) -> Truth:
    """What `test` says of the value: of one of several, what it says of all alike."""
    if not value.alternatives:
        return test(value)
    answers = [test(alternative) for alternative in value.alternatives]
    if len({answer.verdict for answer in answers}) == 1:
        return answers[0]
    return unknown(*value.reasons, facts=(value.fact(),))


def decided(answer: bool | None, value: Value[str], fact: Fact) -> Truth:
    """A Truth from an answer of which None says that it hangs on what is not known of `value`."""
    if answer is None:
        return unknown(*(reasons_of_inputs(value) or (_UNCLEAR,)), facts=(fact,))
    return decide(answer, fact)


_UNCLEAR = Reason(Why.UNSUPPORTED, "two patterns cannot be compared")


def is_fixed(value: Value[str], *, wildcards: bool) -> Truth:
    """Whether a condition's value is one text: no policy variable, and no wildcard where those count."""

    def one(value: Value[str]) -> Truth:
        pieces = pieces_of(value)
        open_ended = any(
            isinstance(piece, str) and ("${" in piece or (wildcards and ("*" in piece or "?" in piece)))
            for piece in pieces
        )
        if open_ended:
            return false(value.fact())
        return decided(None if wildcards and None in pieces else True, value, value.fact())

    return each_way(value, one)


def has_literal_star(value: Value[str]) -> bool:
    """Whether it is known to hold an asterisk or question mark, which no id, ARN or account has."""
    return any(isinstance(piece, str) and ("*" in piece or "?" in piece) for piece in pieces_of(value))


def looks_like_account(value: Value[str]) -> bool | None:
    """Whether the value can be an account id: an ARN cannot."""
    pieces = pieces_of(value)
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return _ACCOUNT.fullmatch(pieces[0]) is not None or "${" in pieces[0]
    if isinstance(pieces[0], str) and not re.fullmatch(r"\d{0,12}", pieces[0]):
        return False
    if isinstance(pieces[0], Reference):
        return not is_arn(pieces[0])
    return None


# --- patterns --------------------------------------------------------------------------------------------------------


def pattern(value: Value[str], spelling: Spelling, own: str | None = None) -> Pattern:
    """The pattern that a value is. `own` is the id of the own account where that is known."""
    pieces: list[str | Hole] = []
    for at, piece in enumerate(pieces_of(value)):
        if isinstance(piece, str):
            pieces.append(piece)
        elif piece is None:
            wild = spelling is not Spelling.PLAIN
            said = value.parts[at] if value.parts else value.input
            # What an input gives is one text, or one pattern: the two need not be the same.
            pieces.append(Hole((said or id(value), at if said is None else wild), wild=wild, reasons=value.reasons))
        elif own is not None and is_own_account(piece):
            pieces.append(own)
        else:
            of_template = bool(piece.type) or piece.path == ("Ref",)
            of_account = is_account(piece) if of_template else piece.path[-1:] == ("account_id",)
            lacks = "*?:/" if of_account else "*?"
            pieces.append(Hole(piece, lacks, reasons=value.reasons))
    return pattern_of(pieces, spelling)


def admits_any_account(value: Value[str], spelling: Spelling, *, colons: bool) -> bool | None:
    """Whether an ARN as a condition's value lets in ARNs of an account that it does not name.

    `colons` says whether the last part of such an ARN may have colons: it may in a log group's, not in a principal's.
    """
    pieces: list[str | Hole] = []
    for at, piece in enumerate(pieces_of(value)):
        if isinstance(piece, str):
            pieces.append(piece)
        elif isinstance(piece, Reference):
            whole = at == 0 and is_arn(piece)
            pieces.append(f"arn:{_FIXED}:{_FIXED}:{_FIXED}:{_FIXED}:{_FIXED}" if whole else _FIXED)
        elif spelling is Spelling.PLAIN:
            pieces.append(_FIXED)
        else:
            pieces.append(Hole((id(value), at), wild=True))
    part = (":", Wild.MANY_IN_PART)
    last = Wild.MANY if colons else Wild.MANY_IN_PART
    foreign = Pattern((*"arn", *part, *part, *part, *f":{ANOTHER_ACCOUNT}:", last))
    return pattern_of(pieces, spelling).touches(foreign)


def service_in(value: Value[str]) -> str:
    """The service part of an ARN; empty where it is not plain to see."""
    first = pieces_of(value)[0]
    if isinstance(first, str):
        parts = first.split(":")
        return parts[2] if len(parts) > 3 else ""
    if isinstance(first, Reference) and first.type:
        return "s3" if first.type == "AWS::S3::Bucket" else ""
    found = _TYPE.search(first.address) if isinstance(first, Reference) else None
    return "s3" if found is not None and found[2] == "aws_s3_bucket" else ""


def can_match(one: Value[str], other: Value[str], spelling: Spelling, own: str | None = None) -> Truth:
    """Whether some text fits two values of conditions, both spelled so."""
    fact = one.fact()
    if are_different_resources(one, other):
        return false(fact)
    mine, theirs = pattern(one, spelling, own), pattern(other, spelling, own)
    return _settled(mine.touches(theirs), one, other, fact)


def matches_all_of(
    wide: Value[str], spelling: Spelling, narrow: Value[str], other: Spelling, own: str | None = None
) -> Truth:
    """Whether whatever fits `narrow`, spelled in the `other` way, fits `wide`."""
    if are_different_resources(wide, narrow):
        return false(wide.fact())
    return _settled(pattern(wide, spelling, own).covers(pattern(narrow, other, own)), wide, narrow, wide.fact())


def _settled(answer: bool | None, one: Value[str], other: Value[str], fact: Fact) -> Truth:
    if answer is None:
        return unknown(*(one.reasons or other.reasons or (_UNCLEAR,)), facts=(fact,))
    return decide(answer, fact)


def are_different_resources(one: Value[str], other: Value[str]) -> bool:
    """Whether both are the same attribute of two resources of one type that this deployment makes."""
    mine, theirs = one.reference, other.reference
    if mine is None or theirs is None or mine == theirs or mine.path != theirs.path:
        return False
    if mine.type:
        return mine.type == theirs.type and mine.address != theirs.address
    found, also = _TYPE.search(mine.address), _TYPE.search(theirs.address)
    if found is None or also is None or found[1] or also[1] or found[2] != also[2]:
        return False
    return mine.address != theirs.address and "[?]" not in mine.address + theirs.address


def same_identifier(one: Value[str], other: Value[str]) -> Truth:
    """Whether two names or ARNs are the same. What the provider says of a role or user is its ARN, of which the account
    and the name may be open."""
    around = Surroundings()

    def same(mine: Value[str], theirs: Value[str]) -> Truth:
        if are_different_resources(mine, theirs):
            return false(mine.fact())
        first, second = (pattern_of(around.pieces(value), Spelling.PLAIN) for value in (mine, theirs))
        return _settled(first.touches(second), mine, theirs, mine.fact())

    return each_way(one, lambda mine: each_way(other, lambda theirs: same(mine, theirs)))


# --- accounts --------------------------------------------------------------------------------------------------------


def account_in(value: Value[str]) -> Value[str]:
    """The account of an ARN, or the account id that a value is."""
    pieces = pieces_of(value)
    first = pieces[0]
    if isinstance(first, str) and not first.startswith("arn:"):
        return value
    if not isinstance(first, str):
        return value
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if not isinstance(piece, str):
            parts[-1].append(piece)
            continue
        head, *more = piece.split(":", max(0, 6 - len(parts)))
        parts[-1].append(head)
        parts += [[text] for text in more]
    if len(parts) < 5:
        return Value.unknown(value.reasons or (_NO_ACCOUNT,), value.origin)
    account = [piece for piece in parts[4] if piece != ""]
    if all(isinstance(piece, str) for piece in account):
        return Value.of("".join(piece for piece in account if isinstance(piece, str)), value.origin)
    only = account[0] if len(account) == 1 else None
    if isinstance(only, Reference):
        return Value.unknown(value.reasons, value.origin, present=True, reference=only)
    return Value.unknown(value.reasons, value.origin, present=True, parts=tuple(account) if len(account) > 1 else ())


_NO_ACCOUNT = Reason(Why.UNSUPPORTED, "this names no account")


def is_vendors(value: Value[str]) -> bool:
    """Whether it is an account or identity of AWS itself: one that a service acts with."""
    pieces = pieces_of(value)
    first = pieces[0]
    if isinstance(first, Reference):
        return _VENDOR.search(first.address) is not None
    if first is None:
        return False
    account = account_in(value).or_none() or ""
    return account == "cloudfront" or (_ACCOUNT.fullmatch(account) is not None and account in _BALANCERS)


def is_own(value: Value[str], own: Value[str]) -> Truth:
    """Whether an account id, or the account of an ARN, is the own account.

    Roles and users that this deployment makes, or looks up, count as its own.
    """

    def one(value: Value[str]) -> Truth:
        reference = value.reference
        if reference is None and value.parts and isinstance(value.parts[0], Reference):
            reference = value.parts[0]
        if reference is not None and (
            is_own_account(reference) or is_own_identity(reference) or reference == own.reference
        ):
            return true(value.fact())
        account = account_in(value)
        if account is not value:
            return one(account)
        written, mine = account.or_none(), own.or_none()
        if written is not None and written.lower() in OF_RESOURCE:
            return true(value.fact())
        if written is not None and _ACCOUNT.fullmatch(written) is None and written != mine:
            return unknown(_ACCOUNT_UNSAID, facts=(value.fact(),))
        if written is not None and mine is not None:
            return decide(written == mine, value.fact())
        if written is None and account.reasons and account.reasons == own.reasons and account.origin == own.origin:
            return true(value.fact())  # one expression, not known for the same cause
        return unknown(*(account.reasons or own.reasons or (_OWN_NOT_KNOWN,)), facts=(value.fact(),))

    return each_way(value, one)


_ACCOUNT_UNSAID = Reason(Why.CANNOT_SAY, "an id of this kind does not say which account it is")
_OWN_NOT_KNOWN = Reason(
    Why.INPUT,
    "the account that this is deployed to is not known",
    "state the account in the configuration of the deployment",
)


def same_account(one: Value[str], other: Value[str], own: Value[str]) -> Truth:
    """Whether two account ids, or the accounts of two ARNs, are the same."""
    mine, theirs = account_in(one), account_in(other)
    written, also = mine.or_none(), theirs.or_none()
    if written is not None and also is not None:
        return decide(written == also, one.fact())
    if mine.reference is not None and mine.reference == theirs.reference:
        return true(one.fact())
    own_one, own_other = is_own(mine, own), is_own(theirs, own)
    if own_one.verdict is Verdict.TRUE:
        return own_other
    if own_other.verdict is Verdict.TRUE:
        return own_one
    return unknown(*(mine.reasons or theirs.reasons or (_OWN_NOT_KNOWN,)), facts=(one.fact(),))


def same_organization(one: Value[str], other: Value[str]) -> Truth:
    """Whether two ids of organizations, or paths that begin with one, mean one organization."""
    mine, theirs = (_head(value) for value in (one, other))
    if isinstance(mine, str) and isinstance(theirs, str):
        return decide(matches(mine, theirs) or matches(theirs, mine), one.fact())
    if mine is not None and mine == theirs:
        return true(one.fact())
    return unknown(*(one.reasons or other.reasons or (_UNCLEAR,)), facts=(one.fact(),))


def _head(value: Value[str]) -> Piece:
    """The id at the head of a path: text, or a reference that is all of it."""
    first, *more = pieces_of(value)
    if isinstance(first, str):
        head, slash, _ = first.partition("/")
        return head if slash or not more else None
    behind = more[0] if more else "/"
    return first if isinstance(behind, str) and behind.startswith("/") else None

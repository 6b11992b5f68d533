"""What the policy of a log bucket has to do: let trails deliver, and refuse whoever does not encrypt the connection.

CloudTrail calls as a service: S3 sees the trail that it acts for and the trail's account, and none of the keys that
tell of a person, an organization of a person, or a network.
"""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, decide, false, true
from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.audience import acts_on, covers, touches
from guardrails.semantics.access.automaton import Hole, Wild
from guardrails.semantics.access.conditions import Context, Rest, outcome
from guardrails.semantics.access.patterns import Pattern, matches, spelled
from guardrails.semantics.access.targets import Target, bucket_itself, key_of, objects_of, text, trail_of
from guardrails.semantics.referring import is_own_organization
from guardrails.semantics.scope import same_account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guardrails.model import AuditTrail, Bucket
    from guardrails.model.access import AccessPolicy, Principal, Statement
    from guardrails.semantics.access.references import Pieces

CLOUDTRAIL = "cloudtrail.amazonaws.com"

_NOT_A_PERSON = (
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:Referer",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:VpcSourceIp",
    "aws:userid",
    "aws:username",
)
"""Keys that a call of a service through no network of yours lacks."""
_FILES = "the place where the trail writes its files"
_TRANSPORT_KEYS = ("aws:securetransport", "s3:tlsversion")
_ENDS_IN_SLASH = Reason(
    Why.UNSUPPORTED,
    "where CloudTrail delivers to is not documented for a prefix that ends with a slash",
    "leave the slash away",
)
_TLS_VERSION = Reason(
    Why.UNSUPPORTED,
    "AWS does not say whether a request without TLS has an `s3:TlsVersion`",
    "deny requests of which `aws:SecureTransport` is false as well",
)


# --- delivery ---------------------------------------------------------------------------------------------------------


def may_deliver(trail: AuditTrail, bucket: Bucket) -> Truth:
    """Whether the bucket's policy lets CloudTrail check the bucket and write all files of the trail to it."""
    context = _context(trail)
    acl = Context({"s3:x-amz-acl": "bucket-owner-full-control"}).over(context)
    return all_of(
        (
            _lets("s3:GetBucketAcl", bucket_itself(bucket), "the bucket itself", context, bucket),
            _writes(trail.organization.is_false(), lambda: _files(trail, bucket, ()), acl, bucket),
            _writes(trail.organization.is_true(), lambda: _files(trail, bucket, _organization(bucket)), acl, bucket),
        )
    )


def _writes(asked: Truth, files: Callable[[], Target], context: Context, bucket: Bucket) -> Truth:
    """Whether CloudTrail may write some files, where it has to."""
    return (
        true() if asked.verdict is Verdict.FALSE else _lets("s3:PutObject", files(), _FILES, context, bucket) | ~asked
    )


def _context(trail: AuditTrail) -> Context:
    """What CloudTrail's request says; what is not listed is not known."""
    source = trail_of(trail)
    account = Target(source.surroundings, "", forms=(Pattern(spelled(source.surroundings.account)),))
    known: dict[str, str | Target] = {
        "aws:SourceArn": source,
        "aws:SourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": CLOUDTRAIL,
        "aws:ViaAWSService": "false",
    }
    organization = trail.account.organization_id.or_none()
    if organization:
        known["aws:SourceOrgID"] = organization
    keys = [key for key, _ in trail.key.members()]
    if len(keys) == 1:
        known["s3:x-amz-server-side-encryption"] = "aws:kms"
        known["s3:x-amz-server-side-encryption-aws-kms-key-id"] = key_of(keys[0])
    return Context(known, absent=_NOT_A_PERSON, rest=Rest.UNKNOWN)


def _files(trail: AuditTrail, bucket: Bucket, organization: Pieces) -> Target:
    """`PREFIX/AWSLogs/[ORGANIZATION/]ACCOUNT/`, below which everything is the trail's."""
    around = bucket_itself(bucket).surroundings
    prefix = around.pieces(trail.prefix) if trail.prefix.present is not False else ()
    if prefix and isinstance(prefix[-1], Hole) and prefix[-1].wild:
        # An input may be empty, and then no slash stands behind it; or it may end in one.
        prefix = (*prefix[:-1], Hole(("prefix", trail.address), wild=True, reasons=prefix[-1].reasons))
    below: Pieces = (*prefix, "/") if prefix else ()
    if prefix and isinstance(prefix[-1], str) and prefix[-1].endswith("/"):
        below = (Hole(("prefix", trail.address), reasons=(_ENDS_IN_SLASH,)),)
    whose: Pieces
    if organization:
        whose = organization
    elif same_account(trail, bucket).verdict is Verdict.TRUE:
        whose = around.account
    else:
        whose = trail_of(trail).surroundings.account
        if isinstance(whose[0], Hole):
            whose = (Hole(("account of the trail", trail.address), ":/*?", reasons=whose[0].reasons),)
    return Target(around, "s3", (*around.name, "/", *below, "AWSLogs/", *whose, "/", Wild.MANY))


def _organization(bucket: Bucket) -> Pieces:
    """The organization's id: as stated, or as the bucket's policy refers to it."""
    stated = bucket.account.organization_id
    literal = stated.or_none()
    if literal:
        return (literal,)
    around = bucket_itself(bucket).surroundings
    for reference in _references(bucket):
        if is_own_organization(reference) and reference.path in (("id",), ("Ref",), ("Id",)):
            return around.pieces(Value.unknown(stated.reasons, stated.origin, reference=reference))
    return (Hole(("organization",), ":/*?", reasons=stated.reasons),)


def _references(bucket: Bucket) -> Iterator[Reference]:
    for policy, _ in bucket.policy.members():
        for statement, _ in policy.statements.members():
            for element, _ in statement.resources.members():
                yield from (part for part in element.parts if isinstance(part, Reference))


def _lets(action: str, target: Target, place: str, context: Context, bucket: Bucket) -> Truth:
    """Whether CloudTrail may do an action to all of a target, and nothing denies it."""
    return bucket.policy.some(lambda policy: _allows(policy, action, target, place, context)) & ~bucket.policy.some(
        lambda policy: _denies(policy, action, target, context)
    )


def _allows(policy: AccessPolicy, action: str, target: Target, place: str, context: Context) -> Truth:
    variables = policy.version.equals("2012-10-17")

    def speaks(statement: Statement) -> Truth:
        return statement.effect.equals("Allow") & _means(statement, _cloudtrail) & acts_on(statement, action)

    def reaches(statement: Statement) -> Truth:
        reached = _all_of(statement, target, variables, place)
        return reached & outcome(statement.conditions, context, variables=variables).can_hold

    speaking = Many(
        lambda: Many(*policy.statements.where(speaks).loaded()),
        owner=policy.origin.named(""),
        noun=f"statement that lets CloudTrail do `{action}`",
    )
    return speaking.some(reaches)


def _denies(policy: AccessPolicy, action: str, target: Target, context: Context) -> Truth:
    variables = policy.version.equals("2012-10-17")

    def stops(statement: Statement) -> Truth:
        denied = statement.effect.equals("Deny") & _means(statement, _cloudtrail) & acts_on(statement, action)
        if denied.verdict is Verdict.FALSE:
            return denied
        applies = outcome(statement.conditions, context, variables=variables).can_hold
        here = Fact(f"this denial takes `{action}` from CloudTrail as well", statement.origin)
        return (denied & touches(statement, target) & applies).because(here)

    return policy.statements.some(stops)


def _all_of(statement: Statement, target: Target, variables: Truth, place: str) -> Truth:
    """Whether a statement speaks of all of a target, which is called `place` where it does not."""
    found = covers(statement, target, variables=variables.verdict is not Verdict.FALSE)
    if found.verdict is not Verdict.FALSE:
        return found
    elements = statement.resources.members() or statement.not_resources.members()
    origin = elements[0][0].origin if elements else statement.origin
    return found.because(Fact(f"the statement does not cover {place}", origin))


def _means(statement: Statement, who: Callable[[Principal], Truth]) -> Truth:
    """Whether the principal element means somebody."""
    excepted = ~statement.not_principals.is_empty()
    return statement.principals.some(who) | (excepted & ~statement.not_principals.some(who))


def _cloudtrail(principal: Principal) -> Truth:
    if principal.kind == "Service":
        return principal.identifier.where(lambda name: name.lower() == CLOUDTRAIL)
    return _everyone(principal)


def _everyone(principal: Principal) -> Truth:
    return principal.identifier.equals("*") if principal.kind in ("*", "AWS") else false(principal.identifier.fact())


# --- transport --------------------------------------------------------------------------------------------------------


def refuses_plain_http(bucket: Bucket) -> Truth:
    """Whether its policy denies everything to everybody who calls without TLS, for the bucket and for its objects."""

    itself, objects = bucket_itself(bucket), objects_of(bucket)
    return bucket.policy.some(lambda policy: _refuses(policy, itself, "the bucket itself")) & bucket.policy.some(
        lambda policy: _refuses(policy, objects, "all objects")
    )


def _refuses(policy: AccessPolicy, target: Target, place: str) -> Truth:
    variables = policy.version.equals("2012-10-17")

    def speaks(statement: Statement) -> Truth:
        about = statement.conditions.some(lambda condition: decide(condition.key.lower() in _TRANSPORT_KEYS))
        return statement.effect.equals("Deny") & about

    def refuses(statement: Statement) -> Truth:
        escaped = outcome(statement.conditions, _plain_http(), variables=variables).can_fail
        return (
            _means(statement, _everyone)
            & _of_everything(statement)
            & _all_of(statement, target, variables, place)
            & ~escaped
        )

    speaking = Many(
        lambda: Many(*policy.statements.where(speaks).loaded()),
        owner=policy.origin.named(""),
        noun="statement that denies requests without TLS",
    )
    return speaking.some(refuses)


def _plain_http() -> Context:
    """What anybody says who calls without TLS; services of AWS always use it."""
    version = text(Hole(("version of TLS",), reasons=(_TLS_VERSION,)))
    return Context(
        {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false", "s3:TlsVersion": version}, rest=Rest.FREE
    )


def _of_everything(statement: Statement) -> Truth:
    """Whether a statement speaks of every action of S3."""
    excepted = ~statement.not_actions.is_empty()
    spared = statement.not_actions.some(
        lambda action: action.where(lambda name: name.lower().startswith(("s3", "*", "?")))
    )
    return statement.actions.some(lambda action: action.where(lambda name: matches(name.lower(), "s3:*"))) | (
        excepted & ~spared
    )

"""Roles, users, groups, permission sets and managed policies, with all that is attached to them."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import Verdict, any_of, false, true, unknown
from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.lower.aws.documents import access_policy
from guardrails.lower.aws.names import group_name, permission_set_name, policy_name, role_name, user_name
from guardrails.lower.reader import Cannot, Reader, Satellite, into
from guardrails.lower.world import Lowering, identity, protected, types_of
from guardrails.model import Group, Identity, ManagedPolicy, PermissionSet, Role, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from guardrails.kernel.block import RawResource
    from guardrails.kernel.truth import Truth
    from guardrails.lower.reader import Cell
    from guardrails.model import AccessPolicy

_INLINE: dict[str, dict[str, tuple[Cell, ...]]] = {
    "role": {
        "tf": (Satellite("aws_iam_role_policy", "role", "policy"), "inline_policy.policy"),
        "cfn": (
            Satellite("AWS::IAM::RolePolicy", "RoleName", "PolicyDocument"),
            Satellite("AWS::IAM::Policy", "Roles", "PolicyDocument"),
            "Policies.PolicyDocument",
        ),
        "live": ("role.RolePolicyList.PolicyDocument",),
    },
    "user": {
        "tf": (Satellite("aws_iam_user_policy", "user", "policy"),),
        "cfn": (
            Satellite("AWS::IAM::UserPolicy", "UserName", "PolicyDocument"),
            Satellite("AWS::IAM::Policy", "Users", "PolicyDocument"),
            "Policies.PolicyDocument",
        ),
        "live": ("user.UserPolicyList.PolicyDocument",),
    },
    "group": {
        "tf": (Satellite("aws_iam_group_policy", "group", "policy"),),
        "cfn": (
            Satellite("AWS::IAM::GroupPolicy", "GroupName", "PolicyDocument"),
            Satellite("AWS::IAM::Policy", "Groups", "PolicyDocument"),
            "Policies.PolicyDocument",
        ),
        "live": ("group.GroupPolicyList.PolicyDocument",),
    },
    "permission set": {
        "tf": (Satellite("aws_ssoadmin_permission_set_inline_policy", "permission_set_arn", "inline_policy"),),
        "cfn": ("InlinePolicy",),
        "live": ("inline_policy",),
    },
}
"""Where policies are written that belong to one identity alone."""

_ATTACHED: dict[str, dict[str, tuple[tuple[str, str, str], ...]]] = {
    "role": {
        "tf": (
            ("aws_iam_role_policy_attachment", "role", "policy_arn"),
            ("aws_iam_policy_attachment", "roles", "policy_arn"),
            ("aws_iam_role_policy_attachments_exclusive", "role_name", "policy_arns[]"),
        ),
        "cfn": (("AWS::IAM::ManagedPolicy", "Roles", ""),),
    },
    "user": {
        "tf": (
            ("aws_iam_user_policy_attachment", "user", "policy_arn"),
            ("aws_iam_policy_attachment", "users", "policy_arn"),
            ("aws_iam_user_policy_attachments_exclusive", "user_name", "policy_arns[]"),
        ),
        "cfn": (("AWS::IAM::ManagedPolicy", "Users", ""),),
    },
    "group": {
        "tf": (
            ("aws_iam_group_policy_attachment", "group", "policy_arn"),
            ("aws_iam_policy_attachment", "groups", "policy_arn"),
            ("aws_iam_group_policy_attachments_exclusive", "group_name", "policy_arns[]"),
        ),
        "cfn": (("AWS::IAM::ManagedPolicy", "Groups", ""),),
    },
    "permission set": {
        "tf": (
            ("aws_ssoadmin_managed_policy_attachment", "permission_set_arn", "managed_policy_arn"),
            (
                "aws_ssoadmin_customer_managed_policy_attachment",
                "permission_set_arn",
                "customer_managed_policy_reference.name",
            ),
        ),
    },
}
"""What attaches managed policies: the type, its attribute that names the identity, and the one that names the policy
(empty where it is the policy itself; `[]` behind a list)."""

_LISTED: dict[str, dict[str, tuple[str, ...]]] = {
    "role": {
        "tf": ("managed_policy_arns",),
        "cfn": ("ManagedPolicyArns",),
        "live": ("role.AttachedManagedPolicies.PolicyArn",),
    },
    "user": {"cfn": ("ManagedPolicyArns",), "live": ("user.AttachedManagedPolicies.PolicyArn",)},
    "group": {"cfn": ("ManagedPolicyArns",), "live": ("group.AttachedManagedPolicies.PolicyArn",)},
    "permission set": {
        "cfn": ("ManagedPolicies", "CustomerManagedPolicyReferences.Name"),
        "live": ("managed_policies.Arn", "customer_managed_policies.Name"),
    },
}
"""Where an identity itself lists the managed policies that it has."""

_BOUNDARY: dict[str, dict[str, tuple[str, ...]]] = {
    "role": {
        "tf": ("permissions_boundary",),
        "cfn": ("PermissionsBoundary",),
        "live": ("role.PermissionsBoundary.PermissionsBoundaryArn",),
    },
    "user": {
        "tf": ("permissions_boundary",),
        "cfn": ("PermissionsBoundary",),
        "live": ("user.PermissionsBoundary.PermissionsBoundaryArn",),
    },
    "permission set": {
        "cfn": (
            "PermissionsBoundary.ManagedPolicyArn",
            "PermissionsBoundary.CustomerManagedPolicyReference.Name",
        ),
        "live": ("boundary.ManagedPolicyArn", "boundary.CustomerManagedPolicyReference.Name"),
    },
}
_BOUNDARY_BESIDE = (
    "aws_ssoadmin_permissions_boundary_attachment",
    "permission_set_arn",
    ("permissions_boundary.managed_policy_arn", "permissions_boundary.customer_managed_policy_reference.name"),
)
_HOLDERS: dict[str, tuple[tuple[str, str], ...]] = {
    "tf": (
        ("aws_iam_role_policy_attachment", "policy_arn"),
        ("aws_iam_user_policy_attachment", "policy_arn"),
        ("aws_iam_group_policy_attachment", "policy_arn"),
        ("aws_iam_policy_attachment", "policy_arn"),
        ("aws_iam_role_policy_attachments_exclusive", "policy_arns"),
        ("aws_iam_user_policy_attachments_exclusive", "policy_arns"),
        ("aws_iam_group_policy_attachments_exclusive", "policy_arns"),
        ("aws_ssoadmin_customer_managed_policy_attachment", "customer_managed_policy_reference.name"),
        ("aws_iam_role", "managed_policy_arns"),
        ("aws_iam_role", "permissions_boundary"),
        ("aws_iam_user", "permissions_boundary"),
        (
            "aws_ssoadmin_permissions_boundary_attachment",
            "permissions_boundary.customer_managed_policy_reference.name",
        ),
    ),
    "cfn": (
        ("AWS::IAM::Role", "ManagedPolicyArns"),
        ("AWS::IAM::User", "ManagedPolicyArns"),
        ("AWS::IAM::Group", "ManagedPolicyArns"),
        ("AWS::IAM::Role", "PermissionsBoundary"),
        ("AWS::IAM::User", "PermissionsBoundary"),
    ),
}
"""What shows that a managed policy is held by somebody, or bounds somebody."""


def role(r: Reader) -> Role:
    name = _name(r, cfn="RoleName", live="role.RoleName")
    path = r.text(tf="path", cfn="Path", live="role.Path", default="/")
    return Role(
        **_identity(r, "role", name, path),
        trust=r.policies(
            access_policy,
            tf="assume_role_policy",
            cfn="AssumeRolePolicyDocument",
            live="role.AssumeRolePolicyDocument",
            noun="trust policy",
        ),
        groups=Many.of(owner=r.origin, noun="group"),
    )


def user(r: Reader) -> User:
    name = _name(r, cfn="UserName", live="user.UserName")
    path = r.text(tf="path", cfn="Path", live="user.Path", default="/")
    return User(
        **_identity(r, "user", name, path),
        trust=Many.of(owner=r.origin, noun="trust policy"),
        groups=Many(lambda: _groups(r), owner=r.origin, noun="group"),
    )


def group(r: Reader) -> Group:
    name = _name(r, cfn="GroupName", live="group.GroupName")
    path = r.text(tf="path", cfn="Path", live="group.Path", default="/")
    return Group(
        **_identity(r, "group", name, path),
        trust=Many.of(owner=r.origin, noun="trust policy"),
        groups=Many.of(owner=r.origin, noun="group"),
    )


def permission_set(r: Reader) -> PermissionSet:
    name = r.text(tf="name", cfn="Name", live="permission_set.Name")
    return PermissionSet(
        **_identity(r, "permission set", name, Value.of("/aws-reserved/sso.amazonaws.com/", r.origin)),
        trust=Many.of(owner=r.origin, noun="trust policy"),
        groups=Many.of(owner=r.origin, noun="group"),
    )


def managed_policy(r: Reader) -> ManagedPolicy:
    name = _name(r, cfn="ManagedPolicyName", live="policy.PolicyName")
    path = r.text(tf="path", cfn="Path", live="policy.Path", default="/")
    document = (
        _published(r.outside, r)
        if r.outside and ":iam::aws:policy/" in r.outside
        else r.policies(access_policy, tf="policy", cfn="PolicyDocument", live="document", noun="policy document")
    )
    return ManagedPolicy(
        **identity(r, name, protected(r)),
        kind="policy",
        arn=later(lambda: _arn(r, "policy", name, path)),
        policies=document,
        seen_policies=document,
        groups=Many.of(owner=r.origin, noun="group"),
        boundary=Many.of(owner=r.origin, noun="permissions boundary"),
        trust=Many.of(owner=r.origin, noun="trust policy"),
        held=later(lambda: _held(r)),
        service_linked=false(),
        account=r.world.account,
    )


def identity_of(r: Reader) -> Identity:
    """Whatever kind of identity it is."""
    return _BY_TYPE[r.raw.type](r)


def _name(r: Reader, *, cfn: str, live: str) -> Value[str]:
    """The name, or what it begins with where the rest is made up when it is created."""
    name = r.text(tf="name", cfn=cfn, live=live)
    if not name.settled or name.or_none() is not None or r.outside is not None:
        return name
    beginning = r.text(tf="name_prefix", cfn=Cannot("not a property"), live=Cannot("a name is known")).or_none()
    made_up = Reason(Why.AFTER_APPLY, "the name is made up when it is created", origin=name.origin)
    return Value.unknown((made_up,), name.origin, present=True, parts=(beginning, None) if beginning else ())


def _identity(r: Reader, kind: str, name: Value[str], path: Value[str]) -> dict[str, Any]:
    attached = _Attached(r, kind)
    return {
        **identity(r, name, protected(r)),
        "kind": kind,
        "arn": later(lambda: _arn(r, kind, name, path)),
        "policies": Many(attached.all, owner=r.origin, noun=f"policy of the {kind}"),
        "seen_policies": Many(attached.seen, owner=r.origin, noun=f"policy of the {kind}"),
        "boundary": Many(lambda: _boundary(r, kind), owner=r.origin, noun="permissions boundary"),
        "held": false(),
        # Code can make such a role only by a resource of its own, which says nothing of what it may do.
        "service_linked": path.where(lambda text: text.startswith("/aws-service-role/"))
        if r.dialect == "live" and kind == "role" and r.outside is None
        else false(),
        "account": r.world.account,
    }


MOST_POLICIES = 50
"""Policies of one identity that are read. AWS attaches 20 at most; each statement is compared with each."""


class _Attached:
    """Inline policies, written in the identity or beside it, and managed ones, attached in either direction."""

    __slots__ = ("_found", "_hidden", "_kind", "_r")

    def __init__(self, r: Reader, kind: str) -> None:
        self._r = r
        self._kind = kind
        self._found: Many[AccessPolicy] | None = None
        self._hidden: tuple[Reason, ...] = ()

    def seen(self) -> Many[AccessPolicy]:
        """Those that were seen to be attached, with a gap for each of which the document was not read."""
        if self._found is None:
            self._found = self._collected()
        return self._found

    def all(self) -> Many[AccessPolicy]:
        """The same, with gaps where others may be attached that were not read."""
        members, gaps = self.seen().loaded()
        return Many(members, tuple(dict.fromkeys((*gaps, *self._hidden))))

    def _collected(self) -> Many[AccessPolicy]:
        r, dialect = self._r, self._r.dialect
        found: Many[AccessPolicy] = Many.of(owner=r.origin)
        for cell in _INLINE[self._kind][dialect]:
            if isinstance(cell, Satellite):
                found = found.and_also(self._beside(cell.type, cell.target).through(_written_in(r, cell.path)))
            else:
                found = found.and_also(r.policies(access_policy, tf=cell, cfn=cell, live=cell))
        for attachment, target, arn in _ATTACHED[self._kind].get(dialect, ()):
            found = found.and_also(self._beside(attachment, target).through(_named_by(r, arn)))
        for listed in _LISTED[self._kind].get(dialect, ()):
            arns = r.texts(tf=listed, cfn=listed, live=listed)
            found = found.and_also(arns.through(lambda arn: _of_managed(r, arn)))
        members, gaps = found.loaded()
        if len(members) > MOST_POLICIES:
            detail = f"there are more than the {MOST_POLICIES} policies of one identity that are read"
            return Many(members[:MOST_POLICIES], (*gaps, Reason(Why.LIMIT, detail, "", r.origin)), owner=r.origin)
        return Many(members, gaps, owner=r.origin)

    def _beside(self, attachment: str, target: str) -> Many[RawResource]:
        members, gaps = self._r.world.attached(attachment, target, self._r.raw).loaded()
        if self._r.outside is not None:  # nothing is known of what it may do
            return Many(members, gaps)
        self._hidden = tuple(dict.fromkeys((*self._hidden, *gaps)))
        return Many(members)


def _written_in(r: Reader, path: str) -> Callable[[RawResource], Many[AccessPolicy]]:
    """The function from a resource to the policy that is written in its attribute `path`."""
    return lambda raw: Reader(raw.block, raw.dialect, raw, r.world).policies(
        access_policy, tf=path, cfn=path, live=path
    )


def _named_by(r: Reader, path: str) -> Callable[[RawResource], Many[AccessPolicy]]:
    """The function from an attachment to the policies that its attribute `path` names."""
    *above, last = path.split(".")

    def documents(raw: RawResource) -> Many[AccessPolicy]:
        if not path:
            itself = Reason(Why.ELSEWHERE, f"`{raw.address}` was not read", origin=raw.block.origin)
            return _of_managed(r, Value.unknown((itself,), raw.block.origin, reference=Reference(raw.address)))
        holders = Many.of(raw.block)
        for step in above:
            holders = holders.through(into(step))
        named: Many[Value[object]] = holders.through(
            lambda holder: holder.elements(last[:-2]) if last.endswith("[]") else Many.of(holder.attribute(last))
        )
        return named.through(lambda arn: _of_managed(r, arn))

    return documents


def _of_managed(r: Reader, arn: Value[Any]) -> Many[AccessPolicy]:
    """The document of the managed policy that an ARN or a name leads to."""
    named = _of_any_partition(_looked_up(r, arn))
    return r.world.linked(ManagedPolicy, named, "policy").through(lambda policy: policy.policies)


def _looked_up(r: Reader, arn: Value[Any]) -> Value[Any]:
    """The ARN of one of AWS's own policies that a data source looks up by its name. The name is no customer's: of two
    policies with one name the data source takes neither."""
    if arn.reference is None or "data.aws_iam_policy." not in arn.reference.address:
        return arn
    from guardrails.semantics.access.managed import aws_managed_policy

    for raw in r.world.raws(("data.aws_iam_policy",)):
        name = raw.block.attribute("name").or_none()
        if raw.address == arn.reference.address and isinstance(name, str):
            own = Value.of(f"arn:aws:iam::aws:policy/{name}", arn.origin)
            return own if aws_managed_policy(own).members() else arn
    return arn


def _of_any_partition(arn: Value[Any]) -> Value[Any]:
    """The ARN of one of AWS's own policies is often written with the partition left open; it is the same policy in
    all of them."""
    last = arn.parts[-1] if arn.parts else None
    if isinstance(last, str) and last.startswith(":iam::aws:policy/"):
        return Value.of(f"arn:aws{last}", arn.origin)
    return arn


def _published(arn: str, r: Reader) -> Many[AccessPolicy]:
    """The document of a policy that AWS manages; read only where there is one."""
    from guardrails.semantics.access.managed import aws_managed_policy

    return aws_managed_policy(Value.of(arn, r.origin))


def _boundary(r: Reader, kind: str) -> Many[AccessPolicy]:
    found: Many[AccessPolicy] = Many.of(owner=r.origin)
    for path in _BOUNDARY.get(kind, {}).get(r.dialect, ()):
        found = found.and_also(_of_managed(r, r.text(tf=path, cfn=path, live=path)))
    if kind == "permission set" and r.dialect == "tf":
        attachment, target, paths = _BOUNDARY_BESIDE
        beside = r.world.attached(attachment, target, r.raw).seen()
        for path in paths:
            found = found.and_also(beside.through(_named_by(r, path)))
    return found


def _groups(r: Reader) -> Many[Group]:
    """The groups that a user was seen to be in, as the group or the user says."""

    def linked(value: Value[Any]) -> Many[Group]:
        return r.world.linked(Group, value, "group")

    if r.dialect == "tf":
        of_group = r.world.attached("aws_iam_group_membership", "users", r.raw).seen()
        told_by_group = of_group.through(lambda raw: Many.of(raw.block.attribute("group")))
        of_user = r.world.attached("aws_iam_user_group_membership", "user", r.raw).seen()
        told_by_user = of_user.through(lambda raw: raw.block.elements("groups"))
        return told_by_group.through(linked).and_also(told_by_user.through(linked))
    listed = r.texts(tf="groups", cfn="Groups", live="user.GroupList")
    if r.dialect != "cfn":
        return listed.through(linked)
    added = r.world.attached("AWS::IAM::UserToGroupAddition", "Users", r.raw).through(
        lambda raw: Many.of(raw.block.attribute("GroupName"))
    )
    return listed.through(linked).and_also(added.through(linked))


def _held(r: Reader) -> Truth:
    """Whether somebody here was seen to hold the policy or to be bound by it; an account counts them."""
    if r.dialect == "live" and r.outside is None:
        counts = ("policy.AttachmentCount", "policy.PermissionsBoundaryUsageCount")
        return any_of(r.number(tf="", cfn="", live=count).where(lambda number: number > 0) for count in counts)
    if r.dialect == "cfn" and any(r.block.elements(name).members() for name in ("Roles", "Users", "Groups")):
        return true()
    holders = [r.world.attached(holder, target, r.raw) for holder, target in _HOLDERS.get(r.dialect, ())]
    found = any_of(exists for held in holders for _, exists in held.members())
    if found.verdict is not Verdict.FALSE:
        return true()
    inputs = [gap for held in holders for gap in held.gaps if gap.why is Why.INPUT]
    return unknown(*dict.fromkeys(inputs)) if inputs else false()


def _arn(r: Reader, kind: str, name: Value[str], path: Value[str]) -> Value[str]:
    """The ARN as far as the source says; a part that is not known is a hole."""
    if r.dialect == "live" and kind != "permission set":
        return r.text(tf="", cfn="", live=f"{kind}.Arn")
    region, account = r.raw.location.region.or_none(), r.raw.location.account.or_none()
    pieces = ["arn:", _partition(region), ":iam::", account, f":{kind}", path.or_none(), name.or_none()]
    if kind == "permission set":
        # In some account, below the Region of Identity Center, with an ending that is made up.
        pieces[3:] = [
            None,
            ":role/aws-reserved/sso.amazonaws.com/",
            None,
            "/AWSReservedSSO_",
            name.or_none(),
            "_",
            None,
        ]
    parts = _joined(pieces)
    if len(parts) == 1 and parts[0] is not None:
        return Value.of(parts[0], r.origin)
    reason = Reason(Why.INPUT, f"the ARN of the {kind} is not known in full", origin=r.origin)
    return Value.unknown((reason,), r.origin, present=True, parts=parts)


def _joined(pieces: list[str | None]) -> tuple[str | None, ...]:
    """The pieces, with neighbours that are known in one."""
    parts: list[str | None] = []
    for piece in pieces:
        last = parts[-1] if parts else None
        if piece is not None and last is not None:
            parts[-1] = last + piece
        else:
            parts.append(piece)
    return tuple(parts)


def _partition(region: str | None) -> str | None:
    if region is None:
        return None
    if region.startswith(("us-iso", "eu-iso", "eusc-")):
        return None
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


ROLE = Lowering(
    model=Role,
    noun="role",
    types={"tf": ("aws_iam_role",), "cfn": ("AWS::IAM::Role",), "live": ("iam.role",)},
    lower=role,
    identity={"tf": ("name",), "cfn": ("RoleName",), "live": ("arn",)},
    short_name=role_name,
)
USER = Lowering(
    model=User,
    noun="user",
    types={"tf": ("aws_iam_user",), "cfn": ("AWS::IAM::User",), "live": ("iam.user",)},
    lower=user,
    identity={"tf": ("name", "user_name"), "cfn": ("UserName",), "live": ("name",)},
    short_name=user_name,
)
GROUP = Lowering(
    model=Group,
    noun="group",
    types={"tf": ("aws_iam_group",), "cfn": ("AWS::IAM::Group",), "live": ("iam.group",)},
    lower=group,
    identity={"tf": ("name", "group_name"), "cfn": ("GroupName",), "live": ("name",)},
    short_name=group_name,
)
PERMISSION_SET = Lowering(
    model=PermissionSet,
    noun="permission set",
    types={
        "tf": ("aws_ssoadmin_permission_set",),
        "cfn": ("AWS::SSO::PermissionSet",),
        "live": ("sso-admin.permission_set",),
    },
    lower=permission_set,
    identity={"tf": ("name",), "cfn": ("Name",), "live": ("arn",)},
    short_name=permission_set_name,
)
MANAGED_POLICY = Lowering(
    model=ManagedPolicy,
    noun="managed policy",
    types={"tf": ("aws_iam_policy",), "cfn": ("AWS::IAM::ManagedPolicy",), "live": ("iam.policy",)},
    lower=managed_policy,
    identity={"tf": ("name", "arn"), "cfn": ("ManagedPolicyName",), "live": ("arn",)},
    short_name=policy_name,
)
_KINDS: tuple[Lowering[Any], ...] = (ROLE, USER, GROUP, PERMISSION_SET, MANAGED_POLICY)
_BY_TYPE: dict[str, Callable[[Reader], Identity]] = {
    name: lowering.lower for lowering in _KINDS for names in lowering.types.values() for name in names
}
IDENTITY: Lowering[Identity] = Lowering(
    model=Identity,
    noun="identity",
    types=types_of(_KINDS),
    lower=identity_of,
    identity={},
    short_name=role_name,
)
"""All kinds at once, for policies about whoever it is. It stands behind the single kinds wherever lowerings are listed:
what is attached to a role is found by the names of roles."""

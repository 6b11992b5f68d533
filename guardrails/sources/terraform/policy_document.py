"""Rendering `data.aws_iam_policy_document` as the AWS provider does, three-valued.

Source documents come first, then the statements of the data source itself, then the overriding documents. A statement
with the Sid of an earlier one takes its place; two source documents, or two statements of the data source, must not
have the same Sid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from guardrails.sources.terraform.documents import read_json
from guardrails.sources.terraform.values import EvalError, HclSet, JsonText, Text, Unknown, wholly_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VERSION = "2012-10-17"


def render(plain: Mapping[str, object]) -> object:
    """The `json` attribute: a text where all is known, else a JsonText.

    A document to merge of which nothing is known stands as an Unknown among the statements, at the place where its own
    would begin: whoever reads the policy sees that more may be said there. Raises EvalError where the provider refuses.
    """
    merged = _Statements()
    version, identity = _text(plain.get("version")), _text(plain.get("policy_id"))
    sources = _documents(plain.get("source_policy_documents"))
    overrides = _documents(plain.get("override_policy_documents"))
    taken: set[str] = set()
    for document in sources:
        for statement in _statements_of(document):
            merged.refuse_twice(statement, taken, "source_policy_documents")
            merged.add(statement)
    own: set[str] = set()
    for written in cast("list[object]", plain.get("statements") or []):
        statement = written if isinstance(written, Unknown) else _statement(cast("Mapping[str, object]", written))
        merged.refuse_twice(statement, own, "its statements")
        merged.add(statement)
    for document in overrides:
        for statement in _statements_of(document):
            merged.add(statement)
    # The last document that says so decides the id, the highest version wins.
    for document in (*sources, *overrides):
        if isinstance(document, dict):
            identity = document.get("Id") or identity
            said = document.get("Version")
            if isinstance(said, str) and isinstance(version, str):
                version = max(version, said)
    content: dict[str, object] = {"Version": version or _VERSION}
    if identity:
        content["Id"] = identity
    if merged.listed:
        content["Statement"] = merged.listed
    if not wholly_known(content):
        return JsonText(content)
    import json

    return json.dumps(content, indent=2, ensure_ascii=False)


class _Statements:
    """Statements in order; one with a Sid replaces the one that had it."""

    def __init__(self) -> None:
        self.listed: list[object] = []
        self._places: dict[str, int] = {}

    def add(self, statement: object) -> None:
        sid = _sid(statement)
        if sid and sid in self._places:
            self.listed[self._places[sid]] = statement
            return
        if sid:
            self._places[sid] = len(self.listed)
        self.listed.append(statement)

    def refuse_twice(self, statement: object, seen: set[str], where: str) -> None:
        sid = _sid(statement)
        if sid and sid in seen:
            raise EvalError(f"two statements in {where} have the Sid `{sid}`")
        if sid:
            seen.add(sid)


def _sid(statement: object) -> str:
    sid = statement.get("Sid") if isinstance(statement, dict) else None
    return sid if isinstance(sid, str) else ""


def _documents(listed: object) -> list[object]:
    """The documents to merge: a mapping for one that can be read, Unknown for one that cannot."""
    if listed is None:
        return []
    if isinstance(listed, Unknown):
        return [listed]
    found: list[object] = []
    for item in cast("Iterable[object]", listed.items if isinstance(listed, HclSet) else listed):
        if isinstance(item, JsonText):
            found.append(item.document)
        elif isinstance(item, str):
            if item:
                found.append(read_json(item))
        elif item is not None:
            found.append(item)
    return found


def _statements_of(document: object) -> list[object]:
    if not isinstance(document, dict):
        return [document] if isinstance(document, Unknown) else []
    statements = document.get("Statement")
    if statements is None:
        return []
    return statements if isinstance(statements, list) else [statements]


def _statement(written: Mapping[str, object]) -> dict[str, object]:
    """One statement of the data source, in the order in which the provider writes its elements."""
    found: dict[str, object] = {}
    sid = _text(written.get("sid"))
    if sid:
        found["Sid"] = sid
    found["Effect"] = _text(written.get("effect")) or "Allow"
    for element, name in (("Action", "actions"), ("NotAction", "not_actions")):
        _put(found, element, _several(written.get(name)))
    for element, name in (("Resource", "resources"), ("NotResource", "not_resources")):
        _put(found, element, _several(written.get(name), interpolated=True))
    for element, name in (("Principal", "principals"), ("NotPrincipal", "not_principals")):
        _put(found, element, _principals(written.get(name)))
    _put(found, "Condition", _conditions(written.get("conditions")))
    return found


def _put(found: dict[str, object], element: str, value: object) -> None:
    if value is not None:
        found[element] = value


def _principals(members: object) -> object:
    if not members or isinstance(members, Unknown):
        return members or None
    by_kind: dict[str, list[object]] = {}
    for member in cast("list[Mapping[str, object]]", members):
        kind, identifiers = member.get("type"), member.get("identifiers")
        if isinstance(kind, Unknown):
            return kind
        if isinstance(identifiers, Unknown):
            by_kind.setdefault(str(kind), []).append(identifiers)
            continue
        by_kind.setdefault(str(kind), []).extend(cast("Iterable[object]", identifiers or []))
    everyone = by_kind.get("*")
    if everyone == ["*"] and len(by_kind) == 1:
        return "*"
    return {kind: _several(identifiers, interpolated=True) or [] for kind, identifiers in by_kind.items()}


def _conditions(members: object) -> object:
    if not members or isinstance(members, Unknown):
        return members or None
    found: dict[str, object] = {}
    for member in cast("list[Mapping[str, object]]", members):
        test, variable, values = member.get("test"), member.get("variable"), member.get("values")
        if isinstance(test, Unknown):
            return test
        if isinstance(variable, Unknown):
            return variable
        keys = cast("dict[str, object]", found.setdefault(str(test), {}))
        more = [values] if isinstance(values, Unknown) else list(cast("Iterable[object]", values or []))
        earlier = keys.get(str(variable))
        both = [*(earlier if isinstance(earlier, list) else [] if earlier is None else [earlier]), *more]
        # The order of a condition's values is kept, unlike that of the other elements.
        both = [_interpolated(value) for value in both]
        keys[str(variable)] = both[0] if len(both) == 1 else both
    return found


def _several(value: object, *, interpolated: bool = False) -> object:
    """One element alone, several as a list in falling order, as the provider writes them; None for none."""
    if value is None or isinstance(value, Unknown):
        return value
    items = list(cast("Iterable[object]", value.items if isinstance(value, HclSet) else value))
    if interpolated:
        items = [_interpolated(item) for item in items]
    if not items:
        return None
    if len(items) == 1:
        return items[0]
    known = sorted({item for item in items if isinstance(item, str)}, reverse=True)
    return [*known, *(item for item in items if not isinstance(item, str))]


def _interpolated(value: object) -> object:
    """`&{aws:username}` stands for a policy variable, because `${` would be Terraform's own."""
    if isinstance(value, str):
        return value.replace("&{", "${")
    if isinstance(value, Text):
        return Text(tuple(part.replace("&{", "${") if isinstance(part, str) else part for part in value.parts))
    return value


def _text(value: object) -> object:
    return value if value != "" else None

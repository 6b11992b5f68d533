"""Rendering `data.aws_iam_policy_document` as the AWS provider does, three-valued.

Source documents come first, in order, then the statements of the data source itself, then the overriding documents. A
statement with the Sid of an earlier one takes its place; two statements of source documents, or two of the data source
itself, must not have the same Sid. The last Id and the highest Version win.

What is read from a document is what the provider reads: elements it does not know are dropped, a principal that is a
string means everyone, the one value of a condition loses its list. The order of members that the provider gets from
its own hashing (two `principals` blocks of one type, two conditions on one key) is that of the source here; no reader
of a policy sees a difference.
"""

from __future__ import annotations

from guardrails.sources.terraform.functions.encoding import document_of, json_text, parsed_json
from guardrails.sources.terraform.operators import to_string
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclSet,
    JsonText,
    Text,
    Unknown,
    reasons_in,
    wholly_known,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_VERSION = "2012-10-17"
_OLD_VERSION = "2008-10-17"

MOST_STATEMENTS = 1_000
"""Statements that documents are merged from: who merges a document with itself doubles it."""


class TooManyStatementsError(Exception):
    """A document is merged from more statements than are followed."""


_ELEMENTS = (
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
)
"""The elements of a statement, in the order in which the provider writes them."""


def render(plain: Mapping[str, object], *, minified: bool = False) -> object:
    """The `json` attribute, or `minified_json`: a string if all is known, else a JsonText.

    `plain` holds the evaluated arguments: `version`, `policy_id`, `source_policy_documents`,
    `override_policy_documents`, and `statements`, a list of mappings with `sid`, `effect`, `actions`, `not_actions`,
    `resources`, `not_resources`, `principals` and `not_principals` (lists of `type` and `identifiers`) and `conditions`
    (lists of `test`, `variable` and `values`). Anything may be missing, null, or unknown, whole or in parts.

    In the document of a JsonText, an Unknown among the statements stands for any number of statements: those of a
    document of which nothing is known, or repeated blocks. Where such a document overrides, or a statement has a Sid
    that is not known, the earlier statements that it may replace are Choices. A principal or condition of which not
    even the type or key is known makes the whole element unknown. Raises EvalError where the provider refuses.
    """
    version = _single(plain.get("version")) or _VERSION
    if isinstance(version, str) and version not in {_VERSION, _OLD_VERSION}:
        raise EvalError(f"the version of a policy is {_VERSION} or {_OLD_VERSION}")
    sources = [_document(item) for item in _items(plain.get("source_policy_documents"))]
    overrides = [_document(item) for item in _items(plain.get("override_policy_documents"))]
    merged = _Statements()
    seen: set[str] = set()
    for document in sources:
        merged.add_sources(document.statements, seen)
    merged.add_own([_own_statement(item, version) for item in _items(plain.get("statements"))])
    for document in overrides:
        merged.add_overrides(document.statements)

    content: dict[str, object] = {"Version": _highest([version, *(one.version for one in (*sources, *overrides))])}
    identities = [one.identity for one in sources] + [_single(plain.get("policy_id"))]
    identities += [one.identity for one in overrides]
    given = [identity for identity in identities if identity is not None and identity != ""]
    if given:
        content["Id"] = given[-1]
    if merged.listed:
        content["Statement"] = merged.listed
    if not wholly_known(content):
        return JsonText(content)
    return json_text_in_order(content) if minified else _indented(content, "")


def _highest(versions: Sequence[object]) -> object:
    """The greatest version. What is not known could only raise the old one."""
    known = max((version for version in versions if isinstance(version, str)), default="")
    unknown = [version for version in versions if isinstance(version, Unknown)]
    if unknown and known < _VERSION:
        return Unknown(tuple(reason for version in unknown for reason in version.reasons))
    return known


# --- merging


class _Document:
    """What the provider takes from a document."""

    def __init__(self, version: object, identity: object, statements: Sequence[object]) -> None:
        self.version = version
        self.identity = identity
        self.statements = statements


class _Statements:
    """Statements in order, as they are merged."""

    def __init__(self) -> None:
        self.listed: list[object] = []
        self._places: dict[str, int] = {}

    def add_sources(self, statements: Sequence[object], seen: set[str]) -> None:
        """Statements of one source document. What is not known of it replaces none: Sids in common are refused."""
        self._refuse_twice(statements, seen, "source_policy_documents")
        for statement in statements:
            self._add(statement, 0)

    def add_own(self, statements: Sequence[object]) -> None:
        self._refuse_twice(statements, set(), "the statements")
        earlier = len(self.listed)
        for statement in statements:
            self._add(statement, earlier)

    def add_overrides(self, statements: Sequence[object]) -> None:
        for statement in statements:
            self._add(statement, len(self.listed))

    @staticmethod
    def _refuse_twice(statements: Sequence[object], seen: set[str], where: str) -> None:
        for statement in statements:
            sid = _sid(statement)
            if isinstance(sid, str) and sid:
                if sid in seen:
                    raise EvalError(f"two statements in {where} have the Sid `{sid}`")
                seen.add(sid)

    def _add(self, statement: object, replaceable: int) -> None:
        """Add a statement, in place of one with its Sid. If that is not known it may replace one of the first."""
        sid = _sid(statement)
        if isinstance(sid, Unknown):
            for place in self._places.values():
                if place < replaceable and not isinstance(self.listed[place], Unknown):
                    self.listed[place] = Choice((self.listed[place], Unknown(sid.reasons)), sid.reasons)
        elif sid and sid in self._places:
            self.listed[self._places[sid]] = statement
            return
        elif sid:
            self._places[sid] = len(self.listed)
        if len(self.listed) == MOST_STATEMENTS:
            raise TooManyStatementsError
        self.listed.append(statement)


def _sid(statement: object) -> str | Unknown:
    """The Sid of a statement; unknown if the statement is."""
    sid = statement.get("Sid", "") if isinstance(statement, dict) else statement
    return sid if isinstance(sid, (str, Unknown)) else ""


# --- documents that are merged


def _document(value: object) -> _Document:
    """A document to merge; one of which nothing is known is an unknown number of statements."""
    if value is None or value == "":
        return _Document(None, None, ())
    value = to_string(value)
    content = parsed_json(value) if isinstance(value, str) else document_of(value)
    if isinstance(content, Unknown) or (content is None and isinstance(value, Unknown)):
        doubt = _doubt_of(value)
        return _Document(doubt, None, (doubt,))
    if content is None:
        return _Document(None, None, ())
    if not isinstance(content, dict):
        raise EvalError("a policy document to merge is not a JSON object")
    found = _known_keys(content, ("Version", "Id", "Statement"))
    for name in ("Version", "Id"):
        if not isinstance(found.get(name), (str, Unknown, type(None))):
            raise EvalError(f"the {name} of a policy document to merge is not a string")
    statements = found.get("Statement")
    if isinstance(statements, Unknown):
        listed: list[object] = [statements]
    elif isinstance(statements, (list, HclSet)):
        listed = [_merged_statement(item) for item in _members(statements)]
    elif statements is None:
        listed = []
    else:
        raise EvalError("the Statement of a policy document to merge is not a list")
    return _Document(found.get("Version"), found.get("Id"), listed)


def _doubt_of(*values: object) -> Unknown:
    return Unknown(tuple(dict.fromkeys(reason for value in values for reason in reasons_in(value))))


def _known_keys(content: dict[str, object], names: Sequence[str]) -> dict[str, object]:
    """What the provider reads of an object: keys in any case, the exact spelling first, and no others."""
    by_case = {key.lower(): item for key, item in content.items()}
    found = {name: content[name] if name in content else by_case.get(name.lower()) for name in names}
    return {name: item for name, item in found.items() if item is not None}


def _merged_statement(value: object) -> object:
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, dict):
        raise EvalError("a statement of a policy document to merge is not a JSON object")
    statement = _known_keys(value, _ELEMENTS)
    for name in ("Sid", "Effect"):
        if not isinstance(statement.get(name, ""), (str, Unknown)):
            raise EvalError(f"the {name} of a statement to merge is not a string")
        if statement.get(name) == "":
            del statement[name]
    for name in ("Principal", "NotPrincipal"):
        if name in statement:
            _put(statement, name, _merged_principals(statement.pop(name)))
    if "Condition" in statement:
        _put(statement, "Condition", _merged_conditions(statement.pop("Condition")))
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if isinstance(statement.get(name), HclSet):
            statement[name] = _members(statement[name])
    return {name: statement[name] for name in _ELEMENTS if name in statement}


def _put(statement: dict[str, object], name: str, value: object) -> None:
    if value is not None:
        statement[name] = value


def _merged_principals(value: object) -> object:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, str):
        return "*"
    if not isinstance(value, dict):
        raise EvalError("the principal of a statement to merge is neither a string nor an object")
    found: dict[str, object] = {}
    for kind in sorted(value):
        identifiers = value[kind]
        if isinstance(identifiers, (list, HclSet)):
            found[kind] = _falling(_members(identifiers))
        elif isinstance(identifiers, (str, Unknown)):
            found[kind] = identifiers
        else:
            raise EvalError("a principal of a statement to merge is not a string")
    if found.get("*") in ("*", ["*"]) and len(found) == 1:
        return "*"
    return found or None


def _merged_conditions(value: object) -> object:
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, dict):
        raise EvalError("the condition of a statement to merge is not an object")
    found: dict[str, object] = {}
    for test in sorted(value):
        keys = value[test]
        if isinstance(keys, Unknown):
            found[test] = keys
            continue
        if not isinstance(keys, dict):
            raise EvalError("a condition of a statement to merge is not an object")
        read = {key: _merged_values(keys[key]) for key in sorted(keys)}
        kept = {key: item for key, item in read.items() if item is not None}
        if kept:
            found[test] = kept
    return found or None


def _merged_values(value: object) -> object:
    """The values of a condition; None for those that the provider drops, such as a bare number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, HclSet)):
        items = _members(value)
        if not all(isinstance(item, (str, Unknown)) for item in items):
            raise EvalError("a value of a condition to merge is not a string")
        return items[0] if len(items) == 1 else items
    return value if isinstance(value, (str, Unknown)) else None


# --- the statements of the data source itself


def _own_statement(written: object, version: object) -> object:
    if isinstance(written, Unknown):
        return _doubt_of(written)
    if not isinstance(written, dict):
        raise EvalError("a statement is not a block")
    # The provider's versions disagree on which characters a Sid may have; it says nothing about what is allowed.
    sid, effect = _single(written.get("sid")), _single(written.get("effect")) or "Allow"
    if isinstance(effect, str) and effect not in {"Allow", "Deny"}:
        raise EvalError("the effect of a statement is Allow or Deny")
    statement: dict[str, object] = {}
    if sid:
        statement["Sid"] = sid
    statement["Effect"] = effect
    for name, argument in (("Action", "actions"), ("NotAction", "not_actions")):
        _put(statement, name, _strings(written.get(argument)))
    for name, argument in (("Resource", "resources"), ("NotResource", "not_resources")):
        _put(statement, name, _with_variables(_strings(written.get(argument)), version))
    for name, argument in (("Principal", "principals"), ("NotPrincipal", "not_principals")):
        _put(statement, name, _own_principals(written.get(argument), version))
    _put(statement, "Condition", _own_conditions(written.get("conditions"), version))
    return statement


def _single(value: object) -> object:
    """A string argument; None if it is not set or empty."""
    if value is None or value == "":
        return None
    return to_string(value)


def _strings(value: object) -> object:
    """A set of strings as the provider writes it: one alone, several in falling order, None for none.

    What is not known comes last; it may be equal to others.
    """
    if value is None or isinstance(value, Unknown):
        return value
    items = [_element(item) for item in _members(value)]
    distinct: list[object] = list(dict.fromkeys(item for item in items if isinstance(item, str)))
    distinct += [item for item in items if isinstance(item, Unknown)]
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else _falling(distinct)


def _falling(items: Sequence[object]) -> list[object]:
    known = sorted((item for item in items if isinstance(item, str)), reverse=True)
    return [*known, *(item for item in items if not isinstance(item, str))]


def _element(item: object) -> object:
    if item is None:
        raise EvalError("a list of strings must not hold null")
    return to_string(item)


def _members(value: object) -> list[object]:
    if isinstance(value, HclSet):
        return list(value.items)
    if isinstance(value, list):
        return list(value)
    raise EvalError("a list is required")


def _items(value: object) -> list[object]:
    """The members of a repeated argument or block; a single unknown for any number of them."""
    if value is None:
        return []
    return [value] if isinstance(value, Unknown) else _members(value)


def _with_variables(value: object, version: object) -> object:
    """`&{aws:username}` stands for a policy variable, because `${` would be Terraform's own."""
    if isinstance(value, list):
        return [_with_variables(item, version) for item in value]
    if isinstance(value, str):
        if "&{" in value and version == _OLD_VERSION:
            raise EvalError(f"policies of version {_OLD_VERSION} have no variables")
        return value.replace("&{", "${")
    if isinstance(value, Text):
        return Text(tuple(part.replace("&{", "${") if isinstance(part, str) else part for part in value.parts))
    return value


def _own_principals(blocks: object, version: object) -> object:
    by_kind: dict[str, list[object]] = {}
    everyone = False
    for block in _items(blocks):
        if isinstance(block, Unknown):
            return block
        if not isinstance(block, dict):
            raise EvalError("a principal is not a block")
        kind, identifiers = _single(block.get("type")) or "", block.get("identifiers")
        if isinstance(kind, Unknown):
            return _doubt_of(kind, identifiers)
        assert isinstance(kind, str)  # known, and converted
        named = _with_variables(_strings(identifiers), version)
        several = named if isinstance(named, list) else [] if named is None else [named]
        everyone = kind == "*" and named == "*" and not by_kind
        by_kind.setdefault(kind, []).extend(several)
    if everyone and len(by_kind) == 1:
        return "*"
    if not by_kind:
        return None
    return {kind: by_kind[kind][0] if len(by_kind[kind]) == 1 else by_kind[kind] for kind in sorted(by_kind)}


def _own_conditions(blocks: object, version: object) -> object:
    found: dict[str, dict[str, list[object]]] = {}
    for block in _items(blocks):
        if isinstance(block, Unknown):
            return block
        if not isinstance(block, dict):
            raise EvalError("a condition is not a block")
        test, key, values = _single(block.get("test")) or "", _single(block.get("variable")) or "", block.get("values")
        if isinstance(test, Unknown) or isinstance(key, Unknown):
            return _doubt_of(test, key, values)
        listed = [values] if isinstance(values, Unknown) else [_element(item) for item in _items(values)]
        more = [_with_variables(item, version) for item in listed]
        found.setdefault(str(test), {}).setdefault(str(key), []).extend(more)
    if not found:
        return None
    return {
        test: {key: items[0] if len(items) == 1 else items for key, items in sorted(found[test].items())}
        for test in sorted(found)
    }


# --- writing


def json_text_in_order(value: object) -> str:
    """JSON without spaces, the keys in the order in which they stand."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(key)}:{json_text_in_order(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text_in_order, value)) + "]"
    return json_text(value)


def _indented(value: object, margin: str) -> str:
    """JSON with two spaces a level, the keys in the order in which they stand."""
    inner = margin + "  "
    if isinstance(value, dict) and value:
        pairs = (f"{inner}{json_text(key)}: {_indented(item, inner)}" for key, item in value.items())
        return "{\n" + ",\n".join(pairs) + f"\n{margin}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + _indented(item, inner) for item in value) + f"\n{margin}]"
    return json_text(value)

"""What stands in a plan or a state: its resource instances, and what it says about itself."""

from __future__ import annotations

import re

from guardrails.kernel.origin import Origin
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.expansion import quoted
from guardrails.sources.terraform_plan.json_text import JsonError, Pieces, PlanFile, sound
from guardrails.sources.terraform_plan.shapes import listed, mapping, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_STEP = re.compile(r'module\.([^.\[]+)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?(?:\.|$)')
_SHOWN = 3
_PLAN_KEYS = frozenset(("resource_changes", "planned_values", "configuration", "output_changes", "prior_state"))
_STATE_KEYS = frozenset(("format_version", "terraform_version", "values", "checks"))
_STATE_VERSION = 4
_STAYS = frozenset(("create", "update", "no-op", "read"))
"""Actions after which the object is there and terraform has it."""


class Instance:
    """One resource or data instance, as it will be or is."""

    __slots__ = (
        "address",
        "key",
        "mode",
        "module",
        "name",
        "offset",
        "provider",
        "sensitive",
        "type",
        "unknown",
        "values",
    )

    def __init__(
        self,
        mode: str,
        module: str,
        type: str,
        name: str,
        key: int | str | None,
        values: dict[str, Any],
        *,
        address: str = "",
        unknown: object = False,
        sensitive: object = False,
        provider: str = "",
        offset: int = 0,
    ) -> None:
        self.mode = mode
        self.module = f"{sound(module)}." if module else ""
        """The beginning of its address: empty, or `module.a["x"].`"""
        self.type = sound(type)
        self.name = sound(name)
        self.key = sound(key) if isinstance(key, str) else key
        self.values = values
        self.unknown = unknown
        """The mask of what is not known: true, or mappings and lists in the form of the values."""
        self.sensitive = sensitive
        """The mask of what is not to be shown."""
        self.provider = provider
        """Where a state says which provider configuration made it."""
        self.offset = offset
        self.address = sound(address) or f"{self.module}{self.kind}.{self.name}{suffix_of(self.key)}"

    @property
    def kind(self) -> str:
        """The type as deployments call it: `data.TYPE` for a data source."""
        return f"data.{self.type}" if self.mode == "data" else self.type

    @property
    def steps(self) -> tuple[tuple[str, int | str | None], ...]:
        """The calls that lead to it: the name and the key of each."""
        return tuple((name, _key_in(suffix)) for name, suffix in steps_of(self.module))

    @property
    def block(self) -> str:
        """The name of the block that it is an instance of, within its module."""
        return f"{self.kind}.{self.name}"


def suffix_of(key: object) -> str:
    """An instance key as it stands in an address."""
    if isinstance(key, bool) or key is None:
        return ""
    return f"[{key}]" if isinstance(key, int) else f"[{quoted(str(key))}]"


def steps_of(module: str) -> tuple[tuple[str, str], ...]:
    """The calls that lead to a module instance: the name of each and the suffix with its key."""
    return tuple((found[1], found[2] or "") for found in _STEP.finditer(module))


def type_in(address: str) -> str:
    """The type in the address of an instance: `data.TYPE` for a data source."""
    own = address
    for found in _STEP.finditer(address):
        if found.end() > len(address) or found.start() != len(address) - len(own):
            break
        own = address[found.end() :]
    kind, _, rest = own.partition(".")
    return f"data.{rest.partition('.')[0]}" if kind == "data" else kind


def _key_in(suffix: str) -> int | str | None:
    """The key in the brackets of an address."""
    if not suffix:
        return None
    inside = suffix[1:-1]
    if inside.isdigit():
        return int(inside)
    from json import loads

    try:
        return str(loads(inside)).replace("$${", "${").replace("%%{", "%{")
    except ValueError:
        return inside.strip('"')


class Contents:
    """One file, read."""

    def __init__(self, file: PlanFile) -> None:
        self.file = file
        self.is_plan = False
        self.resources: list[Instance] = []
        """The managed instances that will be, and the data that were read."""
        self.variables: dict[str, Any] = {}
        """The values of the root's variables."""
        self.configuration: dict[str, Any] = {}
        self.gaps: list[Reason] = []
        self.hidden: list[Reason] = []
        """Why there may be resources that are not in the file."""
        self.notices: list[str] = []

    @property
    def complete(self) -> bool:
        return not self.hidden

    @property
    def head(self) -> Origin:
        return Origin(self.file)


class Refused(Exception):  # noqa: N818 - it is no error of the program
    """A file that is of this kind and cannot be used; the reason is for the report."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.detail)
        self.reason = reason


def read(text: str, file: PlanFile) -> Contents | None:
    """What a JSON text holds; None if it is neither plan nor state. Raises JsonError, and Refused for a plan or state
    of another version."""
    return _Reading(text, file).result()


class _Reading:
    def __init__(self, text: str, file: PlanFile) -> None:
        self._pieces = Pieces(text, file)
        self._contents = Contents(file)
        self._said: dict[str, Any] = {}
        self._managed: list[Instance] = []
        self._prior: list[Instance] = []
        self._changed: set[str] = set()
        self._state: list[Instance] = []
        self._faults: list[str] = []

    def result(self) -> Contents | None:
        pieces = self._pieces
        for key, at in pieces.members(0):
            if key == "resource_changes" and pieces.is_list(at):
                for element in pieces.elements(at):
                    offset = pieces.place(element)
                    self._change(pieces.value(element), offset)
            elif key == "prior_state" and pieces.is_object(at):
                self._values_of(at, self._prior)
            elif key == "values" and pieces.is_object(at):
                self._root_of(at, self._state)
                self._said["values"] = True
            elif key == "resources" and pieces.is_list(at):
                for element in pieces.elements(at):
                    offset = pieces.place(element)
                    self._resource_of_state(pieces.value(element), offset)
            else:
                value = pieces.value(at)
                self._said[key] = True if key == "planned_values" else value
        pieces.finish()
        said = self._said
        if "encrypted_data" in said:
            raise Refused(self._reason("the state is encrypted", "scan what `tofu show -json` prints"))
        if isinstance(said.get("version"), int) and "format_version" not in said:
            return self._state_file()
        if not isinstance(said.get("format_version"), str):
            return None
        self._check_format(said["format_version"])
        if _PLAN_KEYS & said.keys() or self._changed or self._managed:
            return self._plan()
        return self._shown_state() if said.keys() <= _STATE_KEYS else None

    def _reason(self, detail: str, settle: str = "", why: Why = Why.INVALID) -> Reason:
        return Reason(why, f"`{self._contents.file.path}`: {detail}", settle, self._contents.head)

    def _check_format(self, version: str) -> None:
        if version.partition(".")[0] != "1":
            detail = f"its format has version {sound(version)[:20]}, and only 1.x is read"
            raise Refused(self._reason(detail, "make it with terraform 1.1 or later"))

    # --- plan

    def _plan(self) -> Contents:
        found, said = self._contents, self._said
        found.is_plan = True
        found.configuration = mapping(said.get("configuration"))
        found.variables = {
            name: mapping(given)["value"]
            for name, given in mapping(said.get("variables")).items()
            if "value" in mapping(given)
        }
        if said.get("errored") is True:
            self._open("the plan failed, so that it may lack resources", "make a plan without errors")
        elif said.get("complete") is False:
            detail = "the plan is not complete: it was made for some targets only, or changes were put off"
            self._open(detail, "make a plan without `-target`")
        if "planned_values" in said and not self._managed and not self._changed and self._state:
            self._open("the plan has no `resource_changes`", "scan what `terraform show -json` prints, uncut")
        for deferred in listed(said.get("deferred_changes")):
            change = mapping(mapping(deferred).get("resource_change"))
            address = sound(string(change.get("address")))
            reason = f"`{address}` is put off to a later plan"
            found.hidden.append(Reason(Why.AFTER_APPLY, reason, "", found.head))
        self._note_drift(listed(said.get("resource_drift")))
        seen = {instance.address for instance in self._managed}
        found.resources = self._managed
        for instance in self._prior:
            # What a plan leaves out that is limited to some targets stays as it is.
            stays = instance.mode == "data" or not found.complete
            if stays and instance.address not in seen and instance.address not in self._changed:
                found.resources.append(instance)
        return self._done()

    def _open(self, detail: str, settle: str) -> None:
        reason = self._reason(detail, settle)
        self._contents.gaps.append(reason)
        self._contents.hidden.append(reason)

    def _note_drift(self, drifted: Iterable[object]) -> None:
        addresses = [sound(string(mapping(one).get("address"))) for one in drifted]
        if addresses:
            shown = ", ".join(f"`{address}`" for address in addresses[:_SHOWN])
            more = f" and {len(addresses) - _SHOWN} more" if len(addresses) > _SHOWN else ""
            verb = "was" if len(addresses) == 1 else "were"
            self._contents.notices.append(
                f"`{self._contents.file.path}`: {shown}{more} {verb} changed outside of terraform"
            )

    def _change(self, said: object, offset: int) -> None:
        entry = mapping(said)
        change = mapping(entry.get("change"))
        actions = listed(change.get("actions"))
        mode, kind, name = string(entry.get("mode")), string(entry.get("type")), string(entry.get("name"))
        if not kind or not name or not actions:
            self._faults.append("resource_changes")
            return
        instance = Instance(
            mode,
            string(entry.get("module_address")),
            kind,
            name,
            _key(entry.get("index")),
            mapping(change.get("after")),
            address=string(entry.get("address")),
            unknown=change.get("after_unknown", False),
            sensitive=change.get("after_sensitive", False),
            offset=offset,
        )
        if entry.get("deposed"):
            return
        self._changed.add(instance.address)
        if not _STAYS.isdisjoint(action for action in actions if isinstance(action, str)):
            self._managed.append(instance)

    # --- the values of a state

    def _values_of(self, at: int, found: list[Instance]) -> None:
        pieces = self._pieces
        for key, inner in pieces.members(at):
            if key == "values" and pieces.is_object(inner):
                self._root_of(inner, found)
            else:
                pieces.value(inner)

    def _root_of(self, at: int, found: list[Instance]) -> None:
        pieces = self._pieces
        for key, inner in pieces.members(at):
            if key == "root_module" and pieces.is_object(inner):
                self._module(inner, found)
            else:
                pieces.value(inner)

    def _module(self, at: int, found: list[Instance]) -> None:
        pieces = self._pieces
        for key, inner in pieces.members(at):
            if key == "resources" and pieces.is_list(inner):
                for element in pieces.elements(inner):
                    offset = pieces.place(element)
                    self._existing(mapping(pieces.value(element)), offset, found)
            elif key == "child_modules" and pieces.is_list(inner):
                for element in pieces.elements(inner):
                    if not pieces.is_object(element):
                        raise JsonError("a module is no object")
                    self._module(element, found)
            else:
                pieces.value(inner)

    def _existing(self, entry: dict[str, Any], offset: int, found: list[Instance]) -> None:
        address, mode = string(entry.get("address")), string(entry.get("mode"))
        kind, name = string(entry.get("type")), string(entry.get("name"))
        if not kind or not name or not address:
            self._faults.append("resources")
            return
        if entry.get("deposed_key"):
            return
        key = _key(entry.get("index"))
        own = f"{'data.' if mode == 'data' else ''}{kind}.{name}{suffix_of(key)}"
        module = address.removesuffix(own).removesuffix(".") if address != own else ""
        found.append(
            Instance(
                mode,
                module,
                kind,
                name,
                key,
                mapping(entry.get("values")),
                address=address,
                sensitive=entry.get("sensitive_values", False),
                offset=offset,
            )
        )

    # --- state

    def _shown_state(self) -> Contents:
        found = self._contents
        found.resources = self._state
        if "values" not in self._said:
            found.notices.append(f"`{found.file.path}` is an empty state")
        return self._done()

    def _state_file(self) -> Contents | None:
        said = self._said
        if not {"serial", "lineage", "terraform_version"} & said.keys():
            return None
        if said["version"] != _STATE_VERSION:
            detail = f"the state has version {said['version']}, and only {_STATE_VERSION} is read"
            raise Refused(self._reason(detail, "scan what `terraform show -json` prints"))
        self._contents.resources = self._state
        if not self._state and not self._faults:
            self._contents.notices.append(f"`{self._contents.file.path}` is an empty state")
        return self._done()

    def _resource_of_state(self, said: object, offset: int) -> None:
        entry = mapping(said)
        kind, name = string(entry.get("type")), string(entry.get("name"))
        if not kind or not name:
            self._faults.append("resources")
            return
        for instance in map(mapping, listed(entry.get("instances"))):
            if instance.get("deposed"):
                continue
            if "attributes" not in instance:
                self._faults.append("resources")
                continue
            values = {name: _plain(value) for name, value in mapping(instance["attributes"]).items()}
            self._state.append(
                Instance(
                    string(entry.get("mode")),
                    string(entry.get("module")),
                    kind,
                    name,
                    _key(instance.get("index_key")),
                    values,
                    sensitive=_mask(listed(instance.get("sensitive_attributes"))),
                    provider=string(entry.get("provider")),
                    offset=offset,
                )
            )

    def _done(self) -> Contents:
        found = self._contents
        for where in dict.fromkeys(self._faults):
            count = self._faults.count(where)
            detail = f"{count} of the `{where}` {'is' if count == 1 else 'are'} not as terraform writes them"
            self._open(detail, "scan what `terraform show -json` prints, unchanged")
        return found


def _key(value: object) -> int | str | None:
    if isinstance(value, bool):
        return None
    return value if isinstance(value, (int, str)) else None


def _plain(value: object) -> object:
    """An attribute in a state file; one whose type the schema leaves open is wrapped together with it."""
    if isinstance(value, dict) and value.keys() == {"value", "type"}:
        kind = value["type"]
        if isinstance(kind, list) or kind in ("string", "number", "bool"):
            return value["value"]
    return value


def _mask(paths: list[Any]) -> object:
    """The mask of what the paths of a state file lead to; whole attributes are marked, for that is safe."""
    mask: dict[str, object] = {}
    for path in paths:
        first = mapping(listed(path)[0]) if listed(path) else {}
        name = first.get("value")
        if isinstance(name, str):
            mask[name] = True
        else:
            return True
    return mask

"""What stands in a plan or a state: its resource instances, and what it says about itself."""

from __future__ import annotations

from guardrails.kernel.origin import Origin
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform_plan.instances import Instance, Said, suffix_of
from guardrails.sources.terraform_plan.json_text import JsonError, Pieces, PlanFile, sound
from guardrails.sources.terraform_plan.shapes import listed, mapping, marked, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SHOWN = 3
_PLAN_KEYS = frozenset(("resource_changes", "planned_values", "configuration", "output_changes", "prior_state"))
_STATE_KEYS = frozenset(("format_version", "terraform_version", "values", "checks"))
_USED = frozenset(
    ("complete", "configuration", "deferred_changes", "errored", "format_version", "variables", "version")
)
"""Of all else only that it is there."""
_STATE_VERSION = 4
_STAYS = frozenset(("create", "update", "no-op", "read"))
"""Actions after which the object is there and terraform has it."""


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
        self._drifted: list[str] = []
        self._faults: list[str] = []

    def result(self) -> Contents | None:
        pieces = self._pieces
        for key, at in pieces.members(0):
            if key == "resource_changes" and pieces.is_list(at):
                for element in pieces.elements(at):
                    offset = pieces.place(element)
                    self._change(pieces.value(element), pieces.written(element), offset)
            elif key == "resource_drift" and pieces.is_list(at):
                for element in pieces.elements(at):
                    self._drifted.append(sound(string(mapping(pieces.value(element)).get("address"))))
            elif key == "planned_values" and pieces.is_object(at):
                self._root_of(at, None)
                self._said[key] = True
            elif key == "prior_state" and pieces.is_object(at):
                self._values_of(at, self._prior)
            elif key == "values" and pieces.is_object(at):
                self._root_of(at, self._state)
                self._said["values"] = True
            elif key == "resources" and pieces.is_list(at):
                for element in pieces.elements(at):
                    self._resource_of_state(element)
            else:
                value = pieces.value(at)
                self._said[key] = value if key in _USED else True
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
        self._note_drift()
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

    def _note_drift(self) -> None:
        addresses = self._drifted
        if addresses:
            shown = ", ".join(f"`{address}`" for address in addresses[:_SHOWN])
            more = f" and {len(addresses) - _SHOWN} more" if len(addresses) > _SHOWN else ""
            verb = "was" if len(addresses) == 1 else "were"
            self._contents.notices.append(
                f"`{self._contents.file.path}`: {shown}{more} {verb} changed outside of terraform"
            )

    def _change(self, said: object, text: str, offset: int) -> None:
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
            text,
            _said_of_change,
            address=string(entry.get("address")),
            is_open=marked(change.get("after_unknown")),
            offset=offset,
        )
        if entry.get("deposed"):
            return
        self._changed.add(instance.address)
        if not _STAYS.isdisjoint(action for action in actions if isinstance(action, str)):
            self._managed.append(instance)

    # --- the values of a state

    def _values_of(self, at: int, found: list[Instance] | None) -> None:
        pieces = self._pieces
        for key, inner in pieces.members(at):
            if key == "values" and pieces.is_object(inner):
                self._root_of(inner, found)
            else:
                pieces.value(inner)

    def _root_of(self, at: int, found: list[Instance] | None) -> None:
        pieces = self._pieces
        for key, inner in pieces.members(at):
            if key == "root_module" and pieces.is_object(inner):
                self._module(inner, found)
            else:
                pieces.value(inner)

    def _module(self, at: int, found: list[Instance] | None) -> None:
        """The instances of a module and of those below it; without a list for them it is only passed over."""
        pieces = self._pieces
        for key, inner in pieces.members(at):
            if key == "resources" and pieces.is_list(inner):
                for element in pieces.elements(inner):
                    offset = pieces.place(element)
                    entry = mapping(pieces.value(element))
                    if found is not None:
                        self._existing(entry, pieces.written(element), offset, found)
            elif key == "child_modules" and pieces.is_list(inner):
                for element in pieces.elements(inner):
                    if pieces.is_object(element):
                        self._module(element, found)
                    elif found is not None:
                        raise JsonError("a module is no object")
                    else:
                        pieces.value(element)
            else:
                pieces.value(inner)

    def _existing(self, entry: dict[str, Any], text: str, offset: int, found: list[Instance]) -> None:
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
                text,
                _said_of_values,
                address=address,
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

    def _resource_of_state(self, at: int) -> None:
        pieces = self._pieces
        offset = pieces.place(at)
        if not pieces.is_object(at):
            pieces.value(at)
            self._faults.append("resources")
            return
        entry: dict[str, Any] = {}
        instances: list[tuple[dict[str, Any], str]] = []
        for key, inner in pieces.members(at):
            if key == "instances" and pieces.is_list(inner):
                instances = [
                    (mapping(pieces.value(element)), pieces.written(element)) for element in pieces.elements(inner)
                ]
            else:
                entry[key] = pieces.value(inner)
        kind, name = string(entry.get("type")), string(entry.get("name"))
        if not kind or not name:
            self._faults.append("resources")
            return
        for instance, text in instances:
            if instance.get("deposed"):
                continue
            if "attributes" not in instance:
                self._faults.append("resources")
                continue
            self._state.append(
                Instance(
                    string(entry.get("mode")),
                    string(entry.get("module")),
                    kind,
                    name,
                    _key(instance.get("index_key")),
                    text,
                    _said_of_state,
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


def _said_of_change(entry: dict[str, Any]) -> Said:
    """What is said of an instance in the changes of a plan."""
    change = mapping(entry.get("change"))
    unknown, sensitive = change.get("after_unknown", False), change.get("after_sensitive", False)
    return Said(mapping(change.get("after")), unknown=unknown, sensitive=sensitive)


def _said_of_values(entry: dict[str, Any]) -> Said:
    """What is said of an instance in the values of a state that was shown."""
    return Said(mapping(entry.get("values")), sensitive=entry.get("sensitive_values", False))


def _said_of_state(instance: dict[str, Any]) -> Said:
    """What is said of an instance in a state file."""
    values = {name: _plain(value) for name, value in mapping(instance["attributes"]).items()}
    return Said(values, sensitive=_mask(listed(instance.get("sensitive_attributes"))))


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

"""From the steps that a policy's author names to the text of a template."""

from __future__ import annotations

import re

from guardrails.kernel.record import Record, changed
from guardrails.remedies.edits import RefusedError
from guardrails.remedies.steps import (
    AddBlock,
    AddCondition,
    AddResource,
    AddStatement,
    LeftToYou,
    NarrowFilter,
    NoticeCalls,
    SetArgument,
    UseResource,
)
from guardrails.remedies.templates.edits import (
    condition_of,
    resources_of,
    statement_around,
    template_of,
    type_of,
    with_entry,
    with_item,
    with_resource,
    with_value,
)
from guardrails.remedies.templates.values import Known, content_of
from guardrails.remedies.templates.words import IN_BUCKETS, POLICIES, TYPES, path_of, property_of
from guardrails.sources.cloudformation.nodes import Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as Names
    from collections.abc import Sequence as Steps

    from guardrails.findings import Finding
    from guardrails.kernel.origin import Origin
    from guardrails.remedies.code import Code, Texts
    from guardrails.remedies.steps import Nested, NewStatement, Step
    from guardrails.remedies.templates.values import Content
    from guardrails.sources.cloudformation.nodes import Entry, Node


class Resource(Record):
    """A resource of a template, wherever edits have moved it."""

    path: str
    identity: str
    """Its logical id."""
    type: str


class TemplateDraft(Record):
    """Templates with some steps done."""

    texts: Texts
    names: Names[str, Known] = {}
    used: tuple[tuple[Resource, bool], ...] = ()
    """What was there and has a new use, and whether verdicts on it may be open then."""


class TemplateProposals:
    """What might close one finding in a template; see Proposals."""

    def __init__(
        self,
        code: Code,
        finding: Finding,
        texts: Texts,
        lacks: Callable[[str], bool],
        unnoticed: Callable[[NoticeCalls, Texts, list[str]], Iterator[tuple[str, str] | None]],
    ) -> None:
        self._code = code
        self._finding = finding
        self._judged = texts
        self._lacks = lacks
        self._unnoticed = unnoticed

    def of(self, steps: Steps[Step], reasons: list[str]) -> Iterator[TemplateDraft]:
        """Templates with all the steps done; `reasons` takes why there are no more."""
        waiting: list[Iterator[TemplateDraft]] = [iter((TemplateDraft(self._judged),))]
        while waiting:
            draft = next(waiting[-1], None)
            if draft is None:
                waiting.pop()
            elif len(waiting) > len(steps):
                yield draft
            else:
                waiting.append(self._after(steps[len(waiting) - 1], draft, reasons))

    def _after(self, step: Step, draft: TemplateDraft, reasons: list[str]) -> Iterator[TemplateDraft]:
        if isinstance(step, LeftToYou):
            reasons.append(step.why)
            return
        if isinstance(step, NoticeCalls):
            for edit in self._unnoticed(step, draft.texts, reasons):
                yield changed(draft, texts={**draft.texts, **dict((edit,) if edit else ())})
            return
        try:
            yield from self._done(step, draft)
        except RefusedError as error:
            reasons.append(str(error))

    def _done(self, step: Step, draft: TemplateDraft) -> Iterator[TemplateDraft]:
        subject = self._subject()
        if isinstance(step, NarrowFilter):
            from guardrails.remedies.templates.alarms import narrowed  # it knows all of monitoring

            text = self._code.text(subject.path, draft.texts)
            yield self._with(
                subject, narrowed(subject.path, text, self._entry(subject, draft.texts), step.condition), draft
            )
        elif isinstance(step, UseResource):
            for one in self._resources(subject.path, draft.texts):
                if one.type == TYPES.get(step.type):
                    names = {**draft.names, step.known_as: Known(one.identity, one.type)}
                    yield changed(draft, names=names, used=(*draft.used, (one, step.may_stay_open)))
        elif isinstance(step, SetArgument):
            for place in self._places(step.on, subject, anywhere=step.anywhere):
                kind = step.on[0] if step.on and step.on[0] in IN_BUCKETS else _kind(place.type)
                path = path_of(kind, (*step.within, step.name))
                if path and kind in IN_BUCKETS and self._entry_at(place, path.split(".")[0], draft) is None:
                    raise RefusedError(f"`{place.identity}` has no `{path.split('.')[0]}` yet")
                if path:
                    yield self._set(place, path, step.value, draft, replaces=step.replaces)
        elif isinstance(step, AddBlock) and not step.on and not step.within:
            path = f"{property_of(step.block.type)}s[+]"
            yield self._put(subject, path, self._said(step.block, _kind(subject.type), subject, draft), draft)
        elif isinstance(step, AddStatement):
            yield from self._stated(step, subject, draft)
        elif isinstance(step, AddCondition):
            yield self._bound(step, draft)
        elif isinstance(step, AddResource):
            yield self._added(step, subject, draft)
        else:
            raise RefusedError("this change is not known in the words of templates")

    # --- where

    def _subject(self) -> Resource:
        """The judged resource; of an account, the first resource that the finding points at."""
        try:
            return self._resource(self._finding.subject)
        except RefusedError:
            first = next(self._pointed(), None)
            if first is None:
                raise
            return first

    def _entry_at(self, place: Resource, name: str, draft: TemplateDraft) -> Entry | None:
        properties = self._entry(place, draft.texts).value.get("Properties")  # type: ignore[attr-defined] # a mapping
        return properties.entry(name) if isinstance(properties, Mapping) else None

    def _resource(self, origin: Origin) -> Resource:
        source = origin.source
        if source is None:
            raise RefusedError("the finding is about no resource of a template")
        path = self._code.real(source.path)
        text = self._code.text(path, self._judged)
        entries = resources_of(template_of(path, text)).entries
        if text != source.text:
            raise RefusedError(f"{source.path} is not what was judged: it changed meanwhile, or begins with a mark")
        for entry in entries:
            if entry.start <= origin.start < max(entry.stop, entry.start + 1):
                return Resource(path, entry.key, type_of(entry.value))
        raise RefusedError(f"{source.path} makes the resource in a form that is not edited here")

    def _places(self, on: Steps[str], subject: Resource, *, anywhere: bool = False) -> list[Resource]:
        """The resources that a step may be about: the judged one, or those that the finding points at."""
        if not on or (on[0] in IN_BUCKETS and subject.type == "AWS::S3::Bucket"):
            return [subject]
        wanted = {TYPES[name] for name in on if name in TYPES}
        found = [one for one in self._pointed() if one.type in wanted]
        mentions = re.compile(rf"\b{re.escape(subject.identity)}\b")
        text = self._code.text(subject.path, self._judged)
        found += [
            Resource(subject.path, entry.key, type_of(entry.value))
            for entry in resources_of(template_of(subject.path, text)).entries
            if type_of(entry.value) in wanted and (anywhere or mentions.search(text[entry.start : entry.stop]))
        ]
        return list(dict.fromkeys(found))

    def _pointed(self) -> Iterator[Resource]:
        for origin in self._origins():
            try:
                yield self._resource(origin)
            except RefusedError:
                continue

    def _origins(self) -> Iterator[Origin]:
        yield self._finding.origin
        yield from (one.origin for one in self._finding.because)
        yield self._finding.subject

    def _resources(self, path: str, texts: Texts) -> list[Resource]:
        entries = resources_of(template_of(path, self._code.text(path, texts))).entries
        return [Resource(path, entry.key, type_of(entry.value)) for entry in entries]

    def _entry(self, resource: Resource, texts: Texts) -> Entry:
        text = self._code.text(resource.path, texts)
        found = resources_of(template_of(resource.path, text)).entry(resource.identity)
        if found is None or not isinstance(found.value, Mapping):
            raise RefusedError(f"{resource.path} has no resource `{resource.identity}` there")
        return found

    # --- properties

    def _set(self, place: Resource, path: str, value: str, draft: TemplateDraft, *, replaces: bool) -> TemplateDraft:
        content = content_of(value, self._names(place, draft))
        if path == "!IngestionEnabled":
            return self._put(place, path[1:], content is False, draft)
        if path == "@DeletionPolicy":
            draft = self._put(place, "@UpdateReplacePolicy", "Retain", draft)
            content = "Retain"
        elif path == "AccessControl" and isinstance(content, str):
            content = property_of(content)
        return self._put(place, path, content, draft, replaces=replaces)

    def _put(
        self, place: Resource, path: str, content: Content, draft: TemplateDraft, *, replaces: bool = False
    ) -> TemplateDraft:
        """A property at a path, made where it is missing. `[]` is the one item of a list, or that which the finding
        points at; `[+]` a new one."""
        file, text = place.path, self._code.text(place.path, draft.texts)
        body = self._entry(place, draft.texts).value
        steps = [path.removeprefix("@")] if path.startswith("@") else ["Properties", *path.split(".")]
        node: Node = body
        for number, step in enumerate(steps):
            name, bracket, _ = step.partition("[")
            rest = steps[number + 1 :]
            if not isinstance(node, Mapping):
                raise RefusedError(f"{file} writes `{steps[number - 1]}` in a form that is not edited here")
            entry = node.entry(name)
            if entry is None:
                inner = _nested(rest, content)
                return self._with(place, with_entry(text, node, name, [inner] if bracket else inner), draft)
            if bracket:
                if not isinstance(entry.value, Sequence):
                    raise RefusedError(f"{file} writes `{name}` in a form that is not edited here")
                item = None if step.endswith("[+]") else self._item(entry.value, file, name)
                if item is None:
                    return self._with(place, with_item(text, entry.value, _nested(rest, content)), draft)
                node = item
            elif not rest:
                return self._with(place, with_value(file, text, entry, content, replaces=replaces), draft)
            else:
                node = entry.value
        raise RefusedError(f"{file} writes `{path}` in a form that is not edited here")

    def _item(self, sequence: Sequence, file: str, name: str) -> Node | None:
        if len(sequence.items) < 2:
            return sequence.items[0] if sequence.items else None
        for origin in self._origins():
            for item in sequence.items:
                if item.start <= origin.start < item.stop:
                    return item
        raise RefusedError(f"{file} has several items in `{name}`")

    def _with(self, place: Resource, text: str, draft: TemplateDraft) -> TemplateDraft:
        return changed(draft, texts={**draft.texts, place.path: text})

    # --- policies

    def _stated(self, step: AddStatement, subject: Resource, draft: TemplateDraft) -> Iterator[TemplateDraft]:
        on = [name for name in step.on if name in POLICIES]
        for place in self._places(on, subject) if on else ():
            path = f"{POLICIES[_kind(place.type)]}.Statement[+]"
            yield self._put(place, path, self._statement(step.statement, subject, draft), draft)

    def _statement(self, statement: NewStatement, subject: Resource, draft: TemplateDraft) -> Content:
        return content_of(statement.as_object(""), self._names(subject, draft))

    def _bound(self, step: AddCondition, draft: TemplateDraft) -> TemplateDraft:
        """The statement around the place of the finding under one more condition."""
        for origin in self._origins():
            try:
                place = self._resource(origin)
            except RefusedError:
                continue
            statement = statement_around(self._entry(place, draft.texts).value, origin.start)
            if statement is None:
                continue
            text = self._code.text(place.path, draft.texts)
            values = [content_of(value, self._names(place, draft)) for value in step.values]
            content: Content = values[0] if len(values) == 1 else values
            node: Node = statement
            steps = ["Condition", step.operator, step.key]
            for number, name in enumerate(steps):
                if not isinstance(node, Mapping):
                    break
                there = node.entry(name)
                if there is None:
                    return self._with(place, with_entry(text, node, name, _nested(steps[number + 1 :], content)), draft)
                node = there.value
            raise RefusedError(f"{place.path} has such a condition already, and it differs")
        raise RefusedError("the statement is not written in a form that can be edited here")

    # --- resources

    def _added(self, step: AddResource, subject: Resource, draft: TemplateDraft) -> TemplateDraft:
        if step.type in IN_BUCKETS:
            return self._in_bucket(step, subject, draft)
        if step.type not in TYPES or step.beside:
            raise RefusedError("this resource is not known in the words of templates")
        if step.unless and not self._lacks(step.unless):
            raise RefusedError(f"`{self._finding.resource}` may have a {TYPES[step.type]} already")
        text = self._code.text(subject.path, draft.texts)
        resources = resources_of(template_of(subject.path, text))
        label = property_of(step.label) if step.label else subject.identity
        ending = TYPES[step.type].rpartition("::")[2]
        wanted = label if label.endswith(ending) else f"{label}{ending}"
        taken = {entry.key for entry in resources.entries}
        new = next(one for number in range(1, 1000) if (one := f"{wanted}{number if number > 1 else ''}") not in taken)
        body: dict[str, Content] = {"Condition": condition_of(self._entry(subject, draft.texts))}
        properties: dict[str, Content] = {}
        for name, value in step.arguments.items():
            path = path_of(step.type, (name,))
            if path:
                content = content_of(value, self._names(subject, draft))
                properties[path] = [content] if path == "Topics" else content
        if step.type == "aws_iam_role_policy":
            properties["PolicyName"] = "write"
        for block in step.blocks:
            if block.type == "lifecycle":
                body["DeletionPolicy"] = body["UpdateReplacePolicy"] = "Retain"
        text = with_resource(subject.path, text, new, TYPES[step.type], **body, Properties=properties)
        names = {**draft.names, step.known_as: Known(new, TYPES[step.type])} if step.known_as else draft.names
        return changed(draft, texts={**draft.texts, subject.path: text}, names=names)

    def _in_bucket(self, step: AddResource, subject: Resource, draft: TemplateDraft) -> TemplateDraft:
        """What is a resource of its own elsewhere is a property of the bucket here."""
        if step.only_for:
            known = draft.names[step.only_for.strip("{}")]
            subject = Resource(subject.path, known.logical_id, known.type)
        if step.type == "aws_s3_bucket_object_lock_configuration":
            raise RefusedError("to switch the lock on replaces the bucket: make a new one, with the lock")
        if subject.type != "AWS::S3::Bucket":
            raise RefusedError("this is a property of buckets")
        for names, value in _leaves(step.arguments, step.blocks):
            path = path_of(step.type, names)
            if path is None and names != ("bucket",):
                raise RefusedError("this change is not known in the words of templates")
            if path:
                draft = self._set(subject, path, value, draft, replaces=False)
        return draft

    # --- values

    def _names(self, subject: Resource, draft: TemplateDraft) -> dict[str, Known]:
        judged = self._subject()
        return {**draft.names, "subject": Known(judged.identity, judged.type or subject.type)}

    def _said(self, block: Nested, type: str, subject: Resource, draft: TemplateDraft) -> Content:
        """A nested block as an item of a list."""
        found: dict[str, Content] = {}
        for name, value in block.arguments.items():
            found[property_of(name)] = content_of(value, self._names(subject, draft))
        for inner in block.blocks:
            items = found.setdefault(f"{property_of(inner.type)}s", [])
            assert isinstance(items, list)
            items.append(self._said(inner, type, subject, draft))
        return found


def _leaves(
    arguments: Names[str, str], blocks: tuple[Nested, ...], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in arguments.items():
        yield (*above, name), value
    for block in blocks:
        yield from _leaves(block.arguments, block.blocks, (*above, block.type))


def _nested(path: Steps[str], content: Content) -> Content:
    for step in reversed(path):
        name, bracket, _ = step.partition("[")
        content = {name: [content] if bracket else content}
    return content


def _kind(type: str) -> str:
    """A type in Terraform's words; empty for one that no step speaks of."""
    return next((name for name, known in TYPES.items() if known == type), "")

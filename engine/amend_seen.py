"""What the people who hold open tasks see when their instance goes over to another version: forms before and after. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from engine.running import OWN_FORM, drawing_of, form_of
from tenants.text import Message, say
from workflows.elements import Duty, Form, Package

_SHOWN = 8


@dataclass(frozen=True)
class AtDesk:
    """An open task. called: the called process in which its node stands. away: another authority does it."""

    id: UUID
    node: str
    name: str
    form: str
    called: str
    due: date | None
    away: bool


@dataclass(frozen=True)
class FormChange:
    """What a form asks otherwise. before, after: its titles. added, removed: labels of fields; changed: (label, how).

    lost: names of the fields that are asked for no more. Where nothing is named, its checks or its layout differ.
    """

    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[tuple[str, Message], ...] = ()
    lost: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TaskChange:
    """What becomes of one open task. before, after: what its step is called. form: None = it asks the same as before.

    kept, lost: labels of what stands in drafts, and is asked for as well afterwards, or no more. drafts: how many there are.
    """

    id: UUID
    before: str
    after: str
    due_before: date | None
    due_after: date | None
    form: FormChange | None
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    drafts: int = 0

    @property
    def any(self) -> bool:
        """Tell whether the one who holds the task notices anything."""
        return self.form is not None or (self.before, self.due_before) != (self.after, self.due_after)


def asked(package: Package, duty: Duty | None, key: str, called: str) -> Form | None:
    """Return the form that a step asks for under a version; None = none, or the version calls no such process."""
    source = called.rpartition("/")[0]
    if source and source not in package.library and key != OWN_FORM:
        return None
    return form_of(package, duty, key, called)


def step_name(package: Package, process: str, task: AtDesk) -> str:
    """Return what the step of a task is called under a version; what the task is called where that has no such step."""
    try:
        node = drawing_of(package, process, task.called).nodes.get(task.node)
    except KeyError:
        node = None
    return (node.name or node.id) if node is not None else task.name


def form_under(package: Package, duty: Duty | None, process: str, task: AtDesk) -> Form | None:
    """Return the form that a task asks for under a version, whose drawing may name another one at the same step."""
    try:
        node = drawing_of(package, process, task.called).nodes.get(task.node)
    except KeyError:
        node = None
    return asked(package, duty, (node.form or "") if node is not None else task.form, task.called)


def form_change(old: Form | None, new: Form | None) -> FormChange | None:
    """Return what a form asks otherwise than before; None when nothing is."""
    if old is new or (old and new and (old.schema, old.ui) == (new.schema, new.ui)):
        return None
    was, now = fields_of(old), fields_of(new)
    must, should = (_required(form) for form in (old, new))
    changed = []
    for key in now:
        if key in was and (how := _how(was[key], now[key], key in must, key in should)) is not None:
            changed.append((_label(key, was[key]), how))
    return FormChange(
        _title(old), _title(new),
        tuple(_label(key, one) for key, one in now.items() if key not in was),
        tuple(_label(key, one) for key, one in was.items() if key not in now),
        tuple(changed), frozenset(key for key in was if key not in now),
    )  # fmt: skip


def task_change(
    before: Package,
    after: Package,
    duties: Sequence[Duty | None],
    process: str,
    task: AtDesk,
    due: date | None,
    drafts: Iterable[Mapping[str, Any]] = (),
) -> TaskChange:
    """Return what becomes of an open task. duties: its duty under both versions. due: its date afterwards."""
    forms = (
        asked(before, duties[0], task.form, task.called),
        form_under(after, duties[1], process, task),
    )
    was, now, filled = fields_of(forms[0]), fields_of(forms[1]), list(drafts)
    written = [key for key in was if any(_filled(one.get(key)) for one in filled)]
    return TaskChange(
        task.id, step_name(before, process, task), step_name(after, process, task), task.due, due, form_change(*forms),
        tuple(_label(key, now[key]) for key in written if key in now),
        tuple(_label(key, was[key]) for key in written if key not in now), len(filled),
    )  # fmt: skip


def notes(change: TaskChange) -> Iterator[Message]:
    """Yield what is otherwise about a task, in sentences: the same for all who are in the same place."""
    if change.before != change.after:
        yield say("步骤“{old}”改称“{new}”", old=change.before, new=change.after)
    form = change.form
    if form is None:
        return
    title = form.after or form.before
    parts = (
        (say("表单“{title}”增加：{fields}", title=title, fields=_listed(form.added)), form.added),
        (say("表单“{title}”不再填：{fields}", title=title, fields=_listed(form.removed)), form.removed),
        (say("表单“{title}”改动：{fields}", title=title, fields=_changes(form.changed)), form.changed),
    )
    told = [words for words, what in parts if what]
    yield from told or [say("表单“{title}”的填写要求有改动", title=title)]


def loses(answers: Mapping[str, Any], lost: Collection[str]) -> bool:
    """Tell whether a draft holds something that is asked for no more."""
    return any(_filled(answers.get(key)) for key in lost)


def fields_of(form: Form | None) -> dict[str, Mapping[str, Any]]:
    """Return the fields of a form by their names."""
    properties: Any = (form.schema.get("properties") or {}) if form is not None else {}
    return {key: one for key, one in properties.items() if isinstance(one, dict)}


def _how(was: Mapping[str, Any], now: Mapping[str, Any], must: bool, should: bool) -> Message | None:
    if _label("", was) != _label("", now):
        return say("改称“{name}”", name=_label("", now))
    if must != should:
        return say("改为必填") if should else say("不再必填")
    if was == now:
        return None
    if (was.get("type"), was.get("format")) != (now.get("type"), now.get("format")):
        return say("填法改了")
    if any(was.get(key) != now.get(key) for key in ("enum", "examples", "oneOf")):
        return say("可选的内容改了")
    return say("要求改了")


def _changes(changed: tuple[tuple[str, Message], ...]) -> tuple[Message, ...]:
    return tuple(say("{field}（{how}）", field=label, how=how) for label, how in changed[:_SHOWN])


def _listed(labels: tuple[str, ...]) -> tuple[str, ...]:
    return (*labels[:_SHOWN], "…") if len(labels) > _SHOWN else labels


def _label(key: str, one: Mapping[str, Any]) -> str:
    return str(one.get("title") or key)


def _title(form: Form | None) -> str:
    return str(form.schema.get("title") or form.id) if form is not None else ""


def _required(form: Form | None) -> set[str]:
    found: Any = (form.schema.get("required") or []) if form is not None else []
    return {str(key) for key in found}


def _filled(value: object) -> bool:
    return value not in (None, "", [], {})

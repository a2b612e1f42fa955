"""What becomes of each open instance when its campaign goes on under an amended plan, and why. Pure.

It moves when its duty or ledger is still there, means its unit, and what it has come to still stands in the process. It stays,
and goes on under the version by which it began, when the new plan asks for it no more. It is blocked when the new plan does ask
for it, by a process in which its place is not to be found: it goes on under the old version, too, and somebody should know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from engine.amend_seen import AtDesk, TaskChange, notes, task_change
from engine.process import Fit
from engine.recalendar_plan import Replanned, Shift
from engine.running import Running
from tenants.text import Message, say
from workflows.elements import Duty, Package

What = Literal["moves", "stays", "blocked"]
_SHOWN = 8
_NONE: Mapping[UUID, Sequence[Mapping[str, object]]] = MappingProxyType({})


@dataclass(frozen=True)
class Standing:
    """An open instance as it stands. unit: the name of the one it concerns, empty for who may not see it. tasks: its open ones.

    meant: whether the new plan's actors mean the unit; None = nobody can tell, or nobody asks. due: its date now.
    """

    id: UUID
    unit_id: UUID | None
    unit: str
    duty: str
    ledger: str
    process: str
    package_hash: str
    due: date | None
    filed: bool
    tasks: tuple[AtDesk, ...] = ()
    meant: bool | None = None


@dataclass(frozen=True)
class Verdict:
    """What becomes of one instance. why: of what stays or is blocked. notes: what its people will see when it moves.

    due: its date afterwards. lost: task -> fields that its form asks for no more. beside: those of the notes that tell of
    reminders and the like.
    """

    what: What
    why: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    due: date | None = None
    lost: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    beside: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Group:
    """All that share a fate for the same reasons. title: of their duty or ledger.

    units: names, as many as there are; those of instances that the reader may not see are empty, and come first. ids: of the
    instances, in the same order. drafts: how many of their open tasks somebody has begun to fill in; losing: how many of those
    drafts hold something that is asked for no more.
    """

    what: What
    title: str
    why: tuple[Message, ...]
    notes: tuple[Message, ...]
    units: tuple[str, ...] = field(default=(), compare=False)
    ids: tuple[UUID, ...] = field(default=(), compare=False)
    drafts: int = field(default=0, compare=False)
    losing: int = field(default=0, compare=False)

    @property
    def key(self) -> str:
        """Return what names the group in addresses and rows."""
        told = (self.what, self.title, _words(self.why), _words(self.notes))
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def judge(
    before: Package,
    after: Package,
    added: Mapping[str, Duty],
    one: Standing,
    fit: Fit | None,
    due: date | None,
) -> Verdict:
    """Return what becomes of an instance.

    before: the version by which it goes on. added: duties of the tenant's own, which no plan takes away. fit: of its process
    state in the new drawing; None = the new plan has no such process. due: its date under the new plan.
    """
    stays = _no_longer_asked(before, after, added, one)
    if stays is not None:
        return Verdict("stays", (stays,), due=one.due)
    other = _other_process(after, one)
    if other is not None:
        return Verdict("blocked", (other,), due=one.due)
    if fit is None:
        return Verdict("blocked", (say("新方案没有流程“{name}”", name=one.process),), due=one.due)
    if fit.unfit:
        why = tuple(
            say("停在“{step}”：{why}", step=found.name, why=found.why) for found in fit.unfit[:_SHOWN]
        )
        return Verdict("blocked", why, due=one.due)
    changes = changes_of(before, after, added, one, due)
    away = [task.name for task, change in zip(one.tasks, changes, strict=True) if task.away and change.form]
    if away:
        why = tuple(say("“{step}”已送往别处办理，答复之前表单不能改", step=name) for name in away[:_SHOWN])
        return Verdict("blocked", why, due=one.due)
    lost = {change.id: change.form.lost for change in changes if change.form and change.form.lost}
    own = dict.fromkeys(words for change in changes for words in notes(change))
    beside = tuple(_beside(fit))
    return Verdict("moves", (), (*_date_note(one, due), *own, *beside), due, lost, beside)


def changes_of(
    before: Package,
    after: Package,
    added: Mapping[str, Duty],
    one: Standing,
    due: date | None,
    drafts: Mapping[UUID, Sequence[Mapping[str, object]]] = _NONE,
) -> list[TaskChange]:
    """Return what becomes of each open task of an instance that moves. due: of the instance, afterwards. drafts: by task."""
    duties = tuple(package.duties.get(one.duty) or added.get(one.duty) for package in (before, after))
    return [
        task_change(
            before, after, duties, one.process, task, due if task.due == one.due else task.due, drafts.get(task.id, ())
        )
        for task in one.tasks
    ]  # fmt: skip


def dated(one: Standing, verdict: Verdict, due: date | None) -> Verdict:
    """Return the verdict on an instance that moves, with another date; it had none before."""
    return replace(verdict, due=due, notes=(*_date_note(one, due), *verdict.notes))


def titles_of(live: Running, package: Package) -> dict[str, str]:
    """Return what duties and ledgers are called: by the new plan, else by the old one, or by the tenant who added them."""
    old = {**live.package.ledgers, **live.duties}
    return {key: one.title for key, one in {**old, **package.ledgers, **package.duties}.items()}


def grouped(verdicts: Iterable[tuple[Standing, Verdict]], titles: Mapping[str, str]) -> tuple[Group, ...]:
    """Return the instances grouped by fate and reasons, in the order: blocked, stays, moves; then by title.

    titles: of duties and ledgers, by their keys.
    """
    found: dict[tuple[object, ...], Group] = {}
    names: dict[tuple[object, ...], list[tuple[str, UUID]]] = {}
    for one, verdict in verdicts:
        title = titles.get(one.ledger or one.duty, one.process)
        key = (verdict.what, title, _words(verdict.why), _words(verdict.notes))
        found.setdefault(key, Group(verdict.what, title, verdict.why, verdict.notes))
        names.setdefault(key, []).append((one.unit, one.id))
    order = ("blocked", "stays", "moves")
    groups = []
    for place, group in found.items():
        units, ids = zip(*sorted(names[place]), strict=True)
        groups.append(replace(group, units=units, ids=ids))
    return tuple(
        sorted(groups, key=lambda one: (order.index(one.what), one.title, _words(one.why), _words(one.notes)))
    )


def without_alarms(found: Replanned, today: date) -> Replanned:
    """Return what becomes of the occurrences of one duty when nothing that an amendment dates back may make anybody late.

    What is planned and would be over by now falls; what is open keeps its date when the new one has passed and its own has not.
    """
    shifts, falls = [], list(found.falls)
    for shift in found.shifts:
        passed = shift.due is not None and shift.due < today
        if passed and shift.row.state == "planned":
            falls.append(shift.row)
        elif not (passed and not _was_late(shift, today)):
            shifts.append(shift)
    back = tuple(shift for shift in found.back if shift.due is None or shift.due >= today)
    return Replanned(tuple(shifts), tuple(falls), found.arises, back, found.kept)


def _was_late(shift: Shift, today: date) -> bool:
    return shift.row.due is not None and shift.row.due < today


def _no_longer_asked(
    before: Package, after: Package, added: Mapping[str, Duty], one: Standing
) -> Message | None:
    if one.ledger:
        gone = one.ledger not in after.ledgers
        return say("新方案没有台账“{title}”，按原方案办完", title=_title(before, one)) if gone else None
    if one.duty in added:
        return None
    if one.duty not in after.duties:
        return say("新方案没有任务“{title}”，按原方案办完", title=_title(before, one))
    if one.meant is False:
        return say("新方案不再要求这个单位，按原方案办完")
    return None


def _other_process(after: Package, one: Standing) -> Message | None:
    asks = after.ledgers.get(one.ledger) if one.ledger else after.duties.get(one.duty)
    wanted = asks.process if asks else ""
    if not wanted or wanted == one.process:
        return None
    return say(
        "新方案改走流程“{name}”", name=after.processes[wanted].name if wanted in after.processes else wanted
    )


def _beside(fit: Fit) -> Iterable[Message]:
    for name in fit.gone:
        yield say("“{name}”不再执行", name=name)
    for name in fit.new:
        yield say("“{name}”从下一次进入这一步起执行", name=name)


def _date_note(one: Standing, due: date | None) -> Iterable[Message]:
    if due != one.due:
        none = say("无期限")
        old, new = (day.isoformat() if day else none for day in (one.due, due))
        yield say("截止日由{old}改为{new}", old=old, new=new)


def _title(package: Package, one: Standing) -> str:
    element = package.ledgers.get(one.ledger) if one.ledger else package.duties.get(one.duty)
    return element.title if element else ""


def _words(messages: Sequence[Message]) -> tuple[str, ...]:
    return tuple(map(str, messages))

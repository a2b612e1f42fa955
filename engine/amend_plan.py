"""What becomes of each open instance when its campaign goes on under an amended plan, and why. Pure.

It moves when its duty or ledger is still there, means its unit, and what it has come to still stands in the process. It stays,
and goes on under the version by which it began, when the new plan asks for it no more. It is blocked when the new plan does ask
for it, by a process in which its place is not to be found: it goes on under the old version, too, and somebody should know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from engine.process import Fit
from engine.recalendar_plan import Replanned, Shift
from engine.running import OWN_FORM, Running, form_of
from tenants.text import Message, say
from workflows.elements import Duty, Form, Package

What = Literal["moves", "stays", "blocked"]
_SHOWN = 8


@dataclass(frozen=True)
class Standing:
    """An open instance as it stands. unit: the name of the one it concerns. forms: of its open tasks: (form key, called process).

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
    forms: tuple[tuple[str, str], ...] = ()
    meant: bool | None = None


@dataclass(frozen=True)
class Verdict:
    """What becomes of one instance. why: of what stays or is blocked. notes: what its people will see when it moves.

    due: its date afterwards.
    """

    what: What
    why: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    due: date | None = None


@dataclass(frozen=True)
class Group:
    """All that share a fate for the same reasons. title: of their duty or ledger. units: names, as many as there are."""

    what: What
    title: str
    why: tuple[Message, ...]
    notes: tuple[Message, ...]
    units: tuple[str, ...] = field(default=(), compare=False)


def judge(
    before: Package, after: Package, added: Sequence[str], one: Standing, fit: Fit | None, due: date | None
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
    return Verdict("moves", (), tuple(_notes(before, after, one, fit, due)), due)


def titles_of(live: Running, package: Package) -> dict[str, str]:
    """Return what duties and ledgers are called: by the new plan, else by the old one, or by the tenant who added them."""
    old = {**live.package.ledgers, **live.duties}
    return {key: one.title for key, one in {**old, **package.ledgers, **package.duties}.items()}


def grouped(verdicts: Iterable[tuple[Standing, Verdict]], titles: Mapping[str, str]) -> tuple[Group, ...]:
    """Return the instances grouped by fate and reasons, in the order: blocked, stays, moves; then by title.

    titles: of duties and ledgers, by their keys.
    """
    found: dict[tuple[object, ...], Group] = {}
    names: dict[tuple[object, ...], list[str]] = {}
    for one, verdict in verdicts:
        title = titles.get(one.ledger or one.duty, one.process)
        key = (verdict.what, title, _words(verdict.why), _words(verdict.notes))
        found.setdefault(key, Group(verdict.what, title, verdict.why, verdict.notes))
        names.setdefault(key, []).append(one.unit)
    order = ("blocked", "stays", "moves")
    groups = [replace(group, units=tuple(sorted(names[key]))) for key, group in found.items()]
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


def _no_longer_asked(before: Package, after: Package, added: Sequence[str], one: Standing) -> Message | None:
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


def _notes(before: Package, after: Package, one: Standing, fit: Fit, due: date | None) -> Iterable[Message]:
    if due != one.due:
        none = say("无期限")
        yield say(
            "截止日由{old}改为{new}",
            old=one.due.isoformat() if one.due else none,
            new=due.isoformat() if due else none,
        )
    duties = (before.duties.get(one.duty), after.duties.get(one.duty))
    for key, called in one.forms:
        yield from _form_changes(_form(before, duties[0], key, called), _form(after, duties[1], key, called))
    for name in fit.gone:
        yield say("“{name}”不再执行", name=name)
    for name in fit.new:
        yield say("“{name}”从下一次进入这一步起执行", name=name)


def _form(package: Package, duty: Duty | None, key: str, called: str) -> Form | None:
    if called.rpartition("/")[0] and called.rpartition("/")[0] not in package.library and key != OWN_FORM:
        return None
    return form_of(package, duty, key, called)


def _form_changes(old: Form | None, new: Form | None) -> Iterable[Message]:
    if old is None or new is None or old.schema == new.schema:
        return
    was, now = _fields(old), _fields(new)
    title = str(new.schema.get("title") or new.id)
    more, less = [key for key in now if key not in was], [key for key in was if key not in now]
    demanded = [key for key in _required(new) if key not in _required(old) and key in was]
    if more:
        yield say(
            "表单“{title}”增加：{fields}", title=title, fields="、".join(now[key] for key in more[:_SHOWN])
        )
    if less:
        yield say(
            "表单“{title}”不再填：{fields}", title=title, fields="、".join(was[key] for key in less[:_SHOWN])
        )
    if demanded:
        yield say(
            "表单“{title}”改为必填：{fields}",
            title=title,
            fields="、".join(now.get(key, key) for key in demanded[:_SHOWN]),
        )
    if not (more or less or demanded):
        yield say("表单“{title}”的填写要求有改动", title=title)


def _fields(form: Form) -> dict[str, str]:
    properties: Any = form.schema.get("properties") or {}
    return {key: str(one.get("title") or key) for key, one in properties.items() if isinstance(one, dict)}


def _required(form: Form) -> list[str]:
    found: Any = form.schema.get("required") or []
    return [str(key) for key in found]


def _title(package: Package, one: Standing) -> str:
    element = package.ledgers.get(one.ledger) if one.ledger else package.duties.get(one.duty)
    return element.title if element else ""


def _words(messages: Sequence[Message]) -> tuple[str, ...]:
    return tuple(map(str, messages))

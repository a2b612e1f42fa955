"""Shapes that several pages share: due dates, drawings, trails, answers to read, pages of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from engine import history
from engine.models import Instance, Task
from engine.running import Running
from forms.models import Attachment
from forms.validation import references
from tenants.db import Work
from tenants.models import AuditEntry, Member, Unit
from tenants.text import Message, say
from web.words import date_words, said
from workflows.elements import Duty, Ledger
from workflows.package import Package
from workflows.schedule import Setting, Span, occurrences

# Fields of a form under which a returning office writes why; the first that was filled counts.
REASONS = ("理由", "退回理由", "意见", "复查意见", "reason")

_ACTIONS = {
    "instance.open": say("下达"),
    "task.claim": say("认领：{task}"),
    "task.release": say("放回：{task}"),
    "task.complete": say("办结：{task}"),
    "instance.release": say("不再承担：{reason}"),
    "duty.demand": say("发起"),
    "duty.put_off": say("{opens}起办"),
    "signal.hear": say("收到通知：{name}"),
    "signal.unheard": say("发出通知，无人等候：{name}"),
    "item.born": say("列入台账"),
}


def due_shape(
    work: Work,
    day: date | None,
    words: str = "",
    *,
    clause: str = "",
    disputed: bool = False,
    is_open: bool = True,
) -> dict[str, Any]:
    """Return a due date as pages show it; days_left is None when nothing can be late."""
    left = (day - work.today).days if day and is_open else None
    return {
        "date": day, "words": words, "days_left": left, "clause": clause, "disputed": disputed, "estimated": False,
    }  # fmt: skip


def when_words(setting: Setting, duty: Duty) -> str:
    """Return when a duty is due, in words: the notice's own, else its rhythm, its date, or that it has none."""
    if duty.words:
        return duty.words
    if duty.on is not None and duty.on.kind != "phase":
        return _("随时")
    for mark, words in (("DAILY", _("每天")), ("WEEKLY", _("每周")), ("MONTHLY", _("每月"))):
        if duty.every is not None and f"FREQ={mark}" in duty.every.rule:
            return words
    first = next(iter(occurrences(setting, duty)), None)
    if first is not None and first.due is not None:
        return _("%(day)s前", day=date_words(first.due))
    return _("无期限")


def clause_of(live: Running, duty: str, ledger: str = "") -> str:
    """Return the clause that a duty or ledger comes from; empty when the tenant added it."""
    element = live.duties.get(duty) or live.package.ledgers.get(ledger)
    return "、".join(element.clauses) if element else ""


def drawing_shape(work: Work, live: Running, instance: Instance, url: str) -> dict[str, Any]:
    """Return a drawing with the current and the done steps marked, and the same in words."""
    drawing = live.package.processes[instance.process]
    current = {task.node for task in history.open_tasks(work, instance)}
    done_query = select(Task.node).where(Task.instance_id == instance.id, Task.state == "done").distinct()
    done = set(work.session.scalars(done_query)) - current
    if instance.end_node:
        done.add(instance.end_node)
    steps = [
        {
            "name": node.name or node.id, "lane": node.lane or "",
            "state": "now" if node.id in current else "done" if node.id in done else "next",
        }
        for node in drawing.nodes.values()
        if node.kind in ("userTask", "manualTask")
    ]  # fmt: skip
    return {"url": url, "current": sorted(current), "done": sorted(done), "steps": steps}


def trail_shape(work: Work, entries: Iterable[AuditEntry]) -> list[dict[str, Any]]:
    """Return a trail, newest first. Entries that only repeat another (the submission of a completed task) are left out."""
    found = list(entries)
    members = {entry.member_id for entry in found if entry.member_id}
    homes = select(Member.id, Unit.name).join(Unit, Unit.id == Member.unit_id).where(Member.id.in_(members))
    units = dict(work.session.execute(homes).tuples().all()) if members else {}
    events = []
    for entry in found:
        words = _ACTIONS.get(entry.action)
        if words is None:
            continue
        unit = units.get(entry.member_id, "") if entry.member_id else ""
        events.append(
            {
                "at": entry.at, "who": entry.actor, "unit": unit, "note": "",
                "what": said(Message(words.template, entry.facts)),
                "tone": "ok" if entry.action == "task.complete" else "",
            }
        )  # fmt: skip
    return events[::-1]


def paper_shape(
    work: Work, live: Running, found: history.Round, *, opened: bool = False, title: str = ""
) -> dict[str, Any]:
    """Return answers to read."""
    form = live.package.forms.get(found.form)
    schema: Mapping[str, Any] = form.schema if form else {"properties": {}}
    return {
        "title": title or found.task.name, "who": found.task.done_name, "unit": unit_name(work, found.task.desk_id),
        "at": found.task.done_at, "schema": schema, "answers": found.answers,
        "files": file_shapes(work, references(schema, dict(found.answers), "attachment")),
        "units": unit_names(work), "open": opened,
    }  # fmt: skip


def file_shapes(work: Work, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return files by id, as forms and answers show them."""
    wanted = [found for found in map(_uuid, ids) if found]
    if not wanted:
        return {}
    rows = work.session.scalars(select(Attachment).where(Attachment.id.in_(wanted)))
    return {
        str(row.id): {
            "id": str(row.id), "name": row.name, "size": row.size, "type": row.media_type,
            "url": url_for("files.download", file_id=row.id),
        }
        for row in rows
    }  # fmt: skip


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def unit_names(work: Work) -> dict[str, str]:
    """Return id -> name of the tenant's units: names of units are known to everybody in a tenant."""
    rows = work.session.execute(select(Unit.id, Unit.name)).tuples()
    return {str(key): name for key, name in rows}


def unit_name(work: Work, unit_id: Any) -> str:
    """Return a unit's name; empty when there is none."""
    found = work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
    return found.name if found else ""


def reason_in(answers: Mapping[str, Any]) -> str:
    """Return why something was returned, from the answers of whoever returned it."""
    return next((str(answers[key]) for key in REASONS if answers.get(key)), "")


def page_shape(page: int, total: int, size: int) -> dict[str, Any]:
    """Return the pages of a list with links that keep the filters."""
    pages = max(1, -(-total // size))
    here = {key: value for key, value in request.args.items() if key != "page"}

    def link(number: int) -> str | None:
        if not 1 <= number <= pages or number == page:
            return None
        values: dict[str, Any] = {**(request.view_args or {}), **here, "page": number}
        return url_for(request.endpoint or "", **values)

    return {"page": page, "pages": pages, "total": total, "prev": link(page - 1), "next": link(page + 1)}


def page_number() -> int:
    """Return the page that was asked for; anything odd is the first."""
    return min(max(request.args.get("page", 1, type=int) or 1, 1), 100_000)


def item_paper(work: Work, live: Running, instance: Instance) -> dict[str, Any] | None:
    """Return a ledger item's own facts as something to read; None when the instance is no item."""
    ledger = live.package.ledgers.get(instance.ledger)
    if ledger is None:
        return None
    item = history.item_of(work, instance)
    form = live.package.forms.get(ledger.form or "")
    schema: Mapping[str, Any] = (
        form.schema if form else {"properties": {key: {"title": key} for key in (item.data if item else {})}}
    )
    data = item.data if item else {}
    return {
        "title": ledger.title, "who": "", "unit": unit_name(work, instance.unit_id), "at": instance.opened_at,
        "schema": schema, "answers": data, "files": file_shapes(work, references(schema, dict(data), "attachment")),
        "units": unit_names(work), "open": True,
    }  # fmt: skip


def rounds_shape(
    work: Work, instance: Instance, past: list[history.Round], node: str = ""
) -> list[dict[str, Any]]:
    """Return the rounds of a step, newest first; one that the next step sent back carries who did and why.

    node: the step; empty = the one that was handed in first.
    """
    first = node or next((found.task.node for found in past if found.answers), "")
    same = [index for index, found in enumerate(past) if found.task.node == first]
    ended = instance.state == "done"
    rounds = []
    for number, index in enumerate(same, start=1):
        found = past[index]
        following = past[index + 1] if index + 1 < len(past) else None
        went_on = number < len(same) or (not ended and first in _waiting(work, instance))
        judge = following if following and following.task.node != first else None
        returned = judge is not None and went_on
        by = judge if returned and judge else found
        rounds.append(
            {
                "number": number, "at": found.task.done_at, "who": by.task.done_name,
                "unit": unit_name(work, by.task.desk_id),
                "outcome": "returned" if returned else "accepted" if ended else "filed",
                "reason": reason_in(judge.answers) if returned and judge else "",
            }
        )  # fmt: skip
    return rounds[::-1]


def _waiting(work: Work, instance: Instance) -> set[str]:
    return {task.node for task in history.open_tasks(work, instance)}


def phases_shape(work: Work, package: Package, spans: Mapping[str, Span]) -> list[dict[str, Any]]:
    """Return the phases for the time line."""
    return [
        {
            "key": key, "title": package.phases[key].title, "start": span.start, "end": span.end, "words": span.words,
            "clause": "、".join(package.phases[key].clauses),
            "state": "next" if span.start > work.today else "done" if span.end and span.end < work.today else "now",
        }
        for key, span in spans.items()
    ]  # fmt: skip


def state_tone(ledger: Ledger, state: str) -> str:
    """Return the colour of a ledger's state: its last is good, its first is new, what lies between is on its way."""
    if state not in ledger.states:
        return ""
    place = ledger.states.index(state)
    return "warn" if place == 0 else "ok" if place == len(ledger.states) - 1 else "info"


def serious(data: Mapping[str, Any]) -> bool:
    """Tell whether an item is of the gravest kind, as the forms name it."""
    return "重大" in (data.get("级别"), data.get("隐患等级"))


def people_of(work: Work, unit_ids: Iterable[UUID], *, post: str | None = None) -> dict[UUID, str]:
    """Return unit id -> names of its active staff with their titles (those who hold `post`, when given)."""
    wanted = set(unit_ids)
    if not wanted:
        return {}
    query = select(Member).where(Member.unit_id.in_(wanted), Member.active.is_(True)).order_by(Member.name)
    found: dict[UUID, list[str]] = {}
    for member in work.session.scalars(query):
        if "staff" in member.roles and (post is None or post in member.posts):
            found.setdefault(member.unit_id, []).append(
                f"{member.name}（{member.title}）" if member.title else member.name
            )
    return {unit_id: "、".join(names[:3]) for unit_id, names in found.items()}

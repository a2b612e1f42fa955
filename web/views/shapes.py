"""Shapes that several pages share: due dates, drawings, trails, answers to read, pages of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from engine import history
from engine.models import Instance, Task
from engine.running import Running
from forms.models import Attachment
from forms.validation import references
from tenants.db import Work
from tenants.models import AuditEntry, Unit
from tenants.text import say
from web.words import said

# Fields of a form under which a returning office writes why; the first that was filled counts.
REASONS = ("理由", "退回理由", "意见", "复查意见", "reason")

_ACTIONS = {
    "instance.open": say("下达"),
    "task.claim": say("认领：{task}"),
    "task.release": say("放回：{task}"),
    "task.complete": say("办结：{task}"),
    "instance.release": say("不再承担：{reason}"),
    "duty.demand": say("发起"),
    "item.born": say("列入台账"),
}


def due_shape(
    work: Work, day: date | None, words: str = "", *, clause: str = "", disputed: bool = False, is_open: bool = True
) -> dict[str, Any]:
    """Return a due date as pages show it; days_left is None when nothing can be late."""
    left = (day - work.today).days if day and is_open else None
    return {
        "date": day, "words": words, "days_left": left, "clause": clause, "disputed": disputed, "estimated": False,
    }  # fmt: skip


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
    units = dict(work.session.execute(select(Unit.id, Unit.name)).tuples().all())
    events = []
    for entry in entries:
        words = _ACTIONS.get(entry.action)
        if words is None:
            continue
        what = said(type(words)(words.template, entry.facts))
        events.append(
            {
                "at": entry.at, "who": entry.actor, "unit": units.get(entry.unit_id, "") if entry.member_id else "",
                "what": what, "note": "", "tone": "ok" if entry.action == "task.complete" else "",
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
    wanted = list(ids)
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
        return url_for(request.endpoint or "", **(request.view_args or {}), **here, page=number)

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

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
from tenants.db import Work
from tenants.models import Member, Unit
from web.views import tongue
from web.words import date_words, said
from workflows.bpmn import Drawing
from workflows.elements import Duty, Ledger
from workflows.parts import Every
from workflows.periods import WORDS
from workflows.schedule import Setting, expected


def due_shape(
    work: Work,
    day: date | None,
    words: str = "",
    *,
    clause: str = "",
    disputed: bool = False,
    estimated: bool = False,
    is_open: bool = True,
) -> dict[str, Any]:
    """Return a due date as pages show it; days_left is None when nothing can be late."""
    left = (day - work.today).days if day and is_open else None
    return {
        "date": day, "words": words, "days_left": left, "clause": clause, "disputed": disputed, "estimated": estimated,
    }  # fmt: skip


def when_words(setting: Setting, duty: Duty) -> str:
    """Return when a duty is due, in words: the notice's own, else its rhythm, its date, or that it has none."""
    if duty.words:
        return duty.words
    if duty.on is not None and duty.on.kind == "collected":
        return _("下级报齐后")
    if duty.on is not None and duty.on.kind != "phase":
        return _("随时")
    if duty.every is not None:
        words = _rhythm(duty.every)
        if words:
            return words
    first = next(iter(expected(setting, duty)), None)
    if first is not None and first.season:
        return _("等日历登记“%(name)s”", name=first.season)
    if first is not None and first.due is not None:
        return _day_words(first.due)
    return _("无期限")


def told_by(words: str, day: date | None) -> bool:
    """Tell whether words say a day themselves, so that it need not stand beside them again."""
    return day is not None and words == _day_words(day)


def _day_words(day: date) -> str:
    return _("%(day)s前", day=date_words(day))


def _rhythm(every: Every) -> str:
    """Return how often something comes, in words; empty where only its dates tell."""
    if every.seasons:
        return _("每逢%(names)s", names=_("、").join(every.seasons))
    if every.each:
        words = said(WORDS[every.each])
        return _("%(often)s%(n)s次", often=words, n=every.times) if every.times > 1 else words
    for mark, each in (("DAILY", "day"), ("WEEKLY", "week"), ("MONTHLY", "month")):
        if f"FREQ={mark}" in every.rule:
            return said(WORDS[each])
    return ""


def campaign_title(live: Running) -> str:
    """Return what the campaign is called: the package's title, or the tenant's own."""
    return tongue.named(live.package, live.campaign.title)


def title_parts(live: Running, title: str) -> tuple[str, str]:
    """Return what an instance or a task is called after, and its period: 月报（2024-11） → 月报, 2024-11."""
    duty = next((one.title for one in live.duties.values() if title == one.title), "")
    head, _bracket, rest = title.partition("（")
    if duty or not rest.endswith("）"):
        return tongue.named(live.package, title), ""
    return tongue.named(live.package, head), rest.removesuffix("）")


def clause_of(live: Running, duty: str, ledger: str = "") -> str:
    """Return the clause that a duty or ledger comes from; empty when the tenant added it."""
    return "、".join(clauses_of(live, duty, ledger))


def clauses_of(live: Running, duty: str, ledger: str = "") -> tuple[str, ...]:
    """Return the clauses that a duty or ledger comes from, by their paths."""
    element = live.duties.get(duty) or live.package.ledgers.get(ledger)
    return element.clauses if element else ()


def step_name(live: Running, task: Task) -> str:
    """Return what a task is called: its step, and which one of several it is."""
    name = tongue.term(live.package_of(task.process), task.name)
    return f"{name}（{task.item}）" if task.item else name


def post_name(live: Running, post: str | None) -> str:
    """Return what the campaign calls whoever holds a post: its party of that post, wherever it sits; else the post's own key."""
    named = (one.title for one in live.package.actors.values() if one.post == post and not one.of)
    return next(named, post) if post else ""


def drawing_shape(
    work: Work, live: Running, instance: Instance, url: str, called: str = ""
) -> dict[str, Any]:
    """Return a drawing with the current and the done steps marked, and the same in words.

    called: the called process whose drawing it is, as `Task.process`; empty = the instance's own, in which what happens in a
    called process stands at the call activity. name: what the called process is called, else empty.
    """
    drawing = live.drawing(instance.process, called)
    current = {_standing(drawing, task, called) for task in history.open_tasks(work, instance)} - {""}
    query = select(Task.node, Task.process, Task.place).where(
        Task.instance_id == instance.id, Task.state == "done"
    )
    done = (
        {_standing(drawing, row, called) for row in work.session.execute(query.distinct())} - current - {""}
    )
    if instance.end_node and not called:
        done.add(instance.end_node)
    steps = [
        {
            "name": node.name or node.id, "lane": node.lane or "",
            "state": "now" if node.id in current else "done" if node.id in done else "next",
        }
        for node in drawing.nodes.values()
        if node.kind in ("userTask", "manualTask", "callActivity")
    ]  # fmt: skip
    name = tongue.term(live.package_of(called), drawing.name) if called else ""
    return {"url": url, "current": sorted(current), "done": sorted(done), "steps": steps, "name": name}


def _standing(drawing: Drawing, task: Any, called: str) -> str:
    """Return the node of a drawing at which a task stands; empty when it stands in none of it."""
    if task.process == called:
        return str(task.node)
    around = (step.partition(":")[0] for step in task.place.split("/")) if not called else ()
    return next((node for node in around if node in drawing.nodes and drawing.nodes[node].call), "")


def unit_names(work: Work) -> dict[str, str]:
    """Return id -> name of the tenant's units: names of units are known to everybody in a tenant."""
    rows = work.session.execute(select(Unit.id, Unit.name)).tuples()
    return {str(key): name for key, name in rows}


def unit_name(work: Work, unit_id: Any) -> str:
    """Return a unit's name; empty when there is none."""
    found = work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
    return found.name if found else ""


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

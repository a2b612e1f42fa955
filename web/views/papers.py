"""What was handed in, and what became of it: answers to read, their files, the rounds of a step, the trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from engine import history, rulings
from engine.models import Instance
from engine.origins import asked_in, origin
from engine.running import Running
from forms.fields import fields
from forms.models import Attachment
from forms.validation import references
from tenants.base import id_in
from tenants.db import Work
from tenants.doorstep import HOUSE
from tenants.models import AuditEntry, Member, Unit
from tenants.text import Message, say
from web.views import tongue
from web.views.package_shapes import readable
from web.views.shapes import step_name, unit_name, unit_names
from web.words import said

# Fields of a form under which a returning office writes why; the first that was filled counts.
REASONS = ("理由", "退回理由", "意见", "复查意见", "reason")

_ACTIONS = {
    "instance.open": say("下达"),
    "task.claim": say("认领：{task}"),
    "task.release": say("放回：{task}"),
    "task.complete": say("办结：{task}"),
    "instance.release": say("不再承担：{reason}"),
    "instance.again": say("更正，从头办理：{reason}"),
    "rollup.stale": say("汇总已过期：{units}"),
    "item.carry": say("报给{to}：{status}"),
    "instance.move": say("日历改动，期限由{before}改为{due}"),
    "instance.amend": say("改按 {version} 版方案办理"),
    "instance.amend_back": say("退回 {version} 版方案办理"),
    "instance.keep": say("方案有新版本，这一项按 {version} 版办完：{reason}"),
    "task.move": say("日历改动，{task}的日期由{before}改为{due}"),
    "delivery.arrive": say("已送达{name}"),
    "delivery.receive": say("收到{name}送来的材料"),
    "delivery.reply": say("答复已送达{name}"),
    "delivery.send": say("报送{to}：{task}"),
    "delivery.answered": say("收到答复：{name}"),
    "delivery.forward": say("把{name}送来的材料转送{to}"),
    "delivery.forwarded": say("{name}转送{to}"),
    "delivery.late": say("答复来迟了，没有采用：{name}"),
    "delivery.recall": say("从{name}撤回，由本单位办理"),
    "delivery.resend": say("从{name}撤回，改送{to}"),
    "delivery.return": say("退回{name}：{reason}"),
    "delivery.returned": say("{name}退件：{reason}"),
    "package.receive": say("收到{name}下达的方案"),
    "package.asked_again": say("{name}重新下达"),
    "package.urged": say("{name}催办"),
    "duty.demand": say("发起"),
    "instance.date": say("本单位定期限：由{before}改为{due}。{reason}"),
    "milestone.miss": say("节点“{milestone}”到期没有完成（{due}）"),
    "duty.put_off": say("{opens}起办"),
    "signal.hear": say("收到通知：{name}"),
    "decision.make": say("按决策表“{table}”{rules}决定"),
    "signal.unheard": say("发出通知，无人等候：{name}"),
    "escalation.uncaught": say("升级“{name}”没有步骤受理，流程照常进行"),
    "item.born": say("列入台账"),
    "draw.make": say("抽取“{field}”，第{number}次，{size}个中{drawn}个；种子 {seed}"),
}


def trail_shape(work: Work, live: Running, entries: Iterable[AuditEntry]) -> list[dict[str, Any]]:
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
                "at": entry.at, "who": _("系统") if entry.actor == HOUSE else entry.actor, "unit": unit,
                "note": _ruled(live, entry),
                "what": said(Message(words.template, _facts(live, entry.facts))),
                "tone": "ok" if entry.action == "task.complete" else "",
            }
        )  # fmt: skip
    return events[::-1]


def _ruled(live: Running, entry: AuditEntry) -> str:
    """Tell what the rows say that decided."""
    if entry.action != rulings.ACTION:
        return ""

    def cells(found: Iterable[tuple[str, str]]) -> str:
        return _("、").join(f"{tongue.term(live.package, title)} {readable(text)}" for title, text in found)

    rows = rulings.told(live.package, entry.facts)
    return "\n".join(
        " → ".join(filter(None, (cells(row.tests), cells(row.values), row.note))) for row in rows
    )


def _rows(numbers: Any) -> str:
    if not numbers:
        return _("（没有一行符合）")
    return _("第%(n)s行", n=_("、").join(str(number) for number in numbers))


def _facts(live: Running, facts: Mapping[str, Any]) -> dict[str, Any]:
    if "rules" in facts:
        title = tongue.term(live.package, facts["table"])
        facts = {**facts, "table": title, "rules": _rows(facts["rules"])}
    if facts.get("item"):
        facts = {**facts, "task": f"{tongue.named(live.package, facts['task'])}（{facts['item']}）"}
    return {
        key: tongue.named(live.package, value) if isinstance(value, str) else value
        for key, value in facts.items()
    }


def paper_shape(
    work: Work,
    live: Running,
    found: history.Round,
    *,
    opened: bool = False,
    title: str = "",
    task: UUID | None = None,
) -> dict[str, Any]:
    """Return answers to read. task: at which task they are read; None = at their instance."""
    form = live.form_filed(found.task, found.form)
    schema: Mapping[str, Any] = form.schema if form else {"properties": {}}
    return {
        "title": title or step_name(live, found.task), "who": found.task.done_name,
        "unit": unit_name(work, found.task.desk_id),
        "at": found.task.done_at, "schema": schema, "answers": found.answers,
        "files": file_shapes(work, references(schema, dict(found.answers), "attachment")),
        "units": unit_names(work), "open": opened,
        "warned": [{"where": said(one.label) if one.label else "", "text": one.text} for one in found.warned],
        "tables": url_for("tables.filed", task_id=task, of=found.task.id) if task
        else url_for("tables.filed_at", instance_id=found.task.instance_id, of=found.task.id),
    }  # fmt: skip


def file_shapes(work: Work, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return files by id, as forms and answers show them."""
    wanted = [found for found in map(id_in, ids) if found]
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


def reason_in(answers: Mapping[str, Any]) -> str:
    """Return why something was returned, from the answers of whoever returned it."""
    return next((str(answers[key]) for key in REASONS if answers.get(key)), "")


def item_paper(work: Work, live: Running, instance: Instance) -> dict[str, Any] | None:
    """Return a ledger item's own facts, or the row of which a duty was born, as something to read; None when there is neither."""
    ledger = live.package.ledgers.get(instance.ledger)
    if ledger is None:
        return _row_paper(work, live, instance)
    item = history.item_of(work, instance)
    form = live.package.forms.get(ledger.form or "")
    schema: Mapping[str, Any] = (
        form.schema
        if form
        else {
            "properties": {
                key: {"title": tongue.term(live.package, key)} for key in (item.data if item else {})
            }
        }
    )
    data = item.data if item else {}
    return {
        "title": ledger.title, "who": "", "unit": unit_name(work, instance.unit_id), "at": instance.opened_at,
        "schema": schema, "answers": data, "files": file_shapes(work, references(schema, dict(data), "attachment")),
        "units": unit_names(work), "open": True, "warned": [],
    }  # fmt: skip


def _row_paper(work: Work, live: Running, instance: Instance) -> dict[str, Any] | None:
    born = origin(work, live, instance)
    if born is None:
        return None
    schema = asked_in(live.package.forms[born.source.form], born.source.field)
    known = {path[0] for path in fields(schema) if path}  # those of its conditions, too
    shown = {key: value for key, value in born.row.items() if key in known}
    return {
        "title": schema["title"], "who": "", "unit": unit_name(work, instance.about_id or instance.unit_id),
        "at": instance.opened_at, "schema": schema, "answers": shown,
        "files": file_shapes(work, references(schema, shown, "attachment")), "units": unit_names(work), "open": True,
        "warned": [],
    }  # fmt: skip


def rounds_shape(
    work: Work, instance: Instance, past: list[history.Round], node: str = ""
) -> list[dict[str, Any]]:
    """Return the rounds of a step, newest first; one that the next step sent back carries who did and why.

    node: the step; empty = the one that was handed in first.
    """
    first = node or next((found.task.node for found in past if found.answers), "")
    step = next((found.task for found in past if found.task.node == first), None)
    same = [index for index, found in enumerate(past) if step and history.is_same_step(found.task, step)]
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

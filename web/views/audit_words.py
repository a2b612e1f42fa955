"""An entry of the trail in people's words: whom it was done to, what changed; ids stand apart, for whoever must be exact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from engine.models import Campaign, DutyOccurrence, Instance, LedgerItem
from tenants import access
from tenants.base import id_in
from tenants.db import Work
from tenants.doorstep import HOUSE
from tenants.models import AuditEntry, Member, Unit
from tenants.roster.units import ATTRIBUTES, KINDS, STATUSES
from tenants.text import Message, say
from web.views import tongue
from web.views.moves import month_day
from web.words import date_words, said
from workflows import publish
from workflows.models import PackageVersion
from workflows.template_terms import AUDIENCES

_FACTS: Mapping[str, Message] = {
    "count": say("数量"), "day": say("日期"), "due": say("期限"), "duty": say("任务"), "form": say("表单"), "kind": say("类别"),
    "name": say("名称"), "opens": say("下达日期"), "package": say("方案"), "period": say("期次"), "posts": say("岗位"),
    "reason": say("理由"), "released": say("撤销数"), "roles": say("角色"), "size": say("大小"), "status": say("状态"),
    "task": say("步骤"), "item": say("其中一项"), "milestone": say("节点"),
    "tasks": say("任务数"), "title": say("名称"), "version": say("版本"), "ledger": say("台账"),
    "number": say("编号"), "active": say("启用"), "attributes": say("属性"), "parent_id": say("上级"), "level": say("级别"),
    "table": say("决策表"), "rules": say("命中行"),
    "before": say("原来"), "start": say("开始"), "end": say("结束"), "year": say("年份"), "settled": say("已核对"),
    "timers": say("提醒"), "former": say("原来的版本"), "moved": say("改按新方案"), "left": say("按原方案办完"),
    "failed": say("失败"),
    "notes": say("变化"),
    "through": say("经由"), "file": say("文件"), "added": say("增加"), "changed": say("修改"),
    "stopped": say("停用"), "accounts": say("新账号"), **{name: known.label for name, known in ATTRIBUTES.items()},
    "units": say("单位"), "fields": say("栏目"), "seed": say("种子"), "field": say("栏目"), "drawn": say("抽中"),
    "audience": say("给谁看"), "token": say("令牌"), "days": say("天数"), "read_only": say("只读"),
}  # fmt: skip
_VALUES: Mapping[str, Mapping[str, Message]] = {
    "audience": AUDIENCES,
    "roles": access.ROLES, "status": STATUSES, **{name: known.choices for name, known in ATTRIBUTES.items() if known.choices},
    "kind": {**KINDS, "work": say("工作日"), "rest": say("休息日"), "holiday": say("休息日"), "workday": say("工作日"),
             "off": say("休息日"), "worked": say("工作日")},
}  # fmt: skip
_DAYS = ("day", "due", "opens", "before", "start", "end")
# What tells nothing to people: it stands in the small print.
_EXACT = (
    "decision",
    "mark",
    "node",
    "submission",
    "process",
    "hash",
    "frozen",
    "frame",
    "size",
    "sha256",
    "media_type",
)
# Rows that an entry may be about -> the column that names them.
_TITLES: Mapping[str, tuple[Any, Any]] = {
    "instance": (Instance, Instance.title), "campaign": (Campaign, Campaign.title), "member": (Member, Member.name),
    "unit": (Unit, Unit.name), "ledger_item": (LedgerItem, LedgerItem.title),
    "package_version": (PackageVersion, PackageVersion.title), "duty_occurrence": (DutyOccurrence, DutyOccurrence.period),
}  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """What is needed to tell entries, read once for a page."""

    titles: Mapping[UUID, str]
    units: Mapping[UUID, str]
    homes: Mapping[UUID, str]
    words: Mapping[str, str]
    open_all: bool

    @staticmethod
    def of(work: Work, entries: Iterable[AuditEntry]) -> Reader:
        """Read what the entries are about: one query for each kind of thing."""
        found = list(entries)
        spoken = tongue.names_here(work)
        titles: dict[UUID, str] = {}
        for kind, (table, column) in _TITLES.items():
            ids = {one.subject_id for one in found if one.subject_kind == kind and one.subject_id}
            if ids:
                rows = work.session.execute(select(table.id, column).where(table.id.in_(ids))).tuples()
                titles.update({key: spoken(text) for key, text in rows})
        units = dict(work.session.execute(select(Unit.id, Unit.name)).tuples().all())
        members = {one.member_id for one in found if one.member_id}
        homes = work.session.execute(select(Member.id, Member.unit_id).where(Member.id.in_(members))).tuples()
        return Reader(
            titles, units, {key: units.get(unit_id, "") for key, unit_id in homes}, _words(work),
            work.viewer.units is None,
        )  # fmt: skip

    def entry(self, entry: AuditEntry, action: str) -> dict[str, Any]:
        """Return an entry as the page shows it."""
        facts = dict(entry.facts)
        if entry.action == "calendar.season" and "year" not in facts:
            facts |= _every_year(facts)  # kept with a year that means nothing
        subject = self.titles.get(entry.subject_id, "") if entry.subject_id else ""
        subject = subject or self._value("title", facts.pop("title", "") or facts.pop("name", ""))
        unit = self.units.get(entry.unit_id, "") if entry.unit_id else ""
        return {
            "at": entry.at, "who": _("系统") if entry.actor == HOUSE else entry.actor, "action": action, "subject": subject,
            "unit": self.homes.get(entry.member_id, "") if entry.member_id else "",
            "of": unit if unit != subject else "", "href": self._address(entry), "facts": list(self._facts(facts, subject)),
            "exact": [(key, str(value)) for key, value in _exact(entry)],
        }  # fmt: skip

    def _address(self, entry: AuditEntry) -> str | None:
        if not self.open_all or entry.subject_id not in self.titles:
            return None
        if entry.subject_kind == "instance":
            return url_for("campaigns.instance", instance_id=entry.subject_id)
        if entry.subject_kind == "ledger_item":
            return url_for("campaigns.item", item_id=entry.subject_id)
        if entry.subject_kind == "campaign":
            return url_for("campaigns.show", campaign_id=entry.subject_id)
        return None

    def _facts(self, facts: Mapping[str, Any], subject: str) -> Iterator[tuple[str, str]]:
        before, after = facts.get("before"), facts.get("after")
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self._changes(before, after)
        for key, value in facts.items():
            if key in ("before", "after") or key in _EXACT:
                continue
            text = self._value(key, value)
            if text and text != subject:
                yield (said(_FACTS[key]) if key in _FACTS else self.words.get(key, key)), text

    def _changes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for key in after:
            old, new = before.get(key), after[key]
            if old == new:
                continue
            if isinstance(new, Mapping):
                yield from self._changes(old if isinstance(old, Mapping) else {}, new)
                continue
            nothing = _("无")
            words = f"{self._value(key, old) or nothing} → {self._value(key, new) or nothing}"
            yield (said(_FACTS[key]) if key in _FACTS else key), words

    def _value(self, key: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return _("是") if value else _("否")
        if isinstance(value, list | tuple):
            return _("、").join(text for one in value if (text := self._value(key, one)))
        if isinstance(value, Mapping):
            return "；".join(f"{name} {self._value(name, one)}" for name, one in value.items())
        text = str(value)[:200]
        if key in _VALUES and text in _VALUES[key]:
            return said(_VALUES[key][text])
        if key in _DAYS:
            return date_words(_day(text)) or text
        known = id_in(text)
        if known:
            return self.units.get(known, "")
        return self.words.get(f"{key}:{text}") or self.words.get(text, text)


def _every_year(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the ends of a season that comes back every year, without a year."""
    days = {key: _day(str(facts.get(key, ""))) for key in ("start", "end")}
    return {key: _("每年%(day)s", day=month_day(day)) for key, day in days.items() if day}


def _words(work: Work) -> dict[str, str]:
    """Return what packages call their keys (duties, ledgers, forms, posts) and texts, in the reader's language."""
    found: dict[str, str] = {}
    for row in publish.versions(work):
        package, plain = tongue.load(work, row.hash), publish.load(work, row.hash)
        found |= {f"package:{text}": package.title for text in (package.id, package.hash)}
        for section in ("duty", "ledger"):
            elements = package.duties if section == "duty" else package.ledgers
            found |= {f"{section}:{key}": one.title for key, one in elements.items()}
        found |= {f"form:{key}": str(one.schema.get("title") or key) for key, one in package.forms.items()}
        found |= {f"posts:{one.post}": one.title for one in package.actors.values() if one.post}
        for key, drawing in plain.processes.items():
            nodes = package.processes[key].nodes
            found |= {node.name: nodes[name].name for name, node in drawing.nodes.items() if node.name}
    return found


def _exact(entry: AuditEntry) -> Iterator[tuple[str, Any]]:
    yield "action", entry.action
    if entry.subject_id:
        yield entry.subject_kind, entry.subject_id
    for key, value in entry.facts.items():
        if value is not None and key in _EXACT:
            yield key, value


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

"""What several pages say of a package: its head, its duties in a reader's order, the names of its forms and actors."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from engine.candidates import ABOUT, BY, STARTER, TO
from tenants.db import Work
from tenants.workdays import calendar_of
from web.views.shapes import when_words
from workflows.bpmn import Node
from workflows.elements import Duty
from workflows.package import Package
from workflows.schedule import Setting


def package_shape(package: Package) -> dict[str, Any]:
    """Return what every page says of a package."""
    notice = package.notice
    return {
        "hash": package.hash, "id": package.id, "version": package.version, "title": package.title,
        "notice": f"{notice.issuer} {notice.number}".strip(),
        "counts": {
            "duties": len(package.duties), "ledgers": len(package.ledgers), "forms": len(package.forms),
            "clauses": len(package.clauses),
        },
    }  # fmt: skip


def who(package: Package, names: tuple[str, ...]) -> str:
    """Return the titles of actors of a package."""
    return _("、").join(package.actors[name].title for name in names if name in package.actors)


def doers(package: Package, node: Node) -> str:
    """Return who does a step, in words; a path to a unit or a member in the data says nothing to people."""
    reserved = {BY: _("责任单位"), TO: _("接收方"), ABOUT: _("涉及单位"), STARTER: _("发起人")}
    names = [reserved.get(name) or who(package, (name,)) for name in node.candidates]
    return _("、").join(filter(None, names))


def decision_tables(package: Package) -> list[dict[str, Any]]:
    """Return the decision tables as people read them: a heading for each column, the cells as written, a dash for any value."""
    policies = {
        "UNIQUE": _("只有一行符合"), "FIRST": _("取第一个符合的行"), "ANY": _("符合的各行结果相同"),
        "COLLECT": _("汇总所有符合的行"), "RULE ORDER": _("按行的次序列出"),
    }  # fmt: skip
    return [
        {
            "name": table.name or table.id, "policy": policies.get(table.policy, table.policy),
            "titles": [*(one.title for one in table.inputs), *(f"→ {one.title}" for one in table.outputs), _("说明")],
            "rows": [
                {"cells": [readable(cell) or "—" for cell in row.cells], "note": row.note} for row in table.rows
            ],
        }
        for table in package.decisions.values()
    ]  # fmt: skip


def readable(cell: str) -> str:
    """Return a cell of a table as people read it: a text without its quotes, nothing for any value."""
    text = cell.strip()
    if text == "-":
        return ""
    plain = len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" and text[0] not in text[1:-1]
    return text[1:-1] if plain else text


def form_title(package: Package, form: str) -> str:
    """Return what people call a form: its own title, else that of the duty that asks for it."""
    own = package.forms[form].schema.get("title")
    asked = (duty.title for duty in package.duties.values() if duty.form == form)
    return str(own) if own else next(asked, form)


def setting_of(work: Work, package: Package) -> Setting:
    """Return what the package's dates depend on in this tenant, before anything was chosen."""
    day = package.notice.issued or work.today
    return Setting(package, calendar_of(work, day.year - 1, day.year + 2), timezone=work.tenant.timezone)


def duty_groups(package: Package, setting: Setting) -> list[dict[str, Any]]:
    """Return the duties of a package as a reader of the notice looks for them."""
    groups: dict[str, list[Duty]] = {_("定期任务"): [], _("限期任务"): [], _("随事办理"): []}
    regular, once, on_event = groups.values()
    for duty in package.duties.values():
        where = regular if duty.every else on_event if duty.on and duty.on.kind != "phase" else once
        where.append(duty)
    return [
        {"title": title, "duties": [_duty(package, duty, setting) for duty in found]}
        for title, found in groups.items()
        if found
    ]


def _duty(package: Package, duty: Duty, setting: Setting) -> dict[str, Any]:
    return {
        "key": duty.id, "title": duty.title, "who": who(package, duty.by), "recipient": who(package, duty.to),
        "words": when_words(setting, duty), "clause": "、".join(duty.clauses), "form": duty.form, "added": duty.added,
        "hidden": bool(duty.hidden),
    }  # fmt: skip

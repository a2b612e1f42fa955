"""A rehearsal before the launch, with the tenant's own units and calendar: a month's days, a load chart, what to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from engine.rehearsal import (
    Line,
    Rehearsal,
    Slot,
    Stage,
    TimeUp,
    event_names,
    make_stage,
    of_tenant,
    waiting_words,
)
from tenants.clock import monotonic
from tenants.db import Work
from tenants.errors import Invalid, Refusal, TooLarge
from tenants.sheets import write_csv
from tenants.text import say
from tenants.workdays import calendar_of
from web.entry import page
from web.handing import handed
from web.views import tongue
from web.views.package_shapes import package_shape
from web.views.phase_shapes import phases_shape
from web.views.rehearsal_shapes import grid, load_chart, often, remarks_shape, row
from web.words import refused, said, typed_day
from workflows.dates import Dates, ImpossibleDate
from workflows.package import Package
from workflows.schedule import Setting

rehearsal = Blueprint("rehearsal", __name__)

# A page tells what it can in this time; `luoshi rehearse` has no such limit.
_SECONDS, _SECONDS_OF_FILE = 5.0, 20.0
# So many lines go into a file.
_MOST = 100_000
# Days of one event that are taken from the form.
_DAYS = 20


@page(rehearsal, "/packages/<package_hash>/rehearsal", "rehearsal.html", may="campaign.launch")
def show(work: Work, package_hash: str) -> Any:
    """Rehearse a package with the tenant's own units and calendar."""
    package = tongue.load(work, package_hash)
    context: dict[str, Any] = {
        "package": package_shape(package), "refusal": None, "told": None, "form": dict(request.args),
        "questions": _questions(package), "events": _events(package),
    }  # fmt: skip
    try:
        stage = asked_stage(work, package)
    except Refusal as refusal:
        context["refusal"] = refused(refusal)
        return render_template("rehearsal.html", **context), refusal.status
    for name, day in zip(("start", "end"), stage.period, strict=True):
        context["form"].setdefault(name, day.isoformat() if day else "")
    files = {kind: url_for(f"rehearsal.{kind}", **_here()) for kind in ("as_csv", "as_json")}
    return context | {"told": told(work, stage) | {"files": files}}


@page(rehearsal, "/packages/<package_hash>/rehearsal.csv", "", may="campaign.launch")
def as_csv(work: Work, package_hash: str) -> Response:
    """Hand out every phase, report and task as a table."""
    stage = asked_stage(work, tongue.load(work, package_hash))
    headings = [
        _("类别"), _("编号"), _("名称"), _("责任主体"), _("单位"), _("接收"), _("由谁"), _("期限"), _("原文"), _("条款"),
        _("存疑日期"), _("依据"), _("开始"), _("期别"), _("对象"), _("等待"), _("预计"),
        _("节点"),
    ]  # fmt: skip
    rows = ([_cell(value) for value in line.row().values()] for line in _bounded(stage))
    return handed(write_csv(headings, rows), "text/csv", f"{stage.package.id}.csv")


@page(rehearsal, "/packages/<package_hash>/rehearsal.jsonl", "", may="campaign.launch")
def as_json(work: Work, package_hash: str) -> Response:
    """Hand out the same as `luoshi rehearse --json`: one object a line."""
    stage = asked_stage(work, tongue.load(work, package_hash))
    data = b"".join(orjson.dumps(line.row()) + b"\n" for line in _bounded(stage))
    return handed(data, "application/x-ndjson", f"{stage.package.id}.jsonl")


def asked_stage(work: Work, package: Package) -> Stage:
    """Return the stage that the address asks for. Raises Invalid."""
    choices: dict[str, Any] = {}
    disputed = {
        key: value
        for key in package.duties
        if (value := request.args.get(f"disputed-{key}")) in ("keep", "drop")
    }
    if disputed:
        choices["disputed"] = disputed
    if (roll := request.args.get("roll")) in ("earlier", "later"):
        choices["roll"] = roll
    for end in ("start", "end"):
        if text := request.args.get(end, "").strip():
            choices[end] = typed_day(text).isoformat()
    events: dict[str, tuple[date, ...]] = {}
    for name in event_names(package):
        days = [
            typed_day(text)
            for text in request.args.get(f"event-{name}", "").replace("、", ",").split(",")
            if text.strip()
        ]
        if days:
            events[name] = tuple(days[:_DAYS])
    return stage_of(work, package, choices, events)


def stage_of(
    work: Work, package: Package, choices: dict[str, Any], events: dict[str, tuple[date, ...]]
) -> Stage:
    """Return the stage of a rehearsal with the tenant's own units and calendar. Raises Invalid.

    choices: as at the launch. events: name -> the days on which it happens.
    """
    try:
        bare = Dates(Setting(package, choices=choices, timezone=work.tenant.timezone))
        start, end_day = bare.start(), bare.period("end")
        calendar = calendar_of(work, start.year - 1, (end_day or start).year + 1)
        return make_stage(
            package, of_tenant(work, package), calendar=calendar, choices=choices, events=events,
            timezone=work.tenant.timezone,
        )  # fmt: skip
    except ImpossibleDate as wrong:
        raise Invalid(wrong.what, wrong.do) from wrong


def _bounded(stage: Stage) -> Iterator[Line]:
    lines = Rehearsal(stage, steps=False, patience=until(_SECONDS_OF_FILE)).lines()
    do = say("请用命令 luoshi rehearse --json。")
    try:
        for number, line in enumerate(lines):
            if number >= _MOST:
                raise TooLarge(say("超过 {n} 行，不能在网页上导出。", n=_MOST), do)
            yield line
    except TimeUp:
        raise TooLarge(say("预演用时太长，不能在网页上导出。"), do) from None


def until(seconds: float) -> Callable[[], bool]:
    """Return what says for so long that there is time, and then that there is none."""
    end = monotonic() + seconds
    return lambda: monotonic() < end


def _cell(value: object) -> str:
    return "" if value is None or value is False else _("是") if value is True else str(value)


def _questions(package: Package) -> list[dict[str, Any]]:
    """Return the disputed dates, to be kept or dropped."""
    return [
        {
            "name": f"disputed-{duty.id}", "default": duty.disputed.default, "why": duty.disputed.why,
            "label": _("“%(title)s”中的 %(days)s", title=duty.title, days="、".join(map(str, duty.disputed.dates))),
        }
        for duty in package.duties.values()
        if duty.disputed
    ]  # fmt: skip


def _events(package: Package) -> list[dict[str, str]]:
    return [{"name": f"event-{name}", "label": title} for name, title in event_names(package).items()]


def told(work: Work, stage: Stage) -> dict[str, Any]:
    """Return what the page tells, all days counted and one month told, as far as there is time."""
    played = Rehearsal(stage, patience=until(_SECONDS))
    start, end = stage.period
    month = _month(start)
    months: dict[str, int] = {}
    slots: list[Slot] = []
    undated, waiting = [], []
    total, last, cut = 0, start, None
    chosen = bool(request.args.get("month"))
    try:
        for slot in played.slots():
            one = slot.occurrence
            if one is None:
                waiting.append(slot)
                continue
            total += len(played.pairs(slot)) if slot.mark is None else 0
            if one.due is None:
                undated.append(slot)
                continue
            last = one.due
            name = f"{one.due:%Y-%m}"
            if not chosen and not one.past:
                chosen = True
                month = name  # the first in which anything is due
            months[name] = months.get(name, 0) + 1
            if name == month:
                slots.append(slot)
    except TimeUp:
        cut = last
    often_told, slots = often(played, slots)
    return {
        "period": {"start": start, "end": end}, "often": often_told, "cut": cut,
        "phases": phases_shape(work, stage.package, stage.phases),
        "totals": {"occurrences": sum(months.values()) + len(undated), "tasks": total, "units": len(stage.cast)},
        "months": _months(months, month), "month": month, "weeks": grid(stage, played, slots, month),
        "days": [row(played, slot) for slot in slots], "undated": [row(played, slot) for slot in undated],
        "waiting": [row(played, slot) | {"waits": said(waiting_words(stage, slot))} for slot in waiting],
        "load": load_chart(played.load, [start, end or cut or start]),
        "remarks": remarks_shape(played.remarks()), "n_remarks": len(played.remarks()),
    }  # fmt: skip


def _here(**more: str) -> dict[str, Any]:
    """Return what makes the address of this very rehearsal."""
    known = {key: value for key, value in request.args.items() if value and key != "month"}
    return {**(request.view_args or {}), **known, **more}


def _month(start: date) -> str:
    asked = request.args.get("month", "")
    try:
        return f"{date.fromisoformat(f'{asked}-01'):%Y-%m}"
    except ValueError:
        return f"{start:%Y-%m}"


def _months(counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    names = sorted({*counts, chosen})
    return [
        {"name": name, "n": counts.get(name, 0), "href": url_for(request.endpoint or "", **_here(month=name)) + "#calendar"}
        for name in names
    ]  # fmt: skip

"""The launch: choose a package, read what it asks, settle what is open, see what will be created, confirm."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, g, request, url_for
from flask_babel import gettext as _

from engine import campaigns as running_campaigns
from engine.campaigns import Plan, PlannedDuty
from tenants.db import Work
from web.entry import done, form_page, page, wants_posted
from web.views import tongue
from web.views.kind_words import kind_word, kinds_here
from web.views.package_shapes import duty_groups, package_shape, setting_of, who
from web.views.phase_shapes import phases_shape
from web.views.shapes import told_by, when_words
from web.words import plural, said, typed_day
from workflows import publish
from workflows.package import Package
from workflows.schedule import Setting
from workflows.trace import uncovered

launch = Blueprint("launch", __name__)

# A week with more than this many times the median load is marked.
_HEAVY = 2
# What the tenant may choose for all duties alike.
_CHOICES = {"past": ("open",), "roll": ("earlier", "later")}


@page(launch, "/launch", "launch_choose.html", may="campaign.launch")
def index(work: Work) -> dict[str, Any]:
    """Choose a published package."""
    running = _running(work)
    shown = []
    for row in publish.versions(work):
        package = tongue.load(work, row.hash)
        shown.append(
            {
                **package_shape(package), "published": row.published_at, "builtin": False, "level": package.level,
                "running": running[row.hash],
            }
        )  # fmt: skip
    return {"packages": shown}


def _running(work: Work) -> Counter[str]:
    """Return in how many running campaigns each package version is."""
    return Counter(one.package_hash for one in running_campaigns.listed(work) if one.state == "running")


@form_page(launch, "/launch/<package_hash>", "launch.html", may="campaign.launch")
def show(work: Work, package_hash: str) -> Any:
    """Walk through the launch."""
    package = tongue.load(work, package_hash)
    step = request.form.get("step") or request.args.get("step", "read")
    if g.get("refusal") is not None:
        step = "choices"
    form = dict(request.form.items())
    context: dict[str, Any] = {
        "step": step if step in ("read", "choices", "preview") else "read", "form": form, "errors": {},
        "key": uuid4().hex, "package": package_shape(package) | {"uncovered": [c.path for c in uncovered(package)]},
        "running": _running(work)[package_hash] > 0,
    }  # fmt: skip
    if wants_posted() and step == "launch":
        campaign = running_campaigns.launch(work, package_hash, _choices(form))
        return done(_("已启动：%(title)s", title=campaign.title), "campaigns.show", campaign_id=campaign.id)
    if step == "preview":
        kept: dict[str, Any] = {
            key: value
            for key, value in form.items()
            if key in ("start", "end", "past", "roll") or key.startswith("disputed-")
        }
        context["rehearsal"] = url_for("rehearsal.show", package_hash=package_hash, **kept)
        return context | _preview(
            work,
            package,
            running_campaigns.preview(work, package_hash, _choices(form)),
            setting_of(work, package),
        )
    if step == "choices":
        return context | {"title_default": package.title, "questions": _questions(work, package)}
    return context | _read(
        work, package, running_campaigns.preview(work, package_hash), setting_of(work, package)
    )


def _choices(form: dict[str, str]) -> dict[str, Any]:
    """Return the tenant's choices from the form; raise Invalid for a date that is none."""
    disputed = {
        key.removeprefix("disputed-"): value for key, value in form.items() if key.startswith("disputed-")
    }
    found: dict[str, Any] = {"disputed": disputed} if disputed else {}
    found |= {key: form[key] for key in ("past", "roll") if form.get(key) in _CHOICES[key]}
    both = {
        key.removeprefix("one-document-"): "yes"
        for key, value in form.items()
        if key.startswith("one-document-") and value == "yes"
    }
    found |= {"one_document": both} if both else {}
    for end in ("start", "end"):
        text = form.get(end, "").strip()
        if text:
            found[end] = typed_day(text).isoformat()
    if form.get("title", "").strip():
        found["title"] = form["title"].strip()[:200]
    return found


def _questions(work: Work, package: Package) -> list[dict[str, Any]]:
    plan = running_campaigns.preview(work, package.hash)
    asked: list[dict[str, Any]] = []
    for duty in package.duties.values():
        if duty.disputed:
            days = "、".join(day.isoformat() for day in duty.disputed.dates)
            asked.append(
                {
                    "name": f"disputed-{duty.id}", "kind": "choice", "why": duty.disputed.why,
                    "label": _("“%(title)s”中的 %(days)s 是否保留？", title=duty.title, days=days),
                    "options": [("keep", _("保留这一期")), ("drop", _("不要这一期"))], "default": duty.disputed.default,
                }
            )  # fmt: skip
    for duty in package.duties.values():
        if duty.serves in package.duties:
            other = package.duties[duty.serves].title
            asked.append(
                {
                    "name": f"one-document-{duty.id}", "kind": "choice", "default": "no",
                    "why": _("通知要求的是两项；同一天到期的，交一份就算都交了。"),
                    "label": _("“%(one)s”能否同时当作“%(other)s”？", one=duty.title, other=other),
                    "options": [("no", _("分别报送")), ("yes", _("一份两用"))],
                }
            )  # fmt: skip
    if any(one.past for planned in plan.duties for one in planned.occurrences):
        asked.append(
            {
                "name": "past", "kind": "choice", "why": _("默认不下达；选择下达的没有期限，不会逾期。"),
                "label": _("通知印发前已经到期的任务是否下达？"), "default": "skip",
                "options": [("skip", _("不下达")), ("open", _("下达，不设期限"))],
            }
        )  # fmt: skip
    if any(duty.due or duty.every for duty in package.duties.values()):
        asked.append(
            {
                "name": "roll", "kind": "choice", "why": _("通知没有说的，默认不变。方案里写明的照方案。"),
                "label": _("到期日遇节假日怎么办？"), "default": "",
                "options": [("", _("照方案")), ("earlier", _("提前到前一个工作日")), ("later", _("顺延到后一个工作日"))],
            }
        )  # fmt: skip
    for name, label, day in (("start", _("行动开始"), plan.start), ("end", _("行动结束"), plan.end)):
        asked.append(
            {
                "name": name, "kind": "date", "label": label, "options": [], "default": day.isoformat() if day else "",
                "why": _("默认照通知；改动后，以此计算的日期随之改变。"),
            }
        )  # fmt: skip
    return asked


def _read(work: Work, package: Package, plan: Plan, setting: Setting) -> dict[str, Any]:
    return {
        "period": {"start": plan.start, "end": plan.end},
        "phases": phases_shape(work, package, plan.phases),
        "groups": duty_groups(package, setting),
        "ledgers": [
            {"title": one.title, "clause": "、".join(one.clauses)} for one in package.ledgers.values()
        ],
        "forms": [
            {"id": one.id, "title": str(one.schema.get("title", one.id))} for one in package.forms.values()
        ],
        "rules": [{"title": one.title, "clause": "、".join(one.clauses)} for one in package.rules.values()],
    }


def _preview(work: Work, package: Package, plan: Plan, setting: Setting) -> dict[str, Any]:
    now = [d for d in plan.duties for one in d.occurrences if one.opens <= work.today]
    kinds: dict[str, dict[str, Any]] = {}
    named = kinds_here(work)
    for planned in plan.duties:
        for kind, count in planned.kinds.items():
            words = kind_word(named, kind) if kind else _("本级")
            known = kinds.setdefault(kind, {"words": words, "units": 0, "instances": 0})
            known["units"] = max(known["units"], count)
            known["instances"] += count * len(planned.occurrences)
    loads = sorted(plan.weeks.values())
    median = loads[len(loads) // 2] if loads else 0
    return {
        "totals": {
            "units": sum(kind["units"] for kind in kinds.values()), "instances": plan.tasks,
            "tasks": sum(len(planned.units) for planned in now),
        },
        "first_day": plan.start, "kinds": list(kinds.values()),
        "weeks": [
            {"start": monday, "end": monday + timedelta(days=6), "n": n, "heavy": bool(median) and n > _HEAVY * median}
            for monday, n in plan.weeks.items()
            if n
        ],
        "duties": [_planned(package, planned, setting) for planned in plan.duties],
        "warnings": _warnings(work, package, plan, setting),
    }  # fmt: skip


def _planned(package: Package, planned: PlannedDuty, setting: Setting) -> dict[str, Any]:
    days = [one.due for one in planned.occurrences if one.due]
    duty = package.duties[planned.duty.id]
    words = when_words(setting, duty)
    once = len(set(days)) == 1 and told_by(words, days[0])
    return {
        "title": duty.title, "who": who(package, duty.by), "units": len(planned.units),
        "occurrences": len(planned.occurrences), "instances": planned.tasks, "first": None if once else min(days, default=None),
        "last": max(days, default=None), "words": words, "clause": "、".join(duty.clauses),
        "disputed": any(one.disputed for one in planned.occurrences),
        "estimated": any(one.estimated for one in planned.occurrences), "note": duty.reason if duty.added else "",
    }  # fmt: skip


def _seasons(package: Package, plan: Plan, setting: Setting) -> set[str]:
    """Return the seasons that are waited for: the calendar does not have them yet."""
    duties = {one.season for planned in plan.duties for one in planned.occurrences}
    every = {name for duty in package.duties.values() if duty.every for name in duty.every.seasons}
    return ({*duties, *(span.season for span in plan.phases.values())} - {""}) | {
        name for name in every if not setting.calendar.spans(name)
    }


def _warnings(work: Work, package: Package, plan: Plan, setting: Setting) -> list[dict[str, str]]:
    found = []
    nobody = [package.duties[planned.duty.id].title for planned in plan.duties if not planned.units]
    if nobody:
        found.append(
            {
                "what": plural("%(n)s项任务现在没有单位承担", len(nobody)),
                "do": _(
                    "到期时如仍没有，将不下达。本级要办的，请先在“单位”中补全；由上级或下级办的，不用补。"
                ),
                "more": _("、").join(nobody),
            }
        )
    lost = [package.duties[planned.duty.id].title for planned in plan.duties if planned.unreceived]
    if lost:
        found.append(
            {
                "what": plural("%(n)s项报送现在没有单位受理", len(lost)),
                "do": _("这样会回到报送单位自己手里。请先在“单位”中补全受理的单位，或写明它管本级全部单位。"),
                "more": _("、").join(lost),
            }
        )
    found += [
        {"what": said(one), "do": _("下达时会略过，并列入“异常”。请先在“单位”中补全。")}
        for one in plan.left_out
    ]
    before = sum(one.past for planned in plan.duties for one in planned.occurrences)
    if before:
        found.append(
            {
                "what": plural("有%(n)s项在通知印发前已经到期", before),
                "do": _("不再下达，也不算逾期；需要补办的，请回到上一步选择下达。"),
            }
        )
    waiting = sorted(_seasons(package, plan, setting))
    if waiting:
        found.append(
            {
                "what": _("日历里还没有登记：%(names)s", names=_("、").join(waiting)),
                "do": _("有关任务暂无期限；登记后自动补上。"),
            }
        )
    past = sum(
        one.due < work.today
        for planned in plan.duties
        for one in planned.occurrences
        if one.due and not one.past
    )
    if past:
        found.append(
            {
                "what": plural("有%(n)s个日期已经过去", past),
                "do": _("已过期的周期任务只补最近一期，其余不再下达。"),
            }
        )
    return found

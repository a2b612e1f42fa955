"""Where a package stands that was handed down, as pages show it: to those who handed it down, and to those who have it now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from engine import campaigns
from engine.cascade import taking
from engine.cascade.down import WAITING
from engine.cascade.models import HandedFurther, HandedPackage, HandOrder
from engine.cascade.overview import Below, Overview
from engine.models import Campaign, Task
from tenants import access
from tenants.db import Work
from tenants.errors import Refusal
from tenants.roster.authorities import LEVELS
from tenants.text import say
from web.views import tongue
from web.views.package_shapes import setting_of
from web.words import said
from workflows.models import PackageVersion
from workflows.schedule import ImpossibleDate, expected

# state -> its words and how they look.
STATES = {
    "launched": (say("已启动"), "ok"), "taken": (say("已签收"), "info"), "arrived": (say("待签收"), "warn"),
    "sent": (say("正在送出"), "mute"), "declined": (say("不承担"), "bad"), "gone": (say("已不是下级"), "mute"),
}  # fmt: skip
_LOCKS = {"mandatory": say("不得改动"), "tighten": say("只能改严")}
# So many periods that have passed are told of each duty.
_PAST = 3


def at_task(work: Work, task: Task) -> dict[str, Any] | None:
    """Return what a task asks to take over, for somebody to read it before; None when it is about something else."""
    row = taking.asked_in(work, task.instance_id) if task.form == taking.FORM else None
    return handed_shape(row) if row is not None else None


def handed_shape(row: HandedPackage) -> dict[str, Any]:
    """Return where a package stands at the other end."""
    words, tone = STATES[row.state]
    return {
        "id": row.id, "name": row.other_name, "title": row.title, "version": row.version, "note": row.note, "state": said(words),
        "tone": tone, "sent_at": row.sent_at, "by": _by(row), "arrived_at": row.arrived_at, "answered_at": row.answered_at,
        "answered_by": row.answered_name or "", "reason": row.reason, "launched_at": row.launched_at, "urged": row.urged,
        "urged_at": row.urged_at, "may_urge": row.state in WAITING and row.replaced_at is None, "origin": row.origin,
        "since": row.changed_at or row.sent_at, "level": said(LEVELS.get(row.level)), "declined": row.state == "declined",
        "replaced": row.replaced_at is not None, "state_key": row.state,
        "href": url_for("packages.received_one", received_id=row.id) if row.side == "in"
        else url_for("packages.show", package_hash=row.package_hash),
        "launch": url_for("launch.show", package_hash=row.package_hash),
    }  # fmt: skip


def _by(row: HandedPackage) -> str:
    """Return who handed it down; nobody in particular where the house in between passed it on to here."""
    return "" if row.side == "in" and row.origin else row.sent_name


def below_shape(below: Below, state: str) -> dict[str, Any]:
    """Return where one directly below stands, and those further below it. state: of whom alone is asked; empty = of all."""
    further = [_further(one) for one in below.further if state in ("", "former", one.state)]
    waits = any(one.state in WAITING for one in below.further)
    shape = handed_shape(below.row)
    counts: dict[str, int] = {}
    for one in below.further:
        counts[one.state] = counts.get(one.state, 0) + 1
    return shape | {
        "further": further, "further_n": len(below.further), "open": bool(state) and state != "former",
        "counts": [(said(words), counts[key], tone) for key, (words, tone) in STATES.items() if key in counts],
        "may_urge": (shape["may_urge"] or waits) and below.row.replaced_at is None, "urge_further": waits,
        "only_further": waits and not shape["may_urge"],
        "may_ask": below.row.state == "declined" and below.row.replaced_at is None,
    }  # fmt: skip


def _further(one: HandedFurther) -> dict[str, Any]:
    words, tone = STATES[one.state]
    return {
        "name": one.name, "above": one.above, "level": said(LEVELS.get(one.level)), "state": said(words), "tone": tone,
        "since": one.changed_at, "reason": one.reason, "version": one.version,
    }  # fmt: skip


def counted(counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Return how many of each level stand where."""
    return [
        {
            "level": said(LEVELS[level]), "n": sum(states.values()),
            "parts": [(states[key], tone, said(words)) for key, (words, tone) in STATES.items() if key in states],
        }
        for level, states in counts.items()
    ]  # fmt: skip


def tabs(found: Overview, package_hash: str) -> list[tuple[str, str, str, int, bool]]:
    """Return the tabs by state: how many, all levels together."""
    total: dict[str, int] = {}
    for states in found.counts.values():
        for key, number in states.items():
            total[key] = total.get(key, 0) + number

    def at(state: str) -> str:
        return url_for("packages.hand_down", package_hash=package_hash, state=state or None)

    shown = [("", _("全部"), at(""), sum(total.values()), False)]
    shown += [
        (key, said(words), at(key), total[key], key == "declined")
        for key, (words, _tone) in STATES.items()
        if key in total
    ]
    if found.former:
        shown.append(("former", _("以前的"), at("former"), len(found.former), False))
    return shown


def order_shape(order: HandOrder) -> dict[str, Any]:
    """Return what stands for those who come later, in words."""
    levels = [said(LEVELS[level]) for level in order.choice.get("levels", ())]
    return {
        "id": order.id, "version": order.version, "sent_at": order.sent_at, "by": order.sent_name,
        "levels": _("、").join(levels), "selector": order.choice.get("selector", ""),
        "through": said(LEVELS.get(order.through)), "passed_on": bool(order.origin),
    }  # fmt: skip


def in_steps(work: Work, row: HandedPackage) -> dict[str, Any]:
    """Return what was handed down to here, the steps to its launch, and what of it lies in the past."""
    package = tongue.load(work, row.package_hash)
    query = select(PackageVersion).where(
        PackageVersion.base_hash == row.package_hash, PackageVersion.hash != row.package_hash
    )
    own = list(
        work.session.scalars(query.order_by(PackageVersion.published_at.desc(), PackageVersion.id.desc()))
    )
    newest = own[0].hash if own else row.package_hash
    open_task = select(Task.id).where(Task.instance_id == row.instance_id, Task.state == "open")
    runs = select(Campaign).where(
        Campaign.state == "running", Campaign.package_hash.in_([row.package_hash, *(one.hash for one in own)])
    )
    later = select(HandedPackage).where(
        HandedPackage.side == "in", HandedPackage.package == row.package, HandedPackage.replaced_at.is_(None)
    )
    campaign = work.session.scalar(runs.limit(1))
    older = (
        select(Campaign.id)
        .join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
        .where(Campaign.state == "running", PackageVersion.package == row.package)
        .order_by(Campaign.launched_at.desc())
    )
    replacing = (
        work.session.scalar(later.order_by(HandedPackage.sent_at.desc()).limit(1))
        if row.replaced_at
        else None
    )
    return {
        "handed": handed_shape(row), "package": {"hash": row.package_hash, "title": package.title},
        "steps": _steps(row, bool(own), campaign is not None),
        "task": work.session.scalar(open_task) if row.instance_id else None,
        "own": [{"hash": one.hash, "version": one.version, "at": one.published_at} for one in own],
        "newest": newest, "behind": None if own or row.replaced_at else _behind(work, row),
        "campaign": campaign.id if campaign else None,
        "older": work.session.scalar(older.limit(1)) if campaign is None else None,
        "locks": [(key, said(_LOCKS[lock]), lock) for key, lock in package.locks.items() if lock != "free"],
        "later": handed_shape(replacing) if replacing is not None else None,
        "past": _past(work, newest) if campaign is None and row.replaced_at is None else {},
    }  # fmt: skip


def _behind(work: Work, row: HandedPackage) -> dict[str, str] | None:
    """Return the newest own version that was made of an earlier one of the superior's: this one is to be merged into it."""
    query = select(PackageVersion).where(
        PackageVersion.package == row.package, PackageVersion.base_hash.is_not(None),
        PackageVersion.base_hash != PackageVersion.hash, PackageVersion.base_hash != row.package_hash,
    )  # fmt: skip
    found = work.session.scalar(
        query.order_by(PackageVersion.published_at.desc(), PackageVersion.id.desc()).limit(1)
    )
    if found is None:
        return None
    return {"version": found.version, "href": url_for("packages.show", package_hash=found.hash)}


def _steps(row: HandedPackage, own: bool, running: bool) -> list[tuple[str, str]]:
    """Return (words, done | now | next) for each step. What is not needed (an own version) is done once a later one is."""
    taken, launched = row.state in ("taken", "launched"), row.state == "launched" or running
    done = [taken or launched, own or launched, own or launched, launched, launched]
    words = [_("签收"), _("本地化"), _("校验"), _("预演"), _("启动")]
    now = next((number for number, one in enumerate(done) if not one), len(done))
    return [
        (text, "done" if done[number] else "now" if number == now else "next")
        for number, text in enumerate(words)
    ]


def _past(work: Work, package_hash: str) -> dict[str, list[dict[str, Any]]]:
    """Return the periods of each duty whose day has passed before a launch today: those that are given out no more, and those
    that are all the same."""
    found: dict[str, list[dict[str, Any]]] = {"dropped": [], "late": []}
    if not access.may(work.viewer, "campaign.launch"):
        return found
    package = tongue.load(work, package_hash)
    try:
        plan = campaigns.preview(work, package_hash)
        setting = setting_of(work, package)
        expects = {duty.id: list(expected(setting, duty)) for duty in package.duties.values()}
    except (Refusal, ImpossibleDate):
        return found  # what stands in its way is told at the launch
    opened = {(one.duty.id, each.number) for one in plan.duties for each in one.occurrences if not each.past}
    for duty in package.duties.values():
        over = [one for one in expects[duty.id] if one.due is not None and one.due < work.today]
        for key, still in (("dropped", False), ("late", True)):
            days = [one.due for one in over if ((duty.id, one.number) in opened) is still]
            if days:
                found[key].append({"title": duty.title, "n": len(days), "days": days[-_PAST:]})
    return found

"""The movable clock of a demonstration: a campaign of last winter can be walked through in an afternoon."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, request, url_for
from flask_login import login_required

from tenants.clock import ShiftedClock
from web.house import house
from web.signin import safe_next

demo = Blueprint("clock", __name__)
_ZONE = ZoneInfo("Asia/Shanghai")


@demo.post("/demo/clock")
@login_required
def move() -> Any:
    """Move the clock on, by days or to a local date. It never goes back: what happened has happened."""
    clock = house().clock
    if not isinstance(clock, ShiftedClock):
        abort(404)
    now = clock.now().astimezone(_ZONE)
    try:
        if request.form.get("to"):
            target = datetime.combine(date.fromisoformat(request.form["to"]), time(9), tzinfo=_ZONE)
        else:
            days = min(max(int(request.form.get("days", "1")), 1), 366)
            target = datetime.combine(now.date() + timedelta(days=days), time(9), tzinfo=_ZONE)
    except ValueError:
        abort(400)
    if now < target <= now + timedelta(days=3660):
        clock.move_to(target)
    return redirect(safe_next(request.form.get("next", "")) or url_for("home"), 303)

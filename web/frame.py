"""What every page has around it: where one is, who one is, what one may, what waits."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, redirect, request, session, url_for
from flask_login import current_user, login_required

from engine import inbox, incidents
from tenants import access, directory
from tenants.clock import ShiftedClock, machine_now
from tenants.db import Work, system_work
from tenants.models import Member
from web.house import house
from web.words import language

# What templates ask for -> the action behind it.
_MAY = {
    "work": "task.work",
    "launch": "campaign.launch", "publish": "package.publish", "manage_units": "units.manage",
    "manage_members": "members.manage", "manage_calendar": "units.manage", "read_audit": "audit.read",
    "retry_incidents": "incidents.manage", "turn_deliveries": "campaign.steer",
    "add_duty": "campaign.steer", "close_campaign": "campaign.steer",
}  # fmt: skip
_LONG = int(timedelta(days=365).total_seconds())


def hang(app: Flask) -> None:
    """Give every page its frame, every URL its tenant, and built files a long life in the browser."""
    app.jinja_env.globals.update(url=url_for)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_frame)
    built = Path(app.static_folder or "") / "build"

    def asset(name: str) -> str:
        return url_for("static", filename=f"build/{_entry(built, name)['file']}")

    def asset_css(name: str) -> list[str]:
        return [url_for("static", filename=f"build/{sheet}") for sheet in _entry(built, name).get("css", [])]

    app.jinja_env.globals.update(asset=asset, asset_css=asset_css)

    @app.url_value_preprocessor
    def remember_tenant(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.tenant_slug = (values or {}).get("tenant")

    @app.url_defaults
    def same_tenant(endpoint: str, values: dict[str, Any]) -> None:
        if (
            "tenant" not in values
            and g.get("tenant_slug")
            and app.url_map.is_endpoint_expecting(endpoint, "tenant")
        ):
            values["tenant"] = g.tenant_slug

    @app.after_request
    def keep_built(response: Response) -> Response:
        if request.path.startswith("/static/build/assets/") and response.status_code == 200:
            response.cache_control.max_age = _LONG  # their names hold a hash of what is in them
            response.cache_control.immutable = True
        return response

    app.add_url_rule("/", "home", home)


@login_required
def home() -> Any:
    """Lead a user to the inbox of their post; let one with several choose."""
    with system_work(reads=True) as globals_:
        held = [tenant.slug for tenant, _member in directory.posts_of(globals_, current_user.id)]
    last = session.get("tenant")
    if last in held:
        return redirect(url_for("inbox.show", tenant=last))
    if len(set(held)) == 1 and len(held) == 1:
        return redirect(url_for("inbox.show", tenant=held[0]))
    return redirect(url_for("auth.posts"))


@lru_cache(maxsize=32)
def _manifest(path: Path, changed: int) -> dict[str, Any]:
    return json.loads(path.read_text())


def _entry(built: Path, name: str) -> dict[str, Any]:
    path = built / "manifest.json"
    if not path.exists():
        return {"file": name}
    found = _manifest(path, path.stat().st_mtime_ns)
    return found.get(name) or found.get(f"src/{name}") or {"file": name}


def _frame() -> dict[str, Any]:
    here = house()
    clock = here.clock
    now = clock.now()
    work: Work | None = g.get("work")
    shifted = isinstance(clock, ShiftedClock)
    return {
        "language": language(),
        "today": g.get("today") or machine_now().date(),
        "here": request.full_path.rstrip("?"),
        "app_version": version("luoshi"),
        "demo_clock": {"now": now, "today": g.get("today") or now.date()} if shifted else None,
        "tenant": _tenant(work),
        "actor": _actor(work),
        "nav": _nav(work),
        "may": _may(work),
    }


def _tenant(work: Work | None) -> dict[str, Any] | None:
    if work is None:
        return None
    found = work.tenant
    return {"slug": found.slug, "name": found.name, "level": found.level, "code": found.code}


def _actor(work: Work | None) -> dict[str, Any] | None:
    if work is None:
        return None
    found = work.actor
    title = found.title
    if not title and found.member_id:
        member = work.session.get(Member, (work.tenant.id, found.member_id))
        title = member.title if member else ""
    return {
        "name": found.name, "post": title, "unit_name": found.unit_name, "roles": set(found.roles),
        "posts_count": len(session.get("posts", {})) or 2,
    }  # fmt: skip


def _nav(work: Work | None) -> dict[str, int] | None:
    if work is None:
        return None
    counted = inbox.counts(work)
    return {"inbox": counted["todo"], "overdue": counted["overdue"], "incidents": incidents.count(work)}


def _may(work: Work | None) -> Callable[[str], bool]:
    return lambda action: work is not None and access.may(work.viewer, _MAY.get(action, action))

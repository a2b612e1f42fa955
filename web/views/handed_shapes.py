"""Where a package stands that was handed down, as pages show it."""

from __future__ import annotations

from typing import Any

from flask import url_for

from engine.cascade.models import HandedPackage
from tenants.text import say
from web.words import said

# state -> its words and how they look.
STATES = {
    "sent": (say("正在送出"), "mute"), "arrived": (say("待签收"), "warn"), "taken": (say("已签收"), "info"),
    "declined": (say("不承担"), "bad"), "launched": (say("已启动"), "ok"),
}  # fmt: skip


def handed_shape(row: HandedPackage) -> dict[str, Any]:
    """Return where a package stands at the other end."""
    words, tone = STATES[row.state]
    return {
        "id": row.id, "name": row.other_name, "title": row.title, "version": row.version, "note": row.note, "state": said(words),
        "tone": tone, "sent_at": row.sent_at, "by": row.sent_name, "arrived_at": row.arrived_at, "answered_at": row.answered_at,
        "answered_by": row.answered_name or "", "reason": row.reason, "launched_at": row.launched_at, "urged": row.urged,
        "urged_at": row.urged_at, "may_urge": row.state in ("sent", "arrived", "taken"),
        "href": url_for("packages.show", package_hash=row.package_hash),
        "launch": url_for("launch.show", package_hash=row.package_hash),
    }  # fmt: skip

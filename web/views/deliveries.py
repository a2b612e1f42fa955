"""What crossed the border to another authority: what was sent, what has arrived, and what is to be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from engine.deliveries import forwarding, listing, turning
from engine.deliveries.models import Delivery
from engine.models import Instance, Task
from tenants.base import id_in
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from web.entry import command, done, page
from web.views import tongue
from web.views.shapes import page_number, page_shape
from web.words import said

deliveries = Blueprint("deliveries", __name__)

# state -> words for what was sent, for what has arrived, colour.
STATES = {
    "sealed": (say("正在送出"), say("正在送出"), "mute"),
    "arrived": (say("已送达"), say("待答复"), "info"),
    "forwarded": (say("已转送"), say("已转送"), "info"),
    "returned": (say("已退件"), say("已退件"), "bad"),
    "answered": (say("已答复"), say("已答复"), "ok"),
    "withdrawn": (say("已撤回"), say("已撤回"), "mute"),
}
HOPS = {
    "sealed": say("正在送出"), "arrived": say("已受理"), "forwarded": say("已转送"), "returned": say("已退件"),
    "answered": say("已答复"), "withdrawn": say("已撤回"),
}  # fmt: skip


@page(deliveries, "/deliveries", "deliveries.html", may="work.see")
def index(work: Work) -> dict[str, Any]:
    """List what has arrived, or what was sent."""
    side = "out" if request.args.get("side") == "out" else "in"
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    rows, total = listing.page(work, side, state, page_number())
    return {
        "side": side, "state": state, "states": [(key, said(_word(side, key))) for key in STATES],
        "deliveries": [shape(one, tongue.names_here(work)(one.title)) for one in rows],
        "pages": page_shape(page_number(), total, listing.PAGE),
    }  # fmt: skip


@page(deliveries, "/deliveries/<uuid:delivery_id>", "delivery.html", may="work.see")
def show(work: Work, delivery_id: UUID) -> dict[str, Any]:
    """Show one delivery with its way, and what may be done with it."""
    row = listing.one(work, delivery_id)
    copy, may = listing.sealed(row), listing.choices(work, row)
    instance = work.session.get_one(Instance, (work.tenant.id, row.instance_id))
    return {
        "delivery": shape(row, tongue.names_here(work)(row.title)),
        "hops": hops_shape(row),
        "sealed": {
            "of": copy["from"]["name"], "unit": copy["from"]["unit"], "campaign": copy["campaign"], "step": copy["step"]["name"],
            "version": copy["package"]["version"], "papers": len(copy["papers"]), "files": [one["name"] for one in copy["files"]],
            "number": copy["notice"]["number"],
        },
        "instance": {"id": instance.id, "open": instance.state in ("running", "stuck"), "task_id": row.task_id},
        "can": {
            "forward": may.may_forward, "give_back": may.may_give_back, "turn": may.may_turn,
            "work": row.side == "in" and (may.may_forward or may.may_give_back),
            "onward": [(str(one.id), one.name) for one in may.onward],
            "elsewhere": [(str(one.id), one.name) for one in may.elsewhere],
        },
    }  # fmt: skip


@command(deliveries, "/deliveries/<uuid:delivery_id>/forward", may="task.work")
def forward(work: Work, delivery_id: UUID) -> Response:
    """Send what lies here on to another authority."""
    sent = forwarding.forward(work, delivery_id, _to(), request.form.get("note", ""))
    return done(
        _("已转送%(name)s。答复会按原路返回。", name=sent.other_name),
        "deliveries.show",
        delivery_id=delivery_id,
    )


@command(deliveries, "/deliveries/<uuid:delivery_id>/return", may="task.work")
def give_back(work: Work, delivery_id: UUID) -> Response:
    """Give what lies here back, with reasons."""
    row = forwarding.give_back(work, delivery_id, request.form.get("reason", ""))
    return done(_("已退回%(name)s。", name=row.other_name), "deliveries.show", delivery_id=delivery_id)


@command(deliveries, "/deliveries/<uuid:delivery_id>/withdraw", may="delivery.turn")
def withdraw(work: Work, delivery_id: UUID) -> Response:
    """Take back what was sent; its step is done here."""
    row = turning.do_here(work, delivery_id, request.form.get("reason", ""))
    return done(
        _("已从%(name)s撤回，由本单位办理。", name=row.other_name), "deliveries.show", delivery_id=delivery_id
    )


@command(deliveries, "/deliveries/<uuid:delivery_id>/resend", may="delivery.turn")
def resend(work: Work, delivery_id: UUID) -> Response:
    """Send what waits for its answer to another authority, or to the same again."""
    turning.send_elsewhere(work, delivery_id, _to(), request.form.get("reason", ""))
    return done(_("已改送，稍后在列表中可以看到。"), "deliveries.index", side="out")


def shape(row: Delivery, title: str) -> dict[str, Any]:
    """Return a delivery as lists and pages show it."""
    return {
        "id": row.id, "title": title, "out": row.side == "out", "other": row.other_name,
        "state": said(_word(row.side, row.state)),
        "tone": STATES[row.state][2], "sent_at": row.sent_at, "arrived_at": row.arrived_at, "answered_at": row.answered_at,
        "by": row.answered_name or "", "hash": row.content_hash, "hops": hops_shape(row), "key": row.state,
    }  # fmt: skip


def hops_shape(row: Delivery) -> list[dict[str, Any]]:
    """Return the way of a copy as far as it is known here."""
    return [
        {
            "of": one["of_name"], "to": one["to_name"], "at": datetime.fromisoformat(one["at"]), "by": one["by"],
            "note": one["note"], "state": said(HOPS[one["state"]]), "tone": STATES[one["state"]][2],
            "until": datetime.fromisoformat(one["until"]) if one["until"] else None,
        }
        for one in row.hops
    ]  # fmt: skip


def of_instance(work: Work, instance: Instance) -> list[dict[str, Any]]:
    """Return the deliveries of an instance as its page shows them."""
    return [shape(one, one.title) for one in listing.of_instance(work, instance)]


def at_task(work: Work, task: Task) -> dict[str, Any] | None:
    """Return what another authority sent for a task, while it may be sent on or given back."""
    found = listing.at_task(work, task)
    return {"id": found.id, "of": found.other_name} if found is not None else None


def _word(side: str, state: str) -> Any:
    out, arrived, _tone = STATES[state]
    return out if side == "out" else arrived


def _to() -> UUID:
    found = id_in(request.form.get("to"))
    if found is None:
        raise Invalid(say("没有选择送往哪个单位。"), say("请从列表中选择。"))
    return found

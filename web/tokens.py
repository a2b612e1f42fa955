"""The tokens of one's posts, for programs: seen, made and revoked beside the account; and ending everything at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required, login_user

from tenants import accounts
from tenants import tokens as held
from tenants.db import Work, system_work, unit_of_work
from tenants.errors import Invalid, NotFound, Refusal
from tenants.text import say
from web.house import house
from web.limits import limiter
from web.signin import SignedIn, own_posts
from web.words import refused

tokens = Blueprint("tokens", __name__)

DAYS = (30, 90, 180, 365)


@tokens.route("/account/tokens", methods=["GET", "POST"])
@login_required
@limiter.limit("30/minute", methods=["POST"])
def index() -> Any:
    """Show the tokens of all of one's posts; make one, which is shown this once."""
    posts, refusal, made = own_posts(), None, None
    if request.method == "POST":
        try:
            with _acting(posts, reads=False) as work:
                made = _make(work)
        except NotFound:
            raise
        except Refusal as wrong:
            refusal = wrong
    shown = {
        "tokens": [line for post in posts for line in _lines(posts, post)],
        "posts": [
            (post["id"], " · ".join(filter(None, (post["tenant"], post["unit"], post["post"])))) for post in posts
        ],
        "days": [(str(days), _("%(days)s天", days=days)) for days in DAYS],
        "made": {"text": made.text, "name": made.row.name} if made else None,
        "refusal": refused(refusal) if refusal else None,
        "form": request.form.to_dict() if refusal else {"days": "90", "kind": "work"},
    }  # fmt: skip
    return render_template("tokens.html", **shown), refusal.status if refusal else 200


@tokens.post("/account/tokens/<uuid:token_id>/revoke")
@login_required
def revoke(token_id: UUID) -> Any:
    """End one token."""
    with _acting(own_posts(), reads=False) as work:
        held.revoke(work, token_id)
    flash(_("令牌已作废。"), "ok")
    return redirect(url_for("tokens.index"), 303)


@tokens.post("/account/end-all")
@login_required
def end_all() -> Any:
    """End every other session and every token of the user."""
    with system_work() as globals_:
        fresh = SignedIn(accounts.end_sessions(globals_, current_user.id, stamp=current_user.stamp))
    login_user(fresh)
    flash(_("其他设备都已退出，令牌全部失效。"), "ok")
    return redirect(url_for("auth.account"), 303)


@contextmanager
def _acting(posts: list[dict[str, Any]], *, reads: bool, post: str = "") -> Iterator[Work]:
    """Open a unit of work for one of one's posts, by default the one that was named in the form."""
    wanted = post or request.form.get("post", "")
    slug = next((one["slug"] for one in posts if one["id"] == wanted), None)
    if slug is None:
        raise NotFound(say("您没有这个岗位。"))
    here = house()
    with unit_of_work(slug, UUID(wanted), clock=here.clock, store=here.config.store, reads=reads) as work:
        yield work


def _make(work: Work) -> held.Made:
    days = request.form.get("days", "")
    if days not in map(str, DAYS):
        raise Invalid(say("请选择令牌的有效期。"), say("请从列表中选择。"))
    return held.make(
        work, request.form.get("name", ""), days=int(days), read_only=request.form.get("kind") != "work",
        key=house().config.secret_key.encode(), stamp=current_user.stamp,
    )  # fmt: skip


def _lines(posts: list[dict[str, Any]], post: dict[str, Any]) -> list[dict[str, Any]]:
    with _acting(posts, reads=True, post=post["id"]) as work:
        return [
            {
                "id": row.id, "name": row.name, "read_only": row.read_only, "ends": row.ends_at.astimezone(work.zone).date(),
                "used": row.used_on, "post": post["id"], "unit": post["unit"], "tenant": post["tenant"],
            }
            for row in held.listed(work)
        ]  # fmt: skip

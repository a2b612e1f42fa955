"""The way in: a route opens one unit of work, asks for the permission, calls one thing, commits, and rings for jobs.

Every route inside a tenant is made by `page` or `command`, so that none can forget any of it; `tests/web/test_routes.py` holds
the whole URL map against that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from sqlalchemy import insert, select
from werkzeug.datastructures import FileStorage

from forms.answers import parse_answers
from tenants import access, directory
from tenants.base import new_id
from tenants.db import Work, system_work, unit_of_work
from tenants.errors import Conflict, NotFound, Refusal
from tenants.models import Receipt
from tenants.text import say
from web.house import house
from web.words import refused

# endpoint -> the action that it asks for; read by the test that walks the URL map.
GUARDED: dict[str, str] = {}

View = Callable[..., Any]


@contextmanager
def open_work(tenant: str, *, reads: bool) -> Iterator[Work]:
    """Open a unit of work for the signed-in user's post in a tenant; ring for its jobs after the commit."""
    here = house()
    member = post_in(tenant)
    with unit_of_work(tenant, member, clock=here.clock, store=here.config.store, reads=reads) as work:
        # A session outlives changes of the directory; the user behind the post must still be the one signed in.
        if work.actor.user_id != current_user.id:
            raise NotFound(say("没有这个单位。"))
        g.work, g.today, g.zone = work, work.today, work.zone
        yield work
    here.doorbell.ring(work.tenant.id, work.bells)


def post_in(tenant: str) -> UUID:
    """Return which of the user's posts acts in a tenant: the chosen one, else the first. Raises NotFound."""
    chosen = session.get("posts", {}).get(tenant)
    with system_work(reads=True) as globals_:
        held = [
            member for found, member in directory.posts_of(globals_, current_user.id) if found.slug == tenant
        ]
    if not held:
        raise NotFound(say("没有这个单位。"))
    return next((member for member in held if str(member) == chosen), held[0])


def page(
    blueprint: Blueprint, rule: str, template: str, *, may: str, status: int = 200
) -> Callable[[View], View]:
    """Make a view that reads: `view(work, **values)` returns the template's context, or a response of its own."""

    def make(view: View) -> View:
        @login_required
        @wraps(view)
        def serve(tenant: str, **values: Any) -> Any:
            with open_work(tenant, reads=True) as work:
                access.require(work.viewer, may)
                found = view(work, **values)
                return render_template(template, **found) if isinstance(found, dict) else found

        return _register(blueprint, rule, view, serve, may, ["GET"])

    return make


def command(
    blueprint: Blueprint, rule: str, *, may: str, method: str = "POST", reads: bool = False
) -> Callable[[View], View]:
    """Make a view that changes: `view(work, **values)` runs in one transaction and returns a response.

    reads: it takes something in but records nothing, so that no writer waits for it, however long it looks.

    A form may carry an idempotency key in `key`: the same key from the same post is answered as the first time, without a
    second effect. A refused page form is shown again by the view named in `request.form["back"]`, else by the error page.
    """

    def make(view: View) -> View:
        @login_required
        @wraps(view)
        def serve(tenant: str, **values: Any) -> Any:
            key = _key()
            with open_work(tenant, reads=reads) as work:
                access.require(work.viewer, may)
                before = None if reads else _receipt(work, key)
                if before is not None:
                    return _again(before)
                answer = view(work, **values)
                if key and not reads:
                    _keep(work, key, answer)
                return answer

        return _register(blueprint, rule, view, serve, may, [method])

    return make


def form_page(blueprint: Blueprint, rule: str, template: str, *, may: str) -> Callable[[View], View]:
    """Make a page with a form: `view(work, **values)` returns a context (show it) or a response (done).

    On POST a refusal shows the same page again with `refusal` and what was typed; nothing is recorded then.
    """

    def make(view: View) -> View:
        @login_required
        @wraps(view)
        def serve(tenant: str, **values: Any) -> Any:
            posted = request.method == "POST"
            if posted:
                try:
                    with open_work(tenant, reads=False) as work:
                        access.require(work.viewer, may)
                        before = _receipt(work, _key())
                        if before is not None:
                            return _again(before)
                        answer = view(work, **values)
                        if not isinstance(answer, dict):
                            if _key():
                                _keep(work, _key(), answer)
                            return answer
                        return render_template(template, **{"refusal": None, "form": request.form, **answer})
                except NotFound:
                    raise
                except Refusal as refusal:
                    g.refusal = refusal
            with open_work(tenant, reads=True) as work:
                access.require(work.viewer, may)
                found = view(work, **values)
                if not isinstance(found, dict):
                    return found
                again: Refusal | None = g.get("refusal")
                shown = {"refusal": refused(again) if again else None, "form": request.form or {}, **found}
                return render_template(template, **shown), again.status if again else 200

        return _register(blueprint, rule, view, serve, may, ["GET", "POST"])

    return make


def done(message: str, endpoint: str, *, category: str = "ok", **values: Any) -> Response:
    """Return the answer to a form that was carried out: say so, and go on there."""
    flash(message, category)
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]


def wants_posted() -> bool:
    """Tell whether this run of a form page is to carry out what was posted (and not to show it again after a refusal)."""
    return request.method == "POST" and g.get("refusal") is None


def uploaded(name: str = "file") -> FileStorage:
    """Return the uploaded file; raise Conflict when there is none."""
    found = request.files.get(name)
    if found is None or not found.filename:
        raise Conflict(say("没有收到文件。"), say("请选择文件后重新上传。"))
    return found


def _register(blueprint: Blueprint, rule: str, view: View, serve: View, may: str, methods: list[str]) -> View:
    GUARDED[f"{blueprint.name}.{view.__name__}"] = may
    blueprint.add_url_rule(f"/t/<tenant>{rule}", view.__name__, serve, methods=methods)
    return view


def _key() -> str:
    # A body goes through the one door for answers, which bounds it before any parser builds it.
    body = parse_answers(request.get_data(cache=True)) if request.is_json else request.form
    return str(body.get("key", ""))[:64]


def _command() -> str:
    """Return what a receipt is for: this very request, to this very thing. A key says nothing of any other."""
    return hashlib.sha256(f"{request.method} {request.path}".encode()).hexdigest()


def _receipt(work: Work, key: str) -> dict[str, Any] | None:
    if not key:
        return None
    query = select(Receipt).where(Receipt.member_id == work.actor.member_id, Receipt.key == key)
    found = work.session.scalar(query)
    if found is not None and found.command != _command():
        raise Conflict(say("这个页面的编号已经用在别的办理上，没有执行。"), say("请刷新页面后重试。"))
    return found.answer if found is not None else None


def _again(before: dict[str, Any]) -> Any:
    """Return the first answer once more; one that may be shown only once, such as a password, is not."""
    if "location" in before:
        return redirect(before["location"], 303)
    if "json" in before:
        return before["json"]
    raise Conflict(say("这一步已经办理过，没有重复执行。"), say("请返回列表查看结果。"))


def _keep(work: Work, key: str, answer: Any) -> None:
    location = getattr(answer, "location", None)
    kept = {"location": location} if location else {"json": answer} if isinstance(answer, dict) else {}
    row = {
        "tenant_id": work.tenant.id, "id": new_id(), "member_id": work.actor.member_id, "key": key,
        "command": _command(), "at": work.now, "answer": kept,
    }  # fmt: skip
    work.session.execute(insert(Receipt), [row])

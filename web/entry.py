"""The way in: a route opens one unit of work, asks for the permission, calls one thing, commits, and rings for jobs.

Every route inside a tenant is made by `page` or `command`, so that none can forget any of it; `tests/web/test_routes.py` holds
the whole URL map against that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from werkzeug.datastructures import FileStorage

from forms.answers import parse_answers
from tenants import access, directory
from tenants.db import Work, system_work
from tenants.errors import Conflict, NotFound, Refusal
from tenants.text import say
from web import gate
from web.words import refused

# endpoint -> the action that it asks for; read by the test that walks the URL map.
GUARDED: dict[str, str] = {}

View = Callable[..., Any]


def open_work(tenant: str, *, reads: bool) -> AbstractContextManager[Work]:
    """Open a unit of work for the signed-in user's post in a tenant; ring for its jobs after the commit."""
    return gate.open_work(tenant, post_in(tenant), current_user.id, reads=reads)


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


def form_page(
    blueprint: Blueprint, rule: str, template: str, *, may: str, prepare: gate.Prepare | None = None
) -> Callable[[View], View]:
    """Make a page with a form: `view(work, **values)` returns a context (show it) or a response (done).

    On POST a refusal shows the same page again with `refusal` and what was typed; nothing is recorded then. prepare: what takes
    long, done before in a unit of work that only reads; the view finds it in `g.prepared`.
    """

    def make(view: View) -> View:
        @login_required
        @wraps(view)
        def serve(tenant: str, **values: Any) -> Any:
            posted = request.method == "POST"
            if posted:
                try:
                    with _prepared(tenant, may, prepare, values), open_work(tenant, reads=False) as work:
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


@contextmanager
def _prepared(tenant: str, may: str, prepare: gate.Prepare | None, values: dict[str, Any]) -> Iterator[None]:
    """Prepare what a form page has to, unless the answer is known already; it stays until the block ends."""
    with ExitStack() as stack:
        if prepare is not None:
            with open_work(tenant, reads=True) as work:
                access.require(work.viewer, may)
                if _receipt(work, _key()) is None:
                    g.prepared = stack.enter_context(prepare(work, **values))
        yield


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


def _receipt(work: Work, key: str) -> dict[str, Any] | None:
    return gate.receipt(work, key, gate.request_mark())


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
    gate.keep(work, key, gate.request_mark(), kept)

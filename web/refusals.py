"""Refusals on their way out: what happened and what to do, as a page or as JSON, in the reader's language."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from tenants.errors import Conflict, Forbidden, NotFound, Refusal, TooLarge, TooMany
from tenants.text import say
from web.faults import is_busy, told, was_overtaken
from web.gate import by_program
from web.program_words import DOCS, retold
from web.words import refused

log = logging.getLogger(__name__)


# What HTTP wants said beside a refusal to a program.
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}, 503: {"Retry-After": "5"}}


class Broken(Refusal):
    """The house's own fault."""

    code, status = "broken", 500


class Busy(Refusal):
    """The database did not answer in time."""

    code, status = "busy", 503
    default_do = say("请稍候再试；已填内容会保留。")


class BadRequest(Refusal):
    """A request that no page of ours makes."""

    code, status = "bad_request", 400


def hang(app: Flask) -> None:
    """Answer every refusal and every fault in the same two forms."""
    app.before_request(_readable)
    app.register_error_handler(Refusal, answer)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _readable() -> None:
    """Refuse NUL characters at the edge: no person types them, and neither PostgreSQL nor XML takes them."""
    texts = [request.path, *request.args.values(), *request.form.values()]
    if any("\0" in text for text in texts):
        raise BadRequest(say("请求有误。"), say("请返回上一页重试。"))


def answer(refusal: Refusal) -> Any:
    """Return a refusal as JSON to a program and as a page to a person."""
    g.work = None  # its transaction is over: the page is drawn without what it held
    if by_program():
        found = refused(retold(refusal))
        return jsonify(found), refusal.status, _HEADERS.get(refusal.status, {})
    found = refused(refusal)
    if wants_json():
        return jsonify({**refusal.facts, **found}), refusal.status
    shown = {
        "status": refusal.status,
        "what": found["what"],
        "do": found["do"],
        "request_id": g.get("request_id", ""),
    }
    return render_template("error.html", **shown), refusal.status


def wants_json() -> bool:
    """Tell whether the request was made by a script."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def _csrf(error: CSRFError) -> Any:
    return answer(BadRequest(say("页面已过期，没有执行。"), say("请刷新页面后重试；已填内容会保留。")))


def _http(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    known: dict[int, Refusal] = {
        401: Forbidden(say("请先登录。")),
        403: Forbidden(say("没有权限。")),
        404: NotFound(),
        405: BadRequest(say("这个地址不接受这种请求。"), say("请从页面上的按钮进入。")),
        413: TooLarge(say("提交的内容太大。")),
        429: TooMany(say("操作太频繁。")),
    }
    refusal = known.get(code) or BadRequest(say("请求有误。"), say("请返回上一页重试。"))
    if code not in known and code != 400:
        refusal.status = code
    if not by_program():
        return answer(refusal)
    if code == 405:
        refusal.status, refusal.do = 405, say("可用的接口见 {path}。", path=DOCS)
    if code == 404:
        refusal = NotFound(say("没有这个接口地址。"), say("可用的接口见 {path}。", path=DOCS))
    response = make_response(answer(refusal))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _fault(error: Exception) -> Any:
    """Answer for the house. Only what passes by itself is called busy: a fault would be sought by nobody."""
    if is_busy(error):
        log.warning("database busy: %s", type(error).__name__)
        return answer(Busy(say("系统繁忙，没有执行。")))
    if was_overtaken(error):
        log.warning("overtaken at %s %s\n%s", request.method, request.path, told(error))
        return answer(Conflict(say("同时有人办理了同样的事，没有执行。"), say("请刷新页面，查看最新情况。")))
    g.request_id = secrets.token_hex(4)
    log.error("fault %s at %s %s\n%s", g.request_id, request.method, request.path, told(error))
    return answer(
        Broken(
            say("系统出错，没有执行。"),
            say("请稍后重试；仍有问题请把编号 {id} 告诉系统管理员。", id=g.request_id),
        )
    )

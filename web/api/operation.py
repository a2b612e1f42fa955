"""`operation`: the only way to make a route of the API, so that none can forget the token, the permission or the receipt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Response, g, make_response, request
from flask_smorest import Blueprint
from marshmallow import Schema

from tenants import access
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid, Refusal
from tenants.text import Message, say
from tenants.tokens import Holder
from web import gate
from web.api import bearer
from web.api.fields import Body
from web.api.reading import FILES, JSON, Reader, content_mark, require_types
from web.house import house
from web.limits import limiter

# endpoint -> the action that it asks for; endpoint -> the page's commands that it carries out. Read by tests.
GUARDED: dict[str, str] = {}
CARRIED: dict[str, tuple[str, ...]] = {}

_WRITTEN = re.compile(r"[!-~]{1,64}")
_TAG = re.compile(r'(\*|"[!#-~]{1,64}")')
_ALWAYS = (400, 401, 403, 406, 429, 503)
_KEY = {
    "in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "pattern": f"^{_WRITTEN.pattern}$"},
    "description": str(say("同一请求重发时带同一个编号，只办一次，再次得到第一次的答复")),
}  # fmt: skip
_MATCH = {
    "in": "header", "name": "If-Match", "schema": {"type": "string", "pattern": f"^{_TAG.pattern}$"},
    "description": str(say("读到时的 ETag；其间有人改过则不办，答复 412")),
}  # fmt: skip


class Stale(Refusal):
    """What was read has changed since."""

    code, status = "stale", 412
    default_do = say("请重新读取，核对后再办。")


class Noun(Blueprint):
    """The operations on one kind of thing."""

    ARGUMENTS_PARSER = Reader()

    def __init__(self, name: str, title: Message) -> None:
        super().__init__(f"api_{name}", __name__, description=str(title))


def operation(
    noun: Noun,
    method: str,
    rule: str,
    *,
    may: str,
    summary: Message,
    answer: type[Schema] | None = None,
    content: str = JSON,
    status: int = 200,
    asks: type[Body] | None = None,
    body: type[Body] | None = None,
    file: type[Schema] | None = None,
    does: tuple[str, ...] = (),
    reads: bool | None = None,
    secret: bool = False,
    matches: bool = False,
    note: Message | None = None,
    prepare: gate.Prepare | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make an operation of `view(work, [what was asked], [what was sent], **ids)`, which returns what `answer` describes.

    content: of an answer that is no JSON; the view then returns a response. reads: it records nothing (a GET never does).
    does: the commands of pages that it carries out. secret: its answer is given once and never again.
    matches: it takes If-Match, which the view holds against `require_match`. prepare: what takes long, with the view's own
    arguments, done before in a unit of work that only reads; the view finds it in `g.prepared`.
    """
    only_reads = method == "GET" if reads is None else reads
    sends = JSON if body else FILES if file else ""

    def make(view: Callable[..., Any]) -> Callable[..., Any]:
        inner = _described(noun, view, answer, content, status, asks, body, file)
        first = _reading(noun, prepare, asks, body, file) if prepare else None

        @limiter.shared_limit(lambda: house().config.api_limit, scope="api", key_func=bearer.counted_as)
        @wraps(inner)
        def serve(**ids: Any) -> Response:
            holder = bearer.holder()
            require_types(sends=sends, answers=content)
            if holder.read_only and not only_reads:
                raise Forbidden(say("这个令牌只能读取。"), say("请在“我的账号”新建可以办理的令牌。"))
            key = "" if only_reads else _key()

            mark = gate.request_mark(content_mark(sends)) if key else ""

            def attempt(stack: ExitStack) -> Response:
                if first is not None:
                    with _work(holder, may, reads=True) as work:
                        if gate.receipt(work, key, mark) is None:
                            g.prepared = stack.enter_context(first(work, **ids))
                with _work(holder, may, reads=only_reads) as work:
                    before = gate.receipt(work, key, mark)
                    if before is not None:
                        return _again(before)
                    answered: Response = inner(work, **ids)
                    if key:
                        gate.keep(work, key, mark, {} if secret else _kept(answered))
                    return answered

            with ExitStack() as stack:
                try:
                    return attempt(stack)
                except gate.KeyTaken:  # the other request has its receipt by now
                    return attempt(stack)

        _document(serve, noun, summary, note, method, rule, only_reads=only_reads, matches=matches)
        endpoint = f"{noun.name}.{view.__name__}"
        GUARDED[endpoint] = may
        CARRIED[endpoint] = does
        noun.add_url_rule(rule, view.__name__, serve, methods=[method])
        return view

    return make


def tagged(shape: Any, tag: str) -> tuple[Any, dict[str, str]]:
    """Return an answer with the tag that a later change may name in If-Match."""
    return shape, {"ETag": f'"{tag}"'}


def require_match(tag: str) -> None:
    """Raise Stale when the request names another state than the present one."""
    named = request.headers.get("If-Match")
    if named is None:
        return
    if not _TAG.fullmatch(named):
        raise Invalid(say("请求头 If-Match 的写法不对。"), say("请原样写上读到的 ETag，连同引号。"))
    if named not in ("*", f'"{tag}"'):
        raise Stale(say("其间有人改过，没有执行。"))


def _key() -> str:
    found = request.headers.get("Idempotency-Key")
    if found is None:
        return ""
    if not _WRITTEN.fullmatch(found):
        raise Invalid(
            say("请求头 Idempotency-Key 的写法不对。"), say("请用 1 到 64 个字母、数字或符号，不含空格。")
        )
    return found


def _again(before: dict[str, Any]) -> Response:
    """Return the first answer once more; one that may be given only once, such as a password, is not."""
    if "status" not in before:
        raise Conflict(say("这一步已经办理过，没有重复执行。"), say("请重新读取，查看结果。"))
    answer = make_response(before["json"], before["status"])
    answer.headers.update({**before["headers"], "Idempotent-Replayed": "true"})
    return answer


def _kept(answer: Response) -> dict[str, Any]:
    headers = {name: answer.headers[name] for name in ("ETag",) if name in answer.headers}
    return {"status": answer.status_code, "json": answer.get_json(), "headers": headers}


def _described(
    noun: Noun,
    view: Callable[..., Any],
    answer: type[Schema] | None,
    content: str,
    status: int,
    asks: type[Body] | None,
    body: type[Body] | None,
    file: type[Schema] | None,
) -> Callable[..., Any]:
    """Return the view with what it takes read for it, and what it returns written."""
    inner = _reading(noun, view, asks, body, file)
    shape: Any = answer if content == JSON else {"type": "string", "format": "binary"}
    described: Callable[..., Any] = noun.response(status, shape, content_type=content)(inner)
    return described


def _reading(
    noun: Noun,
    view: Callable[..., Any],
    asks: type[Body] | None,
    body: type[Body] | None,
    file: type[Schema] | None,
) -> Callable[..., Any]:
    """Return the function with what it takes read for it."""
    # The last one put around it is the first one read: the address, then the body.
    for schema, location in ((file, "files"), (body, "json"), (asks, "query")):
        if schema is not None:
            view = noun.arguments(schema, location=location)(view)
    return view


@contextmanager
def _work(holder: Holder, may: str, *, reads: bool) -> Iterator[Work]:
    with gate.open_work(holder.tenant, holder.member_id, holder.user_id, reads=reads) as work:
        access.require(work.viewer, may)
        yield work


def _document(
    serve: Any,
    noun: Noun,
    summary: Message,
    note: Message | None,
    method: str,
    rule: str,
    *,
    only_reads: bool,
    matches: bool,
) -> None:
    doc = serve._apidoc
    arguments = doc.setdefault("arguments", {}).setdefault("parameters", [])
    arguments += [_KEY] * (not only_reads) + [_MATCH] * matches
    errors = [*_ALWAYS, *([404] if "<" in rule or not only_reads else []), *([412] if matches else [])]
    errors += [] if method == "GET" else [404, 409, 413, 415, 422]
    for error in sorted({*errors, 422}):
        doc["response"]["responses"].setdefault(error, []).append(HTTPStatus(error).name)
    words = {"summary": str(summary), "operationId": f"{noun.name.removeprefix('api_')}.{serve.__name__}"}
    doc["manual_doc"] = {
        **words, "description": str(note) if note else "", "tags": [noun.name.removeprefix("api_")], "security": [{"token": []}],
    }  # fmt: skip

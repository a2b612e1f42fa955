"""Who asks: the token in the `Authorization` header, and nothing else. Sessions of browsers open nothing here."""

from __future__ import annotations

from flask import g, request
from flask_limiter.util import get_remote_address

from tenants import tokens
from tenants.clock import machine_now
from tenants.db import system_work
from tenants.errors import NotSignedIn
from tenants.text import say
from tenants.tokens import Holder
from web.house import house


def holder() -> Holder:
    """Return whom the request's token acts as. Raises NotSignedIn."""
    found = _holder()
    if found is None:
        raise NotSignedIn(
            say("没有令牌，或令牌已经失效。"),
            say("请在“我的账号”新建令牌，并写进请求头：Authorization: Bearer 令牌。"),
        )
    return found


def counted_as() -> str:
    """Return for whom the rate limit counts a request: each token by itself; who has none by address."""
    found = _holder()
    return f"token {found.token_id}" if found else get_remote_address()


def _holder() -> Holder | None:
    if "api_holder" not in g:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        g.api_holder = _find(text.strip()) if kind.lower() == "bearer" else None
    found: Holder | None = g.api_holder
    return found


def _find(text: str) -> Holder | None:
    now, key = machine_now(), house().config.secret_key.encode()
    with system_work(reads=True) as globals_:
        found = tokens.holder(globals_, text, key, now)
    if found and found.used_on != now.date():
        with system_work() as globals_:
            tokens.note_use(globals_, found.token_id, now.date())
    return found

"""The application: built once from the configuration, with every route, header and refusal in its place."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from web import frame, refusals
from web.api.document import open_api
from web.clock import demo
from web.config import Config
from web.handing import POLICY
from web.health import health
from web.house import open_house
from web.limits import limiter
from web.signin import LONGEST, open_auth
from web.tokens import tokens
from web.views import BLUEPRINTS
from web.words import speak

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(config: Config) -> Flask:
    """Return the application for a configuration; its database must be there."""
    app = Flask("luoshi", root_path=str(_HERE), static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=config.max_body,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=1000,
        SESSION_COOKIE_NAME="luoshi",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.https,
        PERMANENT_SESSION_LIFETIME=LONGEST,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=config.limits_url,
        RATELIMIT_HEADERS_ENABLED=False,
        # Two houses may share one Redis; each counts its own visitors.
        RATELIMIT_KEY_PREFIX=sha256(config.database_url.encode()).hexdigest()[:12],
    )
    # A form's fields come in the order in which its author wrote them.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies)  # type: ignore[method-assign]
    open_house(app, config)
    csrf = CSRFProtect(app)
    limiter.init_app(app)
    speak(app)
    open_auth(app)
    frame.hang(app)
    refusals.hang(app)
    for blueprint in (*BLUEPRINTS, demo, health, tokens):
        app.register_blueprint(blueprint)
    open_api(app, csrf)
    _send_headers(app)
    return app


def _send_headers(app: Flask) -> None:
    @app.after_request
    def headers(response):  # type: ignore[no-untyped-def]
        # XML of a package is shown by nobody: opened by itself, whatever its author hid in it neither runs nor leads away.
        if response.mimetype in ("application/xml", "text/xml"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.cache_control.max_age:
            # Pages hold what only this reader may see.
            response.headers["Cache-Control"] = "no-store"
        return response

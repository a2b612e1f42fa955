"""The API put together, and its document: OpenAPI 3.1, in the reader's language, served and written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from flask_babel import gettext as _
from flask_smorest import Api
from flask_wtf import CSRFProtect

from tenants.text import say
from web.api import (
    amending,  # noqa: F401  (it adds its operations to the campaigns)
    calendar,
    campaigns,
    carried,  # noqa: F401  (it adds its operation to the ledgers)
    deliveries,
    draws,  # noqa: F401  (it adds its operations to the tasks and instances)
    duties,
    handing_down,  # noqa: F401  (it adds its operations to the packages)
    instances,
    me,
    members,
    merges,  # noqa: F401  (and these, to the packages)
    migrating,  # noqa: F401  (and these, to the campaigns and the instances)
    notices,
    packages,
    rehearsal,  # noqa: F401  (it adds its operation to the campaigns)
    reporting,  # noqa: F401  (and this one, to the campaigns)
    rollups,  # noqa: F401  (so does this one, to the instances)
    roster,  # noqa: F401  (so does this one, to units and members)
    settling,  # noqa: F401  (and this one, to campaigns and tasks)
    tables,  # noqa: F401  (it adds its operations to the tasks)
    tasks,
    templates,
    trail,
    units,
)
from web.api.chapters import chapters
from web.api.fields import RefusalShape
from web.api.operation import Noun

VERSION = "1.0.0"
ROOT = "/api/v1"
NOUNS: tuple[Noun, ...] = (
    me.me, tasks.tasks, instances.instances, campaigns.campaigns, duties.duties, instances.ledger_noun, deliveries.deliveries,
    packages.packages,
    templates.templates, notices.notices, units.units, members.members, calendar.calendar, trail.audit,
    trail.incidents, trail.files,
)  # fmt: skip
_KEY = "luoshi-api"
_SAID = ("title", "summary", "description")
_ABOUT = say(
    "程序通过这些接口办理页面上能办的一切，规则、权限、提示都一样。每个令牌代表一个岗位：在“我的账号”新建，写进请求头 "
    "Authorization: Bearer 令牌。办理类的请求可带 Idempotency-Key，重发不会办两次；提示的语言由 Accept-Language 决定。"
)
docs = Blueprint("api_docs", __name__)


class Interface(Api):
    """flask-smorest with our refusals: errors are answered by `web.refusals`, like everywhere."""

    ERROR_SCHEMA = RefusalShape
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        pass


def open_api(app: Flask, csrf: CSRFProtect) -> None:
    """Give the application its API. Call once. Tokens are sent on purpose, so that nobody can be made to send one."""
    app.config.update(
        API_TITLE=str(say("落实接口")), API_VERSION=VERSION, OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"info": {"description": str(_ABOUT)}},
    )  # fmt: skip
    api = Interface(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for noun in NOUNS:
        api.register_blueprint(noun, url_prefix=ROOT)
        csrf.exempt(noun)
    app.register_blueprint(docs, url_prefix=ROOT)
    app.extensions[_KEY] = api.spec.to_dict()


def document(app: Flask, translate: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the OpenAPI document with its texts in the reader's language."""
    found: dict[str, Any] = _translated(app.extensions[_KEY], translate)
    known = {noun.name: noun.description for noun in NOUNS}
    found["tags"] = [
        {"name": name.removeprefix("api_"), "description": translate(words)} for name, words in known.items()
    ]
    return found


@docs.get("/openapi.json")
def openapi() -> Response:
    """Hand out the document."""
    return jsonify(document(current_app, _))


@docs.get("/docs")
def read() -> str:
    """Show the document to people."""
    return render_template("api.html", **chapters(document(current_app, _)))


def _translated(part: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(part, dict):
        return {
            key: translate(value)
            if key in _SAID and isinstance(value, str) and value
            else _translated(value, translate)
            for key, value in part.items()
            if not (key == "description" and value == "")
        }
    return [_translated(one, translate) for one in part] if isinstance(part, list) else part

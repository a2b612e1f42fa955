"""What a program sends, read: bounded before any parser builds it, and refused in our words."""

from __future__ import annotations

import hashlib
from typing import Any, NoReturn

from flask import g, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import CombinedMultiDict

from forms.answers import canonical, parse_answers
from tenants.errors import Refusal
from tenants.text import say
from web.api.fields import refused

JSON, FILES = "application/json", "multipart/form-data"
_CHUNK = 1024 * 1024


class WrongType(Refusal):
    """What was sent is of a kind that is not read here."""

    code, status = "wrong_type", 415


class NotAcceptable(Refusal):
    """What would be answered is not what the program reads."""

    code, status = "not_acceptable", 406


class Reader(FlaskParser):
    """Reads bodies and addresses for the schemas."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(("json", "query", "files"), RAISE)

    def load_json(self, req: Any, schema: Schema) -> Any:
        return body()

    def load_files(self, req: Any, schema: Schema) -> Any:
        # Fields of text are none of the schema's, and are refused like any other that it does not name.
        return self._makeproxy(CombinedMultiDict([req.files, req.form]), schema)

    def handle_error(
        self,
        error: ValidationError,
        req: Any,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        found: Any = error.messages
        # One location is read at a time; its name tells a program nothing.
        raise refused(next(iter(found.values())) if isinstance(found, dict) and len(found) == 1 else found)


def body() -> dict[str, Any]:
    """Return the JSON object that was sent, read once for each request."""
    if "api_body" not in g:
        g.api_body = parse_answers(request.get_data(cache=True))
    found: dict[str, Any] = g.api_body
    return found


def require_types(*, sends: str, answers: str) -> None:
    """Refuse a body of another kind (415), and a program that does not read what it would get (406)."""
    if answers and not request.accept_mimetypes.best_match([answers]) and request.accept_mimetypes:
        raise NotAcceptable(
            say("这个接口只能返回 {type}。", type=answers), say("请改写请求头 Accept，或去掉它。")
        )
    if sends and request.mimetype != sends:
        raise WrongType(
            say("请求内容的类型不对。"), say("请按 {type} 发送，并写明 Content-Type。", type=sends)
        )


def content_mark(sends: str) -> str:
    """Return what tells two requests with the same address apart: what was sent with them."""
    if sends == JSON:
        return canonical(body())
    if sends == FILES:
        return "\n".join(
            sorted(f"{name} {file.filename} {_digest(file)}" for name, file in request.files.items())
        )
    return ""


def _digest(file: Any) -> str:
    found = hashlib.sha256()
    file.stream.seek(0)
    while piece := file.stream.read(_CHUNK):
        found.update(piece)
    file.stream.seek(0)
    return found.hexdigest()

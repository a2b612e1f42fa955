"""Somebody with a browser: keeps cookies, sends the CSRF token of the page, comes from one address."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """A browser session. `token` is None until a page was seen."""

    def __init__(self, client: FlaskClient, address: str, *, https: bool = False) -> None:
        self.client, self.address = client, address
        self.base = "https://localhost" if https else "http://localhost"
        self._token: str | None = None

    def open(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """Send a request as it stands."""
        environ = {"REMOTE_ADDR": self.address}
        options.setdefault("headers", {}).setdefault("Referer", f"{self.base}/")
        answer = self.client.open(
            path, method=method, base_url=self.base, environ_overrides=environ, **options
        )
        # A real server sends no other: it ends the connection instead, without an answer.
        str(answer.headers).encode("latin-1")
        return answer

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.open(path, **options)

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Post a form as a page of ours would, with the token."""
        return self.open(path, "POST", data={"csrf_token": self.token(), **(form or {})}, **options)

    def send(self, path: str, body: Any, method: str = "POST") -> TestResponse:
        """Send JSON as a page of ours would, with the token."""
        headers = {"X-CSRFToken": self.token(), "Accept": "application/json"}
        return self.open(path, method, json=body, headers=headers)

    def token(self) -> str:
        """Return the CSRF token of this session, read from a page."""
        if self._token is None:
            pages = (self.get(path).text for path in ("/account", "/signin", "/account/password"))
            found = next(filter(None, map(_TOKEN.search, pages)), None)
            assert found, "no page has a form"
            self._token = found[1]
        return self._token

    def sign_in(self, login: str, password: str, **more: str) -> TestResponse:
        answer = self.post("/signin", {"name": login, "password": password, **more})
        self._token = None
        return answer

    @property
    def signed_in(self) -> bool:
        return self.get("/account").status_code == 200

    def cookie(self, name: str = "luoshi") -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

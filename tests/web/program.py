"""Somebody's program: has a token, keeps no cookies, speaks JSON."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ROOT = "/api/v1"


class Program:
    """A program with a token; without one it is nobody's."""

    def __init__(self, client: FlaskClient, address: str, token: str = "") -> None:
        self.client, self.address, self.token = client, address, token

    def open(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """Send a request; `path` begins behind the root of the API."""
        headers = dict(options.pop("headers", None) or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        environ = {"REMOTE_ADDR": self.address}
        answer = self.client.open(
            f"{ROOT}{path}", method=method, headers=headers, environ_overrides=environ, **options
        )
        str(answer.headers).encode("latin-1")  # a real server sends no other
        return answer

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.open(path, **options)

    def post(self, path: str, body: Any = None, key: str = "", **options: Any) -> TestResponse:
        """Send JSON; without a body nothing."""
        return self.send("POST", path, body, key, **options)

    def send(self, method: str, path: str, body: Any = None, key: str = "", **options: Any) -> TestResponse:
        headers = {**({"Idempotency-Key": key} if key else {}), **options.pop("headers", {})}
        sent = {"json": body} if body is not None else {}
        return self.open(path, method, headers=headers, **sent, **options)

"""Serving HTTP with gunicorn: some processes with some threads each, and settings that come from the configuration alone."""

from __future__ import annotations

import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from web import house
from web.app import create_app
from web.config import Config


class Site(BaseApplication):
    """Gunicorn, told everything by us: it reads neither the command line nor a file."""

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__()

    def load_config(self) -> None:
        config = self._config
        settings: dict[str, Any] = {
            "bind": f"{config.host}:{config.port}",
            "workers": config.workers,
            "threads": config.threads,
            "worker_class": "gthread",
            "timeout": 60,
            "graceful_timeout": 8,
            "keepalive": 5,
            "limit_request_line": 8190,
            "accesslog": "-",
            "access_log_format": "%(t)s %(s)s %(m)s %(U)s %(B)s bytes %(M)s ms",  # no query: it may hold a name
            "loglevel": config.log_level.lower(),
            "control_socket_disable": True,
            "forwarded_allow_ips": "127.0.0.1,::1",
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # In each worker process, so that none inherits another's connections.
        app = create_app(self._config)
        house.settle()
        return app


def serve(config: Config) -> None:
    """Serve until told to end."""
    Site(config).run()


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
            probe.listen(1)
        except OSError:
            return False
    return True

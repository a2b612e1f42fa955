"""Settings: sensible without any, refused where they are unsafe."""

from __future__ import annotations

import dataclasses
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from web import config
from web.config import BadSetting

GOOD_SECRET = "q8Zr1vX0mT5nB7cL3kJ9hG2fD6sA4pWu"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORT", "LUOSHI_DEMO", "LUOSHI_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_without_any_setting_everything_lives_in_the_home_folder_and_listens_here_only(own_home):
    read = config.read()
    assert read.database_url == f"sqlite:///{own_home / 'luoshi.db'}"
    assert read.redis_url == f"unix://{own_home / 'run' / 'valkey.sock'}"
    assert read.embedded_database and read.embedded_valkey
    assert read.store.is_dir() and read.store.is_relative_to(own_home)
    assert (read.host, read.port) == ("127.0.0.1", 8000)
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.port = 1  # type: ignore[misc]


def test_the_secret_is_made_once_and_nobody_else_may_read_it(own_home):
    first = config.read().secret_key
    assert config.read().secret_key == first and len(first) >= 43
    assert stat.S_IMODE((own_home / "secret").stat().st_mode) == 0o600
    assert first not in repr(config.read())


def test_processes_that_start_together_agree_on_one_secret(own_home):
    own_home.mkdir()
    with ThreadPoolExecutor(8) as threads:
        secrets = list(threads.map(lambda _: config.read().secret_key, range(16)))
    assert len(set(secrets)) == 1


def test_a_secret_that_others_may_read_is_refused(own_home):
    config.read()
    (own_home / "secret").chmod(0o644)
    with pytest.raises(BadSetting, match="chmod 600"):
        config.read()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LUOSHI_SECRET_KEY", "changeme", "well-known"),
        ("LUOSHI_SECRET_KEY", "this-is-my-secret-this-is-my-secret-0123456789", "well-known"),
        ("LUOSHI_SECRET_KEY", "a" * 64, "too easy"),
        ("LUOSHI_SECRET_KEY", GOOD_SECRET[:31], "32 random bytes"),
        ("PORT", "0", "between 1 and 65535"),
        ("PORT", "70000", "between"),
        ("PORT", "eighty", "PORT"),
        ("DATABASE_URL", "mysql://localhost/luoshi", "SQLite and PostgreSQL"),
        ("REDIS_URL", "redis://10.0.0.5:6379/0", "requirepass"),
        ("REDIS_URL", "http://localhost", "redis://"),
        ("LUOSHI_HOST", "0.0.0.0", "LUOSHI_HTTPS"),
        ("LUOSHI_WORKERS", "0", "between 1 and 256"),
        ("LUOSHI_LOG_LEVEL", "chatty", "one of"),
    ],
)
def test_an_unsafe_or_unreadable_setting_is_refused_with_what_to_do(monkeypatch, name, value, words):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting, match=words) as refusal:
        config.read()
    if name == "LUOSHI_SECRET_KEY":
        assert value not in str(refusal.value)


def test_the_demonstration_never_listens_to_other_machines(monkeypatch):
    monkeypatch.setenv("LUOSHI_DEMO", "true")
    monkeypatch.setenv("LUOSHI_HTTPS", "true")
    monkeypatch.setenv("LUOSHI_HOST", "192.0.2.7")
    with pytest.raises(BadSetting, match="well-known passwords"):
        config.read()


def test_a_sqlite_house_cannot_share_its_bell_with_another_machine(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "rediss://:password@redis.example.org/0")
    with pytest.raises(BadSetting, match="PostgreSQL"):
        config.read()


def test_production_settings_are_taken_as_they_are(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://luoshi:pw@db/luoshi")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner:pw@db/luoshi")
    monkeypatch.setenv("REDIS_URL", "rediss://:pw@redis:6379/0")
    monkeypatch.setenv("LUOSHI_SECRET_KEY", GOOD_SECRET)
    monkeypatch.setenv("LUOSHI_HOST", "0.0.0.0")
    monkeypatch.setenv("LUOSHI_HTTPS", "true")
    read = config.read()
    assert read.database_url == "postgresql+psycopg://luoshi:pw@db/luoshi"
    assert read.owner_url == "postgresql+psycopg://owner:pw@db/luoshi"
    assert not read.embedded_database and not read.embedded_valkey
    assert read.secret_key == GOOD_SECRET
    assert ":pw@" not in repr(read)


def test_a_home_with_a_long_name_keeps_its_socket_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / ("很长的名字" * 10)))
    read = config.read()
    assert len(read.redis_url.encode()) < 110 and read.embedded_valkey
    assert read.limits_url == f"redis+{read.redis_url}"

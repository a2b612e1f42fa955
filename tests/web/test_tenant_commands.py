"""The first tenant and its administrator, as whoever installs a service meets them at the terminal."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

import workflows
from tenants import trail
from tenants.clock import ShiftedClock, SystemClock, machine_now
from tenants.db import system_work, unit_of_work
from tenants.models import AuditEntry, Member, Unit, User
from tests.databases import Database, plain_app
from tests.web.visitor import Visitor
from tests.world import PASSWORD
from web.app import create_app
from web.cli import main
from web.config import Config, read
from web.house import bare_app, house

GALLERY = Path(workflows.__file__).parent / "gallery"
NAME = "阳城县应急管理局"
FIRST = ("tenant", "add", "yangcheng", "--name", NAME, "--level", "county", "--code", "140522")
BOSS = ("admin", "add", "yangcheng", "--login", "boss", "--name", "周明远")


@pytest.fixture(autouse=True)
def terminal(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "LUOSHI_DEMO"):
        monkeypatch.delenv(name, raising=False)


def luoshi(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def done(*words: object) -> str:
    result = luoshi(*words)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: object) -> str:
    result = luoshi(*words)
    assert result.exit_code == 1 and "Traceback" not in result.output, result.output
    assert isinstance(result.exception, SystemExit)
    return result.output


def code_in(said: str) -> str:
    found = re.search(r"一次性登录码：(\S+)", said)
    assert found, said
    return found[1]


@pytest.fixture
def installed(database: Database, monkeypatch) -> Database:
    """A database that was just migrated: tables and walls, and nobody in it."""
    monkeypatch.setenv("DATABASE_URL", database.url)
    return database


@pytest.fixture
def site(installed: Database, valkey_url: str, tmp_path):
    """The application on that database."""
    config = Config(
        home=tmp_path, store=tmp_path / "store", database_url=installed.url, owner_url=installed.owner_url,
        redis_url=valkey_url, secret_key="only-for-tests-0123456789-abcdefghij",
    )  # fmt: skip
    return create_app(config)


def look(database: Database, query, tenant: str = "yangcheng") -> list:
    with (
        plain_app(database),
        unit_of_work(tenant, None, clock=SystemClock(), store=Path("."), reads=True, as_house=True) as work,
    ):
        return list(work.session.scalars(query))


def test_a_fresh_installation_is_brought_to_a_signed_in_administrator(installed, site):
    assert "luoshi tenant add" in done("tenant", "list")
    assert "luoshi admin add yangcheng" in done(*FIRST)
    once = code_in(done(*BOSS))
    visitor = Visitor(site.test_client(), "10.9.0.1", https=False)
    assert visitor.sign_in("boss", once).status_code == 303
    assert visitor.get("/t/yangcheng/inbox").headers["Location"].endswith("/account/password")
    form = {"new": PASSWORD, "again": PASSWORD}
    assert visitor.post("/account/password", form).status_code == 303
    for page in ("inbox", "members", "units", "packages"):
        assert visitor.get(f"/t/yangcheng/{page}").status_code == 200
    (top,) = look(installed, select(Unit))
    (member,) = look(installed, select(Member))
    assert (top.name, top.kind, top.parent_id) == (NAME, "bureau", None)
    assert member.unit_id == top.id and member.roles == ["author", "staff", "tenant_admin"]
    actions = [entry.action for entry in look(installed, select(AuditEntry).order_by(AuditEntry.id))]
    assert actions[:3] == ["tenant.add", "unit.add", "member.add"]


def test_the_same_again_changes_nothing_and_shows_no_password(installed):
    for words in (FIRST, BOSS):
        done(*words)
        again = done(*words)
        assert "没有改动" in again and "一次性登录码" not in again
    assert len(look(installed, select(Unit))) == len(look(installed, select(Member))) == 1
    added = select(AuditEntry).where(AuditEntry.action == "tenant.add")
    assert len(look(installed, added)) == 1


def test_tenants_are_listed_below_their_superiors(installed):
    done("tenant", "add", "shanxi", "--name", "山西省应急管理厅", "--level", "province", "--code", "140000")
    done(*FIRST, "--parent", "shanxi")
    done(*BOSS)
    lines = done("tenant", "list").splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["shanxi", "province", "140000", "0", "山西省应急管理厅"],
        ["yangcheng", "county", "140522", "1", NAME],
    ]
    assert lines[2].startswith("  yangcheng")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tenant", "add", "Yang", "--name", "甲", "--level", "county"], "小写字母"),
        (["tenant", "add", "../x", "--name", "甲", "--level", "county"], "小写字母"),
        (["tenant", "add", "other", "--name", " ", "--level", "county"], "名称必须填写"),
        (["tenant", "add", "other", "--name", "甲", "--level", "county", "--code", "14"], "6、9 或 12 位"),
        (
            ["tenant", "add", "other", "--name", "甲", "--level", "county", "--parent", "nowhere"],
            "tenant list",
        ),
        (
            ["tenant", "add", "other", "--name", "甲", "--level", "city", "--parent", "yangcheng"],
            "更低的级别",
        ),
        (["tenant", "add", "yangcheng", "--name", "另一个", "--level", "county"], "换一个简称"),
        (["admin", "add", "nowhere", "--login", "x", "--name", "某"], "tenant list"),
        (["admin", "add", "yangcheng", "--login", "new", "--name", " "], "姓名必须填写"),
        (["admin", "add", "yangcheng", "--login", "boss", "--name", "别人"], "换一个登录名"),
        (["admin", "reset", "nobody"], "没有“nobody”这个账号"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_with_code_1(installed, words, said):
    done(*FIRST)
    done(*BOSS)
    assert said in refused(*words)


def test_an_unknown_level_is_wrong_usage(installed):
    assert luoshi("tenant", "add", "x1", "--name", "甲", "--level", "village").exit_code == 2


def test_a_database_without_tables_is_told_how_to_get_them():
    assert "luoshi migrate" in refused(*FIRST)


def test_a_database_that_does_not_answer_is_named_without_a_traceback(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert "数据库没有应答" in refused("tenant", "list")


def test_an_english_terminal_reads_english(installed, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "one-time code" in (done(*FIRST) + done(*BOSS)).lower()
    said = refused("admin", "reset", "nobody")
    assert not re.search(r"[\u4e00-\u9fff]", said)


def test_a_password_is_reset_wherever_its_owner_has_posts_and_every_tenant_can_read_it(
    installed, world, site
):
    done("admin", "add", "qinshui", "--login", "pine", "--name", "松岭矿长")
    once = code_in(done("admin", "reset", " PINE "))
    visitor = Visitor(site.test_client(), "10.9.0.2", https=False)
    assert visitor.sign_in("pine", PASSWORD).status_code != 303
    assert visitor.sign_in("pine", once).status_code == 303
    resets = select(AuditEntry).where(AuditEntry.action == "member.give_code")
    for tenant in ("yangcheng", "qinshui"):
        (entry,) = look(installed, resets, tenant)
        assert entry.actor == "系统" and entry.facts == {"through": "luoshi"} and once not in str(entry.facts)


def test_a_system_administrator_without_any_post_gets_a_new_password_too(installed, world):
    code_in(done("admin", "reset", "root"))


def test_a_closed_account_is_not_reset(installed, world):
    with plain_app(installed), system_work() as session:
        session.scalars(select(User).where(User.login == "pine")).one().active = False
    assert "已停用" in refused("admin", "reset", "pine")


def test_somebody_who_works_here_already_becomes_administrator_with_the_password_they_have(installed, world):
    said = done("admin", "add", "yangcheng", "--login", "clerk", "--name", "经办人丙")
    assert "密码不变" in said and "一次性登录码" not in said
    (member,) = look(installed, select(Member).where(Member.name == "经办人丙"))
    assert member.roles == ["author", "staff", "tenant_admin"] and member.posts == ["leading_group"]


def test_an_administrator_who_was_deactivated_comes_back(installed, world):
    with plain_app(installed), unit_of_work(
        "yangcheng", None, clock=SystemClock(), store=Path("."), as_house=True
    ) as work:  # fmt: skip
        work.session.get_one(Member, (work.tenant.id, world.member("admin"))).active = False
    done("admin", "add", "yangcheng", "--login", "admin", "--name", "管理员甲")
    (member,) = look(installed, select(Member).where(Member.name == "管理员甲"))
    assert member.active and "tenant_admin" in member.roles


def test_a_login_that_every_password_happens_to_hold_gets_one_all_the_same(installed):
    done(*FIRST)
    code_in(done("admin", "add", "yangcheng", "--login", "ls", "--name", "李四"))


# --- whose clock ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_is_done_at_the_terminal_to_a_demonstration_is_done_at_its_time(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    ShiftedClock(home / "clock").move_to(datetime(2024, 11, 1, 1, 0, tzinfo=UTC))
    done("migrate")
    done(*FIRST)
    done("publish", next(GALLERY.glob("*/campaign.yaml")).parent, "--tenant", "yangcheng")
    with bare_app(read()).app_context():
        here = house()
        with unit_of_work("yangcheng", None, clock=here.clock, store=tmp_path, as_house=True) as work:
            found, total = trail.read(work, trail.Filters())
    assert total >= 2 and {entry.at.year for entry in found} == {2024}


def test_a_service_follows_no_clock_that_a_demonstration_left_behind(tmp_path):
    (home := tmp_path / "home").mkdir()
    ShiftedClock(home / "clock").move_to(datetime(2024, 11, 1, 1, 0, tzinfo=UTC))
    config = dataclasses.replace(read(), database_url="sqlite:////elsewhere/luoshi.db")
    assert not config.moves_time and dataclasses.replace(config, demo=True).moves_time
    (home / "clock").unlink()
    assert not read().moves_time
    assert machine_now() - bare_app(read()).extensions["luoshi"].clock.now() < timedelta(minutes=1)

"""A province with two cities, a county below the first of them, and three mines: invented, and nothing of the demonstration's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from tenants import accounts, directory, stand_ins
from tenants.clock import ShiftedClock
from tenants.db import Work, system_work, unit_of_work
from tenants.models import Tenant
from tests.journeys.clerk import PASSWORD
from web import config
from web.house import bare_app, house, make_database

# slug, name, level, slug of the superior; from the top to the bottom
TENANTS = (
    ("qingyuan", "青原省应急管理厅", "province", ""),
    ("linxi", "临溪市应急管理局", "city", "qingyuan"),
    ("baiyu", "白榆市应急管理局", "city", "qingyuan"),
    ("shiqiao", "石桥县应急管理局", "county", "linxi"),
)
# slug -> login, name and posts of whoever acts for it
OFFICERS = {
    "qingyuan": ("province", "沈启明", ("department", "office")),
    "linxi": ("linxi", "顾文澜", ()),
    "baiyu": ("baiyu", "程慧敏", ()),
    "shiqiao": ("county", "罗志远", ()),
}
# code and login, name, name of its principal
MINES = (
    ("donggou", "东沟煤矿", "韩永胜"),
    ("xiling", "西岭煤矿", "魏长林"),
    ("nanshan", "南山煤矿", "邹立业"),
)
# The first Monday after Jilin's notice.
_MORNING = datetime(2023, 3, 27, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def prepare() -> None:
    """Found the authorities in the house of the surroundings; no campaign, no package."""
    settings = config.read()
    make_database(settings)
    with bare_app(settings).app_context():
        clock = house().clock
        assert isinstance(clock, ShiftedClock)
        clock.move_to(_MORNING)
        made: dict[str, Tenant] = {}
        with system_work() as session:
            for slug, name, level, above in TENANTS:
                made[slug] = directory.add_tenant(session, slug, name, level, parent=made.get(above))
        for slug, name, level, _above in TENANTS:
            _settle(slug, name, level)


def _settle(slug: str, name: str, level: str) -> None:
    """Give an authority its bureau, whoever acts for it, its mines, and units that stand for those below."""
    login, person, posts = OFFICERS[slug]
    mines = MINES if level == "county" else ()
    with system_work() as session:
        people = [(login, person), *((code, head) for code, _mine, head in mines)]
        users = {
            one: accounts.add_user(session, one, who, PASSWORD, must_change=False).id for one, who in people
        }
    with _work(slug) as work:
        about = {"mandate": "all", "level": level}
        bureau = directory.add_unit(work, "bureau", name, "bureau", attributes=about)
        roles = ("staff", "tenant_admin", "author")
        directory.add_member(work, users[login], bureau.id, person, posts=posts, roles=roles)
        for code, mine, head in mines:
            unit = directory.add_unit(
                work, code, mine, "mine", parent_id=bureau.id, status="生产", attributes={"类别": "井工煤矿"}
            )
            directory.add_member(work, users[code], unit.id, head, posts=("principal",), roles=("staff",))
        stand_ins.complete(work)


@contextmanager
def _work(slug: str) -> Iterator[Work]:
    with unit_of_work(slug, None, clock=house().clock, store=house().config.store, as_house=True) as work:
        yield work

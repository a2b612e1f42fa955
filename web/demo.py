"""Loads the demonstration: a province, a city, two counties, twelve mines, their people, and a campaign on its first day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import count
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from engine import campaigns
from tenants import accounts, directory, outbox
from tenants.clock import ShiftedClock
from tenants.db import Work, system_work, unit_of_work
from tenants.models import Member, Tenant, Unit, User
from web import demo_world as world
from web.demo_accounts import PASSWORD
from web.house import house
from web.jobs import run_job
from workflows import publish
from workflows.package import Package, read_folder

_ZONE = ZoneInfo("Asia/Shanghai")
_GALLERY = Path(publish.__file__).parent / "gallery"
# Which county has the prefix of which accounts; the first is where the campaign runs.
_COUNTIES = {"yangcheng": "yc", "qinshui": "qs"}


def load(app: Flask, *, launched: bool = True) -> bool:
    """Load the demonstration unless it is there already; return whether it was loaded.

    launched: the gallery's first campaign is running in the first county, on the day of its notice; else it is only published.
    """
    with app.app_context():
        with system_work(reads=True) as globals_:
            if globals_.scalar(select(Tenant.id).limit(1)):
                return False
        packages = _gallery()
        # First of all, so that the trail begins on the day of the notice, too.
        _set_clock(packages[0])
        _tenants()
        for slug, prefix in _COUNTIES.items():
            _county(slug, prefix, big=slug == next(iter(_COUNTIES)))
        _campaign(packages, next(iter(_COUNTIES)), launched)
        return True


def _tenants() -> None:
    with system_work() as globals_:
        made: dict[str, Tenant] = {}
        for slug, name, level, code, above in world.TENANTS:
            made[slug] = directory.add_tenant(globals_, slug, name, level, parent=made.get(above), code=code)


def _county(slug: str, prefix: str, *, big: bool) -> None:
    """Make a county's units and people; the small one has one company with two mines."""
    with _house_work(slug) as work:
        units: dict[str, Unit] = {}
        for code, name, kind, above, attributes in world.BUREAU:
            units[code] = _unit(work, units, code, name, kind, above, attributes=attributes)
        companies = world.COMPANIES if big else []
        for code, name in companies or [("qinyuan", "沁源新能公司")]:
            units[code] = _unit(work, units, code, name, "company", "")
        for mine in _mines(big):
            _mine(work, units, *mine)
        names = _names()
        shared = accounts.hashed(PASSWORD)
        for login, name, at, title, posts, roles in world.BUREAU_PEOPLE:
            _member(work, shared, f"{prefix}.{login}", name, units[at], title, posts, roles)
        for code, unit in units.items():
            if unit.kind == "company":
                _member(
                    work,
                    shared,
                    f"{prefix}.{code}",
                    next(names),
                    unit,
                    "安监部部长",
                    ["principal"],
                    ["staff"],
                )
            elif unit.kind == "mine":
                _member(
                    work,
                    shared,
                    f"{prefix}.{code}",
                    next(names),
                    unit,
                    "安全科科长",
                    ["deputy", "principal"],
                    ["staff"],
                )
            elif unit.kind in ("section", "crew"):
                title = "队长" if unit.kind == "section" else "班长"
                _member(work, shared, f"{prefix}.{code}", next(names), unit, title, [], ["staff"])


def _mines(big: bool) -> list[tuple[str, str, str, str, dict[str, object]]]:
    if big:
        return world.MINES
    return [
        ("qinan", "沁南煤矿", "qinyuan", "生产", {"method": "井工", "output": 90}),
        ("qinbei", "沁北煤矿", "qinyuan", "生产", {"method": "井工", "output": 60}),
    ]


def _mine(
    work: Work,
    units: dict[str, Unit],
    code: str,
    name: str,
    company: str,
    status: str,
    attributes: dict[str, object],
) -> None:
    units[code] = _unit(work, units, code, name, "mine", company, status=status, attributes=attributes)
    for mark, section, crews in world.SECTIONS:
        units[f"{code}.{mark}"] = _unit(work, units, f"{code}.{mark}", f"{name}{section}", "section", code)
        for number, crew in enumerate(crews, start=1):
            at = f"{code}.{mark}{number}"
            units[at] = _unit(work, units, at, f"{name}{crew}", "crew", f"{code}.{mark}")


def _unit(
    work: Work, units: dict[str, Unit], code: str, name: str, kind: str, above: str, **more: object
) -> Unit:
    parent = units[above].id if above else None
    return directory.add_unit(work, code, name, kind, parent_id=parent, **more)  # type: ignore[arg-type]


def _member(
    work: Work, shared: str, login: str, name: str, unit: Unit, title: str, posts: list[str], roles: list[str]
) -> Member:
    user = User(login=login, name=name, password_hash=shared, must_change=False, stamp=accounts.new_stamp())
    work.session.add(user)
    work.session.flush()
    return directory.add_member(work, user.id, unit.id, name, title=title, posts=posts, roles=roles)


def _names() -> Iterator[str]:
    """Yield invented names, all different for a while."""
    for number in count():
        yield (
            world.FAMILY[number % len(world.FAMILY)]
            + world.GIVEN[(number * 5 + number // 20) % len(world.GIVEN)]
        )


def _gallery() -> list[Package]:
    """Return the built-in packages, that of the newest notice first: the one to be launched."""
    found = []
    for folder in sorted(path for path in _GALLERY.iterdir() if (path / "campaign.yaml").exists()):
        package, problems = read_folder(folder)
        if package is None or any(problem.level == "error" for problem in problems):
            raise RuntimeError(f"{folder.name}: {'; '.join(str(problem.what) for problem in problems[:5])}")
        found.append(package)
    return sorted(found, key=lambda each: each.notice.issued or date.min, reverse=True)


def _set_clock(package: Package) -> None:
    """Start the demonstration's clock in the morning of the day of the package's notice."""
    clock = house().clock
    if isinstance(clock, ShiftedClock) and package.notice.issued:
        clock.move_to(datetime.combine(package.notice.issued, time(9), _ZONE))


def _campaign(packages: list[Package], slug: str, launched: bool) -> None:
    """Publish the packages in every county, and launch the first of them in one."""
    for county, prefix in _COUNTIES.items():
        with admin_work(county, prefix) as work:
            for each in packages:
                publish.publish(work, each.files)
            if launched and county == slug:
                campaigns.launch(work, packages[0].hash)
    # What is due at once is done at once, so that nobody's first inbox is empty while the worker still starts.
    with system_work(reads=True) as globals_:
        due = outbox.due(globals_, house().clock.now(), limit=1000)
    for tenant, job in due:
        run_job(str(tenant), str(job))


@contextmanager
def _house_work(slug: str) -> Iterator[Work]:
    here = house()
    with unit_of_work(slug, None, clock=here.clock, store=here.config.store, as_house=True) as work:
        yield work


@contextmanager
def admin_work(slug: str, prefix: str) -> Iterator[Work]:
    """Act as the county's administrator, so that the trail says who published and launched."""
    here = house()
    with _house_work(slug) as work:
        query = select(Member.id).join(User, User.id == Member.user_id).where(User.login == f"{prefix}.admin")
        member: UUID = work.session.scalars(query).one()
    with unit_of_work(slug, member, clock=here.clock, store=here.config.store) as work:
        yield work

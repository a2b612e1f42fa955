"""A province, its city, the city's counties, with somebody in each who hands down and takes over."""

from __future__ import annotations

from uuid import UUID

from engine import inbox, tasks
from engine.cascade import down, overview
from tenants import accounts, directory, stand_ins
from tenants.db import system_work
from tests.engine.package import files
from tests.world import PASSWORD, Door
from workflows.publish import publish

PACKAGE = "winter-2024"
# Who acts for an authority.
ACTS = {"shanxi": "province", "jincheng": "city", "yangcheng": "admin", "qinshui": "qs-admin"}


def people(open_work: Door, *slugs: str) -> None:
    """Give an authority its bureau, and somebody in it who does everything; stand-ins for those below."""
    for slug in slugs:
        login = ACTS[slug]
        with system_work() as session:
            user = accounts.add_user(session, login, f"{login}某", PASSWORD, must_change=False).id
        with open_work(slug) as work:
            bureau = directory.add_unit(
                work, "bureau", f"{work.tenant.name}局", "bureau", attributes={"mandate": "all"}
            )
            roles = ("staff", "tenant_admin", "author")
            member = directory.add_member(work, user, bureau.id, f"{login}某", roles=roles)
            stand_ins.complete(work)
        open_work.world.members[login] = (slug, member.id)


def begun(open_work: Door) -> str:
    """Give the province and the city their people and the province the package of these stories; return its hash."""
    people(open_work, "shanxi", "jincheng")
    with open_work("yangcheng", "admin") as work:
        member = open_work.world.member("admin")
        directory.change_member(work, member, roles=["staff", "tenant_admin", "author"])
    return published(open_work, "shanxi")


def found(open_work: Door, slug: str, name: str, level: str, above: str, *, with_people: bool = True) -> None:
    """Found an authority below another."""
    with system_work() as session:
        parent = directory.tenant_by_id(session, open_work.world.tenants[above])
        row = directory.add_tenant(
            session, slug, name, level, parent=parent, code=f"14{len(open_work.world.tenants):04}"
        )
        open_work.world.tenants[slug] = row.id
    if with_people:
        ACTS.setdefault(slug, f"{slug}-admin")
        people(open_work, slug)


def published(open_work: Door, slug: str, version: str = "1.0.0") -> str:
    """Publish the package of these stories there, and return its hash."""
    text = files()["campaign.yaml"].replace(b"version: 1.0.0", f"version: {version}".encode())
    with acting(open_work, slug) as work:
        return publish(work, {**files(), "campaign.yaml": text}).hash


def acting(open_work: Door, slug: str, *, reads: bool = False):
    return open_work(slug, ACTS[slug], reads=reads)


def ids(open_work: Door, *slugs: str) -> list[UUID]:
    return [open_work.world.tenants[slug] for slug in slugs]


def hand(
    open_work: Door, slug: str, package_hash: str, to, note: str = "请于月底前启动。", through: str = ""
):
    with acting(open_work, slug) as work:
        return down.hand_down(work, package_hash, to, note, through=through)


def seen(open_work: Door, slug: str) -> overview.Overview:
    with acting(open_work, slug, reads=True) as work:
        return overview.overview(work, PACKAGE)


def states(open_work: Door, slug: str) -> dict[str, str]:
    """Return name -> state of those directly below and, behind a slash, of those further below."""
    told = {}
    for one in seen(open_work, slug).current:
        told[one.row.other_name] = one.row.state
        told |= {f"{one.row.other_name}/{further.name}": further.state for further in one.further}
    return told


def acknowledge(open_work: Door, slug: str, **answers: str) -> None:
    with acting(open_work, slug) as work:
        rows = [row for tab in ("todo", "claimable") for row in inbox.page(work, inbox.Filters(tab=tab)).rows]
        (row,) = [one for one in rows if one.task.name == "签收上级方案"]
        tasks.complete(work, row.task.id, answers)

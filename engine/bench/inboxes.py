"""What a page of the inbox costs among many open tasks: against the bare query for its lines, and among few against many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import cycle, islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from engine import inbox
from engine.bench import course
from engine.bench.bare import Driver
from engine.bench.claims import Part, at_most, measured
from engine.bench.ground import NOW, Ground, later
from engine.bench.sizes import Sizes
from engine.bench.timing import Times, interleaved
from engine.models import Instance, Task
from tenants.base import new_id, table_of
from tenants.models import Unit
from tenants.prepared import Prepared

_BEGIN, _ADD = Prepared(insert(table_of(Instance))), Prepared(insert(table_of(Task)))
_AT_ONCE = 10_000
# The lines of a page as it shows them, with their names and how many there are: what any inbox has to read.
_LINES = (
    "SELECT task.id, task.instance_id, task.campaign_id, node, process, place, item, task.name, form, task.title, duty, ledger, "
    "task.unit_id, about_id, desk_id, post, due, due_at, words, task.state, claimed_by, claimed_name, done_at, done_name, "
    "campaign.title, unit.name, count(*) OVER () FROM task "
    "JOIN campaign ON campaign.tenant_id = task.tenant_id AND campaign.id = task.campaign_id "
    "LEFT JOIN unit ON unit.tenant_id = task.tenant_id AND unit.id = task.unit_id "
    "WHERE task.tenant_id = ? AND task.state = 'open' AND desk_id = ? "
    "ORDER BY due_at IS NULL, due_at, task.id LIMIT 30"
)
_IDS, _INSTANTS = (0, 1, 2, 12, 13, 14, 20), (17, 22)


def _bare(driver: Driver, ground: Ground) -> list[list[Any]]:
    """Read the lines through the driver; SQLite's texts become ids and instants, as PostgreSQL's driver has them at once."""
    rows = [list(row) for row in driver.run(_LINES, ground.tenant, ground.mine).fetchall()]
    if not ground.is_postgresql:
        for row in rows:
            for index in _IDS:
                row[index] = UUID(row[index]) if row[index] else None
            for index in _INSTANTS:
                row[index] = datetime.fromisoformat(row[index]) if row[index] else None
    return rows


def parts(ground: Ground, sizes: Sizes) -> Iterator[Part]:
    """Fill the table in two steps and measure after each. The desk holds the same tasks both times."""
    _fill(ground, [ground.mine] * sizes.desk)
    others = [unit for unit in _units(ground) if unit != ground.mine]
    there = sizes.desk
    middles: list[float] = []
    for number in (sizes.few, sizes.many):
        _fill(ground, list(islice(cycle(others), number - there)))
        there = number
        ground.settle()
        times = _measure(ground, sizes)
        middles.append(times.middle("page"))
        claims = [at_most("page / bare query", times.ratio("page", "bare"), 2)]
        if len(middles) > 1:
            claims.append(at_most("page among many / among few", middles[1] / middles[0], 1.2))
        words = {
            "bare": "bare: one indexed query, its lines with names and total",
            "page": "the page, with the counts of all tabs",
        }
        found = {"open tasks": number, "at the desk": sizes.desk}
        yield Part("A page of the inbox", found, measured(times, words), tuple(claims))


def _measure(ground: Ground, sizes: Sizes) -> Times:
    driver = Driver(ground)
    try:
        with ground.as_clerk(reads=True) as work, driver.transaction():
            ways = {
                "bare": lambda: lambda: _bare(driver, ground),
                "page": lambda: lambda: inbox.page(work, inbox.Filters()),
            }
            return interleaved(ways, sizes.pages, each=3)
    finally:
        driver.close()


def _units(ground: Ground) -> list[UUID]:
    with ground.as_house(reads=True) as work:
        return list(work.session.scalars(select(Unit.id)))


def _fill(ground: Ground, desks: list[UUID]) -> None:
    """Add open tasks, three to an instance."""
    for first in range(0, len(desks), _AT_ONCE):
        some = desks[first : first + _AT_ONCE]
        instances = [_instance(ground, desk) for desk in some[::3]]
        rows = [_row(ground, instances[n // 3]["id"], desk, n) for n, desk in enumerate(some)]
        with ground.as_house() as work:
            _BEGIN.write(work.session, instances)
            _ADD.write(work.session, rows)


def _instance(ground: Ground, unit: UUID) -> dict[str, Any]:
    return {
        "id": new_id(), "campaign_id": ground.campaign, "package_hash": "bench", "process": course.PROCESS, "title": "性能测试",
        "unit_id": unit, "opened_at": NOW, "compact": b"", "event": None,
    }  # fmt: skip


def _row(ground: Ground, instance: UUID, desk: UUID, number: int) -> dict[str, Any]:
    key = new_id()
    return {
        "id": key, "instance_id": instance, "campaign_id": ground.campaign, "token": key.hex, "node": "County",
        "name": "County report", "title": "性能测试", "unit_id": desk, "desk_id": desk, "due_at": later(number % 1000),
        "opened_at": NOW,
    }  # fmt: skip

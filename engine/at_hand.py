"""What a process may know of the campaign's ledgers: the items of the unit that it concerns, as lists that expressions read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import or_, select

from engine.models import Instance, LedgerItem
from engine.process import Given
from engine.progress import PLACE
from engine.rows import AnyInstance, AnyUnit
from engine.running import Running
from tenants import access
from tenants.db import Work
from tenants.models import Unit

# So many items of a ledger, the newest: a form shows no more, and a condition over them stays within its steps.
MOST = 1_000


def ledgers_read(running: Running, process: str) -> frozenset[str]:
    """Return the ledgers that expressions of a process read by their ids."""
    return running.model(process).reads & running.package.ledgers.keys()


def given(
    work: Work, running: Running, process: str, unit: AnyUnit | None, about: AnyUnit | None
) -> Mapping[str, Callable[..., object]]:
    """Return what expressions of a process may call, and with it the ledgers that they read, as they stand now."""
    read = ledgers_read(running, process)
    if not read:
        return running.given
    return Given(running.given, items_of(work, running, read, about or unit))


def given_to(work: Work, running: Running, instance: AnyInstance) -> Mapping[str, Callable[..., object]]:
    """Return the same for an instance, whose units are looked up where it takes them."""
    if not ledgers_read(running, instance.process):
        return running.given
    key = instance.about_id or instance.unit_id
    return given(
        work, running, instance.process, work.session.get(Unit, (work.tenant.id, key)) if key else None, None
    )


def items_of(
    work: Work, running: Running, wanted: Collection[str], unit: AnyUnit | None, *, seen: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """Return ledger -> the items of a unit and of those below it, oldest first, each as its row with 状态, 编号 and 单位.

    seen: only what the actor may see. None of a campaign without the unit: nobody's items are no one's.
    """
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in wanted}
    if unit is None:
        return found
    for key in found:
        query = (
            select(LedgerItem, Unit.name)
            .join(Instance, Instance.id == LedgerItem.instance_id)
            .join(Unit, Unit.id == LedgerItem.unit_id)
            .where(
                LedgerItem.campaign_id == running.campaign.id, LedgerItem.ledger == key, Instance.hidden.is_(False),
                or_(Unit.id == unit.id, Unit.path.startswith(unit.path, autoescape=True)),
            )
            .order_by(LedgerItem.number.desc())
            .limit(MOST)
        )  # fmt: skip
        if seen:
            query = query.where(access.visible(work.viewer, PLACE))
        for item, name in work.session.execute(query):
            found[key].insert(0, {**item.data, "状态": item.status, "编号": item.number, "单位": name})
    return found

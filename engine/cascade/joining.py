"""Those who come later: what was handed down to all of a level, or all that a condition means, is handed to them as well.

Each authority with such standing orders looks once a day, and at once when one is founded below it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from engine.cascade import upwards
from engine.cascade.choosing import Child, Choice, meant
from engine.cascade.models import HandedPackage, HandOrder
from engine.cascade.sending import children, send
from engine.running import day_start
from tenants import audit, outbox
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Job
from workflows.publish import load

# The kind of job that looks who has come.
LOOK = "package_look"


def stand(work: Work, order: HandOrder) -> None:
    """Put down an order. One that stands takes the place of an earlier one for the same package that meant the same."""
    if order.standing:
        same = [one.id for one in standing_orders(work, order.package) if one.choice == order.choice]
        work.session.execute(update(HandOrder).where(HandOrder.id.in_(same)).values(stopped_at=work.now))
        _tomorrow(work)
    work.session.add(order)
    work.session.flush()


def standing_orders(work: Work, package: str | None = None) -> list[HandOrder]:
    """Return the orders that stand, of one package or of all, the newest first; none that passes on for a former superior."""
    query = (
        select(HandOrder, HandedPackage.other_id)
        .outerjoin(HandedPackage, HandedPackage.id == HandOrder.source_id)
        .where(HandOrder.standing.is_(True), HandOrder.stopped_at.is_(None))
        .order_by(HandOrder.sent_at.desc(), HandOrder.id.desc())
    )
    if package is not None:
        query = query.where(HandOrder.package == package)
    return [
        order
        for order, superior in work.session.execute(query).tuples()
        if superior in (None, work.tenant.parent_id)
    ]


def soon(work: Work) -> None:
    """Look as soon as somebody was founded below, came to be below, or left; nothing where nothing was ever handed down."""
    if work.session.scalar(select(HandOrder.id).limit(1)) is not None:
        outbox.later(work, LOOK)


def look(work: Work, job: Job) -> None:
    """Hand what stands to whoever is meant by it and has no version of it yet; note who is below no more. Tomorrow again, until
    the campaigns are over."""
    below = children(work)
    _note_gone(work, {one.id for one in below})
    orders = [one for one in standing_orders(work) if not _over(work, one)]
    if not orders:
        return
    _tomorrow(work)
    has = covered(work)
    for order in orders:
        late = [one for one in _meant(order, below) if (order.package, one.id) not in has]
        if late:
            hand_late(work, order, late)
            has |= {(order.package, one.id) for one in late}


def hand_late(work: Work, order: HandOrder, late: Sequence[Child]) -> list[HandedPackage]:
    """Hand what an order handed down to some more, in the same words; return the rows that are on their way."""
    source = work.session.get(HandedPackage, (work.tenant.id, order.source_id)) if order.source_id else None
    rows = send(work, order, late, source=source).rows
    if rows:
        audit.record(
            work, "package.catch_up", "handed_package", rows[0].id, title=order.title, version=order.version,
            names=[one.other_name for one in rows],
        )  # fmt: skip
    return rows


def covered(work: Work) -> set[tuple[str, UUID]]:
    """Return (package, authority) for all that were handed any version of a package and are still below."""
    query = select(HandedPackage.package, HandedPackage.other_id).where(
        HandedPackage.side == "out", HandedPackage.state != "gone"
    )
    return set(work.session.execute(query).tuples())


def _over(work: Work, order: HandOrder) -> bool:
    """Let an order end whose campaign is over: whoever comes now has nothing to do with it."""
    end = load(work, order.package_hash).period.end
    if end is None or end.day is None or end.day >= work.today:
        return False
    end_order(work, order)
    return True


def end_order(work: Work, order: HandOrder) -> None:
    """Let an order stand no longer."""
    order.stopped_at = work.now
    audit.record(work, "package.stop", "hand_order", order.id, title=order.title, version=order.version)


def _meant(order: HandOrder, below: Sequence[Child]) -> tuple[Child, ...]:
    try:
        return meant(Choice.of(order.choice), below).children if below else ()
    except Invalid:  # what the condition reads is known of nobody any more: then nobody is meant
        return ()


def _note_gone(work: Work, below: Collection[UUID]) -> None:
    query = select(HandedPackage).where(HandedPackage.side == "out", HandedPackage.state != "gone")
    for row in work.session.scalars(query):
        if row.other_id not in below:
            upwards.gone(work, row)


def _tomorrow(work: Work) -> None:
    day = work.today + timedelta(days=1)
    outbox.later(work, LOOK, at=day_start(work, day), key=day.isoformat())

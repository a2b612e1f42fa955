"""Where all stand to whom a package was handed down, and those further below; the statements do not grow with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from engine.cascade.choosing import Child
from engine.cascade.joining import standing_orders
from engine.cascade.models import HandedFurther, HandedPackage, HandOrder
from engine.cascade.sending import children
from tenants import access
from tenants.db import Work
from tenants.directory import LEVELS


@dataclass(frozen=True)
class Below:
    """Where one directly below stands, and those further below it, in the order of their levels."""

    row: HandedPackage
    further: Sequence[HandedFurther] = ()


@dataclass(frozen=True)
class Overview:
    """current: the version that counts for each; former: versions that were replaced, and authorities that are below no more.

    counts: level -> state -> how many, of all that count, further below included. orders: those that stand. missing: who is below
    and was handed no version.
    """

    current: Sequence[Below]
    former: Sequence[Below]
    counts: Mapping[str, Mapping[str, int]]
    orders: Sequence[HandOrder]
    children: Sequence[Child]
    missing: Sequence[Child]


def overview(work: Work, package: str) -> Overview:
    """Return where all stand with any version of a package. Raises Forbidden."""
    access.require(work.viewer, "package.read")
    below = children(work)
    rows = standing(work, package)
    query = (
        select(HandedFurther)
        .join(HandedPackage, HandedPackage.id == HandedFurther.handed_id)
        .where(HandedPackage.package == package, HandedFurther.replaced.is_(False))
        .order_by(HandedFurther.name)
    )
    further: dict[object, list[HandedFurther]] = {}
    for one in sorted(work.session.scalars(query), key=lambda one: LEVELS.index(one.level)):
        further.setdefault(one.handed_id, []).append(one)
    order = {one.id: number for number, one in enumerate(below)}
    rows.sort(key=lambda row: order.get(row.other_id, len(order)))
    counted = [row for row in rows if row.replaced_at is None and row.state != "gone"]
    current = [Below(row, further.get(row.id, [])) for row in counted]
    has = {row.other_id for row in counted}
    return Overview(
        current, [Below(row) for row in rows if row not in counted], _counts(current), standing_orders(work, package), below,
        [one for one in below if one.id not in has] if rows else [],
    )  # fmt: skip


def standing(work: Work, package: str) -> list[HandedPackage]:
    """Return where all stand to whom any version of a package was handed down, newest version first."""
    access.require(work.viewer, "package.read")
    query = (
        select(HandedPackage)
        .where(HandedPackage.side == "out", HandedPackage.package == package)
        .order_by(HandedPackage.sent_at.desc(), HandedPackage.id)
    )
    return list(work.session.scalars(query))


def _counts(rows: Iterable[Below]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for below in rows:
        found.setdefault(below.row.level, Counter())[below.row.state] += 1
        for one in below.further:
            found.setdefault(one.level, Counter())[one.state] += 1
    return {level: dict(found[level]) for level in sorted(found, key=LEVELS.index)}

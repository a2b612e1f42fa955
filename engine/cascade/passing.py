"""Several levels in one go: the house of an authority in between hands on what is meant for those below it, at once."""

from __future__ import annotations

from engine.cascade import joining
from engine.cascade.choosing import Choice, meant
from engine.cascade.models import HandedPackage, HandOrder
from engine.cascade.sending import children, passes, send
from tenants import audit
from tenants.base import new_id
from tenants.db import Work
from tenants.directory import LEVELS


def pass_on(work: Work, row: HandedPackage) -> None:
    """Hand on what was handed down to here, as it is, to all below as far down as it is meant to go; nobody here is waited for.

    row: as it arrived here. Whoever is founded below later gets it, too. A second time it changes nothing more.
    """
    levels = tuple(level for level in LEVELS[LEVELS.index(work.tenant.level) + 1 :] if passes(row, level))
    if not levels:
        return
    choice = Choice(levels=levels)
    order = HandOrder(
        id=new_id(), package=row.package, version=row.version, package_hash=row.package_hash, title=row.title, note=row.note,
        choice=choice.kept(), through=row.through, standing=True, source_id=row.id, origin=row.origin or row.other_name,
        sent_at=work.now, sent_name=row.other_name, stopped_at=None,
    )  # fmt: skip
    joining.stand(work, order)
    below = children(work)
    sent = send(work, order, meant(choice, below).children if below else (), source=row)
    if sent.rows:
        audit.record(
            work, "package.pass_on", "handed_package", row.id, name=row.other_name, title=row.title, version=row.version,
            names=[one.other_name for one in sent.rows],
        )  # fmt: skip

"""Which deliveries there are of an instance, for its readers."""

from __future__ import annotations

from sqlalchemy import select

from engine.deliveries.models import Delivery
from engine.rows import AnyInstance
from tenants.db import Work


def of_instance(work: Work, instance: AnyInstance) -> list[Delivery]:
    """Return what was sent from an instance, or what it was opened for, oldest first; the caller may see the instance."""
    query = (
        select(Delivery).where(Delivery.instance_id == instance.id).order_by(Delivery.sent_at, Delivery.id)
    )
    return list(work.session.scalars(query))

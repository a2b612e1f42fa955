"""Deliveries: each authority has a row of its own for what it sent or received, under the same id."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Json, Short, TenantOwned, tenant_fk


class Delivery(TenantOwned):
    """A sealed copy on its way or arrived.

    side: out, in. other_id, other_name: the authority at the other end. instance_id, task_id: of this tenant; the step that waits
    for the answer where it was sent, and what was opened for it where it arrived. content: the sealed copy as bytes,
    content_hash: its SHA-256. state: sealed, arrived, forwarded (sent on by whom it reached), returned (not taken over),
    answered, withdrawn. hops: its way as far as it is known here, see `hops`. home: of a copy that was sent on, at
    which desk or post its step stood here before. reply: what was answered, as bytes, kept where it was sent.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        tenant_fk("instance", "instance_id"),
        tenant_fk("task", "task_id"),
        Index("delivery_task", "tenant_id", "task_id"),
        Index("delivery_instance", "tenant_id", "instance_id"),
        Index("delivery_sent", "tenant_id", "sent_at", "id"),
    )
    side: Mapped[str] = mapped_column(Short)
    other_id: Mapped[UUID]
    other_name: Mapped[str]
    campaign_id: Mapped[UUID]
    instance_id: Mapped[UUID]
    task_id: Mapped[UUID | None]
    title: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content_hash: Mapped[str] = mapped_column(Short)
    state: Mapped[str] = mapped_column(Short)
    sent_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_name: Mapped[str | None]
    hops: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    home: Mapped[dict[str, Any] | None] = mapped_column(Json)
    reply: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

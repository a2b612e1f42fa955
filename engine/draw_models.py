"""Rows of draws: what was drawn from, and by which seed. Who was drawn follows from these (`forms.lots`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Short, TenantOwned, tenant_fk


class LotDraw(TenantOwned):
    """One draw for a field of a form; written once. number: from 1; the newest counts, those before it stay beside it.

    part: of the instance, where several are asked side by side, as `Submission.part`. frame: the list in its order, each
    {key, label, group, kept, row}. numbers: group -> how many of those that need not be included. reason: of a further draw.
    """

    __tablename__ = "lot_draw"
    __table_args__ = (
        tenant_fk("instance", "instance_id"),
        UniqueConstraint("tenant_id", "instance_id", "form", "field", "part", "number"),
    )
    instance_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(Short)
    field: Mapped[str]
    part: Mapped[str]
    number: Mapped[int]
    seed: Mapped[str] = mapped_column(Short)
    frame: Mapped[list[Any]]
    numbers: Mapped[dict[str, Any]]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    made_name: Mapped[str]

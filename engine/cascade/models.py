"""Packages handed down: each authority has a row of its own for what it handed down or was handed, under the same id."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Short, TenantOwned, tenant_fk


class HandOrder(TenantOwned):
    """What a superior said when it handed a package down: to whom, and what is to become of those who come later.

    choice: {"levels": [...]}, {"selector": text} or {"list": [ids]}; through: down to which level it goes on, "" = not at all.
    standing: whoever is meant later is handed it, too, until `stopped_at`. source_id: what was handed down to here and is
    passed on by this. origin: who began it, "" = this authority itself.
    """

    __tablename__ = "hand_order"
    __table_args__ = (
        tenant_fk("handed_package", "source_id"),
        Index("hand_order_package", "tenant_id", "package"),
    )
    package: Mapped[str]
    version: Mapped[str] = mapped_column(Short)
    package_hash: Mapped[str] = mapped_column(Short)
    title: Mapped[str]
    note: Mapped[str]
    choice: Mapped[dict[str, Any]]
    through: Mapped[str] = mapped_column(Short, default="")
    standing: Mapped[bool]
    source_id: Mapped[UUID | None]
    origin: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime]
    sent_name: Mapped[str]
    stopped_at: Mapped[datetime | None]


class HandedPackage(TenantOwned):
    """One package for one authority.

    side: out, in. other_id, other_name, level: the authority at the other end. package, version, package_hash: exactly what was
    handed down. note: what the superior wrote to it. state: sent, arrived, taken (acknowledged), declined, launched, gone (it is
    below no more); changed_at: since when. reason: why it was declined. instance_id: where it arrived, what was opened for it.
    urged: how often it was asked after; urged_below: how often those further below were.
    through: down to which level it is passed on from there. origin: who began it, where that is not whoever handed it down.
    turn: 1, and once more each time that it is asked again after it declined. source_id: what was handed down to here and is
    passed on by this; revision: how often what is told of it upwards has changed. replaced_at: another version came after it.
    """

    __tablename__ = "handed_package"
    __table_args__ = (
        tenant_fk("instance", "instance_id"),
        UniqueConstraint("tenant_id", "side", "package_hash", "other_id"),
        Index("handed_package_name", "tenant_id", "side", "package"),
        Index("handed_package_instance", "tenant_id", "instance_id"),
        Index("handed_package_source", "tenant_id", "source_id"),
    )
    side: Mapped[str] = mapped_column(Short)
    other_id: Mapped[UUID]
    other_name: Mapped[str]
    level: Mapped[str] = mapped_column(Short, default="")
    package: Mapped[str]
    version: Mapped[str] = mapped_column(Short)
    package_hash: Mapped[str] = mapped_column(Short)
    title: Mapped[str]
    note: Mapped[str]
    through: Mapped[str] = mapped_column(Short, default="")
    origin: Mapped[str] = mapped_column(default="")
    turn: Mapped[int] = mapped_column(default=1)
    order_id: Mapped[UUID | None]
    source_id: Mapped[UUID | None]
    revision: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(Short)
    changed_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    sent_at: Mapped[datetime]
    sent_name: Mapped[str]
    arrived_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_name: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    launched_at: Mapped[datetime | None]
    instance_id: Mapped[UUID | None]
    urged: Mapped[int] = mapped_column(default=0)
    urged_at: Mapped[datetime | None]
    urged_below: Mapped[int] = mapped_column(default=0)


class HandedFurther(TenantOwned):
    """Where somebody further below stands, as told by the authority in between. `id` is that of its row there.

    handed_id: what was handed down to the authority directly below. name, level: of the one further below; above: who handed it
    the package. revision: how new this is: what was told earlier changes nothing. replaced: another version came after it.
    """

    __tablename__ = "handed_further"
    __table_args__ = (
        tenant_fk("handed_package", "handed_id"),
        Index("handed_further_handed", "tenant_id", "handed_id"),
    )
    handed_id: Mapped[UUID]
    name: Mapped[str]
    level: Mapped[str] = mapped_column(Short)
    above: Mapped[str]
    version: Mapped[str] = mapped_column(Short)
    state: Mapped[str] = mapped_column(Short)
    reason: Mapped[str]
    revision: Mapped[int]
    replaced: Mapped[bool]
    changed_at: Mapped[datetime]
